import { z } from "zod";
import type { LintVerdict } from "../lint-verdict.ts";
import { allowedSchema, findingSchema, unreportedSchema } from "./verdict-schema.ts";

const count = z.int().nonnegative();

const linted = z.strictObject({
  schemaVersion: z.literal(1),
  headgate: z.string().describe("The version of Headgate."),
  verdict: z.enum(["passed", "failed", "errored"]).describe("errored: there was nothing to judge."),
  coverage: z
    .strictObject({
      files: count,
      judged: count.describe("Statements."),
      unread: count.describe("Statements that PostgreSQL's parser refuses, and files that cannot be read."),
      opaque: count.describe("Statements that run SQL which is not in their text."),
      allowed: z.array(allowedSchema).readonly().describe("What would have been found, but for an allowance."),
      off: z.array(z.string()).readonly().describe("Rules that the configuration switches off."),
      skipped: z
        .array(z.strictObject({ name: z.string(), reason: z.string() }))
        .readonly()
        .describe("Projects that were left out."),
    })
    .describe("How much was looked at."),
  findings: z.array(findingSchema).readonly(),
});

/** The public shape of what `headgate lint --format json` prints; its JSON Schema is published from here. */
export const lintSchema = z.union([linted, unreportedSchema]);

// The schema and the type must not drift apart.
void ((verdict: LintVerdict): z.input<typeof linted> => verdict);
