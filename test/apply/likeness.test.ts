import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apply, type ApplyOptions } from "../../src/apply/apply.ts";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { connectionUrl } from "../../src/sessions/connection-string.ts";
import { connectTo, startTestServer } from "../support/postgres.ts";
import { available } from "../support/requirements.ts";
import { boats, testTarget } from "./target.ts";

// The reaper's image would have to be pulled.
process.env["TESTCONTAINERS_RYUK_DISABLED"] ??= "true";

let server: PostgresServer;
beforeAll(async () => void (server = await startTestServer(17)));
afterAll(async () => server[Symbol.asyncDispose]());

/** A new target whose database was made with these options, and has had this SQL run. */
async function target(files: Readonly<Record<string, string>>, options: string, ...sql: readonly string[]) {
  const name = `like_${Math.random().toString(36).slice(2)}`;
  await using maintenance = await connectTo(server, server.maintenanceDatabase);
  await maintenance.query(`CREATE DATABASE ${name} TEMPLATE template0 ${options}`);
  const to = await testTarget(server, server, files);
  const client = new pg.Client(server.connection(name));
  await client.connect();
  for (const statement of sql) await client.query(statement.replaceAll("DATABASE this", `DATABASE ${name}`));
  await client.end();
  const { directory, environment = process.env } = to.options;
  const own = { directory, environment, databaseUrl: connectionUrl(server.connection(name)) };
  return {
    /** Rehearsed on a server that Headgate starts. */
    apply: (more: Pick<ApplyOptions, "rehearsalUrl" | "engine"> = {}) => apply({ ...own, engine: "embedded", ...more }),
    /** Rehearsed on a database that is given, which stays as it is. */
    applyOnGiven: () => apply({ ...own, ...(to.options.rehearsalUrl && { rehearsalUrl: to.options.rehearsalUrl }) }),
    async column(query: string) {
      await using there = await connectTo(server, name);
      const { rows } = await there.query<Record<string, unknown>>(query);
      return rows.map((row) => Object.values(row)[0]);
    },
    [Symbol.asyncDispose]: () => to[Symbol.asyncDispose](),
  };
}

const icu = "ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LC_COLLATE 'C' LC_CTYPE 'C'";
/** To C, capitals come first. */
const sorting = {
  ...boats,
  "migrations/3_words.up.sql": "CREATE TABLE words (w text CHECK ('a' < 'B'));\nINSERT INTO words VALUES ('x');\n",
};

describe("a rehearsal is like the target", () => {
  it("in how text is sorted: ICU", async () => {
    await using to = await target(sorting, icu);
    expect(await to.apply()).toMatchObject({ outcome: "applied", unlike: [] });
  });

  it.each([
    ["libc", "ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C'"],
    ["another encoding", "ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C'"],
    ["rules of ICU's", `${icu} ICU_RULES '&b < a'`],
  ])("in how text is sorted: %s", async (_, options) => {
    await using to = await target(boats, options);
    expect(await to.apply()).toMatchObject({ outcome: "applied", unlike: [] });
  });

  it("or says in what it is not", async () => {
    await using to = await target(sorting, icu);
    await expect(to.applyOnGiven()).rejects.toThrow(
      /`3` fails: .*words_check.* The target treats text as UTF8, en-US \(icu\), and the rehearsal as UTF8, C.UTF-8 \(builtin\)/s,
    );
    await using plain = await target(boats, icu);
    expect((await plain.applyOnGiven()).unlike).toEqual([expect.stringMatching(/^The target treats text as/)]);
  });

  it("in extensions, their versions and schemas, whoever makes them", async () => {
    await using to = await target(
      {
        ...boats,
        "migrations/3_citext.up.sql": "CREATE EXTENSION citext;\nALTER TABLE boats ADD COLUMN alias citext;\n",
        "migrations/4_similar.up.sql": "CREATE INDEX boats_like ON boats USING gin (name gin_trgm_ops);\n",
        "migrations/5_token.up.sql": "ALTER TABLE boats ADD COLUMN token bytea DEFAULT gen_random_bytes(4);\n",
        "migrations/6_update.up.sql": "ALTER EXTENSION pg_trgm UPDATE TO '1.6';\n",
      },
      "",
      "CREATE SCHEMA extensions",
      "CREATE EXTENSION pg_trgm SCHEMA extensions VERSION '1.5'",
      "CREATE EXTENSION pgcrypto SCHEMA extensions",
      "CREATE FUNCTION extensions.of_the_platform() RETURNS int LANGUAGE sql AS 'SELECT 1'",
      "ALTER DATABASE this SET search_path = public, extensions",
    );
    expect(await to.apply()).toMatchObject({ outcome: "applied", unlike: [] });
    expect(await to.column("SELECT extname || ' ' || extversion FROM pg_extension ORDER BY 1")).toEqual([
      "citext 1.6",
      "pg_trgm 1.6",
      "pgcrypto 1.3",
      "plpgsql 1.0",
    ]);
  });

  it("without what the target has making another plan of what was reviewed", async () => {
    const making = { ...boats, "migrations/3_citext.up.sql": "CREATE EXTENSION IF NOT EXISTS citext;\n" };
    await using plain = await target(making, "");
    await using furnished = await target(
      making,
      "",
      "CREATE SCHEMA extensions",
      "CREATE EXTENSION pgcrypto SCHEMA extensions",
      "CREATE EXTENSION citext VERSION '1.4'",
      "ALTER DATABASE this SET DateStyle = 'ISO, DMY'",
    );
    expect((await furnished.apply()).plan).toBe((await plain.apply()).plan);
  });

  it.skipIf(!available("docker"))("on the image that the configuration names", async () => {
    const image = process.env["HEADGATE_TEST_IMAGE"] ?? "headgate-postgres:17";
    const similar = "CREATE INDEX boats_like ON boats USING gin (name gin_trgm_ops);\n";
    await using to = await target(
      { ...sorting, "headgate.yml": `image: ${image}\n`, "migrations/4_similar.up.sql": similar },
      icu,
      "CREATE EXTENSION pg_trgm",
    );
    expect(await to.apply({ engine: "testcontainers" })).toMatchObject({ outcome: "applied", unlike: [] });
  });

  it("in its major version, or is refused", async () => {
    await using to = await target(boats, "");
    await using other = await startTestServer(16);
    const rehearsalUrl = connectionUrl(other.connection(other.templateDatabase));
    await expect(to.apply({ rehearsalUrl })).rejects.toThrow(
      "The target runs PostgreSQL 17, and the server for the rehearsal 16: name one of the same major version.",
    );
  });

  it("or names the extension that it lacks, and refuses when the migrations speak of it", async () => {
    const ghost = [
      "SET allow_system_table_mods = on",
      "INSERT INTO pg_extension VALUES (99999, 'ghost_writer', 10, 2200, false, '1.0')",
    ];
    await using to = await target(boats, "", ...ghost);
    expect((await to.apply()).unlike).toEqual([expect.stringContaining("has the extension ghost_writer")]);
    const speaking = { ...boats, "migrations/3_ghost.up.sql": "SELECT 1; -- what ghost_writer wants\n" };
    await using refused = await target(speaking, "", ...ghost);
    await expect(refused.apply()).rejects.toThrow(/ghost_writer.*lacks. Name an `image:`.* Nothing was sent/);
  });

  it("in the settings that a database and a role begin with, also in those of extensions that a migration reads", async () => {
    await using to = await target(
      {
        ...boats,
        "migrations/3_text.up.sql": String.raw`CREATE TABLE shown (t text DEFAULT 'a\\b', d date DEFAULT '03/02/2026');`,
        "migrations/4_tenant.up.sql": "CREATE TABLE of_tenant (t text CHECK (current_setting('app.tenant') = 'blue'));",
        "migrations/5_row.up.sql": "INSERT INTO of_tenant VALUES ('x');\nINSERT INTO shown DEFAULT VALUES;",
      },
      "",
      "ALTER DATABASE this SET standard_conforming_strings = off",
      "ALTER DATABASE this SET DateStyle = 'ISO, DMY'",
      "ALTER DATABASE this SET app.tenant = 'blue'",
    );
    const report = await to.apply();
    expect(report).toMatchObject({ outcome: "applied", unlike: [] });
    expect(await to.column("SELECT t || ' ' || d FROM shown")).toEqual([String.raw`a\b 2026-02-03`]);
  });
});
