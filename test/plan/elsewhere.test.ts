import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { binaryDirectories, binaryVersion, embeddedMajors } from "../../src/engines/binaries.ts";
import { firstConnection } from "../../src/engines/first-connection.ts";
import { startGuardian, type Guardian } from "../../src/engines/guardian.ts";
import { serverAccount } from "../../src/engines/server-account.ts";
import { serverDirectory } from "../../src/engines/server-directory.ts";
import { usableBinaries } from "../../src/engines/usable-binaries.ts";
import { alembicHistory, execute } from "../support/alembic-history.ts";
import { headgate } from "../support/cli.ts";
import { migrationClass, mikroOrmHistory } from "../support/mikro-orm-history.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { testRepository } from "../support/repository.ts";
import { available } from "../support/requirements.ts";
import { link } from "../tools/mikro-orm/project.ts";
import { freePort } from "../../src/engines/free-port.ts";

/** A server that differs in all that a migration should not depend on: encoding, zone, formats, superuser, port. */
let elsewhere: Guardian;
let url: string;

beforeAll(async () => {
  const account = serverAccount();
  const [major] = embeddedMajors;
  let binDirectory: string | undefined;
  for (const found of binaryDirectories(major)) {
    const usable = usableBinaries(found, account);
    if ((await binaryVersion(usable))?.startsWith(`${major}.`)) binDirectory ??= usable;
  }
  if (binDirectory === undefined) throw new Error(`There is no PostgreSQL ${major}.`);
  const password = randomBytes(12).toString("hex");
  const port = await freePort();
  const directory = serverDirectory(account);
  const settings = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: directory,
    TimeZone: "Asia/Tokyo",
    DateStyle: "'SQL, DMY'",
    IntervalStyle: "sql_standard",
    bytea_output: "escape",
    extra_float_digits: 0,
    fsync: "off",
  };
  elsewhere = startGuardian({
    directory,
    password,
    binDirectory,
    initdbOptions: ["--username=harbour", "--auth=scram-sha-256", "--encoding=LATIN1", "--locale=C", "--no-sync"],
    kept: undefined,
    serverOptions: Object.entries(settings).flatMap(([name, value]) => [
      "-c",
      `${name}=${String(value).replaceAll("'", "")}`,
    ]),
    account,
  });
  const at = { host: "127.0.0.1", port, user: "harbour", password, database: "postgres" };
  const client = await firstConnection(
    at,
    elsewhere.serverEnded.then(() => undefined),
  );
  await client?.query("create database elsewhere");
  await client?.end();
  url = `postgresql://harbour:${password}@127.0.0.1:${port}/elsewhere`;
}, 60_000);
afterAll(() => elsewhere?.release());

/** What a server's or a checkout's own ways could show through. */
const up = [
  "CREATE TYPE boat_kind AS ENUM ('narrowboat', 'Flöß')",
  `CREATE TABLE boats (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind boat_kind DEFAULT 'Flöß',
  built date DEFAULT '2026-02-01',
  seen timestamptz DEFAULT '2026-01-01 00:00+00',
  takes interval DEFAULT '1 day 02:00',
  hull bytea DEFAULT '\\x00ff',
  draught float8 DEFAULT 0.1,
  CHECK (draught > 0.30000000000000004)
)`,
  `CREATE FUNCTION longest() RETURNS bigint LANGUAGE sql AS $$
  -- in lines
  SELECT max(id) FROM boats;
$$`,
  "COMMENT ON TABLE boats IS 'one\nboat a line'",
];
const down = ["DROP FUNCTION longest()", "DROP TABLE boats", "DROP TYPE boat_kind"];

const rooted = { core: "v7", migrations: "v7", postgresql: "v7" } as const;

const histories: readonly { tool: string; skip?: boolean; tree: () => Promise<Record<string, string>> }[] = [
  {
    tool: "SQL files",
    tree: async () => ({
      "migrations/1_boats.up.sql": `${up.join(";\n")};\n`,
      "migrations/1_boats.down.sql": `${down.join(";\n")};\n`,
    }),
  },
  {
    tool: "MikroORM",
    tree: async () =>
      mikroOrmHistory({
        Migration1: migrationClass("Migration1", up.join(";\n"), down.join(";\n")),
        Migration2: `export class Migration2 extends Migration {
  async up() {
    this.addSql(\`COMMENT ON TABLE boats IS 'written
on two lines'\`);
  }
  async down() {
    this.addSql(\`COMMENT ON TABLE boats IS 'one\\nboat a line'\`);
  }
}
`,
      }),
  },
  {
    tool: "Alembic",
    skip: !available("python"),
    tree: async () =>
      alembicHistory(await pythonWith(currentAlembic), [
        { id: "a1", upgrade: execute(...up), downgrade: execute(...down) },
        {
          id: "a2",
          down: "a1",
          upgrade: `for name in {"lock", "weir", "sluice"}:
    op.execute(f"""CREATE TABLE {name} (
  id int PRIMARY KEY
)""")`,
          downgrade: `for name in ("lock", "weir", "sluice"):\n    op.drop_table(name)`,
        },
      ]),
  },
];

describe("the same commit on another machine", () => {
  it.each(histories.filter(({ skip }) => !skip))(
    "has the same plan: $tool",
    async ({ tree }) => {
      using here = testRepository(await tree());
      here.commit("boats");
      using parent = testRepository();
      // As on Windows: every line ends in CR LF.
      parent.git("clone", "--quiet", "-c", "core.autocrlf=true", here.root, "another place");
      const there = `${parent.root}/another place`;
      expect(parent.git("-C", there, "ls-files", "--eol")).toContain("w/crlf");
      for (const root of [here.root, there])
        for (const [name, version] of Object.entries(rooted)) link(`@mikro-orm/${name}`, version, root);
      const plan = async (cwd: string, args: readonly string[], env: Record<string, string>) => {
        const { stdout, stderr } = await headgate(["plan", "--quiet", ...args], { cwd, env });
        expect(stderr).toBe("");
        return JSON.parse(stdout) as { plans: unknown[] };
      };
      const first = await plan(here.root, ["--engine", "embedded"], { TZ: "UTC", LC_ALL: "C", PYTHONHASHSEED: "5" });
      const second = await plan(there, ["--database-url", url], {
        TZ: "America/Lima",
        LC_ALL: "C.UTF-8",
        LANG: "de_DE.UTF-8",
        PYTHONHASHSEED: "9",
        USER: "harbourmaster",
        HOME: parent.root,
      });
      expect(second).toEqual(first);
      expect(first.plans).toHaveLength(1);
    },
    120_000,
  );
});
