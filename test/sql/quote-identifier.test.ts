import * as fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { quoteIdentifier, quoteLiteral } from "../../src/sql/quote-identifier.ts";
import { connectTo, startTestServer } from "../support/postgres.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());

// PostgreSQL's texts hold any character but NUL; well-formed, for the wire is UTF-8.
const texts = fc
  .string({ unit: "binary", maxLength: 20 })
  .filter((text) => text.isWellFormed() && !text.includes("\0"));
const awkward = fc.constantFrom(
  "",
  "'",
  "\\",
  "\\'",
  "a\\'; drop table boats; --",
  '"',
  'a"b',
  "Ærø 🚤",
  "$$",
  "select",
);

it("writes names and texts that PostgreSQL reads as they were, whatever standard_conforming_strings says", async () => {
  await using client = await connectTo(server, server.maintenanceDatabase);
  for (const setting of ["on", "off"]) {
    await client.query(`set standard_conforming_strings = ${setting}`);
    await fc.assert(
      fc.asyncProperty(fc.oneof(awkward, texts), async (text) => {
        // A name is cut at 63 bytes and is never empty.
        const name = `n${[...text].slice(0, 12).join("")}`;
        const { rows, fields } = await client.query(`select ${quoteLiteral(text)} as ${quoteIdentifier(name)}`);
        expect(fields[0]?.name).toBe(name);
        expect(rows[0]).toEqual({ [name]: text });
      }),
      { numRuns: 200 },
    );
  }
});
