import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect, promisify } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { connectTarget, openTargetSocket } from "../../src/target/connect-target.ts";
import { targetServer } from "../../src/target/target-server.ts";
import { describeTarget, parseTarget } from "../../src/target/target.ts";
import { loadParser } from "../../src/sql/parser.ts";
import { createGuard } from "../../src/wire/create-guard.ts";
import { message } from "../../src/wire/messages.ts";
import { startProxy } from "../../src/wire/proxy.ts";
import { authority, signed, writeCertified } from "../support/certificates.ts";
import { planned } from "../support/guarded.ts";
import { connectTo, startTestServer } from "../support/postgres.ts";

const run = promisify(execFile);
const password = "s3cret p@ss'word\\%";
let server: PostgresServer;
let admin: pg.Client & AsyncDisposable;
let port: number;
let files: string;
let socketDirectory: string;

beforeAll(async () => {
  server = await startTestServer();
  admin = await connectTo(server, server.maintenanceDatabase);
  ({ port } = server.connection(server.maintenanceDatabase));
  files = await mkdtemp(join(tmpdir(), "headgate-target-"));
  const show = async (name: string): Promise<string> =>
    Object.values((await admin.query(`show ${name}`)).rows[0])[0] as string;
  const hba = await show("hba_file");
  const owner = await stat(hba);
  socketDirectory = (await show("unix_socket_directories")).split(",")[0] as string;
  const [ours, theirs] = await Promise.all([authority("ours"), authority("theirs")]);
  await writeCertified(files, "ours", ours);
  await writeCertified(files, "theirs", theirs);
  await writeCertified(files, "bargee", await signed("bargee", ours, "client"));
  await writeCertified(files, "stranger", await signed("bargee", theirs, "client"));
  const data = dirname(hba);
  await writeCertified(data, "tls", await signed("localhost", ours, "server"), owner);
  await writeCertified(data, "root", ours, owner);
  for (const [user, encryption] of Object.entries({
    bargee: "scram-sha-256",
    ferryman: "md5",
    lockkeeper: "scram-sha-256",
    smuggler: "scram-sha-256",
    pilot: "scram-sha-256",
  })) {
    await admin.query(`set password_encryption = '${encryption}'`);
    await admin.query(`create role ${user} login password '${password.replaceAll("'", "''")}'`);
  }
  const rules = `
hostssl   all bargee     all scram-sha-256 clientcert=verify-full
hostssl   all lockkeeper all scram-sha-256
host      all ferryman   all md5
hostssl   all pilot      all cert map=boats
hostnossl all smuggler   all scram-sha-256
local     all lockkeeper     scram-sha-256
host      all bargee,lockkeeper,pilot,smuggler all reject
`;
  await writeFile(hba, `${rules}\n${await readFile(hba, "utf8")}`);
  await writeFile(join(data, "pg_ident.conf"), "boats bargee pilot\n");
  for (const [name, value] of Object.entries({
    ssl_cert_file: "tls.crt",
    ssl_key_file: "tls.key",
    ssl_ca_file: "root.crt",
    ssl: "on",
  }))
    await admin.query(`alter system set ${name} = '${value}'`);
  await admin.query("select pg_reload_conf()");
  while ((await show("ssl")) !== "on") await sleep(20);
});
afterAll(async () => {
  await admin?.end();
  await server?.[Symbol.asyncDispose]();
  await rm(files, { recursive: true, force: true });
});

/** Connects as keyword=value pairs say, and tells how that went: how it was encrypted, or the error. */
async function reach(
  words: Readonly<Record<string, string>>,
  environment: Record<string, string> = {},
): Promise<string> {
  const given = {
    host: "localhost",
    port: String(port),
    dbname: server.maintenanceDatabase,
    user: "lockkeeper",
    password,
    ...words,
  };
  const text = Object.entries(given)
    .map(([name, value]) => `${name}='${value.replaceAll(/[\\']/g, "\\$&")}'`)
    .join(" ");
  const target = parseTarget(text, { HOME: files, ...environment });
  expect(
    inspect(target, { depth: 9, showHidden: true }) + JSON.stringify(target) + describeTarget(target),
  ).not.toContain("s3cret");
  try {
    const client = await connectTarget(target, "headgate");
    try {
      const { rows } = await client.query("select ssl, client_dn from pg_stat_ssl where pid = pg_backend_pid()");
      return rows[0].ssl ? `TLS${rows[0].client_dn ? ` ${rows[0].client_dn}` : ""}` : "plain";
    } finally {
      await client.end();
    }
  } catch (error) {
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("s3cret");
    return (error as Error).message;
  }
}

const file = (name: string): string => join(files, name);
const client = { sslcert: "bargee.crt", sslkey: "bargee.key" };
const named = (words: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(words).map(([name, value]) => [name, /\.(?:crt|key)$/.test(value) ? file(value) : value]),
  );

describe("sslmode", () => {
  test.each([
    [{ sslmode: "disable" }, /does not let lockkeeper/],
    [{ sslmode: "disable", user: "smuggler" }, "plain"],
    [{ sslmode: "allow" }, "TLS"],
    [{ sslmode: "allow", user: "smuggler" }, "plain"],
    [{ sslmode: "prefer" }, "TLS"],
    [{ sslmode: "prefer", user: "smuggler" }, "plain"],
    [{}, "TLS"],
    [{ sslmode: "require" }, "TLS"],
    [{ sslmode: "require", user: "smuggler" }, /does not let smuggler/],
    [{ sslmode: "require", sslrootcert: "ours.crt" }, "TLS"],
    [{ sslmode: "require", sslrootcert: "theirs.crt" }, /TLS with PostgreSQL .* failed/],
    [{ sslmode: "verify-ca" }, /root\.crt is not there/],
    [{ sslmode: "verify-ca", sslrootcert: "ours.crt" }, "TLS"],
    [{ sslmode: "verify-ca", sslrootcert: "ours.crt", host: "127.0.0.1" }, "TLS"],
    [{ sslmode: "verify-ca", sslrootcert: "theirs.crt" }, /TLS with PostgreSQL .* failed/],
    [{ sslmode: "verify-full", sslrootcert: "ours.crt" }, "TLS"],
    [{ sslmode: "verify-full", sslrootcert: "ours.crt", hostaddr: "127.0.0.1" }, "TLS"],
    [{ sslmode: "verify-full", sslrootcert: "ours.crt", host: "127.0.0.1" }, /ALTNAME/],
    [{ sslmode: "verify-full", sslrootcert: "ours.crt", host: "elsewhere.invalid", hostaddr: "127.0.0.1" }, /ALTNAME/],
    [{ sslmode: "verify-full", sslrootcert: "missing.crt" }, /sslrootcert names/],
    [{ sslmode: "require", sslnegotiation: "direct" }, "TLS"],
  ] as const)("%o", async (words, expected) => {
    expect(await reach(named(words))).toMatch(typeof expected === "string" ? new RegExp(`^${expected}$`) : expected);
  });

  test("sslrootcert=system trusts what the system trusts, for a name only", async () => {
    await expect(reach({ sslrootcert: "system", sslmode: "require" })).rejects.toThrow("verify-full");
    expect(await reach({ sslrootcert: "system" })).toMatch(/TLS with PostgreSQL .* failed/);
    // The system's authorities are read once for each process.
    const program = `import { connectTarget } from ${JSON.stringify(import.meta.resolve("../../src/target/connect-target.ts"))};
      import { parseTarget } from ${JSON.stringify(import.meta.resolve("../../src/target/target.ts"))};
      const client = await connectTarget(parseTarget(undefined, process.env), "headgate");
      console.log((await client.query("select ssl from pg_stat_ssl where pid = pg_backend_pid()")).rows[0].ssl);
      await client.end();`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", program], {
      env: {
        PGHOST: "localhost",
        PGPORT: String(port),
        PGUSER: "lockkeeper",
        PGPASSWORD: password,
        PGDATABASE: server.maintenanceDatabase,
        PGSSLROOTCERT: "system",
        SSL_CERT_FILE: file("ours.crt"),
        HOME: files,
      },
    });
    expect(stdout).toBe("true\n");
  });

  test("a root certificate in its usual place is used", async () => {
    const home = await mkdtemp(join(files, "home-"));
    const usual = join(home, ".postgresql");
    await mkdir(usual);
    await writeFile(join(usual, "root.crt"), await readFile(file("theirs.crt")));
    expect(await reach({ sslmode: "require" }, { HOME: home })).toMatch(/TLS with PostgreSQL .* failed/);
    await writeFile(join(usual, "root.crt"), await readFile(file("ours.crt")));
    expect(await reach({ sslmode: "require" }, { HOME: home })).toBe("TLS");
    expect(await reach({ sslmode: "verify-full" }, { HOME: home })).toBe("TLS");
  });
});

describe("client certificates", () => {
  test.each([
    [{ user: "bargee", ...client }, "TLS /CN=bargee"],
    [{ user: "pilot", ...client }, "TLS /CN=bargee"],
    [{ user: "bargee" }, /does not let bargee/],
    [
      { user: "bargee", sslcert: "stranger.crt", sslkey: "stranger.key", sslmode: "require" },
      /TLS with PostgreSQL|does not let|No PostgreSQL answers/,
    ],
    [{ user: "bargee", sslcert: "bargee.crt", sslkey: "missing.key" }, /cannot be read/],
  ] as const)("%o", async (words, expected) => {
    expect(await reach(named(words))).toMatch(typeof expected === "string" ? new RegExp(`^${expected}$`) : expected);
  });

  test("a key that others may read is refused", async () => {
    await writeFile(file("open.key"), await readFile(file("bargee.key")));
    await chmod(file("open.key"), 0o644);
    expect(await reach(named({ user: "bargee", sslcert: "bargee.crt", sslkey: "open.key" }))).toContain("chmod 600");
  });
});

describe("logging in", () => {
  test("with SCRAM bound to the TLS connection, where the target wants it", async () => {
    expect(await reach({ channel_binding: "require" })).toBe("TLS");
    expect(await reach({ channel_binding: "disable" })).toBe("TLS");
    expect(await reach({ channel_binding: "require", user: "smuggler" })).toContain("channel_binding=require");
    expect(await reach({ channel_binding: "require", user: "ferryman" })).toContain("channel_binding=require");
    expect(await reach(named({ channel_binding: "require", user: "pilot", ...client }))).toContain(
      "channel_binding=require",
    );
  });

  test("with md5, unless the target rules it out", async () => {
    expect(await reach({ user: "ferryman" })).toBe("TLS");
    expect(await reach({ user: "ferryman", require_auth: "scram-sha-256" })).toContain("require_auth");
    expect(await reach({ user: "ferryman", require_auth: "!md5" })).toContain("require_auth");
    expect(await reach({ require_auth: "scram-sha-256" })).toBe("TLS");
    expect(await reach(named({ user: "pilot", require_auth: "scram-sha-256", ...client }))).toContain("require_auth");
  });

  test("over a Unix socket, where sslmode means nothing", async () => {
    expect(await reach({ host: socketDirectory, sslmode: "verify-full" })).toBe("plain");
  });

  test("with a wrong password, none, or into what is not there", async () => {
    expect(await reach({ password: "s3cret-wrong" })).toContain("refused the password of lockkeeper");
    expect(await reach({ password: "" })).toContain("none is known");
    expect(await reach({ dbname: "nowhere" })).toContain("has no database nowhere");
    expect(await reach({ port: "1" })).toContain("No PostgreSQL answers at localhost:1");
    expect(await reach({ user: "postgres", password: "s3cret-wrong" })).toContain("refused the password of postgres");
  });

  test("where none is left", async () => {
    await admin.query("alter role lockkeeper connection limit 0");
    expect(await reach({})).toContain("has no connection left for lockkeeper");
    await admin.query("alter role lockkeeper connection limit -1");
  });

  test("with the password file, which nobody else may read", async () => {
    const passfile = file("passwords");
    const line = [
      "# a comment",
      `localhost:${port}:*:somebody:another`,
      `localhost:${port}:*:lockkeeper:${password.replaceAll(/[\\:]/g, "\\$&")}`,
    ];
    await writeFile(passfile, line.join("\n"), { mode: 0o600 });
    expect(await reach({ password: "" }, { PGPASSFILE: passfile })).toBe("TLS");
    expect(await reach({ password: "", passfile })).toBe("TLS");
    expect(await reach({ password: "", host: socketDirectory, passfile })).toBe("plain");
    expect(await reach({ password: "", user: "ferryman", passfile })).toContain("none is known");
    await chmod(passfile, 0o640);
    expect(await reach({ password: "", passfile })).toContain(`chmod 600`);
  });

  test("at the first of several hosts that has what is wanted", async () => {
    const several = { host: "localhost,localhost", port: `1,${port}` };
    expect(await reach(several)).toBe("TLS");
    expect(await reach({ ...several, target_session_attrs: "read-write" })).toBe("TLS");
    expect(await reach({ ...several, target_session_attrs: "prefer-standby" })).toBe("TLS");
    expect(await reach({ ...several, target_session_attrs: "standby" })).toContain("is not standby");
  });
});

test("a socket for a holder that speaks the protocol itself: ready, paused, and it can be cancelled over TLS", async () => {
  const target = parseTarget(
    `postgresql://lockkeeper@localhost:${port}/${server.maintenanceDatabase}?sslmode=require`,
    { PGPASSWORD: password, HOME: files },
  );
  const { socket, parameters, processId, cancel } = await openTargetSocket(
    target,
    new Map([["application_name", "holder"]]),
  );
  expect(parameters.get("application_name")).toBe("holder");
  const answer = new Promise<string>((resolve) =>
    socket.once("data", (bytes: Buffer) => resolve(bytes.toString("latin1"))),
  );
  socket.resume();
  socket.write(message("Q", "select pg_sleep(60)"));
  await expect
    .poll(
      async () => (await admin.query("select state from pg_stat_activity where pid = $1", [processId])).rows[0].state,
    )
    .toBe("active");
  await cancel();
  expect(await answer).toMatch(/57014|^T/);
  socket.destroy();
});

test("a guard before a server with TLS and SCRAM passes whatever its size, and the tool never learns the password", async () => {
  await admin.query("create table if not exists cargo(line text); grant all on cargo to lockkeeper");
  const place = `postgresql://lockkeeper@localhost:${port}/${server.maintenanceDatabase}`;
  const target = parseTarget(`${place}?sslmode=verify-full&sslrootcert=${file("ours.crt")}&channel_binding=require`, {
    PGPASSWORD: password,
    HOME: files,
  });
  const guard = await createGuard({ server: targetServer(target) });
  await using proxy = await startProxy({ guard });
  expect(inspect([guard, proxy, guard.account], { depth: 9, showHidden: true })).not.toContain("s3cret");
  await loadParser();
  const insert = "insert into cargo select repeat('x', 1000) from generate_series(1, $1::int)";
  const long = `insert into cargo values ('${"y".repeat(3_000_000)}')`;
  const select = "select line from cargo";
  guard.begin({ revision: "0001", statements: [insert, long, select].map((sql) => planned(sql)), alsoAllowed: [] });
  const tool = new pg.Client({ host: proxy.host, port: proxy.port, ...guard.account });
  await tool.connect();
  await tool.query(insert, [20_000]);
  await tool.query(long);
  const { rows } = await tool.query<{ line: string }>(select);
  expect(rows.reduce((sum, { line }) => sum + line.length, 0)).toBe(23_000_000);
  await tool.end();
  expect(await guard.end()).toEqual({ passed: 3 });
}, 60_000);
