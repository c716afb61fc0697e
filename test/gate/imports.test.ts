import { beforeAll, describe, expect, it } from "vitest";
import { runGate } from "../../src/gate.ts";
import { alembicHistory, type AlembicRevision, execute } from "../support/alembic-history.ts";
import { mikroOrmHistory } from "../support/mikro-orm-history.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { gateTopic } from "../support/gate-topic.ts";
import { testRepository } from "../support/repository.ts";
import { available } from "../support/requirements.ts";
import { linkMikroOrm, versions, type Version } from "../tools/mikro-orm/project.ts";

type Tree = Readonly<Record<string, string>>;

/** What the history check says of a branch that makes these changes. @param prepare installs what git ignores */
async function judged(
  before: Tree,
  changes: Readonly<Record<string, string | undefined>>,
  prepare: (root: string) => void = () => {},
) {
  using repository = testRepository(before);
  prepare(repository.root);
  repository.branch(changes);
  const imported: unknown[] = [];
  const { projects } = await gateTopic(repository, {
    onPlan: ({ revisions }) => imported.push(...revisions.map(({ imports }) => imports?.map(({ path }) => path))),
  });
  expect(repository.git("status", "--porcelain", "--ignored=no")).toBe("");
  const [project] = projects;
  const findings = (project?.findings ?? []).filter(({ ruleId }) => ruleId.startsWith("migration-"));
  return { check: project?.checks.find(({ id }) => id === "history")?.status, findings, imported };
}

/** What the steps of a history warn of. */
async function warned(tree: Tree, prepare: (root: string) => void = () => {}): Promise<readonly string[]> {
  using repository = testRepository(tree);
  prepare(repository.root);
  const { projects } = await runGate({
    directory: repository.root,
    engine: "embedded",
    outageProbe: false,
    otherProcess: false,
    environment: process.env,
  });
  return projects.flatMap(({ findings }) =>
    findings
      .filter(({ ruleId, severity }) => severity === "error" || ruleId === "step-warning")
      .map(({ revision, message }) => `${revision}: ${message}`),
  );
}

const short = async (...given: Parameters<typeof judged>) => {
  const { check, findings } = await judged(...given);
  return [check, ...findings.map(({ ruleId, severity, file, revision }) => [ruleId, severity, file, revision])];
};

describe.skipIf(!available("python"))("what an Alembic migration imports", { timeout: 120_000 }, () => {
  let python: string;
  beforeAll(async () => {
    python = await pythonWith(currentAlembic);
  }, 600_000);

  const boats: AlembicRevision = {
    id: "a1",
    atImport: "from yard import tables",
    upgrade: "tables.create(op, 'boats')",
    downgrade: "op.drop_table('boats')",
  };
  const plain: AlembicRevision = {
    id: "b2",
    down: "a1",
    upgrade: 'op.execute("CREATE TABLE locks (id int)")',
    downgrade: 'op.drop_table("locks")',
  };
  const tables = (type: string, more = "") =>
    `${more}from . import types\n\n\ndef create(op, name):\n    op.execute(f"CREATE TABLE {name} (id ${type})")\n`;
  const yard: Tree = { "yard/__init__.py": "", "yard/types.py": "wide = 'bigint'\n", "yard/tables.py": tables("int") };
  const main = (): Tree => ({ ...alembicHistory(python, [boats, plain]), ...yard });

  it("is a part of it: other statements are an edited migration, and both are named", async () => {
    const { check, findings } = await judged(main(), { "yard/tables.py": tables("bigint") });
    expect(check).toBe("failed");
    expect(findings).toMatchObject([
      {
        ruleId: "migration-edited",
        severity: "error",
        revision: "a1",
        file: "yard/tables.py",
        message: expect.stringMatching(
          /^yard\/tables\.py was edited, and migrations\/versions\/a1\.py, which is in the merge base, uses it\. It sends other statements than before\. Alembic does not notice/,
        ),
        difference: expect.stringContaining('+    op.execute(f"CREATE TABLE {name} (id bigint)")'),
        help: expect.stringContaining('files: "yard/tables.py"'),
      },
    ]);
  });

  it("does not take the verdict on the rest with it, where the server dies of how it was", async () => {
    const kill =
      "    op.execute(\"COPY (SELECT 1) TO PROGRAM 'kill -QUIT $(head -1 postmaster.pid)'; SELECT pg_sleep(60)\")\n";
    using repository = testRepository({ ...main(), "yard/tables.py": tables("int") + kill });
    const added = alembicHistory(python, [
      boats,
      plain,
      {
        ...plain,
        id: "c3",
        down: "b2",
        upgrade: 'op.execute("CREATE TABLE gates (id int)")',
        downgrade: 'op.drop_table("gates")',
      },
    ]);
    repository.branch({ ...added, "yard/tables.py": tables("int") });
    const { verdict, projects } = await gateTopic(repository);
    expect(verdict).toBe("errored");
    const ended = projects[0]?.checks.map(({ id, status }) => `${id} ${status}`);
    expect(ended).toEqual([
      "lineage passed",
      "history errored",
      "upgrade passed",
      "downgrade passed",
      "reupgrade passed",
      "safety passed",
    ]);
    expect(projects[0]?.findings.filter(({ ruleId }) => ruleId.startsWith("migration-"))).toMatchObject([
      {
        ruleId: "migration-import-edited",
        severity: "warning",
        message: expect.stringContaining("PostgreSQL could not go on"),
      },
    ]);
  });

  it("is followed through the modules that those import, and into functions that are only called later", async () => {
    const changes = { "yard/types.py": "wide = 'text'\n" };
    const indirect = { ...yard, "yard/tables.py": tables("{types.wide}") };
    const before = { ...alembicHistory(python, [boats, plain]), ...indirect };
    expect(await short(before, changes)).toEqual(["failed", ["migration-edited", "error", "yard/types.py", "a1"]]);
    const late = {
      ...boats,
      atImport: "",
      upgrade: 'from yard.types import wide\nop.execute(f"CREATE TABLE boats (id {wide})")',
    };
    expect(await short({ ...before, ...alembicHistory(python, [late, plain]) }, changes)).toEqual([
      "failed",
      ["migration-edited", "error", "yard/types.py", "a1"],
    ]);
  });

  it("is also a file that it opens, when it is loaded or when it runs", async () => {
    const text = "CREATE TABLE boats (id int)";
    const reading = `Path(__file__).with_name("boats.sql").read_text()`;
    const late = { ...boats, atImport: "from pathlib import Path", upgrade: `op.execute(${reading})` };
    const early = { ...late, atImport: `${late.atImport}\nsql = ${reading}`, upgrade: "op.execute(sql)" };
    for (const one of [late, early]) {
      const before = { ...alembicHistory(python, [one, plain]), "migrations/versions/boats.sql": text };
      expect(await short(before, { "migrations/versions/boats.sql": text.replace("int", "bigint") })).toEqual([
        "failed",
        ["migration-edited", "error", "migrations/versions/boats.sql", "a1"],
      ]);
    }
  });

  it("is also a file that a module opens which env.py imports before it", async () => {
    const using = { ...boats, atImport: "from yard import sql", upgrade: "op.execute(sql.text)" };
    const history = alembicHistory(python, [using, plain]);
    const before = {
      ...history,
      "migrations/env.py": `from yard import sql\n${history["migrations/env.py"]}`,
      "yard/__init__.py": "",
      "yard/sql.py": 'from pathlib import Path\n\ntext = Path(__file__).with_name("boats.sql").read_text()\n',
      "yard/boats.sql": "CREATE TABLE boats (id int)",
    };
    expect(await short(before, { "yard/boats.sql": "CREATE TABLE boats (id bigint)" })).toEqual([
      "failed",
      ["migration-edited", "error", "yard/boats.sql", "a1"],
    ]);
  });

  it("is also a file that comes to those which it looks for, and a module that another is divided into", async () => {
    const sql = (name: string) => `CREATE FUNCTION ${name}() RETURNS int LANGUAGE sql AS 'SELECT 1';`;
    const all: AlembicRevision = {
      ...boats,
      atImport: "from pathlib import Path",
      upgrade: 'for one in sorted(Path("db/rates").glob("*.sql")):\n    op.execute(one.read_text())',
      downgrade: "op.execute('DROP FUNCTION IF EXISTS a, b')",
    };
    const rates = { ...alembicHistory(python, [all, plain]), "db/rates/a.sql": sql("a") };
    const { check, findings } = await judged(rates, { "db/rates/b.sql": sql("b") });
    expect(check).toBe("failed");
    expect(findings).toMatchObject([
      {
        ruleId: "migration-edited",
        file: "db/rates/b.sql",
        message: expect.stringMatching(/^db\/rates\/b\.sql was added, .* uses it\. It sends other statements/),
        help: expect.stringContaining("let a new migration use it"),
      },
    ]);
    const removal = { "db/rates/a.sql": undefined, "db/none/c.sql": undefined };
    const full = { ...rates, "db/rates/b.sql": sql("b"), "db/none/c.sql": "" };
    expect((await judged(full, removal)).findings).toMatchObject([
      {
        ruleId: "migration-edited",
        severity: "error",
        file: "db/rates/a.sql",
        message: expect.stringMatching(/^db\/rates\/a\.sql was removed, .* uses it\. It sends other statements/),
        help: expect.stringContaining("Restore db/rates/a.sql"),
      },
    ]);
    // By the folder's name alone, where nothing of it is left, and by what else is read there alone.
    const last = await short(rates, { "db/rates/a.sql": undefined });
    const unnamed = { ...all, upgrade: (all.upgrade ?? "").replace("db/rates", 'db/ra" "tes') };
    const beside = await short(
      { ...full, ...alembicHistory(python, [unnamed, plain]) },
      { "db/rates/a.sql": undefined },
    );
    const edited = ["failed", ["migration-edited", "error", "db/rates/a.sql", "a1"]];
    expect([last, beside]).toEqual([edited, edited]);
    const divided = { "yard/tables.py": "from .make import create\n", "yard/make.py": tables("int") };
    expect(await short(main(), divided)).toEqual(["passed", ["migration-import-edited", "info", "yard/make.py", "a1"]]);
  });

  describe("that are the ORM's models", () => {
    const columns = (...names: readonly string[]) =>
      names.map((name) => `    ${name}: Mapped[int] = mapped_column()\n`).join("");
    const models = (...names: readonly string[]) =>
      `from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\n\n\nclass Base(DeclarativeBase):\n    pass\n\n\n` +
      `class Boat(Base):\n    __tablename__ = "boats"\n    id: Mapped[int] = mapped_column(primary_key=True)\n${columns(...names)}`;
    const create: AlembicRevision = {
      id: "a1",
      atImport: "from yard.models import Base",
      upgrade: "Base.metadata.create_all(op.get_bind())",
      downgrade: "op.drop_table('boats')",
    };
    const main = (first: AlembicRevision, ...more: readonly AlembicRevision[]): Tree => ({
      ...alembicHistory(python, [first, ...more]),
      "yard/__init__.py": "",
      "yard/models.py": models("draft"),
    });
    const edit = { "yard/models.py": models("draft", "beam") };

    it("makes other SQL of it: the advice is to let the migration hold what it needs", async () => {
      const { findings } = await judged(main(create), edit);
      expect(findings).toMatchObject([
        {
          ruleId: "migration-edited",
          severity: "error",
          help: expect.stringMatching(
            /^Let migrations\/versions\/a1\.py hold what it needs of yard\/models\.py as it was \(.*\), and import it no more: an edit that does only this, and sends the same statements, is accepted\./,
          ),
        },
      ]);
    });

    it("may be let go by an edit of the migration that sends the same", async () => {
      const sent =
        "\nCREATE TABLE boats (\n\tid SERIAL NOT NULL, \n\tdraft INTEGER NOT NULL, \n\tPRIMARY KEY (id)\n)\n\n";
      const branch = (sql: string) => ({
        ...edit,
        ...alembicHistory(python, [{ ...create, atImport: "", upgrade: execute(sql) }]),
      });
      const { check, findings } = await judged(main(create), branch(sent));
      expect(findings).toMatchObject([
        {
          ruleId: "migration-edited",
          severity: "info",
          file: "migrations/versions/a1.py",
          message: expect.stringContaining("does not use yard/__init__.py and yard/models.py any more"),
        },
      ]);
      expect(check).toBe("passed");
      expect(await short(main(create), branch(sent.replace("INTEGER", "BIGINT")))).toEqual([
        "failed",
        ["migration-edited", "error", "migrations/versions/a1.py", "a1"],
      ]);
    });

    it("of which it reads rows: other columns are warned of, one that is not there yet is an error", async () => {
      const table = execute("CREATE TABLE boats (id int, draft int, beam int)");
      const read: AlembicRevision = {
        id: "b2",
        down: "a1",
        atImport: "from sqlalchemy import select\nfrom sqlalchemy.orm import Session\nfrom yard.models import Boat",
        upgrade: `Session(op.get_bind()).execute(select(Boat)).all()\n${execute("CREATE TABLE locks (id int)")}`,
        downgrade: execute("DROP TABLE locks"),
      };
      const first: AlembicRevision = { id: "a1", upgrade: table, downgrade: execute("DROP TABLE boats") };
      expect(await short(main(first, read), edit)).toEqual([
        "passed",
        ["migration-import-edited", "warning", "yard/models.py", "b2"],
      ]);
      expect(await short(main({ ...first, upgrade: table.replace(", beam int", "") }, read), edit)).toEqual([
        "failed",
        ["migration-edited", "error", "yard/models.py", "b2"],
      ]);
    });
  });

  it("is also a file that a program is given which it starts, and that is told", async () => {
    const text = "CREATE TABLE boats (id int)";
    const file = "migrations/versions/boats.sql";
    for (const run of [
      `subprocess.run(["cat", "${file}"], capture_output=True, text=True).stdout`,
      `os.popen("PGPASSWORD='very secret' cat '${file}' | cat").read()`,
    ]) {
      const starting = { ...boats, atImport: "import os, subprocess", upgrade: `op.execute(${run})` };
      const before = { ...alembicHistory(python, [starting, plain]), [file]: text };
      expect(await short(before, { [file]: text.replace("int", "bigint") })).toEqual([
        "failed",
        ["migration-edited", "error", file, "a1"],
      ]);
      expect(await warned(before)).toEqual([
        "a1: It starts a program (cat): the files that this reads, beside those that its arguments name, are not seen, and so not noticed when they change.",
      ]);
    }
  });

  it("may change as long as the migration sends the same", async () => {
    expect(await short(main(), { "yard/tables.py": tables("int", "print('hello')\n") })).toEqual([
      "passed",
      ["migration-import-edited", "info", "yard/tables.py", "a1"],
    ]);
    expect(await short(main(), { "yard/tables.py": tables("int", "# the yard's\n") })).toEqual(["passed"]);
  });

  it("says nothing where only new revisions or env.py import it", async () => {
    const first: AlembicRevision = { id: "b2", upgrade: "op.execute('CREATE TABLE locks (id int)')" };
    const before = { ...alembicHistory(python, [first]), ...yard };
    const withModels = { ...before, "migrations/env.py": `import yard.types\n${before["migrations/env.py"]}` };
    const changes = {
      ...alembicHistory(python, [first, { ...boats, down: "b2" }]),
      "migrations/env.py": withModels["migrations/env.py"] ?? "",
      "yard/tables.py": tables("bigint"),
      "yard/types.py": "wide = 'text'\n",
    };
    expect(await judged(withModels, changes)).toEqual({
      check: "passed",
      findings: [],
      // What is reviewed with a new revision is part of its plan.
      imported: [["yard/__init__.py", "yard/tables.py", "yard/types.py"]],
    });
  });

  it("cannot be compared where a checkout of the merge base would load the same file", async () => {
    const { findings } = await judged(main(), { "yard/tables.py": tables("bigint") }, (root) => {
      process.env["PYTHONPATH"] = root;
    }).finally(() => delete process.env["PYTHONPATH"]);
    expect(findings).toMatchObject([
      {
        ruleId: "migration-import-edited",
        severity: "warning",
        message: expect.stringContaining("in a checkout of the merge base it does not load yard/tables.py"),
      },
    ]);
  });

  it("is also what it sets for the session of a migration, and a migration that now does nothing sends something else", async () => {
    const path = (schema: string) => `def create(op, name):\n    op.execute("SET LOCAL search_path TO ${schema}")\n`;
    const before = {
      ...main(),
      "yard/tables.py": `${path("public")}    op.execute("CREATE TABLE public.boats (id int)")\n`,
    };
    for (const young of [
      before["yard/tables.py"].replace("TO public", "TO pg_temp, public"),
      "def create(*_): op = 1\n",
    ])
      expect(await short(before, { "yard/tables.py": young })).toEqual([
        "failed",
        ["migration-edited", "error", "yard/tables.py", "a1"],
      ]);
  });

  it("is warned of where only values differ", async () => {
    const seed = (name: string) =>
      `def create(op, name):\n    op.execute("CREATE TABLE boats (n text)")\n    op.execute("INSERT INTO boats VALUES ('${name}')")\n`;
    const before = { ...main(), "yard/tables.py": seed("Annie") };
    expect(await short(before, { "yard/tables.py": seed("Bess") })).toEqual([
      "passed",
      ["migration-import-edited", "warning", "yard/tables.py", "a1"],
    ]);
  });
});

describe.each(versions)("what a migration of MikroORM %s imports", { timeout: 120_000 }, (version: Version) => {
  const importing = `import { create } from "../yard/tables.js";
export class Migration1 extends Migration {
  async up() { this.addSql(create("boats")); }
  async down() { this.addSql("DROP TABLE boats"); }
}
`;
  const plain = `export class Migration2 extends Migration {
  async up() { this.addSql("CREATE TABLE locks (id int)"); }
  async down() { this.addSql("DROP TABLE locks"); }
}
`;
  const tables = (type: string) => `export const create = (name) => \`CREATE TABLE \${name} (id ${type})\`;\n`;
  const install = (root: string) => {
    linkMikroOrm(version, root);
  };

  it("is a part of it", async () => {
    const main = { ...mikroOrmHistory({ Migration1: importing, Migration2: plain }), "yard/tables.js": tables("int") };
    expect(await short(main, { "yard/tables.js": tables("bigint") }, install)).toEqual([
      "failed",
      ["migration-edited", "error", "yard/tables.js", "Migration1"],
    ]);
    expect(await short(main, { "yard/tables.js": `${tables("int")}export const unused = 1;\n` }, install)).toEqual([
      "passed",
      ["migration-import-edited", "info", "yard/tables.js", "Migration1"],
    ]);
  });

  it("is also a file that it reads, itself or through what it imports, or that a program is given which it starts", async () => {
    const file = "migrations/boats.sql";
    const create = "CREATE TABLE boats (id int)";
    const migration = (imports: string, sql: string) =>
      `${imports}\n${importing.replace(/import .*/, "").replace('create("boats")', sql)}`;
    const reading = {
      "at once": migration(
        'import fs from "node:fs";',
        `fs.readFileSync(new URL("boats.sql", import.meta.url), "utf8")`,
      ),
      later: migration('import { readFile } from "node:fs/promises";', `await readFile("${file}", "utf8")`),
      "when it is loaded": migration(
        `import { readFileSync } from "fs";\nconst sql = readFileSync("${file}", "utf8");`,
        "sql",
      ),
      "what it imports": migration('import { create } from "../yard/tables.js";', "create"),
      "a program": migration(
        'import { execSync } from "child_process";',
        `execSync("PGPASSWORD='very secret' cat ${file}").toString()`,
      ),
      "a program, later": migration(
        'import { execFile } from "node:child_process"; import { promisify } from "node:util";',
        `(await promisify(execFile)("cat", ["${file}"])).stdout`,
      ),
    };
    for (const [how, text] of Object.entries(reading)) {
      // The files are opened the same way, whatever MikroORM it is.
      if (version !== "v7" && how !== "at once") continue;
      const main = {
        ...mikroOrmHistory({ Migration1: text, Migration2: plain }),
        [file]: create,
        "yard/tables.js": `import { readFileSync } from "fs";\nexport const create = readFileSync("${file}", "utf8");\n`,
      };
      expect([how, ...(await short(main, { [file]: create.replace("int", "bigint") }, install))]).toEqual([
        how,
        "failed",
        ["migration-edited", "error", file, "Migration1"],
      ]);
      if (!how.startsWith("a program")) continue;
      const warnings = await warned(main, install);
      expect(warnings.map((message) => message.slice(0, 44))).toEqual(["Migration1: It starts a program (cat): the f"]);
    }
  });
});
