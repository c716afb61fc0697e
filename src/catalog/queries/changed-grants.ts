import { grants } from "../grants.ts";
import { type CatalogQuery, type ServerFacts } from "./query.ts";

/** Objects not listed for themselves: those of PostgreSQL's own schema and those that an extension brought. */
const unlisted = (catalog: string, namespace: string): string =>
  `(${namespace} = 'pg_catalog'::regnamespace OR x.oid IN (SELECT objid FROM member WHERE classid = '${catalog}'::regclass))`;

const grantsOn = (catalog: string, acl: string, kind: string, holder: string, condition: string): CatalogQuery => ({
  kind: "built-in object",
  name: `(SELECT type || ' ' || identity FROM pg_identify_object('${catalog}'::regclass, x.oid, 0))`,
  attributes: {
    grants: grants(
      acl,
      `coalesce((SELECT initprivs FROM pg_init_privs i WHERE i.classoid = '${catalog}'::regclass AND i.objoid = x.oid AND i.objsubid = 0), acldefault(${kind}, ${holder}))`,
    ),
  },
  from: `${catalog} x WHERE ${acl} IS NOT NULL AND ${condition}`,
});

const columnGrants: CatalogQuery = {
  kind: "built-in object",
  name: `(SELECT type || ' ' || identity FROM pg_identify_object('pg_class'::regclass, x.oid, a.attnum))`,
  attributes: {
    grants: grants(
      "a.attacl",
      `coalesce((SELECT initprivs FROM pg_init_privs i WHERE i.classoid = 'pg_class'::regclass AND i.objoid = x.oid AND i.objsubid = a.attnum), acldefault('c', x.relowner))`,
    ),
  },
  from: `pg_attribute a JOIN pg_class x ON x.oid = a.attrelid WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND ${unlisted("pg_class", "x.relnamespace")}`,
};

const languageMember = `(x.oid < 16384 OR x.oid IN (SELECT objid FROM member WHERE classid = 'pg_language'::regclass))`;

/** Privileges granted or revoked on objects that are not listed otherwise. */
export const changedGrants = (_server: ServerFacts): readonly CatalogQuery[] => [
  grantsOn(
    "pg_class",
    "x.relacl",
    `CASE x.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char"`,
    "x.relowner",
    unlisted("pg_class", "x.relnamespace"),
  ),
  grantsOn("pg_proc", "x.proacl", "'f'", "x.proowner", unlisted("pg_proc", "x.pronamespace")),
  grantsOn("pg_type", "x.typacl", "'T'", "x.typowner", unlisted("pg_type", "x.typnamespace")),
  grantsOn("pg_language", "x.lanacl", "'l'", "x.lanowner", languageMember),
  grantsOn("pg_namespace", "x.nspacl", "'n'", "x.nspowner", "x.oid = 'pg_catalog'::regnamespace"),
  columnGrants,
];
