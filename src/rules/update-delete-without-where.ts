import { type Column, tableNamed } from "../schema/schema.ts";
import { isOwn } from "../schema/session.ts";
import { readWhole, sourcesRead } from "../sql/read-whole.ts";
import { changesIn } from "../sql/row-changes.ts";
import { rowsChosenBy } from "../sql/rows-chosen.ts";
import { isQuery, nameParts, type Node, queries } from "../sql/syntax.ts";
import { isAlwaysTrue } from "./always-true.ts";
import type { Rule, Step } from "./rule.ts";
import { listed } from "../prose.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "update-delete-without-where",
  title: "Every row is changed in one transaction",
  severity: "error",
  effect: {
    consequence:
      "Every row stays locked for writers until the end, is written once more, and leaves a dead row behind; replicas fall behind by as much.",
  },
  remedy: "Change the rows in batches of a few thousand that commit, by primary key, in a job of its own.",
  harmless: "A table that the same migration creates, and rows that are chosen by those of such a table.",
  source: manual("routine-vacuuming#VACUUM-FOR-SPACE-RECOVERY", "Recovering Disk Space"),
  detectedBy: "static",
  hazards: ["update-delete-without-where", "rewrite-wal-volume"],
  statements: queries,
  *check(step) {
    if (!isQuery(step.node)) return;
    for (const { name: verb, relation, condition, sources, defined, rest } of changesIn(step.node)) {
      const { name, fresh } = step.target(relation);
      if (fresh) continue;
      const known = tableNamed(step.schema, name);
      const fills = newColumn(condition, known?.columns ?? [], step);
      const bound = condition === undefined ? " without a condition" : ", under a condition that holds for every row,";
      const called = relation.alias?.aliasname ?? relation.relname ?? "";
      if (!rest && (isAlwaysTrue(condition, sources.length > 0 ? undefined : known, called) || fills)) {
        yield {
          message: `${verb}${fills ? ` of what has no ${fills} yet, a column that this change adds,` : bound} changes every row of ${name} in one transaction: each stays locked for other writers until it ends.`,
          help: "Change the rows in batches by primary key that commit, in a job of its own.",
          relation: name,
        };
        continue;
      }
      const chosen = rowsChosenBy(condition, defined);
      // What the server keeps about itself chooses few.
      const looped = (readWhole(step.loop) ?? []).filter(
        ({ schemaname = "", relname = "" }) => !/^(?:pg_|information_schema$)/.test(schemaname || relname),
      );
      const joined = chosen ? [...(sourcesRead(sources, defined) ?? []), ...chosen, ...looped].map(step.target) : [];
      const [one] = joined;
      if (!one || joined.some((each) => each.fresh)) continue;
      const others = [...new Set(joined.map((each) => each.name))].filter((each) => each !== name);
      const which = others.length === 0 ? "" : ` that has ${rest ? "none" : "one"} in ${listed(others)}`;
      yield {
        message: `${verb} changes every row of ${name}${which} in one transaction: each stays locked for other writers until it ends.`,
        help: "Change the rows in batches by primary key that commit, in a job of its own.",
        relation: name,
        severity: "warning",
      };
    }
  },
};

/** The column of `WHERE column IS NULL`, where the change itself adds it: then every row is one. */
function newColumn(condition: Node | undefined, columns: readonly Column[], { before }: Step): string | undefined {
  if (!condition || !("NullTest" in condition) || condition.NullTest.nulltesttype !== "IS_NULL") return undefined;
  const { arg } = condition.NullTest;
  const name = arg && "ColumnRef" in arg ? nameParts(arg.ColumnRef.fields).at(-1) : undefined;
  const column = columns.find((known) => known.name === name);
  return column?.unfilled && isOwn(before, column.added) ? name : undefined;
}
