import { z } from "zod";
import type { Verdict } from "../verdict.ts";

const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();
const severity = z.enum(["error", "warning", "info"]);

/** A finding, as every command prints it. */
export const findingSchema = z.strictObject({
  ruleId: z.string(),
  severity,
  title: z.string(),
  message: z.string(),
  help: z.string().optional(),
  docsUrl: z.string().optional(),
  revision: z.string().optional(),
  direction: z.enum(["up", "down"]).optional(),
  file: z.string().optional().describe("Relative to the repository root."),
  line: z.int().positive().optional(),
  column: z.int().positive().optional().describe("In UTF-16 code units."),
  statement: z.string().optional().describe("The SQL it is about."),
  difference: z.string().optional().describe("What was changed, as a unified difference of a few lines."),
  relation: z.string().optional().describe("Schema-qualified."),
  evidence: z
    .strictObject({
      source: z.enum(["static", "observed", "both"]),
      locks: list(z.strictObject({ relation: z.string(), mode: z.string() })),
      rewrites: list(z.string()),
      scans: list(z.string()),
      durationMs: z.number().optional(),
      stalls: list(
        z.strictObject({
          relation: z.string(),
          mode: z.string(),
          behind: z.enum(["read", "written"]),
          stopped: list(z.enum(["reads", "writes"])),
        }),
      )
        .optional()
        .describe("What stopped while the statement waited for its lock behind one open transaction."),
    })
    .optional(),
});

/** What stays as it is, and why. */
export const allowedSchema = z.strictObject({
  ruleId: z.string(),
  reason: z.string(),
  file: z.string(),
  line: z.int().positive().optional(),
});

const checkId = z.enum(["lineage", "history", "upgrade", "downgrade", "reupgrade", "safety"]);
const durationMs = z.number().nonnegative();

const statement = z.strictObject({
  sql: z.string().describe("As it was sent; bind values are kept nowhere."),
  fingerprint: z.string().optional(),
  role: z.enum(["migration", "setting", "session", "bookkeeping"]),
  transaction: z.int().positive(),
  transactional: z.boolean(),
  durationMs,
  tag: z.string().optional(),
  rows: z.int().nonnegative().optional(),
  sqlState: z.string().optional(),
  position: z
    .int()
    .positive()
    .optional()
    .describe("Where PostgreSQL saw the error, in characters from the beginning of `sql`."),
  connection: z.int().positive().optional().describe("From 1 within the step."),
  locks: list(z.strictObject({ relation: z.string(), mode: z.string() })),
  rewrites: list(z.string()),
  scans: list(z.string()),
  indexBuilds: list(z.string()).optional().describe("Indexes that were built, without their schema."),
  verifications: list(z.string()).optional().describe("Tables and foreign keys whose rows were checked."),
  walBytes: z.int().nonnegative().optional().describe("Write-ahead log from before the statement to after it."),
  lockTimeoutMs: z.number().nonnegative().optional().describe("`lock_timeout` in effect; 0: it would wait for ever."),
  evidence: z.enum(["complete", "sampled", "none"]),
  evidenceReason: z.string().optional(),
});

const offline = z
  .union([
    z.strictObject({ kind: z.literal("same"), sql: z.string() }),
    z.strictObject({ kind: z.literal("differs"), sql: z.string(), difference: z.string() }),
    z.strictObject({ kind: z.literal("unavailable"), reason: z.string() }),
  ])
  .describe("What the tool prints instead of running it, held against what it sent.");

/** The migration tools, by their names. */
export const toolSchema = z.enum(["alembic", "mikro-orm", "sql"]);

/** The shape of a history. */
export const lineageShape = z.strictObject({
  revisions: z.int().nonnegative(),
  heads: list(z.string()),
  bases: list(z.string()),
  branchPoints: list(z.string()),
  mergePoints: list(z.string()),
  new: list(z.string()),
});

/** A revision with what it sent. */
export const revisionSchema = z.strictObject({
  id: z.string(),
  file: z.string(),
  downFile: z.string().optional().describe("The file with the way back, where it is another one."),
  title: z.string().optional(),
  new: z.boolean(),
  downRevisions: list(z.string()),
  up: list(statement).optional(),
  down: list(statement).nullable().optional(),
  offline: z.strictObject({ up: offline.optional(), down: offline.optional() }).optional(),
});

const project = z.strictObject({
  name: z.string(),
  tool: toolSchema,
  directory: z.string(),
  server: z
    .strictObject({
      engine: z.enum(["testcontainers", "embedded", "url", "memory"]),
      version: z.string(),
      startMs: z.number().nonnegative(),
      instead: z
        .string()
        .optional()
        .describe("Why it is not the one that is tried first: the image could not be pulled."),
    })
    .optional()
    .describe("Absent when none was started."),
  lineage: lineageShape.optional(),
  checks: list(
    z.union([
      z.strictObject({ id: checkId, status: z.literal("passed"), durationMs }),
      z.strictObject({ id: checkId, status: z.enum(["failed", "skipped", "errored"]), reason: z.string(), durationMs }),
    ]),
  ),
  findings: list(findingSchema),
  coverage: z
    .strictObject({
      judged: z.int().nonnegative(),
      unread: z.int().nonnegative().describe("Statements that PostgreSQL's parser refuses."),
      opaque: z
        .int()
        .nonnegative()
        .describe("Statements that run SQL which is not in their text, and that the server was not asked about."),
      refuted: z.int().nonnegative().describe("Suspicions that the server did not confirm, and that were dropped."),
      allowed: list(allowedSchema),
      off: list(z.string()).describe("Rules that the configuration switches off."),
    })
    .optional()
    .describe("How much of what the examined revisions sent was judged."),
  revisions: list(revisionSchema),
  plan: z
    .strictObject({
      digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
      revisions: list(
        z.strictObject({
          version: z.literal(2).optional().describe("Absent: made by a version that left settings out."),
          revision: z.string(),
          seal: z.string().regex(/^[0-9a-f]{64}$/),
          statements: list(z.string().regex(/^[0-9a-f]{8}$/)),
        }),
      ).describe("What a later apply holds against what it is about to run."),
    })
    .optional()
    .describe("What seals the examined revisions."),
});

/** The public shape of the verdict; its JSON Schema is published from here, and every report in the tests is held against it. */
export const verdictSchema = z.strictObject({
  schemaVersion: z.literal(1),
  headgate: z.string(),
  verdict: z.enum(["passed", "failed", "errored"]),
  message: z
    .string()
    .optional()
    .describe("Why there is nothing to report on, and what to do; then there are no projects."),
  base: z.string().optional().describe("The git commit that decided which revisions are new."),
  noBase: z.string().optional().describe("Why every revision counts as new, where there is no base."),
  projects: list(project),
});

/** What every command but those that speak to production prints with `--format json` in place of its report, when there is none. */
export const unreportedSchema = z.strictObject({
  schemaVersion: z.literal(1),
  headgate: z.string(),
  verdict: z.enum(["failed", "errored"]),
  message: z.string().describe("Why, and what to do."),
  projects: z.array(z.never()).readonly(),
});

// The schema and the type must not drift apart.
void ((verdict: Verdict): z.input<typeof verdictSchema> => verdict);
