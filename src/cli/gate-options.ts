import type { EngineName } from "../engines/engine.ts";
import type { GateOptions } from "../gate.ts";
import type { ToolName } from "../tools/tool.ts";
import { optional } from "../optional.ts";
import { expectOutput, type SharedOptions } from "./output.ts";
import { statisticsIn } from "./statistics-file.ts";

/** The options of the commands that run the gate, as the command line gives them. */
export interface GateCommandOptions extends SharedOptions {
  readonly tool?: ToolName;
  readonly engine?: EngineName | "auto";
  readonly postgres?: string;
  readonly image?: string;
  readonly databaseUrl?: string;
  readonly allowNonEmpty?: boolean;
  readonly base?: string;
  readonly replay?: "new" | "all";
  /** A file that `headgate stats` wrote. */
  readonly stats?: string;
  readonly outageProbe?: boolean;
  readonly failOn?: "error" | "warning";
  /** In milliseconds. */
  readonly timeLimit?: number;
}

/** What the command line says, as the gate takes it. @throws UsageError when the report could not be written afterwards */
export function gateOptions(
  { config, timeLimit, outageProbe, stats, ...rest }: GateCommandOptions,
  onProgress: (step: string) => void,
): GateOptions {
  expectOutput(rest);
  return {
    ...rest,
    ...(config === undefined ? {} : { configFile: config }),
    // Commander says true where nothing was said; then the configuration decides.
    ...(outageProbe === false ? { outageProbe } : {}),
    ...optional("statistics", statisticsIn(stats)),
    ...(timeLimit === undefined ? {} : { timeLimitMs: timeLimit }),
    environment: process.env,
    onProgress,
  };
}

/** The same for a command that only records what revisions send: nothing is tried twice for it. */
export const recordingOptions = (
  range: string | undefined,
  options: GateCommandOptions,
  onProgress: (step: string) => void,
): GateOptions => ({
  ...gateOptions(options, onProgress),
  outageProbe: false,
  otherProcess: false,
  ...optional("range", range),
});
