import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PostgresServer } from "../../../src/engines/engine.ts";
import { workingTree } from "../../../src/files/working-tree.ts";
import type { Project } from "../../../src/project.ts";
import { readHistory } from "../../../src/tools/mikro-orm/read-history.ts";
import { connectTo, createTestDatabase, startTestServer } from "../../support/postgres.ts";
import { canal, detected, openCanal, versions } from "./project.ts";

const locks = "Migration20260301080000_locks";
const logOrder = "Migration20260302080000_log_order";
const lockNameIndex = "Migration20260303080000_lock_name_index";
const tollsForever = "Migration20260304080000_tolls_forever";
const throughEntities = "Migration20260305080000_through_entities";
const queuesNonsense = "Migration20260306080000_queues_nonsense";
const repeatsAName = "Migration20260307080000_repeats_a_name";
const raises = "Migration20260308080000_raises";
const asks = "Migration20260309080000_asks";
const exits = "Migration20260310080000_exits";

let server: PostgresServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

async function database() {
  const client = await createTestDatabase(server);
  const name = client.database as string;
  await client.end();
  return { name, connection: server.connection(name) };
}

/** Answers what a query returns, one value a row, on a connection that does not outlive it. */
async function column(name: string, query: string): Promise<readonly unknown[]> {
  await using client = await connectTo(server, name);
  const { rows } = await client.query({ text: query, rowMode: "array" });
  return rows.map(([value]) => value);
}

const tables = (name: string) =>
  column(name, "select tablename from pg_tables where schemaname = 'public' order by tablename");
const indexes = (name: string) => column(name, "select indexname from pg_indexes where indexname = 'locks_name_index'");

describe.each(versions)("MikroORM %s", (version) => {
  const loader = { v5: ["ts-node", "typescript"], v6: ["tsx"], v7: [] }[version];

  describe("TypeScript migrations", () => {
    it("lists them as reading the files does, with what each says of its way back", async () => {
      using repository = canal("canal-ts", version, loader);
      await using session = await openCanal(repository.root, undefined);
      expect(session.greeting.toolVersion).toMatch(new RegExp(`^${version.slice(1)}\\.`));
      const history = await session.history();
      const [project] = detected(repository.root) as [Project];
      expect(history).toEqual(readHistory(workingTree(repository.root), project));
      expect(history.problems).toEqual([]);
      expect(history.revisions.map(({ id, downgrade }) => [id, downgrade])).toEqual([
        [locks, "present"],
        [logOrder, "present"],
        [lockNameIndex, "present"],
        [tollsForever, "absent"],
        [throughEntities, "present"],
        [queuesNonsense, "absent"],
        [repeatsAName, "absent"],
        [raises, "absent"],
        [asks, "absent"],
        [exits, "absent"],
      ]);
      expect(history.revisions[1]).toMatchObject({ downRevisions: [locks], title: "log_order" });
    });

    it("tells which files of the repository they import", async () => {
      using repository = canal("canal-ts", version, loader);
      await using session = await openCanal(repository.root, undefined);
      await session.history();
      expect(await session.imports?.([locks, throughEntities])).toEqual({
        [`src/migrations/${throughEntities}.ts`]: ["src/lock.ts"],
      });
    });

    it("goes up, down and up, one named migration at a time, into the table that the project names", async () => {
      using repository = canal("canal-ts", version, loader);
      const { name, connection } = await database();
      await using session = await openCanal(repository.root, connection);
      expect(await session.prepare()).toEqual(["canal_migrations"]);
      expect(await tables(name)).toEqual(["canal_migrations"]);
      for (const id of [locks, logOrder]) expect(await session.upgrade([id])).toMatchObject({ kind: "done" });
      expect(await column(name, "select entry from log order by id")).toEqual(["at once", "queued"]);
      expect(await column(name, "select name from canal_migrations order by id")).toEqual([locks, logOrder]);
      expect(await session.downgrade([logOrder])).toMatchObject({ kind: "done" });
      expect(await column(name, "select entry from log")).toEqual([]);
      expect(await session.downgrade([locks])).toMatchObject({ kind: "done" });
      expect(await tables(name)).toEqual(["canal_migrations"]);
      expect(await session.upgrade([locks, logOrder])).toMatchObject({ kind: "done" });
      expect(await tables(name)).toEqual(["canal_migrations", "locks", "log"]);
    });

    it("builds an index concurrently without waiting for a transaction of its own", async () => {
      using repository = canal("canal-ts", version, loader);
      const { name, connection } = await database();
      await using session = await openCanal(repository.root, connection);
      await session.upgrade([locks]);
      for (const [step, expected] of [
        ["upgrade", ["locks_name_index"]],
        ["downgrade", []],
        ["upgrade", ["locks_name_index"]],
      ] as const) {
        expect(await session[step]([lockNameIndex])).toMatchObject({ kind: "done" });
        expect(await indexes(name)).toEqual(expected);
      }
    });

    it("loads the project's entities for a migration that asks for them", async () => {
      using repository = canal("canal-ts", version, loader);
      const { name, connection } = await database();
      await using session = await openCanal(repository.root, connection);
      const outcome = await session.upgrade([locks, throughEntities]);
      expect(outcome).toMatchObject({ kind: "done" });
      expect(outcome).not.toHaveProperty("warnings");
      expect(await column(name, "select name from locks")).toEqual(["Foxton Top"]);
      expect(await session.downgrade([throughEntities])).toMatchObject({ kind: "done" });
      expect(await column(name, "select name from locks")).toEqual([]);
    });

    it("runs the migrations without entities that cannot be loaded, and says so", async () => {
      using repository = canal("canal-ts", version, loader);
      repository.write({
        "src/lock.ts": `import { EntitySchema } from "@mikro-orm/core";
        export const Lock = new EntitySchema<{ name: string }>({ name: "Lock", properties: { name: { type: "string" } } });`,
      });
      const { connection } = await database();
      await using session = await openCanal(repository.root, connection);
      expect(session.warnings).toEqual([
        expect.stringMatching(
          /^The project's entities could not be loaded \(Lock entity is missing @PrimaryKey\(\)\); the migrations run without them\.$/,
        ),
      ]);
      expect(await session.upgrade([locks])).toMatchObject({ kind: "done" });
      expect(await session.upgrade([logOrder])).not.toHaveProperty("warnings");
    });

    it("records without running", async () => {
      using repository = canal("canal-ts", version, loader);
      const { name, connection } = await database();
      await using session = await openCanal(repository.root, connection);
      await session.prepare();
      await session.stamp([tollsForever, locks]);
      expect(await column(name, "select name from canal_migrations order by id")).toEqual([tollsForever, locks]);
      expect(await tables(name)).toEqual(["canal_migrations"]);
      await expect(session.stamp(["Migration20991231000000"])).rejects.toThrow(
        "MikroORM knows no migration Migration20991231000000.",
      );
    });

    it("never runs anything for a name it does not know, or that is not there to be run", async () => {
      using repository = canal("canal-ts", version, loader);
      const { name, connection } = await database();
      await using session = await openCanal(repository.root, connection);
      await session.prepare();
      expect(await session.upgrade(["Migration20991231000000"])).toMatchObject({
        kind: "failed",
        failure: { message: "MikroORM knows no migration Migration20991231000000." },
      });
      expect(await session.downgrade([locks])).toMatchObject({ kind: "failed" });
      expect(await session.upgrade([locks])).toMatchObject({ kind: "done" });
      expect(await session.upgrade([locks])).toMatchObject({ kind: "failed" });
      expect(await tables(name)).toEqual(["canal_migrations", "locks", "log"]);
    });

    it("lets go of the database, and starts afresh on one that took its place", async () => {
      using repository = canal("canal-ts", version, loader);
      const { name, connection } = await database();
      await using session = await openCanal(repository.root, connection);
      for (let round = 0; round < 2; round++) {
        await session.prepare();
        expect(await session.upgrade([locks, lockNameIndex])).toMatchObject({ kind: "done" });
        await session.release();
        await using maintenance = await connectTo(server, server.maintenanceDatabase);
        await maintenance.query(`drop database "${name}"`);
        await maintenance.query(`create database "${name}" template ${server.templateDatabase}`);
      }
      expect(await session.upgrade([locks])).toMatchObject({ kind: "done" });
      expect(await column(name, "select name from canal_migrations")).toEqual([locks]);
    });

    it("leaves the checkout as it was", async () => {
      using repository = canal("canal-ts", version, loader);
      const { connection } = await database();
      {
        await using session = await openCanal(repository.root, connection);
        await session.history();
        await session.prepare();
        await session.upgrade([locks, logOrder]);
        await session.downgrade([logOrder, locks]);
        await session.release();
      }
      expect(repository.git("status", "--porcelain", "--ignored")).toBe("!! node_modules/");
    });

    it("is not led to another server by what it finds in the environment or in .env", async () => {
      using repository = canal("canal-ts", version, loader);
      repository.write({
        ".env": [
          "HOST=elsewhere.invalid",
          "CLIENT_URL=postgresql://u:p@elsewhere.invalid/x",
          "DB_NAME=other",
          "MIGRATIONS_SNAPSHOT=1",
        ]
          .map((line) => `MIKRO_ORM_${line}\n`)
          .join(""),
      });
      const { name, connection } = await database();
      await using session = await openCanal(repository.root, connection, {
        environment: {
          MIKRO_ORM_HOST: "elsewhere.invalid",
          MIKRO_ORM_CLIENT_URL: "postgresql://u:p@elsewhere.invalid/x",
          CANAL_HOST: "elsewhere.invalid",
          PGHOST: "elsewhere.invalid",
        },
      });
      expect(await session.upgrade([locks])).toMatchObject({ kind: "done" });
      expect(await tables(name)).toEqual(["canal_migrations", "locks", "log"]);
      expect(repository.git("status", "--porcelain")).toBe("?? .env");
    });
  });

  describe("failures", () => {
    async function failing(id: string) {
      using repository = canal("canal-ts", version, loader);
      const { name, connection } = await database();
      await using session = await openCanal(repository.root, connection);
      await session.prepare();
      const outcome = await session.upgrade([id]);
      if (outcome.kind !== "failed") throw new Error(`${id} did not fail`);
      return { name, failure: outcome.failure, file: `src/migrations/${id}.ts` };
    }

    it("finds the line of a queued statement that PostgreSQL refuses", async () => {
      const { name, failure, file } = await failing(queuesNonsense);
      expect(failure).toEqual({
        kind: "sql",
        message: 'relation "aqueducts" does not exist',
        sqlState: "42P01",
        statement: 'alter table "aqueducts" add column "spans" int;',
        revision: queuesNonsense,
        file,
        line: 6,
      });
      expect(await tables(name)).toEqual(["canal_migrations"]);
    });

    it("tells the statement without the values bound to it", async () => {
      const { failure, file } = await failing(repeatsAName);
      expect(failure).toMatchObject({
        kind: "sql",
        sqlState: "23505",
        statement: 'insert into "basins" ("name") values (?)',
        file,
        line: 7,
      });
      expect(failure.message).toMatch(/^duplicate key value violates unique constraint "basins_pkey"$/);
    });

    it("tells what the migration's own code throws, and where", async () => {
      const { name, failure, file } = await failing(raises);
      expect(failure).toEqual({
        kind: "code",
        message: "RangeError: no water in the summit pound",
        revision: raises,
        file,
        line: 6,
      });
      expect(await tables(name)).toEqual(["canal_migrations"]);
    });

    it("does not wait for an answer on the terminal", async () => {
      const { failure } = await failing(asks);
      expect(failure).toMatchObject({ kind: "asks-for-input", message: "it asks “Drain the canal?”" });
    });

    it("survives a migration that ends the process", async () => {
      const { failure } = await failing(exits);
      expect(failure).toMatchObject({
        kind: "died",
        message: "The process that runs the migrations ended (exit code 3): the gates are stuck.",
      });
    });

    it("knows a migration without a way back from one whose way back fails", async () => {
      using repository = canal("canal-ts", version, loader);
      const { connection } = await database();
      await using session = await openCanal(repository.root, connection);
      await session.upgrade([tollsForever]);
      expect(await session.downgrade([tollsForever])).toMatchObject({
        kind: "failed",
        failure: { kind: "no-downgrade", revision: tollsForever, message: "its class has no `down()`." },
      });
    });
  });

  it("runs JavaScript migrations of a CommonJS project, with a configuration that is a function", async () => {
    using repository = canal("canal-js", version);
    const { name, connection } = await database();
    await using session = await openCanal(repository.root, connection);
    const history = await session.history();
    const [project] = detected(repository.root) as [Project];
    expect(history).toEqual(readHistory(workingTree(repository.root), project));
    const ids = history.revisions.map(({ id }) => id);
    expect(ids).toEqual([locks, `${lockNameIndex}.cjs`]);
    expect(await session.upgrade(ids)).toMatchObject({ kind: "done" });
    expect(await session.downgrade([...ids].toReversed())).toMatchObject({ kind: "done" });
    expect(await session.upgrade(ids)).toMatchObject({ kind: "done" });
    expect(await indexes(name)).toEqual(["locks_name_index"]);
    expect(repository.git("status", "--porcelain")).toBe("");
  });

  it("tells several configurations of one file apart", async () => {
    using repository = canal("canal-esm", version, version === "v7" ? [] : ["tsx"]);
    const projects = detected(repository.root);
    expect(projects.map(({ section }) => section)).toEqual(["tolls", "boats"]);
    for (const [index, project] of projects.entries()) {
      const { name, connection } = await database();
      await using session = await openCanal(repository.root, connection, { project });
      const [revision] = (await session.history()).revisions;
      expect(revision?.file).toBe(`${project.section}/migrations/Migration2026031${index + 1}080000.ts`);
      expect(await session.upgrade([revision?.id as string])).toMatchObject({ kind: "done" });
      expect(await tables(name)).toEqual(["mikro_orm_migrations", project.section].toSorted());
    }
  });
});
