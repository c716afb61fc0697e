import { expect, test } from "vitest";
import { secretsOf } from "../../src/action/secrets.ts";

test.each([
  ["postgresql://boats:s3cr3t@db.example.org:5432/boats", ["s3cr3t"]],
  ["postgres://boats:p%40ss%2Fword@db/boats?sslmode=require", ["p%40ss%2Fword", "p@ss/word"]],
  ["postgres://boats:p@ss@db/boats", ["p@ss", "p%40ss"]],
  ["postgres://db/boats?user=boats&password=hush", ["hush"]],
  ["host=db user=boats password='it is hush'", ["it is hush"]],
])("of %s", (url, passwords) => {
  expect(secretsOf(url)).toEqual(expect.arrayContaining([url, ...passwords]));
  // An empty secret would mask every place between two characters.
  expect(secretsOf(url)).not.toContain("");
});

test("of an address without a password, only itself", () => {
  expect(secretsOf("postgresql://db/boats")).toEqual(["postgresql://db/boats"]);
});
