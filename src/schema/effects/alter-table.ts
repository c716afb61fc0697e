import type { AlterTableCmd, AlterTableStmt } from "../../sql/syntax.ts";
import { splitName } from "../edit.ts";
import { indexNamed, tableNamed, withDescendants } from "../schema.ts";
import { unknownTable } from "../table-parts.ts";
import { columnEffects } from "./alter-table-columns.ts";
import { constraintEffects } from "./alter-table-constraints.ts";
import { commandMode, descendantMode, reachesDescendants } from "./alter-table-locks.ts";
import { partitionEffects } from "./alter-table-partitions.ts";
import { storageEffects } from "./alter-table-storage.ts";
import type { CommandTable } from "./command-context.ts";
import type { EffectContext } from "./effect-context.ts";

/** One entry for each subcommand that does more than take its lock. */
const commands: CommandTable = {
  ...columnEffects,
  ...constraintEffects,
  ...storageEffects,
  ...partitionEffects,
};

const otherKinds = new Set(["OBJECT_SEQUENCE", "OBJECT_TYPE", "OBJECT_INDEX"]);

/** The effects of an `ALTER TABLE`, all its parts together: it takes the strongest lock that one of them needs, at once. */
export function alterTableEffects(
  { relation, cmds = [], objtype = "OBJECT_TABLE" }: AlterTableStmt,
  context: EffectContext,
): void {
  if (!relation || otherKinds.has(objtype)) return;
  const { schema, place, named, lock } = context;
  const name = named(relation);
  if (indexNamed(schema, name)) return;
  const all = cmds.flatMap((node): AlterTableCmd[] => ("AlterTableCmd" in node ? [node.AlterTableCmd] : []));
  // Checks that the same statement drops prove nothing any more when the rows are looked at.
  const dropped = new Set(all.filter(({ subtype }) => subtype === "AT_DropConstraint").map((command) => command.name));
  for (const command of all) {
    for (const each of relation.inh && reachesDescendants(command) ? withDescendants(schema, name) : [name]) {
      lock(each, each === name ? commandMode(command) : descendantMode(command, place));
      const known = tableNamed(schema, each) ?? unknownTable(...splitName(each));
      const constraints = known.constraints.filter((constraint) => !dropped.has(constraint.name));
      const isPartitioned = known.variety === "partitioned";
      commands[command.subtype ?? "AT_AddColumn"]?.(command, {
        ...context,
        name: each,
        table: { ...known, constraints },
        scanTable: () => {
          if (!isPartitioned) context.scan(each);
        },
        rewriteTable: () => {
          if (isPartitioned) return;
          context.rewrite(each);
          context.scan(each);
        },
      });
    }
  }
}
