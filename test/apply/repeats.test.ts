import { describe, expect, it } from "vitest";
import { runGate } from "../../src/gate.ts";
import { alembicHistory, execute } from "../support/alembic-history.ts";
import { mikroOrmHistory } from "../support/mikro-orm-history.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { available } from "../support/requirements.ts";
import { link } from "../tools/mikro-orm/project.ts";
import { testServers } from "./servers.ts";

const { target } = testServers();

const boats = "CREATE TABLE boats (id int PRIMARY KEY, name text NOT NULL, slug text)";
/** What the rehearsal finds, too. */
const two = "INSERT INTO boats VALUES (1, 'Argo'), (2, 'Beagle')";
const marked = "# headgate: repeat: one statement for each boat";
const eachBoat = `op.execute("ALTER TABLE boats ADD COLUMN seen int")
bind = op.get_bind()
for id, name in bind.exec_driver_sql("SELECT id, name FROM boats WHERE slug IS NULL").fetchall():
    bind.exec_driver_sql("UPDATE boats SET slug = %s WHERE id = %s", (name.lower(), id))
    if id == 4:
        bind.exec_driver_sql("DELETE FROM boats WHERE id = 4")
op.execute("ALTER TABLE boats ALTER slug SET NOT NULL")`;
/** Each turn commits. */
const batches = `with op.get_context().autocommit_block():
    while op.get_bind().exec_driver_sql("UPDATE boats SET slug = 100 / length(name) WHERE id IN (SELECT id FROM boats WHERE slug IS NULL ORDER BY id LIMIT 2)").rowcount:
        pass
op.execute("ALTER TABLE boats ALTER slug SET NOT NULL")`;

async function alembic(upgrade: string, comment = marked) {
  const first = { id: "a1", upgrade: execute(boats, two), downgrade: execute("DROP TABLE boats") };
  const python = await pythonWith(currentAlembic);
  const to = await target(alembicHistory(python, [first]));
  await to.apply();
  to.repository.git("branch", "base");
  const downgrade = execute("ALTER TABLE boats ALTER slug DROP NOT NULL, DROP COLUMN IF EXISTS seen");
  to.repository.write(alembicHistory(python, [first, { id: "b2", down: "a1", upgrade, downgrade, atImport: comment }]));
  to.repository.commit("b2");
  return to;
}
const slugs = "SELECT slug FROM boats ORDER BY id";

describe.skipIf(!available("python"))("a migration of Alembic that loops over rows, and says so", () => {
  it.each([
    [
      "more than in the rehearsal",
      "INSERT INTO boats VALUES (3, 'Cutty'), (5, 'Endurance')",
      ["argo", "beagle", "cutty", "endurance"],
    ],
    ["fewer", "DELETE FROM boats WHERE id = 1", ["beagle"]],
    ["none", "DELETE FROM boats", []],
  ])("runs with %s", async (_, change, expected) => {
    await using to = await alembic(eachBoat);
    await to.client.query(change);
    const { applied } = await to.apply();
    expect(applied.map(({ id, attempts }) => [id, attempts])).toEqual([["b2", 1]]);
    expect(await to.column(slugs)).toEqual(expected);
    expect((await to.status()).state).toBe("up-to-date");
  });

  it("is stopped before a statement that no rehearsal has seen, and leaves nothing", async () => {
    await using to = await alembic(eachBoat);
    await to.client.query("INSERT INTO boats VALUES (3, 'Cutty'), (4, 'Dove')");
    await expect(to.apply()).rejects.toThrow(/`b2` was stopped: Headgate did not send DELETE.*Nothing of it is left/s);
    expect(await to.column(slugs)).toEqual([null, null, null, null]);
  });

  it("is stopped where it leaves out what sets the session, or makes a table", async () => {
    for (const once of ["SELECT 1, set_config('work_mem', '5MB', true)", "SELECT 1 AS id INTO others"]) {
      const only = `if op.get_bind().exec_driver_sql("SELECT id FROM boats").fetchall():\n    op.execute(${JSON.stringify(once)})\n`;
      await using to = await alembic(`${only}${eachBoat}`);
      await to.client.query("DELETE FROM boats");
      await expect(to.apply()).rejects.toThrow(/`b2` was stopped: Headgate did not send ALTER/);
    }
  });

  it("is stopped where it does not say so", async () => {
    await using to = await alembic(eachBoat, "");
    await to.client.query("DELETE FROM boats WHERE id = 1");
    await expect(to.apply()).rejects.toThrow(/`b2` was stopped.*headgate: repeat/s);
    expect(await to.column(slugs)).toEqual([null]);
  });

  it("is rehearsed on rows that the project has for it, where its own migrations make none", async () => {
    const python = await pythonWith(currentAlembic);
    const revisions = [
      { id: "a1", upgrade: execute(boats), downgrade: execute("DROP TABLE boats") },
      { id: "b2", down: "a1", upgrade: eachBoat, downgrade: execute("SELECT 1"), atImport: marked },
    ];
    await using without = await target(alembicHistory(python, revisions.slice(0, 1)));
    await without.apply();
    await without.client.query(two);
    without.repository.write(alembicHistory(python, revisions));
    await expect(without.apply()).rejects.toThrow(/did not send UPDATE.* give it some under `samples:`/s);
    without.repository.write({
      ...alembicHistory(python, revisions, "samples: { b2: rows.sql }"),
      "rows.sql": `${two};
`,
    });
    expect((await without.apply()).outcome).toBe("applied");
    expect(await without.column(slugs)).toEqual(["argo", "beagle"]);
    without.repository.write(alembicHistory(python, revisions, "samples: { c3: rows.sql }"));
    const gate = runGate({ directory: without.repository.root, environment: process.env, engine: "embedded" });
    await expect(gate).rejects.toThrow("has samples for `c3`");
  });

  it("goes on with the batches that are left, when each was committed for itself", async () => {
    await using to = await alembic(batches);
    await to.client.query("INSERT INTO boats SELECT n, 'boat' FROM generate_series(3, 9) n");
    await to.client.query("INSERT INTO boats VALUES (10, '')");
    await expect(to.apply()).rejects.toThrow(/`b2` failed: a value does not fit.*SQLSTATE 22012/s);
    expect(await to.column("SELECT count(slug)::int FROM boats")).toEqual([8]);
    expect((await to.status()).state).toBe("half-applied");
    await to.client.query("DELETE FROM boats WHERE id = 10");
    expect((await to.apply()).outcome).toBe("applied");
    expect(await to.column("SELECT count(*)::int FROM boats WHERE slug IS NULL")).toEqual([0]);
  });

  it("is seen by the gate, whose plan does not depend on how many rows there were", async () => {
    await using to = await alembic(eachBoat);
    const plans: string[][] = [];
    const gate = () =>
      runGate({
        directory: to.repository.root,
        environment: process.env,
        engine: "embedded",
        base: "base",
        onPlan: ({ revisions }) =>
          plans.push(revisions.flatMap(({ statements }) => statements.map(({ repeats = "once" }) => repeats))),
      });
    const { projects } = await gate();
    const found = projects[0]?.findings.map(({ ruleId }) => ruleId) ?? [];
    expect(found).toContain("rows-decide");
    expect(found.filter((rule) => /determin|allow|downgrade|reupgrade/.test(rule))).toEqual([]);
    expect(plans).toEqual([["once", "together", "together", "once"]]);
  });
});

describe("a migration of MikroORM that loops over rows, and says so", () => {
  it("runs with as many as there are", async () => {
    const migration = (name: string, ...lines: readonly string[]) =>
      `export class ${name} extends Migration {\n  // headgate: repeat: one statement for each boat\n  async up() {\n${lines.join("\n")}\n  }\n}\n`;
    const [first, second] = ["Migration20260101000000", "Migration20260102000000"];
    const files = mikroOrmHistory({
      [first]: migration(first, `this.addSql(${JSON.stringify(boats)});`, `this.addSql(${JSON.stringify(two)});`),
    });
    await using to = await target(files);
    for (const name of ["@mikro-orm/core", "@mikro-orm/migrations", "@mikro-orm/postgresql"])
      link(name, "v7", to.repository.root);
    await to.apply();
    to.repository.write({
      [`migrations/${second}.js`]: `import { Migration } from "@mikro-orm/migrations";\n${migration(
        second,
        'for (const { id, name } of await this.execute("SELECT id, name FROM boats"))',
        '  await this.execute("UPDATE boats SET slug = ? WHERE id = ?", [name.toLowerCase(), id]);',
      )}`,
    });
    await to.client.query("INSERT INTO boats VALUES (3, 'Cutty'), (4, 'Dove')");
    expect((await to.apply()).applied.map(({ id }) => id)).toEqual([second]);
    expect(await to.column(slugs)).toEqual(["argo", "beagle", "cutty", "dove"]);
  });
});
