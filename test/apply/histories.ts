import { alembicHistory, execute } from "../support/alembic-history.ts";
import { mikroOrmHistory } from "../support/mikro-orm-history.ts";

/** Long enough for a kill to hit it, short enough to be killed often. */
const pause = "SELECT pg_sleep(0.03)";
const fill = "INSERT INTO boats SELECT n, 'boat ' || n FROM generate_series(1, 20000) n";

/** Revisions that are a transaction, one that is none, and one of both kinds, for golang-migrate: a file is one message. */
export const golangMigrate = {
  "migrations/1_boats.up.sql": `CREATE TABLE boats (id int, name text); ${pause}; ${fill};\n`,
  "migrations/2_key.up.sql": `${pause}; ALTER TABLE boats ADD PRIMARY KEY (id); ${pause};\n`,
  "migrations/3_by_name.up.sql": "CREATE INDEX CONCURRENTLY IF NOT EXISTS boats_by_name ON boats (name);\n",
  "migrations/4_count.up.sql": `CREATE TABLE counted (n int); ${pause}; INSERT INTO counted SELECT count(*) FROM boats;\n`,
  "migrations/5_unused.up.sql": "DROP INDEX CONCURRENTLY boats_by_name;\n",
};

const goosePart = (...statements: readonly string[]) =>
  `-- +goose NO TRANSACTION\n-- +goose Up\n${statements.map((sql) => `${sql};`).join("\n")}\n-- +goose Down\nSELECT 1;\n`;

/** For goose, whose files may be sent statement by statement outside of any transaction. */
export const goose = {
  "migrations/1_boats.sql": `-- +goose Up\nCREATE TABLE boats (id int, name text);\n${pause};\n${fill};\n-- +goose Down\nDROP TABLE boats;\n`,
  "migrations/2_mixed.sql": goosePart(
    "CREATE TABLE counted (n int)",
    "INSERT INTO counted SELECT count(*) FROM boats",
    "CREATE INDEX CONCURRENTLY boats_by_name ON boats (name)",
    "INSERT INTO counted VALUES (1)",
    "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS boats_by_id ON boats (id)",
    "UPDATE counted SET n = n + 1",
    "DROP INDEX CONCURRENTLY boats_by_name",
  ),
  "migrations/3_last.sql": `-- +goose Up\nALTER TABLE boats ADD COLUMN colour text;\n${pause};\n-- +goose Down\nSELECT 1;\n`,
};

/** For Alembic: a transaction, an index in an autocommit block with work before and behind it, a transaction. */
export const alembic = (python: string) =>
  alembicHistory(python, [
    { id: "a1", upgrade: execute("CREATE TABLE boats (id int, name text)", pause, fill) },
    {
      id: "b2",
      down: "a1",
      upgrade: [
        execute("CREATE TABLE counted (n int)", "INSERT INTO counted SELECT count(*) FROM boats"),
        "with op.get_context().autocommit_block():",
        '    op.execute("CREATE INDEX CONCURRENTLY boats_by_name ON boats (name)")',
        '    op.execute("CREATE INDEX CONCURRENTLY IF NOT EXISTS boats_by_id ON boats (id)")',
        execute("UPDATE counted SET n = n + 1", "INSERT INTO counted VALUES (1)"),
      ].join("\n"),
    },
    { id: "c3", down: "b2", upgrade: execute(pause, "ALTER TABLE boats ADD PRIMARY KEY (id)") },
  ]);

const migration = (name: string, transactional: boolean, ...statements: readonly string[]) =>
  `export class ${name} extends Migration {
  ${transactional ? "" : "isTransactional() { return false; }"}
  async up() {
${statements.map((sql) => `    this.addSql(${JSON.stringify(sql)});`).join("\n")}
  }
}
`;

/** For MikroORM: a transaction, indexes outside of any, a transaction. */
export const mikroOrm = mikroOrmHistory({
  Migration20260101000000: migration(
    "Migration20260101000000",
    true,
    "CREATE TABLE boats (id int, name text)",
    pause,
    fill,
  ),
  Migration20260102000000: migration(
    "Migration20260102000000",
    false,
    "CREATE INDEX CONCURRENTLY boats_by_name ON boats (name)",
    "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS boats_by_id ON boats (id)",
    "DROP INDEX CONCURRENTLY boats_by_name",
  ),
  Migration20260103000000: migration(
    "Migration20260103000000",
    true,
    pause,
    "ALTER TABLE boats ADD COLUMN colour text",
  ),
});
