import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { History } from "../../src/history.ts";
import { describeLineage } from "../../src/lineage/lineage.ts";
import { lineageText } from "../../src/report/lineage-text.ts";
import { lineageMermaid } from "../../src/report/mermaid.ts";
import { drawn, linear, revision } from "../lineage/drawn-history.ts";

const row = (prefix: string, count: number): string =>
  Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(4, "0")}`).join(" ← ");
const fan = (count: number): string =>
  ["a", ...Array.from({ length: count }, (_, index) => `a ← h${String(index).padStart(4, "0")}`)].join("; ");
const text = (history: History, newIds: readonly string[] = [], options: { width?: number; limit?: number } = {}) =>
  lineageText(history, describeLineage(history, new Set(newIds)), options)
    .split("\n")
    .slice(0, -1);
const mermaid = (history: History, newIds: readonly string[] = [], limit?: number) =>
  lineageMermaid(history, describeLineage(history, new Set(newIds)), limit === undefined ? {} : { limit });

/** Ids and titles as somebody might choose them who wants to break a drawing. */
const hostile = [
  'x"] --> evil["y',
  "a\n  click n0 href javascript:alert(1)",
  "%%{init: {'theme': 'dark'}}%%",
  "<img src=x onerror=alert(1)>",
  "end",
  "`markdown` **bold** _it_",
  "#quot; &quot; #35;",
  "]]) }} |label| ; graph TD",
  "1. list",
  "\u001b[2J\u001b]0;title\u0007\u202egnp",
  "",
];

describe("as text", () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ["", [], []],
    ["a", ["a"], ["* a (head, new, base)"]],
    ["a ← b", [], ["* b (head)", "* a (base)"]],
    ["a ← b; a ← c; b, c ← m", [], ["* m (head, merge)", "|-.", "| * c", "* | b", "|-'", "* a (branch point, base)"]],
    ["a; b", [], ["* b (head, base)", "* a (head, base)"]],
    ["a; a ⇠ b", [], ["* b (head, base, depends on a)", "* a (head, base)"]],
    [
      "a ← b ← d; a ← c ← e; d, e ← m; a ← z ← y; m ← q",
      ["y"],
      [
        "* q (head)",
        "| * y (head, new)",
        "| * z",
        "* | m (merge)",
        "|-+-.",
        "| | * e",
        "| | * c",
        "* | | d",
        "* | | b",
        "|-'-'",
        "* a (branch point, base)",
      ],
    ],
  ])("%s", (drawing, newIds, expected) => {
    expect(text(drawn(drawing), newIds)).toEqual(expected);
  });

  test("a long stretch is one line, and new revisions are not swallowed", () => {
    const history = drawn(`${row("r", 120)} ← x; r0119 ← y`);
    expect(text(history, ["r0060"])).toEqual([
      "* y (head)",
      "| * x (head)",
      "|-'",
      "* r0119 (branch point)",
      ": 58 revisions, r0061 to r0118",
      "* r0060 (new)",
      ": 59 revisions, r0001 to r0059",
      "* r0000 (base)",
    ]);
  });

  test("beyond the limit the newest are shown, and how many there are besides", () => {
    expect(text(drawn(fan(30)), [], { limit: 3 })).toEqual([
      "* h0029 (head)",
      "| * h0028 (head)",
      "| | * h0027 (head)",
      "|-'-'",
      ": 28 earlier revisions",
    ]);
    expect(
      text(
        drawn(row("r", 300)),
        drawn(row("r", 300)).revisions.map(({ id }) => id),
      ),
    ).toHaveLength(3);
  });

  test("too many branches for lanes are listed without", () => {
    const lines = text(drawn(fan(1_000)));
    expect(lines).toHaveLength(201);
    expect(lines.slice(0, 2)).toEqual(["* h0999 (head)", "* h0998 (head)"]);
    expect(lines.at(-1)).toBe(": 801 earlier revisions");
  });

  test("keeps to the width, wide characters counted", () => {
    const history: History = { ...drawn("a"), revisions: [{ ...revision("果樹園"), title: "木を植える" }] };
    expect(text(history, [], { width: 40 })[0]).toBe("* 果樹園 (head, base) 木を植える");
    expect(text(history, [], { width: 30 })[0]).toBe("* 果樹園 (head, base) 木を植…");
    expect(text(history, [], { width: 28 })[0]).toBe("* 果樹園 (head, base) 木を…");
  });

  test("a linear history has no bases to point out", () => {
    expect(text(linear("1_a.sql", "2_b.sql"), ["2"])).toEqual(["* 2 (head, new)", "* 1"]);
  });

  test("nothing a stranger wrote reaches the terminal as a control character", () => {
    const revisions = hostile.map((id) => ({ ...revision(id), title: id }));
    for (const line of text({ shape: "graph", revisions, problems: [] }, [], { width: 1_000 }))
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test("10,000 in a row, and 10,000 side by side", () => {
    expect(text(drawn(row("r", 10_000)))).toHaveLength(3);
    expect(text(drawn(fan(10_000)))).toHaveLength(201);
  });

  test("every line of every drawing has as many revisions as it says", () => {
    const links = fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 25 });
    fc.assert(
      fc.property(links, (parents) => {
        const revisions = parents.map((wanted, index) =>
          revision(`r${index}`, index === 0 ? [] : [...new Set(wanted.map((number) => `r${number % index}`))]),
        );
        const lines = text({ shape: "graph", revisions, problems: [] });
        const shown = lines.flatMap((line) => {
          const stretch = /^[| ]*:[| ]* (\d+) revisions/.exec(line);
          return stretch ? [Number(stretch[1])] : /^[| ]*\*[| ]* r\d+/.test(line) ? [1] : [];
        });
        expect(shown.reduce((sum, count) => sum + count, 0)).toBe(revisions.length);
        // Whatever joins or leaves is beside a lane that is there.
        for (const line of lines) expect(line).toMatch(/^(?:[| ]*[*:] .*|[| ]*\|[-+'.]+[| ]*)$/);
      }),
    );
  });
});

describe("as Mermaid", () => {
  test("a small graph", () => {
    expect(mermaid(drawn("a ← b; a ← c; b ⇠ c"), ["c"])).toBe(
      [
        "flowchart TD",
        '  n0["a"]',
        '  n1["b<br/>head"]:::head',
        '  n2["c<br/>head, new"]:::head',
        "  n0 --> n1",
        "  n0 --> n2",
        "  n1 -. required by .-> n2",
        "  classDef head stroke-width:3px",
        "  classDef new stroke-dasharray:4 2",
        "  classDef stretch stroke-width:0px",
        "",
      ].join("\n"),
    );
  });

  test("long stretches are one node, and beyond the limit the newest are drawn", () => {
    expect(mermaid(drawn(row("r", 100)))).toContain('n1["98 revisions<br/>r0001 to r0098"]:::stretch');
    const lines = mermaid(drawn(fan(100)), [], 10).split("\n");
    expect(lines[1]).toBe('  older["91 more before"]:::stretch');
    expect(lines.filter((line) => / --> /.test(line))).toHaveLength(10);
  });

  test("nothing but the drawing is read as syntax", () => {
    const revisions = hostile.map((id, index) => ({
      ...revision(id, index === 0 ? [] : [hostile[index - 1] as string]),
      title: id,
    }));
    const label = String.raw`(?:[\p{L}\p{N} …_.,-]|#\d+;|<br/>)*`;
    const line = new RegExp(
      `^(?:flowchart TD|  n\\d+\\["${label}"\\](?::::(?:head|new|stretch))?|  n\\d+ --> n\\d+|  classDef [\\w :,.-]+|)$`,
      "u",
    );
    for (const each of mermaid({ shape: "graph", revisions, problems: [] }, hostile).split("\n"))
      expect(each).toMatch(line);
  });
});
