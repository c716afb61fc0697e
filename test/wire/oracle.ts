import type pg from "pg";
import type { StatementEvidence } from "../../src/wire/recording.ts";

/** What both the recorder and the oracle have to say about a statement; sorted lines. */
export interface Facts {
  readonly locks: readonly string[];
  readonly rewrites: readonly string[];
  readonly scans: readonly string[];
  readonly said: readonly string[];
}

/** The recorder's answer. */
export function factsOf(evidence: StatementEvidence): Facts {
  return {
    locks: evidence.locks.map(({ relation, mode }) => `${relation} ${mode}`).toSorted(),
    rewrites: evidence.rewrites.map(({ relation }) => relation).toSorted(),
    scans: evidence.scans.map(({ relation, scans, rows }) => `${relation} ${scans} ${rows}`).toSorted(),
    said: [
      ...evidence.indexBuilds.map(({ index, table }) => `build ${index} on ${table}`),
      ...evidence.verifications.map((name) => `verify ${name}`),
    ].toSorted(),
  };
}

const relations = `select c.oid::int, n.nspname || '.' || c.relname, pg_relation_filenode(c.oid)::int
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`;

/**
 * Runs statements in one transaction of a connection of its own and reads what each does in PostgreSQL's views: from
 * outside the locks while the transaction is open, from inside the places and counters of relations; then takes it all back.
 */
export async function askOracle(
  subject: pg.Client,
  watcher: pg.Client,
  statements: readonly string[],
): Promise<readonly Facts[]> {
  let said: string[] = [];
  subject.on("notice", ({ message }) => {
    const text = message ?? "";
    const build = /^building index "(?!pg_toast_)(.*)" on table "(.*)" (?:serially|with)/.exec(text);
    if (build) said.push(`build ${build[1]} on ${build[2]}`);
    const verify = /^(?:verifying table|validating foreign key constraint) "(.*)"/.exec(text);
    if (verify) said.push(`verify ${verify[1]}`);
  });
  const existing = await rows(watcher, relations);
  const names = new Map(existing.map(([oid, name]) => [oid, name]));
  const { processID } = subject as unknown as { processID: number };
  const all: Facts[] = [];
  let held = new Set<string>();
  let places = new Map(existing.map(([oid, , filenode]) => [oid, filenode]));
  let counters = new Map<unknown, readonly [scans: number, read: number]>();
  await subject.query("begin");
  for (const statement of statements) {
    said = [];
    await subject.query("set local client_min_messages = debug1");
    await subject.query(statement);
    await subject.query("set local client_min_messages = notice");
    const locked = await rows(
      watcher,
      `select relation::int, mode from pg_locks where pid = ${processID} and granted and locktype = 'relation'`,
    );
    const counted = await rows(
      subject,
      "select relid::int, seq_scan, seq_tup_read from pg_stat_xact_user_tables where seq_scan > 0",
    );
    const now = new Map((await rows(subject, relations)).map(([oid, , filenode]) => [oid, filenode]));
    const heldNow = locked.flatMap(([oid, mode]) =>
      names.has(oid) ? [`${names.get(oid)} ${manualSpelling(String(mode))}`] : [],
    );
    all.push({
      locks: heldNow.filter((lock) => !held.has(lock)).toSorted(),
      rewrites: [...names]
        .filter(([oid]) => now.get(oid) && now.get(oid) !== places.get(oid))
        .map(([, name]) => String(name))
        .toSorted(),
      scans: counted
        .flatMap(([oid, scans, read]) => {
          const [scansBefore, readBefore] = counters.get(oid) ?? [0, 0];
          const begun = Number(scans) - scansBefore;
          return names.has(oid) && begun > 0 ? [`${names.get(oid)} ${begun} ${Number(read) - readBefore}`] : [];
        })
        .toSorted(),
      said: said.toSorted(),
    });
    held = new Set(heldNow);
    places = now;
    counters = new Map(counted.map(([oid, scans, read]) => [oid, [Number(scans), Number(read)]]));
  }
  await subject.query("rollback");
  return all;
}

async function rows(client: pg.Client, sql: string): Promise<readonly (readonly unknown[])[]> {
  return (await client.query({ text: sql, rowMode: "array" })).rows;
}

/** `AccessExclusiveLock` as the manual writes it. */
function manualSpelling(mode: string): string {
  return mode
    .replace(/Lock$/, "")
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ")
    .toUpperCase();
}
