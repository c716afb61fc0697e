import { quoteIdentifier } from "../../../sql/quote-identifier.ts";
import { flywayHistory, versioned, withoutPrefix } from "../flyway-history.ts";
import { flywayScript } from "../flyway-script.ts";
import { type FlywaySettings, flywaySettings } from "../flyway-settings.ts";
import { flywayVersionTable } from "../flyway-version-table.ts";
import { type AtOnceLayout, type Layout, ScriptError, type Source } from "../layout.ts";
import { parent } from "../place.ts";
import { springFiles, springFlywaySettings } from "../spring-settings.ts";

const configurations = ["flyway.toml", "flyway.conf"];

/** Flyway: `V1_2__name.sql` in the order of its numbers, then `R__name.sql` by name; `U1_2__name.sql` is the way back. */
export const flyway: Layout = {
  name: "flyway",
  title: "Flyway",
  docsUrl: "https://documentation.red-gate.com/fd/migrations-184127470.html",
  outsideTransaction:
    "Flyway runs a file that holds only what it knows to need this outside a transaction, and any file whose script configuration (its name with `.conf` behind it) says `executeInTransaction=false`. Set `flyway.postgresql.transactional.lock=false` as well: else the statement waits for Flyway's own transaction for ever.",
  stripsByteOrderMark: true,
  versionTable: flywayVersionTable,
  atOnce: (source) => {
    const { group, mixed } = settingsOf(source);
    return group ? inOneGroup(mixed) : undefined;
  },
  connectionSetup: (source) => {
    const created = settingsOf(source).schemas.map((name) => `CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(name)}`);
    return created.length === 0 ? [] : [...created, `SET search_path TO ${searchPath(source)}`];
  },
  searchPath,
  detect: ({ directory, names, findUp, read }) => {
    const isPrefixed = names.some((name) => versioned.test(name) && name.startsWith("V"));
    if (!isPrefixed && !names.some((name) => withoutPrefix.test(name))) return undefined;
    const spring = findUp(...springFiles);
    const says = spring === undefined ? undefined : springFlywaySettings(read(spring), spring, {});
    if (!isPrefixed && says?.get("flyway.sqlmigrationprefix") !== "") return undefined;
    const configFile = findUp(...configurations);
    // Spring Boot runs it from anywhere, and has the say where its file is nearer.
    if (spring !== undefined && says?.size && parent(spring).length >= parent(configFile ?? "").length)
      return { configFile: spring };
    if (configFile === undefined) return {};
    const { locations } = flywaySettings(read(configFile), configFile, {});
    const owner = { directory: parent(configFile), configFile };
    return locations?.includes(directory) ? { ...owner, migrations: locations } : owner;
  },
  readHistory: flywayHistory,
  scripts: (source, { file, downFile }, direction) => {
    const wanted = direction === "up" ? file : downFile;
    return wanted === undefined ? undefined : [flywayScript(source, wanted)];
  },
};

function searchPath(source: Source): string | undefined {
  const [schema] = settingsOf(source).schemas;
  return schema === undefined ? undefined : `${quoteIdentifier(schema)}, "$user", public`;
}

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
