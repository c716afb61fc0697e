import { readFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../errors.ts";

/**
 * The keywords that a service stands for, from the first file that has it.
 * https://www.postgresql.org/docs/current/libpq-pgservice.html
 * @throws UsageError when no file has it
 */
export function serviceWords(
  service: string,
  environment: Readonly<Record<string, string | undefined>>,
  home: string,
  named?: string,
): readonly [string, string][] {
  const files = [
    named ?? environment["PGSERVICEFILE"] ?? join(home, ".pg_service.conf"),
    join(environment["PGSYSCONFDIR"] ?? "/etc/postgresql-common", "pg_service.conf"),
  ];
  for (const file of files) {
    const words = section(read(file), service);
    if (words) return words;
  }
  throw new UsageError(`The target's service is in none of its files (${files.join(", ")}); correct its name.`);
}

function section(text: string, service: string): [string, string][] | undefined {
  let words: [string, string][] | undefined;
  for (const line of text.split("\n").map((raw) => raw.trim())) {
    if (line === "" || line.startsWith("#")) continue;
    const heading = /^\[(.*)\]$/.exec(line)?.[1];
    if (heading !== undefined) {
      if (words) return words;
      if (heading === service) words = [];
      continue;
    }
    const equals = line.indexOf("=");
    if (words && equals > 0) words.push([line.slice(0, equals).trim(), line.slice(equals + 1).trim()]);
  }
  return words;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
