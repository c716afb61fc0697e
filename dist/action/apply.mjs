import { dirname as $dirname } from "node:path";
import { fileURLToPath as $fileURLToPath } from "node:url";
const __filename = $fileURLToPath(import.meta.url);
const __dirname = $dirname(__filename);
import { o as __toESM, t as __commonJSMin } from "./rolldown-runtime.mjs";
import { Ai as warning, An as nextChunk, B as repositoryRoot, Bn as accountName, Br as afterSavepoint, Bt as preparationStep, Cn as createRowDigest, D as log, Di as getInput, Dn as readExecute, Dr as nameLists, E as sealDifference, En as readClose, F as openRepository, Fn as queryText, Fr as atSavepoint, G as isTenantSchema, In as reportField, Ir as courseOf, Jn as queryCanceled, Jt as describeLocale, Kn as lockNotAvailable, Kr as esm_default, Ln as shiftPosition, Lr as differingSetting, M as connectToGitHub, Mn as flush, Nn as isFatal, O as currentEvent, On as readParse, Pn as message, Pr as afterEnd, Qn as readScript, Rn as fromClient, Rr as nothingTold, Si as bareStatement, Sn as passMessage, Sr as settingOf, Ti as optional$1, Tn as readBind, Ur as openSession, Vn as describeFailure, Vr as savepointCommand, Vt as rolesOf, Xn as version, Xt as readLocale, Yn as isRepeatable, Yt as isSameLocale, Zn as loadScriptParser, Zt as judgeProjectLineage, _n as differsIn, _r as spelledInView, _t as openRecordedProject, a as code, ar as compareCatalogs, at as limitNames, bn as statementError, br as bindsSetting, ci as readingOf, cn as cutHistory, cr as counted, d as publishComment, di as fingerprintOf, dr as moment, dt as planOf, ei as upTo, fi as statementIdentity, fn as lostServer, g as readParts, gi as loadParser, gn as beginningOf, gr as lockModes, hi as fingerprint, hn as startProxy, ii as quoteIdentifier, ir as relevantDifferences, it as runGit, j as publishOutputs, jn as commandTag, k as inputReader, ki as setSecret, kn as converse, l as prose, li as fileDigest, lr as firstOf, lt as recordedRevision, mn as repairStatement, n as links, oi as unquotedName, or as schemaOf, ot as resolveLimits, p as secretsOf, pr as blocksQueries, qr as toolNamed, r as repositoryOf, ri as looseText, rt as askGit, si as readCatalog, sr as describeDifference, st as serverPool, t as apiUrl, ui as planDigest, ur as listed, ut as asPlanned, vi as onlyStatement, vn as decodeSql, vr as toldAfter, wi as withoutLeadingComments, wn as digestOfValues, xi as isAboutRows, xn as assume, yn as durationMs, yr as withTold, zn as fromServer, zr as tell, zt as runSample } from "./workflow-links.mjs";
import { c as ConfigurationError, d as UsageError, f as original, i as exitCodes, l as EngineError, n as exitCodeForTargets, p as plainLine, s as ApplyError, u as ToolError } from "./exit.mjs";
import { appendFileSync, existsSync, readFileSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import { Socket, isIP } from "node:net";
import { checkServerIdentity, getCACertificates } from "node:tls";
import { setTimeout as setTimeout$1 } from "node:timers/promises";
import { homedir } from "node:os";

/**
* What the statements of one step did that did not stay. What nobody committed or rolled back ended with its connection:
* how, is not known, and so nothing is expected of it.
* @throws Error when `loadParser` was not awaited before
*/
function undoneIn(statements) {
	const undone = /* @__PURE__ */ new Map();
	const take = (reports, why) => {
		for (const report of reports) undone.set(report, undone.get(report) ?? why);
	};
	for (const transaction of Map.groupBy(statements, ({ connection, transaction }) => `${connection} ${transaction}`).values()) {
		const inside = [];
		let savepoints = [];
		let open = false;
		const takeSince = (first) => {
			const since = inside.slice(first);
			take(since, since.some(({ sqlState }) => sqlState !== void 0) ? "failed" : "taken back");
		};
		for (const report of transaction) {
			const { sql, tag, sqlState } = report;
			const command = tag === void 0 ? void 0 : savepointCommand(sql);
			inside.push(report);
			if (sqlState !== void 0) take([report], "failed");
			if (tag === "BEGIN" || tag === "START TRANSACTION") open = true;
			if (tag === "COMMIT" || tag === "ROLLBACK") open = command !== void 0;
			if (command) {
				const after = afterSavepoint(savepoints, command, inside.length);
				savepoints = after.savepoints;
				if (after.returned !== void 0) takeSince(after.returned);
			} else if (tag === "ROLLBACK") takeSince(0);
		}
		if (open) take(inside, "failed");
	}
	return undone;
}

/**
* What the rehearsal sent, as the guard takes it: beside the plan, what the session asks, and what the version table is told
* when its time has come. What a session is told is no statement of its own: each of the others says what it was when it came.
*/
function passable(reports, session = []) {
	let before = 0;
	const alsoAllowed = reports.flatMap((report) => {
		const { role, sql, transactional, transaction, told } = report;
		if (role === "migration") before += 1;
		if (role === "migration" || isSetting(report)) return [];
		const records = role === "bookkeeping" && /^\s*(?:insert|update|delete|truncate)\b/i.test(sql);
		if (!records || before === 0) return [{
			...identify(report),
			...records ? { told } : {}
		}];
		return [{
			...identify(report),
			after: before,
			told,
			...transactional ? { transaction } : {}
		}];
	});
	const undone = undoneIn(reports);
	const statements = reports.filter(({ role }) => role === "migration").map((report) => {
		const { transactional, transaction, tag, sqlState, result, locks, evidence, repeats, told } = report;
		return {
			...identify(report),
			transactional,
			told,
			...transactional && repeats !== "apart" ? { transaction } : {},
			...repeats === void 0 ? {} : { repeats: true },
			...tag === void 0 ? {} : { tag },
			...sqlState === void 0 ? {} : { fails: true },
			...result === void 0 ? {} : { result },
			...optional$1("undone", undone.get(report)),
			...evidence !== "complete" ? {} : { blocks: locks.some(({ mode }) => blocksQueries(mode)) }
		};
	});
	const atAnyTime = session.filter((report) => !isSetting(report)).map(identify);
	return {
		statements,
		alsoAllowed: distinct([...alsoAllowed, ...atAnyTime]),
		sessions: distinct([nothingTold, ...[...reports, ...session].flatMap((report) => [report.told, toldAfter(report)])])
	};
}
const identify = ({ sql, fingerprint, values }) => statementIdentity(sql, fingerprint, values);
const isSetting = ({ role, sql, values }) => role === "setting" || role === "session" && settingOf(sql, values) !== void 0;
/** Each once. */
const distinct = (values) => [...new Map(values.map((value) => [JSON.stringify(value, (_, inner) => inner instanceof Map ? [...inner] : inner), value])).values()];

/** What belongs to the server or to whoever runs it, and not to a history of migrations. */
const notOurs = /* @__PURE__ */ new Set([
	"role",
	"role membership",
	"role setting",
	"parameter",
	"database",
	"database setting",
	"default privileges",
	"built-in object",
	"security label",
	"language",
	"event trigger",
	"subscription",
	"server setting"
]);
/** Who owns what and who may use it is decided in production; a rehearsal has neither its roles nor its tablespaces. */
const notCompared = /* @__PURE__ */ new Set([
	"owner",
	"grants",
	"tablespace",
	"version"
]);
/** The ledger. */
const own = /^headgate(?:\.|$)/;
/** What of it a project says. `versionTable`: the tool's own. */
const comparison = ({ schema, foreign }, { versionTable }) => ({
	...schema === void 0 ? {} : { only: schema },
	...foreign === void 0 ? {} : { foreign },
	...versionTable === void 0 ? {} : { versionTable }
});
/**
* How the target differs from what the migrations make. Owners, privileges, tablespaces, extension versions and whole schemas
* that no migration knows are left out.
*/
function driftOf(expected, actual, comparison) {
	const ours = comparable(expected, comparison.versionTable);
	const theirs = compared(actual, madeBy(expected, comparison), comparison);
	return new Map(relevantDifferences(ours, theirs).map((difference) => [keyOf$1(difference), difference]));
}
/** What the history makes that leads to a catalog. */
function madeBy(expected, { versionTable }) {
	const { objects } = comparable(expected, versionTable);
	return {
		schemas: new Set([...objects.values()].flatMap((object) => schemaOfObject(object) ?? [])),
		has: (key) => objects.has(key)
	};
}
/** What of a target's catalog is compared with that: the same objects, and what lies beside them and is nobody else's. */
function compared(actual, made, { foreign = [], versionTable, only }) {
	const isForeign = namePattern(foreign);
	return { objects: new Map([...comparable(actual, versionTable).objects].filter(([key, object]) => {
		if (made.has(key)) return true;
		if (isForeign(object.name) || object.relation !== void 0 && isForeign(object.relation)) return false;
		if (object.kind === "extension" || object.kind === "schema") return false;
		const schema = schemaOfObject(object) ?? "";
		return only === void 0 ? made.schemas.has(schema) : unquotedName(schema) === only;
	})) };
}
/** What differs now and did not before. */
const newDrift = (before, now) => new Map([...now].filter(([key]) => !before.has(key)));
/** A sentence for each of the first differences. */
const describeDrift = (drift) => firstOf([...drift.values()].map(sayDifference));
/** Seen from the target: what a history makes and the target lacks is missing there. */
function sayDifference(difference) {
	const { kind, name } = difference.kind === "changed" ? difference.before : difference.object;
	switch (difference.kind) {
		case "missing": return `${kind} \`${name}\` is missing`;
		case "surplus": return `${kind} \`${name}\` is there, and no migration makes it`;
		case "changed": return describeDifference(difference, "a change that no migration makes");
	}
}
function keyOf$1(difference) {
	if (difference.kind !== "changed") return `${difference.kind} ${difference.object.kind} ${difference.object.name}`;
	const { before, after, attributes } = difference;
	return `changed ${before.kind} ${before.name} ${JSON.stringify(attributes.map((name) => [name, after.attributes[name]]))}`;
}
function comparable({ objects }, versionTable) {
	const isVersionTable = ({ kind, name, relation, attributes }) => versionTable !== void 0 && (name === versionTable || relation === versionTable || (attributes["owned by"] ?? "").startsWith(`${versionTable}.`) || kind === "schema" && name !== "public" && name === schemaOf(versionTable));
	return { objects: new Map([...objects].filter(([, object]) => {
		const { kind, name, relation } = object;
		return !notOurs.has(kind) && !own.test(name) && !own.test(relation ?? "") && !isVersionTable(object);
	}).map(([key, object]) => [key, {
		...object,
		attributes: Object.fromEntries(Object.entries(object.attributes).filter(([name]) => !notCompared.has(name)))
	}])) };
}
const schemaOfObject = ({ kind, name, relation }) => kind === "schema" ? name : schemaOf(relation ?? name);
function namePattern(names) {
	const patterns = names.map((name) => new RegExp(`^${name.split("*").map(RegExp.escape).join(".*")}$`));
	return (name) => patterns.some((pattern) => pattern.test(name));
}

/** Statements about the session that mean the same in a transaction. */
const harmless = /* @__PURE__ */ new Set([
	"VariableSetStmt",
	"VariableShowStmt",
	"LockStmt",
	"ConstraintsSetStmt"
]);
/** Whether all of a text may run in a transaction that was put around it, and does the same there. */
function joins(sql) {
	return readScript(Buffer.from(sql), "UTF8")?.every(({ kind: { place, node, control } }) => place === "ordinary" || !control && harmless.has(node)) ?? false;
}

/** @throws EngineError with what to grant, when there is a ledger that the role may not read */
async function expectReadable(client) {
	const { role, reads } = await rightsOf(client);
	if (reads === false) throw new EngineError(`The role ${role} may not read the ledger of Headgate. Have its owner say: GRANT USAGE ON SCHEMA headgate TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA headgate TO ${role};`);
}
/** Asked before anything is rehearsed. @throws EngineError with what to grant, when the role may not begin a ledger, or go on with it */
async function expectWritable(client) {
	const { role, database, writes, makes, hasTables } = await rightsOf(client);
	if (!hasTables && !makes) throw new EngineError(`The role ${role} may not make the ledger of Headgate, and nothing was done. Make a schema for it once: CREATE SCHEMA headgate AUTHORIZATION ${role}; or GRANT CREATE ON DATABASE ${database} TO ${role};`);
	if (hasTables && writes === false) throw new EngineError(`The role ${role} may not write to the ledger of Headgate, and nothing was done. Have its owner say: GRANT USAGE ON SCHEMA headgate TO ${role}; GRANT SELECT, INSERT ON headgate.run, headgate.entry TO ${role};`);
}
async function rightsOf(client) {
	const may = (privilege) => `bool_and(has_table_privilege(c.oid, '${privilege}'))`;
	const { rows } = await client.query(`SELECT quote_ident(current_user) AS role, quote_ident(current_database()) AS database,
            CASE WHEN n.oid IS NULL THEN has_database_privilege(current_database(), 'CREATE')
              ELSE has_schema_privilege(n.oid, 'CREATE') END AS makes, count(c.oid) > 0 AS "hasTables",
            has_schema_privilege(n.oid, 'USAGE') AND coalesce(${may("SELECT")}, true) AS reads,
            has_schema_privilege(n.oid, 'USAGE') AND coalesce(${may("SELECT")} AND ${may("INSERT")}, true) AS writes
       FROM (VALUES (to_regnamespace('headgate'))) AS n (oid)
       LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname IN ('run', 'entry') AND c.relkind IN ('r', 'p')
      GROUP BY n.oid`);
	const [rights] = rows;
	if (rights === void 0) throw new EngineError("The server does not say what the role may do.");
	return rights;
}

/** The ledger's layout; a newer one than this is not touched. */
const ledgerVersion = 1;
/** Its tables and their columns, as `format_type` names their types. */
const layout = {
	run: {
		id: "bigint",
		began: "timestamp with time zone",
		ledger: "smallint",
		headgate: "text",
		role: "text",
		project: "text",
		history: "text",
		tool: "text",
		direction: "text",
		actor: "text",
		commit: "text",
		pull_request: "text",
		plan: "text",
		overrides: "text[]"
	},
	entry: {
		id: "bigint",
		at: "timestamp with time zone",
		run: "bigint",
		project: "text",
		revision: "text",
		event: "text",
		details: "jsonb"
	}
};
/**
* Whether there is a ledger. A schema with nothing in it was made for one, by whoever may make schemas.
* @throws EngineError when it is of a newer Headgate, was changed by somebody else, or is not Headgate's at all
*/
async function hasLedger(client) {
	const { rows } = await client.query(`SELECT relname AS table, coalesce(attname, '') AS name, format_type(atttypid, atttypmod) AS type,
            attnotnull AND NOT atthasdef AND attidentity = '' AS needed,
            has_schema_privilege(relnamespace, 'USAGE') AND has_table_privilege(pg_class.oid, 'SELECT') AS readable
       FROM pg_class LEFT JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
      WHERE relnamespace = to_regnamespace('headgate') AND relkind IN ('r', 'p', 'v', 'm', 'f')`);
	if (rows.length === 0) return false;
	const found = new Map(rows.map((column) => [`${column.table}.${column.name}`, column]));
	const tables = new Set(rows.map(({ table }) => table));
	if (!Object.keys(layout).every((table) => tables.has(table))) throw new EngineError("The database has a schema `headgate` that is not the ledger of Headgate. Rename it: Headgate keeps what it applied under that name.");
	if (rows.some(({ table, readable }) => table in layout && !readable)) await expectReadable(client);
	if (found.has("run.ledger")) await refuseNewer(client);
	const changed = changedColumns(found);
	if (changed.length > 0) throw new EngineError(`The ledger in the database, the schema \`headgate\`, was changed by somebody else: ${changed.join(", ")}. Change it back, or rename the schema, and Headgate begins a new ledger.`);
	return true;
}
async function refuseNewer(client) {
	const { rows } = await client.query("SELECT max(ledger)::int AS newest FROM headgate.run");
	if ((rows[0]?.newest ?? 0) > 1) throw new EngineError("The ledger in the database was written by a newer Headgate. Use that version, or a later one.");
}
/** What keeps Headgate from reading it, or from writing to it. */
function changedColumns(found) {
	const own = Object.entries(layout).flatMap(([table, columns]) => Object.entries(columns).map(([name, type]) => [`${table}.${name}`, type]));
	const known = new Set(own.map(([path]) => path));
	return [...own.flatMap(([path, type]) => {
		const there = found.get(path)?.type;
		if (there === type) return [];
		return [there === void 0 ? `the column \`${path}\` is missing` : `\`${path}\` is ${there} and not ${type}`];
	}), ...[...found].filter(([path, { table, needed }]) => needed && table in layout && !known.has(path)).map(([path]) => `the column \`${path}\` was added, and has no default`)];
}

const schema = `
CREATE SCHEMA headgate;
COMMENT ON SCHEMA headgate IS 'What Headgate applied to this database, and when. Append-only.';`;
/**
* Append-only: the applying role keeps INSERT and SELECT alone, and triggers refuse what its owner or a superuser might still
* do by accident. Whoever owns the tables can drop both on purpose; give them to another role to rule that out.
*/
const tables = `
CREATE TABLE headgate.run (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  began timestamptz NOT NULL DEFAULT clock_timestamp(),
  ledger smallint NOT NULL,
  headgate text NOT NULL,
  role text NOT NULL DEFAULT session_user,
  project text NOT NULL,
  history text NOT NULL,
  tool text NOT NULL,
  direction text NOT NULL,
  actor text,
  commit text,
  pull_request text,
  plan text NOT NULL,
  overrides text[] NOT NULL
);
CREATE TABLE headgate.entry (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  run bigint NOT NULL,
  project text NOT NULL,
  revision text NOT NULL,
  event text NOT NULL,
  details jsonb NOT NULL
);
CREATE INDEX entry_project ON headgate.entry (project, revision);
CREATE FUNCTION headgate.refuse_change() RETURNS trigger LANGUAGE plpgsql AS
  $$BEGIN RAISE EXCEPTION 'The ledger of Headgate is append-only.' USING ERRCODE = 'insufficient_privilege'; END$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON headgate.run EXECUTE FUNCTION headgate.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON headgate.entry EXECUTE FUNCTION headgate.refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON headgate.run, headgate.entry FROM CURRENT_USER;`;
/** Everything that was written about a project's revisions in these histories, oldest first; how schemas were left is read by itself. */
async function readLedger(client, project, histories) {
	const { rows } = await client.query(`SELECT entry.run::text AS run, history, at, revision, event, details, overrides AS allowed
       FROM headgate.entry JOIN headgate.run ON run.id = entry.run WHERE entry.project = $1 AND history = ANY ($2) AND event <> 'left' ORDER BY entry.id`, [project, histories]);
	return rows.map(({ details, ...entry }) => ({
		...details,
		...entry
	}));
}
/**
* Begins a run in the ledger, which is made when it is not there. To be called by the holder of the lock only.
* @throws EngineError when the role may not create it
*/
async function openLedger(client, run) {
	if (!await hasLedger(client)) {
		const made = await client.query("SELECT FROM pg_namespace WHERE nspname = 'headgate'");
		await client.query(`BEGIN; ${made.rowCount === 0 ? schema : ""} ${tables} COMMIT`).catch(async (cause) => {
			await client.query("ROLLBACK").catch(() => {});
			if (await hasLedger(client)) return;
			throw new EngineError(`The ledger could not be created: ${cause.message}. Grant the role CREATE on the database, or make the schema for it once: CREATE SCHEMA headgate AUTHORIZATION the role.`, { cause });
		});
	}
	const { rows } = await client.query(`INSERT INTO headgate.run (ledger, headgate, project, history, tool, direction, actor, commit, pull_request, plan, overrides)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id::text AS id`, [
		1,
		version,
		run.project,
		run.history,
		run.tool,
		run.direction,
		run.actor,
		run.commit,
		run.pullRequest,
		run.plan,
		run.overrides
	]);
	const id = rows[0]?.id ?? "";
	return { write: async (revision, { event, ...details }) => void await client.query("INSERT INTO headgate.entry (run, project, revision, event, details) VALUES ($1, $2, $3, $4, $5)", [
		id,
		run.project,
		revision,
		event,
		JSON.stringify(details)
	]) };
}

/** A digest of each object of a catalog. */
const digestsOf = ({ objects }) => new Map([...objects.values()].map((object) => [`${object.kind}\t${object.name}`, digestOf(object)]));
/** Which revisions are applied, in one digest. */
const digestOfApplied = (applied) => hash("sha256", JSON.stringify([...applied].toSorted()));
/** What to write down. `before`: what was written down last. */
function changeSince(before, now) {
	const whole = before?.reading !== now.reading;
	const was = whole ? /* @__PURE__ */ new Map() : before.objects;
	const gone = [...was.keys()].filter((key) => !now.objects.has(key)).map((key) => [key, null]);
	const changed = [...now.objects].filter(([key, digest]) => was.get(key) !== digest);
	return {
		...now,
		whole,
		objects: Object.fromEntries([...gone, ...changed])
	};
}
/** How the schema of a history was left last; nothing where that was not written down. To be asked where there is a ledger. */
async function readLeftSchema(client, project, histories) {
	const { rows } = await client.query(`SELECT at, details FROM headgate.entry JOIN headgate.run ON run.id = entry.run
      WHERE entry.project = $1 AND history = ANY ($2) AND event = 'left' ORDER BY entry.id`, [project, histories]);
	const last = rows.at(-1);
	if (last === void 0) return void 0;
	const objects = /* @__PURE__ */ new Map();
	for (const { details } of rows.slice(rows.findLastIndex(({ details: { whole } }) => whole))) for (const [key, digest] of Object.entries(details.objects)) if (digest === null) objects.delete(key);
	else objects.set(key, digest);
	const { reading, applied, schemas } = last.details;
	return {
		at: last.at,
		reading,
		applied,
		schemas,
		objects
	};
}
/** In sentences, how the schema differs from how it was left. */
function describeChanges(left, now) {
	const differing = [.../* @__PURE__ */ new Set([...left.keys(), ...now.keys()])].filter((key) => left.get(key) !== now.get(key)).toSorted();
	const wholly = new Set(differing.flatMap((key) => left.has(key) && now.has(key) ? [] : [nameIn(key)]));
	return differing.flatMap((key) => {
		const name = nameIn(key);
		if (name.includes(".") && wholly.has(name.slice(0, name.lastIndexOf(".")))) return [];
		const what = `${key.slice(0, key.indexOf("	"))} \`${name}\``;
		if (!left.has(key)) return [`${what} is there, and was not`];
		return [now.has(key) ? `${what} is another` : `${what} is missing`];
	});
}
const nameIn = (key) => key.slice(key.indexOf("	") + 1);
function digestOf({ kind, attributes }) {
	const kept = Object.entries(attributes).filter(([name]) => name !== "validated" && !(kind === "user mapping" && name === "options")).map(([name, value]) => [name, name === "definition" ? value?.replace(/ NOT VALID$/, "") : value]).toSorted(([a], [b]) => (a ?? "") < (b ?? "") ? -1 : 1);
	return hash("sha256", JSON.stringify(kept)).slice(0, 12);
}

/**
* What Headgate applied, has not taken back, and no longer finds in the history: files that are missing. A tool that remembers
* only how far it came does not notice. What somebody allowed by name once, as when old migrations are made one, is no longer told.
* @param applied what the version table says, as far as the history knows
*/
function goneFrom(ledger, applied, known) {
	const candidates = /* @__PURE__ */ new Set();
	const gone = /* @__PURE__ */ new Set();
	for (const { event, revision, allowed } of ledger) {
		if (event === "reverted") {
			candidates.delete(revision);
			gone.delete(revision);
		}
		if (event !== "applied") continue;
		if (!applied.has(revision) && !known.has(revision)) candidates.add(revision);
		if (!applied.has(revision)) continue;
		for (const earlier of candidates) gone.add(earlier);
		candidates.clear();
		if (allowed.includes("unknown")) gone.clear();
	}
	return [...gone];
}

/** SQLSTATE: https://www.postgresql.org/docs/18/errcodes-appendix.html */
const undefinedColumn = "42703";
/**
* Reads what a tool's version table says, with plain SELECTs. Creates nothing.
* @throws ConfigurationError when several tables could be meant
*/
async function readState(client, record, ordered, files, place = {}) {
	const table = await findTable(client, record, place);
	if (table === void 0) return { applied: [] };
	const { rows } = await client.query(record.query(table)).catch((cause) => {
		if (cause.code !== undefinedColumn) throw cause;
		throw new ConfigurationError(`The table ${table} is not one in which the project's tool keeps what it applied: ${cause.message}. Put it back as the tool makes it, or name the right one with \`version-table:\` in headgate.yml.`, { cause });
	});
	return {
		table,
		...record.recorded(rows, ordered, files)
	};
}
async function findTable(client, { name, columns }, { named, schema }) {
	const { rows: direct } = await client.query(`SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS table, n.nspname AS schema
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)`, [named ?? name]);
	const exact = direct[0]?.table ?? void 0;
	if (schema !== void 0 && exact !== void 0 && direct[0]?.schema !== schema) throw new ConfigurationError(`The tool would keep what it applied to the schema ${schema} in ${exact}, which tenants would share. Keep a version table in each schema, and none in one that the search path also has.`);
	if (named !== void 0 || columns === void 0 || exact !== void 0) return exact;
	const { rows } = await client.query(`SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS table FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'r' AND n.nspname !~ '^pg_(temp|toast)' AND ARRAY(
        SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         ORDER BY a.attnum) = $1 AND n.nspname = coalesce($2, n.nspname)`, [columns, schema ?? null]);
	const tables = rows.map(({ table }) => table);
	if (tables.length > 1) throw new ConfigurationError(`The database has several tables in which a tool could keep what it applied: ${tables.join(", ")}. Name the right one with \`version-table:\` of the project in headgate.yml.`);
	return tables[0];
}

/** Puts together what the version table, the ledger and the files say. Pure. */
function standingOf(state, ledger, ordered, files, repeats = () => false) {
	const known = new Map(ordered.map((revision) => [revision.id, revision]));
	const byRevision = Map.groupBy(ledger, ({ revision }) => revision);
	const last = new Map([...byRevision].map(([revision, entries]) => [revision, lastTurn(entries)]));
	const { applied: recorded, unfinished } = state;
	const leaving = unfinished === void 0 ? void 0 : revisionLeft(unfinished, last, ordered);
	const applied = new Set(leaving === void 0 ? recorded : upTo(ordered, ({ id }) => id === leaving));
	const [half] = [...byRevision].flatMap(([revision, entries]) => {
		const half = halfApplied(revision, entries, applied.has(revision));
		return half === void 0 ? [] : [half];
	});
	const edited = ordered.filter((revision) => {
		if (!applied.has(revision.id) || repeats(revision)) return false;
		const finished = byRevision.get(revision.id)?.findLast(({ event }) => event === "applied" || event === "reverted");
		return finished?.event === "applied" ? !sameFiles(finished.files, revision, files) : (state.edited ?? []).includes(revision.id);
	});
	const pending = ordered.filter(({ id }) => !applied.has(id));
	const since = ordered.findIndex(({ id }) => last.get(id)?.event === "applied");
	return {
		applied,
		pending,
		forgotten: pending.filter((one) => !repeats(one) && last.get(one.id)?.event === "applied").map(({ id }) => id),
		byOthers: since === -1 ? [] : ordered.slice(since).flatMap(({ id }) => applied.has(id) && !last.has(id) ? [id] : []),
		unknown: [...applied].filter((id) => !known.has(id)),
		edited,
		...half === void 0 ? {} : { half },
		...unfinished === void 0 || leaving !== void 0 || last.get(unfinished)?.event === "began" ? {} : { unfinished }
	};
}
/** Where a revision stands by the ledger alone: on a way, or at the end of one. */
const lastTurn = (entries) => entries.findLast((entry) => [
	"began",
	"applied",
	"reverted"
].includes(entry.event));
/**
* A tool that writes down where it goes before it goes back says no more where it was: `unfinished` is then what comes before
* the revision that Headgate began to take back.
*/
function revisionLeft(unfinished, last, ordered) {
	if (last.get(unfinished)?.event === "began") return void 0;
	return ordered.find(({ id }, index) => {
		const turn = last.get(id);
		return turn?.event === "began" && turn.direction === "down" && (ordered[index - 1]?.id ?? "-1") === unfinished;
	})?.id;
}
/**
* A file that was moved is the same file: what counts is what is in it. Earlier ledgers have the digest of its bytes, whatever
* ends its lines.
* @param was SHA-256 by path, hexadecimal
*/
function sameFiles(was, { file, downFile }, files) {
	const paths = [file, ...downFile === void 0 ? [] : [downFile]].filter((path) => files.exists(path));
	const before = Object.values(was).toSorted().join();
	return [fileDigest, bytesDigest].some((digest) => before === paths.map((path) => digest(files.bytes(path))).toSorted().join());
}
const bytesDigest = (bytes) => hash("sha256", bytes);
/** What is left of a revision that was begun; nothing when it was completed, or left nothing. */
function halfApplied(revision, entries, isApplied) {
	const since = entries.findLastIndex(({ event }) => event === "applied" || event === "reverted");
	const recent = entries.slice(since + 1);
	const finished = [];
	let uncertain;
	let direction = "up";
	for (const entry of recent) {
		if (entry.event === "began") direction = entry.direction;
		if (entry.event === "sent") uncertain = { statements: [...uncertain?.statements ?? [], entry.statement] };
		if (entry.event === "committing") uncertain = entry;
		if (entry.event === "undone") uncertain = void 0;
		if (entry.event !== "finished") continue;
		for (const { number, text } of entry.statements) finished[number - 1] = text;
		uncertain = void 0;
	}
	const repeating = recent.some(({ event }) => event === "repeating");
	if ((direction === "up" ? isApplied : !isApplied) || finished.length === 0 && uncertain === void 0 && !repeating) return void 0;
	return {
		revision,
		direction,
		finished,
		...uncertain === void 0 ? {} : { uncertain }
	};
}

/**
* Reads the version table and the ledger, with SELECTs alone. Creates nothing.
* @param versionTable where the tool itself says that it is
*/
async function readStanding(client, project, ordered, files, versionTable = project.versionTable) {
	const record = versionRecordOf(project, files);
	const known = new Set(ordered.map(({ id }) => id));
	const histories = historiesOf(project, files);
	const ledger = (await hasLedger(client) ? await readLedger(client, project.name, histories) : []).filter(({ history, revision }) => history === histories[0] || known.has(revision));
	const state = await readState(client, record, ordered, files, {
		...optional$1("named", versionTable),
		...optional$1("schema", project.schema)
	});
	const standing = standingOf(state, ledger, ordered, files, (revision) => isRepeatable(revision, project));
	const gone = record.positional ? goneFrom(ledger, standing.applied, known) : [];
	return {
		...standing,
		unknown: [...standing.unknown, ...gone],
		ledger,
		again: state.again ?? [],
		...state.table === void 0 ? {} : { versionTable: state.table }
	};
}
/** @throws ConfigurationError for a layout whose tool keeps nothing in the database */
function versionRecordOf(project, files) {
	const record = toolNamed(project.tool).versionRecord(files, project);
	if (record) return record;
	throw new ConfigurationError(project.layout === "hasura" ? `The project ${project.name} cannot be applied: Hasura keeps what it applied in its own metadata and not in the database. Use \`hasura migrate apply\`.` : `The project ${project.name} cannot be applied: no tool says what was applied of files in the layout ${project.layout ?? "plain"}. Name the tool that applies them with \`layout:\` in headgate.yml.`);
}
/** What tells a project's history from others in the same database, as far as its files say it. */
const historyOf = (project, files) => historiesOf(project, files)[0];
/** The same, and what earlier ledgers call it. */
function historiesOf(project, files) {
	const { name, formerName } = versionRecordOf(project, files);
	const history = [project.schema, project.versionTable ?? name].filter(Boolean).join(".");
	const former = project.schema === void 0 && project.versionTable === void 0 ? formerName : void 0;
	return former === void 0 || former === history ? [history] : [history, former];
}

/** What the server answered, with its SQLSTATE; absent for an error of another kind. */
const serverAnswer = (error) => error instanceof esm_default.DatabaseError ? `${error.message} (SQLSTATE ${error.code})` : void 0;
/** SQLSTATE of connections that end, or an error of the socket: https://www.postgresql.org/docs/18/errcodes-appendix.html */
function isConnectionFailure(error) {
	if (error instanceof EngineError) return true;
	if (!(error instanceof Error)) return false;
	const { code = "", message } = error;
	return /^(?:08|57P0|E[A-Z]+$)/.test(code) || /^(?:Connection terminated|Client (?:has|was)|Query read timeout)/i.test(message);
}
/** In which words a server that is there gave us no connection, in a sentence; absent for any other trouble. */
const refusedConnection = (error) => error instanceof EngineError && error.cause?.sqlState !== void 0 ? error.message : void 0;
/**
* Does what needs the target. A refusal of the server that nobody has explained, of a privilege for example, or the end of a
* connection is one sentence that names the target.
* @throws EngineError in place of such an error
*/
async function onTarget(description, work) {
	try {
		return await work();
	} catch (cause) {
		if (cause instanceof EngineError) throw cause;
		if (isConnectionFailure(cause)) throw new EngineError(`The connection to ${description} was lost, and nothing more was sent. Run \`headgate status\` when it is back: it says how to go on.`, { cause });
		const answer = serverAnswer(cause);
		if (answer === void 0) throw cause;
		throw new EngineError(`${description} cannot be worked with: ${answer}. ${remedy(cause)}`, { cause });
	}
}
function remedy(cause) {
	const { code = "" } = cause;
	if (code === "42501") return "Give the role what it lacks, and run the same command again.";
	if (code.startsWith("53")) return "Make room on the server, and run the same command again.";
	return "Mend the cause, and run the same command again.";
}

/**
* Whether the schema of a database is as Headgate left it, with SELECTs alone: what can be known without a rehearsal. It says
* so where it cannot.
*/
async function lookAtSchema(client, project, files, { ledger, versionTable, applied, half, unfinished }) {
	const unknown = (reason) => ({
		state: "not-known",
		differences: [],
		reason
	});
	if (versionTable === void 0) return unknown("nothing of this project was applied here");
	if (half !== void 0 || unfinished !== void 0) return unknown("a revision is half done");
	const left = ledger.length === 0 ? void 0 : await readLeftSchema(client, project.name, historiesOf(project, files));
	if (left === void 0) return unknown("no run of Headgate has written down how it left it");
	if (left.applied !== digestOfApplied(applied)) return unknown("other revisions are applied than when Headgate wrote down last how it left it");
	if (left.reading !== await readingHere(client)) return unknown("another version of Headgate or PostgreSQL wrote down how it was left");
	const keys = new Set([...left.objects.keys()].map((key) => key.replace("	", " ")));
	const made = {
		schemas: new Set(left.schemas),
		has: (key) => keys.has(key)
	};
	try {
		const now = compared(await readCatalog(client), made, comparison(project, { versionTable }));
		const differences = describeChanges(left.objects, digestsOf(now));
		return {
			state: differences.length > 0 ? "changed" : "as-left",
			differences,
			leftAt: left.at.toISOString()
		};
	} catch (error) {
		if (!(error instanceof EngineError) || isConnectionFailure(error.cause)) throw error;
		return unknown(error.message.replace(/\.$/, ""));
	}
}
/** What is to be written down of a schema that a step has left. `left`: what of it is compared. */
async function changeLeft({ client, project, histories }, { applied, made, left }) {
	return changeSince(await readLeftSchema(client, project, histories), {
		reading: await readingHere(client),
		applied: digestOfApplied(applied),
		schemas: [...made.schemas],
		objects: digestsOf(left)
	});
}
/** How catalogs of this server are read by this version. */
async function readingHere(client) {
	const { rows } = await client.query("SELECT current_setting('server_version_num')::int AS version");
	return readingOf(Math.floor((rows[0]?.version ?? 0) / 1e4));
}

const rowNodes = /* @__PURE__ */ new Set([
	"SelectStmt",
	"InsertStmt",
	"UpdateStmt",
	"DeleteStmt",
	"MergeStmt",
	"CopyStmt",
	"CallStmt",
	"VacuumStmt"
]);
/** The limits with their defaults. */
function withDefaults({ lockTimeoutMs = 2e3, blockingTimeoutMs = 6e4, otherTimeoutMs = 0 }) {
	return {
		lockTimeoutMs,
		blockingTimeoutMs,
		otherTimeoutMs
	};
}
/** What a session begins with, unless the server's own are stricter: row by row, nothing has to be set for a statement. */
function initialTimeouts(limits, own) {
	return {
		lockTimeoutMs: stricter(limits.lockTimeoutMs, own.lockTimeoutMs),
		statementTimeoutMs: stricter(limits.otherTimeoutMs, own.statementTimeoutMs)
	};
}
/** What a statement shall run with. `set`: what is in effect. `initial`: what the session began with. `own`: what it would have begun with. */
function timeoutsFor(statement, transaction, limits, { set, initial, own }) {
	const waits = onlyWaits(statement.kind, statement.sql);
	const blocks = statement.blocks ?? mayBlock(statement.kind, statement.sql);
	const wanted = {
		lockTimeoutMs: waits ? 0 : leftOf(limits.lockTimeoutMs, transaction?.blocksSince),
		statementTimeoutMs: !waits && (blocks || transaction?.blocks) ? limits.blockingTimeoutMs : limits.otherTimeoutMs
	};
	const kept = (name) => set[name] === initial[name] ? own[name] : set[name];
	return {
		lockTimeoutMs: stricter(wanted.lockTimeoutMs, kept("lockTimeoutMs")),
		statementTimeoutMs: stricter(wanted.statementTimeoutMs, kept("statementTimeoutMs"))
	};
}
/**
* What is left of the time that others may have to wait while a transaction waits, in steps, and one of them at least.
* Where work alone has taken longer than that, waiting may add a tenth: to begin again would cost all of the work.
*/
function leftOf(lockTimeoutMs, since, now = performance.now()) {
	if (since === void 0 || lockTimeoutMs === 0) return lockTimeoutMs;
	const stepMs = Math.max(50, lockTimeoutMs / 20);
	const left = lockTimeoutMs - (now - since);
	return Math.min(lockTimeoutMs, Math.round(stepMs * Math.ceil(Math.max(stepMs, left, -left / 10) / stepMs)));
}
/** Whether others may have to wait for it, as far as its kind says. */
function mayBlock(kind, sql) {
	return !kind || !rowNodes.has(kind.node) && !onlyWaits(kind, sql);
}
/** Nobody waits behind these but others of their kind: CREATE INDEX CONCURRENTLY, VACUUM, … */
function onlyWaits(kind, sql) {
	if (kind?.place !== "outside") return false;
	return kind.node === "VacuumStmt" ? !/\bfull\b/i.test(sql) : /\bconcurrently\b/i.test(sql);
}
function stricter(one, other) {
	return one === 0 || other === 0 ? Math.max(one, other) : Math.min(one, other);
}

/** A connection that is cut without a word may never answer; nothing here takes a server that long. */
const patienceMs$1 = 15e3;
/** Waits for a short answer of a server, which a connection that was cut never gives. @throws EngineError when none comes */
async function answerOf(answer, limitMs = patienceMs$1) {
	const late = Promise.withResolvers();
	const timer = setTimeout(() => late.reject(new EngineError("The target does not answer any more.")), limitMs);
	try {
		return await Promise.race([answer, late.promise]);
	} finally {
		clearTimeout(timer);
	}
}
/** Ends a connection, also one that nobody is at the other end of. */
async function leave(client) {
	await answerOf(client.end(), 2e3).catch(() => {
		client.connection.stream.destroy();
	});
}

/** Between two looks, in milliseconds. */
const longestIntervalMs = 300;
const shortestIntervalMs = 50;
/**
* Looks from time to time who keeps a run's connections waiting, by what `workingName` says of it; `stop` gives everybody that
* was seen. Never what they run.
* @param looked called after each look, with whether one of them waits
*/
function watchBlockers(client, name, lockTimeoutMs, looked) {
	const seen = /* @__PURE__ */ new Map();
	let looking = Promise.resolve();
	let busy = false;
	const timer = setInterval(() => {
		if (busy) return;
		busy = true;
		looking = look(client, name, seen).then(looked).catch(() => {}).finally(() => busy = false);
	}, Math.min(longestIntervalMs, Math.max(shortestIntervalMs, lockTimeoutMs / 10)));
	return { async stop() {
		clearInterval(timer);
		await answerOf(looking, 3e3).catch(() => {});
		return [...seen.values()];
	} };
}
async function look(client, name, seen) {
	const { rows } = await client.query(`SELECT b.pid, format('process %s (%s), in a transaction for %s s', b.pid,
              coalesce(nullif(b.application_name, ''), 'unnamed application'),
              coalesce(round(extract(epoch FROM clock_timestamp() - b.xact_start))::text, '?')) AS who
       FROM pg_stat_activity w, unnest(pg_blocking_pids(w.pid)) AS blocking (pid)
       JOIN pg_stat_activity b ON b.pid = blocking.pid
      WHERE starts_with(w.application_name, $1) AND w.datname = current_database() AND w.wait_event_type = 'Lock'`, [`${name} `]);
	for (const { pid, who } of rows) seen.set(pid, who);
	return rows.length > 0;
}

/** What identifies a planned statement in the ledger. */
const identityOf = (statement) => statement?.text ?? statement?.fingerprint ?? "";
/**
* Writes down in the ledger what a rollback would not undo, as far as what comes next depends on it.
* @param durations of each statement, in milliseconds; receives that of this one
*/
async function noteEvent(event, step, durations, context) {
	switch (event.kind) {
		case "refused": return;
		case "statement": return noteStatement(event, step, durations, context);
		case "transaction": return noteTransaction(event, step, context);
		default: return event;
	}
}
async function noteStatement({ phase, index, transactional, awaitsEnding, durationMs }, { planned, revision, atomic, alone }, durations, { lock, ledger }) {
	if (phase === "sent") await lock.verify();
	const repeats = planned.statements[index]?.repeats !== void 0;
	const isFirst = durations[index] === void 0;
	if (phase === "sent") durations[index] ??= 0;
	if (phase === "done") durations[index] = (durations[index] ?? 0) + Math.round(durationMs ?? 0);
	if (repeats && phase === "sent" && isFirst && !atomic) await ledger.write(revision.id, {
		event: "repeating",
		statement: index + 1
	});
	if (repeats) return;
	if (transactional && (atomic || awaitsEnding || !alone.has(index))) return;
	if (phase === "sent") await ledger.write(revision.id, {
		event: "sent",
		statement: index + 1
	});
	if (phase === "done" && !transactional) await ledger.write(revision.id, {
		event: "finished",
		statements: numbered(planned, [index]),
		...durationMs === void 0 ? {} : { durationMs: Math.round(durationMs) }
	});
}
async function noteTransaction({ phase, statements, processId }, { planned, reports, revision, atomic }, { ledger, client }) {
	const indexes = statements.filter((index) => {
		const statement = planned.statements[index];
		return statement?.transactional && statement.repeats === void 0;
	});
	if (atomic || indexes.length === 0) return;
	const numbers = indexes.map((index) => index + 1);
	switch (phase) {
		case "ending": {
			const work = reports.filter(({ role }) => role === "migration");
			const readsOnly = () => statements.every((index) => onlyReads(work[index]?.sql ?? ""));
			return ledger.write(revision.id, {
				event: "committing",
				statements: numbers,
				...await transactionOf(client, processId, readsOnly)
			});
		}
		case "committed": return ledger.write(revision.id, {
			event: "finished",
			statements: numbered(planned, indexes)
		});
		case "rolled back": return ledger.write(revision.id, {
			event: "undone",
			statements: numbers
		});
		case "unknown": return;
		default: return phase;
	}
}
/** Statements as the ledger names them. */
const numbered = ({ statements }, indexes) => indexes.map((index) => ({
	number: index + 1,
	text: identityOf(statements[index])
}));
/** Another server may have been written to without this one's knowing: by a foreign table, or by what `dblink` sends. */
const onlyReads = (sql) => /^(?:select|table|values|show|set|reset)\b/i.test(withoutLeadingComments(sql)) && !/dblink/i.test(sql);
/**
* The number of a session's transaction, with its epoch; or that it has none, because it has written nothing; empty where neither
* can be told.
*/
async function transactionOf(client, processId, readsOnly) {
	const { rows } = await client.query(`SELECT (current + ((backend - current + 2147483648) & 4294967295) - 2147483648)::text AS transaction
       FROM (SELECT backend_xid::text::bigint AS backend, pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS current
               FROM pg_stat_activity WHERE pid = $1 AND state IS NOT NULL) AS counters`, [processId]);
	const [found] = rows;
	if (found === void 0) return {};
	if (found.transaction !== null) return { transaction: found.transaction };
	return readsOnly() ? { wroteNothing: true } : {};
}

const blocking = lockModes.filter(blocksQueries).map(spelledInView);
/**
* PostgreSQL's `lock_timeout` counts for each lock by itself, so that one statement that takes several (`DROP TABLE a, b`) may
* keep others waiting many times as long. This counts them together, for each transaction, from the outside.
* @param name what `application_name` of the sessions begins with
* @param isLimited whether others may wait behind what the session does just now
*/
function overlongWaits(client, name, lockTimeoutMs, isLimited) {
	let known = /* @__PURE__ */ new Map();
	let cancelled = false;
	return {
		cancelled: () => cancelled,
		async look(waits) {
			if (lockTimeoutMs === 0) return;
			const waiting = waits ? await readWaiting(client, name) : [];
			const before = known;
			known = new Map([...before].map(([key, waited]) => [key, {
				...waited,
				waits: false
			}]));
			for (const one of waiting) {
				if (!isLimited(one.pid)) continue;
				const key = `${one.pid} ${one.began}`;
				const now = added(before.get(key), one);
				known.set(key, now);
				if (now.locks.size < 2 || now.totalMs <= Math.max(lockTimeoutMs, one.openMs / 10)) continue;
				const { rowCount } = await client.query("SELECT pg_cancel_backend(pid) FROM pg_locks WHERE pid = $1 AND NOT granted AND waitstart = $2", [one.pid, one.since]);
				cancelled ||= (rowCount ?? 0) > 0;
			}
		}
	};
}
/** Who was waiting at the look before as well has waited for something all the time; of who was not, it counts what it waits now. */
function added(before, { since, waitedMs, nowMs }) {
	const locks = /* @__PURE__ */ new Set([...before?.locks ?? [], since]);
	const waitsStill = before?.waits === true || before?.locks.has(since) === true;
	const moreMs = before && waitsStill ? nowMs - before.atMs : waitedMs;
	return {
		totalMs: (before?.totalMs ?? 0) + moreMs,
		atMs: nowMs,
		waits: true,
		locks
	};
}
/** Not those that hold and want nothing that a query would wait for, nor those whose tables nobody else has seen yet. */
async function readWaiting(client, name) {
	const { rows } = await client.query(`SELECT w.pid, w.xact_start::text AS began, l.waitstart::text AS since,
            extract(epoch FROM clock_timestamp() - l.waitstart)::float8 * 1000 AS "waitedMs",
            extract(epoch FROM clock_timestamp() - w.xact_start)::float8 * 1000 AS "openMs",
            extract(epoch FROM clock_timestamp())::float8 * 1000 AS "nowMs"
       FROM pg_stat_activity w JOIN pg_locks l ON l.pid = w.pid AND NOT l.granted AND l.waitstart IS NOT NULL
      WHERE starts_with(w.application_name, $1) AND w.datname = current_database() AND w.wait_event_type = 'Lock'
        AND EXISTS (SELECT FROM pg_locks h JOIN pg_class c ON c.oid = h.relation
                     WHERE h.pid = w.pid AND h.locktype = 'relation' AND h.database = w.datid AND h.mode = ANY ($2))`, [`${name} `, blocking]);
	return rows;
}

/** Has the tool take the step, behind the guard, and writes down what a rollback would not undo. */
async function attemptOnce(step, direction, doneAlready, context) {
	const { session, wire, observer, working, limits, listen } = context;
	const { reports, revision } = step;
	const work = reports.filter(({ role }) => role === "migration");
	const durations = [];
	/** The statement of the plan that each of the tool's sessions is at. */
	const underWay = /* @__PURE__ */ new Map();
	let noting = Promise.resolve();
	listen((event) => {
		if (event.kind === "statement" && event.phase === "sent") underWay.set(event.processId, event.index);
		else if (event.kind === "statement") underWay.delete(event.processId);
		return noting = noting.catch(() => {}).then(() => noteEvent(event, step, durations, context));
	});
	wire.begin({
		revision: revision.id,
		...passable(reports, context.sessionStatements),
		doneAlready
	});
	const waits = overlongWaits(observer, working, limits["lock-timeout"], (pid) => {
		const statement = work[underWay.get(pid) ?? -1];
		return statement === void 0 || !onlyWaits(readScript(Buffer.from(statement.sql), "UTF8")?.[0]?.kind, statement.sql);
	});
	const blockers = watchBlockers(observer, working, limits["lock-timeout"], waits.look);
	try {
		const ended = await (direction === "up" ? session.upgrade([revision.id]) : session.downgrade([revision.id]));
		const { refusal, saidByCode = false } = await wire.end();
		const blockedBy = await blockers.stop();
		const told = {
			outcome: waits.cancelled() ? asLockTimeout(ended) : ended,
			saidByCode,
			durations,
			blockedBy
		};
		return refusal === void 0 ? told : {
			...told,
			refusal
		};
	} finally {
		listen(void 0);
		await blockers.stop();
		await session.release().catch(() => {});
	}
}
/** It was cancelled because its locks together took too long, as the server would have for one of them. */
const asLockTimeout = (outcome) => outcome.kind === "failed" && outcome.failure.sqlState === "57014" ? {
	...outcome,
	failure: {
		...outcome.failure,
		sqlState: lockNotAvailable,
		message: "canceling statement due to lock timeout, which its locks took together"
	}
} : outcome;

/** Statements whose text may hold what was read from a row, and which run code that may say what it read: functions, triggers. */
const aboutRows = /^(?:with|insert|update|delete|merge|select|values|copy|execute|call|do|refresh|commit|end|set\s+constraints)\b/i;
/** Classes of SQLSTATE in which the server names objects and not what is in them. */
const aboutObjects = /* @__PURE__ */ new Set([
	"08",
	"0A",
	"25",
	"28",
	"2B",
	"3D",
	"3F",
	"40",
	"42",
	"53",
	"54",
	"55",
	"57",
	"58",
	"XX"
]);
/** Those of them that say what became of the session or the server. */
const aboutServers = /* @__PURE__ */ new Set([
	"08",
	"40",
	"53",
	"55",
	"57",
	"58"
]);
/** What it says then by itself, in English; code may raise the same SQLSTATE with a text of its own. */
const ofTheServer = /^(?:canceling statement due to [a-z ]+|terminating connection due to [a-z ]+|deadlock detected|could not serialize access due to [a-z/ ]+|could not obtain lock on [\w "]+)$/;
/** How the server itself begins to say, in English, that a constraint is broken; code may raise the same SQLSTATE with a text of its own. */
const brokenConstraint = /^(?:duplicate key value violates unique constraint|null value in column|new row for relation|insert or update on table|update or delete on table|conflicting key value violates exclusion constraint|value for domain|could not create) ["\w]/;
const inItsLog = "what the server says about it may quote rows, and is in its log";
/**
* A failure in production as it may be shown and kept: the server's messages about data quote the rows that they are about, and
* so does what a migration's own code says.
* https://www.postgresql.org/docs/18/errcodes-appendix.html
* @param sent what the migration sends: when it reads rows, what its own code raises may quote them too
* @param saidByCode whether the server said it while a function ran: one that an index, a default or a trigger calls, for example
*/
function discreet(failure, sent = [], saidByCode = false) {
	const { statement, ...rest } = failure;
	const readsThem = statement === void 0 || aboutRows.test(withoutLeadingComments(statement));
	const message = failure.sqlState === void 0 ? withoutOwnWords(failure, sent.some(readsRows)) : withoutRows(failure.sqlState, failure.message, {
		runsCode: readsThem || saidByCode,
		saidByCode
	});
	return {
		...rest,
		...readsThem ? {} : { statement },
		message
	};
}
const readsRows = (sql) => /^(?:with|select|table|values|fetch|copy)\b/i.test(withoutLeadingComments(sql)) || /\breturning\b/i.test(sql);
function withoutRows(sqlState, message, { runsCode, saidByCode }) {
	const kind = sqlState.slice(0, 2);
	if (kind === "22") return `a value does not fit; ${inItsLog}`;
	if (kind === "P0") return `the migration raised an exception; ${inItsLog}`;
	if (kind === "23" && (!runsCode || brokenConstraint.test(message))) return message.split(/\.\s|\n/, 1)[0]?.trimEnd() ?? "";
	const [first = ""] = message.split("\n");
	if (saidByCode && ofTheServer.test(first)) return first;
	if (!saidByCode && (runsCode ? aboutServers : aboutObjects).has(kind)) return message;
	return `the server refused it; ${inItsLog}`;
}
function withoutOwnWords({ kind, message }, hasReadRows) {
	if (!hasReadRows) return message;
	if (kind === "died") return message.replace(/(\((?:exit code|signal) \w+\)).*/s, "$1.");
	if (kind !== "code") return message;
	return `its code raised ${/^[\w.]*(?:Error|Exception|Exit|Interrupt)\b/.exec(message)?.[0] ?? "an exception"}; what that says is not shown, because the migration reads rows`;
}

/** For an index that a failed build left invalid, in milliseconds. */
const longestDropMs = 36e5;
/**
* Finds out, from the catalog alone, whether a statement that runs outside a transaction was done when its run died. An index
* that its failed build left invalid is dropped. `IF NOT EXISTS` is not believed: it would take such an index for a sound one.
* @param sql as the rehearsal sent it
* @param after the catalog behind the revision, which knows the schema of every name
*/
async function settleStatement(client, sql, before, after) {
	const node = onlyStatement(sql);
	if (node && "IndexStmt" in node && node.IndexStmt.idxname !== void 0) return settleBuild(client, qualified(node.IndexStmt.idxname, after) ?? node.IndexStmt.idxname);
	if (node && "DropStmt" in node && node.DropStmt.removeType === "OBJECT_INDEX") {
		const names = nameLists(node.DropStmt.objects).map((parts) => parts.at(-1) ?? "");
		return (await Promise.all(names.map((name) => indexState(client, qualified(name, before) ?? name)))).every((state) => state === "absent") ? { kind: "done" } : { kind: "undone" };
	}
	if (node && ("VacuumStmt" in node || "RefreshMatViewStmt" in node || "ReindexStmt" in node)) return { kind: "undone" };
	return {
		kind: "unknown",
		reason: "the catalog does not tell whether it was done"
	};
}
/** The server remembers how a transaction ended, also over a crash. https://www.postgresql.org/docs/18/functions-info.html */
async function settleTransaction(client, transaction) {
	const number = BigInt(transaction) < 0n ? BigInt(transaction) + 2n ** 32n : BigInt(transaction);
	const { rows } = await client.query("SELECT pg_xact_status($1::xid8) AS status", [String(number)]);
	switch (rows[0]?.status) {
		case "committed": return { kind: "done" };
		case "aborted": return { kind: "undone" };
		default: return {
			kind: "unknown",
			reason: "the server no longer remembers how its transaction ended"
		};
	}
}
async function settleBuild(client, index) {
	switch (await indexState(client, index)) {
		case "absent": return { kind: "undone" };
		case "valid": return { kind: "done" };
		case "invalid":
			await client.query({
				text: `DROP INDEX CONCURRENTLY ${index}`,
				query_timeout: longestDropMs
			});
			return { kind: "undone" };
	}
}
async function indexState(client, index) {
	const { rows } = await client.query("SELECT indisvalid AND indisready AND indislive AS sound FROM pg_index WHERE indexrelid = to_regclass($1)", [index]);
	return rows[0] === void 0 ? "absent" : rows[0].sound ? "valid" : "invalid";
}
/** Schema-qualified and quoted, as catalogs name it; absent when the catalog has no such index, or several. */
function qualified(name, { objects }) {
	const quoted = /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll("\"", "\"\"")}"`;
	const found = [...objects.values()].filter(({ kind, name: full }) => kind === "index" && full.endsWith(`.${quoted}`));
	return found.length === 1 ? found[0]?.name : void 0;
}

/** Another attempt may do better: no lock in time, deadlock, serialization failure. https://www.postgresql.org/docs/18/errcodes-appendix.html */
const worthRetrying = /* @__PURE__ */ new Set([
	lockNotAvailable,
	"40P01",
	"40001"
]);
const firstPauseMs = 500;
/**
* Takes one revision one step on production, again and again while it only lacks a lock.
* @throws ApplyError when it cannot be done; the message says what state that leaves
*/
async function takeRevision(step, direction, context) {
	const { ledger, lock, limits } = context;
	const { attempts } = limits;
	const { id } = step.revision;
	const files = Object.fromEntries(step.planned.files.map(({ path, sha256 }) => [path, sha256]));
	const started = performance.now();
	/** As each was seen last, by what stays the same. */
	const everybody = /* @__PURE__ */ new Map();
	let resumedBehind;
	for (let attempt = 1;; attempt++) {
		const doneAlready = await settleEarlier(step, direction, context);
		resumedBehind ??= doneAlready;
		await lock.verify();
		await ledger.write(id, {
			event: "began",
			direction,
			attempt,
			files,
			limits
		});
		const { outcome, refusal, saidByCode, blockedBy, durations } = await attemptOnce(step, direction, doneAlready, context);
		for (const who of blockedBy) everybody.set(who.replace(/, in a transaction for .*/s, ""), who);
		const durationMs = Math.round(performance.now() - started);
		if (outcome.kind === "done" || await context.isRecorded(id).catch(() => false)) {
			const event = direction === "up" ? "applied" : "reverted";
			await ledger.write(id, {
				event,
				durationMs,
				attempt,
				files,
				statements: durations
			});
			return {
				id,
				durationMs,
				attempts: attempt,
				blockedBy: [...everybody.values()],
				resumedBehind
			};
		}
		const failure = discreet(outcome.failure, step.reports.filter(({ role }) => role === "migration").map(({ sql }) => sql), saidByCode);
		const failed = {
			event: "failed",
			attempt,
			durationMs: Math.round(outcome.durationMs),
			...failure.sqlState === void 0 ? {} : { sqlState: failure.sqlState },
			...blockedBy.length > 0 ? { blockedBy } : {}
		};
		if (!lock.lost.aborted) await answerOf(ledger.write(id, failed), 5e3).catch(() => {});
		if (refusal !== void 0) throw new ApplyError(`\`${id}\` was stopped: ${refusal.message}${whatRowsDo(step)} ${await stateOf(step, direction, context)}`);
		if (!worthRetrying.has(failure.sqlState ?? "") || attempt >= attempts || lock.lost.aborted) throw new ApplyError(`\`${id}\` ${attempt > 1 ? `failed in ${attempt} attempts` : "failed"}: ${describeFailure(failure)}\n${`${inTheWay([...everybody.values()])} ${await stateOf(step, direction, context)}`.trimStart()}`);
		context.onProgress(`${id}: ${failure.sqlState}${inTheWay(blockedBy)} Attempt ${attempt + 1} of ${attempts} follows.`);
		const pauseMs = Math.min(limits["retry-pause"], firstPauseMs * 2 ** (attempt - 1)) * (.5 + Math.random() / 2);
		await setTimeout$1(pauseMs, void 0, { signal: lock.lost }).catch(() => {});
	}
}
/**
* How many statements earlier attempts, of this run or of a dead one, have finished for good.
* @throws ApplyError when that cannot be known, or is not what the plan begins with
*/
async function settleEarlier(step, direction, context) {
	const { ledger } = context;
	const { id } = step.revision;
	const { statements } = step.planned;
	const half = halfApplied(id, await entriesOf(id, context), direction === "down");
	if (half === void 0) return 0;
	const finished = [...half.finished];
	for (const [index, text] of finished.entries()) if (statements[index]?.repeats === void 0 && text !== identityOf(statements[index])) throw new ApplyError(`\`${id}\` is half applied: its first ${finished.length} statements are done, and the migration now begins with others. Bring back the content it was begun with, or undo by hand what it did.`);
	if (half.uncertain !== void 0) {
		const { statements: numbers } = half.uncertain;
		const sql = step.reports.filter(({ role }) => role === "migration")[(numbers[0] ?? 0) - 1]?.sql ?? "";
		const settled = await settle(half.uncertain, sql, step, context);
		if (settled.kind === "unknown") throw new ApplyError(`\`${id}\` is half applied: statement ${numbers.join(", ")} was sent and its end was not seen, and ${settled.reason}. Find out whether it was done, and say so with \`--allow assume-done\` or \`--allow assume-undone\`.`);
		const done = numbers.map((number) => ({
			number,
			text: identityOf(statements[number - 1])
		}));
		if (settled.kind === "undone") await ledger.write(id, {
			event: "undone",
			statements: numbers
		});
		else await ledger.write(id, {
			event: "finished",
			statements: done
		});
		if (settled.kind === "done") for (const { number, text } of done) finished[number - 1] = text;
	}
	return finished.length;
}
async function settle({ statements, transaction, wroteNothing }, sql, { before, after }, { client, allow }) {
	if (allow.includes("assume-done")) return { kind: "done" };
	if (allow.includes("assume-undone")) return { kind: "undone" };
	if (wroteNothing) return { kind: "undone" };
	if (transaction !== void 0) return settleTransaction(client, transaction);
	if (statements.length > 1) return {
		kind: "unknown",
		reason: "the catalog does not tell whether they were done"
	};
	return settleStatement(client, sql, before, after);
}
/** What a migration that reads rows can do so that it is not stopped. */
function whatRowsDo({ reports }) {
	const work = reports.filter(({ role }) => role === "migration");
	if (work.some(({ repeats }) => repeats !== void 0)) return " Where rows lead to it, the rehearsal had none that do: give it some under `samples:` in headgate.yml.";
	if (!work.some(({ sql }) => isAboutRows(sql))) return "";
	return " Where rows decide how often its statements come, say so in its file: `headgate: repeat: <reason>`.";
}
/** What a failure leaves, and the one next command. */
async function stateOf(step, direction, context) {
	const command = direction === "up" ? "apply" : "downgrade";
	try {
		const entries = await answerOf(entriesOf(step.revision.id, context), 5e3);
		const half = halfApplied(step.revision.id, entries, direction === "down");
		return half === void 0 ? `Nothing of it is left. Run \`headgate ${command}\` again when the cause is gone.` : `Of its ${step.planned.statements.length} statements ${half.finished.length} are done. \`headgate ${direction === "up" ? command : `${command} -n 1`}\` goes on behind them.`;
	} catch {
		return "Run `headgate status` to see what it left.";
	}
}
const entriesOf = async (revision, { client, project, histories }) => (await readLedger(client, project, histories)).filter((entry) => entry.revision === revision);
const inTheWay = (blockedBy) => blockedBy.length === 0 ? "" : ` In the way: ${blockedBy.join("; ")}.`;

/** What a revision has under its hands that is half applied, or was applied before and is again, is judged when it is finished. */
function withoutUnfinished(actual, { revisions }, unfinished) {
	const texts = revisions.filter(({ revision }) => unfinished.has(revision.id)).flatMap(({ reports }) => reports.filter(({ role }) => role === "migration").map(({ sql }) => sql));
	const isMentioned = mentionedIn(texts);
	return new Map([...actual].filter(([, difference]) => {
		const { name, relation } = difference.kind === "changed" ? difference.after : difference.object;
		return !isMentioned(name) && !isMentioned(relation);
	}));
}
/** Tells what these texts speak of, by the last part of its name. */
const mentionedIn = (texts) => (name) => {
	const last = name?.replace(/(?<=[\w"$])\(.*$/s, "").split(".").at(-1)?.replaceAll("\"", "");
	return last !== void 0 && texts.some((sql) => sql.includes(last));
};

/**
* Takes the rehearsed steps on production, one revision at a time, behind the guard, and looks after each at what it left.
* @throws ApplyError at the first that cannot be taken, or leaves something else than in the rehearsal
*/
async function carryOut({ project, repository, target, client, connect, environment, limits, allow, onProgress }, lock, ready, run) {
	const { direction } = run;
	const { rehearsed, ordered, versionTable, drift } = ready;
	const observer = await connect();
	const ledger = await openLedger(client, run);
	let listener;
	await using wire = await target.openWire(limits, rehearsed.beginnings, async (event) => listener?.(event));
	await using session = await openSession({
		...repository,
		environment,
		project,
		connection: wire.connection,
		timeLimitMs: repository.configuration["time-limit"],
		joins
	});
	const stop = () => {
		session.kill();
		wire[Symbol.asyncDispose]();
	};
	lock.lost.addEventListener("abort", stop);
	const isThere = async (id) => {
		const fresh = await target.connect("headgate");
		try {
			const { applied } = await answerOf(readStanding(fresh, project, ordered, repository.files, versionTable));
			return applied.has(id) === (direction === "up");
		} finally {
			await leave(fresh);
		}
	};
	const scope = comparison(project, ready);
	const context = {
		project: project.name,
		histories: historiesOf(project, repository.files),
		session,
		wire,
		ledger,
		lock,
		client,
		observer,
		working: target.workingName,
		limits,
		allow,
		sessionStatements: rehearsed.session,
		isRecorded: isThere,
		onProgress,
		listen: (next) => listener = next
	};
	const here = { applied: [] };
	/** How the schema is left, when the last step that was taken has been looked at. */
	let noteSchema = async () => {};
	await prepare(ready, context);
	const taken = [];
	const [doing, done] = direction === "up" ? ["applying", "applied"] : ["taking back", "taken back"];
	for (const step of rehearsed.revisions) {
		const { id } = step.revision;
		onProgress(`${doing} ${id} (${taken.length + 1} of ${rehearsed.revisions.length})`);
		try {
			taken.push(await takeRevision(step, direction, context));
			if (!await isThere(id)) throw new ApplyError(`\`${id}\` ran, and the version table does not say so. Run \`headgate status\`.`);
			here.applied.push(id);
			const still = new Set(ready.standing.again.filter((again) => !here.applied.includes(again)));
			const actual = await readCatalog(client);
			const now = driftOf(step.after, actual, scope);
			const surprise = newDrift(drift, withoutUnfinished(now, rehearsed, still));
			if (surprise.size > 0) throw new ApplyError(`\`${id}\` is ${done}, and left another schema than in the rehearsal: ${describeDrift(surprise).join("; ")}. Nothing after it was ${done}. Run \`headgate status\`.`);
			const applied = appliedAfter(ready.standing.applied, here.applied, direction);
			noteSchema = async () => {
				const made = madeBy(step.after, scope);
				const left = compared(actual, made, scope);
				await ledger.write(id, {
					event: "left",
					...await changeLeft(context, {
						applied,
						made,
						left
					})
				});
			};
		} catch (error) {
			await answerOf(noteSchema(), 5e3).catch(() => {});
			if (error instanceof ApplyError) throw new ApplyError(error.message, {
				cause: error,
				...here
			});
			if (!isConnectionFailure(error)) throw error;
			const refused = refusedConnection(error);
			throw new ApplyError(`${refused === void 0 ? `The connection to the target was lost at \`${id}\`` : `${refused} That was at \`${id}\``}, and nothing more was sent. Run \`headgate status\` when ${refused === void 0 ? "it is back" : "there is one again"}: it says how to go on.`, {
				cause: error,
				...here
			});
		}
	}
	await answerOf(noteSchema()).catch(() => onProgress("how the schema was left could not be written down"));
	lock.lost.removeEventListener("abort", stop);
	return taken;
}
const appliedAfter = (before, taken, direction) => direction === "up" ? before.union(new Set(taken)) : before.difference(new Set(taken));
/** The tool's version table, made by the tool itself, before the first revision ever. */
async function prepare({ standing, rehearsed }, { session, wire, lock }) {
	if (standing.versionTable !== void 0) return;
	await lock.verify();
	wire.begin({
		revision: "",
		...passable(rehearsed.preparation)
	});
	const failure = await session.prepare().then(() => void 0, (error) => error);
	const { refusal } = await wire.end();
	await session.release().catch(() => {});
	if (refusal !== void 0) throw new ApplyError(`The version table could not be made: ${refusal.message}`);
	const answer = serverAnswer(failure);
	if (answer !== void 0) throw new ApplyError(`The version table could not be made: ${answer}. Nothing was applied. Run \`headgate apply\` again when the cause is gone.`, { cause: failure });
	if (failure !== void 0) throw failure;
}

/** A look with plain SQL, at files as text, before anything is started; `undefined` where the files do not tell the history. */
async function earlyLook({ client, project, repository }) {
	const { files } = repository;
	const { problems, revisions } = toolNamed(project.tool).readHistory(files, project);
	return problems.length > 0 ? void 0 : {
		standing: await readStanding(client, project, revisions, files),
		revisions
	};
}
/** Whether it shows already that nothing is to be done: what most of many containers that start at once find. */
const isDone$1 = ({ standing, revisions }) => revisions.length > 0 && standing.versionTable !== void 0 && standing.pending.length + standing.unknown.length + standing.edited.length === 0 && standing.half === void 0 && standing.unfinished === void 0;

/**
* The keywords that a service stands for, from the first file that has it.
* https://www.postgresql.org/docs/current/libpq-pgservice.html
* @throws UsageError when no file has it
*/
function serviceWords(service, environment, home, named) {
	const files = [named ?? environment["PGSERVICEFILE"] ?? join(home, ".pg_service.conf"), join(environment["PGSYSCONFDIR"] ?? "/etc/postgresql-common", "pg_service.conf")];
	for (const file of files) {
		const words = section(read(file), service);
		if (words) return words;
	}
	throw new UsageError(`The target's service is in none of its files (${files.join(", ")}); correct its name.`);
}
function section(text, service) {
	let words;
	for (const line of text.split("\n").map((raw) => raw.trim())) {
		if (line === "" || line.startsWith("#")) continue;
		const heading = /^\[(.*)\]$/.exec(line)?.[1];
		if (heading !== void 0) {
			if (words) return words;
			if (heading === service) words = [];
			continue;
		}
		const equals = line.indexOf("=");
		if (words && equals > 0) words.push([line.slice(0, equals).trim(), line.slice(equals + 1).trim()]);
	}
	return words;
}
function read(file) {
	try {
		return readFileSync(file, "utf8");
	} catch {
		return "";
	}
}

/** The variables that stand in for keywords. https://www.postgresql.org/docs/current/libpq-envars.html */
const variables = {
	PGHOST: "host",
	PGHOSTADDR: "hostaddr",
	PGPORT: "port",
	PGDATABASE: "dbname",
	PGUSER: "user",
	PGPASSWORD: "password",
	PGPASSFILE: "passfile",
	PGREQUIREAUTH: "require_auth",
	PGCHANNELBINDING: "channel_binding",
	PGSERVICE: "service",
	PGOPTIONS: "options",
	PGSSLMODE: "sslmode",
	PGSSLNEGOTIATION: "sslnegotiation",
	PGSSLCERT: "sslcert",
	PGSSLKEY: "sslkey",
	PGSSLROOTCERT: "sslrootcert",
	PGSSLCRL: "sslcrl",
	PGSSLCRLDIR: "sslcrldir",
	PGSSLMINPROTOCOLVERSION: "ssl_min_protocol_version",
	PGSSLMAXPROTOCOLVERSION: "ssl_max_protocol_version",
	PGREQUIREPEER: "requirepeer",
	PGGSSENCMODE: "gssencmode",
	PGCONNECT_TIMEOUT: "connect_timeout",
	PGCLIENTENCODING: "client_encoding",
	PGTARGETSESSIONATTRS: "target_session_attrs"
};
/** Known to libpq and without a meaning here: what they tune is Node's, and names of applications are Headgate's. */
const ignored = "application_name fallback_application_name keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout sslcompression sslsni sslcertmode krbsrvname gsslib gssdelegation load_balance_hosts min_protocol_version max_protocol_version sslkeylogfile";
const known = /* @__PURE__ */ new Set([
	...Object.values(variables),
	...ignored.split(" "),
	"sslpassword",
	"servicefile",
	"scram_client_key",
	"scram_server_key",
	"replication"
]);
const scheme = /^\s*postgres(?:ql)?(?:\+\w+)?:\/\//i;
/** All keywords of a connection: those of the text, then those of its service, then the environment's. @throws UsageError */
function readConnectionWords(text, environment, home) {
	const given = scheme.test(text) ? uriWords(text) : pairWords(text);
	for (const name of given.keys()) if (!known.has(name)) throw new UsageError(`The target has a parameter ${/^\w{1,40}$/.test(name) ? name : "with a strange name"}, which libpq does not know; leave it out.`);
	const fromVariables = Object.entries(variables).flatMap(([variable, word]) => {
		const value = environment[variable];
		return value ? [[word, value]] : [];
	});
	const words = new Map([...fromVariables, ...[...given].filter(([, value]) => value !== "")]);
	const service = words.get("service");
	if (service === void 0) return words;
	const fromService = serviceWords(service, environment, home, words.get("servicefile"));
	return new Map([
		...fromVariables,
		...fromService,
		...[...given].filter(([, value]) => value !== "")
	]);
}
/** `postgresql://user:password@host:port,host/database?keyword=value` */
function uriWords(text) {
	const [beforeQuery = "", query = ""] = splitAt(text.trim().replace(scheme, ""), "?");
	const slash = beforeQuery.indexOf("/");
	const authority = slash < 0 ? beforeQuery : beforeQuery.slice(0, slash);
	const at = authority.lastIndexOf("@");
	const [user = "", password] = at < 0 ? [] : splitAt(authority.slice(0, at), ":");
	const hosts = [];
	const ports = [];
	for (const place of authority.slice(at + 1).split(",")) {
		const match = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(place);
		if (!match) throw unreadable();
		hosts.push(decode((match[1] ?? "").replace(/^\[(.*)\]$/, "$1")));
		ports.push(match[2] ?? "");
	}
	const words = /* @__PURE__ */ new Map();
	const add = (name, value) => void (value && words.set(name, value));
	add("user", decode(user));
	add("password", password === void 0 ? void 0 : decode(password));
	if (hosts.some((host) => host !== "")) words.set("host", hosts.join(","));
	if (ports.some((port) => port !== "")) words.set("port", ports.join(","));
	add("dbname", slash < 0 ? void 0 : decode(beforeQuery.slice(slash + 1)));
	for (const pair of query === "" ? [] : query.split("&")) {
		const [name = "", value] = splitAt(pair, "=");
		if (value === void 0) throw unreadable();
		if (name === "ssl" && value === "true") words.set("sslmode", "require");
		else words.set(decode(name), decode(value));
	}
	return words;
}
/** `keyword=value keyword='value with blanks'` */
function pairWords(text) {
	const words = /* @__PURE__ */ new Map();
	const pair = /\s*([^\s=]+)\s*=\s*(?:'((?:[^'\\]|\\[^])*)'|((?:[^\s'\\]|\\[^])*))(?=\s|$)/y;
	let end = 0;
	for (let match = pair.exec(text); match; match = pair.exec(text)) {
		words.set(match[1], (match[2] ?? match[3] ?? "").replace(/\\([^])/g, "$1"));
		end = pair.lastIndex;
	}
	if (text.slice(end).trim() !== "") throw unreadable();
	return words;
}
function splitAt(text, mark) {
	const index = text.indexOf(mark);
	return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}
function decode(text) {
	try {
		return decodeURIComponent(text);
	} catch {
		throw unreadable();
	}
}
function unreadable() {
	return new UsageError("The target cannot be read; give a URI (postgresql://…, special characters percent-encoded) or keyword=value pairs.");
}

/**
* The password of the first line that fits; `undefined` when the file is not there or none does.
* https://www.postgresql.org/docs/current/libpq-pgpass.html
* @throws UsageError when others may read the file: libpq passes over it, and the login fails without a reason
*/
function passwordFromFile(file, { host, port, user, database }) {
	const mode = statSync(file, { throwIfNoEntry: false });
	if (!mode?.isFile()) return void 0;
	if ((mode.mode & 63) !== 0) throw new UsageError(`The password file ${file} may be read by others; run chmod 600 on it.`);
	const wanted = [
		host.startsWith("/") ? "localhost" : host,
		String(port),
		database,
		user
	];
	for (const line of readFileSync(file, "utf8").split(/\r?\n/)) {
		if (line === "" || line.startsWith("#")) continue;
		const fields = splitFields(line);
		if (fields.length < 5) continue;
		if (wanted.every((value, index) => fields[index] === "*" || unescape(fields[index]) === value)) return unescape(fields.slice(4).join(":"));
	}
}
/** At colons that no backslash stands before. */
function splitFields(line) {
	return line.match(/(?:^|(?<=:))(?:[^:\\]|\\[^])*(?=:|$)/g) ?? [];
}
const unescape = (field) => field.replace(/\\([^])/g, "$1");

const modes = /* @__PURE__ */ new Set([
	"disable",
	"allow",
	"prefer",
	"require",
	"verify-ca",
	"verify-full"
]);
const attributes = /* @__PURE__ */ new Set([
	"any",
	"read-write",
	"read-only",
	"primary",
	"standby",
	"prefer-standby"
]);
const bindings = /* @__PURE__ */ new Set([
	"disable",
	"prefer",
	"require"
]);
const negotiations = /* @__PURE__ */ new Set(["postgres", "direct"]);
/** libpq waits for ever unless it is told otherwise; nobody sits in front of a pipeline. */
const defaultConnectTimeoutMs = 15e3;
/**
* Reads where the target is, as libpq does: a URI or `keyword=value` pairs, then a service file, `PG*` variables and
* defaults. Reads files, connects to nothing.
* https://www.postgresql.org/docs/current/libpq-connect.html
* @param text absent: the variables say it all
* @throws UsageError that repeats no value which could be a secret
*/
function parseTarget(text, environment) {
	const home = environment["HOME"] ?? homedir();
	const words = readConnectionWords(text ?? "", environment, home);
	const user = words.get("user") ?? accountName();
	if (user === void 0) throw new UsageError("No user is named for the database, and the account that this runs under has no name: name one.");
	const database = words.get("dbname") ?? user;
	const password = words.get("password");
	const sslPassword = words.get("sslpassword");
	const passwordFile = words.get("passfile") ?? join(home, ".pgpass");
	const rootCertificate = words.get("sslrootcert");
	const sslMode = choice(words, "sslmode", modes, rootCertificate === "system" ? "verify-full" : "prefer");
	if (rootCertificate === "system" && sslMode !== "verify-full") throw new UsageError(`The target trusts every certificate authority of the system (sslrootcert=system), which proves nothing with sslmode=${sslMode}; use sslmode=verify-full.`);
	const sslNegotiation = choice(words, "sslnegotiation", negotiations, "postgres");
	if (sslNegotiation === "direct" && [
		"disable",
		"allow",
		"prefer"
	].includes(sslMode)) throw new UsageError(`The target wants TLS from the first byte (sslnegotiation=direct), which sslmode=${sslMode} may do without; use sslmode=require or a stronger one.`);
	refuseUnsupported(words);
	return {
		hosts: readHosts(words),
		user,
		database,
		sslMode,
		sslNegotiation,
		ssl: {
			...optional("rootCertificate", rootCertificate),
			...optional("revocationList", words.get("sslcrl")),
			...optional("certificate", words.get("sslcert")),
			...optional("key", words.get("sslkey")),
			...optional("minVersion", words.get("ssl_min_protocol_version")),
			...optional("maxVersion", words.get("ssl_max_protocol_version")),
			password: () => sslPassword,
			directory: join(home, ".postgresql")
		},
		channelBinding: choice(words, "channel_binding", bindings, "prefer"),
		requireAuth: list(words.get("require_auth")),
		sessionAttributes: choice(words, "target_session_attrs", attributes, "any"),
		connectTimeoutMs: connectTimeout(words.get("connect_timeout")),
		...optional("options", words.get("options")),
		...optional("clientEncoding", words.get("client_encoding")),
		password: (host) => password ?? passwordFromFile(passwordFile, {
			...host,
			user,
			database
		})
	};
}
/** For people: `host:port/database as user`, without a secret. */
function describeTarget({ hosts, database, user }) {
	return `${hosts.map(describeHost).join(",")}/${database} as ${user}`;
}
/** `host:port`, or the directory of the socket. */
function describeHost({ host, port }) {
	if (host.startsWith("/")) return host;
	return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
function readHosts(words) {
	const names = list(words.get("host"));
	const addresses = list(words.get("hostaddr"));
	const ports = (words.get("port") ?? "5432").split(",").map((port) => port.trim() || "5432");
	const count = Math.max(names.length, addresses.length, 1);
	if (addresses.length > 0 && names.length > 0 && addresses.length !== names.length) throw new UsageError("The target names another number of addresses (hostaddr) than of hosts; give one for each.");
	if (ports.length > 1 && ports.length !== count) throw new UsageError("The target names another number of ports than of hosts; give one for all, or one for each.");
	return Array.from({ length: count }, (_, index) => {
		const port = Number(ports[index] ?? ports[0]);
		if (!Number.isInteger(port) || port < 1 || port > 65535) throw new UsageError("The target's port is no number from 1 to 65535.");
		const address = addresses[index];
		return {
			host: names[index] || address || defaultHost(port),
			port,
			...optional("address", address)
		};
	});
}
/** A socket in one of the usual directories, else this machine. */
function defaultHost(port) {
	return ["/var/run/postgresql", "/tmp"].find((path) => existsSync(`${path}/.s.PGSQL.${port}`)) ?? "localhost";
}
function choice(words, name, choices, otherwise) {
	const value = words.get(name);
	if (value === void 0) return otherwise;
	if (choices.has(value)) return value;
	throw new UsageError(`The target's ${name} is none of libpq's: use ${[...choices].join(", ")}.`);
}
function connectTimeout(seconds) {
	if (seconds === void 0) return defaultConnectTimeoutMs;
	const given = Number(seconds);
	if (!Number.isInteger(given)) throw new UsageError("The target's connect_timeout is no whole number of seconds.");
	return given > 0 ? given * 1e3 : defaultConnectTimeoutMs;
}
/** What would weaken a connection if it were ignored. */
function refuseUnsupported(words) {
	if (words.get("gssencmode") === "require") throw new UsageError("The target wants GSSAPI encryption, which Headgate does not speak; use TLS (sslmode).");
	for (const name of [
		"requirepeer",
		"sslcrldir",
		"scram_client_key",
		"scram_server_key",
		"replication"
	]) if (words.has(name)) throw new UsageError(`The target says ${name}, which Headgate does not know; leave it out and use another way.`);
}
function list(text) {
	return text === void 0 ? [] : text.split(",").map((part) => part.trim());
}
function optional(name, value) {
	return value === void 0 ? {} : { [name]: value };
}

/** What PostgreSQL itself said; `undefined` when it was the network, TLS or this machine. */
function sqlStateOf(error) {
	const { code = "", severity } = error;
	return severity !== void 0 && /^[0-9A-Z]{5}$/.test(code) ? code : void 0;
}
/** Whether another way to the same host could end better: a server that refuses a connection as such may want it encrypted, or not. */
function mayGoOtherwise(error) {
	const sqlState = sqlStateOf(error);
	return sqlState === void 0 ? !isOurs$1(error) : sqlState === "28000";
}
/** Whether it was we who did not like the login. */
function isOurs$1(error) {
	return /^(?:SASL|log in)/.test(error.message ?? "");
}
/** Why a host did not let us in, in a sentence that says what to do. Texts of the server stay out: they may repeat what it was told. */
function connectionFailure(error, host, { user, database }) {
	const { code = "", message = "" } = error;
	const where = describeHost(host);
	const sqlState = sqlStateOf(error);
	const failure = (sentence) => new EngineError(sentence, { cause: {
		code,
		sqlState,
		ours: isOurs$1(error)
	} });
	if (sqlState === "28P01") return failure(`PostgreSQL at ${where} refused the password of ${user}; check it.`);
	if (sqlState?.startsWith("28")) return failure(`PostgreSQL at ${where} does not let ${user} into ${database} this way; check pg_hba.conf, sslmode and the client certificate.`);
	if (sqlState === "3D000") return failure(`PostgreSQL at ${where} has no database ${database}; correct its name.`);
	if (sqlState === "53300") return failure(`PostgreSQL at ${where} has no connection left for ${user}; end one, or raise the limit (max_connections, or CONNECTION LIMIT of the role or the database).`);
	if (sqlState === "57P03") return failure(`PostgreSQL at ${where} is starting or stopping; try again when it is up.`);
	if (sqlState !== void 0) return failure(`PostgreSQL at ${where} refused the connection to ${database} (SQLSTATE ${sqlState}).`);
	if (message === "timeout expired") return failure(`PostgreSQL at ${where} does not answer in time; check host and port of the database URL, or of the PG* variables.`);
	if (/does not support SSL/.test(message)) return failure(`PostgreSQL at ${where} does not speak TLS, which sslmode asks for; turn it on there.`);
	if (isOurs$1(error)) return failure(`The login at PostgreSQL at ${where} failed (${message}).`);
	if (/certificate|CERT|SELF_SIGNED|SSL|TLS|EPROTO/.test(`${code} ${message}`)) return failure(`TLS with PostgreSQL at ${where} failed (${code || "the handshake ended"}); check sslmode, sslrootcert and the client certificate.`);
	return failure(`No PostgreSQL answers at ${where} (${code || "the connection ended"}); check host and port of the database URL, or of the PG* variables.`);
}
/** The failure to tell when all failed: what was said in a login goes before what a network did. */
function mostTelling(failures) {
	const causes = failures.map(({ cause }) => cause);
	const told = failures[causes.findIndex((cause) => cause?.ours)] ?? failures[causes.findIndex((cause) => cause?.sqlState)];
	if (told) return told;
	const sentences = new Set(failures.map(({ message }) => message));
	return new EngineError([...sentences].join(" "), { cause: failures[0]?.cause });
}

/** What a server may ask for, by the event that `pg` makes of it and the name that `require_auth` has for it. */
const logins = [
	["authenticationCleartextPassword", "password"],
	["authenticationMD5Password", "md5"],
	["authenticationSASL", "scram-sha-256"]
];
/**
* Ends a connection before the password leaves, when the server asks for it in a way that the target rules out.
* https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-REQUIRE-AUTH
*/
function refuseLogins(connection, { channelBinding, requireAuth }, encrypted) {
	let asked = false;
	const end = (reason) => {
		connection.emit("error", /* @__PURE__ */ new Error(`log in: ${reason}`));
		connection.stream.destroy();
	};
	for (const [event, name] of logins) connection.on(event, ({ mechanisms = [] }) => {
		asked = true;
		if (!accepts(requireAuth, name)) return end(`the server asks for ${name}, and require_auth allows only ${requireAuth.join(", ")}.`);
		if (channelBinding === "require" && !(encrypted && mechanisms.includes("SCRAM-SHA-256-PLUS"))) end("channel_binding=require, and the server offers no login that is bound to the TLS connection.");
	});
	connection.on("authenticationOk", () => {
		if (asked) return;
		if (channelBinding === "require") end("channel_binding=require, and the server asks for no password at all.");
		else if (!accepts(requireAuth, "none")) end(`the server asks for no password, and require_auth allows only ${requireAuth.join(", ")}.`);
	});
}
function accepts(required, name) {
	if (required.length === 0) return true;
	const refused = required.filter((entry) => entry.startsWith("!")).map((entry) => entry.slice(1));
	return refused.length > 0 ? !refused.includes(name) : required.includes(name);
}

/**
* The first packet of a session: the client's own words, with the target's settings before the client's.
* https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-STARTUPMESSAGE
*/
function startupPacket(target, startup) {
	const options = [target.options, startup.get("options")].filter(Boolean).join(" ");
	const words = new Map([...startup].filter(([name]) => !name.startsWith("_pq_.")));
	words.set("user", target.user);
	words.set("database", target.database);
	if (!words.has("client_encoding")) words.set("client_encoding", target.clientEncoding ?? "UTF8");
	if (options) words.set("options", options);
	return packet(196608, Buffer.from(`${[...words].flat().join("\0")}\0\0`));
}
/** https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-CANCELREQUEST */
function cancelPacket(processIdAndSecret) {
	return packet(80877102, processIdAndSecret);
}
function packet(code, body) {
	const header = Buffer.alloc(8);
	header.writeInt32BE(body.length + 8, 0);
	header.writeInt32BE(code, 4);
	return Buffer.concat([header, body]);
}

/** A network that swallows everything shows after this time, and what the system adds to it. */
const keepAliveDelayMs = 1e4;
/** A connection of `pg`'s, not begun, that introduces itself with `packet`. */
function startupConnection(target, encryption, packet) {
	const config = {
		stream: new Socket({ allowHalfOpen: true }),
		...encryption.kind === "tls" && {
			ssl: encryption.options,
			sslNegotiation: target.sslNegotiation
		},
		keepAlive: true,
		keepAliveInitialDelayMillis: keepAliveDelayMs
	};
	const connection = new esm_default.Connection(config);
	return Object.assign(connection, { startup: () => void connection.stream.write(packet) });
}
/** Asks a host, over a connection of its own, to stop what a session does; resolves when it has heard, or cannot. */
function sendCancel(target, host, encryption, processIdAndSecret) {
	return new Promise((resolve) => {
		const request = cancelPacket(processIdAndSecret);
		const connection = startupConnection(target, encryption, request);
		const finish = () => {
			clearTimeout(patience);
			connection.stream.destroy();
			resolve();
		};
		const patience = setTimeout(finish, target.connectTimeoutMs);
		const send = () => void connection.stream.write(request);
		connection.on("error", finish);
		connection.once("end", finish);
		connection.once("sslconnect", send);
		connection.once("connect", () => {
			if (encryption.kind === "plain") send();
			else if (target.sslNegotiation === "postgres") connection.requestSsl();
		});
		connection.on("error", finish);
		const address = host.address ?? host.host;
		if (address.startsWith("/")) connection.connect(`${address}/.s.PGSQL.${host.port}`);
		else connection.connect(host.port, address);
	});
}

/**
* The ways to connect to a host, in the order in which libpq tries them.
* https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
* @throws UsageError when a certificate or key that is named cannot be used
*/
function encryptions(target, host) {
	const plain = { kind: "plain" };
	if (host.host.startsWith("/") || target.sslMode === "disable") return [plain];
	const tls = {
		kind: "tls",
		options: tlsOptions(target, host)
	};
	if (target.sslMode === "allow") return [plain, tls];
	return target.sslMode === "prefer" ? [tls, plain] : [tls];
}
function tlsOptions({ ssl, sslMode }, { host }) {
	const file = (name) => join(ssl.directory, name);
	const authorities = ssl.rootCertificate === "system" ? getCACertificates("system") : named(ssl.rootCertificate, "sslrootcert", file("root.crt"));
	const verifies = sslMode.startsWith("verify-");
	if (verifies && !authorities) throw new UsageError(`sslmode=${sslMode} compares the server's certificate with a root certificate, and ${file("root.crt")} is not there; name one with sslrootcert, or use sslrootcert=system.`);
	const revoked = named(ssl.revocationList, "sslcrl", file("root.crl"));
	const certificate = named(ssl.certificate, "sslcert", file("postgresql.crt"));
	const keyFile = ssl.key ?? file("postgresql.key");
	const passphrase = ssl.password();
	return {
		...isIP(host) === 0 && { servername: host },
		rejectUnauthorized: authorities !== void 0 && (verifies || sslMode === "require"),
		checkServerIdentity: (_, presented) => sslMode === "verify-full" ? checkServerIdentity(host, presented) : void 0,
		...authorities && { ca: authorities },
		...revoked && { crl: revoked },
		...certificate && {
			cert: certificate,
			key: privateKey(keyFile)
		},
		...certificate && passphrase !== void 0 && { passphrase },
		minVersion: protocol(ssl.minVersion) ?? "TLSv1.2",
		...ssl.maxVersion !== void 0 && { maxVersion: protocol(ssl.maxVersion) }
	};
}
/** A file that was named has to be there; one in its usual place need not. */
function named(path, word, usual) {
	try {
		return readFileSync(path ?? usual, "utf8");
	} catch (cause) {
		if (path === void 0) return void 0;
		throw new UsageError(`The file that ${word} names, ${path}, cannot be read; correct its name.`, { cause });
	}
}
/** libpq's rule: its owner's alone, or root's and readable for a group. */
function privateKey(file) {
	const status = statSync(file, { throwIfNoEntry: false });
	if (!status?.isFile()) throw new UsageError(`There is a client certificate, and its key ${file} cannot be read; name it with sslkey.`);
	if ((status.mode & (status.uid === 0 ? 31 : 63)) !== 0) throw new UsageError(`The private key ${file} may be read by others; run chmod 600 on it.`);
	return readFileSync(file, "utf8");
}
function protocol(version) {
	if (version === void 0 || version === "TLSv1.2" || version === "TLSv1.3") return version;
	throw new UsageError("The target's TLS versions are none that are still in use: use TLSv1.2 or TLSv1.3.");
}

/** No question of ours takes a server that long: a network that swallows everything is noticed by this. */
const answerLimitMs = 12e4;
/**
* A connected client of the target, which the caller ends.
* @throws UsageError when something that the target names cannot be used
* @throws EngineError when no host lets it in; says no secret
*/
async function connectTarget(target, applicationName) {
	const { client, connection } = await open(target, /* @__PURE__ */ new Map([["application_name", applicationName]]));
	connection.stream.once("end", () => connection.stream.end());
	return client;
}
/** The same for a holder that speaks the protocol itself. */
async function openTargetSocket(target, startup) {
	const { connection, parameters, processIdAndSecret, cancel } = await open(target, startup);
	const socket = connection.stream;
	socket.removeAllListeners("data");
	socket.pause();
	return {
		socket,
		parameters,
		processId: processIdAndSecret.readInt32BE(0),
		secret: processIdAndSecret.subarray(4),
		cancel
	};
}
/** Tries host after host, and each in every way that the target's `sslmode` allows. */
async function open(target, startup) {
	const failures = [];
	let secondBest;
	for (const host of target.hosts) for (const encryption of encryptions(target, host)) try {
		const opened = await attempt(target, host, encryption, startup);
		if (fits(target, opened.parameters)) {
			await secondBest?.client.end();
			return opened;
		}
		failures.push(new EngineError(`PostgreSQL at ${describeHost(host)} is not ${target.sessionAttributes}.`));
		if (target.sessionAttributes === "prefer-standby") secondBest ??= opened;
		if (secondBest !== opened) await opened.client.end();
		break;
	} catch (error) {
		if (error instanceof UsageError) throw error;
		failures.push(connectionFailure(error, host, target));
		if (!mayGoOtherwise(error)) break;
	}
	if (secondBest) return secondBest;
	throw mostTelling(failures);
}
async function attempt(target, host, encryption, startup) {
	const encrypted = encryption.kind === "tls";
	const connection = startupConnection(target, encryption, startupPacket(target, startup));
	const parameters = /* @__PURE__ */ new Map();
	const processIdAndSecret = Buffer.alloc(8);
	connection.on("parameterStatus", ({ parameterName, parameterValue }) => parameters.set(parameterName, parameterValue));
	connection.on("backendKeyData", ({ processID, secretKey }) => {
		processIdAndSecret.writeInt32BE(processID, 0);
		processIdAndSecret.writeInt32BE(secretKey, 4);
	});
	refuseLogins(connection, target, encrypted);
	const client = new esm_default.Client({
		connection,
		host: host.address ?? host.host,
		port: host.port,
		user: target.user,
		database: target.database,
		password: async () => passwordFor(target, host),
		ssl: encrypted ? encryption.options : false,
		sslnegotiation: target.sslNegotiation,
		enableChannelBinding: encrypted && target.channelBinding !== "disable",
		connectionTimeoutMillis: target.connectTimeoutMs,
		query_timeout: answerLimitMs
	});
	client.on("error", () => {});
	try {
		await client.connect();
	} catch (error) {
		connection.stream.destroy();
		throw error;
	}
	return {
		client,
		connection,
		parameters,
		processIdAndSecret,
		cancel: () => sendCancel(target, host, encryption, processIdAndSecret)
	};
}
function passwordFor(target, host) {
	const password = target.password(host);
	if (password) return password;
	throw new UsageError(`PostgreSQL at ${describeHost(host)} asks ${target.user} for a password and none is known; set PGPASSWORD, or write one into the password file.`);
}
function fits({ sessionAttributes }, parameters) {
	const standby = parameters.get("in_hot_standby") === "on";
	const readOnly = standby || parameters.get("default_transaction_read_only") === "on";
	switch (sessionAttributes) {
		case "any": return true;
		case "read-write": return !readOnly;
		case "read-only": return readOnly;
		case "primary": return !standby;
		case "standby":
		case "prefer-standby": return standby;
		default: return sessionAttributes;
	}
}

/** How often it is looked for a server that is handed from one client to another; traffic of others can hide it once. */
const rounds = 3;
/**
* Refuses a pooler that gives each transaction another server: locks, settings and prepared statements of a session are
* nobody's there. `client` is a connection to the target that nothing else uses now.
*
* A server tells its own process id when a session begins; a pooler tells one of its own. Behind one that is shared, a
* transaction of a second client gets the server that the first has just used, or the first gets another one.
* @throws EngineError when the target is such a pooler
*/
async function refusePooler(client, target) {
	const told = client.processID;
	const first = await serverOf(client);
	if (told === first) return;
	for (let round = 0; round < rounds; round++) {
		const own = await serverOf(client);
		if (own !== first || await secondClient(target) === own) throw pooled(target);
	}
}
/** The server that a second client's transaction gets while the first is connected. */
async function secondClient(target) {
	const second = await connectTarget(target, "headgate").catch((cause) => {
		throw oneAtATime(target, cause);
	});
	try {
		await second.query({
			text: "begin",
			query_timeout: target.connectTimeoutMs
		});
		return await serverOf(second);
	} catch (cause) {
		throw /statement pooling/.test(cause.message) ? pooled(target, cause) : oneAtATime(target, cause);
	} finally {
		second.end().catch(() => {});
	}
}
async function serverOf(client) {
	const { rows } = await client.query("select pg_catalog.pg_backend_pid() as pid");
	return rows[0]?.pid ?? 0;
}
function pooled(target, cause) {
	return new EngineError(`${describeTarget(target)} is a pooler such as PgBouncer that gives each transaction another server, so that locks and settings of a session do not hold; connect to PostgreSQL itself, or to a pool in session mode.`, cause === void 0 ? {} : { cause });
}
function oneAtATime(target, cause) {
	return new EngineError(`The pooler at ${describeTarget(target)} lets in one connection at a time, and Headgate needs several; connect to PostgreSQL itself.`, { cause });
}

/** The target for a guard. */
function targetServer(target) {
	return {
		user: target.user,
		database: target.database,
		open: (startup) => openTargetSocket(target, startup),
		async timeouts() {
			const client = await connectTarget(target, "headgate");
			try {
				const { rows } = await client.query("select name, setting from pg_catalog.pg_settings where name in ('lock_timeout', 'statement_timeout')");
				const value = (name) => Number(rows.find((row) => row.name === name)?.setting ?? 0);
				return {
					lockTimeoutMs: value("lock_timeout"),
					statementTimeoutMs: value("statement_timeout")
				};
			} finally {
				await client.end();
			}
		}
	};
}

/** No password of ours is longer. */
const longestMessage = 1e3;
/**
* Asks a client for a password in the clear, which every client library can answer; the way to it is this machine's own.
* `undefined` when the client left. Unread bytes are put back.
*/
async function askPassword(client) {
	client.write(authentication(3));
	let bytes = Buffer.alloc(0);
	while (bytes.length < 5 || bytes.length < bytes.readInt32BE(1) + 1) {
		const chunk = await nextChunk(client);
		if (!chunk) return void 0;
		bytes = Buffer.concat([bytes, chunk]);
		if (bytes.length >= 5 && (bytes[0] !== fromClient.password || bytes.readInt32BE(1) > longestMessage)) return void 0;
	}
	const length = bytes.readInt32BE(1) + 1;
	if (bytes.length > length) client.unshift(bytes.subarray(length));
	return bytes.toString("utf8", 5, length - 1);
}
/** Whether two passwords are the same, in a time that tells nothing. */
function samePassword(given, wanted) {
	const [one, other] = [Buffer.from(given), Buffer.from(wanted)];
	return one.length === other.length && timingSafeEqual(one, other);
}
/** What a server says to a client that it lets in, up to its first ReadyForQuery; `packet` is the client's first one. */
function greeting({ parameters, processId, secret }, packet) {
	const key = Buffer.alloc(4);
	key.writeInt32BE(processId);
	return Buffer.concat([
		...newerThanOurs(packet),
		authentication(0),
		...[...parameters].map(([name, value]) => message("S", name, value)),
		message("K", key, secret),
		message("Z", Buffer.from("I"))
	]);
}
/** A client that would like a newer protocol hears that this is 3.0, and goes on with that. */
function newerThanOurs(packet) {
	if (packet.readInt32BE(4) === 196608 && !packet.includes("_pq_.")) return [];
	const options = packet.toString("utf8", 8).split("\0").filter((word, index) => index % 2 === 0 && word.startsWith("_pq_."));
	const numbers = Buffer.alloc(8);
	numbers.writeInt32BE(196608, 0);
	numbers.writeInt32BE(options.length, 4);
	return [message("v", numbers, ...options)];
}
function authentication(kind) {
	const body = Buffer.alloc(4);
	body.writeInt32BE(kind);
	return message("R", body);
}

/** SQLSTATE of a refusal; PostgreSQL and the standard leave the class to others. */
const refusedSqlState = "ZHG01";

/** Takes statements of the plan back in their transaction: what has to come again is no part of it any more. */
function takeBack(transaction, indexes, order) {
	const { statements, undone } = transaction;
	const from = order?.afterRollback(indexes, 1e400) ?? 1e400;
	undone.push(...indexes);
	statements.splice(0, statements.length, ...statements.filter((index) => index < from || !indexes.includes(index)));
}

/** Whether what it returns is compared with the rehearsal, before anything comes behind it. */
const isCompared = (judgement) => judgement.kind === "planned" && !judgement.done && judgement.statement.result !== void 0;
/** Reads a statement. `kind`: of its parse tree. `values`: a digest of what it binds, where that sets something. */
function guardedText(sql, kind, values) {
	return {
		sql,
		kind,
		identity: statementIdentity(sql, fingerprintOf(sql), values),
		setting: kind && settingOf(sql, values),
		control: controlOf(sql, kind),
		savepoint: kind?.control === "savepoint" ? savepointCommand(sql) : void 0
	};
}
function controlOf(sql, kind) {
	if (!kind?.control || kind.place === "outside") return void 0;
	const [verb = ""] = /^[a-z]+/i.exec(withoutLeadingComments(sql)) ?? [];
	if (/^prepare$/i.test(verb)) return void 0;
	if (kind.control !== "chain") return kind.control;
	return /^(?:commit|end)$/i.test(verb) ? "commit" : "rollback";
}
/**
* What to do with statements that come together, one after the other; nothing of them is sent when the last is refused.
* @param course of their session
* @param failed whether that block has failed, so that COMMIT rolls it back
* @param order absent: no revision runs
* @param block whether a transaction block is open that only COMMIT or ROLLBACK ends
*/
function judge(texts, order, transaction, block, course, failed = false) {
	const judgements = [];
	let passed = order?.passed() ?? 0;
	let open = block;
	let now = course;
	let broken = failed;
	const begun = /* @__PURE__ */ new Set();
	const nothing = () => ({
		statements: [],
		undone: [],
		blocks: false
	});
	let inside = {
		...nothing(),
		statements: [...transaction?.statements ?? []],
		undone: [...transaction?.undone ?? []],
		recorded: transaction?.recorded ?? false
	};
	const commits = () => {
		const why = order?.unfinished(inside, passed);
		inside = nothing();
		now = afterEnd(now, "committed");
		return why === void 0 ? void 0 : {
			kind: "refused",
			why
		};
	};
	/** What shared a transaction with earlier statements, and comes when that has ended. */
	const belongsElsewhere = (turn) => {
		if (turn.kind !== "planned" || turn.done || turn.statement.transaction === void 0) return void 0;
		const { transaction: number } = turn.statement;
		if (inside.statements.length === 0 && (begun.has(number) || order?.hasBegun(number))) return {
			kind: "refused",
			why: "came when the transaction of the statements before it had ended, which it shared in the rehearsal"
		};
		begun.add(number);
	};
	const rollsBack = (indexes) => {
		passed = order?.afterRollback(indexes, passed) ?? passed;
		broken = false;
	};
	for (const { control: asked, identity, setting, savepoint } of texts) {
		const control = asked === "commit" && broken ? "rollback" : asked;
		const judged = control ? (control === "commit" ? commits() : void 0) ?? { kind: "control" } : order?.turn({
			identity,
			setting,
			told: now.told
		}, passed) ?? {
			kind: "refused",
			why: "came while no revision was running"
		};
		const turn = belongsElsewhere(judged) ?? judged;
		judgements.push(turn);
		if (turn.kind === "refused") return judgements;
		if (turn.kind === "planned") {
			inside.statements.push(turn.index);
			passed = turn.index + 1;
		}
		if (turn.kind === "allowed") inside.recorded ||= turn.records;
		if (turn.kind === "setting") now = {
			...now,
			told: turn.told
		};
		if (savepoint) {
			const after = atSavepoint(now, savepoint, inside.statements);
			now = after.course;
			if (savepoint.does === "return") {
				rollsBack(after.takenBack);
				takeBack(inside, after.takenBack, order);
			}
		}
		if (control === "rollback") {
			rollsBack(inside.statements);
			inside = nothing();
			now = afterEnd(now, "rolled back");
		}
		if (control === "begin") open = true;
		else if (control === "commit" || control === "rollback") open = false;
	}
	const atEnd = open ? void 0 : commits();
	return atEnd ? [...judgements, atEnd] : judgements;
}
const objectCommand = /^(create|alter|drop)\s+(?:or\s+replace\s+|unique\s+|temp(?:orary)?\s+|unlogged\s+|foreign\s+)*([a-z]+)/i;
/** A statement's command for people: words of SQL, nothing of what it says. */
function commandWords({ sql, kind }) {
	if (!kind) return "a text that PostgreSQL's parser does not know";
	const text = withoutLeadingComments(sql);
	const [, verb, object] = objectCommand.exec(text) ?? [];
	if (verb && object) return `${verb} ${object}`.toUpperCase();
	return /^[a-z]+/i.exec(text)?.[0].toUpperCase() ?? "a statement";
}

/** What is sent in the place of a refused statement: no parser takes it, so that the transaction fails, and it shows in the server's log. */
const refusedText = "HEADGATE REFUSED A STATEMENT THAT IS NOT IN THE PLAN";
/** Closes the guard for the rest of the revision, and gives the message for the client. */
function refuse({ guard }, words, why) {
	const revision = guard.order?.revision ?? "";
	const text = `Headgate did not send ${words}${revision && ` of revision ${revision}`} to the database: it ${why}.`;
	close(guard, text);
	return errorResponse$1("ERROR", refusedSqlState, text);
}
/** Closes the guard because of a session that begins with other settings, by name; gives the message for the client. */
function refuseSession(guard, settings) {
	const text = `Headgate did not let a session of the migration in: it begins with other settings (${settings.join(", ")}) than any in the rehearsal, and what was reviewed may do something else in it. Have the migration connect as it does in the rehearsal.`;
	close(guard, text);
	return text;
}
/** Closes the guard behind a statement that has set something to what the rehearsal did not; what comes next is not sent. */
function compareResult({ guard }, text, judgement, result) {
	if (judgement.kind !== "planned" || judgement.done) return;
	const { statement, index } = judgement;
	if (statement.result === void 0 || statement.result === result) return;
	close(guard, `Headgate stopped revision ${guard.order?.revision} behind statement ${index + 1} (${commandWords(text)}): it has set something to another value than in the rehearsal.`);
}
function close(guard, text) {
	if (guard.refusal) return;
	const passed = guard.order?.passed();
	const refusal = {
		revision: guard.order?.revision ?? "",
		message: text,
		...passed !== void 0 && { index: passed }
	};
	guard.refusal = refusal;
	guard.tell({
		kind: "refused",
		refusal
	}).catch(() => {});
}
/**
* What is done with statements that come together; once the guard is closed, they may only end transactions without committing.
* @param status of the transaction that they come into, in the letters of ReadyForQuery
* @param afterwards whether what they leave open outside a block is committed, or more may come into it
*/
function judgeAll({ guard, transaction, course }, texts, status, afterwards) {
	const controls = texts.map(({ control }) => control);
	if (guard.refusal) {
		const commits = (control) => control === void 0 || control === "commit" && status === "T";
		return !(afterwards === "ends" && status === "I" && transaction !== void 0) && !controls.some(commits) ? texts.map(() => ({ kind: "control" })) : [{
			kind: "refused",
			why: "came after another one had been refused"
		}];
	}
	if (status !== "E") return judge(texts, guard.order, transaction, status !== "I" || afterwards === "goes on", course);
	if (controls.every((control) => control === void 0)) return [];
	return judge(texts, guard.order, transaction, true, course, true);
}
/** An ErrorResponse of our own. */
function errorResponse$1(severity, sqlState, text) {
	return message("E", `S${severity}`, `V${severity}`, `C${sqlState}`, `M${text}`, Buffer.alloc(1));
}

/** Remembers where an error of the server's came from: it says so wherever code was running. */
function noteError({ guard }, report) {
	guard.saidByCode ||= reportField(report, "W") !== void 0;
}
/** Does what has to be told; what cannot be told closes the guard. */
async function telling(context, work) {
	try {
		await work();
	} catch {
		refuse(context, "what follows", "could not be written down");
	}
}
/** What comes is on its way: nobody else's turn is its, and the listener knows of a statement of the plan before the server. */
async function announceStatement(context, { kind, sql }, judgement, awaitsEnding) {
	if (judgement.kind === "allowed" && judgement.records && context.transaction) context.transaction.recorded = true;
	if (judgement.kind !== "planned") return;
	if (!judgement.done) {
		context.transaction ??= {
			statements: [],
			undone: [],
			blocks: false
		};
		context.transaction.blocks ||= judgement.statement.blocks ?? mayBlock(kind, sql);
		if (context.transaction.blocks) context.transaction.blocksSince ??= performance.now();
	}
	context.guard.order?.pass(judgement.index, judgement.done ? void 0 : context.transaction);
	if (!judgement.done) await tellStatement(context, judgement, "sent", { awaitsEnding });
}
/** Tells about a statement of the plan. @throws whatever the listener does */
async function tellStatement({ guard, processId }, judgement, phase, more = {}) {
	if (judgement.kind !== "planned" || !guard.order) return;
	const { index, statement } = judgement;
	const { transactional } = statement;
	if (phase === "failed" && more.sqlState !== void 0) guard.order.fail(index);
	await guard.tell({
		kind: "statement",
		phase,
		revision: guard.order.revision,
		index,
		transactional,
		processId: processId(),
		...more
	});
}
/** Tells what became of the open transaction, if a statement of the plan is in it. */
async function tellTransaction(context, phase) {
	const { guard, transaction, processId } = context;
	if (phase !== "ending") {
		context.transaction = void 0;
		context.inForce = void 0;
		context.course = afterEnd(context.course, phase === "committed" ? "committed" : "rolled back");
		if (phase === "rolled back" && transaction) guard.order?.rollBack(transaction.statements);
		if (context.changedSettings) context.timeouts = void 0;
		context.changedSettings = false;
		if (phase === "rolled back") context.named = void 0;
	}
	if (!transaction || transaction.statements.length === 0 || !guard.order) return;
	await guard.tell({
		kind: "transaction",
		phase,
		revision: guard.order.revision,
		statements: [...transaction.statements],
		processId: processId()
	});
}

/** Before the first message. */
function emptyGuardedBatch() {
	return {
		statements: /* @__PURE__ */ new Map(),
		portals: /* @__PURE__ */ new Map(),
		restore: void 0,
		executed: false,
		begun: false,
		failed: false,
		together: true,
		block: "I",
		running: void 0,
		unsound: /* @__PURE__ */ new Set(),
		pending: Promise.resolve(),
		settling: Promise.resolve()
	};
}
/** Passes a message of the batch on. */
function passGuarded(context, batch, to, bytes, options = {}) {
	const passed = passMessage(context, to, bytes, {
		...options,
		failing: () => batch.failed = true
	});
	batch.pending = passed.then(({ failure }) => failure && noteError(context, failure));
	return passed;
}
/** In the place of a message: the transaction fails, and the server passes over everything up to the next Sync. */
function refuseGuarded(context, batch, text, why) {
	const refusal = refuse(context, text ? commandWords(text) : "the end of a transaction", why);
	context.exchange.send(message("P", "", refusedText, Buffer.alloc(2)), [{
		to: "parse",
		for: "headgate",
		on({ type }) {
			if (type !== fromServer.errorResponse) return;
			batch.failed = true;
			context.exchange.put(refusal);
		},
		done: () => {}
	}]);
}
/** What the server refuses before it could run has had its turn. @param undo takes its name back */
function settleGuarded(context, batch, text, { outcome, failure }, undo) {
	if (outcome === "done") return;
	undo();
	if (text && failure) batch.unsound.add(text);
	if (text === batch.running) return;
	if (!text || !failure || text.control) return;
	const [judgement] = judgeAll(context, [text], batch.block, "goes on");
	if (judgement?.kind !== "planned") return;
	batch.settling = telling(context, async () => {
		await announceStatement(context, text, judgement, true);
		await tellStatement(context, judgement, "failed", { sqlState: statementError(failure).sqlState });
	});
}

const changing = /^(?:VariableSet|Discard|Do|Call|Execute|Select)Stmt$/;
/** Whether a statement may change settings. */
function settingsChange({ kind, sql }) {
	if (!kind || kind.node === "SelectStmt") return !kind || kind.sweeping || /set_config/i.test(sql);
	return changing.test(kind.node);
}
/** After a statement that may have changed settings, or set them back: forgets the timeouts, and remembers what its session has been told. */
function settingsAfterwards(context, text, judgement) {
	if (judgement.kind === "setting") context.course = {
		...context.course,
		told: judgement.told
	};
	if (text.savepoint) atSavepointNow(context, text.savepoint);
	if (!settingsChange(text)) return;
	context.timeouts = void 0;
	context.changedSettings = true;
}
function atSavepointNow(context, command) {
	const { transaction, guard } = context;
	const { course, takenBack } = atSavepoint(context.course, command, transaction?.statements ?? []);
	context.course = course;
	if (command.does !== "return" || !transaction) return;
	guard.order?.rollBack(takenBack);
	takeBack(transaction, takenBack, guard.order);
}

const settings = {
	lockTimeoutMs: "lock_timeout",
	statementTimeoutMs: "statement_timeout"
};
const names = Object.keys(settings);
const shows = names.map((name) => `show ${settings[name]}`);
const unchanged = async () => {};
/**
* Puts the limits of a statement of the plan in force, and names the revision to those who look at the server's
* activity. The function that comes back gives the settings back their values, once the statement has ended; in a
* transaction block that waits for `loosen`, as the next statement mostly wants the same.
*/
async function limit(context, text, judgement, how, scope, changes = settingsChange(text)) {
	const { guard } = context;
	if (judgement.kind !== "planned" || judgement.done) return unchanged;
	const ask = asker(context, how, scope);
	const { revision } = guard.order ?? {};
	const naming = revision !== void 0 && context.named !== revision ? [sessionName(guard.name, revision)] : [];
	context.timeouts ??= readTimeouts(await ask(shows));
	const own = context.timeouts;
	if (!own) return unchanged;
	const { blocks } = judgement.statement;
	const wanted = timeoutsFor({
		...text,
		...blocks !== void 0 && { blocks }
	}, context.transaction, guard.limits, {
		set: own,
		initial: guard.initial,
		own: guard.own
	});
	const lasts = scope === "block" && !changes;
	if (!lasts) await loosen(context, how, scope);
	const before = context.inForce ?? own;
	await ask([...naming.map((name) => setting("application_name", name, scope, false)), ...names.filter((name) => wanted[name] !== before[name]).map((name) => setting(settings[name], wanted[name], scope))]);
	context.named = revision;
	const differing = names.filter((name) => wanted[name] !== own[name]);
	if (lasts) context.inForce = differing.length > 0 ? wanted : void 0;
	if (lasts || differing.length === 0) return unchanged;
	return async () => {
		if (isOver(context)) return void (context.timeouts = void 0);
		const now = changes ? readTimeouts(await ask(shows)) : wanted;
		await ask(differing.filter((name) => now?.[name] === wanted[name]).map((name) => givenBack(context, name, own, scope)));
	};
}
/** Gives the settings back the values that the migration gave them, if the guard has put others in their place. */
async function loosen(context, how, scope) {
	const { inForce, timeouts: own } = context;
	context.inForce = void 0;
	if (!inForce || !own || isOver(context)) return;
	const differing = names.filter((name) => inForce[name] !== own[name]);
	await asker(context, how, scope)(differing.map((name) => givenBack(context, name, own, scope)));
}
function givenBack({ guard }, name, own, scope) {
	return scope === "session" && own[name] === guard.initial[name] ? `reset ${settings[name]}` : setting(settings[name], own[name], scope);
}
/** Nothing can be asked any more, and a rollback gives the settings back their values. */
function isOver({ exchange }) {
	return exchange.closed() || exchange.skipping() || exchange.status() === "E";
}
function asker({ asking }, how, scope) {
	return async (queries) => {
		if (queries.length === 0) return [];
		if (how === "simple") return (await asking.simple(queries.join("; "))).rows;
		return (await asking.extended(queries, scope === "session" ? "sync" : "flush"))?.rows ?? [];
	};
}
function setting(name, value, scope, local = scope !== "session") {
	return scope === "pipeline" ? `select pg_catalog.set_config('${name}', '${value}', ${local})` : `set ${local ? "local " : ""}${name} = '${value}'`;
}
function readTimeouts(rows) {
	const [lock, statement] = rows.map(([value]) => value);
	if (!lock || !statement) return void 0;
	return {
		lockTimeoutMs: durationMs(lock),
		statementTimeoutMs: durationMs(statement)
	};
}
/** PostgreSQL cuts a name after 63 bytes. */
const longestName = 63;
/** What `application_name` says while a revision runs; no character of it needs quoting. */
function sessionName(name, revision) {
	return `${name} ${revision}`.replaceAll(/[^\w .:+-]/g, "?").slice(0, longestName);
}

/** Passes Execute on when the turn of its statement has come. */
async function executeGuarded(context, batch, frame) {
	const { exchange, guard } = context;
	const portal = batch.portals.get(readExecute(frame.bytes));
	const { text } = portal ?? {};
	const { block } = batch;
	const run = (digests = false) => passGuarded(context, batch, "execute", Buffer.concat([frame.bytes, flush]), { digests });
	if (!portal || !text || exchange.skipping() || portal.suspended || block === "E" && !text.control) {
		const passed = await run();
		if (portal) portal.suspended = passed.suspended;
		return;
	}
	const [judgement] = judgeAll(context, [text], block, "goes on");
	if (!judgement) return void await run();
	if (judgement.kind === "refused") return refuseGuarded(context, batch, text, judgement.why);
	const planned = judgement.kind === "planned";
	if (planned && judgement.done && !portal.replaced) return passOver(context, batch, judgement);
	const inside = batch.executed || block === "T";
	const release = planned && inside ? await limit(context, text, judgement, "extended", block === "T" ? "block" : "pipeline") : void 0;
	if (!planned && block === "T" && text.control !== "commit" && text.control !== "rollback") await loosen(context, "extended", "block");
	try {
		if (text.control === "commit" && block !== "E") await tellTransaction(context, "ending");
		if (planned) batch.together &&= heldTogether(text, judgement);
		await announceStatement(context, text, judgement, block === "T" || batch.together);
	} catch {
		return refuseGuarded(context, batch, text, "could not be written down before it was sent");
	}
	batch.executed = true;
	batch.running = text;
	const passed = await run(isCompared(judgement));
	batch.running = void 0;
	portal.suspended = passed.suspended;
	if (passed.outcome === "skipped" && !exchange.closed() && planned && !batch.unsound.has(text)) {
		guard.order?.takeBack(judgement.index);
		context.transaction?.statements.pop();
	}
	await telling(context, () => finished$1(context, batch, text, judgement, passed));
	if (passed.outcome === "done") await release?.();
	else context.inForce = void 0;
}
async function finished$1(context, batch, text, judgement, { outcome, failure, durationMs, tag, result }) {
	if (judgement.kind === "planned" && judgement.done) return tellStatement(context, judgement, "skipped");
	const lost = context.exchange.closed() && !failure || failure && isFatal(failure);
	const phase = outcome === "done" ? "done" : lost ? "unknown" : "failed";
	const sqlState = failure && statementError(failure).sqlState;
	await tellStatement(context, judgement, phase, {
		durationMs,
		...sqlState !== void 0 && { sqlState }
	});
	if (lost && text.control === "commit") return tellTransaction(context, "unknown");
	if (outcome !== "done") return;
	settingsAfterwards(context, text, judgement);
	compareResult(context, text, judgement, result);
	if (text.control === "begin") batch.block = "T";
	if (text.control !== "commit" && text.control !== "rollback") return;
	batch.block = /\bchain\b/i.test(text.sql) && !/\bno\s+chain\b/i.test(text.sql) ? "T" : "I";
	await tellTransaction(context, tag === "COMMIT" ? "committed" : "rolled back");
}
/** Answers what an earlier run has finished in the place of the server, when the answers before it have come. */
async function passOver(context, batch, judgement) {
	batch.executed = true;
	if (!await context.asking.extended([""], "flush")) return;
	context.guard.order?.pass(judgement.index, void 0);
	context.exchange.put(message("C", "UNLISTEN"));
	await telling(context, () => tellStatement(context, judgement, "skipped"));
}
/** Whether the transaction of a statement is still open when it is done. */
function heldTogether({ kind }, { statement }) {
	return statement.transactional && (kind?.place === "ordinary" || kind?.place === "session");
}

/** Sent in the place of what an earlier run has finished: it has no effect and is answered like any command. */
const nothingToDo = "unlisten headgate";
/** Whether an earlier run has finished it. */
function isDone({ judgement }) {
	return judgement.kind === "planned" && judgement.done;
}
/** Whether these may run in a transaction that is put around them, and do the same there. */
function standApart(pieces) {
	return pieces.some((piece) => piece.judgement.kind === "planned" && !isDone(piece)) && pieces.every(({ judgement, text }) => text.kind?.place === "ordinary" && (judgement.kind !== "planned" || judgement.statement.transactional));
}
/** Whether one may wait for a lock while others wait for what an earlier one holds. */
function waitBehindEachOther(pieces) {
	const first = pieces.findIndex((piece) => blocks(piece.judgement, piece.text) && !isDone(piece));
	return first >= 0 && pieces.slice(first + 1).some(({ judgement }) => judgement.kind === "planned") && !pieces.some(({ text }) => text.kind?.copiesIn);
}
/** Whether something of the plan comes behind the end of a transaction. */
function holdSeveralTransactions(pieces) {
	const first = pieces.findIndex(({ text: { control } }) => control === "commit" || control === "rollback");
	return first >= 0 && pieces.slice(first).some(({ judgement }) => judgement.kind === "planned");
}
/** Whether each is in a transaction block, so that it does the same when it is sent in a message of its own. */
function areInBlocks(pieces, block) {
	let open = block;
	return pieces.every(({ text: { control } }) => {
		if (control === "begin") open = true;
		const inside = open;
		if (control === "commit" || control === "rollback") open = false;
		return inside;
	});
}
/** Whether something else is sent in its place. */
const isReplaced = (piece) => isDone(piece) || piece.capped !== void 0;
/** What is sent for it. */
function sentBytes(piece) {
	if (piece.capped) return Buffer.from(`${piece.capped.replacement};`);
	return isDone(piece) ? Buffer.from(`${nothingToDo};`) : piece.bytes;
}
/** By how many characters what is sent is longer than what came. */
function lengthened(pieces) {
	const characters = (bytes) => bytes.toString().length;
	return pieces.reduce((sum, piece) => sum + characters(sentBytes(piece)) - characters(piece.bytes), 0);
}
/** Whether others may have to wait for it. */
function blocks(judgement, { kind, sql }) {
	return judgement.kind === "planned" && (judgement.statement.blocks ?? mayBlock(kind, sql));
}

/** Passes Parse on, unless the text can have no turn. */
function parseGuarded(context, batch, frame, read) {
	const { exchange, guard } = context;
	const { name, sql } = readParse(frame.bytes);
	const { text, count } = read(sql, exchange.parameter("client_encoding"));
	const free = text.control !== void 0 || count === 0;
	let foreign;
	if (!exchange.skipping() && !free) {
		foreign = whyForeign(context, text, count);
		const describable = guard.order && !guard.refusal && text.kind?.node === "SelectStmt";
		if (foreign !== void 0 && !describable) return refuseGuarded(context, batch, text, foreign);
	}
	const replaced = guard.order?.isDone(text.identity) === true && !/\$\d/.test(text.sql);
	const undo = assume(batch.statements, name, {
		text,
		replaced,
		...foreign !== void 0 && { foreign }
	});
	const bytes = replaced ? message("P", name, nothingToDo, Buffer.alloc(2)) : frame.bytes;
	passGuarded(context, batch, "parse", bytes, frame).then((passed) => settleGuarded(context, batch, text, passed, undo));
}
/** Why a statement can have no turn. */
function whyForeign({ guard }, text, count) {
	if (count > 1) return "came with others in one prepared statement";
	if (guard.refusal) return "came after another one had been refused";
	if (!guard.order) return "came while no revision was running";
	if (text.setting || bindsSetting(text.sql)) return void 0;
	return guard.order.knows(text.identity) ? void 0 : "is not in the plan";
}
/** Passes Bind on. The first statement of a batch outside a transaction gets its limits before it is bound, as nothing may come between. */
async function bindGuarded(context, batch, frame) {
	const { exchange } = context;
	const { portal, statement } = readBind(frame.bytes);
	const prepared = bound(batch.statements.get(statement), frame);
	if (prepared?.foreign !== void 0 && !exchange.skipping()) return refuseGuarded(context, batch, prepared.text, prepared.foreign);
	if (prepared && batch.block === "I" && !batch.executed && !batch.restore) {
		const [judgement] = judgeAll(context, [prepared.text], batch.block, "goes on");
		if (judgement?.kind === "planned" && !judgement.done) {
			exchange.send(flush, []);
			await batch.pending;
			if (!exchange.skipping()) batch.restore = await limit(context, prepared.text, judgement, "extended", "session");
		}
	}
	const undo = assume(batch.portals, portal, prepared && {
		...prepared,
		suspended: false
	});
	passGuarded(context, batch, "bind", frame.bytes, frame).then((passed) => settleGuarded(context, batch, prepared?.text, passed, undo));
}
/** The statement with what it is bound to, where that sets something. */
function bound(prepared, frame) {
	if (!prepared || !bindsSetting(prepared.text.sql)) return prepared;
	const { sql, kind } = prepared.text;
	return {
		...prepared,
		text: guardedText(sql, kind, digestOfValues(frame) ?? "not read")
	};
}

/** In bytes. */
const longestKept = 1e4;
const mostKept = 100;
/** Keeps what it has read: client libraries send the same one again for each row. */
function createTextReader() {
	const texts = /* @__PURE__ */ new Map();
	return (sql, encoding) => {
		const key = sql.length > longestKept ? void 0 : `${encoding} ${sql.toString("latin1")}`;
		const before = key === void 0 ? void 0 : texts.get(key);
		if (before) return before;
		const script = readScript(sql, encoding ?? "UTF8");
		const result = {
			text: guardedText(decodeSql(sql, encoding), script?.[0]?.kind),
			count: sql.length === 0 ? 0 : script?.length ?? 1
		};
		if (texts.size >= mostKept) texts.clear();
		if (key !== void 0) texts.set(key, result);
		return result;
	};
}

/**
* Refuses a message that the server would answer with a ReadyForQuery of its own: in its place the server gets one that it
* cannot read, and the client what the guard has to say. Resolves when the server is ready again.
*/
function refuseSimple(context, words, why) {
	const { exchange } = context;
	const refusal = refuse(context, words, why);
	return new Promise((resolve) => exchange.send(message("Q", refusedText), [{
		to: "query",
		for: "headgate",
		on({ type, bytes }) {
			if (type === fromServer.errorResponse) exchange.put(refusal);
			else if (type === fromServer.readyForQuery) exchange.put(bytes);
		},
		done: () => resolve()
	}]));
}

/** Handles extended queries: what is not in the plan is not even parsed, and what is runs when its turn has come. */
function guardedExtended(context) {
	const { exchange } = context;
	const batch = emptyGuardedBatch();
	const { statements, portals } = batch;
	const read = createTextReader();
	return (frame) => {
		if (!batch.begun) batch.block = exchange.status();
		const { bytes, more } = frame;
		const type = String.fromCharCode(frame.type);
		batch.begun = type !== "S" && type !== "F";
		switch (type) {
			case "P":
				parseGuarded(context, batch, frame, read);
				return;
			case "B": return bindGuarded(context, batch, frame);
			case "C": {
				const { kind, name } = readClose(bytes);
				const undo = kind === "statement" ? assume(statements, name, void 0) : assume(portals, name, void 0);
				passGuarded(context, batch, "close", bytes, { more }).then(({ outcome }) => outcome !== "done" && undo());
				return;
			}
			case "D":
				passGuarded(context, batch, "describe", bytes, { more });
				return;
			case "E": return executeGuarded(context, batch, frame);
			case "S": return synchronise(context, batch, frame);
			case "F": return refuseSimple(context, "a function call of the protocol", "cannot be compared with the plan");
			default:
				exchange.send(bytes, [], more);
				return;
		}
	};
}
/** The end of a batch, which commits what no block is around. */
async function synchronise(context, batch, frame) {
	const { exchange } = context;
	const { block, together } = batch;
	const implicit = block === "I" && context.transaction !== void 0;
	const why = implicit ? judgeAll(context, [], block, "ends").find(({ kind }) => kind === "refused") : void 0;
	let commits = implicit && !together;
	if (implicit) {
		exchange.send(flush, []);
		await batch.pending;
		if (!batch.failed && why?.kind === "refused") refuseGuarded(context, batch, void 0, why.why);
		else if (!batch.failed && together && !exchange.closed()) commits = await announceEnd(context, batch);
	}
	await passGuarded(context, batch, "sync", frame.bytes);
	await batch.settling;
	const { failed } = batch;
	if (exchange.closed()) {
		const phase = commits && !failed ? "unknown" : "rolled back";
		return telling(context, () => tellTransaction(context, phase));
	}
	if (exchange.status() === "I") await telling(context, () => tellTransaction(context, failed ? "rolled back" : "committed"));
	batch.begun = false;
	batch.failed = false;
	batch.executed = false;
	batch.together = true;
	batch.unsound.clear();
	await batch.restore?.();
	batch.restore = void 0;
	exchange.put(message("Z", Buffer.from(exchange.status())));
}
/** The server keeps what came outside a block open until Sync: whoever listens can still see its transaction. */
async function announceEnd(context, batch) {
	try {
		await tellTransaction(context, "ending");
		return true;
	} catch {
		refuseGuarded(context, batch, void 0, "could not be written down before it was committed");
		return false;
	}
}

const timeout = /^set\s+(?:(local|session)\s+)?(lock_timeout|statement_timeout)\s*(?:=|\bto\b)\s*'?\s*(\d+)\s*(ms|s|min|h|d)?\s*'?$/i;
/**
* Caps a SET that has statements that others may wait for behind it in the same message, where nothing can be set in
* between; `undefined` when it is none, or is stricter.
*/
function cappedSetting(sql, limits) {
	const [, scope = "session", name = "", number, unit = ""] = timeout.exec(bareStatement(sql)) ?? [];
	if (number === void 0) return void 0;
	const wanted = durationMs(`${number}${unit}`);
	const allowed = /^lock/i.test(name) ? limits.lockTimeoutMs : limits.blockingTimeoutMs;
	if (allowed === 0 || wanted !== 0 && wanted < allowed) return void 0;
	return {
		replacement: `set ${scope} ${name} = ${allowed}`,
		local: /^local$/i.test(scope)
	};
}

/** What may not be set for as long as others wait has to be replaced where it comes in the same message as what they wait for. */
function withCaps({ guard }, pieces) {
	const last = pieces.findLastIndex(({ judgement, text }) => blocks(judgement, text));
	return pieces.map((piece, index) => {
		const capped = index < last ? cappedSetting(piece.text.sql, guard.limits) : void 0;
		return capped ? {
			...piece,
			capped
		} : piece;
	});
}
/** Gives settings that were capped the values that the migration gave them. A rollback has done so with the others. */
async function setAsMeant(context, pieces, failed) {
	const { asking, exchange } = context;
	const meant = pieces.filter(({ capped }) => capped && !(capped.local && exchange.status() === "I"));
	if (meant.length === 0 || exchange.status() === "E") return;
	if (!failed) await asking.simple(meant.map(({ text }) => bareStatement(text.sql)).join("; "));
	context.timeouts = void 0;
}
/** The limits of the statement that may make others wait, if there is one. Not around statements that decide about settings themselves. */
async function limitAll(context, pieces, scope) {
	const planned = pieces.filter(({ judgement }) => judgement.kind === "planned");
	const strictest = planned.find(({ judgement, text }) => blocks(judgement, text)) ?? planned[0];
	const controls = pieces.map(({ text }) => text.control);
	const staysOpen = scope === "session" && controls.findLast((control) => control !== void 0) === "begin";
	const sets = pieces.length > 1 && pieces.some(({ text }) => settingsChange(text));
	const unlimited = async () => {};
	if (strictest && !controls.includes("savepoint") && !staysOpen) return limit(context, strictest.text, strictest.judgement, "simple", scope, sets || void 0);
	if (scope === "block" && !controls.every((control) => control === "commit" || control === "rollback")) await loosen(context, "simple", scope);
	return unlimited;
}

/**
* Runs what comes outside a block in a transaction whose COMMIT is ours, so that whoever listens can see it before it
* is committed. The client hears what it would without.
*/
async function runApart(context, runAll, pieces) {
	const { asking, exchange } = context;
	let last;
	if (await runAll((bytes) => last = bytes)) {
		await asking.simple("rollback");
		return "rolled back";
	}
	if (exchange.closed() || !last) return "rolled back";
	const why = judgeAll(context, [], "I", "ends").find(({ kind }) => kind === "refused");
	const refused = why?.kind === "refused" ? why.why : await tellTransaction(context, "ending").then(() => void 0, () => "could not be written down before it was committed");
	if (refused !== void 0) {
		await asking.simple("rollback");
		exchange.put(refuse(context, pieces[0] ? commandWords(pieces[0].text) : "it", refused));
		return "rolled back";
	}
	if (exchange.closed()) return "rolled back";
	const { failure } = await asking.simple("commit", {
		cancellable: true,
		onNotice: ({ bytes }) => exchange.put(bytes)
	});
	if (!failure && exchange.closed()) return "unknown";
	if (failure) noteError(context, failure);
	exchange.put(failure ?? last);
	return failure ? "rolled back" : "committed";
}

const { commandComplete, dataRow, errorResponse, readyForQuery } = fromServer;
/** Sends the message and passes on what comes back, ReadyForQuery apart; resolves to whether it failed. */
async function runMessage(context, query, pieces, withhold, offset = 0) {
	const { exchange } = context;
	let began = performance.now();
	let ended = 0;
	let failed = false;
	let told = Promise.resolve();
	const digest = pieces.some(({ judgement }) => isCompared(judgement)) ? createRowDigest(exchange) : void 0;
	const end = (phase, more) => {
		const piece = pieces[ended++];
		const durationMs = performance.now() - began;
		began = performance.now();
		const result = digest?.take();
		if (piece && phase === "done") compareResult(context, piece.text, piece.judgement, result);
		if (piece) told = told.then(() => telling(context, () => finished(context, piece, phase, {
			durationMs,
			...more
		})));
	};
	await new Promise((resolve) => exchange.send(query, [{
		to: "query",
		for: digest ? "headgate" : "client",
		on({ type, bytes }) {
			if (type === readyForQuery) return;
			if (type === dataRow) digest?.add(bytes);
			if (type === commandComplete) end("done", commandTag(bytes));
			if (type === errorResponse && !failed) {
				failed = true;
				noteError(context, bytes);
				const { sqlState } = statementError(bytes);
				const longer = lengthened(pieces.slice(0, ended));
				end(isFatal(bytes) ? "unknown" : "failed", { sqlState });
				return exchange.put(shiftPosition(bytes, offset - longer));
			}
			if (withhold && type === commandComplete && ended === pieces.length) withhold(bytes);
			else exchange.put(bytes);
		},
		done: () => resolve()
	}]));
	if (exchange.closed() && !failed) end("unknown", {});
	while (failed && ended < pieces.length) end("failed", {});
	await told;
	return failed;
}
/** Tells what became of a statement. @throws whatever the listener does */
async function finished(context, { judgement, text }, phase, { durationMs, sqlState, tag }) {
	if (judgement.kind === "planned" && judgement.done) return tellStatement(context, judgement, "skipped");
	await tellStatement(context, judgement, phase, {
		durationMs,
		...sqlState !== void 0 && { sqlState }
	});
	if (phase !== "done") return;
	settingsAfterwards(context, text, judgement);
	if (text.control === "commit" || text.control === "rollback") await tellTransaction(context, tag === "COMMIT" ? "committed" : "rolled back");
}

/** Handles simple queries: all statements of a message pass, or none is sent. */
function guardedSimple(context) {
	const { asking, exchange } = context;
	const refuseMessage = (text, why) => refuseSimple(context, text ? commandWords(text) : "it", why);
	/** The statements of the plan are on their way: nobody else's turn is theirs, and the listener knows before the server. */
	const announce = async (pieces, awaitsEnding) => {
		for (const { judgement, text } of pieces) {
			if (text.control === "commit" && exchange.status() !== "E") await tellTransaction(context, "ending");
			await announceStatement(context, text, judgement, awaitsEnding);
		}
	};
	/** Refuses a piece when others of its message have been sent. */
	const stopAt = async ({ text }, why) => {
		exchange.put(refuse(context, commandWords(text), why));
		if (exchange.status() === "T") await asking.simple(refusedText);
		return true;
	};
	/** Sends what comes in one message one by one, as a later statement may wait only for what an earlier one has left of its time. */
	const runOneByOne = async (pieces, withhold) => {
		for (const piece of pieces) {
			const { text, judgement, offset } = piece;
			if (context.guard.refusal) return stopAt(piece, "came after another one had been refused");
			const planned = judgement.kind === "planned" && !judgement.done;
			if (!planned && text.control !== "commit" && text.control !== "rollback") await loosen(context, "simple", "block");
			const restore = planned ? await limit(context, text, judgement, "simple", "block") : void 0;
			try {
				await announce([piece], true);
			} catch {
				return stopAt(piece, "could not be written down before it was sent");
			}
			const query = message("Q", sentBytes(piece), zero);
			if (await runMessage(context, query, [piece], piece === pieces.at(-1) ? withhold : void 0, offset)) return true;
			if (exchange.closed()) return false;
			await restore?.();
		}
		return false;
	};
	return async (frame) => {
		const encoding = exchange.parameter("client_encoding");
		const whole = queryText(frame.bytes);
		const script = readScript(whole, encoding ?? "UTF8") ?? [{
			bytes: whole,
			kind: void 0,
			offset: 0
		}];
		const texts = script.map(({ bytes, kind }) => guardedText(decodeSql(bytes, encoding), kind));
		const judgements = judgeAll(context, texts, exchange.status(), "ends");
		const last = judgements.at(-1);
		if (last?.kind === "refused") return refuseMessage(texts[judgements.length - 1] ?? texts.at(-1), last.why);
		const asSent = judgements.flatMap((judgement, index) => {
			const [text, piece] = [texts[index], script[index]];
			return text && piece ? [{
				text,
				judgement,
				bytes: piece.bytes,
				offset: piece.offset
			}] : [];
		});
		const status = exchange.status();
		const controls = new Set(asSent.map(({ text }) => text.control));
		const stand = status === "I" && standApart(asSent);
		const oneByOne = (waitBehindEachOther(asSent) || holdSeveralTransactions(asSent) || asSent.slice(0, -1).some(({ judgement }) => isCompared(judgement))) && areInBlocks(asSent, stand || status === "T");
		const compared = oneByOne ? void 0 : asSent.slice(0, -1).find(({ judgement }) => isCompared(judgement));
		if (compared) return refuseMessage(compared.text, "came in one message with what its value decides about");
		const pieces = oneByOne ? asSent : withCaps(context, asSent);
		const restore = oneByOne ? async () => {} : await limitAll(context, pieces, status === "I" ? "session" : "block");
		const apart = stand && await opened();
		try {
			if (!oneByOne) await announce(pieces, apart || status === "T" && !controls.has("commit") && !controls.has("rollback"));
		} catch {
			if (apart) await asking.simple("rollback");
			exchange.putReports();
			return refuseMessage(texts[0], "could not be written down before it was sent");
		}
		const query = pieces.some(isReplaced) ? message("Q", Buffer.concat(pieces.map(sentBytes)), zero) : frame.bytes;
		const runAll = (withhold) => oneByOne ? runOneByOne(pieces, withhold) : runMessage(context, query, pieces, withhold);
		const outcome = apart ? await runApart(context, runAll, pieces) : void 0;
		const failed = outcome === void 0 ? await runAll() : outcome === "rolled back";
		if (exchange.closed()) {
			if (outcome) return telling(context, () => tellTransaction(context, outcome));
			const mayHaveCommitted = controls.has("commit") || status === "I" && !controls.has("begin");
			return telling(context, () => tellTransaction(context, mayHaveCommitted ? "unknown" : "rolled back"));
		}
		if (exchange.status() === "I") await telling(context, () => tellTransaction(context, failed ? "rolled back" : "committed"));
		if (failed) context.inForce = void 0;
		exchange.putReports();
		await restore();
		await setAsMeant(context, pieces, failed);
		exchange.put(message("Z", Buffer.from(exchange.status())));
	};
	/** Begins a transaction that the client knows nothing of; whether there is one. */
	async function opened() {
		exchange.gatherReports();
		await asking.simple("begin");
		return exchange.closed() || exchange.status() === "T";
	}
}
const zero = Buffer.alloc(1);

/** How long the server may take to give a session up that has been cancelled, in milliseconds. */
const patienceMs = 1e4;
/**
* Joins a client with a session that has been opened for it. What the server says waits until its socket is resumed.
* @param timeouts in effect in it; absent: not known
* @param closed called when it is over
*/
function joinSession(client, upstream, guard, timeouts, closed) {
	const { socket } = upstream;
	socket.on("error", () => socket.destroy());
	const gone = new Promise((resolve) => socket.once("close", () => resolve()));
	let busy = false;
	let working = Promise.resolve();
	let context;
	const conversation = converse({
		client,
		upstream: socket,
		startup: Buffer.alloc(0),
		flows(line) {
			const guarded = {
				...line,
				guard,
				transaction: void 0,
				timeouts,
				inForce: void 0,
				changedSettings: false,
				course: courseOf(nothingTold),
				named: void 0
			};
			context = guarded;
			const whileBusy = (flow) => (frame) => {
				const work = flow(frame);
				if (!work) return void 0;
				busy = true;
				return working = work.finally(() => busy = false);
			};
			return {
				simple: whileBusy(guardedSimple(guarded)),
				extended: whileBusy(guardedExtended(guarded)),
				closed() {
					closed();
					if (!busy) telling(guarded, () => tellTransaction(guarded, "rolled back"));
				}
			};
		}
	});
	const left = () => void (busy && upstream.cancel());
	client.once("end", left).once("close", left);
	return {
		conversation,
		context,
		busy: () => busy,
		cancel: upstream.cancel,
		async leave() {
			client.destroy();
			const patience = setTimeout(() => socket.destroy(), patienceMs);
			await gone;
			clearTimeout(patience);
			await working;
		}
	};
}

/** The order of one revision's statements. */
function createPlanOrder({ revision, statements, alsoAllowed, sessions = [], doneAlready = 0 }) {
	let position = 0;
	let furthest = 0;
	/** The first that has to come again. */
	let rolledBack;
	/** Transactions of the rehearsal of which something has passed. */
	const begun = /* @__PURE__ */ new Set();
	let failed;
	/** Where each statement comes last. */
	const lastIndex = new Map(statements.map((statement, index) => [keyOf(statement), index]));
	const allowedLike = Map.groupBy(alsoAllowed, keyOf);
	const last = (identity) => Math.max(...keysOf(identity).map((key) => lastIndex.get(key) ?? -1));
	const allowed = (identity, at = 1e400) => keysOf(identity).flatMap((key) => (allowedLike.get(key) ?? []).filter(({ after = 0 }) => at >= after));
	const isDoneAt = (index) => index < doneAlready && !statements[index]?.repeats;
	/** Behind the statements from here on that need not come. */
	const behindRepeats = (at) => {
		let behind = at;
		while (statements[behind]?.repeats) behind++;
		return behind;
	};
	/** What may come at a position: the next of the plan, and around it whatever rows decide about, and what is behind that. */
	const candidates = (at) => {
		const end = behindRepeats(at);
		let begin = at;
		while (statements[begin - 1]?.repeats) begin--;
		if (begin === end) return [at];
		return [
			at,
			...Array.from({ length: end - begin }, (_, offset) => begin + offset),
			end
		];
	};
	const numbered = (index) => {
		const tag = statements[index]?.tag;
		return `statement ${index + 1} of ${statements.length}${tag === void 0 ? "" : ` (${tag})`}`;
	};
	const afterRollback = (indexes, passed = position) => Math.min(passed, ...indexes.filter((index) => isExpectedAgain(index)));
	const isExpectedAgain = (index) => {
		const statement = statements[index];
		return !statement?.undone && !statement?.fails && !statement?.repeats;
	};
	const moveBack = (first, indexes) => {
		position = Math.min(position, first);
		for (const index of indexes) {
			const number = statements[index]?.transaction;
			if (index >= position && number !== void 0 && statements[position - 1]?.transaction !== number) begun.delete(number);
		}
	};
	const afterFailure = () => failed === void 0 ? void 0 : `came although ${numbered(failed)} had failed, which it did not in the rehearsal`;
	const turn = ({ identity, setting, told }, at = position) => {
		const keys = keysOf(identity);
		/** A setting in which the session is not as it was in the rehearsal, wherever else this could have its turn. */
		let differing;
		const isAsRehearsed = (rehearsed) => {
			const name = told && rehearsed && differingSetting(told, rehearsed);
			differing ??= name;
			return name === void 0;
		};
		const free = allowed(identity, behindRepeats(at));
		/** What records the end of a revision may look like what records its beginning. */
		const records = free.some(({ after }) => after !== void 0);
		const failure = afterFailure();
		if (failure !== void 0 && !setting && (records || free.length === 0)) return {
			kind: "refused",
			why: failure
		};
		for (const index of candidates(at)) {
			const candidate = statements[index];
			if (candidate && keys.includes(keyOf(candidate)) && isAsRehearsed(candidate.told)) return {
				kind: "planned",
				index,
				statement: candidate,
				done: isDoneAt(index)
			};
		}
		if (free.some(({ told }) => isAsRehearsed(told))) return {
			kind: "allowed",
			records
		};
		if (setting && told) {
			const then = tell(told, setting);
			if (sessions.some((session) => differingSetting(then, session) === void 0)) return {
				kind: "setting",
				told: then
			};
			return {
				kind: "refused",
				why: `sets ${setting.name} as the rehearsal did not at this point`
			};
		}
		if (differing !== void 0) return {
			kind: "refused",
			why: `came in a session that had not set ${differing} as in the rehearsal`
		};
		return {
			kind: "refused",
			why: statements[at] ? `came where ${numbered(at)} was expected${at === rolledBack ? ", which had been rolled back" : ""}` : statements.length === 0 ? "came where nothing was expected" : `came after the last statement of the plan`
		};
	};
	return {
		revision,
		passed: () => position,
		reached: () => furthest,
		knows: (identity) => last(identity) >= Math.min(...candidates(position)) || allowed(identity).length > 0,
		isDone: (identity) => last(identity) >= position && isDoneAt(last(identity)) && allowed(identity).length === 0,
		turn,
		pass(index, transaction) {
			position = index + 1;
			furthest = Math.max(furthest, position);
			if (!transaction) return;
			transaction.statements.push(index);
			const number = statements[index]?.transaction;
			if (number !== void 0) begun.add(number);
		},
		takeBack(index) {
			moveBack(index, [index]);
			furthest = Math.min(furthest, position);
		},
		afterRollback,
		rollBack(indexes) {
			const first = afterRollback(indexes);
			if (first < position) rolledBack = first;
			moveBack(first, indexes);
		},
		fail(index) {
			const statement = statements[index];
			if (!statement?.fails && !statement?.repeats) failed ??= index;
		},
		hasBegun: (transaction) => begun.has(transaction),
		unfinished(transaction, passed = position) {
			const left = transaction.statements.find((index) => statements[index]?.undone === "taken back" && !transaction.undone.includes(index));
			if (left !== void 0) return `came before ${numbered(left)} was rolled back, as it had been in the rehearsal`;
			const inIt = [...transaction.statements, ...transaction.undone];
			if (failed !== void 0 && inIt.includes(failed)) return afterFailure();
			const missing = transaction.undone.find((index) => index >= passed && isExpectedAgain(index));
			if (missing !== void 0) return `came before ${numbered(missing)}, which had been rolled back, had come again`;
			const behind = behindRepeats(passed);
			const [next, last] = [statements[behind], statements[passed - 1]];
			if (!last || last.transaction === void 0) return void 0;
			if (isDoneAt(passed - 1) || !transaction.statements.includes(passed - 1)) return void 0;
			if (next?.transaction === last.transaction) return `came before ${numbered(behind)}, which belongs to the same transaction`;
			const isRecorded = transaction.recorded || !alsoAllowed.some((record) => record.transaction === last.transaction);
			return next || isRecorded ? void 0 : "came before the row of the version table, which belongs to the same transaction";
		}
	};
}
/** What a statement of the plan is recognised by: its text, where constants are part of what is done. */
function keyOf({ fingerprint = "", text }) {
	return text === void 0 ? `fingerprint ${fingerprint}` : `text ${text}`;
}
/** All that a statement which came could be recognised by. */
function keysOf({ fingerprint, text }) {
	return [...text === void 0 ? [] : [`text ${text}`], ...fingerprint === void 0 ? [] : [`fingerprint ${fingerprint}`]];
}

/**
* A guard for one proxy.
* @throws Error when the server cannot be reached
*/
async function createGuard({ server, limits: given = {}, name = "headgate", beginnings, onEvent }) {
	await Promise.all([loadParser(), loadScriptParser()]);
	const limits = withDefaults(given);
	const own = await server.timeouts();
	const initial = initialTimeouts(limits, own);
	const password = randomBytes(24).toString("base64url");
	const sessions = /* @__PURE__ */ new Set();
	const state = {
		limits,
		name,
		own,
		initial,
		order: void 0,
		refusal: void 0,
		saidByCode: false,
		tell: async (event) => onEvent?.(event)
	};
	const open = async (client, startup) => {
		const { parameters, bytes } = startup;
		const words = new Map([...parameters].filter(([name]) => name !== "user" && name !== "database"));
		const settings = `-c lock_timeout=${initial.lockTimeoutMs} -c statement_timeout=${initial.statementTimeoutMs}`;
		words.set("options", [settings, words.get("options")].filter(Boolean).join(" "));
		words.set("application_name", "headgate");
		const session = await server.open(words);
		const speaksForItself = /_timeout/.test([...parameters].flat().join(" "));
		session.socket.unshift(greeting(session, bytes));
		const joined = joinSession(client, session, state, speaksForItself ? void 0 : initial, () => sessions.delete(joined));
		sessions.add(joined);
		session.socket.resume();
	};
	return {
		account: {
			user: server.user,
			password,
			database: server.database
		},
		begin(revision) {
			state.order = createPlanOrder(revision);
			state.refusal = void 0;
			state.saidByCode = false;
		},
		async end() {
			const { order } = state;
			const unfinished = [...sessions].filter(({ busy, context }) => busy() || context.transaction || context.exchange.status() !== "I");
			await Promise.all(unfinished.map((session) => session.leave()));
			state.order = void 0;
			const { refusal, saidByCode } = state;
			return {
				passed: order?.reached() ?? 0,
				...refusal && { refusal },
				...saidByCode && { saidByCode }
			};
		},
		async attach(client, startup) {
			const { parameters } = startup;
			const refused = (sqlState, text) => void client.end(errorResponse$1("FATAL", sqlState, text));
			const user = parameters.get("user");
			if (user !== server.user) return refused("28000", `Migrations run as ${server.user} here; use the connection that Headgate gives them.`);
			if ((parameters.get("database") ?? user) !== server.database) return refused("3D000", `Migrations run in ${server.database} here; use the connection that Headgate gives them.`);
			if (parameters.has("replication")) return refused("0A000", "A migration is no replica; the plan knows no replication.");
			const given = await askPassword(client);
			if (given === void 0) return void client.destroy();
			if (!samePassword(given, password)) return refused("28P01", "This is no password of the connection that Headgate gives to migrations.");
			const differing = beginnings ? differsIn(beginningOf(startup), beginnings) : [];
			if (differing.length > 0) return refused(refusedSqlState, refuseSession(state, differing));
			try {
				await open(client, startup);
			} catch (error) {
				refused("08001", error.message);
			}
		},
		async cancel({ processId, secret }) {
			const session = [...sessions].find(({ conversation }) => conversation.hasKey(processId, secret));
			if (!session) return;
			const cancelled = Promise.withResolvers();
			await session.conversation.allowCancel(cancelled.promise);
			await session.cancel().finally(cancelled.resolve);
		},
		async release() {
			await Promise.all([...sessions].map((session) => session.leave()));
		}
	};
}

/** Between two attempts to take the lock, in milliseconds; half of it is chance. */
const pollMs = 500;
/**
* Tells the connections of a migration tool behind the guard from all others, also when their run has died, for
* `application_name`: the guard names them `headgate REVISION`, or `headgate-HASH REVISION` where each tenant has a schema, and
* Headgate's own are `headgate`.
*/
const workingName = (schema) => schema === void 0 ? "headgate" : `headgate-${hash("sha256", schema).slice(0, 8)}`;
/** The key of the lock: one for each history table, whatever tool writes it. */
function lockKey(historyTable) {
	return hash("sha256", `headgate ${historyTable}`, "buffer").readBigInt64BE(0) & 9223372036854775807n;
}
/**
* Takes the lock on a connection that does nothing else, and waits until whatever a dead run left running has ended.
* It asks again and again instead of waiting in the server: a session that waits there holds a snapshot, for which
* CREATE INDEX CONCURRENTLY by the holder of the lock would wait in turn.
* @param name what `workingName` says of the history
* @param waiting called once when somebody else has the lock, with who that is
* @throws EngineError when the time is over
*/
async function takeLock(client, { historyTable, name }, timeLimitMs, waiting) {
	const key = lockKey(historyTable);
	const deadline = performance.now() + timeLimitMs;
	const lost = new AbortController();
	const lose = () => lost.abort();
	client.on("error", lose);
	client.on("end", lose);
	let told = false;
	const wait = async (holder) => {
		if (!told) waiting(holder);
		told = true;
		if (performance.now() > deadline) throw new EngineError(`Another run holds the lock on this database (${holder}) and did not end within ${Math.round(timeLimitMs / 1e3)} s. Wait for it, or raise --lock-wait.`);
		await setTimeout$1(pollMs / 2 + Math.random() * (pollMs / 2));
	};
	for (;;) {
		const { rows } = await client.query("SELECT pg_try_advisory_lock($1) AS taken", [String(key)]);
		if (rows[0]?.taken) break;
		await wait(await holderOf(client, key));
	}
	for (let left = await working(client, name); left !== void 0; left = await working(client, name)) await wait(left);
	return {
		lost: lost.signal,
		async verify() {
			try {
				if (!lost.signal.aborted) await answerOf(client.query("SELECT 1"));
			} catch {
				lose();
			}
			if (lost.signal.aborted) throw new EngineError("The connection that holds the lock was lost, and nothing more was sent.");
		}
	};
}
const about$1 = "format('process %s of %s, since %s', pid, coalesce(nullif(application_name, ''), 'an unnamed application'), date_trunc('second', backend_start))";
async function holderOf(client, key) {
	const { rows } = await client.query(`SELECT ${about$1} AS holder FROM pg_stat_activity WHERE pid IN (
       SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
         AND (classid::bigint << 32) | objid::bigint = $1)`, [String(key)]);
	return rows[0]?.holder ?? "a run that has just ended";
}
async function working(client, name) {
	const { rows } = await client.query(`SELECT ${about$1} AS holder FROM pg_stat_activity WHERE datname = current_database() AND starts_with(application_name, $1) LIMIT 1`, [`${name} `]);
	return rows[0]?.holder;
}

/**
* The project of one tenant, whose history has a schema of its own. The tool's process is told which in `HEADGATE_SCHEMA`;
* Flyway has a variable of its own for that.
*/
const tenantProject = (project, schema) => ({
	...project,
	schema,
	environment: {
		...project.environment,
		HEADGATE_SCHEMA: schema,
		FLYWAY_DEFAULT_SCHEMA: schema
	}
});
/**
* The target, every session of which begins in the tenant's schema: it comes first in the search path, before what the role
* has there otherwise.
* @throws ApplyError when there is no such schema
*/
async function inSchema(target, schema) {
	const client = await connectTarget(target, "headgate");
	try {
		const { rows } = await client.query(`SELECT current_setting('search_path') AS path, EXISTS (SELECT FROM pg_namespace WHERE nspname = $1) AS found`, [schema]);
		if (!rows[0]?.found) throw new ApplyError(`The database has no schema ${schema}. Create it, owned by the role that migrates it.`);
		const others = (rows[0].path.match(/"(?:[^"]|"")*"|[^\s,"]+/g) ?? []).filter((name) => name !== "\"$user\"" && unquotedName(name) !== schema);
		const option = `-c search_path=${[quoteIdentifier(schema), ...others].join(",").replaceAll(/[\\\s]/g, String.raw`\$&`)}`;
		return {
			...target,
			options: [target.options, option].filter(Boolean).join(" ")
		};
	} finally {
		await client.end();
	}
}
/** The schemas of a database that a pattern names, with `*` for any text, in the order of their names. @throws ConfigurationError when there is none */
async function schemasLike(client, pattern) {
	const { rows } = await client.query(`SELECT nspname AS name FROM pg_namespace
      WHERE nspname LIKE $1 AND nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'headgate', 'public')
      ORDER BY nspname COLLATE "C"`, [pattern.replaceAll(/[%_\\]/g, String.raw`\$&`).replaceAll("*", "%")]);
	if (rows.length > 0) return rows.map(({ name }) => name);
	throw new ConfigurationError(`No schema of the database is named like ${pattern}.`);
}

/** Seconds, and a number: a server notices within half a minute that whoever held the lock is gone without a word. */
const keepalives = {
	tcp_keepalives_idle: "10",
	tcp_keepalives_interval: "5",
	tcp_keepalives_count: "4"
};
/**
* What a role's own settings shall not do to Headgate's sessions: end them while a rehearsal runs, or write dates in a way
* that cannot be read. Those of the migration tool keep them.
*/
const ordinary = {
	lock_timeout: "0",
	idle_in_transaction_session_timeout: "0",
	idle_session_timeout: "0",
	transaction_timeout: "0",
	default_transaction_isolation: "read committed",
	DateStyle: "ISO",
	...keepalives
};
/** Sets what the server's version knows. */
const setOrdinary = "SELECT set_config(name, own.value, false) FROM pg_settings JOIN json_each_text($1) AS own (key, value) ON own.key = name";
/** Reads where production is. @throws UsageError when it cannot be understood */
const production = (text, environment = process.env) => productionAt(parseTarget(text, environment), void 0);
/** One tenant of it. @throws UsageError as `production` does, ApplyError and EngineError when it is not there */
async function productionOf(text, environment, schema) {
	const target = parseTarget(text, environment);
	return productionAt(schema === void 0 ? target : await inSchema(target, schema), schema);
}
function productionAt(target, schema) {
	const name = workingName(schema);
	return {
		description: `${describeTarget(target)}${schema === void 0 ? "" : `, schema ${schema}`}`,
		workingName: name,
		async connect(applicationName) {
			const client = await connectTarget(target, applicationName);
			await client.query("SET statement_timeout = 0");
			await client.query(setOrdinary, [JSON.stringify(ordinary)]);
			return client;
		},
		refusePooler: (client) => refusePooler(client, target),
		async openWire(limits, beginnings, onEvent) {
			const guard = await createGuard({
				server: await recognisable(targetServer(target)),
				limits: {
					lockTimeoutMs: limits["lock-timeout"],
					blockingTimeoutMs: limits["blocking-timeout"],
					otherTimeoutMs: limits["statement-timeout"]
				},
				name,
				beginnings,
				onEvent
			});
			const proxy = await startProxy({ guard });
			return {
				connection: {
					host: proxy.host,
					port: proxy.port,
					...guard.account
				},
				begin: guard.begin,
				end: guard.end,
				[Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose]()
			};
		}
	};
	/** The server, whose sessions have a name from the first message on, and do not outlive whoever waits for them. */
	async function recognisable(server) {
		const checks = await checksClients();
		return {
			...server,
			open: (startup) => server.open(new Map([
				...startup,
				["application_name", `${name} migration`],
				...Object.entries(keepalives),
				...checks ? [["client_connection_check_interval", "1s"]] : []
			]))
		};
	}
	/** Some platforms cannot: https://www.postgresql.org/docs/18/runtime-config-connection.html#GUC-CLIENT-CONNECTION-CHECK-INTERVAL */
	async function checksClients() {
		const client = await connectTarget(target, "headgate");
		const can = await client.query("SET client_connection_check_interval = '1s'").then(() => true, () => false);
		await leave(client);
		return can;
	}
}

/**
* What the old content of migrations that run again has made: the target has it, the rehearsal does not, and the new content
* speaks of it. The old content itself is not known any more.
*/
function leftByOldContent(again, files, target, rehearsal, comparison) {
	const isMentioned = mentionedIn(again.map(({ file }) => looseText(files, file)));
	const { objects } = compared(target, madeBy(rehearsal, comparison), comparison);
	return [...objects].filter(([key, { kind }]) => !rehearsal.objects.has(key) && kind !== "column" && kind !== "attribute").map(([, object]) => object).filter(({ name, relation }) => isMentioned(name) || isMentioned(relation));
}
/** Makes these objects; gives a sentence for each that could not be made. */
async function makeObjects(client, objects) {
	let left = objects;
	for (;;) {
		const failed = [];
		for (const object of left) if (!await makeObject(client, object)) failed.push(object);
		if (failed.length === 0 || failed.length === left.length) return failed.map(({ kind, name }) => `The ${kind} ${name} of the target could not be made for the rehearsal: what replaces it was not rehearsed over it.`);
		left = failed;
	}
}
async function makeObject(client, object) {
	const sql = creation(object);
	if (sql === void 0) return false;
	return client.query(sql).then(() => true, () => false);
}
/** Here the rows of a materialized view are not missed. */
const creation = (object) => object.kind === "materialized view" ? `CREATE MATERIALIZED VIEW ${object.name} AS ${object.attributes["definition"]}` : repairStatement({
	kind: "missing",
	object
});

/** What can be allowed by name although it is refused otherwise; each use is written into the ledger. */
const overrides = {
	unknown: "revisions that the database has and this commit does not",
	edited: "applied migrations whose files have changed since",
	again: "revisions that Headgate applied before, of which only rows could tell whether they are still there",
	"one-way": "revisions whose downgrade undoes nothing, and that are only forgotten with it",
	unreviewed: "revisions that no review has seen, or that are not what it saw",
	"assume-done": "a statement whose end nobody saw, and that was done",
	"assume-undone": "the same, and it was not",
	drift: "a schema that is not what the migrations make"
};
/** @throws UsageError naming what there is */
function readOverrides(names) {
	for (const name of names) if (!Object.hasOwn(overrides, name)) throw new UsageError(`--allow ${name} is not known: it can be ${Object.keys(overrides).join(", ")}.`);
	return new Set(names);
}

/** What stands against applying anything to a database that is where it is. Pure. */
function refusalsOf({ unknown, edited, half, unfinished, applied }, project, direction) {
	const refusals = [];
	if (unknown.length > 0) refusals.push({
		override: "unknown",
		reason: `The database has ${revisions(unknown)}, which this commit does not have. Apply from a commit that has ${unknown.length === 1 ? "it" : "them"}, or bring the files back.`
	});
	if (edited.length > 0) refusals.push({
		override: "edited",
		reason: `${edited.map(({ file }) => file).join(", ")} changed after ${edited.length === 1 ? "it was" : "they were"} applied; the database has what was in ${edited.length === 1 ? "it" : "them"} before. Bring the old content back, and put the change into a new migration.`
	});
	if (unfinished !== void 0) refusals.push({ reason: `The version table of ${project.layout ?? project.tool} says that \`${unfinished}\` was begun and not finished, and the ledger knows nothing of it. Find out what it left, and correct the table with that tool.` });
	if (half !== void 0 && half.direction !== direction) refusals.push({ reason: `\`${half.revision}\` is half ${half.direction === "up" ? "applied" : "taken back"}. Finish it first with \`headgate ${half.direction === "up" ? "apply" : "downgrade -n 1"}\`.` });
	if (half !== void 0 && half.direction === "up" && unknown.length === 0 && applied.has(half.revision)) refusals.push({ reason: `\`${half.revision}\` is half applied, and the version table says that it is applied.` });
	return refusals;
}
/** The refusal for revisions that are not what was reviewed. */
const unreviewedRefusal = (differences) => ({
	override: "unreviewed",
	reason: `What is pending is not what was reviewed. ${differences.join(" ")}`
});
/** The refusal for revisions that Headgate applied, that are pending again, and of which the schema does not tell. */
const againRefusal = (ids) => ({
	override: "again",
	reason: `Headgate applied ${revisions(ids)} to this database and did not take ${ids.length === 1 ? "it" : "them"} back, and the version table does not say that ${ids.length === 1 ? "it is" : "they are"} applied. Look whether the rows are there, and correct the version table if they are.`
});
/** The refusal for revisions that would be taken back without anything being undone. */
const oneWayRefusal = (ids) => ({
	override: "one-way",
	reason: `The downgrade of ${revisions(ids)} sends nothing that undoes what the upgrade did: the version table would forget ${ids.length === 1 ? "it" : "them"}, and what ${ids.length === 1 ? "it" : "they"} made would stay. Write a downgrade, or go forward with a new migration.`
});
/** The refusal for a schema that is not what the applied migrations make. */
const driftRefusal = (drift) => ({
	override: "drift",
	reason: `The schema of the database is not what its migrations make: ${describeDrift(drift).join("; ")}. Put the difference into a migration, undo it, or name what is not the project's under \`foreign:\` in headgate.yml.`
});
const revisions = (ids) => `${ids.length === 1 ? "the revision" : "the revisions"} ${ids.map((id) => `\`${id}\``).join(", ")}`;

/** The label of what is sent for those that are applied already. */
const replayStep = {
	revision: " replay",
	direction: "up"
};
/**
* Replays what the target has applied.
* @param lacks what the target has beside that, to be made before what runs again is replayed
* @throws ApplyError when it cannot be replayed, ConfigurationError when `start` says otherwise than the target
*/
async function bringToStart(stage, applied, lacks) {
	const { project, ordered, recorded, snapshot, onProgress } = stage;
	const { stamped } = cutHistory(ordered, project, ({ id }) => !applied.has(id));
	const earlier = ordered.filter((revision) => applied.has(revision.id) && !stamped.includes(revision));
	const ahead = stamped.filter(({ id }) => !applied.has(id));
	if (ahead.length > 0) throw new ConfigurationError(`The project ${project.name} starts at ${project.start?.revision}, but the target has not applied ${ahead[0]?.id}. Correct \`start\` in the configuration.`);
	if (stamped.length > 0) await recorded.session.stamp(stamped.map(({ id }) => id));
	if (earlier.length > 0) onProgress(`rehearsal: replaying ${earlier.length} applied revisions`);
	const make = async (objects) => objects.length === 0 ? [] : recorded.database.withClient((client) => makeObjects(client, objects));
	let lacking = [];
	if (lacks === void 0) await replay(stage, earlier);
	else {
		const isLater = (revision) => isRepeatable(revision, project);
		await replay(stage, earlier.filter((revision) => !isLater(revision)));
		await make(lacks(await snapshot()));
		await replay(stage, earlier.filter(isLater));
		lacking = await make(lacks(await snapshot()));
	}
	const unlike = [
		...stage.unlike,
		...await stage.alignExtensions(),
		...lacking
	];
	return {
		catalog: await snapshot(),
		unlike
	};
}
async function replay({ recorded, unlike }, revisions) {
	if (revisions.length === 0) return;
	const { recorder, stage } = recorded;
	recorder.label(replayStep, false);
	const replayed = await stage.upgrade(revisions.map(({ id }) => id));
	recorder.label(void 0);
	if (replayed.kind === "hung") throw new ApplyError("The rehearsal of what is applied already did not end in time.");
	if (replayed.kind === "failed") throw new ApplyError(`What the target has applied cannot be replayed, so that nothing can be rehearsed: \`${replayed.failure.revision}\` fails: ${describeFailure(replayed.failure)} ${["Nothing was sent to the target.", ...unlike].join(" ")}`);
}

/** What statements mean: https://www.postgresql.org/docs/18/runtime-config-client.html and …-compatible.html */
const deciding = [
	"Client Connection Defaults / Statement Behavior",
	"Client Connection Defaults / Locale and Formatting",
	"Version and Platform Compatibility / %"
];
/**
* What in these categories limits instead (the guard takes care of timeouts), is the client's or the transaction's, or names
* what only the target has: tablespaces, the operating system's locales.
*/
const left = "^(.*_timeout|.*tablespaces?|client_.*|lc_.*|transaction_.*|default_transaction_read_only|vacuum_.*|gin_.*|search_path)$";
/** Reads what of a server, and of the role there, decides how migrations run. */
async function readTraits(client) {
	const { rows } = await client.query(`SELECT current_setting('server_version_num')::int AS version,
            replace(current_setting('search_path'), '"$user"', quote_ident(current_user)) AS path,
            array_remove(current_schemas(false), 'public')::text[] AS schemas, current_schema() AS current`);
	const [traits] = rows;
	const { path = "public", schemas = [] } = traits ?? {};
	const isOrdinary = schemas.length === 0 && /^[^,]+, public$/.test(path);
	const { rows: settings } = await client.query(`SELECT name, reset_val AS value FROM pg_settings
      WHERE context IN ('user', 'superuser') AND category LIKE ANY ($1) AND name !~* $2`, [deciding, left]);
	const { rows: own } = await client.query(`SELECT DISTINCT name, current_setting(name, true) AS value
       FROM pg_db_role_setting s, unnest(s.setconfig) AS said, split_part(said, '=', 1) AS name
      WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
        AND s.setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = session_user))
        AND name LIKE '%.%' AND current_setting(name, true) IS NOT NULL`);
	return {
		major: Math.floor((traits?.version ?? 0) / 1e4),
		locale: await readLocale(client),
		settings: {
			...valuesOf(settings),
			...isOrdinary ? {} : { search_path: path }
		},
		ownSettings: valuesOf(own),
		schemas,
		...traits?.current ? { currentSchema: traits.current } : {},
		extensions: await readExtensions(client)
	};
}
/** The extensions of a database, in the order in which they came. */
async function readExtensions(client) {
	const { rows } = await client.query(`SELECT extname AS name, extversion AS version, nspname AS schema
       FROM pg_extension e JOIN pg_namespace n ON n.oid = extnamespace ORDER BY e.oid`);
	return rows;
}
const valuesOf = (rows) => Object.fromEntries(rows.map(({ name, value }) => [name, value]));

const anotherServer = "Name an `image:` in headgate.yml that has it, or rehearse on a database of your own with --rehearsal-url.";
/**
* Gives a rehearsal's database the settings, schemas and extensions of the target that no migration makes.
* @param prelude runs what the project says itself; behind the settings, before everything else
* @throws ApplyError when the migrations speak of an extension that the server lacks
*/
async function furnish(client, { locale, settings, ownSettings, schemas, currentSchema, extensions }, texts, prelude) {
	const unlike = [];
	const own = await readLocale(client);
	if (!isSameLocale(own, locale)) unlike.push(`The target treats text as ${describeLocale(locale)}, and the rehearsal as ${describeLocale(own)}: what depends on that was not rehearsed.`);
	const spoken = Object.entries(ownSettings).filter(([name]) => texts.mentions(name));
	const wanted = {
		...settings,
		...Object.fromEntries(spoken)
	};
	for (const [name, value] of Object.entries(wanted)) if (!await giveSetting(client, name, value)) unlike.push(`The server for the rehearsal does not take the target's setting ${name}.`);
	await prelude();
	const forExtensions = /* @__PURE__ */ new Set();
	const given = /* @__PURE__ */ new Set();
	const giveSchema = async (schema) => {
		if (texts.makes("schema", schema) || schema.startsWith("pg_")) return;
		await client.query(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(schema)}`);
	};
	for (const schema of schemas) await giveSchema(schema);
	const available = await availableExtensions(client);
	const there = new Set((await installedVersions(client)).keys());
	for (const extension of extensions) {
		const { name, schema } = extension;
		if (!available.has(name)) {
			const lacks = `The target has the extension ${name}, which the server for the rehearsal lacks.`;
			if (texts.mentions(name)) throw new ApplyError(`${lacks} ${anotherServer} Nothing was sent to the target.`);
			unlike.push(`${lacks} A migration that needs it cannot be rehearsed: ${anotherServer}`);
			continue;
		}
		if (texts.makes("extension", name) || there.has(name)) continue;
		if (schema !== "public" && schema !== currentSchema) forExtensions.add(schema);
		given.add(name);
		await giveSchema(schema);
		await client.query(`CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(name)} SCHEMA ${quoteIdentifier(schema)} ${versionOf(extension, available)} CASCADE`).catch(({ message }) => unlike.push(`The target has the extension ${name}, which the rehearsal could not be given: ${message}.`));
	}
	return {
		settings: wanted,
		extensions: given,
		schemas: forExtensions,
		unlike
	};
}
/** Brings extensions to the target's versions where the server has them; says which differ. For when the applied migrations have run. */
async function alignExtensions(client, wanted) {
	const found = await installedVersions(client);
	const unlike = [];
	for (const { name, version } of wanted) {
		const here = found.get(name);
		if (here === void 0 || here === version) continue;
		if (!await client.query(`ALTER EXTENSION ${quoteIdentifier(name)} UPDATE TO ${quoteIdentifier(version)}`).then(() => true, () => false)) unlike.push(`The target has ${version} of the extension ${name}, and the rehearsal ${here}.`);
	}
	return unlike;
}
/** What was put there for the rehearsal is no part of what migrations make. */
function withoutFurniture({ objects }, { settings, extensions, schemas }) {
	const values = new Map(Object.entries(settings).map(([name, value]) => [name.toLowerCase(), value]));
	const isFurniture = ({ kind, name, attributes }) => kind === "database setting" && attributes["value"] === values.get(name.toLowerCase()) || kind === "extension" && extensions.has(unquotedName(name)) || kind === "schema" && schemas.has(unquotedName(name));
	return { objects: new Map([...objects].filter(([, object]) => !isFurniture(object))) };
}
/** Whether sessions of the database now begin with it. */
async function giveSetting(client, name, value) {
	const { rows } = await client.query("SELECT current_setting($1, true) AS value, current_database() AS database", [name]);
	if (rows[0]?.value === value) return true;
	try {
		await client.query("SELECT set_config($1, $2, false)", [name, value]);
		await client.query(`ALTER DATABASE ${quoteIdentifier(rows[0]?.database ?? "")} SET ${name.split(".").map(quoteIdentifier).join(".")} FROM CURRENT`);
		return true;
	} catch {
		return false;
	}
}
async function availableExtensions(client) {
	const { rows } = await client.query("SELECT name, array_agg(version)::text[] AS versions FROM pg_available_extension_versions GROUP BY name");
	return new Map(rows.map(({ name, versions }) => [name, new Set(versions)]));
}
const versionOf = ({ name, version }, available) => available.get(name)?.has(version) ? `VERSION ${quoteIdentifier(version)}` : "";
async function installedVersions(client) {
	return new Map((await readExtensions(client)).map(({ name, version }) => [name, version]));
}

/**
* The table that the tool has made to keep what it applied, as SQL writes it: in which schema it does not tell. Absent where
* it has none.
* @param schema a tenant's, in which it has to be
* @throws ConfigurationError when there is not one, or tenants would share it
*/
async function locateVersionTable(database, names, schema) {
	if (names.length === 0) return void 0;
	const { rows } = await database.withClient((client) => client.query(`SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relname = ANY ($1) AND c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_'`, [names]));
	const [only, another] = rows;
	if (only === void 0 || another !== void 0) throw new ConfigurationError(`It is not clear in which table the tool keeps what it applied: there ${rows.length === 0 ? "is none" : "are several"} named ${names.join(", ")}. Keep one history a project.`);
	if (schema !== void 0 && unquotedName(schemaOf(only.name) ?? "") !== schema) throw new ConfigurationError(`The tool keeps what it applied in ${only.name}, which the tenants would share. Have it keep that in the schema that HEADGATE_SCHEMA names, as without a schema of its own.`);
	return only.name;
}

/** What the migrations of a project speak of, as far as their text says. */
function textsOf({ migrations }, { files }) {
	const texts = migrations.flatMap((directory) => files.list(directory)).map((path) => latin1(files.bytes(path)));
	const some = (pattern) => texts.some((text) => pattern.test(text));
	return {
		makes: (kind, name) => some(new RegExp(`create[ _]?${kind}\\b[^;\\n]{0,80}\\b${RegExp.escape(name)}\\b`, "i")),
		mentions: (name) => some(new RegExp(`(?<![\\w-])${RegExp.escape(name)}(?![\\w-])`, "i"))
	};
}
const latin1 = (bytes) => Buffer.from(bytes).toString("latin1");

/** @throws EngineError, ToolError and ConfigurationError as the gate does; ApplyError as `furnish` does */
async function openRehearsalStage(project, repository, server, traits, { environment, onProgress }) {
	await using opening = new AsyncDisposableStack();
	let furnished = {
		settings: {},
		extensions: /* @__PURE__ */ new Set(),
		schemas: /* @__PURE__ */ new Set(),
		unlike: []
	};
	const recorded = opening.use(await openRecordedProject(project, repository, server, {
		environment,
		onProgress,
		locale: traits.locale,
		furnish: async (client, prelude) => {
			furnished = await furnish(client, traits, textsOf(project, repository), prelude);
		},
		joins
	}));
	const { database, session, stage, limited, prepare } = recorded;
	const history = await limited("Reading the history", () => session.history());
	const { ordered, blocked } = judgeProjectLineage(project, history, void 0);
	if (blocked !== void 0) throw new ConfigurationError(`The project ${project.name} cannot be applied: ${blocked}. \`headgate check\` says more.`);
	const versionTables = await prepare();
	const versionTable = await locateVersionTable(database, versionTables, project.schema);
	await loadParser();
	const opened = opening.move();
	return {
		project,
		repository,
		recorded,
		serverMajor: server.major,
		ordered,
		versionTables,
		...optional$1("versionTable", versionTable),
		unlike: furnished.unlike,
		alignExtensions: () => database.withClient((client) => alignExtensions(client, traits.extensions)),
		snapshot: async () => withoutFurniture(await stage.snapshot(), furnished),
		onProgress,
		[Symbol.asyncDispose]: () => opened.disposeAsync()
	};
}

/** Whether everything is in one transaction with what is written to the version table. */
function isAtomic(reports) {
	const work = reports.filter(({ role }) => role === "migration");
	const [first] = work;
	const records = reports.filter(({ role, sql }) => role === "bookkeeping" && !/^\s*select\b/i.test(sql));
	const transaction = first?.transaction ?? records[0]?.transaction;
	return work.every((statement) => statement.transactional && statement.transaction === transaction) && records.length > 0 && records.every((statement) => statement.transaction === transaction);
}
/** The statements of the plan, counted from 0, that no BEGIN precedes. */
function sentAlone(reports) {
	const begun = new Set(reports.filter(({ sql }) => /^\s*(?:begin|start\s+transaction)\b/i.test(sql)).map(({ transaction }) => transaction));
	const work = reports.filter(({ role }) => role === "migration");
	return new Set(work.flatMap(({ transaction }, index) => begun.has(transaction) ? [] : [index]));
}

/** Takes the steps from where the target stands, and seals what was recorded of them. @throws ApplyError when one fails */
async function rehearse(stage, steps, direction, { catalog: start, unlike }) {
	const { project, repository, recorded } = stage;
	const { database, recorder, session, limited } = recorded;
	const taken = [];
	let before = start;
	for (const id of steps) {
		const after = await rehearseStep(stage, id, direction, unlike);
		const revision = stage.ordered.find((one) => one.id === id);
		taken.push({
			revision,
			before,
			after
		});
		before = after;
	}
	const reportsOf = recordedReports(stage);
	const rehearsed = taken.map((step) => {
		const sent = reportsOf(step.revision.id, direction);
		return {
			...step,
			reports: asPlanned(repository.files, step.revision, sent),
			atomic: isAtomic(sent)
		};
	});
	const imports = await limited("Reading what the migrations import", async () => session.imports?.(steps)) ?? {};
	const plan = planOf(project, repository.files, {
		...optional$1("toolVersion", session.toolVersion),
		serverMajor: stage.serverMajor,
		account: database.connection.user,
		start,
		end: before,
		imports,
		steps: rehearsed.map(({ revision, reports, after }) => ({
			revision,
			statements: reports,
			catalog: after
		}))
	});
	const preparation = withTold(reportsOf(preparationStep.revision, "up"));
	return {
		plan,
		start,
		unlike,
		revisions: rehearsed.map((step, index) => ({
			...step,
			planned: plan.revisions[index],
			alone: sentAlone(step.reports)
		})),
		beginnings: recorder.beginnings(),
		preparation,
		session: [...preparation, ...withTold(reportsOf(replayStep.revision, "up"))].filter(({ role, sql }) => role === "session" || role === "bookkeeping" && /^\s*select\b/i.test(sql))
	};
}
/** Takes one; gives the catalog behind it. */
async function rehearseStep({ project, repository, recorded, snapshot, onProgress }, id, direction, unlike) {
	const { database, stage } = recorded;
	onProgress(`rehearsal: ${id}`);
	if (direction === "up") await runSample(database, repository.files, project, id);
	const outcome = await stage.recorded(id, direction);
	if (outcome.kind === "hung") throw new ApplyError(`The rehearsal of \`${id}\` did not end in time. Nothing was sent to the target.`);
	if (outcome.kind === "failed") {
		await (await database.connect()).end();
		throw new ApplyError(`The rehearsal of \`${id}\` fails: ${describeFailure(outcome.failure)} ${["Nothing was sent to the target.", ...unlike].join(" ")}`);
	}
	return snapshot();
}
/** What was sent up to now, by revision and direction. */
function recordedReports({ recorded: { recorder }, versionTables }) {
	const { statements } = recorder.recording();
	const roles = rolesOf(statements, versionTables);
	return (id, direction) => recordedRevision(statements, {
		id,
		downgrade: "present"
	}, {
		roles,
		fingerprint
	})[direction] ?? [];
}

/**
* Starts the server, and loads the project's tool on it.
* @throws EngineError, ToolError and ConfigurationError as the gate does
*/
async function openRehearsal(project, repository, traits, { servers, environment, onProgress }) {
	onProgress("starting PostgreSQL for the rehearsal");
	const image = project.image ?? repository.configuration.image;
	const server = await servers.server({
		postgres: String(traits.major),
		...optional$1("image", image)
	});
	if (server.major !== traits.major) throw new EngineError(`The target runs PostgreSQL ${traits.major}, and the server for the rehearsal ${server.major}: name one of the same major version${image === void 0 ? "" : " as `image:` in headgate.yml"}. Nothing was sent to the target.`);
	const stage = await whileThere(server, () => openRehearsalStage(project, repository, server, traits, {
		environment,
		onProgress
	}));
	return {
		ordered: stage.ordered,
		...optional$1("versionTable", stage.versionTable),
		record: (applied, steps, direction, lacks) => whileThere(server, async () => rehearse(stage, steps, direction, await bringToStart(stage, applied, lacks))),
		async [Symbol.asyncDispose]() {
			try {
				await stage[Symbol.asyncDispose]();
			} catch (error) {
				if (lostServer(original(error), server) === void 0) throw error;
			}
		}
	};
}
/** @throws EngineError in place of any error that comes of the end of the rehearsal's server */
async function whileThere(server, work) {
	try {
		return await work();
	} catch (thrown) {
		const first = original(thrown);
		const lost = first instanceof EngineError ? void 0 : lostServer(first, server);
		if (lost === void 0) throw first;
		throw new EngineError(`The rehearsal did not come to its end. ${lost.message} Nothing was sent to the target; run the same command again.`, { cause: lost });
	}
}

/**
* Finds out where the target stands, rehearses the steps that are chosen from there, and refuses what may not be done.
* @throws ApplyError with the reason
*/
async function getReady({ project, repository, target, client, servers, allow, environment, onProgress }, direction, choose, review) {
	const allowed = readOverrides(allow);
	const traits = await readTraits(client);
	const rehearsal = await openRehearsal(project, repository, traits, {
		servers,
		environment,
		onProgress
	});
	await using opened = new AsyncDisposableStack();
	opened.use(rehearsal);
	const { ordered, versionTable } = rehearsal;
	const standing = await readStanding(client, project, ordered, repository.files, versionTable);
	const overridden = refuseUnless(allowed, refusalsOf(standing, project, direction), direction, target);
	const known = new Set(ordered.map(({ id }) => id));
	const steps = choose(standing, ordered);
	const repeated = ordered.filter(({ id }) => standing.again.includes(id) && steps.includes(id));
	const there = repeated.length === 0 ? void 0 : await catalogOf(client);
	const lacks = there && ((start) => leftByOldContent(repeated, repository.files, there, start, comparison(project, rehearsal)));
	const rehearsed = await rehearsal.record(standing.applied.intersection(known), steps, direction, lacks);
	const unreviewed = await review?.(rehearsed.plan) ?? [];
	const actual = driftOf(rehearsed.start, await catalogOf(client), comparison(project, rehearsal));
	const half = standing.half ? [standing.half.revision] : [];
	const drift = withoutUnfinished(actual, rehearsed, /* @__PURE__ */ new Set([...standing.again, ...half]));
	const again = direction === "up" ? rehearsed.revisions.filter((step) => leavesNoTrace(step, standing)) : [];
	const oneWay = direction === "down" ? rehearsed.revisions.filter(undoesNothing) : [];
	const overriddenLate = refuseUnless(allowed, [
		...oneWay.length > 0 ? [oneWayRefusal(oneWay.map(({ revision }) => revision.id))] : [],
		...again.length > 0 ? [againRefusal(again.map(({ revision }) => revision.id))] : [],
		...unreviewed.length > 0 ? [unreviewedRefusal(unreviewed)] : [],
		...drift.size > 0 ? [driftRefusal(drift)] : []
	], direction, target);
	const kept = opened.move();
	return {
		ordered,
		...versionTable === void 0 ? {} : { versionTable },
		standing,
		rehearsed,
		drift,
		overridden: [...overridden, ...overriddenLate],
		[Symbol.asyncDispose]: () => kept.disposeAsync()
	};
}
/** Whether it was applied before, and a schema that is as it was before it says nothing of whether that was undone. */
const leavesNoTrace = ({ revision, before, after }, { forgotten }) => forgotten.includes(revision.id) && compareCatalogs(before, after).length === 0;
/** Whether its downgrade does nothing where its upgrade does something, as far as its text says. */
const undoesNothing = ({ revision, reports, before, after }) => revision.upgrade !== "absent" && compareCatalogs(before, after).length === 0 && reports.every(({ role, sql }) => role !== "migration" || /^(?:select|show|set|reset)\b/i.test(withoutLeadingComments(sql)));
/** The target's; that its connection broke is told as such. */
const catalogOf = (client) => readCatalog(client).catch((error) => {
	throw isConnectionFailure(error.cause) ? error.cause : error;
});
function refuseUnless(allowed, refusals, direction, { description }) {
	const standing = refusals.filter(({ override }) => override === void 0 || !allowed.has(override));
	if (standing.length === 0) return refusals.flatMap(({ override }) => override ?? []);
	const reasons = standing.map(({ reason, override }) => override === void 0 ? reason : `${reason} \`--allow ${override}\` ${direction === "up" ? "applies" : "takes it back"} all the same.`);
	throw new ApplyError(`${direction === "up" ? "Nothing was applied to" : "Nothing was taken back on"} ${description}. ${reasons.join(" ")}`);
}

/**
* Looks at the files that decide what is sent: the migrations, what lies beside them, the tool's configuration.
* @param named the commit, where the caller says which it is
*/
function appliedCommit({ root }, project, named) {
	const head = askGit(root, [
		"rev-parse",
		"--verify",
		"--quiet",
		"HEAD"
	]);
	if (head === void 0 || head === "") return {
		...optional$1("commit", named),
		uncommitted: []
	};
	const paths = pathsOf(project);
	const listed = [askGit(root, [
		"diff",
		"--name-only",
		"-z",
		"HEAD",
		"--",
		...paths
	]), askGit(root, [
		"ls-files",
		"-z",
		"--others",
		"--exclude-standard",
		"--",
		...paths
	])];
	const uncommitted = [...new Set(listed.flatMap((names) => names?.split("\0").filter(Boolean) ?? []))].toSorted();
	const commit = named ?? head;
	return {
		commit: uncommitted.length > 0 ? `${commit}-dirty` : commit,
		uncommitted
	};
}
function pathsOf({ migrations, configFile, prelude, start, samples = {}, tool }) {
	const folders = tool === "alembic" ? migrations.map((versions) => posix.dirname(versions)) : migrations;
	const files = [
		configFile,
		...prelude,
		start?.dump,
		...Object.values(samples)
	].filter((path) => path !== void 0);
	return [.../* @__PURE__ */ new Set([...folders, ...files])];
}

/** The one project whose database this is. @throws UsageError when there are several */
function openOne(options) {
	const repository = openRepository(options);
	const [project, another] = repository.projects;
	if (project === void 0 || another !== void 0) throw new UsageError(`There are several projects, and one target: name one with --project (${listed(repository.projects.map(({ name }) => name))}).`);
	if (options.schema !== void 0 && !isTenantSchema(options.schema)) throw new UsageError(`"${options.schema}" is not a tenant's schema; --schema names one that has the whole history.`);
	return {
		repository,
		project: options.schema === void 0 ? project : tenantProject(project, options.schema)
	};
}

const defaultLockWaitMs = 18e5;
/**
* `HEADGATE_SKIP=true` starts a container without a word to the database.
* @throws UsageError for a value that may or may not mean that
*/
function isSkipped(environment = process.env) {
	const value = environment["HEADGATE_SKIP"] ?? "";
	if (/^(?:1|true|yes|on)$/i.test(value)) return true;
	if (/^(?:0|false|no|off)?$/i.test(value)) return false;
	throw new UsageError("HEADGATE_SKIP is neither `true` nor `false`; nothing was done.");
}
/**
* Opens the repository and connects to the target.
* @throws UsageError, ConfigurationError and EngineError
*/
async function openWorkplace(options) {
	const { environment = process.env } = options;
	const { repository, project } = openOne(options);
	if (options.databaseUrl === void 0 && project.targets !== void 0) throw new UsageError(`The project ${project.name} has several databases, under \`targets:\`: name one with --database-url.`);
	versionRecordOf(project, repository.files);
	readOverrides(options.allow ?? []);
	const limits = resolveLimits(project.limits, options.limits);
	const target = await productionOf(options.databaseUrl, environment, options.schema);
	await using opening = new AsyncDisposableStack();
	const servers = opening.use(rehearsalServers(options, repository.configuration.engine));
	const open = async (stack) => stack.adopt(await target.connect("headgate"), leave);
	const client = await open(opening);
	await target.refusePooler(client);
	const kept = opening.move();
	return {
		project,
		repository,
		target,
		client,
		found: appliedCommit(repository, project, options.commit),
		connect: () => open(kept),
		servers,
		environment,
		allow: options.allow ?? [],
		limits,
		onProgress: options.onProgress ?? (() => {}),
		[Symbol.asyncDispose]: () => kept.disposeAsync()
	};
}
/** Takes the lock on the history. @throws EngineError when nothing can be written there, or to the ledger, or somebody else keeps it for too long */
async function lockHistory({ client, project, repository, target, onProgress }, { lockWaitMs = defaultLockWaitMs }) {
	const { rows } = await client.query("SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only')::boolean AS fixed");
	if (rows[0]?.standby) throw new EngineError(`${target.description} is a standby, which is read-only: connect to its primary.`);
	if (rows[0]?.fixed) throw new EngineError(`${target.description} is read-only for this role (default_transaction_read_only): connect with a role that may write.`);
	await expectWritable(client);
	const history = historyOf(project, repository.files);
	return takeLock(client, {
		historyTable: history,
		name: target.workingName
	}, lockWaitMs, (holder) => onProgress(`waiting for the lock, which ${holder} holds`));
}
/** What the ledger says of a run. */
function ledgerRun({ project, repository, environment, allow, found }, { rehearsed, overridden }, { actor, pullRequest }, direction) {
	return {
		project: project.name,
		history: historyOf(project, repository.files),
		tool: project.tool,
		direction,
		plan: planDigest(rehearsed.plan),
		overrides: [...overridden, ...allow.filter((name) => name.startsWith("assume-"))],
		...optional$1("actor", actor ?? environment["GITHUB_ACTOR"] ?? accountName()),
		...optional$1("commit", found.commit),
		...pullRequest === void 0 ? {} : { pullRequest }
	};
}
/** What a rehearsal may run on: never the target, whatever the configuration says. */
const rehearsalServers = ({ engine, rehearsalUrl, onProgress }, configured) => rehearsalUrl === void 0 ? serverPool(engine ?? (configured === "url" || configured === "memory" ? "auto" : configured), onProgress === void 0 ? {} : { onProgress }) : serverPool("url", { databaseUrl: rehearsalUrl });

/**
* Brings a database to this commit: all that is pending, through the project's own tool, one revision at a time, under a lock.
* @throws ApplyError when it must not or could not be done; the message says what state that leaves
* @throws UsageError, ConfigurationError, EngineError and ToolError as the gate does
*/
async function apply(options) {
	if (isSkipped(options.environment)) return skipped(openOne(options).project, production(options.databaseUrl, options.environment).description);
	await using workplace = await openWorkplace(options);
	const { project, repository, target, client } = workplace;
	const report = {
		...nothing,
		...about(project, target.description)
	};
	return await onTarget(target.description, async () => {
		const early = options.dryRun ? void 0 : await earlyLook(workplace);
		if (early && isDone$1(early)) {
			const schema = await lookAtSchema(client, project, repository.files, early.standing);
			return {
				...report,
				schema,
				outcome: "nothing-pending"
			};
		}
		const lock = options.dryRun ? void 0 : await lockHistory(workplace, options);
		await using ready = await getReady(workplace, "up", ({ pending }) => pending.map(({ id }) => id), options.review);
		const pending = ready.rehearsed.revisions.map(({ revision }) => revision.id);
		const { plan, unlike } = ready.rehearsed;
		const found = {
			...report,
			pending,
			overridden: ready.overridden,
			plan: planDigest(plan),
			unlike,
			uncommitted: workplace.found.uncommitted
		};
		if (pending.length === 0) return {
			...found,
			...ready.drift.size > 0 ? {} : { schema: {
				state: "as-made",
				differences: []
			} },
			outcome: "nothing-pending"
		};
		if (lock === void 0) return {
			...found,
			outcome: "dry-run"
		};
		const applied = await carryOut(workplace, lock, ready, ledgerRun(workplace, ready, options, "up"));
		return {
			...found,
			applied,
			outcome: "applied"
		};
	});
}
/** The report on a database that nothing was said to. */
const skipped = (project, target) => ({
	...nothing,
	...about(project, target),
	outcome: "skipped"
});
const nothing = {
	pending: [],
	applied: [],
	overridden: []
};
const about = ({ name, tool }, target) => ({
	schemaVersion: 1,
	project: name,
	tool,
	target
});

/** All of them, or those of one tenant, in their order. @throws ConfigurationError, and EngineError when a database that is asked for its schemas cannot be reached */
async function placesOf({ databases }, options) {
	const urls = new Map(databases.map((database) => [database, urlOf(database, options)]));
	const places = [];
	for (const [{ name, limits, schemas }, databaseUrl] of urls) {
		const here = {
			databaseUrl,
			limits
		};
		if (schemas === void 0) places.push({
			name,
			...here
		});
		else for (const schema of await schemasOf(schemas, databaseUrl, options)) if (options.schema === void 0 || options.schema === schema) places.push({
			name: `${name}/${schema}`,
			schema,
			...here
		});
	}
	return places;
}
async function schemasOf(schemas, databaseUrl, { environment }) {
	if (!schemas.some((name) => name.includes("*"))) return schemas;
	const client = await production(databaseUrl, environment).connect("headgate");
	try {
		const found = /* @__PURE__ */ new Set();
		for (const pattern of schemas) for (const name of pattern.includes("*") ? await schemasLike(client, pattern) : [pattern]) found.add(name);
		return [...found];
	} finally {
		await client.end();
	}
}
/** The connection string of a database. @throws ConfigurationError when its environment variable is not set */
function urlOf({ name, variable }, { environment = process.env }) {
	const url = environment[variable];
	if (url) return url;
	throw new ConfigurationError(`The target ${name} has no connection string: the environment variable ${variable} is not set.`);
}
/** That the tenant which is meant is nowhere. */
const noTenant = (schema) => new UsageError(`No database under \`targets:\` has the tenant ${schema}; correct its name, or create its schema.`);
/** Whether an error is one target's, and says nothing of the others. */
const isOfTarget = (error) => error instanceof ApplyError || error instanceof EngineError;
/** Says of a target that was not reached that it was not. */
const unreachable = (error) => error instanceof EngineError ? { unreachable: true } : {};

/**
* The project's databases, or those that have tenants where one of these is meant; `undefined` where it has one, or the caller
* names one.
* @throws UsageError when a tenant is meant, and no database has any
*/
function targetsOf({ schema, ...options }) {
	if (options.databaseUrl !== void 0) return void 0;
	const { project } = openOne(options);
	const { targets } = project;
	if (targets === void 0 || schema === void 0) return targets && {
		project,
		targets
	};
	const databases = targets.databases.filter(({ schemas }) => schemas !== void 0);
	if (databases.length === 0) throw new UsageError(`No database under \`targets:\` has \`schemas:\`; name the one of ${schema} with --database-url.`);
	return {
		project,
		targets: {
			...targets,
			databases
		}
	};
}
/**
* Brings several databases to a commit: first the canaries, one by one, then the others, some at once. After one that fails
* nothing new is begun; the next run goes on from there. A shard takes the canaries too, so that none overtakes them: all but
* the first find them done.
* @throws UsageError, ConfigurationError and ToolError when nothing was done to any of them
*/
async function applyToTargets({ project, targets }, options, shard = {
	index: 1,
	count: 1
}) {
	const about = {
		schemaVersion: 1,
		project: project.name
	};
	if (isSkipped(options.environment)) {
		const reports = targets.databases.map(({ name }) => ({
			name,
			report: skipped(project, name)
		}));
		return {
			...about,
			outcome: "done",
			targets: reports.map((one) => ({
				...one,
				outcome: "done"
			}))
		};
	}
	const all = await placesOf(targets, options);
	if (all.length === 0 && options.schema !== void 0) throw noTenant(options.schema);
	const canaries = all.slice(0, targets.canary);
	const others = all.slice(targets.canary).filter((_, at) => at % shard.count === shard.index - 1);
	for (const { limits } of [...canaries, ...others]) resolveLimits(project.limits, limits, options.limits);
	const outcomes = /* @__PURE__ */ new Map();
	let failed = false;
	/** The first that may be true of all of them. */
	let common;
	const take = async ({ name, databaseUrl, schema, limits }) => {
		if (failed) return;
		const { onProgress } = options;
		try {
			const report = await apply({
				...options,
				databaseUrl,
				...optional$1("schema", schema),
				limits: {
					...limits,
					...options.limits
				},
				...onProgress === void 0 ? {} : { onProgress: (step) => onProgress(`${name}: ${step}`) }
			});
			outcomes.set(name, {
				name,
				outcome: "done",
				report
			});
		} catch (thrown) {
			failed = true;
			const error = original(thrown);
			if (isOfProject(error)) common ??= error;
			else if (!isOfTarget(error)) throw error;
			outcomes.set(name, {
				name,
				outcome: "failed",
				message: error.message,
				...unreachable(error)
			});
		}
	};
	for (const canary of canaries) await take(canary);
	const waiting = others[Symbol.iterator]();
	const worker = async () => {
		for (const database of waiting) await take(database);
	};
	const ended = await Promise.allSettled(Array.from({ length: targets.concurrency }, worker));
	for (const one of ended) if (one.status === "rejected") throw one.reason;
	if (common !== void 0 && ![...outcomes.values()].some(({ outcome }) => outcome === "done")) throw common;
	return {
		...about,
		outcome: failed ? "failed" : "done",
		targets: [...canaries, ...others].map(({ name }) => outcomes.get(name) ?? {
			name,
			outcome: "not-reached"
		})
	};
}
const isOfProject = (error) => error instanceof ConfigurationError || error instanceof UsageError || error instanceof ToolError;

/**
* The commit of the checked-out branch's own line with which a file came to be as it is: of a merge the merge, not the commit
* that was merged. `undefined` when git does not know the file.
* @param path relative to the repository root
*/
function lastChange(root, path) {
	const { status, stdout } = runGit(root, [
		"log",
		"-1",
		"--first-parent",
		"--format=%H",
		"HEAD",
		"--",
		path
	]);
	const commit = stdout.toString("utf8").trim();
	return status === 0 && commit !== "" ? commit : void 0;
}
/** Whether the clone lacks what is older than some commit, so that its oldest commit seems to have brought everything. */
const isShallow = (root) => runGit(root, ["rev-parse", "--is-shallow-repository"]).stdout.toString("utf8").trim() === "true";

/**
* Tells GitHub that a deployment begins.
* @param environment its name there
* @returns a sentence that says why there is none, where the token may not
*/
async function beginDeployment(api, place, { commit, environment, runUrl }) {
	try {
		const { data } = await api.rest.repos.createDeployment({
			...place,
			ref: commit,
			environment,
			description: "Database migrations",
			auto_merge: false,
			required_contexts: []
		});
		if (!("id" in data)) return "No deployment: GitHub did not create it.";
		const say = async (state) => {
			await api.rest.repos.createDeploymentStatus({
				...place,
				deployment_id: data.id,
				state,
				log_url: runUrl
			});
		};
		await say("in_progress");
		return { finish: say };
	} catch (error) {
		const { status } = error;
		return status === 403 || status === 404 ? "No deployment: add the line `deployments: write` under `permissions:` of the job." : `No deployment: GitHub could not be reached or refused it${status === void 0 ? "" : ` (${status})`}.`;
	}
}

/** What became of a target, for a terminal. */
function applyText(report) {
	const { outcome, target, pending, applied, plan, schema, overridden, unlike = [], uncommitted = [] } = report;
	const where = plainLine(target);
	const lines = [];
	switch (outcome) {
		case "skipped":
			lines.push("skipped, as HEADGATE_SKIP or --skip says: the database was not looked at");
			break;
		case "nothing-pending":
			lines.push(`✔ ${where} is up to date: nothing is pending`);
			break;
		case "dry-run":
			lines.push(`dry run: ${counted(pending.length, "revision")} would be applied to ${where}, and nothing was`);
			for (const id of pending) lines.push(`  ${plainLine(id)}`);
			break;
		case "applied":
			lines.push(`✔ ${counted(applied.length, "revision")} applied to ${where}`);
			for (const { id, durationMs, attempts, blockedBy, resumedBehind } of applied) {
				const more = [
					`${durationMs} ms`,
					...attempts > 1 ? [`${attempts} attempts`] : [],
					...resumedBehind > 0 ? [`resumed behind statement ${resumedBehind}`] : [],
					...blockedBy.length > 0 ? [`waited for ${blockedBy.map(plainLine).join("; ")}`] : []
				];
				lines.push(`  ${plainLine(id)}  ${more.join(", ")}`);
			}
	}
	if (schema !== void 0) lines.push(`  ${schemaText(schema)}`);
	if (overridden.length > 0) lines.push(allowed(overridden));
	lines.push(...notes(unlike, uncommitted));
	if (plan !== void 0) lines.push(`  plan ${plan}`);
	return `${lines.join("\n")}\n`;
}
/** Whether a schema is what it should be, in a sentence. */
function schemaText(schema) {
	switch (schema.state) {
		case "as-made": return "Its schema is what its migrations make.";
		case "as-left": return `Its schema is as Headgate left it on ${moment(schema.leftAt)}.`;
		case "changed": return `But its schema is not as Headgate left it on ${moment(schema.leftAt)}: ${firstOf(schema.differences).map(plainLine).join("; ")}. Undo that, or put it into a migration.`;
		case "not-known": return `Whether its schema is what its migrations make is not known: ${plainLine(schema.reason)}. \`headgate apply --dry-run\` compares it.`;
		default: return schema;
	}
}
const allowed = (overridden) => `  allowed by name: ${overridden.join(", ")}`;
const notes = (unlike, uncommitted) => [...unlike, ...notCommitted(uncommitted)].map((note) => `  note: ${plainLine(note)}`);
/** How many files are named. */
const shownFiles = 5;
function notCommitted(files) {
	if (files.length === 0) return [];
	return [`not as committed, and so nobody's review: ${listed(files, shownFiles)}`];
}

/** What became of several targets, for a terminal. */
function targetsText({ targets, outcome }) {
	const lines = targets.flatMap((target) => {
		switch (target.outcome) {
			case "done": return [`${target.name}: ${applyText(target.report).trimEnd()}`];
			case "failed": return [`${target.name}: ✘ ${plainLine(target.message)}`];
			case "not-reached": return [`${target.name}: not reached`];
			default: return target;
		}
	});
	const done = targets.filter((target) => target.outcome === "done").length;
	const end = outcome === "done" ? `✔ ${counted(targets.length, "target")} done` : `✘ ${done} of ${counted(targets.length, "target")} done; \`headgate apply\` goes on with the others once the cause is mended`;
	return `${[...lines, end].join("\n")}\n`;
}

/** Reads `--shard 2/5`. @throws UsageError */
function readShard(text) {
	const [, index, count] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
	const shard = {
		index: Number(index),
		count: Number(count)
	};
	if (shard.index >= 1 && shard.index <= shard.count) return shard;
	throw new UsageError(`--shard takes a part of the databases, for example 2/5, not ${text}.`);
}

/**
* Reads the inputs that `action.yml` declares.
* @param get gives an input's text, and nothing or an empty text for one that is not given
* @throws UsageError naming the input, and what it may be
*/
function readApplyInputs(get) {
	const { text, choice, duration, limit } = inputReader(get);
	const limits = Object.fromEntries(limitNames.flatMap((name) => Object.entries(optional$1(name, limit(name)))));
	const shard = text("shard");
	const allow = text("allow")?.split(/[\s,]+/).filter(Boolean);
	return {
		apply: {
			directory: text("directory") ?? ".",
			...optional$1("tool", choice("tool", "alembic", "mikro-orm", "sql")),
			...optional$1("project", text("project")),
			...optional$1("configFile", text("config")),
			...optional$1("engine", choice("engine", "auto", "testcontainers", "embedded")),
			...optional$1("databaseUrl", text("database-url")),
			...optional$1("lockWaitMs", duration("lock-wait")),
			limits,
			...optional$1("allow", allow)
		},
		...optional$1("shard", shard === void 0 ? void 0 : readShard(shard)),
		...optional$1("approval", choice("require-approval", "codeowners")),
		...optional$1("deployment", text("deployment")),
		comment: choice("comment", "true", "false") !== "false",
		...optional$1("token", text("github-token"))
	};
}

/** A message without the addresses in it: where the database is is for the job's log alone. */
function withoutTarget(message, databaseUrl, environment) {
	try {
		const target = parseTarget(databaseUrl, environment);
		const described = message.replaceAll(describeTarget(target), "the database");
		return target.hosts.flatMap((host) => [
			describeHost(host),
			host.host,
			...host.address === void 0 ? [] : [host.address]
		]).reduce((text, address) => text.replaceAll(address, "its address"), described);
	} catch {
		return "The target could not be understood; the job's log says why.";
	}
}
/** Of a tenant, `database/schema`. */
const databaseOf = (name) => name.split("/")[0] ?? name;
/** The same for the messages about several targets. */
function withoutAddresses(report, { databases }, environment) {
	const urls = new Map(databases.map(({ name, variable }) => [name, environment[variable]]));
	return {
		...report,
		targets: report.targets.map((target) => target.outcome === "failed" ? {
			...target,
			message: withoutTarget(target.message, urls.get(databaseOf(target.name)), environment)
		} : target)
	};
}

var require_ignore = /* @__PURE__ */ __commonJSMin(((exports, module) => {
	function makeArray(subject) {
		return Array.isArray(subject) ? subject : [subject];
	}
	const UNDEFINED = void 0;
	const EMPTY = "";
	const SPACE = " ";
	const ESCAPE = "\\";
	const REGEX_LITERAL_SPECIAL = /[.*+?()[\]{}^$|\\/]/;
	const BOM = "﻿";
	const REGEX_ANCHORED_GLOBSTAR = /^\/\*{2,}$/;
	const REGEX_REPLACE_LEADING_EXCAPED_EXCLAMATION = /^\\!/;
	const REGEX_REPLACE_LEADING_EXCAPED_HASH = /^\\#/;
	const REGEX_SPLITALL_CRLF = /\r?\n/g;
	const DOUBLE_SLASH = "//";
	const SLASH_CODE = 47;
	const DOT_CODE = 46;
	const SLASH = "/";
	let TMP_KEY_IGNORE = "node-ignore";
	/* istanbul ignore else */
	if (typeof Symbol !== "undefined") TMP_KEY_IGNORE = Symbol.for("node-ignore");
	const KEY_IGNORE = TMP_KEY_IGNORE;
	const define = (object, key, value) => {
		Object.defineProperty(object, key, { value });
		return value;
	};
	const RETURN_FALSE = () => false;
	const POSIX_CLASSES = {
		alnum: "0-9A-Za-z",
		alpha: "A-Za-z",
		blank: " \\t",
		cntrl: "\\x00-\\x1f\\x7f",
		digit: "0-9",
		graph: "!-.0-~",
		lower: "a-z",
		print: " -.0-~",
		punct: "!-.:-@\\[-`{-~",
		space: " \\t\\n\\r",
		upper: "A-Z",
		xdigit: "0-9A-Fa-f"
	};
	const CLASS_MEMBERS_TO_ESCAPE = "\\]^-[";
	const escapeMember = (char) => CLASS_MEMBERS_TO_ESCAPE.indexOf(char) < 0 ? char : ESCAPE + char;
	const NON_SLASH = "(?!\\/)";
	const classSource = (negated, body) => {
		if (negated) return `[^\\/${body}]`;
		const source = `[${body}]`;
		return new RegExp(source).test("/") ? NON_SLASH + source : source;
	};
	const scanBracket = (pattern, start) => {
		const { length } = pattern;
		let index = start + 1;
		let negated = EMPTY;
		const lead = pattern[index];
		if (lead === "!" || lead === "^") {
			negated = "^";
			index++;
		}
		let body = EMPTY;
		let prev = EMPTY;
		for (;;) {
			const char = pattern[index];
			if (char === UNDEFINED) return null;
			if (char === ESCAPE) {
				const escaped = pattern[++index];
				body += escapeMember(escaped);
				prev = escaped;
			} else if (char === "-" && prev && index + 1 < length && pattern[index + 1] !== "]") {
				index++;
				let to = pattern[index];
				if (to === ESCAPE) to = pattern[index += 1];
				if (prev <= to) body += `-${escapeMember(to)}`;
				prev = EMPTY;
			} else if (char === "[" && pattern[index + 1] === ":") {
				const nameStart = index + 2;
				let end = nameStart;
				while (end < length && pattern[end] !== "]") end++;
				if (end === length) return null;
				if (end > nameStart && pattern[end - 1] === ":") {
					const name = pattern.slice(nameStart, end - 1);
					if (!Object.prototype.hasOwnProperty.call(POSIX_CLASSES, name)) return null;
					body += POSIX_CLASSES[name];
					prev = EMPTY;
					index = end;
				} else {
					body += escapeMember("[");
					prev = "[";
					index = nameStart - 2;
				}
			} else {
				body += escapeMember(char);
				prev = char;
			}
			index++;
			if (pattern[index] === "]") return {
				end: index,
				source: classSource(negated, body)
			};
		}
	};
	const NEVER_MATCH = "[]";
	const PLACEHOLDER = "\0";
	const REGEX_RESTORE_PLACEHOLDER = new RegExp(`${PLACEHOLDER}(\\d+)${PLACEHOLDER}`, "g");
	const TRAILING_WILDCARD = "";
	const TRAILING_DOUBLESTAR = "";
	const isReserved = (char) => char === PLACEHOLDER || char === TRAILING_WILDCARD || char === TRAILING_DOUBLESTAR;
	const extractBrackets = (pattern) => {
		const sources = [];
		const hold = (source) => `${PLACEHOLDER}${sources.push(source) - 1}${PLACEHOLDER}`;
		const { length } = pattern;
		let out = EMPTY;
		let index = 0;
		while (index < length) {
			const char = pattern[index];
			if (char === ESCAPE) {
				const escaped = pattern[index + 1];
				if (escaped === SLASH && index + 2 === length) out += hold(NEVER_MATCH);
				else if (escaped === "*" || escaped === "[" || escaped === SPACE) out += pattern.slice(index, index + 2);
				else out += hold(REGEX_LITERAL_SPECIAL.test(escaped) ? ESCAPE + escaped : isReserved(escaped) ? `[${escaped}]` : escaped);
				index += 2;
			} else if (isReserved(char)) {
				out += hold(`[${char}]`);
				index++;
			} else if (char === "[") {
				const scanned = scanBracket(pattern, index);
				if (scanned === null) {
					out += hold(NEVER_MATCH);
					index = length;
				} else {
					out += hold(scanned.source);
					index = scanned.end + 1;
				}
			} else {
				out += char;
				index++;
			}
		}
		return {
			source: out,
			sources
		};
	};
	const DIRECT = null;
	const REGEX_INNER_SLASH = /\/(?!$)/;
	const WILDCARD = "[^\\/]*";
	const REPLACERS = [
		[
			/(\\+)( ?)/g,
			(_, run, space) => space ? run.slice(0, run.length - run.length % 2) + SPACE : run,
			"\\ "
		],
		[
			/(^|\/)\*{3,}(?=\/|$)/g,
			(_, start) => `${start}**`,
			"*"
		],
		[/[\\$.|*+(){^]/g, (match) => `\\${match}`],
		[
			/(?!\\)\?/g,
			() => "[^/]",
			"?"
		],
		[
			/^\//,
			() => "^",
			SLASH
		],
		[
			/\//g,
			() => "\\/",
			SLASH
		],
		[
			/^\^*(?:\\\*\\\*\\\/)+/,
			() => "(?:^|\\/)",
			"*"
		],
		[DIRECT, (source, pattern) => {
			if (!source || source[0] === "^" || source[0] === "(") return source;
			return (!REGEX_INNER_SLASH.test(pattern) ? "(?:^|\\/)" : "^") + source;
		}],
		[
			/\\\/\\\*\\\*(?=\\\/|$)/g,
			(_, index, str) => index + 6 < str.length ? str.slice(index + 6) === "\\/" ? "(?:\\/[^\\/]+)+" : "(?:\\/[^\\/]+)*" : `\\/${TRAILING_DOUBLESTAR}`,
			"*"
		],
		[
			/(^|[^\\])(?:\\\*)+(?!$)/g,
			(_, p1) => p1 + WILDCARD,
			"*"
		],
		[
			/(^|[^\\])((?:\\\\)*)\\\*$/,
			(match, p1, p2) => p2 === EMPTY ? p1 + TRAILING_WILDCARD : match,
			"*"
		],
		[
			/\\\\\\(?=[$.|*+(){^])/g,
			() => ESCAPE,
			"\\\\"
		],
		[
			/\\\\/g,
			() => ESCAPE,
			"\\\\"
		],
		[
			/\\\[([^\]/]*?)($|\])/g,
			(match, range, close) => `\\[${range}${close}`,
			"["
		],
		[DIRECT, (source) => {
			const last = source[source.length - 1];
			if (!last || last === TRAILING_WILDCARD || last === TRAILING_DOUBLESTAR) return source;
			return last === SLASH ? `${source}$` : `${source}(?=$|\\/$)`;
		}]
	];
	const REGEX_REPLACE_TRAILING_WILDCARD = /(^|\\\/)?\uE000$/;
	const MODE_IGNORE = "regex";
	const MODE_CHECK_IGNORE = "checkRegex";
	const replaceTrailingWildcard = (_, p1) => {
		return `${p1 ? `${p1}[^/]+` : "[^/]*"}(?=$|\\/$)`;
	};
	const REGEX_REPLACE_TRAILING_DOUBLESTAR = /\uE001$/;
	const replaceTrailingDoublestar = () => "[\\s\\S]";
	const separatorAfter = (run, at) => {
		let separator = EMPTY;
		for (let index = at + 1; index < run.length && !run[index].wildcard; index++) separator += run[index].single;
		return separator;
	};
	const pinWildcards = (source) => {
		if (source.indexOf(WILDCARD) < 0) return source;
		const tokens = [];
		const { length } = source;
		let index = 0;
		while (index < length) {
			const char = source[index];
			if (source.startsWith(WILDCARD, index)) {
				tokens.push({ wildcard: true });
				index += 6;
			} else if (char === "[") {
				let end = index + 1;
				if (source[end] === "^") end++;
				if (source[end] === "]") end++;
				while (end < length && source[end] !== "]") end += source[end] === ESCAPE ? 2 : 1;
				end++;
				tokens.push({ single: source.slice(index, end) });
				index = end;
			} else if (char === ESCAPE) {
				tokens.push({ single: source.slice(index, index + 2) });
				index += 2;
			} else if (char === "(") {
				let depth = 0;
				let end = index;
				do {
					if (source[end] === ESCAPE) end++;
					else if (source[end] === "(") depth++;
					else if (source[end] === ")") depth--;
					end++;
				} while (end < length && depth > 0);
				if ("*+?".indexOf(source[end]) >= 0) end++;
				tokens.push({ boundary: source.slice(index, end) });
				index = end;
			} else if (char === "^" || char === "$") {
				tokens.push({ boundary: char });
				index++;
			} else {
				tokens.push({ single: char });
				index++;
			}
		}
		let out = EMPTY;
		let run = [];
		const flush = () => {
			let lastWildcard;
			run.forEach((token, at) => {
				if (token.wildcard) lastWildcard = at;
			});
			run.forEach((token, at) => {
				if (!token.wildcard) {
					out += token.single;
					return;
				}
				out += at === lastWildcard ? WILDCARD : `(?:(?!${separatorAfter(run, at)})[^\\/])*`;
			});
			run = [];
		};
		tokens.forEach((token) => {
			if (token.boundary === void 0) {
				run.push(token);
				return;
			}
			flush();
			out += token.boundary;
		});
		flush();
		return out;
	};
	const makeRegexPrefix = (pattern) => {
		if (REGEX_ANCHORED_GLOBSTAR.test(pattern)) pattern = "**";
		const { source, sources } = extractBrackets(pattern);
		const replaced = REPLACERS.reduce((prev, [matcher, replacer, required]) => {
			if (matcher === DIRECT) return replacer(prev, pattern);
			if (required !== UNDEFINED && prev.indexOf(required) < 0) return prev;
			return matcher.test(prev) ? prev.replace(matcher, replacer.bind(pattern)) : prev;
		}, source);
		return sources.length ? replaced.replace(REGEX_RESTORE_PLACEHOLDER, (match, index) => sources[index]) : replaced;
	};
	const checkSourceOf = (body, prefix) => {
		if (body[body.length - 1] === SLASH) prefix = makeRegexPrefix(body.slice(0, -1));
		const head = prefix.slice(0, -1);
		const last = prefix[prefix.length - 1];
		return last === TRAILING_WILDCARD ? `${head}$` : last === TRAILING_DOUBLESTAR ? head : NEVER_MATCH;
	};
	const matchesBasename = (body) => {
		const index = body.indexOf(SLASH);
		return index < 0 || index === body.length - 1;
	};
	const basenameOf = (path) => {
		const end = path.length - 1;
		const index = path.lastIndexOf(SLASH, path[end] === SLASH ? end - 1 : end);
		return index < 0 ? path : path.slice(index + 1);
	};
	const parentOf = (path) => {
		if (path.charCodeAt(0) === SLASH_CODE || path.indexOf(DOUBLE_SLASH) >= 0) {
			const slices = path.split(SLASH).filter(Boolean);
			slices.pop();
			return slices.length ? slices.join(SLASH) + SLASH : EMPTY;
		}
		const end = path.length - 1;
		const cut = path.lastIndexOf(SLASH, path.charCodeAt(end) === SLASH_CODE ? end - 1 : end);
		return cut < 0 ? EMPTY : path.slice(0, cut + 1);
	};
	const isString = (subject) => typeof subject === "string";
	const checkPattern = (pattern) => pattern && isString(pattern);
	const splitPattern = (pattern) => (pattern[pattern.length - 1] === "\r" ? pattern.slice(0, -1) : pattern).split(REGEX_SPLITALL_CRLF).filter(Boolean);
	var IgnoreRule = class {
		constructor(pattern, mark, body, ignoreCase, negative, prefix) {
			this.pattern = pattern;
			this.mark = mark;
			this.negative = negative;
			define(this, "body", body);
			define(this, "ignoreCase", ignoreCase);
			define(this, "regexPrefix", prefix);
		}
		get _basenameOnly() {
			return define(this, "_basenameOnly", matchesBasename(this.body));
		}
		get regex() {
			const key = "_regex";
			if (this[key]) return this[key];
			return this._make(MODE_IGNORE, key);
		}
		get checkRegex() {
			const key = "_checkRegex";
			if (this[key]) return this[key];
			return this._make(MODE_CHECK_IGNORE, key);
		}
		_make(mode, key) {
			const str = pinWildcards(mode === MODE_IGNORE ? this.regexPrefix.replace(REGEX_REPLACE_TRAILING_WILDCARD, replaceTrailingWildcard).replace(REGEX_REPLACE_TRAILING_DOUBLESTAR, replaceTrailingDoublestar) : checkSourceOf(this.body, this.regexPrefix));
			const regex = this.ignoreCase ? new RegExp(str, "i") : new RegExp(str);
			return define(this, key, regex);
		}
	};
	const hasTrailingBackslash = (str) => {
		let count = 0;
		while (str[str.length - count - 1] === ESCAPE) count++;
		return count % 2 === 1;
	};
	const trimEnd = (body, stripLineEnd) => {
		let lineEnd = body.length;
		let end;
		for (;;) {
			if (stripLineEnd && body[lineEnd - 1] === "\r") lineEnd--;
			end = lineEnd;
			while (body[end - 1] === SPACE) end--;
			if (!stripLineEnd || body[end - 1] !== "\n") break;
			lineEnd = end - 1;
		}
		if (end === lineEnd) return body.slice(0, lineEnd);
		let backslashes = 0;
		while (body[end - backslashes - 1] === ESCAPE) backslashes++;
		return backslashes % 2 ? body.slice(0, end - 1) + SPACE : body.slice(0, end);
	};
	const createRule = (pattern, mark, ignoreCase, stripLineEnd, stripBOM) => {
		let body = stripBOM && pattern[0] === BOM ? pattern.slice(1) : pattern;
		if (body[0] === "#") return;
		let negative = false;
		if (body[0] === "!") {
			negative = true;
			body = body.slice(1);
		}
		const last = body[body.length - 1];
		if (last === SPACE || stripLineEnd && (last === "\r" || last === "\n")) body = trimEnd(body, stripLineEnd);
		if (!body || hasTrailingBackslash(body)) return;
		body = body.replace(REGEX_REPLACE_LEADING_EXCAPED_EXCLAMATION, "!").replace(REGEX_REPLACE_LEADING_EXCAPED_HASH, "#");
		const regexPrefix = makeRegexPrefix(body);
		return new IgnoreRule(pattern, mark, body, ignoreCase, negative, regexPrefix);
	};
	var RuleManager = class {
		constructor(ignoreCase) {
			this._ignoreCase = ignoreCase;
			this._rules = [];
			this._basenameCount = 0;
		}
		_add(pattern, index) {
			if (pattern && pattern[KEY_IGNORE]) {
				this._rules = this._rules.concat(pattern._rules._rules);
				this._basenameCount += pattern._rules._basenameCount;
				this._added = true;
				return;
			}
			const isStr = isString(pattern);
			const raw = isStr ? pattern : pattern.pattern;
			const rule = checkPattern(raw) && createRule(raw, isStr ? UNDEFINED : pattern.mark, this._ignoreCase, !this._split, this._stripBOM && !index);
			if (rule) {
				this._added = true;
				this._rules.push(rule);
				if (matchesBasename(rule.body)) this._basenameCount++;
			}
		}
		add(pattern) {
			this._added = false;
			this._split = isString(pattern);
			this._stripBOM = !this._split || pattern[0] === BOM;
			makeArray(this._split ? splitPattern(pattern) : pattern).forEach(this._add, this);
			if (this._added) this._literalRules = UNDEFINED;
			return this._added;
		}
		testLiteral(path) {
			const rules = this._literalRules || (this._literalRules = this._rules.filter(({ body }) => body[body.length - (body[body.length - 1] === SLASH ? 2 : 1)] === "*"));
			let ignored = false;
			let unignored = false;
			let matchedRule;
			for (let index = rules.length - 1; index >= 0; index--) {
				const rule = rules[index];
				if (rule.checkRegex.test(path)) {
					ignored = !rule.negative;
					unignored = rule.negative;
					matchedRule = rule.negative ? UNDEFINED : rule;
					break;
				}
			}
			const ret = {
				ignored,
				unignored
			};
			if (matchedRule) ret.rule = matchedRule;
			return ret;
		}
		test(path, mode) {
			const rules = this._rules;
			const { length } = rules;
			const shortcut = this._basenameCount * 2 >= length;
			const basename = shortcut ? basenameOf(path) : path;
			for (let index = length - 1; index >= 0; index--) {
				const rule = rules[index];
				if (rule[mode].test(shortcut && rule._basenameOnly ? basename : path)) {
					const { negative } = rule;
					const ret = {
						ignored: !negative,
						unignored: negative
					};
					if (!negative) ret.rule = rule;
					return ret;
				}
			}
			return {
				ignored: false,
				unignored: false
			};
		}
	};
	const throwError = (message, Ctor) => {
		throw new Ctor(message);
	};
	const checkPath = (path, originalPath, doThrow) => {
		if (!isString(path)) return doThrow(`path must be a string, but got \`${originalPath}\``, TypeError);
		if (!path) return doThrow(`path must not be empty`, TypeError);
		if (checkPath.isNotRelative(path)) return doThrow(`path should be a \`path.relative()\`d string, but got "${originalPath}"`, RangeError);
		return true;
	};
	const isNotRelative = (path) => {
		const first = path.charCodeAt(0);
		if (first === SLASH_CODE) return true;
		if (first !== DOT_CODE) return false;
		if (path.length === 1) return true;
		const second = path.charCodeAt(1);
		if (second === SLASH_CODE) return true;
		if (second !== DOT_CODE) return false;
		return path.length === 2 || path.charCodeAt(2) === SLASH_CODE;
	};
	checkPath.isNotRelative = isNotRelative;
	/* istanbul ignore next */
	checkPath.convert = (p) => p;
	const convertPath = (target) => isString(target) && checkPath.convert(target);
	var Ignore = class {
		constructor({ ignorecase = true, ignoreCase = ignorecase, allowRelativePaths = false } = {}) {
			define(this, KEY_IGNORE, true);
			this._rules = new RuleManager(ignoreCase);
			this._strictPathCheck = !allowRelativePaths;
			this._initCache();
		}
		_initCache() {
			this._ignoreCache = Object.create(null);
			this._testCache = Object.create(null);
		}
		add(pattern) {
			if (this._rules.add(pattern)) this._initCache();
			return this;
		}
		addPattern(pattern) {
			return this.add(pattern);
		}
		_test(originalPath, cache, path) {
			checkPath(path, originalPath, this._strictPathCheck ? throwError : RETURN_FALSE);
			return path ? this._t(path, cache) : {
				ignored: false,
				unignored: false
			};
		}
		checkIgnore(target) {
			const path = convertPath(target);
			if (!path || path.charCodeAt(path.length - 1) !== SLASH_CODE) return this._test(target, this._testCache, path);
			const dir = this._t(path, this._testCache);
			if (dir.ignored) return dir;
			const literal = this._rules.testLiteral(path);
			return literal.ignored || literal.unignored ? literal : dir;
		}
		_t(path, cache) {
			if (path in cache) return cache[path];
			const parentPath = parentOf(path);
			const parent = parentPath ? this._t(parentPath, cache) : UNDEFINED;
			return cache[path] = parent && parent.ignored ? parent : this._rules.test(path, MODE_IGNORE);
		}
		ignores(path) {
			return this._test(path, this._ignoreCache, convertPath(path)).ignored;
		}
		createFilter() {
			return (path) => !this.ignores(path);
		}
		filter(paths) {
			return makeArray(paths).filter(this.createFilter());
		}
		test(path) {
			return this._test(path, this._testCache, convertPath(path));
		}
	};
	const factory = (options) => new Ignore(options);
	const isPathValid = (path) => checkPath(convertPath(path), path, RETURN_FALSE);
	/* istanbul ignore next */
	const setupWindows = () => {
		const makePosix = (str) => /^\\\\\?\\/.test(str) || /["<>|\u0000-\u001F]+/u.test(str) ? str : str.replace(/\\/g, "/");
		checkPath.convert = makePosix;
		const REGEX_TEST_WINDOWS_PATH_ABSOLUTE = /^[a-z]:\//i;
		checkPath.isNotRelative = (path) => REGEX_TEST_WINDOWS_PATH_ABSOLUTE.test(path) || isNotRelative(path);
	};
	/* istanbul ignore next */
	if (typeof process !== "undefined" && process.platform === "win32") setupWindows();
	module.exports = factory;
	factory.default = factory;
	module.exports.isPathValid = isPathValid;
	define(module.exports, Symbol.for("setupWindows"), setupWindows);
}));

var import_ignore = /* @__PURE__ */ __toESM(require_ignore(), 1);
/**
* Where GitHub looks for the file, the first that exists counts.
* https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
*/
const codeOwnersPaths = [
	".github/CODEOWNERS",
	"CODEOWNERS",
	"docs/CODEOWNERS"
];
/** The owners of a path as the file names them, `@user` or `@organisation/team`; the last pattern that fits decides. */
function codeOwnersOf(text, path) {
	let owners = [];
	for (const line of text.split(/\r?\n/)) {
		const [pattern, ...named] = line.replace(/(?:^|\s)#.*$/, "").trim().split(/(?<!\\)\s+/);
		if (!pattern || /^!|[[\]]/.test(pattern)) continue;
		if ((0, import_ignore.default)().add(pattern).ignores(path)) owners = named;
	}
	return owners;
}

/**
* Why the approval of a code owner is missing, in sentences; nothing when each file has one. Owners are those of the branch
* that the pull request went into, and count when they approved its newest commit and are not its author.
*/
async function missingApprovals(api, place, pull, files) {
	const text = await codeOwners(api, place, pull.baseCommit);
	if (text === void 0) return [`pull request ${pull.number}: the branch ${pull.baseBranch} has no CODEOWNERS file, so that nobody can approve.`];
	const approvers = await approversOf(api, place, pull);
	const memberships = /* @__PURE__ */ new Map();
	const problems = [];
	for (const file of files) {
		const owners = codeOwnersOf(text, file);
		const answers = await Promise.all(owners.flatMap((owner) => approvers.map((user) => {
			const key = `${owner} ${user}`;
			const known = memberships.get(key) ?? isOwner(api, owner, user);
			memberships.set(key, known);
			return known;
		})));
		if (answers.includes("member")) continue;
		problems.push(owners.length === 0 ? `pull request ${pull.number}: ${file} has no code owner.` : `pull request ${pull.number}: no code owner of ${file} (${owners.join(", ")}) approved its newest commit.${answers.includes("unknown") ? " Whether an approver is in the team could not be asked: the github-token may not read the organisation's members." : ""}`);
	}
	return problems;
}
async function codeOwners(api, place, ref) {
	for (const path of codeOwnersPaths) try {
		const { data } = await api.rest.repos.getContent({
			...place,
			path,
			ref
		});
		if (!Array.isArray(data) && data.type === "file") return Buffer.from(data.content, "base64").toString("utf8");
	} catch (error) {
		if (error.status !== 404) throw error;
	}
}
/** Who approved the newest commit and has not taken that back; the author's own word does not count. */
async function approversOf(api, place, pull) {
	const reviews = await api.paginate(api.rest.pulls.listReviews, {
		...place,
		pull_number: pull.number,
		per_page: 100
	});
	const last = /* @__PURE__ */ new Map();
	for (const review of reviews) if (review.user && (review.state === "APPROVED" || review.state === "CHANGES_REQUESTED" || review.state === "DISMISSED")) last.set(review.user.login, review);
	return [...last].filter(([, { state, commit_id }]) => state === "APPROVED" && commit_id === pull.headCommit).map(([login]) => login).filter((login) => login.toLowerCase() !== pull.author.toLowerCase());
}
async function isOwner(api, owner, user) {
	const [, organisation, team] = /^@([^/]+)\/(.+)$/.exec(owner) ?? [];
	if (organisation === void 0 || team === void 0) return owner.toLowerCase() === `@${user.toLowerCase()}` ? "member" : "stranger";
	try {
		const { data } = await api.rest.teams.getMembershipForUserInOrg({
			org: organisation,
			team_slug: team,
			username: user
		});
		return data.state === "active" ? "member" : "stranger";
	} catch (error) {
		return error.status === void 0 ? Promise.reject(error) : "unknown";
	}
}

/** The pull requests through which a commit came into a branch: by a merge, a squash or a rebase. */
async function mergedPulls(api, place, commit, branch) {
	return (await api.paginate(api.rest.repos.listPullRequestsAssociatedWithCommit, {
		...place,
		commit_sha: commit,
		per_page: 100
	})).filter(({ merged_at, base }) => merged_at !== null && base.ref === branch).map(({ number, head, base, user }) => ({
		number,
		headCommit: head.sha,
		baseBranch: base.ref,
		baseCommit: base.sha,
		author: user?.login ?? ""
	}));
}

/**
* What the checks of a pull request sealed for its newest commit, as their comments keep it. Comments of anybody else do not
* count, nor one of ours that somebody else has edited.
*/
async function reviewedSeals(api, place, { number, headCommit }) {
	const { viewer } = await api.graphql("query { viewer { login } }");
	const comments = await api.paginate(api.rest.issues.listComments, {
		...place,
		issue_number: number,
		per_page: 100
	});
	const seals = [];
	for (const { user, body = "", node_id } of comments) {
		if (user?.login !== viewer.login) continue;
		const text = body.replaceAll("\r\n", "\n");
		const [first] = /^<!-- headgate:comment \w+ -->\n/.exec(text) ?? [];
		if (first === void 0) continue;
		const found = readParts(text.slice(first.length)).flatMap((part) => part.commit === headCommit ? part.seals ?? [] : []);
		if (found.length > 0 && await isOurs(api, node_id, viewer.login)) seals.push(...found);
	}
	return seals;
}
/** Whoever may write to the repository may edit a comment of ours; then it says something that we did not. */
async function isOurs(api, id, login) {
	const { node } = await api.graphql("query ($id: ID!) { node(id: $id) { ... on IssueComment { editor { login } } } }", { id });
	const plain = (name) => name.replace(/\[bot\]$/, "");
	return node !== null && (node.editor === null || plain(node.editor.login) === plain(login));
}

/**
* Asks GitHub about the pull requests through which each migration got its present content.
* @param root the repository; its whole history is there
* @param approval whether a code owner has to have approved it too
*/
function githubReviews(api, place, { root, branch, approval }) {
	const pullsByCommit = /* @__PURE__ */ new Map();
	const sealsByPull = /* @__PURE__ */ new Map();
	const found = /* @__PURE__ */ new Map();
	const pullsOf = async ({ files }) => {
		const commits = new Set(files.flatMap(({ path }) => lastChange(root, path) ?? []));
		const pulls = [];
		for (const commit of commits) {
			const asked = pullsByCommit.get(commit) ?? mergedPulls(api, place, commit, branch);
			pullsByCommit.set(commit, asked);
			pulls.push(...await asked);
		}
		for (const pull of pulls) found.set(pull.number, pull);
		return [...new Map(pulls.map((pull) => [pull.number, pull])).values()];
	};
	const sealsOf = (pull) => {
		const asked = sealsByPull.get(pull.number) ?? reviewedSeals(api, place, pull);
		sealsByPull.set(pull.number, asked);
		return asked;
	};
	const problemOf = async (revision, project) => {
		const pulls = await pullsOf(revision);
		if (pulls.length === 0) return [`\`${revision.id}\` came into ${branch} without a pull request.`];
		const names = `pull request ${pulls.map(({ number }) => number).join(", ")}`;
		const seals = (await Promise.all(pulls.map(sealsOf))).flat().filter((sealed) => sealed.project === project).flatMap(({ revisions }) => revisions.filter((sealed) => sealed.revision === revision.id));
		if (seals.length === 0) return [`\`${revision.id}\`: no comment of Headgate on ${names} says what was checked at its newest commit.`];
		const differences = seals.map((seal) => sealDifference(seal, revision));
		const [difference] = differences;
		if (difference !== void 0 && !differences.includes(void 0)) return [`${difference} (${names})`];
		if (!approval) return [];
		return (await Promise.all(pulls.map((pull) => missingApprovals(api, place, pull, revision.files.map(({ path }) => path))))).flat();
	};
	return {
		async problems({ project, revisions }) {
			const problems = [];
			for (const revision of revisions) problems.push(...await problemOf(revision, project));
			return [...new Set(problems)];
		},
		get pulls() {
			return [...found.values()];
		}
	};
}

/** No comment shows more revisions, and the log has them all. */
const shownRevisions = 50;
/** The comment on a merged pull request. */
function applyMarkdown(news, context) {
	const where = context.environment === void 0 ? "the database" : code(context.environment);
	const foot = `<p><sub>Headgate at <code>${context.commit.slice(0, 7)}</code>, <a href="${context.runUrl}">run</a></sub></p>`;
	return `${[
		context.marker,
		...newsOf(news, where),
		foot
	].join("\n\n")}\n`;
}
function newsOf(news, where) {
	switch (news.kind) {
		case "report": return told(news.report, where);
		case "targets": return several(news.report, where);
		case "failure": return failed(news, where);
		default: return news;
	}
}
function several({ targets, outcome }, where) {
	const done = targets.filter((target) => target.outcome === "done").length;
	const rows = targets.map((target) => `<tr><td>${code(target.name)}</td><td>${targetText(target)}</td></tr>`);
	return [`### ${outcome === "done" ? "✅" : "❌"} ${done} of ${targets.length} targets of ${where} done`, [
		"<table>",
		"<tr><th>target</th><th></th></tr>",
		...rows,
		"</table>"
	].join("\n")];
}
function targetText(target) {
	switch (target.outcome) {
		case "done": {
			const { outcome, applied } = target.report;
			return outcome === "applied" ? `${counted(applied.length, "revision")} applied` : outcome.replaceAll("-", " ");
		}
		case "failed": return prose(target.message, 500);
		case "not-reached": return "not reached";
		default: return target;
	}
}
function told({ outcome, pending, applied, plan, schema, overridden, unlike = [] }, where) {
	const more = [
		...overridden.length > 0 ? [`Allowed by name: ${overridden.map((name) => code(name)).join(", ")}.`] : [],
		...unlike.map((difference) => `<p>${prose(difference, 500)}</p>`),
		...plan === void 0 ? [] : [`Plan ${code(plan)}`]
	];
	switch (outcome) {
		case "applied": return [
			`### ✅ ${counted(applied.length, "revision")} applied to ${where}`,
			table(applied),
			...more
		];
		case "dry-run": return [`### Dry run: ${counted(pending.length, "revision")} would be applied to ${where}, and nothing was`, ...more];
		case "nothing-pending": return [schema?.state === "changed" ? `### ⚠️ Nothing was pending, and the schema of ${where} was changed` : `### ✅ Nothing was pending: ${where} is up to date`, ...schema === void 0 ? [] : [`<p>${prose(schemaText(schema), 2e3)}</p>`]];
		case "skipped": return [`### Skipped: ${where} was not looked at`];
		default: return outcome;
	}
}
const failed = ({ message, applied }, where) => [
	`### ❌ Not applied to ${where}${applied.length > 0 ? `, but for ${counted(applied.length, "revision")}` : ""}`,
	`<p>${prose(message, 4e3)}</p>`,
	...applied.length > 0 ? [`Applied before: ${applied.slice(0, shownRevisions).map((id) => code(id)).join(", ")}.`] : []
];
function table(applied) {
	const rows = applied.slice(0, shownRevisions).map(({ id, durationMs, attempts, blockedBy, resumedBehind }) => {
		const notes = [
			...attempts > 1 ? [`${attempts} attempts`] : [],
			...blockedBy.length > 0 ? [`waited for ${blockedBy.map((who) => prose(who, 200)).join("; ")}`] : [],
			...resumedBehind > 0 ? [`resumed behind statement ${resumedBehind}`] : []
		];
		return `<tr><td>${code(id)}</td><td>${durationMs} ms</td><td>${notes.join(", ")}</td></tr>`;
	});
	const rest = applied.length - rows.length;
	return [
		"<table>",
		"<tr><th>revision</th><th>took</th><th></th></tr>",
		...rows,
		...rest > 0 ? [`<tr><td colspan="3">and ${rest} more</td></tr>`] : [],
		"</table>"
	].join("\n");
}

/** Says it in the job's summary, and on every pull request that brought what was pending. */
async function tellPulls(news, api, place, pulls, { apply: { directory, project, tool, configFile }, deployment, comment }, run) {
	const chosen = [
		directory,
		project,
		tool,
		configFile,
		deployment
	].map((value) => value ?? null);
	const context = {
		marker: `<!-- headgate:apply ${hash("sha256", JSON.stringify(chosen)).slice(0, 12)} -->`,
		commit: run.commit,
		runUrl: run.runUrl,
		...optional$1("environment", deployment)
	};
	const body = applyMarkdown(news, context);
	const summary = run.environment["GITHUB_STEP_SUMMARY"];
	if (summary) appendFileSync(summary, body);
	if (!comment) return;
	for (const pull of pulls) await commentOn(pull, body, context.marker, api, place);
}
async function commentOn(pull, body, marker, api, place) {
	const { number, headCommit, baseBranch } = pull;
	const pullRequest = {
		number,
		headCommit,
		baseBranch,
		isFromFork: false
	};
	const text = {
		compose: () => body,
		isRetired: () => false
	};
	const outcome = await publishComment(api, {
		...place,
		pullRequest,
		marker
	}, text);
	if (outcome.kind === "posted") publishOutputs({ "comment-url": outcome.url });
	else warning(plainLine(`#${number}: ${outcome.reason}`), { title: "Headgate did not comment" });
}

/**
* `mode: apply`: brings the database to the commit that was pushed, when the checks of the pull requests have seen what is
* pending, and says so on them. Gives the exit code, which no trouble with GitHub's comments and deployments changes.
* @throws UsageError, ConfigurationError, ApplyError and whatever else `apply` throws
*/
async function runApply(environment = process.env) {
	const inputs = readApplyInputs((name) => getInput(name));
	hideSecrets(inputs, environment);
	const { root } = repositoryRoot(inputs.apply.directory);
	const branch = branchOf(currentEvent(environment), root, environment["GITHUB_SHA"]);
	const commit = environment["GITHUB_SHA"] ?? "";
	const { token } = inputs;
	if (token === void 0) throw new UsageError("Nobody can be asked what was reviewed: the input github-token is empty.");
	const api = await connectToGitHub(token, apiUrl(environment));
	const place = repositoryOf(environment);
	const reviews = githubReviews(api, place, {
		root,
		branch,
		approval: inputs.approval === "codeowners"
	});
	const { runUrl } = links(environment);
	const deployment = inputs.deployment === void 0 ? void 0 : await beginDeployment(api, place, {
		commit,
		environment: inputs.deployment,
		runUrl
	});
	if (typeof deployment === "string") warning(plainLine(deployment), { title: "Headgate recorded no deployment" });
	const tell = (news) => tellPulls(news, api, place, reviews.pulls, inputs, {
		commit,
		runUrl,
		environment
	}).catch((error) => {
		warning(plainLine(String(error)), { title: "Headgate could not tell the pull requests" });
	});
	let isDone = false;
	const work = {
		...inputs.apply,
		commit,
		review: (rehearsed) => reviews.problems(rehearsed),
		environment,
		onProgress: (step) => log(plainLine(step))
	};
	try {
		const several = targetsOf(work);
		if (several !== void 0) {
			for (const { variable } of several.targets.databases) secretsOf(environment[variable] ?? "").filter(Boolean).forEach(setSecret);
			const report = await applyToTargets(several, work, inputs.shard);
			isDone = report.outcome === "done";
			log(targetsText(report));
			publishOutputs({ outcome: report.outcome });
			await tell({
				kind: "targets",
				report: withoutAddresses(report, several.targets, environment)
			});
			return exitCodeForTargets(report.targets.filter((target) => target.outcome === "failed"));
		}
		const report = await apply(work);
		isDone = true;
		log(applyText(report));
		if (report.schema?.state === "changed") warning(plainLine(schemaText(report.schema)), { title: "The schema is not as Headgate left it" });
		publishOutputs(outputsOf(report));
		await tell({
			kind: "report",
			report
		});
		return exitCodes.passed;
	} catch (error) {
		if (error instanceof Error && !isDone) await tell({
			kind: "failure",
			message: withoutTarget(error.message, inputs.apply.databaseUrl, environment),
			applied: error instanceof ApplyError ? error.applied : []
		});
		throw error;
	} finally {
		if (typeof deployment === "object") await deployment.finish(isDone ? "success" : "failure").catch((error) => {
			warning(plainLine(String(error)), { title: "The deployment's end could not be recorded" });
		});
	}
}
/**
* The branch whose commit is checked out, unchanged.
* @throws UsageError on any other event, and on anything that is not that commit
*/
function branchOf(event, root, commit) {
	if (event.kind !== "push" && event.kind !== "on-demand" || event.branch === void 0) throw new UsageError("`mode: apply` brings a database to what is merged: run it on a push to a branch, or by hand on one.");
	if (commit === void 0 || askGit(root, ["rev-parse", "HEAD"]) !== commit) throw new UsageError("What is checked out is not the commit that was pushed; check out that one.");
	const changed = askGit(root, [
		"status",
		"--porcelain",
		"--untracked-files=no"
	]);
	if (changed !== void 0 && changed !== "") throw new UsageError("What is checked out was changed since; apply before anything that changes tracked files.");
	if (isShallow(root)) throw new UsageError("The clone is shallow, so that git does not say how a migration came in. Check out with `fetch-depth: 0`.");
	return event.branch;
}
function hideSecrets({ apply: { databaseUrl } }, { PGPASSWORD }) {
	if (databaseUrl !== void 0) secretsOf(databaseUrl).forEach(setSecret);
	if (PGPASSWORD) setSecret(PGPASSWORD);
}
const outputsOf = ({ outcome, applied, plan }) => ({
	outcome,
	applied: JSON.stringify(applied.map(({ id }) => id)),
	...optional$1("plan-digest", plan)
});

export { runApply };