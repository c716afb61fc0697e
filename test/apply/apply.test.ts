import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { ApplyError, EngineError } from "../../src/errors.ts";
import { apply } from "../../src/apply/apply.ts";
import { readPlans, reviewOf } from "../../src/apply/reviewed-plan.ts";
import { runGate } from "../../src/gate.ts";
import { canonicalPlan, planDigest, type Plan } from "../../src/plan/seal-plan.ts";
import { testServers } from "./servers.ts";
import { boats } from "./target.ts";

const { target } = testServers();

const refusal = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "nothing was refused",
    (error: unknown) => {
      expect(error).toBeInstanceOf(ApplyError);
      return (error as Error).message;
    },
  );
const everything =
  "SELECT count(*)::int FROM pg_class WHERE relnamespace::regnamespace::text !~ '^(pg_|information_schema)'";

describe("apply", () => {
  it("brings an empty database to this commit, once, and says what it did", async () => {
    await using to = await target();
    expect((await to.status()).state).toBe("empty");
    const report = await to.apply();
    expect(report.outcome).toBe("applied");
    expect(report.applied.map(({ id, attempts }) => [id, attempts])).toEqual([
      ["1", 1],
      ["2", 1],
    ]);
    expect(await to.rows("SELECT version, dirty FROM schema_migrations")).toEqual([{ version: "2", dirty: false }]);
    expect(await to.column("SELECT id FROM locks")).toEqual([1]);
    expect(
      await to.column("SELECT event || ' ' || revision FROM headgate.entry WHERE event = 'applied' ORDER BY id"),
    ).toEqual(["applied 1", "applied 2"]);
    const [run] = await to.rows("SELECT project, tool, direction, commit, plan, overrides, role FROM headgate.run");
    expect(run).toMatchObject({ tool: "sql", direction: "up", plan: report.plan, overrides: [], role: "postgres" });
    expect(run?.["commit"]).toBe(to.repository.git("rev-parse", "HEAD"));
    expect((await to.apply()).outcome).toBe("nothing-pending");
    expect(await to.column("SELECT count(*)::int FROM headgate.run")).toEqual([1]);
    expect((await to.status()).summary).toBe("All 2 revisions are applied.");
  });

  it("says which files are not as they were committed, and that the commit is not what it applies", async () => {
    await using to = await target();
    to.repository.write({ "migrations/3_docks.up.sql": "CREATE TABLE docks (id int);\n", "notes.txt": "nothing" });
    const report = await to.apply();
    expect(report.uncommitted).toEqual(["migrations/3_docks.up.sql"]);
    const head = to.repository.git("rev-parse", "HEAD");
    expect(await to.column("SELECT commit FROM headgate.run")).toEqual([`${head}-dirty`]);
    // Also where the caller says which commit it is.
    to.repository.write({ "migrations/4_piers.up.sql": "CREATE TABLE piers (id int);\n" });
    await to.apply({ commit: "abc" });
    expect(await to.column("SELECT commit FROM headgate.run ORDER BY id")).toEqual([`${head}-dirty`, "abc-dirty"]);
  });

  it.skipIf(process.getuid?.() !== 0)("needs no name for the account that it runs under", () => {
    const module = fileURLToPath(new URL("../../src/account-name.ts", import.meta.url));
    const script = `import { accountName } from ${JSON.stringify(module)}; console.log(accountName() ?? "nobody")`;
    const args = ["--input-type=module", "--eval", script];
    expect(execFileSync(process.execPath, args, { encoding: "utf8", uid: 54_321 }).trim()).toBe("nobody");
  });

  it("sends nothing but SELECTs on a dry run, and status neither", async () => {
    await using to = await target();
    const before = await to.column(everything);
    const report = await to.apply({ dryRun: true });
    expect([report.outcome, report.pending]).toEqual(["dry-run", ["1", "2"]]);
    await to.status();
    expect(await to.column(everything)).toEqual(before);
    expect(await to.column("SELECT count(*)::int FROM pg_namespace WHERE nspname = 'headgate'")).toEqual([0]);
  });

  it("is skipped without a word to the database", async () => {
    await using to = await target();
    const environment = { ...process.env, HEADGATE_SKIP: "true" };
    const nowhere = "postgresql://nobody@127.0.0.1:1/nothing";
    expect((await to.apply({ environment, databaseUrl: nowhere })).outcome).toBe("skipped");
    const unclear = { ...process.env, HEADGATE_SKIP: "ture" };
    await expect(to.apply({ environment: unclear })).rejects.toThrow("HEADGATE_SKIP is neither");
    expect((await to.status()).state).toBe("empty");
  });

  it("takes what a tool has applied before Headgate came", async () => {
    await using to = await target();
    await to.client.query(`CREATE TABLE boats (id int PRIMARY KEY, name text NOT NULL);
      CREATE TABLE schema_migrations (version bigint not null primary key, dirty boolean not null);
      INSERT INTO schema_migrations VALUES (1, false)`);
    expect((await to.status()).summary).toBe("1 of 2 revisions are applied; 1 pending: 2.");
    expect((await to.apply()).applied.map(({ id }) => id)).toEqual(["2"]);
  });

  it("stops at the first failure, says what state that leaves, and goes on from there", async () => {
    await using to = await target({
      ...boats,
      // It works on an empty table only.
      "migrations/3_names.up.sql": "INSERT INTO locks VALUES (2);\nALTER TABLE boats ADD CHECK (name <> 'Argo');\n",
      "migrations/4_last.up.sql": "CREATE TABLE last (id int);\n",
    });
    await to.client
      .query(`CREATE TABLE boats (id int PRIMARY KEY, name text NOT NULL); INSERT INTO boats VALUES (1, 'Argo');
      CREATE TABLE schema_migrations (version bigint not null primary key, dirty boolean not null);
      INSERT INTO schema_migrations VALUES (1, false)`);
    expect(await refusal(to.apply())).toMatch(
      /^`3` failed: check constraint .* is violated by some row.*`headgate apply`/s,
    );
    expect(await to.column("SELECT id FROM locks")).toEqual([1]);
    expect((await to.status()).pending).toEqual(["3", "4"]);
    await to.client.query("UPDATE boats SET name = 'Fram'");
    expect((await to.apply()).applied.map(({ id }) => id)).toEqual(["3", "4"]);
    expect(await to.column("SELECT id FROM locks ORDER BY id")).toEqual([1, 2]);
  });
});

describe("variables that libpq reads", () => {
  it("are about the target, and not about the server of the rehearsal or the guard", async () => {
    await using to = await target();
    const name = to.database;
    await to.client.query(`CREATE ROLE skipper; GRANT CREATE ON DATABASE "${name}" TO skipper;
      GRANT CREATE ON SCHEMA public TO skipper`);
    vi.stubEnv("PGSSLMODE", "require");
    vi.stubEnv("PGOPTIONS", "-c role=skipper");
    onTestFinished(() => void vi.unstubAllEnvs());
    const { rehearsalUrl: _, ...options } = to.options;
    const databaseUrl = `${to.url}?sslmode=disable`;
    const report = await apply({ ...options, databaseUrl, engine: "embedded" });
    expect(report.outcome).toBe("applied");
    expect(await to.column("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")).toEqual([
      "skipper",
    ]);
  });
});

describe("a role with a search_path of its own", () => {
  it("works in its schema, in the rehearsal as on the target", async () => {
    await using to = await target();
    const name = to.database;
    await to.client.query(`CREATE SCHEMA "Harbour"; ALTER DATABASE "${name}" SET search_path = "Harbour", public`);
    expect((await to.apply()).outcome).toBe("applied");
    expect(
      await to.column(
        "SELECT DISTINCT schemaname FROM pg_tables WHERE tablename IN ('boats', 'locks', 'schema_migrations')",
      ),
    ).toEqual(["Harbour"]);
    to.repository.write({ "migrations/3_more.up.sql": "CREATE TABLE more (id int);\n" });
    expect((await to.apply()).outcome).toBe("applied");
  });

  it("whose schema a migration has made", async () => {
    await using to = await target({ "migrations/0_harbour.up.sql": "CREATE SCHEMA harbour;\n", ...boats });
    await to.apply();
    const name = to.database;
    await to.client.query(`ALTER DATABASE "${name}" SET search_path = public, harbour`);
    to.repository.write({ "migrations/3_more.up.sql": "CREATE TABLE more (id int);\n" });
    expect((await to.apply()).outcome).toBe("applied");
  });
});

describe("apply refuses", () => {
  it("revisions that this commit does not have, unless that is allowed by name, which the ledger keeps", async () => {
    await using to = await target();
    await to.apply();
    await to.client.query("UPDATE schema_migrations SET version = 9");
    expect((await to.status()).state).toBe("unknown-revisions");
    expect(await refusal(to.apply())).toMatch(/the revision `9`, which this commit does not have.*--allow unknown/s);
  });

  it("applied files that are missing, of which the version table knows nothing, until that is allowed by name once", async () => {
    const third = { "migrations/3_more.up.sql": "CREATE TABLE more (id int);\n" };
    await using to = await target({
      "migrations/1_boats.up.sql": boats["migrations/1_boats.up.sql"],
      // Only in the data can it be seen that this one was here.
      "migrations/2_name.up.sql": "INSERT INTO boats VALUES (1, 'Fram');\n",
      ...third,
    });
    await to.apply();
    rmSync(join(to.repository.root, "migrations/2_name.up.sql"));
    expect(await to.status()).toMatchObject({ state: "unknown-revisions", unknown: ["2"] });
    await expect(to.apply()).rejects.toThrow(/the revision `2`, which this commit does not have.*--allow unknown/s);
    to.repository.write({ "migrations/4_last.up.sql": "CREATE TABLE last (id int);\n" });
    expect((await to.apply({ allow: ["unknown"] })).applied.map(({ id }) => id)).toEqual(["4"]);
    expect((await to.status()).state).toBe("up-to-date");
  });

  it("applied files that have changed since", async () => {
    await using to = await target();
    await to.apply();
    to.repository.write({ "migrations/1_boats.up.sql": "CREATE TABLE boats (id bigint);\n" });
    expect((await to.status()).edited).toEqual(["migrations/1_boats.up.sql"]);
    expect(await refusal(to.apply())).toContain("migrations/1_boats.up.sql changed after it was applied");
  });

  it.each([
    ["a column more", "ALTER TABLE boats ADD COLUMN colour text", /column `public\.boats\.colour` is there/],
    ["a column less", "ALTER TABLE boats DROP COLUMN name", /column `public\.boats\.name` is missing/],
    ["another type", "ALTER TABLE boats ALTER COLUMN name TYPE varchar(9)", /column `boats\.name`: type was/],
    ["an index more", "CREATE INDEX by_name ON boats (name)", /index `public\.by_name` is there/],
    ["a table more", "CREATE TABLE by_hand (id int)", /table `public\.by_hand` is there/],
  ])("drift: %s", async (_, sql, sentence) => {
    await using to = await target();
    await to.apply();
    await to.client.query(sql);
    to.repository.write({ "migrations/3_more.up.sql": "CREATE TABLE more (id int);\n" });
    expect(await refusal(to.apply())).toMatch(sentence);
    expect(await to.column("SELECT to_regclass('more')::text")).toEqual([null]);
    const report = await to.apply({ allow: ["drift"] });
    expect([report.outcome, report.overridden]).toEqual(["applied", ["drift"]]);
    expect(await to.column("SELECT overrides FROM headgate.run ORDER BY id DESC LIMIT 1")).toEqual([["drift"]]);
  });

  it("no drift in what belongs to whoever runs the server, or to others", async () => {
    await using to = await target({
      ...boats,
      "headgate.yml": "projects: [{ directory: ., foreign: [public.audit*] }]\n",
    });
    await to.apply();
    await to.client.query(`CREATE SCHEMA other; CREATE TABLE other.thing (id int); CREATE TABLE audit_log (id int);
      GRANT SELECT ON boats TO pg_monitor; CREATE EXTENSION pg_stat_statements`);
    to.repository.write({ "migrations/3_more.up.sql": "CREATE TABLE more (id int);\n" });
    expect((await to.apply()).outcome).toBe("applied");
  });

  it("a role that may not make, read or write the ledger, with what to grant, before anything is rehearsed", async () => {
    await using to = await target();
    const role = `keeper_${Math.random().toString(36).slice(2)}`;
    await to.client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT CREATE ON SCHEMA public TO ${role}`);
    const databaseUrl = to.url.replace(/\/\/[^@]*@/, `//${role}:x@`);
    const rehearsalUrl = "postgresql://nobody@127.0.0.1:1/none";
    await expect(to.apply({ databaseUrl, rehearsalUrl })).rejects.toThrow(
      `CREATE SCHEMA headgate AUTHORIZATION ${role};`,
    );
    await to.client.query(`CREATE SCHEMA headgate AUTHORIZATION ${role}`);
    expect((await to.apply({ databaseUrl })).outcome).toBe("applied");
    await to.client.query(`ALTER SCHEMA headgate OWNER TO postgres`);
    to.repository.write({ "migrations/3_docks.up.sql": "CREATE TABLE docks (id int);\n" });
    await expect(to.apply({ databaseUrl, rehearsalUrl })).rejects.toThrow(`GRANT USAGE ON SCHEMA headgate TO ${role};`);
    await to.client.query(`GRANT USAGE ON SCHEMA headgate TO ${role}; REVOKE INSERT ON headgate.run FROM ${role}`);
    await expect(to.apply({ databaseUrl, rehearsalUrl })).rejects.toThrow("GRANT SELECT, INSERT ON headgate.run");
    await to.client.query(`GRANT INSERT ON headgate.run TO ${role}`);
    expect((await to.apply({ databaseUrl })).outcome).toBe("applied");
    await to.client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });

  it("a role that may not do it, in a sentence with the next command", async () => {
    await using to = await target();
    const name = to.database;
    await to.client.query(
      `CREATE ROLE visitor LOGIN PASSWORD 'visitor'; GRANT CREATE ON DATABASE "${name}" TO visitor`,
    );
    const databaseUrl = to.url.replace(/\/\/[^@]*@/, "//visitor:visitor@");
    expect(await refusal(to.apply({ databaseUrl }))).toMatch(
      /^The version table could not be made: permission denied for schema public \(SQLSTATE 42501\)\..*`headgate apply`/,
    );
    await to.client.query("REVOKE USAGE ON SCHEMA headgate FROM visitor; ALTER SCHEMA headgate OWNER TO postgres");
    await expect(to.apply({ databaseUrl })).rejects.toThrow(EngineError);
  });

  it("a database that is read-only, before anything is done", async () => {
    await using to = await target();
    const name = to.database;
    await to.client.query(`ALTER DATABASE "${name}" SET default_transaction_read_only = on`);
    await expect(to.apply()).rejects.toThrow("connect with a role that may write");
    expect((await to.apply({ dryRun: true })).outcome).toBe("dry-run");
  });

  it("a name that is none to allow, also where nothing is pending", async () => {
    await using to = await target();
    await to.apply();
    await expect(to.apply({ allow: ["everything"] })).rejects.toThrow("--allow everything is not known");
  });

  it("a database that cannot be reached, in a sentence without the password", async () => {
    await using to = await target();
    const databaseUrl = "postgresql://boats:s3cret-word@127.0.0.1:1/boats";
    const error = await to.apply({ databaseUrl }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EngineError);
    expect(String(error)).not.toContain("s3cret-word");
  });
});

describe("apply --plan", () => {
  it("applies what was reviewed, and says which statement is not what was", async () => {
    await using to = await target();
    const plans: Plan[] = [];
    await runGate({
      directory: to.repository.root,
      engine: "embedded",
      postgres: "17",
      environment: process.env,
      onPlan: (plan) => plans.push(plan),
    });
    const file = join(to.repository.root, "plan.json");
    const seal = (plan: Plan, digest = planDigest(plan)) =>
      writeFileSync(file, `{"schemaVersion":2,"plans":[{"digest":"${digest}","plan":${canonicalPlan(plan)}}]}`);
    const [plan] = plans as [Plan];
    seal(plan);
    to.repository.write({ "migrations/2_locks.up.sql": "CREATE TABLE locks (id int PRIMARY KEY);\n" });
    expect(await refusal(to.apply({ review: reviewOf(readPlans(file)) }))).toContain(
      "migrations/2_locks.up.sql is not what was reviewed",
    );
    to.repository.write({ "migrations/2_locks.up.sql": boats["migrations/2_locks.up.sql"] });
    const [first, second] = plan.revisions;
    if (!first || !second) throw new Error("There are two revisions.");
    seal({ ...plan, revisions: [first, { ...second, statements: second.statements.slice(0, 1) }] });
    expect(await refusal(to.apply({ review: reviewOf(readPlans(file)) }))).toContain(
      "`2`: statement 2 was not in the reviewed plan",
    );
    seal({ ...plan, revisions: [first] });
    expect(await refusal(to.apply({ review: reviewOf(readPlans(file)) }))).toContain(
      "`2` is pending and is not in the reviewed plan",
    );
    expect(await to.column("SELECT to_regclass('boats')::text")).toEqual([null]);
    seal(plan, planDigest({ ...plan, revisions: [] }));
    expect(() => readPlans(file)).toThrow("was changed after it was sealed");
    seal(plan);
    expect((await to.apply({ review: reviewOf(readPlans(file)) })).outcome).toBe("applied");
  });
});

describe("the ledger", () => {
  it("is append-only", async () => {
    await using to = await target();
    await to.apply();
    for (const sql of ["UPDATE headgate.entry SET event = 'x'", "DELETE FROM headgate.run", "TRUNCATE headgate.entry"])
      await expect(to.client.query(sql)).rejects.toThrow("append-only");
  });

  it("is made in a schema that was made for it, and otherwise without the right to make one it is said how", async () => {
    await using to = await target();
    const name = to.database;
    await to.client.query(`CREATE ROLE guest LOGIN PASSWORD 'guest'; GRANT CREATE ON SCHEMA public TO guest;
      REVOKE CREATE ON DATABASE "${name}" FROM PUBLIC`);
    const databaseUrl = to.url.replace(/\/\/[^@]*@/, "//guest:guest@");
    await expect(to.apply({ databaseUrl })).rejects.toThrow("CREATE SCHEMA headgate AUTHORIZATION");
    await to.client.query("CREATE SCHEMA headgate AUTHORIZATION guest");
    expect((await to.status()).state).toBe("empty");
    expect((await to.apply({ databaseUrl })).outcome).toBe("applied");
  });

  it("does not take one history for another of the same name", async () => {
    await using to = await target();
    await to.apply();
    await using other = await target({ "migrations/1_crew.sql": "-- +goose Up\nCREATE TABLE crew (id int);\n" });
    expect((await other.apply({ databaseUrl: to.url, allow: ["drift"] })).outcome).toBe("applied");
    expect(await to.status()).toMatchObject({ applied: ["1", "2"], unknown: [], pending: [], edited: [] });
  });

  it("of a stranger is left alone", async () => {
    await using to = await target();
    await to.client.query("CREATE SCHEMA headgate; CREATE TABLE headgate.boats (id int)");
    await expect(to.apply()).rejects.toThrow("is not the ledger of Headgate");
  });
});
