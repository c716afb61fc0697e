import type { Finding } from "../finding.ts";
import type { History } from "../history.ts";
import { judgeHeads } from "./judge-heads.ts";
import { judgeLinks } from "./judge-links.ts";
import { judgeOrder } from "./judge-order.ts";
import { judgeProblems } from "./judge-problems.ts";
import type { JudgedLineage, LineageContext } from "./judged-lineage.ts";
import { planRenames } from "./plan-renames.ts";
import { type MergedHistory, mergedHistory } from "./merged-history.ts";

/** Everything that is wrong with a history, also once it is merged with the branch it goes into. */
export function judgeLineage(history: History, context: LineageContext): Finding[] {
  const { tip, baseHistory } = context;
  const merged: MergedHistory =
    tip && baseHistory
      ? mergedHistory(history, tip.history, baseHistory)
      : { history, incoming: new Set(), clashes: [] };
  const unnamed = { ...context, history, merged };
  const lineage: JudgedLineage = { ...unnamed, renames: planRenames(unnamed) };
  return [
    ...judgeProblems(lineage),
    ...judgeLinks(lineage),
    ...(history.shape === "graph" ? judgeHeads(lineage) : judgeOrder(lineage)),
  ];
}
