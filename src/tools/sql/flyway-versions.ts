/** Whether the id of a revision is a version, and no name. */
export const isVersion = (id: string): boolean => /^[\d.]+$/.test(id);

const parts = (version: string): readonly bigint[] => version.split(".").filter(Boolean).map(BigInt);

/** `1.0` and `1` are the same version to Flyway. */
export const canonical = (version: string): string =>
  parts(version)
    .join(".")
    .replace(/(\.0)+$/, "");

/** For sorting, number by number. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0n) - (right[index] ?? 0n);
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  return 0;
}
