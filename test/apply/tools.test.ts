import { describe, expect, it } from "vitest";
import { alembicHistory, execute } from "../support/alembic-history.ts";
import { migrationClass, mikroOrmHistory } from "../support/mikro-orm-history.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { available } from "../support/requirements.ts";
import { link } from "../tools/mikro-orm/project.ts";
import { testServers } from "./servers.ts";

const { target } = testServers();

describe.skipIf(!available("python"))("Alembic", () => {
  it("applies, and finds its version table where env.py puts it", async () => {
    const python = await pythonWith(currentAlembic);
    const files = alembicHistory(python, [
      { id: "a1", upgrade: execute("CREATE TABLE boats (id int PRIMARY KEY)") },
      {
        id: "b2",
        down: "a1",
        upgrade:
          'op.execute("INSERT INTO boats VALUES (1)")\nwith op.get_context().autocommit_block():\n    op.execute("CREATE INDEX CONCURRENTLY by_id ON boats (id)")',
      },
    ]);
    files["migrations/env.py"] = (files["migrations/env.py"] ?? "").replace(
      "context.configure(connection=connection)",
      'connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS ops"); connection.commit()\n    context.configure(connection=connection, version_table="applied", version_table_schema="ops")',
    );
    await using to = await target(files);
    expect((await to.apply()).applied.map(({ id }) => id)).toEqual(["a1", "b2"]);
    expect(await to.column("SELECT version_num FROM ops.applied")).toEqual(["b2"]);
    expect((await to.status()).state).toBe("up-to-date");
    expect((await to.apply()).outcome).toBe("nothing-pending");
    to.repository.write(
      alembicHistory(python, [{ id: "c3", down: "b2", upgrade: execute("CREATE TABLE docks (id int)") }]),
    );
    to.repository.write({ "migrations/env.py": files["migrations/env.py"] });
    expect((await to.status()).pending).toEqual(["c3"]);
    expect((await to.apply()).applied.map(({ id }) => id)).toEqual(["c3"]);
  });
});

describe.skipIf(!available("python"))("two environments of Alembic in one database, of one name", () => {
  it("are told apart by the version table that env.py writes down", async () => {
    const python = await pythonWith(currentAlembic);
    const files = (table: string, id: string) => {
      const history = alembicHistory(python, [{ id, upgrade: execute(`CREATE TABLE made_by_${id} (id int)`) }]);
      const environment = history["migrations/env.py"] ?? "";
      return {
        ...history,
        "headgate.yml": history["headgate.yml"]?.replace("directory: .", "directory: ., name: app") ?? "",
        "migrations/env.py":
          table === ""
            ? environment
            : environment.replace("connection=connection", `connection=connection, version_table="${table}"`),
      };
    };
    await using first = await target(files("", "a1"));
    await using second = await target(files("billing_version", "b1"));
    const { databaseUrl = "" } = first.options;
    expect((await first.apply()).applied.map(({ id }) => id)).toEqual(["a1"]);
    expect((await second.apply({ databaseUrl, allow: ["drift"] })).applied.map(({ id }) => id)).toEqual(["b1"]);
    expect(await first.column("SELECT project || ' ' || history FROM headgate.run ORDER BY id")).toEqual([
      "app alembic_version",
      "app billing_version",
    ]);
    expect((await second.apply({ databaseUrl })).outcome).toBe("nothing-pending");
    expect((await first.apply()).outcome).toBe("nothing-pending");
  });
});

describe.each(["v6", "v7"] as const)("MikroORM %s", (version) => {
  it("applies, and goes on where it left off", async () => {
    const files = mikroOrmHistory({
      Migration20260101000000: migrationClass(
        "Migration20260101000000",
        "CREATE TABLE boats (id int)",
        "DROP TABLE boats",
      ),
    });
    await using to = await target(files);
    for (const name of ["@mikro-orm/core", "@mikro-orm/migrations", "@mikro-orm/postgresql"])
      link(name, version, to.repository.root);
    expect((await to.apply()).applied).toHaveLength(1);
    to.repository.write({
      "migrations/Migration20260102000000.js": `import { Migration } from "@mikro-orm/migrations";\n${migrationClass("Migration20260102000000", "CREATE TABLE docks (id int)", "DROP TABLE docks")}`,
    });
    expect((await to.status()).pending).toEqual(["Migration20260102000000"]);
    expect((await to.apply()).applied.map(({ id }) => id)).toEqual(["Migration20260102000000"]);
    expect(await to.column("SELECT name FROM mikro_orm_migrations ORDER BY id")).toEqual([
      "Migration20260101000000",
      "Migration20260102000000",
    ]);
    expect((await to.status()).state).toBe("up-to-date");
  });
});

describe("a migration without a statement", () => {
  const folder = { dbmate: "db/migrations", goose: "migrations" };
  const parts = { dbmate: ["-- migrate:up", "-- migrate:down"], goose: ["-- +goose Up", "-- +goose Down"] } as const;
  it.each(["dbmate", "goose"] as const)("is applied with those around it: %s", async (layout) => {
    const [up, down] = parts[layout];
    const file = (sql: string) => `${up}\n${sql}\n${down}\n-- nothing\n`;
    await using to = await target({
      [`${folder[layout]}/1_boats.sql`]: file("CREATE TABLE boats (id int);"),
      [`${folder[layout]}/2_nothing.sql`]: file("-- was done by hand"),
      [`${folder[layout]}/3_docks.sql`]: file("CREATE TABLE docks (id int);"),
    });
    expect((await to.apply()).applied.map(({ id }) => id)).toEqual(["1", "2", "3"]);
    expect((await to.status()).state).toBe("up-to-date");
  });
});
