import { nameLists, nameParts, type Node, optionValue, type RangeVar, walk } from "../sql/syntax.ts";
import { applyAlterTable, indexOf } from "./apply-alter-table.ts";
import { applyCreateTable } from "./apply-create-table.ts";
import { renamed, splitName, withIndex, withoutRelation, withRelation, withTable } from "./edit.ts";
import { columnType, newRelationName, objectNameOf, relationName, relationNameOf, type SearchPath } from "./names.ts";
import { type NamedType, qualified, type Routine, type Schema, tableNamed } from "./schema.ts";
import { constraintNodes } from "./table-parts.ts";

/** Where in a history a statement stands. */
export interface Place {
  readonly searchPath: SearchPath;
  /** Counted from 0. */
  readonly migration: number;
  /** A number that no other transaction of the history has. */
  readonly transaction: number;
  /** Whether the schema holds everything there is, so that `IF NOT EXISTS` makes what is not in it. Default: false. */
  readonly complete?: boolean;
  /** What `TimeZone` is set to; absent where the server's or the role's own is in effect. */
  readonly timeZone?: string;
}

/** The schema after a statement, as far as its text tells. Statements that make no difference to the model give the same schema. */
export function applyStatement(schema: Schema, node: Node, place: Place): Schema {
  const { searchPath } = place;
  const created = { migration: place.migration };
  if ("CreateStmt" in node) return applyCreateTable(schema, node.CreateStmt, place);
  if ("CreateForeignTableStmt" in node)
    return node.CreateForeignTableStmt.base
      ? applyCreateTable(schema, node.CreateForeignTableStmt.base, place, "foreign")
      : schema;
  if ("AlterTableStmt" in node)
    return node.AlterTableStmt.objtype === "OBJECT_TABLE" || node.AlterTableStmt.objtype === "OBJECT_FOREIGN_TABLE"
      ? applyAlterTable(schema, node.AlterTableStmt, place)
      : schema;
  if ("IndexStmt" in node) {
    const index = indexOf(schema, node.IndexStmt, place);
    if (!index || (node.IndexStmt.if_not_exists && schema.relations.has(qualified(index.schema, index.name))))
      return schema;
    return withIndex(schema, index);
  }
  if ("ViewStmt" in node) {
    const { view, query, replace } = node.ViewStmt;
    if (!view) return schema;
    const name = newRelationName(searchPath, view);
    const [ownSchema, bare] = splitName(name);
    const existing = schema.relations.get(name);
    return withRelation(schema, {
      kind: "view",
      schema: ownSchema,
      name: bare,
      reads: relationsRead(schema, searchPath, query),
      indexes: [],
      ...(replace ? (existing?.created ? { created: existing.created } : {}) : { created }),
    });
  }
  if ("CreateTableAsStmt" in node) {
    const { into, query, objtype, if_not_exists } = node.CreateTableAsStmt;
    if (!into?.rel) return schema;
    const name = newRelationName(searchPath, into.rel);
    if (if_not_exists && schema.relations.has(name)) return schema;
    const [ownSchema, bare] = splitName(name);
    const origin = if_not_exists && !place.complete ? {} : { created };
    if (objtype !== "OBJECT_MATVIEW")
      return {
        ...withTable(withoutRelation(schema, name), name, () => ({
          ...origin,
          temporary: into.rel?.relpersistence === "t",
        })),
      };
    const reads = relationsRead(schema, searchPath, query);
    return withRelation(schema, {
      kind: "materialized view",
      schema: ownSchema,
      name: bare,
      reads,
      indexes: [],
      ...origin,
    });
  }
  if ("CreateSeqStmt" in node) {
    const { sequence, if_not_exists } = node.CreateSeqStmt;
    if (!sequence) return schema;
    const [ownSchema, name] = splitName(newRelationName(searchPath, sequence));
    return withRelation(schema, {
      kind: "sequence",
      schema: ownSchema,
      name,
      ...(if_not_exists && !place.complete ? {} : { created }),
    });
  }
  if ("CreateSchemaStmt" in node) {
    const { schemaname, schemaElts = [] } = node.CreateSchemaStmt;
    const inside = { ...place, searchPath: schemaname === undefined ? searchPath : [schemaname, ...searchPath] };
    return schemaElts.reduce((current, element) => applyStatement(current, element, inside), schema);
  }
  if ("RenameStmt" in node) return applyRename(schema, node.RenameStmt, searchPath);
  if ("AlterObjectSchemaStmt" in node) {
    const names = renaming(schema, node, place);
    return names ? renamed(schema, names.from, ...splitName(names.to)) : schema;
  }
  if ("DropStmt" in node) return applyDrop(schema, node.DropStmt, searchPath);
  if ("CreateTrigStmt" in node) {
    const { relation, trigname = "" } = node.CreateTrigStmt;
    return relation
      ? withTable(schema, relationName(schema, searchPath, relation), ({ triggers }) => ({
          triggers: [...triggers, trigname],
        }))
      : schema;
  }
  if ("CreatePolicyStmt" in node) {
    const { table, policy_name: name = "", cmd_name: command = "all" } = node.CreatePolicyStmt;
    return table
      ? withTable(schema, relationName(schema, searchPath, table), ({ policies }) => ({
          policies: [...policies, { name, command }],
        }))
      : schema;
  }
  if ("CreateFunctionStmt" in node) {
    const { funcname, options, parameters = [], returnType } = node.CreateFunctionStmt;
    const parts = nameParts(funcname);
    const [ownSchema, name] = [parts.at(-2) ?? searchPath[0] ?? "public", parts.at(-1) ?? ""];
    const inputs = parameters.flatMap((parameter) =>
      "FunctionParameter" in parameter && !/OUT$|TABLE$/.test(parameter.FunctionParameter.mode ?? "")
        ? [parameter.FunctionParameter]
        : [],
    );
    const routine: Routine = {
      kind: "routine",
      schema: ownSchema,
      name,
      created,
      language: optionValue(options, "language") ?? "sql",
      volatility: volatilities[optionValue(options, "volatility") ?? ""] ?? "volatile",
      body: optionValue(options, "as") ?? "",
      parameters: { required: inputs.filter(({ defexpr }) => !defexpr).length, all: inputs.length },
      returnsTrigger: nameParts(returnType?.names).at(-1) === "trigger",
    };
    return { ...schema, routines: schema.routines.set(qualified(ownSchema, name), routine) };
  }
  return applyType(schema, node, place);
}

const volatilities: Readonly<Record<string, Routine["volatility"]>> = { stable: "stable", immutable: "immutable" };

function applyType(schema: Schema, node: Node, place: Place): Schema {
  const { searchPath } = place;
  const add = (parts: readonly string[], kind: NamedType["kind"], more: Partial<NamedType>): Schema => {
    const [ownSchema, name] = [parts.at(-2) ?? searchPath[0] ?? "public", parts.at(-1) ?? ""];
    const type = {
      kind,
      schema: ownSchema,
      name,
      values: [],
      addedValues: [],
      constrained: false,
      created: { migration: place.migration },
    };
    return { ...schema, types: schema.types.set(qualified(ownSchema, name), { ...type, ...more }) };
  };
  const change = (parts: readonly string[], edit: (type: NamedType) => Partial<NamedType>): Schema => {
    const name = objectNameOf(schema.types, searchPath, parts);
    const [ownSchema, bare] = splitName(name);
    const type: NamedType = schema.types.get(name) ?? {
      kind: "enum",
      schema: ownSchema,
      name: bare,
      values: [],
      addedValues: [],
      constrained: false,
    };
    return { ...schema, types: schema.types.set(name, { ...type, ...edit(type) }) };
  };
  if ("CreateEnumStmt" in node)
    return add(nameParts(node.CreateEnumStmt.typeName), "enum", { values: nameParts(node.CreateEnumStmt.vals) });
  if ("CompositeTypeStmt" in node) {
    const { typevar } = node.CompositeTypeStmt;
    return typevar ? add(rangeParts(typevar), "composite", {}) : schema;
  }
  if ("CreateRangeStmt" in node) return add(nameParts(node.CreateRangeStmt.typeName), "range", {});
  if ("CreateDomainStmt" in node) {
    const { domainname, typeName, constraints } = node.CreateDomainStmt;
    return add(nameParts(domainname), "domain", {
      ...(typeName ? { base: columnType(typeName) } : {}),
      constrained: constraintNodes(constraints).some(
        ({ contype }) => contype === "CONSTR_CHECK" || contype === "CONSTR_NOTNULL",
      ),
    });
  }
  if ("AlterDomainStmt" in node) {
    const { typeName, subtype } = node.AlterDomainStmt;
    // C: add a constraint, O: set not null.
    return subtype === "C" || subtype === "O"
      ? change(nameParts(typeName), () => ({ kind: "domain", constrained: true }))
      : schema;
  }
  if ("AlterEnumStmt" in node) {
    const { typeName, oldVal, newVal = "" } = node.AlterEnumStmt;
    return change(nameParts(typeName), ({ values, addedValues }) =>
      oldVal === undefined
        ? {
            values: [...values, newVal],
            addedValues: [...addedValues, { value: newVal, transaction: place.transaction }],
          }
        : { values: values.map((value) => (value === oldVal ? newVal : value)) },
    );
  }
  return schema;
}

/** The names of a relation before and after a statement that renames it or moves it to another schema. */
export function renaming(
  schema: Schema,
  node: Node,
  { searchPath }: Pick<Place, "searchPath">,
): { readonly from: string; readonly to: string } | undefined {
  if ("AlterObjectSchemaStmt" in node) {
    const { relation, newschema, objectType } = node.AlterObjectSchemaStmt;
    if (!relation || newschema === undefined || !objectType) return undefined;
    const from = relationName(schema, searchPath, relation);
    return { from, to: qualified(newschema, splitName(from)[1]) };
  }
  if (!("RenameStmt" in node)) return undefined;
  const { renameType, relation, newname = "" } = node.RenameStmt;
  if (!relation || !renameType || partsOfTable.has(renameType)) return undefined;
  const from = relationName(schema, searchPath, relation);
  return { from, to: qualified(splitName(from)[0], newname) };
}

const partsOfTable = new Set([
  "OBJECT_COLUMN",
  "OBJECT_TABCONSTRAINT",
  "OBJECT_TRIGGER",
  "OBJECT_RULE",
  "OBJECT_POLICY",
]);

function applyRename(
  schema: Schema,
  statement: Extract<Node, { RenameStmt: unknown }>["RenameStmt"],
  path: SearchPath,
): Schema {
  const { renameType, relation, subname = "", newname = "", object } = statement;
  if (relation) {
    const name = relationName(schema, path, relation);
    const swap = (text: string): string => (text === subname ? newname : text);
    if (renameType === "OBJECT_COLUMN")
      return withTable(schema, name, ({ columns, constraints }) => ({
        columns: columns.map((column) => ({ ...column, name: swap(column.name) })),
        constraints: constraints.map((constraint) => ({ ...constraint, columns: constraint.columns.map(swap) })),
      }));
    if (renameType === "OBJECT_TABCONSTRAINT")
      return withTable(schema, name, ({ constraints }) => ({
        constraints: constraints.map((constraint) => ({ ...constraint, name: swap(constraint.name) })),
      }));
    const names = renaming(schema, { RenameStmt: statement }, { searchPath: path });
    return names ? renamed(schema, names.from, ...splitName(names.to)) : schema;
  }
  if ((renameType === "OBJECT_TYPE" || renameType === "OBJECT_DOMAIN") && object && "List" in object) {
    const name = objectNameOf(schema.types, path, nameParts(object.List.items));
    const type = schema.types.get(name);
    if (!type) return schema;
    return {
      ...schema,
      types: schema.types.delete(name).set(qualified(type.schema, newname), { ...type, name: newname }),
    };
  }
  return schema;
}

function applyDrop(
  schema: Schema,
  statement: Extract<Node, { DropStmt: unknown }>["DropStmt"],
  path: SearchPath,
): Schema {
  const lists = nameLists(statement.objects);
  switch (statement.removeType) {
    case "OBJECT_TABLE":
    case "OBJECT_FOREIGN_TABLE":
    case "OBJECT_VIEW":
    case "OBJECT_MATVIEW":
    case "OBJECT_INDEX":
    case "OBJECT_SEQUENCE":
      return lists.reduce((current, parts) => withoutRelation(current, relationNameOf(current, path, parts)), schema);
    case "OBJECT_TYPE":
    case "OBJECT_DOMAIN":
      return lists.reduce(
        (current, parts) => ({ ...current, types: current.types.delete(objectNameOf(current.types, path, parts)) }),
        schema,
      );
    case "OBJECT_FUNCTION":
    case "OBJECT_PROCEDURE":
    case "OBJECT_ROUTINE":
      return lists.reduce(
        (current, parts) => ({
          ...current,
          routines: current.routines.delete(objectNameOf(current.routines, path, parts)),
        }),
        schema,
      );
    case "OBJECT_SCHEMA": {
      const dropped = new Set(lists.map((parts) => parts.at(-1)));
      let result = schema;
      for (const relation of schema.relations.values())
        if (dropped.has(relation.schema)) result = withoutRelation(result, qualified(relation.schema, relation.name));
      return result;
    }
    case "OBJECT_TRIGGER":
    case "OBJECT_POLICY":
      return lists.reduce((current, parts) => {
        const table = relationNameOf(current, path, parts.slice(0, -1));
        const gone = parts.at(-1);
        if (!tableNamed(current, table)) return current;
        return withTable(current, table, ({ triggers, policies }) =>
          statement.removeType === "OBJECT_TRIGGER"
            ? { triggers: triggers.filter((name) => name !== gone) }
            : { policies: policies.filter(({ name }) => name !== gone) },
        );
      }, schema);
    default:
      return schema;
  }
}

/** The relations that a query names, without those it defines itself with `WITH`. */
export function relationsRead(schema: Schema, path: SearchPath, query: unknown): readonly string[] {
  const own = new Set<string>();
  const named: RangeVar[] = [];
  for (const node of walk(query)) {
    if ("RangeVar" in node) named.push(node["RangeVar"] as RangeVar);
    if ("CommonTableExpr" in node) own.add((node["CommonTableExpr"] as { ctename?: string }).ctename ?? "");
  }
  return [
    ...new Set(
      named
        .filter(({ schemaname, relname = "" }) => schemaname !== undefined || !own.has(relname))
        .map((relation) => relationName(schema, path, relation)),
    ),
  ];
}

const rangeParts = ({ schemaname, relname = "" }: RangeVar): readonly string[] =>
  schemaname === undefined ? [relname] : [schemaname, relname];
