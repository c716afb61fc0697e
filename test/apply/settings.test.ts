import { describe, expect, it } from "vitest";
import type { Review } from "../../src/apply/reviewed-plan.ts";
import { runGate } from "../../src/gate.ts";
import { reviewSeals, sealDifference } from "../../src/plan/review-seal.ts";
import type { Plan } from "../../src/plan/seal-plan.ts";
import { alembicHistory, asynchronousEnvironment, execute } from "../support/alembic-history.ts";
import { mikroOrmHistory } from "../support/mikro-orm-history.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { available } from "../support/requirements.ts";
import { linkMikroOrm } from "../tools/mikro-orm/project.ts";
import { testServers } from "./servers.ts";

const { target } = testServers();

/** Gates a repository as a pull request is, and gives what holds a rehearsal against that. */
async function reviewIn(directory: string): Promise<Review> {
  const plans: Plan[] = [];
  await runGate({ directory, environment: process.env, engine: "embedded", onPlan: (plan) => plans.push(plan) });
  const seals = new Map(plans.flatMap(reviewSeals).map((seal) => [seal.revision, seal]));
  return ({ revisions }) =>
    revisions.flatMap((revision) => {
      const seal = seals.get(revision.id);
      return (seal ? sealDifference(seal, revision) : `${revision.id} was not reviewed`) ?? [];
    });
}

const inQuay = "SELECT relname FROM pg_class WHERE relnamespace = 'quay'::regnamespace AND relkind = 'r' ORDER BY 1";

describe.skipIf(!available("python")).each(["psycopg", "psycopg2", "asyncpg"])(
  "what env.py says of each session, with %s,",
  (driver) => {
    it("may be another than in the check, and the migration's own is held beside it", async () => {
      const python = await pythonWith(currentAlembic);
      const history = alembicHistory(
        python,
        [
          {
            id: "a1",
            // asyncpg asks for what it does not know of a type, and sets something for that.
            upgrade: `${execute("CREATE TYPE kind AS ENUM ('barge')", "CREATE TABLE boats (kind kind)", "SET LOCAL lock_timeout = '1s'", "INSERT INTO boats VALUES ('barge')")}
op.get_bind().exec_driver_sql("SELECT kind FROM boats").fetchall()
op.execute("SET LOCAL role TO NONE")
op.execute("UPDATE boats SET kind = 'barge'")`,
          },
          {
            id: "b2",
            down: "a1",
            upgrade: `${execute("ALTER TABLE boats ADD name text")}
with op.get_context().autocommit_block():
    op.execute("SET statement_timeout = '90s'")
    op.execute("CREATE INDEX CONCURRENTLY by_name ON boats (name)")
    op.execute("RESET statement_timeout")`,
          },
        ],
        "prelude: [quay.sql]",
      );
      const environment = driver === "asyncpg" ? asynchronousEnvironment : (history["migrations/env.py"] ?? "");
      const says = `connection.exec_driver_sql("SET search_path TO " + os.environ.get("CANAL", "public")); connection.commit()`;
      await using to = await target({
        ...history,
        "quay.sql": "CREATE SCHEMA quay;\n",
        "alembic.ini": history["alembic.ini"]?.replace("+psycopg:", `+${driver}:`) ?? "",
        "migrations/env.py": `import os\n${environment.replace(/^( +)context\.configure/m, `$1${says}\n$1context.configure`)}`,
      });
      await to.client.query("CREATE SCHEMA quay");
      const review = await reviewIn(to.repository.root);
      const { applied } = await to.apply({ environment: { ...process.env, CANAL: "quay" }, review });
      expect(applied.map(({ id, attempts }) => [id, attempts])).toEqual([
        ["a1", 1],
        ["b2", 1],
      ]);
      expect(await to.column(inQuay)).toEqual(["alembic_version", "boats"]);
    }, 120_000);
  },
);

describe.skipIf(!available("python"))("what env.py says of each session", () => {
  it("is held where a row decides about it", async () => {
    const python = await pythonWith(currentAlembic);
    const history = alembicHistory(python, [
      { id: "a1", upgrade: execute("CREATE TABLE boats (id int)", "INSERT INTO boats VALUES (1)") },
    ]);
    const says = `if not connection.exec_driver_sql("SELECT to_regclass('crew')").scalar():
        connection.exec_driver_sql("SET search_path TO quay, public")
    connection.commit()
    context.configure`;
    await using to = await target({
      ...history,
      "migrations/env.py": (history["migrations/env.py"] ?? "").replace("context.configure", says),
    });
    await to.client.query("CREATE SCHEMA quay; CREATE TABLE crew (id int)");
    await expect(to.apply({ allow: ["drift"] })).rejects.toThrow(
      /did not send CREATE TABLE .*came in a session that had not set search_path as in the rehearsal/s,
    );
    expect(await to.column("SELECT to_regclass('public.boats')::text")).toEqual([null]);
  }, 120_000);
});

describe.each(["v6", "v7"] as const)("what MikroORM %s says around each migration", (version) => {
  it("is the same in production, as is what its connections begin with", async () => {
    const name = "Migration20260101000000";
    const files = mikroOrmHistory({
      [name]: `export class ${name} extends Migration {
  async up() {
    this.addSql("create table boats (id int)");
    this.addSql("select set_config('search_path', 'quay', false)");
    this.addSql("create table boats (id int)");
    this.addSql("set search_path to public");
  }
}
`,
    });
    await using to = await target(files);
    linkMikroOrm(version, to.repository.root);
    await to.client.query("CREATE SCHEMA quay");
    const { pathname } = new URL(to.url);
    await to.client.query(`ALTER DATABASE "${pathname.slice(1)}" SET search_path = public, quay`);
    expect((await to.apply()).applied).toHaveLength(1);
    expect(await to.column(inQuay)).toEqual(["boats"]);
  }, 120_000);
});

describe("a revision with settings that is half applied", () => {
  it("goes on in a session that has been told the same", async () => {
    const part = (...statements: readonly string[]) =>
      `-- +goose NO TRANSACTION\n-- +goose Up\n${statements.join(";\n")};\n-- +goose Down\nSELECT 1;\n`;
    await using to = await target({
      "migrations/1_boats.sql": part("CREATE SCHEMA quay", "CREATE TABLE quay.boats (id int, path text)"),
    });
    await to.apply();
    await to.client.query("INSERT INTO quay.boats VALUES (1), (1)");
    to.repository.write({
      "migrations/2_keys.sql": part(
        "SET search_path = quay, public",
        "CREATE INDEX CONCURRENTLY by_path ON boats (path)",
        "SET statement_timeout = '90s'",
        "CREATE UNIQUE INDEX CONCURRENTLY by_id ON boats (id)",
        "UPDATE boats SET path = current_setting('search_path') || current_setting('statement_timeout')",
      ),
    });
    await expect(to.apply()).rejects.toThrow(/Of its 3 statements 1 are done/);
    await to.client.query("DELETE FROM quay.boats WHERE ctid = '(0,2)'");
    expect((await to.apply()).applied.map(({ id }) => id)).toEqual(["2"]);
    expect(await to.column("SELECT path FROM quay.boats")).toEqual(["quay, public90s"]);
  });
});
