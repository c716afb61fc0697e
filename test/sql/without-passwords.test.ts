import { beforeAll, expect, it } from "vitest";
import { loadParser } from "../../src/sql/parser.ts";
import { codeWithoutPasswords } from "../../src/sql/code-without-passwords.ts";
import { withAnyPassword, withoutPasswords } from "../../src/sql/without-passwords.ts";

beforeAll(loadParser);

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
    "UPDATE keepers SET (name, password) = ('a', 'p'), (token, day) = ROW ('t1', 'b') WHERE name = 'c'",
    "UPDATE keepers SET (name, password) = ('a', '***'), (token, day) = ROW ('***', 'b') WHERE name = 'c'",
  ],
  [
    "UPDATE keepers SET (name, password) = (SELECT 'a', 'p') WHERE (name, day) = ('b', 'c')",
    "UPDATE keepers SET (name, password) = (SELECT 'a', '***') WHERE (name, day) = ('b', 'c')",
  ],
  [
    "MERGE INTO k USING (VALUES ('a', 'p'), ('b', 'q')) AS v (name, password) ON k.name = v.name WHEN NOT MATCHED THEN INSERT (name, password) VALUES (v.name, 'r')",
    "MERGE INTO k USING (VALUES ('a', '***'), ('b', '***')) AS v (name, password) ON k.name = v.name WHEN NOT MATCHED THEN INSERT (name, password) VALUES (v.name, '***')",
  ],
  [
    "WITH n (name, password) AS MATERIALIZED (VALUES ('a', 'p')), m (token) AS (SELECT 't1') UPDATE k SET name = 'b'",
    "WITH n (name, password) AS MATERIALIZED (VALUES ('a', '***')), m (token) AS (SELECT '***') UPDATE k SET name = 'b'",
  ],
  [
    "INSERT INTO k SELECT 'a' AS name, 'p' AS password, 'q'::text AS api_key, 'b' AS day",
    "INSERT INTO k SELECT 'a' AS name, '***' AS password, '***'::text AS api_key, 'b' AS day",
  ],
  [
    "SELECT count(password) FILTER (WHERE name = 'a') FROM (SELECT 'b') AS k (name) WHERE token IN ('c')",
    "SELECT count(password) FILTER (WHERE name = 'a') FROM (SELECT 'b') AS k (name) WHERE token IN ('c')",
  ],
  [
    "CREATE VIEW v AS SELECT FROM keepers WHERE password = old AND name = 'a'",
    "CREATE VIEW v AS SELECT FROM keepers WHERE password = old AND name = 'a'",
  ],
  ["DO $$BEGIN RAISE 'no password', 'a'; END$$", "DO $$BEGIN RAISE 'no password', 'a'; END$$"],
  ["SET my.password = 'p'", "SET my.password = '***'"],
  ["SELECT 1; SET LOCAL my.password=p1", "SELECT 1; SET LOCAL my.password='***'"],
  [
    "ALTER ROLE r SET my.token TO p1; SET my.token TO DEFAULT",
    "ALTER ROLE r SET my.token TO '***'; SET my.token TO DEFAULT",
  ],
  ["SET LOCAL app.jwt_secret TO 'p'", "SET LOCAL app.jwt_secret TO '***'"],
  ["ALTER DATABASE d SET app.api_key = 'p'", "ALTER DATABASE d SET app.api_key = '***'"],
  [
    "ALTER SYSTEM SET primary_conninfo = 'host=h password=p1'",
    "ALTER SYSTEM SET primary_conninfo = 'host=h password=***'",
  ],
  [
    "SELECT pg_catalog.set_config('app.secret', 'p', false)",
    "SELECT pg_catalog.set_config('app.secret', '***', false)",
  ],
  ["SELECT dblink_connect('c', 'host=h password=p1')", "SELECT dblink_connect('c', 'host=h password=***')"],
  [
    "CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'h', api_key 'p')",
    "CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'h', api_key '***')",
  ],
  [
    "INSERT INTO keepers (name, password) VALUES ('ä', 'p'), ('b', crypt('q', gen_salt('bf')))",
    "INSERT INTO keepers (name, password) VALUES ('ä', '***'), ('b', crypt('***', gen_salt('bf')))",
  ],
  [
    `INSERT INTO gates AS g ("apiKey", name) SELECT 'p', 'a' FROM locks WHERE name = 'b'`,
    `INSERT INTO gates AS g ("apiKey", name) SELECT '***', 'a' FROM locks WHERE name = 'b'`,
  ],
  [
    "INSERT INTO settings (key, value) VALUES ('smtp_password', 'p'), ('colour', 'red')",
    "INSERT INTO settings (key, value) VALUES ('smtp_password', '***'), ('colour', 'red')",
  ],
  ["UPDATE gates SET token = 'p', token_type = 'q'", "UPDATE gates SET token = '***', token_type = 'q'"],
  ["SELECT set_password('keeper', 'p')", "SELECT set_password('keeper', '***')"],
  ["SELECT vault.create_secret('p', 'name')", "SELECT vault.create_secret('***', 'name')"],
  ["SELECT pgp_sym_encrypt(name, 'p') FROM keepers", "SELECT pgp_sym_encrypt(name, '***') FROM keepers"],
  ["COMMENT ON TABLE t IS 'with password: p1x2'", "COMMENT ON TABLE t IS 'with password: ***'"],
  ["COMMENT ON COLUMN t.p IS 'password: of the keeper'", "COMMENT ON COLUMN t.p IS 'password: of the keeper'"],
  [
    "DO $$DECLARE x varchar(20) := 'p'; y text := 'q'; BEGIN EXECUTE format('ALTER ROLE a PASSWORD %L', x); END$$",
    "DO $$DECLARE x varchar(20) := '***'; y text := 'q'; BEGIN EXECUTE format('ALTER ROLE a PASSWORD %L', x); END$$",
  ],
  [
    "DO $$BEGIN EXECUTE 'INSERT INTO keepers (password) VALUES (''p'')'; END$$",
    "DO $$BEGIN EXECUTE 'INSERT INTO keepers (password) VALUES (''***'')'; END$$",
  ],
  [
    `SELECT http_post(headers := '{"Authorization": "Bearer abcdefgh12345", "client_secret": "p"}')`,
    `SELECT http_post(headers := '{"Authorization": "Bearer ***", "client_secret": "***"}')`,
  ],
  ["SELECT 'AKIAIOSFODNN7EXAMPLE', 'https://u:p@h/x'", "SELECT '***', 'https://u:***@h/x'"],
  ["SELECT 'eyJhbGciOiJI.eyJzdWIiOiIx.c2ln'", "SELECT '***'"],
  [
    "DO $$DECLARE token text := 'DELETE FROM keepers'; secret text := 'DROP TABLE %I'; BEGIN EXECUTE token; END$$",
    "DO $$DECLARE token text := 'DELETE FROM keepers'; secret text := 'DROP TABLE %I'; BEGIN EXECUTE token; END$$",
  ],
  [
    "SELECT set_config('app.token', 'UPDATE gates SET api_key = ''p''', true)",
    "SELECT set_config('app.token', 'UPDATE gates SET api_key = ''***''', true)",
  ],
  ["SET app.secret = 'drop every anchor'", "SET app.secret = '***'"],
  ["DO $$DECLARE pw text DEFAULT 'p'; BEGIN END$$", "DO $$DECLARE pw text DEFAULT '***'; BEGIN END$$"],
  ["ALTER TABLE gates ADD api_key varchar(20) DEFAULT 'p'", "ALTER TABLE gates ADD api_key varchar(20) DEFAULT '***'"],
  [
    "UPDATE gates SET token = CASE WHEN kind = 'a' THEN 'p1' ELSE 'p2' END, name = 'b'",
    "UPDATE gates SET token = CASE WHEN kind = 'a' THEN '***' ELSE '***' END, name = 'b'",
  ],
  ["UPDATE gates SET password=md5('p1'||id)", "UPDATE gates SET password=md5('***'||id)"],
  [
    "ALTER TABLE gates ADD token varchar(9) NOT NULL DEFAULT 'p1', ADD kind text DEFAULT 'q', ALTER pw SET DEFAULT 'p2'",
    "ALTER TABLE gates ADD token varchar(9) NOT NULL DEFAULT '***', ADD kind text DEFAULT 'q', ALTER pw SET DEFAULT '***'",
  ],
  ["SELECT $$host=h password=p1$$, 'Set password: p1x2'", "SELECT $$host=h password=***$$, 'Set password: ***'"],
  ["-- password=p1x\nSELECT 1 /* password: p1x2 */", "-- password=***\nSELECT 1 /* password: *** */"],
  ["INSERT INTO keepers (password) VALUES (U&'p')", "INSERT INTO keepers (password) VALUES ('***')"],
  ["SELECT hmac(name, crypt('p', 'q')), crypt('r', 's')", "SELECT hmac(name, crypt('***', '***')), crypt('***', 's')"],
  ["CREATE INDEX ON keepers (password) WHERE name = 'a'", "CREATE INDEX ON keepers (password) WHERE name = 'a'"],
  [
    "INSERT INTO keepers (name, password) VALUES ('a', 'p'), ('b', md5('q')), ('c', DEFAULT)",
    "INSERT INTO keepers (name, password) VALUES ('a', '***'), ('b', md5('***')), ('c', DEFAULT)",
  ],
  [
    "CREATE PROCEDURE f() LANGUAGE plpgsql AS $$<<f>>\nDECLARE token text := 'p'; BEGIN END$$",
    "CREATE PROCEDURE f() LANGUAGE plpgsql AS $$<<f>>\nDECLARE token text := '***'; BEGIN END$$",
  ],
  [
    `UPDATE gates SET "resetToken" = 'p', "smtpPass" = 'p', "isSecret" = 'q', "tokenType" = 'r'`,
    `UPDATE gates SET "resetToken" = '***', "smtpPass" = '***', "isSecret" = 'q', "tokenType" = 'r'`,
  ],
])("%s", (sql, shown) => {
  expect(withoutPasswords(sql)).toBe(shown);
  expect(withoutPasswords(shown)).toBe(shown);
});

it("leaves what a reviewer has to see: names, keys, flags, what is compared, and expressions", () => {
  for (const sql of [
    "UPDATE gates SET password = data ->> 'password', token = data #>> '{smtp,token}' WHERE data ? 'token'",
    "UPDATE gates SET password=n.password FROM n WHERE gates.password=n.old_password",
    "INSERT INTO gates VALUES (1) ON CONFLICT (id) DO UPDATE SET password=EXCLUDED.password",
    "UPDATE gates SET password = (SELECT value->>'password' FROM settings WHERE key = 'smtp')",
    "UPDATE gates SET password = jsonb_extract_path_text(data, 'smtp', 'password')",
    "ALTER TABLE gates ADD COLUMN token uuid DEFAULT gen_random_uuid()",
    "ALTER TABLE gates ALTER COLUMN secret SET DEFAULT gen_random_uuid(), ALTER COLUMN api_key SET DEFAULT current_user",
    "UPDATE gates SET token = encode(gen_random_bytes(32), 'hex'), api_key = md5(random()::text), pass = 'true'",
    "UPDATE gates SET must_change_password = 'always', token = NULL, secret = '', pw = '!'",
    "UPDATE settings SET key = 'apiToken' WHERE key = 'smtpPassword' AND value -> 'token' IS NULL",
    "SELECT jsonb_build_object('password', data->>'password', 'token', NULL)",
    "INSERT INTO settings (key, value) VALUES ('password_min_length', '8'), ('smtp_password', '')",
    "CREATE POLICY p ON gates USING (token = current_setting('app.token'))",
    "CREATE TABLE api_token (password text DEFAULT '', kind text DEFAULT 'open' CHECK (kind IN ('password', 'token')))",
    "CREATE TABLE IF NOT EXISTS public.secret (id int REFERENCES token (id), kind text CHECK (kind IN ('a', 'b')))",
    "CREATE TYPE kind AS ENUM ('password', 'token')",
    "ALTER TABLE gates ADD CHECK (length(password) > 8), ADD CHECK (kind <> 'password' OR password IS NOT NULL)",
    "COMMENT ON COLUMN gates.password IS 'basic subscription_of the password'",
    "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$SELECT name FROM gates WHERE password=$1$$",
    `INSERT INTO gates (data) VALUES ('{"password": "", "token": null, "secret": "false"}')`,
  ])
    expect(withoutPasswords(sql)).toBe(sql);
});

it.each([
  [
    `op.execute("UPDATE gates SET api_key = 'p', name = 'a'")`,
    `op.execute("UPDATE gates SET api_key = '***', name = 'a'")`,
  ],
  [
    `# don't\nx = """CREATE ROLE a PASSWORD 'p'"""\n# won't`,
    `# don't\nx = """CREATE ROLE a PASSWORD '***'"""\n# won't`,
  ],
  ["this.addSql(`UPDATE gates SET token = 'p';`);", "this.addSql(`UPDATE gates SET token = '***';`);"],
  [`PASSWORD = "p"\nname = 'a'`, `PASSWORD = "***"\nname = 'a'`],
  [`connect({ name: "a", password: "p" })`, `connect({ name: "a", password: "***" })`],
])("code: %s", (code, shown) => expect(codeWithoutPasswords(code)).toBe(shown));

it("leaves the rest of a statement as it is, so that it is still told from others", () => {
  for (const sql of [
    "CREATE VIEW v AS SELECT FROM keepers WHERE password = 'p'",
    "CREATE FUNCTION f() RETURNS bool LANGUAGE sql AS $$SELECT password = crypt('p', password) FROM keepers$$",
    "ALTER TABLE keepers ADD password text DEFAULT 'p'",
    "DO $$DECLARE secret text := 'DELETE FROM keepers'; BEGIN EXECUTE secret; END$$",
    "DO $$DECLARE secret text := 'keepers'; BEGIN EXECUTE format('DELETE FROM %I', secret); END$$",
    "SELECT empty(secret => 'keepers')",
    "DO $$BEGIN PERFORM run(secret => 'DELETE FROM keepers'); END$$",
    "DO $$DECLARE x text := 'DELETE FROM keepers'; BEGIN EXECUTE format('ALTER ROLE a PASSWORD %L', x); END$$",
    "DO $$BEGIN EXECUTE format('ALTER ROLE a PASSWORD %L; %s', md5(now()), 'DELETE FROM keepers'); END$$",
    "DO $$BEGIN EXECUTE 'ALTER ROLE a PASSWORD ' || quote_literal(md5(now())); PERFORM empty(1, 'keepers'); END$$",
  ])
    expect(withAnyPassword(sql)).toBe(sql);
});

it("takes no time to look through a text that nobody would write", () => {
  for (const hostile of [
    `ALTER ROLE a PASSWORD ${"/**/".repeat(40)}${"password".repeat(20_000)}`,
    `SELECT ${"crypt(".repeat(3_000)}1${")".repeat(3_000)}`,
    `${"INSERT ".repeat(20_000)} password`,
    `SELECT ${"set_config(password(".repeat(20_000)}1`,
    `SELECT ${"password(".repeat(20_000)}1${")".repeat(20_000)}`,
    `${"INSERT INTO t (password) SELECT 1 ".repeat(10_000)}`,
    `SELECT ${"password := ".repeat(20_000)}1`,
    `SELECT ${"password ".repeat(20_000)}`,
    `SELECT ${"password_of_a_column_".repeat(400)} %`,
    `SELECT '${"eyJ".repeat(30_000)}${"a://".repeat(20_000)}'`,
  ])
    expect(withoutPasswords(hostile)).toBe(hostile);
  for (const hostile of ["`\\".repeat(100_000), `${"'\\".repeat(100_000)}'\n`, '"""'.repeat(50_000)])
    expect(codeWithoutPasswords(hostile)).toBe(hostile);
});
