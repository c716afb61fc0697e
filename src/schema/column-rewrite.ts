import type { ColumnDef, Node } from "../sql/syntax.ts";
import { columnType, isSerial } from "./names.ts";
import type { Place } from "./place.ts";
import type { Schema } from "./schema.ts";
import { isNull } from "./expressions.ts";
import { constraintNodes } from "./table-parts.ts";
import { isConstrained } from "./type-change.ts";
import { volatilityOf } from "./volatility.ts";

/** Why adding a column writes the whole table again. */
export type ColumnRewrite =
  | { readonly kind: "volatile default"; readonly function: string }
  | { readonly kind: "unknown function"; readonly function: string }
  | { readonly kind: "serial" | "identity" | "generated" }
  | { readonly kind: "domain"; readonly type: string };

/** Whether adding this column rewrites the table, and why; `undefined` when it only changes the catalog. */
export function columnRewrite(
  schema: Schema,
  definition: ColumnDef,
  { searchPath }: Pick<Place, "searchPath">,
): ColumnRewrite | undefined {
  const constraints = constraintNodes(definition.constraints);
  if (isSerial(definition.typeName)) return { kind: "serial" };
  if (constraints.some(({ contype }) => contype === "CONSTR_IDENTITY")) return { kind: "identity" };
  const generated = constraints.find(({ contype }) => contype === "CONSTR_GENERATED");
  if (generated) return generated.generated_kind === "v" ? undefined : { kind: "generated" };
  const value = defaultOf(definition);
  const volatility = volatilityOf(value, schema, searchPath);
  if (volatility.kind === "volatile") return { kind: "volatile default", function: volatility.function };
  const type = definition.typeName && columnType(definition.typeName);
  if (type && isConstrained(schema, searchPath, type)) return { kind: "domain", type: type.name };
  if (volatility.kind === "unknown") return { kind: "unknown function", function: volatility.function };
  return undefined;
}

/** The default that a column definition gives, unless it is NULL. */
export function defaultOf({ constraints }: ColumnDef): Node | undefined {
  const value = constraintNodes(constraints).find(({ contype }) => contype === "CONSTR_DEFAULT")?.raw_expr;
  return value && !isNull(value) ? value : undefined;
}
