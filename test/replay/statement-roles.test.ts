import { expect, test } from "vitest";
import { roleOf } from "../../src/replay/statement-roles.ts";
import type { RecordedStatement } from "../../src/wire/recording.ts";

const role = (sql: string): string =>
  roleOf({ sql, evidence: { locks: [] } } as unknown as RecordedStatement, ["tide_versions"]);

test.each([
  ["SELECT tide_versions.version_num \nFROM tide_versions", "bookkeeping"],
  ["/* by the tool */ select * from public.tide_versions order by id", "bookkeeping"],
  ['INSERT INTO "public"."tide_versions" (id) VALUES ($1)', "bookkeeping"],
  ["UPDATE tide_versions SET version_num='2' WHERE tide_versions.version_num = '1'", "bookkeeping"],
  ['delete from only "my ""own"" schema"."tide_versions"', "bookkeeping"],
  ['TRUNCATE "harbour"."tide_versions"', "bookkeeping"],
  ["CREATE TABLE IF NOT EXISTS tide_versions (id int)", "bookkeeping"],
  ["CREATE TRIGGER watch AFTER INSERT ON tide_versions EXECUTE FUNCTION watch()", "migration"],
  ["ALTER TABLE tide_versions ADD COLUMN by text", "migration"],
  ["UPDATE boats SET note = 'see tide_versions'", "migration"],
  ["DELETE FROM boats -- not from tide_versions", "migration"],
  ["INSERT INTO audit SELECT * FROM tide_versions", "migration"],
  ["INSERT INTO tide_versions_old VALUES (1)", "migration"],
  ['UPDATE "tide_versions""" SET id = 1', "migration"],
  ["BEGIN", "session"],
  ["SET CONSTRAINTS ALL DEFERRED", "migration"],
  ["select pg_catalog.version()", "session"],
  ["SET lock_timeout = '2s'; -- short", "session"],
  // The parser refuses it, so that it could not be taken apart.
  ["SET standard_conforming_strings = off; ALTER TABEL boats ADD n int", "migration"],
])("%s: %s", (sql, expected) => {
  expect(role(sql)).toBe(expected);
});
