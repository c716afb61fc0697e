import { openRepository } from "../repository.ts";
import { judgeProject } from "../project-lineage.ts";
import { describeLineage } from "../lineage/lineage.ts";
import { lineageMermaid } from "../report/mermaid.ts";
import { lineageText } from "../report/lineage-text.ts";
import { toolNamed, } from "../tools/registry.ts";
import type { ToolName } from "../tools/tool.ts";
import { exitCodes } from "./exit.ts";
import { colored, print, type SharedOptions } from "./output.ts";

/** The options of `headgate lineage`, as the command line gives them. */
export interface LineageOptions extends SharedOptions {
  readonly format: "text" | "json" | "mermaid";
  readonly tool?: ToolName;
  readonly base?: string;
}
