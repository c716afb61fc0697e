/** A part of a report that is shown whole or not at all. */
export interface Block {
  readonly text: string;
  /** The lower, the earlier it gets its room. */
  readonly priority: number;
}

/** Parts that belong together, with what stands around them. */
export interface Section {
  readonly open: string;
  readonly blocks: readonly Block[];
  readonly close: string;
}

/** A report's text, and how many of its parts had no room. */
export interface Fitted {
  readonly text: string;
  readonly omitted: number;
}

const gap = "\n\n";

/**
 * Puts sections together in their order, within a limit: what does not fit is left out, whole, the least important first.
 * @param size measures a text in the limit's unit
 */
export function fit(sections: readonly Section[], limit: number, size: (text: string) => number): Fitted {
  let room = limit;
  const opened = new Set<Section>();
  const chosen = new Set<Block>();
  const all = sections.flatMap((section) => section.blocks.map((block) => ({ section, block })));
  for (const { section, block } of all.toSorted((a, b) => a.block.priority - b.block.priority)) {
    const frame = opened.has(section) ? 0 : size(section.open) + size(section.close) + 2 * gap.length;
    const cost = size(block.text) + gap.length + frame;
    if (cost > room) continue;
    room -= cost;
    opened.add(section);
    chosen.add(block);
  }
  const texts = sections.flatMap((section) =>
    opened.has(section)
      ? [section.open, ...section.blocks.filter((block) => chosen.has(block)).map(({ text }) => text), section.close]
      : [],
  );
  return { text: texts.filter(Boolean).join(gap), omitted: all.length - chosen.size };
}
