import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { PostgresServer } from "../../../src/engines/engine.ts";
import { workingTree } from "../../../src/files/working-tree.ts";
import type { Project } from "../../../src/project.ts";
import { openSqlSession } from "../../../src/sessions/sql-session.ts";
import type { DetectedProject } from "../../../src/tools/tool.ts";
import { sql } from "../../../src/tools/sql/tool.ts";
import { createTestDatabase, startTestServer } from "../../support/postgres.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());

interface Expected {
  readonly fixture: string;
  readonly layout?: string;
  readonly detected: { readonly directory: string; readonly migrations: string; readonly configFile?: string };
  /** Each id with what its file says of the way back, in the tool's order. */
  readonly revisions: readonly (readonly [id: string, downgrade: string])[];
  readonly problems?: readonly (readonly [kind: string, file: string])[];
  readonly environment?: Readonly<Record<string, string>>;
  /** What the table says at the end, as SQL; one value a row. */
  readonly recorded?: { readonly query: string; readonly rows: readonly unknown[] };
}

const table: readonly Expected[] = [
  {
    fixture: "golang-migrate",
    detected: { directory: "db", migrations: "db/migrations" },
    revisions: [
      ["1", "present"],
      ["2", "present"],
      ["10", "absent"],
    ],
    problems: [["ignored", "db/migrations/notes.sql"]],
    recorded: { query: "select version || ' ' || dirty from schema_migrations", rows: ["10 false"] },
  },
  {
    fixture: "sqlx",
    detected: { directory: ".", migrations: "migrations" },
    revisions: [
      ["20240102000000", "present"],
      ["20240301000000", "present"],
    ],
    recorded: {
      query: "select version || ' ' || description || ' ' || length(checksum) from _sqlx_migrations order by version",
      rows: ["20240102000000 locks 48", "20240301000000 locks name 48"],
    },
  },
  {
    fixture: "sqlx-simple",
    layout: "sqlx",
    detected: { directory: ".", migrations: "migrations" },
    revisions: [
      ["1", "unsupported"],
      ["2", "unsupported"],
    ],
  },
  {
    fixture: "diesel",
    detected: { directory: ".", migrations: "migrations", configFile: "diesel.toml" },
    revisions: [
      ["00000000000000", "present"],
      ["20170101000000", "present"],
      ["20190322170700", "present"],
      ["20200101000000", "present"],
    ],
    recorded: {
      query: "select version from __diesel_schema_migrations order by version",
      rows: ["00000000000000", "20170101000000", "20190322170700", "20200101000000"],
    },
  },
  {
    fixture: "hasura",
    detected: { directory: ".", migrations: "migrations/default", configFile: "config.yaml" },
    revisions: [
      ["1574432601495", "present"],
      ["1574432601496", "absent"],
    ],
  },
  {
    fixture: "dbmate",
    detected: { directory: ".", migrations: "db/migrations" },
    revisions: [
      ["20240101000000", "present"],
      ["20240201000000", "present"],
      ["20240301000000", "absent"],
    ],
    recorded: {
      query: "select version from schema_migrations order by version",
      rows: ["20240101000000", "20240201000000", "20240301000000"],
    },
  },
  {
    fixture: "goose",
    detected: { directory: ".", migrations: "migrations" },
    revisions: [
      ["1", "present"],
      ["2", "present"],
      ["10", "present"],
      ["11", "absent"],
    ],
    problems: [["not-run", "migrations/00012_backfill.go"]],
    environment: { LOCK_NAME: "Bingley" },
    recorded: {
      query: "select name from locks union all select version_id::text from goose_db_version",
      rows: ["Foxton", "Caen Hill", "Bingley", "0", "1", "2", "10", "11"],
    },
  },
  {
    fixture: "sql-migrate",
    detected: { directory: ".", migrations: "migrations" },
    revisions: [
      ["1-locks.sql", "present"],
      ["2-toll.sql", "present"],
      ["10-locks-name.sql", "present"],
      ["boats.sql", "absent"],
    ],
    recorded: {
      query: "select id from gorp_migrations order by applied_at, id",
      rows: ["1-locks.sql", "2-toll.sql", "10-locks-name.sql", "boats.sql"],
    },
  },
  {
    fixture: "flyway",
    detected: { directory: ".", migrations: "sql", configFile: "flyway.conf" },
    revisions: [
      ["1", "absent"],
      ["1.2", "present"],
      ["1.10", "absent"],
      ["2", "absent"],
      ["R__lock_names", "unsupported"],
    ],
    problems: [
      ["not-run", "sql/B1__locks.sql"],
      ["ignored", "sql/V3_missing_separator.sql"],
      ["not-run", "sql/afterMigrate.sql"],
    ],
    environment: { FLYWAY_PLACEHOLDERS_VIEW_NAME: "boat_ids" },
    recorded: {
      query: "select coalesce(version, '-') || ' ' || script from flyway_schema_history order by installed_rank",
      rows: [
        "1 V1__locks.sql",
        "1.2 V1_2__boats.sql",
        "1.10 V1.10__locks_name.sql",
        "2 V2__lock_rows.sql",
        "- R__lock_names.sql",
      ],
    },
  },
  {
    fixture: "prisma",
    detected: { directory: ".", migrations: "prisma/migrations", configFile: "prisma/migrations/migration_lock.toml" },
    revisions: [
      ["20240101000000_locks", "unsupported"],
      ["20240201000000_boats", "unsupported"],
    ],
    problems: [["unreadable", "prisma/migrations/20240301000000_lost/down.sql"]],
    recorded: {
      query: "select migration_name from _prisma_migrations where finished_at is not null and applied_steps_count = 1",
      rows: ["20240101000000_locks", "20240201000000_boats"],
    },
  },
  {
    fixture: "drizzle",
    detected: { directory: ".", migrations: "drizzle", configFile: "drizzle.config.ts" },
    revisions: [
      ["0000_wide_lock", "unsupported"],
      ["0002_early_boat", "unsupported"],
      ["0001_late_boat", "unsupported"],
    ],
    problems: [
      ["skipped", "drizzle/0001_late_boat.sql"],
      ["ignored", "drizzle/0003_unlisted.sql"],
    ],
    recorded: {
      query: "select created_at::text from drizzle.__drizzle_migrations order by id",
      rows: ["1700000000000", "1700000002000", "1700000001000"],
    },
  },
  {
    fixture: "supabase",
    detected: { directory: ".", migrations: "supabase/migrations", configFile: "supabase/config.toml" },
    revisions: [
      ["20240101000000", "unsupported"],
      ["20240201000000", "unsupported"],
    ],
    problems: [["ignored", "supabase/migrations/remote_schema.sql"]],
    recorded: {
      query:
        "select version || ' ' || name || ' ' || cardinality(statements) from supabase_migrations.schema_migrations",
      rows: ["20240101000000 locks 2", "20240201000000 locks_name 1"],
    },
  },
  {
    fixture: "pairs",
    detected: { directory: ".", migrations: "changes" },
    revisions: [
      ["alpha", "present"],
      ["beta", "present"],
    ],
  },
  {
    fixture: "plain",
    detected: { directory: ".", migrations: "migrations" },
    revisions: [
      ["001-locks", "unsupported"],
      ["002-boats", "unsupported"],
    ],
  },
];

const nothing = { query: "select null where false", rows: [] };

function fixtureOf({ fixture, layout = fixture, detected, environment = {} }: Expected) {
  const files = workingTree(fileURLToPath(new URL(`../../fixtures/sql/${fixture}`, import.meta.url)));
  const { migrations, ...rest } = detected;
  const found: DetectedProject = { tool: "sql", layout, migrations: [migrations], ...rest };
  const project: Project = { name: fixture, ...found, environment, prelude: [], oneWay: {}, allowEmpty: false };
  return { files, project, found };
}

/** A session over the fixture in a database of its own, and the names of what is in that database. */
async function open(expected: Expected, name: string) {
  const client = await createTestDatabase(server, name);
  onTestFinished(() => client.end());
  const { files, project } = fixtureOf(expected);
  const session = await openSqlSession({ files, project, connection: server.connection(name) });
  onTestFinished(() => session[Symbol.asyncDispose]());
  const relations = async () => {
    const { rows } = await client.query<{ name: string }>(
      "select oid::regclass::text as name from pg_class where relnamespace::regnamespace::text !~ '^pg_|^information_schema$' order by 1",
    );
    return rows.map((row) => row.name);
  };
  await session.prepare();
  return { client, session, relations, ids: expected.revisions.map(([id]) => id) };
}

describe.each(table)("$fixture", (expected) => {
  const { revisions, problems = [], recorded = nothing } = expected;
  const { files, project, found } = fixtureOf(expected);

  it("is found without configuration", () => {
    expect(sql.detect(files)).toEqual([found]);
  });

  it("is read in the order of its tool", () => {
    const history = sql.readHistory(files, project);
    expect(history.shape).toBe("linear");
    expect(history.revisions.map(({ id, downgrade }) => [id, downgrade])).toEqual(revisions);
    expect(history.revisions.map(({ downRevisions }) => downRevisions)).toEqual(
      revisions.map((_, index) => (index === 0 ? [] : [revisions[index - 1]?.[0]])),
    );
    expect(history.problems.map(({ kind, files: about }) => [kind, about.at(-1)])).toEqual(problems);
  });

  it("goes up and is recorded as its tool records it", async () => {
    const { client, session, relations, ids } = await open(expected, `up_${expected.fixture}`);
    const before = await relations();
    expect(await session.upgrade(ids)).toEqual({ kind: "done", durationMs: expect.any(Number) });
    expect((await relations()).length).toBeGreaterThan(before.length);
    const { rows } = await client.query<[unknown]>({ text: recorded.query, rowMode: "array" });
    expect(rows.map(([value]) => value)).toEqual(recorded.rows);
    for (const [id] of revisions.filter(([, downgrade]) => downgrade === "unsupported"))
      expect(await session.downgrade([id])).toMatchObject({
        kind: "failed",
        failure: { kind: "no-downgrade", revision: id },
      });
  });
});

const reversible = table.filter(({ revisions }) => revisions.every(([, downgrade]) => downgrade === "present"));

it.each(reversible)("$fixture goes down and up again", async (expected) => {
  const { session, relations, ids } = await open(expected, `down_${expected.fixture}`);
  const before = await relations();
  await session.upgrade(ids);
  const after = await relations();
  expect(await session.downgrade(ids.toReversed())).toMatchObject({ kind: "done" });
  expect(await relations()).toEqual(before);
  expect(await session.upgrade(ids)).toMatchObject({ kind: "done" });
  expect(await relations()).toEqual(after);
});
