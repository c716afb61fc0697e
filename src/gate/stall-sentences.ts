import type { Finding, ObservedStall } from "../finding.ts";

/**
 * The findings, with what stopped while their statements waited for a lock. Of the findings for one statement those say it
 * that speak of locks, or, where none does, the first.
 */
export function withStallSentences(findings: readonly Finding[]): readonly Finding[] {
  const ofStatement = Map.groupBy(findings, keyOf);
  const says = (finding: Finding): boolean => {
    const all = ofStatement.get(keyOf(finding)) ?? [];
    return all.some(speaksOfLocks) ? speaksOfLocks(finding) : finding === all[0];
  };
  return findings.map((finding) => {
    const stalls = finding.evidence?.stalls ?? [];
    if (stalls.length === 0 || !says(finding)) return finding;
    return { ...finding, message: [finding.message, ...stalls.map(sentence)].join(" ") };
  });
}

const keyOf = ({ direction, revision, file, line, statement }: Finding): string =>
  JSON.stringify([direction, revision, file, line, statement]);

const speaksOfLocks = ({ message }: Finding): boolean => /\block(?:s|ed)?\b/.test(message);

function sentence({ relation, behind, stopped }: ObservedStall): string {
  const what = stopped.length === 0 ? "neither reads nor writes" : stopped.join(" and ");
  return `Seen: while it waits behind one open transaction that has ${behind} ${relation}, ${what} of ${relation} stop.`;
}
