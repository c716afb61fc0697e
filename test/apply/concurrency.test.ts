import { describe, expect, it } from "vitest";
import { testServers } from "./servers.ts";
import { boats, type TestTarget } from "./target.ts";

const { target, connect } = testServers();

describe("several at once", () => {
  it("one of 20 applies, and the others find nothing to do", async () => {
    await using to = await target({
      ...boats,
      "migrations/3_slow.up.sql": "INSERT INTO locks VALUES (2); SELECT pg_sleep(0.3);\n",
      "migrations/4_index.up.sql": "CREATE INDEX CONCURRENTLY boats_by_name ON boats (name);\n",
    });
    const reports = await Promise.all(Array.from({ length: 20 }, () => to.apply()));
    expect(reports.filter(({ outcome }) => outcome === "applied")).toHaveLength(1);
    expect(reports.filter(({ outcome }) => outcome === "nothing-pending")).toHaveLength(19);
    expect(await to.column("SELECT id FROM locks ORDER BY id")).toEqual([1, 2]);
    expect(await to.column("SELECT count(*)::int FROM headgate.run")).toEqual([1]);
    expect(await to.column("SELECT count(*)::int FROM headgate.entry WHERE event = 'began'")).toEqual([4]);
  });

  it("waits for the statement that a dead run left behind", async () => {
    await using to = await target();
    await using left = await connect(to);
    await left.query("SET application_name = 'headgate 1'");
    const said: string[] = [];
    const applying = to.apply({ onProgress: (step) => said.push(step) });
    await expect.poll(() => said.join(), { timeout: 20_000 }).toContain("waiting for the lock, which process");
    expect(await to.column("SELECT to_regclass('boats')::text")).toEqual([null]);
    await left.query("SET application_name = ''");
    expect((await applying).outcome).toBe("applied");
  });

  it("says who has the lock when the time is over", async () => {
    await using to = await target();
    await using left = await connect(to);
    await left.query("SET application_name = 'headgate 1'");
    await expect(to.apply({ lockWaitMs: 300 })).rejects.toThrow(
      /Another run holds the lock .*process \d+ of headgate 1/,
    );
  });
});

describe("a lock that somebody else holds", () => {
  it("is not waited for longer than the limit, is tried for again, and says who had it", async () => {
    await using to = await target({
      ...boats,
      "migrations/3_colour.up.sql": "ALTER TABLE boats ADD COLUMN colour text;\n",
    });
    await to.client
      .query(`CREATE TABLE boats (id int PRIMARY KEY, name text NOT NULL); CREATE TABLE locks (id int PRIMARY KEY);
      CREATE TABLE schema_migrations (version bigint not null primary key, dirty boolean not null);
      INSERT INTO schema_migrations VALUES (2, false)`);
    await using application = await connect(to);
    await application.query("SET application_name = 'tollkeeper'; BEGIN; SELECT * FROM boats");
    const applying = to.apply();
    await expect
      .poll(
        async () =>
          (await to.column("SELECT to_regclass('headgate.entry') IS NOT NULL"))[0] === true &&
          Number((await to.column("SELECT count(*)::int FROM headgate.entry WHERE event = 'failed'"))[0]),
        { timeout: 60_000, interval: 100 },
      )
      .toBeGreaterThan(1);
    await application.query("COMMIT");
    const { applied } = await applying;
    expect(applied[0]?.attempts).toBeGreaterThan(1);
    expect(applied[0]?.blockedBy.join()).toMatch(/process \d+ \(tollkeeper\), in a transaction for \d+ s/);
    const failed = await to.column("SELECT details FROM headgate.entry WHERE event = 'failed'");
    expect(JSON.stringify(failed)).toContain("tollkeeper");
    expect(JSON.stringify(failed)).not.toMatch(/select/i);
    expect(failed.every((details) => (details as { sqlState?: string }).sqlState === "55P03")).toBe(true);
  });

  it("is given up on after so many attempts, and nothing of the revision is left", async () => {
    await using to = await target({
      ...boats,
      "migrations/3_colour.up.sql": "CREATE TABLE colours (id int); ALTER TABLE boats ADD COLUMN colour text;\n",
    });
    await to.apply({ dryRun: true });
    await using application = await connect(to);
    await to.client
      .query(`CREATE TABLE boats (id int PRIMARY KEY, name text NOT NULL); CREATE TABLE locks (id int PRIMARY KEY);
      CREATE TABLE schema_migrations (version bigint not null primary key, dirty boolean not null);
      INSERT INTO schema_migrations VALUES (2, false)`);
    await application.query("BEGIN; SELECT * FROM boats");
    await expect(to.apply({ limits: { attempts: 2 } })).rejects.toThrow(
      /`3` failed in 2 attempts: .*55P03.*In the way: process \d+[^;]*Nothing of it is left/s,
    );
    expect(await to.column("SELECT to_regclass('colours')::text")).toEqual([null]);
    expect((await to.status()).pending).toEqual(["3"]);
  });
});

describe("a lock that is held through all attempts", () => {
  const settings = { "lock-timeout": 100, attempts: 10, "retry-pause": 20 };
  const later = {
    "one transaction": "-- +goose Up\nCREATE TABLE colours (id int);\nALTER TABLE boats ADD COLUMN colour text;\n",
    "several transactions":
      "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY by_id ON yards (id);\nALTER TABLE boats ADD COLUMN colour text;\nCREATE TABLE colours (id int);\n",
  };

  it.each([
    ["one transaction", 0],
    ["several transactions", 1],
  ] as const)("leaves what %s leaves, says so, and the next run goes on from there", async (kind, done) => {
    await using to = await target({
      "migrations/00001_boats.sql": "-- +goose Up\nCREATE TABLE boats (id int);\nCREATE TABLE yards (id int);\n",
    });
    await to.apply();
    to.repository.write({ "migrations/00002_later.sql": later[kind] });
    await using application = await connect(to);
    await application.query("SET application_name = 'report'; BEGIN; SELECT * FROM boats");
    const said: string[] = [];
    const failure = await to.apply({ limits: settings, onProgress: (step) => said.push(step) }).catch(String);
    expect(failure).toMatch(
      /`2` failed in 10 attempts: .*55P03.*In the way: process \d+ \(report\), in a transaction/s,
    );
    expect(failure).toContain(
      done === 0
        ? "Nothing of it is left. Run `headgate apply` again when the cause is gone."
        : "Of its 3 statements 1 are done. `headgate apply` goes on behind them.",
    );
    expect(said.filter((step) => /Attempt \d+ of 10 follows/.test(step))).toHaveLength(9);
    const events = await to.column("SELECT event FROM headgate.entry WHERE revision = '2' ORDER BY id");
    expect(events.filter((event) => event === "began")).toHaveLength(10);
    expect(events.filter((event) => event === "failed")).toHaveLength(10);
    expect(events.filter((event) => event === "finished")).toHaveLength(done);
    expect(await to.column("SELECT to_regclass('colours')::text")).toEqual([null]);
    expect(await to.column("SELECT max(version_id)::int FROM goose_db_version")).toEqual([1]);
    expect((await to.status()).state).toBe(done === 0 ? "pending" : "half-applied");
    await application.query("COMMIT");
    const { applied } = await to.apply();
    expect(applied).toMatchObject([{ id: "2", attempts: 1, resumedBehind: done, blockedBy: [] }]);
    expect(await to.status()).toMatchObject({ state: "up-to-date", schema: { state: "as-left" } });
    expect(await to.column("SELECT to_regclass('colours')::text")).toEqual(["colours"]);
  });
});

describe("locks that one statement takes one after the other", () => {
  const tables = ["a", "b", "c", "d", "e"];
  const made = tables.map((table) => `CREATE TABLE ${table} (id int);`).join(" ");

  it.each([
    ["DROP TABLE", `DROP TABLE ${tables.join(", ")};`, made],
    ["TRUNCATE", `TRUNCATE ${tables.join(", ")};`, made],
    [
      "DROP SCHEMA",
      "DROP SCHEMA dock CASCADE;",
      `CREATE SCHEMA dock; SET search_path = dock; ${made} RESET search_path;`,
    ],
    [
      "a partitioned table",
      "ALTER TABLE whole ADD COLUMN more int;",
      `CREATE TABLE whole (id int) PARTITION BY LIST (id); ${tables.map((table, at) => `CREATE TABLE ${table} PARTITION OF whole FOR VALUES IN (${at});`).join(" ")}`,
    ],
  ])("are not waited for longer than the limit, together: %s", async (_, sql, before) => {
    await using to = await target({
      "migrations/1_tables.up.sql": before,
      "migrations/2_all.up.sql": sql,
    });
    await to.client
      .query(`${before} CREATE TABLE schema_migrations (version bigint not null primary key, dirty boolean not null);
      INSERT INTO schema_migrations VALUES (1, false)`);
    await using look = await connect(to);
    await using holders = new AsyncDisposableStack();
    const schema = sql.includes("SCHEMA") ? "dock." : "";
    const held = new Map<string, Awaited<ReturnType<typeof connect>>>();
    for (const table of tables) {
      const holder = holders.use(await connect(to));
      await holder.query(`BEGIN; LOCK TABLE ${schema}${table} IN ACCESS SHARE MODE`);
      held.set(`${schema}${table}`, holder);
    }
    const limits = { "lock-timeout": 1_200, "retry-pause": 100 };
    let ended = false;
    const applying = to.apply({ limits }).finally(() => (ended = true));
    while (!ended) {
      // Each lets go before PostgreSQL gives up waiting for it.
      const { rows } = await look.query<{ name: string; waited: number }>(
        `SELECT relation::regclass::text AS name, extract(epoch FROM clock_timestamp() - waitstart)::float8 AS waited
           FROM pg_locks WHERE NOT granted AND locktype = 'relation' AND waitstart IS NOT NULL`,
      );
      for (const { name, waited } of rows) if (waited > 0.5) await held.get(name)?.query("ROLLBACK");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const [taken] = (await applying).applied;
    expect(taken?.attempts).toBeGreaterThan(1);
    const failed = await to.column("SELECT details ->> 'sqlState' FROM headgate.entry WHERE event = 'failed'");
    expect(new Set(failed)).toEqual(new Set(["55P03"]));
  });
});

describe("a connection that is cut", () => {
  const slow = { ...boats, "migrations/3_slow.up.sql": "INSERT INTO locks VALUES (2); SELECT pg_sleep(1);\n" };
  const cut = async (to: TestTarget, which: string) => {
    await expect
      .poll(
        () =>
          to.column(
            `SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(1)%' AND pid <> pg_backend_pid()`,
          ),
        { timeout: 30_000, interval: 20 },
      )
      .toEqual([1]);
    await to.client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND ${which}`,
    );
  };

  it("the whole server, which recovers from a crash: the same", async () => {
    await using to = await target(slow);
    const applying = to.apply().catch((error: unknown) => String(error));
    await cut(to, "false");
    const [pid] = await to.column(
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'headgate %'",
    );
    process.kill(Number(pid), "SIGKILL");
    expect(typeof (await applying)).toBe("string");
    await expect.poll(() => to.status().then(({ pending }) => pending, String), { timeout: 30_000 }).toEqual(["3"]);
    expect((await to.apply()).applied.map(({ id }) => id)).toEqual(["3"]);
    await using again = await connect(to);
    expect((await again.query("SELECT id FROM locks ORDER BY id")).rows).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it.each([
    ["the tool's", "application_name LIKE 'headgate %'"],
    ["that of the lock", "pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')"],
    ["every one", "true"],
  ])("%s: nothing of the revision is left, and the next run applies it", async (_, which) => {
    await using to = await target(slow);
    const applying = to.apply().then(
      () => "applied",
      (error: unknown) => String(error),
    );
    await cut(to, which);
    expect(await applying).not.toBe("applied");
    await expect
      .poll(() =>
        to.column(
          "SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'headgate %'",
        ),
      )
      .toEqual([0]);
    expect(await to.column("SELECT id FROM locks")).toEqual([1]);
    expect((await to.status()).pending).toEqual(["3"]);
    expect((await to.apply()).applied.map(({ id }) => id)).toEqual(["3"]);
    expect(await to.column("SELECT id FROM locks ORDER BY id")).toEqual([1, 2]);
  });
});
