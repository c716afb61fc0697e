import { z } from "zod";
import { parseDuration } from "./duration.ts";

/** Of a file or folder; one spelling for each: `./app/` and `app` are the same. */
export const path = z
  .string()
  .min(1)
  .max(4096)
  .refine((value) => !value.startsWith("/") && !value.split("/").includes(".."), {
    error: "must be a path inside the repository, relative to its root",
  })
  .transform((value) => value.replace(/^(\.\/)+/, "").replace(/\/+$/, "") || ".");

/** A version of PostgreSQL, as text. */
export const postgres = z
  .union([z.string(), z.number()])
  .transform(String)
  .refine((value) => /^\d+(\.\d+)?$/.test(value), { error: "must be a PostgreSQL version such as 17 or 17.5" });

/** Why something may be as it is. */
export const reason = z.string().trim().min(1, { error: "needs a reason" });

/** The name of an environment variable. */
export const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: "is no name of an environment variable" });

/** A time, in milliseconds. */
export const timeLimit = z.string().transform(readBy(parseDuration));

/** A list, which may be written without brackets where it has one entry. */
export const listOf = <Value extends z.ZodType<string>>(value: Value) =>
  z.union([value, z.array(value).min(1)]).transform((given) => (typeof given === "string" ? [given] : given));

/** What a text says to a function that throws a RangeError where it says nothing. */
export function readBy<Result>(read: (text: string) => Result) {
  return (text: string, context: z.RefinementCtx): Result => {
    try {
      return read(text);
    } catch (error) {
      context.addIssue({ code: "custom", message: (error as RangeError).message });
      return z.NEVER;
    }
  };
}
