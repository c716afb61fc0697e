import { crc32 } from "node:zlib";
import type { Files } from "../../../files.ts";
import type { HistoryProblem, Revision } from "../../../history.ts";
import { quoteIdentifier } from "../../../sql/quote-identifier.ts";
import { flywayScript } from "../flyway-script.ts";
import { type FlywaySettings, flywaySettings } from "../flyway-settings.ts";
import { editedSince, upTo } from "../../version-record.ts";
import { type AtOnceLayout, type Layout, ScriptError, type Source, type Step, type VersionTable } from "../layout.ts";
import { type Entry, compareText, ignoredFiles, linearHistory } from "../linear-history.ts";
import { notRun, programMigrations } from "../not-run.ts";
import { baseName, parent } from "../place.ts";

const versioned = /^([VU])([0-9][0-9._]*)__(.*)\.sql$/;
const repeatable = /^R__(.*)\.sql$/;
const callback = /^(before|after|create)[A-Z]\w*(__.*)?\.sql$/;
const baseline = /^B[0-9][0-9._]*__.*\.sql$/;
const configurations = ["flyway.toml", "flyway.conf"];

const versionTable: VersionTable = {
  name: "flyway_schema_history",
  qualified: true,
  create: (table) => [
    `CREATE TABLE ${table} ("installed_rank" INT NOT NULL, "version" VARCHAR(50), "description" VARCHAR(200) NOT NULL, ` +
      '"type" VARCHAR(20) NOT NULL, "script" VARCHAR(1000) NOT NULL, "checksum" INTEGER, "installed_by" VARCHAR(100) NOT NULL, ' +
      '"installed_on" TIMESTAMP NOT NULL DEFAULT now(), "execution_time" INTEGER NOT NULL, "success" BOOLEAN NOT NULL)',
    `ALTER TABLE ${table} ADD CONSTRAINT "flyway_schema_history_pk" PRIMARY KEY ("installed_rank")`,
    `CREATE INDEX "flyway_schema_history_s_idx" ON ${table} ("success")`,
  ],
  query: (table) =>
    `SELECT version, description, type, success, checksum FROM ${table} WHERE type <> 'SCHEMA' ORDER BY installed_rank`,
  recorded: (rows, ordered, files) => {
    const repeats = new Map(
      ordered.filter(({ id }) => id.startsWith("R__")).map(({ id, file }) => [id, checksum(files.bytes(file))]),
    );
    const state = new Map<string, boolean>();
    const again = new Set<string>();
    const checksums = new Map<string, number>();
    let unfinished: string | undefined;
    for (const row of rows) {
      const { version, description, type } = row as { version: string | null; description: string; type: string };
      const id = version === null ? repeatedId(description, ordered) : versionId(version, ordered);
      if (row["success"] !== true) unfinished = id;
      else if (type.includes("BASELINE"))
        for (const earlier of upTo(ordered, (one) => isVersion(one.id) && compareVersions(one.id, id) <= 0))
          if (isVersion(earlier)) state.set(earlier, true);
      // A repeatable migration is pending again once its content is another.
      const isCurrent = version !== null || !repeats.has(id) || repeats.get(id) === row["checksum"];
      if (row["success"] !== true) continue;
      if (type === "SQL" && isVersion(id) && typeof row["checksum"] === "number") checksums.set(id, row["checksum"]);
      state.set(id, isCurrent && !/^(?:UNDO|DELETE)/.test(type));
      if (isCurrent) again.delete(id);
      else again.add(id);
    }
    const applied = [...state].filter(([, isApplied]) => isApplied).map(([id]) => id);
    const edited = editedSince(checksums, ordered, files, (sum, content) => checksum(content) === sum);
    return { applied, edited, again: [...again], ...(unfinished === undefined ? {} : { unfinished }) };
  },
  after: (table, step) => [
    {
      sql:
        `INSERT INTO ${table} (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success) ` +
        `SELECT coalesce(max(installed_rank), 0) + 1, $1::text, $2, $3, $4, $5::integer, current_user, 0, true FROM ${table}`,
      values: row(step),
    },
  ],
};

const isVersion = (id: string): boolean => /^[\d.]+$/.test(id);

/** The id that the history has for a version of the table: `1.0` and `1` are the same. */
const versionId = (version: string, ordered: readonly Revision[]): string =>
  ordered.find(({ id }) => isVersion(id) && isVersion(version) && compareVersions(id, version) === 0)?.id ?? version;

const repeatedId = (description: string, ordered: readonly Revision[]): string =>
  ordered.find(({ id, title }) => id.startsWith("R__") && title?.replaceAll("_", " ") === description)?.id ??
  `R__${description.replaceAll(" ", "_")}`;

function row({ revision, direction, source }: Step): readonly unknown[] {
  const description = revision.title?.replaceAll("_", " ");
  const version = repeatable.test(baseName(revision.file)) ? null : revision.id;
  return direction === "down"
    ? [version, description, "UNDO_SQL", baseName(revision.downFile ?? ""), null]
    : [version, description, "SQL", baseName(revision.file), checksum(source)];
}

/** Over the lines without their ends, so that a checkout with other line ends gives the same. */
function checksum(source: Uint8Array): number {
  const lines = new TextDecoder().decode(source).split(/\r\n|\n|\r/);
  return lines.reduce((sum, line) => crc32(line, sum), 0) | 0;
}

/** Flyway: `V1_2__name.sql` in the order of its numbers, then `R__name.sql` by name; `U1_2__name.sql` is the way back. */
export const flyway: Layout = {
  name: "flyway",
  title: "Flyway",
  docsUrl: "https://documentation.red-gate.com/fd/migrations-184127470.html",
  outsideTransaction:
    "Flyway runs a file that holds only what it knows to need this outside a transaction, and any file whose script configuration (its name with `.conf` behind it) says `executeInTransaction=false`. Set `flyway.postgresql.transactional.lock=false` as well: else the statement waits for Flyway's own transaction for ever.",
  stripsByteOrderMark: true,
  versionTable,
  atOnce: (source) => {
    const { group, mixed } = settingsOf(source);
    return group ? inOneGroup(mixed) : undefined;
  },
  connectionSetup: (source) => {
    const { defaultSchema } = settingsOf(source);
    if (defaultSchema === undefined) return [];
    const schema = quoteIdentifier(defaultSchema);
    return [`CREATE SCHEMA IF NOT EXISTS ${schema}`, `SET search_path TO ${schema}, "$user", public`];
  },
  detect: ({ directory, names, findUp, read }) => {
    if (!names.some((name) => versioned.test(name) && name.startsWith("V"))) return undefined;
    const configFile = findUp(...configurations);
    if (configFile === undefined) return {};
    const { locations } = flywaySettings(read(configFile), configFile, {});
    const owner = { directory: parent(configFile), configFile };
    return locations?.includes(directory) ? { ...owner, migrations: locations } : owner;
  },
  readHistory: (files, directories) => {
    // Flyway looks into every folder below its locations.
    const paths = directories.flatMap((directory) => files.list(directory)).filter((path) => path.endsWith(".sql"));
    const undo = new Map<string, string>();
    const numbered: Entry[] = [];
    const repeated: Entry[] = [];
    const others: string[] = [];
    for (const file of paths) {
      const [, kind, version = "", title = ""] = versioned.exec(baseName(file)) ?? [];
      const id = version.replaceAll("_", ".");
      const [, repeatedTitle] = repeatable.exec(baseName(file)) ?? [];
      if (kind === "U") undo.set(canonical(id), file);
      else if (kind === "V") numbered.push({ id, title, file, downgrade: "unsupported" });
      else if (repeatedTitle !== undefined)
        repeated.push({ id: `R__${repeatedTitle}`, title: repeatedTitle, file, downgrade: "unsupported" });
      else others.push(file);
    }
    // Without any undo file the project does not use that edition; with some, a missing one is a gap.
    const missing = undo.size > 0 ? "absent" : "unsupported";
    const entries = numbered
      .toSorted((a, b) => compareVersions(a.id, b.id))
      .map((entry): Entry => {
        const downFile = undo.get(canonical(entry.id));
        return downFile === undefined ? { ...entry, downgrade: missing } : { ...entry, downFile, downgrade: "present" };
      });
    const programs = ["Java", "Kotlin"].map((language) => ({ language, paths: classes(files, directories, language) }));
    return linearHistory(
      [...entries, ...repeated.toSorted((a, b) => compareText(a.id, b.id))],
      [
        ...others.flatMap((file) => leftOver(files, file)),
        ...programs.flatMap(({ language, paths }) => programMigrations(files, paths, language)),
        ...twiceAsProgram(
          entries,
          programs.flatMap(({ paths }) => paths),
        ),
      ],
    );
  },
  scripts: (source, { file, downFile }, direction) => {
    const wanted = direction === "up" ? file : downFile;
    return wanted === undefined ? undefined : [flywayScript(source, wanted)];
  },
};

/** What Flyway makes of a file that is no migration of its line. */
function leftOver(files: Files, file: string): readonly HistoryProblem[] {
  const name = baseName(file);
  if (callback.test(name))
    return [
      notRun(
        files,
        file,
        "a callback, which Flyway runs beside the migrations and not as one of them",
        "What the migrations need of it can be made before them, by SQL files under `prelude:` of the project in headgate.yml.",
      ),
    ];
  if (baseline.test(name))
    return [
      notRun(
        files,
        file,
        "a baseline, which Flyway runs on new databases in the place of all migrations up to its version. Those were looked at, and not whether it makes the same",
        "Compare the schemas that both make.",
      ),
    ];
  return ignoredFiles([file], "its name is none of V…__….sql, U…__….sql, B…__….sql and R__….sql");
}

/** In a module of Maven or Gradle, beside its resources, those of the same Flyway are classes. */
function classes(files: Files, directories: readonly string[], language: string): readonly string[] {
  const modules = directories.flatMap(
    (directory) => /^(.*\/)?src\/main\/(?=resources\/)/.exec(`${directory}/`)?.[0] ?? [],
  );
  const ending = language === "Kotlin" ? ".kt" : ".java";
  return [...new Set(modules)]
    .flatMap((module) => ["java", "kotlin"].flatMap((folder) => files.list(`${module}${folder}`)))
    .filter((path) => path.endsWith(ending) && /^(?:[VU][0-9_.]+|R)__\w+\.\w+$/.test(baseName(path)));
}

/** Flyway refuses to start where a class has the version of a file. Which of them may move, the files alone don't tell. */
const twiceAsProgram = (entries: readonly Entry[], programs: readonly string[]): readonly HistoryProblem[] =>
  programs.flatMap((program): HistoryProblem[] => {
    const version = /^V([0-9_.]+?)__/.exec(baseName(program))?.[1]?.replaceAll("_", ".");
    const entry = entries.find(({ id }) => version !== undefined && canonical(id) === canonical(version));
    if (entry === undefined) return [];
    const files = [entry.file, program];
    const message = `${files.join(" and ")} have the same version, ${entry.id}.`;
    return [{ kind: "duplicate", message, files, revisions: [entry.id], twins: [] }];
  });

function settingsOf({ files, configFile, environment }: Source): FlywaySettings {
  const text = configFile !== undefined && files.exists(configFile) ? files.text(configFile) : "";
  return flywaySettings(text, configFile ?? ".", environment);
}

const inOneGroup = (mixed: boolean): AtOnceLayout => ({
  manner: "in one transaction, as Flyway does it with `group`",
  remedy: "set `group` to false in Flyway's configuration",
  inTransaction: (scripts) => {
    const outside = scripts.find(({ transaction }) => !transaction);
    if (outside && !mixed && scripts.some(({ transaction }) => transaction))
      throw new ScriptError(
        `Flyway refuses to apply ${outside.file}, which cannot run in a transaction, in one group with what can, unless \`mixed\` is set.`,
        outside.file,
      );
    return outside === undefined;
  },
});

const parts = (version: string): readonly bigint[] => version.split(".").filter(Boolean).map(BigInt);

/** `1.0` and `1` are the same version to Flyway. */
const canonical = (version: string): string =>
  parts(version)
    .join(".")
    .replace(/(\.0)+$/, "");

function compareVersions(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0n) - (right[index] ?? 0n);
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  return 0;
}
