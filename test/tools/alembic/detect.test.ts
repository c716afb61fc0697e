import { describe, expect, test } from "vitest";
import { workingTree } from "../../../src/files/working-tree.ts";
import { alembic } from "../../../src/tools/alembic/tool.ts";
import { filesOf } from "../../support/files.ts";
import { fixtureRoot } from "./alembic-project.ts";

const env = "from alembic import context\n";

describe("fixtures", () => {
  test.each([
    ["branches", [{ directory: ".", configFile: "alembic.ini", migrations: ["rivers", "canals"] }]],
    [
      "sections",
      [
        { directory: ".", configFile: "alembic.ini", section: "lower", migrations: ["lower/versions"] },
        { directory: ".", configFile: "alembic.ini", section: "upper", migrations: ["upper/versions"] },
      ],
    ],
    ["pyproject", [{ directory: ".", configFile: "pyproject.toml", migrations: ["migrations/versions", "extra"] }]],
    ["flask-app", [{ directory: ".", configFile: "migrations/alembic.ini", migrations: ["migrations/versions"] }]],
    [
      "image",
      [
        {
          directory: "services/quay",
          configFile: "services/quay/db/alembic.ini",
          migrations: ["services/quay/db/migrations/versions"],
        },
      ],
    ],
    ["in-code", [{ directory: ".", migrations: ["sluice/migrations/versions"] }]],
  ])("%s", (name, expected) => {
    expect(alembic.detect(workingTree(fixtureRoot(name)))).toEqual(
      expected.map((project) => ({ tool: "alembic", ...project })),
    );
  });
});

describe("trees", () => {
  test.each<[string, Record<string, string>, object[]]>([
    [
      "an ini file whose script_location starts above it",
      { "db/alembic.ini": "[alembic]\nscript_location = db/migrations\n", "db/migrations/env.py": env },
      [{ directory: ".", configFile: "db/alembic.ini", migrations: ["db/migrations/versions"] }],
    ],
    [
      "the default section of a project in a folder",
      {
        "services/locks/alembic.ini": "[alembic]\nscript_location: %(here)s/alembic\n",
        "services/locks/alembic/env.py": env,
      },
      [
        {
          directory: "services/locks",
          configFile: "services/locks/alembic.ini",
          migrations: ["services/locks/alembic/versions"],
        },
      ],
    ],
    [
      "a package's folder",
      { "alembic.ini": "[alembic]\nscript_location = sluice.db:migrations\n", "src/sluice/db/migrations/env.py": env },
      [{ directory: ".", configFile: "alembic.ini", migrations: ["src/sluice/db/migrations/versions"] }],
    ],
    [
      "a package's folder, folder by folder, far from its ini file, with a history for each of two databases",
      {
        "src/sluice/server/alembic.ini": "[alembic]\nscript_location = sluice:server:db\n",
        "src/sluice/server/db/env.py": env,
        "src/sluice/server/db/versions/postgresql/a1_boats.py": "",
        "src/sluice/server/db/versions/sqlite/b1_boats.py": "",
      },
      [
        {
          directory: ".",
          configFile: "src/sluice/server/alembic.ini",
          migrations: ["src/sluice/server/db/versions/postgresql"],
        },
      ],
    ],
    [
      "an ini file that says where it is itself, and where modules are from the root",
      {
        "config/alembic.ini":
          "[alembic]\nscript_location = %(here)s/../backend/m\nprepend_sys_path = . backend\n[other]\nscript_location = %(here)s/m\nprepend_sys_path = lib\n",
        "backend/m/env.py": env,
        "config/m/env.py": env,
        "config/lib/boats.py": "",
        "lib/boats.py": "",
      },
      [
        { directory: ".", configFile: "config/alembic.ini", migrations: ["backend/m/versions"] },
        { directory: "config", configFile: "config/alembic.ini", section: "other", migrations: ["config/m/versions"] },
      ],
    ],
    [
      "the folder of an image that two of the checkout end like",
      {
        "etc/alembic.ini": "[alembic]\nscript_location = /srv/db/m\n",
        "locks/db/m/env.py": env,
        "locks/db/m/versions/a.py": "",
        "quay/db/m/env.py": env,
        "quay/db/m/versions/b.py": "",
      },
      [
        { directory: "etc", configFile: "etc/alembic.ini", migrations: ["srv/db/m/versions"] },
        { directory: "locks/db", migrations: ["locks/db/m/versions"] },
        { directory: "quay/db", migrations: ["quay/db/m/versions"] },
      ],
    ],
    [
      "a pyproject.toml that does so",
      {
        "services/locks/pyproject.toml":
          '[tool.alembic]\nscript_location = "%(here)s/m"\nprepend_sys_path = ["services/locks/src", "%(here)s/x"]\n',
        "services/locks/m/env.py": env,
        "services/locks/src/boats.py": "",
      },
      [{ directory: ".", configFile: "services/locks/pyproject.toml", migrations: ["services/locks/m/versions"] }],
    ],
    [
      "another name for the ini file, several locations by the old separator, an old comment behind it",
      {
        "boats.ini":
          "[alembic]\nscript_location = m\nversion_locations = %(here)s/a %(here)s/b\nversion_path_separator = space  # or os\n",
        "m/env.py": env,
      },
      [{ directory: ".", configFile: "boats.ini", migrations: ["a", "b"] }],
    ],
    [
      "locations split on spaces and commas where no separator is set",
      { "alembic.ini": "[alembic]\nscript_location = m\nversion_locations = a, b c\n", "m/env.py": env },
      [{ directory: ".", configFile: "alembic.ini", migrations: ["a", "b", "c"] }],
    ],
    [
      "a location for every section, which only some are environments of",
      {
        "alembic.ini":
          "[DEFAULT]\nscript_location = m\n[loggers]\nkeys = root\n[alembic]\n[upper]\nscript_location = u\n[lower]\nversion_locations = l\n",
        "m/env.py": env,
        "u/env.py": env,
      },
      [
        { directory: ".", configFile: "alembic.ini", migrations: ["m/versions"] },
        { directory: ".", configFile: "alembic.ini", section: "lower", migrations: ["l"] },
        { directory: ".", configFile: "alembic.ini", section: "upper", migrations: ["u/versions"] },
      ],
    ],
    [
      "an ini file and pyproject.toml for one environment",
      {
        "alembic.ini": "[alembic]\nscript_location = m\n",
        "pyproject.toml": '[tool.alembic]\nscript_location = "m"\n',
        "m/env.py": env,
      },
      [{ directory: ".", configFile: "alembic.ini", migrations: ["m/versions"] }],
    ],
    [
      "an ini file for logging only, beside pyproject.toml",
      {
        "alembic.ini": "[loggers]\nkeys = root\n",
        "pyproject.toml": '[tool.alembic]\nscript_location = "%(here)s/m"\n',
        "m/env.py": env,
      },
      [{ directory: ".", configFile: "pyproject.toml", migrations: ["m/versions"] }],
    ],
    [
      "configured in code, under src",
      {
        "lib/pyproject.toml": "[project]\n",
        "lib/src/sluice/__init__.py": "",
        "lib/src/sluice/m/env.py": env,
        "lib/src/sluice/m/versions/a.py": "",
      },
      [{ directory: "lib", migrations: ["lib/src/sluice/m/versions"] }],
    ],
    ["no revision yet", { "m/env.py": env, "m/script.py.mako": "" }, [{ directory: ".", migrations: ["m/versions"] }]],
    ["not Alembic's env.py", { "m/env.py": "import os\n", "m/versions/a.py": "" }, []],
    ["a template", { "templates/generic/env.py": env, "templates/generic/script.py.mako": "" }, []],
    ["an ini file of something else", { "tox.ini": "[tox]\nenvlist = py\n", "pyproject.toml": "[tool.black]\n" }, []],
    ["outside the repository", { "alembic.ini": "[alembic]\nscript_location = ../elsewhere\n" }, []],
    ["not TOML", { "pyproject.toml": "[tool.alembic\nscript_location =" }, []],
  ])("%s", (_, tree, expected) => {
    expect(alembic.detect(filesOf(tree))).toEqual(expected.map((project) => ({ tool: "alembic", ...project })));
  });
});

describe("the command that merges heads", () => {
  const project = { name: "x", tool: "alembic", environment: {}, prelude: [], oneWay: {}, allowEmpty: false } as const;
  test.each([
    [{ directory: ".", configFile: "alembic.ini", migrations: ["m/versions"] }, 'alembic merge -m "merge heads" a1 b2'],
    [
      { directory: ".", configFile: "alembic.ini", section: "upper", migrations: ["m/versions"] },
      'alembic -n upper merge -m "merge heads" a1 b2',
    ],
    [
      { directory: ".", configFile: "db/alembic.ini", migrations: ["db/migrations/versions"] },
      'alembic -c db/alembic.ini merge -m "merge heads" a1 b2',
    ],
    [
      { directory: ".", configFile: "migrations/alembic.ini", migrations: ["migrations/versions"] },
      'flask db merge -m "merge heads" a1 b2',
    ],
    [
      { directory: "app", configFile: "app/db/alembic.ini", migrations: ["app/db/versions"] },
      'flask db merge -d db -m "merge heads" a1 b2',
    ],
    [{ directory: ".", migrations: ["m/versions"] }, 'alembic merge -m "merge heads" a1 b2'],
  ])("%j", (found, expected) => {
    expect(alembic.mergeCommand?.({ ...project, ...found }, ["a1", "b2"])).toBe(expected);
  });

  test("quotes what a shell would run", () => {
    const found = { directory: ".", configFile: "alembic.ini", migrations: ["m/versions"] };
    expect(alembic.mergeCommand?.({ ...project, ...found }, ["a'; rm -rf ."])).toBe(
      `alembic merge -m "merge heads" 'a'\\''; rm -rf .'`,
    );
  });
});
