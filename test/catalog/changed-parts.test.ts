import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Catalog } from "../../src/catalog/catalog.ts";
import { readCatalog } from "../../src/catalog/snapshot.ts";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { connectTo, createTestDatabase, startTestServer } from "../support/postgres.ts";
import { changeSchema, runPart } from "./apply-changes.ts";
import { changes } from "./changes.ts";
import { randomStatements } from "./random-statements.ts";

/** Two connections: one reads what changed since it last read, the other everything, as in every transaction. */
interface Readers {
  readonly one: pg.Client;
  readonly other: pg.Client;
}

async function expectSame({ one, other }: Readers, after: string): Promise<void> {
  const changed = await readCatalog(one);
  await other.query("BEGIN");
  const whole = await readCatalog(other);
  await other.query("ROLLBACK");
  expect({ after, ...differing(changed, whole) }).toEqual({ after, ...differing(whole, changed) });
}

/** The objects of a catalog that are not just so in another. */
const differing = (catalog: Catalog, other: Catalog) =>
  Object.fromEntries(
    [...catalog.objects].filter(([key, object]) => JSON.stringify(object) !== JSON.stringify(other.objects.get(key))),
  );

/** More in one database make reading all of it slow. */
const changesTogether = 50;

describe.each([14, 15, 16, 17, 18])("On PostgreSQL %i, reading what changed gives what reading all gives", (major) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startTestServer(major);
    await using maintenance = await createTestDatabase(server, "maintenance");
    await maintenance.query("CREATE ROLE miller; CREATE ROLE baker");
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  const suitable = changes.filter(({ since }) => since <= major);
  const inDatabase = async (database: string, play: (client: pg.Client, readers: Readers) => Promise<void>) => {
    await using client = await createTestDatabase(server, database);
    await using one = await connectTo(server, database);
    await using other = await connectTo(server, database);
    await play(client, { one, other });
  };

  it("after each of the small changes, and after one that is taken back", async () => {
    const together = suitable.filter(({ alone, apart }) => !alone && !apart);
    for (let start = 0; start < together.length; start += changesTogether)
      await inDatabase(`together_${start}`, async (client, readers) => {
        for (const [index, change] of together.slice(start, start + changesTogether).entries()) {
          const schema = changeSchema(start + index);
          await client.query(`CREATE SCHEMA ${schema}`);
          await runPart(client, change, "setup", schema);
          await expectSame(readers, `setup of ${change.title}`);
          if (index % 5 === 0 && !change.oneByOne && !change.fails) {
            await client.query(
              `BEGIN; SET LOCAL search_path = ${schema}; ${change.change.replaceAll(":schema", schema)}; ROLLBACK`,
            );
            await expectSame(readers, `taking back ${change.title}`);
          }
          await runPart(client, change, "change", schema);
          await expectSame(readers, change.title);
        }
      });
  }, 600_000);

  it("after each of those about a whole database", async () => {
    await inDatabase("alone", async (client, readers) => {
      for (const change of suitable.filter(({ alone }) => alone)) await runPart(client, change, "setup", "public");
      for (const change of suitable.filter(({ alone }) => alone)) {
        await expectSame(readers, `before ${change.title}`);
        await runPart(client, change, "change", "public");
        await expectSame(readers, change.title);
      }
    });
    for (const [position, change] of suitable.filter(({ apart }) => apart).entries())
      await inDatabase(`apart_${position}`, async (client, readers) => {
        await runPart(client, change, "setup", "public");
        await expectSame(readers, `before ${change.title}`);
        await runPart(client, change, "change", "public");
        await expectSame(readers, change.title);
      });
  });

  it("after what others had begun before it was read, and ended later", async () => {
    await inDatabase("others", async (client, readers) => {
      await using second = await connectTo(server, "others");
      const steps: readonly (readonly [pg.Client, string])[] = [
        [
          client,
          "CREATE TABLE boats (id int, name text DEFAULT 'x'); CREATE TYPE kind AS ENUM ('a'); CREATE INDEX ix ON boats (id)",
        ],
        // Numbers of transactions are not in the order in which these end.
        [second, "BEGIN; GRANT SELECT ON boats TO miller; SAVEPOINT s; COMMENT ON TABLE boats IS 'old'"],
        [client, "CREATE TABLE canals (id int)"],
        [second, "ROLLBACK TO s; COMMENT ON COLUMN boats.id IS 'new'; COMMIT"],
        [second, "BEGIN; ALTER TYPE kind ADD VALUE 'b'; CREATE INDEX iy ON boats (name)"],
        [client, "CREATE TABLE locks (id int CHECK (id > 0))"],
        [second, "COMMIT"],
        [
          second,
          "BEGIN; CREATE INDEX iz ON boats (name); COMMENT ON TABLE locks IS 'shut'; GRANT SELECT ON canals TO miller",
        ],
        [client, "CREATE TABLE quays (id int)"],
        [second, "ROLLBACK"],
        // An earlier number than what was read meanwhile, and as many rows as before.
        [second, "BEGIN; GRANT SELECT ON canals TO baker"],
        [client, "CREATE TABLE weirs (id int)"],
        [second, "COMMIT"],
        [second, "BEGIN; GRANT USAGE ON TYPE kind TO baker"],
        [client, "CREATE TABLE sluices (id int)"],
        [second, "COMMIT"],
        // As many rows as before, of the same names.
        [
          client,
          "BEGIN; DROP INDEX ix; CREATE INDEX ix ON boats (name); DROP TABLE locks; CREATE TABLE locks (id int CHECK (id > 2)); COMMIT",
        ],
        [client, "UPDATE pg_class SET reloptions = '{fillfactor=70}' WHERE relname = 'boats'"],
        [client, "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix'::regclass"],
        [client, "UPDATE pg_enum SET enumlabel = 'c' WHERE enumlabel = 'b'"],
        [client, "DELETE FROM pg_description WHERE objoid = 'boats'::regclass"],
        [client, "VACUUM FREEZE pg_class; VACUUM FULL pg_attribute; VACUUM FULL pg_index"],
        [client, "ALTER TABLE canals ADD CHECK (id < 9)"],
        [client, "VACUUM FREEZE; REINDEX TABLE boats"],
        [client, "ALTER TABLE canals DROP CONSTRAINT canals_id_check, ADD CHECK (id < 8)"],
      ];
      for (const [session, sql] of steps) {
        for (const each of sql.startsWith("VACUUM") ? sql.split("; ") : [sql]) await session.query(each);
        await expectSame(readers, sql);
      }
    });
  });

  it("after each of some statements made up at random", async () => {
    await inDatabase("random", async (client, readers) => {
      let worked = 0;
      for (const statement of randomStatements(major, Number(process.env["HEADGATE_CATALOG_STATEMENTS"] ?? 350))) {
        await client.query(statement).then(
          () => worked++,
          () => {},
        );
        // One that failed behind a savepoint still holds its locks.
        await client.query("ROLLBACK");
        await expectSame(readers, statement);
      }
      expect(worked).toBeGreaterThan(40);
    });
  }, 600_000);
});
