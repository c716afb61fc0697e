import { describe, expect, it } from "vitest";
import { paragraphs } from "../../src/report/markup.ts";
import { toReview } from "../../src/report/reviewed-statements.ts";
import { scriptLines } from "../../src/report/sql.ts";
import type { StatementReport } from "../../src/verdict.ts";
import { statementReport } from "../support/statement-report.ts";

const statement = (sql: string, more: Partial<StatementReport> = {}) =>
  statementReport(sql, {
    role: /^(?:begin|set client)/i.test(sql)
      ? "session"
      : /^(?:set|reset|select set_config)/i.test(sql)
        ? "setting"
        : "migration",
    ...more,
  });

describe("what is to be reviewed", () => {
  it("holds the settings that a migration makes for itself, and not those of its client library, nor what MikroORM says around each", () => {
    const sent = [
      "BEGIN",
      "SET client_encoding TO 'UTF8'",
      "set names 'utf8';",
      "set session_replication_role = 'replica';",
      "SET LOCAL lock_timeout = '2s'",
      "-- looks in one schema\nset search_path to canal",
      "SELECT set_config('role', 'harbour', true)",
      "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE",
      "ALTER TABLE boats ADD name text",
      "RESET lock_timeout",
    ].map((sql) => statement(sql));
    expect(toReview(sent)).toEqual([sent[4], sent[5], sent[6], sent[7], sent[8], sent[9]]);
  });
});

it("what takes the migration's work back is to be reviewed with it", () => {
  const sent = [
    statement("SELECT version()", { role: "session" }),
    statement("ROLLBACK", { role: "session" }),
    statement("SAVEPOINT a", { role: "session", transaction: 2 }),
    statement("ALTER TABLE boats ADD n text", { transaction: 2 }),
    statement("ROLLBACK TO SAVEPOINT a", { role: "session", transaction: 2 }),
    statement("ALTER TABLE boats ADD n int", { transaction: 2 }),
    statement("COMMIT", { role: "session", transaction: 2 }),
    statement("SAVEPOINT b", { role: "session", transaction: 3 }),
    statement("ALTER TABLE boats ADD m int", { transaction: 3 }),
    statement("RELEASE SAVEPOINT b", { role: "session", transaction: 3 }),
    statement("rollback;", { role: "session", transaction: 3 }),
    statement("ROLLBACK PREPARED 'x'", { role: "session", transaction: 3 }),
  ];
  expect(toReview(sent)).toEqual([sent[2], sent[3], sent[4], sent[5], sent[8], sent[10]]);
});

describe("a script", () => {
  it("shows a loop over rows by its first rounds, and the beginning of a statement with thousands", () => {
    const insert = (text: string) =>
      statement(`INSERT INTO boats VALUES (${text})`, { tag: "INSERT 0 1", fingerprint: "f" });
    const lines = scriptLines([
      statement("CREATE TABLE boats (id int)"),
      ...Array.from({ length: 1000 }, (_, number) => insert(String(number))),
      statement(`INSERT INTO docks VALUES ${"(1), ".repeat(2000)}(2)`, { tag: "INSERT 0 2001", fingerprint: "g" }),
    ]);
    expect(lines).toContain("-- and 997 more like it, for other rows");
    expect(lines.filter((line) => line.startsWith("INSERT INTO boats"))).toHaveLength(3);
    expect(lines.at(-1)).toMatch(/\n-- cut: \d+ more characters$/);
    expect(lines.join("\n").length).toBeLessThan(20_000);
  });

  it("shows a cursor that is read to its end by its first rounds", () => {
    const fetch = statement("FETCH FORWARD 10 FROM c", { tag: "FETCH", fingerprint: "f" });
    const lines = scriptLines(Array.from({ length: 1000 }, () => fetch));
    expect(lines).toEqual([
      ...Array.from({ length: 3 }, () => "FETCH FORWARD 10 FROM c;"),
      "-- and 997 more like it, for other rows",
    ]);
  });

  it("sets apart what takes several lines once it is laid out, and what is in another transaction", () => {
    const index =
      "CREATE UNIQUE INDEX CONCURRENTLY boats_of_the_northern_canal ON boats (name, built_in) WHERE gone_at IS NULL";
    const lines = scriptLines([
      statement(index, { transactional: false, transaction: 1 }),
      statement("DROP INDEX a", { transaction: 2 }),
      statement("DROP INDEX b", { transaction: 2 }),
    ]);
    expect(lines.join("\n")).toMatch(/gone_at IS NULL;\n\n-- in another transaction:\nDROP INDEX a;\nDROP INDEX b;$/);
  });
});

it("advice in SQL and in a tool's code is two pieces of code", () => {
  const advice = `Build it concurrently:\n\nCREATE INDEX CONCURRENTLY i ON boats (id);\n\nWith Alembic:\n\nwith op.get_context().autocommit_block():\n    op.execute("CREATE INDEX CONCURRENTLY i ON boats (id)")`;
  expect(paragraphs(advice, 1000)).toEqual([
    "<p>Build it concurrently:</p>",
    "```sql\nCREATE INDEX CONCURRENTLY i ON boats (id);\n```",
    "<p>With Alembic:</p>",
    '```python\nwith op.get_context().autocommit_block():\n    op.execute("CREATE INDEX CONCURRENTLY i ON boats (id)")\n```',
  ]);
});

it("what else a tool has to be told is no part of the SQL above it", () => {
  const help =
    "Build it concurrently:\n\nCREATE INDEX CONCURRENTLY i ON boats (id);\n\nWith dbmate, write this above it.";
  expect(paragraphs(help, 1_000)).toEqual([
    "<p>Build it concurrently:</p>",
    "```sql\nCREATE INDEX CONCURRENTLY i ON boats (id);\n```",
    "<p>With dbmate, write this above it.</p>",
  ]);
  // What was sent may look like anything.
  const stages = "Add a column:\n\nALTER TABLE a ADD b int;\n\nFill it in batches:\n\nDO $$\nBEGIN\nEND $$;";
  expect(paragraphs(stages, 1_000)).toEqual([
    "<p>Add a column:</p>",
    "```sql\nALTER TABLE a ADD b int;\n```",
    "<p>Fill it in batches:</p>",
    "```sql\nDO $$\nBEGIN\nEND $$;\n```",
  ]);
  expect(paragraphs("It fails.\nStatement: DO $$\n\nWith it, a sentence.\n$$;", 1_000)).toHaveLength(3);
});
