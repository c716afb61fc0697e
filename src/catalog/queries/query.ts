/** What the queries must know about the server they run on. */
export interface ServerFacts {
  /** For example `18`. */
  readonly major: number;
  /** Whether the account may read the columns that PostgreSQL keeps from everyone else. */
  readonly superuser: boolean;
}

/** An attribute: an SQL expression, or one whose value still has to be put into words. */
export type AttributeSource = string | { readonly sql: string; readonly read: (raw: string) => string | null };

/**
 * Reads one kind of object. `from` is everything after FROM and may use the common tables of `snapshot.ts`:
 * `schema (oid, name)`, `member (classid, objid)` and `relation` (`pg_class` and `name`), all without system schemas.
 */
export interface CatalogQuery {
  readonly kind: string;
  /** SQL expression. */
  readonly name: string;
  /** SQL expression; absent where the object belongs to no other. */
  readonly relation?: string;
  readonly attributes: Readonly<Record<string, AttributeSource>>;
  /** An attribute without which an object is not worth listing. */
  readonly needs?: string;
  readonly from: string;
}

/** `yes` or `no`. */
export const flag = (condition: string): string => `CASE WHEN ${condition} THEN 'yes' ELSE 'no' END`;

/** One word for each code; anything else is left out. */
export const words = (expression: string, meanings: Readonly<Record<string, string>>): string =>
  `CASE ${expression} ${Object.entries(meanings)
    .map(([code, meaning]) => `WHEN '${code}' THEN '${meaning}'`)
    .join(" ")} END`;

/** Name of the owning role. */
export const owner = (oid: string): string => `quote_ident(pg_get_userbyid(${oid}))`;

/** The comment on an object. A look-up by index, because a join misjudged by the planner would be quadratic. */
export const comment = (catalog: string, oid: string, part = "0"): string =>
  `(SELECT description FROM pg_description WHERE classoid = '${catalog}'::regclass AND objoid = ${oid} AND objsubid = ${part})`;

/** The comment on an object that all databases share. */
export const sharedComment = (catalog: string, oid: string): string =>
  `(SELECT description FROM pg_shdescription WHERE classoid = '${catalog}'::regclass AND objoid = ${oid})`;

/** Restricts to objects that no extension brought. */
export const ownObject = (catalog: string, oid: string): string =>
  `${oid} NOT IN (SELECT objid FROM member WHERE classid = '${catalog}'::regclass)`;

/** Restricts to objects that PostgreSQL did not make as a part of another. */
export const independent = (catalog: string, oid: string): string =>
  `NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = '${catalog}'::regclass AND i.objid = ${oid} AND i.deptype = 'i')`;

/** A reference by name; nothing where there is none. `as` is an object identifier type, for example `regproc`. */
export const reference = (oid: string, as: string): string => `CASE WHEN ${oid} <> 0 THEN ${oid}::${as}::text END`;

/** Minor releases since the end of 2026 write beside a column's options when it was last changed: of no two runs the same. */
const stamp = "pg_attver=";

/** The options of a column, one after the other, without that stamp; null where there are none. */
export const columnOptionText = (array: string): string =>
  `nullif(array_to_string(ARRAY(SELECT o FROM unnest(${array}) o WHERE NOT starts_with(o, '${stamp}')), ', '), '')`;

/** A `text[]` of `name=value` options, in the order of their names. */
export const options = (array: string): AttributeSource => ({
  sql: `array_to_json(${array})::text`,
  read: (raw) => {
    const values = (JSON.parse(raw) as readonly string[]).filter((value) => !value.startsWith(stamp));
    return values.length === 0 ? null : values.toSorted().join(", ");
  },
});
