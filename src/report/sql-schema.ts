import { z } from "zod";
import type { ProjectVerdict } from "../verdict.ts";
import { revisionSchema, toolSchema } from "./verdict-schema.ts";

/** The public shape of what `headgate sql --format json` prints; its JSON Schema is published from here. */
export const sqlSchema = z.strictObject({
  schemaVersion: z.literal(1),
  projects: z
    .array(z.strictObject({ name: z.string(), tool: toolSchema, revisions: z.array(revisionSchema).readonly() }))
    .readonly(),
});

/** What the revisions of all projects sent, both ways, as one JSON document. */
export function sqlJson(projects: readonly ProjectVerdict[]): string {
  const report: z.input<typeof sqlSchema> = {
    schemaVersion: 1,
    projects: projects.map(({ name, tool, revisions }) => ({ name, tool, revisions })),
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}
