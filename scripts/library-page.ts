import { readFileSync } from "node:fs";

/** What the functions of the library take: interfaces in the code, each by its file and its name. */
const interfaces: readonly (readonly [title: string, ...(readonly [file: string, name: string])[]])[] = [
  ["Of every function but `stats`", ["src/repository/repository.ts", "RepositoryOptions"]],
  ["`check`", ["src/gate.ts", "GateOptions"]],
  ["`lint`", ["src/lint-repository.ts", "LintRepositoryOptions"], ["src/lint.ts", "LintOptions"]],
  ["`stats`", ["src/stats.ts", "StatsOptions"]],
  ["`status`, `apply` and `downgrade`", ["src/apply/open-one.ts", "OneOptions"]],
  ["`status`", ["src/apply/status.ts", "StatusOptions"]],
  ["`apply` and `downgrade`", ["src/apply/workplace.ts", "WorkOptions"]],
  ["`apply`", ["src/apply/apply.ts", "ApplyOptions"]],
  ["`downgrade`", ["src/apply/downgrade.ts", "DowngradeOptions"]],
];

/** A table of options for each function, or for several that share them. */
export const libraryOptions = (): string =>
  interfaces
    .map(([title, ...sources]) => {
      const rows = sources
        .flatMap(([file, name]) => members(readFileSync(file, "utf8"), name))
        .map(([option, type, meaning]) => `| \`${option}\` | \`${type.replaceAll("|", "\\|")}\` | ${meaning} |`);
      return [`### ${title}`, ["| option | type | means |", "|---|---|---|", ...rows].join("\n")].join("\n\n");
    })
    .join("\n\n");

/** The options of an interface, those that may be left out marked with `?`. */
function members(source: string, name: string): readonly (readonly [string, string, string])[] {
  const body = new RegExp(`^export interface ${name}\\b[^{]*\\{\\n(.*?)^\\}`, "ms").exec(source)?.[1];
  if (body === undefined) throw new Error(`There is no interface ${name}.`);
  return [...body.matchAll(/(?:^ {2}\/\*\* (.*?) \*\/\n)?^ {2}readonly (\w+\??): (.*?);$/gms)].map(
    ([, meaning = "", option = "", type = ""]) => {
      if (meaning === "") throw new Error(`${name}.${option} has no doc comment.`);
      return [option, type, meaning];
    },
  );
}
