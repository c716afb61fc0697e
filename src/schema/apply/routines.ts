import { nameParts, type Node, optionValue } from "../../sql/syntax.ts";
import { qualified, type Routine } from "../schema.ts";
import { type Settings, settingChanges } from "../settings.ts";
import type { ApplyTable } from "./apply-table.ts";

/** What the statement that makes functions and procedures does. */
export const applyRoutine = {
  CreateFunctionStmt(schema, { funcname, options, parameters = [], returnType }, { searchPath, migration }) {
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
      parameters: { required: inputs.filter(({ defexpr }) => !defexpr).length, all: inputs.length },
      returnsTrigger: nameParts(returnType?.names).at(-1) === "trigger",
      settings: settingsOf(options),
    };
    return { ...schema, routines: schema.routines.set(qualified(ownSchema, name), routine) };
  },
} satisfies ApplyTable;

/** Those of its `SET name = value` clauses. */
const settingsOf = (options: readonly Node[] = []): Settings =>
  Object.fromEntries(
    options
      .flatMap((option) => ("DefElem" in option && option.DefElem.arg ? settingChanges(option.DefElem.arg) : []))
      .flatMap((change) => (change.kind === "set" ? [[change.name, change.value]] : [])),
  );

const volatilities: Readonly<Record<string, Routine["volatility"]>> = { stable: "stable", immutable: "immutable" };
