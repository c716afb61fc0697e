import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runGate } from "../../src/gate.ts";
import { alembicHistory, execute } from "../support/alembic-history.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { testRepository } from "../support/repository.ts";
import { available } from "../support/requirements.ts";

it.skipIf(!available("python"))(
  "Alembic's compiled revisions are replayed, and one in an encoding that it names itself",
  { timeout: 600_000 },
  async () => {
    const python = await pythonWith(currentAlembic);
    const table = (name: string) => ({
      upgrade: execute(`CREATE TABLE ${name} (id int)`),
      downgrade: execute(`DROP TABLE ${name}`),
    });
    const tree = alembicHistory(python, [
      { id: "a1", ...table("boats") },
      { id: "b2", down: "a1", ...table("locks"), downgrade: "raise Exception()" },
    ]);
    const sourceless = `${tree["alembic.ini"]}sourceless = true\n`;
    using repository = testRepository({ ...tree, "alembic.ini": sourceless });
    const compiled = join(repository.root, "migrations/versions/a1.py");
    execFileSync(python, [
      "-c",
      `import py_compile; py_compile.compile(r"${compiled}", cfile=r"${compiled}c", doraise=True)`,
    ]);
    rmSync(compiled);
    const text = `# -*- coding: latin-1 -*-\n# headgate: one-way: the caf\u00e9 is gone\n${tree["migrations/versions/b2.py"]}`;
    repository.write({ "migrations/versions/b2.py": Buffer.from(text, "latin1") });
    const { verdict, projects } = await runGate({
      directory: repository.root,
      engine: "embedded",
      outageProbe: false,
      environment: process.env,
    });
    expect(projects[0]?.revisions.map(({ id, file }) => [id, file])).toEqual([
      ["a1", "migrations/versions/a1.pyc"],
      ["b2", "migrations/versions/b2.py"],
    ]);
    expect(verdict).toBe("passed");
    const oneWay = projects[0]?.findings.filter(({ ruleId }) => ruleId.startsWith("one-way"));
    expect(oneWay).toMatchObject([{ message: expect.stringContaining("the caf\u00e9 is gone") }]);
  },
);
