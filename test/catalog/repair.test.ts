import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CatalogDifference } from "../../src/catalog/catalog.ts";
import { describeDifference } from "../../src/catalog/describe.ts";
import { compareCatalogs } from "../../src/catalog/difference.ts";
import { repairStatement } from "../../src/catalog/repair.ts";
import { readCatalog } from "../../src/catalog/snapshot.ts";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { createTestDatabase, startTestServer } from "../support/postgres.ts";
import { changeSchema, runPart, schemaIn } from "./apply-changes.ts";
import { changes } from "./changes.ts";

/** Suggestions that PostgreSQL refuses, and why they are given nevertheless. */
const refused: Readonly<Record<string, string>> = {
  "a type is renamed": "The snapshot of one object does not say what uses it, and DROP TYPE spares what is used.",
};

const keyOf = (difference: CatalogDifference): string => {
  const { kind, name } = difference.kind === "changed" ? difference.after : difference.object;
  return `${kind} ${name}`;
};

/** What `apply-changes.ts` does to every schema, and then the suggested statements. */
async function repairChanges(server: PostgresServer, major: number) {
  await using client = await createTestDatabase(server);
  await client.query("CREATE ROLE miller; CREATE ROLE baker");
  const possible = changes.filter(({ since, alone, apart }) => since <= major && !alone && !apart);
  for (const [position, change] of possible.entries()) {
    await client.query(`CREATE SCHEMA ${changeSchema(position)}`);
    await runPart(client, change, "setup", changeSchema(position));
  }
  const before = await readCatalog(client);
  for (const [position, change] of possible.entries()) await runPart(client, change, "change", changeSchema(position));
  const differences = compareCatalogs(before, await readCatalog(client));
  const failures: string[] = [];
  const titleOf = (difference: CatalogDifference) =>
    possible.find((_, position) => changeSchema(position) === schemaIn(keyOf(difference)))?.title ?? "";
  const isRefused = (difference: CatalogDifference) => difference.kind === "surplus" && titleOf(difference) in refused;
  for (const difference of differences) {
    const statement = repairStatement(difference);
    if (statement === undefined) continue;
    if (isRefused(difference)) await expect(client.query(statement)).rejects.toThrow("depend on it");
    else await client.query(statement).catch((cause: Error) => failures.push(`${statement}: ${cause.message}`));
  }
  const remaining = new Set(compareCatalogs(before, await readCatalog(client)).map(keyOf));
  return { possible, differences: differences.filter((one) => !isRefused(one)), failures, remaining };
}

describe.each([18, 17, 16, 15, 14])("on PostgreSQL %i", (major) => {
  let server: PostgresServer;
  let repaired: Awaited<ReturnType<typeof repairChanges>>;
  beforeAll(async () => {
    server = await startTestServer(major);
    repaired = await repairChanges(server, major);
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  it("every suggested statement runs, and the difference is gone afterwards", () => {
    const { differences, failures, remaining } = repaired;
    expect(failures).toEqual([]);
    const kept = differences.filter((difference) => repairStatement(difference) && remaining.has(keyOf(difference)));
    expect(
      kept.map((difference) => `${describeDifference(difference, "the change")}: ${repairStatement(difference)}`),
    ).toEqual([]);
  });

  if (major !== 18) return;

  it("says this of each change, and suggests this", async () => {
    const { possible, differences } = repaired;
    const bySchema = Map.groupBy(differences, (difference) => schemaIn(keyOf(difference)));
    const text = possible.map(({ title }, position) => {
      const lines = (bySchema.get(changeSchema(position)) ?? []).flatMap((difference) => [
        describeDifference(difference, "the downgrade of `4f2a`"),
        ...(repairStatement(difference)?.split("\n") ?? []).map((line) => `    ${line}`),
      ]);
      return [`# ${title}`, ...lines].join("\n").replaceAll(changeSchema(position), "mills");
    });
    await expect(`${text.join("\n\n")}\n`).toMatchFileSnapshot("../fixtures/catalog/differences.txt");
  });
});
