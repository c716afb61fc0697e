import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { apply } from "../../src/apply/apply.ts";
import { downgrade } from "../../src/apply/downgrade.ts";
import { status } from "../../src/apply/status.ts";
import { EngineError } from "../../src/errors.ts";
import { startFragileServer, type FragileServer, type Settings } from "../support/fragile-server.ts";
import { startRelay } from "../support/relay.ts";
import { testRepository } from "../support/repository.ts";
import { testServers } from "./servers.ts";
import { boats } from "./target.ts";

const { target, rehearsalUrl } = testServers();

const next = { "migrations/3_more.up.sql": "CREATE TABLE more (id int);\n" };
const message = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "nothing went wrong",
    (error: unknown) => String(error),
  );

/** A target on a server that may be taken away. */
async function onFragile(files: Readonly<Record<string, string>>, settings: Settings = {}, parent?: string) {
  const fragile = await startFragileServer(settings, parent);
  onTestFinished(() => fragile[Symbol.asyncDispose]());
  const repository = testRepository(files);
  onTestFinished(() => repository[Symbol.dispose]());
  const at = async (there: FragileServer) => ({
    directory: repository.root,
    databaseUrl: there.url(),
    rehearsalUrl: await rehearsalUrl(),
    environment: process.env,
  });
  const options = await at(fragile);
  return {
    fragile,
    repository,
    options,
    at,
    apply: () => apply(options),
    status: () => status(options),
    query: (sql: string) => query(fragile.url(), sql),
  };
}

async function query(url: string, sql: string): Promise<readonly unknown[]> {
  const client = new pg.Client(url);
  client.on("error", () => {});
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(sql).finally(() => client.end());
  return rows.map((row) => Object.values(row)[0]);
}

const running = (url: string, text: string) =>
  expect
    .poll(
      () =>
        query(
          url,
          `SELECT count(*)::int FROM pg_stat_activity WHERE query LIKE '%${text}%' AND state = 'active' AND pid <> pg_backend_pid()`,
        ).catch(() => []),
      { timeout: 30_000, interval: 20 },
    )
    .toEqual([1]);

describe("a server that is restarted", () => {
  it.each(["fast", "immediate"] as const)("%s, in a transaction and in the build of an index", async (mode) => {
    const to = await onFragile({
      ...boats,
      "migrations/3_slow.up.sql": "INSERT INTO locks VALUES (2); SELECT pg_sleep(0.7);\n",
    });
    const transaction = message(to.apply());
    await running(to.fragile.url(), "pg_sleep(0.7)");
    await to.fragile.stop(mode);
    expect(await message(to.status())).toContain("No PostgreSQL answers at");
    await to.fragile.start();
    expect(await transaction).toMatch(/`3` failed: .*Run `headgate status`/s);
    expect((await to.status()).summary).toBe("2 of 3 revisions are applied; 1 pending: 3.");
    expect((await to.apply()).applied.map(({ id }) => id)).toEqual(["3"]);
    expect(await to.query("SELECT id FROM locks ORDER BY id")).toEqual([1, 2]);

    to.repository.write({ "migrations/4_index.up.sql": "CREATE INDEX CONCURRENTLY boats_name ON boats (name);\n" });
    const reader = new pg.Client(to.fragile.url());
    reader.on("error", () => {});
    await reader.connect();
    // The build waits for whoever has changed the table and is not done.
    await reader.query("BEGIN; INSERT INTO boats VALUES (1, 'Argo')");
    const build = message(to.apply());
    await running(to.fragile.url(), "CREATE INDEX CONCURRENTLY");
    await to.fragile.stop(mode);
    await to.fragile.start();
    expect(await build).toMatch(/`4` failed: .*Run `headgate status`/s);
    expect(await to.status()).toMatchObject({
      summary: "`4` is half applied: 0 of its statements are done, and one more may be.",
      next: "headgate apply",
      invalidIndexes: ["public.boats_name"],
    });
    expect((await to.apply()).applied.map(({ id }) => id)).toEqual(["4"]);
    expect(await to.status()).toMatchObject({ state: "up-to-date", invalidIndexes: [] });
  });
});

describe.skipIf(process.getuid?.() !== 0 || process.platform !== "linux")("a disk that is full", () => {
  /** A file system of so many megabytes. */
  function disk(megabytes: number): string {
    const path = mkdtempSync(join(tmpdir(), "headgate-disk-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=1777`, "tmpfs", path]);
    onTestFinished(() => {
      execFileSync("umount", ["--lazy", path]);
      rmSync(path, { recursive: true });
    });
    return path;
  }
  // In the rehearsal the table is empty, and so is the copy.
  const copy = {
    "migrations/3_copy.up.sql":
      "CREATE TABLE copies AS SELECT n, repeat('x', 500) AS t FROM boats, generate_series(1, 500000) n;\n",
  };

  it("for data: nothing is left, and the next run applies it where there is room", async () => {
    const to = await onFragile(boats, { max_wal_size: "32MB", min_wal_size: "32MB" }, disk(100));
    const elsewhere = mkdtempSync(join(tmpdir(), "headgate-log-"));
    onTestFinished(() => rmSync(elsewhere, { recursive: true }));
    chmodSync(elsewhere, 0o777);
    await to.fragile.moveLog(elsewhere);
    await to.apply();
    await to.query("INSERT INTO boats VALUES (1, 'Argo')");
    to.repository.write(copy);
    expect(await message(to.apply())).toMatch(
      /`3` failed: .*No space left on device.*\(SQLSTATE 53100\).*Nothing of it is left\. Run `headgate apply` again/s,
    );
    expect((await to.status()).pending).toEqual(["3"]);
    await to.query("DELETE FROM boats");
    expect((await to.apply()).applied.map(({ id }) => id)).toEqual(["3"]);
  });

  it("for the log: the server goes down, and all is as it was when it is up again", async () => {
    const log = disk(48);
    const to = await onFragile(boats, { max_wal_size: "2GB" });
    await to.apply();
    await to.query("INSERT INTO boats VALUES (1, 'Argo')");
    to.repository.write(copy);
    await to.fragile.moveLog(log);
    expect(await message(to.apply())).toMatch(/`3` failed: .*Run `headgate status`/s);
    expect(await message(to.status())).toMatch(/No PostgreSQL answers|is starting or stopping/);
    execFileSync("mount", ["-o", "remount,size=512m", log]);
    await to.fragile.start();
    await expect.poll(() => to.status().then(({ pending }) => pending, String), { timeout: 30_000 }).toEqual(["3"]);
    await to.query("DELETE FROM boats");
    expect((await to.apply()).applied.map(({ id }) => id)).toEqual(["3"]);
  });
});

describe("a standby", () => {
  it("is refused, and applied to when it has been promoted", async () => {
    const to = await onFragile(boats);
    await to.apply();
    await using standby = await to.fragile.standby();
    to.repository.write(next);
    const there = await to.at(standby);
    expect((await status(there)).pending).toEqual(["3"]);
    expect((await apply({ ...there, dryRun: true })).pending).toEqual(["3"]);
    await expect(apply(there)).rejects.toThrow("is a standby, which is read-only: connect to its primary.");
    await expect(downgrade({ ...there, count: 1, confirm: async () => true })).rejects.toThrow("is a standby");
    await standby.promote();
    expect((await apply(there)).applied.map(({ id }) => id)).toEqual(["3"]);
  });
});

describe("the rehearsal's server", () => {
  it.each(["fast", "immediate"] as const)(
    "that ends (%s): nothing was sent, and it is no fault of the migration",
    async (mode) => {
      await using to = await target({ ...boats, "migrations/3_slow.up.sql": "SELECT pg_sleep(0.7);\n" });
      await using fragile = await startFragileServer();
      const applying = apply({ ...to.options, rehearsalUrl: fragile.url() }).catch((error: unknown) => error);
      await running(fragile.url(), "pg_sleep(0.7)");
      await fragile.stop(mode);
      const error = (await applying) as SuppressedError | Error;
      expect(error instanceof SuppressedError ? error.suppressed : error).toMatchObject({
        name: "EngineError",
        message: expect.stringMatching(
          /^The rehearsal did not come to its end\. PostgreSQL could not go on: .* Nothing was sent to the target/,
        ),
      });
      expect((await to.status()).state).toBe("empty");
    },
  );
});

describe("a network that fails", () => {
  it.each(["before", "half", "after"] as const)(
    "%s a message of Headgate's own has arrived: it is said, and the next run applies",
    async (fault) => {
      for (const sent of [
        "server_version_num",
        "pg_is_in_recovery",
        "pg_try_advisory_lock",
        "INSERT INTO headgate.run",
        "INSERT INTO headgate.entry",
      ]) {
        await using to = await target();
        const url = new URL(to.url);
        await using relay = await startRelay(Number(url.port));
        url.port = String(relay.port);
        relay.failAt(sent, fault);
        expect(await message(to.apply({ databaseUrl: url.href }))).toMatch(
          /^(?:Engine|Apply)Error: The connection to .* was lost.*, and nothing more was sent\. Run `headgate status`/,
        );
        expect((await to.status()).next).toMatch(/headgate apply$/);
        expect((await to.apply()).applied.map(({ id }) => id)).toEqual(["1", "2"]);
      }
    },
  );

  it.each(["before", "half", "after"] as const)(
    "%s a message of the migration has arrived: nothing is done twice, and nothing is left out",
    async (fault) => {
      for (const sent of ["CREATE TABLE locks", "COMMIT", "CREATE INDEX CONCURRENTLY"]) {
        await using to = await target({
          ...boats,
          "migrations/3_index.up.sql": "CREATE INDEX CONCURRENTLY boats_name ON boats (name);\n",
        });
        const url = new URL(to.url);
        await using relay = await startRelay(Number(url.port));
        url.port = String(relay.port);
        relay.failAt(sent, fault);
        // Where the server has done it, and only its answer was lost, another connection is asked.
        expect(await message(to.apply({ databaseUrl: url.href }))).toMatch(
          /nothing went wrong|failed: .*connection|^\w+: The connection to .* was lost/,
        );
        expect((await to.status()).next).toMatch(/headgate apply$|^nothing to do$/);
        expect((await to.apply()).outcome).toMatch(/^(?:applied|nothing-pending)$/);
        expect(await to.column("SELECT id FROM locks")).toEqual([1]);
        expect(await to.status()).toMatchObject({ state: "up-to-date", invalidIndexes: [] });
        const twice = "SELECT revision FROM headgate.entry WHERE event = 'applied' GROUP BY 1 HAVING count(*) > 1";
        expect(await to.column(twice)).toEqual([]);
      }
    },
  );
});

describe("a downgrade that dies half way", () => {
  it.each([
    [
      "golang-migrate",
      {
        "migrations/3_index.up.sql": "CREATE INDEX CONCURRENTLY by_name ON boats (name);\n",
        "migrations/3_index.down.sql": "DROP INDEX CONCURRENTLY by_name;\n",
        ...boats,
      },
    ],
    [
      "goose",
      {
        "migrations/1_boats.sql":
          "-- +goose Up\nCREATE TABLE boats (id int PRIMARY KEY, name text);\n-- +goose Down\nDROP TABLE boats;\n",
        "migrations/3_index.sql":
          "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY by_name ON boats (name);\nCREATE INDEX CONCURRENTLY by_id ON boats (id);\n-- +goose Down\nDROP INDEX CONCURRENTLY by_name;\nUPDATE boats SET name = name || '!';\nDROP INDEX CONCURRENTLY by_id;\n",
      },
    ],
  ])("%s: is told, is not applied over, and goes on", async (_, files) => {
    await using to = await target(files);
    await to.apply();
    await to.client.query("INSERT INTO boats VALUES (1, 'Argo')");
    const back = () => downgrade({ ...to.options, count: 1, confirm: async () => true });
    const reader = new pg.Client(to.url);
    await reader.connect();
    await reader.query("BEGIN; SELECT * FROM boats");
    const dying = message(back());
    await running(to.url, "DROP INDEX CONCURRENTLY");
    await to.client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'headgate%'",
    );
    expect(await dying).toMatch(/`3` failed|connection/);
    await reader.query("COMMIT");
    await reader.end();
    expect(await to.status()).toMatchObject({
      summary: "`3` is half taken back: 0 of its statements are done, and one more may be.",
      next: "headgate downgrade -n 1",
      unknown: [],
    });
    await expect(to.apply()).rejects.toThrow("`3` is half taken back. Finish it first with `headgate downgrade -n 1`.");
    expect((await back()).reverted.map(({ id }) => id)).toEqual(["3"]);
    expect(await to.status()).toMatchObject({ state: "pending", pending: ["3"], invalidIndexes: [] });
    expect((await to.apply()).applied.map(({ id }) => id)).toEqual(["3"]);
    expect(["Argo", "Argo!"]).toContain((await to.column("SELECT name FROM boats"))[0]);
  });
});

describe("a ledger that somebody else has changed", () => {
  it.each([
    ["dropped a table", "DROP TABLE headgate.entry", /schema `headgate` that is not the ledger/],
    ["dropped a column", "ALTER TABLE headgate.entry DROP COLUMN details", /the column `entry\.details` is missing/],
    ["changed a type", "ALTER TABLE headgate.entry ALTER details TYPE text", /`entry\.details` is text and not jsonb/],
    [
      "added what must be filled",
      "ALTER TABLE headgate.run ADD COLUMN extra int NOT NULL DEFAULT 1; ALTER TABLE headgate.run ALTER extra DROP DEFAULT",
      /`run\.extra` was added, and has no default/,
    ],
  ])("%s: is told, and nothing is done", async (_, sql, sentence) => {
    await using to = await target();
    await to.apply();
    to.repository.write(next);
    await to.client.query(sql);
    for (const command of [to.status, to.apply]) {
      const error = await command().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(EngineError);
      expect(String(error)).toMatch(sentence);
    }
    // What they are told to do helps.
    await to.client.query("ALTER SCHEMA headgate RENAME TO before");
    expect((await to.apply()).applied.map(({ id }) => id)).toEqual(["3"]);
  });

  it("dropped: the version table is the truth", async () => {
    await using to = await target();
    await to.apply();
    to.repository.write(next);
    await to.client.query("DROP SCHEMA headgate CASCADE");
    expect((await to.status()).pending).toEqual(["3"]);
    expect((await to.apply()).applied.map(({ id }) => id)).toEqual(["3"]);
  });
});

describe("a version table that was changed by hand", () => {
  const rows = {
    ...boats,
    "migrations/3_rows.up.sql": "INSERT INTO boats VALUES (1, 'Argo');\n",
    "migrations/4_more.up.sql": "CREATE TABLE more (id int);\n",
  };
  const applied = async (files: Readonly<Record<string, string>> = rows) => {
    const to = await target(files);
    await to.apply();
    return to;
  };

  it("set back: what only rows could tell is not done twice, unless that is allowed by name", async () => {
    await using to = await applied({ ...boats, "migrations/3_rows.up.sql": rows["migrations/3_rows.up.sql"] });
    await to.client.query("UPDATE schema_migrations SET version = 2");
    expect(await to.status()).toMatchObject({ state: "pending", pending: ["3"], forgotten: ["3"] });
    await expect(to.apply()).rejects.toThrow(/Headgate applied the revision `3` to this database .*--allow again/s);
    await to.client.query("DELETE FROM boats");
    expect(await to.apply({ allow: ["again"] })).toMatchObject({ outcome: "applied", overridden: ["again"] });
    expect((await to.status()).forgotten).toEqual([]);
  });

  it("set back by the tool, which took the revision back: it is applied again", async () => {
    await using to = await applied();
    await to.client.query("DROP TABLE more; UPDATE schema_migrations SET version = 3");
    expect(await to.status()).toMatchObject({ pending: ["4"], forgotten: ["4"] });
    expect((await to.apply()).applied.map(({ id }) => id)).toEqual(["4"]);
  });

  it("set back over what is there: it is drift", async () => {
    await using to = await applied();
    await to.client.query("UPDATE schema_migrations SET version = 3");
    await expect(to.apply()).rejects.toThrow(/table `public\.more` is there, and no migration makes it/);
  });

  it("set ahead: it is said who did not apply it", async () => {
    await using to = await applied(boats);
    to.repository.write(next);
    await to.client.query("UPDATE schema_migrations SET version = 3");
    expect(await to.status()).toMatchObject({ state: "up-to-date", byOthers: ["3"] });
    to.repository.write({ "migrations/4_last.up.sql": "CREATE TABLE last (id int);\n" });
    await expect(to.apply()).rejects.toThrow(/table `public\.more` is missing/);
  });

  it("said to be dirty: nothing is applied", async () => {
    await using to = await applied(boats);
    to.repository.write(next);
    await to.client.query("UPDATE schema_migrations SET dirty = true");
    expect((await to.status()).summary).toBe(
      "The version table says that `2` was begun and not finished, and the ledger knows nothing of it.",
    );
    await expect(to.apply()).rejects.toThrow(/`2` was begun and not finished, and the ledger knows nothing of it/);
  });

  it("with other columns: it is named", async () => {
    await using to = await applied(boats);
    await to.client.query("ALTER TABLE schema_migrations RENAME version TO number");
    await expect(to.status()).rejects.toThrow(/public\.schema_migrations is not one in which the project's tool keeps/);
  });
});

describe("a role with settings of its own", () => {
  it.each([
    ["statement_timeout", "1ms"],
    ["idle_session_timeout", "100ms"],
    ["idle_in_transaction_session_timeout", "50ms"],
    ["transaction_timeout", "300ms"],
    ["datestyle", "German, DMY"],
    ["default_transaction_isolation", "serializable"],
  ])("%s = %s: Headgate's own sessions do as always", async (name, value) => {
    await using to = await target({
      "migrations/1_boats.up.sql": "SET statement_timeout = '10s';\nCREATE TABLE boats (id int);\n",
    });
    const database = to.database;
    await to.client.query(`ALTER DATABASE "${database}" SET ${name} = '${value}'`);
    if (name === "statement_timeout") return void expect((await to.status()).lastApplied).toBeUndefined();
    expect((await to.apply()).outcome).toBe("applied");
    expect((await to.status()).lastApplied?.revision).toBe("1");
  });

  it("that has no connection left between two revisions: says that, and not that the server is gone", async () => {
    await using to = await target({ ...boats, "migrations/2_locks.up.sql": "SELECT pg_sleep(1);\n" });
    const { database } = to;
    await to.client
      .query(`CREATE ROLE lighterman LOGIN PASSWORD 'lighterman'; GRANT CREATE ON DATABASE "${database}" TO lighterman;
        GRANT CREATE ON SCHEMA public TO lighterman`);
    const databaseUrl = to.url.replace(/\/\/[^@]*@/, "//lighterman:lighterman@");
    const applying = to.apply({ databaseUrl }).catch((error: Error) => error.message);
    const isAsleep = "SELECT count(*)::int FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = $1";
    await expect
      .poll(async () => (await to.client.query(isAsleep, [database])).rows[0], { timeout: 60_000, interval: 50 })
      .toEqual({ count: 1 });
    await to.client.query("ALTER ROLE lighterman CONNECTION LIMIT 0");
    expect(await applying).toMatch(/has no connection left.*That was at `2`.*headgate status/s);
    await to.client.query("ALTER ROLE lighterman CONNECTION LIMIT -1");
    expect((await to.apply({ databaseUrl })).outcome).toBe("nothing-pending");
  });

  it("that may have few connections: says so, and nothing is begun", async () => {
    await using to = await target();
    const database = to.database;
    await to.client
      .query(`CREATE ROLE ferryman LOGIN PASSWORD 'ferryman' CONNECTION LIMIT 2; GRANT CREATE ON DATABASE "${database}" TO ferryman;
      GRANT CREATE ON SCHEMA public TO ferryman`);
    const databaseUrl = to.url.replace(/\/\/[^@]*@/, "//ferryman:ferryman@");
    await expect(to.apply({ databaseUrl })).rejects.toThrow("has no connection left");
    expect((await to.status()).state).toBe("empty");
    await to.client.query("ALTER ROLE ferryman CONNECTION LIMIT 4");
    expect((await to.apply({ databaseUrl })).outcome).toBe("applied");
  });
});
