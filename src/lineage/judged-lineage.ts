import type { History } from "../history.ts";
import type { Project } from "../project.ts";
import type { Tool } from "../tools/tool.ts";
import type { MergedHistory } from "./merged-history.ts";
import type { RenamePlan } from "./rename.ts";

/** What a lineage is judged against. */
export interface LineageContext {
  readonly tool: Tool;
  readonly project: Project;
  /** Ids of the revisions that this change brings. */
  readonly newIds: ReadonlySet<string>;
  /** The history at the merge base; absent when every revision counts as new. */
  readonly baseHistory?: History;
  /** The branch that this change goes into, as it is now. Only looked at together with `baseHistory`. */
  readonly tip?: { readonly ref: string; readonly history: History };
  /** How many heads are fine; 1 by default. */
  readonly headsAllowed?: number;
  /** Whether a file that the merge base has, too, is another now; absent: that is not asked. */
  readonly isEdited?: (file: string) => boolean;
}

/** A lineage with all that its judges look at. */
export interface JudgedLineage extends LineageContext {
  readonly history: History;
  /** The history as it will be after the merge; `history` itself where the other branch brings nothing. */
  readonly merged: MergedHistory;
  /** Linear tools: how what clashes or comes late is renamed. */
  readonly renames: RenamePlan;
}
