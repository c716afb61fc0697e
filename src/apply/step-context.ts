import type pg from "pg";
import type { ToldReport } from "../plan/told-sessions.ts";
import type { Limits } from "../repository/limits.ts";
import type { Session } from "../sessions/session.ts";
import type { GuardEvent } from "../wire/guard.ts";
import type { Ledger } from "./ledger.ts";
import type { DatabaseLock } from "./lock.ts";
import type { GuardedWire } from "./production.ts";

/** What a step on production works with. */
export interface StepContext {
  readonly project: string;
  /** What the ledger calls its history, and may have called it. */
  readonly histories: readonly string[];
  readonly session: Session;
  readonly wire: GuardedWire;
  readonly ledger: Ledger;
  readonly lock: DatabaseLock;
  /** The connection that holds the lock; it also writes the ledger. */
  readonly client: pg.Client;
  /** What the names of the tool's connections begin with. */
  readonly working: string;
  /** For looking on while the tool works. */
  readonly observer: pg.Client;
  readonly limits: Limits;
  /** What was allowed by name. */
  readonly allow: readonly string[];
  /** What the tool's sessions send beside their work: its questions may come at any time, and what it says of them when they begin. */
  readonly sessionStatements: readonly ToldReport[];
  /** Whether the version table says that the revision is where the step leads. */
  isRecorded(revision: string): Promise<boolean>;
  readonly onProgress: (step: string) => void;
  /** While a step is under way: hears what the guard does. */
  listen(listener: ((event: GuardEvent) => Promise<void>) | undefined): void;
}
