import type { DetectedProject, Tool } from "../tool.ts";
import { detectLayout, layoutOf } from "./layouts.ts";
import { isOtherDatabase } from "./other-database.ts";
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
    for (const place of places(files)) {
      const { directory } = place;
      const inside = found.some(({ migrations }) =>
        migrations.some((taken) => `${directory}/`.startsWith(`${taken}/`)),
      );
      if (inside || isOtherDatabase(directory)) continue;
      const detected = detectLayout(place);
      if (!detected) continue;
      const { layout, claim } = detected;
      found.push({ tool: "sql", layout: layout.name, directory: parent(directory), migrations: [directory], ...claim });
    }
    return found;
  },
  readHistory: (files, project) => readSqlHistory(files, layoutOf(files, project), project),
  outsideTransaction: (files, project) => layoutOf(files, project).outsideTransaction,
  code: revisionCode,
  runner: () => ({ kind: "sql" }),
  versionRecord: (files, project) => layoutOf(files, project).versionTable,
};
