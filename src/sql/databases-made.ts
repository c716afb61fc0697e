import { parseTrees } from "./parser.ts";

/** The databases that these statements made, where they made them: those that the server answered with `CREATE DATABASE`. */
export const databasesMade = (
  statements: readonly { readonly sql: string; readonly tag?: string }[],
): readonly string[] =>
  statements
    .filter(({ tag }) => tag === "CREATE DATABASE")
    .flatMap(({ sql }) => {
      const parsed = parseTrees(sql);
      if (parsed.kind !== "parsed") return [];
      return parsed.statements.flatMap(({ node }) =>
        "CreatedbStmt" in node ? ((node["CreatedbStmt"] as { readonly dbname?: string }).dbname ?? []) : [],
      );
    });
