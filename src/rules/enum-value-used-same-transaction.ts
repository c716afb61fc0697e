import { objectNameOf } from "../schema/names.ts";
import { constantText, nameParts, nodesOf, type Node } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "enum-value-used-same-transaction",
  title: "A new enum value cannot be used in the transaction that adds it",
  severity: "error",
  effect: { consequence: 'The migration fails with "unsafe use of new value".' },
  remedy: "Add the value in one migration, and use it in the next.",
  harmless: "A type that was created, values included, in the same transaction.",
  source: manual("sql-altertype#SQL-ALTERTYPE-NOTES", "ALTER TYPE, Notes"),
  detectedBy: "both",
  hazards: ["enum-value-used-same-tx", "enum-add-value-in-tx-pre12"],
  *check(step) {
    const { transaction } = step;
    // Of a transaction that changed no type nothing can be new.
    if (!transaction || transaction.before.schema.types === step.schema.types || "AlterEnumStmt" in step.node) return;
    const added = step.schema.types
      .values()
      .flatMap((type) =>
        type.addedValues.filter((value) => value.transaction === transaction.id).map(({ value }) => ({ type, value })),
      );
    if (added.length === 0) return;
    const used = usedConstants(step.node);
    const columns = typedColumns(step);
    for (const { type, value } of added) {
      const qualifiedType = `${type.schema}.${type.name}`;
      const cast = used.some(
        ({ text, typeName }) =>
          text === value &&
          typeName !== undefined &&
          objectNameOf(step.schema.types, step.searchPath, typeName) === qualifiedType,
      );
      const stored =
        used.some(({ text, typeName }) => text === value && typeName === undefined) && columns.has(qualifiedType);
      if (!cast && !stored) continue;
      yield {
        message: `The value ${value} of ${qualifiedType} was added in the same transaction, so PostgreSQL refuses to use it here.`,
        help: "Move this statement to the next migration.",
        sqlState: "55P04",
      };
    }
  },
};

function usedConstants(node: Node): readonly { readonly text: string; readonly typeName?: readonly string[] }[] {
  const found: { text: string; typeName?: readonly string[] }[] = [];
  const casts = new Set<unknown>();
  for (const inner of nodesOf(node)) {
    const cast = inner["TypeCast"] as { arg?: Node; typeName?: { names?: Node[] } } | undefined;
    if (cast?.arg && "A_Const" in cast.arg) {
      casts.add(cast.arg.A_Const);
      found.push({ text: constantText(cast.arg) ?? "", typeName: nameParts(cast.typeName?.names) });
    }
    const constant = inner["A_Const"];
    if (constant && !casts.has(constant)) {
      const text = constantText({ A_Const: constant } as Node);
      if (text !== undefined) found.push({ text });
    }
  }
  return found;
}

/** The types of the columns of the tables that a statement names. */
function typedColumns(step: Parameters<Rule["check"]>[0]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const inner of nodesOf(step.node)) {
    const relation = (inner["RangeVar"] ?? inner["relation"]) as { relname?: string } | undefined;
    if (relation?.relname === undefined) continue;
    const table = step.schema.relations.get(step.target(relation).name);
    if (table?.kind !== "table") continue;
    for (const { type } of table.columns)
      if (type)
        names.add(
          objectNameOf(
            step.schema.types,
            step.searchPath,
            type.schema === undefined ? [type.name] : [type.schema, type.name],
          ),
        );
  }
  return names;
}
