import type { SafetyCoverage } from "../verdict.ts";
import { counted } from "../prose.ts";

/** What was looked at, as far as reports of both commands say it. */
type Coverage = Pick<SafetyCoverage, "judged" | "unread" | "opaque" | "allowed" | "off"> & {
  readonly files?: number;
  readonly refuted?: number;
};

/** One sentence: `412 statements in 37 files judged, 2 not readable; 1 finding allowed (drop-column)`. */
export function coverageText({ judged, files, unread, opaque, refuted = 0, allowed, off }: Coverage): string {
  const where = files === undefined ? "" : ` in ${counted(files, "file")}`;
  const read = unread > 0 ? `, ${unread} not readable` : judged > 0 ? ", all readable" : "";
  return [
    `${counted(judged, "statement")}${where} judged${read}${opaque === 0 ? "" : `, ${opaque} that run SQL which nobody saw`}`,
    ...(allowed.length === 0 ? [] : [`${counted(allowed.length, "finding")} allowed (${ids(allowed)})`]),
    ...(off.length === 0 ? [] : [`switched off: ${off.join(", ")}`]),
    ...(refuted === 0 ? [] : [`${counted(refuted, "suspicion")} dropped, which the server did not confirm`]),
  ].join("; ");
}

const ids = (allowed: Coverage["allowed"]): string => [...new Set(allowed.map(({ ruleId }) => ruleId))].join(", ");
