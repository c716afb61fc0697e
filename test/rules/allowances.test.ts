import { describe, expect, it } from "vitest";
import { allowanceComments } from "../../src/rules/allowances.ts";

const isKnown = (id: string) => id === "drop-column" || id === "rename-column";
const read = (file: string, text: string, lines: readonly number[], wentDown = true) =>
  allowanceComments(file, text, () => new Set(lines), isKnown, wentDown);

const python = `"""boats

Revision ID: a1
"""
# headgate: allow rename-column: nobody reads it
from alembic import op


def upgrade():
    # headgate: allow drop-column: gone from the code since May
    # told twice
    op.drop_column("boats", "name")


def downgrade():
    # headgate: allow drop-column: never taken
    pass
`;

describe("Python", () => {
  it("holds for the whole file above its first function, and for the operation below it elsewhere", () => {
    expect(read("a1.py", python, [12]).valid).toEqual([
      { ruleId: "rename-column", reason: "nobody reads it", line: 5 },
      { ruleId: "drop-column", reason: "gone from the code since May", line: 10, targetLine: 12 },
      { ruleId: "drop-column", reason: "never taken", line: 16, targetLine: 17 },
    ]);
  });

  it("says nothing of a way back that was not taken", () => {
    expect(read("a1.py", python, [12], false).valid.map(({ line }) => line)).toEqual([5, 10]);
  });
});

it("TypeScript: line comments and block comments, above the class and before the operation", () => {
  const text = `// headgate: allow rename-column: nobody reads it
export class Migration1 extends Migration {
  async up() {
    /* headgate: allow drop-column: gone */
    this.addSql("alter table boats drop column name");
  }
}
`;
  expect(read("m.ts", text, [5]).valid).toEqual([
    { ruleId: "rename-column", reason: "nobody reads it", line: 1 },
    { ruleId: "drop-column", reason: "gone", line: 4, targetLine: 5 },
  ]);
});

it.each([
  ["m.sql", "DROP TABLE boats; -- headgate: allow drop-column: gone"],
  ["m.sql", "DROP TABLE boats; /* headgate: allow drop-column: gone */"],
  ["m.py", 'op.drop_table("boats")  # headgate: allow drop-column: gone'],
  ["m.ts", "this.addSql(`drop table boats`); // headgate: allow drop-column: gone"],
])("%s: behind code it allows nothing, and that is said: %s", (file, text) => {
  expect(read(file, text, [1])).toEqual({
    valid: [],
    invalid: [{ line: 1, problem: "This allowance stands behind code, where it allows nothing." }],
  });
});

it.each(["SELECT '-- headgate: allow drop-column: gone';", "-- write -- headgate: allow drop-column: reason"])(
  "SQL: what only mentions one is none: %s",
  (text) => expect(read("m.sql", text, [1])).toEqual({ valid: [], invalid: [] }),
);

it("SQL: a block comment on a line of its own is one too", () => {
  const text = "/* headgate: allow drop-column: gone */\n/* twice told */\nALTER TABLE boats DROP COLUMN name;\n";
  expect(read("m.sql", text, [3]).valid).toEqual([{ ruleId: "drop-column", reason: "gone", line: 1, targetLine: 3 }]);
});

it("SQL: a rule that does not exist, no reason, no sense; a one-way declaration is no allowance", () => {
  const text = `-- headgate: allow drop-col: gone
-- headgate: allow drop-column
-- headgate: please
-- headgate: one-way: the rows are gone
ALTER TABLE boats DROP COLUMN name;
`;
  const { valid, invalid } = read("1.sql", text, [5]);
  expect(valid).toEqual([]);
  expect(invalid.map(({ line }) => line)).toEqual([1, 2, 3]);
});
