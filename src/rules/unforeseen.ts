import { strongerMode } from "../postgres/blocked-by.ts";
import type { Migration, Step } from "./rule.ts";

/** What the text of a statement foretells: of a block, that of all it holds. */
export function foreseen(step: Step, { steps }: Migration) {
  const own = [step];
  for (let next = step.index + 1; steps[next]?.inner; next += 1) own.push(steps[next] as Step);
  return {
    /** Whether something is said of a lock on this relation that is at least as strong. */
    lock: (relation: string, mode: Parameters<typeof strongerMode>[1]): boolean =>
      own.some(({ effects }) => {
        const known = effects.locks.get(relation);
        return known !== undefined && strongerMode(known, mode) === known;
      }),
    rewrite: (relation: string): boolean => own.some(({ effects }) => effects.rewrites.has(relation)),
  };
}
