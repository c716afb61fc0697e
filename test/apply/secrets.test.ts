import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { alembicHistory, execute, type AlembicRevision } from "../support/alembic-history.ts";
import { headgate } from "../support/cli.ts";
import { mikroOrmHistory } from "../support/mikro-orm-history.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { available } from "../support/requirements.ts";
import { link } from "../tools/mikro-orm/project.ts";
import { testServers } from "./servers.ts";
import type { TestTarget } from "./target.ts";

const { target } = testServers();

/** A value of a row, and the password of the role: neither may be anywhere but in the table and in PostgreSQL's own log. */
const planted = /Swordfish|s3cret-word/i;
const rows = "INSERT INTO boats VALUES (1, 'Swordfish'), (2, 'Swordfish')";

/** Fails to apply what is new, as a person, a program and a library would, and gives all that is said or written about it. */
async function everythingSaid(to: TestTarget, reason: RegExp): Promise<string> {
  await to.client.query(
    "DO $$ BEGIN CREATE ROLE angler LOGIN SUPERUSER PASSWORD 's3cret-word'; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
  );
  const databaseUrl = to.url.replace(/\/\/[^@]*@/, "//angler:s3cret-word@");
  const said: string[] = [];
  const error = await to
    .apply({
      databaseUrl,
      environment: { ...process.env, DATABASE_URL: databaseUrl },
      onProgress: (step) => said.push(step),
    })
    .catch((thrown: Error) => thrown);
  expect(error).toBeInstanceOf(Error);
  expect(String(error)).toMatch(reason);
  for (let at: unknown = error; at instanceof Error; at = at.cause)
    said.push(`${at.message} ${at.stack} ${JSON.stringify(at)}`);
  said.push(JSON.stringify(await to.status()));
  said.push(
    JSON.stringify(await to.rows("SELECT * FROM headgate.run")),
    JSON.stringify(await to.rows("SELECT * FROM headgate.entry")),
  );
  return said.join("\n");
}

const boats = { "migrations/1_boats.up.sql": "CREATE TABLE boats (id int, name text);\n" };

describe("what SQL files are refused for", () => {
  it.each([
    ["CREATE UNIQUE INDEX", "CREATE UNIQUE INDEX boats_name ON boats (name)", /boats_name.*23505/s],
    [
      "CREATE UNIQUE INDEX CONCURRENTLY",
      "CREATE UNIQUE INDEX CONCURRENTLY boats_name ON boats (name)",
      /boats_name.*23505/s,
    ],
    ["CHECK", "ALTER TABLE boats ADD CONSTRAINT short CHECK (length(name) < 5)", /short.*23514/s],
    [
      "FOREIGN KEY",
      "CREATE TABLE names (name text PRIMARY KEY); ALTER TABLE boats ADD CONSTRAINT known FOREIGN KEY (name) REFERENCES names",
      /known.*23503/s,
    ],
    ["NOT NULL", "ALTER TABLE boats ADD COLUMN twin text; ALTER TABLE boats ALTER twin SET NOT NULL", /twin.*23502/s],
    ["EXCLUDE", "ALTER TABLE boats ADD CONSTRAINT one EXCLUDE (name WITH =)", /one.*23P01/s],
    ["a cast", "ALTER TABLE boats ALTER name TYPE int USING name::int", /22P02/],
    ["JSON", "ALTER TABLE boats ALTER name TYPE json USING name::json", /22P02/],
    ["a length", "ALTER TABLE boats ALTER name TYPE varchar(4)", /22001/],
    [
      "INSERT",
      "INSERT INTO boats SELECT id, name FROM boats; CREATE UNIQUE INDEX twins ON boats (id); INSERT INTO boats SELECT * FROM boats",
      /23505/,
    ],
    [
      "RAISE",
      "DO $$ DECLARE n text; BEGIN SELECT name INTO n FROM boats LIMIT 1; IF n IS NOT NULL THEN RAISE EXCEPTION 'bad %', n; END IF; END $$",
      /P0001/,
    ],
    [
      "RAISE of a class of its own",
      "DO $$ DECLARE n text; BEGIN SELECT name INTO n FROM boats LIMIT 1; IF n IS NOT NULL THEN RAISE 'bad %', n USING ERRCODE = 'MY001'; END IF; END $$",
      /MY001/,
    ],
    [
      "RAISE of a constraint",
      "DO $$ DECLARE n text; BEGIN SELECT name INTO n FROM boats LIMIT 1; IF n IS NOT NULL THEN RAISE unique_violation USING MESSAGE = 'twice: ' || n; END IF; END $$",
      /23505/,
    ],
    [
      "RAISE with hint and detail",
      "DO $$ DECLARE n text; BEGIN SELECT name INTO n FROM boats LIMIT 1; IF n IS NOT NULL THEN RAISE insufficient_privilege USING MESSAGE = 'no', HINT = n, DETAIL = n; END IF; END $$",
      /42501/,
    ],
    ["ASSERT", "DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM boats), (SELECT name FROM boats LIMIT 1); END $$", /P0004/],
    [
      "SQL made of rows",
      "DO $$ DECLARE n text; BEGIN FOR n IN SELECT name FROM boats LOOP EXECUTE format('DROP TABLE %I', n); END LOOP; END $$",
      /42P01/,
    ],
    [
      "a function in a SELECT",
      "CREATE FUNCTION f(n text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'SELECT ' || n; END $$; SELECT f(name) FROM boats",
      /42703/,
    ],
    [
      "a trigger",
      "CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'bad %', NEW USING ERRCODE = '0A000'; END $$; CREATE TRIGGER t BEFORE UPDATE ON boats FOR EACH ROW EXECUTE FUNCTION t(); UPDATE boats SET id = id + 1",
      /0A000/,
    ],
    [
      "an index on a function",
      "CREATE FUNCTION g(n text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE 'bad %', n USING ERRCODE = 'MY002'; END $$; CREATE INDEX by_g ON boats (g(name))",
      /MY002/,
    ],
    [
      "an index on a function that takes a class of PostgreSQL's own",
      "CREATE FUNCTION g(n text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE undefined_table USING MESSAGE = n; END $$; CREATE INDEX by_g ON boats (g(name))",
      /42P01/,
    ],
    [
      "a cast by a function that runs SQL made of rows",
      "CREATE FUNCTION g(n text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN EXECUTE format('SELECT %I', n); RETURN 1; END $$; ALTER TABLE boats ALTER name TYPE int USING g(name)",
      /42703/,
    ],
    [
      "a block that says that the server stops",
      "DO $$ DECLARE n text; BEGIN SELECT name INTO n FROM boats LIMIT 1; IF n IS NOT NULL THEN RAISE query_canceled USING MESSAGE = n; END IF; END $$",
      /57014/,
    ],
    [
      "a trigger that waits for the end",
      "CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE undefined_object USING MESSAGE = NEW.name; END $$; CREATE CONSTRAINT TRIGGER t AFTER UPDATE ON boats DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION t(); UPDATE boats SET id = id + 1",
      /42704/,
    ],
  ])("%s", async (_, sql, reason) => {
    await using to = await target(boats);
    await to.apply();
    await to.client.query(rows);
    to.repository.write({ "migrations/2_next.up.sql": `${sql};\n` });
    expect(await everythingSaid(to, reason)).not.toMatch(planted);
  });
});

describe.skipIf(!available("python"))("what an Alembic migration is refused for", () => {
  const read = 'names = [name for (name,) in op.get_bind().exec_driver_sql("SELECT name FROM boats")]\n';
  it.each([
    ["a cast", execute("ALTER TABLE boats ALTER name TYPE int USING name::int"), /22P02/],
    ["a constraint", execute("ALTER TABLE boats ADD UNIQUE (name)"), /23505/],
    ["an exception", `${read}if names: raise ValueError(names)`, /ValueError/],
    ["an exception of another's", `${read}if names: int(names[0])`, /ValueError/],
    ["a key", `${read}if names: {}[names[0]]`, /KeyError/],
    ["leaving", `import sys\n${read}if names: sys.exit(str(names))`, /`b2` failed/],
    [
      "dying with last words",
      `import os, sys\n${read}if names:\n    print(names); print(names, file=sys.stderr, flush=True); os._exit(3)`,
      /`b2` failed/,
    ],
    [
      "the guard",
      `${read}if names: op.execute("INSERT INTO boats VALUES (3, '" + names[0] + "')")`,
      /`b2` was stopped/,
    ],
    [
      "showing its URL",
      `import os\n${read}if names: raise ValueError(op.get_bind().engine.url.render_as_string(hide_password=False) + repr(dict(os.environ)))`,
      /`b2` failed/,
    ],
  ])("%s", async (_, upgrade, reason) => {
    const first: AlembicRevision = { id: "a1", upgrade: execute("CREATE TABLE boats (id int, name text)") };
    const python = await pythonWith(currentAlembic);
    await using to = await target(alembicHistory(python, [first]));
    await to.apply();
    await to.client.query(rows);
    to.repository.write(alembicHistory(python, [first, { id: "b2", down: "a1", upgrade }]));
    expect(await everythingSaid(to, reason)).not.toMatch(planted);
  });
});

describe("what a MikroORM migration is refused for", () => {
  const first = "Migration20260101000000";
  const second = "Migration20260102000000";
  const read = 'const rows = await this.execute("SELECT name FROM boats");\n';
  it.each([
    ["a cast", 'this.addSql("ALTER TABLE boats ALTER name TYPE int USING name::int");', /22P02/],
    ["an exception", `${read}if (rows.length > 0) throw new Error(JSON.stringify(rows));`, /failed/],
    ["logging", `${read}console.log(rows); console.error(rows); if (rows.length > 0) process.exit(3);`, /failed/],
    [
      "a value that is bound",
      `${read}for (const { name } of rows) await this.execute("INSERT INTO boats VALUES ($1, $2)", [name, name]);`,
      /failed|stopped/,
    ],
  ])("%s", async (_, body, reason) => {
    const history = (more: Readonly<Record<string, string>> = {}) =>
      mikroOrmHistory({
        [first]: `export class ${first} extends Migration { async up() { this.addSql("CREATE TABLE boats (id int, name text)"); } }`,
        ...more,
      });
    await using to = await target(history());
    for (const name of ["@mikro-orm/core", "@mikro-orm/migrations", "@mikro-orm/postgresql"])
      link(name, "v7", to.repository.root);
    await to.apply();
    await to.client.query(rows);
    to.repository.write(history({ [second]: `export class ${second} extends Migration { async up() { ${body} } }` }));
    expect(await everythingSaid(to, reason)).not.toMatch(planted);
  });
});

describe("the command line", () => {
  it.each(["text", "json"])("says neither in %s, also when everything is to be logged", async (format) => {
    await using to = await target(boats);
    await to.apply();
    await to.client.query(rows);
    to.repository.write({ "migrations/2_next.up.sql": "CREATE UNIQUE INDEX boats_name ON boats (name);\n" });
    await to.client.query(
      "DO $$ BEGIN CREATE ROLE angler LOGIN SUPERUSER PASSWORD 's3cret-word'; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
    );
    const { directory, rehearsalUrl = "" } = to.options;
    const output = join(directory, "report");
    const env = {
      DATABASE_URL: to.url.replace(/\/\/[^@]*@/, "//angler:s3cret-word@"),
      DEBUG: "*",
      NODE_DEBUG: "pg,net",
      MIKRO_ORM_CLI_VERBOSE: "1",
    };
    const { exitCode, stdout, stderr } = await headgate(
      [
        "apply",
        "--directory",
        directory,
        "--database-url",
        env.DATABASE_URL,
        "--rehearsal-url",
        rehearsalUrl,
        "--format",
        format,
        ...(format === "json" ? ["--output", output] : []),
      ],
      { env },
    );
    expect(exitCode).toBe(1);
    expect(stderr).toContain("23505");
    expect([stdout, stderr, format === "json" ? readFileSync(output, "utf8") : ""].join("\n")).not.toMatch(planted);
  });
});
