import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { rules } from "../../src/rules/registry.ts";
import { headgate } from "../support/cli.ts";

test("without a rule it lists all of them", async () => {
  const { stdout } = await headgate(["explain"]);
  expect(stdout.match(/^- `/gm)).toHaveLength(rules.length);
});

test("a page is what docs/rules has of it, and as text it is broken between words", async () => {
  const [markdown, text] = await Promise.all([
    headgate(["explain", "drop-table", "--format", "markdown"]),
    headgate(["explain", "drop-table"]),
  ]);
  expect(readFileSync("docs/rules/drop-table.md", "utf8")).toContain(markdown.stdout);
  expect(text.stdout).not.toMatch(/^(?:#|```|\|)|\]\(/m);
  const words = (page: string) => page.match(/[\p{L}\p{N}]+/gu);
  expect(words(text.stdout)).toEqual(words(markdown.stdout.replaceAll(/^```\w*$/gm, "")));
});

test.each([
  ["create-index-blokcing", "Did you mean create-index-blocking or "],
  ["unheard", "There is no rule unheard. `headgate explain` lists the rules."],
])("%s is no rule", async (id, said) => {
  const { exitCode, stderr } = await headgate(["explain", id]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(said);
});
