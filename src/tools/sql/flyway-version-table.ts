import { crc32 } from "node:zlib";
import type { Revision } from "../../history.ts";
import { editedSince, upTo } from "../version-record.ts";
import { repeatable } from "./flyway-history.ts";
import { compareVersions, isVersion } from "./flyway-versions.ts";
import type { Step, VersionTable } from "./layout.ts";
import { baseName } from "./place.ts";

/** Where Flyway keeps what it applied. */
export const flywayVersionTable: VersionTable = {
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
