/** One section of an ini file: option names in lower case, values as written. */
export interface IniSection {
  /** What holds for the section: its own options, and those of `[DEFAULT]` that it does not set. */
  readonly options: ReadonlyMap<string, string>;
  /** The names that it sets itself. */
  readonly own: ReadonlySet<string>;
}

/** The sections of an ini file by name, without `[DEFAULT]`. */
export type Ini = ReadonlyMap<string, IniSection>;

/**
 * Reads an ini file as Python's `configparser` does, as far as Alembic's options need it: comments on lines of their own,
 * `=` or `:` after the name, indented lines continue a value, `[DEFAULT]` holds for every section. What it cannot read it leaves out.
 */
export function parseIni(text: string): Ini {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  let option: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*[#;]/.test(line)) continue;
    if (line.trim() === "") continue;
    if (/^\s/.test(line) && section && option !== undefined) {
      section.set(option, `${section.get(option)}\n${line.trim()}`);
      continue;
    }
    const header = /^\[([^\]]+)\]/.exec(line)?.[1];
    if (header !== undefined) {
      section = sections.get(header) ?? new Map();
      sections.set(header, section);
      option = undefined;
      continue;
    }
    const end = line.search(/[=:]/);
    if (end < 1 || !section) continue;
    option = line.slice(0, end).trim().toLowerCase();
    section.set(option, line.slice(end + 1).trim());
  }
  const defaults = sections.get("DEFAULT") ?? new Map<string, string>();
  sections.delete("DEFAULT");
  return new Map(
    [...sections].map(([name, own]) => [name, { options: new Map([...defaults, ...own]), own: new Set(own.keys()) }]),
  );
}

/** A value with `%(name)s` replaced from `values` (which has `here`), and `%%` by `%`; unknown names stay. */
export function interpolate(value: string, values: ReadonlyMap<string, string>): string {
  let result = value;
  // Values may refer to values that refer on; a circle ends with the depth.
  for (let depth = 0; depth < 10 && /%\(\w+\)s/.test(result); depth++)
    result = result.replace(/%\((\w+)\)s/g, (whole, name: string) => values.get(name.toLowerCase()) ?? whole);
  return result.replaceAll("%%", "%");
}
