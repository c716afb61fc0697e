import type { DowngradeDeclaration } from "../../history.ts";
import { closingOffset, lineAt, maskSource } from "./source-text.ts";

/** A migration class as its source declares it. */
export interface MigrationClass {
  readonly name: string;
  /** What the class itself says; what a base class of the project's own adds is not seen here. */
  readonly downgrade: Exclude<DowngradeDeclaration, "unsupported">;
  /** 1-based. */
  readonly line: number;
  /** Whether it is there for others to extend. */
  readonly isAbstract: boolean;
}

// Lengths have limits: without them a file made for it takes minutes.
const classHead =
  /\bclass\b\s{0,99}([\w$]{0,999})\s{0,99}(?:<[^{}]{0,999}>)?\s{0,99}extends\s{1,99}([\w$.]{1,999})[^{]{0,999}\{/g;
const downHead =
  /(?<![\w$.])down\s{0,99}(?:\([^)]{0,999}\)|=\s{0,99}(?:async\s{0,99})?\([^)]{0,999}\))\s{0,99}(?::[^{=;]{0,999})?(?:=>\s{0,99})?\{/g;
const upHead = /(?<![\w$.])up\s*(?:\(|=)/;

/** The migration classes in a file, in the order they stand there. */
export function migrationClasses(text: string): readonly MigrationClass[] {
  const masked = maskSource(text);
  return [...masked.matchAll(classHead)].flatMap((match): MigrationClass[] => {
    const [head, name = "", base = ""] = match;
    const open = match.index + head.length - 1;
    const body = masked.slice(open, closingOffset(masked, open));
    if (!base.endsWith("Migration") && !upHead.test(body)) return [];
    const isAbstract = /\babstract\s+$/.test(masked.slice(Math.max(0, match.index - 20), match.index));
    return [
      { name, downgrade: declaresDown(body) ? "present" : "absent", line: lineAt(text, match.index), isAbstract },
    ];
  });
}

/** Whether the class body has a `down` of its own with anything in it. */
function declaresDown(body: string): boolean {
  for (const match of body.matchAll(downHead)) {
    if (depthAt(body, match.index) !== 1) continue;
    const open = match.index + match[0].length - 1;
    return body.slice(open + 1, closingOffset(body, open) - 1).trim() !== "";
  }
  return false;
}

function depthAt(masked: string, offset: number): number {
  let depth = 0;
  for (const [bracket] of masked.slice(0, offset).matchAll(/[()[\]{}]/g)) depth += "([{".includes(bracket) ? 1 : -1;
  return depth;
}
