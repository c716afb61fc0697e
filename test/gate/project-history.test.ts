import { describe, expect, test } from "vitest";
import { judgeHistory } from "../../src/gate/project-history.ts";
import { openRepository } from "../../src/repository/repository.ts";
import { toolNamed } from "../../src/tools/registry.ts";
import { testRepository, type Tree } from "../support/repository.ts";

/** What the history check says of a branch that makes these changes to main; `undefined` deletes a file. */
async function judged(
  main: Tree,
  changes: Tree,
  { later = {}, today = "2026-06-15" }: { later?: Tree; today?: string } = {},
) {
  using repository = testRepository();
  repository.commit(main);
  repository.git("switch", "--quiet", "--create", "feature");
  repository.commit(changes);
  repository.git("switch", "--quiet", "main");
  repository.commit(later);
  repository.git("switch", "--quiet", "feature");
  const opened = openRepository({ directory: repository.root, base: "main" });
  const [project] = opened.projects;
  if (!project) throw new Error("No project was found.");
  const history = toolNamed(project.tool).readHistory(opened.files, project);
  return await judgeHistory(project, history, opened, today);
}

const short = async (...args: Parameters<typeof judged>) => {
  const { check, findings } = await judged(...args);
  return [check.status, ...findings.map(({ ruleId, severity }) => `${ruleId} ${severity}`)];
};

const settings = (layout: string) => `projects:\n  - { tool: sql, layout: ${layout}, migrations: db }\n`;
const body = "CREATE TABLE boats (id int, name text);\n";
const edited = "CREATE TABLE boats (id bigint, name text);\n";
const commented = "/* berths */ CREATE TABLE boats\n  (id int, name text); -- all of them\n";
const refused = ["failed", "migration-edited error"];

describe("an SQL migration of the merge base", () => {
  const layouts = {
    "golang-migrate": ["db/000001_boats.up.sql", "db/000001_ships.up.sql", "db/000002_boats.up.sql"],
    goose: ["db/00001_boats.sql", "db/00001_ships.sql", "db/00002_boats.sql"],
    dbmate: ["db/20240101000000_boats.sql", "db/20240101000000_ships.sql", "db/20240102000000_boats.sql"],
    diesel: [
      "db/2024-01-01-000000_boats/up.sql",
      "db/2024-01-01-000000_ships/up.sql",
      "db/2024-01-02-000000_boats/up.sql",
    ],
    hasura: ["db/1700000000000_boats/up.sql", "db/1700000000000_ships/up.sql", "db/1700000000001_boats/up.sql"],
    supabase: ["db/20240101000000_boats.sql", "db/20240101000000_ships.sql", "db/20240102000000_boats.sql"],
    sqlx: ["db/1_boats.sql", "db/1_ships.sql", "db/2_boats.sql"],
    flyway: ["db/V1__boats.sql", "db/V1__ships.sql", "db/V2__boats.sql"],
    prisma: ["db/20240101_boats/migration.sql", undefined, "db/20240101_ships/migration.sql"],
    pairs: ["db/001.up.sql", undefined, "db/002.up.sql"],
    plain: ["db/001.sql", undefined, "db/002.sql"],
  } as const;
  const checksummed = new Set(["sqlx", "flyway", "prisma"]);
  const written = (layout: string, sql: string) =>
    layout === "goose" ? `-- +goose Up\n${sql}` : layout === "dbmate" ? `-- migrate:up\n${sql}-- migrate:down\n` : sql;

  test.each(Object.entries(layouts))("%s", async (layout, [file, sameId, otherId]) => {
    const main = { "headgate.yml": settings(layout), [file]: written(layout, body) };
    expect(await short(main, { "README.md": "x" })).toEqual(["passed"]);
    expect(await short(main, { [file]: written(layout, body).replaceAll("\n", "\r\n") })).toEqual(["passed"]);
    expect(await short(main, { [file]: written(layout, edited) })).toEqual(refused);
    expect(await short(main, { [file]: written(layout, commented) })).toEqual(
      checksummed.has(layout) ? refused : ["passed", "migration-comments-edited info"],
    );
    expect(await short(main, { [file]: undefined, [otherId]: written(layout, body) })).toEqual([
      "failed",
      "migration-renamed error",
    ]);
    expect(await short(main, { [file]: undefined })).toEqual(["failed", "migration-deleted error"]);
    if (sameId === undefined) return;
    // Only Flyway compares what is behind the version.
    expect(await short(main, { [file]: undefined, [sameId]: written(layout, body) })).toEqual(
      layout === "flyway" ? ["failed", "migration-renamed error"] : ["passed"],
    );
  });

  test("that a new file of another shape would keep from being run is told", async () => {
    const main = { "db/migrations/1_boats.sql": body };
    const { findings } = await judged(main, {
      "db/migrations/2_locks.up.sql": "CREATE TABLE locks (id int);\n",
      "db/migrations/2_locks.down.sql": "DROP TABLE locks;\n",
    });
    expect(findings).toMatchObject([
      {
        ruleId: "layout-changed",
        severity: "error",
        file: "db/migrations/1_boats.sql",
        message: expect.stringMatching(
          /as \S+ has them, and with this change as golang-migrate has them, which never runs db/,
        ),
      },
    ]);
    const pairs = { "db/migrations/1_boats.up.sql": body, "db/migrations/1_boats.down.sql": "DROP TABLE boats;\n" };
    expect(await short(pairs, { "Cargo.toml": '[dependencies]\nsqlx = "0.8"\n' })).toEqual(["passed"]);
  });

  test("is edited by a comment that its tool obeys", async () => {
    const file = "db/1_boats.sql";
    const main = { "headgate.yml": settings("goose"), [file]: `-- +goose Up\n${body}` };
    expect(await short(main, { [file]: `-- +goose NO TRANSACTION\n-- +goose Up\n${body}` })).toEqual(refused);
  });

  test("may be corrected in its way back, with a warning", async () => {
    const main = {
      "headgate.yml": settings("golang-migrate"),
      "db/1_boats.up.sql": body,
      "db/1_boats.down.sql": "SELECT 1;\n",
    };
    expect(await short(main, { "db/1_boats.down.sql": "DROP TABLE boats;\n" })).toEqual([
      "passed",
      "downgrade-edited warning",
    ]);
  });

  test("may lose its way back, with a warning that says so", async () => {
    const main = {
      "headgate.yml": settings("golang-migrate"),
      "db/1_boats.up.sql": body,
      "db/1_boats.down.sql": "DROP TABLE boats;\n",
    };
    const { findings } = await judged(main, { "db/1_boats.down.sql": undefined });
    expect(findings).toMatchObject([
      {
        ruleId: "downgrade-edited",
        severity: "warning",
        message: expect.stringContaining("is in the merge base and is gone"),
      },
    ]);
  });

  test("of Flyway's that is repeatable may change, but not go", async () => {
    const file = "db/R__view.sql";
    const main = { "headgate.yml": settings("flyway"), "db/V1__boats.sql": body, [file]: "CREATE VIEW v AS SELECT 1;" };
    expect(await short(main, { [file]: "CREATE VIEW v AS SELECT 2;" })).toEqual(["passed"]);
    expect(await short(main, { [file]: undefined })).toEqual(["failed", "migration-deleted error"]);
  });

  test("that is edited is shown with what changed, whatever its text holds", async () => {
    const hostile = "CREATE TABLE boats (id int, name text DEFAULT '```\u001b[31m\n::error::x');\n";
    const { findings } = await judged(
      { "headgate.yml": settings("plain"), "db/001.sql": body },
      { "db/001.sql": hostile },
    );
    expect(findings).toMatchObject([
      {
        file: "db/001.sql",
        revision: "001",
        difference: [
          "--- a/db/001.sql",
          "+++ b/db/001.sql",
          "@@ -1,1 +1,2 @@",
          `-${body.trimEnd()}`,
          ...hostile
            .trimEnd()
            .split("\n")
            .map((line) => `+${line}`),
        ].join("\n"),
        help: expect.stringMatching(/^Restore db\/001\.sql as it was/) as string,
      },
    ]);
  });

  test("that is edited is shown without its secrets", async () => {
    const text = (role: string, token: string, name: string) =>
      `CREATE ROLE keeper PASSWORD '${role}';\nUPDATE gates SET api_token = '${token}', name = '${name}';\n`;
    const shown = async (after: string): Promise<string | undefined> => {
      const main = { "headgate.yml": settings("plain"), "db/001.sql": text("one-1", "two-2", "a") };
      return (await judged(main, { "db/001.sql": after })).findings[0]?.difference;
    };
    const both = await shown(text("three-3", "four-4", "b"));
    expect(both).toContain(
      "-UPDATE gates SET api_token = '***', name = 'a';\n+UPDATE gates SET api_token = '***', name = 'b';",
    );
    expect(both).not.toMatch(/one-1|two-2|three-3|four-4/);
    expect(await shown(text("three-3", "four-4", "a"))).toMatch(/^db\/001\.sql: what differs is left out/);
  });

  test("many that are gone are told together", async () => {
    const files = Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`db/00${at}.sql`, `SELECT ${at};`]));
    const gone = Object.fromEntries(Object.keys(files).map((file) => [file, undefined]));
    const { findings } = await judged(
      { "headgate.yml": settings("plain"), ...files },
      { ...gone, "db/100.sql": "SELECT 1000;" },
    );
    expect(findings).toHaveLength(1);
    expect(findings[0]?.message).toContain("6 migrations that are in the merge base are gone: db/000.sql, ");
  });
});

describe("an Alembic revision of the merge base", () => {
  const revision = (up: string, { doc = "boats", down = "pass", id = "a1", after = "None" } = {}) =>
    `"""${doc}"""\nfrom alembic import op\n\nrevision = "${id}"\ndown_revision = ${after}\n\n\ndef upgrade():\n    ${up}\n\n\ndef downgrade():\n    ${down}\n`;
  const file = "alembic/versions/a1_boats.py";
  const main = {
    "headgate.yml": "projects:\n  - { tool: alembic, config: alembic.ini }\n",
    "alembic.ini": "[alembic]\nscript_location = alembic\n",
    "alembic/env.py": "",
    [file]: revision('op.execute("SELECT 1")'),
  };
  test.each([
    ["in its upgrade", revision('op.execute("SELECT 2")'), refused],
    ["in a word of a string", revision('op.execute("SELECT  1")'), refused],
    [
      "in comments and its docstring",
      revision('op.execute( "SELECT 1" )  # all', { doc: "ships" }),
      ["passed", "migration-comments-edited info"],
    ],
    [
      "in a comment of its SQL",
      revision('op.execute("""\n      -- all of them, ordered\n      SELECT 1 -- one\n    """)'),
      ["passed", "migration-comments-edited info"],
      revision('op.execute("""\n      -- all of them, orderd\n      SELECT 1 -- one\n    """)'),
    ],
    [
      "behind a comment of its SQL",
      revision('op.execute("""\n      SELECT 2 -- one\n    """)'),
      refused,
      revision('op.execute("""\n      SELECT 1 -- one\n    """)'),
    ],
    [
      "by a formatter",
      revision("op.execute(\n        'SELECT 1',\n    )"),
      ["passed", "migration-comments-edited info"],
    ],
    [
      "by tools that know a newer Python",
      `from typing import Union\n${revision("x: Union[str, None] = (\n        u'SELECT 1')\n    op.execute(x)")}`,
      ["passed", "migration-comments-edited info"],
      revision('x: str | None = "SELECT 1"\n    op.execute(x)').replaceAll("():", "() -> None:"),
    ],
    [
      "in the parentheses of what it returns",
      revision('op.execute("SELECT 1")\n    return (1, 2)'),
      ["passed", "migration-comments-edited info"],
      revision('op.execute("SELECT 1")\n    return 1, 2'),
    ],
    ["in what parentheses mean", revision("x = (1 < 2) < 0"), refused, revision("x = 1 < 2 < 0")],
    ["into the only one of what it returns", revision("return (1,)"), refused, revision("return (1)")],
    ["in a string's kind", revision('op.execute(f"SELECT 1")'), refused],
    ["into a tuple", revision('op.execute(("SELECT 1",))'), refused],
    [
      "in its way back",
      revision('op.execute("SELECT 1")', { down: 'op.execute("SELECT 3")' }),
      ["passed", "downgrade-edited warning"],
    ],
    ["in what it follows", revision('op.execute("SELECT 1")', { after: '"z9"' }), refused],
    // What looks like a comment is none.
    ["behind a string in a string", revision(`op.execute(f"{d["#"]} 2")`), refused],
    ["by a line that is moved out of the function", `${revision("pass")}op.execute("SELECT 1")\n`, refused],
    ["until it is no Python any more", `${revision('op.execute("SELECT 1")')}# x\n)(`, refused],
  ])("edited %s", async (_, text, outcome, before = main[file]) => {
    expect(await short({ ...main, [file]: before }, { [file]: text })).toEqual(outcome);
  });

  test("edited in a function of its upgrade that is called downgrade, too", async () => {
    const inside = (sql: string) => revision(`def downgrade():\n        op.execute("${sql}")\n    downgrade()`);
    expect(await short({ ...main, [file]: inside("SELECT 1") }, { [file]: inside("SELECT 2") })).toEqual(refused);
  });

  test("may have another name, for its id is inside", async () => {
    const { [file]: text } = main;
    expect(await short(main, { [file]: undefined, "alembic/versions/2024_boats.py": text })).toEqual(["passed"]);
  });

  test("may not have another id", async () => {
    const text = revision('op.execute("SELECT 1")', { id: "b2" });
    expect(await short(main, { [file]: text })).toEqual(["failed", "migration-deleted error"]);
  });

  test("whose id is computed is known by its file", async () => {
    const computed = (up: string) => revision(up).replace('revision = "a1"', "revision = make_id()");
    const before = { ...main, [file]: computed("pass") };
    expect(await short(before, { "README.md": "x" })).toEqual(["passed"]);
    expect(await short(before, { [file]: computed("op.f()") })).toEqual(refused);
    expect(await short(before, { [file]: undefined })).toEqual(["failed", "migration-deleted error"]);
  });
});

describe("a MikroORM migration of the merge base", () => {
  const migration = (up: string, { down = "", name = "Migration20240101000000" } = {}) =>
    `import { Migration } from "@mikro-orm/migrations";\n\nexport class ${name} extends Migration {\n  override async up(): Promise<void> {\n    ${up}\n  }\n\n  override async down(): Promise<void> {\n    ${down}\n  }\n}\n`;
  const file = "src/migrations/Migration20240101000000.ts";
  const add = (sql: string) => `this.addSql(\`${sql}\`);`;
  const main = {
    "headgate.yml": "projects:\n  - { tool: mikro-orm, migrations: src/migrations }\n",
    "package.json": '{"dependencies":{"@mikro-orm/postgresql":"^7","@mikro-orm/migrations":"^7"}}',
    [file]: migration(add("select 1")),
  };
  test.each([
    ["in its upgrade", migration(add("select 2")), refused],
    ["in a comment of its SQL", migration(add("select /* 1 */ 1")), refused],
    [
      "in comments",
      migration(`// https://example.org\n${add("select 1")} /* done */`),
      ["passed", "migration-comments-edited info"],
    ],
    ["in its way back", migration(add("select 1"), { down: add("select 3") }), ["passed", "downgrade-edited warning"]],
    ["behind what looks like a comment", migration(`${add("select 1")} this.addSql("//" + ${"`select 2`"});`), refused],
  ])("edited %s", async (_, text, outcome, before = main[file]) => {
    expect(await short({ ...main, [file]: before }, { [file]: text })).toEqual(outcome);
  });

  test("may not have another name, for that is its id", async () => {
    const { [file]: text } = main;
    expect(await short(main, { [file]: undefined, "src/migrations/Migration20240102000000.ts": text })).toEqual([
      "failed",
      "migration-renamed error",
    ]);
  });
});

describe("an exemption", () => {
  const file = "db/001.sql";
  const exempt = (expires: string, files = file) =>
    `history-exemptions:\n  - { files: "${files}", reason: a password was in it, expires: ${expires} }\n`;
  const withEntry = `${settings("plain")}${exempt("2026-06-15")}`;
  const main = { "headgate.yml": withEntry, [file]: body };
  const accepted = ["passed", "migration-edited info"];

  test("counts up to its last day", async () => {
    expect(await short(main, { [file]: edited })).toEqual(accepted);
    expect(await short(main, { [file]: edited }, { today: "2026-06-16" })).toEqual([
      ...refused,
      "history-exemption-expired warning",
    ]);
  });

  test("that has expired is told where nothing is edited, too", async () => {
    expect(await short(main, { "README.md": "x" }, { today: "2027-01-01" })).toEqual([
      "passed",
      "history-exemption-expired warning",
    ]);
  });

  test("can name files by a pattern, and those that are gone", async () => {
    const pattern = { ...main, "headgate.yml": `${settings("plain")}${exempt("2027-01-01", "db/00*")}` };
    expect(await short(pattern, { [file]: undefined })).toEqual(["passed", "migration-deleted info"]);
  });

  test("that the change brings itself does not count, and says so", async () => {
    const before = { ...main, "headgate.yml": settings("plain") };
    const { check, findings } = await judged(before, { "headgate.yml": withEntry, [file]: edited });
    expect(check.status).toBe("failed");
    expect(findings[0]?.help).toContain("This change brings its exemption itself");
    // Nor does it when the change allows it to itself.
    const itself = `history: allow-self-exemption\n${withEntry}`;
    expect(await short(before, { "headgate.yml": itself, [file]: edited })).toEqual(refused);
    // Nor with a later day than the base branch has.
    expect(await short({ ...main }, { "headgate.yml": withEntry.replace("06-15", "12-31"), [file]: edited })).toEqual(
      refused,
    );
  });

  test("that the change brings itself counts where the base branch allows it", async () => {
    const allowing = { ...main, "headgate.yml": `history: allow-self-exemption\n${settings("plain")}` };
    const change = { "headgate.yml": withEntry, [file]: edited };
    expect(await short(allowing, change)).toEqual(accepted);
    // Where the base branch is now, and not where the change began.
    expect(await short(allowing, change, { later: { "headgate.yml": settings("plain") } })).toEqual(refused);
    expect(
      await short({ ...main, "headgate.yml": settings("plain") }, change, { later: { "headgate.yml": withEntry } }),
    ).toEqual(accepted);
  });
});
