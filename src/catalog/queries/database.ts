import { grants } from "../grants.ts";
import { comment, flag, owner, sharedComment, words, type CatalogQuery, type ServerFacts } from "./query.ts";

const schemas: CatalogQuery = {
  kind: "schema",
  name: "s.name",
  attributes: {
    owner: owner("n.nspowner"),
    grants: grants("n.nspacl", "acldefault('n', n.nspowner)"),
    comment: comment("pg_namespace", "n.oid"),
  },
  from: "schema s JOIN pg_namespace n ON n.oid = s.oid",
};

/** What an extension brought is not listed: its version stands for it. */
const extensions: CatalogQuery = {
  kind: "extension",
  name: "quote_ident(e.extname)",
  attributes: {
    version: "e.extversion",
    schema: "e.extnamespace::regnamespace::text",
    comment: comment("pg_extension", "e.oid"),
  },
  from: "pg_extension e",
};

/** What is dropped together with an extension though the extension did not bring it. */
const extensionDependencies: CatalogQuery = {
  kind: "extension dependency",
  name: `o.type || ' ' || o.identity || ' ON ' || quote_ident(e.extname)`,
  attributes: {},
  from: `pg_depend d JOIN pg_extension e ON e.oid = d.refobjid CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, d.objsubid) o
    WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'x'`,
};

const defaultPrivileges: CatalogQuery = {
  kind: "default privileges",
  name: `'FOR ROLE ' || ${owner("d.defaclrole")} || CASE WHEN d.defaclnamespace <> 0 THEN ' IN SCHEMA ' || d.defaclnamespace::regnamespace ELSE '' END || ' ON ' || ${words(
    "d.defaclobjtype",
    { r: "TABLES", S: "SEQUENCES", f: "FUNCTIONS", T: "TYPES", n: "SCHEMAS", L: "LARGE OBJECTS" },
  )}`,
  attributes: {
    grants: grants(
      "d.defaclacl",
      `CASE WHEN d.defaclnamespace <> 0 THEN '{}'::aclitem[] ELSE acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole) END`,
    ),
  },
  from: "pg_default_acl d",
};

/** The name of the database is not part of the catalog: copies of it are compared. */
const thisDatabase: CatalogQuery = {
  kind: "database",
  name: "'current_database()'",
  attributes: {
    owner: owner("d.datdba"),
    tablespace: `(SELECT quote_ident(spcname) FROM pg_tablespace WHERE oid = d.dattablespace)`,
    "connection limit": "nullif(d.datconnlimit, -1)::text",
    "allows connections": flag("d.datallowconn"),
    template: flag("d.datistemplate"),
    grants: grants("d.datacl", "acldefault('d', d.datdba)"),
    comment: sharedComment("pg_database", "d.oid"),
  },
  from: "pg_database d WHERE d.datname = current_database()",
};

const setting = `CROSS JOIN LATERAL unnest(x.setconfig) entry
  CROSS JOIN LATERAL (SELECT split_part(entry, '=', 1) AS name, substr(entry, strpos(entry, '=') + 1) AS value) setting`;

const databaseSettings: CatalogQuery = {
  kind: "database setting",
  name: `setting.name || CASE WHEN x.setrole <> 0 THEN ' for role ' || ${owner("x.setrole")} ELSE '' END`,
  attributes: { value: "setting.value" },
  from: `pg_db_role_setting x JOIN pg_database d ON d.oid = x.setdatabase AND d.datname = current_database() ${setting}`,
};

const roleSettings: CatalogQuery = {
  kind: "role setting",
  name: `CASE WHEN x.setrole = 0 THEN 'ALL' ELSE ${owner("x.setrole")} END || '.' || setting.name`,
  relation: `CASE WHEN x.setrole <> 0 THEN ${owner("x.setrole")} END`,
  attributes: { value: "setting.value" },
  from: `pg_db_role_setting x ${setting} WHERE x.setdatabase = 0`,
};

/** `pg_roles` and not `pg_authid`: everybody may read it, and it holds no passwords. */
const roles: CatalogQuery = {
  kind: "role",
  name: "quote_ident(o.rolname)",
  attributes: {
    superuser: flag("o.rolsuper"),
    inherit: flag("o.rolinherit"),
    "create role": flag("o.rolcreaterole"),
    "create database": flag("o.rolcreatedb"),
    login: flag("o.rolcanlogin"),
    replication: flag("o.rolreplication"),
    "bypass row security": flag("o.rolbypassrls"),
    "connection limit": "nullif(o.rolconnlimit, -1)::text",
    "valid until": "o.rolvaliduntil::text",
    comment: sharedComment("pg_authid", "o.oid"),
  },
  from: "pg_roles o WHERE o.rolname !~ '^pg_'",
};

const memberships = ({ major }: ServerFacts): CatalogQuery => ({
  kind: "role membership",
  name: `${owner("m.member")} || ' in ' || ${owner("m.roleid")}${major >= 16 ? ` || ' by ' || ${owner("m.grantor")}` : ""}`,
  relation: owner("m.member"),
  attributes: {
    role: owner("m.roleid"),
    grantor: major >= 16 ? owner("m.grantor") : "NULL",
    admin: flag("m.admin_option"),
    inherit: major >= 16 ? flag("m.inherit_option") : "NULL",
    set: major >= 16 ? flag("m.set_option") : "NULL",
  },
  from: `pg_auth_members m WHERE pg_get_userbyid(m.member) !~ '^pg_'`,
});

const parameters: CatalogQuery = {
  kind: "parameter",
  name: "p.parname",
  attributes: { grants: grants("p.paracl", "acldefault('p', 10)") },
  from: "pg_parameter_acl p",
};

const securityLabels: CatalogQuery = {
  kind: "security label",
  name: `quote_ident(l.provider) || ' on ' || o.type || ' ' || o.identity`,
  attributes: { label: "l.label" },
  from: `(SELECT provider, label, classoid, objoid, objsubid FROM pg_seclabel UNION ALL SELECT provider, label, classoid, objoid, 0 FROM pg_shseclabel) l
    CROSS JOIN LATERAL pg_identify_object(l.classoid, l.objoid, l.objsubid) o WHERE o.identity IS NOT NULL`,
};

/** The database itself, its schemas and extensions, and the roles of the cluster. */
export const databaseQueries = (server: ServerFacts): readonly CatalogQuery[] => [
  schemas,
  extensions,
  extensionDependencies,
  defaultPrivileges,
  thisDatabase,
  databaseSettings,
  roles,
  memberships(server),
  roleSettings,
  ...(server.major >= 15 ? [parameters] : []),
  securityLabels,
];
