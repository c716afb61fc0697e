import { z } from "zod";
import { listOf, postgres, reason, timeLimit } from "./configuration-values.ts";
import { projectSchema } from "./project-schema.ts";
import { weighableFindings } from "../rules/weighable-findings.ts";
import { ruleIds } from "../rules/rule-ids.ts";

const exemptionSchema = z.strictObject({
  files: z.string().min(1).describe("The path of the migration as the base branch has it, or a glob."),
  reason: reason.describe("Why it may be edited, renamed or deleted."),
  expires: z.iso
    .date({ error: "must be a day such as 2026-12-31" })
    .describe("The last day on which this counts, in UTC."),
});
const ruleId = z.enum(ruleIds, { error: ({ input }) => `There is no rule ${String(input)}` });
const weighed = z.enum([...ruleIds, ...weighableFindings], {
  error: ({ input }) => `There is no rule ${String(input)}`,
});
const ruleSettings = z
  .partialRecord(weighed, z.enum(["error", "warning", "info", "off"]))
  .default({})
  .describe(
    "What rules, and findings of the replay that depend on how you deploy, weigh, by id: error, warning, info or off.",
  );
const pattern = z
  .string()
  .min(1)
  // Neither is ever part of a path that is compared with it.
  .refine((value) => !/^\.{0,2}\//.test(value), {
    error: "must be relative to the repository root, with neither / nor ./ nor ../ before it",
  });
const patterns = listOf(pattern).describe("Paths from the repository root, or patterns such as legacy/**.");

/** The shape of `headgate.yml`; its JSON Schema is published from here. */
export const configurationSchema = z.strictObject({
  base: z.string().min(1).optional().describe("The git ref that decides which revisions are new."),
  "fail-on": z.enum(["error", "warning"]).default("error").describe("The lightest finding that fails the gate."),
  replay: z.enum(["new", "all"]).default("new").describe("Which revisions go up, down and up again."),
  engine: z
    .enum(["auto", "testcontainers", "embedded", "url", "memory"])
    .default("auto")
    .describe(
      "Where the disposable PostgreSQL comes from; auto: a container where a Docker engine answers and the image can be had, else binaries of this machine or from npm.",
    ),
  postgres: postgres.optional().describe("The PostgreSQL version to check against."),
  image: z.string().min(1).optional().describe("The container image to check against."),
  "outage-probe": z
    .boolean()
    .default(true)
    .describe("Whether new revisions are upgraded once more behind an open transaction, to see what stops meanwhile."),
  "time-limit": timeLimit.default(600_000).describe("How long one step may take, for example 30m. Default: 10m."),
  history: z
    .enum(["strict", "allow-self-exemption"])
    .default("strict")
    .describe(
      "Whether an exemption counts in the change that brings it. Read from the base branch: a change cannot allow itself.",
    ),
  "history-exemptions": z
    .array(exemptionSchema)
    .default([])
    .describe("Migrations of the base branch that may be edited, renamed or deleted."),
  rules: ruleSettings,
  overrides: z
    .array(z.strictObject({ paths: patterns, rules: ruleSettings }))
    .default([])
    .describe("What rules weigh in some files; what comes later wins."),
  allow: z
    .array(
      z.strictObject({
        rule: ruleId.describe("The rule that allows it."),
        paths: patterns,
        reason: reason.describe("Why it may stay."),
      }),
    )
    .default([])
    .describe("What may stay as it is, each with its reason."),
  projects: z.array(projectSchema).min(1).optional().describe("The projects; detected when absent."),
});

/** `headgate.yml`, read and checked. `timeLimit` in milliseconds. */
export type Configuration = z.output<typeof configurationSchema>;
