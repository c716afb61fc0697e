import { splitStatements } from "../../sql/split-statements.ts";
import { type Script, ScriptError, type Source } from "./layout.ts";
import { baseName } from "./place.ts";

const placeholder = /\$\{([^}\s]+)\}/g;
const outsideTransaction =
  /^(?:(?:create|drop)\s+(?:database|tablespace|subscription)|alter\s+system|(?:create|drop)(?:\s+unique)?\s+index\s+concurrently|reindex(?:\s+verbose)?\s+(?:schema|database|system)|vacuum|discard\s+all)\b/i;
const comments = /^(?:\s+|--[^\r\n]*|\/\*[^]*?\*\/)+/;

/**
 * What Flyway sends for one file: placeholders replaced, statement by statement, in a transaction unless a statement
 * in it cannot run in one or the file's `.conf` says so.
 * @throws ScriptError where Flyway would refuse the file
 */
export function flywayScript(source: Source, file: string): Script {
  const statements = splitStatements(withPlaceholders(source, file));
  const outside = statements.filter(({ sql }) => outsideTransaction.test(sql.replace(comments, "")));
  const inside = statements.length - outside.length;
  if (outside[0] && inside > 0 && !isOn(source, file, "mixed"))
    throw new ScriptError(
      `Flyway refuses ${file}: it mixes statements that can run in a transaction with one that cannot. Move that one to a file of its own.`,
      file,
      outside[0].line,
    );
  const said = setting(source, file, "executeInTransaction");
  return {
    file,
    transaction: said === undefined ? outside.length === 0 : said !== "false",
    pieces: statements.map(({ sql, line }) => ({ sql: sql.replace(comments, ""), line })),
  };
}

function withPlaceholders(source: Source, file: string): string {
  const text = source.text(file);
  if (setting(source, file, "placeholderReplacement") === "false") return text;
  return text.replace(placeholder, (written, name: string, offset: number) => {
    const value = builtIn(name, file) ?? source.environment[`FLYWAY_PLACEHOLDERS_${name.toUpperCase()}`];
    if (value !== undefined) return value;
    const line = text.slice(0, offset).split("\n").length;
    throw new ScriptError(
      `${file}:${line} uses the placeholder ${written}. Set FLYWAY_PLACEHOLDERS_${name.toUpperCase()} under \`environment\` of this project in headgate.yml.`,
      file,
      line,
    );
  });
}

function builtIn(name: string, file: string): string | undefined {
  if (name === "flyway:defaultSchema") return "public";
  if (name === "flyway:table") return "flyway_schema_history";
  return name === "flyway:filename" ? baseName(file) : undefined;
}

/** A file's own settings are in a file beside it whose name has `.conf` added. */
function setting({ files }: Source, file: string, key: string): string | undefined {
  const path = `${file}.conf`;
  if (!files.exists(path)) return undefined;
  return new RegExp(`^\\s*(?:flyway\\.)?${key}\\s*=\\s*(\\w+)`, "m").exec(files.text(path))?.[1];
}

const isOn = (source: Source, file: string, key: string): boolean => setting(source, file, key) === "true";
