import { hasStatement, scanStatements, withoutLeadingComments } from "../sql/scan-statements.ts";
import { settingOf, worksOutSetting } from "../sql/setting.ts";
import type { StatementReport } from "../verdict.ts";
import type { RecordedStatement, StepLabel } from "../wire/recording.ts";

type Role = StatementReport["role"];

/** The label of what a tool sends to make its version table, when no migration runs. */
export const preparationStep: StepLabel = { revision: "", direction: "up" };

/**
 * What each statement of a recording is there for. What a tool says of its sessions when no migration runs is its own, where it
 * says the same, in the same order, before anything else; all other settings are the migration's.
 * @throws Error when `loadParser` was not awaited before
 */
export function rolesOf(
  statements: readonly RecordedStatement[],
  versionTables: readonly string[],
): ReadonlyMap<RecordedStatement, Role> {
  const openings = openingsIn(statements, versionTables);
  /** What each connection has said of itself, as long as that is all it has said. */
  const begun = new Map<number, string>();
  return new Map(
    statements.map((statement) => {
      const { connection, sql, values, label } = statement;
      const role = roleOf(statement, versionTables);
      const setting = role === "session" ? settingOf(sql, values) : undefined;
      if (setting?.name === "discard all") begun.delete(connection);
      const said = begun.get(connection) ?? "";
      const more = setting && `${said} ${setting.said}`;
      const isOpening = more === undefined ? role === "session" && said !== over : openings.has(more);
      begun.set(connection, isOpening ? (more ?? said) : over);
      const isOwn = setting !== undefined && setting.name !== "discard all" && !isOpening && !isPreparation(label);
      return [statement, isOwn ? "setting" : role];
    }),
  );
}

/** In the place of what a connection has said of itself, when it has said something else. */
const over = "over";

/** What connections say of themselves before anything else, as far as each has come with it. */
function openingsIn(statements: readonly RecordedStatement[], versionTables: readonly string[]): ReadonlySet<string> {
  const openings = new Set<string>();
  const preparation = statements.filter(({ label }) => isPreparation(label));
  for (const conversation of Map.groupBy(preparation, ({ connection }) => connection).values()) {
    let said = "";
    for (const statement of conversation) {
      if (roleOf(statement, versionTables) !== "session") break;
      const setting = settingOf(statement.sql, statement.values);
      if (setting) openings.add((said = `${said} ${setting.said}`));
    }
  }
  return openings;
}

const isPreparation = (label: StepLabel | undefined): boolean =>
  label?.revision === preparationStep.revision && label.direction === preparationStep.direction;

const sessionNoise =
  /^(?:begin|start\s+transaction|commit|rollback|end|savepoint|release|set\s+(?!constraints)|reset|show|discard|deallocate)\b|^select\s+(?:pg_catalog\.)?(?:version|current_schema|current_database|set_config)\s*\(|^select\s+current_setting\('jit'\)/i;

/**
 * What a statement is there for, seen by itself: whatever is said about a session belongs to that.
 * @throws Error when `loadParser` was not awaited before
 */
export function roleOf(
  { sql, evidence }: RecordedStatement,
  versionTables: readonly string[],
): StatementReport["role"] {
  const text = withoutLeadingComments(sql);
  if (worksOutSetting(text)) return "migration";
  if ((sessionNoise.test(text) && !holdsSeveral(text)) || !hasStatement(text)) return "session";
  if (isBookkeeping(text, versionTables)) return "bookkeeping";
  // Client libraries look up types when they connect; such a lookup locks nothing that anybody else could want.
  const looksUp =
    /^(?:select|with)\b[^;]*\b(?:pg_catalog\.|pg_(?:type|database|namespace|class)\b|information_schema\.)/i.test(text);
  return looksUp && evidence.locks.length === 0 ? "session" : "migration";
}

/** What could not be taken apart is what its first word says, and more. */
function holdsSeveral(text: string): boolean {
  const statements = scanStatements(text);
  statements.next();
  return !statements.next().done;
}

/** Whether a statement, without comments before it, keeps the tool's own record of what is applied. */
export const isBookkeeping = (text: string, versionTables: readonly string[]): boolean =>
  versionTables.some((table) => keepsRecord(text, table));

/** Whether a statement makes, reads or writes this table. A trigger or a policy on it, or another table's row that names it, is the migration's work. */
function keepsRecord(text: string, table: string): boolean {
  const named = `(?:only\\s+)?(?:(?:"(?:[^"]|"")+"|[\\w$]+)\\s*\\.\\s*)?"?${RegExp.escape(table)}"?(?![\\w$"])`;
  const written =
    "insert\\s+into|update|delete\\s+from|truncate(?:\\s+table)?|lock(?:\\s+table)?|create\\s+table(?:\\s+if\\s+not\\s+exists)?";
  return new RegExp(`^(?:(?:${written})\\s+|select\\b[^]*\\bfrom\\s+)${named}`, "i").test(text);
}
