/** The version in the name of a migration of a linear tool, and what stands around it. */
interface VersionedName {
  readonly prefix: string;
  readonly version: string;
  readonly suffix: string;
}

const patterns = [
  // Flyway: V1.2__name.sql, with dots or single underscores.
  /^([VvUu])(\d+(?:[._]\d+)*)(__.*)$/s,
  // Diesel: 2024-01-31-120000_name.
  /^()(\d{4}-\d{2}-\d{2}-\d{6})(.*)$/s,
  // Everything else: 0001_name, 20240131120000_name, Migration20240131120000.
  /^([A-Za-z]*)(\d+)(.*)$/s,
];

function splitName(name: string): VersionedName | undefined {
  for (const pattern of patterns) {
    const match = pattern.exec(name);
    if (match) return { prefix: match[1] ?? "", version: match[2] ?? "", suffix: match[3] ?? "" };
  }
  return undefined;
}

/** The part of a path that carries the version: the file's name, or its folder's (`0001_name/up.sql`). */
function locateVersion(file: string): (VersionedName & { readonly folder: string; readonly rest: string }) | undefined {
  const parts = file.split("/");
  for (const back of [1, 2]) {
    const at = parts.length - back;
    const found = at < 0 ? undefined : splitName(parts[at] as string);
    if (found)
      return {
        ...found,
        folder: parts
          .slice(0, at)
          .map((part) => `${part}/`)
          .join(""),
        rest: parts
          .slice(at + 1)
          .map((part) => `/${part}`)
          .join(""),
      };
  }
  return undefined;
}

/** The version in a migration's path, as it is written there. */
export const versionOf = (file: string): string | undefined => locateVersion(file)?.version;

/** What is renamed to give a migration another version: its file, or its folder where the folder carries the version. */
export function withVersion(file: string, version: string): { readonly from: string; readonly to: string } | undefined {
  const found = locateVersion(file);
  if (found === undefined) return undefined;
  const { folder, prefix, suffix } = found;
  return { from: `${folder}${prefix}${found.version}${suffix}`, to: `${folder}${prefix}${version}${suffix}` };
}

/** Negative when `a` comes first. Dotted versions are compared part by part; others as one number, dashes left out. */
export function compareVersions(a: string, b: string): number {
  const isDotted = /[._]/.test(a + b);
  const numbers = (version: string): readonly bigint[] =>
    (isDotted ? version.split(/[._]/) : [version.replaceAll("-", "")]).map((part) => BigInt(part));
  const [left, right] = [numbers(a), numbers(b)];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0n) - (right[at] ?? 0n);
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  return 0;
}

/** The smallest version after this one, written the same way: a second later for a date and time, else one more. */
export function nextVersion(version: string): string {
  const time = /^(\d{4})(-?)(\d{2})-?(\d{2})-?(\d{2})(\d{2})(\d{2})$/.exec(version);
  if (time) {
    const [year, month, day, hour, minute, second] = [1, 3, 4, 5, 6, 7].map((group) => Number(time[group])) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const at = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
    // Impossible dates roll over: then it is a number that happens to have 14 digits.
    if (at.getUTCMonth() === month - 1 && at.getUTCDate() === day && at.getUTCHours() === hour && year >= 1970) {
      const [date, clock] = new Date(at.getTime() + 1_000).toISOString().slice(0, 19).split("T") as [string, string];
      const dash = time[2] ?? "";
      return `${date.replaceAll("-", dash)}${dash}${clock.replaceAll(":", "")}`;
    }
  }
  return version.replace(/\d+$/, (last) => (BigInt(last) + 1n).toString().padStart(last.length, "0"));
}
