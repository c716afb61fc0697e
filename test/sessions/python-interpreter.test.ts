import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ToolError } from "../../src/errors.ts";
import { findPython } from "../../src/sessions/python-interpreter.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { testRepository } from "../support/repository.ts";
import { available } from "../support/requirements.ts";

describe.skipIf(!available("python"))("the interpreter of a project", { timeout: 300_000 }, () => {
  let withAlembic: string;
  let without: string;
  /** A `PATH` with nothing but a Python that lacks Alembic. */
  let PATH: string;

  beforeAll(async () => {
    withAlembic = await pythonWith(currentAlembic);
    without = await pythonWith([]);
    PATH = dirname(without);
  }, 600_000);

  /** A virtual environment at `path` that is the one at `python`. */
  function link(path: string, python: string): void {
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(dirname(dirname(python)), path);
  }

  function command(directory: string, name: string, script: string): void {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(directory, name), 0o755);
  }

  test("what is told counts, relative to the project or the repository", async () => {
    using repository = testRepository({ "app/x": "" });
    const { root } = repository;
    link(join(root, "env"), withAlembic);
    const directory = join(root, "app");
    expect((await findPython(root, directory, "env/bin/python", { PATH })).command).toEqual([
      join(root, "env/bin/python"),
    ]);
    expect((await findPython(root, directory, withAlembic, { PATH })).command).toEqual([withAlembic]);
  });

  test("what is told is not replaced by something else", async () => {
    using repository = testRepository();
    link(join(repository.root, ".venv"), withAlembic);
    await expect(findPython(repository.root, repository.root, without, { PATH })).rejects.toThrow(
      `The configured interpreter cannot be used. Tried \`${without}\` (without Alembic).`,
    );
    await expect(findPython(repository.root, repository.root, "python9", { PATH })).rejects.toThrow(
      "Tried `python9` (not there)",
    );
  });

  test("the active virtual environment comes first, then .venv upwards to the root", async () => {
    using repository = testRepository({ "app/x": "" });
    const { root } = repository;
    const directory = join(root, "app");
    link(join(root, "active"), withAlembic);
    link(join(root, ".venv"), withAlembic);
    const found = (environment: NodeJS.ProcessEnv) => findPython(root, directory, undefined, { PATH, ...environment });
    expect((await found({ VIRTUAL_ENV: join(root, "active") })).command).toEqual([join(root, "active/bin/python")]);
    expect(await found({})).toEqual({
      command: [join(root, ".venv/bin/python")],
      how: `the virtual environment ${join(root, ".venv")}`,
    });
    // One that lacks Alembic is passed over.
    link(join(directory, "venv"), without);
    expect((await found({ VIRTUAL_ENV: dirname(dirname(without)) })).command).toEqual([join(root, ".venv/bin/python")]);
  });

  test.each([
    ["poetry", "poetry.lock", '[ "$*" = "env info --path" ] && echo "$HOME/kept"'],
    ["pipenv", "Pipfile", '[ "$*" = "--venv" ] && echo "$HOME/kept"'],
  ])("what %s keeps for the project", async (name, marker, script) => {
    using repository = testRepository({ [`app/${marker}`]: "" });
    const { root } = repository;
    link(join(root, "kept"), withAlembic);
    command(join(root, "bin"), name, script);
    const environment = { PATH: `${join(root, "bin")}:${PATH}:/usr/bin:/bin`, HOME: root };
    const { command: found, how } = await findPython(root, join(root, "app"), undefined, environment);
    expect(found).toEqual([join(root, "kept/bin/python")]);
    expect(how).toMatch(/^the environment of/);
  });

  test("the place that uv is told", async () => {
    using repository = testRepository({ "app/uv.lock": "" });
    const { root } = repository;
    link(join(root, "kept"), withAlembic);
    const environment = { PATH, UV_PROJECT_ENVIRONMENT: "../kept" };
    const { command: found } = await findPython(root, join(root, "app"), undefined, environment);
    expect(found).toEqual([join(root, "kept/bin/python")]);
  });

  test("a folder of the project named alembic is not the package", async () => {
    using repository = testRepository({ "alembic/__init__.py": "", "alembic/env.py": "" });
    const fault = findPython(repository.root, repository.root, undefined, { PATH });
    await expect(fault).rejects.toThrow(ToolError);
    await expect(fault).rejects.toThrow(
      /^No Python with Alembic was found for the project\. Tried `python3` \(without Alembic\), `python` \(without Alembic\)\. Install .* `interpreter:` in headgate\.yml\.$/,
    );
    expect(execFileSync("git", ["status", "--porcelain"], { cwd: repository.root, encoding: "utf8" })).not.toContain(
      "pycache",
    );
  });

  test.each([
    [{ "uv.lock": "", "pyproject.toml": "" }, "uv sync"],
    [{ "pyproject.toml": "[tool.poetry]\n" }, "poetry install"],
    [{ Pipfile: "", "requirements.txt": "" }, "pipenv install"],
    [
      { "requirements.txt": "", "pyproject.toml": "" },
      "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt",
    ],
    [{ "pyproject.toml": "" }, "python3 -m venv .venv && .venv/bin/pip install ."],
    [{}, "python3 -m venv .venv && .venv/bin/pip install alembic psycopg2-binary"],
  ])("how to install is said as the project does it: %j", async (tree, installs) => {
    using repository = testRepository({ ...tree, "app/x": "" });
    const { root } = repository;
    await expect(findPython(root, join(root, "app"), undefined, { PATH })).rejects.toThrow(`\`${installs}\``);
  });

  test("the machine's Python, when it has Alembic", async () => {
    using repository = testRepository();
    const found = await findPython(repository.root, repository.root, undefined, { PATH: dirname(withAlembic) });
    expect(found).toEqual({ command: ["python3"], how: "`python3`" });
  });
});
