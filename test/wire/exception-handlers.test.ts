import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { startTestServer } from "../support/postgres.ts";
import { recordedClient } from "./recorded-client.ts";

/** Locks a table in a part that is then taken back. */
const tries = (name: string, kind = "function", more = "returns int"): string =>
  `create ${kind} ${name}() ${more} language plpgsql as $$ begin
     begin lock table crate in exclusive mode; raise division_by_zero; exception when others then null; end;
     ${kind === "procedure" ? "" : more.endsWith("trigger") ? "return new;" : "return 1;"} end $$`;
/** The same before what a function does. */
const trying = (then: string): string => `$$ begin
  begin lock table crate in exclusive mode; raise division_by_zero; exception when others then null; end; ${then}; end $$`;
const setup = `create table crate(id int); create table quay(id int); create table other(id int, i int);
  create function makes() returns void language plpgsql as $make$ begin execute '${tries("made")}'; end $make$;
  ${tries("tries")}; ${tries("tries_too", "procedure", "")}; ${tries("before_quay", "function", "returns trigger")};
  create trigger trying before insert on quay for each row execute function before_quay();
  create function calls() returns int language sql as 'select tries() + 1';
  create function raises() returns int language plpgsql as
    $$ begin if false then raise exception 'no'; end if; perform count(*) from other; return 1; end $$`;

const hidden = [
  "select tries()",
  "select calls()",
  "insert into other select tries()",
  "call tries_too()",
  "insert into quay values (1)",
  "do $$ begin perform tries(); end $$",
  "do $$ begin lock table crate; raise division_by_zero; exception when others then null; end $$",
];
const shown = [
  "select raises()",
  "insert into other values (1)",
  "do $$ begin if false then raise exception 'x'; end if; end $$",
];

describe.each([14, 18])("PostgreSQL %i", (major) => {
  let server: PostgresServer;
  beforeAll(async () => void (server = await startTestServer(major)));
  afterAll(async () => server?.[Symbol.asyncDispose]());

  /** How complete the evidence of each statement is called. */
  const completeness = async (statements: readonly string[], how: string): Promise<object> => {
    await using session = await recordedClient(server, setup);
    await session.send(statements, how);
    return Object.fromEntries((await session.recorded()).map(({ sql, evidence }) => [sql, evidence.completeness]));
  };
  const expected = Object.fromEntries([
    ...hidden.map((sql) => [sql, "sampled"]),
    ...shown.map((sql) => [sql, "complete"]),
  ]) as object;
  const mixed = hidden.flatMap((sql, index) => [sql, shown[index % shown.length] as string]);

  test.each(["simple", "extended"])("what a handler may have taken back is not called complete, %s", async (how) => {
    expect(await completeness(mixed, how)).toEqual(expected);
    expect(await completeness(["begin", ...mixed, "commit"], how)).toMatchObject(expected);
  });

  test("code that was made just before is known", async () => {
    const made = [tries("new_one"), "select new_one()", "insert into other values (2)"];
    const wanted = { "select new_one()": "sampled", "insert into other values (2)": "complete" };
    for (const how of ["simple", "extended"]) {
      expect(await completeness(made, how)).toMatchObject(wanted);
      expect(await completeness(["begin", ...made, "commit"], how)).toMatchObject(wanted);
    }
  });

  /** Ways to run code that the server does not count the calls of: what makes one, and what uses it. */
  const uncounted: Readonly<Record<string, readonly [makes: readonly string[], uses: string]>> = {
    "an aggregate's state": [
      [
        `create function adds(a int, b int) returns int language plpgsql as ${trying("return a + b")}`,
        "create aggregate total(int) (sfunc = adds, stype = int, initcond = '0')",
      ],
      "select total(i) from other",
    ],
    "an aggregate's result": [
      [
        `create function ends(a int) returns int language plpgsql as ${trying("return a")}`,
        "create aggregate total(int) (sfunc = int4pl, stype = int, initcond = '0', finalfunc = ends)",
      ],
      "select total(i) from other",
    ],
    "the order of an index": [
      [
        `create function compares(a int, b int) returns int language plpgsql immutable as ${trying("return a - b")}`,
        `create operator class odd for type int using btree as operator 1 <, operator 2 <=, operator 3 =,
          operator 4 >=, operator 5 >, function 1 compares(int, int)`,
      ],
      "create index on other (i odd)",
    ],
    "an operator in a list": [
      [
        `create function same(a int, b int) returns bool language plpgsql as ${trying("return a = b")}`,
        "create operator === (leftarg = int, rightarg = int, function = same)",
      ],
      "select 1 from other where i operator(===) any (array[i, 7])",
    ],
  };

  test.each(Object.keys(uncounted))("what the server does not count is not called complete: %s", async (way) => {
    const [makes, uses] = uncounted[way] as (typeof uncounted)[string];
    const statements = ["insert into other(i) values (1), (2)", ...makes, uses];
    for (const how of ["simple", "extended"]) {
      expect(await completeness(statements, how)).toMatchObject({ [uses]: "sampled" });
      expect(await completeness(["begin", ...statements, "commit"], how)).toMatchObject({ [uses]: "sampled" });
    }
  });

  test("what code made within the transaction is known", async () => {
    const makes = `select 1 from makes()`;
    const statements = ["begin", makes, "select made()", "commit"];
    for (const how of ["simple", "extended"])
      expect(await completeness(statements, how)).toMatchObject({ "select made()": "sampled" });
  });

  test("code that makes such a function, and may have called it at once, is not called complete", async () => {
    const hex = Buffer.from(tries("made")).toString("hex");
    const made = `do $$ begin execute convert_from('\\x${hex}', 'UTF8'); perform made(); end $$`;
    const expected = { begin: "complete", [made]: "sampled", commit: "complete" };
    for (const how of ["simple", "extended"]) {
      expect(await completeness(["begin", made, "commit"], how)).toEqual(expected);
      expect(await completeness([made], how)).toEqual({ [made]: "sampled" });
    }
  });

  test("code that runs what is not in its text may have run such a block; with the first word of a statement in it, it has not", async () => {
    const block = "do $x$ begin lock table crate; raise division_by_zero; exception when others then null; end $x$";
    const hex = `convert_from('\\x${Buffer.from(block).toString("hex")}', 'UTF8')`;
    const hidden = `do $$ begin execute\n ${hex}; end $$`;
    const makes = `create function hides() returns int language plpgsql as $$ begin execute ${hex}; return 1; end $$`;
    const visible =
      "do $$ begin execute format('alter table %I add column x int', 'quay'); execute 'drop table other'; end $$";
    for (const how of ["simple", "extended"]) {
      const statements = [hidden, makes, "select hides()", visible];
      const expected = { [hidden]: "sampled", "select hides()": "sampled", [visible]: "complete" };
      expect(await completeness(statements, how)).toMatchObject(expected);
      expect(await completeness(["begin", ...statements, "commit"], how)).toMatchObject(expected);
    }
  });

  test("where the server does not count, nothing is called complete that may have called it", async () => {
    const off = ["set track_functions = 'none'", "insert into other values (2)", "create table fresh(id int)"];
    expect(await completeness(off, "simple")).toMatchObject({
      "insert into other values (2)": "sampled",
      "create table fresh(id int)": "sampled",
    });
  });

  test("where scans may not be counted, nothing is called complete", async () => {
    for (const off of [
      "set track_counts = off",
      "create function reads() returns bigint language sql set track_counts = off as 'select count(*) from quay'",
    ])
      for (const around of [["begin"], []])
        expect(
          await completeness([...around, "select count(*) from other", off, "select count(*) from crate"], "extended"),
        ).toMatchObject({
          "select count(*) from other": "complete",
          "select count(*) from crate": "sampled",
        });
  });
});
