import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { judgeMigrations } from "../../src/rules/judge.ts";
import type { JudgeOptions, MigrationInput } from "../../src/rules/judgements.ts";
import type { Finding } from "../../src/finding.ts";
import type { MigrationScript } from "../../src/rules/walk.ts";
import { withoutSaidAlready } from "../../src/rules/said-already.ts";
import { plainScript } from "../../src/rules/plain-script.ts";

/** Where the fixtures of the rules are, one directory each. */
export const fixtureDirectory = fileURLToPath(new URL("../fixtures/rules/", import.meta.url));

/** One migration of a fixture, and the majors that can run it. */
export interface FixtureMigration {
  readonly file: string;
  readonly text: string;
  readonly from: number;
  readonly to: number;
  /** Whether a migration tool wraps it in a transaction whatever it holds. */
  readonly tool: boolean;
}

/** The migrations of one fixture file: each begins with a line such as `-- 1.sql`, `-- 2.sql: PostgreSQL 18` (and later) or `-- 3.sql: tool`. */
export function fixture(id: string, kind: "bad" | "good"): readonly FixtureMigration[] {
  return migrationsIn(readFileSync(`${fixtureDirectory}${id}/${kind}.sql`, "utf8"));
}

/** The migrations of a text of that form. */
function migrationsIn(content: string): readonly FixtureMigration[] {
  const parts = content.split(/^-- (\d+\.sql)(?:: PostgreSQL (\d+)|: (tool))?\r?\n/m);
  const migrations: FixtureMigration[] = [];
  for (let index = 1; index < parts.length; index += 4)
    migrations.push({
      file: parts[index] as string,
      from: Number(parts[index + 1] ?? 0),
      to: 99,
      tool: parts[index + 2] !== undefined,
      text: parts[index + 3] as string,
    });
  return migrations;
}

/** What is sent for a migration. */
export function scriptOf({ file, text, tool }: FixtureMigration): MigrationScript {
  return tool ? { file, text, transaction: true, pieces: [{ sql: text, line: 1 }] } : plainScript(file, text);
}

/** The migrations as one history. */
export function historyOf(migrations: readonly FixtureMigration[]): readonly MigrationInput[] {
  return migrations.map((migration) => ({ up: [scriptOf(migration)], down: [], judged: true }));
}

/** What the rules find in a history, and how many statements they could not read. */
export function judged(
  migrations: readonly MigrationInput[],
  options: JudgeOptions,
): { readonly findings: readonly Finding[]; readonly unread: number } {
  const { findings, unread } = judgeMigrations(migrations, options);
  return { findings: withoutSaidAlready(findings).map(({ finding }) => finding), unread };
}

/** What the runner sets in these tests, so that no fixture has to: the rules about settings set their own. */
export const fixtureSettings = (id: string): Readonly<Record<string, string>> =>
  settingRules.has(id) ? {} : { lock_timeout: "2s" };

const settingRules = new Set(["missing-lock-timeout", "ineffective-lock-timeout", "lock-timeout-too-long"]);
