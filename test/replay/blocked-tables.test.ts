import { expect, it } from "vitest";
import { blockedTables } from "../../src/replay/blocked-tables.ts";
import type { RecordedStatement } from "../../src/wire/recording.ts";

const locking = (sql: string, relation: string, lockTimeoutMs?: number): RecordedStatement =>
  ({
    sql,
    evidence: { locks: [{ relation, kind: "table", mode: "ACCESS EXCLUSIVE" }], lockTimeoutMs },
  }) as unknown as RecordedStatement;

it("leaves out what a tool does on the table in which it keeps what is applied, and nothing else", () => {
  const statements = [
    locking("-- as the tool does it\nTRUNCATE schema_migrations", "public.schema_migrations"),
    locking("ALTER TABLE locks ADD COLUMN width int", "public.locks"),
    locking("TRUNCATE schema_migrations_of_boats", "public.schema_migrations_of_boats"),
  ];
  expect(blockedTables(statements, ["schema_migrations"])).toEqual([
    "public.locks",
    "public.schema_migrations_of_boats",
  ]);
  expect(blockedTables(statements, [])).toHaveLength(3);
});

it("leaves out what would give up before anybody saw it wait", () => {
  const statements = [200, 5000, 0].map((ms) => locking("TRUNCATE locks", `public.locks_${ms}`, ms));
  expect(blockedTables(statements, [])).toEqual(["public.locks_5000", "public.locks_0"]);
});
