import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const cli = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

/** Runs `headgate` with nobody reading what it prints. */
async function unread(args: readonly string[], input: string): Promise<readonly [code: number | null, stderr: string]> {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ["pipe", "pipe", "pipe"] });
  child.stdout.destroy();
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.end(input);
  const [code] = (await once(child, "close")) as [number | null];
  return [code, stderr];
}

test("a reader that stops early changes nothing about the exit code, and is no crash", async () => {
  expect(await unread(["lint", "--format", "json", "-"], "SELECT 1;")).toEqual([0, ""]);
  expect(await unread(["lint", "--format", "json", "-"], "DROP DATABASE canal;")).toEqual([1, ""]);
});

test("an older Node is told so, and nothing of it is a crash", async () => {
  const older = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } })";
  const child = spawn(process.execPath, ["--import", `data:text/javascript,${encodeURIComponent(older)}`, cli, "lint"]);
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = (await once(child, "close")) as [number | null];
  expect([code, stderr]).toEqual([
    3,
    expect.stringMatching(/^headgate: This needs Node 24 or newer, and this is Node 20\.1\.0 \(.*\)\.\n$/),
  ]);
});
