import { expect, it } from "vitest";
import { formatSql } from "../../src/sql/format-sql.ts";

it.each([
  [
    "what fits on a line is on one",
    'ALTER TABLE "boats"\n   ADD COLUMN "name"\n text NULL;',
    'ALTER TABLE "boats" ADD COLUMN "name" text NULL;',
  ],
  ["a string keeps its lines", "COMMENT ON TABLE boats IS 'one\n  two'", "COMMENT ON TABLE boats IS 'one\n  two'"],
  ["a comment ends where it ends", "SELECT 1 -- one\n, 2", "SELECT\n  1 -- one\n,\n  2"],
  [
    "a body does not stand where the program stood that sent it",
    "DO $$\n        BEGIN\n            IF true THEN\n\n                PERFORM 1;\n            END IF;\n        END\n        $$",
    "DO $$\nBEGIN\n    IF true THEN\n\n        PERFORM 1;\n    END IF;\nEND\n$$",
  ],
  ["a body at the edge stays as it is", "DO $$\nBEGIN\n  NULL;\nEND $$", "DO $$\nBEGIN\n  NULL;\nEND $$"],
])("%s", (_, sql, shown) => expect(formatSql(sql)).toBe(shown));
