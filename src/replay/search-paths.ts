import { settingChanges } from "../schema/settings.ts";
import { parseScript } from "../sql/parse-script.ts";
import type { RecordedStatement } from "../wire/recording.ts";

/**
 * The `search_path` in effect at each statement, in the order of the recording: what the server showed, and where nobody
 * asked it, what the connection began with and what its statements set since then.
 */
export function searchPaths(statements: readonly RecordedStatement[]): readonly (string | undefined)[] {
  const connections = new Map<number, { shown?: string; path?: string }>();
  return statements.map((statement) => {
    const connection = connections.get(statement.connection) ?? {};
    connections.set(statement.connection, connection);
    const { searchPath: shown } = statement;
    if (shown !== undefined && shown !== connection.shown) connection.path = connection.shown = shown;
    const { path } = connection;
    if (statement.error === undefined && /search_path/i.test(statement.sql))
      for (const change of changesIn(statement.sql)) {
        if (change.kind === "reset all" || (change.kind === "reset" && change.name === "search_path"))
          delete connection.path;
        else if (change.kind === "set" && change.name === "search_path" && !change.local)
          connection.path = change.value;
      }
    return path;
  });
}

const changesIn = (sql: string) =>
  parseScript(sql).flatMap((statement) => (statement.kind === "unparsed" ? [] : settingChanges(statement.node)));
