import { hash } from "node:crypto";
import type { Finding } from "../finding.ts";

/**
 * A fingerprint for each finding: the same for the same statement of the same file, wherever in it that stands; the second of
 * two that are equal is told apart.
 */
export function fingerprints(findings: readonly Finding[]): readonly string[] {
  const seen = new Map<string, number>();
  return findings.map(({ ruleId, file = "", relation = "", statement = "", direction, message }) => {
    const about = statement === "" ? message : statement.replaceAll(/\s+/g, " ").trim();
    const key = JSON.stringify([ruleId, file, direction, relation, about]);
    const times = seen.get(key) ?? 0;
    seen.set(key, times + 1);
    return hash("sha256", `${key}${times}`).slice(0, 32);
  });
}
