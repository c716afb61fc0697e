import type { AlterTableCmd } from "../../sql/syntax.ts";
import { boundMayBeImplied } from "../bound-proof.ts";
import { indexNamed, tableNamed } from "../schema.ts";
import type { CommandContext, CommandTable } from "./command-context.ts";

/** The effects of the subcommands about partitions and inheritance. */
export const partitionEffects = {
  AT_AddInherit: lockParent,
  AT_DropInherit: lockParent,
  AT_AttachPartition(command, context) {
    const child = lockPartition(command, context);
    if (child === undefined) return;
    const { schema, table: parent, lock, scan } = context;
    for (const { references } of parent.constraints) if (references) lock(references.table, "SHARE ROW EXCLUSIVE");
    for (const each of standIns(context, child)) scan(each);
    const { def } = command;
    const isDefault = def && "PartitionCmd" in def && def.PartitionCmd.bound?.is_default;
    if (isDefault && parent.children.length === 0) return;
    if (tableNamed(schema, child)?.variety !== "partitioned" && !boundMayBeImplied(schema, parent, child)) scan(child);
  },
  AT_DetachPartition: (command, context) => void lockPartition(command, context),
  AT_DetachPartitionFinalize: (command, context) => void lockPartition(command, context),
} satisfies CommandTable;

function lockParent({ def }: AlterTableCmd, { named, lock }: CommandContext): void {
  if (def && "RangeVar" in def) lock(named(def.RangeVar), "SHARE UPDATE EXCLUSIVE");
}

/** Locks what joins or leaves; gives its name, or nothing where it is an index. */
function lockPartition({ def }: AlterTableCmd, context: CommandContext): string | undefined {
  if (!def || !("PartitionCmd" in def) || !def.PartitionCmd.name) return undefined;
  const { schema, named, lock, lockTree } = context;
  const child = named(def.PartitionCmd.name);
  if (indexNamed(schema, child)) return undefined;
  const concurrent = def.PartitionCmd.concurrent ?? false;
  lockTree(child, concurrent ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE");
  if (!concurrent) for (const each of standIns(context, child)) lock(each, "ACCESS EXCLUSIVE");
  return child;
}

/** The default partition beside a partition: its rows could belong there. */
const standIns = ({ schema, table }: CommandContext, child: string): readonly string[] =>
  table.children.filter((sibling) => sibling !== child && tableNamed(schema, sibling)?.isDefaultPartition);
