import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { verdictSchema } from "../src/report/verdict-schema.ts";
import { headgate } from "./support/cli.ts";
import { pythonWith } from "./support/python.ts";
import { testRepository } from "./support/repository.ts";
import { available } from "./support/requirements.ts";

/** A package that brings its own migrations, configured in code, and the driver that its users choose. */
const requirements = ["pepdbagent==0.13.0", "psycopg[binary]"];
const [initial, schemas] = ["44cb1e7a80de", "8a037f13b4e5"];

describe.skipIf(!available("python"))("the history that the package pepdbagent ships", () => {
  it("is gated end to end, and its two faults are found", async () => {
    const python = await pythonWith(requirements);
    using repository = testRepository({
      "headgate.yml": `projects: [{ directory: ., tool: alembic, interpreter: ${JSON.stringify(python)} }]\n`,
    });
    const packages = execFileSync(python, ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], {
      encoding: "utf8",
    }).trim();
    mkdirSync(join(repository.root, "pepdbagent"));
    cpSync(join(packages, "pepdbagent", "alembic"), join(repository.root, "pepdbagent", "alembic"), {
      recursive: true,
      filter: (path) => !path.endsWith("__pycache__"),
    });
    repository.commit("the history");

    const args = ["check", "--engine", "embedded", "--replay", "all", "--format", "json"];
    const { exitCode, stdout, stderr } = await headgate(args, { cwd: repository.root });
    expect([exitCode, stderr]).toEqual([1, ""]);
    const [project] = verdictSchema.parse(JSON.parse(stdout)).projects;
    expect(project).toMatchObject({
      tool: "alembic",
      lineage: { revisions: 2, heads: [schemas], bases: [initial], new: [initial, schemas] },
    });
    const status = (id: string) => project?.checks.find((check) => check.id === id)?.status;
    expect(["lineage", "upgrade", "downgrade", "reupgrade"].map(status)).toEqual([
      "passed",
      "passed",
      "failed",
      "failed",
    ]);

    const replayed = project?.findings.filter(({ ruleId }) => /^(?:up|down|reup)grade-/.test(ruleId)) ?? [];
    expect(replayed).toMatchObject([
      {
        // A table with an enum column is dropped, the enum type is not: the next upgrade makes it again.
        ruleId: "downgrade-incomplete",
        revision: initial,
        direction: "down",
        message: expect.stringMatching(/type `updatetypes` survives .*type "updatetypes" already exists/s),
        help: expect.stringContaining("DROP TYPE public.updatetypes;"),
      },
      {
        // op.drop_constraint(None, "projects", type_="foreignkey")
        ruleId: "downgrade-fails",
        revision: schemas,
        direction: "down",
        file: expect.stringMatching(/^pepdbagent\/alembic\/versions\/8a037f13b4e5_\w+\.py$/),
        line: expect.any(Number),
        message: expect.stringMatching(/Can't emit DROP CONSTRAINT .*it has no name/s),
      },
    ]);

    // op.execute("DROP TABLE schemas CASCADE"): the whole history is new here, and so is whatever depends on the table.
    expect(project?.findings.filter(({ ruleId }) => ruleId === "drop-cascade")).toEqual([]);
    expect(repository.git("status", "--porcelain")).toBe("");
  });
});
