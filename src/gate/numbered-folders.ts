import type { Project } from "../project.ts";
import { compareNumbers } from "../tools/sql/linear-history.ts";
import { baseName, parent } from "../tools/sql/place.ts";

/**
 * Projects that make one schema one after the other: where each version has a folder of its own, named by its number, beside
 * the others, each is a project to detection. A project by itself is alone in its list; the first project's place is the list's.
 */
export function inSequence(projects: readonly Project[]): readonly (readonly Project[])[] {
  const sequences = Map.groupBy(projects, sequenceOf);
  return [...sequences.values()].map((members) => members.toSorted(byNumber));
}

/** What the folders of one sequence have in common; the project itself where it is none of them. */
function sequenceOf(project: Project): string | Project {
  const { tool, layout = "", migrations, start, prelude } = project;
  const [folder, other] = migrations;
  const isFolder = folder !== undefined && other === undefined && /^[0-9]{1,18}$/.test(baseName(folder));
  // One that says what there is before it stands on that.
  return tool === "sql" && isFolder && !start && prelude.length === 0 ? `${layout} ${parent(folder)}` : project;
}

const byNumber = (a: Project, b: Project): number => compareNumbers(numberOf(a), numberOf(b));

const numberOf = ({ migrations: [folder = ""] }: Project): string => baseName(folder);
