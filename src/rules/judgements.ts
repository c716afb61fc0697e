import type { AllowedFinding, Direction, Finding } from "../finding.ts";
import type { Settings } from "../schema/settings.ts";
import type { ConfiguredAllowances } from "./configured-allowances.ts";
import type { RuleSettings } from "./policy.ts";
import type { Judgement, Migration, Rule, Step } from "./rule.ts";
import type { ProgramTool } from "./tool-code.ts";
import type { MigrationScript } from "./walk.ts";

/** One migration of a history. */
export interface MigrationInput {
  /** Its revision, where it belongs to a history. */
  readonly revision?: string;
  readonly up: readonly MigrationScript[];
  /** Empty where there is no way back, or it is unknown. */
  readonly down: readonly MigrationScript[];
  /** Whether it is judged, or only read to know the schema. */
  readonly judged: boolean;
  /** Whether production does not have it yet. Default: what is judged is new. */
  readonly isNew?: boolean;
}

/** How to judge. */
export interface JudgeOptions {
  readonly rules: readonly Rule[];
  /** The majors of PostgreSQL that the migrations may meet, ascending. */
  readonly majors: readonly number[];
  /** What is set when a migration begins, for example by its runner. */
  readonly settings: Settings;
  /** What the project's configuration says of the rules. */
  readonly policy?: RuleSettings;
  /** What the configuration allows, for whoever says what of it is unused. */
  readonly configured?: ConfiguredAllowances;
  /** Whether the new migrations reach production together, so that what one of them makes is unused for all. */
  readonly together?: boolean;
  /** Whether the history makes everything there is, so that `IF NOT EXISTS` makes what was not made before. Default: false. */
  readonly complete?: boolean;
  /** Whether it has migrations that nobody could read, and that may have made things. Default: false. */
  readonly unseen?: boolean;
  /** The tool whose migrations they are, where these are programs: fixes are shown as its code too. */
  readonly tool?: ProgramTool;
  /** How a statement gets to run outside a transaction there, in a sentence. */
  readonly outsideTransaction?: string;
  /** What a rule is asked beside the text, where the server said what a statement did. */
  readonly observe?: (rule: Rule, step: Step, migration: Migration) => Iterable<Judgement>;
}

/** A finding with what the client sent: the statement, or the block that it is part of. */
export interface JudgedFinding {
  readonly finding: Finding;
  readonly sent?: string;
  readonly step?: Step;
}

/** How much was looked at. */
export interface JudgedCounts {
  readonly files: number;
  /** Statements that were judged. */
  readonly judged: number;
  /** Statements that the parser refused. */
  readonly unread: number;
  /** Statements that run SQL which is not in the text. */
  readonly opaque: number;
}

/** What was found, and how much was looked at. */
export interface Judgements extends JudgedCounts {
  readonly findings: readonly JudgedFinding[];
  readonly allowed: readonly AllowedFinding[];
  readonly opaqueSteps: readonly OpaqueStep[];
  /** How many of the judged statements a client library sent for its session, and no migration asked for. */
  readonly session: number;
  /** Rules that the configuration switches off for a file that was judged. */
  readonly off: readonly string[];
  /** Whether every migration was judged. */
  readonly whole: boolean;
}

/** A statement that runs SQL which is not in its text. */
export interface OpaqueStep {
  readonly step: Step;
  readonly revision?: string;
  readonly direction: Direction;
}
