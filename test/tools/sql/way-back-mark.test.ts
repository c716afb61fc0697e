import { describe, expect, it } from "vitest";
import { workingTree } from "../../../src/files/working-tree.ts";
import { lint } from "../../../src/lint.ts";
import { loadParser } from "../../../src/sql/parser.ts";
import { gooseStatements } from "../../../src/tools/sql/goose-statements.ts";
import { plain } from "../../../src/tools/sql/layouts/plain.ts";
import { sqlMigrateStatements } from "../../../src/tools/sql/sql-migrate-statements.ts";
import { sql } from "../../../src/tools/sql/tool.ts";
import { wayBackMark } from "../../../src/tools/sql/way-back-mark.ts";
import { projectOf } from "../../lineage/drawn-history.ts";
import { testRepository } from "../../support/repository.ts";

const up = "CREATE TABLE boats (id bigint PRIMARY KEY);";
const down = "DROP TABLE boats;";

describe("where a way back begins", () => {
  it.each([
    "-- Down Migration",
    "--//@UNDO",
    "-- rambler down",
    "-- +micrate Down",
    "--- DOWN ---",
    "-- rollback:",
    "  -- @undo",
  ])("is at %s", (mark) => {
    expect(wayBackMark(`-- up\n${up}\n\n${mark}\n${down}\n`)).toEqual({ line: 4, mark: mark.trim() });
  });

  it.each([
    ["a sentence", `${up}\n-- slow down the boats\n${down}\n`],
    ["a way back that is only a comment", `${up}\n-- Down\n-- ${down}\n`],
    ["a file that is a way back", `-- Down Migration\n${down}\n`],
    ["a word in a statement", `${up}\nINSERT INTO boats VALUES (1); -- down the river\n${down}\n`],
  ])("is not at %s", (_, text) => {
    expect(wayBackMark(text)).toBeUndefined();
  });
});

it("SQL files of an unknown tool are not sent whole where they hold a way back", async () => {
  await loadParser();
  using repository = testRepository({
    "migrations/001_boats.sql": `-- Up Migration\n${up}\n-- Down Migration\n${down}\n`,
    "migrations/002_locks.sql": `-- Up Migration\n${up.replace("boats", "locks")}\n-- Down Migration\n${down}\n`,
  });
  const files = workingTree(repository.root);
  const projects = sql.detect(files).map((each) => projectOf(each));
  expect(projects.map(({ layout }) => layout)).toEqual(["plain"]);
  expect(plain.readHistory(files, ["migrations"]).problems).toEqual([
    expect.objectContaining({
      kind: "unreadable",
      message: expect.stringContaining(
        'migrations/001_boats.sql:3 (and in 1 more of its directory): "-- Down Migration"',
      ),
      revisions: ["001_boats", "002_locks"],
    }),
  ]);
  const { verdict, coverage } = await lint({ projects: { files, projects } });
  expect(verdict).toBe("failed");
  expect(coverage).toMatchObject({ judged: 0, unread: 2 });
});

it("goose refuses a body without a block", () => {
  const body = "CREATE FUNCTION one() RETURNS int LANGUAGE plpgsql AS $one$\nBEGIN\n  RETURN 1;\nEND $one$;\n";
  expect(() => gooseStatements(`-- +goose Up\n${body}`, "1.sql", "up", {})).toThrow(
    'goose cuts the statement at 1.sql:2 at a semicolon inside its body; write "-- +goose StatementBegin" above it',
  );
  const block = `-- +goose Up\n-- +goose StatementBegin\n${body}-- +goose StatementEnd\n`;
  expect(gooseStatements(block, "1.sql", "up", {}).pieces).toHaveLength(1);
});

describe("sql-migrate refuses", () => {
  it.each([
    ["a statement without an end", "-- +migrate Up\nSELECT 1\n", "not ended by a semicolon", 2],
    ["one that the way back cuts", "-- +migrate Up\n\nSELECT 1\n-- +migrate Down\nSELECT 2;\n", "not ended", 3],
    ["a block without an end", "-- +migrate Up\n-- +migrate StatementBegin\nSELECT 1;\n", "StatementEnd", 2],
    [
      "a body without a block",
      "-- +migrate Up\nCREATE FUNCTION one() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  RETURN 1;\nEND $$;\n",
      'write "-- +migrate StatementBegin" above it',
      2,
    ],
    ["a mark without a command", "-- +migrate Up\nSELECT 1;\n-- +migrate \n", "names no command", 3],
    ["a file without marks", "SELECT 1;\n", 'no "-- +migrate Up"', undefined],
  ])("%s", (_, text, message, line) => {
    const read = () => sqlMigrateStatements(text, "1.sql", "up");
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ line }));
  });

  it("a transaction around one way alone", () => {
    const text = "-- +migrate Up\nSELECT 1;\n-- +migrate Down notransaction\nSELECT 2;\n";
    const has = (direction: "up" | "down") => sqlMigrateStatements(text, "1.sql", direction).transaction;
    expect([has("up"), has("down")]).toEqual([true, false]);
  });

  it("no comment behind the last statement", () => {
    const text = "-- +migrate Up\nSELECT 1;\n-- that is all\n-- +migrate Down\n-- nothing\n";
    expect(sqlMigrateStatements(text, "1.sql", "up").pieces).toEqual([{ sql: "SELECT 1;", line: 2 }]);
    expect(sqlMigrateStatements(text, "1.sql", "down").pieces).toEqual([]);
  });
});
