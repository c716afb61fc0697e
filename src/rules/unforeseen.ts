import { strongerMode } from "../postgres/blocked-by.ts";
import type { LockMode } from "../postgres/lock-modes.ts";
import { tableNamed } from "../schema/schema.ts";
import type { Migration, Step } from "./rule.ts";

/** What the text of a statement foretells: of a block, that of all it holds. */
export function foreseen(step: Step, { steps }: Migration) {
  const own = [step];
  for (let next = step.index + 1; steps[next]?.inner; next += 1) own.push(steps[next] as Step);
  return {
    /** Whether something is said of a lock on this relation that is at least as strong. */
    lock: (relation: string, mode: LockMode): boolean =>
      own.some(({ effects }) => {
        const known = effects.locks.get(relation);
        return known !== undefined && strongerMode(known, mode) === known;
      }),
    /** Whether this may be a partition, made by no statement that can be read, of a table of which that is said. */
    partition: (relation: string, mode: LockMode): boolean =>
      own.length === 1 &&
      !step.schema.relations.has(relation) &&
      [...step.effects.locks].some(
        ([name, known]) =>
          tableNamed(step.schema, name)?.variety === "partitioned" && strongerMode(known, mode) === known,
      ),
    rewrite: (relation: string): boolean => own.some(({ effects }) => effects.rewrites.has(relation)),
    /** Whether it says that it drops this relation, or whatever goes with something. */
    drop: (relation: string): boolean =>
      own.some(
        ({ node, effects }) =>
          "DropOwnedStmt" in node ||
          ("DropStmt" in node &&
            (own.length === 1 || node.DropStmt.behavior === "DROP_CASCADE" || effects.locks.has(relation))),
      ),
  };
}
