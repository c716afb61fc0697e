import type { DetectedProject } from "../tools/tool.ts";
import type { Project } from "../project.ts";

/** A project that is found and not taken, where there are others. */
export interface LeftOutProject {
  readonly project: Project;
  /** Why, as the rest of a sentence. */
  readonly reason: string;
}

/** A project that is left out, as a report names it, and why. */
export const namedLeftOut = ({
  project,
  reason,
}: LeftOutProject): { readonly name: string; readonly reason: string } => ({
  name: project.name,
  reason: `left out: ${reason}; \`projects:\` in headgate.yml can name it`,
});

/** Folders that hold what tests read, by what Go, Jest and their likes call them. */
const testData =
  /(?:^|\/)(?:testdata|__tests__|__fixtures__|__mocks__|(?:tests?|spec|testing)\/(?:[^/]+\/)*(?:[^/]*[_-])?fixtures?(?:[_-][^/]*)?)(?=\/|$)/;
/** What a generator of projects fills in: cookiecutter, copier, a shell. */
const placeholder = /[^/]*(?:\{\{|\$\{)[^/]*/;

/** Why nobody would have it checked who did not ask for it; nothing where it is a project like any other. */
export function whyLeftOut({ leftOut, directory, migrations, configFile }: DetectedProject): string | undefined {
  if (leftOut !== undefined) return leftOut;
  const places = migrations.length > 0 ? migrations : [configFile ?? directory];
  const [data] = places.map((path) => pathUpTo(testData, path));
  if (data !== undefined && places.every((path) => testData.test(path))) return `${data} holds what tests read`;
  const template = places.map((path) => placeholder.exec(path)?.[0]).find((found) => found !== undefined);
  return template === undefined ? undefined : `${template} is a template's name, which nobody has filled in`;
}

function pathUpTo(pattern: RegExp, path: string): string | undefined {
  const found = pattern.exec(path);
  return found ? path.slice(0, found.index + found[0].length) : undefined;
}
