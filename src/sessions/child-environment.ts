import { connectionUrl, redirectConnectionString } from "./connection-string.ts";
import { hasCredentials, isSecretName } from "./secret-variables.ts";
import type { DatabaseConnection } from "../database-connection.ts";

/** Stands in where no database is wanted: configuration that builds a URL loads, and connecting to it is refused. */
const nowhere: DatabaseConnection = {
  host: "127.0.0.1",
  port: 1,
  user: "headgate",
  password: "headgate",
  database: "headgate",
};

/** Any variable of libpq's own can lead to another server. */
const libpqVariable = /^PG[A-Z][A-Z_]*$/;
/** These cannot; the configuration may set them. */
const harmlessLibpqVariables = new Set(["PGAPPNAME", "PGCLIENTENCODING", "PGDATESTYLE", "PGOPTIONS", "PGTZ"]);

/** Variables of which applications build a connection: `DB_HOST`, `POSTGRES_USER`, `APP_DATABASE_NAME`, `RDS_HOSTNAME`. */
const connectionPart =
  /(?:PG|PSQL|POSTGRES|POSTGRESQL|DB|DATABASE|RDS|SQL|SQLALCHEMY)_?(HOST|HOSTNAME|HOSTADDR|SERVER|ADDR|ADDRESS|PORT|USER|USERNAME|LOGIN|PASS|PASSWD|PASSWORD|PWD|NAME|DB|DBNAME|DATABASE|SSL|SSLMODE|SSL_MODE)$/i;

/** What belongs to the machine, the workflow or a platform, and never to a migration: tokens, sockets, files that steer later steps. */
const foreign =
  /^(?:ACTIONS|GITHUB|INPUT|STATE|RUNNER|AWS|AZURE|ARM|GOOGLE|GCP|GCLOUD|CLOUDSDK|CLOUDFLARE|DIGITALOCEAN|HEROKU|FLY|VAULT|CONSUL|KUBE|KUBERNETES|DOCKER|TESTCONTAINERS|NPM|PIP|UV_INDEX|TWINE|SSH|GIT|GPG|OP|DOPPLER|HEADGATE)_|^(?:KUBECONFIG|NETRC|PYTHONINSPECT|PYTHONSTARTUP)$/i;
/** Tells programs that nobody sits in front of them. */
const keptForeign = new Set(["GITHUB_ACTIONS"]);

/** MikroORM puts these above its configuration file; `MIKRO_ORM_CLI…` says only where that file is. */
const mikroOrmConnection =
  /^MIKRO_ORM_(?!CLI_)(?:.*_)?(?:CLIENT_URL|HOST|PORT|USER|PASSWORD|DB_NAME|REPLICAS|DRIVER_OPTIONS)$/i;

/**
 * The variables for a process that runs a project's migrations. Pure.
 *
 * Nothing that `parent` holds can lead such a process to another database: PostgreSQL URLs and connection strings become
 * those of `connection` in their own spelling, the parts of a connection (`DB_HOST`, `POSTGRES_PASSWORD`, …) become its
 * parts, `DATABASE_URL` and libpq's variables are set, and secrets are dropped. Without `connection` they lead nowhere.
 * `extra` adds to that and may set anything else, also what looks like a secret.
 */
export function childEnvironment(
  parent: Readonly<Record<string, string | undefined>>,
  connection: DatabaseConnection | undefined,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const target = connection ?? nowhere;
  const result: Record<string, string> = { DATABASE_URL: connectionUrl(target) };
  for (const [name, value] of Object.entries(parent)) {
    if (value === undefined || isForeign(name) || libpqVariable.test(name) || mikroOrmConnection.test(name)) continue;
    const ours = redirected(name, value, target);
    if (ours !== undefined) result[name] = ours;
    // A workflow whose secret is missing sets an empty one.
    else if (name === "DATABASE_URL" && value.trim() === "") continue;
    else if (!isSecretName(name) && !hasCredentials(value)) result[name] = value;
  }
  for (const [name, value] of Object.entries(extra)) {
    if (mikroOrmConnection.test(name) || (libpqVariable.test(name) && !harmlessLibpqVariables.has(name))) continue;
    result[name] = redirected(name, value, target) ?? value;
  }
  return {
    ...result,
    PGHOST: target.host,
    PGPORT: String(target.port),
    PGUSER: target.user,
    PGPASSWORD: target.password,
    PGDATABASE: target.database,
    PGSSLMODE: "prefer",
    // A service file in the home directory could name another server.
    PGSERVICEFILE: "/dev/null",
  };
}

/** Whether a variable is one that `childEnvironment` decides: it leads to a database, or is kept from migrations. */
export const isOurs = (name: string): boolean =>
  isForeign(name) ||
  libpqVariable.test(name) ||
  mikroOrmConnection.test(name) ||
  connectionPart.test(name) ||
  isSecretName(name) ||
  /(?:^|_)(?:URL|URI|DSN)$/i.test(name);

function isForeign(name: string): boolean {
  return foreign.test(name) && !keptForeign.has(name);
}

function redirected(name: string, value: string, target: DatabaseConnection): string | undefined {
  const part = connectionPart.exec(name)?.[1];
  return redirectConnectionString(value, target) ?? (part === undefined ? undefined : partOf(part, target));
}

function partOf(part: string, { host, port, user, password, database }: DatabaseConnection): string {
  switch (part.toUpperCase()) {
    case "PORT":
      return String(port);
    case "USER":
    case "USERNAME":
    case "LOGIN":
      return user;
    case "PASS":
    case "PASSWD":
    case "PASSWORD":
    case "PWD":
      return password;
    case "NAME":
    case "DB":
    case "DBNAME":
    case "DATABASE":
      return database;
    case "SSL":
      return "false";
    case "SSLMODE":
    case "SSL_MODE":
      return "prefer";
    default:
      return host;
  }
}
