import type { Revision } from "../history.ts";
import type { Project } from "../project.ts";

/** Flyway's repeatable migrations have no place in the order: they run again whenever they change. */
export const isRepeatable = ({ file }: Pick<Revision, "file">, { layout }: Pick<Project, "layout">): boolean =>
  layout === "flyway" && /(^|\/)R__[^/]*$/.test(file);
