import { describe, expect, test } from "vitest";
import { runGate } from "../../src/gate.ts";
import { alembicHistory, execute } from "../support/alembic-history.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { testRepository } from "../support/repository.ts";
import { available } from "../support/requirements.ts";

const boats = {
  id: "a1_boats",
  upgrade: execute("CREATE TABLE boats (id bigint PRIMARY KEY)"),
  downgrade: execute("DROP TABLE boats"),
};

const without = (files: Record<string, string>, name: string) =>
  Object.fromEntries(Object.entries(files).filter(([path]) => path !== name));

/** What a program would have said to Alembic, which runs its migrations itself, is not known to who runs them otherwise. */
describe.skipIf(!available("python"))("Alembic that a program configures", { timeout: 120_000 }, () => {
  const gated = async (change: (files: Record<string, string>) => Record<string, string>) => {
    using repository = testRepository({});
    repository.write(change(alembicHistory(await pythonWith(currentAlembic), [boats])));
    repository.commit("boats");
    const verdict = await runGate({ directory: repository.root, engine: "embedded", environment: process.env });
    const [project] = verdict.projects;
    return [verdict.verdict, project?.lineage?.heads, project?.findings.map(({ ruleId }) => ruleId)];
  };

  test("may keep the URL under a name of its own", async () => {
    const outcome = await gated((files) => ({
      ...without(files, "alembic.ini"),
      "headgate.yml": (files["headgate.yml"] as string).replace(
        "directory: .",
        "directory: ., migrations: [migrations/versions]",
      ),
      "migrations/env.py": (files["migrations/env.py"] as string).replace(
        'get_main_option("sqlalchemy.url")',
        'get_section(context.config.config_ini_section).pop("url")',
      ),
    }));
    expect(outcome).toEqual(["passed", ["a1_boats"], []]);
  });

  test("may keep a history for each of two databases, and say when it runs which", async () => {
    const outcome = await gated(({ "migrations/versions/a1_boats.py": text = "", ...files }) => ({
      ...files,
      "migrations/versions/postgresql/a1_boats.py": text,
      "migrations/versions/sqlite/a1_boats.py": text,
    }));
    expect(outcome).toEqual(["passed", ["a1_boats"], []]);
  });
});
