import { expect, it } from "vitest";
import { runGate } from "../../src/gate.ts";
import { migrationClass, mikroOrmConfiguration, mikroOrmHistory } from "../support/mikro-orm-history.ts";
import { testRepository } from "../support/repository.ts";
import { link, versions } from "../tools/mikro-orm/project.ts";

it(
  "what MikroORM's set-up says that is not so is told once, whatever was applied before",
  { timeout: 60_000 },
  async () => {
    const names = ["Migration20260101000000", "Migration20260102000000", "Migration20260103000000"];
    const migrations = names.map((name, index) => {
      const table = `boats${index}`;
      return [name, migrationClass(name, `CREATE TABLE ${table} (id int)`, `DROP TABLE ${table}`)] as const;
    });
    const tree = (count: number) => ({
      ...mikroOrmHistory(Object.fromEntries(migrations.slice(0, count))),
      "mikro-orm.config.js": mikroOrmConfiguration('{ path: "dist/migrations" }'),
    });
    for (const earlier of [1, 2]) {
      using repository = testRepository(tree(earlier));
      for (const name of ["core", "migrations", "postgresql"])
        link(`@mikro-orm/${name}`, versions.at(-1) as (typeof versions)[number], repository.root);
      repository.branch(tree(3));
      const { projects } = await runGate({
        directory: repository.root,
        engine: "embedded",
        base: "main",
        outageProbe: false,
        otherProcess: false,
        environment: process.env,
      });
      const said = projects[0]?.findings.filter(({ ruleId }) => ruleId === "step-warning");
      expect(said).toMatchObject([
        {
          revision: names[earlier],
          message: "The migrations directory dist/migrations does not exist; migrations was used in its place.",
        },
      ]);
    }
  },
);
