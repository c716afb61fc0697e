/** What a revision's file says about its way back, as far as reading it can tell. */
export type DowngradeDeclaration =
  /** There is code or SQL for it (which may still do nothing). */
  | "present"
  /** The tool has a way back, but this revision declares none, or an empty one. */
  | "absent"
  /** The tool, or this layout, knows no way back at all. */
  | "unsupported";

/** One node of a migration history. */
export interface Revision {
  /** The id the tool itself uses, and stores in its version table. */
  readonly id: string;
  /** The ids of its parents; empty for a base. In a linear history: the one before it. */
  readonly downRevisions: readonly string[];
  /** Ids that must be applied earlier without being parents (Alembic's `depends_on`). */
  readonly dependsOn: readonly string[];
  readonly branchLabels: readonly string[];
  /** Relative to the repository root, with `/`. The file with the way up, where there are two. */
  readonly file: string;
  /** The file with the way back, where it is another one. */
  readonly downFile?: string;
  /** What the tool's version table knows it by, where that is neither its id nor in the file's name. */
  readonly recordedAs?: string;
  /** What its author called it, if the tool keeps that. */
  readonly title?: string;
  readonly downgrade: DowngradeDeclaration;
  /** Said where the way up is code that holds nothing, as that of a merge point does. */
  readonly upgrade?: "absent";
}

/** Something about the files that keeps them from being a sound history, found while reading them. */
export interface HistoryProblem {
  readonly kind:
    /** The file cannot be read or parsed. */
    | "unreadable"
    /** Two files claim the same id. `revisions` and `files` name both. */
    | "duplicate"
    /** The tool would never run this file, although it looks like a migration. */
    | "ignored"
    /** The tool runs this file, and Headgate does not. */
    | "not-run"
    /** The tool runs past this one, without a word, on databases that already have another. */
    | "skipped"
    /** Anything else; the message says it. */
    | "other";
  readonly message: string;
  readonly files: readonly string[];
  readonly revisions: readonly string[];
  /** Of a duplicate: the files of each, both ways. */
  readonly twins?: readonly Pick<Revision, "file" | "downFile">[];
  readonly line?: number;
  /** Of what is not run: why its file says that this may be so. */
  readonly allowed?: string;
  /** What to do, where that follows from more than the kind. */
  readonly help?: string;
}

/** A project's migrations as its tool understands them. */
export interface History {
  /** `graph`: parents are declared (Alembic). `linear`: the tool runs files in the order of `revisions`. */
  readonly shape: "graph" | "linear";
  /** In the order the tool runs them; of a graph: as it brings an empty database to all heads. */
  readonly revisions: readonly Revision[];
  readonly problems: readonly HistoryProblem[];
}
