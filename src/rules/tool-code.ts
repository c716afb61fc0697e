import type { ToolName } from "../tools/tool.ts";

/** The tools whose migrations are programs. */
export type ProgramTool = Extract<ToolName, "alembic" | "mikro-orm">;

/** How migrations of a tool send these statements, where that takes more than sending them all in one; else nothing. */
export function toolCode(tool: ProgramTool, statements: readonly string[]): string | undefined {
  const parts = inMigrations(statements);
  if (!statements.some((sql) => isAlone(sql) || isValidation(sql))) return undefined;
  return tool === "alembic" ? alembicCode(parts) : mikroOrmCode(parts);
}

/** Whether PostgreSQL refuses a statement in a transaction, of those that rules advise. */
export const isAlone = (sql: string): boolean => /\bCONCURRENTLY\b|^\s*VACUUM\b/i.test(sql);

/** Whether a statement is not to run in the transaction that made what it is about. */
const isValidation = (sql: string): boolean => /\bVALIDATE\s+CONSTRAINT\b/i.test(sql);

/** The statements that each of several migrations sends, so that one which fails can be run again. */
function inMigrations(statements: readonly string[]): readonly (readonly string[])[] {
  const parts: string[][] = [];
  let open: string[] | undefined;
  for (const sql of statements) {
    const apart = isAlone(sql) || isValidation(sql);
    if (apart || open === undefined) parts.push((open = []));
    open.push(sql);
    if (apart) open = undefined;
  }
  return parts;
}

function alembicCode(parts: readonly (readonly string[])[]): string {
  const revisions = parts.map((statements) =>
    statements.flatMap((sql) => {
      const call = `op.execute(${python(sql)})`;
      // All pending revisions may share one transaction: what is to run in one of its own leaves it as well.
      return isAlone(sql) || isValidation(sql) ? ["with op.get_context().autocommit_block():", `    ${call}`] : [call];
    }),
  );
  if (revisions.length === 1) return `With Alembic:\n\n${revisions[0]?.join("\n")}`;
  const numbered = revisions.map((lines, index) => [`# ${index + 1}`, ...lines].join("\n"));
  return `With Alembic, in ${counted(parts.length)} revisions:\n\n${numbered.join("\n\n")}`;
}

/** MikroORM has one transaction for a migration or none. */
function mikroOrmCode(parts: readonly (readonly string[])[]): string {
  const classes = parts.map((statements) => {
    const calls = statements.map((sql) => `    this.addSql(${JSON.stringify(sql)});`);
    const alone = statements.some(isAlone) ? ["  isTransactional() {", "    return false;", "  }"] : [];
    return ["export class Migration… extends Migration {", ...alone, "  async up() {", ...calls, "  }", "}"].join("\n");
  });
  const where =
    parts.length === 1
      ? "in a migration of its own"
      : `in ${counted(parts.length)} migrations, each applied by itself (\`allOrNothing: false\`)`;
  return `With MikroORM, ${where}:\n\n${classes.join("\n\n")}`;
}

const counted = (count: number): string => ["no", "one", "two", "three", "four"][count] ?? String(count);

/** A string of Python, one of several lines as people write it; a colon that SQLAlchemy would take for a parameter's is escaped. */
function python(sql: string): string {
  const literal = sql.replaceAll(/(?<![:\w\\]):(?=\w+(?![:\w]))/g, "\\:");
  return literal.includes("\n") && !/"""|\\/.test(literal) ? `"""${literal}"""` : JSON.stringify(literal);
}
