import type pg from "pg";
import { EngineError } from "../errors.ts";
import type { Limits } from "../repository/limits.ts";
import { version } from "../version.ts";
import { hasLedger, ledgerVersion } from "./find-ledger.ts";
import type { LeftChange } from "./left-schema.ts";

/** Who applies what, and under which plan. */
export interface LedgerRun {
  readonly project: string;
  /** Its version table, by which projects of one name in one database are told apart. */
  readonly history: string;
  readonly tool: string;
  readonly direction: "up" | "down";
  /** Who asked for it: the workflow's actor, or the account on this machine. */
  readonly actor?: string;
  readonly commit?: string;
  /** Its number, as GitHub has it. */
  readonly pullRequest?: string;
  /** `sha256:…` */
  readonly plan: string;
  /** What was allowed by name that is refused otherwise. */
  readonly overrides: readonly string[];
}

/** What is written down about a revision. Statements count from 1, in the order of the plan. */
export type LedgerEvent =
  /** It is about to be run. `files`: SHA-256 by path. `limits`: what holds meanwhile, times in milliseconds. */
  | {
      readonly event: "began";
      readonly direction: "up" | "down";
      readonly attempt: number;
      readonly files: Readonly<Record<string, string>>;
      readonly limits: Limits;
    }
  /** A statement that runs outside a transaction is about to be sent. */
  | { readonly event: "sent"; readonly statement: number }
  /**
   * A transaction with these statements is about to be committed, and a later one will complete the revision. `wroteNothing`:
   * it has no number, because there is nothing in it that could be committed.
   */
  | {
      readonly event: "committing";
      readonly statements: readonly number[];
      readonly transaction?: string;
      readonly wroteNothing?: true;
    }
  /** A statement of which rows decide how often it comes, and in how many transactions, is about to be sent for the first time. */
  | { readonly event: "repeating"; readonly statement: number }
  /** A statement that was sent has left nothing, or what it left was taken away. */
  | { readonly event: "undone"; readonly statements: readonly number[] }
  /** These are done and cannot be undone by a rollback. `text` identifies each. */
  | {
      readonly event: "finished";
      readonly statements: readonly { readonly number: number; readonly text: string }[];
      readonly durationMs?: number;
    }
  /** `found`: the tool's own table says so, and the run that did it did not live to write it down. */
  | {
      readonly event: "applied" | "reverted";
      readonly durationMs: number;
      readonly attempt: number;
      readonly files: Readonly<Record<string, string>>;
      /** Milliseconds of each statement, in order. */
      readonly statements?: readonly number[];
      readonly found?: true;
    }
  /** How the schema is left; see `LeftSchema`. */
  | ({ readonly event: "left" } & LeftChange)
  | {
      readonly event: "failed";
      readonly attempt: number;
      readonly sqlState?: string;
      readonly statement?: number;
      readonly durationMs: number;
      /** Who was in the way: process ids, names of applications, ages. Never a query. */
      readonly blockedBy?: readonly string[];
    };

/** An entry as it was read back. */
export type LedgerEntry = Exclude<LedgerEvent, { readonly event: "left" }> & {
  readonly revision: string;
  readonly run: string;
  readonly history: string;
  readonly at: Date;
  /** What the run was allowed by name. */
  readonly allowed: readonly string[];
};

/** The ledger of one project in one database. Nothing in it is ever changed. */
export interface Ledger {
  /** Writes one entry, and has it on disk when the promise resolves. */
  write(revision: string, event: LedgerEvent): Promise<void>;
}

const schema = `
CREATE SCHEMA headgate;
COMMENT ON SCHEMA headgate IS 'What Headgate applied to this database, and when. Append-only.';`;

/**
 * Append-only: the applying role keeps INSERT and SELECT alone, and triggers refuse what its owner or a superuser might still
 * do by accident. Whoever owns the tables can drop both on purpose; give them to another role to rule that out.
 */
const tables = `
CREATE TABLE headgate.run (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  began timestamptz NOT NULL DEFAULT clock_timestamp(),
  ledger smallint NOT NULL,
  headgate text NOT NULL,
  role text NOT NULL DEFAULT session_user,
  project text NOT NULL,
  history text NOT NULL,
  tool text NOT NULL,
  direction text NOT NULL,
  actor text,
  commit text,
  pull_request text,
  plan text NOT NULL,
  overrides text[] NOT NULL
);
CREATE TABLE headgate.entry (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  run bigint NOT NULL,
  project text NOT NULL,
  revision text NOT NULL,
  event text NOT NULL,
  details jsonb NOT NULL
);
CREATE INDEX entry_project ON headgate.entry (project, revision);
CREATE FUNCTION headgate.refuse_change() RETURNS trigger LANGUAGE plpgsql AS
  $$BEGIN RAISE EXCEPTION 'The ledger of Headgate is append-only.' USING ERRCODE = 'insufficient_privilege'; END$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON headgate.run EXECUTE FUNCTION headgate.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON headgate.entry EXECUTE FUNCTION headgate.refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON headgate.run, headgate.entry FROM CURRENT_USER;`;

/** Everything that was written about a project's revisions in these histories, oldest first; how schemas were left is read by itself. */
export async function readLedger(
  client: pg.ClientBase,
  project: string,
  histories: readonly string[],
): Promise<readonly LedgerEntry[]> {
  const { rows } = await client.query<Omit<LedgerEntry, "event"> & { event: string; details: object }>(
    `SELECT entry.run::text AS run, history, at, revision, event, details, overrides AS allowed
       FROM headgate.entry JOIN headgate.run ON run.id = entry.run WHERE entry.project = $1 AND history = ANY ($2) AND event <> 'left' ORDER BY entry.id`,
    [project, histories],
  );
  return rows.map(({ details, ...entry }) => ({ ...details, ...entry }) as LedgerEntry);
}

/**
 * Begins a run in the ledger, which is made when it is not there. To be called by the holder of the lock only.
 * @throws EngineError when the role may not create it
 */
export async function openLedger(client: pg.ClientBase, run: LedgerRun): Promise<Ledger> {
  if (!(await hasLedger(client))) {
    const made = await client.query("SELECT FROM pg_namespace WHERE nspname = 'headgate'");
    await client.query(`BEGIN; ${made.rowCount === 0 ? schema : ""} ${tables} COMMIT`).catch(async (cause: unknown) => {
      await client.query("ROLLBACK").catch(() => {});
      // Another project's run, under another lock, may have made it in between.
      if (await hasLedger(client)) return;
      throw new EngineError(
        `The ledger could not be created: ${(cause as Error).message}. Grant the role CREATE on the database, or make the schema for it once: CREATE SCHEMA headgate AUTHORIZATION the role.`,
        { cause },
      );
    });
  }
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO headgate.run (ledger, headgate, project, history, tool, direction, actor, commit, pull_request, plan, overrides)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id::text AS id`,
    [
      ledgerVersion,
      version,
      run.project,
      run.history,
      run.tool,
      run.direction,
      run.actor,
      run.commit,
      run.pullRequest,
      run.plan,
      run.overrides,
    ],
  );
  const id = rows[0]?.id ?? "";
  return {
    write: async (revision, { event, ...details }) =>
      void (await client.query(
        "INSERT INTO headgate.entry (run, project, revision, event, details) VALUES ($1, $2, $3, $4, $5)",
        [id, run.project, revision, event, JSON.stringify(details)],
      )),
  };
}
