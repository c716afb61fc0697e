import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Runner } from "../tools/tool.ts";
import { isOurs } from "./child-environment.ts";
import { otherTraits } from "./elsewhere.ts";

/** Variables that are varied for what they make of a process; others because a migration reads them. */
export type OtherVariable = "PYTHONHASHSEED" | "TZ" | "LC_ALL";

/** Whose process it is, and what its migrations say. */
export interface ProcessTraits {
  readonly runtime: Extract<Runner, { kind: "driver" }>["runtime"];
  /** What the usual process is given, by the name of the variable. */
  readonly environment: Readonly<Record<string, string>>;
  /** Variables that the project's configuration decides: they are the same everywhere. */
  readonly configured: ReadonlySet<string>;
  /** The source of the migrations that are examined. */
  readonly sources: readonly string[];
  readonly now: Date;
}

/**
 * Variables of a process that a migration should not depend on, each with another value than usual: a time zone in which
 * it is another day, a locale that writes numbers and dates differently, another seed for the order in which Python goes
 * through a set, another account and host by name, and whatever environment variable a migration reads by its name. Beside
 * them what no variable says: another day of another year, host and account as the system knows them, the order of files.
 *
 * Only what no sound program trips over is changed: the locale stays UTF-8 and is one that the machine has.
 */
export async function otherVariables(traits: ProcessTraits): Promise<ReadonlyMap<string, string>> {
  const { runtime, environment, configured, sources, now } = traits;
  const locale = runtime === "node" ? "de_DE.UTF-8" : await installedLocale();
  const ofProcess: readonly (readonly [OtherVariable, string])[] = [
    ...(runtime === "python" ? [["PYTHONHASHSEED", otherSeed] as const] : []),
    ["TZ", zoneOfAnotherDay(now, environment["TZ"])],
    ...(locale === undefined ? [] : [["LC_ALL", locale] as const]),
  ];
  const candidates: readonly (readonly [string, string])[] = [
    ...ofProcess,
    ...identities.filter((name) => environment[name] !== undefined).map((name) => [name, "elsewhere"] as const),
    ...variablesRead(sources)
      .filter((name) => !kept.has(name) && !/^PYTHON|^LD_|^DYLD_/.test(name) && !isOurs(name))
      .map((name) => [name, otherValue(environment[name])] as const),
    ...otherTraits(runtime),
  ];
  return new Map(candidates.filter(([name, value]) => !configured.has(name) && environment[name] !== value));
}

/** What Headgate gives Python, so that it goes through a set in the same order wherever it runs. https://docs.python.org/3/using/cmdline.html#envvar-PYTHONHASHSEED */
export const usualSeed = "0";
const otherSeed = "1";

const identities = ["USER", "LOGNAME", "USERNAME", "HOSTNAME"];
/** What programs are found by; the same everywhere is not asked of it. */
const kept = new Set(["PATH", "HOME", "PWD", "TMPDIR", "VIRTUAL_ENV", "NODE_PATH", "NODE_OPTIONS"]);

/** `os.environ["X"]`, `os.environ.get("X")`, `os.getenv("X")`, `process.env.X`, `process.env["X"]`. */
const reading =
  /(?:\benviron(?:\.get\s*\(|\.pop\s*\(|\s*\[)|\bgetenv\s*\(|\bprocess\.env\s*\[)\s*["'`](\w+)["'`]|\bprocess\.env\.(\w+)/g;

const variablesRead = (sources: readonly string[]): readonly string[] => [
  ...new Set(
    sources.flatMap((source) => [...source.matchAll(reading)].map(([, first, second]) => first ?? second ?? "")),
  ),
];

/** A value of the same kind: a reader of numbers still gets a number, one of switches a switch. No text is made of another: findings show it. */
function otherValue(value: string | undefined): string {
  if (value === undefined || value === "" || value === "0") return "1";
  if (value === "1") return "0";
  if (/^\d{1,9}$/.test(value)) return String(Number(value) + 1);
  if (/^true$/i.test(value)) return "false";
  if (/^false$/i.test(value)) return "true";
  return "elsewhere";
}

/** The ends of the earth: at any moment it is another day at one of them. */
const farEast = "Pacific/Kiritimati";
const farWest = "Etc/GMT+12";

function zoneOfAnotherDay(now: Date, here: string | undefined): string {
  const day = (timeZone: string | undefined) => new Intl.DateTimeFormat("en-CA", { timeZone }).format(now);
  let today: string;
  try {
    today = day(here?.replace(/^:/, ""));
  } catch {
    // A POSIX rule, which only the C library reads.
    today = day(undefined);
  }
  return day(farEast) === today ? farWest : farEast;
}

/** A locale of this machine that is not English and writes UTF-8; `undefined` where there is none. */
async function installedLocale(): Promise<string | undefined> {
  const { stdout } = await promisify(execFile)("locale", ["-a"]).catch(() => ({ stdout: "" }));
  return stdout.split("\n").find((name) => /\.utf-?8$/i.test(name) && !/^(?:C|POSIX|en)\b|^en_/.test(name));
}
