export { apply, type ApplyOptions } from "./apply/apply.ts";
export { applyToTargets, targetsOf } from "./apply/targets.ts";
export type { Shard } from "./apply/shard.ts";
export { skew } from "./apply/skew.ts";
export { status, type StatusOptions } from "./apply/status.ts";
export { downgrade, type DowngradeOptions } from "./apply/downgrade.ts";
export type {
  ApplyReport,
  DowngradeReport,
  FailureReport,
  Loss,
  SkewReport,
  StatusReport,
  TakenRevision,
  TargetOutcome,
  TargetsReport,
} from "./apply-report.ts";
export { runGate as check, type GateOptions as CheckOptions } from "./gate.ts";
export { lineage } from "./lineage.ts";
export { lintRepository as lint, type LintRepositoryOptions as LintOptions } from "./lint-repository.ts";
export type { LintFile } from "./lint.ts";
export type { LintVerdict } from "./lint-verdict.ts";
export { stats, type StatsOptions } from "./stats.ts";
export { ApplyError, ConfigurationError, EngineError, ToolError, UsageError } from "./errors.ts";
export { applySchema, downgradeSchema, statusSchema } from "./report/apply-schema.ts";
export { type LineageDocument, lineageSchema } from "./report/lineage-schema.ts";
export { plansSchema } from "./plan/plan-schema.ts";
export { sqlSchema } from "./report/sql-schema.ts";
export { type Statistics, statisticsSchema } from "./stats/statistics.ts";
export type { Plan } from "./plan/seal-plan.ts";
export { lintSchema } from "./report/lint-schema.ts";
export { verdictSchema } from "./report/verdict-schema.ts";
export type { Evidence, Finding, ObservedLock, Severity } from "./finding.ts";
export type { Check, CheckId, LineageReport, ProjectVerdict, RevisionReport, Verdict } from "./verdict.ts";
