import { expect, it } from "vitest";
import { withAnyPassword, withoutPasswords } from "../../src/sql/without-passwords.ts";

it.each([
  [
    "ALTER ROLE keeper PASSWORD E'a\\'b' VALID UNTIL '2030-01-01'",
    "ALTER ROLE keeper PASSWORD '***' VALID UNTIL '2030-01-01'",
  ],
  ["ALTER ROLE keeper password NULL", "ALTER ROLE keeper password NULL"],
  [
    "CREATE USER MAPPING FOR x SERVER y OPTIONS (user 'u', password 'p')",
    "CREATE USER MAPPING FOR x SERVER y OPTIONS (user 'u', password '***')",
  ],
  [
    "CREATE SUBSCRIPTION s CONNECTION 'host=h password=p1 dbname=d' PUBLICATION p",
    "CREATE SUBSCRIPTION s CONNECTION 'host=h password=*** dbname=d' PUBLICATION p",
  ],
  ["SELECT dblink('postgresql://u:p@h/d')", "SELECT dblink('postgresql://u:***@h/d')"],
  [
    "ALTER TABLE keepers ADD COLUMN password text DEFAULT ''",
    "ALTER TABLE keepers ADD COLUMN password text DEFAULT ''",
  ],
  ["CREATE ROLE keeper PASSWORD'p' LOGIN", "CREATE ROLE keeper PASSWORD'***' LOGIN"],
  ["CREATE ROLE keeper PASSWORD $x$p$x$ LOGIN", "CREATE ROLE keeper PASSWORD '***' LOGIN"],
  ["ALTER ROLE keeper PASSWORD /* new */ 'p'", "ALTER ROLE keeper PASSWORD /* new */ '***'"],
  ["DO $$BEGIN CREATE ROLE a PASSWORD 'p'; END$$", "DO $$BEGIN CREATE ROLE a PASSWORD '***'; END$$"],
  [
    "DO $$BEGIN EXECUTE 'CREATE ROLE a PASSWORD ''p'''; END$$",
    "DO $$BEGIN EXECUTE 'CREATE ROLE a PASSWORD ''***'''; END$$",
  ],
  [
    "DO 'BEGIN EXECUTE ''CREATE ROLE a PASSWORD ''''p''''''; END'",
    "DO 'BEGIN EXECUTE ''CREATE ROLE a PASSWORD ''''***''''''; END'",
  ],
  [
    "DO $$BEGIN EXECUTE format('ALTER ROLE a PASSWORD %L', 'p'); PERFORM 'b'; END$$",
    "DO $$BEGIN EXECUTE format('ALTER ROLE a PASSWORD %L', '***'); PERFORM 'b'; END$$",
  ],
  [
    "DO $$BEGIN EXECUTE 'ALTER ROLE a PASSWORD ' || quote_literal('p'); END$$",
    "DO $$BEGIN EXECUTE 'ALTER ROLE a PASSWORD ' || quote_literal('***'); END$$",
  ],
  ["DO $$DECLARE keeper_password text := 'p'; BEGIN END$$", "DO $$DECLARE keeper_password text := '***'; BEGIN END$$"],
  ["SELECT set_password('keeper', password => 'p')", "SELECT set_password('keeper', password => '***')"],
  ["UPDATE keepers SET password = 'p', name = 'a'", "UPDATE keepers SET password = '***', name = 'a'"],
  [
    "CREATE VIEW v AS SELECT FROM keepers WHERE password = old AND name = 'a'",
    "CREATE VIEW v AS SELECT FROM keepers WHERE password = old AND name = 'a'",
  ],
  ["DO $$BEGIN RAISE 'no password', 'a'; END$$", "DO $$BEGIN RAISE 'no password', 'a'; END$$"],
])("%s", (sql, shown) => {
  expect(withoutPasswords(sql)).toBe(shown);
  expect(withoutPasswords(shown)).toBe(shown);
});

it("leaves the rest of a statement as it is, so that it is still told from others", () => {
  for (const sql of [
    "CREATE VIEW v AS SELECT FROM keepers WHERE password = 'p'",
    "CREATE FUNCTION f() RETURNS bool LANGUAGE sql AS $$SELECT password = crypt('p', password) FROM keepers$$",
    "ALTER TABLE keepers ADD password text DEFAULT 'p'",
  ])
    expect(withAnyPassword(sql)).toBe(sql);
});

it("takes no time to look through a text that nobody would write", () => {
  const hostile = `ALTER ROLE a PASSWORD ${"/**/".repeat(40)}${"password".repeat(20_000)}`;
  expect(withoutPasswords(hostile)).toBe(hostile);
});
