import { beforeAll, describe, expect, it } from "vitest";
import { workingTree } from "../../../src/files/working-tree.ts";
import { lint } from "../../../src/lint.ts";
import { loadParser } from "../../../src/sql/parser.ts";
import { layouts } from "../../../src/tools/sql/layouts.ts";
import { sql } from "../../../src/tools/sql/tool.ts";
import { projectOf } from "../../lineage/drawn-history.ts";
import { testRepository } from "../../support/repository.ts";

const table = "CREATE TABLE boats (id bigint PRIMARY KEY, name text);";
const alone = "CREATE INDEX CONCURRENTLY boats_name ON boats (name);";
const withMore = `${alone}\nCOMMENT ON TABLE boats IS 'all that float';`;

interface Layout {
  /** What makes the directory one of that tool. */
  readonly around?: Readonly<Record<string, string>>;
  /** The files of a migration with these statements, as its tool has them. */
  readonly naive: (number: number, statements: string) => Readonly<Record<string, string>>;
  /** The same, with what the advice says; absent where the tool has no way. */
  readonly advised?: (number: number) => Readonly<Record<string, string>>;
}

const up = (number: number) => `migrations/0${number}_boats.up.sql`;
const folder = (number: number) => `migrations/2024010${number}000000_boats`;
const journal = (idx: number) => ({ idx, version: "7", when: idx, tag: `000${idx}_boats`, breakpoints: true });

const known: Readonly<Record<string, Layout>> = {
  goose: {
    naive: (number, statements) => ({ [`db/0000${number}_boats.sql`]: `-- +goose Up\n${statements}\n` }),
    advised: (number) => ({ [`db/0000${number}_boats.sql`]: `-- +goose NO TRANSACTION\n-- +goose Up\n${withMore}\n` }),
  },
  "sql-migrate": {
    naive: (number, statements) => ({ [`db/${number}-boats.sql`]: `-- +migrate Up\n${statements}\n` }),
    advised: (number) => ({ [`db/${number}-boats.sql`]: `-- +migrate Up notransaction\n${withMore}\n` }),
  },
  dbmate: {
    naive: (number, statements) => ({
      [`db/migrations/2024010${number}_boats.sql`]: `-- migrate:up\n${statements}\n-- migrate:down\n`,
    }),
    advised: (number) => ({
      [`db/migrations/2024010${number}_boats.sql`]: `-- migrate:up transaction:false\n${alone}\n-- migrate:down\n`,
    }),
  },
  sqlx: {
    around: { "Cargo.toml": '[dependencies]\nsqlx = "0.8"\n' },
    naive: (number, statements) => ({ [`${folder(number)}.sql`]: `${statements}\n` }),
    advised: (number) => ({ [`${folder(number)}.sql`]: `-- no-transaction\n${alone}\n` }),
  },
  diesel: {
    around: { "diesel.toml": "" },
    naive: (number, statements) => ({ [`${folder(number)}/up.sql`]: statements, [`${folder(number)}/down.sql`]: "" }),
    advised: (number) => ({
      [`${folder(number)}/up.sql`]: alone,
      [`${folder(number)}/down.sql`]: "",
      [`${folder(number)}/metadata.toml`]: "run_in_transaction = false\n",
    }),
  },
  flyway: {
    naive: (number, statements) => ({ [`db/V${number}__boats.sql`]: statements }),
    advised: (number) => ({
      [`db/V${number}__boats.sql`]: alone,
      [`db/V${number}__boats.sql.conf`]: "executeInTransaction=false\n",
    }),
  },
  "golang-migrate": {
    naive: (number, statements) => ({ [up(number)]: statements }),
    advised: (number) => ({ [up(number)]: alone }),
  },
  prisma: {
    around: { "migrations/migration_lock.toml": 'provider = "postgresql"\n' },
    naive: (number, statements) => ({ [`${folder(number)}/migration.sql`]: statements }),
    advised: (number) => ({ [`${folder(number)}/migration.sql`]: alone }),
  },
  supabase: {
    around: { "supabase/config.toml": "" },
    naive: (number, statements) => ({ [`supabase/${folder(number)}.sql`]: statements }),
    advised: (number) => ({ [`supabase/${folder(number)}.sql`]: alone }),
  },
  drizzle: {
    around: {
      "drizzle/meta/_journal.json": JSON.stringify({ dialect: "postgresql", entries: [journal(1), journal(2)] }),
    },
    naive: (number, statements) => ({ [`drizzle/000${number}_boats.sql`]: statements }),
  },
  hasura: {
    around: { "config.yaml": "version: 3\nendpoint: http://localhost:8080\n" },
    naive: (number, statements) => ({
      [`migrations/default/170000000000${number}_boats/up.sql`]: statements,
      [`migrations/default/170000000000${number}_boats/down.sql`]: "SELECT 1;",
    }),
  },
};

beforeAll(loadParser);

async function findingsOf(name: string, tree: Readonly<Record<string, string>>) {
  using repository = testRepository(tree);
  const files = workingTree(repository.root);
  const detected = sql.detect(files);
  expect(detected.map(({ layout }) => layout)).toEqual([name]);
  const { findings } = await lint({ projects: { files, projects: detected.map((each) => projectOf(each)) } });
  return findings;
}

it("is said of every tool that is known", () => {
  const advised = layouts.filter((layout) => "outsideTransaction" in layout).map(({ name }) => name);
  expect(advised.toSorted()).toEqual(Object.keys(known).toSorted());
});

describe.each(Object.entries(known))("%s", (name, { around, naive }) => {
  const advice = layouts.find((layout) => layout.name === name) as { readonly outsideTransaction?: string } | undefined;

  it("says how a statement gets outside its transaction", async () => {
    // Flyway itself refuses the mixture, and Supabase's CLI sends what is in it apart.
    const statement = ["flyway", "supabase"].includes(name)
      ? `DO $$ BEGIN END $$;\nALTER TABLE boats DETACH PARTITION sloops CONCURRENTLY;`
      : withMore;
    const refused = await findingsOf(name, { ...around, ...naive(1, table), ...naive(2, statement) });
    expect(refused.find(({ ruleId }) => ruleId === "concurrently-in-transaction")?.help).toContain(
      `\n\n${advice?.outsideTransaction}`,
    );
    const blocking = await findingsOf(name, {
      ...around,
      ...naive(1, table),
      ...naive(2, "CREATE INDEX boats_name ON boats (name);"),
    });
    expect(blocking.find(({ ruleId }) => ruleId === "create-index-blocking")?.help).toContain(
      `;\n\n${advice?.outsideTransaction}`,
    );
  });
});

// Where the advice is to do it by hand, no file follows it.
const followed = Object.entries(known).flatMap(([name, { around, naive, advised }]) =>
  advised ? [{ name, tree: { ...around, ...naive(1, table), ...advised(2) } }] : [],
);

it.each(followed)("takes what follows the advice: $name", async ({ name, tree }) => {
  const findings = await findingsOf(name, tree);
  expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
});

const mixed = (statement: string, files: Readonly<Record<string, string>> = {}) =>
  findingsOf("supabase", {
    "supabase/config.toml": "",
    [`supabase/${folder(1)}.sql`]: `${table}\nCREATE INDEX boats_name ON boats (name);`,
    [`supabase/${folder(2)}.sql`]: `-- apart\n${statement}\nCOMMENT ON TABLE boats IS 'all that float';`,
    ...files,
  });

it.each([
  [alone, "2.109"],
  ["DROP INDEX CONCURRENTLY boats_name;", "2.116"],
])("says which version of Supabase's CLI sends it apart: %s", async (statement, since) => {
  const findings = await mixed(statement);
  expect(findings.find(({ ruleId }) => ruleId === "concurrently-in-transaction")).toMatchObject({
    severity: "warning",
    line: 2,
    message: expect.stringContaining(`Supabase CLI ${since} is the first`),
  });
});

it.each([
  ["^2.109.0", false],
  ["2.120.3", false],
  [">=2.110", false],
  ["3", false],
  ["^2.108.9", true],
  ["^2.109.0 || ^1.0.0", true],
  [">=2.0.0 <3", true],
  ["<2.200.0", true],
  ["2.x", true],
  ["latest", true],
])("says nothing of versions that the package does not allow: %s", async (range, isSaid) => {
  const manifest = JSON.stringify({ devDependencies: { supabase: range } });
  const findings = await mixed(alone, { "package.json": manifest });
  expect(findings.some(({ ruleId }) => ruleId === "concurrently-in-transaction")).toBe(isSaid);
});

it("names what is in the schema that the tool puts first as that schema has it", async () => {
  const findings = await findingsOf("flyway", {
    "src/main/resources/application.properties": "spring.flyway.default-schema=canal\n",
    "src/main/resources/db/migration/V1__a.sql": "CREATE TABLE boats (id bigint PRIMARY KEY);",
    "src/main/resources/db/migration/V2__b.sql": "ALTER TABLE canal.boats ADD COLUMN name text;",
    "src/main/resources/db/migration/V3__c.sql": "CREATE INDEX boats_name ON boats (name);",
  });
  expect(findings.map(({ ruleId, relation }) => [ruleId, relation])).toEqual([
    ["missing-lock-timeout", "canal.boats"],
    ["create-index-blocking", "canal.boats"],
  ]);
});
