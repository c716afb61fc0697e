import { describe, expect, it } from "vitest";
import { headgate } from "../support/cli.ts";
import { testRepository } from "../support/repository.ts";

const history = {
  "migrations/1_boats.up.sql": "CREATE TABLE boats (id int PRIMARY KEY, name text);\n",
  "migrations/1_boats.down.sql": "DROP TABLE boats;\n",
  "migrations/2_names.up.sql":
    "DO $$ BEGIN INSERT INTO boats VALUES (1, 'Ebb'); END $$;\nALTER TABLE boats ALTER COLUMN name SET NOT NULL;\n",
  "migrations/2_names.down.sql": "ALTER TABLE boats ALTER COLUMN name DROP NOT NULL;\n",
  "migrations/3_index.up.sql": "CREATE INDEX CONCURRENTLY ix_name ON boats (name);\n",
  "migrations/3_index.down.sql": "DROP INDEX CONCURRENTLY ix_name;\n",
};

const run = (root: string, ...args: readonly string[]) =>
  headgate(["sql", "--engine", "embedded", ...args], { cwd: root });

describe("headgate sql", () => {
  it("prints what the new revisions sent, without session noise and bookkeeping", async () => {
    using repository = testRepository(history);
    const { exitCode, stdout, stderr } = await run(repository.root);
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toMatchInlineSnapshot(`
      "-- 1  boats
      -- migrations/1_boats.up.sql
      CREATE TABLE boats (id int PRIMARY KEY, name text);

      -- 2  names
      -- migrations/2_names.up.sql
      DO $$ BEGIN INSERT INTO boats VALUES (1, 'Ebb'); END $$;
      -- ACCESS EXCLUSIVE on public.boats blocks reads and writes; reads all of public.boats
      ALTER TABLE boats ALTER COLUMN name SET NOT NULL;

      -- 3  index
      -- migrations/3_index.up.sql
      -- outside a transaction:
      CREATE INDEX CONCURRENTLY ix_name ON boats (name);
      "
    `);
  });

  it("prints the way back in the order it is walked", async () => {
    using repository = testRepository(history);
    const { stdout } = await run(repository.root, "--down");
    expect(stdout.match(/^-- \d/gm)).toEqual(["-- 3", "-- 2", "-- 1"]);
    expect(stdout).toContain("-- outside a transaction:\nDROP INDEX CONCURRENTLY ix_name;");
  });

  it("prints the way back with its own file, and a script that can be run", async () => {
    using repository = testRepository({
      ...history,
      "migrations/4_home.up.sql": "ALTER TABLE boats ADD home text -- where it lies",
      "migrations/4_home.down.sql": "ALTER TABLE boats DROP home /* for good */",
    });
    const up = await run(repository.root, "4");
    expect(up.stdout).toContain("\nALTER TABLE boats ADD home text; -- where it lies\n");
    const down = await run(repository.root, "4", "--down");
    expect(down.stdout).toMatch(/^-- 4 {2}home {2}\(downgrade\)\n-- migrations\/4_home\.down\.sql\n/);
    expect(down.stdout).toContain("\nALTER TABLE boats DROP home; /* for good */\n");
  });

  it("names the tables that are locked before their indexes, and says where it does not know all", async () => {
    using repository = testRepository({
      "migrations/1_a.up.sql": `CREATE TABLE docks (id int PRIMARY KEY);
CREATE TABLE boats (id int PRIMARY KEY, dock_id int REFERENCES docks, ${[1, 2, 3, 4, 5, 6, 7, 8].map((n) => `c${n} int UNIQUE`).join(", ")});`,
      "migrations/1_a.down.sql": "DROP TABLE boats; DROP TABLE docks;",
      "migrations/2_b.up.sql": "DROP TABLE boats;",
      "migrations/2_b.down.sql": "CREATE TABLE boats (id int);",
      "migrations/3_c.up.sql": "DO $$ BEGIN ALTER TABLE docks ADD n int; EXCEPTION WHEN OTHERS THEN NULL; END $$;",
      "migrations/3_c.down.sql": "ALTER TABLE docks DROP n;",
      "migrations/4_d.up.sql": "VACUUM FULL docks;",
      "migrations/4_d.down.sql": "SELECT 1;",
    });
    const { stdout } = await run(repository.root, "1:");
    expect(stdout).toMatch(/^-- not all is known: .* watched from outside\.\n(?:-- .*\n)?VACUUM FULL docks;/m);
    expect(stdout).toMatch(
      /^-- ACCESS EXCLUSIVE on public\.boats, public\.docks, public\.boats_\w+.* and \d more blocks/m,
    );
    expect(stdout).toMatch(/^-- not all is known: It ran code .*\.\n(?:-- .*\n)?DO /m);
  });

  it.each([
    ["2", ["2"]],
    ["1:2", ["2"]],
    [":2", ["1", "2"]],
    ["2:", ["3"]],
  ])("prints the range %s", async (range, ids) => {
    using repository = testRepository(history);
    const { stdout } = await run(repository.root, range);
    expect(stdout.match(/^-- \d/gm)).toEqual(ids.map((id) => `-- ${id}`));
  });

  it("says what PostgreSQL did, in JSON", async () => {
    using repository = testRepository(history);
    const { stdout } = await run(repository.root, "2", "--format", "json");
    const [, second] = JSON.parse(stdout).projects[0].revisions;
    const statement = second.up.find(({ tag }: { readonly tag: string }) => tag === "ALTER TABLE");
    expect(statement).toMatchObject({
      sql: expect.stringContaining("SET NOT NULL"),
      role: "migration",
      transactional: true,
      evidence: "complete",
      rewrites: [],
      locks: expect.arrayContaining([{ relation: "public.boats", mode: "ACCESS EXCLUSIVE" }]),
    });
  });

  it("shows no password, in no form", async () => {
    using repository = testRepository({
      ...history,
      "migrations/4_roles.up.sql": `DO $$ BEGIN CREATE ROLE sql_keeper PASSWORD 'low tide'; END $$;
        DO $$ BEGIN EXECUTE 'ALTER ROLE sql_keeper PASSWORD ''low tide'''; END $$;
        ALTER ROLE sql_keeper PASSWORD 'low tide' VALID UNTIL 'infinity';
        SET my.password = 'low tide'; SELECT set_config('my.secret', 'low tide', true);
        COMMENT ON ROLE sql_keeper IS 'password=low_tide';
        DO $$ DECLARE tide text := 'low tide'; BEGIN EXECUTE format('ALTER ROLE sql_keeper PASSWORD %L', tide); END $$;
        CREATE TABLE keepers (name text, password text); INSERT INTO keepers VALUES ('a', 'b');
        INSERT INTO keepers (name, password) VALUES ('a', 'low tide'); UPDATE keepers SET password = 'low tide';`,
      "migrations/4_roles.down.sql": "DROP ROLE sql_keeper; DROP TABLE keepers;\n",
    });
    for (const command of [
      ["sql", "4"],
      ["check", "--format", "json"],
      ["check", "--format", "markdown"],
    ]) {
      const { stdout, stderr } = await headgate([...command, "--engine", "embedded"], { cwd: repository.root });
      expect(stdout).toContain("ALTER ROLE sql_keeper PASSWORD '***'");
      expect(stdout + stderr).not.toMatch(/low.tide/);
    }
  });

  it("refuses a revision that is not there", async () => {
    using repository = testRepository(history);
    const { exitCode, stderr } = await run(repository.root, "9");
    expect([exitCode, stderr]).toEqual([2, "headgate: There is no revision 9. `headgate lineage` lists them.\n"]);
  });

  it("prints as far as it came when an upgrade fails", async () => {
    using repository = testRepository({ ...history, "migrations/3_index.up.sql": "CREATE INDEX ON boat (name);\n" });
    const { exitCode, stdout, stderr } = await run(repository.root);
    expect(exitCode).toBe(1);
    expect(stdout).toContain("-- refused (SQLSTATE 42P01):\nCREATE INDEX ON boat (name);");
    expect(stderr).toContain('relation "boat" does not exist');
  });

  it("names the file that keeps the history from being run", async () => {
    using repository = testRepository({ ...history, "migrations/3_other.up.sql": "SELECT 1;\n" });
    const { exitCode, stderr } = await run(repository.root);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/duplicate-version.*3_other\.up\.sql.*the history has to be sound first/s);
  });

  it("says where the way back ends, and passes on the way up", async () => {
    using repository = testRepository({ ...history, "migrations/2_names.down.sql": "DROP TABLE boat;\n" });
    expect((await run(repository.root)).exitCode).toBe(0);
    const { exitCode, stdout, stderr } = await run(repository.root, "--down");
    expect(exitCode).toBe(1);
    expect(stdout).toContain("-- refused (SQLSTATE 42P01):\nDROP TABLE boat;");
    expect(stderr).toContain("downgrade-fails");
  });
});
