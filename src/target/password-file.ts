import { readFileSync, statSync } from "node:fs";
import { UsageError } from "../errors.ts";

/** What a line of a password file is compared with. */
export interface PasswordQuestion {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/**
 * The password of the first line that fits; `undefined` when the file is not there or none does.
 * https://www.postgresql.org/docs/current/libpq-pgpass.html
 * @throws UsageError when others may read the file: libpq passes over it, and the login fails without a reason
 */
export function passwordFromFile(file: string, { host, port, user, database }: PasswordQuestion): string | undefined {
  const mode = statSync(file, { throwIfNoEntry: false });
  if (!mode?.isFile()) return undefined;
  if ((mode.mode & 0o077) !== 0)
    throw new UsageError(`The password file ${file} may be read by others; run chmod 600 on it.`);
  const wanted = [host.startsWith("/") ? "localhost" : host, String(port), database, user];
  for (const line of readFileSync(file, "utf8").split(/\r?\n/)) {
    if (line === "" || line.startsWith("#")) continue;
    const fields = splitFields(line);
    if (fields.length < 5) continue;
    if (wanted.every((value, index) => fields[index] === "*" || unescape(fields[index] as string) === value))
      return unescape(fields.slice(4).join(":"));
  }
  return undefined;
}

/** At colons that no backslash stands before. */
function splitFields(line: string): readonly string[] {
  return line.match(/(?:^|(?<=:))(?:[^:\\]|\\[^])*(?=:|$)/g) ?? [];
}

const unescape = (field: string): string => field.replace(/\\([^])/g, "$1");
