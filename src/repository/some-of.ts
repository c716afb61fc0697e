const most = 8;

/** Names for a sentence: the first few, and how many more there are. */
export function someOf(names: readonly string[]): string {
  const more = names.length - most;
  return more > 1 ? `${names.slice(0, most).join(", ")} and ${more} more` : names.join(", ");
}
