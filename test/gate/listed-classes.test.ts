import { describe, expect, it } from "vitest";
import { migrationClass, mikroOrmConfiguration, mikroOrmHistory } from "../support/mikro-orm-history.ts";
import { gateTopic } from "../support/gate-topic.ts";
import { testRepository } from "../support/repository.ts";
import { linkMikroOrm, versions, type Version } from "../tools/mikro-orm/project.ts";

type Tree = Readonly<Record<string, string>>;

const config = (imports: string, classes: string): string =>
  mikroOrmConfiguration(`{ migrationsList: [${classes}] }`, imports);
const source = (name: string, up: string, down: string): string =>
  `import { Migration } from "@mikro-orm/migrations";\n${migrationClass(name, up, down)}`;
const boats = source("Boats", "CREATE TABLE boats (id int)", "DROP TABLE boats");
const locks = source("Locks", "CREATE TABLE locks (id int)", "DROP TABLE locks");
const listed = (...names: readonly string[]): string =>
  names.map((name) => `{ name: "${name}", class: ${name} }`).join();

describe.each(versions)(
  "migrations that a configuration of MikroORM %s lists",
  { timeout: 60_000 },
  (version: Version) => {
    async function runOf(before: Tree, changes: Tree) {
      const { ".gitignore": ignored = "", "package.json": manifest = "" } = mikroOrmHistory({});
      using repository = testRepository({ ".gitignore": ignored, "package.json": manifest, ...before });
      linkMikroOrm(version, repository.root);
      repository.branch(changes);
      return await gateTopic(repository);
    }
    /** Which revisions are new to a branch, and what is found of the history. */
    async function gated(before: Tree, changes: Tree) {
      const [project] = (await runOf(before, changes)).projects;
      return {
        fresh: project?.lineage?.new,
        files: project?.revisions.map(({ file }) => file),
        ignored: project?.findings.filter(({ ruleId }) => ruleId === "ignored-migration").map(({ file }) => file),
        history: project?.findings.filter(({ ruleId }) => ruleId.startsWith("migration-")).map(({ ruleId }) => ruleId),
      };
    }

    it("are a library's where nothing else configures it, and their list is none of them", async () => {
      const name = "Migration20260101000000";
      const library = {
        [`src/migrations/${name}.js`]: source(name, "CREATE TABLE boats (id int)", "DROP TABLE boats"),
        "src/migrations/list.js": `import { ${name} } from "./${name}.js";\nexport const all = [${listed(name)}];\n`,
      };
      const { projects } = await runOf({}, library);
      expect(projects[0]?.checks.map(({ id, status }) => `${id} ${status}`)).toEqual(
        ["lineage", "history", "upgrade", "downgrade", "reupgrade", "safety"].map((id) => `${id} passed`),
      );
    });

    const main = {
      "mikro-orm.config.js": config('import { Boats } from "./db/boats.js";', listed("Boats")),
      "db/boats.js": boats,
    };

    it("are new where their files are, and old where they were", async () => {
      const both = config(
        'import { Boats } from "./db/boats.js";\nimport { Locks } from "./db/locks.js";',
        listed("Boats", "Locks"),
      );
      expect(await gated(main, { "mikro-orm.config.js": both, "db/locks.js": locks })).toEqual({
        fresh: ["Locks"],
        files: ["db/boats.js", "db/locks.js"],
        ignored: [],
        history: [],
      });
      expect(await gated(main, { "readme.txt": "boats" })).toMatchObject({ fresh: [], history: [] });
      expect(await gated(main, { "db/boats.js": boats.replace("id int", "id bigint") })).toMatchObject({
        fresh: [],
        history: ["migration-edited"],
      });
    });

    it("are told from those beside them that nobody has listed", async () => {
      const [first, second] = ["Migration20260101000000", "Migration20260102000000_locks"];
      const { ignored: found, files } = await gated(
        {
          "mikro-orm.config.js": config(`import { Boats } from "./db/${first}.js";`, listed("Boats")),
          [`db/${first}.js`]: boats,
        },
        { [`db/${second}.js`]: locks, "db/helpers.js": "export const boats = 1;\n" },
      );
      expect({ found, files }).toEqual({ found: [`db/${second}.js`], files: [`db/${first}.js`] });
    });

    it("are all new where one file holds them and it changed: which of them is, nobody can tell", async () => {
      const inline = (classes: string, names: string) => ({
        "mikro-orm.config.js": config(`import { Migration } from "@mikro-orm/migrations";\n${classes}`, names),
      });
      const [first, second] = [boats, locks].map((text) => text.replace(/^import.*\n/, "").replace("export ", ""));
      const before = inline(first ?? "", listed("Boats"));
      const after = inline(`${first}${second}`, listed("Boats", "Locks"));
      expect(await gated(before, after)).toMatchObject({ fresh: ["Boats", "Locks"], history: [] });
      expect(await gated(before, { "readme.txt": "boats" })).toMatchObject({ fresh: [], history: [] });
    });
  },
);
