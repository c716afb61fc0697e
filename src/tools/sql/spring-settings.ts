import { parseAllDocuments } from "yaml";

/** What Spring Boot calls its configuration, beside the program's resources. */
export const springFiles = ["application.properties", "application.yml", "application.yaml"] as const;

const prefix = "spring.flyway.";

/**
 * What Spring Boot's configuration says of Flyway, under Flyway's own names in lower case. A variable that has no value and no
 * default leaves its setting out, and so does a section of one profile.
 * @see https://docs.spring.io/spring-boot/appendix/application-properties/index.html
 */
export function springFlywaySettings(
  text: string,
  file: string,
  environment: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  const stated = file.endsWith(".properties") ? properties(text) : yaml(text);
  return new Map(
    stated.flatMap(([key, raw]) => {
      const value = withVariables(raw, environment);
      return value !== undefined && key.startsWith(prefix) ? [[flywayName(key.slice(prefix.length)), value]] : [];
    }),
  );
}

/** `default-schema` and `defaultSchema` are one name to Spring; a placeholder has the name that it has. */
const flywayName = (name: string): string =>
  `flyway.${name.startsWith("placeholders.") ? name : name.replaceAll("-", "")}`.toLowerCase();

type Stated = readonly (readonly [key: string, value: string])[];

const properties = (text: string): Stated =>
  text.split(/\r\n|\n|\r/).flatMap((line) => {
    const [, key, value = ""] = /^\s*([^#!\s=:]+)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    return key === undefined ? [] : [[key, value] as const];
  });

function yaml(text: string): Stated {
  const documents = parseAllDocuments(text);
  const found = "empty" in documents ? [] : documents.flatMap((one) => flat(one.errors.length > 0 ? {} : one.toJS()));
  const ofProfile = found.some(([key]) => /^spring\.(?:config\.activate\.on-profile|profiles)$/.test(key));
  return ofProfile ? flat(documents[0]?.toJS()) : found;
}

function flat(value: unknown, key = ""): Stated {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return [[key, value.join(",")]];
  if (typeof value !== "object") return [[key, String(value)]];
  return Object.entries(value).flatMap(([name, inner]) => flat(inner, key === "" ? name : `${key}.${name}`));
}

function withVariables(value: string, environment: Readonly<Record<string, string>>): string | undefined {
  let known = true;
  const filled = value.replace(/\$\{([^}:]+)(?::([^}]*))?\}/g, (_, name: string, fallback: string | undefined) => {
    const found = environment[name] ?? fallback;
    known &&= found !== undefined;
    return found ?? "";
  });
  return known ? filled : undefined;
}
