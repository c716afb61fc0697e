import { beforeAll, expect, it } from "vitest";
import { plainScript } from "../../src/rules/plain-script.ts";
import { rules } from "../../src/rules/registry.ts";
import { loadParser } from "../../src/sql/parser.ts";
import { judged } from "./fixtures.ts";

beforeAll(loadParser);

const before = `
CREATE TABLE boats (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name varchar(20), code text, lot numeric(6, 2), stay interval(3), draught int
);
CREATE INDEX boats_name ON boats (name);
ALTER TABLE boats ADD CONSTRAINT draught_positive CHECK (draught > 0) NOT VALID;
`;

/** The shapes that look unsafe and are not. */
const shapes = [
  [
    "a stable or constant default in a new column",
    [
      "now()",
      "CURRENT_TIMESTAMP",
      "CURRENT_DATE",
      "timezone('utc', now())",
      "jsonb_build_object()",
      "lower('X')",
      "0",
      "'{}'::text[]",
      "ARRAY[]::text[]",
      "now() + interval '1 day'",
    ].map((value, index) => `ALTER TABLE boats ADD COLUMN added_${index} text DEFAULT (${value})::text`),
  ],
  [
    "a change of type that touches no row",
    [
      "ALTER TABLE boats ALTER COLUMN name TYPE varchar(40)",
      "ALTER TABLE boats ALTER COLUMN name TYPE text",
      "ALTER TABLE boats ALTER COLUMN code TYPE varchar",
      "ALTER TABLE boats ALTER COLUMN lot TYPE numeric(9, 2)",
      "ALTER TABLE boats ALTER COLUMN lot TYPE numeric",
      "ALTER TABLE boats ALTER COLUMN stay TYPE interval(6)",
    ],
  ],
  [
    "statistics, storage parameters, CLUSTER ON and comments",
    [
      "ALTER TABLE boats ALTER COLUMN name SET STATISTICS 500",
      "ALTER TABLE boats ALTER COLUMN name SET (n_distinct = 5)",
      "ALTER TABLE boats SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01)",
      "ALTER TABLE boats CLUSTER ON boats_name",
      "COMMENT ON COLUMN boats.name IS 'as painted'",
    ],
  ],
  ["VALIDATE CONSTRAINT alone", ["ALTER TABLE boats VALIDATE CONSTRAINT draught_positive"]],
  ["another name for an index", ["ALTER INDEX boats_name RENAME TO boats_by_name"]],
] as const;

it.each(shapes.flatMap(([what, statements]) => statements.map((sql) => [what, sql] as const)))(
  "says nothing of %s: %s",
  (_, sql) => {
    const history = [before, `${sql};`].map((text, index) => ({
      up: [plainScript(`${index}.sql`, text)],
      down: [],
      judged: index === 1,
    }));
    const options = { rules, majors: [14, 15, 16, 17, 18], settings: { lock_timeout: "2s" } };
    expect(judged(history, options).findings).toEqual([]);
  },
);
