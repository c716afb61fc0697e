import { withoutLeadingComments } from "./scan-statements.ts";

const aboutRows = /^(?:with|select|insert|update|delete|merge|fetch|move)\b/i;
/** A setting's value decides what later statements do, as in SET. */
const changesSetting = /\bset_config\s*\(/i;
/** SELECT … INTO makes a table. */
const makesTable = /^select\b[^]*\binto\b/i;

/** Whether a setting is changed by a function, which looks like reading rows. */
export const isSetConfig = (sql: string): boolean => changesSetting.test(sql);

/** Whether rows may decide how often a statement comes. Never one that changes the schema or the session. */
export function isAboutRows(sql: string): boolean {
  const statement = withoutLeadingComments(sql);
  return aboutRows.test(statement) && !isSetConfig(statement) && !makesTable.test(statement);
}
