const units = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** In milliseconds. A timer of Node's that is set to more than 2^31 ends at once. */
const longestDuration = 24 * units.h;

/** Reads `90s`, `10m` or `1h` as milliseconds. @throws RangeError when it is anything else, nothing, or more than a day */
export function parseDuration(text: string): number {
  const match = /^(\d+)\s*(s|m|h)$/.exec(text.trim());
  if (!match) throw new RangeError("must be a time such as 90s, 10m or 1h");
  const duration = Number(match[1]) * units[match[2] as keyof typeof units];
  if (duration === 0 || duration > longestDuration) throw new RangeError("must be from 1s to 24h");
  return duration;
}
