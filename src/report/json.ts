import type { Verdict } from "../verdict.ts";

/** The verdict as one JSON document, as the published schema describes it. */
export const jsonReport = (verdict: Verdict): string => `${JSON.stringify(verdict, undefined, 2)}\n`;
