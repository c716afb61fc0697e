import { type Index, indexNamed, type Schema, tableNamed } from "../schema/schema.ts";
import { isOwn } from "../schema/session.ts";
import { relationNameOf } from "../schema/names.ts";
import { nameLists } from "../sql/syntax.ts";
import type { Rule, Step } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "index-dropped-before-successor",
  title: "An index is dropped before its successor is there",
  severity: "warning",
  effect: {
    consequence: "Until the new index is built, queries that relied on the old one read the whole table.",
  },
  remedy: "Build the new index first, under another name, and drop the old one when it is valid.",
  harmless:
    "An index of a table that the same migration creates, one whose successor is built in the same transaction, one beside which another begins with the same column, and one whose columns no later index of the migration, of the change or of the next migration begins with.",
  source: manual("sql-createindex#SQL-CREATEINDEX-CONCURRENTLY", "Building Indexes Concurrently"),
  detectedBy: "static",
  hazards: ["drop-then-create-index"],
  statements: ["DropStmt"],
  *check(step, { steps, direction }) {
    if (!("DropStmt" in step.node) || step.node.DropStmt.removeType !== "OBJECT_INDEX") return;
    for (const parts of nameLists(step.node.DropStmt.objects)) {
      const old = indexNamed(step.schema, relationNameOf(step.schema, step.searchPath, parts));
      const [leading] = old?.columns ?? [];
      if (!old || leading === undefined || step.isFresh(old.table)) continue;
      const successor = steps.slice(step.index + 1).find(({ node, target }) => {
        if (!("IndexStmt" in node) || !node.IndexStmt.relation) return false;
        const first = node.IndexStmt.indexParams?.[0];
        const begins = first && "IndexElem" in first ? first.IndexElem.name : undefined;
        return begins === leading && target(node.IndexStmt.relation).name === old.table;
      });
      if (!successor && direction === "down") continue;
      // Nobody reads the table between the two: the lock of DROP INDEX lasts until both are there.
      if (successor && sharesTransaction(step, successor)) continue;
      if (beginningWith(step.after.schema, old.table, leading).some(({ partial }) => !partial)) continue;
      yield {
        message: `${old.name} is dropped before the index that replaces it is built: until then queries of ${old.table} by ${leading} read the whole table.`,
        help: "Build the new index first, under another name, and drop the old one afterwards.",
        relation: old.table,
        ...(successor ? {} : { unless: (final: Schema) => !comesLater(final, old, leading, step) }),
      };
    }
  },
};

const sharesTransaction = (one: Step, other: Step): boolean =>
  one.transaction !== undefined && one.transaction.id === other.transaction?.id;

/** The indexes of a table that begin with a column. */
function beginningWith(schema: Schema, table: string, leading: string): readonly Index[] {
  return (tableNamed(schema, table)?.indexes ?? []).flatMap((each) => {
    const index = indexNamed(schema, each);
    return index?.columns[0] === leading ? [index] : [];
  });
}

/** Whether a migration that comes after, of the same change or the very next, builds an index that begins with that column, and none was there. */
function comesLater(final: Schema, { table, name }: Index, leading: string, { schema, before }: Step): boolean {
  return (
    beginningWith(schema, table, leading).every((index) => index.name === name) &&
    beginningWith(final, table, leading).some(
      ({ created }) =>
        created !== undefined &&
        created.migration > before.migration &&
        (created.migration === before.migration + 1 || isOwn(before, created)),
    )
  );
}
