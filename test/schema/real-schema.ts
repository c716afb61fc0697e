import type pg from "pg";

/** A relation as PostgreSQL's catalog has it, in the terms of the schema model. */
export interface RealRelation {
  readonly name: string;
  readonly kind: string;
  readonly persistence: string;
  readonly row_security: boolean;
  readonly is_default: boolean;
  readonly parents: readonly string[];
  readonly is_partition: boolean;
  readonly children: readonly string[];
  readonly referenced_by: readonly string[];
  readonly policies: readonly { readonly name: string; readonly command: string }[];
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly not_null: boolean;
    readonly has_default: boolean;
    readonly identity: boolean;
    readonly generated: string | null;
  }[];
  readonly constraints: readonly {
    readonly name: string;
    readonly kind: "primary key" | "unique" | "check" | "foreign key";
    readonly columns: readonly string[];
    readonly validated: boolean;
    readonly deferrable: boolean;
    readonly references: string | null;
  }[];
  /** Of a view. */
  readonly reads: readonly string[];
  /** Of an index. */
  readonly index: {
    readonly table: string;
    readonly columns: readonly (string | null)[];
    readonly unique: boolean;
    readonly partial: boolean;
    readonly method: string;
    readonly of_constraint: boolean;
  } | null;
}

/** What a database holds beside the system's own. */
export interface RealSchema {
  readonly relations: readonly RealRelation[] | null;
  readonly types: readonly { readonly name: string; readonly values: readonly string[] | null }[] | null;
}

/** Reads it, in the session's own transaction. */
export async function readRealSchema(client: pg.Client): Promise<RealSchema> {
  const { rows } = await client.query<RealSchema>(query);
  return rows[0] as RealSchema;
}

const query = `
with spaces as (
  select oid, case when oid = pg_my_temp_schema() then 'pg_temp' else nspname end as name from pg_namespace
  where nspname !~ '^(pg_(catalog|toast)|information_schema)' and (nspname !~ '^pg_' or oid = pg_my_temp_schema())
), named as (
  select c.*, s.name || '.' || c.relname as full_name from pg_class c join spaces s on s.oid = c.relnamespace
  where c.relkind <> 'c'
)
select (
  select json_agg(json_build_object(
    'name', n.full_name, 'kind', n.relkind, 'persistence', n.relpersistence, 'row_security', n.relrowsecurity,
    'is_default', coalesce(pg_get_expr(n.relpartbound, n.oid) = 'DEFAULT', false),
    'is_partition', n.relispartition,
    'parents', array(select p.full_name from pg_inherits i join named p on p.oid = i.inhparent where i.inhrelid = n.oid order by 1),
    'children', array(select p.full_name from pg_inherits i join named p on p.oid = i.inhrelid where i.inhparent = n.oid order by 1),
    'referenced_by', array(select p.full_name from pg_constraint k join named p on p.oid = k.conrelid
      where k.contype = 'f' and k.confrelid = n.oid and k.conrelid <> n.oid
        and not exists (select from pg_constraint above where above.oid = k.conparentid and above.conrelid = k.conrelid) order by 1),
    'policies', array(select json_build_object('name', polname, 'command',
      case polcmd when 'r' then 'select' when 'w' then 'update' else 'all' end) from pg_policy where polrelid = n.oid),
    'columns', array(select json_build_object('name', attname, 'type', format_type(atttypid, atttypmod), 'not_null', attnotnull,
      'has_default', attgenerated = '' and exists (select from pg_attrdef
        where adrelid = n.oid and adnum = attnum and pg_get_expr(adbin, adrelid) !~ '^NULL'), 'identity', attidentity <> '',
      'generated', case attgenerated when 's' then 'stored' when 'v' then 'virtual' end)
      from pg_attribute where attrelid = n.oid and attnum > 0 and not attisdropped order by attnum),
    'constraints', array(select json_build_object('name', conname, 'kind',
      case contype when 'p' then 'primary key' when 'u' then 'unique' when 'c' then 'check' when 'f' then 'foreign key' else contype::text end,
      'columns', array(select attname from unnest(conkey) with ordinality as k (number, place)
        join pg_attribute on attrelid = n.oid and attnum = number order by place),
      'validated', convalidated, 'deferrable', condeferrable, 'references', (select full_name from named where oid = confrelid))
      from pg_constraint k where conrelid = n.oid and contype in ('p', 'u', 'c', 'f')
        -- What makes a foreign key hold for the partitions of the table it points to is no key that anybody made.
        and not exists (select from pg_constraint above where above.oid = k.conparentid and above.conrelid = k.conrelid)
      order by conname),
    'reads', array(select distinct p.full_name from pg_rewrite r join pg_depend d on d.objid = r.oid and d.classid = 'pg_rewrite'::regclass
      join named p on p.oid = d.refobjid where r.ev_class = n.oid and d.refobjid <> n.oid order by 1),
    'index', (select json_build_object('table', t.full_name, 'unique', x.indisunique, 'partial', x.indpred is not null,
      'method', (select amname from pg_am where oid = n.relam),
      'of_constraint', exists (select from pg_constraint where conindid = n.oid and contype in ('p', 'u', 'x')),
      'columns', array(select a.attname from unnest(x.indkey::int[]) with ordinality as k (number, place)
        left join pg_attribute a on a.attrelid = t.oid and a.attnum = number and number <> 0 order by place))
      from pg_index x join named t on t.oid = x.indrelid where x.indexrelid = n.oid))) from named n
) as relations, (
  select json_agg(json_build_object('name', s.name || '.' || t.typname, 'values',
    (select array_agg(enumlabel::text order by enumsortorder) from pg_enum where enumtypid = t.oid)))
  from pg_type t join spaces s on s.oid = t.typnamespace where t.typtype in ('e', 'd')
) as types`;
