import { optional } from "../../optional.ts";
import type { DetectedProject, Tool } from "../tool.ts";
import { detectLayout, layoutOf } from "./layouts.ts";
import { isSaidToBeOther, whyOtherDatabase } from "./other-database.ts";
import { parent, places } from "./place.ts";
import { readSqlHistory } from "./read-history.ts";
import { revisionCode } from "./revision-code.ts";

/** Directories of SQL files, in the layout of whichever tool wrote them. */
export const sql: Tool = {
  name: "sql",
  title: "SQL files",
  docsUrl: "https://www.postgresql.org/docs/current/protocol-flow.html",
  detect: (files) => {
    const found: DetectedProject[] = [];
    const passed: string[] = [];
    for (const place of places(files)) {
      const { directory } = place;
      const taken = [...passed, ...found.flatMap(({ migrations }) => migrations)];
      if (taken.some((outer) => `${directory}/`.startsWith(`${outer}/`))) continue;
      const detected = detectLayout(place);
      if (!detected) continue;
      const { layout, claim } = detected;
      const project: DetectedProject = {
        tool: "sql",
        layout: layout.name,
        directory: parent(directory),
        migrations: [directory],
        ...claim,
        ...optional("leftOut", whyOtherDatabase(place)),
      };
      if (isSaidToBeOther(place)) passed.push(...project.migrations);
      else found.push(project);
    }
    return found;
  },
  readHistory: (files, project) => readSqlHistory(files, layoutOf(files, project), project),
  outsideTransaction: (files, project) => layoutOf(files, project).outsideTransaction,
  code: revisionCode,
  runner: () => ({ kind: "sql" }),
  versionRecord: (files, project) => layoutOf(files, project).versionTable,
};
