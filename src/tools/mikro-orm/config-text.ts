import { posix } from "node:path";
import { closingOffset, maskSource } from "./source-text.ts";

/** What a configuration file says about migrations, as far as its text alone can tell. Paths are relative to the repository root. */
export interface ConfigText {
  /** `contextName`, where the file names its configurations. */
  readonly section?: string;
  /** `migrations.path`, usually what was built. */
  readonly path?: string;
  /** `migrations.pathTs`, the sources. */
  readonly pathTs?: string;
  /** `migrations.glob`. */
  readonly glob?: string;
  /** Whether `migrations.migrationsList` names the classes, so that files do not matter. */
  readonly listsClasses: boolean;
  /** `dbName`, where it is written out. */
  readonly database?: string;
}

interface Source {
  readonly text: string;
  readonly masked: string;
}

/** A part of a source: offsets of its first character and after its last. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * Every configuration object in the file that has a `migrations` entry; one that says nothing where there is none.
 * @param file where the text stands, relative to the repository root
 * @param directory where MikroORM runs: relative paths in the file start there
 */
export function readConfigText(text: string, file: string, directory: string): readonly ConfigText[] {
  const source = { text, masked: maskSource(text) };
  const found = [...source.masked.matchAll(/\bmigrations\s*:\s*\{/g)].map((match) => {
    const open = match.index + match[0].length - 1;
    const migrations = { from: open, to: closingOffset(source.masked, open) };
    return describe(source, migrations, enclosingObject(source.masked, match.index), file, directory);
  });
  return found.length > 0 ? found : [{ listsClasses: false }];
}

function describe(source: Source, migrations: Range, config: Range, file: string, directory: string): ConfigText {
  const baseExpression = property(source, config, "baseDir");
  const base = baseExpression === undefined ? directory : resolvePath(source, baseExpression, file, directory);
  const pathOf = (name: string) => {
    const expression = property(source, migrations, name);
    return expression === undefined ? undefined : resolvePath(source, expression, file, base ?? directory);
  };
  const literal = (object: Range, name: string) => {
    const expression = property(source, object, name);
    return expression === undefined ? undefined : onlyLiteral(source, expression);
  };
  return withoutAbsent({
    section: literal(config, "contextName"),
    path: pathOf("path"),
    pathTs: pathOf("pathTs"),
    glob: literal(migrations, "glob"),
    listsClasses: property(source, migrations, "migrationsList") !== undefined,
    database: literal(config, "dbName"),
  });
}

type Absent<T> = { readonly [Key in keyof T]: T[Key] | undefined };

function withoutAbsent(value: Absent<Required<ConfigText>>): ConfigText {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as unknown as ConfigText;
}

/** The object literal around an offset; the whole text where there is none. */
function enclosingObject(masked: string, offset: number): Range {
  let depth = 0;
  for (let index = offset - 1; index >= 0; index--) {
    const character = masked[index] as string;
    if (")]}".includes(character)) depth++;
    else if ("([{".includes(character) && depth-- === 0) return { from: index, to: closingOffset(masked, index) };
  }
  return { from: 0, to: masked.length };
}

/** The value of one of an object's own properties. */
function property({ masked }: Source, object: Range, name: string): Range | undefined {
  let depth = 0;
  const token = new RegExp(`[()[\\]{}]|(?<![\\w$.])${name}\\s*(?::|(?=[,}]))`, "g");
  token.lastIndex = object.from;
  for (let match = token.exec(masked); match && match.index < object.to; match = token.exec(masked)) {
    if (match[0].length > 1) {
      if (depth === 1) return { from: token.lastIndex, to: endOfValue(masked, token.lastIndex) };
    } else depth += "([{".includes(match[0]) ? 1 : -1;
  }
  return undefined;
}

function endOfValue(masked: string, from: number): number {
  let depth = 0;
  for (let index = from; index < masked.length; index++) {
    const character = masked[index] as string;
    if ("([{".includes(character)) depth++;
    else if (")]}".includes(character) && depth-- === 0) return index;
    else if (character === "," && depth === 0) return index;
  }
  return masked.length;
}

/** The literals in an expression, `${…}` left out. */
function literals({ text, masked }: Source, { from, to }: Range): readonly string[] {
  const found: string[] = [];
  for (const match of masked.slice(from, to).matchAll(/'([^']*)'|"([^"]*)"|`([^`]*)`/g)) {
    const content = text.slice(from + match.index + 1, from + match.index + match[0].length - 1);
    found.push(content.replace(/\$\{[^}]*\}/g, "").replace(/\\(.)/g, "$1"));
  }
  return found;
}

function onlyLiteral(source: Source, expression: Range): string | undefined {
  const code = source.masked.slice(expression.from, expression.to).trim();
  return /^(['"`])\s*\1(?:\s*as\s+const)?$/.test(code) ? literals(source, expression)[0] : undefined;
}

/** Joins what is written out in `path.join(__dirname, "migrations")`, `new URL("./migrations", import.meta.url)` and the like. */
function resolvePath(source: Source, expression: Range, file: string, base: string): string | undefined {
  const parts = literals(source, expression);
  const besideFile = /\b__dirname\b|\bimport\.meta\b/.test(source.text.slice(expression.from, expression.to));
  if (parts.length === 0 && !besideFile) return undefined;
  const path = posix.join(besideFile ? posix.dirname(file) : base, ...parts).replace(/\/$/, "");
  return path.startsWith("..") ? undefined : path || ".";
}
