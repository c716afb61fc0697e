import { chmodSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { DatabaseConnection } from "../../src/database-connection.ts";
import { workingTree } from "../../src/files/working-tree.ts";
import type { Project } from "../../src/project.ts";
import { openSession, startComingDriver } from "../../src/sessions/open-session.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { testRepository } from "../support/repository.ts";
import { available } from "../support/requirements.ts";

describe.skipIf(!available("python"))("a driver that is started before its database is known", () => {
  let python: string;
  beforeAll(async () => {
    python = await pythonWith(currentAlembic);
  }, 600_000);

  const connection: DatabaseConnection = {
    host: "127.0.0.1",
    port: 4711,
    user: "keeper",
    password: "hunter22",
    database: "canal",
  };
  const revision = `import os
raise RuntimeError(" ".join(os.environ[name] for name in ("LOCK_DB_PORT", "PGDATABASE", "STAGE")))
`;
  const options = (root: string) => {
    const project = {
      name: "canal",
      tool: "alembic",
      directory: ".",
      migrations: ["migrations/versions"],
      interpreter: "./python",
      configFile: "alembic.ini",
      environment: { STAGE: "gate" },
      prelude: [],
      oneWay: {},
      allowEmpty: false,
    } satisfies Project;
    const environment = { PATH: process.env["PATH"], LOCK_DB_PORT: "5432" };
    return { root, files: workingTree(root), project, environment, timeLimitMs: 60_000 };
  };
  /** With a Python that notes who it is. */
  const repository = () => {
    const made = testRepository({
      "alembic.ini": "[alembic]\nscript_location = migrations\n",
      "migrations/env.py": "",
      "migrations/versions/1.py": revision,
    });
    made.write({ python: `#!/bin/sh\necho $$ >"$(dirname "$0")/pid"\nexec ${python} "$@"\n` });
    chmodSync(join(made.root, "python"), 0o755);
    return made;
  };

  test("is led to it when the project is loaded, and before any of its code runs", async () => {
    using made = repository();
    await using driver = startComingDriver(options(made.root));
    await using session = await openSession({ ...options(made.root), connection, ...(driver && { driver }) });
    expect((await session.history()).problems).toMatchObject([{ message: "RuntimeError: 4711 canal gate" }]);
  });

  test("ends when nobody wants it", async () => {
    using made = repository();
    const pid = join(made.root, "pid");
    {
      await using driver = startComingDriver(options(made.root));
      expect(driver).toBeDefined();
      await vi.waitFor(() => expect(existsSync(pid)).toBe(true), { timeout: 30_000 });
    }
    expect(() => process.kill(Number(readFileSync(pid, "utf8")), 0)).toThrow("ESRCH");
  });
});
