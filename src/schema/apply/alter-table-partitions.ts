import type { AlterTableCmd } from "../../sql/syntax.ts";
import { splitName, withRelation, withTable } from "../edit.ts";
import { relationName } from "../names.ts";
import { indexNamed, type Schema, tableNamed, withDescendants } from "../schema.ts";
import { unknownTable } from "../table-parts.ts";
import type { CommandApplyTable, CommandPlace } from "./apply-table.ts";
import { withIndexesOf } from "./index-of.ts";
import { received, standingAlone } from "./passed-on.ts";

/** What the subcommands about partitions and inheritance do. */
export const applyPartitionCommand = {
  AT_AttachPartition(schema, command, place) {
    const child = partitionIn(schema, command, place);
    if (child === undefined || isBelow(schema, child, place.name)) return schema;
    const { def } = command;
    const isDefault = (def && "PartitionCmd" in def && def.PartitionCmd.bound?.is_default) ?? false;
    const attached = withTable(schema, child, () => ({ partitionOf: place.name, isDefaultPartition: isDefault }));
    const joined = withTable(attached, place.name, ({ children }) => ({
      children: [...children, child],
      variety: "partitioned",
    }));
    const parent = tableNamed(joined, place.name);
    if (!parent) return joined;
    const constrained = parent.constraints.reduce(
      (current, constraint) => received(current, child, constraint, true, place),
      joined,
    );
    return withIndexesOf(constrained, parent, child, place);
  },
  AT_DetachPartition: detach,
  AT_DetachPartitionFinalize: detach,
  AT_AddInherit(schema, command, place) {
    const parent = parentIn(schema, command, place);
    if (parent === undefined || isBelow(schema, place.name, parent)) return schema;
    const changed = withTable(schema, place.name, ({ inherits }) => ({ inherits: [...inherits, parent] }));
    return withTable(changed, parent, ({ children }) => ({ children: [...children, place.name] }));
  },
  AT_DropInherit(schema, command, place) {
    const parent = parentIn(schema, command, place);
    if (parent === undefined) return schema;
    const changed = withTable(standingAlone(schema, place.name), place.name, ({ inherits }) => ({
      inherits: inherits.filter((other) => other !== parent),
    }));
    return withTable(changed, parent, ({ children }) => ({
      children: children.filter((other) => other !== place.name),
    }));
  },
} satisfies CommandApplyTable;

/** Whether a table is another one or below it: PostgreSQL makes nothing a child of its own. */
const isBelow = (schema: Schema, top: string, table: string): boolean => withDescendants(schema, top).includes(table);

function detach(schema: Schema, command: AlterTableCmd, place: CommandPlace): Schema {
  const child = partitionIn(schema, command, place);
  if (child === undefined) return schema;
  const { partitionOf: _, ...alone } = tableNamed(schema, child) ?? unknownTable(...splitName(child));
  const left = alone.indexes.reduce(
    withoutParent,
    standingAlone(withRelation(schema, { ...alone, isDefaultPartition: false }), child),
  );
  return withTable(left, place.name, ({ children }) => ({
    children: children.filter((other) => other !== child),
    variety: "partitioned",
  }));
}

/** The schema in which an index is part of no other. */
function withoutParent(schema: Schema, name: string): Schema {
  const index = indexNamed(schema, name);
  if (index?.partOf === undefined) return schema;
  const { partOf: _, ...alone } = index;
  return withRelation(schema, alone);
}

/** The partition that joins or leaves, by its qualified name; nothing where it is an index. */
function partitionIn(schema: Schema, { def }: AlterTableCmd, { searchPath }: CommandPlace): string | undefined {
  if (!def || !("PartitionCmd" in def) || !def.PartitionCmd.name) return undefined;
  const child = relationName(schema, searchPath, def.PartitionCmd.name);
  return indexNamed(schema, child) ? undefined : child;
}

const parentIn = (schema: Schema, { def }: AlterTableCmd, { searchPath }: CommandPlace): string | undefined =>
  def && "RangeVar" in def ? relationName(schema, searchPath, def.RangeVar) : undefined;
