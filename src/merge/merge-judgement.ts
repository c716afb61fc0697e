import type { Finding } from "../finding.ts";
import type { Project } from "../project.ts";

/** What a branch would bring to the one it goes into, as it is now. */
export type MergeJudgement =
  /** It changes no migration, or none that is not merged already. */
  | { readonly kind: "untouched" }
  /** Git cannot merge these migrations; relative to the repository root. */
  | { readonly kind: "conflicts"; readonly files: readonly string[] }
  /** It could not be judged; `reason` is a sentence. */
  | { readonly kind: "unjudged"; readonly reason: string }
  | {
      readonly kind: "judged";
      /** What fails; empty where it fits. */
      readonly failing: readonly Finding[];
      /** Those whose migrations it changes, and the revisions that it brings to each. */
      readonly projects: readonly { readonly project: Project; readonly newIds: ReadonlySet<string> }[];
      /** The merge, as a tree. */
      readonly tree: string;
    };
