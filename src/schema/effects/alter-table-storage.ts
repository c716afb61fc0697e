import type { CommandTable } from "./command-context.ts";

/** The effects of the subcommands about how and where a table is stored. */
export const storageEffects = {
  AT_SetLogged(_command, { table, rewriteTable }) {
    if (table.unlogged || !table.complete) rewriteTable();
  },
  AT_SetUnLogged(_command, { table, rewriteTable }) {
    if (!table.unlogged) rewriteTable();
  },
  AT_SetAccessMethod: (_command, { rewriteTable }) => rewriteTable(),
  AT_SetTableSpace(_command, { name, table, rewrite }) {
    if (table.variety !== "partitioned") rewrite(name);
  },
} satisfies CommandTable;
