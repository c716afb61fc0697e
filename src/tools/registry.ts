import { alembic } from "./alembic/tool.ts";
import { mikroOrm } from "./mikro-orm/tool.ts";
import { sql } from "./sql/tool.ts";
import type { Tool, ToolName } from "./tool.ts";

/** Every tool, in the order detection asks them. `sql` comes last: it takes what no other tool claims. */
export const tools = [mikroOrm, alembic, sql] as const satisfies readonly Tool[];

/** The tool of that name. */
export function toolNamed(name: ToolName): Tool {
  // Every `ToolName` is in the list; a name from outside is checked where it enters.
  return tools.find((tool) => tool.name === name) as Tool;
}
