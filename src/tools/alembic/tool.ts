import { posix } from "node:path";
import { optional } from "../../optional.ts";
import type { Project } from "../../project.ts";
import type { Revision } from "../../history.ts";
import type { Tool } from "../tool.ts";
import { detect } from "./detect.ts";
import { statedVersionTable } from "./version-table.ts";
import { readHistory } from "./read-history.ts";
import { pythonText } from "./python-text.ts";
import { revisionCode } from "./revision-code.ts";

/** Alembic, also behind Flask-Migrate or configured in code, run by the project's own Python. */
export const alembic: Tool = {
  name: "alembic",
  title: "Alembic",
  docsUrl: "https://alembic.sqlalchemy.org/",
  outsideTransaction: () =>
    "With Alembic, run it inside `with op.get_context().autocommit_block():`, in a revision of its own.",
  // `version_num VARCHAR(32)`.
  revisionIdLimit: 32,
  detect,
  readHistory,
  code: (files, _project, { file }) => revisionCode(pythonText(files, file)),
  runner: ({ configFile, section, migrations }) => ({
    kind: "driver",
    runtime: "python",
    driver: new URL("driver/main.py", import.meta.url),
    rendersOffline: true,
    runsTogether: true,
    holdsRuns: true,
    atOnce: {
      manner:
        "in one run, as `alembic upgrade` does it: on one connection, and in one transaction unless env.py says otherwise",
      remedy: "set `transaction_per_migration=True` in `context.configure()` of env.py",
    },
    settings: {
      ...(configFile === undefined ? {} : { configFile }),
      ...(section === undefined ? {} : { section }),
      // Count only where the configuration does not say it.
      ...optional("scriptLocation", migrations[0] && scriptLocation(migrations[0])),
      versionLocations: migrations,
    },
  }),
  versionRecord: (files, project) => ({
    name: statedVersionTable(files, project),
    formerName: "alembic_version",
    positional: true,
    columns: ["version_num"],
    query: (table) => `SELECT version_num FROM ${table}`,
    // A row for each head: what it stands on is applied too.
    recorded: (rows, ordered) => ({
      applied: withAncestors(
        rows.map((row) => String(row["version_num"])),
        ordered,
      ),
    }),
  }),
  mergeCommand: (project, heads) => [...mergeCommand(project), "-m", '"merge heads"', ...heads.map(quote)].join(" "),
};

/** The folder of `env.py`, of which the version files are in `versions`, or, one for each database, below it. */
const scriptLocation = (versions: string): string =>
  posix.basename(posix.dirname(versions)) === "versions"
    ? posix.dirname(posix.dirname(versions))
    : posix.dirname(versions);

function withAncestors(heads: readonly string[], ordered: readonly Revision[]): readonly string[] {
  const found = new Set(heads);
  for (const { id, downRevisions, dependsOn } of ordered.toReversed())
    if (found.has(id)) for (const parent of [...downRevisions, ...dependsOn]) found.add(parent);
  return [...found];
}

function mergeCommand({ configFile, section, directory, migrations: [versions] }: Project): readonly string[] {
  const name = section === undefined ? [] : ["-n", quote(section)];
  if (configFile === undefined) return ["alembic", ...name, "merge"];
  const folder = posix.dirname(configFile);
  // Flask-Migrate keeps its ini file beside env.py.
  if (folder !== directory && versions !== undefined && folder === scriptLocation(versions)) {
    const place = posix.relative(directory, folder);
    return ["flask", "db", "merge", ...(place === "migrations" ? [] : ["-d", quote(place)])];
  }
  const isDefault = folder === directory && ["alembic.ini", "pyproject.toml"].includes(posix.basename(configFile));
  return ["alembic", ...(isDefault ? [] : ["-c", quote(posix.relative(directory, configFile))]), ...name, "merge"];
}

/** Names come from files that strangers wrote, and the command is meant to be pasted. */
const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
