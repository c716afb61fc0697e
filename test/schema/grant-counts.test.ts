import { beforeAll, expect, it } from "vitest";
import { countGrants, type GrantCounts } from "../../src/schema/grant-counts.ts";
import { openSession, type Session } from "../../src/schema/session.ts";
import { loadParser, parseTrees } from "../../src/sql/parser.ts";
import { advancedBy } from "./advanced-by.ts";
import { randomNumbers, randomStatement } from "./random-ddl.ts";

beforeAll(loadParser);

/** Counts as text, without those that are nothing. */
const said = (counts: GrantCounts | undefined): readonly string[] =>
  [...(counts?.values() ?? [])]
    .map(({ tables, roles }) => {
      const granted = [...roles].filter(([, count]) => count !== 0).map(([role, count]) => `${role} ${count}`);
      return [tables, ...granted.toSorted()].join(", ");
    })
    .filter((text) => text !== "0")
    .toSorted();

it("counts after every statement of random histories what counting all again gives", () => {
  const below = randomNumbers(4);
  const one = (...words: readonly string[]) => words[below(words.length)];
  const statement = () => {
    if (below(5) > 0) return randomStatement(below);
    const on = one("boats", "lanes", "harbour.tolls", "ALL TABLES IN SCHEMA public");
    const roles = one("crew", "pilots", "crew, pilots", "PUBLIC");
    return below(3) > 0 ? `GRANT SELECT ON ${on} TO ${roles}` : `REVOKE ALL ON ${on} FROM ${roles}`;
  };
  let compared = 0;
  for (let history = 0; history < 40; history += 1) {
    let session: Session = { ...openSession(), complete: true };
    for (let count = 0; count < 100; count += 1) {
      const sql = statement();
      if (parseTrees(sql).kind !== "parsed") continue;
      session = advancedBy({ ...session, migration: Math.floor(count / 7) }, sql);
      const { grantCounts, relations } = session.schema;
      if (!grantCounts) continue;
      compared += said(grantCounts).length > 0 ? 1 : 0;
      expect({ sql, counts: said(grantCounts) }).toEqual({ sql, counts: said(countGrants(relations)) });
    }
  }
  expect(compared).toBeGreaterThan(1000);
});
