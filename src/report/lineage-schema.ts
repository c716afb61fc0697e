import { z } from "zod";
import type { Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import type { LineageReport, ProjectVerdict } from "../verdict.ts";
import { findingSchema, lineageShape, toolSchema } from "./verdict-schema.ts";

const strings = z.array(z.string()).readonly();

const revision = {
  id: z.string().describe("The id the tool itself uses, and stores in its version table."),
  downRevisions: strings.describe("Its parents; empty for a base."),
  dependsOn: strings.describe("What must be applied earlier without being a parent."),
  branchLabels: strings,
  file: z.string().describe("Relative to the repository root."),
  downFile: z.string().optional().describe("The file with the way back, where it is another one."),
  title: z.string().optional(),
  downgrade: z
    .enum(["present", "absent", "unsupported"])
    .describe("What the file says about its way back; `unsupported`: the tool knows none."),
  upgrade: z.literal("absent").optional().describe("That its upgrade is known to do nothing, from its file alone."),
  recordedAs: z
    .string()
    .optional()
    .describe("What the tool's version table knows it by, where that is neither its id nor in the file's name."),
} satisfies Record<keyof Revision, z.ZodType>;

/** The public shape of what `headgate lineage --format json` prints; its JSON Schema is published from here. */
export const lineageSchema = z.strictObject({
  schemaVersion: z.literal(1),
  projects: z
    .array(
      z.strictObject({
        name: z.string(),
        tool: toolSchema,
        directory: z.string().describe("Relative to the repository root."),
        lineage: lineageShape,
        revisions: z.array(z.strictObject(revision)).readonly().describe("Parents before children."),
        findings: z.array(findingSchema).readonly(),
      }),
    )
    .readonly(),
  leftOut: z
    .array(z.strictObject({ name: z.string(), reason: z.string() }))
    .readonly()
    .optional()
    .describe("Projects that were found beside these and left out, and why."),
});

/** What `headgate lineage` knows of one project. */
export interface ProjectLineageReport {
  readonly name: string;
  readonly tool: ProjectVerdict["tool"];
  readonly directory: string;
  readonly lineage: LineageReport;
  readonly revisions: readonly Revision[];
  readonly findings: readonly Finding[];
}

/** What `headgate lineage --format json` prints. */
export type LineageDocument = z.infer<typeof lineageSchema>;

/** The lineages of all projects as one document. */
export const lineageDocument = (
  projects: readonly ProjectLineageReport[],
  leftOut: readonly { readonly name: string; readonly reason: string }[],
): LineageDocument => ({ schemaVersion: 1, projects, ...(leftOut.length > 0 ? { leftOut } : {}) });
