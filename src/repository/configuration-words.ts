import type { z } from "zod";
import { either } from "../prose.ts";

/** What is wrong with a value that is not there. */
export const missing = "is missing";

/** What is wrong with a value of headgate.yml, behind the name of its key; `undefined` where that is said otherwise. */
export function inOurWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? missing : `must be ${kinds[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `must be ${either(issue.values.map(String))}`;
    case "invalid_union": {
      const expected = issue.errors.map(([first]) =>
        first?.code === "invalid_type" ? kinds[first.expected] : undefined,
      );
      return expected.every((kind) => kind !== undefined) ? `must be ${either(expected)}` : undefined;
    }
    case "too_small":
      if (issue.origin === "array") return "must hold at least one";
      return issue.origin === "string" ? "must not be empty" : `must be at least ${issue.minimum}`;
    case "too_big":
      return `must be at most ${issue.maximum}${issue.origin === "string" ? " characters long" : ""}`;
    case "invalid_key":
      return issue.issues[0]?.message;
    default:
      return undefined;
  }
}

/** As YAML writes them. */
const kinds: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "keys with values",
  record: "keys with values",
};
