import { describe, expect, test } from "vitest";
import type { Finding } from "../../src/finding.ts";
import type { History, HistoryProblem } from "../../src/history.ts";
import { judgeLineage } from "../../src/lineage/judge.ts";
import type { LineageContext } from "../../src/lineage/judged-lineage.ts";
import { newSince } from "../../src/lineage/new-revisions.ts";
import { filesOf } from "../support/files.ts";
import { drawn, linear, projectOf, revision, toolOf } from "./drawn-history.ts";

const tool = toolOf();
const project = projectOf();
const judge = (history: History, context: Partial<LineageContext> = {}): readonly Finding[] =>
  judgeLineage(history, { tool, project, newIds: new Set(history.revisions.map(({ id }) => id)), ...context });

/** Judges a change: what is at the merge base, what it has become, and what the other branch has by now. */
function judgeChange(base: History, ours: History, theirs: History = base, context: Partial<LineageContext> = {}) {
  const newIds = newSince(ours, base, filesOf({}));
  return judge(ours, { newIds, baseHistory: base, tip: { ref: "origin/main", history: theirs }, ...context });
}
const idsOf = (findings: readonly Finding[]) => findings.map(({ ruleId }) => ruleId);
const only = (findings: readonly Finding[]): Finding => {
  expect(findings).toHaveLength(1);
  return findings[0] as Finding;
};

describe("graphs: what is found", () => {
  test.each([
    ["", []],
    ["a ← b ← c", []],
    ["a ← b; a ← c; b, c ← m", []],
    ["a ← b; a ← c", ["multiple-heads"]],
    ["a; b", ["multiple-heads"]],
    // As `alembic heads` has it: a dependency is no continuation.
    ["a; a ⇠ b", ["multiple-heads"]],
    ["?gone ← b", ["missing-parent"]],
    ["a; ?gone ← b", ["missing-parent"]],
    ["a; ?gone ← b ← c; ?gone ← d", ["missing-parent", "missing-parent"]],
    ["a; b; ?gone ← c", ["missing-parent", "multiple-heads"]],
    ["a; a ← b; ?gone ⇠ b", ["missing-parent"]],
    ["a ← b ← c ← b; b ← d", ["revision-cycle"]],
    ["a ← a", ["revision-cycle"]],
    [`a ← ${"x".repeat(33)}`, ["revision-id-too-long"]],
    [`a ← ${"x".repeat(32)}`, []],
  ])("%s", (drawing, expected) => {
    expect(idsOf(judge(drawn(drawing)))).toEqual(expected);
  });
});

describe("several heads", () => {
  test("names them, their files, what they share, and both repairs", () => {
    const base = drawn("a ← b ← main");
    expect(only(judgeChange(base, drawn("a ← b ← main; b ← c ← d")))).toEqual({
      ruleId: "multiple-heads",
      severity: "error",
      title: "There is more than one head",
      revision: "d",
      file: "versions/d.py",
      message:
        "There are 2 heads: main (versions/main.py) and d (versions/d.py, new). " +
        "The last revision they share is b (versions/b.py). " +
        "Alembic does not know which one `head` means and refuses to upgrade to it.",
      help:
        'Merge the heads with a new revision:\n  alembic merge -m "merge heads" main d\n' +
        "Or, if no shared database has c yet, continue the other head: in versions/c.py, change `down_revision` from b to main.",
    });
  });

  test("that come about only by merging name the branch", () => {
    const finding = only(judgeChange(drawn("a"), drawn("a ← ours"), drawn("a ← theirs")));
    expect(finding.message).toContain(
      "After merging with origin/main there are 2 heads: ours (versions/ours.py, new) and theirs (versions/theirs.py, on origin/main).",
    );
    expect(finding.help).toMatch(/^Rebase onto origin\/main \(or merge it\), then:\nMerge the heads/);
    expect(finding.help).toContain("in versions/ours.py, change `down_revision` from a to theirs.");
    expect(finding.revision).toBe("ours");
  });

  test("that merging takes away are still there now", () => {
    expect(judgeChange(drawn("a ← b; a ← c"), drawn("a ← b; a ← c"), drawn("a ← b; a ← c; b, c ← m"))).toEqual([]);
    expect(idsOf(judge(drawn("a ← b; a ← c")))).toEqual(["multiple-heads"]);
  });

  test("without a base name no second repair, which would be a guess", () => {
    const { help } = only(judge(drawn("a ← b; a ← c")));
    expect(help).not.toContain("down_revision");
  });

  test.each([
    // Two new heads, or a merge at the foot of the new branch: there is no single right place.
    ["a", "a ← b; a ← c"],
    ["a ← b; a ← c; b, c ← m ← z", "a ← b; a ← c; b, c ← m ← z; b, c ← n"],
  ])("%s became %s: no second repair", (base, ours) => {
    expect(only(judgeChange(drawn(base), drawn(ours))).help).not.toContain("change `down_revision`");
  });

  test("a new base goes on top of the other head, too", () => {
    expect(only(judgeChange(drawn("a ← b"), drawn("a ← b; n ← x"))).help).toContain(
      "in versions/n.py, change `down_revision` from None to b.",
    );
  });

  test("from different bases, and where one depends on the other", () => {
    expect(only(judge(drawn("a ← b; x ← y"))).message).toContain("They share no revision");
    expect(only(judge(drawn("a ← b; x ← y; b ⇠ y"))).message).toContain(
      "y depends on b, but that alone does not make b any less a head.",
    );
  });

  test("are fine up to the number allowed", () => {
    expect(judge(drawn("a ← b; x ← y"), { headsAllowed: 2 })).toEqual([]);
    expect(idsOf(judge(drawn("a ← b; x ← y; x ← z"), { headsAllowed: 2 }))).toEqual(["multiple-heads"]);
  });

  test("a thousand are one finding of readable length", () => {
    const fan = ["a", ...Array.from({ length: 1_000 }, (_, index) => `a ← h${index}`)].join("; ");
    const { message } = only(judge(drawn(fan)));
    expect(message).toContain("There are 1000 heads");
    expect(message).toContain("and 990 more");
    expect(message.length).toBeLessThan(1_000);
  });
});

describe("links", () => {
  test("to nothing, to what this change removes, and to what the other branch has", () => {
    expect(only(judge(drawn("?gone ← b")))).toMatchObject({
      revision: "b",
      file: "versions/b.py",
      message: "b names gone as its down revision. No migration has that id.",
      help: "Add the migration gone, or correct `down_revision` in versions/b.py.",
    });
    const removed = judgeChange(drawn("a ← b"), drawn("?a ← b"));
    expect(removed[0]?.message).toBe(
      "b names a as its down revision. This change removes it: it was in versions/a.py.",
    );
    expect(removed[0]?.help).toBe("Restore versions/a.py, or correct `down_revision` in versions/b.py.");
    const there = judgeChange(drawn("a"), drawn("a; ?t ← b"), drawn("a ← t"));
    expect(there.find(({ ruleId }) => ruleId === "missing-parent")?.message).toContain("It is on origin/main");
  });

  test("in a circle", () => {
    expect(only(judge(drawn("a ← b ← c ← b"))).message).toBe(
      "None of these can be applied first, because each requires the next: b → c → b.",
    );
    expect(only(judge(drawn("a ← a"))).message).toBe("a requires itself, so it can never be applied.");
  });
});

const problem = (kind: HistoryProblem["kind"], revisions: readonly string[] = ["b"]): History => ({
  ...drawn("a ← b"),
  problems: [{ kind, message: "It is so.", files: ["versions/b.py", "versions/b2.py"], revisions, line: 3 }],
});

describe("what reading the files found", () => {
  test.each([
    ["unreadable", "unreadable-migration", "error"],
    ["duplicate", "duplicate-revision", "error"],
    ["ignored", "ignored-migration", "warning"],
    ["skipped", "skipped-gap", "error"],
    ["other", "unsound-history", "error"],
  ] as const)("%s → %s (%s)", (kind, ruleId, severity) => {
    expect(only(judge(problem(kind)))).toMatchObject({
      ruleId,
      severity,
      message: "It is so.",
      revision: "b",
      line: 3,
    });
  });

  test("what a file that cannot be read may hold is not called missing", () => {
    const history = { ...problem("unreadable"), ...drawn("a ← c; ?b ← c") };
    const unread = { ...history, problems: problem("unreadable", []).problems };
    expect(judge(unread).map(({ ruleId }) => ruleId)).toEqual(["unreadable-migration"]);
    expect(judge(unread, { baseHistory: drawn("a; b") }).map(({ ruleId }) => ruleId)).toEqual(["unreadable-migration"]);
    expect(judge(history).map(({ ruleId }) => ruleId)).toEqual(["missing-parent"]);
  });

  test("is only a warning where the base branch has it already", () => {
    const severities = (newIds: ReadonlySet<string>) =>
      (["skipped", "other"] as const).map((kind) => judge(problem(kind), { newIds })[0]?.severity);
    expect(severities(new Set(["b"]))).toEqual(["error", "error"]);
    expect(severities(new Set())).toEqual(["warning", "warning"]);
    expect(judge(problem("other", []), { newIds: new Set() })[0]?.severity).toBe("error");
  });

  test("an id that is too long is an error where it is new", () => {
    const long = drawn("x".repeat(40));
    expect(judge(long)[0]).toMatchObject({ severity: "error", revision: "x".repeat(40) });
    expect(judge(long, { newIds: new Set() })[0]?.severity).toBe("warning");
    expect(judge({ ...long, revisions: [revision("🌳".repeat(32))] })).toEqual([]);
  });

  test("of two files with one id, the one that is not in the base is named", () => {
    const base = drawn("a ← b");
    const history = problem("duplicate");
    expect(judge(history, { baseHistory: base })[0]?.file).toBe("versions/b2.py");
    expect(judge(history, { baseHistory: base })[0]?.help).toContain("Give the revision in versions/b2.py another id");
  });

  test("of two that the base branch has, none is renamed", () => {
    const base = problem("duplicate");
    expect(judge(base, { baseHistory: base, newIds: new Set() })[0]?.help).toMatch(
      /^Give one of them another id, or name/,
    );
  });

  test("what the base branch never ran is a note", () => {
    const severity = (context: Partial<LineageContext>) => judge(problem("ignored"), context)[0]?.severity;
    expect(severity({})).toBe("warning");
    expect(severity({ baseHistory: drawn("a ← b") })).toBe("warning");
    expect(severity({ baseHistory: problem("ignored") })).toBe("info");
  });

  test("what is not run says how its file is to accept that", () => {
    const help = (file: string) => {
      const { problems, ...history } = problem("not-run");
      return judge({ ...history, problems: problems.map((each) => ({ ...each, files: [file] })) })[0]?.help;
    };
    expect(help("m/V2__Fill.java")).toContain("`// headgate: allow migration-not-run: <reason>`");
    expect(help("m/afterMigrate.sql")).toContain("`-- headgate: allow migration-not-run: <reason>`");
  });

  test("one id in two files on two branches", () => {
    const theirs = {
      ...drawn("a ← b"),
      revisions: [revision("a"), { ...revision("b", ["a"]), file: "versions/other.py" }],
    };
    expect(only(judgeChange(drawn("a"), drawn("a ← b"), theirs))).toMatchObject({
      ruleId: "duplicate-revision",
      message:
        "versions/b.py and versions/other.py, which is on origin/main and not in this branch yet, have the same revision id, b.",
    });
  });
});

describe("linear tools", () => {
  const layouts = projectOf({ tool: "sql" });
  const sql = (layout: string): Partial<LineageContext> => ({
    tool: toolOf({ name: "sql", title: "SQL files", revisionIdLimit: 255 }),
    project: { ...layouts, layout },
  });

  test.each([
    ["golang-migrate", "skipped-gap", "error", "never runs, and nothing says so"],
    ["drizzle", "skipped-gap", "error", "never runs, and nothing says so"],
    ["goose", "out-of-order-migration", "error", "goose stops where"],
    ["flyway", "out-of-order-migration", "error", "unless outOfOrder is set"],
    ["supabase", "out-of-order-migration", "error", "--include-all"],
    ["sqlx", "out-of-order-migration", "warning", "sqlx runs it after"],
    ["diesel", "out-of-order-migration", "warning", "Diesel runs it after"],
    ["dbmate", "out-of-order-migration", "warning", "dbmate runs it after"],
    ["hasura", "out-of-order-migration", "warning", "Hasura runs it after"],
    ["prisma", "out-of-order-migration", "warning", "Prisma runs it after"],
    ["pairs", "out-of-order-migration", "warning", "after it or not at all"],
    ["constructor", "out-of-order-migration", "warning", "after it or not at all"],
  ])("%s: a late migration is %s (%s)", (layout, ruleId, severity, words) => {
    const findings = judgeChange(
      linear("1_a.sql", "3_c.sql"),
      linear("1_a.sql", "2_b.sql", "3_c.sql"),
      undefined,
      sql(layout),
    );
    expect(only(findings)).toMatchObject({ ruleId, severity, revision: "2", file: "migrations/2_b.sql" });
    expect(findings[0]?.message).toContain(
      "migrations/2_b.sql is new and sorts before migrations/3_c.sql, which is in the base branch.",
    );
    expect(findings[0]?.message).toContain(words);
  });

  test("nothing is late without a base, at the end, or where nothing is new", () => {
    const history = linear("1_a.sql", "2_b.sql", "3_c.sql");
    expect(judge(history, sql("goose"))).toEqual([]);
    expect(judgeChange(linear("1_a.sql"), history, undefined, sql("goose"))).toEqual([]);
    expect(judgeChange(history, history, undefined, sql("goose"))).toEqual([]);
  });

  test("the help names every rename, both files, in the author's order", () => {
    const findings = judgeChange(
      linear("01_a.up.sql", "05_z.up.sql"),
      linear("01_a.up.sql", "02_b.up.sql", "03_c.up.sql", "05_z.up.sql", "06_d.up.sql"),
      undefined,
      sql("golang-migrate"),
    );
    expect(findings.map(({ help }) => help)).toEqual([
      "Rename it, if no shared database has run it yet, so that it comes after 05:\n" +
        "  migrations/02_b.up.sql → migrations/06_b.up.sql\n  migrations/02_b.down.sql → migrations/06_b.down.sql",
      "Rename it, if no shared database has run it yet, so that it comes after 05:\n" +
        "  migrations/03_c.up.sql → migrations/07_c.up.sql\n  migrations/03_c.down.sql → migrations/07_c.down.sql\n" +
        "  migrations/06_d.up.sql → migrations/08_d.up.sql\n  migrations/06_d.down.sql → migrations/08_d.down.sql",
    ]);
  });

  test("a later new one with room before it keeps its name", () => {
    const findings = judgeChange(
      linear("1_a.sql", "5_z.sql"),
      linear("1_a.sql", "2_b.sql", "5_z.sql", "9_d.sql"),
      undefined,
      sql("goose"),
    );
    expect(only(findings).help).toContain("2_b.sql → migrations/6_b.sql");
    expect(only(findings).help).not.toContain("9_d.sql");
  });

  test("MikroORM also names its classes after the time; Drizzle generates again", () => {
    const mikro = judgeChange(
      linear("Migration20240101000000.ts", "Migration20240301000000.ts"),
      linear("Migration20240101000000.ts", "Migration20240201000000_x.ts", "Migration20240301000000.ts"),
      undefined,
      {
        tool: toolOf({ name: "mikro-orm", title: "MikroORM", revisionIdLimit: 255 }),
        project: projectOf({ tool: "mikro-orm" }),
      },
    );
    expect(only(mikro).message).toContain("MikroORM runs it after");
    expect(only(mikro).help).toContain("migrations/Migration20240301000001_x.ts\nRename the class in the file");
    const drizzle = judgeChange(
      linear("0_a.sql", "2_c.sql"),
      linear("0_a.sql", "1_b.sql", "2_c.sql"),
      undefined,
      sql("drizzle"),
    );
    expect(only(drizzle).help).toContain("run drizzle-kit generate again");
  });

  test("a migration that another branch has landed by now counts, too", () => {
    const findings = judgeChange(
      linear("1_a.sql"),
      linear("1_a.sql", "2_b.sql"),
      linear("1_a.sql", "3_c.sql"),
      sql("goose"),
    );
    expect(only(findings).message).toContain(
      "sorts before migrations/3_c.sql, which is on origin/main and not in this branch yet.",
    );
    const fine = judgeChange(
      linear("1_a.sql"),
      linear("1_a.sql", "4_b.sql"),
      linear("1_a.sql", "3_c.sql"),
      sql("goose"),
    );
    expect(fine).toEqual([]);
  });

  test("one version taken on two branches", () => {
    const findings = judgeChange(
      linear("1_a.sql"),
      linear("1_a.sql", "2_b.sql"),
      linear("1_a.sql", "2_c.sql"),
      sql("goose"),
    );
    expect(only(findings)).toMatchObject({
      ruleId: "duplicate-version",
      message:
        "migrations/2_b.sql and migrations/2_c.sql, which is on origin/main and not in this branch yet, have the same version, 2.",
      help: "Rename migrations/2_b.sql to migrations/3_b.sql.",
    });
  });

  test("one version twice here: the new file is renamed to the next free one", () => {
    const base = linear("1_a.sql", "2_b.sql", "3_c.sql");
    const history: History = {
      ...base,
      problems: [
        { kind: "duplicate", message: "Same.", files: ["migrations/2_b.sql", "migrations/2_x.sql"], revisions: ["2"] },
      ],
    };
    expect(only(judgeChange(base, history, undefined, sql("goose")))).toMatchObject({
      ruleId: "duplicate-version",
      file: "migrations/2_x.sql",
      help: "Rename migrations/2_x.sql to migrations/4_x.sql.",
    });
  });

  test("Flyway's repeatable migrations have no place in the order", () => {
    const base = linear("V1__a.sql", "R__views.sql");
    expect(judgeChange(base, linear("V1__a.sql", "V2__b.sql", "R__views.sql"), undefined, sql("flyway"))).toEqual([]);
  });
});

test("every finding says what to do, verb first, except where reading the files already did", () => {
  const findings = [
    ...judge(drawn("a ← b; a ← c; ?gone ← d; x ← y ← x")),
    ...judge(drawn("x".repeat(40))),
    ...judgeChange(linear("1_a.sql", "3_c.sql"), linear("1_a.sql", "2_b.sql", "3_c.sql")),
  ];
  expect(new Set(idsOf(findings)).size).toBe(5);
  for (const { help, title, message } of findings) {
    expect(help).toMatch(/^(Add|Correct|Delete|Give|Merge|Rebase|Rename|Restore|Shorten) /);
    expect(title).not.toContain("`");
    expect(message).toMatch(/\.$/);
  }
});
