import { baseName, join, parent } from "./place.ts";
import { springFiles, springFlywaySettings } from "./spring-settings.ts";

/** What Flyway's configuration says, as far as it matters for what is sent. */
export interface FlywaySettings {
  /** Directories with migrations, relative to the repository root; absent when it names none in the file system. */
  readonly locations?: readonly string[];
  /** The schemas that Flyway creates; the first is the one that it puts first in the search path. */
  readonly schemas: readonly string[];
  /** By lower-case name. */
  readonly placeholders: ReadonlyMap<string, string>;
  /** Whether all that is pending is applied in one transaction. */
  readonly group: boolean;
  /** Whether what can run in a transaction and what cannot may come together. */
  readonly mixed: boolean;
}

const section = /^\s*\[\s*([\w.]+)\s*\]/;
const assignment = /^\s*"?([\w.-]+)"?\s*=\s*(.*?)\s*$/;

/**
 * Reads `flyway.conf` or `flyway.toml`, or what Spring Boot's configuration says of Flyway, overridden by Flyway's own
 * environment variables (`FLYWAY_DEFAULT_SCHEMA`, `FLYWAY_PLACEHOLDERS_NAME`).
 * @param configFile relative to the repository root; locations are relative to its directory
 */
export function flywaySettings(
  text: string,
  configFile: string,
  environment: Readonly<Record<string, string>>,
): FlywaySettings {
  const isSpring = springFiles.some((name) => name === baseName(configFile));
  const values = isSpring ? springFlywaySettings(text, configFile, environment) : ownSettings(text);
  const named = "flyway.placeholders.";
  const placeholders = [...values]
    .filter(([key]) => key.startsWith(named))
    .map(([key, value]) => [key.slice(named.length), unquoted(value)] as const);
  const variable = "FLYWAY_PLACEHOLDERS_";
  const fromEnvironment = Object.entries(environment)
    .filter(([name]) => name.startsWith(variable))
    .map(([name, value]) => [name.slice(variable.length).toLowerCase(), value] as const);
  const schema = environment["FLYWAY_DEFAULT_SCHEMA"] ?? unquoted(values.get("flyway.defaultschema") ?? "");
  const schemas = (environment["FLYWAY_SCHEMAS"] ?? values.get("flyway.schemas") ?? "")
    .replace(/^\[|\]$/g, "")
    .split(",")
    .map((name) => unquoted(name.trim()));
  const locations = (values.get("flyway.locations") ?? "")
    .replace(/^\[|\]$/g, "")
    .split(",")
    .map((location) => /^filesystem:(.+)$/.exec(unquoted(location.trim()))?.[1])
    .flatMap((path) => (path === undefined ? [] : [join(parent(configFile), path.replace(/^\.\/|\/$/g, ""))]));
  const isOn = (name: string): boolean =>
    (environment[`FLYWAY_${name.toUpperCase()}`] ?? unquoted(values.get(`flyway.${name}`) ?? "")) === "true";
  return {
    group: isOn("group"),
    mixed: isOn("mixed"),
    placeholders: new Map([...placeholders, ...fromEnvironment]),
    schemas: [...new Set([schema, ...schemas])].filter((name) => name !== ""),
    ...(locations.length === 0 ? {} : { locations }),
  };
}

/** By their full names, in lower case. */
function ownSettings(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  let prefix = "";
  for (const line of text.split(/\r\n|\n|\r/)) {
    const heading = section.exec(line)?.[1];
    if (heading !== undefined) prefix = `${heading}.`;
    const [, key, value] = assignment.exec(line) ?? [];
    if (key !== undefined && value !== undefined) values.set(`${prefix}${key}`.toLowerCase(), value);
  }
  return values;
}

const unquoted = (value: string): string => value.replace(/^(["'])(.*)\1$/, "$2");
