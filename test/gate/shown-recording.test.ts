import { beforeAll, expect, it } from "vitest";
import { asShown } from "../../src/gate/shown-recording.ts";
import { statementReport } from "../support/statement-report.ts";
import { loadParser } from "../../src/sql/parser.ts";

beforeAll(loadParser);

it("shows no password, and no digest from which a short value could be guessed", () => {
  const statement = statementReport("SELECT set_config('harbour.pin', $1, false)", {
    role: "setting",
    values: "1f".repeat(32),
    result: "2e".repeat(32),
  });
  const password = { ...statement, sql: "ALTER ROLE harbour PASSWORD 'seagull'", position: 3 };
  const shown = JSON.stringify([...asShown(new Map([["1", { up: [statement], down: [password] }]]))]);
  expect(shown).toContain("set_config");
  for (const hidden of [statement.values, statement.result, "seagull", "position"]) expect(shown).not.toContain(hidden);
});
