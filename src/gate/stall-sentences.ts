import type { Finding, ObservedStall } from "../finding.ts";
import { listed } from "../prose.ts";

/**
 * The findings, with what stopped while their statements waited for a lock. Of the findings for one statement those say it
 * that speak of locks, or, where none does, the first that is more than a note; of several by one rule the first alone.
 */
export function withStallSentences(findings: readonly Finding[]): readonly Finding[] {
  const ofStatement = Map.groupBy(findings, keyOf);
  const says = (finding: Finding): boolean => {
    const all = ofStatement.get(keyOf(finding)) ?? [];
    const speaking = all.some(speaksOfLocks) ? all.filter(speaksOfLocks) : all.filter(isMore).slice(0, 1);
    return speaking.find(({ ruleId }) => ruleId === finding.ruleId) === finding;
  };
  return findings.map((finding) => {
    const stalls = finding.evidence?.stalls ?? [];
    if (stalls.length === 0 || !says(finding)) return finding;
    return { ...finding, message: [finding.message, ...sentences(stalls)].join(" ") };
  });
}

const keyOf = ({ direction, revision, file, line, statement }: Finding): string =>
  JSON.stringify([direction, revision, file, line, statement]);

const speaksOfLocks = ({ message }: Finding): boolean => /\block(?:s|ed)?\b/.test(message);

const isMore = ({ severity }: Finding): boolean => severity !== "info";

/** What stopped, in a sentence for all the relations that it is the same for. */
const sentences = (stalls: readonly ObservedStall[]): readonly string[] =>
  [...Map.groupBy(stalls, ({ behind, stopped }) => [behind, ...stopped].join()).values()].map((alike) => {
    const [{ behind, stopped }] = alike as [ObservedStall, ...ObservedStall[]];
    const relations = alike.map(({ relation }) => relation);
    const one = relations.length === 1 ? (relations[0] as string) : `one of ${listed(relations)}`;
    const what = stopped.length === 0 ? "neither reads nor writes" : stopped.join(" and ");
    return `Seen: while it waits behind one open transaction that has ${behind} ${one}, ${what} of ${relations.length === 1 ? one : "that one"} stop.`;
  });
