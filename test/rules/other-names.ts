import { walkScript } from "../../src/rules/walk.ts";
import { openSession, type Session } from "../../src/schema/session.ts";
import { type FixtureMigration, scriptOf } from "./fixtures.ts";

/** How else the names of a fixture are written, and what its advice is then to hold under; on one major. */
export const otherNames = (id: string, major: number) =>
  major !== 18 || namesElsewhere.has(id)
    ? []
    : ([
        ["names that need quotes", underQuotedNames],
        ["names with a schema", inNamedSchema],
      ] as const);

/** Fixtures in which names stand in strings, or are chosen by PostgreSQL. */
const namesElsewhere: ReadonlySet<string> = new Set([
  "drop-index-constraint-owned",
  "dynamic-sql",
  "function-under-index",
  "sequence-restart",
  "unforeseen-drop",
  "unforeseen-lock",
  "unforeseen-rewrite",
  "unnamed-constraint",
]);

/** The migrations with every table, view, column, type, index and constraint that they make under a name that needs quotes. */
function underQuotedNames(migrations: readonly FixtureMigration[]): readonly FixtureMigration[] {
  const { tables, others } = namesIn(migrations);
  const names = [...tables, ...others];
  return replaced(migrations, names, (name) => `"${name.charAt(0).toUpperCase()}${name.slice(1)}"`);
}

/** The migrations with every table, view and index in a schema that they name each time. */
function inNamedSchema(migrations: readonly FixtureMigration[]): readonly FixtureMigration[] {
  const schema: FixtureMigration = { file: "0.sql", text: "CREATE SCHEMA canal;\n", from: 0, to: 99, tool: false };
  const { tables, others } = namesIn(migrations);
  const changed = replaced(migrations, [...tables, ...others], (name, before) => {
    // What RENAME gives has no schema, and an index gets one only where it is there already.
    const isNamed = tables.has(name)
      ? !/\bRENAME (?:COLUMN \S+ )?TO $|\.$/i.test(before)
      : /\b(?:DROP|REINDEX|ALTER) INDEX (?:CONCURRENTLY )?$/i.test(before);
    return isNamed ? `canal.${name}` : name;
  });
  return [
    schema,
    ...changed.map((migration) => ({ ...migration, text: migration.text.replaceAll("public.", "canal.") })),
  ];
}

/** What the migrations make. */
function namesIn(migrations: readonly FixtureMigration[]) {
  const tables = new Set<string>();
  const others = new Set<string>();
  let session: Session = openSession();
  for (const [number, migration] of migrations.entries()) {
    const walked = walkScript({ ...session, migration: number }, scriptOf(migration));
    session = walked.session;
    for (const { after } of walked.steps) {
      for (const relation of after.schema.relations.values()) {
        (relation.kind === "index" || relation.kind === "sequence" ? others : tables).add(relation.name);
        if (relation.kind !== "table") continue;
        for (const { name } of [...relation.columns, ...relation.constraints]) others.add(name);
      }
      for (const { name } of after.schema.types.values()) others.add(name);
    }
  }
  return { tables, others };
}

/** The names changed wherever they do not stand in strings or comments. */
function replaced(
  migrations: readonly FixtureMigration[],
  names: readonly string[],
  change: (name: string, before: string) => string,
): readonly FixtureMigration[] {
  if (names.length === 0) return migrations;
  const found = new RegExp(String.raw`(?<!["'\w$])(?:${names.join("|")})(?!["'\w$])`, "g");
  return migrations.map((migration) => ({
    ...migration,
    text: migration.text.replaceAll(/'(?:[^']|'')*'|--[^\n]*|[^'-]+|-/g, (part) =>
      /^'|^--/.test(part)
        ? part
        : part.replaceAll(found, (name: string, at: number) => change(name, part.slice(0, at))),
    ),
  }));
}
