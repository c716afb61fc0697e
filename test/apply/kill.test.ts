import { spawn, type ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readCatalog } from "../../src/catalog/snapshot.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { available } from "../support/requirements.ts";
import { link } from "../tools/mikro-orm/project.ts";
import * as histories from "./histories.ts";
import { testServers } from "./servers.ts";
import type { TestTarget } from "./target.ts";

/** For each history; HEADGATE_KILLS for more of them. */
const kills = Number(process.env["HEADGATE_KILLS"] || 50);
/** One target is killed so often before it may finish. */
const killsEach = 8;
const cli = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

const { target } = testServers();

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
}

function start({ options }: TestTarget): Run {
  const args = ["apply", "--directory", options.directory, "--database-url", options.databaseUrl ?? ""];
  const child = spawn(process.execPath, [cli, ...args, "--rehearsal-url", options.rehearsalUrl ?? "", "--quiet"], {
    stdio: "ignore",
  });
  return { child, ended: new Promise((resolve) => child.on("close", resolve)) };
}

/** What a target holds in the end, apart from when it was done. */
async function contents({ client, rows }: TestTarget, tables: readonly string[]) {
  const { objects } = await readCatalog(client);
  const mine = [...objects].filter(
    ([, { kind, name, relation }]) =>
      !/^(?:headgate|database)/.test(relation ?? `${kind === "database" ? kind : name}`),
  );
  const counted: unknown[] = [];
  for (const table of tables)
    counted.push(await rows(`SELECT count(*)::int, md5(string_agg(t::text, ',' ORDER BY t::text)) FROM ${table} t`));
  return { objects: mine.map(([key, { attributes }]) => [key, attributes]).toSorted(), counted };
}

/** Kills it when its run has begun to write, or a little later; resolves to whether it was still there to be killed. */
async function killSometime(to: TestTarget, { child, ended }: Run): Promise<boolean> {
  const runs = async () =>
    (await to.rows("SELECT to_regclass('headgate.entry') IS NOT NULL AS there"))[0]?.["there"]
      ? Number((await to.column("SELECT count(*)::int FROM headgate.run"))[0])
      : 0;
  const before = await runs();
  let over = false;
  void ended.then(() => (over = true));
  // One in eight dies before it writes anything.
  if (Math.random() < 1 / 8) await Promise.race([sleep(Math.random() * 1500), ended]);
  else {
    while (!over && (await runs()) === before) await sleep(20);
    await Promise.race([sleep(Math.random() * 700), ended]);
  }
  const alive = !over;
  child.kill("SIGKILL");
  await ended;
  return alive;
}

async function killAndFinish(
  files: Readonly<Record<string, string>>,
  revisions: number,
  tables: readonly string[],
  install: (root: string) => void = () => {},
) {
  await using undisturbed = await target(files);
  install(undisturbed.repository.root);
  expect((await undisturbed.apply()).applied).toHaveLength(revisions);
  const expected = await contents(undisturbed, tables);
  for (let killed = 0; killed < kills;) {
    await using to = await target(files);
    install(to.repository.root);
    for (let times = 0; times < killsEach && killed < kills; times++) {
      if (!(await killSometime(to, start(to)))) break;
      killed++;
      const { state, next, applied, pending, half } = await to.status();
      expect(["empty", "foreign", "pending", "half-applied", "up-to-date"]).toContain(state);
      expect(applied.length + pending.length).toBe(revisions);
      expect(next).toMatch(state === "up-to-date" ? /nothing to do/ : /headgate apply/);
      if (half) expect(pending[0]).toBe(half.revision);
    }
    expect((await to.apply()).outcome).toMatch(/^(?:applied|nothing-pending)$/);
    expect((await to.status()).state).toBe("up-to-date");
    expect(await contents(to, tables)).toEqual(expected);
    // Nothing was done twice, and nothing was forgotten.
    const [twice] = await to.column(
      "SELECT count(*)::int FROM (SELECT FROM headgate.entry WHERE event = 'applied' GROUP BY revision HAVING count(*) > 1) AS again",
    );
    expect(twice).toBe(0);
  }
}

describe.concurrent("a run that is killed at any moment", { timeout: 3_600_000 }, () => {
  it("golang-migrate", () => killAndFinish(histories.golangMigrate, 5, ["boats", "counted", "schema_migrations"]));
  it("goose", () => killAndFinish(histories.goose, 3, ["boats", "counted"]));
  it.skipIf(!available("python"))("Alembic", async () => {
    await killAndFinish(histories.alembic(await pythonWith(currentAlembic)), 3, [
      "boats",
      "counted",
      "alembic_version",
    ]);
  });
  it("MikroORM", () =>
    killAndFinish(histories.mikroOrm, 3, ["boats"], (root) => {
      for (const name of ["@mikro-orm/core", "@mikro-orm/migrations", "@mikro-orm/postgresql"]) link(name, "v7", root);
    }));
});
