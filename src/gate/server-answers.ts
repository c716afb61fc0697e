import type { Direction, Finding } from "../finding.ts";
import type { Project } from "../project.ts";
import type { Stall } from "../replay/outage.ts";
import type { JudgedFinding } from "../rules/judgements.ts";
import { isRefuted, observedBy, observedOf } from "../rules/observed.ts";
import { ruleNamed } from "../rules/rule-named.ts";
import type { Observed } from "../rules/rule.ts";
import { unquotedName } from "../sql/quote-identifier.ts";
import { bareStatement } from "../sql/scan-statements.ts";
import type { RecordedStatement } from "../wire/recording.ts";

/** What the server said of the statements of a replay. */
export interface Answers {
  /** What it showed of a statement that it was asked about completely; one may be sent several times in a step. */
  readonly seen: (revision: string | undefined, direction: Direction, sent: string) => readonly Observed[];
  /** Whether it refused a statement because what that names is not there, so that it waited for nothing. */
  readonly refused: (revision: string | undefined, direction: Direction, sent: string) => boolean;
}

/** What the server said, by the step and the statement. */
export function answersOf(statements: readonly RecordedStatement[]): Answers {
  const observed = observations(statements);
  const refused = withoutObject(statements);
  return {
    seen: (revision, direction, sent) => observed.get(stepKey(direction, revision, sent)) ?? [],
    refused: (revision, direction, sent) => refused.has(stepKey(direction, revision, sent)),
  };
}

/** Undefined table, and undefined object such as an index: https://www.postgresql.org/docs/18/errcodes-appendix.html */
const undefinedCodes = new Set(["42P01", "42704"]);

const withoutObject = (statements: readonly RecordedStatement[]): ReadonlySet<string> =>
  new Set(
    statements
      .filter(({ error }) => undefinedCodes.has(error?.sqlState ?? ""))
      .map(({ label, sql }) => stepKey(label?.direction, label?.revision, sql)),
  );

function observations(statements: readonly RecordedStatement[]): ReadonlyMap<string, readonly Observed[]> {
  const complete = statements.filter(({ evidence: { completeness } }) => completeness === "complete");
  const groups = Map.groupBy(complete, ({ sql, label }) => stepKey(label?.direction, label?.revision, sql));
  return new Map([...groups].map(([key, recorded]) => [key, recorded.map(({ evidence }) => observedOf(evidence))]));
}

const stepKey = (direction: string | undefined, revision: string | undefined, sql: string): string =>
  `${direction} ${revision} ${bareStatement(sql)}`;

/**
 * The finding with what the server says of its statement; `refuted` where the server contradicts it, and `settled` where it
 * is known by now what the finding says is unknown.
 */
export function confirmed(
  { finding, sent, step }: JudgedFinding,
  { project, stalls }: { readonly project: Project; readonly stalls: readonly Stall[] },
  { seen, refused }: Answers,
): Finding | "refuted" | "settled" {
  const { revision, direction, evidence: claim } = finding;
  // The tool ends the transactions that it begins; one that is left open is that of a step which was ended by force.
  if (finding.ruleId === "begin-without-commit" && project.tool !== "sql") return "settled";
  if (sent === undefined || claim === undefined || direction === undefined) return finding;
  const rule = ruleNamed(finding.ruleId);
  const observed = seen(revision, direction, sent);
  if (observed.length === 0 && finding.ruleId === "dynamic-sql") return { ...finding, help: readByHand };
  if (observed.length === 0) return rule?.effect.lock && refused(revision, direction, sent) ? "settled" : finding;
  // What the block did is known, and judged.
  if (finding.ruleId === "dynamic-sql") return "settled";
  const evidence = observed.find((one) => !isRefuted(finding, rule, step, step ? observedBy(step, one) : one));
  if (evidence === undefined) return "refuted";
  const { locks, rewrites, scans } = evidence;
  const ofStatement = stalls.filter(
    (stall) => stall.revision === revision && stall.direction === direction && caused(evidence, stall),
  );
  // These say one thing of each relation that a statement reaches, and so does what is said of a part of a block.
  const stopped =
    finding.ruleId.startsWith("unforeseen-") || (step?.inner && finding.relation !== undefined)
      ? ofStatement.filter(({ relation }) => unquotedName(relation) === finding.relation)
      : ofStatement;
  return {
    ...finding,
    evidence: {
      source: claim.source === "observed" ? "observed" : "both",
      locks,
      rewrites,
      scans,
      ...(stopped.length === 0
        ? {}
        : {
            stalls: stopped.map(({ relation, mode, behind, stopped: what }) => ({
              relation: unquotedName(relation),
              mode,
              behind,
              stopped: what,
            })),
          }),
    },
  };
}

/** The rule's own advice is to let this gate look. */
const readByHand =
  "Write the statements out, or read by hand what it runs: what it did was not seen, or not completely, when it ran here.";

/** Whether this statement is the one that waited: the first of its transaction to ask for that lock. */
const caused = ({ locks }: Observed, stall: Stall): boolean =>
  locks.some(({ relation, mode }) => relation === unquotedName(stall.relation) && mode === stall.mode);
