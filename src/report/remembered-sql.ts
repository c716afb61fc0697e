import { hash } from "node:crypto";
import { z } from "zod";
import type { ProjectVerdict, RevisionReport } from "../verdict.ts";
import { toReview } from "./reviewed-statements.ts";

const statements = z.array(z.string()).readonly();

/** The SQL of one commit's new revisions, kept to say later what a push changed in it. */
export const rememberedSql = z
  .object({
    /** `text`: the statements. `digest`: where these take too much room, the beginning of each one's SHA-256, hexadecimal. */
    kind: z.enum(["text", "digest"]),
    revisions: z
      .array(z.object({ project: z.string(), id: z.string(), up: statements, down: statements }).readonly())
      .readonly(),
  })
  .readonly();

/** The SQL that a comment remembers. */
export type RememberedSql = z.infer<typeof rememberedSql>;
/** What it remembers of one revision. */
export type RememberedRevision = RememberedSql["revisions"][number];

/** The SQL to remember of a verdict, as its statements. */
export function sqlToRemember(projects: readonly ProjectVerdict[]): RememberedSql {
  return {
    kind: "text",
    revisions: projects.flatMap(({ name, revisions }) =>
      revisions
        .filter((revision) => revision.new && revision.up !== undefined)
        .map((revision) => ({
          project: name,
          id: revision.id,
          up: textsOf(revision.up),
          down: textsOf(revision.down),
        })),
    ),
  };
}

/** The same with a digest in place of each statement. */
export const digested = ({ kind, revisions }: RememberedSql): RememberedSql => ({
  kind: "digest",
  revisions: revisions.map(({ up, down, ...rest }) =>
    kind === "digest" ? { ...rest, up, down } : { ...rest, up: up.map(digestOf), down: down.map(digestOf) },
  ),
});

/** Eight hexadecimal digits: two statements of one revision are not mistaken for each other. */
export const digestOf = (statement: string): string => hash("sha256", statement).slice(0, 8);

const textsOf = (statements: RevisionReport["down"]): readonly string[] =>
  toReview(statements ?? []).map(({ sql }) => sql.trim());
