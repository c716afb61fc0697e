const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** What a duration may be, in milliseconds. A timer of Node's that is set to more than 2^31 ends at once. */
const usual = { from: 1_000, to: 24 * units.h };

/** Reads `500ms`, `90s`, `10m` or `1h` as milliseconds. @throws RangeError when it is anything else, or out of the range */
export function parseDuration(
  text: string,
  { from, to }: { readonly from: number; readonly to: number } = usual,
): number {
  const match = /^(\d{1,12})\s*(ms|s|m|h)$/.exec(text.trim());
  if (!match) throw new RangeError(`must be a time such as ${from < 1_000 ? "500ms, 2s or 1m" : "90s, 10m or 1h"}`);
  const duration = Number(match[1]) * units[match[2] as keyof typeof units];
  if (duration < from || duration > to) throw new RangeError(`must be from ${inWords(from)} to ${inWords(to)}`);
  return duration;
}

function inWords(durationMs: number): string {
  const [unit, length] = Object.entries(units).findLast(([, each]) => durationMs % each === 0) ?? ["ms", 1];
  return `${durationMs / length}${unit}`;
}
