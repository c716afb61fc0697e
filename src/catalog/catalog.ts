/**
 * What `pg_dump --schema-only` would tell apart, one entry an object, plus the roles of the cluster.
 * Objects are named, never numbered: two catalogs are equal when the same names have the same attributes.
 */
export interface Catalog {
  /** Keyed by `kind` and `name`, see `CatalogObject`; the key is `${kind} ${name}`. */
  readonly objects: ReadonlyMap<string, CatalogObject>;
}

/** One object of a database. */
export interface CatalogObject {
  /** In the words of PostgreSQL's manual, lower case: `table`, `column`, `index`, `constraint`, `type`, `function`, `role`, … */
  readonly kind: string;
  /** Schema-qualified and quoted as SQL would write it; for parts of a table `schema.table.part`; for functions with argument types. */
  readonly name: string;
  /** Every attribute that `pg_dump` would show; `null` where it has none. */
  readonly attributes: Readonly<Record<string, string | null>>;
  /** Schema-qualified name of the table it belongs to, for columns, constraints, indexes, triggers, rules and policies. */
  readonly relation?: string;
}

/** One object that differs between two catalogs. */
export type CatalogDifference =
  | { readonly kind: "missing"; readonly object: CatalogObject }
  | { readonly kind: "surplus"; readonly object: CatalogObject }
  | {
      readonly kind: "changed";
      readonly before: CatalogObject;
      readonly after: CatalogObject;
      /** Names of the attributes that differ, in code-unit order. */
      readonly attributes: readonly string[];
    };
