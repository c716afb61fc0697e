import { provenNotNull } from "../../src/schema/not-null-proof.ts";
import { typeText } from "../../src/schema/names.ts";
import type { Constraint, Relation, Schema, Table } from "../../src/schema/schema.ts";
import type { RealRelation, RealSchema } from "./real-schema.ts";

/** Where the model claims what the catalog denies, one sentence each. What the model does not know is no difference. */
export function differences(schema: Schema, real: RealSchema): readonly string[] {
  const known = new Map([...schema.relations.values()].map((each) => [`${each.schema}.${each.name}`, each]));
  const relations = new Map((real.relations ?? []).map((each) => [each.name, each]));
  const found: string[] = [];
  for (const [name, relation] of known) {
    const actual = relations.get(name);
    if (!actual) found.push(`${name}: ${relation.kind} in the model only`);
    else
      compare(relation, actual, (what, claim, truth) => {
        const [one, other] = [JSON.stringify(claim), JSON.stringify(truth)];
        if (one !== other) found.push(`${name}: ${what} is ${one} in the model, ${other} in the catalog`);
      });
  }
  for (const [name, { kind }] of relations)
    // Sequences of columns are the columns' own.
    if (!known.has(name) && kind !== "S") found.push(`${name}: in the catalog only`);
  const types = new Map((real.types ?? []).map((each) => [each.name, each.values]));
  for (const type of schema.types.values()) {
    const name = `${type.schema}.${type.name}`;
    if (!types.has(name)) found.push(`${name}: ${type.kind} in the model only`);
    else if (type.kind === "enum" && type.values.toSorted().join() !== types.get(name)?.toSorted().join())
      found.push(`${name}: values ${type.values.join()} in the model, ${types.get(name)?.join()} in the catalog`);
  }
  for (const name of types.keys()) if (!schema.types.has(name)) found.push(`${name}: in the catalog only`);
  return found;
}

type Check = (what: string, claim: unknown, truth: unknown) => void;

const kinds: Readonly<Record<string, string>> = {
  r: "table",
  p: "table",
  f: "table",
  i: "index",
  I: "index",
  v: "view",
  m: "materialized view",
  S: "sequence",
};

function compare(relation: Relation, actual: RealRelation, check: Check): void {
  check("kind", relation.kind, kinds[actual.kind]);
  switch (relation.kind) {
    case "table":
      return compareTable(relation, actual, check);
    case "index": {
      const { table, columns, unique, partial, method, ofConstraint } = relation;
      const of_constraint = ofConstraint;
      const claim = { table, columns: columns.map((each) => each ?? null), unique, partial, method, of_constraint };
      for (const [what, value] of Object.entries(claim)) check(what, value, actual.index?.[what as "table"]);
      return;
    }
    case "view":
    case "materialized view":
      return check("reads", relation.reads.toSorted(), actual.reads);
    case "sequence":
      return;
  }
}

function compareTable(table: Table, actual: RealRelation, check: Check): void {
  check("variety", table.variety, actual.kind === "p" ? "partitioned" : "ordinary");
  check("temporary", table.temporary, actual.persistence === "t");
  check("unlogged", table.unlogged, actual.persistence === "u");
  check("row security", table.rowSecurity, actual.row_security);
  check("default partition", table.isDefaultPartition, actual.is_default);
  check("partition of", table.partitionOf ?? null, actual.is_partition ? actual.parents[0] : null);
  check("inherits", table.inherits.toSorted(), actual.is_partition ? [] : actual.parents);
  check("children", table.children.toSorted(), actual.children);
  check("policies", table.policies, actual.policies);
  check("referenced by", table.referencedBy.toSorted(), actual.referenced_by);
  if (table.complete)
    check(
      "columns",
      table.columns.map(({ name }) => name).toSorted(),
      actual.columns.map(({ name }) => name).toSorted(),
    );
  for (const column of table.columns) {
    const truth = actual.columns.find(({ name }) => name === column.name);
    if (!truth) {
      check(`column ${column.name}`, "there", "missing");
      continue;
    }
    const of = (what: string) => `column ${column.name}: ${what}`;
    if (column.type)
      check(of("type"), spelled(typeText(column.type)), truth.type.replace(/^(?:public|harbour|quay)\./, ""));
    check(of("generated"), column.generated ?? null, truth.generated);
    check(of("identity"), column.identity, truth.identity);
    if (table.complete || column.hasDefault) check(of("default"), column.hasDefault, truth.has_default);
    if (table.complete || column.notNull) check(of("not null"), column.notNull, truth.not_null);
    if (truth.not_null === false) check(of("not null by a key"), column.notNull, false);
  }
  const keys = (list: readonly Pick<Constraint, "name" | "kind" | "columns">[]) =>
    list
      .filter(({ kind }) => kind !== "not null")
      // The number behind a made-up name depends on tables that had the same name once.
      .map(({ name, kind, columns }) =>
        kind === "check"
          ? `${name.replace(/\d+$/, "")} ${columns.toSorted().join()}`
          : `${kind === "foreign key" ? name.replace(/\d+$/, "") : name} ${kind} ${columns.join()}`,
      )
      .toSorted();
  if (table.complete) check("constraints", keys(table.constraints), keys(actual.constraints));
  for (const constraint of table.constraints) {
    const truth = actual.constraints.find(({ name }) => name === constraint.name);
    if (!truth || constraint.kind === "not null") continue;
    check(`${constraint.name}: validated`, constraint.validated, truth.validated);
    check(`${constraint.name}: deferrable`, constraint.deferrable, truth.deferrable);
    check(`${constraint.name}: references`, constraint.references?.table ?? null, truth.references);
  }
  for (const { name } of table.columns)
    if (
      provenNotNull({ ...table, columns: [] }, name) &&
      table.constraints.some(({ kind, columns }) => kind === "primary key" && columns.includes(name))
    )
      check(`${name}: not null, as the key says`, true, actual.columns.find((each) => each.name === name)?.not_null);
}

/** As `format_type` spells it. */
const spelled = (type: string): string =>
  type
    .replace(/^(?:public|harbour|quay)\./, "")
    .replace(/^varchar/, "character varying")
    .replace(/^char(?!acter)/, "character")
    .replace(/^timestamptz(\(\d\))?/, "timestamp$1 with time zone")
    .replace(/,\s*/, ",");
