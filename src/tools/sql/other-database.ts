import { parse as parseToml } from "smol-toml";
import { join, parent, type Place } from "./place.ts";

const name =
  /(^|[/_-])(mysql|mariadb|sqlite3?|mssql|sqlserver|oracle|clickhouse|cassandra|cockroach(db)?|spanner|mongo(db)?|duckdb|snowflake|bigquery|h2|db2)([/_-]|$)/i;

/** Whether a directory is named after another database: a project may keep its migrations for several side by side. */
export const isOtherDatabase = (directory: string): boolean => name.test(directory);

/** Why a directory is left out where there are others: by its name, or by what is written in its files. */
export const whyOtherDatabase = (place: Place): string | undefined =>
  whyNamedOther(place.directory) ?? whyWrittenForOther(place);

/** What no statement of PostgreSQL has. */
const foreign: readonly (readonly [database: string, pattern: RegExp])[] = [
  ["ClickHouse", /^[^'"\n-]*\bENGINE\s*=?\s*\w*MergeTree\b/im],
  ["MySQL", /^[^'"\n-]*\bENGINE\s*=\s*(?:InnoDB|MyISAM)\b|^[^'"\n-]*\bAUTO_INCREMENT\b/im],
  ["SQLite", /^[^'"\n-]*\bPRIMARY\s+KEY\s+AUTOINCREMENT\b/im],
];

/** Told by the first files, which create tables. */
function whyWrittenForOther({ names, folders, path, read }: Place): string | undefined {
  const files = [
    ...names.filter((name) => name.endsWith(".sql")),
    ...folders.flatMap((folder) => [`${folder}/up.sql`, `${folder}/migration.sql`]),
  ].slice(0, 6);
  for (const file of files.map(path)) {
    const text = read(file);
    const found = foreign.find(([, pattern]) => pattern.test(text));
    if (found) return `${file} is written for ${found[0]}`;
  }
  return undefined;
}

/** The same as a sentence: a guess, since a service may be called Oracle and keep its rows in PostgreSQL. */
const whyNamedOther = (directory: string): string | undefined => {
  const found = name.exec(directory)?.[2];
  return found === undefined ? undefined : `${directory} is named after another database, ${found}`;
};

/** Whether the tool that wrote a directory's migrations says that they are another database's. */
export const isSaidToBeOther = (place: Place): boolean => drizzleSays(place) || rustSays(place);

function drizzleSays({ path, read }: Place): boolean {
  const dialect = /"dialect"\s*:\s*"(\w+)"/.exec(read(path("meta/_journal.json")))?.[1];
  return dialect !== undefined && dialect !== "postgresql" && dialect !== "pg";
}

/** sqlx and Diesel are built for the databases that the package names as features, itself or where its workspace does. */
function rustSays({ findUp, read }: Place): boolean {
  const path = findUp("Cargo.toml");
  if (path === undefined) return false;
  const { dependencies, features, workspace } = manifestIn(read(path));
  const root = workspace ?? workspaceOf(path, read);
  const said = ["sqlx", "diesel"].flatMap((name) => {
    const own = dependencies?.[name];
    return own === undefined ? [] : [own, root?.dependencies?.[name]];
  });
  const words = JSON.stringify([said, said.length === 0 ? [] : features]);
  return /sqlite|mysql/i.test(words) && !/postgres/i.test(words);
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, unknown>>;
  readonly features?: unknown;
  readonly workspace?: Pick<Manifest, "dependencies">;
}

function manifestIn(text: string): Manifest {
  try {
    return parseToml(text);
  } catch {
    return {};
  }
}

/** What the nearest manifest above says for all packages below it. */
function workspaceOf(path: string, read: Place["read"]): Manifest["workspace"] {
  for (let at = parent(parent(path)); ; at = parent(at)) {
    const { workspace } = manifestIn(read(join(at, "Cargo.toml")));
    if (workspace !== undefined || at === ".") return workspace;
  }
}
