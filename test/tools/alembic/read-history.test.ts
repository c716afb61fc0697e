import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { workingTree } from "../../../src/files/working-tree.ts";
import type { Project } from "../../../src/project.ts";
import { childEnvironment } from "../../../src/sessions/child-environment.ts";
import { openDriverSession } from "../../../src/sessions/driver-session.ts";
import { readHistory } from "../../../src/tools/alembic/read-history.ts";
import { alembic } from "../../../src/tools/alembic/tool.ts";
import { filesOf } from "../../support/files.ts";
import { currentAlembic, pythonWith } from "../../support/python.ts";
import { testDirectory } from "../../support/repository.ts";
import { available } from "../../support/requirements.ts";
import { fixtureProject, fixtureRoot } from "./alembic-project.ts";

const project: Project = {
  name: "canal",
  tool: "alembic",
  directory: ".",
  migrations: ["versions"],
  environment: {},
  prelude: [],
  oneWay: {},
  allowEmpty: false,
};
const file = (id: string, down: string, rest = "") => `revision = "${id}"\ndown_revision = ${down}\n${rest}`;

test("reads a file in Latin-1 that says so, and no other", () => {
  const latin1 = (text: string) => Buffer.from(`${text}\n${file("a1", "None", "# caf\u00e9\n")}`, "latin1");
  for (const [cookie, ids] of [
    ["#!/usr/bin/env python\n# -*- coding: latin-1 -*-", ["a1"]],
    ["# vim: set fileencoding=iso-8859-1 :", ["a1"]],
    ["# a caf\u00e9", []],
  ] as const) {
    using directory = testDirectory({ "versions/1.py": latin1(cookie) });
    expect(readHistory(workingTree(directory.root), project).revisions.map(({ id }) => id)).toEqual(ids);
  }
});

test("reads a graph in topological order, with labels and beginnings of ids resolved", () => {
  const files = filesOf({
    "versions/1.py": file("zz", "None", 'branch_labels = "canals"\n'),
    "versions/2.py": file("aa", '"zz"'),
    "versions/3.py": file("bb", "None", 'depends_on = ("canals", "a")\n'),
    "versions/4.py": file("mm", '("aa", "bb")'),
    "versions/__init__.py": "",
    "versions/.#4.py": file("xx", "None"),
    "versions/notes.txt": file("xx", "None"),
    "versions/below/5.py": file("xx", "None"),
  });
  const { shape, revisions, problems } = readHistory(files, project);
  expect([shape, problems]).toEqual(["graph", []]);
  expect(revisions.map(({ id, downRevisions, dependsOn }) => [id, downRevisions, dependsOn])).toEqual([
    ["zz", [], []],
    ["aa", ["zz"], []],
    ["bb", [], ["zz", "aa"]],
    ["mm", ["aa", "bb"], []],
  ]);
});

test("tells what it cannot read, duplicates, and cycles last", () => {
  const files = filesOf({
    "versions/1.py": file("b", '"c"'),
    "versions/2.py": file("c", '"b"'),
    "versions/3.py": file("a", "None"),
    "versions/4.py": file("a", '"b"'),
    "versions/5.py": "revision = compute()\ndown_revision = None\n",
    "versions/6.py": "DEPTH = 3\n",
  });
  const { revisions, problems } = readHistory(files, project);
  expect(revisions.map(({ id, file }) => [id, file])).toEqual([
    ["a", "versions/4.py"],
    ["b", "versions/1.py"],
    ["c", "versions/2.py"],
  ]);
  expect(problems).toEqual([
    {
      kind: "duplicate",
      message: "Two files declare the revision a; Alembic runs only one of them.",
      files: ["versions/3.py", "versions/4.py"],
      revisions: ["a"],
    },
    {
      kind: "unreadable",
      message: "`revision` is not a plain value.",
      files: ["versions/5.py"],
      revisions: [],
      line: 1,
    },
    {
      kind: "unreadable",
      message: "The file declares no `revision`, and Alembic refuses the whole directory for it.",
      files: ["versions/6.py"],
      revisions: [],
    },
  ]);
});

test("looks into folders where the configuration says so, and finds the locations itself", () => {
  const files = filesOf({
    "alembic.ini": "[alembic]\nscript_location = m\nrecursive_version_locations = true\n",
    "m/env.py": "",
    "m/versions/2026/01/a.py": file("a", "None"),
  });
  const { revisions } = readHistory(files, { ...project, configFile: "alembic.ini", migrations: [] });
  expect(revisions.map(({ file }) => file)).toEqual(["m/versions/2026/01/a.py"]);
});

test("reads 10,000 files in a few seconds", () => {
  const tree: Record<string, string> = {};
  for (let index = 0; index < 10_000; index++)
    tree[`versions/${index}.py`] =
      file(`r${index}`, index === 0 ? "None" : `"r${index - 1}"`) +
      "\n\ndef upgrade():\n    op.execute('SELECT 1')\n\n\ndef downgrade():\n    op.execute('SELECT 1')\n".repeat(2);
  const files = filesOf(tree);
  const start = performance.now();
  const { revisions } = readHistory(files, project);
  expect(performance.now() - start).toBeLessThan(3_000);
  expect(revisions.at(-1)?.id).toBe("r9999");
});

describe.skipIf(!available("python"))("says the same as Alembic itself", { timeout: 300_000 }, () => {
  const examples = ["alembic", "alembic-fault", "alembic-sqlmodel", "alembic-sqlmodel-fault"];
  test.each(["branches", "steps", "in-code", "pyproject", ...examples.map((name) => `../../../examples/${name}`)])(
    "%s",
    async (name) => {
      const root = fixtureRoot(name);
      const found = { ...fixtureProject(name), name };
      const runner = alembic.runner(found);
      if (runner.kind !== "driver") throw new Error("Alembic has a driver.");
      await using session = await openDriverSession({
        command: [await pythonWith(currentAlembic), fileURLToPath(runner.driver)],
        environment: childEnvironment(process.env, undefined),
        repository: root,
        directory: join(root, found.directory),
        settings: runner.settings,
      });
      expect(readHistory(workingTree(root), found)).toEqual(await session.history());
    },
  );
});

test("names what lies below its env.py where Alembic does not look", () => {
  const tree = filesOf({
    "m/env.py": "",
    "m/versions/a1.py": file("a1", "None"),
    "m/versions/2026/b2.py": file("b2", '"a1"'),
    "m/later/c3.py": file("c3", '"a1"'),
    "m/later/d4.py": file("d4", '"c3"'),
    "m/sqlite/e5.py": file("e5", "None"),
    "m/helpers.py": "def down_revision(): pass\n",
  });
  const { revisions, problems } = readHistory(tree, { ...project, migrations: ["m/versions"] });
  expect(revisions.map(({ id }) => id)).toEqual(["a1"]);
  expect(problems.map(({ kind, files }) => [kind, files])).toEqual([
    ["ignored", ["m/later/c3.py", "m/later/d4.py"]],
    ["ignored", ["m/versions/2026/b2.py"]],
  ]);
  expect(readHistory(tree, { ...project, migrations: ["versions"] }).problems).toEqual([]);
});

test("does not name what another section of the ini file runs", () => {
  const ini =
    "[alembic]\nscript_location = m\n[upper]\nscript_location = m\nversion_locations = m/versions m/upper\nversion_path_separator = space\n";
  const tree = filesOf({
    "alembic.ini": ini,
    "m/env.py": "",
    "m/versions/a1.py": file("a1", "None"),
    "m/upper/b2.py": file("b2", '"a1"'),
  });
  const found = readHistory(tree, { ...project, configFile: "alembic.ini", migrations: ["m/versions"] });
  expect(found.problems).toEqual([]);
});
