import { expect, it } from "vitest";
import { migrationClass, mikroOrmConfiguration, mikroOrmHistory } from "../support/mikro-orm-history.ts";
import { gateTopic } from "../support/gate-topic.ts";
import { testRepository } from "../support/repository.ts";
import { linkMikroOrm, versions } from "../tools/mikro-orm/project.ts";

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
      linkMikroOrm(versions.at(-1) as (typeof versions)[number], repository.root);
      repository.branch(tree(3));
      const { projects } = await gateTopic(repository);
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
