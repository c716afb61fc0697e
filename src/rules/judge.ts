import type { Direction, Finding } from "../finding.ts";
import { optional } from "../optional.ts";
import { effectsOf } from "../schema/effects.ts";
import { relationName } from "../schema/names.ts";
import { advance, begin, commit, isFresh, openSession, placeIn, type Session, settingsIn } from "../schema/session.ts";
import type { Settings } from "../schema/settings.ts";
import { identifierText } from "../sql/identifier-text.ts";
import { parseScript, type ScriptStatement } from "../sql/parse-script.ts";
import { maxParsedLength } from "../sql/parser.ts";
import { allowancesBefore, type Allowance } from "./allowances.ts";
import type { Judgement, Migration, Rule, Step } from "./rule.ts";

/** What a tool sends for one migration in one direction, with the file it comes from. */
export interface MigrationScript {
  readonly file: string;
  /** The text of that file, where allowances are looked for. */
  readonly text: string;
  /** Whether the tool wraps all of it in one transaction. */
  readonly transaction: boolean;
  /** What the tool sends in one message each; `line` is that of its file, 1-based. */
  readonly pieces: readonly { readonly sql: string; readonly line: number }[];
}

/** One migration of a history. */
export interface MigrationInput {
  /** Its revision, where it belongs to a history. */
  readonly revision?: string;
  readonly up: readonly MigrationScript[];
  /** Empty where there is no way back, or it is unknown. */
  readonly down: readonly MigrationScript[];
  /** Whether it is judged, or only read to know the schema. */
  readonly judged: boolean;
}

/** How to judge. */
export interface JudgeOptions {
  readonly rules: readonly Rule[];
  /** The majors of PostgreSQL that the migrations may meet, ascending. */
  readonly majors: readonly number[];
  /** What is set when a migration begins, for example by its runner. */
  readonly settings: Settings;
  /** Whether the judged migrations reach production together, so that what one of them makes is unused for all. */
  readonly together?: boolean;
  /** Whether the history makes everything there is, so that `IF NOT EXISTS` makes what was not made before. Default: false. */
  readonly complete?: boolean;
}

/** What was found, and how much was looked at. */
export interface Judgements {
  readonly findings: readonly Finding[];
  /** Statements that were judged, and those that the parser refused. */
  readonly judged: number;
  readonly unread: number;
  readonly files: number;
}

/** Judges the migrations of one history in the order they run, each way back against the schema that its own way up leaves. */
export function judgeHistory(migrations: readonly MigrationInput[], options: JudgeOptions): Judgements {
  const files = new Set<string>();
  let judged = 0;
  let unread = 0;
  const found: PendingFinding[] = [];
  const firstJudged = migrations.findIndex((migration) => migration.judged);
  const change = options.together && firstJudged !== -1 ? { freshFrom: firstJudged } : {};
  let session: Session = { ...openSession(options.settings), ...change, complete: options.complete ?? false };
  for (const [number, input] of migrations.entries()) {
    // Every migration begins as its tool connects: with nothing set by the one before.
    const start = { ...commit(session), session: options.settings, migration: number };
    const run = (from: Session, scripts: readonly MigrationScript[], direction: Direction): Session => {
      let current = from;
      for (const script of scripts) {
        const walked = walkScript(current, script);
        current = walked.session;
        if (!input.judged) continue;
        files.add(script.file);
        judged += walked.steps.length;
        unread += walked.unread.length;
        const migration = { number, file: script.file, direction, steps: walked.steps, majors: options.majors };
        for (const { finding, unless } of judgeMigration(migration, walked.unread, script.text, options.rules))
          found.push({
            finding: { ...finding, ...optional("revision", input.revision) },
            ...optional("unless", unless),
          });
      }
      return current;
    };
    session = run(start, input.up, "up");
    // What the way up made is there for the application by the time somebody goes back.
    run({ ...commit(session), session: options.settings, migration: -1 - number }, input.down, "down");
  }
  const findings = found.flatMap(({ finding, unless }) => (unless?.(session.schema) ? [] : [finding]));
  return { findings, judged, unread, files: files.size };
}

/** A finding, and what would settle it later in the history. */
interface PendingFinding {
  readonly finding: Finding;
  readonly unless?: Judgement["unless"];
}

interface Walked {
  readonly session: Session;
  readonly steps: readonly Step[];
  readonly unread: readonly (ScriptStatement & { readonly kind: "unparsed" })[];
}

/** Runs through a script as a connection would, without one. */
export function walkScript(from: Session, script: MigrationScript): Walked {
  const steps: Step[] = [];
  const unread: Walked["unread"][number][] = [];
  let session = script.transaction ? begin(from, "tool") : from;
  for (const piece of script.pieces) {
    const statements = parseScript(piece.sql);
    if (statements.length > 1) session = begin(session, "implicit");
    for (const statement of statements) {
      const line = piece.line + statement.line - 1;
      if (statement.kind === "unparsed") {
        unread.push({ ...statement, line });
        continue;
      }
      const step = stepOf(session, { ...statement, line }, steps.length);
      session = step.after;
      steps.push(step);
      // What follows the end of a transaction in the same message is a transaction of its own again.
      if (statements.length > 1 && !session.transaction) session = begin(session, "implicit");
    }
    if (session.transaction?.kind === "implicit") session = commit(session);
  }
  return { session: script.transaction && session.transaction ? commit(session) : session, steps, unread };
}

function stepOf(
  before: Session,
  { node, sql, line }: ScriptStatement & { readonly kind: "parsed" },
  index: number,
): Step {
  const place = placeIn(before);
  const effects = effectsOf(before.schema, node, place);
  const fresh = (name: string): boolean => isFresh(before, name);
  return {
    node,
    sql,
    line,
    index,
    ...optional("transaction", before.transaction),
    settings: settingsIn(before),
    schema: before.schema,
    searchPath: place.searchPath,
    effects,
    before,
    after: advance(before, node, effects, sql),
    target: (relation) => {
      const name = relationName(before.schema, place.searchPath, relation);
      const { schemaname, relname = "" } = relation;
      const written = identifierText(relname);
      return {
        name,
        sql: schemaname === undefined ? written : `${identifierText(schemaname)}.${written}`,
        fresh: fresh(name),
      };
    },
    isFresh: fresh,
  };
}

function judgeMigration(
  migration: Migration,
  unread: Walked["unread"],
  text: string,
  rules: readonly Rule[],
): readonly PendingFinding[] {
  const { file, direction } = migration;
  const place = (line: number, sql: string) => ({ direction, file, line, statement: sql });
  /** Nobody is shown millions of characters. */
  const beginningOf = (sql: string) => (sql.length > maxParsedLength ? `${sql.slice(0, 200)} …` : sql);
  const allowances = allowancesBefore(
    text,
    [...migration.steps, ...unread].map(({ line }) => line),
    rules.map(({ id }) => id),
  );
  const used = new Set<Allowance>();
  const applicable = rules.filter(({ appliesTo }) =>
    migration.majors.some((major) => major >= (appliesTo?.from ?? 0) && major <= (appliesTo?.to ?? 99)),
  );
  const findings: PendingFinding[] = unread.map(({ line, sql, problem }) => ({
    finding: {
      ruleId: "unparsed-statement",
      severity: "error",
      ...(problem === undefined
        ? {
            title: "A statement is too long to be judged",
            message: `This statement has ${(sql.length / 1e6).toFixed(1)} million characters; one of more than ${maxParsedLength / 1e6} million is not parsed, and nothing of it was judged.`,
            help: "Split it into several statements, or load the rows by other means than a migration.",
          }
        : {
            title: "A statement cannot be read",
            message: `PostgreSQL's parser refuses this statement: ${problem}. Nothing is known of what it does.`,
            help: "Correct the statement, or take out of the file what is no SQL, such as commands of psql.",
          }),
      ...place(line, beginningOf(sql)),
    },
  }));
  for (const step of migration.steps)
    for (const rule of applicable)
      for (const judgement of rule.check(step, migration)) {
        const at = judgement.step ?? step;
        const allowance = allowances.valid.find(
          ({ ruleId, statementLine }) => ruleId === rule.id && statementLine === at.line,
        );
        if (allowance) used.add(allowance);
        else
          findings.push({
            finding: { ...findingOf(rule, judgement, at), ...place(at.line, at.sql) },
            ...optional("unless", judgement.unless),
          });
      }
  for (const { line, problem } of allowances.invalid)
    findings.push({
      finding: {
        ruleId: "invalid-allowance",
        severity: "error",
        title: "An allowance cannot be used",
        message: problem,
        help: "Write `-- headgate: allow rule-id: reason` on the line before the statement.",
        ...place(line, ""),
      },
    });
  for (const allowance of allowances.valid)
    if (!used.has(allowance))
      findings.push({
        finding: {
          ruleId: "unused-allowance",
          severity: "warning",
          title: "An allowance allows nothing",
          message: `The statement after it does nothing that ${allowance.ruleId} reports.`,
          help: "Remove the allowance.",
          ...place(allowance.line, ""),
        },
      });
  return findings.toSorted((a, b) => (a.finding.line ?? 0) - (b.finding.line ?? 0));
}

function findingOf(rule: Rule, judgement: Judgement, { effects, isFresh: fresh }: Step): Finding {
  const { message, help, fix, relation, severity = rule.severity } = judgement;
  const old = (names: Iterable<string>): readonly string[] => [...names].filter((name) => !fresh(name));
  return {
    ruleId: rule.id,
    severity,
    title: rule.title,
    message,
    help: fix ? `${help}\n\n${fix.map((sql) => `${sql};`).join("\n")}` : help,
    ...optional("relation", relation),
    evidence: {
      source: "static",
      locks: [...effects.locks].filter(([name]) => !fresh(name)).map(([name, mode]) => ({ relation: name, mode })),
      rewrites: old(effects.rewrites),
      scans: old(effects.scans),
    },
  };
}
