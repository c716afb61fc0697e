import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { fingerprint } from "../../src/sql/fingerprint.ts";
import { loadParser, parseStatements } from "../../src/sql/parser.ts";
import { hasStatement, scanStatements } from "../../src/sql/scan-statements.ts";
import { splitStatements } from "../../src/sql/split-statements.ts";

beforeAll(loadParser);

const statements = fc.constantFrom(
  "SELECT 1",
  "select 'it''s; fine', \"odd;name\" from boats",
  "select E'back\\'slash; quote', e'\\\\'",
  "select E'a'\n'b\\';'",
  "select E'it''s; \\'; fine'",
  "select U&'\\0441;', B'01', N'x;'",
  "insert into boats values ('Ærøskøbing 🚤;')",
  "create function toll() returns int language plpgsql as $$ begin return 1; end; $$",
  "create function toll() returns int language sql as $body$ select 1; $body$",
  "create or replace function toll(a int default 1) returns int begin atomic select case when a > 1 then 2 end; select 3; end",
  "create procedure open_lock() begin atomic insert into boats values (1); end",
  "create rule r as on insert to boats do also (insert into a values (1); insert into b values (2))",
  "do $x$ begin execute 'select 1;'; end $x$",
  "select a$b$c from t",
  "select 3 /* not; here */ + /* nested /* ; */ ; */ 4",
  "begin",
  "commit",
  "create function begin() returns int language sql as 'select 1;'",
);
const gaps = fc.constantFrom("", " ", "\n", "\r\n", "\t", "-- note; $$ ' \"\n", "/* ; ' $$ */", " -- ünïcode;\r\n");
const texts = fc
  .tuple(fc.array(fc.tuple(gaps, statements, gaps), { maxLength: 6 }), fc.constantFrom("", ";", ";;\n;"), gaps)
  .map(([parts, last, gap]) => parts.map(([a, s, b]) => a + s + b).join(";") + last + gap);

const lines = (text: string) => splitStatements(text).map(({ line }) => line);

describe("splitStatements", () => {
  it("gives pieces that are the text again, as many as PostgreSQL's parser counts", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const pieces = splitStatements(text);
        const counted = parseStatements(text);
        expect(counted).toBeDefined();
        expect(pieces).toHaveLength(counted?.length ?? -1);
        expect(pieces.map(({ sql }) => sql).join("")).toBe(pieces.length > 0 ? text : "");
        for (const { sql, offset } of pieces) {
          expect(text.startsWith(sql, offset)).toBe(true);
          expect(parseStatements(sql)).toHaveLength(1);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("agrees with the scanner that takes over where the parser cannot read", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const bytes = (end: number) => Buffer.byteLength(text.slice(0, end));
        const scanned = [...scanStatements(text)];
        const parsed = parseStatements(text) ?? [];
        expect(scanned.map(({ start }) => bytes(start))).toEqual(parsed.map(({ start }) => start));
        const ended = parsed.flatMap(({ end }, index) => (end === undefined ? [] : [{ index, end }]));
        expect(ended.map(({ index }) => bytes(scanned[index]?.end ?? 0))).toEqual(ended.map(({ end }) => end + 1));
        expect(hasStatement(text)).toBe(parsed.length > 0);
      }),
      { numRuns: 2000 },
    );
  });

  it("numbers the line at which each statement begins, whatever ends the lines", () => {
    expect(lines("-- a\nselect 1;\n\n/* b\n*/ select 2;\nselect 3")).toEqual([2, 5, 6]);
    expect(lines("select 1;\r\n\r\nselect 2;\r\n")).toEqual([1, 3]);
    expect(lines("select 'é\n🚤';\nselec 2;")).toEqual([1, 3]);
  });

  it("finds nothing in a text without statements", () => {
    for (const text of ["", " \n", "-- only a note", "/* open", ";;"]) {
      expect(splitStatements(text)).toEqual([]);
      expect(hasStatement(text)).toBe(false);
    }
  });

  it("splits what does not parse, and keeps an unclosed string together", () => {
    expect(splitStatements("selec 1; select ';' ; select $$ ; ;").map(({ sql }) => sql)).toEqual([
      "selec 1;",
      " select ';' ;",
      " select $$ ; ;",
    ]);
  });

  it("takes 20 MB without parsing it", () => {
    const row = "insert into boats values (1, 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');\n";
    const pieces = splitStatements(row.repeat(20_000_000 / row.length));
    expect(pieces).toHaveLength(Math.floor(20_000_000 / row.length));
    expect(pieces.at(-1)?.line).toBe(pieces.length);
  });
});

describe("fingerprint", () => {
  it("is the same for statements that differ in constants and layout only", () => {
    expect(fingerprint("select * from boats where id = 1")).toBe(fingerprint("SELECT *\nFROM boats WHERE id=2"));
    expect(fingerprint("select * from boats where id = 1")).not.toBe(fingerprint("select * from locks where id = 1"));
    expect(() => fingerprint("selec 1")).toThrow(/syntax error/);
  });

  it("is not tried where the parser's memory would end, which it says on standard output", () => {
    expect(() => fingerprint("insert into boats values (1);".repeat(600_000))).toThrow(/has no fingerprint/);
  });

  it.each([
    ["insert into a.boats values (1)", "insert into b.boats values (1)"],
    ["insert into boats values (1)", "insert into public.boats values (1)"],
    ["update boats_2023 set id = 1", "update boats_2024 set id = 1"],
    ["update boats1234 set id = 1", "update boats5678 set id = 1"],
    ["select * from a.boats", "select * from b.boats"],
    ["insert into boats(a, b) values (1, 2)", "insert into boats(b, a) values (1, 2)"],
    ["delete from boats where a = 1 and b = 2", "delete from boats where b = 1 and a = 2"],
  ])("is another one for other names: %s, %s", (one, other) => {
    expect(fingerprint(one)).not.toBe(fingerprint(other));
  });

  it.each([
    ["insert into boats values (1, 'x')", "insert into boats values (2, null)"],
    ["insert into boats values (1)", "insert into boats values (2), (-3), (4)"],
    ["insert into boats values ($1, $2)", "insert into boats values ('2026-01-01'::date, 'x')"],
    ["delete from boats where id in (1)", "delete from boats where id in (1, 2, 3)"],
    ["select * from boats where id = 1", "SELECT *\n FROM boats -- all\n WHERE id = 2;"],
  ])("is the same for other constants: %s, %s", (one, other) => {
    expect(fingerprint(one)).toBe(fingerprint(other));
  });
});
