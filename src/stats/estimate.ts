import type { Finding } from "../finding.ts";
import type { Statistics } from "./statistics.ts";

/**
 * Megabytes a second, slow and fast, of one process on ordinary disks; `npm run bench` measures them on the machine at hand.
 * Reading counts the table, writing anew the table and its indexes.
 */
export const rates = { read: [50, 500], rewrite: [20, 100] } as const;

const megabyte = 1_000_000;

/** Findings about work that grows with a table say how large the table is, and so how long that takes. Pure. */
export function withEstimates(findings: readonly Finding[], statistics: Statistics | undefined): readonly Finding[] {
  if (statistics === undefined) return findings;
  return findings.map((finding) => {
    const sentences = estimates(finding, statistics);
    return sentences.length === 0 ? finding : { ...finding, message: [finding.message, ...sentences].join(" ") };
  });
}

function estimates(
  { ruleId, message, evidence, relation }: Finding,
  { relations, takenAt }: Statistics,
): readonly string[] {
  const rewritten = evidence?.rewrites ?? [];
  const read = evidence?.scans.filter((name) => !rewritten.includes(name)) ?? [];
  const known = (name: string) => relations[name] ?? relations[quotedWhereNeeded(name)];
  const day = takenAt.slice(0, 10);
  const touched = [...new Set([...rewritten, ...read])];
  const parts = touched.filter((name) => name !== relation);
  const bytes = (name: string): number => known(name)?.tableBytes ?? 0;
  // A partitioned table is as large as its partitions together.
  const isWhole =
    relation !== undefined && parts.length > 0 && bytes(relation) === parts.reduce((sum, name) => sum + bytes(name), 0);
  const sentences = (isWhole ? [relation] : touched).flatMap((name) => {
    const size = known(name);
    if (size === undefined) return [];
    const whole = size.tableBytes + size.indexBytes;
    const much = `${name} had ${rowsText(size.rows)}${bytesText(size.tableBytes)} and ${bytesText(size.indexBytes)} of indexes on ${day}`;
    // Its storage is replaced by none.
    if (ruleId === emptiesTable) return `${much}.`;
    return rewritten.includes(name) || (isWhole && rewritten.length > 0)
      ? `${much}: writing them anew takes ${durationText(whole, rates.rewrite)} at ${rateText(rates.rewrite)}, and about ${bytesText(whole)} more of disk and of WAL.`
      : `${much}: reading the table once takes ${durationText(size.tableBytes, rates.read)} at ${rateText(rates.read)}.`;
  });
  const named = relation === undefined || sentences.length > 0 ? undefined : known(relation);
  if (!named || !evidence) return sentences;
  const size = `${relation} had ${rowsText(named.rows)}${bytesText(named.tableBytes)}`;
  if (ruleId === changesEveryRow) {
    // The new version of each row is written beside the old one; what indexes get comes on top.
    const more = `: writing each row once more takes ${durationText(named.tableBytes, rates.rewrite)} or longer at ${rateText(rates.rewrite)}, and about ${bytesText(named.tableBytes)} more of disk and of WAL`;
    return [`${size} on ${day}${/\bUPDATE\b/.test(message) ? more : ""}.`];
  }
  return evidence.locks.length > 0 ? [`${size} on ${day}.`] : sentences;
}

const changesEveryRow = "update-delete-without-where";
const emptiesTable = "truncate-table";

/** `about 12 million rows, `; nothing where nobody has counted. */
function rowsText(rows: number | undefined): string {
  if (rows === undefined) return "";
  const number = new Intl.NumberFormat("en", {
    notation: "compact",
    compactDisplay: "long",
    maximumSignificantDigits: 2,
  });
  return `about ${number.format(rows)} rows, `;
}

/** `3.4 GB`, in powers of ten. */
function bytesText(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}

/** `about 35 s to 3 min`. */
function durationText(bytes: number, [slow, fast]: readonly [number, number]): string {
  const [least, most] = [bytes / megabyte / fast, bytes / megabyte / slow];
  if (most < 1) return "less than 1 s";
  if (least < 1) return `up to about ${secondsText(most)}`;
  return `about ${[...new Set([secondsText(least), secondsText(most)])].join(" to ")}`;
}

function secondsText(seconds: number): string {
  if (seconds < 100) return `${Math.round(seconds)} s`;
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

const rateText = ([slow, fast]: readonly [number, number]): string => `${slow} to ${fast} MB/s`;

/** A name as the judged text has it, without quotes, in the spelling of the server. */
const quotedWhereNeeded = (name: string): string =>
  name
    .split(".")
    .map((part) => (/^[a-z_][a-z0-9_]*$/.test(part) || part.startsWith('"') ? part : `"${part.replaceAll('"', '""')}"`))
    .join(".");
