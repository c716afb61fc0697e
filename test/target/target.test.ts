import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeTarget, parseTarget } from "../../src/target/target.ts";

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "headgate-words-"));
  const services =
    "# services\n[canal]\nhost=lock.invalid\nport=6000\ndbname=canal\nuser=keeper\npassword=s3cret\n\n[other]\nhost=no.invalid\n";
  await writeFile(join(home, ".pg_service.conf"), services);
});
afterAll(() => rm(home, { recursive: true, force: true }));

const account = userInfo().username;

test.each([
  ["postgresql://keeper:p%40ss@lock.invalid:6000/canal", "lock.invalid:6000/canal as keeper"],
  ["postgres://keeper@lock.invalid/canal", "lock.invalid:5432/canal as keeper"],
  ["postgresql+asyncpg://keeper:x@lock.invalid/canal", "lock.invalid:5432/canal as keeper"],
  ["postgresql://keeper:a@b:c@lock.invalid/canal", "lock.invalid:5432/canal as keeper"],
  ["postgresql://[::1]:6000/canal", `[::1]:6000/canal as ${account}`],
  ["postgresql://one.invalid:1,two.invalid:2/canal", `one.invalid:1,two.invalid:2/canal as ${account}`],
  ["postgresql://one.invalid,two.invalid/canal?port=7", `one.invalid:7,two.invalid:7/canal as ${account}`],
  ["postgresql:///canal?host=/run/elsewhere&user=keeper", "/run/elsewhere/canal as keeper"],
  ["postgresql://%2Frun%2Felsewhere/canal", `/run/elsewhere/canal as ${account}`],
  ["postgresql://lock.invalid", `lock.invalid:5432/${account} as ${account}`],
  ["host=lock.invalid dbname = canal user='keeper'", "lock.invalid:5432/canal as keeper"],
  [String.raw`host=lock.invalid dbname='it\'s' user=a\ b`, "lock.invalid:5432/it's as a b"],
  ["service=canal", "lock.invalid:6000/canal as keeper"],
  ["service=canal port=7", "lock.invalid:7/canal as keeper"],
  ["hostaddr=127.0.0.1 user=keeper dbname=canal", "127.0.0.1:5432/canal as keeper"],
])("%s", (text, expected) => {
  expect(describeTarget(parseTarget(text, { HOME: home }))).toBe(expected);
});

test("variables stand in for what is not said", () => {
  const environment = {
    HOME: home,
    PGHOST: "lock.invalid",
    PGUSER: "keeper",
    PGDATABASE: "canal",
    PGPORT: "7",
    PGSSLMODE: "require",
  };
  expect(describeTarget(parseTarget(undefined, environment))).toBe("lock.invalid:7/canal as keeper");
  expect(parseTarget("port=8", environment)).toMatchObject({ sslMode: "require", hosts: [{ port: 8 }] });
  expect(describeTarget(parseTarget("", { HOME: home, PGSERVICE: "canal", PGPORT: "7" }))).toBe(
    "lock.invalid:6000/canal as keeper",
  );
});

test.each([
  ["postgresql://keeper:s3cret@lock.invalid:notaport/canal", "cannot be read"],
  ["postgresql://keeper:s3cret%zz@lock.invalid/canal", "cannot be read"],
  ["postgresql://keeper:s3cret@lock.invalid:99999/canal", "port"],
  ["postgresql://keeper:s3cret@lock.invalid/canal?pool_mode=x", "pool_mode"],
  ["postgresql://keeper:s3cret@lock.invalid/canal?s3cret&x", "cannot be read"],
  ["postgresql://keeper:s3cret@lock.invalid/canal?sslmode=s3cret", "sslmode"],
  ["password=s3cret host", "cannot be read"],
  ["password='s3cret host=x", "cannot be read"],
  ["mysql://keeper:s3cret@lock.invalid/canal", "cannot be read|strange"],
  ["password=s3cret host=a,b port=1,2,3", "ports"],
  ["password=s3cret host=a,b hostaddr=127.0.0.1", "addresses"],
  ["password=s3cret service=nowhere", "service"],
  ["password=s3cret gssencmode=require", "GSSAPI"],
  ["password=s3cret requirepeer=keeper", "requirepeer"],
  ["password=s3cret connect_timeout=s3cret", "connect_timeout"],
  ["password=s3cret sslmode=prefer sslnegotiation=direct", "sslnegotiation"],
])("is refused without a word of the secret: %s", (text, expected) => {
  let thrown: unknown;
  try {
    parseTarget(text, { HOME: home });
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ name: "UsageError", message: expect.stringMatching(expected) });
  expect(inspect(thrown, { showHidden: true, depth: 9 })).not.toContain("s3cret");
});

test("neither inspect nor JSON shows a secret", () => {
  const target = parseTarget("postgresql://keeper:s3cret@lock.invalid/canal?sslpassword=s3cret", { HOME: home });
  expect(inspect(target, { showHidden: true, depth: 9 }) + JSON.stringify(target)).not.toContain("s3cret");
  const [host] = target.hosts;
  expect(host && target.password(host)).toBe("s3cret");
  expect(host && { ...target }.password(host)).toBe("s3cret");
});
