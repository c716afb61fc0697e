import type { Node } from "../sql/syntax.ts";
import { optionValue } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "needs-superuser",
  title: "Only a superuser may do this",
  severity: "warning",
  effect: {
    consequence:
      "It works on the server that a developer or a CI job starts, and is refused by most hosted ones, where nobody is a superuser.",
  },
  remedy:
    "Leave it to whoever runs the server, before the migrations; try the migrations as a role without that right.",
  harmless: "Extensions that their authors declare trusted, or that most hosts let their users create.",
  source: manual("role-attributes", "Role Attributes"),
  detectedBy: "static",
  hazards: ["needs-superuser"],
  statements: [
    "CreateEventTrigStmt",
    "AlterSystemStmt",
    "CopyStmt",
    "CreateExtensionStmt",
    "CreatePLangStmt",
    "CreateFunctionStmt",
  ],
  *check(step) {
    const what = privileged(step.node);
    if (what === undefined) return;
    yield {
      message: `${what} is refused to everybody but a superuser, whom most hosted servers don't have.`,
      help: "Take it out of the migrations, and have it done once when the server is set up.",
    };
  },
};

/** Declared trusted by their authors, of those that come with PostgreSQL, or allowed by most hosts. */
const usual = new Set(
  (
    "btree_gin btree_gist citext cube dict_int fuzzystrmatch hstore intarray isn lo ltree pg_trgm pgcrypto plpgsql seg " +
    "tablefunc tcn tsm_system_rows tsm_system_time unaccent uuid-ossp postgis vector pg_stat_statements pg_cron timescaledb " +
    "postgres_fdw moddatetime bool_plperl jsonb_plperl plperl pltcl earthdistance intagg dblink pg_prewarm pg_buffercache " +
    "pgrowlocks pgstattuple amcheck sslinfo postgis_raster postgis_topology postgis_sfcgal postgis_tiger_geocoder " +
    "address_standardizer pgrouting hypopg hll ip4r pgaudit pg_partman pg_repack pg_hint_plan plpgsql_check orafce " +
    // There is nothing but Supabase that has these, and it lets its users create them.
    "supabase_vault pg_net pg_graphql pgsodium pg_jsonschema wrappers index_advisor pgjwt pgmq pg_tle http"
  ).split(" "),
);

/** What only a superuser may do, by default. */
function privileged(node: Node): string | undefined {
  if ("CreateEventTrigStmt" in node) return "CREATE EVENT TRIGGER";
  if ("AlterSystemStmt" in node) return "ALTER SYSTEM";
  if ("CopyStmt" in node && (node.CopyStmt.is_program || node.CopyStmt.filename !== undefined))
    return node.CopyStmt.is_program ? "COPY with PROGRAM" : "COPY with a file of the server";
  if ("CreateExtensionStmt" in node && !usual.has(node.CreateExtensionStmt.extname ?? ""))
    return `CREATE EXTENSION ${node.CreateExtensionStmt.extname}`;
  if ("CreatePLangStmt" in node) return "CREATE LANGUAGE";
  if (
    "CreateFunctionStmt" in node &&
    /^(?:c|internal)$/i.test(optionValue(node.CreateFunctionStmt.options, "language") ?? "")
  )
    return "A function in C";
  return undefined;
}
