import type { ToolName } from "../tools/tool.ts";

/** The tools whose migrations are programs. */
export type ProgramTool = Extract<ToolName, "alembic" | "mikro-orm">;

/** How a migration of a tool sends these statements, where that takes more than sending them; else nothing. */
export function toolCode(tool: ProgramTool, statements: readonly string[]): string | undefined {
  if (!statements.some(isAlone)) return undefined;
  return tool === "alembic" ? alembicCode(statements) : mikroOrmCode(statements);
}

/** Whether PostgreSQL refuses a statement in a transaction, of those that rules advise. */
const isAlone = (sql: string): boolean => /\bCONCURRENTLY\b|^\s*VACUUM\b/i.test(sql);

function alembicCode(statements: readonly string[]): string {
  const lines = statements.flatMap((sql) => {
    const call = `op.execute(${python(sql)})`;
    return isAlone(sql) ? ["with op.get_context().autocommit_block():", `    ${call}`] : [call];
  });
  return `With Alembic:\n\n${lines.join("\n")}`;
}

/** MikroORM has one transaction for a migration or none, so that what needs none goes into a migration of its own. */
function mikroOrmCode(statements: readonly string[]): string {
  const parts = [statements.filter(isAlone), statements.filter((sql) => !isAlone(sql))];
  const classes = parts.flatMap((part, index) => {
    if (part.length === 0) return [];
    const calls = part.map((sql) => `    this.addSql(${JSON.stringify(sql)});`);
    const alone = index === 0 ? ["  isTransactional() {", "    return false;", "  }"] : [];
    return [
      ["export class Migration… extends Migration {", ...alone, "  async up() {", ...calls, "  }", "}"].join("\n"),
    ];
  });
  return `With MikroORM, ${classes.length > 1 ? "in two migrations" : "in a migration of its own"}:\n\n${classes.join("\n\n")}`;
}

/** A string of Python; one of several lines as people write it. */
const python = (sql: string): string =>
  sql.includes("\n") && !/"""|\\/.test(sql) ? `"""${sql}"""` : JSON.stringify(sql);
