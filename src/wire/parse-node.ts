/** A node of PostgreSQL's parse tree: one key, its type; or what is below that, by the names of its fields. */
export type Node = Readonly<Record<string, unknown>>;
