import { beforeAll, expect, it } from "vitest";
import { judgeMigrations } from "../../src/rules/judge.ts";
import type { JudgeOptions, MigrationInput } from "../../src/rules/judgements.ts";
import { plainScript } from "../../src/rules/plain-script.ts";
import { rules } from "../../src/rules/registry.ts";
import { loadParser } from "../../src/sql/parser.ts";

beforeAll(loadParser);

/** What is found in a history, each as `file line rule`. */
const found = (migrations: readonly Partial<MigrationInput>[], options: Partial<JudgeOptions> = {}) =>
  judgeMigrations(
    migrations.map((each) => ({ up: [], down: [], judged: true, ...each })),
    { rules, majors: [14, 15, 16, 17, 18], settings: { lock_timeout: "2s" }, ...options },
  ).findings.map(({ finding: { file, line, ruleId } }) => `${file}:${line} ${ruleId}`);

const script = (file: string, text: string) => [plainScript(file, text)];
const boats = "CREATE TABLE boats (id bigint PRIMARY KEY, name text);";

it("knows a table of production from one that the change brings, whichever comes first in the history", () => {
  const added = { up: script("1.sql", "CREATE TABLE lamps (id bigint PRIMARY KEY);"), isNew: true };
  const old = { up: script("2.sql", boats), judged: false, isNew: false };
  const indexes = {
    up: script("3.sql", "CREATE INDEX boats_name ON boats (name);\nCREATE INDEX lamps_id ON lamps (id, id);"),
    isNew: true,
  };
  expect(found([added, old, indexes], { together: true })).toEqual(["3.sql:1 create-index-blocking"]);
});

it("says nothing in a way back of locks on what it drops, and of every other", () => {
  const up = script(
    "1.sql",
    `${boats}\nCREATE INDEX boats_name ON boats (name);\nCREATE TABLE lamps (id bigint PRIMARY KEY);`,
  );
  const down = script("1.down.sql", "DROP INDEX boats_name;\nALTER TABLE boats DROP COLUMN name;\nDROP TABLE boats;");
  const other = script("1.down.sql", "DROP INDEX boats_name;\nDROP TABLE lamps;");
  expect(found([{ up, down }], { settings: {} })).toEqual([]);
  expect(found([{ up, down: other }])).toEqual(["1.down.sql:1 drop-index-blocking"]);
});

it("keeps in its advice what the statement says of a foreign key", () => {
  const [finding] = judgeMigrations(
    [
      { up: script("1.sql", boats), down: [], judged: false },
      {
        up: script(
          "2.sql",
          "ALTER TABLE boats ADD COLUMN tow bigint REFERENCES boats (id) MATCH FULL ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE",
        ),
        down: [],
        judged: true,
      },
    ],
    { rules: rules.filter(({ id }) => id === "add-column-inline-fk"), majors: [18], settings: {} },
  ).findings;
  expect(finding?.finding.message).toBe(
    "The foreign key in the new column tow takes an ACCESS EXCLUSIVE lock on public.boats, which blocks reads and writes, in one statement.",
  );
  expect(finding?.finding.help).toContain(
    "FOREIGN KEY (tow) REFERENCES boats (id) MATCH FULL ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE NOT VALID;",
  );
});

it("knows that what a whole history never made is not there, unless a statement of it could not be read, or what it runs", () => {
  const drop =
    "DROP INDEX IF EXISTS boats_mark;\nDROP TABLE IF EXISTS lamps;\nALTER TABLE boats DROP COLUMN IF EXISTS mark;";
  const after = (text: string, complete: boolean) =>
    found([{ up: script("1.sql", text) }, { up: script("2.sql", drop) }], { complete }).filter((each) =>
      each.startsWith("2.sql"),
    );
  expect(after(boats, true)).toEqual([]);
  const unknown = ["2.sql:1 drop-index-blocking", "2.sql:2 drop-table", "2.sql:3 several-tables-locked"];
  expect(after(`${boats}\nCREATE INDEX boats_mark ON {{ .Schema }}.boats (name);`, true)).toEqual(unknown);
  expect(after(boats, false)).toEqual(unknown);
  const block = (body: string) => `${boats}\nDO $$ BEGIN ${body} END $$;`;
  expect(after(block("EXECUTE format('CREATE TABLE %I (id int)', current_user);"), true)).toEqual(unknown);
  expect(after(block("EXECUTE 'ANALYZE boats';"), true)).toEqual([]);
  const makes =
    "CREATE TABLE IF NOT EXISTS lamps (id int PRIMARY KEY, watts int);\nCREATE INDEX lamps_watts ON lamps (watts);";
  const opaque = { up: script("1.sql", block("EXECUTE format('GRANT SELECT ON boats TO %I', current_user);")) };
  expect(found([opaque, { up: script("2.sql", makes) }], { complete: true })).not.toContain(
    "2.sql:2 create-index-blocking",
  );
});

it("takes a backfill of a new column for one of every row, whatever default new rows get meanwhile", () => {
  const filled = (added: string) =>
    found([
      { up: script("1.sql", boats) },
      { up: script("2.sql", `${added}\nUPDATE boats SET mark = name WHERE mark IS NULL;`) },
    ]);
  const add = "ALTER TABLE boats ADD COLUMN mark text";
  expect(filled(`${add};\nALTER TABLE boats ALTER COLUMN mark SET DEFAULT 'x';`)).toContain(
    "2.sql:3 update-delete-without-where",
  );
  expect(filled(`${add} DEFAULT 'x';`)).not.toContain("2.sql:2 update-delete-without-where");
});

it("says that rows may refuse a key over a new column where the migration writes it, or the check asks for a value", () => {
  const refusing = (...statements: readonly string[]) =>
    found([
      { up: script("1.sql", `${boats}\nCREATE TABLE locks (id bigint PRIMARY KEY);`) },
      { up: script("2.sql", ["ALTER TABLE boats ADD COLUMN mark bigint;", ...statements].join("\n")) },
    ]).filter((each) => each.endsWith("existing-rows-may-fail"));
  const unique = "ALTER TABLE boats ADD CONSTRAINT marked UNIQUE (mark);";
  const key = "ALTER TABLE boats ADD CONSTRAINT marked FOREIGN KEY (mark) REFERENCES locks;";
  const write = "UPDATE boats SET mark = 1 WHERE id < 9;";
  expect([refusing(unique), refusing(key)]).toEqual([[], []]);
  expect([refusing(write, unique), refusing(write, key)]).toEqual([
    ["2.sql:3 existing-rows-may-fail"],
    ["2.sql:3 existing-rows-may-fail"],
  ]);
  expect(refusing(unique.replace("UNIQUE", "UNIQUE NULLS NOT DISTINCT"))).toHaveLength(1);
  expect(refusing("ALTER TABLE boats ADD CONSTRAINT marked CHECK (mark IS NOT NULL);")).toHaveLength(1);
});

it("misses the name that is gone when two columns change places, unless a trigger alone wrote it", () => {
  const table = "CREATE TABLE gates (id bigint PRIMARY KEY, notes text, remarks text);";
  const keep =
    "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.remarks := NEW.notes; RETURN NEW; END';\n" +
    "CREATE TRIGGER keep BEFORE INSERT OR UPDATE ON gates FOR EACH ROW EXECUTE FUNCTION keep();";
  const renames = (before: string, text: string) =>
    found([{ up: script("1.sql", before) }, { up: script("2.sql", text) }]).filter((each) => each.startsWith("2.sql"));
  const places = "ALTER TABLE gates RENAME notes TO summary;\nALTER TABLE gates RENAME remarks TO notes;";
  expect(renames(table, places)).toEqual(["2.sql:2 rename-column"]);
  expect(renames(`${table}\n${keep}`, places)).toEqual([]);
  const both =
    "ALTER TABLE gates RENAME notes TO x;\nALTER TABLE gates RENAME remarks TO notes;\nALTER TABLE gates RENAME x TO remarks;";
  expect(renames(table, both)).toEqual([]);
  const chain = "ALTER TABLE gates RENAME remarks TO x;\nALTER TABLE gates RENAME x TO extra;";
  expect(renames(`${table}\n${keep}`, chain)).toEqual(["2.sql:1 rename-column"]);
  const apart = [places, both].map((text) => text.replaceAll(";\n", ";\nCOMMIT;\nBEGIN;\n"));
  expect(apart.map((text) => renames(`${table}\n${keep}`, `BEGIN;\n${text}\nCOMMIT;`).length)).toEqual([2, 3]);
});

it("knows the sequences of a change's own columns from those that the application draws from", () => {
  const table = "CREATE TABLE gates (id serial PRIMARY KEY);";
  const sets = (text: string) =>
    found([{ up: script("1.sql", table) }, { up: script("2.sql", text) }]).filter((each) => each.endsWith("-restart"));
  const own = "CREATE TABLE keepers (id serial PRIMARY KEY);";
  for (const sequence of [
    "'keepers_id_seq'",
    "'public.keepers_id_seq'::regclass",
    "pg_get_serial_sequence('keepers', 'id')",
    `'public."keepers_id_seq"'`,
    `'PUBLIC.Keepers_ID_Seq'`,
  ])
    expect(sets(`${own}\nSELECT setval(${sequence}, 10);`)).toEqual([]);
  for (const sequence of ["'gates_id_seq'", `'public."gates_id_seq"'`, "pg_get_serial_sequence('gates', 'id')"])
    expect(sets(`${own}\nSELECT pg_catalog.setval(${sequence}, 1, false);`)).toEqual(["2.sql:2 sequence-restart"]);
  const added = "ALTER TABLE gates ADD COLUMN number serial;\n";
  expect(sets(`${added}SELECT setval('gates_number_seq', 10);`)).toEqual([]);
  expect(sets("DO $$ BEGIN PERFORM setval('gates_id_seq', 10); END $$;")).toEqual(["2.sql:1 sequence-restart"]);
  expect(sets("SELECT setval('gates_id_seq', (SELECT max(id) FROM gates));")).toEqual([]);
});

it("takes what is allowed before a block for all that is in it, and before a statement for that alone", () => {
  const allow = "-- headgate: allow create-index-blocking: few rows";
  const block = "DO $$\nBEGIN\n  CREATE INDEX a ON boats (name);\n  CREATE INDEX b ON boats (name, id);\nEND $$;";
  const after = (text: string) => found([{ up: script("1.sql", boats) }, { up: script("2.sql", text) }]);
  expect(after(`${allow}\n${block}\nCREATE INDEX c ON boats (id, name);`)).toEqual(["2.sql:7 create-index-blocking"]);
  expect(after(`${allow}\nSELECT 1;\n${block}`)).toEqual([
    "2.sql:1 unused-allowance",
    "2.sql:5 create-index-blocking",
    "2.sql:6 create-index-blocking",
  ]);
  expect(
    after(`${allow}\nSET lock_timeout = '1s'; CREATE INDEX a ON boats (name); CREATE INDEX b ON boats (id, name);`),
  ).toEqual(["2.sql:2 create-index-blocking"]);
  const sql = "CREATE INDEX a ON boats (name); CREATE INDEX b ON boats (name, id);";
  const operation = script("2.sql", `${allow}\nindexes()`).map((each) => ({
    ...each,
    pieces: [{ sql, line: 2, fromOperation: true }],
  }));
  expect(found([{ up: script("1.sql", boats) }, { up: operation }])).toEqual([]);
});

it("takes a loop over all rows for a change of all rows, unless it commits, and a row of the loop for none of the table", () => {
  const inLoop = (query: string, body: string) =>
    found([
      { up: script("1.sql", boats) },
      { up: script("2.sql", `DO $$ DECLARE r record; BEGIN FOR r IN ${query} LOOP ${body} END LOOP; END $$;`) },
    ]);
  const change = "UPDATE boats SET name = 'x' WHERE id = r.id;";
  expect(inLoop("SELECT id FROM boats", change)).toEqual(["2.sql:1 update-delete-without-where"]);
  expect(inLoop("SELECT id FROM boats", `${change} COMMIT;`)).toEqual([]);
  expect(inLoop("SELECT id FROM boats WHERE id < 9", change)).toEqual([]);
  expect(inLoop("SELECT id FROM boats LIMIT 9", "DELETE FROM boats WHERE r.id IS NOT NULL AND id = r.id;")).toEqual([]);
  expect(inLoop("SELECT oid AS id FROM pg_class", change)).toEqual([]);
});

it("takes SET NOT NULL for what validates a constraint NOT NULL that was not valid", () => {
  const after = (text: string) =>
    found([
      { up: script("1.sql", boats) },
      { up: script("2.sql", "ALTER TABLE boats ADD CONSTRAINT named NOT NULL name NOT VALID;") },
      { up: script("3.sql", text) },
    ]).filter((each) => each.startsWith("2.sql"));
  expect(after("SELECT 1;")).toEqual(["2.sql:1 not-valid-never-validated"]);
  expect(after("ALTER TABLE boats ALTER COLUMN name SET NOT NULL;")).toEqual([]);
});

it("says which foreign keys CASCADE drops with a primary key", () => {
  const tables =
    "CREATE TABLE gates (id bigint PRIMARY KEY, code text UNIQUE);\n" +
    "CREATE TABLE keepers (id bigint PRIMARY KEY, gate_id bigint REFERENCES gates, code text REFERENCES gates (code));";
  const inputs = [tables, "ALTER TABLE gates DROP CONSTRAINT gates_pkey CASCADE;"].map((text, index) => ({
    up: script(`${index}.sql`, text),
    down: [],
    judged: index === 1,
  }));
  const options = { rules: rules.filter(({ id }) => id === "drop-primary-key"), majors: [18], settings: {} };
  expect(judgeMigrations(inputs, options).findings[0]?.finding.message).toMatch(
    /UPDATE and DELETE\. CASCADE drops the foreign key keepers_gate_id_fkey of public\.keepers with it\.$/,
  );
});
