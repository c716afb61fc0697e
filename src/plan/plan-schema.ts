import { z } from "zod";
import type { Plan } from "./seal-plan.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const file = z.strictObject({ path: z.string(), sha256 });

const plan = z.strictObject({
  schemaVersion: z.literal(2),
  project: z.string(),
  tool: z.string(),
  toolVersion: z.string().optional().describe("Absent where there is no tool but Headgate."),
  serverMajor: z.int().positive(),
  start: sha256.describe("Of the catalog before the first revision."),
  end: sha256.describe("Of the catalog behind the last."),
  revisions: z
    .array(
      z.strictObject({
        id: z.string(),
        files: z.array(file).readonly(),
        imports: z
          .array(file)
          .readonly()
          .optional()
          .describe("What they import from the repository, and what that imports; absent where it is nothing."),
        statements: z
          .array(
            z.strictObject({
              fingerprint: z.string().optional().describe("Absent for text that PostgreSQL's parser refuses."),
              text: sha256.optional().describe("Of the text; only where constants are part of what is done."),
              transactional: z.boolean(),
              repeats: z
                .enum(["together", "apart"])
                .optional()
                .describe("Rows decide how often it comes: in one transaction each time, or in others."),
              settings: sha256
                .optional()
                .describe("Of what the migration has set for its session that holds when it comes; absent: nothing."),
            }),
          )
          .readonly(),
        catalog: sha256.describe("Of the catalog behind it."),
      }),
    )
    .readonly(),
});

/** The public shape of what `headgate plan` prints and `headgate apply --plan` reads; its JSON Schema is published from here. */
export const plansSchema = z.strictObject({
  schemaVersion: z.literal(2),
  plans: z
    .array(
      z.strictObject({
        digest: z
          .string()
          .regex(/^sha256:[0-9a-f]{64}$/)
          .describe("Of the canonical JSON of `plan`."),
        plan,
      }),
    )
    .readonly(),
});

// The schema and the type must not drift apart.
void ((made: Plan): z.input<typeof plan> => made);
