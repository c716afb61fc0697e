import { grants } from "../grants.ts";
import type { CatalogQuery, ServerFacts } from "./query.ts";

/** Objects not listed for themselves: those of PostgreSQL's own schema and those that an extension brought. */
const unlisted = (catalog: string, namespace: string): string =>
  `(${namespace} = 'pg_catalog'::regnamespace OR x.oid IN (SELECT objid FROM member WHERE classid = '${catalog}'::regclass))`;

/** The privileges that initdb or an extension's script left, or else those every such object starts with. */
const initially = (catalog: string, part: string, usual: string): string =>
  `coalesce((SELECT initprivs FROM pg_init_privs i WHERE i.classoid = '${catalog}'::regclass AND i.objoid = x.oid AND i.objsubid = ${part}), ${usual})`;

interface Grantable {
  readonly catalog: string;
  readonly acl: string;
  readonly usual: string;
  readonly condition: string;
}

const grantsOn = ({ catalog, acl, usual, condition }: Grantable): CatalogQuery => ({
  kind: "built-in object",
  name: `(SELECT type || ' ' || identity FROM pg_identify_object('${catalog}'::regclass, x.oid, 0))`,
  attributes: { grants: grants(acl, initially(catalog, "0", usual)) },
  needs: "grants",
  from: `${catalog} x WHERE ${acl} IS NOT NULL AND ${acl} <> ${initially(catalog, "0", usual)} AND ${condition}`,
});

const columnsUsual = initially("pg_class", "a.attnum", "acldefault('c', x.relowner)");

const columnGrants: CatalogQuery = {
  kind: "built-in object",
  name: `(SELECT type || ' ' || identity FROM pg_identify_object('pg_class'::regclass, x.oid, a.attnum))`,
  attributes: { grants: grants("a.attacl", columnsUsual) },
  needs: "grants",
  from: `pg_attribute a JOIN pg_class x ON x.oid = a.attrelid
    WHERE a.attacl IS NOT NULL AND a.attacl <> ${columnsUsual} AND NOT a.attisdropped AND ${unlisted("pg_class", "x.relnamespace")}`,
};

/** Privileges granted or revoked on objects that are not listed otherwise. */
export const changedGrants = (_server: ServerFacts): readonly CatalogQuery[] => [
  grantsOn({
    catalog: "pg_class",
    acl: "x.relacl",
    usual: `acldefault(CASE x.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", x.relowner)`,
    condition: unlisted("pg_class", "x.relnamespace"),
  }),
  grantsOn({
    catalog: "pg_proc",
    acl: "x.proacl",
    usual: "acldefault('f', x.proowner)",
    condition: unlisted("pg_proc", "x.pronamespace"),
  }),
  grantsOn({
    catalog: "pg_type",
    acl: "x.typacl",
    usual: "acldefault('T', x.typowner)",
    condition: unlisted("pg_type", "x.typnamespace"),
  }),
  grantsOn({
    catalog: "pg_language",
    acl: "x.lanacl",
    usual: "acldefault('l', x.lanowner)",
    condition: `(NOT x.lanispl OR x.oid IN (SELECT objid FROM member WHERE classid = 'pg_language'::regclass))`,
  }),
  grantsOn({
    catalog: "pg_foreign_data_wrapper",
    acl: "x.fdwacl",
    usual: "acldefault('F', x.fdwowner)",
    condition: "x.oid IN (SELECT objid FROM member WHERE classid = 'pg_foreign_data_wrapper'::regclass)",
  }),
  grantsOn({
    catalog: "pg_namespace",
    acl: "x.nspacl",
    usual: "acldefault('n', x.nspowner)",
    condition: "x.oid = 'pg_catalog'::regnamespace",
  }),
  columnGrants,
];
