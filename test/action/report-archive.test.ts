import { readFileSync } from "node:fs";
import { strToU8, zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { packReport, unpackReport, type Envelope } from "../../src/action/report-archive.ts";
import type { Verdict } from "../../src/verdict.ts";

const verdict: Verdict = { schemaVersion: 1, headgate: "0.1.0", verdict: "passed", projects: [] };
const envelope: Envelope = { schemaVersion: 1, kind: "verdict", key: "0123456789ab" };
const json = JSON.stringify(verdict);

/** An archive with these texts by name. */
const archive = (files: Readonly<Record<string, string | Uint8Array>>): Uint8Array =>
  zipSync(
    Object.fromEntries(
      Object.entries(files).map(([name, text]) => [name, typeof text === "string" ? strToU8(text) : text]),
    ),
  );

test("what was packed is unpacked, and no more of it than is needed", () => {
  const job = { id: "ba9876543210", label: "postgres 17", count: 3 };
  const bytes = packReport({ ...envelope, job }, { "headgate.json": json, "headgate.md": "x".repeat(100_000) });
  expect(unpackReport(bytes)).toEqual({ envelope: { ...envelope, job }, verdict });
  expect(unpackReport(packReport({ ...envelope, kind: "not-checked" }, {}))).toEqual({
    envelope: { ...envelope, kind: "not-checked" },
  });
});

test("the same report is the same bytes", () => {
  const pack = () => Buffer.from(packReport(envelope, { "headgate.json": json })).toString("hex");
  expect(pack()).toBe(pack());
});

describe("a stranger's archive is refused", () => {
  const good = { "comment.json": JSON.stringify(envelope), "headgate.json": json };
  // All of it is JSON that the schema takes.
  const bomb = archive({ ...good, "headgate.json": json.padEnd(64 * 1024 * 1024) });
  /** The same bytes with another size written where an archive says how long a file is. */
  const lying = (bytes: Uint8Array): Uint8Array => {
    const changed = Buffer.from(bytes);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(64 * 1024 * 1024);
    for (let at = changed.indexOf(size); at !== -1; at = changed.indexOf(size, at + 4)) changed.writeUInt32LE(50, at);
    return changed;
  };

  test.each<readonly [string, Uint8Array]>([
    ["nothing", new Uint8Array()],
    ["no archive", strToU8("PK but no archive")],
    ["an archive that ends early", archive(good).subarray(0, 100)],
    ["a file that unpacks to 64 MB", bomb],
    ["a file that says it is short and unpacks to 64 MB", lying(bomb)],
    ["without an envelope", archive({ "headgate.json": json })],
    ["without the verdict it announces", archive({ "comment.json": JSON.stringify(envelope) })],
    ["the files under a path", archive({ "../comment.json": JSON.stringify(envelope), "../headgate.json": json })],
    ["no JSON", archive({ ...good, "headgate.json": "{" })],
    ["another schema", archive({ ...good, "headgate.json": JSON.stringify({ ...verdict, schemaVersion: 2 }) })],
    ["more than the schema has", archive({ ...good, "headgate.json": JSON.stringify({ ...verdict, html: "<b>" }) })],
    ["a number of a pull request", archive({ ...good, "comment.json": JSON.stringify({ ...envelope, number: 1 }) })],
    ["a key that ends the marker", archive({ ...good, "comment.json": JSON.stringify({ ...envelope, key: "-->" }) })],
    [
      "a matrix of a million jobs",
      archive({
        ...good,
        "comment.json": JSON.stringify({ ...envelope, job: { id: "ba9876543210", label: "x", count: 1e6 } }),
      }),
    ],
  ])("%s", (_, bytes) => {
    expect(unpackReport(bytes)).toBeUndefined();
  });

  test("and nothing of it is written to a disk", () => {
    const source = readFileSync(new URL("../../src/action/report-archive.ts", import.meta.url), "utf8");
    expect(source).not.toMatch(/node:fs/);
  });
});
