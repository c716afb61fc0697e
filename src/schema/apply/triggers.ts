import { nameParts } from "../../sql/syntax.ts";
import { withTable } from "../edit.ts";
import { objectNameOf, relationName } from "../names.ts";
import type { ApplyTable } from "./apply-table.ts";

/** What the statements that give a table a trigger or a policy do. */
export const applyTablePart = {
  CreateTrigStmt(schema, statement, { searchPath }) {
    const { relation, trigname: name = "", row = false, events: bits = 0, columns, funcname } = statement;
    if (!relation) return schema;
    const runs = objectNameOf(schema.routines, searchPath, nameParts(funcname));
    const events = (["insert", "delete", "update", "truncate"] as const).filter((_, index) => bits & (4 << index));
    const trigger = { name, forEachRow: row, events, runs, columns: nameParts(columns) };
    return withTable(schema, relationName(schema, searchPath, relation), ({ triggers }) => ({
      triggers: [...triggers.filter((other) => other.name !== name), trigger],
    }));
  },
  CreatePolicyStmt(schema, { table, policy_name: name = "", cmd_name: command = "all" }, { searchPath }) {
    return table
      ? withTable(schema, relationName(schema, searchPath, table), ({ policies }) => ({
          policies: [...policies, { name, command }],
        }))
      : schema;
  },
} satisfies ApplyTable;
