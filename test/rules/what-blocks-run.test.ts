import { afterAll, beforeAll, expect, it } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { lint } from "../../src/lint.ts";
import { createTestDatabase, startTestServer } from "../support/postgres.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());

const block = (body: string, declare = "") => `DO $$ DECLARE row_of record; ${declare} BEGIN ${body} END $$;`;
const routine = (head: string, body: string) => `CREATE ${head} LANGUAGE plpgsql AS $$ BEGIN ${body} END $$;`;
const counting = routine("FUNCTION emptied() RETURNS bigint", "DELETE FROM boats; RETURN 1;");

/** Each empties the table. */
const scripts = [
  block("EXECUTE 'SELECT 1; DELETE FROM boats';"),
  block("EXECUTE format('DELETE FROM %I.%s', 'public', 'boats');"),
  block("EXECUTE format('DELETE FROM %2$I -- %% %1$L', 'it''s', 'boats');"),
  block("EXECUTE 'DELETE FROM ' || quote_ident(name);", "name CONSTANT text := 'boats';"),
  block("EXECUTE concat('DELETE ', 'FROM ', name);", "name text DEFAULT 'boats';"),
  block("FOREACH name IN ARRAY ARRAY['boats'] LOOP EXECUTE format('DELETE FROM %I', name); END LOOP;", "name text;"),
  block("FOREACH name IN ARRAY ARRAY['a', 'b'] LOOP DELETE FROM boats; END LOOP;", "name text;"),
  block("FOR row_of IN DELETE FROM boats RETURNING id LOOP END LOOP;"),
  block("FOR row_of IN EXECUTE 'DELETE FROM boats RETURNING id' LOOP END LOOP;"),
  `${counting}\n${block("number := emptied();", "number bigint;")}`,
  `${counting}\n${block("NULL;", "number bigint := emptied();")}`,
  `${counting}\n${block("IF emptied() > 5 THEN RETURN; END IF;")}`,
  `${routine("FUNCTION emptied() RETURNS SETOF boats", "RETURN QUERY DELETE FROM boats RETURNING *;")}\nSELECT * FROM emptied();`,
  `${routine("FUNCTION emptied() RETURNS TABLE (number int)", "DELETE FROM boats; number := 1; RETURN NEXT;")}\nSELECT * FROM emptied();`,
  `${routine("FUNCTION emptied(OUT number int)", "DELETE FROM boats; number := 1; RETURN;")}\nSELECT emptied();`,
  `${routine("PROCEDURE emptied(INOUT number int)", "number := 1; DELETE FROM boats;")}\nCALL emptied(2);`,
  "CREATE FUNCTION emptied() RETURNS void BEGIN ATOMIC SELECT 1; DELETE FROM boats; END;\nSELECT emptied();",
];

it.each(scripts)("reads what empties a table: %s", async (script) => {
  const tables = "CREATE TABLE boats (id bigint PRIMARY KEY);";
  await using client = await createTestDatabase(server);
  await client.query(`${tables} INSERT INTO boats VALUES (1), (2)`);
  await client.query(script);
  expect((await client.query("SELECT id FROM boats")).rows).toEqual([]);
  const { findings, coverage } = await lint({
    loose: [tables, script].map((text, index) => ({ path: `${index}.sql`, text })),
  });
  const errors = findings.filter(({ severity }) => severity === "error").map(({ ruleId }) => ruleId);
  expect({ errors, opaque: coverage.opaque }).toEqual({ errors: ["update-delete-without-where"], opaque: 0 });
});

it("does not guess what a variable holds that is assigned to, or hides another", async () => {
  const unknown = [
    block("name := 'boats'; EXECUTE 'DELETE FROM ' || name;", "name text := 'lamps';"),
    block("DECLARE name text := 'a'; BEGIN EXECUTE 'DELETE FROM ' || name; END;", "name text := 'boats';"),
    block("FOR name IN SELECT 'boats' LOOP EXECUTE 'DELETE FROM ' || name; END LOOP;", "name text := 'lamps';"),
    block("SELECT 'boats' INTO name; EXECUTE format('DELETE FROM %I', name);", "name text := 'lamps';"),
    block("EXECUTE format('DELETE FROM %I', current_setting('a.b'));"),
    block("EXECUTE format('DELETE FROM boats%s', current_setting('a.b'));"),
  ];
  const { findings } = await lint({ loose: unknown.map((text, index) => ({ path: `${index}.sql`, text })) });
  expect(findings.map(({ file, ruleId }) => `${file} ${ruleId}`)).toEqual(
    unknown.map((_, index) => `${index}.sql dynamic-sql`),
  );
});
