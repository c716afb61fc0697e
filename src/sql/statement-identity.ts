import { createHash } from "node:crypto";
import { isSetConfig } from "./about-rows.ts";
import { fingerprint } from "./fingerprint.ts";
import { bareStatement } from "./scan-statements.ts";
import { withAnyPassword } from "./without-passwords.ts";

/** What tells one statement from another without keeping a value that a bind parameter or a row had. */
export interface StatementIdentity {
  /** PostgreSQL's own fingerprint, which leaves out constants; absent for text that its parser refuses. */
  readonly fingerprint?: string;
  /**
   * SHA-256 of the text without layout and passwords, its lines ending in LF, hexadecimal, and of what it binds where that
   * sets something; only where constants are part of what is done: everything but reading and writing rows.
   */
  readonly text?: string;
}

/** Statements whose constants are data: drivers write bind values into the text of these. */
const aboutRows = /^\s*(?:with|insert|update|delete|merge|select|values|copy|execute|call)\b/i;

/**
 * The identity of a statement whose fingerprint is known, or known to be none. A password is no part of it.
 * @param values a digest of what its bind parameters had, for one of which that is part: see `bindsSetting`
 */
export function statementIdentity(sql: string, known: string | undefined, values = ""): StatementIdentity {
  const whole = bareStatement(sql).replaceAll("\r\n", "\n");
  const text = withAnyPassword(whole);
  const fingerprint = text === whole ? known : fingerprintOf(text);
  return {
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(aboutRows.test(text) && !isSetConfig(text) && fingerprint !== undefined
      ? {}
      : { text: createHash("sha256").update(text).update(values).digest("hex") }),
  };
}

/** The fingerprint of a text; `undefined` when the parser refuses it. @throws Error when `loadParser` was not awaited before */
export function fingerprintOf(sql: string): string | undefined {
  try {
    return fingerprint(sql);
  } catch {
    return undefined;
  }
}
