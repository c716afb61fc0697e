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
    if (stdout === "") return { exitCode, stderr };
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

  outer.git("rm", "--quiet", "-r", "app");
  outer.commit("no locks");
  expect(await check("HEAD")).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("The git submodule db holds some (sql)"),
  });
});
