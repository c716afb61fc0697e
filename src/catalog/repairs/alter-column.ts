import type { CatalogObject } from "../catalog.ts";
import { partName } from "../names.ts";
import { changeOptions } from "./change-options.ts";
import type { ChangedObject } from "./changed-object.ts";

/** Types between which values can always be converted as far as PostgreSQL is concerned; a value may still not fit. */
const conversions = [
  /^(?:smallint|integer|bigint|real|double precision|numeric(?:\(.*\))?)$/,
  /^(?:date|timestamp(?:\(\d\))? with(?:out)? time zone)$/,
];
const anyText = /^(?:text|character varying(?:\(\d+\))?|character(?:\(\d+\))?)$/;

/** The statements that give a column back one attribute; undefined unless they are known. */
export function alterColumn({ before, after }: ChangedObject, attribute: string): string[] | undefined {
  const { name, relation = "", attributes } = before;
  const column = partName(name, relation);
  const alter = (action: string) => [`ALTER TABLE ${relation} ALTER COLUMN ${column} ${action};`];
  const was = attributes[attribute] ?? null;
  switch (attribute) {
    case "type":
    case "collation":
      return convertible(before, after)
        ? alter(
            `TYPE ${attributes["type"]}${attributes["collation"] ? ` COLLATE ${attributes["collation"]}` : ""} USING ${column}::${attributes["type"]}`,
          )
        : undefined;
    case "nullable":
      if (attributes["not null constraint"]) return undefined;
      return alter(`${was === "NO" ? "SET" : "DROP"} NOT NULL`);
    case "not null constraint":
      // Dropping NOT NULL takes the constraint with it.
      return attributes["nullable"] === "YES" ? [] : undefined;
    case "default":
      if (after.attributes["generated"] || attributes["generated"]) return undefined;
      return alter(was === null ? "DROP DEFAULT" : `SET DEFAULT ${was}`);
    case "identity":
      if (was === null) return alter("DROP IDENTITY");
      return after.attributes["identity"] ? alter(`SET GENERATED ${was.toUpperCase()}`) : undefined;
    case "statistics":
      return alter(`SET STATISTICS ${was ?? "-1"}`);
    case "storage":
      return was === null ? undefined : alter(`SET STORAGE ${was.toUpperCase()}`);
    case "compression":
      return alter(`SET COMPRESSION ${was ?? "DEFAULT"}`);
    case "options":
      return changeOptions(was, after.attributes["options"] ?? null)?.flatMap(alter);
    default:
      return undefined;
  }
}

function convertible(before: CatalogObject, after: CatalogObject): boolean {
  const [to, from] = [before.attributes["type"] ?? "", after.attributes["type"] ?? ""];
  if (after.attributes["default"] !== null && before.attributes["default"] !== after.attributes["default"])
    return false;
  if (to.endsWith("[]") || from.endsWith("[]")) return to === from;
  return (
    to === from ||
    anyText.test(to) ||
    anyText.test(from) ||
    conversions.some((types) => types.test(to) && types.test(from))
  );
}
