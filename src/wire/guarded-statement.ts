import { withoutLeadingComments } from "../sql/scan-statements.ts";
import { savepointCommand } from "../sql/savepoints.ts";
import type { SavepointCommand } from "../sql/savepoints.ts";
import { settingOf } from "../sql/setting.ts";
import type { Setting } from "../sql/setting.ts";
import { fingerprintOf, statementIdentity } from "../sql/statement-identity.ts";
import type { StatementIdentity } from "../sql/statement-identity.ts";
import { afterEnd, atSavepoint } from "../sql/course.ts";
import type { Course } from "../sql/course.ts";
import type { OpenTransaction, PlanOrder, Turn } from "./plan-order.ts";
import { takeBack } from "./plan-order.ts";
import type { StatementKind } from "./statement-kind.ts";

/** A statement that a client wants to run. */
export interface GuardedText {
  readonly sql: string;
  /** Absent when our parser does not know it. */
  readonly kind: StatementKind | undefined;
  readonly identity: StatementIdentity;
  /** What it says about its session, where it does nothing else. */
  readonly setting?: Setting | undefined;
  /** How it decides about transactions; that may pass at any time. */
  readonly control: "begin" | "commit" | "rollback" | "savepoint" | undefined;
  readonly savepoint?: SavepointCommand | undefined;
}

/** What to do with a statement; `control`: it passes, as it only begins or ends a transaction. */
export type Judgement = Turn | { readonly kind: "control" };

/** Whether what it returns is compared with the rehearsal, before anything comes behind it. */
export const isCompared = (judgement: Judgement): boolean =>
  judgement.kind === "planned" && !judgement.done && judgement.statement.result !== undefined;

/** Reads a statement. `kind`: of its parse tree. `values`: a digest of what it binds, where that sets something. */
export function guardedText(sql: string, kind: StatementKind | undefined, values?: string): GuardedText {
  return {
    sql,
    kind,
    identity: statementIdentity(sql, fingerprintOf(sql), values),
    setting: kind && settingOf(sql, values),
    control: controlOf(sql, kind),
    savepoint: kind?.control === "savepoint" ? savepointCommand(sql) : undefined,
  };
}

function controlOf(sql: string, kind: StatementKind | undefined): GuardedText["control"] {
  // What is prepared for two-phase commit outlives the session.
  if (!kind?.control || kind.place === "outside") return undefined;
  const [verb = ""] = /^[a-z]+/i.exec(withoutLeadingComments(sql)) ?? [];
  if (/^prepare$/i.test(verb)) return undefined;
  if (kind.control !== "chain") return kind.control;
  return /^(?:commit|end)$/i.test(verb) ? "commit" : "rollback";
}

/**
 * What to do with statements that come together, one after the other; nothing of them is sent when the last is refused.
 * @param course of their session
 * @param failed whether that block has failed, so that COMMIT rolls it back
 * @param order absent: no revision runs
 * @param block whether a transaction block is open that only COMMIT or ROLLBACK ends
 */
export function judge(
  texts: readonly GuardedText[],
  order: PlanOrder | undefined,
  transaction: OpenTransaction | undefined,
  block: boolean,
  course: Course,
  failed = false,
): readonly Judgement[] {
  const judgements: Judgement[] = [];
  let passed = order?.passed() ?? 0;
  let open = block;
  let now = course;
  let broken = failed;
  const begun = new Set<number>();
  const nothing = (): OpenTransaction => ({ statements: [], undone: [], blocks: false });
  let inside: OpenTransaction = {
    ...nothing(),
    statements: [...(transaction?.statements ?? [])],
    undone: [...(transaction?.undone ?? [])],
    recorded: transaction?.recorded ?? false,
  };
  const commits = (): Judgement | undefined => {
    const why = order?.unfinished(inside, passed);
    inside = nothing();
    now = afterEnd(now, "committed");
    return why === undefined ? undefined : { kind: "refused", why };
  };
  /** What shared a transaction with earlier statements, and comes when that has ended. */
  const belongsElsewhere = (turn: Judgement): Judgement | undefined => {
    if (turn.kind !== "planned" || turn.done || turn.statement.transaction === undefined) return undefined;
    const { transaction: number } = turn.statement;
    const isNew = inside.statements.length === 0;
    if (isNew && (begun.has(number) || order?.hasBegun(number)))
      return {
        kind: "refused",
        why: "came when the transaction of the statements before it had ended, which it shared in the rehearsal",
      };
    begun.add(number);
    return undefined;
  };
  const rollsBack = (indexes: readonly number[]): void => {
    passed = order?.afterRollback(indexes, passed) ?? passed;
    broken = false;
  };
  for (const { control: asked, identity, setting, savepoint } of texts) {
    const control = asked === "commit" && broken ? "rollback" : asked;
    const judged: Judgement = control
      ? ((control === "commit" ? commits() : undefined) ?? { kind: "control" })
      : (order?.turn({ identity, setting, told: now.told }, passed) ?? {
          kind: "refused",
          why: "came while no revision was running",
        });
    const turn = belongsElsewhere(judged) ?? judged;
    judgements.push(turn);
    if (turn.kind === "refused") return judgements;
    if (turn.kind === "planned") {
      inside.statements.push(turn.index);
      passed = turn.index + 1;
    }
    if (turn.kind === "allowed") inside.recorded ||= turn.records;
    if (turn.kind === "setting") now = { ...now, told: turn.told };
    if (savepoint) {
      const after = atSavepoint(now, savepoint, inside.statements);
      now = after.course;
      if (savepoint.does === "return") {
        rollsBack(after.takenBack);
        takeBack(inside, after.takenBack, order);
      }
    }
    if (control === "rollback") {
      rollsBack(inside.statements);
      inside = nothing();
      now = afterEnd(now, "rolled back");
    }
    if (control === "begin") open = true;
    else if (control === "commit" || control === "rollback") open = false;
  }
  const atEnd = open ? undefined : commits();
  return atEnd ? [...judgements, atEnd] : judgements;
}

const objectCommand =
  /^(create|alter|drop)\s+(?:or\s+replace\s+|unique\s+|temp(?:orary)?\s+|unlogged\s+|foreign\s+)*([a-z]+)/i;

/** A statement's command for people: words of SQL, nothing of what it says. */
export function commandWords({ sql, kind }: GuardedText): string {
  if (!kind) return "a text that PostgreSQL's parser does not know";
  const text = withoutLeadingComments(sql);
  const [, verb, object] = objectCommand.exec(text) ?? [];
  if (verb && object) return `${verb} ${object}`.toUpperCase();
  return /^[a-z]+/i.exec(text)?.[0].toUpperCase() ?? "a statement";
}
