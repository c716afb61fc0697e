import { join } from "node:path";
import { expect, test } from "vitest";
import { headgate } from "../support/cli.ts";
import { testRepository } from "../support/repository.ts";

const pair = (path: string, table: string) => ({
  [`${path}.up.sql`]: `CREATE TABLE ${table} (id int PRIMARY KEY);\n`,
  [`${path}.down.sql`]: `DROP TABLE ${table};\n`,
});

test("migrations in a submodule that the change moves are said to be examined nowhere", async () => {
  using inner = testRepository(pair("migrations/1_boats", "boats"));
  inner.commit("boats");
  using outer = testRepository(pair("app/migrations/1_locks", "locks"));
  outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.root, "db");
  outer.commit("locks, and boats from elsewhere");
  const check = async (base = "HEAD~1") => {
    const { exitCode, stdout, stderr } = await headgate(
      ["check", "--base", base, "--engine", "embedded", "--format", "json"],
      { cwd: outer.root },
    );
    if (exitCode === 2) return { exitCode, stderr };
    const { projects } = JSON.parse(stdout) as {
      projects: { name: string; findings: { ruleId: string; severity: string }[] }[];
    };
    return { exitCode, found: projects.map(({ name, findings }) => [name, ...findings.map(({ ruleId }) => ruleId)]) };
  };

  outer.write({ "readme.txt": "another change" });
  outer.commit("readme");
  expect(await check()).toEqual({ exitCode: 0, found: [["app"]] });

  inner.write(pair("migrations/2_dams", "dams"));
  inner.commit("dams");
  outer.git("-C", join(outer.root, "db"), "-c", "protocol.file.allow=always", "pull", "--quiet");
  outer.commit("newer boats");
  expect(await check()).toEqual({ exitCode: 0, found: [["app"], ["db app", "submodule-not-examined"]] });

  outer.git("submodule", "--quiet", "deinit", "--force", "db");
  // As in a workflow that checks out no submodules: nobody knows what is in it.
  expect(await check()).toEqual({ exitCode: 0, found: [["app", "submodule-not-examined"]] });
  outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init", "db");

  outer.git("rm", "--quiet", "-r", "app");
  outer.commit("no locks");
  expect(await check("HEAD")).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("The git submodule db holds some (sql)"),
  });
});

test("migrations in a submodule of a submodule are seen as well", async () => {
  using innermost = testRepository(pair("migrations/1_boats", "boats"));
  innermost.commit("boats");
  using inner = testRepository({ "readme.txt": "docks" });
  const allowed = ["-c", "protocol.file.allow=always", "submodule", "--quiet"];
  inner.git(...allowed, "add", innermost.root, "boats");
  inner.commit("boats from elsewhere");
  using outer = testRepository(pair("app/migrations/1_locks", "locks"));
  outer.commit("locks");
  outer.git(...allowed, "add", inner.root, "docks");
  outer.git(...allowed, "update", "--init", "--recursive");
  outer.commit("docks from elsewhere");
  const { stdout } = await headgate(["check", "--base", "HEAD~1", "--engine", "embedded", "--format", "json"], {
    cwd: outer.root,
  });
  const { projects } = JSON.parse(stdout) as { projects: { name: string; findings: { ruleId: string }[] }[] };
  expect(projects.map(({ name, findings }) => [name, ...findings.map(({ ruleId }) => ruleId)])).toEqual([
    ["app"],
    ["docks/boats app", "submodule-not-examined"],
  ]);
});
