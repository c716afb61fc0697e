import { z } from "zod";
import type {
  ApplyReport,
  DowngradeReport,
  FailureReport,
  SkewReport,
  StatusReport,
  TargetsReport,
} from "../apply-report.ts";

const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();
const revisions = list(z.string());
const count = z.int().nonnegative();
const about = {
  schemaVersion: z.literal(1),
  project: z.string(),
  tool: z.enum(["alembic", "mikro-orm", "sql"]),
  target: z.string().describe("`host:port/database as user`."),
};
const plan = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/)
  .describe("Of what was rehearsed.");
const overridden = list(z.string()).describe("What was allowed by name, and was there.");
const unlike = list(z.string()).describe("In what the server of the rehearsal was not like the target.");
const uncommitted = list(z.string()).describe("Files that are not as they were committed.");

const sentences = list(z.string()).describe("In sentences.");
const schema = z
  .union([
    z.strictObject({ state: z.literal("as-made"), differences: sentences }),
    z.strictObject({ state: z.enum(["as-left", "changed"]), differences: sentences, leftAt: z.iso.datetime() }),
    z.strictObject({ state: z.literal("not-known"), differences: sentences, reason: z.string() }),
  ])
  .describe("Whether the schema is what a rehearsal makes, or what Headgate wrote down when it left it.");

const taken = z.strictObject({
  id: z.string(),
  durationMs: z.number().nonnegative(),
  attempts: z.int().positive(),
  blockedBy: list(z.string()).describe(
    "Everybody who kept it waiting: processes, applications and ages, never a query.",
  ),
  resumedBehind: count.describe("How many of its statements an earlier run had finished."),
});

const applied = z.strictObject({
  ...about,
  outcome: z.enum(["applied", "nothing-pending", "dry-run", "skipped"]),
  pending: revisions.describe("When it began, in order."),
  applied: list(taken),
  plan: plan.optional(),
  schema: schema.optional(),
  overridden,
  unlike: unlike.optional(),
  uncommitted: uncommitted.optional(),
});

const failure = z.strictObject({
  schemaVersion: z.literal(1),
  outcome: z.literal("failed"),
  message: z.string().describe("The state that this leaves, and the next command; without values of rows."),
  done: revisions.describe("What was applied, or taken back, before."),
});

const targets = z.strictObject({
  schemaVersion: z.literal(1),
  project: z.string(),
  outcome: z.enum(["done", "failed"]),
  targets: list(
    z.union([
      z.strictObject({ name: z.string(), outcome: z.literal("done"), report: applied }),
      z.strictObject({
        name: z.string(),
        outcome: z.literal("failed"),
        message: z.string(),
        unreachable: z.literal(true).optional(),
      }),
      z.strictObject({ name: z.string(), outcome: z.literal("not-reached") }),
    ]),
  ),
});

const status = z.strictObject({
  ...about,
  state: z.enum([
    "up-to-date",
    "pending",
    "half-applied",
    "unknown-revisions",
    "edited",
    "drifted",
    "foreign",
    "empty",
  ]),
  summary: z.string().describe("The state in a sentence."),
  next: z.string().describe("The one next command, or thing to do."),
  applied: revisions,
  pending: revisions,
  unknown: revisions.describe("Applied, and not in this commit."),
  edited: list(z.string()).describe("Files that changed after they were applied."),
  half: z.strictObject({ revision: z.string(), finished: count }).optional(),
  forgotten: revisions.describe("Pending, although Headgate applied them and did not take them back."),
  byOthers: revisions.describe("Applied since Headgate first worked here, and not by it."),
  schema,
  invalidIndexes: list(z.string()),
  lastApplied: z.strictObject({ revision: z.string(), at: z.iso.datetime() }).optional(),
});

const skew = z.strictObject({
  schemaVersion: z.literal(1),
  project: z.string(),
  groups: list(z.strictObject({ applied: count, last: z.string().optional(), targets: list(z.string()) })),
  attention: list(
    z.strictObject({
      name: z.string(),
      summary: z.string(),
      next: z.string(),
      unreachable: z.literal(true).optional(),
    }),
  ),
});

const downgrade = z.strictObject({
  ...about,
  outcome: z.enum(["reverted", "declined"]),
  plan,
  losses: list(
    z.strictObject({
      revision: z.string(),
      kind: z.string(),
      name: z.string(),
      rows: count.optional(),
      estimated: z.boolean().optional(),
    }),
  ),
  reverted: list(taken),
  overridden,
  unlike,
  uncommitted,
});

/** What `headgate apply --format json` prints: for one target, for several, and when it does not get there. */
export const applySchema = z.union([applied, targets, failure]);
/** What `headgate status --format json` prints. */
export const statusSchema = z.union([status, skew, failure]);
/** What `headgate downgrade --format json` prints. */
export const downgradeSchema = z.union([downgrade, failure]);

// The schemas and the types must not drift apart.
void ((report: ApplyReport): z.input<typeof applied> => report);
void ((report: TargetsReport): z.input<typeof targets> => report);
void ((report: FailureReport): z.input<typeof failure> => report);
void ((report: StatusReport): z.input<typeof status> => report);
void ((report: SkewReport): z.input<typeof skew> => report);
void ((report: DowngradeReport): z.input<typeof downgrade> => report);
