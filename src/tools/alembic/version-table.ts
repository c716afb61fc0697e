import { posix } from "node:path";
import type { Files } from "../../files.ts";
import type { Project } from "../../project.ts";
import { quoteIdentifier } from "../../sql/quote-identifier.ts";

/**
 * The version table as `env.py` writes it down, as SQL names it; Alembic's own name where that is no plain text. It tells two
 * environments apart that keep their versions in one database.
 */
export function statedVersionTable(
  files: Files,
  { migrations: [versions = "."] }: Pick<Project, "migrations">,
): string {
  const path = posix.join(posix.dirname(versions), "env.py");
  const text = files.exists(path) ? Buffer.from(files.bytes(path)).toString("latin1") : "";
  const table = stated(text, "version_table") ?? "alembic_version";
  const schema = stated(text, "version_table_schema");
  return [...(schema === undefined ? [] : [schema]), table].map(asWritten).join(".");
}

/** Where all that is said is the same plain text; comments do not count. */
function stated(text: string, name: string): string | undefined {
  const pattern = new RegExp(`^[^#\\n]*\\b${name}\\s*=(?!=)\\s*(?:(["'])([A-Za-z_][\\w$]{0,62})\\1)?`, "gm");
  const values = new Set([...text.matchAll(pattern)].map(([, , value]) => value));
  const [only] = values;
  return values.size === 1 ? only : undefined;
}

const asWritten = (name: string): string => (/^[a-z_][a-z0-9_$]*$/.test(name) ? name : quoteIdentifier(name));
