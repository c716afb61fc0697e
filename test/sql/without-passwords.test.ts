import { expect, it } from "vitest";
import { withoutPasswords } from "../../src/sql/without-passwords.ts";

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
])("%s", (sql, shown) => expect(withoutPasswords(sql)).toBe(shown));
