import type { Tool } from "../tool.ts";
import { idsIn } from "../version-record.ts";
import { detect } from "./detect.ts";
import { readHistory } from "./read-history.ts";
import { revisionCode } from "./revision-code.ts";

/** MikroORM, versions 5 to 7, run by the project's own Node and with the project's own packages. */
export const mikroOrm: Tool = {
  name: "mikro-orm",
  title: "MikroORM",
  docsUrl: "https://mikro-orm.io/docs/migrations",
  outsideTransaction: () =>
    "With MikroORM, let `isTransactional()` of a migration of its own return false, and set `allOrNothing: false`.",
  revisionIdLimit: 255,
  detect,
  readHistory,
  code: (files, _project, { file }) => revisionCode(files.text(file)),
  runner: ({ configFile, section, migrations }) => ({
    kind: "driver",
    runtime: "node",
    driver: new URL("driver.mjs", import.meta.url),
    runsTogether: true,
    atOnce: {
      manner: "in one transaction, as MikroORM does it unless `migrations.allOrNothing` is false",
      remedy: "set `migrations.allOrNothing` to false in the configuration",
    },
    settings: {
      ...(configFile === undefined ? {} : { configFile }),
      ...(section === undefined ? {} : { section }),
      migrations,
    },
  }),
  versionRecord: () => ({
    name: "mikro_orm_migrations",
    columns: ["id", "name", "executed_at"],
    query: (table) => `SELECT name FROM ${table} ORDER BY id`,
    recorded: idsIn("name"),
  }),
};
