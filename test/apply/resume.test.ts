import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { settleTransaction } from "../../src/apply/settle.ts";
import { alembicHistory, execute } from "../support/alembic-history.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { available } from "../support/requirements.ts";
import { testServers } from "./servers.ts";
import { boats, type TestTarget } from "./target.ts";

const { target, connect } = testServers();

const unique = {
  ...boats,
  "migrations/3_unique.up.sql": "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS boats_name ON boats (name);\n",
};

async function withTwins(): Promise<TestTarget> {
  const to = await target(boats);
  await to.apply();
  await to.client.query("INSERT INTO boats VALUES (1, 'Argo'), (2, 'Argo')");
  to.repository.write(unique);
  return to;
}

const indexes =
  "SELECT indexrelid::regclass::text || ' ' || indisvalid FROM pg_index WHERE indrelid = 'boats'::regclass ORDER BY 1";

describe("a build of an index that fails", () => {
  it("is said, and its invalid index is dropped and built again", async () => {
    await using to = await withTwins();
    await expect(to.apply()).rejects.toThrow(/`3` failed: could not create unique index.*goes on behind them/s);
    expect(await to.column(indexes)).toEqual(["boats_name false", "boats_pkey true"]);
    const status = await to.status();
    expect(status.summary).toBe("`3` is half applied: 0 of its statements are done, and one more may be.");
    expect([status.next, status.invalidIndexes]).toEqual(["headgate apply", ["public.boats_name"]]);
    await to.client.query("DELETE FROM boats WHERE id = 2");
    expect((await to.apply()).applied.map(({ id }) => id)).toEqual(["3"]);
    expect(await to.column(indexes)).toEqual(["boats_name true", "boats_pkey true"]);
    expect((await to.status()).invalidIndexes).toEqual([]);
  });

  it("of somebody else's is not taken for done, and not dropped", async () => {
    await using to = await withTwins();
    await expect(to.client.query("CREATE UNIQUE INDEX CONCURRENTLY boats_name ON boats (name)")).rejects.toThrow(
      "could not create unique index",
    );
    await expect(to.apply()).rejects.toThrow(/index `public\.boats_name` is there, and no migration makes it/);
    expect(await to.column(indexes)).toEqual(["boats_name false", "boats_pkey true"]);
  });
});

describe("a revision that is half applied", () => {
  const mixed = (...statements: readonly string[]) => ({
    "migrations/1_boats.sql":
      "-- +goose Up\nCREATE TABLE boats (id int, name text);\n-- +goose Down\nDROP TABLE boats;\n",
    "migrations/2_mixed.sql": `-- +goose NO TRANSACTION\n-- +goose Up\n${statements.map((sql) => `${sql};\n`).join("")}-- +goose Down\nSELECT 1;\n`,
  });

  it("needs nobody's word for a statement that wrote nothing, however its transaction ended", async () => {
    const history = mixed("SELECT count(*) FROM boats", "CREATE UNIQUE INDEX CONCURRENTLY by_name ON boats (name)");
    await using to = await target({
      "migrations/1_boats.sql": history["migrations/1_boats.sql"],
    });
    await to.apply();
    await to.client.query("INSERT INTO boats VALUES (1, 'Argo'), (2, 'Argo')");
    to.repository.write(history);
    await expect(to.apply()).rejects.toThrow(/could not create unique index/);
    // What a run leaves that dies while the first statement is committed.
    await to.client.query(`DROP INDEX by_name; DELETE FROM boats WHERE id = 2;
      ALTER TABLE headgate.entry DISABLE TRIGGER append_only;
      DELETE FROM headgate.entry WHERE id > (SELECT max(id) FROM headgate.entry WHERE event = 'committing');
      ALTER TABLE headgate.entry ENABLE TRIGGER append_only`);
    expect((await to.status()).summary).toBe("`2` is half applied: 0 of its statements are done, and one more may be.");
    expect((await to.apply()).applied.map(({ id }) => id)).toEqual(["2"]);
  });

  it("goes on behind what is done, and does nothing twice", async () => {
    const first = "INSERT INTO boats VALUES (1, 'Argo')";
    await using to = await target(
      mixed(
        first,
        "CREATE INDEX CONCURRENTLY by_name ON boats (name)",
        "SELECT pg_sleep(1)",
        "ALTER TABLE boats ADD COLUMN colour text",
      ),
    );
    await using reader = await connect(to);
    // Somebody reads, which the ALTER TABLE cannot get past, and CREATE INDEX CONCURRENTLY can: it began after that.
    const reading = (async () => {
      await expect
        .poll(() => to.column("SELECT to_regclass('by_name')::text"), { timeout: 60_000, interval: 5 })
        .toEqual(["by_name"]);
      await reader.query("BEGIN; SELECT * FROM boats");
    })();
    await expect(to.apply({ limits: { attempts: 1 } })).rejects.toThrow(/Of its 4 statements 3 are done/);
    await reading;
    await reader.query("COMMIT");
    expect((await to.status()).state).toBe("half-applied");
    const [report] = (await to.apply()).applied;
    expect(report?.id).toBe("2");
    expect(report?.resumedBehind).toBeGreaterThan(0);
    expect(await to.column("SELECT id FROM boats")).toEqual([1]);
    expect((await to.status()).state).toBe("up-to-date");
  });

  it("is not gone on with from other files than it was begun with", async () => {
    await using to = await target(
      mixed(
        "INSERT INTO boats SELECT 1, 'Argo' FROM pg_class WHERE relname LIKE 'twin_'",
        "CREATE INDEX CONCURRENTLY by_id ON boats (id)",
        "CREATE UNIQUE INDEX CONCURRENTLY by_name ON boats (name)",
      ),
    );
    await to.client.query("CREATE SCHEMA other; CREATE TABLE other.twin1 (id int); CREATE TABLE other.twin2 (id int)");
    await expect(to.apply()).rejects.toThrow(/`2` failed: could not create unique index/);
    expect((await to.status()).half).toEqual({ revision: "2", finished: 2 });
    to.repository.write(mixed("CREATE INDEX CONCURRENTLY by_other ON boats (id, name)", "SELECT 1"));
    await expect(to.apply()).rejects.toThrow(
      /its first 2 statements are done, and the migration now begins with others/,
    );
  });

  /** A run that is killed when the server has committed a statement that came alone, and the ledger does not know it yet. */
  async function killedBehindCommit(files: Readonly<Record<string, string>>): Promise<void> {
    const second = Object.entries(files).filter(([path]) => /\/2[^/]*$/.test(path));
    const first = Object.entries(files).filter((file) => !second.some(([path]) => path === file[0]));
    await using to = await target(Object.fromEntries(first));
    await to.apply();
    to.repository.write(Object.fromEntries(second));
    await to.client.query(`CREATE FUNCTION headgate.wait() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(600); RETURN NEW; END $$;
      CREATE TRIGGER wait BEFORE INSERT ON headgate.entry FOR EACH ROW WHEN (NEW.event = 'finished')
        EXECUTE FUNCTION headgate.wait()`);
    const { directory, databaseUrl = "", rehearsalUrl = "" } = to.options;
    const args = ["--directory", directory, "--database-url", databaseUrl, "--rehearsal-url", rehearsalUrl, "--quiet"];
    const cli = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));
    const run = spawn(process.execPath, [cli, "apply", ...args], { stdio: "ignore" });
    await expect.poll(() => to.column("SELECT id FROM boats"), { timeout: 60_000, interval: 20 }).toEqual([1]);
    const ended = once(run, "exit");
    run.kill("SIGKILL");
    await ended;
    await to.client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
    await to.client.query("DROP FUNCTION headgate.wait() CASCADE");
    expect((await to.status()).summary).toBe("`2` is half applied: 0 of its statements are done, and one more may be.");
    const [report] = (await to.apply()).applied;
    expect([report?.id, report?.resumedBehind]).toEqual(["2", 1]);
    expect(await to.column("SELECT id FROM boats")).toEqual([1]);
  }

  it("knows of a statement that came alone that the server had committed it: goose", () =>
    killedBehindCommit(mixed("INSERT INTO boats VALUES (1, 'Argo')", "ALTER TABLE boats ADD COLUMN colour text")));

  it.skipIf(!available("python"))(
    "knows of a statement that came alone that the server had committed it: Alembic",
    async () => {
      const block = (sql: string) =>
        `with op.get_context().autocommit_block():\n    ${execute(sql)}\n${execute("ALTER TABLE boats ADD COLUMN colour text")}`;
      await killedBehindCommit(
        alembicHistory(await pythonWith(currentAlembic), [
          { id: "1", upgrade: execute("CREATE TABLE boats (id int, name text)") },
          { id: "2", down: "1", upgrade: block("INSERT INTO boats VALUES (1, 'Argo')") },
        ]),
      );
    },
  );

  it("knows its transaction by its number, also beside one that began before it and goes on", async () => {
    await using to = await target(
      mixed("INSERT INTO boats SELECT 1, 'Argo' FROM pg_sleep(1)", "CREATE INDEX CONCURRENTLY by_id ON boats (id)"),
    );
    await using other = await connect(to);
    const applying = to.apply();
    const sleeping = "SELECT count(*)::int FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    await expect.poll(() => to.column(sleeping), { timeout: 60_000, interval: 20 }).toEqual([1]);
    await other.query("BEGIN; SELECT pg_current_xact_id()");
    // It would keep the index from being built.
    await expect.poll(() => to.column("SELECT id FROM boats"), { timeout: 60_000, interval: 20 }).toEqual([1]);
    await other.query("COMMIT");
    await applying;
    expect(
      await to.column(
        "SELECT pg_xact_status((details ->> 'transaction')::xid8) FROM headgate.entry WHERE event = 'committing'",
      ),
    ).toEqual(["committed"]);
    const [number] = await to.column("SELECT details ->> 'transaction' FROM headgate.entry WHERE event = 'committing'");
    // As earlier ledgers have it.
    expect(await settleTransaction(to.client, String(BigInt(String(number)) - 2n ** 32n))).toEqual({ kind: "done" });
  });

  it("waits for a person where nothing tells whether a statement was done, and believes what it is told", async () => {
    await using to = await target({
      ...boats,
      "migrations/3_named.up.sql": "CREATE INDEX CONCURRENTLY boats_by_name ON boats (name);\n",
      "migrations/4_sweep.up.sql": "VACUUM boats;\n",
    });
    await to.apply();
    to.repository.write({ "migrations/5_where.up.sql": "ALTER SYSTEM SET work_mem = '5MB';\n" });
    // As a run leaves it that dies between sending a statement and hearing how it ended.
    await to.client.query(`INSERT INTO headgate.entry (run, project, revision, event, details)
      SELECT run, project, '5', event, details FROM (VALUES
        ('began', '{"direction":"up","attempt":1,"files":{}}'::jsonb), ('sent', '{"statement":1}')) AS died (event, details),
        (SELECT DISTINCT run, project FROM headgate.entry) AS earlier`);
    expect((await to.status()).summary).toBe("`5` is half applied: 0 of its statements are done, and one more may be.");
    await expect(to.apply()).rejects.toThrow(/statement 1 was sent and its end was not seen.*--allow assume-done/);
    expect((await to.apply({ allow: ["assume-done"] })).applied[0]?.resumedBehind).toBe(1);
    expect(await to.column("SELECT count(*)::int FROM pg_file_settings WHERE name = 'work_mem'")).toEqual([0]);
    expect(await to.column("SELECT overrides FROM headgate.run ORDER BY id DESC LIMIT 1")).toEqual([["assume-done"]]);
  });
});
