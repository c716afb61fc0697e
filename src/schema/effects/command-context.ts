import type { AlterTableCmd } from "../../sql/syntax.ts";
import type { Table } from "../schema.ts";
import type { EffectContext } from "./effect-context.ts";

/** What the effects of one subcommand of `ALTER TABLE` on one table are told from, and told to. */
export interface CommandContext extends EffectContext {
  /** The table, by its qualified name. */
  readonly name: string;
  /** As it is before the statement, without the constraints that the statement drops. */
  readonly table: Table;
  /** The table is read whole; a partitioned one has no rows of its own. */
  scanTable(): void;
  /** The table is written anew; a partitioned one has no storage. */
  rewriteTable(): void;
}

/** The effects of subcommands, by the parser's name for each. */
export type CommandTable = {
  readonly [Subtype in NonNullable<AlterTableCmd["subtype"]>]?: (
    command: AlterTableCmd,
    context: CommandContext,
  ) => void;
};
