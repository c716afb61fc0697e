import { withTable } from "../edit.ts";
import { relationName } from "../names.ts";
import type { ApplyTable } from "./apply-table.ts";

/** What the statements that give a table a trigger or a policy do. */
export const applyTablePart = {
  CreateTrigStmt(schema, { relation, trigname = "" }, { searchPath }) {
    return relation
      ? withTable(schema, relationName(schema, searchPath, relation), ({ triggers }) => ({
          triggers: [...triggers, trigname],
        }))
      : schema;
  },
  CreatePolicyStmt(schema, { table, policy_name: name = "", cmd_name: command = "all" }, { searchPath }) {
    return table
      ? withTable(schema, relationName(schema, searchPath, table), ({ policies }) => ({
          policies: [...policies, { name, command }],
        }))
      : schema;
  },
} satisfies ApplyTable;
