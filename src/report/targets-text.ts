import type { SkewReport, TargetsReport } from "../apply-report.ts";
import { applyText } from "./apply-text.ts";
import { plainLine } from "./plain-text.ts";
import { counted } from "../prose.ts";

/** What became of several targets, for a terminal. */
export function targetsText({ targets, outcome }: TargetsReport): string {
  const lines = targets.flatMap((target) => {
    switch (target.outcome) {
      case "done":
        return [`${target.name}: ${applyText(target.report).trimEnd()}`];
      case "failed":
        return [`${target.name}: ✘ ${plainLine(target.message)}`];
      case "not-reached":
        return [`${target.name}: not reached`];
      default:
        return target satisfies never;
    }
  });
  const done = targets.filter((target) => target.outcome === "done").length;
  const end =
    outcome === "done"
      ? `✔ ${counted(targets.length, "target")} done`
      : `✘ ${done} of ${counted(targets.length, "target")} done; \`headgate apply\` goes on with the others once the cause is mended`;
  return `${[...lines, end].join("\n")}\n`;
}

/** Where several targets stand, for a terminal. */
export function skewText({ groups, attention }: SkewReport): string {
  const lines = groups.map(
    ({ applied, last, targets }) =>
      `${last === undefined ? "nothing applied" : `${applied} applied, last \`${plainLine(last)}\``}: ${targets.join(", ")}`,
  );
  const needs = attention.map(({ name, summary, next }) => `${name}: ${plainLine(summary)} Next: ${next}`);
  const end = groups.length > 1 ? [`✘ the targets differ: they stand at ${groups.length} different revisions`] : [];
  const fine = groups.length <= 1 && attention.length === 0 ? ["✔ all targets stand at the same revision"] : [];
  return `${[...lines, ...needs, ...end, ...fine].join("\n")}\n`;
}
