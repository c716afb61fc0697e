import { expect, it } from "vitest";
import { otherVariables } from "../../src/sessions/other-variables.ts";

const now = new Date("2026-03-01T05:00:00Z");
const differing = async (
  sources: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  configured: readonly string[] = [],
) =>
  Object.fromEntries(
    await otherVariables({ runtime: "node", environment, configured: new Set(configured), sources, now }),
  );

it.each([
  ["2026-03-01T05:00:00Z", "UTC", "Etc/GMT+12"],
  ["2026-03-01T11:00:00Z", "UTC", "Pacific/Kiritimati"],
  ["2026-03-01T23:30:00Z", "Europe/Berlin", "Etc/GMT+12"],
  ["2026-03-01T05:00:00Z", "not/a:zone", "Etc/GMT+12"],
])("at %s in %s it is another day in %s", async (at, TZ, zone) => {
  const variables = await otherVariables({
    runtime: "node",
    environment: { TZ },
    configured: new Set(),
    sources: [],
    now: new Date(at),
  });
  expect(variables.get("TZ")).toBe(zone);
});

it("changes what a migration reads by name, to a value of the same kind", async () => {
  const sources = [
    `os.environ["REGION"]; os.environ.get('WIDTH', 1); os.getenv("DRY")\nos.environ.get("UNSET")`,
    "const { a } = process.env.SWITCH; process.env['QUIET']",
  ];
  expect(
    await differing(sources, {
      REGION: "north",
      WIDTH: "41",
      DRY: "0",
      SWITCH: "true",
      QUIET: "1",
      OTHER: "x",
      USER: "me",
    }),
  ).toMatchObject({
    REGION: "elsewhere",
    WIDTH: "42",
    DRY: "1",
    UNSET: "1",
    SWITCH: "false",
    QUIET: "0",
    USER: "elsewhere",
  });
});

it("leaves alone what the configuration decides, what leads to the database, secrets, and what programs are found by", async () => {
  const names = [
    "REGION",
    "DATABASE_URL",
    "DB_HOST",
    "POSTGRES_PASSWORD",
    "PGHOST",
    "API_TOKEN",
    "GITHUB_SHA",
    "PATH",
    "HOME",
  ];
  const sources = names.map((name) => `process.env.${name}`);
  const variables = await differing(sources, Object.fromEntries(names.map((name) => [name, "x"])), ["REGION"]);
  expect(Object.keys(variables).toSorted()).toEqual(["LC_ALL", "TZ", "host and account", "the clock"]);
});
