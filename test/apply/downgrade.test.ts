import { describe, expect, it } from "vitest";
import { downgrade, type DowngradeOptions } from "../../src/apply/downgrade.ts";
import { headgate } from "../support/cli.ts";
import { downgradeText } from "../../src/report/apply-text.ts";
import { downgradeSchema } from "../../src/report/apply-schema.ts";
import { testServers } from "./servers.ts";
import { asPublished, type TestTarget } from "./target.ts";

const { target } = testServers();

const history = {
  "migrations/1_boats.up.sql": "CREATE TABLE boats (id int PRIMARY KEY);\n",
  "migrations/1_boats.down.sql": "DROP TABLE boats;\n",
  "migrations/2_colour.up.sql": "ALTER TABLE boats ADD COLUMN colour text;\n",
  "migrations/2_colour.down.sql": "ALTER TABLE boats DROP COLUMN colour;\nDELETE FROM boats WHERE id > 2;\n",
  "migrations/3_locks.up.sql": "CREATE TABLE locks (id int);\nCREATE INDEX locks_id ON locks (id);\n",
  "migrations/3_locks.down.sql": "DROP TABLE locks;\n",
};

async function filled(): Promise<TestTarget> {
  const to = await target(history);
  await to.apply();
  await to.client.query(
    "INSERT INTO boats SELECT n, CASE WHEN n < 3 THEN 'red' END FROM generate_series(1, 4) n; INSERT INTO locks VALUES (1), (2)",
  );
  return to;
}

const back = async (to: TestTarget, options: Partial<DowngradeOptions>) =>
  asPublished(downgradeSchema, await downgrade({ ...to.options, confirm: async () => true, ...options }));

describe("downgrade", () => {
  it("counts what would be lost, and takes back what was asked for", async () => {
    await using to = await filled();
    const report = await back(to, { count: 2 });
    expect(report.reverted.map(({ id }) => id)).toEqual(["3", "2"]);
    expect(report.losses).toEqual([
      { revision: "3", kind: "table", name: "public.locks", rows: 2 },
      { revision: "2", kind: "column", name: "public.boats.colour", rows: 2 },
      { revision: "2", kind: "rows", name: "DELETE" },
    ]);
    expect(await to.column("SELECT id FROM boats ORDER BY 1")).toEqual([1, 2]);
    expect(await to.column("SELECT version FROM schema_migrations")).toEqual(["1"]);
    expect(await to.column("SELECT revision FROM headgate.entry WHERE event = 'reverted' ORDER BY id")).toEqual([
      "3",
      "2",
    ]);
    expect((await to.status()).pending).toEqual(["2", "3"]);
    expect((await to.apply()).applied.map(({ id }) => id)).toEqual(["2", "3"]);
  });

  it.each([
    [{ count: 99 }, "Only 3 revisions are applied; 99 cannot be taken back."],
    [{ to: "7" }, "The revision 7 is not applied."],
    [{ to: "3" }, "there is nothing to take back"],
  ])("refuses %j before a server is started to rehearse on", async (asked, message) => {
    await using to = await filled();
    await expect(back(to, { ...asked, rehearsalUrl: "postgresql://nobody@127.0.0.1:1/none" })).rejects.toThrow(message);
  });

  it("touches nothing unless somebody agrees", async () => {
    await using to = await filled();
    expect((await back(to, { to: "base", confirm: async () => false })).outcome).toBe("declined");
    expect((await to.status()).state).toBe("up-to-date");
    expect(await to.column("SELECT count(*)::int FROM headgate.run")).toEqual([1]);
    const { exitCode, stderr } = await headgate([
      "downgrade",
      "--directory",
      to.options.directory,
      "--database-url",
      to.url,
      "--rehearsal-url",
      to.options.rehearsalUrl ?? "",
      "--quiet",
      "-n",
      "1",
    ]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("table public.locks with 2 rows goes");
    expect(stderr).toContain("Say --yes");
    expect((await to.status()).state).toBe("up-to-date");
  });

  it("goes to a revision, or to the beginning, and not to one that is not applied", async () => {
    await using to = await filled();
    await expect(back(to, { to: "9" })).rejects.toThrow("The revision 9 is not applied");
    await expect(back(to, { count: 4 })).rejects.toThrow("Only 3 revisions are applied");
    expect((await back(to, { to: "2" })).reverted.map(({ id }) => id)).toEqual(["3"]);
    expect((await back(to, { to: "base" })).reverted.map(({ id }) => id)).toEqual(["2", "1"]);
    expect(await to.column("SELECT to_regclass('boats')::text")).toEqual([null]);
  });

  const noWayBack = {
    "golang-migrate, without a file": { "migrations/2_name.up.sql": "ALTER TABLE boats ADD COLUMN name text;\n" },
    "golang-migrate, with an empty one": {
      "migrations/2_name.up.sql": "ALTER TABLE boats ADD COLUMN name text;\n",
      "migrations/2_name.down.sql": "-- nothing\n",
    },
    "golang-migrate, with one that reads": {
      "migrations/2_name.up.sql": "ALTER TABLE boats ADD COLUMN name text;\n",
      "migrations/2_name.down.sql": "SELECT 1;\n",
    },
    goose: {
      "migrations/1_boats.up.sql": "",
      "migrations/1_boats.sql": "-- +goose Up\nCREATE TABLE boats (id int);\n-- +goose Down\nDROP TABLE boats;\n",
      "migrations/2_name.sql": "-- +goose Up\nALTER TABLE boats ADD COLUMN name text;\n-- +goose Down\n",
    },
    dbmate: {
      "migrations/1_boats.up.sql": "",
      "db/migrations/1_boats.sql": "-- migrate:up\nCREATE TABLE boats (id int);\n-- migrate:down\nDROP TABLE boats;\n",
      "db/migrations/2_name.sql": "-- migrate:up\nALTER TABLE boats ADD COLUMN name text;\n-- migrate:down\n",
    },
    diesel: {
      "migrations/1_boats.up.sql": "",
      "diesel.toml": "[migrations_directory]\ndir = 'migrations'\n",
      "migrations/2026-01-01-000000_boats/up.sql": "CREATE TABLE boats (id int);\n",
      "migrations/2026-01-01-000000_boats/down.sql": "DROP TABLE boats;\n",
      "migrations/2026-01-02-000000_name/up.sql": "ALTER TABLE boats ADD COLUMN name text;\n",
      "migrations/2026-01-02-000000_name/down.sql": "-- nothing\n",
    },
  };
  it.each(Object.entries(noWayBack))("does not forget what it does not undo: %s", async (_, files) => {
    const all = { "migrations/1_boats.up.sql": "CREATE TABLE boats (id int);\n", ...files };
    await using to = await target(Object.fromEntries(Object.entries(all).filter(([, text]) => text !== "")));
    await to.apply();
    await expect(back(to, { count: 1 })).rejects.toThrow(/^Nothing was taken back.*--allow one-way/s);
    expect((await to.status()).state).toBe("up-to-date");
    const report = await back(to, { count: 1, allow: ["one-way"] });
    expect(report).toMatchObject({ reverted: [{}], overridden: ["one-way"] });
    expect(downgradeText(report)).toContain("allowed by name: one-way");
    expect((await to.status()).pending).toHaveLength(1);
  });
});
