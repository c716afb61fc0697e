/** One revision's SQL in one direction. */
export interface PreflightStep {
  readonly revision: string;
  readonly direction: "up" | "down";
  readonly sql: string;
}

/** `inconclusive` says nothing about the migration: pg-mem could not run it, and a real server has to. Never a pass. */
export type PreflightOutcome =
  | { readonly kind: "ran" }
  | { readonly kind: "inconclusive"; readonly revision: string; readonly reason: string };

/**
 * Runs plain SQL in pg-mem, which emulates a part of PostgreSQL in milliseconds. What it cannot run may be right or
 * wrong, and what it runs may still fail on a real server: this is a first look, not a check.
 */
export async function preflight(steps: readonly PreflightStep[]): Promise<PreflightOutcome> {
  const { newDb } = await import("pg-mem");
  const database = newDb({ noAstCoverageCheck: false });
  for (const { revision, sql } of steps) {
    try {
      if (sql.trim() !== "") database.public.none(sql);
    } catch (error) {
      return { kind: "inconclusive", revision, reason: firstSentence(error) };
    }
  }
  return { kind: "ran" };
}

/** pg-mem's messages go on with pages of syntax tree and advice. */
function firstSentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/failed to parse|Unexpected|Not supported|not implemented/i.test(message))
    return "pg-mem does not understand a statement of it";
  const line = message.split("\n").find((text) => text.trim() !== "") ?? "no reason given";
  return `pg-mem says: ${line.trim().slice(0, 300)}`;
}
