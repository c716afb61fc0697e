import { tableNamed } from "../schema/schema.ts";
import { identifierText } from "../sql/identifier-text.ts";
import { quoteLiteral } from "../sql/quote-identifier.ts";
import { constantText } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "insert-explicit-ids",
  title: "Rows get numbers that the sequence does not know of",
  severity: "warning",
  effect: {
    consequence:
      "The sequence goes on where it was, and sooner or later gives a number that is taken: an INSERT of the application fails then.",
  },
  remedy: "Leave the number out, or set the sequence behind the highest one in the same migration.",
  harmless: "A migration that sets the sequence afterwards, and negative numbers, which no sequence gives by itself.",
  source: manual("functions-sequence", "Sequence Manipulation Functions"),
  detectedBy: "static",
  hazards: ["insert-explicit-ids"],
  statements: ["InsertStmt"],
  *check(step, { steps }) {
    if (!("InsertStmt" in step.node) || !step.node.InsertStmt.relation) return;
    const { relation, cols = [], selectStmt: query } = step.node.InsertStmt;
    const target = step.target(relation);
    const numbered = tableNamed(step.schema, target.name)?.columns.find(({ identity, serial }) => identity || serial);
    const rows = query && "SelectStmt" in query ? (query.SelectStmt.valuesLists ?? []) : [];
    if (!numbered || rows.length === 0) return;
    const position = cols.findIndex((column) => "ResTarget" in column && column.ResTarget.name === numbered.name);
    const given = rows.some((row) => {
      const item = "List" in row ? row.List.items?.[position] : undefined;
      const value = item && "TypeCast" in item ? item.TypeCast.arg : item;
      // What is bound to a parameter is a number too; drivers write its type beside it: `$1::BIGINT`.
      return value !== undefined && ("ParamRef" in value || Number(constantText(value)) > 0);
    });
    const isSet = steps.slice(step.index + 1).some(({ sql }) => /\b(?:setval|restart)\b/i.test(sql));
    if (position === -1 || !given || isSet) return;
    yield {
      message: `${target.name}.${numbered.name} gets numbers that its sequence does not know of, and will give once more.`,
      help: "Leave the number out, or set the sequence afterwards:",
      fix: [
        step.sql,
        `SELECT setval(pg_get_serial_sequence(${quoteLiteral(target.sql)}, ${quoteLiteral(numbered.name)}), (SELECT max(${identifierText(numbered.name)}) FROM ${target.sql}))`,
      ],
      relation: target.name,
    };
  },
};
