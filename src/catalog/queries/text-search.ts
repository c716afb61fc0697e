import { comment, owner, ownObject, reference, type CatalogQuery, type ServerFacts } from "./query.ts";

const dictionary = (oid: string): string =>
  `(SELECT d.dictnamespace::regnamespace || '.' || quote_ident(d.dictname) FROM pg_ts_dict d WHERE d.oid = ${oid})`;
const parser = (oid: string): string =>
  `(SELECT p.prsnamespace::regnamespace || '.' || quote_ident(p.prsname) FROM pg_ts_parser p WHERE p.oid = ${oid})`;

const configurations: CatalogQuery = {
  kind: "text search configuration",
  name: "s.name || '.' || quote_ident(c.cfgname)",
  attributes: {
    owner: owner("c.cfgowner"),
    parser: parser("c.cfgparser"),
    mappings: `(SELECT string_agg(line, E'\\n' ORDER BY line COLLATE "C") FROM (
      SELECT (SELECT alias FROM ts_token_type(c.cfgparser) k WHERE k.tokid = m.maptokentype) || ': '
        || string_agg(${dictionary("m.mapdict")}, ', ' ORDER BY m.mapseqno) AS line
      FROM pg_ts_config_map m WHERE m.mapcfg = c.oid GROUP BY m.maptokentype) mapping)`,
    comment: comment("pg_ts_config", "c.oid"),
  },
  from: `schema s JOIN pg_ts_config c ON c.cfgnamespace = s.oid WHERE ${ownObject("pg_ts_config", "c.oid")}`,
};

const dictionaries: CatalogQuery = {
  kind: "text search dictionary",
  name: "s.name || '.' || quote_ident(d.dictname)",
  attributes: {
    owner: owner("d.dictowner"),
    template: `(SELECT t.tmplnamespace::regnamespace || '.' || quote_ident(t.tmplname) FROM pg_ts_template t WHERE t.oid = d.dicttemplate)`,
    options: "d.dictinitoption",
    comment: comment("pg_ts_dict", "d.oid"),
  },
  from: `schema s JOIN pg_ts_dict d ON d.dictnamespace = s.oid WHERE ${ownObject("pg_ts_dict", "d.oid")}`,
};

const parsers: CatalogQuery = {
  kind: "text search parser",
  name: "s.name || '.' || quote_ident(p.prsname)",
  attributes: {
    start: "p.prsstart::text",
    token: "p.prstoken::text",
    end: "p.prsend::text",
    headline: reference("p.prsheadline::oid", "regproc"),
    "token types": "p.prslextype::text",
    comment: comment("pg_ts_parser", "p.oid"),
  },
  from: `schema s JOIN pg_ts_parser p ON p.prsnamespace = s.oid WHERE ${ownObject("pg_ts_parser", "p.oid")}`,
};

const templates: CatalogQuery = {
  kind: "text search template",
  name: "s.name || '.' || quote_ident(t.tmplname)",
  attributes: {
    init: reference("t.tmplinit::oid", "regproc"),
    lexize: "t.tmpllexize::text",
    comment: comment("pg_ts_template", "t.oid"),
  },
  from: `schema s JOIN pg_ts_template t ON t.tmplnamespace = s.oid WHERE ${ownObject("pg_ts_template", "t.oid")}`,
};

/** Text search configurations, dictionaries, parsers and templates. */
export const textSearch = (_server: ServerFacts): readonly CatalogQuery[] => [
  configurations,
  dictionaries,
  parsers,
  templates,
];
