import type { Direction, Finding } from "../finding.ts";
import { supportedMajors } from "../postgres/supported-majors.ts";
import { configuredAllowances } from "../rules/configured-allowances.ts";
import { judgeMigrations } from "../rules/judge.ts";
import type { JudgedFinding, Judgements } from "../rules/judgements.ts";
import { observedBy } from "../rules/observed.ts";
import { rules } from "../rules/registry.ts";
import type { Step } from "../rules/rule.ts";
import { withoutSaidAlready } from "../rules/said-already.ts";
import { loadParser } from "../sql/parser.ts";
import { withEstimates } from "../stats/estimate.ts";
import type { Check, SafetyCoverage } from "../verdict.ts";
import { outsideTransactionOf } from "./history-inputs.ts";
import { type SafetyInput, safetyInputs } from "./safety-inputs.ts";
import { answersOf, confirmed } from "./server-answers.ts";
import { withStallSentences } from "./stall-sentences.ts";

/** How the safety check ended. */
export interface Safety {
  readonly check: Check;
  readonly findings: readonly Finding[];
  readonly coverage: SafetyCoverage;
}

/**
 * Judges what the examined revisions sent by the rules, and lets the server have the last word: a claim about a statement
 * that the server was asked about, and did not confirm, is dropped, and what only the server saw is said.
 */
export async function judgeSafety(input: SafetyInput): Promise<Safety> {
  const startedAt = performance.now();
  await loadParser();
  const { project, repository, serverMajor } = input;
  const { inputs, refused } = safetyInputs(input);
  const answers = answersOf(input.statements);
  const { seen } = answers;
  const configured = configuredAllowances(repository.configuration);
  const judged = judgeMigrations(inputs, {
    rules,
    configured,
    majors: [Math.min(serverMajor, supportedMajors.at(-1) as number)],
    settings: {},
    policy: repository.configuration,
    ...(project.tool === "sql" ? {} : { tool: project.tool }),
    ...outsideTransactionOf(repository.files, project),
    together: true,
    // Of what is sent before the first revision only that of SQL projects is among the inputs.
    complete: project.tool === "sql" || (project.prelude.length === 0 && project.start === undefined),
    observe: (rule, step, migration) =>
      // Most rules have nothing to say of it.
      step.inner || !rule.observe
        ? []
        : seen(migration.revision, migration.direction, step.sent)
            .slice(0, 1)
            .flatMap((one) => [...(rule.observe?.(observedBy(step, one), step, migration) ?? [])]),
  });
  const isTold = ({ ruleId, direction, revision }: Finding): boolean =>
    ruleId === "unparsed-statement" && input.failed.has(`${direction} ${revision}`);
  // What comes after a failure was not sent, and so nothing can be said of its allowances.
  const isUnknown = ({ finding: { ruleId, revision } }: JudgedFinding): boolean =>
    ruleId === "unused-allowance" &&
    project.tool !== "sql" &&
    (revision === undefined
      ? input.failed.size > 0
      : input.failed.has(`up ${revision}`) || input.failed.has(`down ${revision}`));
  // What another project has, or what was left out, may be what an entry is for.
  const whole = judged.whole && repository.projects.length === 1 && !repository.leftOut?.length;
  const unused = configured.unused(whole).map((finding): JudgedFinding => ({ finding }));
  const outcomes = [...judged.findings, ...unused]
    .filter((each) => !isUnknown(each))
    .map((each) => ({ ...each, outcome: confirmed(each, input, answers) }));
  const said = outcomes.flatMap(({ outcome, ...rest }) =>
    typeof outcome === "object" ? { ...rest, finding: outcome } : [],
  );
  const all = [...refused, ...withoutSaidAlready(said).map(({ finding }) => finding)];
  const findings = withStallSentences(all.filter((finding) => !isTold(finding)));
  const unobserved = (step: Step, revision: string | undefined, direction: Direction) =>
    seen(revision, direction, step.sent).length === 0;
  const coverage: SafetyCoverage = {
    judged: judged.judged - judged.session,
    unread: judged.unread + refused.length,
    opaque: judged.opaqueSteps.filter(({ step, revision, direction }) => unobserved(step, revision, direction)).length,
    refuted: outcomes.filter(({ outcome }) => outcome === "refuted").length,
    allowed: judged.allowed,
    off: judged.off,
  };
  const durationMs = Math.round(performance.now() - startedAt);
  return {
    check: checkOf(findings, all.length > findings.length, judged, input, durationMs),
    findings: withEstimates(findings, input.statistics),
    coverage,
  };
}

function checkOf(
  findings: readonly Finding[],
  isUnfinished: boolean,
  { judged }: Judgements,
  { serverMajor, examined }: Pick<SafetyInput, "serverMajor" | "examined">,
  durationMs: number,
): Check {
  const errors = findings.filter(({ severity }) => severity === "error");
  if (errors.length > 0)
    return {
      id: "safety",
      status: "failed",
      reason: [...new Set(errors.map(({ ruleId }) => ruleId))].join(", "),
      durationMs,
    };
  const newest = supportedMajors.at(-1) as number;
  const reason = isUnfinished
    ? "not finished: what fails could not all be read"
    : judged === 0
      ? examined.size === 0
        ? "no revision is new"
        : "no statement was sent that could be judged"
      : serverMajor > newest
        ? `PostgreSQL ${serverMajor} is newer than the rules, which were held against ${supportedMajors[0]} to ${newest}: nothing was found, but something may be new`
        : undefined;
  return reason === undefined
    ? { id: "safety", status: "passed", durationMs }
    : { id: "safety", status: "skipped", reason, durationMs };
}
