import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PostgresServer } from "../../../src/engines/engine.ts";
import { connectTo, createTestDatabase, startTestServer } from "../../support/postgres.ts";
import { canal, openCanal, type Version } from "./project.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const barges = "Migration20260401080000_barges";

describe.each<[loader: string, version: Version, packages: readonly string[]]>([
  ["typescript", "v5", ["typescript"]],
  ["tsx", "v6", ["tsx"]],
])("with %s", (loader, version, packages) => {
  it("loads decorators, enums, parameter properties and the compiler's paths, and keeps the lines", async () => {
    using repository = canal("canal-decorated", version, packages);
    await using client = await createTestDatabase(server);
    await using session = await openCanal(repository.root, server.connection(client.database as string), {
      environment: { MIKRO_ORM_CLI_TS_LOADER: loader },
    });
    const outcome = await session.upgrade([barges]);
    expect(outcome).toMatchObject({ kind: "done" });
    // A warning would say that the entities could not be loaded.
    expect(outcome).not.toHaveProperty("warnings");
    expect((await client.query("select cargo from barges")).rows).toEqual([{ cargo: "coal" }]);
    expect(await session.downgrade([barges])).toMatchObject({
      failure: { kind: "sql", sqlState: "42P01", file: `src/migrations/${barges}.ts`, line: 17 },
    });
    await session.release();
    await client.end();
    expect(repository.git("status", "--porcelain", "--ignored")).toBe("!! node_modules/");
  });
});

it("lets the types be stripped by Node where nothing else is installed", async () => {
  using repository = canal("canal-ts", "v7");
  await using client = await createTestDatabase(server);
  const name = client.database as string;
  await client.end();
  await using session = await openCanal(repository.root, server.connection(name), {
    environment: { MIKRO_ORM_CLI_TS_LOADER: "node" },
  });
  expect(await session.upgrade(["Migration20260301080000_locks"])).toMatchObject({ kind: "done" });
  await using reader = await connectTo(server, name);
  expect((await reader.query("select * from locks")).rows).toEqual([]);
});

it("says what to install when nothing can load TypeScript", async () => {
  using repository = canal("canal-ts", "v7");
  await expect(
    openCanal(repository.root, undefined, { environment: { MIKRO_ORM_CLI_TS_LOADER: "swc" } }),
  ).rejects.toThrow(/^The project's TypeScript cannot be loaded: .*Install one, or use Node 22\.18 or newer\.$/);
});
