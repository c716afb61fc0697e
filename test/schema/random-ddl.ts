/** Numbers that look random and are the same for the same seed. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/**
 * A random statement about a few tables, columns and types, so that many of them meet. Some of them PostgreSQL refuses.
 * Not among them: types of one name in several schemas, and CASCADE from a column or type to views, of which the model does not know
 * the columns.
 */
export function randomStatement(below: (limit: number) => number, about: "all" | "partitions" = "all"): string {
  return about === "all" ? anyStatement(below) : partitionStatement(below);
}

/** A random statement about one partitioned table or two, and what is or becomes a partition of them. */
function partitionStatement(below: (limit: number) => number): string {
  const one = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item;
  const either = (percent: number, text: string): string => (below(100) < percent ? text : "");
  const table = () => one(["boats", "boats", "lanes", "tolls", "berths", "moles"]);
  const column = () => one(["a", "a", "b"]);
  const name = () => one(["k1", "k2"]);
  const columns = () => one(["a", "a", "a, b", "b"]);
  const key = () =>
    one([
      () => `PRIMARY KEY (${columns()})`,
      () => `UNIQUE (${columns()})`,
      () => `FOREIGN KEY (${column()}) REFERENCES ports${either(50, " (id)")}`,
      () => `CHECK (${column()} > 0)`,
    ])();
  const constraint = () => `${either(40, `CONSTRAINT ${name()} `)}${key()}`;
  const divided = () => either(60, " PARTITION BY LIST (a)");
  const bound = () => one(["DEFAULT", "FOR VALUES IN (1)", "FOR VALUES IN (2)"]);
  return one([
    () => "CREATE TABLE IF NOT EXISTS ports (id int PRIMARY KEY)",
    () => `CREATE TABLE ${table()} (a int, b int${either(40, `, ${constraint()}`)})${divided()}`,
    () => `CREATE TABLE ${table()} (a int NOT NULL, b int NOT NULL${either(40, `, ${constraint()}`)})${divided()}`,
    () => `CREATE TABLE ${table()} (${either(20, constraint())}) INHERITS (${table()})`,
    () => `CREATE TABLE ${table()} PARTITION OF ${table()} ${bound()}${divided()}`,
    () => `CREATE TABLE ${table()} PARTITION OF ${table()} ${bound()}${divided()}`,
    () => `ALTER TABLE ${table()} ADD ${constraint()}`,
    () => `ALTER TABLE ${table()} ADD ${constraint()}`,
    () => `ALTER TABLE ${table()} ADD ${constraint()}`,
    () => `ALTER TABLE ${table()} ADD COLUMN b int${one(["", " UNIQUE", " CHECK (b > 1)", " REFERENCES ports"])}`,
    () => `ALTER TABLE ${table()} DROP COLUMN b`,
    () =>
      `ALTER TABLE ${either(20, "ONLY ")}${table()} DROP CONSTRAINT ${one([name(), `${table()}_pkey`, `${table()}_${column()}_key`, `${table()}_${column()}_fkey`, `${table()}_${column()}_check`])}`,
    () => `ALTER TABLE ${table()} DROP CONSTRAINT ${name()}`,
    () => `ALTER TABLE ${table()} RENAME CONSTRAINT ${name()} TO ${one(["k1", "k2", "k3"])}`,
    () => `ALTER TABLE ${table()} ATTACH PARTITION ${table()} ${bound()}`,
    () => `ALTER TABLE ${table()} ATTACH PARTITION ${table()} ${bound()}`,
    () => `ALTER TABLE ${table()} DETACH PARTITION ${table()}`,
    () => `ALTER TABLE ${table()} DETACH PARTITION ${table()}`,
    () =>
      `CREATE ${either(30, "UNIQUE ")}INDEX ${either(50, `${one(["i1", "i2"])} `)}ON ${either(20, "ONLY ")}${table()} (${columns()})`,
    () => `DROP INDEX ${one(["i1", "i2", `${table()}_a_idx`])}`,
    () => `DROP TABLE ${table()}`,
    () => `ALTER TABLE ${table()} RENAME TO ${table()}`,
  ])();
}

function anyStatement(below: (limit: number) => number): string {
  const one = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item;
  const chance = (percent: number): boolean => below(100) < percent;
  const either = (percent: number, text: string): string => (chance(percent) ? text : "");
  const bare = () => one(["boats", "lanes", "tolls", "berths"]);
  const name = () => `${either(25, one(["public.", "harbour.", "quay."]))}${bare()}`;
  const column = () => one(["a", "b", "c", "d"]);
  const type = () =>
    one([
      "int",
      "bigint",
      "text",
      "varchar(20)",
      "numeric(8,2)",
      "text[]",
      "timestamptz(3)",
      "char(4)",
      "state",
      "metres",
    ]);
  const cascade = () => either(50, " CASCADE");
  const foreignKey = () => `REFERENCES ${name()}${either(70, ` (${column()})`)}`;
  const inline = () =>
    one([
      "",
      "",
      "",
      " NOT NULL",
      " PRIMARY KEY",
      " UNIQUE",
      " DEFAULT NULL",
      " DEFAULT '1'",
      " CHECK (a IS NOT NULL)",
      ` ${foreignKey()}`,
      " GENERATED ALWAYS AS IDENTITY",
      " GENERATED ALWAYS AS (1) STORED",
    ]);
  const definition = (named: string) =>
    chance(10) ? `${named} ${one(["serial", "bigserial"])}` : `${named} ${type()}${inline()}`;
  const definitions = () =>
    ["a", "b", "c"]
      .slice(0, 1 + below(3))
      .map(definition)
      .join(", ");
  const constraint = () =>
    `${either(60, `CONSTRAINT ${one(["k1", "k2", "k3"])} `)}${one([
      () => `PRIMARY KEY (${column()})`,
      () => `UNIQUE (${column()}${either(40, `, ${column()}`)})${either(20, " DEFERRABLE")}`,
      () => `CHECK (${column()} IS NOT NULL)${either(40, " NOT VALID")}`,
      () => `FOREIGN KEY (${column()}) ${foreignKey()}${either(40, " NOT VALID")}`,
    ])()}`;
  const command = () =>
    one([
      () => `ADD COLUMN ${either(30, "IF NOT EXISTS ")}${definition(column())}`,
      () => `DROP COLUMN ${either(30, "IF EXISTS ")}${column()}`,
      () => `ALTER COLUMN ${column()} SET NOT NULL`,
      () => `ALTER COLUMN ${column()} DROP NOT NULL`,
      () => `ALTER COLUMN ${column()} SET DEFAULT '1'`,
      () => `ALTER COLUMN ${column()} DROP DEFAULT`,
      () => `ALTER COLUMN ${column()} TYPE ${type()} USING NULL`,
      () => `ALTER COLUMN ${column()} ADD GENERATED ALWAYS AS IDENTITY`,
      () => `ALTER COLUMN ${column()} DROP IDENTITY`,
      () => `ALTER COLUMN ${column()} DROP EXPRESSION`,
      () => `ADD ${constraint()}`,
      () => `ADD ${constraint()}`,
      () => `DROP CONSTRAINT ${either(30, "IF EXISTS ")}${one(["k1", "k2", "k3", `${bare()}_pkey`])}${cascade()}`,
      () => `VALIDATE CONSTRAINT ${one(["k1", "k2", "k3"])}`,
      () => `ADD CONSTRAINT ${one(["k1", "k2"])} UNIQUE USING INDEX ${one(["i1", "i2", "i3"])}`,
      () => `SET ${one(["LOGGED", "UNLOGGED"])}`,
      () => `${one(["ENABLE", "DISABLE"])} ROW LEVEL SECURITY`,
      () => `${either(30, "NO ")}INHERIT ${name()}`,
      () => `ATTACH PARTITION ${name()} ${one(["DEFAULT", "FOR VALUES IN ('1')", "FOR VALUES IN ('2')"])}`,
      () => `DETACH PARTITION ${name()}`,
    ])();
  return one([
    () => `CREATE TABLE ${either(20, "IF NOT EXISTS ")}${name()} (${definitions()}${either(30, `, ${constraint()}`)})`,
    () => `CREATE TABLE ${name()} (${definitions()})`,
    () => `CREATE ${one(["TEMPORARY", "UNLOGGED"])} TABLE ${bare()} (${definitions()})`,
    () => `CREATE TABLE ${name()} (a int, b text${either(40, ", PRIMARY KEY (a)")}) PARTITION BY LIST (a)`,
    () => `CREATE TABLE ${name()} PARTITION OF ${name()} ${one(["DEFAULT", "FOR VALUES IN ('1')"])}`,
    () => `CREATE TABLE ${name()} (${either(50, definition("d"))}) INHERITS (${name()})`,
    () =>
      `CREATE TABLE ${name()} (LIKE ${name()}${either(60, ` INCLUDING ${one(["ALL", "DEFAULTS", "CONSTRAINTS", "INDEXES", "IDENTITY", "GENERATED"])}`)})`,
    () => `CREATE TABLE ${name()} AS SELECT 1 AS a`,
    () => `ALTER TABLE ${either(15, "ONLY ")}${name()} ${command()}`,
    () => `ALTER TABLE ${name()} ${command()}`,
    () => `ALTER TABLE ${name()} ${command()}`,
    () => `ALTER TABLE ${name()} ${command()}, ${command()}`,
    () => `ALTER TABLE ${name()} RENAME TO ${bare()}`,
    () => `ALTER TABLE ${name()} RENAME COLUMN ${column()} TO ${column()}`,
    () => `ALTER TABLE ${name()} RENAME CONSTRAINT ${one(["k1", "k2"])} TO ${one(["k2", "k3"])}`,
    () => `ALTER TABLE ${name()} SET SCHEMA ${one(["public", "harbour", "quay"])}`,
    () =>
      `CREATE ${either(30, "UNIQUE ")}INDEX ${either(70, `${either(30, "IF NOT EXISTS ")}${one(["i1", "i2", "i3"])} `)}ON ${name()} (${one([column(), `${column()}, ${column()}`, `lower(${column()}::text)`])})${either(20, ` WHERE ${column()} IS NOT NULL`)}`,
    () => `ALTER INDEX ${one(["i1", "i2", "k1"])} RENAME TO ${one(["i2", "i3", "k2"])}`,
    () => `DROP INDEX ${either(30, "IF EXISTS ")}${one(["i1", "i2", "i3"])}${cascade()}`,
    () => `CREATE ${either(30, "OR REPLACE ")}VIEW v1 AS SELECT a FROM ${name()}`,
    () => `CREATE MATERIALIZED VIEW v2 AS SELECT a FROM ${one([name(), "v1"])}`,
    () => `DROP ${one(["VIEW v1", "MATERIALIZED VIEW v2"])}${cascade()}`,
    () => `DROP TABLE ${either(30, "IF EXISTS ")}${name()}${cascade()}`,
    () => `CREATE SEQUENCE ${either(30, "IF NOT EXISTS ")}${one(["s1", "harbour.s1"])}`,
    () => `DROP SEQUENCE s1`,
    () => `CREATE TYPE public.state AS ENUM ('moored')`,
    () => `ALTER TYPE state ADD VALUE ${one(["'sunk'", "'lost' BEFORE 'moored'"])}`,
    () => `ALTER TYPE state RENAME TO ${one(["state", "condition"])}`,
    () => `CREATE DOMAIN public.metres AS numeric${either(50, " CHECK (VALUE > 0)")}`,
    () => `DROP TYPE ${one(["state", "metres", "condition"])}`,
    () => `CREATE SCHEMA ${either(30, "IF NOT EXISTS ")}${one(["harbour", "quay"])}`,
    () => `DROP SCHEMA ${one(["harbour", "quay"])}${cascade()}`,
    () => `ALTER SCHEMA ${one(["harbour", "quay"])} RENAME TO ${one(["harbour", "quay"])}`,
    () => `SET ${either(40, "LOCAL ")}search_path = ${one(["public", "harbour, public", "quay", '"$user", public'])}`,
    () => "RESET search_path",
    () => "BEGIN",
    () => "COMMIT",
    () => "ROLLBACK",
    () => "SAVEPOINT here",
    () => "ROLLBACK TO here",
    () => "RELEASE here",
    () => `CREATE POLICY p1 ON ${name()} FOR ${one(["SELECT", "ALL", "UPDATE"])} USING (true)`,
    () => `DROP POLICY p1 ON ${name()}`,
  ])();
}
