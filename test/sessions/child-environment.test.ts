import { describe, expect, test } from "vitest";
import { childEnvironment } from "../../src/sessions/child-environment.ts";

const lock = { host: "127.0.0.1", port: 5499, user: "keeper", password: "s/l:u@ice", database: "canal" };
const account = "keeper:s%2Fl%3Au%40ice";
const place = "127.0.0.1:5499/canal";

const always = {
  DATABASE_URL: `postgresql://${account}@${place}`,
  PGHOST: "127.0.0.1",
  PGPORT: "5499",
  PGUSER: "keeper",
  PGPASSWORD: "s/l:u@ice",
  PGDATABASE: "canal",
  PGSSLMODE: "prefer",
  PGSERVICEFILE: "/dev/null",
};

test("sets libpq's variables and DATABASE_URL, and nothing else", () => {
  expect(childEnvironment({}, lock)).toEqual(always);
});

describe("connection strings are redirected in their own spelling", () => {
  test.each([
    ["postgres://app:pw@db.example.com:5432/prod", `postgres://${account}@${place}`],
    ["postgresql://db.example.com/prod", `postgresql://${account}@${place}`],
    ["postgresql+asyncpg://app:pw@db.example.com/prod", `postgresql+asyncpg://${account}@${place}`],
    ["postgresql+psycopg2://db.example.com,db2.example.com/prod", `postgresql+psycopg2://${account}@${place}`],
    ["postgres:///prod?host=db.example.com&service=x", `postgres://${account}@${place}`],
    ["POSTGRES://app@db.example.com", `POSTGRES://${account}@${place}`],
    [" postgres://app:p w@db.example.com/x", `postgres://${account}@${place}`],
    ["postgis://app@db.example.com/x", `postgis://${account}@${place}`],
    [
      "postgres://db.example.com/prod?sslmode=verify-full&sslrootcert=/x&schema=boats&application_name=a%20b",
      `postgres://${account}@${place}?schema=boats&application_name=a%20b`,
    ],
    [
      "postgres://db.example.com/p?options=-c%20search_path%3Dx",
      `postgres://${account}@${place}?options=-c%20search_path%3Dx`,
    ],
    [
      "postgres://db.example.com/p?options=-csearch_path%3Dx",
      `postgres://${account}@${place}?options=-csearch_path%3Dx`,
    ],
    ["postgres://db.example.com/p?options=endpoint%3Dx", `postgres://${account}@${place}`],
    [
      "host=db.example.com dbname=prod options='-c search_path=x' password=pw",
      "host=127.0.0.1 port=5499 user=keeper password='s/l:u@ice' dbname=canal sslmode=prefer options='-c search_path=x'",
    ],
    [
      "host=db.example.com dbname=prod options=endpoint=x",
      "host=127.0.0.1 port=5499 user=keeper password='s/l:u@ice' dbname=canal sslmode=prefer",
    ],
    [
      "jdbc:postgresql://db.example.com/prod?user=a&password=b&currentSchema=boats",
      "jdbc:postgresql://127.0.0.1:5499/canal?user=keeper&password=s%2Fl%3Au%40ice&currentSchema=boats",
    ],
    ['{"url":"postgres://app:pw@db.example.com/prod","pool":5}', `{"url":"postgres://${account}@${place}","pool":5}`],
    [
      "host=db.example.com dbname=prod user=app password=pw",
      "host=127.0.0.1 port=5499 user=keeper password='s/l:u@ice' dbname=canal sslmode=prefer",
    ],
    ["service=production", "host=127.0.0.1 port=5499 user=keeper password='s/l:u@ice' dbname=canal sslmode=prefer"],
  ])("%s", (value, expected) => {
    expect(childEnvironment({ BOATS_DB: value }, lock)["BOATS_DB"]).toBe(expected);
    expect(childEnvironment({}, lock, { BOATS_DB: value })["BOATS_DB"]).toBe(expected);
  });

  test("also under a name that looks like a secret", () => {
    const { POSTGRES_DSN } = childEnvironment({ POSTGRES_DSN: "postgres://db.example.com/prod" }, lock);
    expect(POSTGRES_DSN).toBe(`postgres://${account}@${place}`);
  });

  test("an address of version 6 gets its brackets", () => {
    const { DATABASE_URL } = childEnvironment({}, { ...lock, host: "::1" });
    expect(DATABASE_URL).toBe(`postgresql://${account}@[::1]:5499/canal`);
  });
});

describe("parts of a connection become those of the server", () => {
  test.each([
    ["DB_HOST", "127.0.0.1"],
    ["DATABASE_HOSTNAME", "127.0.0.1"],
    ["POSTGRES_SERVER", "127.0.0.1"],
    ["POSTGRES_PORT", "5499"],
    ["BOATS_DB_USER", "keeper"],
    ["POSTGRES_USER", "keeper"],
    ["DB_USERNAME", "keeper"],
    ["POSTGRES_PASSWORD", "s/l:u@ice"],
    ["DB_PASS", "s/l:u@ice"],
    ["POSTGRES_DB", "canal"],
    ["DB_NAME", "canal"],
    ["DB_DATABASE", "canal"],
    ["dbname", "canal"],
    ["RDS_HOSTNAME", "127.0.0.1"],
    ["PG_SSL_MODE", "prefer"],
    ["POSTGRES_SSL", "false"],
  ])("%s", (name, expected) => {
    expect(childEnvironment({ [name]: "db.example.com" }, lock)[name]).toBe(expected);
    expect(childEnvironment({}, lock, { [name]: "db.example.com" })[name]).toBe(expected);
    expect(childEnvironment({}, lock)).not.toHaveProperty([name]);
  });
});

describe("libpq's variables cannot be steered", () => {
  test.each([
    "PGHOST",
    "PGHOSTADDR",
    "PGPORT",
    "PGUSER",
    "PGPASSWORD",
    "PGDATABASE",
    "PGSERVICE",
    "PGSERVICEFILE",
    "PGPASSFILE",
    "PGSSLMODE",
    "PGSSLROOTCERT",
    "PGTARGETSESSIONATTRS",
  ])("%s", (name) => {
    expect(childEnvironment({ [name]: "production" }, lock)).toEqual(always);
    expect(childEnvironment({}, lock, { [name]: "production" })).toEqual(always);
  });

  test("PGOPTIONS may come from the configuration, not from outside", () => {
    expect(childEnvironment({ PGOPTIONS: "-c role=x" }, lock)).toEqual(always);
    expect(childEnvironment({}, lock, { PGOPTIONS: "-c search_path=boats" })["PGOPTIONS"]).toBe("-c search_path=boats");
  });
});

describe("dropped", () => {
  test.each([
    ["GITHUB_TOKEN", "x"],
    ["GITHUB_ENV", "/home/runner/env"],
    ["GITHUB_OUTPUT", "/home/runner/output"],
    ["ACTIONS_ID_TOKEN_REQUEST_URL", "https://example.com"],
    ["ACTIONS_RUNTIME_TOKEN", "x"],
    ["INPUT_DATABASE-URL", "postgres://db.example.com/prod"],
    ["STATE_id", "x"],
    ["RUNNER_TEMP", "/tmp"],
    ["AWS_ACCESS_KEY_ID", "x"],
    ["AWS_PROFILE", "production"],
    ["NPM_TOKEN", "x"],
    ["npm_config__auth", "x"],
    ["NODE_AUTH_TOKEN", "x"],
    ["SECRET_KEY", "x"],
    ["DJANGO_SECRET", "x"],
    ["ADMIN_PASSWORD", "x"],
    ["SMTP_PASSWD", "x"],
    ["STRIPE_APIKEY", "x"],
    ["STRIPE_API_KEY", "x"],
    ["SIGNING_PRIVATE_KEY", "x"],
    ["SENTRY_DSN", "https://abc@example.com/1"],
    ["GOOGLE_APPLICATION_CREDENTIALS", "/x.json"],
    ["SSH_AUTH_SOCK", "/tmp/agent"],
    ["DOCKER_HOST", "unix:///var/run/docker.sock"],
    ["KUBECONFIG", "/x"],
    ["REDIS_URL", "redis://:pw@cache.example.com/0"],
    ["HTTPS_PROXY", "http://me:pw@proxy.example.com"],
    ["LEGACY", "Server=db.example.com;Password=x"],
    ["TLS_PEM", "-----BEGIN RSA PRIVATE KEY-----\nx"],
    ["MISNAMED", "ghp_0123456789abcdef0123"],
    ["MIKRO_ORM_HOST", "db.example.com"],
    ["MIKRO_ORM_PORT", "5432"],
    ["MIKRO_ORM_USER", "app"],
    ["MIKRO_ORM_PASSWORD", "x"],
    ["MIKRO_ORM_CLIENT_URL", "postgres://db.example.com/prod"],
    ["MIKRO_ORM_DB_NAME", "prod"],
    ["PYTHONINSPECT", "1"],
  ])("%s", (name, value) => {
    expect(childEnvironment({ [name]: value }, lock)).toEqual(always);
  });
});

describe("kept", () => {
  test.each([
    ["PATH", "/usr/bin"],
    ["HOME", "/home/keeper"],
    ["PWD", "/repository"],
    ["LANG", "C.UTF-8"],
    ["VIRTUAL_ENV", "/repository/.venv"],
    ["PYTHONPATH", "src"],
    ["NODE_OPTIONS", "--import tsx"],
    ["CI", "true"],
    ["GITHUB_ACTIONS", "true"],
    ["MIKRO_ORM_CLI_CONFIG", "./orm.config.ts"],
    ["MIKRO_ORM_CLI_TS_CONFIG_PATH", "./tsconfig.json"],
    ["REDIS_URL", "redis://localhost/0"],
    ["DB_SCHEMA", "boats"],
    ["DATABASE_URL", "sqlite:///boats.db"],
    ["MONKEY", "capuchin"],
    ["DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/bus"],
  ])("%s", (name, value) => {
    expect(childEnvironment({ [name]: value }, lock)).toEqual({ ...always, [name]: value });
  });

  test("the configuration may set what looks like a secret, but not MikroORM's connection", () => {
    expect(childEnvironment({}, lock, { SECRET_KEY: "for tests only", MIKRO_ORM_HOST: "db.example.com" })).toEqual({
      ...always,
      SECRET_KEY: "for tests only",
    });
  });

  test("the configuration wins over what is inherited", () => {
    expect(childEnvironment({ STAGE: "production" }, lock, { STAGE: "gate" })["STAGE"]).toBe("gate");
  });
});

test("an empty DATABASE_URL counts as absent", () => {
  expect(childEnvironment({ DATABASE_URL: "" }, lock)).toEqual(always);
});

test("without a connection every spelling leads nowhere", () => {
  const environment = childEnvironment(
    { DATABASE_URL: "postgres://db.example.com/prod", DB_HOST: "db.example.com", PGHOST: "db.example.com" },
    undefined,
  );
  expect(JSON.stringify(environment)).not.toContain("example.com");
  expect(environment).toMatchObject({ DB_HOST: "127.0.0.1", PGHOST: "127.0.0.1", PGPORT: "1" });
});
