import { beforeAll, describe, expect, it } from "vitest";
import type { MigrationScript } from "../../src/rules/walk.ts";
import { outsideTransaction } from "../../src/schema/outside-transaction.ts";
import { rules } from "../../src/rules/registry.ts";
import { loadParser } from "../../src/sql/parser.ts";
import { parseScript } from "../../src/sql/parse-script.ts";
import { splitStatements } from "../../src/sql/split-statements.ts";
import { fixture, fixtureSettings, type FixtureMigration, judged, scriptOf } from "./fixtures.ts";

beforeAll(loadParser);

/** What is found, without where: layout may move lines. */
function judgement(id: string, scripts: readonly MigrationScript[]): readonly string[] {
  const migrations = scripts.map((script) => ({ up: [script], down: [], judged: true }));
  const { findings } = judged(migrations, { rules, majors: [14, 15, 16, 17, 18], settings: fixtureSettings(id) });
  return findings.map(({ ruleId, severity, relation, file, evidence }) =>
    [
      file,
      ruleId,
      severity,
      relation,
      ...(evidence?.locks ?? []).map(({ mode, relation: name }) => `${mode} ${name}`),
      ...(evidence?.rewrites ?? []),
      ...(evidence?.scans ?? []),
    ].join(" "),
  );
}

/** Changes the text between tokens, leaving strings, quoted names, dollar quotes and comments as they are. */
function betweenTokens(text: string, change: (piece: string) => string): string {
  return text
    .split(/('(?:[^']|'')*'|"(?:[^"]|"")*"|\$\$[^]*?\$\$|--[^\n]*)/)
    .map((piece, index) => (index % 2 === 1 ? piece : change(piece)))
    .join("");
}

const layouts: readonly (readonly [string, (text: string) => string])[] = [
  [
    "a comment in front of every statement",
    (text) =>
      splitStatements(text)
        .map(({ sql }) => sql.replace(/^(\s*(?:--[^\n]*\n\s*)*)/, "$1/* so; */ "))
        .join(""),
  ],
  ["comments between the words", (text) => betweenTokens(text, (piece) => piece.replaceAll(/ +/g, " /* ' */ "))],
  ["a line for every word", (text) => betweenTokens(text, (piece) => piece.replaceAll(/ +/g, "\n  "))],
  ["upper case", (text) => betweenTokens(text, (piece) => piece.toUpperCase())],
  ["lower case", (text) => betweenTokens(text, (piece) => piece.toLowerCase())],
  ["CRLF", (text) => text.replaceAll("\n", "\r\n")],
];

/** Statements that a block cannot hold, or that are judged as what they are there. */
const notInBlock = ["TransactionStmt", "SelectStmt", "DoStmt", "CallStmt", "VariableSetStmt"];

/** A migration whose messages are `DO` blocks, where all its statements may stand in one; else nothing. */
function inBlocks(script: MigrationScript): MigrationScript | undefined {
  const fits = script.pieces
    .flatMap(({ sql }) => parseScript(sql))
    .every(
      (statement) =>
        statement.kind === "parsed" &&
        !notInBlock.some((kind) => kind in statement.node) &&
        outsideTransaction(statement.node) === undefined,
    );
  const pieces = script.pieces.map((piece) => ({ ...piece, sql: `DO $do$ BEGIN ${piece.sql}\nEND $do$;` }));
  return fits ? { ...script, pieces } : undefined;
}

const withText = (migration: FixtureMigration, text: string): FixtureMigration => ({ ...migration, text });

describe.each(rules.map(({ id }) => [id] as const))("%s", (id) => {
  const migrations = fixture(id, "bad");
  const plain = () => judgement(id, migrations.map(scriptOf));

  it.each(layouts)("is the same with %s", (_, change) => {
    const changed = migrations.map((migration) => withText(migration, change(migration.text)));
    expect(judgement(id, changed.map(scriptOf))).toEqual(plain());
  });

  it("is the same when each statement is sent alone in the same transaction", () => {
    const alone = migrations.map(scriptOf).map((script) => ({
      ...script,
      pieces: script.pieces.flatMap(({ sql, line }) =>
        parseScript(sql).map((statement) => ({ sql: statement.sql, line: (line ?? 1) + statement.line - 1 })),
      ),
    }));
    expect(judgement(id, alone)).toEqual(plain());
  });

  it("is the same inside a block", () => {
    const scripts = migrations.map(scriptOf);
    const wrapped = scripts.map(inBlocks);
    const judgedBlocks = scripts.map((script, index) => wrapped[index] ?? script);
    expect(judgement(id, judgedBlocks)).toEqual(judgement(id, scripts));
  });

  it("is the same with schema names", () => {
    const qualified = migrations.map((migration) =>
      withText(
        migration,
        migration.text.replaceAll(
          /\b(TABLE|TABLE ONLY|ON|REFERENCES|UPDATE|DELETE FROM) (boats|passages|lanes|berths)\b(?!\.)/g,
          "$1 public.$2",
        ),
      ),
    );
    expect(judgement(id, qualified.map(scriptOf))).toEqual(plain());
  });
});

it("most of what is bad fits into blocks", () => {
  const fits = rules.filter(({ id }) => fixture(id, "bad").slice(1).map(scriptOf).some(inBlocks));
  expect(fits.length).toBeGreaterThan(rules.length * 0.7);
});
