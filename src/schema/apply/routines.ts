import { quoteIdentifier } from "../../sql/quote-identifier.ts";
import { type BodyOf, nameParts, type Node, optionValue } from "../../sql/syntax.ts";
import { qualified, type Routine } from "../schema.ts";
import { type Settings, settingChanges } from "../settings.ts";
import type { ApplyTable } from "./apply-table.ts";

/** What the statement that makes functions and procedures does. */
export const applyRoutine = {
  CreateFunctionStmt(schema, statement, { searchPath, migration }) {
    const { funcname, options, parameters = [], returnType, sql_body: atomic } = statement;
    const parts = nameParts(funcname);
    const [ownSchema, name] = [parts.at(-2) ?? searchPath[0] ?? "public", parts.at(-1) ?? ""];
    const inputs = parameters.flatMap((parameter) =>
      "FunctionParameter" in parameter && !/OUT$|TABLE$/.test(parameter.FunctionParameter.mode ?? "")
        ? [parameter.FunctionParameter]
        : [],
    );
    const routine: Routine = {
      kind: "routine",
      schema: ownSchema,
      name,
      created: { migration },
      language: optionValue(options, "language") ?? "sql",
      volatility: volatilities[optionValue(options, "volatility") ?? ""] ?? "volatile",
      body: optionValue(options, "as") ?? "",
      head: headOf(statement),
      ...(atomic ? { statements: statementsIn(atomic) } : {}),
      parameters: { required: inputs.filter(({ defexpr }) => !defexpr).length, all: inputs.length },
      returnsTrigger: nameParts(returnType?.names).at(-1) === "trigger",
      settings: settingsOf(options),
    };
    return { ...schema, routines: schema.routines.set(qualified(ownSchema, name), routine) };
  },
} satisfies ApplyTable;

/** Its parameters and what it returns, all of one type: what those are makes no difference to how its body is read. */
function headOf({ is_procedure, parameters = [], returnType }: BodyOf<"CreateFunctionStmt">): string {
  const declared = (pattern: RegExp, direction: string): readonly string[] =>
    parameters.flatMap((parameter) => {
      const { name, mode = "" } = "FunctionParameter" in parameter ? parameter.FunctionParameter : {};
      return pattern.test(mode) ? `${direction}${name ? quoteIdentifier(name) : ""} text` : [];
    });
  const outs = [...declared(/INOUT$/, "INOUT "), ...declared(/_OUT$/, "OUT ")];
  const list = [...declared(/_(?:IN|DEFAULT|VARIADIC)$/, ""), ...outs].join(", ");
  if (is_procedure) return `CREATE PROCEDURE p(${list})`;
  const columns = declared(/TABLE$/, "");
  const type = nameParts(returnType?.names).at(-1) ?? "";
  const returned = /^(?:void|trigger)$/.test(type) ? type : outs.length > 1 ? "record" : "text";
  return `CREATE FUNCTION f(${list}) RETURNS ${columns.length > 0 ? `TABLE (${columns.join(", ")})` : returnType?.setof ? `SETOF ${returned}` : returned}`;
}

/** The statements of the tree of a `BEGIN ATOMIC … END`, or of a `RETURN`. */
function statementsIn(tree: Node): readonly Node[] {
  if ("List" in tree) return (tree.List.items ?? []).flatMap(statementsIn);
  return [tree];
}

/** Those of its `SET name = value` clauses. */
const settingsOf = (options: readonly Node[] = []): Settings =>
  Object.fromEntries(
    options
      .flatMap((option) => ("DefElem" in option && option.DefElem.arg ? settingChanges(option.DefElem.arg) : []))
      .flatMap((change) => (change.kind === "set" ? [[change.name, change.value]] : [])),
  );

const volatilities: Readonly<Record<string, Routine["volatility"]>> = { stable: "stable", immutable: "immutable" };
