/** Kinds of objects, as the parser calls them and as people do. */
type ObjectKinds = Readonly<Record<string, string>>;

/** Relations that are neither tables nor indexes. */
export const relationKinds: ObjectKinds = {
  OBJECT_VIEW: "view",
  OBJECT_MATVIEW: "materialized view",
  OBJECT_SEQUENCE: "sequence",
};

/** Types that have a name of their own. */
export const typeKinds: ObjectKinds = { OBJECT_TYPE: "type", OBJECT_DOMAIN: "domain" };

/** What can be called. */
export const routineKinds: ObjectKinds = {
  OBJECT_FUNCTION: "function",
  OBJECT_PROCEDURE: "procedure",
  OBJECT_ROUTINE: "routine",
};
