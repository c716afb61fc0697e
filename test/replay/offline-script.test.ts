import { beforeAll, describe, expect, it } from "vitest";
import type { Verdict } from "../../src/verdict.ts";
import { alembicHistory, type AlembicRevision } from "../support/alembic-history.ts";
import { headgate } from "../support/cli.ts";
import { currentAlembic, oldAlembic, pythonWith } from "../support/python.ts";
import { testRepository } from "../support/repository.ts";
import { available } from "../support/requirements.ts";

const offlineBranch = (options: string) => `
from alembic import context
from sqlalchemy import create_engine

if context.is_offline_mode():
    context.configure(url=context.config.get_main_option("sqlalchemy.url"), ${options})
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(context.config.get_main_option("sqlalchemy.url")).connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
`;

const asynchronousBranch = `
import asyncio
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine

url = context.config.get_main_option("sqlalchemy.url")

def work(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()

async def online():
    async with create_async_engine(url).connect() as connection:
        await connection.run_sync(work)

if context.is_offline_mode():
    context.configure(url=url, literal_binds=True, dialect_opts={"paramstyle": "named"})
    with context.begin_transaction():
        context.run_migrations()
else:
    asyncio.run(online())
`;

const asGenerated = 'literal_binds=True, dialect_opts={"paramstyle": "named"}';

describe.skipIf(!available("python"))("the offline script of Alembic", () => {
  let python: string;
  beforeAll(async () => {
    python = await pythonWith(currentAlembic);
  }, 600_000);

  const gate = async (
    revisions: readonly AlembicRevision[],
    { env = offlineBranch(asGenerated), driver = "psycopg", interpreter = python } = {},
  ) => {
    using repository = testRepository({
      ...alembicHistory(interpreter, revisions),
      "migrations/env.py": env,
      "alembic.ini": `[alembic]\nscript_location = migrations\nsqlalchemy.url = postgresql+${driver}://nowhere.invalid/x\n`,
    });
    const { stdout, stderr } = await headgate(["check", "--engine", "embedded", "--format", "json", "--quiet"], {
      cwd: repository.root,
    });
    expect(stderr).toBe("");
    const [project] = (JSON.parse(stdout) as Verdict).projects;
    const differing = project?.findings.filter(({ ruleId }) => ruleId === "offline-sql-differs") ?? [];
    return {
      differing: differing.map(({ revision, direction }) => `${revision} ${direction}`),
      messages: differing.map(({ message }) => message).join("\n"),
      offline: Object.fromEntries(project?.revisions.map(({ id, offline }) => [id, offline]) ?? []),
      checks: project?.checks ?? [],
    };
  };
  const imports = "import sqlalchemy as sa";

  const honest: AlembicRevision = {
    id: "h1",
    atImport: imports,
    upgrade: `
kind = sa.Enum("barge", "dinghy", name="kind")
kind.create(op.get_bind(), checkfirst=True)
boats = op.create_table("boats",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String, comment="it's a kind"),
    sa.Column("share", sa.String, server_default="100%"),
    sa.Column("day", sa.Date),
    sa.Column("tags", sa.ARRAY(sa.String)))
import datetime
op.bulk_insert(boats, [{"id": n, "kind": "barge", "day": datetime.date(2026, 1, n), "tags": ["a", "b"]} for n in range(1, 4)])
op.execute(boats.update().where(boats.c.id.in_([1, 2])).values(kind="dinghy"))
op.execute("""
\tCREATE FUNCTION one() RETURNS int LANGUAGE sql AS $$
\t\tSELECT 1 -- one
\t$$""")
op.execute("CREATE INDEX ix_kind ON boats (kind); -- one\\n")
op.execute("ANALYZE boats")
with op.get_context().autocommit_block():
    op.create_index("ix_day", "boats", ["day"], postgresql_concurrently=True)`,
    downgrade: `
op.execute("DROP FUNCTION one()")
op.drop_table("boats")
sa.Enum(name="kind").drop(op.get_bind(), checkfirst=True)`,
  };

  it.each(["psycopg2", "psycopg", "asyncpg"])(
    "is the same over %s, whatever a client makes of values, types and layout",
    async (driver) => {
      const { differing, messages, offline, checks } = await gate([honest], {
        driver,
        ...(driver === "asyncpg" && { env: asynchronousBranch }),
      });
      expect(checks.find(({ id }) => id === "upgrade")).toMatchObject({ status: "passed" });
      expect(messages).toBe("");
      expect(differing).toEqual([]);
      expect(offline["h1"]?.up).toMatchObject({ kind: "same", sql: expect.stringContaining("INSERT INTO boats") });
      expect(offline["h1"]?.down).toMatchObject({ kind: "same" });
      expect(checks.find(({ id }) => id === "upgrade")).toMatchObject({ status: "passed" });
    },
    120_000,
  );

  it("is the same for the operations of ordinary histories", async () => {
    const convention = `target_metadata=__import__("sqlalchemy").MetaData(naming_convention={"uq": "uq_%(table_name)s_%(column_0_name)s", "ck": "ck_%(table_name)s_%(constraint_name)s", "fk": "fk_%(table_name)s_%(column_0_name)s", "pk": "pk_%(table_name)s"})`;
    const { differing, messages, offline, checks } = await gate(
      [
        {
          id: "o1",
          atImport: `${imports}\nfrom sqlalchemy.dialects import postgresql`,
          upgrade: `
op.create_table("boats",
    sa.Column("id", sa.Integer()),
    sa.Column("name", sa.String(50), server_default=sa.text("'it''s'"), comment="a 'name', 50% :off"),
    sa.Column("kind", sa.Enum("a", "b", name="kinds"), server_default="a", nullable=False),
    sa.Column("data", postgresql.JSONB(), server_default=sa.text("""'{"a": 1}'::jsonb""")),
    sa.Column("price", sa.Numeric(10, 2), server_default="0.00"),
    sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default="{}"),
    sa.Column("made", sa.DateTime(timezone=True), server_default=sa.func.now()),
    sa.CheckConstraint("price >= 0", name="positive"),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("name"),
    comment="boats: 100%")
op.create_index(op.f("ix_boats"), "boats", [sa.text("lower(name)"), sa.text("price DESC")], postgresql_where=sa.text("price > 1"))
op.create_table("docks",
    sa.Column("id", postgresql.UUID(), server_default=sa.text("gen_random_uuid()"), primary_key=True),
    sa.Column("boat", sa.Integer, sa.ForeignKey("boats.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED")),
    sa.Column("number", sa.Integer, sa.Identity(always=True, start=5)),
    sa.Column("twice", sa.Integer, sa.Computed("boat * 2", persisted=True)),
    sa.Column("span", postgresql.INT4RANGE()))
op.create_exclude_constraint("apart", "docks", ("span", "&&"), using="gist")`,
          downgrade: `
op.drop_table("docks")
op.drop_table("boats")
op.execute("DROP TYPE kinds")`,
        },
        {
          id: "o2",
          down: "o1",
          atImport: imports,
          upgrade: `
with op.batch_alter_table("boats") as batch:
    batch.add_column(sa.Column("length", sa.Float()))
    batch.alter_column("name", existing_type=sa.String(50), type_=sa.String(80), nullable=False)
    batch.create_check_constraint("longish", "length > 0.5")
with op.get_context().autocommit_block():
    op.execute("ALTER TYPE kinds ADD VALUE IF NOT EXISTS 'c'")
boats = sa.table("boats", sa.column("id", sa.Integer), sa.column("name", sa.String), sa.column("price", sa.Numeric))
op.bulk_insert(boats, [{"id": 1, "name": "O'Neil %s :x"}, {"id": 2, "name": "b\\\\n"}])
op.execute(boats.update().where(boats.c.name == op.inline_literal("c")).values(name=op.inline_literal("d")))
op.execute(sa.text("UPDATE boats SET name = :name WHERE id = :id").bindparams(name="q:r", id=2))
op.get_bind().execute(sa.text("UPDATE boats SET price = 1 WHERE id = 1"))
op.execute("SET LOCAL lock_timeout = '2s'")
op.execute("LOCK TABLE boats IN SHARE MODE")
op.execute("DO $body$ BEGIN RAISE NOTICE 'hi %', 5; END $body$;")
op.execute("COMMENT ON COLUMN docks.number IS E'a\\\\tb'; COMMENT ON COLUMN docks.boat IS 'x';")
op.create_unique_constraint(None, "docks", ["number"])
op.alter_column("docks", "number", new_column_name="place")
op.rename_table("docks", "piers")`,
          downgrade: `
op.rename_table("piers", "docks")
op.alter_column("docks", "place", new_column_name="number")
op.drop_constraint("uq_docks_number", "docks", type_="unique")
op.execute("COMMENT ON COLUMN docks.number IS NULL; COMMENT ON COLUMN docks.boat IS NULL")
op.execute("DELETE FROM boats")
with op.batch_alter_table("boats") as batch:
    batch.drop_constraint(op.f("ck_boats_longish"), type_="check")
    batch.alter_column("name", existing_type=sa.String(80), type_=sa.String(50), nullable=True)
    batch.drop_column("length")
op.execute("ALTER TABLE boats ALTER kind DROP DEFAULT, ALTER kind TYPE text")
op.execute("DROP TYPE kinds")
op.execute("CREATE TYPE kinds AS ENUM ('a', 'b')")
op.execute("ALTER TABLE boats ALTER kind TYPE kinds USING kind::kinds, ALTER kind SET DEFAULT 'a'")`,
        },
      ],
      {
        env: offlineBranch(`${asGenerated}, ${convention}`).replace(
          "connection=connection",
          `connection=connection, ${convention}`,
        ),
      },
    );
    expect(checks.filter(({ status }) => status === "failed")).toEqual([]);
    expect(messages).toBe("");
    expect(differing).toEqual([]);
    for (const id of ["o1", "o2"]) expect(offline[id]).toMatchObject({ up: { kind: "same" }, down: { kind: "same" } });
  }, 120_000);

  it("is the same where env.py keeps two runs apart by a lock of its own", async () => {
    const lock = (way: string) =>
      `        connection.exec_driver_sql("SELECT pg_advisory_${way}(hashtext('alembic'))")\n`;
    const { messages, offline } = await gate([honest], {
      env: offlineBranch(asGenerated).replace(
        /( {8}context\.configure\(connection=connection\)\n)([^]*)$/,
        (_, configure: string, runs: string) => `${configure}${lock("lock")}${runs}${lock("unlock")}`,
      ),
    });
    expect(messages).toBe("");
    expect(offline["h1"]?.up).toMatchObject({ kind: "same" });
  }, 120_000);

  it("is the same with the oldest Alembic that is supported", async () => {
    const interpreter = await pythonWith(oldAlembic);
    // Its SQLAlchemy writes no dates and no arrays.
    const undated = { ...honest, upgrade: honest.upgrade?.replace(/ "day": .*?\]/, "") ?? "" };
    const { messages, offline } = await gate([undated], { driver: "psycopg2", interpreter });
    expect(messages).toBe("");
    expect(offline["h1"]).toMatchObject({ up: { kind: "same" }, down: { kind: "same" } });
  }, 600_000);

  it("differs where a migration reads rows, asks what is there, or does something else offline", async () => {
    const { differing, messages, offline } = await gate([
      {
        id: "d1",
        upgrade:
          'op.execute("CREATE TABLE boats (id int, name text)")\nop.execute("INSERT INTO boats VALUES (1, \'Ebb\')")',
        downgrade: 'op.execute("DROP TABLE boats")',
      },
      {
        id: "d2",
        down: "d1",
        atImport: imports,
        upgrade: `
rows = op.get_bind().execute(sa.text("SELECT id FROM boats"))
for row in rows or ():
    op.execute(sa.text("UPDATE boats SET name = :name WHERE id = :id").bindparams(name="a secret", id=row.id))
op.execute("ALTER TABLE boats ADD COLUMN kind text")`,
        downgrade: 'op.execute("ALTER TABLE boats DROP COLUMN kind")',
      },
      {
        id: "d3",
        down: "d2",
        atImport: `from alembic import context\n${imports}`,
        upgrade: `
if context.is_offline_mode() or not sa.inspect(op.get_bind()).has_table("boats"):
    op.execute("CREATE TABLE boats (id int)")`,
        downgrade:
          'if not context.is_offline_mode():\n    op.execute("COMMENT ON TABLE boats IS \'back\'")\n    op.execute("COMMENT ON TABLE boats IS NULL")',
      },
    ]);
    expect(differing).toEqual(["d2 up", "d3 up", "d3 down"]);
    expect(offline["d2"]?.down?.kind).toBe("same");
    expect(messages).toContain("+ UPDATE boats SET name = $1::VARCHAR WHERE id = $2::INTEGER;");
    expect(messages).not.toContain("a secret");
    expect(messages).toContain("- CREATE TABLE boats (id int);");
  }, 120_000);

  it.each([
    ["the newest Alembic", currentAlembic],
    ["the oldest", oldAlembic],
  ])(
    "differs where the values of a statement are not printed, with %s",
    async (_, versions) => {
      const interpreter = await pythonWith(versions);
      const table: AlembicRevision = {
        id: "v1",
        upgrade: 'op.execute("CREATE TABLE boats (id int, name text)")',
        downgrade: 'op.execute("DROP TABLE boats")',
      };
      const sends = (id: string, down: string, statement: string): AlembicRevision => ({
        id,
        down,
        atImport: `${imports}\nboats = sa.table("boats", sa.column("id", sa.Integer), sa.column("name", sa.String))`,
        upgrade: statement,
        downgrade: 'op.execute("DELETE FROM boats")',
      });
      const history = [
        table,
        sends(
          "v2",
          "v1",
          'op.get_bind().execute(sa.text("INSERT INTO boats VALUES (:id, :name)"), {"id": 1, "name": "x"})',
        ),
        sends("v3", "v2", 'op.get_bind().execute(boats.insert(), [{"id": 2, "name": "y"}, {"id": 3, "name": "z"}])'),
        sends("v4", "v3", 'op.execute(boats.update().where(boats.c.id == 1).values(name="w"))'),
        sends("v5", "v4", 'op.get_bind().execute(sa.text("UPDATE boats SET name = NULL WHERE id = 2"), {})'),
        sends("v6", "v5", 'op.execute(sa.text("UPDATE boats SET name = :name").bindparams(name=None))'),
        sends(
          "v7",
          "v6",
          'op.get_bind().execute(sa.text("UPDATE boats SET id = 4"), execution_options={"stream_results": False})',
        ),
      ];
      const { differing, messages } = await gate(history, { driver: "psycopg2", interpreter });
      expect(differing).toEqual(["v2 up", "v3 up"]);
      expect(messages).toContain(
        "- INSERT INTO boats VALUES ($1, $2) /* its values are not printed */;\n+ INSERT INTO boats",
      );
      const unbound = await gate(history, { driver: "psycopg2", interpreter, env: offlineBranch("") });
      expect(unbound.differing).toEqual(["v2 up", "v3 up", "v4 up", "v6 up"]);
    },
    600_000,
  );

  it("is said to be missing, and nothing else, where it cannot be had", async () => {
    // A revision with a connection of its own does not see what an open transaction made.
    const env = offlineBranch(asGenerated).replace(
      "connection=connection",
      "connection=connection, transaction_per_migration=True",
    );
    const { offline, differing, checks } = await gate(
      [
        { id: "u1", upgrade: 'op.execute("CREATE TABLE boats (id int)")', downgrade: 'op.execute("DROP TABLE boats")' },
        {
          id: "u2",
          down: "u1",
          atImport: imports,
          upgrade: 'assert sa.inspect(op.get_bind()).has_table("boats")\nop.execute("ALTER TABLE boats ADD a int")',
          downgrade: 'op.execute("ALTER TABLE boats DROP a")',
        },
        {
          id: "u3",
          down: "u2",
          atImport: imports,
          upgrade:
            'with sa.create_engine(op.get_context().config.get_main_option("sqlalchemy.url")).begin() as own:\n    own.execute(sa.text("ALTER TABLE boats ADD b int"))',
          downgrade: 'op.execute("ALTER TABLE boats DROP b")',
        },
      ],
      { env },
    );
    expect(differing).toEqual([]);
    expect(offline["u1"]?.up?.kind).toBe("same");
    expect(offline["u2"]?.up).toMatchObject({ kind: "unavailable", reason: expect.stringContaining("nspection") });
    expect(offline["u3"]?.up).toMatchObject({ kind: "unavailable", reason: expect.stringContaining("connects") });
    expect(checks.filter(({ status }) => status === "failed" || status === "errored")).toEqual([]);

    const without = await gate(
      [{ id: "w1", upgrade: 'op.execute("CREATE TABLE boats (id int)")', downgrade: 'op.execute("DROP TABLE boats")' }],
      {
        env: alembicHistory(python, [])["migrations/env.py"] as string,
      },
    );
    expect(without.offline["w1"]?.up).toMatchObject({
      kind: "unavailable",
      reason: expect.stringMatching(/no offline mode/),
    });
    expect(without.differing).toEqual([]);
  }, 120_000);

  it("is rendered for several heads and for revisions that depend on others", async () => {
    const create = (name: string): AlembicRevision => ({
      id: name,
      upgrade: `op.execute("CREATE TABLE ${name} (id int)")`,
      downgrade: `op.execute("DROP TABLE ${name}")`,
    });
    const { offline, differing } = await gate([
      create("a1"),
      { ...create("b1"), atImport: 'depends_on = ("a1",)' },
      { ...create("a2"), down: "a1" },
    ]);
    expect(differing).toEqual([]);
    expect(Object.values(offline).map((one) => [one?.up?.kind, one?.down?.kind])).toEqual(
      Array.from({ length: 3 }, () => ["same", "same"]),
    );
  }, 120_000);
});
