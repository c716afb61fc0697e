import { SetupError } from "./setup-error.mjs";

/** Keeps nothing: what is remembered between runs would be written into the project. */
class NoCache {
  get() {}
  set() {}
  remove() {}
  clear() {}
  combine() {}
}

/** Says nothing, and tells of every statement that failed, apart from the values bound to it. */
export function silentLogger(onFailedStatement) {
  return {
    log() {},
    warn() {},
    error() {},
    setDebugMode() {},
    isEnabled: () => false,
    logQuery({ level, query, params }) {
      if (level === "error") onFailedStatement(query, params);
    },
  };
}

/** Where a driver is loaded but is to reach no database. */
const nowhere = { host: "127.0.0.1", port: 1, user: "headgate", password: "headgate", database: "headgate" };

/** These would overrule what is passed to MikroORM, or switch on what writes into the project. */
const overruling =
  /^MIKRO_ORM_(CLIENT_URL|HOST|PORT|USER|PASSWORD|DB_NAME|DEBUG|VERBOSE|ENSURE_INDEXES|MIGRATIONS_(SNAPSHOT|SNAPSHOT_NAME|ALL_OR_NOTHING|SILENT))$/;

/** Removes the variables that lead elsewhere, also those that an `.env` file of the project has brought. */
export function clearEnvironment() {
  for (const name of Object.keys(process.env)) if (overruling.test(name)) delete process.env[name];
  // What libpq takes as "if the server can", node-postgres takes as "or not at all".
  if (process.env.PGSSLMODE === "prefer") delete process.env.PGSSLMODE;
  // MikroORM 5 and 6 read `.env` again when they start.
  process.env.MIKRO_ORM_ENV = "/dev/null";
}

/**
 * The project's options, made to reach the given database and no other, and to leave no trace in the project. What
 * decides how migrations run (their paths, table, transactions, foreign keys, the schema) stays as it is.
 */
export function redirectConfig(
  options,
  { connection = nowhere, major, preferSources, importFile, PostgreSqlDriver, logger },
) {
  const kept = { ...options };
  // A replica is another server, and a cache is a folder in the project.
  for (const name of ["replicas", "cache", "metadataCache"]) delete kept[name];
  const { host, port, user, password, database } = connection;
  const url = new URL("postgresql://localhost");
  // IPv6 addresses need brackets in a URL, and none in `host`.
  url.hostname = host.includes(":") ? `[${host}]` : host;
  url.port = String(port);
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(password);
  url.pathname = encodeURIComponent(database);
  return {
    ...kept,
    ...schemaOfUrl(options),
    ...driverOf(options, PostgreSqlDriver),
    // A tenant's own: there is its version table.
    ...(process.env.HEADGATE_SCHEMA ? { schema: process.env.HEADGATE_SCHEMA } : {}),
    clientUrl: url.href,
    host,
    port,
    user,
    password,
    dbName: database,
    driverOptions: harmlessDriverOptions(options.driverOptions, major),
    // One for the migration, one for what it may do beside its transaction: as many as MikroORM's command line has.
    pool: { ...options.pool, min: 0, max: 2 },
    ...(major < 7 ? { connect: false } : {}),
    ...(major === 5 ? { tsNode: options.tsNode ?? preferSources } : { preferTs: options.preferTs ?? preferSources }),
    dynamicImportProvider: options.dynamicImportProvider ?? ((id) => importFile(toPath(id))),
    allowGlobalContext: true,
    ensureDatabase: false,
    ensureIndexes: false,
    debug: false,
    loggerFactory: () => logger,
    discovery: { ...options.discovery, warnWhenNoEntities: false },
    migrations: { ...options.migrations, snapshot: false, allOrNothing: false, silent: true },
    [major === 5 ? "cache" : "metadataCache"]: { enabled: false, adapter: NoCache, options: {} },
  };
}

const toPath = (id) => (id.startsWith("file:") ? decodeURIComponent(new URL(id).pathname) : id);

/** `?schema=` of the URL that is replaced. */
function schemaOfUrl({ schema, clientUrl }) {
  if (schema !== undefined || typeof clientUrl !== "string") return {};
  try {
    const stated = new URL(clientUrl).searchParams.get("schema");
    return stated === null ? {} : { schema: stated };
  } catch {
    return {};
  }
}

function driverOf({ driver, type }, PostgreSqlDriver) {
  if (type !== undefined && type !== "postgresql") throw otherDatabase(type);
  if (driver === undefined) return type === undefined ? { driver: PostgreSqlDriver } : {};
  // By name: a linked or duplicated package brings another class of the same driver.
  for (let at = driver; typeof at === "function" && at.name; at = Object.getPrototypeOf(at))
    if (at.name === "PostgreSqlDriver") return {};
  throw otherDatabase(driver.name);
}

function otherDatabase(name) {
  return new SetupError(
    `The MikroORM configuration uses ${name}; Headgate checks PostgreSQL migrations, which need PostgreSqlDriver. ` +
      "Where the file has several configurations, name the one to use as `section` of the project in headgate.yml.",
  );
}

/** What changes how statements are understood, without what says where they go. */
function harmlessDriverOptions(driverOptions, major) {
  const given = typeof driverOptions === "function" ? driverOptions() : driverOptions;
  if (typeof given !== "object" || given === null) return {};
  const { searchPath, connection, options, onPoolCreated } = given;
  if (major < 7)
    return {
      ...(searchPath === undefined ? {} : { searchPath }),
      ...(typeof connection?.options === "string" ? { connection: { options: connection.options } } : {}),
    };
  return {
    ...(typeof options === "string" ? { options } : {}),
    ...(typeof onPoolCreated === "function" ? { onPoolCreated } : {}),
  };
}
