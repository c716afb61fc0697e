// A 300-revision history per tool, taken up, down and up again at every revision, with the schema compared at every step.
// Beside it, in the same run, on a server that runs already: the naive way, which is the tool's own command and pg_dump in a loop,
// measured on some of the revisions; and for Alembic pytest-alembic's up/down test, which compares nothing.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbedded } from "../src/engines/embedded.ts";
import type { DatabaseConnection } from "../src/database-connection.ts";
import { currentAlembic, pythonWith } from "../test/support/python.ts";
import { alembicHistory, mikroOrmHistory, sqlHistory, steps } from "./histories.ts";
import { installCommandLine } from "./install-command-line.ts";

const asked = process.argv.slice(2);
/** `node bench/stairway.ts alembic 60` takes one tool and a shorter history. */
const named = asked.find((word) => /^\d+$/.test(word));
const revisions = Number(named ?? 300);
/** What is measured beside pytest-alembic: what a run costs before its first revision counts more in a short history. */
const besidePytest = named === undefined ? [40, 150, 300] : [revisions];
const tools = asked.filter((word) => !/^\d+$/.test(word));
const naiveRevisions = Math.min(15, revisions);
/** The newest server whose `pg_dump` Debian 12 has. */
const postgres = "15";
const pgBin = `/usr/lib/postgresql/${postgres}/bin`;

interface Row {
  readonly tool: string;
  readonly way: string;
  readonly revisions: number;
  readonly msPerRevision: number;
  readonly measured: string;
}

const rows: Row[] = [];

const timed = (action: () => void): number => {
  const startedAt = performance.now();
  action();
  return performance.now() - startedAt;
};

function run(command: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): void {
  const { status, stderr, stdout, error } = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0)
    throw new Error(
      `${command} ${args.join(" ")} ended with ${status ?? error?.message}:\n${stdout.slice(-2000)}\n${stderr.slice(-2000)}`,
    );
}

const directory = mkdtempSync(join(tmpdir(), "headgate-bench-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
const commandLine = await installCommandLine(join(directory, "package"));

const itsOwnServer = ["--engine", "embedded", "--postgres", postgres];

/** The whole command, and with it the start of a server unless it is told of one. */
const headgate = (
  root: string,
  env: Readonly<Record<string, string>> = {},
  engine: readonly string[] = itsOwnServer,
): number => timed(() => run(process.execPath, [commandLine, "check", "--replay", "all", ...engine], root, env));

const url = ({ user, password, host, port, database }: DatabaseConnection): string =>
  `postgresql://${user}:${password}@${host}:${port}/${database}`;

/** Up, down, up for some revisions at the end of the history, each by a command of its own and each followed by `pg_dump`. */
function naive(connection: DatabaseConnection, step: (direction: "up" | "down") => void): number {
  const dump = () =>
    execFileSync(join(pgBin, "pg_dump"), ["--schema-only", "--dbname", url(connection)], { maxBuffer: 1 << 28 });
  return timed(() => {
    for (let index = 0; index < naiveRevisions; index++)
      for (const direction of ["up", "down", "up"] as const) {
        step(direction);
        dump();
      }
  });
}

const history = steps(revisions);
const wanted = (tool: string): boolean => tools.length === 0 || tools.includes(tool);
await using server = await startEmbedded({ postgres });
const fresh = (database: string): DatabaseConnection => {
  const maintenance = url(server.connection(server.maintenanceDatabase));
  run(
    join(pgBin, "psql"),
    ["-qc", `DROP DATABASE IF EXISTS ${database}`, "-c", `CREATE DATABASE ${database}`, maintenance],
    ".",
  );
  return server.connection(database);
};
/** @param history how long the history was of which so many revisions were measured */
const report = (tool: string, way: string, totalMs: number, count: number, history = revisions) => {
  rows.push({
    tool,
    way,
    revisions: history,
    msPerRevision: totalMs / count,
    measured: `${count} revisions in ${(totalMs / 1000).toFixed(1)} s`,
  });
  console.log(`${tool}: ${way}: ${(totalMs / count).toFixed(1)} ms a revision (${count} revisions)`);
};

if (!existsSync(join(pgBin, "pg_dump"))) {
  console.error(`This needs PostgreSQL ${postgres}'s pg_dump and psql in ${pgBin}.`);
  process.exit(3);
}
const start = revisions - naiveRevisions;

if (wanted("sql")) {
  const root = sqlHistory(history);
  report("sql", "headgate check", headgate(root), revisions);
  const connection = fresh("canals");
  for (const { up } of history.slice(0, start)) execFileSync(join(pgBin, "psql"), ["-qc", up, url(connection)]);
  let at = start;
  const step = (direction: "up" | "down") => {
    const migration = history[direction === "up" ? at++ : --at];
    run(join(pgBin, "psql"), ["-qc", migration?.[direction] as string, url(connection)], root);
  };
  report("sql", "psql and pg_dump in a loop", naive(connection, step), naiveRevisions);
  rmSync(root, { recursive: true });
}

if (wanted("alembic")) {
  const python = await pythonWith([...currentAlembic, "pytest<9", "pytest-alembic"]);
  for (const count of besidePytest) {
    const root = alembicHistory(steps(count));
    const environment = { VIRTUAL_ENV: join(python, "../.."), DATABASE_URL: "postgresql+psycopg2://" };
    report("alembic", "headgate check", headgate(root, environment), count, count);
    const there = ["--engine", "url", "--database-url", url(fresh("gate"))];
    report("alembic", "headgate check on the same server", headgate(root, environment, there), count, count);
    const connection = fresh("canals");
    const DATABASE_URL = url(connection).replace("postgresql://", "postgresql+psycopg2://");
    const pytest = () => run(python, ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"], root, { DATABASE_URL });
    report("alembic", "pytest-alembic's up/down test", timed(pytest), count, count);
    if (count === revisions) {
      fresh("canals");
      const alembic = (...args: readonly string[]) => run(python, ["-m", "alembic", ...args], root, { DATABASE_URL });
      if (start > 0) alembic("upgrade", String(start).padStart(4, "0"));
      const naiveMs = naive(connection, (direction) =>
        direction === "up" ? alembic("upgrade", "+1") : alembic("downgrade", "-1"),
      );
      report("alembic", "alembic and pg_dump in a loop", naiveMs, naiveRevisions);
    }
    rmSync(root, { recursive: true });
  }
}

if (wanted("mikro-orm")) {
  const root = mikroOrmHistory(history);
  report("mikro-orm", "headgate check", headgate(root), revisions);
  const connection = fresh("canals");
  const environment = { DATABASE_URL: url(connection), MIKRO_ORM_CLI_CONFIG: "./mikro-orm.config.js" };
  const cli = (...args: readonly string[]) =>
    run(process.execPath, ["node_modules/@mikro-orm/cli/cli.js", ...args], root, environment);
  if (start > 0) cli("migration:up", "--to", `Migration2026010100${String(start).padStart(4, "0")}`);
  let at = start;
  const name = (index: number) => `Migration2026010100${String(index).padStart(4, "0")}`;
  const step = (direction: "up" | "down") =>
    direction === "up" ? cli("migration:up", "--only", name(++at)) : cli("migration:down", "--only", name(at--));
  report("mikro-orm", "mikro-orm and pg_dump in a loop", naive(connection, step), naiveRevisions);
  rmSync(root, { recursive: true });
}

console.log("\n| tool | history | way | ms a revision | ratio to headgate | measured |\n|---|---|---|---|---|---|");
for (const row of rows) {
  const own = rows.find(
    ({ tool, way, revisions: long }) => tool === row.tool && long === row.revisions && way === "headgate check",
  ) as Row;
  console.log(
    `| ${row.tool} | ${row.revisions} | ${row.way} | ${row.msPerRevision.toFixed(1)} | ${(row.msPerRevision / own.msPerRevision).toFixed(2)} | ${row.measured} |`,
  );
}
