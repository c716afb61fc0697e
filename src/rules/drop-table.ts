import { knowsMissing } from "../schema/place.ts";
import { relationNameOf } from "../schema/names.ts";
import { tableNamed } from "../schema/schema.ts";
import { nameLists } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { listed } from "../prose.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "drop-table",
  title: "A dropped table cannot be brought back",
  severity: "warning",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "Code that still uses the table fails, its rows are gone, and every table that it references is locked as well.",
  },
  remedy:
    "Stop using the table in one release and drop it in a later one, after a backup. Drop its foreign keys one at a time before, so that their tables are locked alone.",
  harmless: "The way back of a migration that creates the table, and a table that the same migration made.",
  source: manual("sql-droptable", "DROP TABLE"),
  detectedBy: "both",
  hazards: ["drop-table", "drop-table-fk-locks-parents", "create-table-force"],
  statements: ["DropStmt"],
  *check(step, { direction, steps }) {
    if (!("DropStmt" in step.node) || step.node.DropStmt.removeType !== "OBJECT_TABLE" || direction === "down") return;
    for (const parts of nameLists(step.node.DropStmt.objects)) {
      const name = relationNameOf(step.schema, step.searchPath, parts);
      const table = tableNamed(step.schema, name);
      if (step.isFresh(name) || table?.partitionOf !== undefined) continue;
      if (step.node.DropStmt.missing_ok && knowsMissing(step.before) && !table) continue;
      const parents = [
        ...new Set((table?.constraints ?? []).flatMap(({ references }) => references?.table ?? [])),
      ].filter((parent) => parent !== name);
      const isMadeAgain = steps
        .slice(step.index + 1)
        .some(
          ({ node, target }) =>
            "CreateStmt" in node && node.CreateStmt.relation && target(node.CreateStmt.relation).name === name,
        );
      yield {
        message: `${
          isMadeAgain
            ? `${name} is made again, but its rows are gone`
            : `Code of the running application that uses ${name} fails from this moment, and its rows are gone`
        }.${
          parents.length > 0
            ? ` Its foreign keys take an ACCESS EXCLUSIVE lock on ${listed(parents)} as well, which blocks reads and writes.`
            : ""
        }`,
        help: "Drop the table only in a release after the one that stopped using it, and say so with an allowance.",
        relation: name,
      };
    }
  },
};
