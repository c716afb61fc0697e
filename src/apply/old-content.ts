import type pg from "pg";
import type { Catalog, CatalogObject } from "../catalog/catalog.ts";
import { repairStatement } from "../catalog/repair.ts";
import { type Files, looseText } from "../files.ts";
import type { Revision } from "../history.ts";
import { compared, madeBy, type Comparison } from "./drift.ts";
import { mentionedIn } from "./unfinished.ts";

/**
 * What the old content of migrations that run again has made: the target has it, the rehearsal does not, and the new content
 * speaks of it. The old content itself is not known any more.
 */
export function leftByOldContent(
  again: readonly Revision[],
  files: Files,
  target: Catalog,
  rehearsal: Catalog,
  comparison: Comparison,
): readonly CatalogObject[] {
  const isMentioned = mentionedIn(again.map(({ file }) => looseText(files, file)));
  const { objects } = compared(target, madeBy(rehearsal, comparison), comparison);
  return [...objects]
    .filter(([key, { kind }]) => !rehearsal.objects.has(key) && kind !== "column" && kind !== "attribute")
    .map(([, object]) => object)
    .filter(({ name, relation }) => isMentioned(name) || isMentioned(relation));
}

/** Makes these objects; gives a sentence for each that could not be made. */
export async function makeObjects(
  client: pg.ClientBase,
  objects: readonly CatalogObject[],
): Promise<readonly string[]> {
  let left = objects;
  // In whatever order they need each other.
  for (;;) {
    const failed: CatalogObject[] = [];
    for (const object of left) if (!(await makeObject(client, object))) failed.push(object);
    if (failed.length === 0 || failed.length === left.length)
      return failed.map(
        ({ kind, name }) =>
          `The ${kind} ${name} of the target could not be made for the rehearsal: what replaces it was not rehearsed over it.`,
      );
    left = failed;
  }
}

async function makeObject(client: pg.ClientBase, object: CatalogObject): Promise<boolean> {
  const sql = creation(object);
  if (sql === undefined) return false;
  return client.query(sql).then(
    () => true,
    () => false,
  );
}

/** Here the rows of a materialized view are not missed. */
const creation = (object: CatalogObject): string | undefined =>
  object.kind === "materialized view"
    ? `CREATE MATERIALIZED VIEW ${object.name} AS ${object.attributes["definition"]}`
    : repairStatement({ kind: "missing", object });
