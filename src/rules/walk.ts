import { optional } from "../optional.ts";
import { effectsOf } from "../schema/effects/effects.ts";
import { relationName } from "../schema/names.ts";
import { advance } from "../schema/advance.ts";
import type { Routine } from "../schema/schema.ts";
import { begin, commit, isFresh, placeIn, type Session, settingsIn, withSearchPath } from "../schema/session.ts";
import { identifierText } from "../sql/identifier-text.ts";
import { parseScript, type ScriptStatement } from "../sql/parse-script.ts";
import type { RangeVar } from "../sql/syntax.ts";
import { isOpaque } from "./dynamic-sql.ts";
import { innerStatements, preparedAfter, type Prepared } from "./inner-statements.ts";
import type { Step, Target } from "./rule.ts";

/** What a tool sends in one message. */
export interface Piece {
  readonly sql: string;
  /** The line of its file at which it begins; 1-based. Absent: unknown. */
  readonly line?: number;
  /** Whether that line is of the operation that sends it: the lines inside `sql` are none of the file's then. */
  readonly fromOperation?: boolean;
  /** Whether the client library sent it for its session. */
  readonly session?: boolean;
  /** `search_path` in effect when it was sent, as the server shows it. Absent: what the pieces before it left. */
  readonly searchPath?: string;
  /** What the parser makes of it, where that is known already. */
  readonly statements?: readonly ScriptStatement[];
}

/** What a tool sends for one migration in one direction, with the file it comes from. */
export interface MigrationScript {
  readonly file: string;
  /** The text of that file, where allowances are looked for. */
  readonly text: string;
  /** Whether the tool wraps all of it in one transaction. */
  readonly transaction: boolean;
  /** The version of the tool before which all of it is one transaction. */
  readonly apartSince?: string;
  readonly pieces: readonly Piece[];
}

/** A statement that the parser refuses. */
export interface UnreadStatement {
  readonly sql: string;
  readonly line?: number;
  /** What the parser says; absent for one that is too long to be parsed. */
  readonly problem?: string;
}

/** A script, run through. */
export interface Walked {
  readonly session: Session;
  readonly steps: readonly Step[];
  readonly unread: readonly UnreadStatement[];
}

/** Runs through a script as a connection would, without one. */
export function walkScript(from: Session, script: MigrationScript): Walked {
  const steps: Step[] = [];
  const unread: UnreadStatement[] = [];
  let session = script.transaction ? begin(from, "tool") : from;
  let prepared: Prepared = new Map();
  for (const piece of script.pieces) {
    if (piece.searchPath !== undefined) session = withSearchPath(session, piece.searchPath);
    const statements = piece.statements ?? parseScript(piece.sql);
    if (statements.length > 1) session = begin(session, "implicit");
    for (const statement of statements) {
      const line =
        piece.line === undefined ? undefined : piece.fromOperation ? piece.line : piece.line + statement.line - 1;
      if (statement.kind === "unparsed") {
        unread.push({ sql: statement.sql, ...optional("problem", statement.problem), ...optional("line", line) });
        // Whatever it makes is there as well.
        session = { ...session, complete: false };
        continue;
      }
      const { node, sql } = statement;
      const step = stepOf(session, { node, sql, sent: sql, line, inner: false }, steps.length);
      steps.push(step);
      session = step.after;
      session = walkInner(session, step, {
        prepared,
        fromOperation: piece.fromOperation ?? false,
        conditional: false,
        steps,
        entered: new Set(),
      });
      if (!session.unseen && isOpaque(step)) session = { ...session, unseen: true };
      prepared = preparedAfter(prepared, node);
      // What follows the end of a transaction in the same message is a transaction of its own again.
      if (statements.length > 1 && !session.transaction) session = begin(session, "implicit");
    }
    if (session.transaction?.kind === "implicit") session = commit(session);
  }
  return { session: script.transaction && session.transaction ? commit(session) : session, steps, unread };
}

/** How the statements inside of another are walked through. */
interface InnerWalk {
  readonly prepared: Prepared;
  readonly fromOperation: boolean;
  /** Whether what runs them may not run at all. */
  readonly conditional: boolean;
  /** Where they are added. */
  readonly steps: Step[];
  /** The routines that the statement has run so far: each is walked through once, however often it is called. */
  readonly entered: Set<Routine>;
}

/** What a statement runs beside itself runs in the transaction that it runs in, be it one of its own. */
function walkInner(from: Session, step: Step, inner: InnerWalk): Session {
  const { sent, line: first } = step;
  const statements = innerStatements(step, inner.prepared, inner.entered);
  if (statements.length === 0) return from;
  let session = begin(from, "implicit");
  for (const { node, sql, lines, settings, ...statement } of statements) {
    const conditional = inner.conditional || statement.conditional;
    const line = first === undefined || inner.fromOperation ? first : first + lines;
    // What may not run at all is judged, but nothing that it makes is known to be new.
    const { migration, local } = session;
    const isSetting = settings !== undefined && Object.keys(settings).length > 0;
    if (isSetting) session = { ...session, local: { ...local, ...settings } };
    const each = stepOf(session, { node, sql, sent, line, inner: true, loop: statement.loop }, inner.steps.length);
    inner.steps.push(each);
    session = conditional
      ? { ...advance({ ...session, migration: Number.NaN }, node, each.effects, sql), migration }
      : each.after;
    if (isSetting) session = { ...session, local };
    // A block inside of a block is none of PostgreSQL's; what it calls has its lines elsewhere.
    session = walkInner(session, each, { ...inner, fromOperation: true, conditional });
  }
  return from.transaction ? session : commit(session);
}

function stepOf(
  before: Session,
  {
    node,
    sql,
    sent,
    line,
    inner,
    loop,
  }: Pick<Step, "node" | "sql" | "sent" | "inner" | "loop"> & {
    line: number | undefined;
  },
  index: number,
): Step {
  const place = placeIn(before);
  const effects = effectsOf(before.schema, node, place);
  const fresh = (name: string): boolean => isFresh(before, name);
  const targets = new Map<RangeVar, Target>();
  return {
    node,
    sql,
    sent,
    inner,
    ...(loop && { loop }),
    line,
    index,
    transaction: before.transaction,
    settings: settingsIn(before),
    schema: before.schema,
    searchPath: place.searchPath,
    effects,
    before,
    after: advance(before, node, effects, sql, place),
    target(relation) {
      let target = targets.get(relation);
      if (!target) {
        const name = relationName(before.schema, place.searchPath, relation);
        const { schemaname, relname = "" } = relation;
        const written = identifierText(relname);
        const whole = schemaname === undefined ? written : `${identifierText(schemaname)}.${written}`;
        targets.set(relation, (target = { name, sql: whole, fresh: fresh(name) }));
      }
      return target;
    },
    isFresh: fresh,
  };
}
