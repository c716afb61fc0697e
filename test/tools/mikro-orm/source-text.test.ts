import { describe, expect, it } from "vitest";
import { closingOffset, lineAt, maskSource } from "../../../src/tools/mikro-orm/source-text.ts";

describe("maskSource", () => {
  it.each([
    ["a comment to the end of the line", "a // class B {\nc", "a             \nc"],
    ["a comment over lines", "a /* { \n } */ b", "a      \n      b"],
    ["a comment that never ends", "a /* {", "a     "],
    ["strings", `a('it''s {', "\\"}")`, `a('  ''   ', "   ")`],
    ["a string that the line ends", "a = 'x {\n}", "a = '   \n}"],
    ["a template", "a(`x } y`)", "a(`     `)"],
    ["code in a template", "`a ${ f({ b: `}` }) } c`", "`  ${ f({ b: ` ` }) }  `"],
    ["an escaped backtick", "`\\`{`{", "`   `{"],
    ["a regular expression", "a = /[/{]\\/}/g; {", "a = /       /g; {"],
    ["no division", "a = b / c; d = (e) / {}", "a = b / c; d = (e) / {}"],
    ["a regular expression that is returned", "return /{/", "return / /"],
    ["carriage returns", "a // b\r\nc", "a      \nc"],
  ])("blanks %s", (_name, source, expected) => {
    const masked = maskSource(source);
    expect(masked).toBe(expected);
    expect(masked).toHaveLength(source.length);
  });

  it("reads a large file in time that grows with its size", () => {
    const migration = "this.addSql(`insert into locks values (1, 'Foxton');`);\n".repeat(200_000);
    const started = performance.now();
    expect(maskSource(migration)).toHaveLength(migration.length);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

it("finds the bracket that closes another", () => {
  expect(closingOffset("a({ [b] }) c", 1)).toBe(10);
  expect(closingOffset("a({", 1)).toBe(3);
});

it("counts lines from one", () => {
  expect(lineAt("a\nb\nc", 0)).toBe(1);
  expect(lineAt("a\nb\nc", 4)).toBe(3);
});
