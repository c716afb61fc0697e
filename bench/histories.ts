import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** One step of the history that every tool gets in its own spelling: tables, columns, indexes and foreign keys, in turn. */
export interface Step {
  readonly up: string;
  readonly down: string;
}

/** A history of that many steps on a schema that grows with it. */
export function steps(count: number): readonly Step[] {
  return Array.from({ length: count }, (_, index): Step => {
    const table = `canal_${Math.floor(index / 4)}`;
    switch (index % 4) {
      case 0:
        return {
          up: `CREATE TABLE ${table} (id bigint PRIMARY KEY, name text NOT NULL, depth numeric(6,2), opened date)`,
          down: `DROP TABLE ${table}`,
        };
      case 1:
        return {
          up: `ALTER TABLE ${table} ADD COLUMN owner_id bigint`,
          down: `ALTER TABLE ${table} DROP COLUMN owner_id`,
        };
      case 2:
        return { up: `CREATE INDEX ix_${table}_name ON ${table} (name)`, down: `DROP INDEX ix_${table}_name` };
      default:
        return {
          up: `ALTER TABLE ${table} ADD CONSTRAINT fk_${table} FOREIGN KEY (owner_id) REFERENCES canal_0 (id)`,
          down: `ALTER TABLE ${table} DROP CONSTRAINT fk_${table}`,
        };
    }
  });
}

const number = (index: number): string => String(index + 1).padStart(4, "0");

function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

const makeRoot = (tool: string): string => mkdtempSync(join(tmpdir(), `headgate-bench-${tool}-`));

/** The history as golang-migrate lays it out. Gives the repository's directory. */
export function sqlHistory(history: readonly Step[]): string {
  const root = makeRoot("sql");
  history.forEach(({ up, down }, index) =>
    write(root, {
      [`migrations/${number(index)}_step.up.sql`]: `${up};\n`,
      [`migrations/${number(index)}_step.down.sql`]: `${down};\n`,
    }),
  );
  return root;
}

/** The history as Alembic's generic template lays it out; `env.py` takes its URL from the variable DATABASE_URL. */
export function alembicHistory(history: readonly Step[]): string {
  const root = makeRoot("alembic");
  write(root, {
    "alembic.ini": "[alembic]\nscript_location = migrations\n",
    "migrations/script.py.mako": "",
    "migrations/env.py": `import os
from alembic import context
from sqlalchemy import create_engine, pool

engine = create_engine(os.environ["DATABASE_URL"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()
`,
    // What pytest-alembic needs to find the database.
    "tests/conftest.py": `import os
import pytest
import sqlalchemy

@pytest.fixture
def alembic_engine():
    return sqlalchemy.create_engine(os.environ["DATABASE_URL"])
`,
    "tests/test_migrations.py": "from pytest_alembic.tests import test_up_down_consistency  # noqa: F401\n",
  });
  history.forEach(({ up, down }, index) =>
    write(root, {
      [`migrations/versions/${number(index)}_step.py`]: `"""step ${index + 1}"""
from alembic import op

revision = "${number(index)}"
down_revision = ${index === 0 ? "None" : `"${number(index - 1)}"`}


def upgrade():
    op.execute("""${up}""")


def downgrade():
    op.execute("""${down}""")
`,
    }),
  );
  return root;
}

/** The history as MikroORM 7 lays it out, in JavaScript; the packages are this repository's own. */
export function mikroOrmHistory(history: readonly Step[]): string {
  const root = makeRoot("mikro-orm");
  write(root, {
    "package.json": JSON.stringify({
      type: "module",
      dependencies: {
        "@mikro-orm/cli": "*",
        "@mikro-orm/core": "*",
        "@mikro-orm/migrations": "*",
        "@mikro-orm/postgresql": "*",
      },
      "mikro-orm": { configPaths: ["./mikro-orm.config.js"] },
    }),
    "tsconfig.json": "{}",
    "mikro-orm.config.js": `import { Migrator } from "@mikro-orm/migrations";
import { defineConfig } from "@mikro-orm/postgresql";

export default defineConfig({
  clientUrl: process.env.DATABASE_URL ?? "postgresql://localhost/canals",
  entities: [],
  discovery: { warnWhenNoEntities: false },
  extensions: [Migrator],
  migrations: { path: "./migrations", snapshot: false },
});
`,
  });
  history.forEach(({ up, down }, index) => {
    const name = `Migration2026010100${number(index)}`;
    write(root, {
      [`migrations/${name}.js`]: `import { Migration } from "@mikro-orm/migrations";

export class ${name} extends Migration {
  async up() {
    this.addSql(\`${up}\`);
  }
  async down() {
    this.addSql(\`${down}\`);
  }
}
`,
    });
  });
  symlinkSync(resolve("node_modules"), join(root, "node_modules"));
  return root;
}
