import { grants } from "../grants.ts";
import {
  comment,
  flag,
  independent,
  owner,
  ownObject,
  reference,
  words,
  type CatalogQuery,
  type ServerFacts,
} from "./query.ts";

const parallel = words("p.proparallel", { u: "unsafe", r: "restricted", s: "safe" });
const about = {
  owner: owner("p.proowner"),
  grants: grants("p.proacl", "acldefault('f', p.proowner)"),
  comment: comment("pg_proc", "p.oid"),
};
/** A range type brings functions of its own, which come and go with it. */
const own = `schema s JOIN pg_proc p ON p.pronamespace = s.oid AND ${ownObject("pg_proc", "p.oid")} AND ${independent("pg_proc", "p.oid")}`;

const routine = (kind: string, codes: string): CatalogQuery => ({
  kind,
  name: "p.oid::regprocedure::text",
  attributes: {
    returns: "pg_get_function_result(p.oid)",
    language: "(SELECT quote_ident(lanname) FROM pg_language WHERE oid = p.prolang)",
    volatility: words("p.provolatile", { i: "immutable", s: "stable", v: "volatile" }),
    security: `CASE WHEN p.prosecdef THEN 'definer' ELSE 'invoker' END`,
    strict: flag("p.proisstrict"),
    leakproof: flag("p.proleakproof"),
    parallel,
    cost: "p.procost::text",
    rows: "nullif(p.prorows, 0)::text",
    settings: "array_to_string(p.proconfig, ', ')",
    definition: "pg_get_functiondef(p.oid)",
    ...about,
  },
  from: `${own} WHERE p.prokind IN (${codes})`,
});

const aggregates: CatalogQuery = {
  kind: "aggregate",
  name: "p.oid::regprocedure::text",
  attributes: {
    arguments: "pg_get_function_arguments(p.oid)",
    returns: "pg_get_function_result(p.oid)",
    form: words("a.aggkind", { n: "normal", o: "ordered-set", h: "hypothetical-set" }),
    "direct arguments": "a.aggnumdirectargs::text",
    "transition function": "a.aggtransfn::text",
    "transition type": "format_type(a.aggtranstype, NULL)",
    "transition space": "a.aggtransspace::text",
    "final function": reference("a.aggfinalfn::oid", "regproc"),
    "final function extra": flag("a.aggfinalextra"),
    "final function modifies": "a.aggfinalmodify::text",
    "combine function": reference("a.aggcombinefn::oid", "regproc"),
    "serialization function": reference("a.aggserialfn::oid", "regproc"),
    "deserialization function": reference("a.aggdeserialfn::oid", "regproc"),
    "initial value": "a.agginitval",
    "moving transition function": reference("a.aggmtransfn::oid", "regproc"),
    "moving inverse function": reference("a.aggminvtransfn::oid", "regproc"),
    "moving transition type": `CASE WHEN a.aggmtranstype <> 0 THEN format_type(a.aggmtranstype, NULL) END`,
    "moving transition space": "a.aggmtransspace::text",
    "moving final function": reference("a.aggmfinalfn::oid", "regproc"),
    "moving final function extra": flag("a.aggmfinalextra"),
    "moving final function modifies": "a.aggmfinalmodify::text",
    "moving initial value": "a.aggminitval",
    "sort operator": reference("a.aggsortop", "regoperator"),
    parallel,
    ...about,
  },
  from: `${own} JOIN pg_aggregate a ON a.aggfnoid = p.oid`,
};

const eventTriggers: CatalogQuery = {
  kind: "event trigger",
  name: "quote_ident(e.evtname)",
  attributes: {
    owner: owner("e.evtowner"),
    event: "e.evtevent",
    tags: "array_to_string(ARRAY(SELECT unnest(e.evttags) ORDER BY 1), ', ')",
    function: "e.evtfoid::regprocedure::text",
    enabled: words("e.evtenabled", { O: "yes", D: "no", R: "on replica", A: "always" }),
    comment: comment("pg_event_trigger", "e.oid"),
  },
  from: `pg_event_trigger e WHERE ${ownObject("pg_event_trigger", "e.oid")}`,
};

const languages: CatalogQuery = {
  kind: "language",
  name: "quote_ident(l.lanname)",
  attributes: {
    owner: owner("l.lanowner"),
    trusted: flag("l.lanpltrusted"),
    handler: reference("l.lanplcallfoid", "regprocedure"),
    "inline handler": reference("l.laninline", "regprocedure"),
    validator: reference("l.lanvalidator", "regprocedure"),
    grants: grants("l.lanacl", "acldefault('l', l.lanowner)"),
    comment: comment("pg_language", "l.oid"),
  },
  from: `pg_language l WHERE l.lanispl AND ${ownObject("pg_language", "l.oid")}`,
};

const transforms: CatalogQuery = {
  kind: "transform",
  name: `'FOR ' || format_type(t.trftype, NULL) || ' LANGUAGE ' || (SELECT quote_ident(lanname) FROM pg_language WHERE oid = t.trflang)`,
  attributes: {
    "from sql": reference("t.trffromsql::oid", "regprocedure"),
    "to sql": reference("t.trftosql::oid", "regprocedure"),
    comment: comment("pg_transform", "t.oid"),
  },
  from: `pg_transform t WHERE ${ownObject("pg_transform", "t.oid")}`,
};

/** Functions, procedures, aggregates, event triggers, languages and transforms. */
export const routines = (_server: ServerFacts): readonly CatalogQuery[] => [
  routine("function", "'f', 'w'"),
  routine("procedure", "'p'"),
  aggregates,
  eventTriggers,
  languages,
  transforms,
];
