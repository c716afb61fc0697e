import { z } from "zod";
import { listOf, readBy, variableName } from "./configuration-values.ts";
import { initialLimit, limitNames, limits, readLimit, type LimitName, type Limits } from "./limits.ts";

const limit = (name: LimitName) =>
  z
    .union([z.string(), z.number()])
    .transform(String)
    .transform(readBy((text) => readLimit(name, text)))
    .optional()
    .describe(`In production: ${limits[name].about}. Default: ${initialLimit(name)}.`);

/** How long what `headgate apply` runs may wait and run; times in milliseconds. */
export const limitsSchema = z
  .strictObject(
    Object.fromEntries(limitNames.map((name) => [name, limit(name)])) as Record<LimitName, ReturnType<typeof limit>>,
  )
  .transform(
    (said) => Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) as Partial<Limits>,
  )
  .optional()
  .describe("How long what `headgate apply` runs may wait and run, and how often it is tried.");

/** Whether a schema may be a tenant's: it is neither PostgreSQL's nor the ledger's. */
export const isTenantSchema = (name: string): boolean =>
  name !== "" && !/^(?:pg_|information_schema$|headgate$)/.test(name);

const schemaName = z.string().min(1).max(63).refine(isTenantSchema, { error: "is not a tenant's schema" });

/** The databases of a project in production, where there are several. */
export const targetsSchema = z
  .strictObject({
    databases: z
      .array(
        z.strictObject({
          name: z
            .string()
            .regex(/^[\w.-]{1,60}$/, "can have letters, digits, dots, dashes and underscores")
            .describe("What reports call it."),
          variable: variableName.describe("The environment variable that holds its connection string."),
          schemas: listOf(schemaName)
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
    canary: z.int().min(0).default(1).describe("How many, from the first, are brought to a commit alone, one by one."),
    concurrency: z.int().min(1).max(64).default(4).describe("How many of the others at once."),
  })
  .optional()
  .describe("The databases that `headgate apply` brings to a commit, where there are several.");
