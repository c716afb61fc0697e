export { runGate as check, type GateOptions as CheckOptions } from "./gate.ts";
export { CancelledError, ConfigurationError, EngineError, ToolError, UsageError } from "./errors.ts";
export { verdictSchema } from "./report/verdict-schema.ts";
export type { Evidence, Finding, ObservedLock, Severity } from "./finding.ts";
export type { Check, CheckId, LineageReport, ProjectVerdict, RevisionReport, Verdict } from "./verdict.ts";
