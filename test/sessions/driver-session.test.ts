import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test, vi } from "vitest";
import { ConfigurationError, ToolError } from "../../src/errors.ts";
import { openDriverSession } from "../../src/sessions/driver-session.ts";

const run = promisify(execFile);
const driver = fileURLToPath(new URL("../fixtures/sessions/driver.mjs", import.meta.url));
const directory = fileURLToPath(new URL("../fixtures/sessions", import.meta.url));
const connection = { host: "127.0.0.1", port: 1, user: "keeper", password: "hunter22", database: "canal" };

function open(settings: Record<string, unknown> = {}) {
  return openDriverSession({
    command: [process.execPath, driver],
    environment: { STAGE: "gate", PATH: process.env["PATH"] ?? "" },
    repository: directory,
    directory,
    settings,
    connection,
  });
}

async function processes(argument: string): Promise<number> {
  const { stdout } = await run("ps", ["-eo", "args"]);
  return stdout.split("\n").filter((line) => line === `sleep ${argument}`).length;
}

test("greets with what it found, in the environment it was given", async () => {
  await using session = await open();
  expect(session.greeting).toEqual({ toolVersion: "1.0.0", runtimeVersion: "Test gate" });
});

test("sends requests one after the other, and sums up the steps", async () => {
  await using session = await open();
  const outcomes = await Promise.all([
    session.upgrade(["a", "warns", "b"]),
    session.prepare(),
    session.stamp(["a"]),
    session.downgrade(["b"]),
    session.release(),
  ]);
  expect(outcomes[0]).toEqual({ kind: "done", durationMs: 3, warnings: ["it commits"] });
  expect(outcomes[1]).toEqual(["sluices_done"]);
  expect(outcomes[3]).toEqual({ kind: "done", durationMs: 1 });
});

test("reads long answers, and line separators that are not line feeds", async () => {
  await using session = await open();
  const history = await session.history();
  expect(history.revisions[0]?.title).toBe("\u2028 sluice \u00e9".repeat(50_000));
});

test("stops at the first step that fails", async () => {
  await using session = await open();
  expect(await session.upgrade(["a", "fails", "dies"])).toEqual({
    kind: "failed",
    durationMs: 3,
    failure: { kind: "sql", message: "no", revision: "fails", sqlState: "42P01" },
  });
  expect(await session.upgrade(["a"])).toMatchObject({ kind: "done" });
});

test("a driver that dies is told with its last words and without secrets", async () => {
  await using session = await open();
  expect(await session.upgrade(["a", "dies"])).toMatchObject({
    kind: "failed",
    failure: {
      kind: "died",
      revision: "dies",
      message: "The process that runs the migrations ended (exit code 3): the gate is stuck, said ***.",
    },
  });
  expect(await session.downgrade(["a"])).toMatchObject({ failure: { kind: "died", revision: "a" } });
  await expect(session.history()).rejects.toThrow(ToolError);
  await session.release();
});

test("a driver that dies while it loads the project is a tool error", async () => {
  const fault = await open({ dieAtOpen: true }).catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(ToolError);
  expect((fault as Error).message).toBe(
    "The process that runs the migrations ended (exit code 4): KeyError: 'GATE_LEVEL' postgres://***.",
  );
});

test("what the driver calls wrong is told with the file, if it is one of the project", async () => {
  await expect(open({ error: { message: "Install alembic." } })).rejects.toThrow(new ToolError("Install alembic."));
  await expect(open({ error: { message: "invalid syntax", file: "versions/a.py", line: 7 } })).rejects.toThrow(
    new ConfigurationError("versions/a.py:7: invalid syntax"),
  );
});

test("an answer that is not JSON ends the session", async () => {
  await using session = await open();
  await expect(session.upgrade(["garbage"])).rejects.toThrow(ToolError);
  await expect(session.prepare()).rejects.toThrow(/SIGKILL/);
});

test("kill ends a step and what it has started", async () => {
  const sleep = `30.${process.pid}`;
  await using session = await open({ sleep });
  const outcome = session.upgrade(["hangs"]);
  await vi.waitFor(async () => expect(await processes(sleep)).toBe(1), { timeout: 10_000 });
  session.kill();
  expect(await outcome).toMatchObject({ kind: "failed", failure: { kind: "died", revision: "hangs" } });
  await vi.waitFor(async () => expect(await processes(sleep)).toBe(0), { timeout: 10_000 });
});

test("disposing leaves nothing behind, also of a step that goes on", async () => {
  const sleep = `31.${process.pid}`;
  const session = await open({ sleep });
  const outcome = session.upgrade(["hangs"]);
  await vi.waitFor(async () => expect(await processes(sleep)).toBe(1), { timeout: 10_000 });
  await session[Symbol.asyncDispose]();
  await outcome;
  await vi.waitFor(async () => expect(await processes(sleep)).toBe(0), { timeout: 10_000 });
});

test("a command or a directory that does not exist is named", async () => {
  const options = { environment: {}, repository: directory, directory, settings: {} };
  await expect(openDriverSession({ ...options, command: ["no-such-python"] })).rejects.toThrow(
    new ToolError("Could not run `no-such-python`: there is no such command."),
  );
  await expect(openDriverSession({ ...options, command: ["node"], directory: `${directory}/none` })).rejects.toThrow(
    ConfigurationError,
  );
});
