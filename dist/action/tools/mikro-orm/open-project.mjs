import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { watchImports } from "./imports.mjs";
import { loadConfig } from "./load-config.mjs";
import { listMigrations, migrationFolder } from "./migrations.mjs";
import { watchOpened } from "./opened-files.mjs";
import { mismatch, projectPackages } from "./project-packages.mjs";
import { clearEnvironment, redirectConfig, silentLogger } from "./redirect-config.mjs";
import { SetupError } from "./setup-error.mjs";
import { statementPlaces } from "./statement-places.mjs";
import { describeThrown } from "./step-failure.mjs";
import { importJavaScript, supportTypeScript } from "./typescript-support.mjs";

/** Loads MikroORM's packages. */
export const loadMikroOrm = async (packages) =>
  packages.load("@mikro-orm/core", "@mikro-orm/migrations", "@mikro-orm/postgresql");

/** Loads MikroORM from the project, and the project's configuration, and connects to nothing. */
export async function openProject({ repository, directory, settings, connection }) {
  const packages = projectPackages(directory);
  const { version, loaded } = await loadMikroOrm(packages);
  const [core, { Migrator }, { PostgreSqlDriver }] = loaded;
  const major = Number.parseInt(version);
  const detected = settings.migrations.map((folder) => join(repository, folder));
  const preferSources = wantsSources(packages.settings);
  const hasTypeScript = preferSources && [settings.configFile ?? "", ...detected.flatMap(filesIn)].some(isTypeScript);
  // Before any loader: what is asked last is seen by who comes first.
  const opened = watchOpened();
  const imports = watchImports(packages.require, opened.by);
  const importFile = hasTypeScript ? await supportTypeScript(packages, major, core) : importJavaScript(packages);

  // MikroORM 5 and 6 read `.env` before the configuration, which may rely on it.
  core.ConfigurationLoader?.registerDotenv?.({ baseDir: directory });
  clearEnvironment();
  const raw = await loadConfig({ ...settings, repository, directory, importFile });
  // A configuration may itself have read `.env`.
  clearEnvironment();

  const refused = {};
  const logger = silentLogger((sql, params) =>
    Object.assign(refused, { statement: { sql, formatted: format(sql, params) } }),
  );
  const format = (sql, params) => {
    try {
      return orm.config.getPlatform().formatQuery(sql, params);
    } catch {
      return sql;
    }
  };
  const options = redirectConfig(raw, { connection, major, preferSources, importFile, PostgreSqlDriver, logger });
  if (settings.configFile === undefined)
    options.migrations = { ...options.migrations, path: onlyFolder(detected, repository) };
  const warnings = [];
  let orm = await initialize(core, major, options, needsEntities(detected, raw), warnings, repository);

  const folder = await findFolder(() => new Migrator(orm.em), orm.config, detected, repository, warnings);
  /** One that remembers nothing of the database: what MikroORM keeps about its table is wrong after the database was replaced. */
  const newMigrator = async () => {
    const migrator = new Migrator(orm.em);
    await migrator.resolvePaths?.();
    migrator.absolutePath ??= folder;
    // The names are exact: a number of 14 digits is not to be expanded to what a generated file would be called.
    migrator.getMigrationFilename = (name) => name;
    return migrator;
  };
  return {
    version,
    orm,
    newMigrator,
    migrations: await listMigrations(await newMigrator()),
    folder,
    importFile,
    imports,
    opened,
    warnings,
    places: statementPlaces(repository),
    runsAtOnce: raw.migrations?.allOrNothing !== false && raw.migrations?.transactional !== false,
    refused,
  };
}

const isTypeScript = (path) => /\.[mc]?ts$/.test(path);

const filesIn = (folder) => (existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []);

/** MikroORM's command line prefers the sources to what was compiled from them, unless it is told not to. */
function wantsSources(settings) {
  const stated =
    process.env.MIKRO_ORM_CLI_PREFER_TS ??
    process.env.MIKRO_ORM_CLI_USE_TS_NODE ??
    settings.preferTs ??
    settings.useTsNode;
  return stated === undefined || ["true", "t", "1"].includes(String(stated).toLowerCase());
}

function onlyFolder(detected, repository) {
  if (detected.length === 1) return detected[0];
  const found = detected.map((path) => relative(repository, path)).join(", ");
  throw new SetupError(
    `Without a MikroORM configuration file there must be one folder of migrations${found ? `, and there are several: ${found}` : ""}. ` +
      "Name it as `migrations` of the project in headgate.yml.",
  );
}

/**
 * Entities matter to a migration only if it asks for an entity manager. Where none does, they are left out: discovering
 * them can take longer than all migrations together, and fail for reasons that no migration has.
 */
function needsEntities(folders, { migrations }) {
  const texts = [
    ...folders
      .flatMap(filesIn)
      .filter((path) => /\.[mc]?[jt]s$/.test(path))
      .map((path) => readFileSync(path, "utf8")),
    ...(migrations?.migrationsList ?? []).map((entry) => String(entry.class ?? entry)),
  ];
  return texts.some((text) =>
    /\bgetEntityManager\b|\bthis\.driver\b|\bthis\.config\b|\bextends\s+(?!Migration\b)\w+/.test(text),
  );
}

async function initialize(core, major, options, withEntities, warnings, repository) {
  const init = (chosen) => (major === 5 ? core.MikroORM.init(chosen, false) : core.MikroORM.init(chosen));
  const without = { ...options, entities: [], entitiesTs: [] };
  if (withEntities)
    try {
      return await init(options);
    } catch (error) {
      if (isVersionMismatch(error)) throw differentVersions(error);
      warnings.push(
        `The project's entities could not be loaded (${describeThrown(error, repository).message}); the migrations run without them.`,
      );
    }
  try {
    return await init(without);
  } catch (error) {
    if (isVersionMismatch(error)) throw differentVersions(error);
    const { message, file, line } = describeThrown(error, repository);
    throw new SetupError(`MikroORM does not start with the project's configuration: ${message}`, { file, line });
  }
}

const isVersionMismatch = (error) => /need to have the exact same version/.test(String(error?.message));

function differentVersions(error) {
  const [, name, version] = /Bad (\S+) version (\S+?)\.?\n/.exec(error.message.replace(/\u001b\[[\d;]*m/g, "")) ?? [];
  return new SetupError(mismatch(name ? `${name} is ${version}` : "MikroORM says so"));
}

/** Points MikroORM at the sources where it would read a folder that was not built, and says so. */
async function findFolder(newMigrator, config, detected, repository, warnings) {
  const folder = await migrationFolder(newMigrator(), config);
  if (folder === undefined || existsSync(folder)) return folder;
  const inRepository = (path) => relative(repository, path).split(sep).join("/");
  const [instead, another] = detected.filter((path) => existsSync(path));
  if (instead === undefined || another !== undefined)
    throw new SetupError(
      `The migrations directory ${inRepository(folder)} of the MikroORM configuration does not exist. Build the project first, or set \`migrations.pathTs\` to its sources.`,
    );
  Object.assign(config.get("migrations"), { path: instead, pathTs: instead });
  warnings.push(
    `The migrations directory ${inRepository(folder)} does not exist; ${inRepository(instead)} was used in its place.`,
  );
  return resolve(instead);
}
