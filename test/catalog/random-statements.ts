/** The same numbers for the same seed: https://en.wikipedia.org/wiki/Linear_congruential_generator */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/**
 * Statements on a few objects that build on one another, so that what is renamed or dropped is often in use. Many of them
 * fail; some come as a transaction that is taken back.
 */
export function randomStatements(seed: number, count: number): readonly string[] {
  const below = numbers(seed);
  const one = (of: readonly string[]): string => of[below(of.length)] as string;
  const name = (kind: string) => `${kind}_${below(3)}`;
  const schema = () => one(["public", "quay", "dock"]);
  const table = () => `${schema()}.boats_${below(3)}`;
  const column = () => name("c");
  const type = () =>
    one([
      "int",
      "text",
      "timestamptz",
      "numeric(8,2)",
      "int[]",
      `${schema()}.${name("kind")}`,
      `${schema()}.${name("code")}`,
      table(),
    ]);
  const routine = () => `${schema()}.${name("f")}`;
  const view = () => `${schema()}.${name("v")}`;
  const drop = () => one(["", " CASCADE"]);
  const statements: readonly (() => string)[] = [
    () => `CREATE SCHEMA ${one(["quay", "dock"])}`,
    () => `CREATE TABLE ${table()} (id int PRIMARY KEY, c_0 text DEFAULT 'x', c_1 ${type()})`,
    () => `CREATE TABLE ${table()} (id serial UNIQUE, c_2 int GENERATED ALWAYS AS (1 + 1) STORED, c_3 ${type()})`,
    () => `CREATE TABLE ${table()} (id int, c_0 int) PARTITION BY RANGE (id)`,
    () => `CREATE TABLE ${table()} PARTITION OF ${table()} FOR VALUES FROM (${below(9)}) TO (${below(9) + 9})`,
    () => `CREATE TABLE ${table()} (c_1 int) INHERITS (${table()})`,
    () => `CREATE TYPE ${schema()}.${name("kind")} AS ENUM ('a', 'b')`,
    () => `CREATE TYPE ${schema()}.${name("kind")} AS (c_0 int, c_1 ${type()})`,
    () => `CREATE DOMAIN ${schema()}.${name("code")} AS text CHECK (value <> '')`,
    () => `ALTER TABLE ${table()} ADD COLUMN ${column()} ${type()}`,
    () => `ALTER TABLE ${table()} DROP COLUMN ${column()}${drop()}`,
    () => `ALTER TABLE ${table()} RENAME COLUMN ${column()} TO ${column()}`,
    () => `ALTER TABLE ${table()} RENAME COLUMN id TO ${column()}`,
    () => `ALTER TABLE ${table()} RENAME TO ${name("boats")}`,
    () => `ALTER TABLE ${table()} SET SCHEMA ${schema()}`,
    () => `ALTER TABLE ${table()} ALTER COLUMN ${column()} TYPE text`,
    () => `ALTER TABLE ${table()} ALTER COLUMN ${column()} SET DEFAULT NULL`,
    () => `ALTER TABLE ${table()} ALTER COLUMN ${column()} SET STATISTICS ${below(99)}`,
    () => `ALTER TABLE ${table()} ALTER COLUMN ${column()} ${one(["SET", "DROP"])} NOT NULL`,
    () => `ALTER TABLE ${table()} ADD CONSTRAINT ${name("fk")} FOREIGN KEY (c_0) REFERENCES ${table()}`,
    () => `ALTER TABLE ${table()} ADD CONSTRAINT ${name("fk")} FOREIGN KEY (c_2) REFERENCES ${table()} (id) NOT VALID`,
    () => `ALTER TABLE ${table()} VALIDATE CONSTRAINT ${name("fk")}`,
    () => `ALTER TABLE ${table()} ADD CONSTRAINT ${name("ck")} CHECK (id > ${below(9)})`,
    () => `ALTER TABLE ${table()} RENAME CONSTRAINT ${name("ck")} TO ${name("ck")}`,
    () => `ALTER TABLE ${table()} DROP CONSTRAINT ${name(one(["fk", "ck"]))}${drop()}`,
    () => `ALTER TABLE ${table()} ${one(["ENABLE", "DISABLE"])} ROW LEVEL SECURITY`,
    () =>
      `ALTER TABLE ${table()} SET (fillfactor = ${50 + below(50)}, toast.autovacuum_enabled = ${one(["on", "off"])})`,
    () => `ALTER TABLE ${table()} DETACH PARTITION ${table()}`,
    () => `ALTER TABLE ${table()} ATTACH PARTITION ${table()} DEFAULT`,
    () => `ALTER TABLE ${table()} REPLICA IDENTITY ${one(["FULL", "NOTHING", "DEFAULT"])}`,
    () => `ALTER TABLE ${table()} OWNER TO ${one(["miller", "baker", "postgres"])}`,
    () => `CREATE INDEX ${name("ix")} ON ${table()} (${column()})`,
    () => `CREATE INDEX ${name("ix")} ON ${table()} ((id + 1))`,
    () => `ALTER INDEX ${schema()}.${name("ix")} RENAME TO ${name("ix")}`,
    () => `ALTER INDEX ${schema()}.${name("ix")} ALTER COLUMN 1 SET STATISTICS ${below(99)}`,
    () => `DROP INDEX ${schema()}.${name("ix")}`,
    () => `CREATE VIEW ${view()} AS SELECT * FROM ${table()}`,
    () => `CREATE VIEW ${view()} AS SELECT a.id, b AS whole FROM ${table()} a JOIN ${table()} b USING (id)`,
    () => `CREATE MATERIALIZED VIEW ${view()} AS SELECT id, count(*) FROM ${view()} GROUP BY id`,
    () => `ALTER VIEW ${view()} RENAME COLUMN id TO ${column()}`,
    () => `DROP VIEW ${view()}${drop()}`,
    () => `CREATE FUNCTION ${routine()}(x ${type()}) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'`,
    () => `CREATE FUNCTION ${routine()}() RETURNS SETOF ${table()} LANGUAGE sql AS 'SELECT NULL'`,
    () => `CREATE FUNCTION ${routine()}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`,
    () => `ALTER TABLE ${table()} ALTER COLUMN c_0 SET DEFAULT ${routine()}(NULL)`,
    () =>
      `CREATE TRIGGER ${name("tg")} BEFORE UPDATE OF ${column()} ON ${table()} FOR EACH ROW EXECUTE FUNCTION ${routine()}()`,
    () => `ALTER TRIGGER ${name("tg")} ON ${table()} RENAME TO ${name("tg")}`,
    () => `ALTER TABLE ${table()} ${one(["ENABLE", "DISABLE"])} TRIGGER ${name("tg")}`,
    () => `CREATE POLICY ${name("p")} ON ${table()} USING (EXISTS (SELECT FROM ${table()} o WHERE o.id = 1))`,
    () => `ALTER POLICY ${name("p")} ON ${table()} TO ${one(["miller", "PUBLIC"])}`,
    () => `CREATE RULE ${name("r")} AS ON DELETE TO ${table()} DO ALSO DELETE FROM ${table()} WHERE id = 2`,
    () => `CREATE STATISTICS ${schema()}.${name("st")} ON ${column()}, ${column()} FROM ${table()}`,
    () => `CREATE PUBLICATION ${name("pub")} FOR TABLE ${table()}`,
    () => `ALTER PUBLICATION ${name("pub")} ${one(["ADD", "DROP"])} TABLE ${table()}`,
    () => `COMMENT ON TABLE ${table()} IS '${below(9)}'`,
    () => `COMMENT ON COLUMN ${table()}.${column()} IS ${one(["NULL", "'wide'"])}`,
    () => `COMMENT ON INDEX ${schema()}.${name("ix")} IS '${below(9)}'`,
    () => `COMMENT ON CONSTRAINT ${name("ck")} ON ${table()} IS '${below(9)}'`,
    () => `GRANT SELECT (${column()}) ON ${table()} TO miller`,
    () => `${one(["GRANT INSERT ON", "REVOKE ALL ON"])} ${table()} ${one(["TO", "FROM"])} baker`,
    () => `GRANT USAGE ON SCHEMA ${schema()} TO miller`,
    () => `ALTER TYPE ${schema()}.${name("kind")} RENAME TO ${name("kind")}`,
    () => `ALTER TYPE ${schema()}.${name("kind")} ADD VALUE '${below(99)}'`,
    () => `ALTER TYPE ${schema()}.${name("kind")} RENAME ATTRIBUTE c_0 TO c_2 CASCADE`,
    () => `ALTER FUNCTION ${routine()} RENAME TO ${name("f")}`,
    () => `ALTER SCHEMA ${one(["quay", "dock"])} RENAME TO ${one(["quay", "dock"])}`,
    () => `ALTER SEQUENCE ${table()}_id_seq OWNED BY ${one(["NONE", `${table()}.id`])}`,
    () => `ALTER SEQUENCE ${table()}_id_seq INCREMENT ${1 + below(9)}`,
    () => `DROP TABLE ${table()}${drop()}`,
    () => `DROP TYPE ${schema()}.${name("kind")}${drop()}`,
    () => `DROP FUNCTION ${routine()}${drop()}`,
    () => `DROP OWNED BY miller`,
    () => `VACUUM FULL pg_catalog.pg_attribute`,
    () => `TRUNCATE ${table()} CASCADE`,
  ];
  const statement = (): string => (statements[below(statements.length)] as () => string)();
  const first = [
    "CREATE SCHEMA quay",
    ...["public", "quay"].flatMap((schema) => [
      `CREATE TABLE ${schema}.boats_0 (id int PRIMARY KEY, c_0 int, c_1 text)`,
      `CREATE TABLE ${schema}.boats_1 (id serial UNIQUE, c_0 int REFERENCES ${schema}.boats_0, c_2 text DEFAULT 'x')`,
      `CREATE VIEW ${schema}.v_0 AS SELECT * FROM ${schema}.boats_0`,
    ]),
  ];
  const later = Array.from({ length: count }, () => {
    switch (below(9)) {
      case 0:
        return `BEGIN; ${statement()}; ${statement()}; ROLLBACK`;
      case 1:
        return `BEGIN; ${statement()}; SAVEPOINT s; ${statement()}; ROLLBACK TO s; COMMIT`;
      case 2:
        return one(first);
      default:
        return statement();
    }
  });
  return [...first, ...later];
}
