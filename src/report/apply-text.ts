import {
  type ApplyReport,
  type DowngradeReport,
  type Loss,
  type SchemaFinding,
  type StatusReport,
} from "../apply-report.ts";
import { plainLine } from "./plain-text.ts";
import { counted, firstOf, listed, moment } from "../prose.ts";

/** What became of a target, for a terminal. */
export function applyText(report: ApplyReport): string {
  const { outcome, target, pending, applied, plan, schema, overridden, unlike = [], uncommitted = [] } = report;
  const where = plainLine(target);
  const lines: string[] = [];
  switch (outcome) {
    case "skipped":
      lines.push("skipped, as HEADGATE_SKIP or --skip says: the database was not looked at");
      break;
    case "nothing-pending":
      lines.push(`✔ ${where} is up to date: nothing is pending`);
      break;
    case "dry-run":
      lines.push(`dry run: ${counted(pending.length, "revision")} would be applied to ${where}, and nothing was`);
      for (const id of pending) lines.push(`  ${plainLine(id)}`);
      break;
    case "applied":
      lines.push(`✔ ${counted(applied.length, "revision")} applied to ${where}`);
      for (const { id, durationMs, attempts, blockedBy, resumedBehind } of applied) {
        const more = [
          `${durationMs} ms`,
          ...(attempts > 1 ? [`${attempts} attempts`] : []),
          ...(resumedBehind > 0 ? [`resumed behind statement ${resumedBehind}`] : []),
          ...(blockedBy.length > 0 ? [`waited for ${blockedBy.map(plainLine).join("; ")}`] : []),
        ];
        lines.push(`  ${plainLine(id)}  ${more.join(", ")}`);
      }
  }
  if (schema !== undefined) lines.push(`  ${schemaText(schema)}`);
  if (overridden.length > 0) lines.push(allowed(overridden));
  lines.push(...notes(unlike, uncommitted));
  if (plan !== undefined) lines.push(`  plan ${plan}`);
  return `${lines.join("\n")}\n`;
}

/** Where a database stands, for a terminal. */
export function statusText({
  target,
  state,
  summary,
  next,
  forgotten,
  byOthers,
  schema,
  invalidIndexes,
  lastApplied,
}: StatusReport): string {
  const lines = [plainLine(target), plainLine(summary)];
  if (forgotten.length > 0)
    lines.push(
      `Headgate applied and did not take back, and the version table does not say so: ${forgotten.map(plainLine).join(", ")}.`,
    );
  if (byOthers.length > 0)
    lines.push(`Applied by others, as the version table says: ${byOthers.map(plainLine).join(", ")}.`);
  // Of an empty database, a half-applied one and a changed schema the summary has said it.
  if (!["empty", "half-applied"].includes(state) && schema.state !== "changed") lines.push(schemaText(schema));
  if (invalidIndexes.length > 0)
    lines.push(`Invalid indexes, which cost writes and serve nobody: ${invalidIndexes.map(plainLine).join(", ")}.`);
  if (lastApplied !== undefined)
    lines.push(`Headgate last worked here on ${moment(lastApplied.at)}, on \`${plainLine(lastApplied.revision)}\`.`);
  lines.push(`Next: ${next}`);
  return `${lines.join("\n")}\n`;
}

/** Whether a schema is what it should be, in a sentence. */
export function schemaText(schema: SchemaFinding): string {
  switch (schema.state) {
    case "as-made":
      return "Its schema is what its migrations make.";
    case "as-left":
      return `Its schema is as Headgate left it on ${moment(schema.leftAt)}.`;
    case "changed":
      return `But its schema is not as Headgate left it on ${moment(schema.leftAt)}: ${firstOf(schema.differences).map(plainLine).join("; ")}. Undo that, or put it into a migration.`;
    case "not-known":
      return `Whether its schema is what its migrations make is not known: ${plainLine(schema.reason)}. \`headgate apply --dry-run\` compares it.`;
    default:
      return schema satisfies never;
  }
}

/** What taking revisions back would take away, for a terminal. */
export function lossText(losses: readonly Loss[], revisions: readonly string[]): string {
  const lines = [
    `${counted(revisions.length, "revision")} would be taken back: ${revisions.map(plainLine).join(", ")}`,
  ];
  for (const { revision, kind, name, rows, estimated } of losses) {
    const amount =
      rows === undefined
        ? ""
        : ` with ${estimated ? "about " : ""}${rows} ${kind === "column" ? "value" : "row"}${rows === 1 ? "" : "s"}`;
    const what = kind === "rows" ? `rows change: ${plainLine(name)}` : `${kind} ${plainLine(name)}${amount} goes`;
    lines.push(`  ${plainLine(revision)}  ${what}`);
  }
  if (losses.length === 0) lines.push("  nothing is lost with that");
  return `${lines.join("\n")}\n`;
}

/** What became of a downgrade, for a terminal. */
export function downgradeText({ outcome, target, reverted, overridden, unlike, uncommitted }: DowngradeReport): string {
  if (outcome === "declined") return `nothing was taken back on ${plainLine(target)}\n`;
  const lines = [
    ...reverted.map(({ id, durationMs }) => `  ${plainLine(id)}  ${durationMs} ms`),
    ...(overridden.length > 0 ? [allowed(overridden)] : []),
    ...notes(unlike, uncommitted),
  ];
  return `✔ ${counted(reverted.length, "revision")} taken back on ${plainLine(target)}\n${lines.join("\n")}\n`;
}

const allowed = (overridden: readonly string[]): string => `  allowed by name: ${overridden.join(", ")}`;

const notes = (unlike: readonly string[], uncommitted: readonly string[]): readonly string[] =>
  [...unlike, ...notCommitted(uncommitted)].map((note) => `  note: ${plainLine(note)}`);

/** How many files are named. */
const shownFiles = 5;

function notCommitted(files: readonly string[]): readonly string[] {
  if (files.length === 0) return [];
  return [`not as committed, and so nobody's review: ${listed(files, shownFiles)}`];
}
