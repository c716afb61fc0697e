import type { History } from "../history.ts";
import type { LineageReport } from "../verdict.ts";
import { condenseLineage } from "./condensed-lineage.ts";

const defaultLimit = 60;
const labelLimit = 60;

/**
 * The lineage as a Mermaid flowchart, oldest on top. Long linear stretches are drawn as one node, and of more than `limit`
 * nodes (60 by default) the newest are drawn. Ids and titles are encoded, so that they are text whatever they contain.
 */
export function lineageMermaid(
  history: History,
  lineage: LineageReport,
  { limit = defaultLimit }: { readonly limit?: number } = {},
): string {
  const nodes = condenseLineage(history, lineage, limit);
  const first = Math.max(0, nodes.length - limit);
  const marks = { head: new Set(lineage.heads), new: new Set(lineage.new) };
  const lines = ["flowchart TD"];
  if (first > 0) lines.push(`  older["${label(`${first} more before`)}"]:::stretch`);
  nodes.slice(first).forEach(({ revisions }, offset) => {
    const [revision] = revisions;
    const last = revisions.at(-1) ?? revision;
    const index = first + offset;
    if (revisions.length > 1)
      lines.push(
        `  n${index}["${label(`${revisions.length} revisions`)}<br/>${label(revision.id)} to ${label(last.id)}"]:::stretch`,
      );
    else {
      const title = revision.title ? `<br/>${label(revision.title)}` : "";
      const kind = marks.head.has(revision.id) ? ":::head" : marks.new.has(revision.id) ? ":::new" : "";
      const words = [marks.head.has(revision.id) ? "head" : "", marks.new.has(revision.id) ? "new" : ""].filter(
        Boolean,
      );
      lines.push(
        `  n${index}["${label(revision.id)}${title}${words.length > 0 ? `<br/>${words.join(", ")}` : ""}"]${kind}`,
      );
    }
  });
  nodes.slice(first).forEach(({ revisions: [revision], parents }, offset) => {
    const index = first + offset;
    for (const parent of parents) lines.push(`  ${parent < first ? "older" : `n${parent}`} --> n${index}`);
    for (const dependency of revision.dependsOn) {
      const at = nodes.findIndex(({ revisions }) => revisions.some(({ id }) => id === dependency));
      if (at >= first) lines.push(`  n${at} -. required by .-> n${index}`);
    }
  });
  // Strokes only: fills would have to suit light and dark pages alike.
  lines.push(
    "  classDef head stroke-width:3px",
    "  classDef new stroke-dasharray:4 2",
    "  classDef stretch stroke-width:0px",
  );
  return `${lines.join("\n")}\n`;
}

/**
 * Text as Mermaid shows it inside a quoted label. Everything but letters, digits and what stands between them is written as an
 * entity code, so that no quote, bracket, tag, directive, Markdown or line end of a stranger's is read as such.
 */
function label(text: string): string {
  const characters = Array.from(text.replace(/[\p{C}\p{Z}\s]+/gu, " ").trim());
  const cut = characters.length > labelLimit ? [...characters.slice(0, labelLimit - 1), "…"] : characters;
  return cut
    .map((character, index) => {
      if (/[\p{L}\p{N}…]/u.test(character) || character === " ") return character;
      const isInside = /[\p{L}\p{N}]/u.test(cut[index - 1] ?? "") && /[\p{L}\p{N}]/u.test(cut[index + 1] ?? "");
      return isInside && /[_.-]/.test(character) ? character : `#${character.codePointAt(0)};`;
    })
    .join("");
}
