import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const cache = fileURLToPath(new URL("../../.cache/python/", import.meta.url));

/** What a project of today has installed. */
export const currentAlembic = [
  "alembic",
  "sqlalchemy[asyncio]",
  "psycopg2-binary",
  "psycopg[binary]",
  "asyncpg",
  "pg8000",
  "sqlmodel",
  "flask-migrate",
  "python-dotenv",
] as const;

/** The oldest that is supported. */
export const oldAlembic = ["alembic==1.13.*", "sqlalchemy==1.4.*", "psycopg2-binary", "setuptools<81"] as const;

/**
 * The Python of a virtual environment with these packages; an absolute path. It is made once and kept for later runs;
 * workers that want the same one wait for the first.
 */
export async function pythonWith(requirements: readonly string[]): Promise<string> {
  const { stdout: version } = await run("python3", ["-c", "import sys; print(sys.version)"]);
  const key = createHash("sha256")
    .update([version, ...requirements].join("\n"))
    .digest("hex")
    .slice(0, 16);
  const directory = join(cache, key);
  const python = join(directory, "bin", "python");
  const ready = join(directory, "ready");
  const lock = `${directory}.lock`;
  await mkdir(cache, { recursive: true });
  while (!existsSync(ready)) {
    if (!(await take(lock))) {
      await delay(200);
      continue;
    }
    try {
      if (existsSync(ready)) break;
      await rm(directory, { recursive: true, force: true });
      await run("python3", ["-m", "venv", directory]);
      const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"];
      if (requirements.length > 0) await run(python, [...pip, ...requirements]);
      await writeFile(ready, requirements.join("\n"));
    } finally {
      await rm(lock, { recursive: true, force: true });
    }
  }
  return python;
}

async function take(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    await writeFile(join(lock, "pid"), String(process.pid));
    return true;
  } catch {
    const owner = Number(await readFile(join(lock, "pid"), "utf8").catch(() => "0"));
    const age =
      Date.now() -
      (await stat(lock).then(
        (made) => made.mtimeMs,
        () => Date.now(),
      ));
    if (owner > 0 ? !runs(owner) : age > 10_000) await rm(lock, { recursive: true, force: true });
    return false;
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
