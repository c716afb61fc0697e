import type { AlterTableCmd, BodyOf, NodeKind } from "../../sql/syntax.ts";
import type { Place } from "../place.ts";
import type { Schema } from "../schema.ts";

/** What statements make of a schema, by their kind. */
export type ApplyTable = {
  readonly [Kind in NodeKind]?: (schema: Schema, statement: BodyOf<Kind>, place: Place) => Schema;
};

/** Where a subcommand of `ALTER TABLE` applies. */
export interface CommandPlace extends Place {
  /** The table, by its qualified name. */
  readonly name: string;
  /** Whether it goes down to partitions and inheriting tables, because there is no `ONLY`. */
  readonly recurses: boolean;
}

/** What the subcommands of `ALTER TABLE` make of a schema, by the parser's name for each. */
export type CommandApplyTable = {
  readonly [Subtype in NonNullable<AlterTableCmd["subtype"]>]?: (
    schema: Schema,
    command: AlterTableCmd,
    place: CommandPlace,
  ) => Schema;
};
