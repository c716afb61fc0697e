import type { DowngradeDeclaration } from "../../history.ts";

/** What a version file says about itself, as far as reading its text can tell. */
export interface VersionFile {
  readonly revision: string;
  readonly downRevisions: readonly string[];
  readonly dependsOn: readonly string[];
  readonly branchLabels: readonly string[];
  readonly title?: string;
  readonly downgrade: DowngradeDeclaration;
  readonly upgrade?: "absent";
}

/** A version file that declares something this reading does not understand; `line` is 1-based. */
export interface UnreadableVersionFile {
  readonly reason: string;
  readonly line: number;
}

const assigned = String.raw`(revision|down_revision|branch_labels|depends_on)\s*(?::[^=]{0,300}?)?=(?!=)[ \t]*`;
const assignment = new RegExp(`^${assigned}`, "gm");
/** Behind another one, in the same line. */
const furtherAssignment = new RegExp(`[ \\t]*${assigned}`, "y");

/**
 * Reads the module-level assignments of a version file without Python. `undefined`: the file declares no `revision`, so
 * it is no migration. Values that are more than strings, tuples, lists, sets or `None` make it unreadable.
 */
export function readVersionFile(text: string): VersionFile | UnreadableVersionFile | undefined {
  if (!text.includes("revision")) return undefined;
  const values = new Map<string, readonly string[]>();
  const docstring = /^\s*(?:#[^\n]*\n\s*)*[rRuU]?("""|''')([\s\S]*?)\1/.exec(text);
  // A docstring may well quote an assignment at the start of a line.
  const begin = docstring ? docstring[0].length : 0;
  assignment.lastIndex = begin;
  for (let match = assignment.exec(text); match; match = nextAssignment(text)) {
    const name = match[1] as string;
    const value = readValue(text, match.index + match[0].length);
    if (value === undefined)
      return { reason: `\`${name}\` is not a plain value.`, line: text.slice(0, match.index).split("\n").length };
    values.set(name, value);
  }
  const revision = values.get("revision");
  if (revision === undefined) return undefined;
  // An empty one is none: Alembic took that for a base until it learned to look for it.
  const downRevisions = values.get("down_revision")?.filter((id) => id !== "");
  if (revision.length !== 1 || revision[0] === "" || downRevisions === undefined) {
    const reason =
      downRevisions === undefined ? "The file declares no `down_revision`." : "`revision` is not a single id.";
    return { reason, line: 1 };
  }
  const title = docstring?.[2]?.trim().split("\n")[0]?.trim();
  return {
    revision: revision[0] as string,
    downRevisions,
    dependsOn: values.get("depends_on") ?? [],
    branchLabels: values.get("branch_labels") ?? [],
    ...(title ? { title } : {}),
    downgrade: readDeclaration(text, "downgrade"),
    ...(readDeclaration(text, "upgrade") === "absent" ? { upgrade: "absent" } : {}),
  };
}

/** The one behind the `;` that ended the value read last, or that of a later line. */
function nextAssignment(text: string): RegExpExecArray | null {
  furtherAssignment.lastIndex = token.lastIndex;
  return (text[token.lastIndex - 1] === ";" && furtherAssignment.exec(text)) || assignment.exec(text);
}

const token = /\s+|#[^\n]*|\\\n|([rRuUbB]?)("""|'''|"|')((?:\\[\s\S]|(?!\2)[^\\])*?)\2|[A-Za-z_]\w*|[\s\S]/y;

/** The strings of a literal that begins at `index`; `None` and empty collections have none. `undefined` for anything else. */
function readValue(text: string, index: number): readonly string[] | undefined {
  const strings: string[] = [];
  let depth = 0;
  let seen = false;
  let joins = false;
  token.lastIndex = index;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const [piece, prefix, quote, content] = match;
    if (depth === 0 && piece.includes("\n") && quote === undefined && piece !== "\\\n") break;
    if (/^\s|^#|^\\\n$/.test(piece)) continue;
    if (quote !== undefined) {
      if (/b/i.test(prefix ?? "")) return undefined;
      const value = /r/i.test(prefix ?? "") ? (content ?? "") : unescape(content ?? "");
      // Adjacent strings are one string.
      if (joins) strings.push(`${strings.pop()}${value}`);
      else strings.push(value);
      joins = true;
      seen = true;
      continue;
    }
    joins = false;
    if (piece === "(" || piece === "[" || piece === "{") depth++;
    else if (piece === ")" || piece === "]" || piece === "}") depth--;
    else if (piece === ";" && depth === 0) break;
    else if (piece !== "," && piece !== "None" && !(isCollection(piece) && strings.length === 0)) return undefined;
    if (depth < 0) return undefined;
    seen = true;
  }
  return seen && depth === 0 ? strings : undefined;
}

const isCollection = (name: string): boolean => name === "tuple" || name === "list" || name === "set";

function unescape(content: string): string {
  return content.replace(/\\([\s\S])/g, (whole, character: string) =>
    character === "\n" ? "" : `'"\\`.includes(character) ? character : whole,
  );
}

/** The body of the last function of this name; nothing but a docstring, comments, `pass`, `return` or `raise` counts as absent. */
function readDeclaration(text: string, name: "upgrade" | "downgrade"): "present" | "absent" {
  const definitions = [...text.matchAll(new RegExp(`^(?:async[ \\t]+)?def[ \\t]+${name}[ \\t]*\\(`, "gm"))];
  const definition = definitions.at(-1);
  if (!definition) {
    // Assigned or imported: there is a way, somewhere else.
    return new RegExp(`^${name}\\s*=|^from\\s[^\\n]{0,999}\\bimport\\b[^\\n]{0,999}(?:\\b${name}\\b|\\*)`, "m").test(
      text,
    )
      ? "present"
      : "absent";
  }
  const afterName = text.slice(definition.index + definition[0].length);
  const signature = /^(?:[^()]|\([^()]*\))*\)[^:\n]*:/.exec(afterName);
  if (!signature) return "present";
  const rest = afterName.slice(signature[0].length);
  const oneLine = /^[ \t]*([^\s#][^\n]*)/.exec(rest);
  const body = oneLine ? (oneLine[1] as string) : indented(rest);
  return isNothing(body) ? "absent" : "present";
}

function indented(text: string): string {
  const lines = text.split("\n").slice(1);
  const end = lines.findIndex((line) => /^[^\s#]/.test(line));
  return lines.slice(0, end === -1 ? undefined : end).join("\n");
}

const emptyPiece =
  /\s|#[^\n]*|;|[rRuU]?("""|''')[\s\S]*?\1|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|pass\b|\.\.\.|(raise|return(?=[ \t]*(?:None[ \t]*)?(?:[\n#;]|$)))\b/y;

function isNothing(body: string): boolean {
  emptyPiece.lastIndex = 0;
  while (emptyPiece.lastIndex < body.length) {
    const piece = emptyPiece.exec(body);
    if (!piece) return false;
    // These end the function whatever follows them.
    if (piece[2] !== undefined) return true;
  }
  return true;
}
