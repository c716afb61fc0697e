import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Finding } from "../../src/finding.ts";
import { commentBody, marker, retiredComment, staleComment } from "../../src/report/comment.ts";
import { markdownReport } from "../../src/report/markdown.ts";
import { plainText } from "../../src/report/plain-text.ts";
import type { ProjectVerdict, RevisionReport, StatementReport, Verdict } from "../../src/verdict.ts";
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

const statement = (sql: string, more: Partial<StatementReport> = {}): StatementReport => ({
  sql,
  role: "migration",
  transaction: 1,
  transactional: true,
  durationMs: 1,
  locks: [],
  rewrites: [],
  scans: [],
  evidence: "complete",
  ...more,
});

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
    up: [statement(text, { locks: [{ relation: text, mode: "SHARE" }] })],
    down: [statement(text, { locks: [{ relation: text, mode: "SHARE" }] })],
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
      expect(attributes["class"]).toMatch(/^language-(text|sql|mermaid)$/);
    if (name !== "a") continue;
    const href = attributes["href"] ?? "";
    // No browser leads it elsewhere.
    expect(new URL(href).href).toBe(href);
    expect(ours.filter((prefix) => href.startsWith(prefix))).toHaveLength(1);
  }
  expect(rendered.comments).toEqual([" headgate:comment 0123456789ab "]);
  for (const text of rendered.open) expect(text).not.toMatch(noticed);
  expect(body).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/);
  expect(body.isWellFormed()).toBe(true);
  expect(body.length).toBeLessThanOrEqual(commentLimit);
  expect(body.startsWith(`${marker(context.key)}\n`)).toBe(true);
}

describe("what strangers wrote is shown as text", () => {
  test("there are enough of them", () => {
    expect(Object.keys(hostileTexts).length).toBeGreaterThanOrEqual(60);
  });

  test.each(Object.entries(hostileTexts))("%s", (_, text) => {
    const body = commentBody(everywhere(text), context);
    expectHarmless(body);
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
    render(commentBody(verdictWith({ revisions: [revision("a1", { up: [statement(sql)], down: [] })] }), context))
      .blocks;

  test.each(Object.entries(hostileTexts).filter(([, text]) => text.trim() && text.length < 8_000))(
    "is what was run: %s",
    (_, text) => {
      const [shown] = sqlOf(`insert into notes values ('${text.replaceAll("'", "''")}')`);
      const expected = `insert into notes values ('${plainText(text).replaceAll("'", "''")}');`;
      expect(shown?.replaceAll(/\s+/g, "")).toBe(expected.replaceAll(/\s+/g, ""));
    },
  );

  test("is laid out", () => {
    expect(sqlOf("create table boats (id int primary key, name text not null)")).toEqual([
      "create table boats (id int primary key, name text not null);\n",
    ]);
    expect(sqlOf("select a, b from boats where a = 1")[0]?.split("\n").length).toBeGreaterThan(3);
  });

  test("says where there is no way back, and where there was nothing to do", () => {
    const revisions = [
      revision("a1", { up: [statement("select 1")], down: null }),
      revision("b2", { up: [], down: [statement("select 2")] }),
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
          statement("create table tolls (id int, boat int references boats (id))", {
            locks: [{ relation: "public.boats", mode: "SHARE ROW EXCLUSIVE" }],
          }),
          statement("insert into alembic_version values ('c3')", { role: "bookkeeping" }),
        ],
        down: [statement("drop table tolls")],
      }),
    ],
  });

  test("reads well", async () => {
    await expect(commentBody(verdict, context)).toMatchFileSnapshot("./snapshots/comment.md");
  });

  test("begins with the verdict and what to do", () => {
    const lines = commentBody(verdict, context).split("\n").filter(Boolean);
    expect(lines[1]).toBe("### ❌ Headgate: failed");
    expect(lines[2]).toMatch(/^<p>Fix this first: The lineage has more than one head in <a /);
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
    for (const body of [retiredComment(context), staleComment(context)]) {
      expectHarmless(body);
      expect(body.trim().split("\n")).toHaveLength(2);
    }
  });
});

describe("a comment that would be too long", () => {
  const one = statement(`select '${"```\n".repeat(700)}'`);
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
