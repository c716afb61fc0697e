import { withoutLeadingComments } from "./scan-statements.ts";

const aboutRows = /^(?:with|select|insert|update|delete|merge|fetch|move)\b/i;

/** Whether rows may decide how often a statement comes. Never one that changes the schema or the session. */
export const isAboutRows = (sql: string): boolean => aboutRows.test(withoutLeadingComments(sql));
