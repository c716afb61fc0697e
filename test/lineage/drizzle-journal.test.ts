import { beforeAll, describe, expect, it } from "vitest";
import { workingTree } from "../../src/files/working-tree.ts";
import { changesOf, differingMigrations } from "../../src/lineage/changed-migrations.ts";
import { judgeChanges } from "../../src/lineage/judge-changes.ts";
import { loadParser } from "../../src/sql/parser.ts";
import { withoutPasswords } from "../../src/sql/without-passwords.ts";
import { sql } from "../../src/tools/sql/tool.ts";
import { testRepository } from "../support/repository.ts";
import { projectOf } from "./drawn-history.ts";

/** As drizzle-kit 0.31 writes it. */
const journal = (...entries: readonly (readonly [tag: string, when: number])[]): string =>
  JSON.stringify(
    {
      version: "7",
      dialect: "postgresql",
      entries: entries.map(([tag, when], idx) => ({ idx, version: "7", when, tag, breakpoints: true })),
    },
    undefined,
    2,
  );
const table = (name: string): string =>
  `CREATE TABLE "${name}" (\n\t"id" bigint PRIMARY KEY NOT NULL,\n\t"wick" text\n);\n`;
const boats = ["0000_boats", 1_795_742_962_280] as const;
const lamps = ["0001_lamps", 1_795_742_966_024] as const;
const base = {
  "drizzle/meta/_journal.json": journal(boats, lamps),
  "drizzle/0000_boats.sql": table("boats"),
  "drizzle/0001_lamps.sql": table("lamps"),
};

/** What is said of a branch that turns the history into this one. */
function said(changed: Readonly<Record<string, string>>): readonly string[] {
  using before = testRepository(base);
  using after = testRepository(changed);
  const project = projectOf({ tool: "sql", layout: "drizzle", migrations: ["drizzle"] });
  const [earlier, later] = [before, after].map(({ root }) => {
    const files = workingTree(root);
    return { files, project, history: sql.readHistory(files, project) };
  });
  if (!earlier || !later) throw new Error("There are two of them.");
  const changes = changesOf(differingMigrations(earlier, later), earlier, later, sql, withoutPasswords);
  return judgeChanges(changes, { tool: sql, project, exemptions: [], today: "2026-01-01" }).map(
    ({ ruleId, file, message }) => `${ruleId} ${file}: ${message}`,
  );
}

beforeAll(loadParser);

describe("a history of Drizzle", () => {
  it("may grow", () => {
    const more = { "drizzle/meta/_journal.json": journal(boats, lamps, ["0002_docks", 1_795_742_970_000]) };
    expect(said({ ...base, ...more, "drizzle/0002_docks.sql": table("docks") })).toEqual([]);
  });

  it("was edited", () => {
    expect(said({ ...base, "drizzle/0001_lamps.sql": table("lanterns") })).toEqual([
      expect.stringMatching(/^migration-edited drizzle\/0001_lamps\.sql: .* Drizzle does not notice/),
    ]);
  });

  it("lost a migration, as `drizzle-kit drop` takes it out", () => {
    const { "drizzle/0001_lamps.sql": _, ...rest } = base;
    expect(said({ ...rest, "drizzle/meta/_journal.json": journal(boats) })).toEqual([
      expect.stringMatching(/^migration-deleted drizzle\/0001_lamps\.sql: /),
    ]);
  });

  it("has a migration made anew, at a later time", () => {
    const later = journal(boats, [lamps[0], lamps[1] + 5000]);
    expect(said({ ...base, "drizzle/meta/_journal.json": later })).toEqual([
      expect.stringMatching(
        /^migration-edited drizzle\/0001_lamps\.sql: .* recorded as 1795742971024 instead of 1795742966024 .* run the migration again/,
      ),
    ]);
  });

  it("gave a migration another name, which Drizzle does not look at", () => {
    const { "drizzle/0001_lamps.sql": text, ...rest } = base;
    const renamed = { "drizzle/meta/_journal.json": journal(boats, ["0001_lights", lamps[1]]) };
    expect(said({ ...rest, ...renamed, "drizzle/0001_lights.sql": text })).toEqual([]);
    expect(said({ ...rest, ...renamed, "drizzle/0001_lights.sql": table("lights") })).toEqual([
      expect.stringMatching(/^migration-edited drizzle\/0001_lights\.sql: /),
    ]);
  });
});
