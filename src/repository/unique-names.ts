import type { Project } from "../project.ts";

/** Gives every project a name of its own: the first of its own ones that it shares with no other, or one with a number. */
export function withUniqueNames(projects: readonly Project[]): readonly Project[] {
  const ways: readonly ((project: Project) => string)[] = [
    ({ name }) => name,
    ({ directory, tool }) => (directory === "." ? tool : directory),
    ({ migrations, name }) => migrations[0] ?? name,
  ];
  const seen = new Map<string, number>();
  return projects.map((project) => {
    const isOwn = (way: (one: Project) => string) =>
      projects.filter((other) => way(other) === way(project)).length === 1;
    const wanted = (ways.find(isOwn) ?? (ways[1] as (typeof ways)[number]))(project);
    const times = (seen.get(wanted) ?? 0) + 1;
    seen.set(wanted, times);
    return { ...project, name: times === 1 ? wanted : `${wanted}-${times}` };
  });
}
