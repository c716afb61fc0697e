import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Finding } from "../../src/finding.ts";
import { commentBody, isRetired, retiredComment, speaksFor, staleComment } from "../../src/report/comment.ts";
import { marker } from "../../src/report/comment-frame.ts";
import { markdownReport } from "../../src/report/markdown.ts";
import { plainText } from "../../src/report/plain-text.ts";
import type { ProjectVerdict, RevisionReport, Verdict } from "../../src/verdict.ts";
import { statementReport } from "../support/statement-report.ts";
import { hostileTexts } from "./hostile-texts.ts";
import { render } from "./rendered.ts";

/** The longest that GitHub takes, in characters. */
const commentLimit = 65_536;

const context = {
  key: "0123456789ab",
  commit: "c0ffee0000000000000000000000000000000000",
  repositoryUrl: "https://github.com/waterways/locks",
  runUrl: "https://github.com/waterways/locks/actions/runs/7",
} as const;
const ours = ["https://github.com/waterways/locks/blob/c0ffee0000000000000000000000000000000000/", context.runUrl];

const revision = (id: string, more: Partial<RevisionReport> = {}): RevisionReport => ({
  id,
  file: `migrations/${id}.sql`,
  new: true,
  downRevisions: [],
  ...more,
});

function verdictWith(project: Partial<ProjectVerdict>, ...others: readonly Partial<ProjectVerdict>[]): Verdict {
  const projects = [project, ...others].map((own): ProjectVerdict => ({
    name: "locks",
    tool: "alembic",
    directory: ".",
    lineage: { revisions: 1, heads: ["a1"], bases: ["a1"], branchPoints: [], mergePoints: [], new: ["a1"] },
    checks: [{ id: "lineage", status: "passed", durationMs: 1 }],
    findings: [],
    revisions: [revision("a1")],
    ...own,
  }));
  return { schemaVersion: 1, headgate: "0.1.0", verdict: "failed", projects };
}

const finding = (more: Partial<Finding> = {}): Finding => ({
  ruleId: "downgrade-incomplete",
  severity: "error",
  title: "The downgrade does not restore the schema",
  message: "The schema is not what it was before.",
  ...more,
});

/** A verdict with this text wherever a stranger's text can be. */
function everywhere(text: string): Verdict {
  const statements = {
    up: [statementReport(text, { locks: [{ relation: text, mode: "SHARE" }] })],
    down: [statementReport(text, { locks: [{ relation: text, mode: "SHARE" }] })],
  };
  return verdictWith(
    {
      name: text,
      directory: text,
      lineage: { revisions: 2, heads: [text, "b2"], bases: [text], branchPoints: [text], mergePoints: [], new: [text] },
      checks: [{ id: "upgrade", status: "failed", reason: text, durationMs: 1 }],
      findings: [
        finding({ title: text, message: text, help: text, file: text, line: 3, revision: text, statement: text }),
        finding({ ruleId: text, message: `Before: ${text}\n- ${text}\nStatement: ${text}`, help: `Add:\n${text}` }),
        finding({ message: `type \`${text}\` survives`, file: `migrations/${text}` }),
      ],
      revisions: [revision(text, { title: text, file: text, downRevisions: [text], ...statements }), revision("b2")],
    },
    { name: `another ${text}` },
  );
}

const allowedElements = new Set("h3 p b code pre a table tbody tr th td ul li details summary sub".split(" "));
const allowedAttributes: Readonly<Record<string, readonly string[]>> = {
  a: ["href"],
  code: ["class"],
  details: ["open"],
};
/** What GitHub makes links of, or shows otherwise, in text that is in no code. */
const noticed = /@|#|:\/\/|www\.|\bGH-\d|\b[0-9a-f]{7,40}\b|:[\w+-]+:|\$/i;

function expectHarmless(body: string): void {
  const rendered = render(body);
  for (const { name, attributes } of rendered.elements) {
    expect(allowedElements).toContain(name);
    for (const attribute of Object.keys(attributes)) expect(allowedAttributes[name] ?? []).toContain(attribute);
    if (name === "code" && attributes["class"] !== undefined)
      expect(attributes["class"]).toMatch(/^language-(text|sql|mermaid|diff)$/);
    if (name !== "a") continue;
    const href = attributes["href"] ?? "";
    // No browser leads it elsewhere.
    expect(new URL(href).href).toBe(href);
    expect(ours.filter((prefix) => href.startsWith(prefix))).toHaveLength(1);
  }
  expect(rendered.comments).toEqual([
    " headgate:comment 0123456789ab ",
    expect.stringMatching(/^ headgate:state [A-Za-z0-9+/=]+ $/),
  ]);
  for (const text of rendered.open) expect(text).not.toMatch(noticed);
  expect(body).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/);
  expect(body.isWellFormed()).toBe(true);
  expect(body.length).toBeLessThanOrEqual(commentLimit);
  expect(body.startsWith(`${marker(context.key)}\n`)).toBe(true);
}

/** The commit before. */
const earlier = { ...context, commit: "beef000000000000000000000000000000000000" };
const sent = (...statements: readonly string[]): Verdict =>
  verdictWith({ revisions: [revision("a1", { up: statements.map((sql) => statementReport(sql)), down: [] })] });
/** One of two jobs of a matrix. */
const jobContext = (label: string, index = 0, more: object = {}) => ({
  ...context,
  job: { id: `${index}`, label: label.slice(0, 100).toWellFormed(), count: 2 },
  ...more,
});

/** Without what is not the same with every version of zlib. */
const readable = (body: string): string => body.replace(/(headgate:state) [^ ]+/, "$1 …");

describe("what strangers wrote is shown as text", () => {
  test("there are enough of them", () => {
    expect(Object.keys(hostileTexts).length).toBeGreaterThanOrEqual(60);
  });

  test.each(Object.entries(hostileTexts))("%s", (_, text) => {
    const body = commentBody(everywhere(text), context);
    expectHarmless(body);
    expectHarmless(commentBody(everywhere(text), context, [commentBody(sent("select 1"), earlier)]));
    expectHarmless(commentBody(sent("select 1"), context, [commentBody(everywhere(text), earlier)]));
    expectHarmless(
      commentBody(everywhere(text), jobContext(text, 1), [commentBody(everywhere(text), jobContext("x"))]),
    );
    const shown = render(body).text.replaceAll(/\s+/g, "");
    // Long ones are cut; what is left of them is the same.
    const expected = plainText(text).replaceAll(/\s+/g, "");
    expect(shown).toContain(expected.slice(0, 3_000));
  });

  test("all of them together", () => {
    expectHarmless(commentBody(everywhere(Object.values(hostileTexts).join("\n")), context));
    expectHarmless(commentBody(everywhere(Object.values(hostileTexts).join(" ")), context));
  });

  test("any", () => {
    const pieces = fc.constantFrom(
      ...Object.values(hostileTexts).filter((text) => text.length < 100),
      "`",
      "\n",
      " ",
      "<",
      "&",
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(pieces, fc.string({ unit: "grapheme", maxLength: 5 })), { maxLength: 8 }),
        (parts) => {
          expectHarmless(commentBody(everywhere(parts.join("")), context));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("the SQL", () => {
  const sqlOf = (sql: string): readonly string[] =>
    render(commentBody(verdictWith({ revisions: [revision("a1", { up: [statementReport(sql)], down: [] })] }), context))
      .blocks;

  test.each(Object.entries(hostileTexts).filter(([, text]) => text.trim() && text.length < 8_000))(
    "is what was run: %s",
    (_, text) => {
      const [shown] = sqlOf(`insert into notes values ('${text.replaceAll("'", "''")}')`);
      const expected = `insert into notes values ('${plainText(text).replaceAll("'", "''")}');`;
      expect(shown?.replaceAll(/\s+/g, "")).toBe(expected.replaceAll(/\s+/g, ""));
    },
  );

  test("is what was run, whatever it is: nothing but its layout is changed", () => {
    const pieces = fc.constantFrom(
      ...Object.values(hostileTexts).filter((text) => text.length < 100 && text.isWellFormed()),
      "select",
      "1",
      "'",
      '"',
      "$$",
      "--",
      "/*",
      "*/",
      "\n",
      "\t",
      " ",
      "`",
      "~",
      ";",
      "\\",
    );
    fc.assert(
      fc.property(fc.array(pieces, { minLength: 1, maxLength: 12 }), (parts) => {
        const sql = parts.join("");
        fc.pre(sql.trim() !== "");
        const [shown = ""] = sqlOf(sql);
        // A carriage return is white space to PostgreSQL, and shown by its number where it is kept.
        const bare = (text: string) => text.replaceAll(/[ \t\n\r\f\v]+|\\u000d/g, "");
        const [is, was] = [bare(shown), bare(plainText(sql))];
        // Its semicolon is added where the server sees it.
        const without = [...is.matchAll(/;/g)].map(({ index }) => is.slice(0, index) + is.slice(index + 1));
        expect([is, ...without]).toContain(was);
      }),
      { numRuns: 500 },
    );
  });

  test("is laid out", () => {
    expect(sqlOf("create table boats (id int primary key, name text not null)")).toEqual([
      "create table boats (id int primary key, name text not null);\n",
    ]);
    expect(
      sqlOf(`select a, b from boats where ${"a = 1 and ".repeat(12)}b = 2`)[0]?.split("\n").length,
    ).toBeGreaterThan(3);
  });

  test("says where there is no way back, and where there was nothing to do", () => {
    const revisions = [
      revision("a1", { up: [statementReport("select 1")], down: null }),
      revision("b2", { up: [], down: [statementReport("select 2")] }),
    ];
    const { text } = render(commentBody(verdictWith({ revisions }), context));
    expect(text).toContain("SQL of a1: 1 up, no way back");
    expect(text).toContain("SQL of b2: 0 up, 1 down");
  });

  test("is left out where it was not recorded", () => {
    expect(commentBody(verdictWith({}), context)).not.toContain("SQL of");
  });
});

describe("the comment", () => {
  const verdict = verdictWith({
    checks: [
      { id: "lineage", status: "failed", reason: "multiple-heads", durationMs: 1 },
      { id: "upgrade", status: "skipped", reason: "the history has to be sound first (multiple-heads)", durationMs: 0 },
    ],
    lineage: { revisions: 3, heads: ["b2", "c3"], bases: ["a1"], branchPoints: ["a1"], mergePoints: [], new: ["c3"] },
    findings: [
      finding({
        ruleId: "multiple-heads",
        title: "The lineage has more than one head",
        message: "There are 2 heads:\n- `b2`\n- `c3`",
        help: "Merge them:\nalembic merge b2 c3",
        file: "migrations/c3 it's (new).py",
        line: 14,
      }),
    ],
    revisions: [
      revision("a1", { new: false }),
      revision("b2", { new: false, downRevisions: ["a1"] }),
      revision("c3", {
        downRevisions: ["a1"],
        up: [
          statementReport("create table tolls (id int, boat int references boats (id))", {
            locks: [{ relation: "public.boats", mode: "SHARE ROW EXCLUSIVE" }],
          }),
          statementReport("insert into alembic_version values ('c3')", { role: "bookkeeping" }),
        ],
        down: [statementReport("drop table tolls")],
      }),
    ],
  });

  test("reads well", async () => {
    await expect(readable(commentBody(verdict, context))).toMatchFileSnapshot("./snapshots/comment.md");
  });

  test("begins with the verdict and what to do", () => {
    const lines = commentBody(verdict, context).split("\n").filter(Boolean);
    expect(lines[2]).toBe("### ❌ Headgate: failed");
    expect(lines[3]).toMatch(/^<p>Fix this first: The lineage has more than one head in <a /);
  });

  test("leads to the exact line at the commit that was checked", () => {
    const link = render(commentBody(verdict, context)).elements.find(({ name }) => name === "a");
    expect(link?.attributes["href"]).toBe(
      `https://github.com/waterways/locks/blob/${context.commit}/migrations/c3%20it%27s%20(new).py#L14`,
    );
  });

  test("draws the lineage only where it is no line", () => {
    expect(commentBody(verdict, context)).toContain("```mermaid\nflowchart TD");
    expect(commentBody(verdictWith({}), context)).not.toContain("mermaid");
  });

  test("folds several projects, and opens those with something to see", () => {
    const body = commentBody(verdictWith({ name: "boats" }, { name: "tolls", findings: [finding()] }), context);
    expect(body).toContain("<details><summary>✅ <code>boats</code>");
    expect(body).toContain("<details open><summary>❌ <code>tolls</code>");
  });

  test("passed, and errored", () => {
    expect(render(commentBody({ ...verdictWith({}), verdict: "passed" }, context)).text).toContain(
      "Nothing to do: 1 new revision was checked.",
    );
    const checks = [{ id: "upgrade", status: "errored", reason: "no engine answers", durationMs: 0 }] as const;
    expect(render(commentBody({ ...verdictWith({ checks }), verdict: "errored" }, context)).text).toContain(
      "Not everything could be checked: no engine answers.",
    );
  });

  test("of one line, when there is nothing to say any more", () => {
    for (const body of [retiredComment(context), staleComment(context, "0.1.0")]) {
      expect(body.trim().split("\n")).toHaveLength(2);
      expect(body.startsWith(`${marker(context.key)}\n`)).toBe(true);
    }
    expect(isRetired(retiredComment(context))).toBe(true);
    expect(isRetired(commentBody(verdict, context))).toBe(false);
  });
});

describe("what a push changed in the SQL", () => {
  const shownAfter = (before: Verdict, now: Verdict) =>
    render(commentBody(now, context, [commentBody(before, earlier)]));

  test("is shown statement by statement", () => {
    const { text, ...shown } = shownAfter(
      sent("select 1", "select 2", "select 4"),
      sent("select 1", "select 3", "select 4"),
    );
    expect(text).toContain("What changed in the SQL since beef000");
    expect(shown.blocks.at(-1)).toBe("# up\n- select 2\n+ select 3\n");
  });

  test("is nothing where the SQL is the same, where it is the first push, and where nothing could be examined", () => {
    expect(shownAfter(sent("select 1"), sent("select 1")).text).toContain("The SQL is the same as at beef000.");
    expect(commentBody(sent("select 1"), context)).not.toMatch(/since|same as/);
    expect(shownAfter(sent("select 1"), verdictWith({})).text).not.toMatch(/since|same as/);
  });

  test("is told of revisions that came or went", () => {
    const other = verdictWith({ revisions: [revision("b2", { up: [statementReport("select 1")], down: [] })] });
    const { text } = shownAfter(sent("select 1"), other);
    expect(text).toMatch(/b2 is new since then\.[^]*a1 is gone since then\./);
  });

  test("is compared with the push before, also when the same commit is checked again", () => {
    const first = commentBody(sent("select 1"), earlier);
    const second = commentBody(sent("select 2"), context, [first]);
    expect(commentBody(sent("select 2"), context, [second])).toBe(second);
    expect(second).toContain("since <code>beef000</code>");
  });

  test("survives a commit that could not be checked", () => {
    const stale = staleComment(earlier, "0.1.0", [
      commentBody(sent("select 1"), { ...context, commit: "aaaa000000000000000000000000000000000000" }),
    ]);
    expect(render(commentBody(sent("select 2"), context, [stale])).text).toContain("since aaaa000");
  });

  test("is told by digests where the statements take too much room", () => {
    const noise = (seed: number) =>
      `select '${Array.from({ length: 900 }, (_, index) => Math.sin(seed + index).toString(36)).join("")}'`;
    const { blocks } = shownAfter(sent(noise(1), noise(2), "select 1"), sent(noise(1), "select 1", "select 3"));
    expect(blocks.at(-1)).toBe("# up\n- (one statement that was too long to keep)\n+ select 3\n");
  });

  test("is left out where what was remembered is not as it was written", () => {
    const first = commentBody(sent("select 1"), earlier);
    for (const changed of [
      first.replace(/state [^ ]+/, "state AAAA"),
      first.replace(/state [^ ]+/, `state ${deflateRawSync("[{}]").toString("base64")}`),
      first.replace(/state [^ ]+/, `state ${deflateRawSync(Buffer.alloc(50_000_000)).toString("base64")}`),
      first.replace(/<!-- headgate:state.*\n/, ""),
      first.slice(0, 60),
    ])
      expect(commentBody(sent("select 2"), context, [changed])).toBe(commentBody(sent("select 2"), context));
  });
});

describe("the jobs of a matrix share a comment", () => {
  const passed = { ...sent("select 1"), verdict: "passed" } as const;
  const failed = verdictWith({ findings: [finding()] });
  const first = commentBody(passed, jobContext("postgres 16", 1));
  const both = commentBody(failed, jobContext("postgres 17", 2), [first]);

  test("which says how many have reported", async () => {
    expect(render(first).text).toMatch(/⏳ Headgate: pending[^]*waiting for 1 of 2 jobs/);
    await expect(readable(both)).toMatchFileSnapshot("./snapshots/matrix.md");
    expectHarmless(both);
    expect(render(both).text).toMatch(/❌ Headgate: failed[^]*Fix first what was found with postgres 17/);
  });

  test("whatever the order they report in, and however often", () => {
    const other = commentBody(passed, jobContext("postgres 16", 1), [
      commentBody(failed, jobContext("postgres 17", 2)),
    ]);
    expect(other).toBe(both);
    expect(commentBody(failed, jobContext("postgres 17", 2), [both])).toBe(both);
    expect(
      commentBody(passed, jobContext("postgres 16", 1), [commentBody(failed, jobContext("postgres 17", 2)), first]),
    ).toBe(both);
  });

  test("in which each knows its own part again", () => {
    for (const [label, index] of [
      ["postgres 16", 1],
      ["postgres 17", 2],
    ] as const)
      expect(speaksFor(both, jobContext(label, index))).toBe(true);
    expect(speaksFor(first, jobContext("postgres 17", 2))).toBe(false);
    expect(speaksFor(both, jobContext("postgres 16", 1, { commit: earlier.commit }))).toBe(false);
  });

  test("which says nothing of an earlier commit but that it waits", () => {
    const next = commentBody(passed, jobContext("postgres 16", 1, { commit: earlier.commit }), [both]);
    const { text } = render(next);
    expect(text).toMatch(/⏳postgres 17not yet for this commit/);
    expect(text).not.toContain("The downgrade does not restore the schema");
  });

  test("and none can make another's part say something else", () => {
    const evil = "</details>\n\n<!-- headgate:state AAAA -->\n### ✅ Headgate: passed\n```\n";
    const body = commentBody(passed, jobContext("postgres 16", 1), [
      commentBody(everywhere(evil), jobContext("postgres 17", 2)),
    ]);
    expectHarmless(body);
    expect(commentBody(passed, jobContext("postgres 16", 1), [body])).toBe(body);
  });

  test("of which one could not be checked", () => {
    const { text } = render(staleComment(jobContext("postgres 17", 2), "0.1.0", [first]));
    expect(text).toMatch(/⚠️ Headgate: errored[^]*Not everything could be checked with postgres 17/);
  });

  test("with room for each", () => {
    const long = verdictWith({
      revisions: Array.from({ length: 60 }, (_, index) =>
        revision(`r${index}`, { up: [statementReport(`select '${"x".repeat(3_000)}'`)], down: [] }),
      ),
    });
    let body: string[] = [];
    for (let index = 0; index < 8; index++) {
      const job = { id: `${index}`, label: `postgres ${index}`, count: 8 };
      body = [commentBody(long, { ...context, job }, body)];
      expectHarmless(body[0] ?? "");
    }
    expect(render(body[0] ?? "").text.match(/SQL of r0/g)).toHaveLength(8);
  });
});

describe("a comment that would be too long", () => {
  const one = statementReport(`select '${"```\n".repeat(700)}'`);
  const revisions = Array.from({ length: 60 }, (_, index) => revision(`r${index}`, { up: [one], down: [one] }));
  const findings = Array.from({ length: 20 }, (_, index) => finding({ message: `Finding number ${index}.` }));
  const long = verdictWith(
    { revisions, findings },
    { name: "tolls", findings: [finding({ message: "The last one." })] },
  );

  test("is cut between its parts, the SQL first", () => {
    const body = commentBody(long, context);
    expectHarmless(body);
    expect(body.length).toBeGreaterThan(commentLimit / 2);
    const { text, blocks } = render(body);
    expect(text).toContain("Finding number 19.");
    expect(text).toContain("The last one.");
    expect(text).toMatch(/✂️ \d+ more parts of this report had no room here; the job summary has more\./);
    // Every block that is there is whole.
    for (const block of blocks) expect(block.trimEnd()).toMatch(/';$/);
    expect(body.trimEnd()).toMatch(/<\/sub><\/p>$/);
  });

  test("is whole in the job summary, within its bytes", () => {
    const limit = 1024 * 1024;
    const report = markdownReport(long, { limit, size: (text) => Buffer.byteLength(text) });
    expect(Buffer.byteLength(report)).toBeLessThanOrEqual(limit);
    expect(render(report).blocks).toHaveLength(120);
    const wide = verdictWith({ findings: Array.from({ length: 400 }, () => finding({ message: "ö".repeat(7_000) })) });
    const cut = markdownReport(wide, { limit, size: (text) => Buffer.byteLength(text) });
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(limit);
    expect(Buffer.byteLength(cut)).toBeGreaterThan(limit / 2);
  });

  test("leaves whole projects out when there are hundreds", () => {
    const many = verdictWith({}, ...Array.from({ length: 900 }, (_, index) => ({ name: `project ${index}` })));
    expectHarmless(commentBody(many, context));
  });
});
