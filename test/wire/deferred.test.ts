import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import type { RecordedStatement } from "../../src/wire/recording.ts";
import { startTestServer } from "../support/postgres.ts";
import { recordedClient } from "./recorded-client.ts";

/** A foreign key that is checked when the transaction commits, which reads and locks the table that it refers to. */
const late = `create table quay(id int primary key); insert into quay values (1);
  create table crate(id int primary key, quay int references quay deferrable initially deferred)`;
/** Code that runs then. */
const code = `create table log(id int);
  create function looks() returns trigger language plpgsql as
    $$ begin raise notice 'looked'; lock table log in exclusive mode; return null; end $$;
  create constraint trigger looks after insert on crate deferrable initially deferred for each row execute function looks()`;
const checked = ["public.quay ROW SHARE", "public.quay_pkey ROW SHARE"];
const failsBecause = /violates foreign key constraint "crate_quay_fkey"/;

describe.each([14, 18])("PostgreSQL %i", (major) => {
  let server: PostgresServer;
  beforeAll(async () => void (server = await startTestServer(major)));
  afterAll(async () => server?.[Symbol.asyncDispose]());

  /** What is recorded of these queries, each sent in this way, and what the client heard. */
  const record = async (
    setup: string,
    queries: readonly string[],
    how: string,
  ): Promise<{ readonly recorded: readonly RecordedStatement[]; readonly heard: readonly string[] }> => {
    await using session = await recordedClient(server, setup);
    const { client } = session;
    const heard: string[] = [];
    client.on("notice", ({ message }) => heard.push(message ?? ""));
    await session.send(queries, how, ({ message }) => heard.push(message));
    // Whatever happened, the session is outside a transaction.
    const results = (await client.query("select 1 as one; select 2 as two")) as unknown as readonly pg.QueryResult[];
    expect(results[1]?.rows).toEqual([{ two: 2 }]);
    return { recorded: (await session.recorded()).slice(0, -2), heard };
  };
  const locksOf = (statement: RecordedStatement | undefined): readonly string[] =>
    (statement?.evidence.locks ?? []).map(({ relation, mode }) => `${relation} ${mode}`);

  describe.each(["simple", "extended"])("%s queries", (how) => {
    test("what a deferred constraint locks and reads is a part of COMMIT", async () => {
      const { recorded, heard } = await record(late, ["begin", "insert into crate values (1, 1)", "commit"], how);
      expect(locksOf(recorded[1])).not.toContain(checked[0]);
      expect(locksOf(recorded[2])).toEqual(checked);
      expect(recorded[2]).toMatchObject({ tag: "COMMIT", evidence: { completeness: "complete" } });
      expect(heard).toEqual([]);
    });

    test("it is a part of the statement where that is a transaction of its own", async () => {
      const { recorded } = await record(late, ["insert into crate values (1, 1)"], how);
      expect(locksOf(recorded[0])).toEqual(expect.arrayContaining(checked));
      expect(recorded[0]?.evidence.completeness).toBe("complete");
    });

    test("a constraint that does not hold fails COMMIT, and the client hears so", async () => {
      const queries = ["begin", "insert into crate values (1, 9)", "commit", "insert into crate values (2, 9)"];
      const { recorded, heard } = await record(late, queries, how);
      expect(heard).toEqual([expect.stringMatching(failsBecause), expect.stringMatching(failsBecause)]);
      expect(recorded[2]?.error).toMatchObject({ sqlState: "23503" });
      expect(recorded[3]?.error).toMatchObject({ sqlState: "23503" });
    });

    test("what code may have done while a transaction committed is not called complete", async () => {
      const queries = ["begin", "insert into crate values (1, 1)", "commit", "insert into crate values (2, 1)"];
      const { recorded, heard } = await record(`${late}; ${code}`, queries, how);
      expect(heard).toEqual(["looked", "looked"]);
      for (const statement of [recorded[2], recorded[3]])
        expect(statement?.evidence).toMatchObject({ completeness: "sampled", reason: expect.stringMatching(/commit/) });
    });

    test("what is made deferrable in the transaction itself is known", async () => {
      const setup = "create table quay(id int primary key); insert into quay values (1)";
      const made = "create table crate(id int primary key, quay int references quay deferrable initially deferred)";
      const insert = "insert into crate values (1, 1)";
      const { recorded } = await record(setup, ["begin", made, insert, "commit"], how);
      expect(locksOf(recorded[3])).toContain(checked[0]);
      const built = `do $$ begin execute '${made}'; ${insert}; end $$`;
      const alone = await record(setup, [built], how);
      expect(locksOf(alone.recorded[0])).toContain(checked[0]);
      expect(alone.recorded[0]?.evidence.completeness).toBe("complete");
    });

    test("what COMMIT reads for a cursor that stays is not called complete", async () => {
      const declared = (more: string) => `declare held cursor ${more} for select id from quay`;
      const reason = expect.stringMatching(/cursor WITH HOLD/);
      const brief = declared("").replace("held", "brief");
      const kept = ["begin", declared("with hold"), "commit", "begin", brief, "commit"];
      const { recorded } = await record(late, kept, how);
      expect(recorded[2]?.evidence).toMatchObject({ completeness: "sampled", reason });
      expect(recorded[5]?.evidence).toMatchObject({ completeness: "complete" });
      // By then it is known that nothing can be put off.
      const known = await record("create table quay(id int primary key)", ["do 'begin end'", ...kept], how);
      expect(known.recorded.slice(1).map(({ evidence: { completeness } }) => completeness)).toEqual(
        kept.map((_, index) => (index === 2 ? "sampled" : "complete")),
      );
      const built = `do $$ begin execute '${declared("with hold")}'; end $$`;
      const alone = await record(late, [built, "begin", built.replace("held", "other"), "commit"], how);
      expect(alone.recorded[0]?.evidence).toMatchObject({ completeness: "sampled" });
      expect(alone.recorded[3]?.evidence).toMatchObject({ completeness: "sampled", reason });
    });

    test("nothing is said where nothing can be deferred", async () => {
      const queries = ["begin", "alter table quay add column depth int", "commit", "insert into quay values (2)"];
      const { recorded } = await record(`${late}; ${code}`, queries, how);
      expect(recorded.slice(0, 3).map(({ evidence }) => evidence.completeness)).toEqual(Array(3).fill("complete"));
    });
  });

  test("in one text", async () => {
    const texts = [
      "begin; insert into crate values (1, 1); commit",
      "insert into crate values (2, 1); commit; select 1",
      "insert into crate values (3, 1); select 1",
    ];
    const { recorded } = await record(late, texts, "simple");
    const of = (start: string): readonly string[] =>
      recorded.filter(({ sql }) => sql.trim() === start).map((statement) => locksOf(statement).join(", "));
    expect(of("commit")).toEqual([checked.join(", ")]);
    expect(of("commit;")).toEqual([checked.join(", ")]);
    expect(locksOf(recorded.at(-1))).toEqual(expect.arrayContaining(checked));
  });
});
