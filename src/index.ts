export { runGate as check, type GateOptions as CheckOptions } from "./gate.ts";
export { ConfigurationError, EngineError, ToolError, UsageError } from "./errors.ts";
export { verdictSchema } from "./report/verdict-schema.ts";
export type { Evidence, Finding, ObservedLock, Severity } from "./finding.ts";
export type { Check, CheckId, LineageReport, ProjectVerdict, RevisionReport, Verdict } from "./verdict.ts";
