import { comment, flag, owner, type CatalogQuery, type ServerFacts } from "./query.ts";

const publications = ({ major }: ServerFacts): CatalogQuery => ({
  kind: "publication",
  name: "quote_ident(p.pubname)",
  attributes: {
    owner: owner("p.pubowner"),
    "all tables": flag("p.puballtables"),
    operations: `concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END)`,
    "via partition root": flag("p.pubviaroot"),
    "generated columns": major >= 18 ? "CASE p.pubgencols WHEN 's' THEN 'stored' ELSE 'none' END" : "'none'",
    comment: comment("pg_publication", "p.oid"),
  },
  from: "pg_publication p",
});

const publishedTables = ({ major }: ServerFacts): CatalogQuery => ({
  kind: "publication table",
  name: "r.name || '.' || quote_ident(p.pubname)",
  relation: "r.name",
  attributes:
    major >= 15
      ? {
          columns: `(SELECT string_agg(quote_ident(attname), ', ' ORDER BY attname COLLATE "C") FROM pg_attribute WHERE attrelid = r.oid AND attnum = ANY (m.prattrs::int2[]))`,
          where: "pg_get_expr(m.prqual, m.prrelid)",
        }
      : {},
  from: `pg_publication p JOIN pg_publication_rel m ON m.prpubid = p.oid JOIN relation r ON r.oid = m.prrelid`,
});

const publishedSchemas: CatalogQuery = {
  kind: "publication schema",
  name: "s.name || '.' || quote_ident(p.pubname)",
  relation: "s.name",
  attributes: {},
  from: `pg_publication p JOIN pg_publication_namespace m ON m.pnpubid = p.oid JOIN schema s ON s.oid = m.pnnspid`,
};

/** Only a superuser may see how a subscription connects; what is seen is a digest, because it may hold a password. */
const subscriptions = ({ major, superuser }: ServerFacts): CatalogQuery => ({
  kind: "subscription",
  name: "quote_ident(u.subname)",
  attributes: {
    owner: owner("u.subowner"),
    connection: superuser ? "'md5:' || md5(u.subconninfo)" : "'not readable'",
    publications: "array_to_string(ARRAY(SELECT quote_ident(n) FROM unnest(u.subpublications) n ORDER BY 1), ', ')",
    slot: "u.subslotname::text",
    enabled: flag("u.subenabled"),
    "synchronous commit": "u.subsynccommit",
    binary: flag("u.subbinary"),
    streaming: "u.substream::text",
    "two-phase": major >= 15 ? flag("u.subtwophasestate <> 'd'") : "NULL",
    "disable on error": major >= 15 ? flag("u.subdisableonerr") : "NULL",
    "password required": major >= 16 ? flag("u.subpasswordrequired") : "NULL",
    "run as owner": major >= 16 ? flag("u.subrunasowner") : "NULL",
    origin: major >= 16 ? "u.suborigin" : "NULL",
    failover: major >= 17 ? flag("u.subfailover") : "NULL",
    comment: comment("pg_subscription", "u.oid"),
  },
  from: "pg_subscription u WHERE u.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())",
});

/** Publications with what they publish, and subscriptions. */
export const replication = (server: ServerFacts): readonly CatalogQuery[] => [
  publications(server),
  publishedTables(server),
  ...(server.major >= 15 ? [publishedSchemas] : []),
  subscriptions(server),
];
