import { deflateRawSync, inflateRawSync } from "node:zlib";
import { z } from "zod";
import { digested, rememberedSql, type RememberedSql } from "./remembered-sql.ts";

const commit = z.string().regex(/^[0-9a-f]{40,64}$/);
const count = z.int().nonnegative();

const hex = z.string().regex(/^[0-9a-f]+$/);
const projectSeals = z
  .object({
    project: z.string(),
    revisions: z
      .array(
        z
          .object({
            version: z.literal(2).optional(),
            revision: z.string(),
            seal: hex,
            statements: z.array(hex).readonly(),
          })
          .readonly(),
      )
      .readonly(),
  })
  .readonly();

const part = z
  .object({
    /** Tells the jobs of a matrix apart. */
    job: z.string().max(64),
    /** How the job is called; empty where there is only one. Chosen by a stranger. */
    label: z.string().max(200),
    /** The commit that was checked. */
    commit,
    verdict: z.enum(["passed", "failed", "errored"]),
    errors: count,
    warnings: count,
    sql: rememberedSql.optional(),
    /** What an apply compares with what it is about to run. */
    seals: z.array(projectSeals).readonly().optional(),
    /** What the push before this commit had. */
    before: z.object({ commit, sql: rememberedSql }).readonly().optional(),
    /** Where its text is, in characters after the line with the state; absent where it has none. */
    at: count.optional(),
    length: count.optional(),
  })
  .readonly();

/** What a comment remembers about one job that has written to it. */
export type CommentPart = z.infer<typeof part>;

/** A job's part of a comment, with the text that it wrote. */
export interface WrittenPart extends CommentPart {
  readonly text: string;
}

const parts = z.array(part).max(256).readonly();

const stateLine = /^<!-- headgate:state ([A-Za-z0-9+/=]*) -->\n/;
/** No state of ours is longer when it is unpacked, in bytes. */
const longestState = 4 * 1024 * 1024;

/** The line that keeps the state, hidden; in base64, so that nothing in it can end the comment. */
export const encodeState = (state: readonly CommentPart[]): string =>
  `<!-- headgate:state ${deflateRawSync(JSON.stringify(state)).toString("base64")} -->\n`;

/**
 * The parts of a comment. It may have been changed by whoever may edit comments: what is not as it was written is left out.
 * @param body without the line of the marker
 */
export function readParts(body: string): readonly WrittenPart[] {
  const [line, packed] = stateLine.exec(body) ?? [];
  if (line === undefined || packed === undefined) return [];
  const rest = body.slice(line.length);
  try {
    const bytes = inflateRawSync(Buffer.from(packed, "base64"), { maxOutputLength: longestState });
    return parts.parse(JSON.parse(bytes.toString("utf8"))).map(({ at, length, ...own }) => ({
      ...own,
      text: at === undefined || length === undefined ? "" : rest.slice(at, at + length),
    }));
  } catch {
    return [];
  }
}

/** What is remembered of a part whose text is not shown. */
export const withoutText = (written: WrittenPart): CommentPart => part.parse(written);

/**
 * SQL in a form that takes little room: the statements, else their digests, else nothing.
 * @param room in characters
 */
export function fitSql(sql: RememberedSql | undefined, room: number): RememberedSql | undefined {
  const fits = (candidate: RememberedSql): boolean =>
    (deflateRawSync(JSON.stringify(candidate)).length * 4) / 3 <= room;
  return sql === undefined ? undefined : [sql, digested(sql)].find(fits);
}
