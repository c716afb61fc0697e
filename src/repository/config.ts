import { z } from "zod";
import { parseDuration } from "./duration.ts";
import { initialLimit, limitNames, limits, readLimit, type LimitName, type Limits } from "./limits.ts";
import { weighableFindings } from "../rules/weighable-findings.ts";
import { ruleIds } from "../rules/rule-ids.ts";

const path = z
  .string()
  .min(1)
  .max(4096)
  .refine((value) => !value.startsWith("/") && !value.split("/").includes(".."), {
    error: "must be a path inside the repository, relative to its root",
  })
  // One spelling for each folder: `./app/` and `app` are the same.
  .transform((value) => value.replace(/^(\.\/)+/, "").replace(/\/+$/, "") || ".");
const postgres = z
  .union([z.string(), z.number()])
  .transform(String)
  .refine((value) => /^\d+(\.\d+)?$/.test(value), { error: "must be a PostgreSQL version such as 17 or 17.5" });
const reason = z.string().trim().min(1, { error: "needs a reason" });

const timeLimit = z.string().transform((text, context) => {
  try {
    return parseDuration(text);
  } catch (error) {
    context.addIssue({ code: "custom", message: (error as RangeError).message });
    return z.NEVER;
  }
});

/** Whether a schema may be a tenant's: it is neither PostgreSQL's nor the ledger's. */
export const isTenantSchema = (name: string): boolean =>
  name !== "" && !/^(?:pg_|information_schema$|headgate$)/.test(name);

const schemaName = z.string().min(1).max(63).refine(isTenantSchema, { error: "is not a tenant's schema" });

const limit = (name: LimitName) =>
  z
    .union([z.string(), z.number()])
    .transform((value, context) => {
      try {
        return readLimit(name, String(value));
      } catch (error) {
        context.addIssue({ code: "custom", message: (error as RangeError).message });
        return z.NEVER;
      }
    })
    .optional()
    .describe(`In production: ${limits[name].about}. Default: ${initialLimit(name)}.`);
const limitsSchema = z
  .strictObject(
    Object.fromEntries(limitNames.map((name) => [name, limit(name)])) as Record<LimitName, ReturnType<typeof limit>>,
  )
  .transform(
    (said) => Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) as Partial<Limits>,
  )
  .optional()
  .describe("How long what `headgate apply` runs may wait and run, and how often it is tried.");

const projectSchema = z.strictObject({
  name: z.string().min(1).optional().describe("A name for the project; the directory's when absent."),
  directory: path.default(".").describe("Where the tool is run, relative to the repository root."),
  tool: z.enum(["alembic", "mikro-orm", "sql"]).optional().describe("The migration tool; detected when absent."),
  config: path.optional().describe("The tool's own configuration file."),
  section: z.string().min(1).optional().describe("Alembic: the section of alembic.ini. MikroORM: the contextName."),
  migrations: z
    .union([path, z.array(path).min(1)])
    .transform((value) => (typeof value === "string" ? [value] : value))
    .optional()
    .describe("The directory or directories with the migrations."),
  paths: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(
      "What belongs to the project beside its migrations, for example services/locks/**. A change that touches none of it is not replayed. Everything when absent.",
    ),
  layout: z.string().optional().describe("SQL only: how the files are laid out, for example golang-migrate."),
  interpreter: z.string().min(1).optional().describe("The Python or Node to run the tool with."),
  environment: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "is no name of an environment variable"),
      z.union([z.string(), z.number(), z.boolean()]).transform(String),
    )
    .default({})
    .describe("Extra environment variables for the tool. Never secrets."),
  prelude: z.array(path).default([]).describe("SQL files to run before the first migration."),
  start: z
    .strictObject({
      dump: path.describe("SQL that creates the schema which exists before (pg_dump --schema-only)."),
      revision: z.string().min(1).optional().describe("The revision the dump was taken at; absent: before the first."),
    })
    .optional()
    .describe("The schema that the history starts on, when its first revision expects one."),
  database: z.string().min(1).max(63).optional().describe("The name of the ephemeral database."),
  "one-way": z.record(z.string(), reason).default({}).describe("Revisions without a way back, each with its reason."),
  samples: z
    .record(z.string(), path)
    .optional()
    .describe(
      "SQL files with rows for the disposable database, by the revision before whose first upgrade they are run: a migration that loops over rows shows what it does only where there are some.",
    ),
  "version-table": z
    .string()
    .min(1)
    .optional()
    .describe("Where the tool keeps what it applied in production, for example ops.alembic_version."),
  limits: limitsSchema,
  targets: z
    .strictObject({
      databases: z
        .array(
          z.strictObject({
            name: z
              .string()
              .regex(/^[\w.-]{1,60}$/, "can have letters, digits, dots, dashes and underscores")
              .describe("What reports call it."),
            variable: z
              .string()
              .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "is no name of an environment variable")
              .describe("The environment variable that holds its connection string."),
            schemas: z
              .union([schemaName, z.array(schemaName).min(1)])
              .transform((value) => (typeof value === "string" ? [value] : value))
              .optional()
              .describe(
                "Tenants in it: schemas that each have the whole history and a version table of their own. Names, or patterns such as tenant_*.",
              ),
            limits: limitsSchema,
          }),
        )
        .min(1)
        .describe("Each of them, in the order in which they are brought to a commit.")
        .refine((databases) => new Set(databases.map(({ name }) => name)).size === databases.length, {
          message: "names one twice",
        }),
      canary: z
        .int()
        .min(0)
        .default(1)
        .describe("How many, from the first, are brought to a commit alone, one by one."),
      concurrency: z.int().min(1).max(64).default(4).describe("How many of the others at once."),
    })
    .optional()
    .describe("The databases that `headgate apply` brings to a commit, where there are several."),
  foreign: z
    .array(z.string().min(1))
    .default([])
    .describe("Objects in production that are not this project's, for example audit.*; drift in them is no drift."),
  heads: z.int().min(1).default(1).describe("How many heads are right, for histories kept in several branches."),
  "allow-empty": z.boolean().default(false).describe("Whether a project without any revision passes."),
  postgres: postgres.optional().describe("The PostgreSQL version of this project."),
  image: z.string().min(1).optional().describe("The container image of this project."),
});

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
const patterns = z
  .union([pattern, z.array(pattern).min(1)])
  .transform((value) => (typeof value === "string" ? [value] : value))
  .describe("Paths from the repository root, or patterns such as legacy/**.");

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
/** What the configuration says of one project. */
export type ProjectConfiguration = z.output<typeof projectSchema>;
