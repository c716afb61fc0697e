import { withoutLeadingComments } from "../../sql/scan-statements.ts";
import { splitStatements } from "../../sql/split-statements.ts";
import { flywaySettings } from "./flyway-settings.ts";
import { type Piece, type Script, ScriptError, type Source } from "./layout.ts";
import { baseName } from "./place.ts";

const placeholder = /\$\{([^}\s]+)\}/g;
const outsideTransaction =
  /^(?:(?:create|drop)\s+(?:database|tablespace|subscription)|alter\s+system|(?:create|drop)(?:\s+unique)?\s+index\s+concurrently|reindex(?:\s+verbose)?\s+(?:schema|database|system)|vacuum|discard\s+all)\b/i;
const copyWithRows = /^(copy\b[^;]*\bfrom\s+stdin\b[^;]*;)[ \t]*\r?\n([^]*?)^\\\.[ \t]*$/im;

/**
 * What Flyway sends for one file: placeholders replaced, statement by statement, in a transaction unless a statement
 * in it cannot run in one or the file's `.conf` says so.
 * @throws ScriptError where Flyway would refuse the file
 */
export function flywayScript(source: Source, file: string): Script {
  const statements = piecesOf(withPlaceholders(source, file));
  const outside = statements.filter(({ sql }) => outsideTransaction.test(sql));
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
    pieces: statements,
  };
}

/** Flyway reads the rows that follow a `COPY … FROM STDIN;`, up to a line that is `\.`. */
function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let rest = text;
  let line = 1;
  const takeStatements = (sql: string): void => {
    for (const statement of splitStatements(sql))
      pieces.push({ sql: withoutLeadingComments(statement.sql), line: line + statement.line - 1 });
    line += sql.split("\n").length - 1;
  };
  for (let copy = copyWithRows.exec(rest); copy; copy = copyWithRows.exec(rest)) {
    const [all, statement = "", rows = ""] = copy;
    takeStatements(rest.slice(0, copy.index));
    pieces.push({ sql: statement, line, rows });
    line += all.split("\n").length - 1;
    rest = rest.slice(copy.index + all.length);
  }
  takeStatements(rest);
  return pieces;
}

function withPlaceholders(source: Source, file: string): string {
  const { files, configFile, environment } = source;
  const text = source.text(file);
  if (setting(source, file, "placeholderReplacement") === "false") return text;
  const configuration = configFile !== undefined && files.exists(configFile) ? files.text(configFile) : "";
  const {
    placeholders,
    schemas: [defaultSchema = "public"],
  } = flywaySettings(configuration, configFile ?? ".", environment);
  const builtIn = new Map([
    ["flyway:defaultschema", defaultSchema],
    ["flyway:table", "flyway_schema_history"],
    ["flyway:filename", baseName(file)],
    ["flyway:user", source.target?.user ?? ""],
    ["flyway:database", source.target?.database ?? ""],
    ["flyway:environment", ""],
    ["flyway:workingdirectory", ""],
    // Used to make a repeatable migration differ at every run; here every run is the same.
    ["flyway:timestamp", "1970-01-01 00:00:00"],
  ]);
  return text.replace(placeholder, (written, name: string, offset: number) => {
    const value = builtIn.get(name.toLowerCase()) ?? placeholders.get(name.toLowerCase());
    if (value !== undefined) return value;
    const line = text.slice(0, offset).split("\n").length;
    throw new ScriptError(
      `${file}:${line} uses the placeholder ${written}. Set FLYWAY_PLACEHOLDERS_${name.toUpperCase()} under \`environment\` of this project in headgate.yml.`,
      file,
      line,
    );
  });
}

/** A file's own settings are in a file beside it whose name has `.conf` added. */
function setting({ files }: Source, file: string, key: string): string | undefined {
  const path = `${file}.conf`;
  if (!files.exists(path)) return undefined;
  return new RegExp(`^\\s*(?:flyway\\.)?${key}\\s*=\\s*(\\w+)`, "m").exec(files.text(path))?.[1];
}

const isOn = (source: Source, file: string, key: string): boolean => setting(source, file, key) === "true";
