import type pg from "pg";
import type { WorkDatabase } from "../engines/work-database.ts";
import { ConfigurationError } from "../errors.ts";
import type { Files } from "../files.ts";
import type { Project } from "../project.ts";
import { inOwnWords } from "./own-words.ts";

/**
 * Runs the SQL that has to be there before the first migration: the project's prelude, then the dump it starts from.
 * @throws ConfigurationError naming the file, the line and what PostgreSQL said
 */
export async function runPrelude(client: pg.ClientBase, files: Files, project: Project): Promise<void> {
  for (const file of [...project.prelude, ...(project.start ? [project.start.dump] : [])])
    await runFile(client, files, project, { file, when: "before the first migration" });
  // A dump sets search_path and more for its session; the migrations start on a connection of their own, and this one is not kept.
}

/**
 * Puts the rows there that the project has for the first upgrade of a revision: what loops over rows then shows its work.
 * @throws ConfigurationError as `runPrelude` does
 */
export async function runSample(
  database: WorkDatabase,
  files: Files,
  project: Project,
  revision: string,
): Promise<void> {
  const file = project.samples?.[revision];
  if (file === undefined) return;
  await database.withClient((client) => runFile(client, files, project, { file, when: `before \`${revision}\`` }));
}

async function runFile(
  client: pg.ClientBase,
  files: Files,
  project: Project,
  { file, when }: { readonly file: string; readonly when: string },
): Promise<void> {
  if (!files.exists(file))
    throw new ConfigurationError(
      `The configuration names ${file}, which does not exist. Correct the project ${project.name}.`,
    );
  const sql = plainSql(files.text(file), file);
  try {
    await client.query(sql);
  } catch (error) {
    const { code, position } = error as { readonly code?: string; readonly position?: string };
    // A dump is rows: none of its values is quoted.
    const { message } = inOwnWords(
      { kind: "sql", revision: "", sqlState: code ?? "", message: (error as Error).message },
      () => "",
    );
    const before = [...sql].slice(0, Number(position ?? 1) - 1).join("");
    const line = position === undefined ? "" : `:${before.split("\n").length}`;
    const command = /^\\\w*/.exec(sql.slice(before.length, before.length + 40))?.[0];
    if (command !== undefined)
      throw new ConfigurationError(
        `${file}${line} holds ${command}, a command of psql, which the server does not know. Take it out${command === "\\connect" ? ", or make the dump without --create" : ""}.`,
        { cause: error },
      );
    throw new ConfigurationError(`${file}${line} could not be run ${when}: ${message}.`, { cause: error });
  }
}

/** `pg_dump` brackets its output in psql commands that the server does not know; they are blanked so that lines keep their number. */
function plainSql(sql: string, file: string): string {
  if (sql.startsWith("PGDMP"))
    throw new ConfigurationError(`${file} is in pg_dump's own format, and no SQL. Make the dump with --format=plain.`);
  const copy = /^COPY [^;]* FROM stdin;/im.exec(sql);
  if (copy)
    throw new ConfigurationError(
      `${file}:${sql.slice(0, copy.index).split("\n").length} holds rows as COPY data. Make the dump with --schema-only or --inserts.`,
    );
  return sql.replaceAll(/^\\(?:un)?restrict .*$/gm, "");
}
