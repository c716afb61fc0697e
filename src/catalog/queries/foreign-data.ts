import { grants } from "../grants.ts";
import { comment, options, owner, ownObject, reference, type CatalogQuery, type ServerFacts } from "./query.ts";

const wrappers: CatalogQuery = {
  kind: "foreign data wrapper",
  name: "quote_ident(w.fdwname)",
  attributes: {
    owner: owner("w.fdwowner"),
    handler: reference("w.fdwhandler", "regproc"),
    validator: reference("w.fdwvalidator", "regproc"),
    options: options("w.fdwoptions"),
    grants: grants("w.fdwacl", "acldefault('F', w.fdwowner)"),
    comment: comment("pg_foreign_data_wrapper", "w.oid"),
  },
  from: `pg_foreign_data_wrapper w WHERE ${ownObject("pg_foreign_data_wrapper", "w.oid")}`,
};

const servers: CatalogQuery = {
  kind: "server",
  name: "quote_ident(v.srvname)",
  attributes: {
    owner: owner("v.srvowner"),
    wrapper: `(SELECT quote_ident(fdwname) FROM pg_foreign_data_wrapper WHERE oid = v.srvfdw)`,
    type: "v.srvtype",
    version: "v.srvversion",
    options: options("v.srvoptions"),
    grants: grants("v.srvacl", "acldefault('S', v.srvowner)"),
    comment: comment("pg_foreign_server", "v.oid"),
  },
  from: `pg_foreign_server v WHERE ${ownObject("pg_foreign_server", "v.oid")}`,
};

/** The values may be passwords: a digest tells them apart and nobody what they are. */
const digests = `ARRAY(SELECT option_name || '=' || CASE WHEN option_name ~* 'pass|secret|key|token' THEN 'md5:' || md5(coalesce(option_value, '')) ELSE option_value END FROM pg_options_to_table(m.umoptions))`;

/** An account that may not see the options is shown none, and then says so. */
const userMappings = ({ superuser }: ServerFacts): CatalogQuery => ({
  kind: "user mapping",
  name: "quote_ident(m.usename) || ' SERVER ' || quote_ident(m.srvname)",
  attributes: {
    options: superuser
      ? options(`CASE WHEN m.umoptions IS NOT NULL THEN ${digests} END`)
      : options(`CASE WHEN m.umoptions IS NOT NULL THEN ${digests} ELSE ARRAY['none that may be read'] END`),
  },
  from: `pg_user_mappings m`,
});

/** Foreign data wrappers, servers and user mappings. */
export const foreignData = (server: ServerFacts): readonly CatalogQuery[] => [wrappers, servers, userMappings(server)];
