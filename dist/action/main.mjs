import { dirname as $dirname } from "node:path";
import { fileURLToPath as $fileURLToPath } from "node:url";
const __filename = $fileURLToPath(import.meta.url);
const __dirname = $dirname(__filename);
import { o as __toESM } from "./rolldown-runtime.mjs";
import { $ as object, $n as takenBack, $r as ScriptError, $t as describeLineage, A as outputsOf, Ai as warning, Ar as nodesOf, At as stepWarnings, B as repositoryRoot, C as readable, Ci as terminated$1, Cr as columnNamed, Ct as downgradeDiffers, D as log, Di as getInput, Dr as nameLists, Dt as oneWay, Ei as error, Er as isQuery$1, Et as hangs, Ft as formatSql, Gn as inFailedTransaction, Gr as withinLimit, Gt as outsideTransaction, H as readConfiguration, Hn as failurePlace, Hr as interpreterOf, Ht as historyInputs, I as submoduleNotExamined, It as diffArrays, J as boolean, Jn as queryCanceled, Jr as tools, K as _enum, Kn as lockNotAvailable, Kt as outsideTransactionKinds, L as submoduleNotSeen, Lt as comparableStatements, M as connectToGitHub, Mr as queries, Mt as upgradeAtOnceFails, N as configPath, Nr as walk, Nt as upgradeFails, O as currentEvent, Oi as notice, Or as nameParts, Ot as reupgradeDiffers, P as openChange, Pt as scriptDifference, Q as number, Qr as declarationIn, Qt as orderOf, R as findProjects, Rt as runPrelude, S as migrationsOwn, Si as bareStatement, St as unchanged, T as reviewSeals, Ti as optional, Tr as isOptionOn, Tt as downgradeLosesRows, U as configurationPaths, Un as replayFinding, Ur as openSession$1, Ut as outsideTransactionOf, V as commitTree, Vn as describeFailure, Vt as rolesOf, W as weighableFindings, Wn as shownStatement$1, Wr as startComingDriver, Wt as parseScript, X as literal, Xn as version, Xr as layoutOf, Y as int, Yn as isRepeatable$1, Yr as sourceOf, Z as never, Zr as splitStatements, Zt as judgeProjectLineage, _ as withoutText, _i as maxParsedLength, _t as openRecordedProject, a as code$1, ai as quoteLiteral, an as judgeExemptions, b as sqlToRemember, bi as parseTrees, bt as processNotVaried, c as place, cn as cutHistory, cr as counted$2, ct as startWatcher, d as publishComment, di as fingerprintOf, dn as isServerFault, dt as planOf, en as earlierProjects, er as rowFunctions, et as strictObject, f as refusalOf, fi as statementIdentity, fn as lostServer, fr as blockedBy, ft as importedBy, g as readParts, gi as loadParser, gr as lockModes, gt as differingMigrations, h as fitSql, hi as fingerprint, hr as strongerMode, ht as changesOf, i as serverUrl, ii as quoteIdentifier, in as howToExempt, ir as relevantDifferences, it as runGit, j as publishOutputs, jr as optionValue, jt as upgradeAtOnceDiffers, k as inputReader, ki as setSecret, kr as nodeKind, kt as reupgradeFails, l as prose, ln as revisionsIn, lt as recordedRevision, m as encodeState, mi as isSecretName, mr as isSchemaLock, mt as isProgram, n as links, ni as isWithin, nn as projectIn, nr as volatileFunctions, nt as union, o as fence, oi as unquotedName, on as historyAt, p as secretsOf, pi as withoutPasswords, pn as roomHint, pr as blocksQueries, pt as importingMigrations, q as array, qn as notInTransaction, qr as toolNamed, qt as createWorkDatabase, r as repositoryOf, ri as looseText, rn as exemptionFor, rr as transactionBoundary, rt as askGit, s as paragraphs, si as readCatalog, sn as standsForOne, sr as describeDifference, st as serverPool, t as apiUrl, ti as branches$1, tn as judgeGone, tr as steadyFunctions, tt as string, u as toolCode$1, ui as planDigest, un as withAncestors, ur as listed$1, ut as asPlanned, v as digestOf, vi as onlyStatement$1, vt as limitedStep, w as toReview, wi as withoutLeadingComments, wr as constantText, wt as downgradeFails, x as foldRows, xi as isAboutRows, xr as isMikroOrmFrame, xt as sentDifference, y as digested, yi as parseRoutine, yt as planDiffers, z as namedLeftOut, zt as runSample } from "./workflow-links.mjs";
import { a as explain, c as ConfigurationError, d as UsageError, f as original, i as exitCodes, l as EngineError, m as plainText, p as plainLine, r as exitCodeOf, t as exitCodeFor, u as ToolError } from "./exit.mjs";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { hash } from "node:crypto";
import { styleText } from "node:util";
import { setTimeout as setTimeout$1 } from "node:timers/promises";
import { tmpdir } from "node:os";
import { createRequire } from "module";

/** What the workflow wants done. @throws UsageError naming what it may be */
const readMode = (get) => inputReader(get).choice("mode", "check", "watch", "comment", "apply") ?? "check";
/**
* Reads the inputs that `action.yml` declares; an empty one counts as not given.
* @param get gives an input's text, and nothing or an empty text for one that is not given
* @throws UsageError naming the input, and what it may be
*/
function readInputs(get) {
	const { text, choice, duration } = inputReader(get);
	const mode = readMode(get);
	if (mode === "apply") throw new Error("Applying has inputs of its own.");
	const commute = choice("commute", "true", "false") === "true";
	if (commute && mode !== "watch") throw new UsageError("The input commute needs `mode: watch`.");
	return {
		mode,
		commute,
		gate: {
			directory: text("directory") ?? ".",
			...optional("tool", choice("tool", "alembic", "mikro-orm", "sql")),
			...optional("project", text("project")),
			...optional("configFile", text("config")),
			...optional("engine", choice("engine", "auto", "testcontainers", "embedded", "url", "memory")),
			...optional("postgres", text("postgres")),
			...optional("image", text("image")),
			...optional("databaseUrl", text("database-url")),
			...optional("base", text("base")),
			...optional("replay", choice("replay", "new", "all")),
			...optional("failOn", choice("fail-on", "error", "warning")),
			...optional("timeLimitMs", duration("time-limit"))
		},
		comment: choice("comment", "true", "false") !== "false",
		artifact: choice("artifact", "true", "false") !== "false",
		...optional("token", text("github-token")),
		...optional("matrix", matrixText(text("matrix"))),
		jobCount: Math.min(256, Math.max(1, Number(text("matrix-size")) || 1))
	};
}
/** The values of a matrix as GitHub gives them, JSON, as words; `undefined` where there are none. */
function matrixText(json) {
	if (json === void 0) return void 0;
	try {
		return Object.entries(JSON.parse(json) ?? {}).map(([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : value}`).join(", ").slice(0, 100) || void 0;
	} catch {
		throw new UsageError("The input matrix is no JSON; leave it as it is.");
	}
}

/**
* Runs plain SQL in pg-mem, which emulates a part of PostgreSQL in milliseconds. What it cannot run may be right or
* wrong, and what it runs may still fail on a real server: this is a first look, not a check.
*/
async function preflight(steps) {
	const { newDb } = await import("./pg-mem.mjs").then((m) => /* @__PURE__ */ __toESM(m.default, 1));
	const database = newDb({ noAstCoverageCheck: false });
	for (const { revision, sql } of steps) try {
		if (sql.trim() !== "") database.public.none(sql);
	} catch (error) {
		return {
			kind: "inconclusive",
			revision,
			reason: firstSentence(error)
		};
	}
	return { kind: "ran" };
}
/** pg-mem's messages go on with pages of syntax tree and advice. */
function firstSentence(error) {
	const message = error instanceof Error ? error.message : String(error);
	if (/failed to parse|Unexpected|Not supported|not implemented/i.test(message)) return "pg-mem does not understand a statement of it";
	return `pg-mem says: ${(message.split("\n").find((text) => text.trim() !== "") ?? "no reason given").trim().slice(0, 300)}`;
}

/**
* Runs a project's SQL up, down and up in pg-mem and says how far that came. A note and never a verdict: an emulation
* that runs a statement proves nothing about PostgreSQL, and one that does not run it proves nothing about the statement.
*/
async function memoryPreflight(project, files, revisions) {
	const note = (message, revision) => ({
		ruleId: "memory-preflight",
		severity: "info",
		title: "A first look with pg-mem",
		message: `${message} A real PostgreSQL decides.`,
		...revision === void 0 ? {} : { revision }
	});
	if (project.tool !== "sql") return note(`pg-mem runs plain SQL and not ${project.tool}: the first look is inconclusive.`);
	const layout = layoutOf(files, project);
	const source = sourceOf(files, layout, project, void 0);
	const steps = (order, direction) => order.map((revision) => ({
		revision: revision.id,
		direction,
		sql: (layout.scripts(source, revision, direction) ?? []).flatMap(({ pieces }) => pieces.map(({ sql }) => sql)).join("\n")
	}));
	try {
		const backable = revisions.every(({ downgrade }) => downgrade === "present");
		const up = steps(revisions, "up");
		const outcome = await preflight(backable ? [
			...up,
			...steps(revisions.toReversed(), "down"),
			...up
		] : up);
		return outcome.kind === "ran" ? note(`pg-mem ran ${backable ? "every upgrade, downgrade and second upgrade" : "every upgrade"} without an error.`) : note(`Inconclusive: pg-mem could not run \`${outcome.revision}\`: ${outcome.reason}.`, outcome.revision);
	} catch (error) {
		if (!(error instanceof ScriptError)) throw error;
		return note(`Inconclusive: ${error.message}`);
	}
}

/** The files that differ between two commits or trees, relative to the repository root; `undefined` when git cannot tell. */
function changedFiles(root, before, after) {
	const { status, stdout } = runGit(root, [
		"diff",
		"--name-only",
		"--no-renames",
		"-z",
		before,
		after
	]);
	return status === 0 ? stdout.toString().split("\0").filter(Boolean) : void 0;
}
/** The files that differ between a commit and the working tree, those that git does not know yet included. */
function changedInWorkingTree(root, before) {
	const asked = [runGit(root, [
		"diff",
		"--name-only",
		"--no-renames",
		"-z",
		before
	]), runGit(root, [
		"ls-files",
		"--others",
		"--exclude-standard",
		"-z"
	])];
	if (asked.some(({ status }) => status !== 0)) return void 0;
	return asked.flatMap(({ stdout }) => stdout.toString().split("\0").filter(Boolean));
}

/**
* What the migrations load: those that the change brings or edits, and all where it edits anything else. Asked when they have run, since
* some only say then which files they open; nothing where the tool's process ended.
*/
async function readImports(session, { ordered, newIds }, { root, base, configuration }, { range }) {
	if (!session.imports) return {};
	const own = new Set(ordered.map(({ file }) => file));
	const edited = base && changedInWorkingTree(root, base.commit);
	const isAll = range !== void 0 || configuration.replay === "all" || base !== void 0 && edited?.some((file) => !own.has(file)) !== false;
	const wanted = ordered.filter(({ id, file }) => isAll || newIds.has(id) || edited?.includes(file)).map(({ id }) => id);
	if (wanted.length === 0) return {};
	return session.imports(wanted).catch((error) => {
		if (error instanceof ToolError) return {};
		throw error;
	});
}
/** The migrations of the merge base that load what the change edits, each unedited itself. */
function importersOf(project, history, { root, base, files }, imports) {
	if (base === void 0 || project.tool === "sql") return [];
	const removed = removedData(root, base, files);
	if (removed.length + Object.keys(imports).length === 0) return [];
	const tool = toolNamed(project.tool);
	const before = projectIn(base.mergeBase, project, base.moved);
	const earlier = {
		history: historyAt(base.mergeBase, tool, before),
		files: base.mergeBase,
		project: before
	};
	const later = {
		history,
		files,
		project
	};
	const importing = importingMigrations(earlier, later, {
		imports,
		removed
	}, tool);
	if (importing.length === 0) return [];
	const edited = new Set(differingMigrations(earlier, later).map(({ after }) => after?.id));
	return importing.filter(({ revision }) => !edited.has(revision.id));
}
/** What the change removes and no program needs: a migration that looks for such files goes on without them, and says nothing. */
function removedData(root, { commit, mergeBase }, files) {
	return (changedInWorkingTree(root, commit) ?? []).filter((file) => !isProgram(file) && mergeBase.exists(file) && !files.exists(file));
}

const unnoticed = (tool) => `${tool} does not notice: databases that have applied it keep the old schema, and new ones get another.`;
/** By layout for SQL files, by the tool's name for others. */
const behaviours = {
	alembic: {
		edited: unnoticed("Alembic"),
		deleted: "Alembic stops with \"Can't locate revision\" on databases that are at it."
	},
	"mikro-orm": {
		edited: unnoticed("MikroORM"),
		deleted: "MikroORM does not notice: databases that have applied it keep what it did and cannot go back, and new ones never get it."
	},
	"golang-migrate": {
		edited: unnoticed("golang-migrate"),
		deleted: "golang-migrate stops with \"no migration found for version\" on databases that are at it."
	},
	goose: {
		edited: unnoticed("goose"),
		deleted: "goose does not notice on the way up; the way back stops there."
	},
	"sql-migrate": {
		edited: unnoticed("sql-migrate"),
		deleted: "sql-migrate stops with \"unknown migration in database\" on databases that have applied it, unless ignoreunknown is set."
	},
	dbmate: {
		edited: unnoticed("dbmate"),
		deleted: "dbmate does not notice on the way up; a rollback stops there."
	},
	diesel: {
		edited: unnoticed("Diesel"),
		deleted: "Diesel does not notice on the way up; a revert stops there."
	},
	hasura: {
		edited: unnoticed("Hasura"),
		deleted: "Hasura does not notice: databases that have applied it keep what it did, and new ones never get it."
	},
	supabase: {
		edited: unnoticed("supabase db push"),
		deleted: "supabase db push stops on databases that have applied it, because their version is not found locally."
	},
	drizzle: {
		edited: unnoticed("Drizzle"),
		recorded: "Drizzle compares that, `when` in meta/_journal.json, with the newest it has applied: databases where it is later run the migration again, and where it is earlier, may never run it.",
		deleted: "Drizzle does not notice: databases that have applied it keep what it did, and new ones never get it."
	},
	sqlx: {
		edited: "sqlx stops on databases that have applied it: the checksum differs.",
		deleted: "sqlx stops on databases that have applied it: the migration is missing.",
		hasChecksum: true
	},
	flyway: {
		edited: "Flyway's validation stops on databases that have applied it: the checksum differs.",
		deleted: "Flyway's validation stops on databases that have applied it: it is not resolved locally.",
		hasChecksum: true,
		renamed: "Flyway's validation stops on databases that have applied it: the description differs."
	},
	prisma: {
		edited: "prisma migrate deploy only warns and does not run it again, and prisma migrate dev wants to reset the database: the checksum differs.",
		deleted: "prisma migrate deploy does not notice, and prisma migrate dev wants to reset databases that have applied it.",
		hasChecksum: true
	}
};
const unknown = {
	edited: "Databases that have applied it keep the old schema, and new ones get another.",
	deleted: "Databases that have applied it keep what it did, and new ones never get it."
};
/** What the tool does; for layouts not known here, what can be said of all. */
const changeBehaviour = (layout) => Object.hasOwn(behaviours, layout) ? behaviours[layout] : unknown;

/** What is to be said of migrations of the merge base that load what a change edits; together where it is the same files. */
function judgeImports(importing, context) {
	return [...Map.groupBy(importing, ({ changed, outcome }) => JSON.stringify([changed, outcome])).values()].map((group) => judgeGroup(group, context));
}
/** What each outcome is told as. */
const weights$1 = {
	same: ["migration-import-edited", "info"],
	reads: ["migration-import-edited", "warning"],
	values: ["migration-import-edited", "warning"],
	unknown: ["migration-import-edited", "warning"],
	fails: ["migration-edited", "error"],
	other: ["migration-edited", "error"]
};
function judgeGroup(group, context) {
	const [first] = group;
	const { changed, difference, outcome, revision } = first;
	const migrations = group.map((one) => one.revision.file);
	const [file = revision.file] = changed;
	const [ruleId, severity] = weights$1[outcome.kind];
	const settle = howToSettle(first, migrations);
	const finding = {
		ruleId,
		severity,
		title: "What a migration of the base branch uses was edited",
		message: `${whatHappened(first, migrations)} ${whatBecame(outcome, group.length > 1, changed.length > 1, context)}`,
		...outcome.kind === "same" ? {} : { help: `${settle}\n${howToExempt(file)}` },
		revision: revision.id,
		file,
		...optional("difference", difference)
	};
	if (outcome.kind !== "other") return finding;
	const exemption = [...changed, ...migrations].map((path) => exemptionFor(path, context)).find((one) => one !== void 0);
	if (exemption === void 0) return finding;
	if (exemption.whyNot !== void 0) return {
		...finding,
		help: `${settle}\n${exemption.whyNot}`
	};
	const { help: _, ...accepted } = finding;
	return {
		...accepted,
		severity: "info",
		message: `${finding.message} headgate.yml accepts it until ${exemption.expires}: ${exemption.reason}`
	};
}
function whatHappened(importing, migrations) {
	const { changed } = importing;
	const [are, use] = migrations.length > 1 ? ["are", "use"] : ["is", "uses"];
	const [were, them] = changed.length > 1 ? ["were", "them"] : ["was", "it"];
	return `${listed$1(changed)} ${were} ${whatWasDone(importing)}, and ${listed$1(migrations)}, which ${are} in the merge base, ${use} ${them}.`;
}
/** @param many whether there are several migrations @param several whether they use several of the files */
function whatBecame(outcome, many, several, context) {
	const send = many ? "They send" : "It sends";
	switch (outcome.kind) {
		case "same": return `${send} the same statements as before on a database that holds what the migrations make${outcome.binds ? "; the values that are bound to them were not compared" : ""}.`;
		case "reads": return `${send} other queries than before, and everything else as before: what ${many ? "they read" : "it reads"} decides what that does.`;
		case "fails": {
			const them = several ? "them" : "it";
			return `${many ? "They work" : "It works"} with ${them} as the merge base has ${them}, and ${many ? "fail" : "fails"} now (SQLSTATE ${outcome.sqlState}): no new database can be brought up any more.`;
		}
		case "values": return `${send} the same statements as before, with other values in them: databases that have applied ${many ? "them" : "it"} keep the old rows, and new ones get others.`;
		case "unknown": return `Whether ${many ? "they do" : "it does"} something else now could not be tried: ${outcome.reason}`;
		case "other": return `${send} other statements than before. ${changeBehaviour(context.project.layout ?? context.tool.name).edited}`;
		default: return outcome;
	}
}
const whatWasDone = ({ changed, added, removed }) => added.length === changed.length ? "added" : removed.length === changed.length ? "removed" : "edited";
/** How migrations get to send what they did. Code that the application goes on changing cannot stay as it is for them. */
function howToSettle({ changed, added }, migrations) {
	if (added.length === changed.length) return `Put ${listed$1(changed)} where ${listed$1(migrations)} ${migrations.length === 1 ? "does" : "do"} not look, and let a new migration use ${changed.length === 1 ? "it" : "them"}.`;
	const [it, they] = changed.length === 1 ? ["it", "it was"] : ["them", "they were"];
	if (!changed.every(isProgram)) return `Restore ${listed$1(changed)} as ${they}, and let new migrations use a copy with the change.`;
	return `Let ${listed$1(migrations)} hold what ${migrations.length === 1 ? "it needs" : "they need"} of ${listed$1(changed)} as ${they} (the columns of a table, a function), and import ${it} no more: an edit that does only this, and sends the same statements, is accepted. Or leave ${listed$1(changed)} as ${they}.`;
}

/**
* The exemptions from the history check. One counts when the base branch has it, too, or when the base branch's configuration
* says `history: allow-self-exemption`: what a change says about itself is the change's word alone.
*/
function historyExemptions({ base, configuration, configFile }) {
	const entries = configuration["history-exemptions"];
	if (entries.length === 0 || base === void 0) return entries.map((entry) => ({
		...entry,
		isTrusted: false
	}));
	const trusted = configurationAt(base.tip ?? base.mergeBase, configFile);
	return entries.map((entry) => ({
		...entry,
		isTrusted: trusted?.history === "allow-self-exemption" || trusted?.["history-exemptions"].some(({ files, expires }) => files === entry.files && expires === entry.expires) === true
	}));
}
/** The configuration as the base branch has it; `undefined` where it has none that can be read: then nothing is allowed. */
function configurationAt(files, configFile) {
	try {
		return readConfiguration(files, configFile);
	} catch (error) {
		if (error instanceof ConfigurationError) return void 0;
		throw error;
	}
}
/** The day in UTC, as `expires` of an exemption says it. */
const dayNow = () => (/* @__PURE__ */ new Date()).toISOString().slice(0, 10);

/** Folders of a work tree that git ignores whole, relative to it, without the folders inside them; none where git cannot tell. */
function ignoredFolders(root) {
	const { status, stdout } = runGit(root, [
		"ls-files",
		"-z",
		"--others",
		"--ignored",
		"--exclude-standard",
		"--directory"
	]);
	if (status !== 0) return [];
	return stdout.toString().split("\0").filter((path) => path.endsWith("/")).map((path) => path.slice(0, -1));
}

/** What a project installs into its own folders; nothing of it is in a commit. */
const installed = /* @__PURE__ */ new Set([
	"node_modules",
	".venv",
	"venv"
]);
/**
* Writes a tree to a directory of its own, without a link that leads out of it, and lends it what is installed in a work tree.
* @param from absolute path of that work tree
*/
function temporaryCheckout(files, from) {
	const root = realpathSync(mkdtempSync(join(tmpdir(), "headgate-merge-")));
	const letGo = removedWithUs(root);
	const dispose = () => {
		rmSync(root, {
			recursive: true,
			force: true
		});
		letGo();
	};
	try {
		for (const path of files.list()) {
			const to = join(root, path);
			mkdirSync(dirname(to), { recursive: true });
			writeFileSync(to, files.bytes(path));
		}
		for (const folder of ignoredFolders(from)) {
			const to = join(root, folder);
			if (!installed.has(folder.split("/").at(-1)) || !existsSync(dirname(to)) || existsSync(to)) continue;
			symlinkSync(join(from, folder), to, "dir");
		}
	} catch (error) {
		dispose();
		throw error;
	}
	return {
		root,
		[Symbol.dispose]: dispose
	};
}
/** Has a directory removed when this process ends without a word. Gives what ends the watch. */
function removedWithUs(directory) {
	if (process.platform === "win32") return () => {};
	return startWatcher({
		name: "headgate-remover",
		script: "rm -rf \"$1\"",
		about: directory,
		environment: { PATH: "/usr/local/bin:/usr/bin:/bin" }
	});
}

/**
* Runs migrations once more with all files as the merge base has them; gives why that does not tell what they sent, where it does not.
* @throws EngineError, ToolError and ConfigurationError
*/
async function runAsBefore(given, { root, configuration, base }, touched, server, context) {
	if (base === void 0) return "there is nothing to compare with.";
	const interpreter = await interpreterOf({
		root,
		project: given,
		environment: context.environment
	});
	const project = {
		...projectIn(base.mergeBase, given, base.moved),
		...optional("interpreter", interpreter)
	};
	using checkout = temporaryCheckout(base.mergeBase, root);
	await using opened = await openRecordedProject(project, {
		root: checkout.root,
		files: base.mergeBase,
		configuration
	}, server, context);
	const { session, stage, recorder, limited } = opened;
	const history = await limited("Reading the history of the merge base", () => session.history());
	const ordered = orderOf(history);
	const known = new Set(ordered.map(({ id }) => id));
	const wanted = touched.map(({ id }) => id).filter((id) => known.has(id));
	const versionTables = await opened.prepare();
	const { stamped, earlier } = cutHistory(ordered, project, () => false);
	if (stamped.length > 0) await session.stamp(stamped.map(({ id }) => id));
	const needed = history.shape === "linear" ? throughLast(earlier, wanted) : withAncestors(new Set(wanted), ordered);
	const outcome = await stage.noted(earlier.filter(({ id }) => needed.has(id)).map(({ id }) => id));
	if (outcome.kind === "hung") return "with the files of the merge base they do not come to an end.";
	if (outcome.kind === "failed") return `with the files of the merge base \`${outcome.failure.revision}\` fails: ${outcome.failure.message}`;
	const imports = await limited("Reading what the migrations import", async () => session.imports?.(wanted)) ?? {};
	const { statements } = recorder.recording();
	return {
		imports,
		upgrades: upgradesIn({
			statements,
			versionTables
		}),
		revisions: new Map(earlier.map((one) => [one.id, one])),
		has: (file) => base.mergeBase.exists(file)
	};
}
/** A linear tool's order is the order; of what comes behind the last nothing is asked. */
const throughLast = (ordered, wanted) => new Set(ordered.slice(0, ordered.findLastIndex(({ id }) => wanted.includes(id)) + 1).map(({ id }) => id));
/** @throws Error when `loadParser` was not awaited before */
function upgradesIn({ statements, versionTables }) {
	const roles = rolesOf(statements, versionTables);
	const isOwn = (statement) => /^(?:migration|setting)$/.test(roles.get(statement) ?? "");
	const upgrades = statements.filter(({ label }) => label?.direction === "up");
	const sent = Map.groupBy(upgrades, ({ label }) => label?.revision);
	return new Map([...sent].map(([id, all]) => [id, all.filter(isOwn)]));
}

/** Compares what a migration sent with what it sends now. @throws Error when `loadParser` was not awaited before */
function sentOtherwise(old, young) {
	const texts = (all) => JSON.stringify(all.map(({ sql, values }) => [sql, values]));
	if (texts(old) === texts(young)) return "same";
	const identities = (all) => JSON.stringify(all.map(({ sql, values }) => statementIdentity(sql, fingerprintOf(sql), values)));
	if (identities(old) === identities(young)) return "values";
	const done = (all) => all.filter(({ sql }) => !onlyReads$1(sql));
	return texts(done(old)) === texts(done(young)) ? "reads" : "other";
}
/** Whether it binds something to any of these: values that are kept nowhere, and so cannot be compared. */
const bindsValues = (sent) => sent.some(({ sql }) => /\$\d/.test(sql));
/** Whether a statement gives rows and does nothing else, whoever made the functions that it calls. */
function onlyReads$1(sql) {
	const query = onlyStatement$1(sql);
	if (query === void 0 || !("SelectStmt" in query)) return false;
	const { intoClause, lockingClause } = query.SelectStmt;
	if (intoClause || lockingClause) return false;
	return walk(query).every((node) => {
		if ("InsertStmt" in node || "UpdateStmt" in node || "DeleteStmt" in node || "MergeStmt" in node) return false;
		const call = node["FuncCall"];
		return call === void 0 || rowFunctions.has(nameOf$1(call.funcname)) || steadyFunctions.has(nameOf$1(call.funcname));
	});
}
const nameOf$1 = (name) => nameParts(name).at(-1) ?? "";

/**
* Judges what a change does to migrations of the merge base: runs these once more as the merge base has everything, on
* a server that nobody else uses at the moment, and compares what they send.
* @param sent what they send now
*/
async function judgeTouched(project, repository, { importing, edited, imports }, sent, server, context) {
	context.onProgress("running what the change edits as it was before");
	await loadParser();
	const touched = [...importing.map(({ revision }) => revision), ...edited];
	let lost;
	const earlier = await runAsBefore(project, repository, touched, server, context).catch((thrown) => {
		const error = original(thrown);
		if (error instanceof ToolError || error instanceof ConfigurationError) return error.message;
		lost = lostServer(error, server)?.message;
		if (lost === void 0) throw error;
		return lost;
	});
	const before = typeof earlier === "string" ? void 0 : earlier;
	const upgrades = upgradesIn(sent);
	const outcome = (one) => typeof earlier === "string" ? {
		kind: "unknown",
		reason: earlier
	} : compare(one, earlier, {
		upgrades,
		brokenOff: sent.brokenOff
	});
	return {
		findings: judgeImports(importing.map((one) => usedBefore(one, before)).filter(({ changed }) => changed.length > 0).map((one) => ({
			...one,
			outcome: outcome(one)
		})), {
			tool: toolNamed(project.tool),
			project,
			exemptions: historyExemptions(repository),
			today: dayNow()
		}),
		frozen: before ? frozenIn(edited, imports, before, upgrades) : /* @__PURE__ */ new Map(),
		...optional("lost", lost)
	};
}
/** Of the edited files those that load nothing any more, and send the same all the same; each with what it does not load. */
const frozenIn = (edited, imports, before, upgrades) => new Map(edited.flatMap((revision) => {
	const was = before.revisions.get(revision.id);
	if (was === void 0 || importedBy(revision.file, imports).size > 0) return [];
	const gone = [...importedBy(was.file, before.imports)].toSorted();
	const [old = [], young = []] = [before.upgrades.get(revision.id), upgrades.get(revision.id)];
	const isSame = sentOtherwise(old, young) === "same" && !bindsValues(young);
	return gone.length > 0 && isSame ? [[revision.file, gone]] : [];
}));
/** The same without those removed files that it only seemed to use. */
function usedBefore(importing, before) {
	const was = before?.revisions.get(importing.revision.id);
	const used = before && was ? importedBy(was.file, before.imports) : /* @__PURE__ */ new Set();
	const removed = importing.removed.filter((file) => used.has(file));
	const changed = importing.changed.filter((file) => used.has(file) || !importing.removed.includes(file));
	return {
		...importing,
		changed,
		removed
	};
}
function compare({ revision, changed }, before, now) {
	const was = before.revisions.get(revision.id);
	if (was === void 0) return {
		kind: "unknown",
		reason: "the schema that the project starts from holds it already."
	};
	const found = importedBy(was.file, before.imports);
	const missed = changed.find((file) => before.has(file) && !found.has(file));
	if (missed !== void 0) return {
		kind: "unknown",
		reason: `in a checkout of the merge base it does not load ${missed}.`
	};
	const [old = [], young] = [before.upgrades.get(revision.id), now.upgrades.get(revision.id)];
	const refused = young?.find(({ error }) => error !== void 0)?.error;
	if (refused !== void 0 && !old.some(({ error }) => error !== void 0)) return {
		kind: "fails",
		sqlState: refused.sqlState
	};
	if (now.brokenOff.has(`up ${revision.id}`) || young === void 0) return {
		kind: "unknown",
		reason: "it has to work first."
	};
	const kind = sentOtherwise(old, young);
	return kind === "same" ? {
		kind,
		binds: bindsValues(young)
	} : { kind };
}

/**
* What a history loses whose files are read in another way than before: migrations that are where they were, and that the
* tool would never run.
*/
function judgeLayout(earlier, later) {
	const run = new Set(later.history.revisions.flatMap(({ file, downFile }) => [file, downFile]));
	const lost = earlier.history.revisions.map(({ file }) => file).filter((file) => later.files.exists(file) && !run.has(file));
	const [first] = lost;
	if (first === void 0) return [];
	const [was, is] = [earlier.project.layout, later.project.layout];
	return [{
		ruleId: "layout-changed",
		severity: "error",
		title: "Migrations of the base branch would not be run any more",
		message: `In the merge base the files in ${later.project.migrations.join(", ")} are laid out as ${was} has them, and with this change as ${is} has them, which never runs ${listed$1(lost)}.`,
		help: `Name the files that the change brings as those before them, or say which tool runs them with \`layout: ${was}\` (or ${is}) of the project in headgate.yml.`,
		file: first
	}];
}

/** From so many on, deleted migrations are told together: the history was squashed, or the folder moved. */
const manyDeleted = 4;
/** What is wrong about changes to migrations that the merge base has. */
function judgeChanges(changes, context) {
	const told = changes.filter(({ kind, before, after }) => !(after !== void 0 && kind !== "renamed" && isRepeatable$1(before, context.project)));
	const deleted = told.filter(({ kind, before }) => kind === "deleted" && exemptionFor(before.file, context) === void 0);
	const together = deleted.length >= manyDeleted ? deleted : [];
	return [
		...told.filter((change) => !together.includes(change)).map((change) => judgeChange(change, context)),
		...together.length > 0 ? [judgeSquash(together, context)] : [],
		...judgeExemptions(context)
	];
}
function judgeChange(change, context) {
	const { kind, before, after, difference } = change;
	const finding = changeFinding(change, changeBehaviour(context.project.layout ?? context.tool.name));
	const place = {
		revision: (after ?? before).id,
		file: (kind === "downgrade" ? after?.downFile : void 0) ?? (after ?? before).file,
		...difference === void 0 ? {} : { difference }
	};
	const exemption = exemptionFor(before.file, context);
	if (exemption !== void 0 && exemption.whyNot === void 0 && finding.severity === "error") return {
		...finding,
		...place,
		severity: "info",
		message: `${finding.message} headgate.yml accepts it until ${exemption.expires}: ${exemption.reason}`,
		help: "Delete the entry under `history-exemptions` once it has served."
	};
	if (finding.severity !== "error") return {
		...finding,
		...place
	};
	return {
		...finding,
		...place,
		help: [remedy$1(kind, before.file), ...exemption === void 0 ? [howToExempt(before.file)] : [exemption.whyNot]].join("\n")
	};
}
function changeFinding({ kind, before, after }, behaviour) {
	switch (kind) {
		case "edited": return {
			ruleId: "migration-edited",
			severity: "error",
			title: "A migration of the base branch was edited",
			message: `${before.file} is in the merge base and was edited. ${behaviour.edited}`
		};
		case "comments": return behaviour.hasChecksum ? {
			ruleId: "migration-edited",
			severity: "error",
			title: "A migration of the base branch was edited",
			message: `${before.file} is in the merge base and was edited, although only in comments or layout. ${behaviour.edited}`
		} : {
			ruleId: "migration-comments-edited",
			severity: "info",
			title: "Comments of a migration of the base branch were edited",
			message: `${before.file} is in the merge base and was edited in comments or layout alone. No database notices.`
		};
		case "downgrade":
			if (before.downFile !== void 0 && after !== void 0 && after.downFile === void 0) return {
				ruleId: "downgrade-edited",
				severity: "warning",
				title: "The way back of a migration of the base branch was deleted",
				message: `The way back of ${before.id} (${before.downFile}) is in the merge base and is gone. Databases that have applied it cannot go back behind it any more.`
			};
			return behaviour.hasChecksum && before.downFile === void 0 ? {
				ruleId: "migration-edited",
				severity: "error",
				title: "A migration of the base branch was edited",
				message: `${before.file} is in the merge base and its way back was edited. ${behaviour.edited}`
			} : {
				ruleId: "downgrade-edited",
				severity: "warning",
				title: "The way back of a migration of the base branch was edited",
				message: `The way back of ${before.id} (${before.downFile ?? before.file}) is in the merge base and was edited. Databases that have applied it go back this way from now on; \`replay: all\` or \`headgate sql --down ${shellWord(before.id)}\` tries it.`
			};
		case "recorded": return {
			ruleId: "migration-edited",
			severity: "error",
			title: "A migration of the base branch was edited",
			message: `${before.file} is in the merge base, and is recorded as ${after?.recordedAs} instead of ${before.recordedAs} from now on. ${behaviour.recorded ?? ""}`
		};
		case "renamed": return {
			ruleId: "migration-renamed",
			severity: "error",
			title: "A migration of the base branch was renamed",
			message: before.id === after?.id ? `${before.file} is in the merge base and is now ${after.file}. ${behaviour.renamed ?? ""}` : `${before.file} is in the merge base and is now ${after?.file}, which is another revision (${before.id} became ${after?.id}): databases that have applied it would run it again. ${behaviour.deleted}`
		};
		case "deleted": return {
			ruleId: "migration-deleted",
			severity: "error",
			title: "A migration of the base branch was deleted",
			message: `${before.file} (${before.id}) is in the merge base and is gone. ${behaviour.deleted}`
		};
		default: return kind;
	}
}
function remedy$1(kind, file) {
	switch (kind) {
		case "deleted": return `Restore ${file}, and undo what it did in a new migration.`;
		case "recorded": return `Let it be recorded as it was: undo the change of its entry for ${file}.`;
		case "renamed": return `Give it back its name and id, those of ${file}.`;
		default: return `Restore ${file} as it was, and make the change in a new migration.`;
	}
}
function judgeSquash(deleted, { tool, project }) {
	const { deleted: behaviour } = changeBehaviour(project.layout ?? tool.name);
	const [first] = deleted;
	return {
		ruleId: "migration-deleted",
		severity: "error",
		title: "Migrations of the base branch were deleted",
		message: `${deleted.length} migrations that are in the merge base are gone: ${listed$1(deleted.map(({ before }) => before.file))}. ${behaviour}`,
		help: ["Restore them. A history can only be squashed once every database has applied all of it and its version table says so.", howToExempt(`${posix.dirname(first?.before.file ?? ".")}/*`)].join("\n"),
		...first === void 0 ? {} : { file: first.before.file }
	};
}
const shellWord = (word) => /^[\w.-]+$/.test(word) ? word : "REVISION";

/**
* A text of Python or TypeScript, on one line or of several, and the name that it is given to. One that does not end, as after
* an apostrophe in a comment, ends with its line, or with all, so that nothing is looked through twice.
*/
const given = /(?<before>(?<name>\b\w{1,80})\s{0,9}[:=]\s{0,9}|)(?:(?<open>"""|'''|`)(?<lines>(?:\\(?:[^]|$)|(?!\k<open>)[^\\])*)(?:\k<open>|$)|(?<quote>["'])(?<line>(?:\\(?:[^]|$)|(?!\k<quote>)[^\\\n])*)(?:\k<quote>|(?=\n)|$))/g;
/**
* Code to be shown, without what can be known to be a secret in the SQL that its texts hold, or by the name of what a text is
* given to.
* @throws Error when `loadParser` was not awaited before
*/
function codeWithoutPasswords(code) {
	return code.replace(given, (...matched) => {
		const [whole] = matched;
		const { before = "", name = "", open, lines, quote, line } = matched.at(-1);
		const text = lines ?? line ?? "";
		const shown = isSecretName(name) && text !== "" ? "***" : withoutPasswords(text);
		const begins = before.length + (open ?? quote ?? "").length;
		return whole.slice(0, begins) + shown + whole.slice(begins + text.length);
	});
}

/**
* Judges what a change does to migrations that its merge base has: those run somewhere already.
* @param today in UTC, as `expires` in the configuration
*/
async function judgeHistory(project, history, repository, today = dayNow()) {
	const startedAt = performance.now();
	const check = (outcome) => ({
		id: "history",
		...outcome,
		durationMs: Math.round(performance.now() - startedAt)
	});
	const { base, files } = repository;
	if (base === void 0) return {
		check: check({
			status: "skipped",
			reason: repository.noBase ?? "there is nothing to compare with"
		}),
		findings: []
	};
	const tool = toolNamed(project.tool);
	const before = projectIn(base.mergeBase, project, base.moved);
	const read = historyAt(base.mergeBase, tool, before);
	const earlier = {
		history: {
			...read,
			revisions: [...read.revisions, ...unreadThen(project, history, read, files, base.mergeBase)]
		},
		files: base.mergeBase,
		project: before
	};
	const later = {
		history,
		files,
		project
	};
	const differing = differingMigrations(earlier, later, changeBehaviour(project.layout ?? project.tool).renamed !== void 0);
	if (differing.length > 0) await loadParser();
	const findings = judgeChanges(changesOf(differing, earlier, later, tool, project.tool === "sql" ? withoutPasswords : codeWithoutPasswords), {
		tool,
		project,
		exemptions: historyExemptions(repository),
		today
	});
	const otherwise = base.otherwise?.get(project.name);
	if (otherwise) {
		const then = {
			history: historyAt(base.mergeBase, tool, otherwise),
			files: base.mergeBase,
			project: otherwise
		};
		findings.push(...judgeLayout(then, later));
	}
	return withFindings({
		check: check({ status: "passed" }),
		findings: []
	}, findings);
}
/** Revisions whose ids only running the tool tells, and whose files the merge base has: they stand for what it had. */
function unreadThen(project, history, read, files, mergeBase) {
	const isOwn = standsForOne(history, files, mergeBase, project.configFile);
	const [ids, paths] = [new Set(read.revisions.map(({ id }) => id)), new Set(read.revisions.map(({ file }) => file))];
	const unreadable = new Set(read.problems.flatMap((problem) => problem.files));
	return history.revisions.filter(({ id, file }) => !ids.has(id) && !paths.has(file) && !unreadable.has(file) && mergeBase.exists(file) && isOwn(file));
}
/** The same with more findings, found later. */
function withFindings({ check, findings }, more) {
	const errors = more.filter(({ severity }) => severity === "error").map(({ ruleId }) => ruleId);
	if (errors.length === 0) return {
		check,
		findings: [...findings, ...more]
	};
	const before = check.status === "failed" ? [check.reason] : [];
	const { id, durationMs } = check;
	return {
		check: {
			id,
			status: "failed",
			reason: [.../* @__PURE__ */ new Set([...before, ...errors])].join(", "),
			durationMs
		},
		findings: [...findings, ...more]
	};
}
/** The migrations of the merge base that were found to be edited, and whose code may still send what it did. */
const editedIn = ({ findings }, { revisions }) => revisions.filter((revision) => findings.some((finding) => isEdit(finding) && finding.file === revision.file));
const isEdit = ({ ruleId, severity }) => ruleId === "migration-edited" && severity === "error";
/** The same with what running touched migrations as they were has shown. */
function withTouched(history, { findings, frozen, lost }) {
	const judged = withFindings(frozen.size > 0 ? withFrozen(history, frozen) : history, findings);
	if (lost === void 0 || judged.check.status === "failed") return judged;
	const { durationMs } = judged.check;
	return {
		...judged,
		check: {
			id: "history",
			status: "errored",
			reason: lost,
			durationMs
		}
	};
}
/** @param frozen by the file of an edited migration that sends what it did: what it does not load any more */
function withFrozen({ check, findings }, frozen) {
	const settled = findings.map((finding) => {
		const gone = isEdit(finding) ? frozen.get(finding.file ?? "") : void 0;
		if (gone === void 0) return finding;
		const { help: _, ...rest } = finding;
		return {
			...rest,
			severity: "info",
			message: `${finding.file} is in the merge base and was edited, and does not use ${listed$1(gone)} any more. It sends the same statements as before on a database that holds what the migrations make.`
		};
	});
	const { id, durationMs } = check;
	return withFindings({
		check: {
			id,
			status: "passed",
			durationMs
		},
		findings: []
	}, settled);
}
/**
* Judges the projects that a change leaves unchecked. Where the base branch has no configuration, it was never said that they
* are checked, and they are only told.
*/
function judgeGoneProjects(repository, today = dayNow()) {
	const { base, gone = [], configFile } = repository;
	if (base === void 0 || gone.length === 0) return [];
	const { mergeBase } = base;
	const wasSaid = configurationPaths.some((path) => mergeBase.exists(configFile ?? path));
	const isSaid = isConfigured(repository.configuration);
	const context = {
		exemptions: historyExemptions(repository),
		today
	};
	return gone.flatMap((project) => {
		const finding = judgeGone(project, mergeBase, wasSaid || !isSaid ? "error" : "warning", context);
		if (finding === void 0) return [];
		return [{
			project,
			check: finding.severity === "error" ? {
				id: "history",
				status: "failed",
				reason: finding.ruleId,
				durationMs: 0
			} : {
				id: "history",
				status: "skipped",
				reason: "this change leaves no such project",
				durationMs: 0
			},
			finding
		}];
	});
}
/** Whether the configuration says which projects there are, or leaves it to detection. */
const isConfigured = ({ projects }) => projects !== void 0;

/** The verdict on a project: what its files say, what was done to them, and what the replay showed. */
function verdictOn({ project, lineage, firstLook, server }, history, { checks, findings, recorded, coverage, plan }) {
	const { name, tool, directory } = project;
	return {
		name,
		tool,
		directory,
		...optional("server", server),
		lineage: describeLineage(lineage.history, lineage.newIds),
		checks: [
			lineage.check,
			history.check,
			...checks
		],
		findings: [
			...lineage.findings,
			...history.findings,
			...firstLook,
			...findings
		],
		revisions: lineage.ordered.map((revision) => ({
			id: revision.id,
			file: revision.file,
			...optional("downFile", revision.downFile),
			...optional("title", revision.title),
			new: lineage.newIds.has(revision.id),
			downRevisions: revision.downRevisions,
			...recorded?.get(revision.id)
		})),
		...optional("coverage", coverage),
		...optional("plan", plan)
	};
}
/** What a project that is not replayed has to show for it: the reason, in each check. */
const notReplayed = (status, reason) => ({
	checks: [
		"upgrade",
		"downgrade",
		"reupgrade",
		"safety"
	].map((id) => ({
		id,
		status,
		reason,
		durationMs: 0
	})),
	findings: []
});
/** The verdict on a project of which nothing could be checked. */
const unusableProject = ({ name, tool, directory }, { message }) => ({
	name,
	tool,
	directory,
	checks: [{
		id: "lineage",
		status: "errored",
		reason: message,
		durationMs: 0
	}, ...notReplayed("errored", message).checks],
	findings: [],
	revisions: []
});

/**
* The line of its migration that sent each of these statements, or `undefined` where that is not known. Statements may have
* been sent in another order than the code gave them; of equal ones the first comes from the first place.
* @param sent as they arrived at the server, where a client may have put values into them
* @throws Error when `loadParser` was not awaited before
*/
function statementLines$1(sent, given) {
	const places = given.flatMap(eachStatement);
	const waiting = Map.groupBy(places, ({ sql }) => plain(sql));
	const templates = places.flatMap(({ sql, line }) => {
		const begins = plain(sql).split(placeholder)[0] ?? "";
		return begins.length >= shortest$1 && begins !== plain(sql) ? [{
			begins,
			line
		}] : [];
	});
	return sent.map((sql) => {
		const own = waiting.get(plain(sql));
		if (own) return (own.length > 1 ? own.shift() : own[0])?.line;
		return templates.find(({ begins }) => plain(sql).startsWith(begins))?.line;
	});
}
/** Clients double a `%` that is no placeholder. */
const plain = (sql) => bareStatement(sql).replaceAll("%%", "%");
const placeholder = /%s|%\(|\$\d|:\w|\?/;
/** Fewer characters than this tell no statement from another. */
const shortest$1 = 8;
/** The place, and that of each statement where one text holds several. */
function eachStatement(place) {
	if (!/;\s*\S/.test(place.sql)) return [place];
	const pieces = splitStatements(place.sql);
	return pieces.length > 1 ? [place, ...pieces.map(({ sql }) => ({
		...place,
		sql
	}))] : [place];
}

/**
* Statements that PostgreSQL refused in a step that went on and came to its end: the migration's code caught the error, so that nobody is told.
* @throws Error when `loadParser` was not awaited before
*/
const caughtErrors = (revisions, recorded, steps) => revisions.flatMap((revision) => ["up", "down"].flatMap((direction) => {
	const sent = recorded.get(revision.id)?.[direction] ?? [];
	return steps.brokenOff.has(`${direction} ${revision.id}`) ? [] : caughtIn(revision, direction, sent, steps);
}));
function caughtIn(revision, direction, sent, steps) {
	const own = sent.filter(({ role }) => role === "migration" || role === "setting");
	const refused = own.filter(({ sqlState }) => sqlState !== void 0 && sqlState !== "25P02");
	const [first] = refused;
	if (first === void 0) return [];
	const lines = statementLines$1(own.map(({ sql }) => sql), steps.places(revision.id, direction));
	const step = direction === "up" ? "upgrade to" : "downgrade of";
	const fails = refused.length === 1 ? `a statement of it fails (SQLSTATE ${first.sqlState})` : `${refused.length} statements of it fail, the first with SQLSTATE ${first.sqlState}`;
	const isUndone = sent.some(({ transaction, tag, sql }) => transaction === first.transaction && undoes(tag, sql));
	const end = isUndone ? ". PostgreSQL then answers its COMMIT with ROLLBACK: what the transaction did is undone, and the tool records the migration all the same" : "";
	return [replayFinding(isUndone && direction === "up" ? "upgrade-rolled-back" : "error-caught", revision, direction, {
		message: `The ${step} \`${revision.id}\` comes to its end although ${fails}: its code catches the error and goes on${end}.\nStatement: ${shownStatement$1(withoutLeadingComments(first.sql))}`,
		help: "Correct the statement, or let the error end the migration. Where it is to fail on some databases, ask for that first (`IF EXISTS`, `IF NOT EXISTS`), and catch that error alone.",
		...optional("line", lines[own.indexOf(first)])
	})];
}
const undoes = (tag, sql) => tag === "ROLLBACK" && /^\s*(?:commit|end)\b/i.test(sql);

/**
* Upgrades that send where the checkout lies, which is elsewhere on another machine: no second upgrade of this one shows it.
* @param root absolute path of the repository
* @param textOf what the file of a revision says: a path that is written there is the same everywhere
*/
function checkoutPaths(revisions, recorded, root, textOf) {
	if (root.split(/[\\/]/).filter(Boolean).length < 2) return [];
	return revisions.flatMap((revision) => {
		const sent = recorded.get(revision.id)?.up?.find(({ role, sql }) => role === "migration" && sql.includes(root));
		if (!sent || textOf(revision)?.includes(root)) return [];
		return replayFinding("plan-not-deterministic", revision, "up", {
			message: `The upgrade to \`${revision.id}\` sends the path of this checkout, ${root}, which is another one elsewhere.\nStatement: ${shownStatement$1(sent.sql)}`,
			help: "Leave the path out, or write it out relative to the repository."
		});
	});
}

/**
* Upgrades that are empty, and those that ran and did nothing here, so that nothing of what they may do elsewhere was seen: behind a condition on a
* variable, the time, the name of the database or rows, or in a transaction that the file itself rolls back.
* @param catalogs before each of the revisions, and behind the last
* @param branchesIn whether the code of a revision, where it is code, may do one thing or another
* @param textOf what is written in the file of a revision that is sent as it is; nothing where code makes of it what is sent
*/
const idleUpgrades = (revisions, recorded, catalogs, textOf, branchesIn) => revisions.flatMap((revision, index) => {
	const [before, after] = [catalogs[index], catalogs[index + 1]];
	const sent = recorded.get(revision.id)?.up ?? [];
	const text = textOf(revision);
	const sendsFiles = text !== void 0;
	if (before === void 0 || after === void 0 || relevantDifferences(before, after).length > 0) return [];
	if (sendsFiles && rollsBack(sent)) return [rolledBack(revision)];
	const own = sent.filter(({ role }) => role === "migration");
	if (own.length === 0 && (sendsFiles || revision.upgrade === "absent")) return standsForItself(revision) ? [] : [empty(revision, text)];
	const isPlain = sendsFiles || !branchesIn(revision);
	const asked = own.filter(({ sql }) => !(isPlain && isPlaceholder(sql)));
	if (own.length > 0 && asked.length === 0) return [];
	if (asked.some(({ sqlState }) => sqlState !== void 0)) return [];
	return asked.every(onlyReads) ? [idle(revision, asked)] : [];
});
/** Whether a revision is there for the graph: it joins others, or is where a branch begins. */
const standsForItself = ({ downRevisions, dependsOn, branchLabels }) => downRevisions.length > 1 || dependsOn.length > 0 || branchLabels.length > 0;
/** Whether somebody wrote something for people into the way up, beside what tools put there. */
const hasWords = (text) => (text.split(/^\s*--\s*(?:\+(?:goose|migrate)\s+down|migrate:down)\b/im)[0] ?? "").replaceAll(/^\s*--\s*(?:\+goose|\+migrate|migrate:).*$/gim, "").trim() !== "";
/** What people write where a tool wants a statement and there is nothing to do: it has no condition that could hold elsewhere. */
const isPlaceholder = (sql) => /^select(?:\s+(?:\d+|null|true|false|'[^']*'))?\s*;?\s*$/i.test(withoutLeadingComments(sql).trim());
/** Whether a file takes back what it does. A ROLLBACK of the tool's own would be a failure. */
const rollsBack = (sent) => sent.some(({ sql, transaction }, index) => /^\s*(?:rollback|abort)(?:\s+(?:work|transaction))?\s*;?\s*$/i.test(sql) && sent.slice(0, index).some((one) => one.transaction === transaction && one.role === "migration" && !onlyReads(one)));
const reading = /* @__PURE__ */ new Set([
	"SELECT",
	"DO",
	"SHOW",
	"FETCH"
]);
/** What leaves no trace in a database, and is no reading: slots, origins and messages are the server's, `dblink` is another's. */
const actsElsewhere = /\b(?:pg_(?:create|copy|drop)_\w*replication_slot|pg_replication_\w+|pg_logical_emit_message|pg_notify|pg_reload_conf|pg_create_restore_point|dblink\w*)\s*\(/i;
/**
* Whether the server saw it do no more than read; where it does not say all, nothing is claimed. What code took back itself
* (`EXCEPTION`) it has not done.
*/
const onlyReads = ({ sql, tag = "", evidence, evidenceReason, locks, rewrites }) => reading.has(tag.split(" ")[0] ?? "") && (evidence === "complete" || evidenceReason === "It ran code that may take a part of its work back (EXCEPTION); what that part had locked and read is not seen.") && !actsElsewhere.test(sql) && rewrites.length === 0 && locks.every(({ mode }) => mode === "ACCESS SHARE");
const idle = (revision, work) => {
	const hidesErrors = work.some(({ evidenceReason }) => evidenceReason === takenBack);
	return replayFinding("upgrade-does-nothing", revision, "up", {
		message: `The upgrade to \`${revision.id}\` does nothing here: ${work.length === 0 ? "it sends no statement" : "what it sends only reads"}${hidesErrors ? ", or was taken back with an error that it caught" : ""}, and the schema is what it was. What it does where a condition of it holds, on a variable, the time, the name of the database or rows, was not tried${hidesErrors ? "; nor is it known which errors a handler of its own (`EXCEPTION`) let pass" : ""}.`,
		help: "Take the condition out, or make it hold: with `environment:` or `database:` of the project, or with rows (`samples:`), in headgate.yml."
	});
};
const empty = (revision, text) => {
	const isSaid = text !== void 0 && hasWords(text);
	const what = text === void 0 ? "code holds nothing" : isSaid ? "file holds comments alone" : "file is blank";
	const begins = text === void 0 && revision.downRevisions.length === 0;
	const finding = replayFinding("upgrade-does-nothing", revision, "up", {
		message: `The upgrade to \`${revision.id}\` does nothing anywhere: its ${what}.`,
		help: `Write what it is to do, or delete it.${text === void 0 ? "" : " `SELECT 1;` says that it is meant to do nothing."}${begins ? " Where it only marks the beginning of the history, that is right." : ""}`
	});
	return isSaid || begins ? {
		...finding,
		severity: "info"
	} : finding;
};
const rolledBack = (revision) => replayFinding("upgrade-rolled-back", revision, "up", {
	message: `The upgrade to \`${revision.id}\` ends with a ROLLBACK of its own: what it does is undone, and the tool records it as applied.`,
	help: "End the transaction with COMMIT."
});

/**
* Upgrades that send the port of the disposable server, which is another one each time: no second upgrade on the same shows it.
* @param port where the migration tool finds the database
*/
function serverPorts(revisions, recorded, port) {
	const named = new RegExp(String.raw`(?:\bport\W{1,8}|:)${port}(?!\w)`, "i");
	return revisions.flatMap((revision) => {
		const sent = recorded.get(revision.id)?.up?.find(({ role, sql }) => role === "migration" && named.test(sql) && !isAboutRows(sql));
		if (!sent) return [];
		return replayFinding("plan-not-deterministic", revision, "up", {
			message: `The upgrade to \`${revision.id}\` sends the port of the disposable server, ${port}, which is another one each time.\nStatement: ${shownStatement$1(sent.sql)}`,
			help: "Write out the address that is meant, or read it from a variable of your own, and not from the connection."
		});
	});
}

/**
* What the statements of the examined revisions show by themselves, and how the tool was set up: upgrades that do nothing, errors
* that are caught, and what is another on another machine. @throws Error when `loadParser` was not awaited before
*/
function judgeRecording(project, { files, root }, { session, stage, port }, { examined, catalogs }, recorded) {
	const textOf = ({ file }) => files.exists(file) ? looseText(files, file) : void 0;
	const sqlOf = project.tool === "sql" ? textOf : () => void 0;
	const branchesIn = (revision) => branches$1(toolNamed(project.tool).code(files, project, revision)?.up);
	const [first] = examined;
	return [
		...first ? stepWarnings(session.warnings, first, "up") : [],
		...catalogs ? idleUpgrades(examined, recorded, [catalogs.start, ...catalogs.after], sqlOf, branchesIn) : [],
		...caughtErrors(examined, recorded, stage),
		...checkoutPaths(examined, recorded, root, textOf),
		...serverPorts(examined, recorded, port)
	];
}

/**
* Renders the tool's own offline scripts of what was recorded, and compares. That they can't be had is said beside the
* revision and is no finding: nobody has to use them. Runs the project's code: nothing is replayed afterwards.
* @param revisions in the order in which they were applied
* @param brokenOff steps that have not sent all that there is to send, as `up ab12`
* @param limited runs it under the project's time limit
*/
async function renderOffline(session, revisions, recorded, brokenOff, limited) {
	const { offline } = session;
	const result = new Map(recorded);
	const findings = [];
	if (!offline) return {
		recorded,
		findings
	};
	for (const direction of ["up", "down"]) {
		const walked = revisions.filter(({ id }) => recorded.get(id)?.[direction] && !brokenOff.has(`${direction} ${id}`));
		if (walked.length === 0) continue;
		const ids = walked.map(({ id }) => id);
		const { scripts, unavailable = "it was not printed" } = await limited("Printing the offline scripts", () => offline(direction === "up" ? ids : ids.toReversed(), direction)).catch((error) => ({
			scripts: {},
			unavailable: error.message
		}));
		for (const revision of walked) {
			const earlier = result.get(revision.id);
			const report = compareOffline(scripts[revision.id] ?? { unavailable }, earlier?.[direction] ?? []);
			result.set(revision.id, {
				...earlier,
				offline: {
					...earlier?.offline,
					[direction]: report
				}
			});
			if (report.kind === "differs") findings.push(offlineDiffers(revision, direction, report));
		}
	}
	return {
		recorded: result,
		findings
	};
}
/** Compares what the tool prints instead of running a revision with what it really sent. */
function compareOffline(script, sent) {
	if ("unavailable" in script) return {
		kind: "unavailable",
		reason: script.unavailable
	};
	const ran = sent.filter(({ role, sqlState }) => role === "migration" && sqlState === void 0);
	const difference = scriptDifference(printedStatements(script), comparableStatements(ran.map(({ sql }) => `${sql.trimEnd().replace(/;$/, "")}\n;\n`).join("")));
	return difference === void 0 ? {
		kind: "same",
		sql: script.sql
	} : {
		kind: "differs",
		sql: script.sql,
		difference
	};
}
const valuesMissing = "/* its values are not printed */";
/** A statement that is printed without its values is another one than the same with them. */
function printedStatements({ sql, withoutValues = "" }) {
	const missing = new Set(comparableStatements(withoutValues).map(({ key }) => key));
	return comparableStatements(sql).map((statement) => statement.wantsValues || missing.has(statement.key) ? {
		...statement,
		sql: `${statement.sql} ${valuesMissing}`,
		key: `${statement.key} ${valuesMissing}`
	} : statement);
}
/** The tool's offline script is not what runs. */
function offlineDiffers(revision, direction, { difference }) {
	const command = direction === "up" ? "alembic upgrade --sql" : "alembic downgrade --sql";
	const step = direction === "up" ? `the upgrade to \`${revision.id}\`` : `the downgrade of \`${revision.id}\``;
	return replayFinding("offline-sql-differs", revision, direction, {
		message: `\`${command}\` prints another script for ${step} than what is sent to the database (- printed, + sent):\n${difference}`,
		help: `Review and hand out what \`headgate sql\` prints. ${difference.includes(valuesMissing) ? "Alembic prints the values of `sa.text(…).bindparams(…)` and of SQLAlchemy's own statements where env.py configures `literal_binds=True`, and none that `execute()` is given beside a statement." : "A migration that reads rows or asks what is there cannot be printed in advance."}`
	});
}

/** What a review should see of the declaration that rows decide what a revision sends. */
function repeatFinding(revision, { reason, line }) {
	const place = {
		file: revision.file,
		line
	};
	return reason ? replayFinding("rows-decide", revision, "up", {
		message: `Rows decide how often the statements about rows of \`${revision.id}\` come, in which order, and whether: ${reason}`,
		...place
	}) : replayFinding("repeat-without-reason", revision, "up", {
		message: `\`${revision.id}\` says that its statements may repeat, without saying why.`,
		help: "Add the reason: `headgate: repeat: <reason>`.",
		...place
	});
}

/**
* Reads the declarations in the files of the examined revisions, and those of the project's configuration.
* @param all the whole history, to tell a declaration for a revision that is not examined from one for none
*/
function oneWayDeclarations(files, project, revisions, all) {
	const reasons = /* @__PURE__ */ new Map();
	const findings = [];
	for (const revision of revisions) {
		const configured = project.oneWay[revision.id];
		if (configured !== void 0) reasons.set(revision.id, configured);
		for (const file of [revision.file, revision.downFile]) {
			const declared = file === void 0 ? void 0 : declarationIn(files, file, "one-way");
			if (file === void 0 || declared === void 0) continue;
			const { reason, line } = declared;
			if (reason) reasons.set(revision.id, reason);
			else findings.push(replayFinding("one-way-without-reason", revision, "down", {
				message: `\`${revision.id}\` is declared one-way without saying why.`,
				help: "Add the reason: `headgate: one-way: <reason>`.",
				file,
				line
			}));
		}
	}
	const known = new Set(all.map(({ id }) => id));
	for (const id of Object.keys(project.oneWay)) if (!known.has(id)) findings.push(replayFinding("one-way-unknown", void 0, "down", {
		message: `The configuration declares \`${id}\` one-way, but the project ${project.name} has no such revision.`,
		help: "Remove the entry under `one-way`, or correct the id."
	}));
	return {
		reasons,
		findings
	};
}

/** Thrown inside the replay only, when no later step makes sense; what was found is in the tally. */
var ReplayEnded = class extends Error {};
/** The tally of a replay that has not begun. */
const emptyTally = () => ({
	findings: [],
	stalls: [],
	failures: {
		upgrade: [],
		downgrade: [],
		reupgrade: []
	},
	durationMs: {
		upgrade: 0,
		downgrade: 0,
		reupgrade: 0
	},
	done: {
		upgrade: 0,
		downgrade: 0,
		reupgrade: 0
	}
});
/** Notes that a phase failed at a revision. */
function fail(tally, phase, revision, finding) {
	tally.findings.push(finding);
	tally.failures[phase].push(revision);
}
/**
* Takes a step and notes how long that took.
* @param during the one revision that is taken; absent where there are several
* @throws ReplayEnded when it did not end in time
* @throws EngineError when the server is at fault
*/
async function timed(tally, phase, during, step) {
	const startedAt = performance.now();
	const outcome = await step();
	tally.durationMs[phase] += performance.now() - startedAt;
	if (outcome.kind === "hung") {
		fail(tally, phase, during?.id ?? "", hangs(outcome, during, phase === "downgrade" ? "down" : "up"));
		throw new ReplayEnded(`${during === void 0 ? "a step" : `\`${during.id}\``} did not end in time`);
	}
	if (outcome.kind === "failed" && isServerFault(outcome.failure.sqlState)) {
		const said = outcome.failure.message;
		throw new EngineError(`PostgreSQL could not go on: ${said.replace(/\.$/, "")}.${roomHint(said)}`);
	}
	return outcome;
}

/**
* Upgrades that must work: what comes before the new revisions, and going back to where the walk was.
* @throws ReplayEnded when one fails
*/
async function upgradeAll({ stage, plan, tally }, revisions, upgrade = stage.upgrade) {
	if (revisions.length === 0) return;
	const outcome = await timed(tally, "upgrade", void 0, () => upgrade(ids$1(revisions)));
	if (outcome.kind === "done") return;
	const failed = outcome.failure.revision;
	const isEarlier = plan.earlier.some(({ id }) => id === failed);
	fail(tally, "upgrade", failed, upgradeFails(outcome.failure, revisionNamed(plan, failed), isEarlier));
	throw new ReplayEnded(`\`${failed}\` could not be applied`);
}
/** The revision of the plan with this id. */
const revisionNamed = ({ earlier, replayed }, wanted) => replayed.find(({ id }) => id === wanted) ?? earlier.find(({ id }) => id === wanted);
/** The ids of revisions. */
const ids$1 = (revisions) => revisions.map(({ id }) => id);

/** Whether the tool's own command would do something else with these revisions than take them one by one. */
const runsAtOnce = ({ stage, plan }) => stage.atOnce !== void 0 && plan.atOnce !== false && plan.replayed.length > 1;
/**
* All new revisions once more, from the state that was kept before the first of them, as the tool's own command applies
* what is pending: what works for each alone may not work in one transaction or one session.
* @param after the catalog behind the last, when each was applied by itself
*/
async function upgradeAtOnce({ stage, plan, tally }, after) {
	const { replayed } = plan;
	const last = replayed.at(-1);
	if (stage.atOnce === void 0 || last === void 0) return;
	const { manner, remedy, upgrade } = stage.atOnce;
	const told = (found, revision) => {
		const finding = plan.weigh ? plan.weigh(found) : found;
		if (finding?.severity === "error") fail(tally, "upgrade", revision, finding);
		else if (finding) tally.findings.push(finding);
	};
	plan.onProgress?.(`all ${replayed.length} at once`);
	await stage.restore("kept");
	for (const { id } of replayed) await plan.earlySample?.(id);
	const outcome = await timed(tally, "upgrade", void 0, () => upgrade(ids$1(replayed)));
	if (outcome.kind === "failed") {
		const { failure } = outcome;
		return told(upgradeAtOnceFails(failure, revisionNamed(plan, failure.revision), replayed, {
			manner,
			remedy
		}), failure.revision);
	}
	const differences = relevantDifferences(after, await stage.snapshot());
	if (differences.length === 0) return;
	told(upgradeAtOnceDiffers(differences, last, replayed, {
		manner,
		remedy
	}), last.id);
}

/** `lock_not_available`, `query_canceled` and `deadlock_detected`. */
const timedOut = /* @__PURE__ */ new Set([
	lockNotAvailable,
	queryCanceled,
	"40P01"
]);
/** The tables that an application could be using while this revision locks them: those that were there at the start. */
function tablesInUse({ plan, stage, start }, { id }, direction) {
	if (plan.probesOutage === false) return [];
	return stage.blockedTables(id, direction).filter((name) => ["table", "materialized view"].some((kind) => start.objects.has(`${kind} ${name}`)));
}
/** Upgrades a revision, and shows what stops while it waits for somebody who is on its tables. */
function upgradeBesideOthers(walk, revision) {
	const { stage } = walk;
	return besideOthers(walk, revision, "up", () => {
		stage.afresh(revision.id);
		return stage.upgrade([revision.id]);
	});
}
/**
* Takes a revision back and forth once more, where its way back locks tables in use, and shows what stops meanwhile. Both
* steps have worked before.
* @returns why the way back does not work twice, where it does not
* @throws ReplayEnded when it does not get to where it was
*/
async function downgradeBesideOthers(walk, revision) {
	const { stage, tally } = walk;
	if (tablesInUse(walk, revision, "down").length === 0) return void 0;
	const again = () => stage.downgrade([revision.id]);
	const down = await timed(tally, "downgrade", revision, () => besideOthers(walk, revision, "down", again));
	if (down.kind === "failed") return down.failure;
	await upgradeAll(walk, [revision]);
}
/** @param again takes the step with nobody there: its own time limit struck while it waited for us */
async function besideOthers(walk, revision, direction, again) {
	const { stage, tally } = walk;
	const tables = tablesInUse(walk, revision, direction);
	if (tables.length === 0) return direction === "up" ? stage.upgrade([revision.id]) : stage.downgrade([revision.id]);
	const { outcome, stalls } = await stage.parked(revision.id, direction, tables);
	tally.stalls.push(...stalls);
	return outcome.kind === "failed" && timedOut.has(outcome.failure.sqlState ?? "") ? again() : outcome;
}

/** One more upgrade of a revision that was taken back, in these surroundings or in the usual ones. */
async function upgradeAgain({ stage, tally }, revision, surroundings, upgrade = () => stage.upgrade([revision.id])) {
	let sent = [];
	const outcome = await timed(tally, "reupgrade", revision, async () => {
		const repeated = await stage.again(surroundings, revision.id, upgrade);
		sent = repeated.sent;
		return repeated.outcome;
	});
	return {
		sent,
		...outcome.kind === "failed" && { failure: outcome.failure }
	};
}
/** How an upgrade was other than the first; nothing when it was the same. @param after the catalog behind the first */
async function deviationOf({ stage, plan }, revision, after, { failure, sent }) {
	if (failure) return {
		kind: "fails",
		failure
	};
	const differences = relevantDifferences(after, await stage.snapshot());
	if (differences.length > 0) return {
		kind: "catalog",
		differences
	};
	const first = stage.sentFirst(revision.id);
	const difference = plan.rowsDecide?.has(revision.id) ? sentDifference(first.filter(isSteady), sent.filter(isSteady)) : sentDifference(first, sent);
	return difference && {
		kind: "sent",
		...difference
	};
}
/** What comes once, whatever rows there are. */
const isSteady = (sql) => !isAboutRows(sql);

/** Each trial may have to load the project once more; what is found in many revisions has its cause in the first few. */
const mostTraced = 3;
/**
* Tries what of the surroundings is at fault, one thing after the other. Leaves the revision applied.
* @param after the catalog behind the first upgrade
* @param all what the upgrade that differed found around it
* @param deviation how it differed
* @param back takes the revision back that was applied in these surroundings
*/
async function findCause(walk, revision, after, { surroundings: all, deviation }, back) {
	const none = /* @__PURE__ */ new Map();
	const trials = [
		...all.settings.size > 0 ? [{
			settings: all.settings,
			variables: none
		}] : [],
		...all.daysAhead === void 0 ? [] : [{
			...unchanged,
			daysAhead: all.daysAhead
		}],
		...[...all.variables].map((variable) => ({
			settings: none,
			variables: new Map([variable])
		}))
	];
	const traced = walk.tally.findings.filter(({ ruleId }) => ruleId === "plan-not-deterministic").length;
	if (trials.length < 2 || traced >= mostTraced) return {
		surroundings: all,
		deviation
	};
	const guilty = [];
	for (const trial of trials) {
		await back(unchanged);
		const again = await upgradeAgain(walk, revision, trial);
		const found = await deviationOf(walk, revision, after, again);
		if (!found) continue;
		guilty.push({
			surroundings: trial,
			deviation: found
		});
		if (!again.failure) await back(trial);
		await upgradeAll(walk, [revision]);
	}
	const [first, ...others] = guilty;
	if (first === void 0) return {
		surroundings: all,
		deviation
	};
	if (others.length === 0) return first;
	return {
		surroundings: {
			settings: guilty.find(({ surroundings }) => surroundings.settings.size > 0)?.surroundings.settings ?? none,
			variables: new Map(guilty.flatMap(({ surroundings }) => [...surroundings.variables])),
			...optional("daysAhead", guilty.find(({ surroundings }) => surroundings.daysAhead)?.surroundings.daysAhead)
		},
		deviation
	};
}

/**
* Takes an upgraded revision down and up again.
* @param before the catalog before its upgrade
* @param reading the catalog behind it, which may still be read
* @returns whether the database is where it was; what kept it from getting there is in the tally
*/
async function backAndForth(walk, revision, before, reading) {
	const { stage, tally } = walk;
	const refused = (phase, finding) => {
		fail(tally, phase, revision.id, finding);
		return false;
	};
	let made = Promise.resolve([]);
	let renamed = false;
	const down = await timed(tally, "downgrade", revision, async () => {
		const taken = await stage.back(revision.id);
		made = taken.madeEmpty;
		renamed = taken.renamed;
		return taken.outcome;
	});
	const after = await reading;
	if (down.kind === "failed") return refused("downgrade", downgradeFails(down.failure, revision));
	tally.done.downgrade++;
	tally.findings.push(...stepWarnings(down.warnings, revision, "down"));
	const readingBack = stage.snapshot();
	const surroundings = await stage.otherSurroundings();
	const second = await upgradeAgain(walk, revision, surroundings, () => upgradeBesideOthers(walk, revision));
	const [madeEmpty, back] = [await made, await readingBack];
	const notRestored = relevantDifferences(before, back);
	const kept = renamed ? [before, back] : [
		before,
		after,
		back
	];
	const lost = madeEmpty.filter((key) => kept.every(({ objects }) => objects.has(key)));
	if (lost.length > 0) tally.findings.push(downgradeLosesRows(lost, revision));
	if (notRestored.length > 0) {
		const consequence = second.failure;
		if (consequence) tally.failures.reupgrade.push(revision.id);
		const left = relevantDifferences(after, back);
		return refused("downgrade", downgradeDiffers(notRestored, left, revision, consequence));
	}
	const deviation = await deviationOf(walk, revision, after, second);
	if (deviation !== void 0) {
		const back = (from) => timed(tally, "downgrade", revision, async () => {
			const taken = await stage.downgrade([revision.id]);
			return taken.kind === "failed" ? stage.backIn(from, revision.id) : taken;
		});
		const undone = deviation.kind === "fails" ? void 0 : await back(surroundings);
		if (undone?.kind === "failed") {
			tally.findings.push(planDiffers(revision, deviation, surroundings));
			return refused("downgrade", downgradeFails(undone.failure, revision));
		}
		const third = await upgradeAgain(walk, revision, void 0);
		const lasting = await deviationOf(walk, revision, after, third);
		if (lasting?.kind === "fails") return refused("reupgrade", reupgradeFails(lasting.failure, revision));
		if (lasting?.kind === "catalog") return refused("reupgrade", reupgradeDiffers(lasting.differences, revision));
		if (lasting === void 0) {
			const cause = await findCause(walk, revision, after, {
				surroundings,
				deviation
			}, back);
			tally.findings.push(planDiffers(revision, cause.deviation, cause.surroundings));
		} else if (sentDifference(second.sent, third.sent) !== void 0) tally.findings.push(planDiffers(revision, lasting, void 0));
	}
	tally.done.reupgrade++;
	const failure = await downgradeBesideOthers(walk, revision);
	return failure === void 0 || refused("downgrade", downgradeFails(failure, revision));
}

/**
* The checks that a replay comes to.
* @param ended why it ended before its time, where it did
*/
function conclude(plan, tally, ended) {
	const { earlier, replayed } = plan;
	const backable = replayed.filter(({ id, downgrade }) => downgrade !== "unsupported" && !plan.oneWay.has(id));
	const nothing = backable.length > 0 ? void 0 : nothingToReplay(plan);
	const checkOf = (id) => {
		const durationMs = Math.round(tally.durationMs[id]);
		const not = (status, reason) => ({
			id,
			status,
			reason,
			durationMs
		});
		if (tally.failures[id].length > 0) return not("failed", revisionsNamed(tally.failures[id]) || "it did not end in time");
		if (ended !== void 0) return not("skipped", `not finished: ${ended}`);
		if (nothing !== void 0 && (id !== "upgrade" || earlier.length + replayed.length === 0)) return not("skipped", nothing);
		if (id === "reupgrade" && tally.done.reupgrade < backable.length) return not("skipped", "a downgrade failed, so there was nothing to upgrade again");
		return {
			id,
			status: "passed",
			durationMs
		};
	};
	return [
		"upgrade",
		"downgrade",
		"reupgrade"
	].map(checkOf);
}
/** Why no revision can be taken back and applied again. */
function nothingToReplay({ replayed, startsBehind, forwardOnly }) {
	if (replayed.length === 0) return startsBehind ? "no revision comes after the schema that the project starts from (`start:` in headgate.yml)" : "no revision is new; use --replay all to take every revision up, down and up again";
	return replayed.every(({ downgrade }) => downgrade === "unsupported") ? forwardOnly : "every new revision is declared one-way";
}
const shownIds = 12;
const revisionsNamed = (ids) => {
	const distinct = new Set(ids.filter((id) => id !== void 0 && id !== ""));
	return listed$1([...distinct].map((id) => `\`${id}\``), shownIds);
};

/**
* What nothing leads back from is applied once more to the remembered state, in other surroundings.
* @param steps what was applied to that state, in order
*/
async function applyForwardOnlyAgain(walk, steps) {
	const { stage, plan, tally } = walk;
	if (!steps.some(({ forwardOnly }) => forwardOnly)) return;
	plan.onProgress?.("what has no way back, once more");
	const surroundings = await stage.otherSurroundings();
	await stage.restore();
	for (const [index, { revision, after, forwardOnly }] of steps.entries()) {
		if (!forwardOnly) {
			await upgradeAll(walk, [revision]);
			continue;
		}
		const second = await upgradeAgain(walk, revision, surroundings);
		const deviation = await deviationOf(walk, revision, after, second);
		if (deviation === void 0) continue;
		const back = async () => {
			await stage.restore();
			await upgradeAll(walk, steps.slice(0, index).map((step) => step.revision));
		};
		await back();
		const third = await upgradeAgain(walk, revision, void 0);
		const lasting = await deviationOf(walk, revision, after, third);
		if (lasting) {
			tally.findings.push(planDiffers(revision, lasting, void 0));
			if (lasting.kind === "fails") return;
			continue;
		}
		const cause = await findCause(walk, revision, after, {
			surroundings,
			deviation
		}, back);
		tally.findings.push(planDiffers(revision, cause.deviation, cause.surroundings));
	}
}

/**
* All of these revisions down in one go and up again: what a release of several is taken back by.
* @param before the catalog before the first
* @param after the catalog behind the last
*/
async function wholeRange({ stage, plan, tally }, range, before, after) {
	const last = range.at(-1);
	if (last === void 0 || range.length < 2) return;
	plan.onProgress?.(`all ${range.length} down and up again`);
	const named = ({ revision }) => revisionNamed(plan, revision);
	const down = await timed(tally, "downgrade", void 0, () => stage.rangeDown(ids$1(range)));
	if (down.kind === "failed") {
		const { failure } = down;
		return fail(tally, "downgrade", failure.revision, downgradeFails(failure, named(failure), range));
	}
	const notRestored = relevantDifferences(before, await stage.snapshot());
	if (notRestored.length > 0) return fail(tally, "downgrade", last.id, downgradeDiffers(notRestored, [], last, void 0, range));
	const again = await timed(tally, "reupgrade", void 0, () => stage.rangeUp(ids$1(range)));
	if (again.kind === "failed") {
		const { failure } = again;
		return fail(tally, "reupgrade", failure.revision, reupgradeFails(failure, named(failure), range));
	}
	const differences = relevantDifferences(after, await stage.snapshot());
	if (differences.length > 0) fail(tally, "reupgrade", last.id, reupgradeDiffers(differences, last, range));
}

/**
* Brings the database to where the new revisions start, takes each new revision up, down and up again, then all of them
* down and up once more, and at last as the tool's own command applies what is pending, and compares the catalog at every
* step. A downgrade that fails or differs is reported, and the replay goes on from a clean copy, so that one bad revision
* does not hide the next.
*/
async function replay(stage, plan) {
	const tally = emptyTally();
	let ended;
	/** The catalogs before and behind each: `states[n]` is that before revision `n`. */
	const states = [];
	try {
		plan.onProgress?.(`applying ${plan.earlier.length} earlier revisions`);
		await upgradeAll({
			stage,
			plan,
			tally
		}, plan.earlier, stage.noted);
		if (plan.replayed.length > 0) await stage.checkpoint();
		const start = await stage.snapshot();
		states.push(start);
		if (plan.replayed.length > 0) await takeEach({
			stage,
			plan,
			tally,
			start
		}, states);
	} catch (error) {
		if (!(error instanceof ReplayEnded)) throw error;
		ended = error.message;
	}
	const [start, ...after] = states;
	const catalogs = start && after.length > 0 && after.length === plan.replayed.length ? {
		start,
		after
	} : void 0;
	return {
		checks: conclude(plan, tally, ended),
		findings: tally.findings,
		stalls: tally.stalls,
		...optional("catalogs", catalogs)
	};
}
/** Takes each new revision up, down and up, then all of them together. Adds the catalog behind each to `states`. */
async function takeEach(walk, states) {
	const { stage, plan, tally, start } = walk;
	const { replayed } = plan;
	const forwardOnly = /* @__PURE__ */ new Set();
	/** How many revisions the remembered state has. */
	let remembered = 0;
	/** The first revision from which on each can be taken back. */
	let backableFrom = 0;
	/** Whether every way back led back. */
	let sound = true;
	let current = start;
	const remember = async (count) => {
		await stage.checkpoint();
		remembered = count;
	};
	if (runsAtOnce(walk)) await stage.keep();
	for (const [index, revision] of replayed.entries()) {
		plan.onProgress?.(`${revision.id} up, down, up (${index + 1} of ${replayed.length})`);
		const before = current;
		await upgradeFirst(walk, revision);
		const reading = stage.snapshot().then((catalog) => {
			states.push(catalog);
			return catalog;
		});
		reading.catch(() => {});
		let reached = reading;
		const reason = plan.oneWay.get(revision.id);
		if (reason !== void 0) tally.findings.push(oneWay(revision, reason));
		if (reason !== void 0 || revision.downgrade === "unsupported") {
			backableFrom = index + 1;
			forwardOnly.add(revision);
			if (tablesInUse(walk, revision, "up").length > 0) {
				await stage.restore();
				await upgradeAll(walk, replayed.slice(remembered, index));
				await upgradeAll(walk, [revision], () => upgradeBesideOthers(walk, revision));
				await remember(index + 1);
			}
		} else if (!await backAndForth(walk, revision, before, reading)) {
			sound = false;
			await stage.restore();
			await upgradeAll(walk, replayed.slice(remembered, index + 1));
			await remember(index + 1);
			reached = stage.snapshot();
		}
		current = await reached;
	}
	if (sound) {
		await wholeRange(walk, replayed.slice(backableFrom), states[backableFrom], current);
		const steps = replayed.map((revision, index) => ({
			revision,
			after: states[index + 1],
			forwardOnly: forwardOnly.has(revision)
		}));
		await applyForwardOnlyAgain(walk, steps.slice(remembered, backableFrom));
	}
	const { untried } = await stage.otherSurroundings();
	if (untried !== void 0) tally.findings.push(processNotVaried(untried));
	if (runsAtOnce(walk)) await upgradeAtOnce(walk, current);
}
/** The first upgrade of a revision. @throws ReplayEnded when it fails */
async function upgradeFirst({ stage, plan, tally }, revision) {
	await plan.sample?.(revision.id);
	const up = await timed(tally, "upgrade", revision, () => stage.recorded(revision.id, "up"));
	if (up.kind === "failed") {
		fail(tally, "upgrade", revision.id, upgradeFails(up.failure, revision));
		throw new ReplayEnded(`\`${revision.id}\` could not be applied`);
	}
	tally.done.upgrade++;
	tally.findings.push(...stepWarnings(up.warnings, revision, "up"));
}

/**
* Replays the revisions of a project that are new, or that were asked for, behind those that come before them.
* @throws UsageError when the range names what is not there
* @throws ConfigurationError when the project starts at a revision that does not exist
*/
async function replayProject(project, { files, configuration }, { ordered, newIds }, { session, stage, database, range: named, otherProcess = true, weighing, onProgress }) {
	const chosen = named === void 0 ? void 0 : revisionsIn(named, ordered);
	const needed = chosen && withAncestors(chosen, ordered);
	const isNeeded = ({ id }) => needed === void 0 || needed.has(id);
	const isAsked = ({ id }) => chosen ? chosen.has(id) : configuration.replay === "all" || newIds.has(id);
	const cut = cutHistory(ordered, project, isAsked);
	const earlier = cut.earlier.filter(isNeeded);
	const examined = cut.replayed.filter(isNeeded);
	const known = new Set(ordered.map(({ id }) => id));
	for (const id of Object.keys(project.samples ?? {})) if (!known.has(id)) throw new ConfigurationError(`The configuration has samples for \`${id}\`, but the project ${project.name} has no such revision. Correct \`samples\`.`);
	const oneWay = oneWayDeclarations(files, project, examined, ordered);
	const repeats = examined.flatMap((revision) => {
		const declared = declarationIn(files, revision.file, "repeat");
		return declared === void 0 ? [] : [repeatFinding(revision, declared)];
	});
	if (examined.length > 0 && otherProcess) stage.expectOthers(examined.filter(({ file }) => files.exists(file)).map(({ file }) => Buffer.from(files.bytes(file)).toString("latin1")));
	const covered = newIds.size < ordered.length ? cut.stamped.filter(({ id }) => newIds.has(id)) : [];
	if (cut.stamped.length > 0) await session.stamp(cut.stamped.map(({ id }) => id));
	const sample = (revision) => runSample(database, files, project, revision);
	const result = await replay(stage, {
		earlier,
		replayed: examined,
		startsBehind: cut.stamped.some(({ id }) => (chosen ?? newIds).has(id)),
		oneWay: oneWay.reasons,
		sample,
		earlySample: (revision) => sample(revision).catch((error) => {
			if (!(error instanceof ConfigurationError)) throw error;
		}),
		atOnce: weighing.isAsked(["upgrade-at-once-fails", "upgrade-at-once-differs"], examined),
		rowsDecide: new Set(repeats.flatMap(({ ruleId, revision }) => ruleId === "rows-decide" && revision ? [revision] : [])),
		forwardOnly: `${project.layout ?? project.tool} migrations have no way back: the tool is forward only`,
		probesOutage: configuration["outage-probe"],
		weigh: weighing.weigh,
		onProgress
	});
	return {
		...result,
		findings: [
			...covered.map(startCoversNew),
			...oneWay.findings,
			...repeats,
			...result.findings
		],
		applied: [...earlier, ...examined],
		examined,
		asked: new Set(examined.filter(isAsked).map(({ id }) => id))
	};
}
/** `start:` can be part of the change that it would keep from being examined. */
const startCoversNew = (revision) => replayFinding("start-covers-new", revision, "up", {
	message: `This change brings \`${revision.id}\`, and the schema that the project starts from (\`start:\` in headgate.yml) is said to hold it already: it is not examined.`,
	help: "Let `start:` name a revision that the base branch has."
});

/** Nothing is said. */
const defaultRuleSettings = {
	rules: {},
	overrides: [],
	allow: []
};
/** The overrides that concern a file, what comes later last. */
const overridesFor = ({ overrides }, file) => overrides.filter(({ paths }) => covers(paths, file));
/** What a rule weighs where these overrides count; `undefined` where the configuration leaves that to the rule. */
function settingFor({ rules }, overrides, ruleId) {
	return overrides.findLast((override) => override.rules[ruleId] !== void 0)?.rules[ruleId] ?? rules[ruleId];
}
/** The entries of the configuration that allow something in a file. */
const allowedIn = ({ allow }, file) => allow.filter(({ paths }) => covers(paths, file));
/** Whether one entry names files one by one. */
const namesFiles = ({ paths }) => !paths.some((path) => /[*?[{]/.test(path));
const covers = (paths, file) => paths.some((path) => path === file || posix.matchesGlob(file, path));

/** Weighs nothing yet. */
function weighing(policy) {
	const off = new Set(weighableFindings.filter((id) => policy.rules[id] === "off"));
	const weighable = new Set(weighableFindings);
	const settingOf = ({ ruleId, file = "" }) => weighable.has(ruleId) ? settingFor(policy, overridesFor(policy, file), ruleId) : void 0;
	return {
		isAsked([ruleId, ...others], revisions) {
			if (revisions.length === 0 || revisions.some(({ file }) => settingOf({
				ruleId,
				file
			}) !== "off")) return true;
			for (const id of [ruleId, ...others]) off.add(id);
			return false;
		},
		weigh(finding) {
			const setting = settingOf(finding);
			if (setting === void 0) return finding;
			if (setting !== "off") return {
				...finding,
				severity: setting
			};
			off.add(finding.ruleId);
		},
		off: () => [...off]
	};
}

/**
* What was recorded of each revision, as anybody may see it: once the plan is sealed, passwords are of no use to anyone, nor are
* digests of values, from which short ones could be guessed.
*/
const asShown = (recorded) => new Map([...recorded].map(([id, { up, down, offline }]) => [id, {
	...up && { up: up.map(shownStatement) },
	...down !== void 0 && { down: down && down.map(shownStatement) },
	...offline && { offline: {
		...offline.up && { up: shownScript(offline.up) },
		...offline.down && { down: shownScript(offline.down) }
	} }
}]));
function shownStatement({ values: _values, result: _result, ...statement }) {
	const sql = withoutPasswords(statement.sql);
	if (sql === statement.sql) return statement;
	const { position: _, ...rest } = statement;
	return {
		...rest,
		sql
	};
}
const shownScript = (script) => script.kind === "unavailable" ? script : {
	...script,
	sql: withoutPasswords(script.sql)
};

/** The majors of PostgreSQL that Headgate knows, ascending. */
const supportedMajors = [
	14,
	15,
	16,
	17,
	18
];

/** The allowances of a configuration, which all its histories share, none of them used yet. */
function configuredAllowances(policy) {
	const used = /* @__PURE__ */ new Map();
	return {
		in(file) {
			const entries = allowedIn(policy, file);
			for (const entry of entries) used.set(entry, used.get(entry) ?? false);
			return (ruleId) => {
				const entry = entries.find(({ rule }) => rule === ruleId);
				if (entry) used.set(entry, true);
				return entry;
			};
		},
		unused: (all) => policy.allow.flatMap((entry) => used.get(entry) || !(all || used.has(entry) && namesFiles(entry)) ? [] : [{
			ruleId: "unused-allowance",
			severity: "warning",
			title: "An allowance allows nothing",
			message: `The configuration allows ${entry.rule} in ${entry.paths.join(", ")}, and nothing there does what it reports.`,
			help: "Remove the entry under `allow`."
		}])
	};
}

const bits$1 = 5;
const depth = 3;
/** A map without keys. */
function emptyMap() {
	return fromTree([]);
}
function fromTree(root) {
	const get = (key) => {
		const leaf = leafOf(root, hashOf(key));
		const at = leaf ? positionOf(leaf, key) : -1;
		return at === -1 ? void 0 : leaf?.[at + 1];
	};
	return {
		get,
		has: (key) => get(key) !== void 0,
		set: (key, value) => fromTree(changed$3(root, hashOf(key), 0, (leaf) => withEntry(leaf, key, value))),
		delete: (key) => fromTree(get(key) === void 0 ? root : changed$3(root, hashOf(key), 0, (leaf) => withoutEntry(leaf, key))),
		values: () => valuesOf(root, 0, [])
	};
}
function leafOf(root, hash) {
	let node = root;
	for (let level = 0; level < depth && node; level += 1) node = node[slot(hash, level)];
	return node;
}
function positionOf(leaf, key) {
	for (let index = 0; index < leaf.length; index += 2) if (leaf[index] === key) return index;
	return -1;
}
function withEntry(leaf, key, value) {
	const at = positionOf(leaf, key);
	return at === -1 ? [
		...leaf,
		key,
		value
	] : leaf.with(at + 1, value);
}
const withoutEntry = (leaf, key) => leaf.toSpliced(positionOf(leaf, key), 2);
function changed$3(tree, hash, level, change) {
	const index = slot(hash, level);
	const copy = tree.slice();
	const child = tree[index];
	copy[index] = level < 2 ? changed$3(child ?? [], hash, level + 1, change) : change(child ?? []);
	return copy;
}
function valuesOf(tree, level, found) {
	for (const child of tree) if (child && level < 2) valuesOf(child, level + 1, found);
	else if (child) for (let index = 1; index < child.length; index += 2) found.push(child[index]);
	return found;
}
const slot = (hash, level) => hash >>> level * bits$1 & 31;
function hashOf(key) {
	let hash = 0;
	for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash, 31) + key.charCodeAt(index) | 0;
	return hash ^ hash >>> 15;
}

/** Nothing known. */
const emptySchema = {
	relations: emptyMap(),
	types: emptyMap(),
	routines: emptyMap(),
	schemas: emptyMap()
};
/** The name under which things are kept and reported: `public.orders`. */
const qualified = (schema, name) => `${schema}.${name}`;
/** The table of that qualified name, if it is known and a table. */
function tableNamed(schema, name) {
	const relation = schema.relations.get(name);
	return relation?.kind === "table" ? relation : void 0;
}
/** Whether a table has that column for certain: what may not have run, and `IF NOT EXISTS` of the whole table, prove nothing. */
function surelyHas({ columns, created }, name) {
	const column = columns.find((candidate) => candidate.name === name);
	const by = column && (column.added ?? created);
	return by !== void 0 && !Number.isNaN(by.migration);
}
/** Whether a table has no such column for certain, because all that it has were read. */
const surelyLacks = ({ columns, complete, created }, name) => complete && created !== void 0 && !columns.some((candidate) => candidate.name === name);
/** Whether rows of no other partition have one to go to; PostgreSQL then refuses to detach any with CONCURRENTLY. */
const hasDefaultPartition = (schema, table) => tableNamed(schema, table)?.children.some((child) => tableNamed(schema, child)?.isDefaultPartition) ?? false;
/** The index of that qualified name, if it is known and an index. */
function indexNamed(schema, name) {
	const relation = schema.relations.get(name);
	return relation?.kind === "index" ? relation : void 0;
}
/** A table and all its partitions and inheriting tables below it; itself first. */
function withDescendants(schema, name) {
	if (!tableNamed(schema, name)?.children.length) return [name];
	const found = /* @__PURE__ */ new Set([name]);
	for (const each of found) for (const child of tableNamed(schema, each)?.children ?? []) found.add(child);
	return [...found];
}
/** The indexes of a table that have the column as a key. */
function indexesOn(schema, { indexes }, column) {
	return indexes.filter((index) => indexNamed(schema, index)?.columns.includes(column));
}

/** Words that are no name without quotes, in some position or other. */
const reserved = new Set(`all analyse analyze and any array as asc asymmetric authorization between binary both case cast check collate collation column
  concurrently constraint create cross current_catalog current_date current_role current_schema current_time current_timestamp
  current_user default deferrable desc distinct do else end except exists false fetch for foreign freeze from full grant group having
  ilike in initially inner intersect into is isnull join lateral leading left like limit localtime localtimestamp natural not notnull
  null offset on only or order outer overlaps placing primary references returning right select session_user setof similar some
  symmetric system_user table tablesample then to trailing true union unique user using values variadic verbose when where window with`.split(/\s+/));
/** A name as a person would write it in SQL: in double quotes only where it needs them. */
function identifierText(name) {
	return /^[a-z_][a-z0-9_$]*$/.test(name) && !reserved.has(name) ? name : quoteIdentifier(name);
}

/** PostgreSQL's default, for a role that has no schema of its own name. */
const defaultSearchPath = ["public"];
/** The qualified name a relation is known by: where it is found along the path, else where it would be created. */
function relationName(schema, path, { schemaname, relname = "", relpersistence }) {
	if (schemaname !== void 0) return qualified(schemaname, relname);
	if (relpersistence === "t") return qualified("pg_temp", relname);
	return lookUp(path, relname, (name) => schema.relations.has(name));
}
/** The qualified name that a new relation gets. */
function newRelationName(path, { schemaname, relname = "", relpersistence }) {
	return qualified(relpersistence === "t" ? "pg_temp" : schemaname ?? path[0] ?? "public", relname);
}
/** The qualified name for the parts of a name, of a relation that exists. */
function relationNameOf(schema, path, parts) {
	const relname = parts.at(-1) ?? "";
	return relationName(schema, path, parts.length > 1 ? {
		schemaname: parts.at(-2),
		relname
	} : { relname });
}
/** The qualified name of a type or routine in a map of them, by its parts. */
function objectNameOf(objects, path, parts) {
	const name = parts.at(-1) ?? "";
	const schema = parts.at(-2);
	return schema === void 0 ? lookUp(path, name, (candidate) => objects.has(candidate)) : qualified(schema, name);
}
function lookUp(path, name, exists) {
	const temporary = qualified("pg_temp", name);
	if (exists(temporary)) return temporary;
	const schema = path.find((each) => exists(qualified(each, name)));
	return qualified(schema ?? path[0] ?? "public", name);
}
const catalogSchema = "pg_catalog";
const serials = {
	serial: "int4",
	serial4: "int4",
	bigserial: "int8",
	serial8: "int8",
	smallserial: "int2",
	serial2: "int2"
};
const aliases = {
	int: "int4",
	integer: "int4",
	bigint: "int8",
	smallint: "int2"
};
/** The type as the model keeps it; `serial` is the integer that it stands for. */
function columnType(typeName) {
	const parts = nameParts(typeName.names);
	const name = parts.at(-1) ?? "";
	const schema = parts.length > 1 && parts.at(-2) !== catalogSchema ? parts.at(-2) : void 0;
	return {
		...schema === void 0 ? {} : { schema },
		name: schema === void 0 ? serials[name] ?? aliases[name] ?? name : name,
		modifiers: (typeName.typmods ?? []).flatMap((modifier) => integer(modifier) ?? []),
		array: (typeName.arrayBounds ?? []).length > 0
	};
}
/** Whether a column of this type is one of the `serial` shorthands: an integer with a sequence as its default. */
function isSerial(typeName) {
	const parts = nameParts(typeName?.names);
	return parts.length === 1 && (parts[0] ?? "") in serials;
}
function integer(node) {
	return "A_Const" in node && node.A_Const.ival ? node.A_Const.ival.ival ?? 0 : void 0;
}
/** A type as SQL writes it: `numeric(10,2)`. */
function typeText({ schema, name, modifiers, array }) {
	return `${schema === void 0 ? spellings[name] ?? identifierText(name) : `${identifierText(schema)}.${identifierText(name)}`}${modifiers.length > 0 ? `(${modifiers.join(",")})` : ""}${array ? "[]" : ""}`;
}
const spellings = {
	int2: "smallint",
	int4: "integer",
	int8: "bigint",
	float4: "real",
	float8: "double precision",
	bool: "boolean",
	bpchar: "char"
};

/** The kinds of statements that may change settings. */
const settingStatements = [
	"VariableSetStmt",
	"DiscardStmt",
	"SelectStmt"
];
/** The changes that `SET`, `RESET`, `DISCARD ALL` and `set_config()` make. */
function settingChanges(node) {
	if ("VariableSetStmt" in node) {
		const { kind, name: written = "", args, is_local: local = false } = node.VariableSetStmt;
		const name = written.toLowerCase();
		if (kind === "VAR_RESET_ALL") return [{ kind: "reset all" }];
		if (kind === "VAR_RESET" || kind === "VAR_SET_DEFAULT") return [{
			kind: "reset",
			name,
			local
		}];
		if (kind !== "VAR_SET_VALUE") return [];
		return [{
			kind: "set",
			name,
			value: (args ?? []).map((argument) => constantText(argument) ?? "").join(", "),
			local
		}];
	}
	if ("DiscardStmt" in node) return node.DiscardStmt.target === "DISCARD_ALL" ? [{ kind: "reset all" }] : [];
	if (!("SelectStmt" in node)) return [];
	const changes = [];
	for (const inner of nodesOf(node)) {
		const call = inner["FuncCall"];
		if (nameParts(call?.funcname).at(-1) !== "set_config") continue;
		const [name, value, local] = (call?.args ?? []).map((argument) => constantText(argument));
		if (name !== void 0 && value !== void 0) changes.push({
			kind: "set",
			name: name.toLowerCase(),
			value,
			local: local === "true" || local === "t"
		});
	}
	return changes;
}
/** The settings after a change; `initial` is what `RESET` goes back to. */
function withChange(settings, change, initial) {
	if (change.kind === "reset all") return initial;
	if (change.kind === "set") return {
		...settings,
		[change.name]: change.value
	};
	const { [change.name]: _, ...rest } = settings;
	const first = initial[change.name];
	return first === void 0 ? rest : {
		...rest,
		[change.name]: first
	};
}
/** The schemas of a `search_path`, without `"$user"`, which is the schema of no application. */
function searchPathOf(settings) {
	const value = settings["search_path"];
	if (value === void 0) return defaultSearchPath;
	return value.split(",").map((part) => part.trim().replace(/^"(.*)"$/, "$1")).filter((part) => part !== "" && part !== "$user");
}
const unitsMs = {
	us: .001,
	ms: 1,
	s: 1e3,
	min: 6e4,
	h: 36e5,
	d: 864e5
};
/** How PostgreSQL writes a time: https://www.postgresql.org/docs/18/config-setting.html#CONFIG-SETTING-NAMES-VALUES */
const time = /^\s*\+?(0x[\da-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(us|ms|s|min|h|d)?\s*$/i;
/** The largest that PostgreSQL takes. */
const longestMs$1 = 2147483647;
/** A time setting in milliseconds, the unit it has without one; `undefined` when it is not set, or PostgreSQL refuses it. */
function settingMs(settings, name) {
	const value = settings[name];
	const [, number, unit = "ms"] = (value === void 0 ? void 0 : time.exec(value)) ?? [];
	const ms = Math.round(Number(number) * (unitsMs[unit] ?? NaN));
	return ms <= longestMs$1 ? ms : void 0;
}
/** The settings without one of them. */
function without$1(settings, name) {
	const { [name]: _, ...rest } = settings;
	return rest;
}

/** A new connection; `initial` are the settings it begins with. */
function openSession(initial = {}) {
	return {
		schema: emptySchema,
		initial,
		session: initial,
		local: {},
		transactions: 0,
		migration: 0
	};
}
/** What is in effect now. */
function settingsIn({ session, local }) {
	return Object.keys(local).length === 0 ? session : {
		...session,
		...local
	};
}
/** The session with another `search_path`, unless what it has names the same schemas. */
function withSearchPath(session, path) {
	if (searchPathOf(settingsIn(session)).join() === searchPathOf({ search_path: path }).join()) return session;
	return {
		...session,
		session: {
			...session.session,
			search_path: path
		},
		local: without$1(session.local, "search_path")
	};
}
/** Where the next statement stands. */
function placeIn(session) {
	const settings = settingsIn(session);
	const timeZone = settings["timezone"];
	const path = searchPathOf(settings);
	const exists = (name) => name === "public" || session.schema.schemas.has(name);
	return {
		searchPath: session.complete && path.some(exists) ? path.filter(exists) : path,
		...timeZone === void 0 ? {} : { timeZone },
		migration: session.migration,
		transaction: session.transaction?.id ?? session.transactions,
		complete: session.complete ?? false,
		...optional("unseen", session.unseen),
		...session.newestMajor === void 0 ? {} : { newestMajor: session.newestMajor }
	};
}
/** Begins a transaction; the one that is open stays, as PostgreSQL leaves it. */
function begin(session, kind) {
	if (session.transaction) return kind === "file" && session.transaction.kind === "implicit" ? {
		...session,
		transaction: {
			...session.transaction,
			kind
		}
	} : session;
	return {
		...session,
		transactions: session.transactions + 1,
		transaction: {
			id: session.transactions + 1,
			kind,
			statements: 0,
			held: emptyMap(),
			blocking: [],
			renames: /* @__PURE__ */ new Map(),
			before: {
				schema: session.schema,
				session: session.session
			},
			savepoints: []
		}
	};
}
/** Ends the transaction, if there is one, and keeps what it did. */
function commit(session) {
	const { transaction: _, ...rest } = session;
	return {
		...rest,
		local: {}
	};
}
/** Whether the migration that runs, or the change that it is part of, made something. */
const isOwn = ({ migration, change }, created) => created !== void 0 && (created.migration === migration || (change?.has(created.migration) ?? false));
/** Whether an object belongs to the migration that runs, or to the change that it is part of, so that no application uses it yet. */
function isFresh(session, name) {
	if (name.startsWith("pg_temp.") || session.leaving?.has(name)) return true;
	const relation = session.schema.relations.get(name);
	const fresh = isOwn(session, relation?.created);
	if (relation?.kind !== "index") return fresh;
	return (fresh || (session.leaving?.has(relation.table) ?? false)) && isFresh(session, relation.table);
}

const sql$1 = {
	comment: /^\s*(?:--|\/\*.*\*\/\s*$)/,
	marker: /^\s*(?:--+|\/\*+)\s*headgate\s*:\s*(.*?)\s*(?:\*\/)?$/i,
	trailing: /(?:--|\/\*)\s*headgate\s*:\s*allow\b/i
};
const python$1 = {
	trailing: /#\s*headgate\s*:\s*allow\b/i,
	comment: /^\s*#/,
	marker: /^\s*#+\s*headgate\s*:\s*(.*)$/i,
	body: /^(?:async\s+)?(?:def|class)\s/,
	down: /^\s*(?:async\s+)?def\s+downgrade\b/
};
const script$1 = {
	trailing: /\/[/*]\s*headgate\s*:\s*allow\b/i,
	comment: /^\s*(?:\/\/|\/\*|\*)/,
	marker: /^\s*(?:\/\/+|\/?\*+)\s*headgate\s*:\s*(.*?)\s*(?:\*\/)?$/i,
	body: /\bclass\b.*\{/,
	down: /^\s*(?:override\s+)?(?:async\s+)?down\s*[(=]/
};
const languageOf = (file) => /\.py$/i.test(file) ? python$1 : /\.[cm]?[jt]sx?$/i.test(file) ? script$1 : sql$1;
const allowance = /^allow\s+([A-Za-z0-9-]+)\s*(?::\s*(.*))?$/;
/**
* Finds the allowances of a file: in the comments directly before the statements or operations that begin at certain lines,
* or, in Python and TypeScript, at its top.
* @param linesOf those lines; asked for where there is an allowance
* @param wentDown whether the way back was taken: if not, nothing is said of what is allowed on it
*/
function allowanceComments(file, text, linesOf, isKnown, wentDown = true) {
	const valid = [];
	const invalid = [];
	if (!/headgate\s*:/i.test(text)) return {
		valid,
		invalid
	};
	const lines = linesOf();
	const language = languageOf(file);
	const rows = text.split(/\r\n|\n|\r/);
	const body = language.body ? rows.findIndex((row) => language.body?.test(row)) + 1 : 0;
	const down = wentDown ? -1 : rows.findIndex((row) => language.down?.test(row));
	for (const [index, row] of rows.entries()) {
		const line = index + 1;
		if (down !== -1 && index > down) break;
		const said = language.marker.exec(row)?.[1]?.trim();
		if (said === void 0 && !language.comment.test(row) && language.trailing.test(row.replaceAll(/'[^']*'|"[^"]*"|`[^`]*`/g, ""))) invalid.push({
			line,
			problem: "This allowance stands behind code, where it allows nothing."
		});
		if (said === void 0 || /^(?:one-way|repeat)\b/i.test(said)) continue;
		const [, ruleId, given = ""] = allowance.exec(said) ?? [];
		const reason = given.trim();
		if (ruleId === void 0) invalid.push({
			line,
			problem: `Headgate does not understand this comment: ${said}`
		});
		else if (!isKnown(ruleId)) invalid.push({
			line,
			problem: `There is no rule ${ruleId}.`
		});
		else if (reason === "") invalid.push({
			line,
			problem: `The allowance of ${ruleId} gives no reason.`
		});
		else if (line < body && !lines.has(nextCode(rows, line, language))) valid.push({
			ruleId,
			reason,
			line
		});
		else valid.push({
			ruleId,
			reason,
			line,
			targetLine: nextCode(rows, line, language)
		});
	}
	return {
		valid,
		invalid
	};
}
/** The first line after this one that is neither blank nor a comment; 1-based. */
function nextCode(rows, line, { comment }) {
	let next = line;
	while (next < rows.length && (rows[next]?.trim() === "" || comment.test(rows[next] ?? ""))) next += 1;
	return next + 1;
}

const nobody = {
	tables: 0,
	roles: /* @__PURE__ */ new Map()
};
/** Counts all. */
const countGrants = (relations) => relations.values().reduce((counts, relation) => changed$2(counts, relation, 1), emptyMap());
/** The counts after a relation came, went or changed. */
function recountGrants(counts, before, after) {
	if (before && after && isCounted(before) && isCounted(after) && areAlike(before, after)) return counts;
	return changed$2(changed$2(counts, before, -1), after, 1);
}
/** How the tables of a schema are granted that the migration of one of them did not make. */
function grantsOnOlder({ grantCounts }, table) {
	const all = grantCounts?.get(table.schema) ?? nobody;
	const own = grantCounts?.get(keyOfMigration(table)) ?? nobody;
	const roles = [...all.roles].map(([role, count]) => [role, count - (own.roles.get(role) ?? 0)]);
	return {
		tables: all.tables - own.tables,
		roles: new Map(roles)
	};
}
function changed$2(counts, relation, by) {
	if (!relation || !isCounted(relation)) return counts;
	return [relation.schema, keyOfMigration(relation)].reduce((current, key) => {
		const { tables, roles } = current.get(key) ?? nobody;
		const counted = new Map(roles);
		for (const role of relation.grantees ?? []) counted.set(role, (counted.get(role) ?? 0) + by);
		return current.set(key, {
			tables: tables + by,
			roles: counted
		});
	}, counts);
}
const isCounted = (relation) => relation.kind === "table" && relation.partitionOf === void 0;
const areAlike = (one, other) => one.schema === other.schema && one.grantees === other.grantees && one.created?.migration === other.created?.migration;
/** No schema has a name with this character. */
const keyOfMigration = ({ schema, created }) => `${schema}\0${created?.migration}`;

/** The columns that an expression names, each once. */
function mentionedColumns(expression) {
	const found = /* @__PURE__ */ new Set();
	for (const node of walk(expression)) {
		const fields = node["ColumnRef"]?.fields;
		const name = nameParts(fields).at(-1);
		if (name !== void 0) found.add(name);
	}
	return [...found];
}
/** The functions that an expression calls, without their schemas, each once. */
function calledFunctions(expression) {
	const found = /* @__PURE__ */ new Set();
	for (const node of walk(expression)) {
		const name = nameParts(node["FuncCall"]?.funcname).at(-1);
		if (name !== void 0) found.add(name);
	}
	return [...found];
}
/** Whether an expression is the constant `NULL`. */
function isNull(expression) {
	if (!expression) return true;
	if ("TypeCast" in expression) return isNull(expression.TypeCast.arg);
	return "A_Const" in expression && (expression.A_Const.isnull ?? false);
}
/** Whether a query has a `*` for columns. */
function namesEverything(query) {
	for (const node of walk(query)) if ("A_Star" in node) return true;
	return false;
}

/** `NAMEDATALEN` less its end, in bytes. */
const longest$2 = 63;
/**
* The name that PostgreSQL makes up for an object of a table, unless it is taken: the longer of both parts is cut until all of
* it fits. https://www.postgresql.org/docs/18/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
*/
function objectName(table, columns, label) {
	const whole = [
		table,
		...columns,
		label
	].join("_");
	if (Buffer.byteLength(whole) <= longest$2) return whole;
	const [first, second] = [Buffer.from(table), Buffer.from(columns.join("_"))];
	const room = longest$2 - Buffer.byteLength(label) - 1 - (columns.length > 0 ? 1 : 0);
	let [head, tail] = [first.length, second.length];
	while (head + tail > room) if (head > tail) head -= 1;
	else tail -= 1;
	return [
		clipped(first, head),
		...columns.length > 0 ? [clipped(second, tail)] : [],
		label
	].join("_");
}
/** The same, or the first that a number behind its label makes free. */
function freeObjectName(table, columns, label, isTaken) {
	let name = objectName(table, columns, label);
	for (let number = 1; isTaken(name); number += 1) name = objectName(table, columns, `${label}${number}`);
	return name;
}
/** The first bytes, without a character that is cut in two. */
function clipped(text, bytes) {
	let end = bytes;
	while (end < text.length && ((text[end] ?? 0) & 192) === 128) end -= 1;
	return text.toString("utf8", 0, end);
}

/** A column as its definition says. */
function columnOf$1({ colname = "", typeName, constraints = [], collClause }) {
	const kinds = constraintNodes(constraints);
	const generated = kinds.find(({ contype }) => contype === "CONSTR_GENERATED");
	const identity = kinds.some(({ contype }) => contype === "CONSTR_IDENTITY");
	const collation = nameParts(collClause?.collname).join(".");
	const serial = isSerial(typeName);
	return {
		name: colname,
		...typeName ? { type: columnType(typeName) } : {},
		notNull: identity || serial || kinds.some(({ contype }) => contype === "CONSTR_NOTNULL" || contype === "CONSTR_PRIMARY"),
		hasDefault: serial || kinds.some(({ contype, raw_expr }) => contype === "CONSTR_DEFAULT" && !isNull(raw_expr)),
		...generated ? { generated: generated.generated_kind === "v" ? "virtual" : "stored" } : {},
		identity,
		...serial ? { serial } : {},
		...collation ? { collation } : {}
	};
}
/** The constraints that are written in a column's definition, without `NOT NULL`, which the column itself keeps. */
function inlineConstraints(table, { colname = "", constraints }, resolve) {
	return constraintNodes(constraints).flatMap((node) => {
		const constraint = constraintOf(table, node, resolve(node), [colname]);
		return constraint && constraint.kind !== "not null" ? [constraint] : [];
	});
}
/**
* A constraint as the model keeps it; `undefined` for what is none (defaults, identity).
* `referenced` is the qualified name of the table that a foreign key points to.
*/
function constraintOf(table, node, referenced, inlineColumns) {
	const kind = constraintKinds[node.contype ?? "CONSTR_NULL"];
	if (!kind) return void 0;
	const columns = kind === "check" ? mentionedColumns(node.raw_expr) : kind === "exclude" ? exclusionColumns(node) : inlineColumns ?? nameParts(kind === "foreign key" ? node.fk_attrs : node.keys);
	const bare = table.slice(table.lastIndexOf(".") + 1);
	return {
		name: node.conname ?? defaultName(bare, kind, kind === "check" && !inlineColumns && columns.length !== 1 ? [] : columns),
		kind,
		columns,
		validated: !node.skip_validation && node.initially_valid !== false,
		deferrable: node.deferrable ?? false,
		...node.is_enforced || !canBeIgnored.has(kind) ? {} : { enforced: false },
		...node.raw_expr ? { expression: node.raw_expr } : {},
		...kind === "foreign key" && referenced !== void 0 ? { references: {
			table: referenced,
			columns: nameParts(node.pk_attrs)
		} } : {}
	};
}
const constraintKinds = {
	CONSTR_PRIMARY: "primary key",
	CONSTR_UNIQUE: "unique",
	CONSTR_CHECK: "check",
	CONSTR_FOREIGN: "foreign key",
	CONSTR_EXCLUSION: "exclude",
	CONSTR_NOTNULL: "not null"
};
/** Only these can be `NOT ENFORCED`. */
const canBeIgnored = /* @__PURE__ */ new Set(["check", "foreign key"]);
const suffixes = {
	"primary key": "pkey",
	unique: "key",
	check: "check",
	"foreign key": "fkey",
	exclude: "excl",
	"not null": "not_null"
};
/** The name PostgreSQL gives a constraint that has none, unless it is taken. */
const defaultName = (table, kind, columns) => objectName(table, kind === "primary key" ? [] : columns, suffixes[kind]);
/** The constraint's name, or where that was made up, the first that a number makes free. */
function freeConstraintName(table, { name, kind, columns }, isTaken) {
	const madeOf = [columns, []].find((parts) => objectName(table, parts, suffixes[kind]) === name);
	return madeOf === void 0 ? name : freeObjectName(table, madeOf, suffixes[kind], isTaken);
}
/** Whether a constraint brings an index. */
const isKey = ({ kind }) => kind === "primary key" || kind === "unique" || kind === "exclude";
/** A key as another table gets it that is made like the first, under the name that PostgreSQL makes up for it there. */
const keyFor = (table, key) => ({
	...key,
	name: defaultName(table.slice(table.lastIndexOf(".") + 1), key.kind, key.columns)
});
/** The constraints in a list of nodes; what a column's `NOT ENFORCED` stands behind is not enforced, and reads no row. */
function constraintNodes(nodes) {
	const all = (nodes ?? []).flatMap((node) => "Constraint" in node ? [node.Constraint] : []);
	if (!all.some(({ contype }) => contype === "CONSTR_ATTR_NOT_ENFORCED")) return all;
	return all.map((each, index) => all[index + 1]?.contype === "CONSTR_ATTR_NOT_ENFORCED" ? {
		...each,
		is_enforced: false,
		skip_validation: true
	} : each);
}
/** What `ALTER CONSTRAINT` says of whether a constraint is `ENFORCED`; `undefined` where it says something else. */
function enforcementIn({ def }) {
	const { alterEnforceability, conname = "", is_enforced: isEnforced = false } = def && "ATAlterConstraint" in def ? def.ATAlterConstraint : {};
	return alterEnforceability ? {
		name: conname,
		isEnforced
	} : void 0;
}
function exclusionColumns({ exclusions }) {
	return (exclusions ?? []).flatMap((pair) => {
		const element = "List" in pair ? pair.List.items?.[0] : void 0;
		return element && "IndexElem" in element && element.IndexElem.name ? [element.IndexElem.name] : [];
	});
}
/** A table of which nothing is known but its name. */
function unknownTable(schema, name) {
	return {
		kind: "table",
		schema,
		name,
		variety: "ordinary",
		temporary: false,
		unlogged: false,
		complete: false,
		columns: [],
		constraints: [],
		isDefaultPartition: false,
		inherits: [],
		children: [],
		referencedBy: [],
		indexes: [],
		triggers: [],
		rowSecurity: false,
		policies: []
	};
}
/** The columns with one of them changed. Of a table that was never seen created, only what is said of a column is known. */
function withColumnChange(columns, name, change) {
	if (!columns.some((column) => column.name === name)) return [...columns, {
		name,
		notNull: false,
		hasDefault: false,
		identity: false,
		...change
	}];
	return columns.map((column) => column.name === name ? {
		...column,
		...change
	} : column);
}

/** The schema with a relation added or replaced. */
function withRelation(schema, relation) {
	const name = qualified(relation.schema, relation.name);
	return recounted({
		...schema,
		relations: schema.relations.set(name, relation)
	}, schema.relations.get(name), relation);
}
/** The schema in which nothing has that name; what else named it still does. */
function withoutName(schema, name) {
	const relation = schema.relations.get(name);
	return relation ? recounted({
		...schema,
		relations: schema.relations.delete(name)
	}, relation, void 0) : schema;
}
function recounted(schema, before, after) {
	const { grantCounts } = schema;
	return grantCounts ? {
		...schema,
		grantCounts: recountGrants(grantCounts, before, after)
	} : schema;
}
/** The schema with one table changed. A table that is not known yet becomes known by what is said of it. */
function withTable(schema, name, change) {
	if (!tableNamed(schema, name) && schema.relations.has(name)) return schema;
	const table = tableNamed(schema, name) ?? unknownTable(...splitName(name));
	return withRelation(schema, {
		...table,
		...change(table)
	});
}
/** The schema with an index that its table knows of. */
function withIndex(schema, index) {
	const name = qualified(index.schema, index.name);
	const added = withRelation(schema, index);
	const owner = schema.relations.get(index.table);
	if (owner?.kind === "view" || owner?.kind === "materialized view") return withRelation(added, {
		...owner,
		indexes: [...owner.indexes, name]
	});
	return withTable(added, index.table, ({ indexes }) => ({ indexes: [...indexes.filter((other) => other !== name), name] }));
}
/** The schema without a relation, and without what PostgreSQL drops with it. */
function withoutRelation(schema, name) {
	const relation = schema.relations.get(name);
	let result = withoutName(schema, name);
	if (relation?.kind === "index") {
		const table = tableNamed(result, relation.table);
		if (table) result = withTable(result, relation.table, ({ indexes }) => ({ indexes: without(indexes, name) }));
		for (const index of (table?.children ?? []).flatMap((child) => tableNamed(result, child)?.indexes ?? [])) if (indexNamed(result, index)?.partOf === name) result = withoutRelation(result, index);
	}
	if (relation?.kind === "view" || relation?.kind === "materialized view") for (const index of relation.indexes) result = withoutName(result, index);
	if (relation?.kind !== "table") return result;
	for (const index of relation.indexes) result = withoutName(result, index);
	for (const { references } of relation.constraints) if (references && tableNamed(result, references.table)) result = withTable(result, references.table, ({ referencedBy }) => ({ referencedBy: withoutOne(referencedBy, name) }));
	for (const other of relation.referencedBy) if (tableNamed(result, other)) result = withTable(result, other, ({ constraints }) => ({ constraints: constraints.filter(({ references }) => references?.table !== name) }));
	for (const parent of [...relation.inherits, ...relation.partitionOf ? [relation.partitionOf] : []]) if (tableNamed(result, parent)) result = withTable(result, parent, ({ children }) => ({ children: children.filter((child) => child !== name) }));
	return relation.variety === "partitioned" ? relation.children.reduce(withoutRelation, result) : result;
}
const without = (names, name) => names.filter((each) => each !== name);
/**
* The schema in which a relation, with everything that names it, has another name. Its indexes go with it to another schema.
* What had that name is gone: code that the model cannot read has dropped it, or the statement fails.
*/
function renamed(schema, from, toSchema, toName) {
	const to = qualified(toSchema, toName);
	if (to === from || !schema.relations.has(from)) return schema;
	const free = schema.relations.has(to) ? withoutRelation(schema, to) : schema;
	const relation = free.relations.get(from);
	if (!relation) return free;
	const swap = (name) => name === from ? to : name;
	const moved = withoutName(free, from);
	let result = withRelation(moved, {
		...withNames(relation, from, swap) ?? relation,
		schema: toSchema,
		name: toName
	});
	for (const other of moved.relations.values()) {
		const changed = withNames(other, from, swap);
		if (changed) result = withRelation(result, changed);
	}
	if (relation.schema === toSchema || !("indexes" in relation)) return result;
	return relation.indexes.reduce((current, index) => renamed(current, index, toSchema, splitName(index)[1]), result);
}
function withNames(relation, from, swap) {
	if (relation.kind === "index") {
		const { table, partOf } = relation;
		if (table !== from && partOf !== from) return void 0;
		return {
			...relation,
			table: swap(table),
			...partOf === void 0 ? {} : { partOf: swap(partOf) }
		};
	}
	if (relation.kind === "sequence") return void 0;
	if (relation.kind !== "table") return relation.reads.includes(from) || relation.indexes.includes(from) ? {
		...relation,
		reads: relation.reads.map(swap),
		indexes: relation.indexes.map(swap)
	} : void 0;
	const { partitionOf, inherits, children, referencedBy, indexes, constraints } = relation;
	if (!([
		partitionOf,
		...inherits,
		...children,
		...referencedBy,
		...indexes
	].includes(from) || constraints.some(({ references }) => references?.table === from))) return void 0;
	return {
		...relation,
		...partitionOf === void 0 ? {} : { partitionOf: swap(partitionOf) },
		inherits: inherits.map(swap),
		children: children.map(swap),
		referencedBy: referencedBy.map(swap),
		indexes: indexes.map(swap),
		constraints: constraints.map((constraint) => constraint.references ? {
			...constraint,
			references: {
				...constraint.references,
				table: swap(constraint.references.table)
			}
		} : constraint)
	};
}
/** The two parts of a qualified name. */
function splitName(name) {
	const dot = name.indexOf(".");
	return dot === -1 ? ["public", name] : [name.slice(0, dot), name.slice(dot + 1)];
}
function withoutOne(names, name) {
	const index = names.indexOf(name);
	return index === -1 ? names : names.toSpliced(index, 1);
}

const token = /--[^\r\n]*|\/\*|'|"|\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|[()[\],]/g;
/** Cuts a statement at the commas that stand in no parentheses, strings or comments; the pieces are trimmed. */
function splitList(sql) {
	const pieces = [];
	let depth = 0;
	let from = 0;
	const matcher = new RegExp(token);
	for (let match = matcher.exec(sql); match; match = matcher.exec(sql)) {
		const [text] = match;
		if (text === "(" || text === "[") depth += 1;
		else if (text === ")" || text === "]") depth -= 1;
		else if (text === "," && depth === 0) {
			pieces.push(sql.slice(from, match.index).trim());
			from = match.index + 1;
		} else if (text === "/*") matcher.lastIndex = past(sql, "*/", matcher.lastIndex);
		else if (text === "'" || text === "\"" || text.startsWith("$")) matcher.lastIndex = past(sql, text, matcher.lastIndex);
	}
	pieces.push(sql.slice(from).trim());
	return pieces;
}
function past(sql, mark, from) {
	const found = sql.indexOf(mark, from);
	return found === -1 ? sql.length : found + mark.length;
}

/** The commands of the given kinds in an `ALTER TABLE`, unless its table is fresh. */
function tableCommands(step, ...subtypes) {
	const all = usedTableCommands(step);
	const wanted = ({ command }) => subtypes.includes(command.subtype ?? "AT_AddColumn");
	return all.some(wanted) ? all.filter(wanted) : none$3;
}
/** Every command of an `ALTER TABLE`, unless its table is fresh. */
function usedTableCommands(step) {
	if (!("AlterTableStmt" in step.node)) return none$3;
	let all = known$3.get(step);
	if (!all) known$3.set(step, all = allCommands(step, step.node.AlterTableStmt));
	return all;
}
const none$3 = [];
/** Many rules ask for the commands of one statement. */
const known$3 = /* @__PURE__ */ new WeakMap();
function allCommands(step, { relation, cmds = [], objtype }) {
	if (!relation || objtype === "OBJECT_TYPE" || objtype === "OBJECT_SEQUENCE" || objtype === "OBJECT_INDEX") return none$3;
	const target = step.target(relation);
	if (target.fresh || indexNamed(step.schema, target.name)) return none$3;
	const table = tableNamed(step.schema, target.name) ?? unknownTable(...splitName(target.name));
	const texts = splitList(step.sql);
	return cmds.flatMap((node, index) => {
		if (!("AlterTableCmd" in node)) return [];
		const text = texts.length === cmds.length ? texts[index] : void 0;
		const own = index === 0 ? withoutHead(text) : text;
		return [{
			command: node.AlterTableCmd,
			target,
			table,
			...own === void 0 ? {} : { text: own }
		}];
	});
}
const identifier = String.raw`(?:"(?:[^"]|"")*"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`;
const head = new RegExp(String.raw`^alter\s+(?:foreign\s+)?table\s+(?:if\s+exists\s+)?(?:only\s+)?${identifier}(?:\s*\.\s*${identifier})*\s*\*?\s*`, "i");
/** A statement without `ALTER TABLE name`; `undefined` where comments or the like stand between. */
function withoutHead(text) {
	const rest = text?.replace(head, "");
	return rest === text ? void 0 : rest;
}
/** The columns that a statement adds, unless its table is fresh, or has them and `IF NOT EXISTS` passes over that. */
function addedColumns(step) {
	return tableCommands(step, "AT_AddColumn").flatMap(({ command, target, table, ...text }) => {
		if (!command.def || !("ColumnDef" in command.def)) return [];
		const definition = command.def.ColumnDef;
		const name = definition.colname ?? "";
		if (command.missing_ok && surelyHas(table, name)) return [];
		const constraints = constraintNodes(definition.constraints);
		const isRequired = constraints.some(({ contype }) => contype === "CONSTR_NOTNULL");
		return [{
			definition,
			name,
			column: identifierText(name),
			target,
			table,
			constraints,
			isRequired,
			...text
		}];
	});
}
/** The constraints that a statement adds, unless its table is fresh. */
function addedConstraints(step) {
	return tableCommands(step, "AT_AddConstraint").flatMap((each) => {
		if (!each.command.def || !("Constraint" in each.command.def)) return [];
		const constraint = each.command.def.Constraint;
		const modelled = constraintOf(each.target.name, constraint, void 0);
		return [{
			...each,
			constraint,
			name: identifierText(constraint.conname ?? modelled?.name ?? "")
		}];
	});
}

/** Whether the text of a statement means something to a rule. */
function looksAt({ statements, commands }, step) {
	const kind = nodeKind(step.node);
	if (statements && !statements.includes(kind)) return false;
	return kind !== "AlterTableStmt" || !commands || usedTableCommands(step).some((each) => commands.includes(subcommand(each)));
}
/** The rules to ask. @param all whether those that do not look at a statement's kind have more to say than its text tells */
function askedRules(rules, policy, all) {
	const off = /* @__PURE__ */ new Set();
	/** For each set of overrides that concerns some file: what is asked of a statement there. */
	const known = /* @__PURE__ */ new Map();
	return {
		off,
		in(file) {
			const overrides = overridesFor(policy, file);
			const key = overrides.map((override) => policy.overrides.indexOf(override)).join(" ");
			let asked = known.get(key);
			if (!asked) {
				const here = rules.map((rule) => ({
					rule,
					setting: settingFor(policy, overrides, rule.id)
				}));
				for (const { rule, setting } of here) if (setting === "off") off.add(rule.id);
				const on = here.filter(({ setting }) => setting !== "off");
				known.set(key, asked = all ? () => on : alike(on));
			}
			return asked;
		}
	};
}
/** What has been found for one statement holds for all that look alike to `looksAt`. */
function alike(rules) {
	const known = /* @__PURE__ */ new Map();
	return (step) => {
		const kind = nodeKind(step.node);
		const key = kind === "AlterTableStmt" ? [...new Set(usedTableCommands(step).map(subcommand))].join(" ") : kind;
		let asked = known.get(key);
		if (!asked) known.set(key, asked = rules.filter(({ rule }) => looksAt(rule, step)));
		return asked;
	};
}
const subcommand = ({ command }) => command.subtype ?? "AT_AddColumn";

/** The text that an SQL expression makes of constants and of variables whose value is known, as `format('DROP TABLE %I', 'boats')`. */
function textPutTogether(sql, values) {
	const node = onlyTarget(sql);
	return node && textOf$1(node, values);
}
/** The texts of `ARRAY['a', 'b']`. */
function textsOfArray(sql, values) {
	const node = onlyTarget(sql);
	const array = node && "TypeCast" in node ? node.TypeCast.arg : node;
	if (!array || !("A_ArrayExpr" in array)) return void 0;
	return all(array.A_ArrayExpr.elements, values);
}
function onlyTarget(sql) {
	const parsed = parseTrees(`SELECT ${sql}`);
	const node = parsed.kind === "parsed" && parsed.statements.length === 1 ? parsed.statements[0]?.node : void 0;
	if (!node || !("SelectStmt" in node)) return void 0;
	const [target, second] = node.SelectStmt.targetList ?? [];
	return target && !second && "ResTarget" in target ? target.ResTarget.val : void 0;
}
function textOf$1(node, values) {
	if (!node) return void 0;
	if ("TypeCast" in node) return textOf$1(node.TypeCast.arg, values);
	if ("ColumnRef" in node) {
		const [name, more] = nameParts(node.ColumnRef.fields);
		return name === void 0 || more !== void 0 ? void 0 : values.get(name);
	}
	if ("A_Expr" in node) return all(nameParts(node.A_Expr.name).join() === "||" ? [node.A_Expr.lexpr, node.A_Expr.rexpr] : [void 0], values)?.join("");
	if (!("FuncCall" in node)) return constantText(node);
	const { funcname, args = [] } = node.FuncCall;
	const name = nameParts(funcname).at(-1);
	const [first] = args;
	if (name === "concat") return all(args, values)?.join("");
	const text = textOf$1(first, values);
	if (text === void 0) return void 0;
	if (name === "quote_ident") return identifierText(text);
	if (name === "quote_literal") return quoteLiteral(text);
	return name === "format" ? formatted(text, args.slice(1), values) : void 0;
}
function all(nodes, values) {
	const texts = nodes?.map((node) => textOf$1(node, values));
	return texts?.every((text) => text !== void 0) ? texts : void 0;
}
/** https://www.postgresql.org/docs/18/functions-string.html#FUNCTIONS-STRING-FORMAT, without widths. */
function formatted(template, args, values) {
	let next = 0;
	let known = true;
	const text = template.replaceAll(/%(?:(\d+)\$)?([sIL%])?/g, (_, position, kind) => {
		if (kind === "%") return "%";
		if (position !== void 0) next = Number(position) - 1;
		const value = textOf$1(args[next++], values);
		known &&= kind !== void 0 && value !== void 0;
		return value === void 0 ? "" : kind === "I" ? identifierText(value) : kind === "L" ? quoteLiteral(value) : value;
	});
	return known ? text : void 0;
}

/** More passes of a loop than these are not told apart. */
const mostPasses = 100;
/** The text of an expression in a body. */
const expressionText = (value) => value?.PLpgSQL_expr?.query ?? "";
/** @param tree what the parser makes of a body */
function blockVariables(tree) {
	const [{ PLpgSQL_function: routine } = {}] = tree.plpgsql_funcs ?? [];
	const { datums = [] } = routine ?? {};
	const variables = datums.map(({ PLpgSQL_var: variable }) => variable ?? {});
	const assigned = /* @__PURE__ */ new Set();
	const visit = (value) => {
		if (typeof value !== "object" || value === null) return;
		for (const [key, inner] of Object.entries(value)) {
			if (key === "varno") assigned.add(inner);
			visit(inner);
		}
	};
	visit(routine);
	const constants = /* @__PURE__ */ new Map();
	for (const [number, { refname, default_val: value }] of variables.entries()) {
		const text = value === void 0 || assigned.has(number) ? void 0 : textPutTogether(expressionText(value), constants);
		const isAlone = variables.filter((other) => other.refname === refname).length === 1;
		if (refname !== void 0 && text !== void 0 && isAlone) constants.set(refname, text);
	}
	return {
		variables,
		constants
	};
}
/** What is known of the variables in each pass of a loop through constants; once, for what is no such loop. */
function valuesOfPasses(kind, loop, { variables }, values) {
	const texts = kind === "PLpgSQL_stmt_foreach_a" ? textsOfArray(expressionText(loop["expr"]), values) : void 0;
	const name = variables[Number(loop["varno"])]?.refname;
	if (!texts || texts.length === 0 || texts.length > mostPasses || name === void 0) return [values];
	return texts.map((text) => new Map([...values, [name, text]]));
}

/** A text in dollar quotes that it does not hold itself. */
function dollarQuote(text) {
	let mark = "$$";
	for (let number = 1; (text + mark).indexOf(mark) < text.length; number += 1) mark = `$b${number}$`;
	return mark + text + mark;
}

const loops = /* @__PURE__ */ new Set([
	"PLpgSQL_stmt_loop",
	"PLpgSQL_stmt_while",
	"PLpgSQL_stmt_fori",
	"PLpgSQL_stmt_fors",
	"PLpgSQL_stmt_forc",
	"PLpgSQL_stmt_foreach_a",
	"PLpgSQL_stmt_dynfors"
]);
const branches = /* @__PURE__ */ new Set([
	...loops,
	"PLpgSQL_stmt_if",
	"PLpgSQL_stmt_case",
	"PLpgSQL_exception_block"
]);
/**
* The statements of a `DO` block in the order of its text, and those that `EXECUTE` gets as a constant or
* puts together of such. What the parser does not read is left out.
* @param sql the text of the `DO` statement
* @throws Error when `loadParser` was not awaited before
*/
function doBlock(statement, sql) {
	let block = known$2.get(statement);
	if (!block) known$2.set(statement, block = readBlock(statement, sql));
	return block;
}
/** The history and several rules ask for one block. */
const known$2 = /* @__PURE__ */ new WeakMap();
/**
* The same of the body of a routine, without its parameters: a statement that needs them is read all the same.
* @throws Error when `loadParser` was not awaited before
*/
function routineBlock(routine) {
	let block = known$2.get(routine);
	if (!block) known$2.set(routine, block = readRoutine(routine));
	return block;
}
const unreadable = {
	statements: [],
	opaque: true,
	handlesInLoop: false,
	swallowsErrors: false
};
function readRoutine({ language, body, statements, head }) {
	if (language === "plpgsql") return readBody(body, 0, head);
	if (statements) return {
		...unreadable,
		opaque: false,
		statements: statements.map((node) => ({
			sql: "",
			node,
			lines: 0,
			conditional: false
		}))
	};
	const parsed = language === "sql" ? parseTrees(body) : void 0;
	if (parsed?.kind !== "parsed") return unreadable;
	const bytes = Buffer.from(body);
	return {
		...unreadable,
		opaque: false,
		statements: parsed.statements.map(({ node, start, end }) => ({
			sql: bytes.subarray(start, end).toString().trim(),
			node,
			lines: 0,
			conditional: false
		}))
	};
}
function readBlock({ args }, sql) {
	const body = optionValue(args, "as") ?? "";
	if ((optionValue(args, "language") ?? "plpgsql") !== "plpgsql") return unreadable;
	return readBody(body, sql.slice(0, Math.max(0, sql.indexOf(body))).split("\n").length - 1);
}
/** How an expression of PL/pgSQL was read: https://github.com/postgres/postgres/blob/REL_18_STABLE/src/include/parser/parser.h */
const wholeStatement = 0;
const firstAssignment = 3;
/** The statement of an expression, or a query that calls what the expression calls; nothing for one that calls nothing. */
function statementOf({ query = "", parseMode = wholeStatement }) {
	if (parseMode === wholeStatement) return query;
	if (!/[\w"]\s*\(/.test(query)) return void 0;
	return `SELECT ${parseMode < firstAssignment ? query : query.slice(query.indexOf("=") + 1)}`;
}
/**
* @param before how many lines stand before the body
* @param head of the routine, where it is the body of one
*/
function readBody(body, before, head) {
	const quoted = dollarQuote(body);
	const tree = (head && parseRoutine(`${head} LANGUAGE plpgsql AS ${quoted}`)) ?? parseRoutine(`DO ${quoted}`);
	if (tree === void 0) return unreadable;
	const statements = [];
	let opaque = false;
	let handlesInLoop = false;
	let swallowsErrors = false;
	const add = (text, { lineno, conditional, loop }) => {
		const parsed = parseTrees(text);
		if (parsed.kind !== "parsed") return false;
		const bytes = parsed.statements.length > 1 ? Buffer.from(text) : void 0;
		const lines = before + (Number(lineno) || 1) - 1;
		for (const { node, start, end } of parsed.statements) statements.push({
			sql: bytes?.subarray(start, end).toString().trim() ?? text,
			node,
			lines,
			conditional,
			...loop && { loop }
		});
		return true;
	};
	const run = (value, place) => {
		const text = textPutTogether(expressionText(value), place.values);
		if (text === void 0 || !add(text, place)) opaque = true;
	};
	const visit = (value, place) => {
		if (Array.isArray(value)) return value.forEach((each) => visit(each, place));
		if (typeof value !== "object" || value === null) return;
		for (const [kind, inner] of Object.entries(value)) {
			if (typeof inner !== "object" || inner === null) continue;
			if (kind === "PLpgSQL_expr") {
				const sql = place.again ? void 0 : statementOf(inner);
				if (sql !== void 0 && !add(sql, place)) opaque = true;
				continue;
			}
			const { lineno, query, dynquery, body: passes, exceptions, ...rest } = inner;
			const within = {
				...place,
				...lineno === void 0 ? {} : { lineno },
				conditional: place.conditional || branches.has(kind),
				looped: place.looped || loops.has(kind)
			};
			if (kind === "PLpgSQL_stmt_dynexecute" || kind === "PLpgSQL_stmt_dynfors") run(query, within);
			else visit({ query }, within);
			if (dynquery !== void 0) run(dynquery, within);
			if (kind === "PLpgSQL_stmt_call") opaque = true;
			handlesInLoop ||= place.looped && kind === "PLpgSQL_exception_block";
			swallowsErrors ||= kind === "PLpgSQL_exception" && swallows(inner);
			visit(rest, within);
			const loop = kind === "PLpgSQL_stmt_fors" && !commits(passes) ? onlyStatement(expressionText(query)) : place.loop;
			const rounds = valuesOfPasses(kind, inner, variables, place.values);
			for (const [round, values] of rounds.entries()) visit({ body: passes }, {
				...within,
				loop,
				values,
				again: place.again || round > 0
			});
			visit({ exceptions }, within);
		}
	};
	const variables = blockVariables(tree);
	visit(tree, {
		conditional: false,
		looped: false,
		again: false,
		values: variables.constants
	});
	return {
		statements,
		opaque,
		handlesInLoop,
		swallowsErrors
	};
}
const commits = (body) => JSON.stringify(body ?? "").includes("PLpgSQL_stmt_commit");
function onlyStatement(sql) {
	const parsed = parseTrees(sql);
	return parsed.kind === "parsed" ? parsed.statements[0]?.node : void 0;
}
/** PostgreSQL's number for an error; notices and warnings have lower ones. */
const errorLevel = 21;
const swallows = ({ conditions = [], action = [] }) => conditions.some((one) => one.PLpgSQL_condition?.condname === "others") && action.every((one) => (one.PLpgSQL_stmt_raise?.elog_level ?? errorLevel) < errorLevel);

/** The routines of the history that a query or a `CALL` runs by their names, each once. */
function calledRoutines(node, schema, searchPath) {
	if (schema.routines === emptySchema.routines || !("CallStmt" in node || isQuery$1(node))) return none$2;
	let names = known$1.get(node);
	if (!names) known$1.set(node, names = [...callsIn(node)]);
	const routines = names.flatMap((parts) => schema.routines.get(objectNameOf(schema.routines, searchPath, parts)) ?? []);
	return routines.length === 0 ? none$2 : [...new Set(routines)];
}
const none$2 = [];
/** The walk and a rule ask for one statement. */
const known$1 = /* @__PURE__ */ new WeakMap();
function* callsIn(node) {
	for (const inner of nodesOf(node)) {
		const call = inner["FuncCall"] ?? inner["funccall"];
		if (call !== void 0) yield nameParts(call.funcname);
	}
}

/** How a key comes to a partitioned table, for which PostgreSQL refuses CONCURRENTLY and USING INDEX. */
const keyOfPartitioned = "Add the key ONLY to the parent. In each partition build a unique index with CONCURRENTLY, make it a key there with USING INDEX, and attach it with ALTER INDEX … ATTACH PARTITION:";
/** `an ACCESS EXCLUSIVE lock on public.orders, which blocks reads and writes,`. The mode is the one that the statement takes. */
function lockOn(step, relation) {
	return lockPhrase(step.effects.locks.get(relation) ?? "ACCESS EXCLUSIVE", relation);
}
/** The same for a mode that is known otherwise. */
function lockPhrase(mode, relation) {
	return `${/^[AE]/.test(mode) ? "an" : "a"} ${mode} lock on ${relation}, which blocks ${blockedBy(mode)},`;
}
/** A relation as SQL writes it, by its qualified name. */
const relationText = (name) => splitName(name).map(identifierText).join(".");
/** Another relation in the schema that a statement names a relation by, as SQL writes it. */
function siblingText(written, name) {
	return (/^(?:"(?:[^"]|"")*"|[^."]+)\./.exec(written)?.[0] ?? "") + identifierText(name);
}
/** How a statement begins, on one line: `ALTER TABLE boats ADD COLUMN …`. */
function beginning(sql) {
	const line = sql.slice(0, 400).replace(/\s+/g, " ");
	return `\`${line.length > 60 ? `${line.slice(0, line.lastIndexOf(" ", 60)).trimEnd()} …` : line}\``;
}
/** A page of PostgreSQL's manual. */
function manual(page, section) {
	const [file, anchor] = page.split("#");
	return {
		url: `https://www.postgresql.org/docs/18/${file}.html${anchor === void 0 ? "" : `#${anchor}`}`,
		section,
		version: "18"
	};
}
/** A type as the statement wrote it. */
function typeOf(typeName) {
	return typeName ? typeText(columnType(typeName)) : "text";
}
/** Whether a table is known to be partitioned. */
function isPartitioned(step, relation) {
	return tableNamed(step.schema, relation)?.variety === "partitioned";
}
/** Whether an `ALTER TABLE` is about the partitioned table `ONLY`: what it adds there waits for the partitions to have theirs. */
function isOnlyParent(step, relation) {
	return "AlterTableStmt" in step.node && !step.node.AlterTableStmt.relation?.inh && isPartitioned(step, relation);
}

const rule$125 = {
	id: "dynamic-sql",
	title: "What this runs cannot be read from the text",
	severity: "warning",
	effect: { consequence: "The SQL inside is made when it runs, so nothing here says which locks it takes and what it changes." },
	remedy: "Write the statements out where that is possible; otherwise let `headgate check` replay them.",
	harmless: "Statements that stand as they are in a DO block or in a routine of the history that is called, and those that EXECUTE gets as a constant: they are judged like any other. In `headgate check` a block that the server was asked about is judged by what it did.",
	source: manual("plpgsql-statements#PLPGSQL-STATEMENTS-EXECUTING-DYN", "Executing Dynamic Commands"),
	detectedBy: "both",
	hazards: ["dynamic-sql-opaque"],
	statements: [
		"CallStmt",
		"DoStmt",
		...queries
	],
	*check(step) {
		if (!isOpaque(step)) return;
		yield {
			message: "DoStmt" in step.node && doBlock(step.node.DoStmt, step.sql).opaque ? "This block puts SQL together and runs it; what that is cannot be judged from the text." : "What the routine that this calls does cannot be judged from the text.",
			help: "Write the statements out, or rely on `headgate check`, which sees what really runs."
		};
	}
};
/** Whether a statement runs SQL that can be read neither in its text nor in that of the routines that it calls. */
function isOpaque({ node, sql, inner, schema, searchPath }) {
	if (inner) return false;
	const calls = (each) => calledRoutines(each, schema, searchPath).some((routine) => routineBlock(routine).opaque && isChanging(routine));
	if ("CallStmt" in node) return calledRoutines(node, schema, searchPath).length === 0 || calls(node);
	if ("DoStmt" in node) {
		const { opaque, statements } = doBlock(node.DoStmt, sql);
		return opaque || statements.some((statement) => calls(statement.node));
	}
	return calls(node);
}
/** What a body does that this gate judges elsewhere. An INSERT is how most functions work, and locks nothing that is there. */
const changing$1 = /\b(?:execute|alter|create|drop|truncate|reindex|cluster|refresh|merge\s+into|delete\s+from|update\s+(?:only\s+)?[\w".]+\s+(?:as\s+\w+\s+)?set)\b/i;
/** Whether a body changes the schema or rows, or puts statements together. */
const isChanging = ({ body }) => changing$1.test(body.replaceAll(/--[^\n]*|\/\*[^]*?\*\/|'(?:[^']|'')*'/g, " "));

/** How migrations of a tool send these statements, where that takes more than sending them all in one; else nothing. */
function toolCode(tool, statements) {
	const parts = inMigrations(statements);
	if (!statements.some((sql) => isAlone(sql) || isValidation(sql))) return void 0;
	return tool === "alembic" ? alembicCode(parts) : mikroOrmCode(parts);
}
/** Whether PostgreSQL refuses a statement in a transaction, of those that rules advise. */
const isAlone = (sql) => /\bCONCURRENTLY\b|^\s*VACUUM\b/i.test(sql);
/** Whether a statement is not to run in the transaction that made what it is about. */
const isValidation = (sql) => /\bVALIDATE\s+CONSTRAINT\b/i.test(sql);
/** The statements that each of several migrations sends, so that one which fails can be run again. */
function inMigrations(statements) {
	const parts = [];
	let open;
	for (const sql of statements) {
		const apart = isAlone(sql) || isValidation(sql);
		if (apart || open === void 0) parts.push(open = []);
		open.push(sql);
		if (apart) open = void 0;
	}
	return parts;
}
function alembicCode(parts) {
	const revisions = parts.map((statements) => statements.flatMap((sql) => {
		const call = `op.execute(${python(sql)})`;
		return isAlone(sql) || isValidation(sql) ? ["with op.get_context().autocommit_block():", `    ${call}`] : [call];
	}));
	if (revisions.length === 1) return `With Alembic:\n\n${revisions[0]?.join("\n")}`;
	const numbered = revisions.map((lines, index) => [`# ${index + 1}`, ...lines].join("\n"));
	return `With Alembic, in ${counted$1(parts.length)} revisions:\n\n${numbered.join("\n\n")}`;
}
/** MikroORM has one transaction for a migration or none. */
function mikroOrmCode(parts) {
	const classes = parts.map((statements) => {
		const calls = statements.map((sql) => `    this.addSql(${JSON.stringify(sql)});`);
		return [
			"export class Migration… extends Migration {",
			...statements.some(isAlone) ? [
				"  isTransactional() {",
				"    return false;",
				"  }"
			] : [],
			"  async up() {",
			...calls,
			"  }",
			"}"
		].join("\n");
	});
	return `With MikroORM, ${parts.length === 1 ? "in a migration of its own" : `in ${counted$1(parts.length)} migrations, each applied by itself (\`allOrNothing: false\`)`}:\n\n${classes.join("\n\n")}`;
}
const counted$1 = (count) => [
	"no",
	"one",
	"two",
	"three",
	"four"
][count] ?? String(count);
/** A string of Python, one of several lines as people write it; a colon that SQLAlchemy would take for a parameter's is escaped. */
function python(sql) {
	const literal = sql.replaceAll(/(?<![:\w\\]):(?=\w+(?![:\w]))/g, "\\:");
	return literal.includes("\n") && !/"""|\\/.test(literal) ? `"""${literal}"""` : JSON.stringify(literal);
}

/** What a rule says, as a finding that is not placed yet. */
function findingOf(rule, judgement, { node, sql: statement, effects, isFresh, inner, sent }, setting, { tool, outsideTransaction }) {
	const { message, help, fix, whole, later = [], relation, sqlState } = judgement;
	/** How the tool sends these, where that takes more than sending them. */
	const sentBy = (statements) => {
		const code = tool && toolCode(tool, statements);
		const alone = statements.filter(isAlone);
		if (code !== void 0 || !outsideTransaction || alone.length === 0 && sqlState !== "25001") return code;
		return `${alone.length > 1 ? "Put each into a migration of its own. " : ""}${outsideTransaction}`;
	};
	const severity = severityOf(judgement.severity ?? rule.severity, rule.severity, setting);
	const old = (names) => [...names].filter((name) => !isFresh(name));
	return {
		ruleId: rule.id,
		severity,
		title: rule.title,
		message: inner && /^explain\b/i.test(sent) ? `EXPLAIN ANALYZE runs what it explains. ${message}` : message,
		help: [
			fix === void 0 ? help.replace(/:$/, ".") : whole ? help : help.replace(/:$/, restOf(node, statement, fix)),
			fix && terminated(fix),
			sentBy(fix ?? []),
			...later.flatMap((stage) => stage.fix.length === 0 ? [stage.help] : [
				stage.help,
				terminated(stage.fix),
				sentBy(stage.fix)
			])
		].filter((part) => part !== void 0).join("\n\n"),
		...optional("relation", relation),
		evidence: {
			source: judgement.observed ? "observed" : "static",
			locks: [...effects.locks].filter(([name]) => !isFresh(name)).map(([name, mode]) => ({
				relation: name,
				mode
			})),
			rewrites: old(effects.rewrites),
			scans: old(effects.scans)
		}
	};
}
const terminated = (statements) => statements.map((sql) => `${withoutPasswords(sql)};`).join("\n");
/** How a help goes on to its SQL where that is about one command of several. */
function restOf(node, statement, fix) {
	const { cmds = [] } = "AlterTableStmt" in node ? node.AlterTableStmt : {};
	const isInPlace = fix.some((each) => /^\s*alter\s+table\b/i.test(each) && !each.includes(statement));
	if (cmds.length < 2 || !isInPlace) return ":";
	return `, ${cmds.some((each) => "AlterTableCmd" in each && each.AlterTableCmd.subtype?.startsWith("AT_Drop")) ? "after" : "apart from"} the rest of the ALTER TABLE:`;
}
/** What weighs less than usual still does so where a project sets the weight. */
function severityOf(own, usual, setting) {
	if (setting === void 0 || setting === "off") return own;
	return own === usual || weights.indexOf(setting) < weights.indexOf(own) ? setting : own;
}
const weights = [
	"info",
	"warning",
	"error"
];
/** A finding with where its statement is. @param rows the lines of its file */
function placed(finding, { line, sql }, file, direction, rows) {
	const column = line === void 0 ? void 0 : columnOf(rows[line - 1], sql);
	return {
		...finding,
		direction,
		file,
		...optional("line", line),
		...optional("column", column),
		statement: withoutPasswords(sql)
	};
}
/** Where the statement begins in its line: where its first line stands, or, of an operation in a program, where that does. */
function columnOf(row, sql) {
	if (row === void 0) return void 0;
	const begins = row.indexOf(sql.split(/\r\n|\n|\r/, 1)[0] ?? "");
	return (begins === -1 ? row.search(/\S|$/) : begins) + 1;
}
/** What is wrong with the allowances of a file, and which of them allow nothing. */
function allowanceFindings(file, { valid, invalid }, used) {
	return [...invalid.map(({ line, problem }) => ({
		ruleId: "invalid-allowance",
		severity: "error",
		title: "An allowance cannot be used",
		message: problem,
		help: "Write `headgate: allow rule-id: reason` in a comment on the line before the statement.",
		file,
		...optional("line", line)
	})), ...valid.filter((allowance) => !used.has(allowance)).map(({ ruleId, line, targetLine }) => ({
		ruleId: "unused-allowance",
		severity: "warning",
		title: "An allowance allows nothing",
		message: targetLine === void 0 ? `Nothing in the file does what ${ruleId} reports.` : `The statement after it does nothing that ${ruleId} reports.`,
		help: "Remove the allowance.",
		file,
		...optional("line", line)
	}))].toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

/**
* The findings for statements of a script that the parser refuses, or cannot take. Of a template one says it for all: each by
* itself would be called a mistake, and is none.
* @param rows the lines of its file
*/
function unreadFindings(unread, file, direction, rows) {
	const templates = new Set(unread.filter(({ sql, problem }) => problem !== void 0 && tagIn(sql) !== void 0));
	const [first] = templates;
	return unread.flatMap((statement) => {
		if (statement !== first && templates.has(statement)) return [];
		const words = statement === first ? templateWords(first, templates.size) : wordsOf(statement);
		const sql = statement.sql.length > 4e6 ? `${statement.sql.slice(0, 200)} …` : statement.sql;
		const finding = {
			ruleId: "unparsed-statement",
			severity: "error",
			...words
		};
		const at = {
			sql,
			...optional("line", statement.line)
		};
		return {
			finding: placed(finding, at, file, direction, rows),
			sent: statement.sql
		};
	});
}
function wordsOf({ sql, problem }) {
	return problem === void 0 ? {
		title: "A statement is too long to be judged",
		message: `This statement has ${(sql.length / 1e6).toFixed(1)} million characters; one of more than ${maxParsedLength / 1e6} million is not parsed, and nothing of it was judged.`,
		help: "Split it into several statements, or load the rows by other means than a migration."
	} : {
		title: "A statement cannot be read",
		message: `PostgreSQL's parser refuses this statement: ${problem}. Nothing is known of what it does.`,
		help: "Correct the statement, or take out of the file what is no SQL, such as commands of psql."
	};
}
function templateWords({ sql }, count) {
	const tag = tagIn(sql) ?? "";
	const [which, what] = count === 1 ? ["one of its statements holds", "it does"] : [`${count} of its statements hold`, "they do"];
	return {
		title: "A template cannot be read",
		message: `This file is a template, which a program fills in before PostgreSQL sees it: ${which} what is no SQL, the first \`${tag}\`. Nothing is known of what ${what}.`,
		help: "Let that program write the SQL to a file, and judge that: `headgate lint FILE`."
	};
}
/** The first tag of a template: `{{ … }}`, `{% … %}`, `<% … %>` or `${…}`, in one line. */
const tagIn = (sql) => /\{\{[^{}\n]{1,80}\}\}|\{%[^{}%\n]{1,80}%\}|<%[^<>%\n]{1,80}%>|\$\{[^{}\n]{1,80}\}/.exec(sql)?.[0];

/** What the rules say of one script, allowances considered. @param number which migration of the history it is */
function judgeScript({ script: { file, text, apartSince, pieces }, direction, steps, unread }, { number, revision }, { options, asked, configured, comments, used, allowed }) {
	const { majors, observe } = options;
	const migration = {
		number,
		...optional("revision", revision),
		file,
		direction,
		steps,
		majors,
		...optional("apartSince", apartSince)
	};
	let rows;
	const lines = () => rows ??= text.split(/\r\n|\n|\r/);
	const askedOf = asked.in(file);
	const allowedByConfiguration = configured.in(file);
	const pending = unread.length === 0 ? [] : [...unreadFindings(unread, file, direction, lines())];
	const blockOf = ({ index }) => steps.findLast((each) => each.index < index && !each.inner);
	const isProgram = pieces.some(({ fromOperation }) => fromOperation);
	const covered = /* @__PURE__ */ new Map();
	const reasonFor = (ruleId, step) => {
		const outer = step.inner && blockOf(step) || step;
		const comment = comments.find((each) => {
			const { ruleId: allowedRule, targetLine = step.line } = each;
			if (allowedRule !== ruleId) return false;
			if (targetLine !== outer.line) return targetLine === step.line;
			return isProgram || each.targetLine === void 0 || (covered.get(each) ?? outer) === outer;
		});
		if (!comment) return allowedByConfiguration(ruleId)?.reason;
		used.add(comment);
		covered.set(comment, outer);
		return comment.reason;
	};
	const refused = /* @__PURE__ */ new Set();
	/** What is not so where PostgreSQL refuses the statement: it holds no lock, and touches no row. */
	const untrue = /* @__PURE__ */ new Set();
	/** What is said once for a transaction is allowed for all of it. */
	const settled = /* @__PURE__ */ new Set();
	for (const step of steps) for (const { rule, setting } of askedOf(step)) for (const judgement of judgementsOf(rule, step, migration, observe)) {
		const at = judgement.step ?? step;
		const inTransaction = `${rule.id} ${at.transaction?.id}`;
		if (rule.givesWay && at.transaction && settled.has(inTransaction)) continue;
		const reason = reasonFor(rule.id, at);
		if (reason !== void 0) {
			settled.add(inTransaction);
			allowed.push({
				ruleId: rule.id,
				reason,
				file,
				...optional("line", at.line)
			});
			continue;
		}
		const found = {
			finding: placed(findingOf(rule, judgement, at, setting, options), at, file, direction, lines()),
			sent: at.sent,
			step: at,
			...optional("unless", judgement.unless)
		};
		if (judgement.sqlState !== void 0) refused.add(at);
		else if (rule.effect.lock || found.finding.severity === "info") untrue.add(found);
		pending.push(found);
	}
	return refused.size === 0 ? pending : pending.filter((found) => !(untrue.has(found) && found.step && refused.has(found.step)));
}
/** What a rule says of a statement: of its text, and where a server was asked, of what that said. */
function judgementsOf(rule, step, migration, observe) {
	if (!observe) return rule.check(step, migration);
	return [...looksAt(rule, step) ? rule.check(step, migration) : [], ...observe(rule, step, migration)];
}

/** Whether a column's type is the one of that qualified name. */
const isType = (schema, searchPath, type, wanted) => objectNameOf(schema.types, searchPath, type.schema === void 0 ? [type.name] : [type.schema, type.name]) === wanted;
/** The tables with a column of that type. */
function tablesWithType(schema, { searchPath }, wanted) {
	return schema.relations.values().flatMap((relation) => {
		if (relation.kind !== "table") return [];
		return relation.columns.some(({ type }) => type && isType(schema, searchPath, type, wanted)) ? [qualified(relation.schema, relation.name)] : [];
	});
}
/** The tables with a trigger that runs that routine. */
const tablesWithTriggerOf = (schema, routine) => schema.relations.values().flatMap((relation) => relation.kind === "table" && relation.triggers.some(({ runs }) => runs === routine) ? [qualified(relation.schema, relation.name)] : []);
/** The views that read a relation, and those that read them. */
function viewsOver(schema, name) {
	const found = /* @__PURE__ */ new Set([name]);
	for (const each of found) for (const relation of schema.relations.values()) if ((relation.kind === "view" || relation.kind === "materialized view") && relation.reads.includes(each)) found.add(qualified(relation.schema, relation.name));
	found.delete(name);
	return [...found];
}
/** The foreign keys that refer to a key of a table, which are dropped with it. */
function foreignKeysTo(schema, name, key) {
	return [...new Set(tableNamed(schema, name)?.referencedBy)].flatMap((table) => (tableNamed(schema, table)?.constraints ?? []).flatMap((each) => {
		if (each.references?.table !== name) return [];
		const { columns } = each.references;
		return (columns.length === 0 ? key.kind === "primary key" : columns.toSorted().join("\0") === key.columns.toSorted().join("\0")) ? [{
			table,
			name: each.name
		}] : [];
	}));
}

/** The effects of changing what is there, `ALTER TABLE` aside. */
const alterEffects = {
	RenameStmt({ relation, renameType }, { schema, named, lock, lockTree }) {
		if (!relation) return;
		const name = named(relation);
		if (indexNamed(schema, name) || renameType === "OBJECT_INDEX") return;
		if (renameType === "OBJECT_COLUMN") return lockTree(name, "ACCESS EXCLUSIVE");
		lock(name, "ACCESS EXCLUSIVE");
	},
	AlterObjectSchemaStmt({ relation, objectType }, { named, lock }) {
		if (relation && objectType !== "OBJECT_SEQUENCE") lock(named(relation), "ACCESS EXCLUSIVE");
	},
	AlterPolicyStmt({ table }, { named, lock }) {
		if (table) lock(named(table), "ACCESS EXCLUSIVE");
	},
	CommentStmt({ objtype = "OBJECT_TYPE", object }, { schema, place, lock }) {
		if (!object || !("List" in object)) return;
		const parts = nameParts(object.List.items);
		const relation = relations$1.has(objtype) ? parts : partsOfTable$1.has(objtype) ? parts.slice(0, -1) : void 0;
		if (relation) lock(relationNameOf(schema, place.searchPath, relation), "SHARE UPDATE EXCLUSIVE");
	},
	AlterDomainStmt({ subtype, typeName, def }, { schema, place, lock, scan }) {
		if (!(subtype === "O" || subtype === "V" || subtype === "C" && def && "Constraint" in def && !def.Constraint.skip_validation)) return;
		const domain = objectNameOf(schema.types, place.searchPath, nameParts(typeName));
		for (const table of tablesWithType(schema, place, domain)) {
			lock(table, "SHARE");
			scan(table);
		}
	}
};
const relations$1 = /* @__PURE__ */ new Set([
	"OBJECT_TABLE",
	"OBJECT_VIEW",
	"OBJECT_MATVIEW"
]);
const partsOfTable$1 = /* @__PURE__ */ new Set([
	"OBJECT_COLUMN",
	"OBJECT_TABCONSTRAINT",
	"OBJECT_TRIGGER",
	"OBJECT_POLICY",
	"OBJECT_RULE"
]);

/** Types between which PostgreSQL changes no byte, in this direction. */
const sameBytes = /* @__PURE__ */ new Set([
	"varchar>text",
	"text>varchar",
	"cidr>inet",
	"xml>text",
	"xml>varchar",
	"int4>oid",
	"oid>int4",
	"int4>regclass",
	"varbit>bit",
	"bit>varbit",
	"citext>text",
	"text>citext",
	"varchar>citext",
	"citext>varchar"
]);
/** Types whose precision or length may grow without touching the rows. */
const widening = /* @__PURE__ */ new Set([
	"varchar",
	"varbit",
	"time",
	"timetz",
	"timestamp",
	"timestamptz"
]);
/** Classifies `ALTER COLUMN … TYPE to USING using`, for a column that has the type `from` now. */
function classifyTypeChange(schema, path, column, from, to, using) {
	if (using && !isColumn(using, column, to)) return "rewrite";
	const target = domainBase(schema, path, to);
	if (target === "constrained") return from && sameType(from, to) ? "none" : "rewrite";
	if (!from) return "unknown";
	const source = domainBase(schema, path, from);
	const present = source === "constrained" ? baseOf(schema, path, from) : source;
	return present ? betweenBases(present, target) : "unknown";
}
function betweenBases(from, to) {
	if (from.array !== to.array) return "rewrite";
	if (sameType(from, to)) return "none";
	if (from.array) return betweenArrays(from, to);
	const [present, wanted] = [from.name, to.name];
	if (present === wanted && from.schema === to.schema) return sameNameChange(from, to);
	if (present === "timestamp" && wanted === "timestamptz" || present === "timestamptz" && wanted === "timestamp") return narrows(from, to) ? "rewrite" : "time zone";
	if (!sameBytes.has(`${present}>${wanted}`)) return "rewrite";
	return to.modifiers.length === 0 ? "none" : "rewrite";
}
function betweenArrays(from, to) {
	return betweenBases({
		...from,
		array: false
	}, {
		...to,
		array: false
	}) === "none" && to.modifiers.length === 0 ? "none" : "rewrite";
}
function sameNameChange(from, to) {
	if (from.name === "numeric") {
		if (to.modifiers.length === 0) return "none";
		const [precision = 0, scale = 0] = to.modifiers;
		const [oldPrecision, oldScale = 0] = from.modifiers;
		return oldPrecision !== void 0 && precision >= oldPrecision && scale === oldScale ? "none" : "rewrite";
	}
	if (from.name === "interval") return to.modifiers.length === 0 ? "none" : from.modifiers.length === 0 ? "rewrite" : intervalChange(from, to);
	if (!widening.has(from.name)) return "rewrite";
	return narrows(from, to) ? "rewrite" : "none";
}
function intervalChange(from, to) {
	const [fields, precision] = to.modifiers;
	const [oldFields, oldPrecision] = from.modifiers;
	return fields === oldFields && (precision === void 0 || oldPrecision !== void 0 && precision >= oldPrecision) ? "none" : "rewrite";
}
function narrows(from, to) {
	const [length] = to.modifiers;
	const [oldLength] = from.modifiers;
	if (length === void 0) return false;
	const finest = temporalPrecision(to.name);
	if (finest !== void 0) return length < (oldLength ?? finest);
	return oldLength === void 0 || length < oldLength;
}
/** Times hold six digits of a second where nothing is said. */
const temporalPrecision = (name) => name.startsWith("time") ? 6 : void 0;
function sameType(one, other) {
	return one.name === other.name && one.schema === other.schema && one.array === other.array && one.modifiers.join() === other.modifiers.join();
}
function domainBase(schema, path, type) {
	const domain = domainOf(schema, path, type);
	if (!domain) return type;
	if (domain.constrained) return "constrained";
	return domain.base ? domainBase(schema, path, domain.base) : type;
}
/** Whether a type is a domain whose values have to pass a check or may not be null, its own or one of a domain below it. */
const isConstrained = (schema, path, type) => domainBase(schema, path, type) === "constrained";
/** What a type is kept as: of a domain, the type below it, as far as that is known. */
const storedType = (schema, path, type) => baseOf(schema, path, type) ?? type;
function baseOf(schema, path, type) {
	const base = domainOf(schema, path, type)?.base;
	return base && domainOf(schema, path, base) ? baseOf(schema, path, base) : base;
}
/** The domain that a type is, if it is one. */
function domainOf(schema, path, { schema: own, name, array }) {
	if (array) return void 0;
	const type = schema.types.get(objectNameOf(schema.types, path, own === void 0 ? [name] : [own, name]));
	return type?.kind === "domain" ? type : void 0;
}
/** Whether `USING` says no more than the column itself: `col`, or `col::type` with the type it gets. */
function isColumn(expression, column, to) {
	if ("ColumnRef" in expression) return nameParts(expression.ColumnRef.fields).at(-1) === column;
	if (!("TypeCast" in expression)) return false;
	const { arg, typeName } = expression.TypeCast;
	return arg !== void 0 && typeName !== void 0 && isColumn(arg, column, to) && sameType(columnType(typeName), to);
}

/** Volatile functions of extensions that come with PostgreSQL. */
const extensionFunctions = /* @__PURE__ */ new Set([
	"uuid_generate_v1",
	"uuid_generate_v1mc",
	"uuid_generate_v4",
	"gen_random_bytes",
	"gen_salt"
]);
/** Constant functions of those. */
const steadyExtensionFunctions = /* @__PURE__ */ new Set([
	"uuid_nil",
	"uuid_ns_dns",
	"uuid_ns_url",
	"uuid_ns_oid",
	"uuid_ns_x500",
	"uuid_generate_v3",
	"uuid_generate_v5"
]);
/** How volatile an expression is, after the simplification that PostgreSQL does first. */
function volatilityOf(expression, schema, path, depth = 0) {
	let unknown;
	for (const node of walk(expression)) {
		const call = node["FuncCall"];
		if (!call) continue;
		const parts = nameParts(call.funcname);
		const name = parts.at(-1) ?? "";
		const routine = schema.routines.get(objectNameOf(schema.routines, path, parts));
		if (routine && parts.at(-2) !== "pg_catalog") {
			if (routine.volatility === "volatile" && !(depth < 8 && inlines(routine.language, routine.body, schema, path, depth))) return {
				kind: "volatile",
				function: name
			};
		} else if (volatileFunctions.has(name) || extensionFunctions.has(name)) return {
			kind: "volatile",
			function: name
		};
		else if (!steadyFunctions.has(name) && !steadyExtensionFunctions.has(name)) unknown ??= name;
	}
	return unknown === void 0 ? { kind: "steady" } : {
		kind: "unknown",
		function: unknown
	};
}
/** PostgreSQL replaces a call of an SQL function that is one `SELECT expression` by the expression, and looks at that. */
function inlines(language, body, schema, path, depth) {
	if (language.toLowerCase() !== "sql") return false;
	const node = onlyStatement$1(body);
	if (!node || !("SelectStmt" in node)) return false;
	const { targetList = [], fromClause, valuesLists } = node.SelectStmt;
	if (fromClause || valuesLists || targetList.length !== 1) return false;
	return volatilityOf(targetList[0], schema, path, depth + 1).kind === "steady";
}

/** Whether adding this column rewrites the table, and why; `undefined` when it only changes the catalog. */
function columnRewrite(schema, definition, { searchPath }) {
	const constraints = constraintNodes(definition.constraints);
	if (isSerial(definition.typeName)) return { kind: "serial" };
	if (constraints.some(({ contype }) => contype === "CONSTR_IDENTITY")) return { kind: "identity" };
	const generated = constraints.find(({ contype }) => contype === "CONSTR_GENERATED");
	if (generated) return generated.generated_kind === "v" ? void 0 : { kind: "generated" };
	const value = defaultOf(definition);
	const volatility = volatilityOf(value, schema, searchPath);
	if (volatility.kind === "volatile") return {
		kind: "volatile default",
		function: volatility.function
	};
	const type = definition.typeName && columnType(definition.typeName);
	if (type && isConstrained(schema, searchPath, type)) return {
		kind: "domain",
		type: type.name
	};
	if (volatility.kind === "unknown") return {
		kind: "unknown function",
		function: volatility.function
	};
}
/** The default that a column definition gives, unless it is NULL. */
function defaultOf({ constraints }) {
	const value = constraintNodes(constraints).find(({ contype }) => contype === "CONSTR_DEFAULT")?.raw_expr;
	return value && !isNull(value) ? value : void 0;
}

/** What `ALTER COLUMN … TYPE` does to its table. */
function typeChangeOf(schema, table, { name = "", def }, { searchPath }) {
	if (!def || !("ColumnDef" in def) || !def.ColumnDef.typeName) return "none";
	const from = table.columns.find((column) => column.name === name)?.type;
	return classifyTypeChange(schema, searchPath, name, from, columnType(def.ColumnDef.typeName), def.ColumnDef.raw_default);
}
/** The checks that PostgreSQL verifies again when the column's type changes, however harmless the change. */
function recheckedOnTypeChange({ constraints }, column) {
	return constraints.filter(({ kind, columns, validated }) => kind === "check" && validated && columns.includes(column));
}
/** Whether a time zone, as `SET TimeZone` names it, is UTC. */
const isUtcZone = (timeZone) => timeZone !== void 0 && /^(utc|etc\/utc|gmt|etc\/gmt|zulu|0)$/i.test(timeZone);
/** Whether a change of type names another collation than the column is known to have. */
function changesCollation(table, { name, def }) {
	const wanted = def && "ColumnDef" in def ? nameParts(def.ColumnDef.collClause?.collname).join(".") : "";
	return wanted !== "" && table.columns.find((column) => column.name === name)?.collation !== wanted;
}

/** Whether a column is known to hold no NULL: declared so, or proved by a validated check, as PostgreSQL would conclude. */
function provenNotNull({ columns, constraints }, column) {
	return (columns.find(({ name }) => name === column)?.notNull ?? false) || constraints.some(({ kind, validated, columns: keys }) => kind === "primary key" && validated && keys.includes(column)) || notNullCheck(constraints, column) !== void 0;
}
/** The validated check that proves that a column holds no NULL, if there is one. */
function notNullCheck(constraints, column) {
	return constraints.find(({ kind, validated, expression }) => kind === "check" && validated && expression && impliesNotNull(expression, column));
}
/** Whether a condition cannot hold for a NULL in the column: `a IS NOT NULL`, alone or joined by `AND`. PostgreSQL concludes no more. */
function impliesNotNull(expression, column) {
	if ("BoolExpr" in expression) return expression.BoolExpr.boolop === "AND_EXPR" && (expression.BoolExpr.args ?? []).some((arg) => impliesNotNull(arg, column));
	if (!("NullTest" in expression)) return false;
	const { arg, nulltesttype } = expression.NullTest;
	return nulltesttype === "IS_NOT_NULL" && arg !== void 0 && "ColumnRef" in arg && nameParts(arg.ColumnRef.fields).at(-1) === column;
}

/** The effects of the subcommands about columns. */
const columnEffects = {
	AT_AddColumn({ def, missing_ok }, { schema, place, table, scanTable, rewriteTable, unsure, named, lockTree }) {
		if (!def || !("ColumnDef" in def)) return;
		const { colname = "" } = def.ColumnDef;
		if (missing_ok ? surelyHas(table, colname) : table.columns.some(({ name }) => name === colname)) return;
		const why = columnRewrite(schema, def.ColumnDef, place);
		if (why) rewriteTable();
		if (why?.kind === "unknown function") unsure();
		const value = defaultOf(def.ColumnDef);
		for (const { contype, pktable, skip_validation: notValid } of constraintNodes(def.ColumnDef.constraints)) {
			if (contype === "CONSTR_CHECK" && !notValid || contype === "CONSTR_UNIQUE" || contype === "CONSTR_PRIMARY") scanTable();
			if (contype === "CONSTR_NOTNULL" && !value && !isSerial(def.ColumnDef.typeName)) scanTable();
			if (contype === "CONSTR_FOREIGN" && pktable) {
				lockTree(named(pktable), "SHARE ROW EXCLUSIVE");
				if (value && !notValid) scanTable();
			}
		}
	},
	AT_DropColumn({ name: column = "" }, { table, lock }) {
		for (const { references } of foreignKeysOn(table, column)) if (references) lock(references.table, "ACCESS EXCLUSIVE");
	},
	AT_SetNotNull({ name: column = "" }, { table, scanTable }) {
		if (!provenNotNull(table, column)) scanTable();
	},
	AT_SetExpression({ name: column }, { table, rewriteTable }) {
		if (table.columns.find((known) => known.name === column)?.generated !== "virtual") rewriteTable();
	},
	AT_AlterColumnType(command, { schema, place, name, table, scanTable, rewriteTable, unsure, lock }) {
		const { name: column = "" } = command;
		const change = typeChangeOf(schema, table, command, place);
		const isUtc = change === "time zone" && isUtcZone(place.timeZone);
		if (change === "rewrite" || change === "unknown" || change === "time zone" && !isUtc) rewriteTable();
		if (change === "unknown" || change === "time zone" && place.timeZone === void 0) unsure();
		if ((isUtc || change === "none" && changesCollation(table, command)) && indexesOn(schema, table, column).length > 0) scanTable();
		if (change === "none" && recheckedOnTypeChange(table, column).length > 0) scanTable();
		for (const other of tablesKeyedBy(schema, table, name, column)) lock(other, "ACCESS EXCLUSIVE");
	}
};
/** The tables at the other end of the foreign keys that a column is part of, on either side. */
function tablesKeyedBy(schema, table, name, column) {
	return [...foreignKeysOn(table, column).flatMap(({ references }) => references ? [references.table] : []), ...table.referencedBy.filter((other) => tableNamed(schema, other)?.constraints.some(({ references }) => references?.table === name && refersTo(table, references.columns, column)))];
}
const foreignKeysOn = ({ constraints }, column) => constraints.filter(({ kind, columns }) => kind === "foreign key" && columns.includes(column));
const refersTo = (table, columns, column) => columns.length > 0 ? columns.includes(column) : table.constraints.some(({ kind, columns: key }) => kind === "primary key" && key.includes(column));

/**
* Whether a partition has a validated foreign key like the one that its parent gets: that one takes it over, and reads nothing.
* https://www.postgresql.org/docs/18/ddl-partitioning.html
*/
function hasSameForeignKey({ constraints }, { columns, references }) {
	return constraints.some((known) => known.kind === "foreign key" && known.validated && known.enforced !== false && known.references?.table === references?.table && isSame(known.columns, columns) && isSame(known.references?.columns ?? [], references?.columns ?? []));
}
const isSame = (one, other) => one.length === other.length && one.every((name, index) => name === other[index]);

/** The effects of the subcommands about constraints. */
const constraintEffects = {
	AT_AddConstraint({ def }, { schema, name, table, named, lockTree, scanTable, unsure }) {
		if (!def || !("Constraint" in def)) return;
		const { contype, pktable, skip_validation: notValid, indexname } = def.Constraint;
		if (contype === "CONSTR_FOREIGN") {
			const referenced = pktable && named(pktable);
			const key = constraintOf(name, def.Constraint, referenced);
			const isThere = table.partitionOf !== void 0 && key !== void 0 && hasSameForeignKey(table, key);
			if (referenced !== void 0) lockTree(referenced, isThere ? "ACCESS EXCLUSIVE" : "SHARE ROW EXCLUSIVE");
			if (!notValid && !isThere) scanTable();
			return;
		}
		if (indexname !== void 0) {
			const index = indexNamed(schema, qualified(splitName(name)[0], indexname));
			const nullable = index ? index.columns.some((key) => key !== void 0 && !provenNotNull(table, key)) : true;
			if (contype === "CONSTR_PRIMARY" && nullable) scanTable();
			if (contype === "CONSTR_PRIMARY" && !index) unsure();
			return;
		}
		if (contype === "CONSTR_NOTNULL" && constraintOf(name, def.Constraint, void 0)?.columns.every((key) => provenNotNull(table, key))) return;
		if (!notValid) scanTable();
	},
	AT_ValidateConstraint({ name: wanted }, { table, scanTable }) {
		if (!table.constraints.find(({ name }) => name === wanted)?.validated) scanTable();
	},
	AT_AlterConstraint(command, { table, lock, scanTable }) {
		const altered = enforcementIn(command);
		if (!altered) return;
		const { isEnforced } = altered;
		const constraint = table.constraints.find(({ name }) => name === altered.name);
		if (constraint && isEnforced === (constraint.enforced !== false)) return;
		if (isEnforced) scanTable();
		if (constraint?.references) lock(constraint.references.table, isEnforced ? "SHARE ROW EXCLUSIVE" : "ACCESS EXCLUSIVE");
	},
	AT_DropConstraint({ name: wanted, behavior }, { schema, name: table, lock }) {
		const constraint = tableNamed(schema, table)?.constraints.find(({ name }) => name === wanted);
		if (constraint && isKey(constraint) && behavior === "DROP_CASCADE") for (const other of foreignKeysTo(schema, table, constraint)) lock(other.table, "ACCESS EXCLUSIVE");
		const target = constraint?.references?.table;
		if (target !== void 0) lock(target, "ACCESS EXCLUSIVE");
	}
};

/** Whether what PostgreSQL does since 18 is to be reckoned with. */
const isFrom18 = ({ newestMajor = 18 }) => newestMajor >= 18;
/** Whether what the schema does not hold is not there, so that `IF EXISTS` drops nothing. */
const knowsMissing = ({ complete, unseen }) => complete === true && !unseen;

/** Subcommands that do not go down to partitions and inheriting tables. */
const onlyItself = /* @__PURE__ */ new Set([
	"AT_AttachPartition",
	"AT_DetachPartition",
	"AT_DetachPartitionFinalize",
	"AT_AddInherit",
	"AT_DropInherit",
	"AT_SetLogged",
	"AT_SetUnLogged",
	"AT_SetTableSpace",
	"AT_SetAccessMethod",
	"AT_SetRelOptions",
	"AT_ResetRelOptions",
	"AT_ReplicaIdentity",
	"AT_EnableRowSecurity",
	"AT_DisableRowSecurity",
	"AT_ForceRowSecurity",
	"AT_NoForceRowSecurity",
	"AT_ClusterOn",
	"AT_DropCluster",
	"AT_ChangeOwner",
	"AT_AddOf",
	"AT_DropOf"
]);
/** Whether a subcommand goes down to partitions and inheriting tables, unless `ONLY` says otherwise. */
const reachesDescendants = ({ subtype = "AT_AddColumn" }) => !onlyItself.has(subtype);
const lighter = {
	AT_SetStatistics: "SHARE UPDATE EXCLUSIVE",
	AT_SetOptions: "SHARE UPDATE EXCLUSIVE",
	AT_ResetOptions: "SHARE UPDATE EXCLUSIVE",
	AT_ClusterOn: "SHARE UPDATE EXCLUSIVE",
	AT_DropCluster: "SHARE UPDATE EXCLUSIVE",
	AT_ValidateConstraint: "SHARE UPDATE EXCLUSIVE",
	AT_AttachPartition: "SHARE UPDATE EXCLUSIVE",
	AT_DetachPartitionFinalize: "SHARE UPDATE EXCLUSIVE",
	AT_EnableTrig: "SHARE ROW EXCLUSIVE",
	AT_EnableAlwaysTrig: "SHARE ROW EXCLUSIVE",
	AT_EnableReplicaTrig: "SHARE ROW EXCLUSIVE",
	AT_DisableTrig: "SHARE ROW EXCLUSIVE",
	AT_EnableTrigAll: "SHARE ROW EXCLUSIVE",
	AT_DisableTrigAll: "SHARE ROW EXCLUSIVE",
	AT_EnableTrigUser: "SHARE ROW EXCLUSIVE",
	AT_DisableTrigUser: "SHARE ROW EXCLUSIVE"
};
const heavyOptions = /* @__PURE__ */ new Set([
	"user_catalog_table",
	"security_barrier",
	"security_invoker",
	"check_option"
]);
/** The lock that one subcommand of an `ALTER TABLE` takes on its table. */
function commandMode({ subtype = "AT_AddColumn", def }) {
	if (subtype === "AT_AddConstraint") return def && "Constraint" in def && def.Constraint.contype === "CONSTR_FOREIGN" ? "SHARE ROW EXCLUSIVE" : "ACCESS EXCLUSIVE";
	if (subtype === "AT_DetachPartition") return def && "PartitionCmd" in def && def.PartitionCmd.concurrent ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE";
	if (subtype === "AT_SetRelOptions" || subtype === "AT_ResetRelOptions") return (def && "List" in def ? def.List.items ?? [] : []).some((option) => "DefElem" in option && heavyOptions.has(option.DefElem.defname ?? "")) ? "ACCESS EXCLUSIVE" : "SHARE UPDATE EXCLUSIVE";
	return lighter[subtype] ?? "ACCESS EXCLUSIVE";
}
/** The lock that it takes on the partitions and inheriting tables below, where it goes down to them. */
function descendantMode(command, place) {
	const { subtype, def } = command;
	const kind = subtype === "AT_AddConstraint" && def && "Constraint" in def ? def.Constraint.contype ?? "" : "";
	return buildsIndex.has(kind) && !isFrom18(place) ? "SHARE" : commandMode(command);
}
const buildsIndex = /* @__PURE__ */ new Set([
	"CONSTR_PRIMARY",
	"CONSTR_UNIQUE",
	"CONSTR_EXCLUSION"
]);

/**
* Whether a table has a validated check that may be what spares the scan when it becomes a partition of another: on every
* column of the partition key, none of which may hold NULL. Whether it is, only the server can say.
*/
function boundMayBeImplied(schema, { partitionKey = [] }, child) {
	const table = tableNamed(schema, child);
	return table !== void 0 && checksKey(table, partitionKey) && partitionKey.every((column) => column === void 0 || provenNotNull(table, column));
}
/** Whether a table has a validated check on every column of a partition key; on any, where the key is unknown. */
const checksKey = ({ constraints }, key = []) => constraints.some(({ kind, validated, columns }) => kind === "check" && validated && key.every((column) => column === void 0 || columns.includes(column)));

/** The effects of the subcommands about partitions and inheritance. */
const partitionEffects = {
	AT_AddInherit: lockParent,
	AT_DropInherit: lockParent,
	AT_AttachPartition(command, context) {
		const child = lockPartition(command, context);
		if (child === void 0) return;
		const { schema, table: parent, lock, scan } = context;
		for (const { references } of parent.constraints) if (references) lock(references.table, "SHARE ROW EXCLUSIVE");
		for (const each of standIns(context, child)) scan(each);
		const { def } = command;
		if (def && "PartitionCmd" in def && def.PartitionCmd.bound?.is_default && parent.children.length === 0) return;
		if (tableNamed(schema, child)?.variety !== "partitioned" && !boundMayBeImplied(schema, parent, child)) scan(child);
	},
	AT_DetachPartition: (command, context) => void lockPartition(command, context),
	AT_DetachPartitionFinalize: (command, context) => void lockPartition(command, context)
};
function lockParent({ def }, { named, lock }) {
	if (def && "RangeVar" in def) lock(named(def.RangeVar), "SHARE UPDATE EXCLUSIVE");
}
/** Locks what joins or leaves; gives its name, or nothing where it is an index. */
function lockPartition({ def }, context) {
	if (!def || !("PartitionCmd" in def) || !def.PartitionCmd.name) return void 0;
	const { schema, named, lock, lockTree } = context;
	const child = named(def.PartitionCmd.name);
	if (indexNamed(schema, child)) return void 0;
	const concurrent = def.PartitionCmd.concurrent ?? false;
	lockTree(child, concurrent ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE");
	if (!concurrent) for (const each of standIns(context, child)) lock(each, "ACCESS EXCLUSIVE");
	return child;
}
/** The default partition beside a partition: its rows could belong there. */
const standIns = ({ schema, table }, child) => table.children.filter((sibling) => sibling !== child && tableNamed(schema, sibling)?.isDefaultPartition);

/** The effects of the subcommands about how and where a table is stored. */
const storageEffects = {
	AT_SetLogged(_command, { table, rewriteTable }) {
		if (table.unlogged || !table.complete) rewriteTable();
	},
	AT_SetUnLogged(_command, { table, rewriteTable }) {
		if (!table.unlogged) rewriteTable();
	},
	AT_SetAccessMethod: (_command, { rewriteTable }) => rewriteTable(),
	AT_SetTableSpace(_command, { name, table, rewrite }) {
		if (table.variety !== "partitioned") rewrite(name);
	}
};

/** One entry for each subcommand that does more than take its lock. */
const commands$1 = {
	...columnEffects,
	...constraintEffects,
	...storageEffects,
	...partitionEffects
};
const otherKinds = /* @__PURE__ */ new Set([
	"OBJECT_SEQUENCE",
	"OBJECT_TYPE",
	"OBJECT_INDEX"
]);
/** The effects of an `ALTER TABLE`, all its parts together: it takes the strongest lock that one of them needs, at once. */
function alterTableEffects({ relation, cmds = [], objtype = "OBJECT_TABLE" }, context) {
	if (!relation || otherKinds.has(objtype)) return;
	const { schema, place, named, lock } = context;
	const name = named(relation);
	if (indexNamed(schema, name)) return;
	const all = cmds.flatMap((node) => "AlterTableCmd" in node ? [node.AlterTableCmd] : []);
	const dropped = new Set(all.filter(({ subtype }) => subtype === "AT_DropConstraint").map((command) => command.name));
	for (const command of all) for (const each of relation.inh && reachesDescendants(command) ? withDescendants(schema, name) : [name]) {
		lock(each, each === name ? commandMode(command) : descendantMode(command, place));
		const known = tableNamed(schema, each) ?? unknownTable(...splitName(each));
		const constraints = known.constraints.filter((constraint) => !dropped.has(constraint.name));
		const isPartitioned = known.variety === "partitioned";
		commands$1[command.subtype ?? "AT_AddColumn"]?.(command, {
			...context,
			name: each,
			table: {
				...known,
				constraints
			},
			scanTable: () => {
				if (!isPartitioned) context.scan(each);
			},
			rewriteTable: () => {
				if (isPartitioned) return;
				context.rewrite(each);
				context.scan(each);
			}
		});
	}
}

/** The effects of making something that belongs to a table, or refers to one. */
const createEffects = {
	IndexStmt({ relation, concurrent, idxname, if_not_exists }, { schema, named, lock, scan }) {
		if (!relation) return;
		const table = named(relation);
		const mode = concurrent ? "SHARE UPDATE EXCLUSIVE" : "SHARE";
		if (if_not_exists && idxname !== void 0 && schema.relations.has(qualified(splitName(table)[0], idxname))) return lock(table, mode);
		const isPartitioned = tableNamed(schema, table)?.variety === "partitioned";
		for (const each of relation.inh && isPartitioned ? withDescendants(schema, table) : [table]) {
			const view = schema.relations.get(each);
			if (view && view.kind !== "table" && view.kind !== "materialized view") continue;
			lock(each, mode);
			if (tableNamed(schema, each)?.variety !== "partitioned") scan(each);
		}
	},
	CreateStmt({ relation, tableElts = [], inhRelations = [], partbound, if_not_exists, constraints = [] }, context) {
		const { schema, place, named, lock, lockTree } = context;
		if (if_not_exists && relation && schema.relations.has(newRelationName(place.searchPath, relation))) return;
		for (const parent of inhRelations) {
			if (!("RangeVar" in parent)) continue;
			const name = named(parent.RangeVar);
			if (partbound) lockForPartition(name, context);
			else lock(name, "SHARE UPDATE EXCLUSIVE");
		}
		const inline = tableElts.flatMap((element) => "ColumnDef" in element ? element.ColumnDef.constraints ?? [] : [element]);
		for (const { contype, pktable } of constraintNodes([...inline, ...constraints])) if (contype === "CONSTR_FOREIGN" && pktable) lockTree(named(pktable), "SHARE ROW EXCLUSIVE");
	},
	CreateTrigStmt({ relation, constrrel }, { named, lock }) {
		if (relation) lock(named(relation), "SHARE ROW EXCLUSIVE");
		if (constrrel) lock(named(constrrel), "SHARE ROW EXCLUSIVE");
	},
	RuleStmt({ relation }, { named, lock }) {
		if (relation) lock(named(relation), "ACCESS EXCLUSIVE");
	},
	CreatePolicyStmt({ table }, { named, lock }) {
		if (table) lock(named(table), "ACCESS EXCLUSIVE");
	},
	CreatePublicationStmt: ({ pubobjects }, context) => lockPublished(pubobjects, context),
	AlterPublicationStmt: ({ pubobjects }, context) => lockPublished(pubobjects, context),
	CreateStatsStmt({ relations = [] }, { named, lock }) {
		for (const relation of relations) if ("RangeVar" in relation) lock(named(relation.RangeVar), "SHARE UPDATE EXCLUSIVE");
	},
	ViewStmt({ view, replace }, { schema, named, lock }) {
		if (view && replace && schema.relations.has(named(view))) lock(named(view), "ACCESS EXCLUSIVE");
	}
};
/** What `CREATE TABLE … PARTITION OF` locks beside the new partition. */
function lockForPartition(parent, { schema, lock, scan }) {
	lock(parent, "ACCESS EXCLUSIVE");
	const table = tableNamed(schema, parent);
	for (const child of table?.children ?? []) if (tableNamed(schema, child)?.isDefaultPartition) {
		lock(child, "ACCESS EXCLUSIVE");
		scan(child);
	}
	for (const { references } of table?.constraints ?? []) if (references) lock(references.table, "SHARE ROW EXCLUSIVE");
	for (const other of table?.referencedBy ?? []) lock(other, "SHARE ROW EXCLUSIVE");
}
function lockPublished(objects = [], { named, lock, lockTree }) {
	for (const object of objects) {
		const relation = "PublicationObjSpec" in object ? object.PublicationObjSpec.pubtable?.relation : void 0;
		if (relation?.inh) lockTree(named(relation), "SHARE UPDATE EXCLUSIVE");
		else if (relation) lock(named(relation), "SHARE UPDATE EXCLUSIVE");
	}
}

/** What `DROP` names as a relation: where it does not exist, nothing is locked. */
const isRelation = /* @__PURE__ */ new Set([
	"OBJECT_TABLE",
	"OBJECT_FOREIGN_TABLE",
	"OBJECT_VIEW",
	"OBJECT_MATVIEW"
]);
/** The effects of `DROP`. */
const dropEffects = { DropStmt({ removeType, objects, concurrent, behavior, missing_ok }, context) {
	const { schema, place, lock } = context;
	const cascades = behavior === "DROP_CASCADE";
	for (const parts of nameLists(objects)) {
		const name = relationNameOf(schema, place.searchPath, parts);
		if (cascades) lockDependants(parts, removeType, context);
		if (missing_ok && knowsMissing(place) && isRelation.has(removeType ?? "") && !schema.relations.has(name)) continue;
		switch (removeType) {
			case "OBJECT_TABLE":
			case "OBJECT_FOREIGN_TABLE":
				dropTable(name, cascades, context);
				break;
			case "OBJECT_VIEW":
			case "OBJECT_MATVIEW":
				lock(name, "ACCESS EXCLUSIVE");
				break;
			case "OBJECT_INDEX": {
				const table = indexNamed(schema, name)?.table;
				if (table !== void 0) lock(table, concurrent ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE");
				break;
			}
			case "OBJECT_TRIGGER":
			case "OBJECT_RULE":
			case "OBJECT_POLICY":
				lock(relationNameOf(schema, place.searchPath, parts.slice(0, -1)), "ACCESS EXCLUSIVE");
				break;
			case "OBJECT_SCHEMA": if (cascades) lockEverythingIn(parts.at(-1) ?? "", context);
		}
	}
} };
function dropTable(name, cascades, { schema, lock }) {
	for (const each of withDescendants(schema, name)) {
		lock(each, "ACCESS EXCLUSIVE");
		const table = tableNamed(schema, each);
		for (const { references } of table?.constraints ?? []) if (references) lock(references.table, "ACCESS EXCLUSIVE");
		if (cascades) for (const other of table?.referencedBy ?? []) lock(other, "ACCESS EXCLUSIVE");
	}
	const parent = tableNamed(schema, name)?.partitionOf;
	if (parent === void 0) return;
	lock(parent, "ACCESS EXCLUSIVE");
	for (const sibling of tableNamed(schema, parent)?.children ?? []) if (tableNamed(schema, sibling)?.isDefaultPartition) lock(sibling, "ACCESS EXCLUSIVE");
}
const routineTypes = /* @__PURE__ */ new Set([
	"OBJECT_FUNCTION",
	"OBJECT_PROCEDURE",
	"OBJECT_ROUTINE"
]);
/** The views over what is dropped, and the tables that lose their columns of a dropped type, or their triggers. */
function lockDependants(parts, removeType, { schema, place, lock }) {
	const tables = removeType === "OBJECT_TYPE" || removeType === "OBJECT_DOMAIN" ? tablesWithType(schema, place, objectNameOf(schema.types, place.searchPath, parts)) : [];
	if (routineTypes.has(removeType ?? "")) for (const table of tablesWithTriggerOf(schema, objectNameOf(schema.routines, place.searchPath, parts))) lock(table, "ACCESS EXCLUSIVE");
	for (const table of tables) lock(table, "ACCESS EXCLUSIVE");
	for (const relation of [relationNameOf(schema, place.searchPath, parts), ...tables]) for (const view of viewsOver(schema, relation)) lock(view, "ACCESS EXCLUSIVE");
}
function lockEverythingIn(name, { schema, lock }) {
	for (const relation of schema.relations.values()) if (relation.schema === name && relation.kind !== "index" && relation.kind !== "sequence") lock(qualified(relation.schema, relation.name), "ACCESS EXCLUSIVE");
}

/** The effects of emptying, locking and tidying up what is there. */
const maintenanceEffects = {
	TruncateStmt({ relations = [], behavior }, context) {
		const { schema, lock, rewrite } = context;
		for (const relation of relations) {
			if (!("RangeVar" in relation)) continue;
			const listed = new Set(meant(relation.RangeVar, context));
			if (behavior === "DROP_CASCADE") for (const each of listed) for (const other of tableNamed(schema, each)?.referencedBy ?? []) for (const child of withDescendants(schema, other)) listed.add(child);
			for (const each of listed) {
				lock(each, "ACCESS EXCLUSIVE");
				if (tableNamed(schema, each)?.variety !== "partitioned") rewrite(each);
			}
		}
	},
	LockStmt({ relations = [], mode: number = 8 }, context) {
		const mode = lockModes[number - 1] ?? "ACCESS EXCLUSIVE";
		for (const relation of relations) if ("RangeVar" in relation) for (const each of meant(relation.RangeVar, context)) context.lock(each, mode);
	},
	RefreshMatViewStmt({ relation, concurrent }, { named, lock, rewrite }) {
		if (!relation) return;
		lock(named(relation), concurrent ? "EXCLUSIVE" : "ACCESS EXCLUSIVE");
		if (!concurrent) rewrite(named(relation));
	},
	ClusterStmt({ relation }, { named, lock, rewrite, scan }) {
		if (!relation) return;
		lock(named(relation), "ACCESS EXCLUSIVE");
		rewrite(named(relation));
		scan(named(relation));
	},
	VacuumStmt({ options, rels = [], is_vacuumcmd }, context) {
		const { schema, place, named, lock, rewrite, scan } = context;
		const full = (is_vacuumcmd ?? false) && isOptionOn(options, "full");
		for (const relation of rels) {
			const target = "VacuumRelation" in relation ? relation.VacuumRelation.relation : void 0;
			if (!target) continue;
			const goesDown = isFrom18(place) || tableNamed(schema, named(target))?.variety === "partitioned";
			for (const each of goesDown ? meant(target, context) : [named(target)]) {
				lock(each, full ? "ACCESS EXCLUSIVE" : "SHARE UPDATE EXCLUSIVE");
				if (!full || tableNamed(schema, each)?.variety === "partitioned") continue;
				rewrite(each);
				scan(each);
			}
		}
	},
	ReindexStmt({ kind, relation, params }, { schema, named, lock, scan }) {
		if (!relation) return;
		const ofIndex = kind === "REINDEX_OBJECT_INDEX";
		const name = named(relation);
		const owner = indexNamed(schema, name)?.table;
		const tables = ofIndex ? owner === void 0 ? [] : [owner] : withDescendants(schema, name);
		for (const table of tables) {
			lock(table, isOptionOn(params, "concurrently") ? "SHARE UPDATE EXCLUSIVE" : "SHARE");
			if (ofIndex || (tableNamed(schema, table)?.indexes.length ?? 1) > 0) scan(table);
		}
	}
};
/** The tables that a statement means by a name: without `ONLY` those below it too. */
const meant = (relation, { schema, named }) => relation.inh ? withDescendants(schema, named(relation)) : [named(relation)];

/** One entry for each kind of statement that has an effect. */
const effects = {
	...createEffects,
	...alterEffects,
	...dropEffects,
	...maintenanceEffects,
	AlterTableStmt: alterTableEffects
};
/** The effects of a statement on the schema before it, as far as the text tells. */
function effectsOf(schema, node, place) {
	const kind = nodeKind(node);
	const effect = effects[kind];
	if (!effect) return none$1;
	const locks = /* @__PURE__ */ new Map();
	const rewrites = /* @__PURE__ */ new Set();
	const scans = /* @__PURE__ */ new Set();
	let unsure = false;
	const lock = (relation, mode) => void locks.set(relation, strongerMode(locks.get(relation), mode));
	effect(node[kind], {
		schema,
		place,
		named: (relation) => relationName(schema, place.searchPath, relation),
		lock,
		lockTree: (relation, mode) => {
			for (const each of withDescendants(schema, relation)) lock(each, mode);
		},
		rewrite: (relation) => rewrites.add(relation),
		scan: (relation) => scans.add(relation),
		unsure: () => {
			unsure = true;
		}
	});
	for (const [relation, mode] of locks) if (!isSchemaLock(mode)) locks.delete(relation);
	return {
		locks,
		rewrites,
		scans,
		unsure
	};
}
const none$1 = {
	locks: /* @__PURE__ */ new Map(),
	rewrites: /* @__PURE__ */ new Set(),
	scans: /* @__PURE__ */ new Set(),
	unsure: false
};

/** The table that a foreign key refers to, by its qualified name; `undefined` for any other constraint. */
function referencedBy(schema, { pktable }, { searchPath }) {
	return pktable ? relationName(schema, searchPath, pktable) : void 0;
}
/** The schema after constraints that came with a table or a column. */
function addConstraints(schema, name, constraints, place) {
	return constraints.reduce((current, constraint) => addConstraint(current, name, constraint, void 0, place), schema);
}
/** The schema after one constraint, with the index that it brings. @param usingIndex the bare name of the index that it takes over */
function addConstraint(schema, name, constraint, usingIndex, place) {
	const [ownSchema] = splitName(name);
	const index = usingIndex === void 0 ? void 0 : indexNamed(schema, qualified(ownSchema, usingIndex));
	const columns = index ? index.columns.flatMap((column) => column ?? []) : constraint.columns;
	const whole = {
		...constraint,
		columns,
		...index ? {} : { name: freeName(schema, name, constraint) }
	};
	let result = withTable(schema, name, (table) => ({
		constraints: [...table.constraints, whole],
		...constraint.kind === "primary key" ? { columns: columns.reduce((all, column) => withColumnChange(all, column, { notNull: true }), table.columns) } : {}
	}));
	if (constraint.references && constraint.references.table !== name) result = withTable(result, constraint.references.table, (table) => ({ referencedBy: [...table.referencedBy, name] }));
	if (!isKey(constraint)) return result;
	const parent = constraint.partOf === void 0 ? void 0 : tableNamed(schema, name)?.partitionOf;
	return withIndex(index ? withoutRelation(result, qualified(ownSchema, index.name)) : result, {
		kind: "index",
		schema: ownSchema,
		name: whole.name,
		table: name,
		columns,
		unique: constraint.kind !== "exclude",
		partial: false,
		mentions: [],
		calls: [],
		method: constraint.kind === "exclude" ? "gist" : "btree",
		ofConstraint: true,
		...parent === void 0 ? {} : { partOf: qualified(splitName(parent)[0], constraint.partOf ?? "") },
		created: { migration: place.migration }
	});
}
/** The schema without a constraint of a table, without the index that it owns, and without what its children have of it. */
function dropConstraint(schema, name, constraintName) {
	const table = tableNamed(schema, name);
	const constraint = table?.constraints.find((candidate) => candidate.name === constraintName);
	if (!table || !constraint) return schema;
	const below = table.children.reduce((current, child) => (tableNamed(current, child)?.constraints ?? []).filter(({ partOf }) => partOf === constraintName).reduce((each, part) => dropConstraint(each, child, part.name), current), schema);
	let result = withTable(below, name, ({ constraints }) => ({ constraints: constraints.filter((other) => other !== constraint) }));
	const index = qualified(splitName(name)[0], constraintName);
	if (isKey(constraint) && indexNamed(result, index)?.table === name) result = withoutRelation(result, index);
	const target = constraint.references?.table;
	return target !== void 0 && tableNamed(result, target) ? withTable(result, target, (table) => ({ referencedBy: table.referencedBy.toSpliced(table.referencedBy.indexOf(name), 1) })) : result;
}
/** The constraint's name; with a number where PostgreSQL made it up and it is taken. One that was given is never taken. */
function freeName(schema, table, constraint) {
	const [ownSchema, bare] = splitName(table);
	const others = new Set(tableNamed(schema, table)?.constraints.map(({ name }) => name));
	return freeConstraintName(bare, constraint, (name) => others.has(name) || isKey(constraint) && schema.relations.has(qualified(ownSchema, name)));
}

/** A constraint of a parent as a new child has it: a check always, keys and foreign keys where it is a partition. */
function inherited(child, constraint, isPartition) {
	if (constraint.kind !== "check" && !isPartition) return [];
	return [{
		...isKey(constraint) ? keyFor(child, constraint) : constraint,
		partOf: constraint.name
	}];
}
/** The schema in which the children of a table have a constraint of it, too. */
function passedOn(schema, name, constraint, place) {
	const table = tableNamed(schema, name);
	return (table?.children ?? []).reduce((current, child) => received(current, child, constraint, table?.variety === "partitioned", place), schema);
}
/** The schema in which a table has a constraint of its parent: one of its own, where it is the same. */
function received(schema, child, constraint, isPartition, place) {
	const table = tableNamed(schema, child);
	const [own] = inherited(child, constraint, isPartition);
	if (!table || !own) return schema;
	const same = table.constraints.find((each) => each.partOf === void 0 && areSame(each, constraint));
	if (same === void 0) {
		const taken = own.kind === "foreign key" && table.constraints.some(({ name }) => name === own.name);
		const other = (place.newestMajor ?? 18) >= 18 ? {
			...own,
			name: `${own.name}_1`
		} : keyFor(child, own);
		const added = addConstraint(schema, child, taken ? other : own, void 0, place);
		return passedOn(added, child, tableNamed(added, child)?.constraints.at(-1) ?? own, place);
	}
	return isPartition ? adopted(schema, table, same, constraint.name) : schema;
}
/** A partition's own constraint goes with that of its parent from now on. */
function adopted(schema, table, own, partOf) {
	const name = qualified(table.schema, table.name);
	const result = withTable(schema, name, ({ constraints }) => ({ constraints: constraints.map((each) => each === own ? {
		...each,
		partOf
	} : each) }));
	const index = isKey(own) ? indexNamed(result, qualified(table.schema, own.name)) : void 0;
	const parent = table.partitionOf;
	return index && parent !== void 0 ? withRelation(result, {
		...index,
		partOf: qualified(splitName(parent)[0], partOf)
	}) : result;
}
/** Between a primary key and a unique constraint over the same columns PostgreSQL makes no difference here. */
function areSame(one, other) {
	if (one.kind === "check") return other.kind === "check" && one.name === other.name;
	return (one.kind === other.kind || isKey(one) && isKey(other)) && one.deferrable === other.deferrable && one.columns.join() === other.columns.join() && haveOneTarget(one.references, other.references);
}
/** Without columns a foreign key means the primary key. */
const haveOneTarget = (one, other) => one?.table === other?.table && (one?.columns.join() === other?.columns.join() || one?.columns.length === 0 || other?.columns.length === 0);
/** The schema in which the constraints of a table are its own, whatever becomes of its parent's. @param partOf only those that go with it */
const standingAlone = (schema, table, partOf) => withTable(schema, table, ({ constraints }) => ({ constraints: constraints.map((each) => {
	const { partOf: of, ...alone } = each;
	return partOf === void 0 || of === partOf ? alone : each;
}) }));

/** What the subcommands about columns do. */
const applyColumnCommand = {
	AT_AddColumn(schema, { def, missing_ok }, place) {
		if (!def || !("ColumnDef" in def)) return schema;
		const { name, migration } = place;
		const table = tableNamed(schema, name);
		const column = columnOf$1(def.ColumnDef);
		const isUnfilled = !column.hasDefault && !column.identity && !column.generated;
		const { type, generated, ...written } = {
			...column,
			added: { migration },
			...isUnfilled ? { unfilled: true } : {}
		};
		if (table?.columns.some((known) => known.name === written.name)) return schema;
		const added = type && (table?.complete || !missing_ok) ? {
			type,
			...written,
			...generated ? { generated } : {}
		} : written;
		const inline = inlineConstraints(name, def.ColumnDef, (node) => referencedBy(schema, node, place));
		const withColumn = everywhere(schema, place, ({ columns }) => ({ columns: [...columns, added] }));
		const own = tableNamed(withColumn, name)?.constraints.length ?? 0;
		const constrained = addConstraints(withColumn, name, inline, place);
		return (tableNamed(constrained, name)?.constraints.slice(own) ?? []).reduce((current, constraint) => place.recurses ? passedOn(current, name, constraint, place) : current, constrained);
	},
	AT_DropColumn: (schema, { name: column = "" }, { name, recurses }) => (recurses ? withDescendants(schema, name) : [name]).reduce((current, table) => withoutColumn(current, table, column), schema),
	AT_ColumnDefault: (schema, command, place) => changed$1(schema, command, place, { hasDefault: command.def !== void 0 && !isNull(command.def) }),
	AT_SetNotNull: (schema, command, place) => everywhere(changed$1(schema, command, place, { notNull: true }), place, ({ constraints }) => ({ constraints: constraints.map((known) => known.kind === "not null" && !known.validated && known.columns.includes(command.name ?? "") ? {
		...known,
		validated: true
	} : known) })),
	AT_DropNotNull: (schema, command, place) => changed$1(schema, command, place, { notNull: false }),
	AT_AddIdentity: (schema, command, place) => changed$1(schema, command, place, { identity: true }),
	AT_DropIdentity: (schema, command, place) => changed$1(schema, command, place, { identity: false }),
	AT_DropExpression: (schema, { name: column }, place) => everywhere(schema, place, ({ columns }) => ({ columns: columns.map((known) => known.name === column ? withoutGenerated(known) : known) })),
	AT_AlterColumnType(schema, command, place) {
		const { def } = command;
		if (!def || !("ColumnDef" in def) || !def.ColumnDef.typeName) return schema;
		const collation = nameParts(def.ColumnDef.collClause?.collname).join(".");
		const type = columnType(def.ColumnDef.typeName);
		return changed$1(schema, command, place, {
			type,
			...collation ? { collation } : {}
		});
	}
};
function everywhere(schema, { name, recurses }, change) {
	return (recurses ? withDescendants(schema, name) : [name]).reduce((current, table) => withTable(current, table, change), schema);
}
const changed$1 = (schema, { name: column = "" }, place, change) => everywhere(schema, place, ({ columns }) => ({ columns: withColumnChange(columns, column, change) }));
/** The schema without a column of a table, and without the constraints and indexes that include it. */
function withoutColumn(before, name, column) {
	const schema = withTable(before, name, ({ columns }) => ({ columns: columns.filter((known) => known.name !== column) }));
	const table = tableNamed(schema, name);
	if (!table) return schema;
	const constraints = table.constraints.filter(({ columns }) => columns.includes(column));
	return table.indexes.filter((index) => {
		const known = indexNamed(schema, index);
		return known !== void 0 && (known.columns.includes(column) || known.mentions.includes(column));
	}).reduce(withoutRelation, constraints.reduce((current, constraint) => dropConstraint(current, name, constraint.name), schema));
}
function withoutGenerated(column) {
	const { generated: _, ...rest } = column;
	return rest;
}

/** What the subcommands about constraints do. */
const applyConstraintCommand = {
	AT_AddConstraint(schema, { def }, place) {
		if (!def || !("Constraint" in def)) return schema;
		const { name } = place;
		const { contype, keys, skip_validation: notValid, indexname } = def.Constraint;
		const constraint = constraintOf(name, def.Constraint, referencedBy(schema, def.Constraint, place));
		if (!constraint) return schema;
		if (contype === "CONSTR_NOTNULL" && notValid) return withTable(schema, name, ({ constraints }) => ({ constraints: [...constraints, constraint] }));
		if (contype === "CONSTR_NOTNULL") return notNullIn(schema, [name], nameParts(keys));
		const added = addConstraint(schema, name, constraint, indexname, place);
		const own = tableNamed(added, name)?.constraints.at(-1);
		if (own?.kind === "primary key" && place.recurses && tableNamed(added, name)?.variety !== "partitioned") return notNullIn(added, withDescendants(added, name), own.columns);
		return place.recurses && own && !indexname && !def.Constraint.is_no_inherit ? passedOn(added, name, own, place) : added;
	},
	AT_ValidateConstraint: (schema, { name: wanted }, place) => withDescendants(schema, place.name).reduce((current, table) => {
		const validated = tableNamed(current, table)?.constraints.find(({ name }) => name === wanted);
		const told = withTable(current, table, ({ constraints }) => ({ constraints: constraints.map((each) => each === validated ? {
			...each,
			validated: true
		} : each) }));
		return validated?.kind === "not null" ? notNullIn(told, [table], validated.columns) : told;
	}, schema),
	AT_AlterConstraint(schema, command, { name }) {
		const altered = enforcementIn(command);
		if (!altered) return schema;
		return withTable(schema, name, ({ constraints }) => ({ constraints: constraints.map((each) => {
			if (each.name !== altered.name) return each;
			const { enforced: _, ...rest } = each;
			return altered.isEnforced ? {
				...rest,
				validated: true
			} : {
				...rest,
				validated: false,
				enforced: false
			};
		}) }));
	},
	AT_DropConstraint(schema, { name: wanted = "" }, { name, recurses }) {
		const left = (recurses ? [] : tableNamed(schema, name)?.children ?? []).reduce((current, child) => standingAlone(current, child, wanted), schema);
		return dropConstraint(left, name, wanted);
	}
};
const notNullIn = (schema, tables, keys) => tables.reduce((current, table) => withTable(current, table, ({ columns }) => ({ columns: keys.reduce((all, key) => withColumnChange(all, key, { notNull: true }), columns) })), schema);

/** The schema after a `CREATE INDEX`. */
function applyIndex(schema, statement, place) {
	const index = indexOf(schema, statement, place);
	if (!index || statement.if_not_exists && schema.relations.has(qualified(index.schema, index.name))) return schema;
	const made = withIndex(schema, index);
	return statement.relation?.inh ? inPartitions(made, index) : made;
}
/** The schema with the index in every partition, too. */
function inPartitions(schema, index) {
	const table = tableNamed(schema, index.table);
	return table?.variety === "partitioned" ? table.children.reduce((current, child) => withPart(current, {
		...index,
		partOf: qualified(index.schema, index.name)
	}, child), schema) : schema;
}
/** The schema with an index like this one on a partition: one of its own, where it has the same. */
function withPart(schema, index, table) {
	const same = sameIndex(schema, index, table);
	return same && index.partOf !== void 0 ? withRelation(schema, {
		...same,
		partOf: index.partOf
	}) : withCopy(schema, index, table);
}
/** The schema with an index like this one on another table, and its partitions, under a name that PostgreSQL makes up. */
function withCopy(schema, index, table) {
	const [ownSchema, bare] = splitName(table);
	const name = nameOf(schema, ownSchema, bare, index.columns.map((column) => column ?? index.calls[0] ?? "expr"));
	const copy = {
		...index,
		schema: ownSchema,
		name,
		table
	};
	return inPartitions(withIndex(schema, copy), copy);
}
/** The schema with the indexes of one table on another that is new, as `PARTITION OF` and `LIKE` copy them, constraints aside. */
function withIndexesOf(schema, source, table, { migration }) {
	return source.indexes.reduce((current, name) => {
		const index = indexNamed(current, name);
		if (!index || index.ofConstraint) return current;
		const isPart = tableNamed(current, table)?.partitionOf === qualified(source.schema, source.name);
		const { partOf: _, ...alone } = index;
		const made = {
			...alone,
			created: { migration }
		};
		return isPart ? withPart(current, {
			...made,
			partOf: name
		}, table) : withCopy(current, made, table);
	}, schema);
}
/** The index of a table that becomes part of another table's, instead of a new one. */
function sameIndex(schema, index, table) {
	const looks = ({ columns, unique, partial, mentions, calls, method }) => JSON.stringify([
		columns,
		unique,
		partial,
		mentions,
		calls,
		method
	]);
	return tableNamed(schema, table)?.indexes.flatMap((name) => indexNamed(schema, name) ?? []).find((each) => each.partOf === void 0 && looks(each) === looks(index));
}
/** The word, or the first that a number behind it makes another than those before. */
function numbered(word, before) {
	let other = word;
	for (let number = 1; before.includes(other); number += 1) other = `${word}${number}`;
	return other;
}
/** The name that PostgreSQL makes up. @param words what its keys bring to it */
function nameOf(schema, ownSchema, table, words) {
	const different = [];
	for (const word of words) different.push(numbered(word, different));
	return freeObjectName(table, different, "idx", (each) => schema.relations.has(qualified(ownSchema, each)));
}
/** The name that PostgreSQL makes up for an index with these keys on a table, without its schema. */
function madeUpIndexName(schema, table, keys) {
	const [ownSchema, bare] = splitName(table);
	return nameOf(schema, ownSchema, bare, wordsFor(keys));
}
/** An index as the model keeps it. */
function indexOf(schema, statement, place) {
	const { relation, idxname, indexParams = [], unique, whereClause, if_not_exists } = statement;
	if (!relation) return void 0;
	const table = relationName(schema, place.searchPath, relation);
	const [ownSchema] = splitName(table);
	const columns = indexParams.map((element) => "IndexElem" in element ? columnNamed(element.IndexElem) : void 0);
	return {
		kind: "index",
		schema: ownSchema,
		name: idxname ?? madeUpIndexName(schema, table, indexParams),
		table,
		columns,
		unique: unique ?? false,
		partial: whereClause !== void 0,
		...isNotNull(whereClause, columns[0]) ? { leavesOutNull: true } : {},
		mentions: mentionedColumns([indexParams, whereClause]),
		calls: calledFunctions([indexParams, whereClause]),
		method: statement.accessMethod ?? "btree",
		ofConstraint: false,
		...if_not_exists && !place.complete ? {} : { created: { migration: place.migration } }
	};
}
function isNotNull(condition, column) {
	if (!condition || !("NullTest" in condition) || condition.NullTest.nulltesttype !== "IS_NOT_NULL") return false;
	const { arg } = condition.NullTest;
	return column !== void 0 && arg !== void 0 && columnNamed({ expr: arg }) === column;
}
const wordsFor = (keys) => keys.map((key) => "IndexElem" in key ? wordFor(key.IndexElem) : "expr");
/** What PostgreSQL puts into the name of an index for one of its keys: the column, the function that is called, or `expr`. */
function wordFor({ name, expr }) {
	const written = name ?? (expr && "ColumnRef" in expr ? nameParts(expr.ColumnRef.fields).at(-1) : void 0);
	if (written !== void 0) return written;
	return (expr && "FuncCall" in expr ? nameParts(expr.FuncCall.funcname).at(-1) : void 0) ?? "expr";
}

/** What the subcommands about partitions and inheritance do. */
const applyPartitionCommand = {
	AT_AttachPartition(schema, command, place) {
		const child = partitionIn(schema, command, place);
		if (child === void 0 || isBelow(schema, child, place.name)) return schema;
		const { def } = command;
		const isDefault = (def && "PartitionCmd" in def && def.PartitionCmd.bound?.is_default) ?? false;
		const attached = withTable(schema, child, () => ({
			partitionOf: place.name,
			isDefaultPartition: isDefault
		}));
		const joined = withTable(attached, place.name, ({ children }) => ({
			children: [...children, child],
			variety: "partitioned"
		}));
		const parent = tableNamed(joined, place.name);
		if (!parent) return joined;
		const constrained = parent.constraints.reduce((current, constraint) => received(current, child, constraint, true, place), joined);
		return withIndexesOf(constrained, parent, child, place);
	},
	AT_DetachPartition: detach,
	AT_DetachPartitionFinalize: detach,
	AT_AddInherit(schema, command, place) {
		const parent = parentIn(schema, command, place);
		if (parent === void 0 || isBelow(schema, place.name, parent)) return schema;
		const changed = withTable(schema, place.name, ({ inherits }) => ({ inherits: [...inherits, parent] }));
		return withTable(changed, parent, ({ children }) => ({ children: [...children, place.name] }));
	},
	AT_DropInherit(schema, command, place) {
		const parent = parentIn(schema, command, place);
		if (parent === void 0) return schema;
		const changed = withTable(standingAlone(schema, place.name), place.name, ({ inherits }) => ({ inherits: inherits.filter((other) => other !== parent) }));
		return withTable(changed, parent, ({ children }) => ({ children: children.filter((other) => other !== place.name) }));
	}
};
/** Whether a table is another one or below it: PostgreSQL makes nothing a child of its own. */
const isBelow = (schema, top, table) => withDescendants(schema, top).includes(table);
function detach(schema, command, place) {
	const child = partitionIn(schema, command, place);
	if (child === void 0) return schema;
	const { partitionOf: _, ...alone } = tableNamed(schema, child) ?? unknownTable(...splitName(child));
	const left = alone.indexes.reduce(withoutParent, standingAlone(withRelation(schema, {
		...alone,
		isDefaultPartition: false
	}), child));
	return withTable(left, place.name, ({ children }) => ({
		children: children.filter((other) => other !== child),
		variety: "partitioned"
	}));
}
/** The schema in which an index is part of no other. */
function withoutParent(schema, name) {
	const index = indexNamed(schema, name);
	if (index?.partOf === void 0) return schema;
	const { partOf: _, ...alone } = index;
	return withRelation(schema, alone);
}
/** The partition that joins or leaves, by its qualified name; nothing where it is an index. */
function partitionIn(schema, { def }, { searchPath }) {
	if (!def || !("PartitionCmd" in def) || !def.PartitionCmd.name) return void 0;
	const child = relationName(schema, searchPath, def.PartitionCmd.name);
	return indexNamed(schema, child) ? void 0 : child;
}
const parentIn = (schema, { def }, { searchPath }) => def && "RangeVar" in def ? relationName(schema, searchPath, def.RangeVar) : void 0;

/** One entry for each subcommand that makes a difference to the model. */
const commands = {
	...applyColumnCommand,
	...applyConstraintCommand,
	...applyPartitionCommand,
	AT_SetLogged: (schema, _command, { name }) => withTable(schema, name, () => ({ unlogged: false })),
	AT_SetUnLogged: (schema, _command, { name }) => withTable(schema, name, ({ variety }) => ({ unlogged: variety !== "partitioned" })),
	AT_EnableRowSecurity: (schema, _command, { name }) => withTable(schema, name, () => ({ rowSecurity: true })),
	AT_DisableRowSecurity: (schema, _command, { name }) => withTable(schema, name, () => ({ rowSecurity: false }))
};
/** The schema after an `ALTER TABLE`. */
function applyAlterTable(schema, { relation, cmds = [], objtype }, place) {
	if (!relation || objtype !== "OBJECT_TABLE" && objtype !== "OBJECT_FOREIGN_TABLE") return schema;
	const name = relationName(schema, place.searchPath, relation);
	const existing = schema.relations.get(name);
	if (existing && existing.kind !== "table") return schema;
	const where = {
		...place,
		name,
		recurses: relation.inh ?? false
	};
	return cmds.flatMap((node) => "AlterTableCmd" in node ? [node.AlterTableCmd] : []).toSorted((one, other) => passOf(one) - passOf(other)).reduce((current, command) => commands[command.subtype ?? "AT_AddColumn"]?.(current, command, where) ?? current, existing ? schema : withTable(schema, name, () => ({})));
}
/** PostgreSQL takes the parts of a statement in this order, whatever the text says; what is not listed comes last. */
const passes = [
	["AT_DropColumn", "AT_DropConstraint"],
	["AT_AlterColumnType"],
	["AT_AddColumn"]
];
function passOf({ subtype = "AT_AddColumn" }) {
	const pass = passes.findIndex((each) => each.includes(subtype));
	return pass === -1 ? passes.length : pass;
}

/** The schema after a `CREATE TABLE`. */
function applyCreateTable(schema, statement, place, variety = statement.partspec ? "partitioned" : "ordinary") {
	const { relation, tableElts = [], inhRelations = [], partbound, if_not_exists } = statement;
	if (!relation) return schema;
	const name = newRelationName(place.searchPath, relation);
	const existing = schema.relations.get(name);
	if (if_not_exists && existing && (place.complete || existing.created || tableNamed(schema, name)?.complete)) return schema;
	const below = withDescendants(schema, name);
	const parents = inhRelations.flatMap((node) => "RangeVar" in node ? [relationName(schema, place.searchPath, node.RangeVar)] : []).filter((parent) => !below.includes(parent));
	let visible;
	const referenced = ({ pktable }) => pktable && relationName(visible ??= withRelation(schema, unknownTable(...splitName(name))), place.searchPath, pktable);
	const keepsIdentity = partbound !== void 0 && (place.newestMajor ?? 18) >= 17;
	const known = parents.flatMap((parent) => tableNamed(schema, parent) ?? []);
	const columns = known.flatMap((parent) => parent.columns.map((column) => ({
		...column,
		identity: column.identity && keepsIdentity
	})));
	const constraints = known.flatMap((parent) => parent.constraints.flatMap((constraint) => inherited(name, constraint, partbound !== void 0)));
	const copied = partbound ? [...known] : [];
	let complete = true;
	for (const element of tableElts) if ("ColumnDef" in element) {
		columns.push(columnOf$1(element.ColumnDef));
		constraints.push(...inlineConstraints(name, element.ColumnDef, referenced));
	} else if ("TableLikeClause" in element) {
		const { relation: source, options = 0 } = element.TableLikeClause;
		const model = source && tableNamed(schema, relationName(schema, place.searchPath, source));
		if (model?.complete) columns.push(...model.columns.map((column) => likeColumn(column, options)));
		else complete = false;
		if (!model) continue;
		if (options & like.constraints) constraints.push(...model.constraints.filter(({ kind }) => kind === "check").map(alone));
		if (options & like.indexes) {
			constraints.push(...model.constraints.filter(isKey).map((key) => alone(keyFor(name, key))));
			copied.push(model);
		}
	}
	for (const node of constraintNodes([...tableElts, ...statement.constraints ?? []])) {
		const constraint = constraintOf(name, node, referenced(node));
		if (constraint) constraints.push(constraint);
	}
	const keys = new Set(constraints.filter(({ kind }) => kind === "primary key").flatMap(({ columns: key }) => key));
	const [ownSchema, bare] = splitName(name);
	const partitionOf = partbound ? parents[0] : void 0;
	const table = {
		...unknownTable(ownSchema, bare),
		variety,
		...statement.partspec ? { partitionKey: partitionKey(statement.partspec) } : {},
		temporary: relation.relpersistence === "t",
		unlogged: relation.relpersistence === "u",
		complete: complete && parents.every((parent) => tableNamed(schema, parent)?.complete) && !nameParts(statement.ofTypename?.names).length,
		columns: columns.map((column) => keys.has(column.name) ? {
			...column,
			notNull: true
		} : column),
		isDefaultPartition: partbound?.is_default ?? false,
		...partitionOf === void 0 ? { inherits: parents } : { partitionOf },
		...if_not_exists && !place.complete ? {} : { created: { migration: place.migration } }
	};
	const withParents = parents.reduce((current, parent) => withTable(current, parent, ({ children, variety: kind }) => ({
		children: [...children, name],
		variety: partitionOf === void 0 ? kind : "partitioned"
	})), withRelation(schema, table));
	const valid = withoutTwins(name, constraints).map((constraint) => ({
		...constraint,
		validated: true
	}));
	return copied.reduce((current, source) => withIndexesOf(current, source, name, place), addConstraints(withParents, name, valid, place));
}
/** Of a primary key and a unique constraint over the same columns PostgreSQL makes one, under the name that was given. */
function withoutTwins(table, constraints) {
	const key = constraints.find(({ kind, partOf }) => kind === "primary key" && partOf === void 0);
	const twins = constraints.filter(({ kind, columns, deferrable, partOf }) => kind === "unique" && partOf === void 0 && columns.join() === key?.columns.join() && deferrable === key.deferrable);
	if (!key || twins.length === 0) return constraints;
	const given = [key, ...twins].find((each) => each.name !== keyFor(table, each).name);
	return constraints.filter((each) => !twins.includes(each)).map((each) => each === key ? {
		...key,
		name: given?.name ?? key.name
	} : each);
}
const partitionKey = ({ partParams = [] }) => partParams.map((element) => "PartitionElem" in element ? columnNamed(element.PartitionElem) : void 0);
function alone(constraint) {
	const { partOf: _, ...rest } = constraint;
	return rest;
}
/** The bits of `LIKE … INCLUDING`, as the parser gives them. */
const like = {
	constraints: 4,
	defaults: 8,
	generated: 16,
	identity: 32,
	indexes: 64
};
/** A column as `LIKE` copies it: whether it may be null always, the rest where it says so. */
function likeColumn(source, options) {
	const { generated, serial: _, ...column } = source;
	return {
		...column,
		hasDefault: column.hasDefault && (options & like.defaults) !== 0,
		identity: column.identity && (options & like.identity) !== 0,
		...generated && options & like.generated ? { generated } : {}
	};
}

/** The schema after a `DROP`. */
function applyDrop(schema, { objects, removeType, behavior }, place) {
	const { searchPath } = place;
	const cascades = behavior === "DROP_CASCADE";
	const dropEach = (drop) => nameLists(objects).reduce(drop, schema);
	switch (removeType) {
		case "OBJECT_TABLE":
		case "OBJECT_FOREIGN_TABLE":
		case "OBJECT_VIEW":
		case "OBJECT_MATVIEW":
		case "OBJECT_INDEX":
		case "OBJECT_SEQUENCE": return dropEach((current, parts) => {
			const name = relationNameOf(current, searchPath, parts);
			return cascades ? withoutDependants(current, name) : withoutRelation(current, name);
		});
		case "OBJECT_TYPE":
		case "OBJECT_DOMAIN": return dropEach((current, parts) => {
			const name = objectNameOf(current.types, searchPath, parts);
			const without = {
				...current,
				types: current.types.delete(name)
			};
			return cascades ? withoutColumnsOf(without, name, current, place) : without;
		});
		case "OBJECT_FUNCTION":
		case "OBJECT_PROCEDURE":
		case "OBJECT_ROUTINE": return dropEach((current, parts) => withoutRoutine(current, objectNameOf(current.routines, searchPath, parts)));
		case "OBJECT_SCHEMA": return dropEach((current, parts) => withoutSchema(current, parts.at(-1) ?? ""));
		case "OBJECT_TRIGGER":
		case "OBJECT_POLICY": return dropEach((current, parts) => {
			const table = relationNameOf(current, searchPath, parts.slice(0, -1));
			const gone = parts.at(-1);
			if (!tableNamed(current, table)) return current;
			return withTable(current, table, ({ triggers, policies }) => removeType === "OBJECT_TRIGGER" ? { triggers: triggers.filter(({ name }) => name !== gone) } : { policies: policies.filter(({ name }) => name !== gone) });
		});
		default: return schema;
	}
}
/** The schema without a relation, and without the views over it and the tables that inherit from it. */
function withoutDependants(schema, name) {
	const tables = withDescendants(schema, name);
	const views = tables.flatMap((each) => viewsOver(schema, each));
	return [.../* @__PURE__ */ new Set([...views, ...tables.toReversed()])].reduce(withoutRelation, schema);
}
/** The schema without the columns of a type that is gone. */
function withoutColumnsOf(schema, type, before, { searchPath }) {
	return tablesWithType(before, { searchPath }, type).reduce((current, table) => {
		return (tableNamed(current, table)?.columns.filter(({ type: of }) => of && isType(before, searchPath, of, type)) ?? []).reduce((each, { name }) => withoutColumn(each, table, name), current);
	}, schema);
}
function withoutSchema(schema, name) {
	let result = {
		...schema,
		schemas: schema.schemas.delete(name)
	};
	for (const relation of schema.relations.values()) if (relation.schema === name) result = withoutDependants(result, qualified(relation.schema, relation.name));
	for (const type of schema.types.values()) if (type.schema === name) result = {
		...result,
		types: result.types.delete(qualified(name, type.name))
	};
	for (const routine of schema.routines.values()) if (routine.schema === name) result = {
		...result,
		routines: result.routines.delete(qualified(name, routine.name))
	};
	return result;
}
/** With a routine go the triggers that run it: PostgreSQL drops it with CASCADE, or where there is none. */
function withoutRoutine(schema, name) {
	const dropped = {
		...schema,
		routines: schema.routines.delete(name)
	};
	return tablesWithTriggerOf(schema, name).reduce((current, table) => withTable(current, table, ({ triggers }) => ({ triggers: triggers.filter(({ runs }) => runs !== name) })), dropped);
}

/** What GRANT, REVOKE and ALTER DEFAULT PRIVILEGES say of tables and views. Which privilege it is makes no difference here. */
const applyGrants = {
	GrantStmt(schema, statement, place) {
		const { is_grant: isGrant = false, objtype = "OBJECT_TABLE", grantees } = statement;
		if (objtype !== "OBJECT_TABLE") return schema;
		const roles = rolesIn(grantees);
		const counted = isGrant ? {
			...schema,
			grantCounts: schema.grantCounts ?? countGrants(schema.relations)
		} : schema;
		return namedIn(schema, statement, place).reduce((current, name) => {
			const relation = current.relations.get(name);
			const { grantees = [] } = relation ?? {};
			if (!relation || roles.every((role) => grantees.includes(role) === isGrant)) return current;
			const others = grantees.filter((role) => !roles.includes(role));
			return withRelation(current, {
				...relation,
				grantees: isGrant ? [...others, ...roles] : others
			});
		}, counted);
	},
	AlterDefaultPrivilegesStmt(schema, { action }) {
		if (!action?.is_grant || action.objtype !== "OBJECT_TABLE") return schema;
		return {
			...schema,
			defaultGrantees: [...schema.defaultGrantees ?? [], ...rolesIn(action.grantees)]
		};
	}
};
/** The relations that a GRANT is about. */
function namedIn(schema, { targtype, objects = [] }, { searchPath }) {
	if (targtype !== "ACL_TARGET_ALL_IN_SCHEMA") return objects.flatMap((each) => "RangeVar" in each ? [relationName(schema, searchPath, each.RangeVar)] : []);
	const schemas = new Set(nameParts(objects));
	return schema.relations.values().flatMap((relation) => relation.kind !== "index" && relation.kind !== "sequence" && schemas.has(relation.schema) ? [qualified(relation.schema, relation.name)] : []);
}
const rolesIn = (grantees = []) => grantees.flatMap((each) => {
	if (!("RoleSpec" in each)) return [];
	const { roletype, rolename } = each.RoleSpec;
	return roletype === "ROLESPEC_PUBLIC" ? ["PUBLIC"] : rolename ?? [];
});

/** The relations that a query names, without those it defines itself with `WITH`. */
function relationsRead(schema, path, query) {
	const own = /* @__PURE__ */ new Set();
	const named = [];
	for (const node of walk(query)) {
		if ("RangeVar" in node) named.push(node["RangeVar"]);
		if ("CommonTableExpr" in node) own.add(node["CommonTableExpr"].ctename ?? "");
	}
	return [...new Set(named.filter(({ schemaname, relname = "" }) => schemaname !== void 0 || !own.has(relname)).map((relation) => relationName(schema, path, relation)))];
}

/** What the statements that make views, sequences and tables of queries do. */
const applyRelation = {
	ViewStmt(schema, { view, query, replace }, { searchPath, migration }) {
		if (!view) return schema;
		const read = queryOf(schema, searchPath, query);
		const temporary = view.schemaname === void 0 && read.reads.some((each) => splitName(each)[0] === "pg_temp");
		const name = newRelationName(searchPath, temporary ? {
			...view,
			relpersistence: "t"
		} : view);
		const [ownSchema, bare] = splitName(name);
		const existing = schema.relations.get(name);
		return withRelation(schema, {
			kind: "view",
			schema: ownSchema,
			name: bare,
			...read,
			indexes: [],
			...replace ? existing?.created ? { created: existing.created } : {} : { created: { migration } },
			...replace && existing?.grantees ? { grantees: existing.grantees } : {}
		});
	},
	CreateTableAsStmt(schema, { into, query, objtype, if_not_exists }, { searchPath, migration, complete }) {
		if (!into?.rel) return schema;
		const name = newRelationName(searchPath, into.rel);
		if (if_not_exists && schema.relations.has(name)) return schema;
		const [ownSchema, bare] = splitName(name);
		const origin = if_not_exists && !complete ? {} : { created: { migration } };
		if (objtype !== "OBJECT_MATVIEW") return withTable(withoutRelation(schema, name), name, () => ({
			...origin,
			temporary: into.rel?.relpersistence === "t"
		}));
		return withRelation(schema, {
			kind: "materialized view",
			schema: ownSchema,
			name: bare,
			...queryOf(schema, searchPath, query),
			indexes: [],
			...origin
		});
	},
	CreateSeqStmt(schema, { sequence, if_not_exists }, { searchPath, migration, complete }) {
		if (!sequence) return schema;
		const [ownSchema, name] = splitName(newRelationName(searchPath, sequence));
		return withRelation(schema, {
			kind: "sequence",
			schema: ownSchema,
			name,
			...if_not_exists && !complete ? {} : { created: { migration } }
		});
	}
};
/** What a view keeps of its query. */
function queryOf(schema, searchPath, query) {
	const reads = relationsRead(schema, searchPath, query);
	const all = namesEverything(query) ? reads.flatMap((name) => tableNamed(schema, name)?.columns.map((column) => column.name) ?? []) : [];
	return {
		reads,
		mentions: [.../* @__PURE__ */ new Set([...mentionedColumns(query), ...all])]
	};
}

/** The names of a relation before and after a statement that renames it or moves it to another schema. */
function renaming(schema, node, { searchPath }) {
	if ("AlterObjectSchemaStmt" in node) {
		const { relation, newschema, objectType } = node.AlterObjectSchemaStmt;
		if (!relation || newschema === void 0 || !objectType) return void 0;
		const from = relationName(schema, searchPath, relation);
		return {
			from,
			to: qualified(newschema, splitName(from)[1])
		};
	}
	if (!("RenameStmt" in node)) return void 0;
	const { renameType, relation, newname = "" } = node.RenameStmt;
	if (!relation || !renameType || partsOfTable.has(renameType)) return void 0;
	const from = relationName(schema, searchPath, relation);
	return {
		from,
		to: qualified(splitName(from)[0], newname)
	};
}
const partsOfTable = /* @__PURE__ */ new Set([
	"OBJECT_COLUMN",
	"OBJECT_TABCONSTRAINT",
	"OBJECT_TRIGGER",
	"OBJECT_RULE",
	"OBJECT_POLICY"
]);

/** The schema after a `RENAME`. */
function applyRename(schema, statement, place) {
	const { renameType, relation, subname = "", newname = "", object } = statement;
	const swap = (text) => text === subname ? newname : text;
	if (renameType === "OBJECT_SCHEMA") return schemaUnderNewName(schema, subname, newname, place);
	if (!relation) return movedObject(schema, renameType, object, { name: newname }, place) ?? schema;
	const name = relationName(schema, place.searchPath, relation);
	switch (renameType) {
		case "OBJECT_COLUMN": return (relation.inh ? withDescendants(schema, name) : [name]).reduce((current, table) => columnUnderNewName(current, table, swap), schema);
		case "OBJECT_TABCONSTRAINT": {
			const index = qualified(splitName(name)[0], subname);
			const changed = constraintUnderNewName(schema, name, swap);
			const owned = indexNamed(schema, index);
			return owned?.ofConstraint && owned.table === name ? renamed(changed, index, splitName(name)[0], newname) : changed;
		}
		default: {
			const index = indexNamed(schema, name);
			const change = (text) => text === index?.name ? newname : text;
			return underNewName(index?.ofConstraint ? constraintUnderNewName(schema, index.table, change) : schema, { RenameStmt: statement }, place);
		}
	}
}
/** A check has one name in a table and its children; a key of a partition keeps its own. */
function constraintUnderNewName(schema, table, swap) {
	const changed = withTable(schema, table, ({ constraints }) => ({ constraints: constraints.map((constraint) => ({
		...constraint,
		name: swap(constraint.name)
	})) }));
	return (tableNamed(changed, table)?.children ?? []).reduce((current, child) => {
		return constraintUnderNewName(withTable(current, child, ({ constraints }) => ({ constraints: constraints.map((each) => each.partOf === void 0 ? each : {
			...each,
			partOf: swap(each.partOf)
		}) })), child, (name) => isCheck(schema, table, name) ? swap(name) : name);
	}, changed);
}
const isCheck = (schema, table, name) => tableNamed(schema, table)?.constraints.some((each) => each.kind === "check" && each.name === name) ?? false;
function schemaUnderNewName(schema, from, to, { searchPath }) {
	const made = schema.schemas.get(from);
	let result = made ? {
		...schema,
		schemas: schema.schemas.delete(from).set(to, made)
	} : schema;
	for (const each of schema.relations.values()) if (each.schema === from && each.kind !== "index") result = renamed(result, qualified(from, each.name), to, each.name);
	for (const type of schema.types.values()) if (type.schema === from) result = typeMoved(result, type, {
		...type,
		schema: to
	}, searchPath);
	for (const routine of schema.routines.values()) if (routine.schema === from) result = routineMoved(result, routine, {
		...routine,
		schema: to
	});
	return result;
}
/** The schema after a `SET SCHEMA`. */
function applyMove(schema, statement, place) {
	const { object, objectType, newschema = "" } = statement;
	return movedObject(schema, objectType, object, { schema: newschema }, place) ?? underNewName(schema, { AlterObjectSchemaStmt: statement }, place);
}
/** The schema in which a type or a routine has another name or schema; `undefined` of what is neither. */
function movedObject(schema, objectType, object, to, { searchPath }) {
	const [parts = []] = nameLists(object ? [object] : []);
	switch (objectType) {
		case "OBJECT_TYPE":
		case "OBJECT_DOMAIN": {
			const type = schema.types.get(objectNameOf(schema.types, searchPath, parts));
			return type ? typeMoved(schema, type, {
				...type,
				...to
			}, searchPath) : schema;
		}
		case "OBJECT_FUNCTION":
		case "OBJECT_PROCEDURE":
		case "OBJECT_ROUTINE": {
			const routine = schema.routines.get(objectNameOf(schema.routines, searchPath, parts));
			return routine ? routineMoved(schema, routine, {
				...routine,
				...to
			}) : schema;
		}
		default: return;
	}
}
function underNewName(schema, node, place) {
	const names = renaming(schema, node, place);
	return names ? renamed(schema, names.from, ...splitName(names.to)) : schema;
}
/** The schema in which a type, and every column that has it, goes by another name. */
function typeMoved(schema, from, to, path) {
	const name = qualified(from.schema, from.name);
	const types = schema.types.delete(name).set(qualified(to.schema, to.name), to);
	const movedTo = from.schema === to.schema ? {} : { schema: to.schema };
	return tablesWithType(schema, { searchPath: path }, name).reduce((current, table) => withTable(current, table, ({ columns }) => ({ columns: columns.map((column) => column.type && isType(schema, path, column.type, name) ? {
		...column,
		type: {
			...column.type,
			...movedTo,
			name: to.name
		}
	} : column) })), {
		...schema,
		types
	});
}
/** The schema in which a routine, and every trigger that runs it, goes by another name. */
function routineMoved(schema, from, to) {
	const [name, newName] = [from, to].map((each) => qualified(each.schema, each.name));
	const routines = schema.routines.delete(name).set(newName, to);
	return tablesWithTriggerOf(schema, name).reduce((current, table) => withTable(current, table, ({ triggers }) => ({ triggers: triggers.map((each) => each.runs === name ? {
		...each,
		runs: newName
	} : each) })), {
		...schema,
		routines
	});
}
/** What expressions say stays: the model knows of them which columns they mention. */
function columnUnderNewName(schema, table, swap) {
	const maybe = (column) => column === void 0 ? void 0 : swap(column);
	const changed = withTable(schema, table, ({ columns, constraints, partitionKey }) => ({
		columns: columns.map((column) => ({
			...column,
			name: swap(column.name)
		})),
		constraints: constraints.map((constraint) => ({
			...constraint,
			columns: constraint.columns.map(swap)
		})),
		...partitionKey ? { partitionKey: partitionKey.map(maybe) } : {}
	}));
	return (tableNamed(changed, table)?.indexes ?? []).reduce((current, name) => {
		const index = indexNamed(current, name);
		if (!index) return current;
		return withRelation(current, {
			...index,
			columns: index.columns.map(maybe),
			mentions: index.mentions.map(swap)
		});
	}, changed);
}

/** What the statement that makes functions and procedures does. */
const applyRoutine = { CreateFunctionStmt(schema, statement, { searchPath, migration }) {
	const { funcname, options, parameters = [], returnType, sql_body: atomic } = statement;
	const parts = nameParts(funcname);
	const [ownSchema, name] = [parts.at(-2) ?? searchPath[0] ?? "public", parts.at(-1) ?? ""];
	const inputs = parameters.flatMap((parameter) => "FunctionParameter" in parameter && !/OUT$|TABLE$/.test(parameter.FunctionParameter.mode ?? "") ? [parameter.FunctionParameter] : []);
	const routine = {
		kind: "routine",
		schema: ownSchema,
		name,
		created: { migration },
		language: optionValue(options, "language") ?? "sql",
		volatility: volatilities[optionValue(options, "volatility") ?? ""] ?? "volatile",
		body: optionValue(options, "as") ?? "",
		head: headOf(statement),
		...atomic ? { statements: statementsIn(atomic) } : {},
		parameters: {
			required: inputs.filter(({ defexpr }) => !defexpr).length,
			all: inputs.length
		},
		returnsTrigger: nameParts(returnType?.names).at(-1) === "trigger",
		settings: settingsOf(options)
	};
	return {
		...schema,
		routines: schema.routines.set(qualified(ownSchema, name), routine)
	};
} };
/** Its parameters and what it returns, all of one type: what those are makes no difference to how its body is read. */
function headOf({ is_procedure, parameters = [], returnType }) {
	const declared = (pattern, direction) => parameters.flatMap((parameter) => {
		const { name, mode = "" } = "FunctionParameter" in parameter ? parameter.FunctionParameter : {};
		return pattern.test(mode) ? `${direction}${name ? quoteIdentifier(name) : ""} text` : [];
	});
	const outs = [...declared(/INOUT$/, "INOUT "), ...declared(/_OUT$/, "OUT ")];
	const list = [...declared(/_(?:IN|DEFAULT|VARIADIC)$/, ""), ...outs].join(", ");
	if (is_procedure) return `CREATE PROCEDURE p(${list})`;
	const columns = declared(/TABLE$/, "");
	const type = nameParts(returnType?.names).at(-1) ?? "";
	const returned = /^(?:void|trigger)$/.test(type) ? type : outs.length > 1 ? "record" : "text";
	return `CREATE FUNCTION f(${list}) RETURNS ${columns.length > 0 ? `TABLE (${columns.join(", ")})` : returnType?.setof ? `SETOF ${returned}` : returned}`;
}
/** The statements of the tree of a `BEGIN ATOMIC … END`, or of a `RETURN`. */
function statementsIn(tree) {
	if ("List" in tree) return (tree.List.items ?? []).flatMap(statementsIn);
	return [tree];
}
/** Those of its `SET name = value` clauses. */
const settingsOf = (options = []) => Object.fromEntries(options.flatMap((option) => "DefElem" in option && option.DefElem.arg ? settingChanges(option.DefElem.arg) : []).flatMap((change) => change.kind === "set" ? [[change.name, change.value]] : []));
const volatilities = {
	stable: "stable",
	immutable: "immutable"
};

/** What the statements that give a table a trigger or a policy do. */
const applyTablePart = {
	CreateTrigStmt(schema, statement, { searchPath }) {
		const { relation, trigname: name = "", row = false, events: bits = 0, columns, funcname } = statement;
		if (!relation) return schema;
		const runs = objectNameOf(schema.routines, searchPath, nameParts(funcname));
		const trigger = {
			name,
			forEachRow: row,
			events: [
				"insert",
				"delete",
				"update",
				"truncate"
			].filter((_, index) => bits & 4 << index),
			runs,
			columns: nameParts(columns)
		};
		return withTable(schema, relationName(schema, searchPath, relation), ({ triggers }) => ({ triggers: [...triggers.filter((other) => other.name !== name), trigger] }));
	},
	CreatePolicyStmt(schema, { table, policy_name: name = "", cmd_name: command = "all" }, { searchPath }) {
		return table ? withTable(schema, relationName(schema, searchPath, table), ({ policies }) => ({ policies: [...policies, {
			name,
			command
		}] })) : schema;
	}
};

/** What the statements about types do. */
const applyType = {
	CreateEnumStmt: (schema, { typeName, vals }, place) => withType(schema, nameParts(typeName), place, {
		kind: "enum",
		values: nameParts(vals)
	}),
	CompositeTypeStmt: (schema, { typevar }, place) => typevar ? withType(schema, rangeParts(typevar), place, { kind: "composite" }) : schema,
	CreateRangeStmt: (schema, { typeName }, place) => withType(schema, nameParts(typeName), place, { kind: "range" }),
	CreateDomainStmt: (schema, { domainname, typeName, constraints }, place) => withType(schema, nameParts(domainname), place, {
		kind: "domain",
		...typeName ? { base: columnType(typeName) } : {},
		constrained: constraintNodes(constraints).some(({ contype }) => contype === "CONSTR_CHECK" || contype === "CONSTR_NOTNULL")
	}),
	AlterDomainStmt: (schema, { typeName, subtype }, place) => subtype === "C" || subtype === "O" ? changeType(schema, nameParts(typeName), place, () => ({
		kind: "domain",
		constrained: true
	})) : schema,
	AlterEnumStmt: (schema, { typeName, oldVal, newVal = "" }, place) => changeType(schema, nameParts(typeName), place, ({ values, addedValues }) => oldVal === void 0 ? {
		values: [...values, newVal],
		addedValues: [...addedValues, {
			value: newVal,
			transaction: place.transaction
		}]
	} : { values: values.map((value) => value === oldVal ? newVal : value) })
};
function withType(schema, parts, { searchPath, migration }, what) {
	const [ownSchema, name] = [parts.at(-2) ?? searchPath[0] ?? "public", parts.at(-1) ?? ""];
	const type = {
		schema: ownSchema,
		name,
		...nothing,
		created: { migration },
		...what
	};
	return {
		...schema,
		types: schema.types.set(qualified(ownSchema, name), type)
	};
}
/** Of a type that was never seen made, only what is said of it is known. */
function changeType(schema, parts, { searchPath }, edit) {
	const qualifiedName = objectNameOf(schema.types, searchPath, parts);
	const [ownSchema, name] = splitName(qualifiedName);
	const type = schema.types.get(qualifiedName) ?? {
		kind: "enum",
		schema: ownSchema,
		name,
		...nothing
	};
	return {
		...schema,
		types: schema.types.set(qualifiedName, {
			...type,
			...edit(type)
		})
	};
}
const nothing = {
	values: [],
	addedValues: [],
	constrained: false
};
const rangeParts = ({ schemaname, relname = "" }) => schemaname === void 0 ? [relname] : [schemaname, relname];

/** One entry for each kind of statement that makes a difference to the model. */
const statements = {
	...applyRelation,
	...applyTablePart,
	...applyRoutine,
	...applyType,
	...applyGrants,
	CreateStmt: (schema, statement, place) => applyCreateTable(schema, statement, place),
	CreateForeignTableStmt: (schema, { base }, place) => base ? applyCreateTable(schema, base, place, "foreign") : schema,
	AlterTableStmt: applyAlterTable,
	IndexStmt: applyIndex,
	CreateSchemaStmt(schema, { schemaname, schemaElts = [] }, place) {
		if (schemaname === void 0) return schema;
		const { searchPath, migration } = place;
		const made = {
			...schema,
			schemas: schema.schemas.set(schemaname, { migration })
		};
		const inside = {
			...place,
			searchPath: [schemaname, ...searchPath]
		};
		return schemaElts.reduce((current, element) => applyStatement(current, element, inside), made);
	},
	RenameStmt: applyRename,
	AlterObjectSchemaStmt: applyMove,
	DropStmt: applyDrop
};
/** The schema after a statement, as far as its text tells. Statements that make no difference to the model give the same schema. */
function applyStatement(schema, node, place) {
	const kind = nodeKind(node);
	const apply = statements[kind];
	return apply ? apply(schema, node[kind], place) : schema;
}

/**
* The session after a statement ran without error. `effects` are those of the statement on the schema before it.
* @param place where it stands in that session
*/
function advance(session, node, effects, sql, place = placeIn(session)) {
	if ("TransactionStmt" in node) return advanceTransaction(session, node.TransactionStmt);
	let next = {
		...session,
		schema: applyStatement(session.schema, node, place)
	};
	if (!next.transaction) next = {
		...next,
		transactions: next.transactions + 1
	};
	for (const change of settingChanges(node)) {
		const inTransaction = next.transaction !== void 0;
		if (change.kind !== "reset all" && change.local) {
			if (inTransaction) next = {
				...next,
				local: withChange(next.local, change, next.initial)
			};
		} else {
			const { local } = next;
			const rest = change.kind === "reset all" ? {} : without$1(local, change.name);
			next = {
				...next,
				session: withChange(next.session, change, next.initial),
				local: rest
			};
		}
	}
	if (!next.transaction) return next;
	const transaction = withRenaming(withEffects(next.transaction, session, effects, sql), renaming(session.schema, node, place));
	return {
		...next,
		transaction
	};
}
function advanceTransaction(session, statement) {
	const { transaction } = session;
	const name = statement.savepoint_name ?? "";
	switch (statement.kind) {
		case "TRANS_STMT_BEGIN":
		case "TRANS_STMT_START": return begin(session, "file");
		case "TRANS_STMT_COMMIT":
		case "TRANS_STMT_PREPARE": return statement.chain ? begin(commit(session), "file") : commit(session);
		case "TRANS_STMT_ROLLBACK": return statement.chain ? begin(rollback(session), "file") : rollback(session);
		case "TRANS_STMT_SAVEPOINT": {
			if (!transaction) return session;
			const { schema, session: set, local } = session;
			const { held, blocking, renames } = transaction;
			const savepoint = {
				name,
				schema,
				session: set,
				local,
				held,
				blocking,
				renames
			};
			return {
				...session,
				transaction: {
					...transaction,
					savepoints: [...transaction.savepoints, savepoint]
				}
			};
		}
		case "TRANS_STMT_RELEASE":
		case "TRANS_STMT_ROLLBACK_TO": {
			const index = transaction?.savepoints.findLastIndex((candidate) => candidate.name === name) ?? -1;
			const savepoint = transaction?.savepoints[index];
			if (!transaction || !savepoint) return session;
			if (statement.kind === "TRANS_STMT_RELEASE") return {
				...session,
				transaction: {
					...transaction,
					savepoints: transaction.savepoints.slice(0, index)
				}
			};
			const { schema, session: set, local, held, blocking, renames } = savepoint;
			const kept = {
				...transaction,
				held,
				blocking,
				renames,
				savepoints: transaction.savepoints.slice(0, index + 1)
			};
			return {
				...session,
				schema,
				session: set,
				local,
				transaction: kept
			};
		}
		default: return session;
	}
}
/** The transaction with what it holds under the new name. */
function withRenaming(transaction, names) {
	if (!names) return transaction;
	const { from, to } = names;
	const renames = new Map(transaction.renames);
	renames.delete(from);
	renames.set(to, transaction.renames.get(from) ?? from);
	const lock = transaction.held.get(from);
	return {
		...transaction,
		renames,
		held: lock ? transaction.held.delete(from).set(to, {
			...lock,
			relation: to
		}) : transaction.held,
		blocking: transaction.blocking.map((each) => each.relation === from ? {
			...each,
			relation: to
		} : each)
	};
}
function withEffects(transaction, session, { locks }, sql) {
	const { statements: statement } = transaction;
	let { held, blocking } = transaction;
	for (const [relation, mode] of locks) {
		if (isFresh(session, relation)) continue;
		const present = held.get(relation);
		if (present && strongerMode(present.mode, mode) === present.mode) continue;
		const lock = {
			relation,
			mode,
			sql,
			statement
		};
		held = held.set(relation, lock);
		if (blocksQueries(mode) && blocking.length < 2 && !blocking.some((earlier) => earlier.statement === statement)) blocking = [...blocking, lock];
	}
	return {
		...transaction,
		statements: statement + 1,
		held,
		blocking
	};
}
/** Ends the transaction, if there is one, and forgets what it did. */
function rollback({ transaction, ...session }) {
	return {
		...session,
		...transaction?.before,
		local: {}
	};
}

/**
* The statements that a statement runs beside itself: those of a `DO` block, of the routines of the history that it calls,
* what `EXPLAIN ANALYZE` explains, and what `EXECUTE` was prepared to run.
* `settings` are in effect for a statement beside those of the session, and no longer.
* @param entered the routines that are not walked through again; those that are walked through now are added
*/
function innerStatements({ node, sql, schema, searchPath }, prepared, entered) {
	if ("ExplainStmt" in node) {
		const { query, options } = node.ExplainStmt;
		return query && isOptionOn(options, "analyze") ? [itself(query, sql)] : [];
	}
	if ("ExecuteStmt" in node) {
		const query = prepared.get(node.ExecuteStmt.name ?? "");
		return query ? [itself(query, sql)] : [];
	}
	if ("DoStmt" in node) return doBlock(node.DoStmt, sql).statements;
	return calledRoutines(node, schema, searchPath).flatMap((routine) => {
		if (entered.has(routine)) return [];
		entered.add(routine);
		const { statements } = routineBlock(routine);
		const settings = settingsThroughout(routine, statements);
		return statements.map((statement) => ({
			...statement,
			sql: statement.sql || sql,
			lines: 0,
			settings
		}));
	});
}
/** What a routine sets for itself, without what its body sets again. */
function settingsThroughout({ settings }, statements) {
	const changes = statements.flatMap(({ node }) => settingChanges(node));
	if (changes.some(({ kind }) => kind === "reset all")) return {};
	const changed = new Set(changes.map((change) => "name" in change ? change.name : ""));
	return Object.fromEntries(Object.entries(settings).filter(([name]) => !changed.has(name)));
}
const itself = (node, sql) => ({
	node,
	sql,
	lines: 0,
	conditional: false
});
/** What is prepared after a statement. */
function preparedAfter(prepared, node) {
	if ("PrepareStmt" in node) {
		const { name, query } = node.PrepareStmt;
		return name !== void 0 && query ? new Map([...prepared, [name, query]]) : prepared;
	}
	if (!("DeallocateStmt" in node)) return prepared;
	const { name } = node.DeallocateStmt;
	return new Map(name === void 0 ? [] : [...prepared].filter(([other]) => other !== name));
}

/** Runs through a script as a connection would, without one. */
function walkScript(from, script) {
	const steps = [];
	const unread = [];
	let session = script.transaction ? begin(from, "tool") : from;
	let prepared = /* @__PURE__ */ new Map();
	for (const piece of script.pieces) {
		if (piece.searchPath !== void 0) session = withSearchPath(session, piece.searchPath);
		const statements = piece.statements ?? parseScript(piece.sql);
		if (statements.length > 1) session = begin(session, "implicit");
		for (const statement of statements) {
			const line = piece.line === void 0 ? void 0 : piece.fromOperation ? piece.line : piece.line + statement.line - 1;
			if (statement.kind === "unparsed") {
				unread.push({
					sql: statement.sql,
					...optional("problem", statement.problem),
					...optional("line", line)
				});
				session = {
					...session,
					complete: false
				};
				continue;
			}
			const { node, sql } = statement;
			const step = stepOf(session, {
				node,
				sql,
				sent: sql,
				line,
				inner: false
			}, steps.length);
			steps.push(step);
			session = step.after;
			session = walkInner(session, step, {
				prepared,
				fromOperation: piece.fromOperation ?? false,
				conditional: false,
				steps,
				entered: /* @__PURE__ */ new Set()
			});
			if (!session.unseen && isOpaque(step)) session = {
				...session,
				unseen: true
			};
			prepared = preparedAfter(prepared, node);
			if (statements.length > 1 && !session.transaction) session = begin(session, "implicit");
		}
		if (session.transaction?.kind === "implicit") session = commit(session);
	}
	return {
		session: script.transaction && session.transaction ? commit(session) : session,
		steps,
		unread
	};
}
/** What a statement runs beside itself runs in the transaction that it runs in, be it one of its own. */
function walkInner(from, step, inner) {
	const { sent, line: first } = step;
	const statements = innerStatements(step, inner.prepared, inner.entered);
	if (statements.length === 0) return from;
	let session = begin(from, "implicit");
	for (const { node, sql, lines, settings, ...statement } of statements) {
		const conditional = inner.conditional || statement.conditional;
		const line = first === void 0 || inner.fromOperation ? first : first + lines;
		const { migration, local } = session;
		const isSetting = settings !== void 0 && Object.keys(settings).length > 0;
		if (isSetting) session = {
			...session,
			local: {
				...local,
				...settings
			}
		};
		const each = stepOf(session, {
			node,
			sql,
			sent,
			line,
			inner: true,
			loop: statement.loop
		}, inner.steps.length);
		inner.steps.push(each);
		session = conditional ? {
			...advance({
				...session,
				migration: NaN
			}, node, each.effects, sql),
			migration
		} : each.after;
		if (isSetting) session = {
			...session,
			local
		};
		session = walkInner(session, each, {
			...inner,
			fromOperation: true,
			conditional
		});
	}
	return from.transaction ? session : commit(session);
}
function stepOf(before, { node, sql, sent, line, inner, loop }, index) {
	const place = placeIn(before);
	const effects = effectsOf(before.schema, node, place);
	const fresh = (name) => isFresh(before, name);
	const targets = /* @__PURE__ */ new Map();
	return {
		node,
		sql,
		sent,
		inner,
		...loop && { loop },
		line,
		index,
		transaction: before.transaction,
		settings: settingsIn(before),
		schema: before.schema,
		searchPath: place.searchPath,
		effects,
		before,
		after: advance(before, node, effects, sql, place),
		target(relation) {
			let target = targets.get(relation);
			if (!target) {
				const name = relationName(before.schema, place.searchPath, relation);
				const { schemaname, relname = "" } = relation;
				const written = identifierText(relname);
				const whole = schemaname === void 0 ? written : `${identifierText(schemaname)}.${written}`;
				targets.set(relation, target = {
					name,
					sql: whole,
					fresh: fresh(name)
				});
			}
			return target;
		},
		isFresh: fresh
	};
}

/** Runs through scripts one after the other. */
function walkScripts(from, scripts, direction) {
	const walked = [];
	for (const script of scripts) walked.push({
		...walkScript(walked.at(-1)?.session ?? from, script),
		script,
		direction
	});
	return walked;
}
/** Runs through a way back. What it drops nobody is to use any more, so that its locks on that keep nobody waiting. */
function walkDown(from, scripts) {
	const parsed = scripts.map((script) => ({
		...script,
		pieces: script.pieces.map((piece) => ({
			...piece,
			statements: piece.statements ?? parseScript(piece.sql)
		}))
	}));
	const walked = walkScripts(from, parsed, "down");
	const leaving = new Set(walked.flatMap(({ steps }) => steps.flatMap(droppedBy)));
	return leaving.size === 0 ? walked : walkScripts({
		...from,
		leaving
	}, parsed, "down");
}
/** The tables and views that a statement drops by name, or with their schema. */
function droppedBy({ node, schema, searchPath }) {
	if (!("DropStmt" in node)) return [];
	const { removeType, objects } = node.DropStmt;
	const names = nameLists(objects);
	switch (removeType) {
		case "OBJECT_TABLE":
		case "OBJECT_VIEW":
		case "OBJECT_MATVIEW":
		case "OBJECT_FOREIGN_TABLE": return names.map((parts) => relationNameOf(schema, searchPath, parts));
		case "OBJECT_SCHEMA": {
			const dropped = new Set(names.map((parts) => parts.at(-1)));
			return schema.relations.values().flatMap((relation) => dropped.has(relation.schema) ? [qualified(relation.schema, relation.name)] : []);
		}
		default: return [];
	}
}

/** Judges the migrations of one history in the order they run, each way back against the schema that its own way up leaves. */
function judgeMigrations(migrations, options) {
	const judge = createJudge(options);
	const isNew = (migration) => migration.isNew ?? migration.judged;
	const all = new Set(migrations.keys());
	const brought = new Set(migrations.flatMap((migration, number) => isNew(migration) ? [number] : []));
	const change = (migration) => options.together ? { change: isNew(migration) ? brought : all } : {};
	let session = {
		...openSession(options.settings),
		complete: options.complete ?? false,
		...options.unseen ? { unseen: true } : {},
		...optional("newestMajor", options.majors.at(-1))
	};
	for (const [number, input] of migrations.entries()) {
		const begins = (migration) => ({
			...commit(session),
			session: options.settings,
			migration
		});
		const up = walkScripts({
			...begins(number),
			...change(input)
		}, input.up, "up");
		session = up.at(-1)?.session ?? session;
		const down = () => walkDown({
			...begins(-1 - number),
			...change(input)
		}, input.down);
		if (input.judged) judge.migration(input, number, [...up, ...down()]);
	}
	return judge.conclude(session, migrations.every(({ judged, revision }) => judged || revision === void 0));
}
function createJudge(options) {
	const { rules, majors, policy = defaultRuleSettings, configured = configuredAllowances(policy), observe } = options;
	const applicable = rules.filter(({ appliesTo }) => majors.some((major) => major >= (appliesTo?.from ?? 0) && major <= (appliesTo?.to ?? 99)));
	const asked = askedRules(applicable, policy, observe !== void 0);
	const known = new Set(rules.map(({ id }) => id));
	const files = /* @__PURE__ */ new Set();
	const found = [];
	const allowed = [];
	const opaqueSteps = [];
	let judged = 0;
	let session = 0;
	let unread = 0;
	/** The allowances of each file of a migration, which both directions may share. */
	function allowancesOf(walked) {
		const wentDown = walked.some(({ direction }) => direction === "down");
		return new Map([...Map.groupBy(walked, ({ script }) => script.file)].map(([file, scripts]) => {
			const lines = () => new Set(scripts.flatMap(({ steps, unread: refused }) => [...steps, ...refused].flatMap(({ line }) => line ?? [])));
			const text = scripts[0]?.script.text ?? "";
			return [file, allowanceComments(file, text, lines, (id) => known.has(id), wentDown)];
		}));
	}
	return {
		migration({ revision }, number, walked) {
			const ofRevision = optional("revision", revision);
			const byFile = allowancesOf(walked);
			const used = /* @__PURE__ */ new Set();
			const own = [];
			for (const each of walked) {
				files.add(each.script.file);
				judged += each.steps.filter(({ inner }) => !inner).length;
				session += each.script.pieces.filter((piece) => piece.session).length;
				unread += each.unread.length;
				for (const step of each.steps.filter(isOpaque)) opaqueSteps.push({
					step,
					direction: each.direction,
					...ofRevision
				});
				const comments = byFile.get(each.script.file)?.valid ?? [];
				const judging = {
					options,
					asked,
					configured,
					comments,
					used,
					allowed
				};
				own.push(...judgeScript(each, {
					number,
					...ofRevision
				}, judging));
			}
			for (const [file, each] of byFile) own.push(...allowanceFindings(file, each, used).map((finding) => ({ finding })));
			const place = new Map([...byFile.keys()].map((file, index) => [file, index]));
			own.sort(({ finding: a }, { finding: b }) => (place.get(a.file ?? "") ?? 0) - (place.get(b.file ?? "") ?? 0) || (a.line ?? 0) - (b.line ?? 0));
			for (const { finding, ...rest } of own) found.push({
				...rest,
				finding: {
					...finding,
					...ofRevision
				}
			});
		},
		conclude({ schema }, whole) {
			const findings = found.flatMap(({ unless, ...rest }) => unless?.(schema) ? [] : [rest]);
			return {
				files: files.size,
				judged,
				session,
				unread,
				opaque: opaqueSteps.length,
				findings,
				allowed,
				off: [...asked.off],
				opaqueSteps,
				whole
			};
		}
	};
}

/** The evidence under the names that rules and findings use. */
function observedOf({ locks, held, rewrites, drops = [], scans, lockTimeoutMs }) {
	const bare = ({ relation, mode }) => ({
		relation: unquotedName(relation),
		mode
	});
	const tables = rewrites.filter(({ kind }) => kind !== "index" && kind !== "sequence" && kind !== "partitioned index");
	return {
		locks: locks.map(bare),
		held: held.map(bare),
		rewrites: rewrites.map(({ relation }) => unquotedName(relation)),
		rewrittenTables: tables.map(({ relation }) => unquotedName(relation)),
		tablesLocked: locks.filter(({ kind }) => lockable.has(kind)).map(bare),
		drops: drops.map(({ relation }) => unquotedName(relation)),
		scans: scans.map(({ relation }) => unquotedName(relation)),
		...lockTimeoutMs === void 0 ? {} : { lockTimeoutMs }
	};
}
const lockable = /* @__PURE__ */ new Set([
	"table",
	"partitioned table",
	"materialized view",
	"view",
	"foreign table"
]);
/**
* The evidence under the names that relations have when the statement is sent: the server tells those that they had when
* the transaction began.
*/
function observedBy({ before: { transaction } }, observed) {
	if (!transaction || transaction.renames.size === 0) return observed;
	const names = new Map([...transaction.renames].map(([now, once]) => [once, now]));
	const name = (relation) => names.get(relation) ?? relation;
	const lock = (each) => ({
		...each,
		relation: name(each.relation)
	});
	return {
		...observed,
		locks: observed.locks.map(lock),
		tablesLocked: observed.tablesLocked.map(lock),
		held: observed.held.map(lock),
		rewrites: observed.rewrites.map(name),
		rewrittenTables: observed.rewrittenTables.map(name),
		drops: observed.drops.map(name),
		scans: observed.scans.map(name)
	};
}
/** Whether the server contradicts what a rule is about: the lock, the rewrite or the scan of the relation that the finding names. */
function isRefuted({ relation, evidence }, rule, step, observed) {
	if (evidence === void 0 || evidence.source === "observed" || !rule) return false;
	const { effect } = rule;
	if (effect.lock && evidence.locks.length === 0 && observed.locks.length === 0) return true;
	if (relation === void 0) return false;
	const claimed = evidence.locks.find((lock) => lock.relation === relation);
	const isHeld = observed.held.some((lock) => lock.relation === relation && lock.mode === claimed?.mode);
	if (effect.lock && claimed && !isHeld) return true;
	if (effect.rewrite && evidence.rewrites.includes(relation) && !observed.rewrites.includes(relation)) return true;
	return ((effect.scan && !effect.rewrite && evidence.scans.includes(relation) && !(step && isQuery(step))) ?? false) && !observed.scans.includes(relation);
}
/** What a query reads is for its plan to decide, which is another one on a table with rows. */
const isQuery = ({ node }) => [
	"SelectStmt",
	"InsertStmt",
	"UpdateStmt",
	"DeleteStmt",
	"MergeStmt",
	"CreateTableAsStmt",
	"RefreshMatViewStmt"
].some((kind) => kind in node);

/**
* Adds a constraint without reading a row, under the name that it has or that PostgreSQL would make up, and validates it
* afterwards; nothing where its text is not known.
*/
function validatedLater({ constraint, name, target, text }) {
	if (text === void 0) return void 0;
	const named = constraint.conname === void 0 ? text.replace(/^add\s+/i, () => `ADD CONSTRAINT ${name} `) : text;
	return [`ALTER TABLE ${target.sql} ${named} NOT VALID`, `ALTER TABLE ${target.sql} VALIDATE CONSTRAINT ${name}`];
}

const rule$124 = {
	id: "add-check-validating",
	title: "A new check reads the whole table under a lock",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		scan: true,
		consequence: "Every row is checked while nobody can read or write the table."
	},
	remedy: "Add the constraint as NOT VALID, which holds for new rows at once and reads nothing, and validate it in a transaction of its own, which blocks neither reads nor writes.",
	harmless: "A constraint added as NOT VALID, or on a table that the same migration creates.",
	source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
	detectedBy: "both",
	hazards: ["add-check-validating"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AddConstraint"],
	*check(step) {
		for (const added of addedConstraints(step)) {
			const { constraint, name, target } = added;
			if (constraint.contype !== "CONSTR_CHECK" || constraint.skip_validation) continue;
			yield {
				message: `Adding the check ${constraint.conname ?? name} reads all of ${target.name}, holding ${lockOn(step, target.name)} until it is done.`,
				help: "Add the constraint as NOT VALID, and validate it in a transaction of its own:",
				...optional("fix", validatedLater(added)),
				relation: target.name
			};
		}
	}
};

/** The default of a column as its definition writes it; `undefined` where that cannot be told from what stands around it. */
const defaultText = (definition) => textAfter(definition, "default", afterDefault);
/** What `ALTER COLUMN … TYPE … USING` makes of a value, as its command writes it; `undefined` as above. */
const usingText = (command) => textAfter(command, "using");
/** The condition of a check as its definition writes it, without the parentheses around it; `undefined` as above. */
const checkCondition = (definition) => textInParentheses(definition, "check");
/** The expression of a generated column, as its definition or `SET EXPRESSION` writes it; `undefined` as above. */
const generatedText = (definition) => textInParentheses(definition, "as");
/** What stands behind a word, up to the first word that cannot be part of it. */
function textAfter(definition, word, end) {
	if (definition === void 0 || /--|\/\*/.test(definition)) return void 0;
	let depth = 0;
	let begin;
	for (const { 0: token, index } of definition.matchAll(tokens)) if (token === "(" || token === "[") depth += 1;
	else if (token === ")" || token === "]") depth -= 1;
	else if (depth > 0) continue;
	else if (begin === void 0 && token.toLowerCase() === word) begin = index + token.length;
	else if (begin !== void 0 && end?.test(token)) return definition.slice(begin, index).trim();
	return begin === void 0 ? void 0 : definition.slice(begin).trim();
}
/** What stands in the parentheses behind a word. */
function textInParentheses(definition, word) {
	if (definition === void 0 || /--|\/\*/.test(definition)) return void 0;
	let depth = 0;
	let begin;
	let isNext = false;
	for (const { 0: token, index } of definition.matchAll(tokens)) {
		if (token === "(" || token === "[") {
			depth += 1;
			if (isNext) begin ??= index + 1;
		} else if (token === ")" || token === "]") {
			depth -= 1;
			if (depth === 0 && begin !== void 0) return definition.slice(begin, index).trim();
		}
		isNext = depth === 0 && token.toLowerCase() === word;
	}
}
/** Strings and quoted names whole, brackets, words. */
const tokens = /'(?:[^']|'')*'|"(?:[^"]|"")*"|[()[\]]|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/g;
/** What may follow a default in the definition of a column: https://www.postgresql.org/docs/18/sql-createtable.html */
const afterDefault = /^(?:constraint|not|null|unique|primary|check|references|collate|generated|deferrable|initially|storage|compression)$/i;

/** A new column as it is added without its constraints: with its default, and NOT NULL, where these touch no row. */
function bareColumn(step, added) {
	const isRewritten = columnRewrite(step.schema, added.definition, step) !== void 0;
	return columnText(added, typeOf(added.definition.typeName), isRewritten ? void 0 : defaultText(added.text));
}
/** The same with a type and a default. Without a default NOT NULL fails where there are rows, whatever the type. */
const columnText = ({ column, isRequired }, type, value) => `${column} ${type}${value === void 0 ? "" : ` DEFAULT ${value}${isRequired ? " NOT NULL" : ""}`}`;

/** As many pages of a table as one batch reads; https://www.postgresql.org/docs/18/storage-page-layout.html */
const batchPages = 100;
/**
* Fills the rows that are there, from the first page of the table to the last, so that no batch reads what another has read.
* What has a value is left alone: it can be run again.
* @param isKept whether a trigger fills what the application changes meanwhile. Without one, an UPDATE that moves a row to a page
* that was read already would hide it: it is looked for until none is left, so the value must not be NULL.
*/
function fillInBatches({ target, table, name, value }, isKept) {
	const column = identifierText(name);
	const text = quoteLiteral(target.sql);
	const pages = `${table.variety === "partitioned" ? `(SELECT max(pg_relation_size(relid)) FROM pg_partition_tree(${text}))` : `pg_relation_size(${text})`} / current_setting('block_size')::int`;
	const pass = `FOR page IN 0..pages BY ${batchPages} LOOP
    UPDATE ${target.sql} SET ${column} = ${value}
      WHERE ctid >= format('(%s,0)', page)::tid AND ctid < format('(%s,0)', page + ${batchPages})::tid
        AND ${column} IS NULL;
    COMMIT;
  END LOOP;`;
	const passes = `WHILE EXISTS (SELECT FROM ${target.sql} WHERE ${column} IS NULL) LOOP
    pages := ${pages};
    ${pass.replaceAll("\n", "\n  ")}
  END LOOP;`;
	const body = `
DECLARE
  pages int${isKept ? ` := ${pages}` : ""};
BEGIN
  ${isKept ? pass : passes}
END `;
	return {
		help: "Fill the old rows in batches that commit, in a job of its own and outside a transaction:",
		fix: [`DO ${dollarQuote(body)}`]
	};
}
/** The statements that make a trigger keep a column: whoever writes a row writes it, too. */
function keepByTrigger(filled) {
	const keeper = keeperOf(filled);
	return [functionFor(filled, filled.name), `CREATE TRIGGER ${keeper.trigger} BEFORE INSERT OR UPDATE ON ${filled.target.sql} FOR EACH ROW EXECUTE FUNCTION ${keeper.function}()`];
}
/** The function of the trigger. @param column as the column is called when it runs */
function functionFor(filled, column) {
	const row = `(SELECT NEW.*) AS ${identifierText(filled.table.name)}`;
	const body = `
BEGIN
  NEW.${identifierText(column)} := (SELECT ${filled.value} FROM ${row});
  RETURN NEW;
END `;
	return `CREATE FUNCTION ${keeperOf(filled).function}() RETURNS trigger LANGUAGE plpgsql AS ${dollarQuote(body)}`;
}
const keeperOf = ({ target, table, name }) => {
	const trigger = objectName(table.name, [name], "keep");
	return {
		trigger: identifierText(trigger),
		function: siblingText(target.sql, trigger)
	};
};
/** The statements that make a column NOT NULL without reading its table under a lock. */
function notNullStatements({ target, table, name }) {
	const column = identifierText(name);
	const constraint = identifierText(objectName(table.name, [name], "not_null"));
	return [
		`ALTER TABLE ${target.sql} ADD CONSTRAINT ${constraint} CHECK (${column} IS NOT NULL) NOT VALID`,
		`ALTER TABLE ${target.sql} VALIDATE CONSTRAINT ${constraint}`,
		`ALTER TABLE ${target.sql} ALTER COLUMN ${column} SET NOT NULL`,
		`ALTER TABLE ${target.sql} DROP CONSTRAINT ${constraint}`
	];
}
/** The statements that hold a column to the constraints of a domain, whatever these are, without reading its table under a lock. */
function asDomain({ target, table, name }, domain) {
	const column = identifierText(name);
	const constraint = identifierText(objectName(table.name, [name], "check"));
	return [`ALTER TABLE ${target.sql} ADD CONSTRAINT ${constraint} CHECK (CAST(${column} AS ${domain}) IS NOT DISTINCT FROM ${column}) NOT VALID`, `ALTER TABLE ${target.sql} VALIDATE CONSTRAINT ${constraint}`];
}
/** Makes a column NOT NULL once its rows are filled. */
const makeNotNull = (filled) => ({
	help: "Make it NOT NULL with a check that is validated in a transaction of its own:",
	fix: notNullStatements(filled)
});
/**
* Gives a filled column the name of the one that it replaces, which is dropped when no release needs it. A key, and what numbers
* itself, takes more than new names: that is said, and not shown.
*/
function takeOver(filled, old) {
	const { target, table } = filled;
	const known = table.columns.find((each) => each.name === old);
	const constraints = table.constraints.filter(({ columns }) => columns.includes(old));
	if (constraints.some(({ kind }) => kind === "primary key") || known?.identity || known?.serial) return {
		help: `Give it a unique index with CONCURRENTLY and its numbers, move ${listed$1(constraints.map((each) => each.name))} and what refers to it over, and switch in a later release.`,
		fix: []
	};
	const { trigger, function: keeper } = keeperOf(filled);
	return {
		help: "Give it the indexes, constraints and default of the old one, switch over in one transaction, and drop the old one in a later release:",
		fix: [
			`DROP TRIGGER ${trigger} ON ${target.sql}`,
			`DROP FUNCTION ${keeper}()`,
			`ALTER TABLE ${target.sql} ALTER COLUMN ${identifierText(old)} DROP NOT NULL`,
			...takeName(filled, old)
		]
	};
}
/** The same of a column that the trigger goes on keeping. */
const takeOverKept = (filled, old) => ({
	help: "Switch over in one transaction, and drop the old column in a later release:",
	fix: [...takeName(filled, old), functionFor(filled, old).replace(/^CREATE/, "CREATE OR REPLACE")]
});
function takeName({ target, name }, old) {
	const [column, gone] = [old, objectName(old, [], "old")].map(identifierText);
	return [`ALTER TABLE ${target.sql} RENAME COLUMN ${column} TO ${gone}`, `ALTER TABLE ${target.sql} RENAME COLUMN ${identifierText(name)} TO ${column}`];
}

const rule$123 = {
	id: "add-column-constrained-domain",
	title: "A new column of a constrained domain rewrites the table",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		rewrite: true,
		scan: true,
		consequence: "Even without a default the whole table and all its indexes are written again."
	},
	remedy: "Give the column the domain's base type, and repeat the domain's constraint on the table as NOT VALID, validated later.",
	harmless: "Domains without CHECK and NOT NULL.",
	source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
	detectedBy: "both",
	hazards: ["add-column-constrained-domain"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AddColumn"],
	*check(step) {
		for (const added of addedColumns(step)) {
			const { definition, name, target, table, text } = added;
			const why = columnRewrite(step.schema, definition, step);
			if (why?.kind !== "domain" || !definition.typeName) continue;
			const base = storedType(step.schema, step.searchPath, columnType(definition.typeName));
			yield {
				message: `The domain ${why.type} has constraints, so adding column ${name} writes every row again, holding ${lockOn(step, target.name)} until it is done.`,
				help: "Use the domain's base type, and let a check, validated later, look at its constraints:",
				fix: [`ALTER TABLE ${target.sql} ADD COLUMN ${columnText(added, typeText(base), defaultText(text))}`, ...asDomain({
					target,
					table,
					name
				}, typeOf(definition.typeName))],
				relation: target.name
			};
		}
	}
};

const rule$122 = {
	id: "add-column-identity",
	title: "A new identity column rewrites the table",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		rewrite: true,
		scan: true,
		consequence: "Every row gets a number, so the whole table and all its indexes are written again."
	},
	remedy: "Add a plain column, number the old rows in batches while a trigger or default numbers the new ones, prove that it holds no NULL with a validated check, and make it an identity then.",
	source: manual("ddl-identity-columns", "Identity Columns"),
	detectedBy: "both",
	hazards: ["add-column-identity"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AddColumn"],
	*check(step) {
		for (const { definition, name, column, target, table, constraints } of addedColumns(step)) {
			if (columnRewrite(step.schema, definition, step)?.kind !== "identity") continue;
			const sequence = siblingText(target.sql, objectName(table.name, [name], "numbers"));
			const value = `nextval(${quoteLiteral(sequence)})`;
			const isAlways = constraints.some(({ generated_when: when }) => when === "a");
			const type = typeOf(definition.typeName);
			yield {
				message: `Adding the identity column ${name} writes every row again, holding ${lockOn(step, target.name)} until it is done.`,
				help: "Add a plain column, and number new rows:",
				fix: [
					`ALTER TABLE ${target.sql} ADD COLUMN ${column} ${type}`,
					`CREATE SEQUENCE ${sequence} AS ${type}`,
					`ALTER TABLE ${target.sql} ALTER COLUMN ${column} SET DEFAULT ${value}`
				],
				later: [
					fillInBatches({
						target,
						table,
						name,
						value
					}, false),
					makeNotNull({
						target,
						table,
						name
					}),
					{
						help: "Make it an identity that goes on from there, in one transaction:",
						fix: [
							`ALTER TABLE ${target.sql} ALTER COLUMN ${column} DROP DEFAULT, ALTER COLUMN ${column} ADD GENERATED ${isAlways ? "ALWAYS" : "BY DEFAULT"} AS IDENTITY`,
							`SELECT setval(pg_get_serial_sequence(${quoteLiteral(target.sql)}, ${quoteLiteral(name)}), ${value})`,
							`DROP SEQUENCE ${sequence}`
						]
					}
				],
				relation: target.name
			};
		}
	}
};

const rule$121 = {
	id: "add-column-if-not-exists",
	title: "IF NOT EXISTS hides a column of another type",
	severity: "info",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "Where a column of that name exists, whatever its type and default, the statement does nothing and succeeds."
	},
	remedy: "Leave IF NOT EXISTS out: a migration runs once, and a column that is there already is a difference that somebody should look at.",
	source: manual("sql-altertable#SQL-ALTERTABLE-DESC-ADD-COLUMN", "ALTER TABLE, ADD COLUMN IF NOT EXISTS"),
	detectedBy: "static",
	hazards: ["add-column-if-not-exists-masks-drift"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AddColumn"],
	*check(step) {
		for (const { command, target, table } of tableCommands(step, "AT_AddColumn")) {
			if (!command.missing_ok || !command.def || !("ColumnDef" in command.def)) continue;
			const { colname = "" } = command.def.ColumnDef;
			yield {
				message: surelyHas(table, colname) ? `${target.name} has a column ${colname}, so this does nothing and succeeds, whatever type and default it asks for.` : `If ${target.name} has a column ${colname} of another type or default, this does nothing and succeeds.`,
				help: "Remove IF NOT EXISTS.",
				relation: target.name
			};
		}
	}
};

const rule$120 = {
	id: "add-column-inline-check",
	title: "A check in a new column reads the whole table under a lock",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		scan: true,
		consequence: "PostgreSQL checks every row, although all of them hold the same value in the new column."
	},
	remedy: "Add the column without the check, then the check as NOT VALID, and validate that in a transaction of its own.",
	source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
	detectedBy: "both",
	hazards: ["add-column-inline-check"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AddColumn"],
	*check(step) {
		for (const added of addedColumns(step)) {
			const { name, target, table, constraints } = added;
			const [check, ...more] = constraints.filter(({ contype, skip_validation: notValid }) => contype === "CONSTR_CHECK" && !notValid);
			if (!check) continue;
			const condition = more.length === 0 ? checkCondition(added.text) : void 0;
			const constraint = identifierText(check.conname ?? objectName(table.name, [name], "check"));
			yield {
				message: `The check in the new column ${name} is verified for every row of ${target.name}, holding ${lockOn(step, target.name)} until it is done.`,
				help: "Add the column first, then the check as NOT VALID, and validate it in a transaction of its own:",
				fix: [`ALTER TABLE ${target.sql} ADD COLUMN ${bareColumn(step, added)}`, ...condition === void 0 ? [] : [`ALTER TABLE ${target.sql} ADD CONSTRAINT ${constraint} CHECK (${condition}) NOT VALID`, `ALTER TABLE ${target.sql} VALIDATE CONSTRAINT ${constraint}`]],
				relation: target.name
			};
		}
	}
};

const rule$119 = {
	id: "add-column-inline-fk",
	title: "A foreign key in a new column locks two tables at once",
	severity: "warning",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "The lock of the new column and that of the foreign key, which blocks writes to the referenced table, are held together. With a default every row is looked up as well."
	},
	remedy: "Add the column in one transaction, the foreign key as NOT VALID in another, and validate it in a third.",
	harmless: "A reference to a table that the same migration creates.",
	source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
	detectedBy: "both",
	hazards: ["add-column-inline-fk-no-default", "add-column-inline-fk-with-default"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AddColumn"],
	*check(step) {
		for (const added of addedColumns(step)) {
			const { definition, name, column, target, table, constraints } = added;
			const key = constraints.find(({ contype }) => contype === "CONSTR_FOREIGN");
			if (!key?.pktable) continue;
			const parent = relationName(step.schema, step.searchPath, key.pktable);
			if (step.isFresh(parent)) continue;
			const constraint = identifierText(key.conname ?? objectName(table.name, [name], "fkey"));
			const scans = defaultOf(definition) !== void 0;
			yield {
				message: `The foreign key in the new column ${name} takes ${lockOn(step, parent)}${parent === target.name ? "" : ` together with ${lockOn(step, target.name)}`} in one statement${scans ? "; because of the default every row is looked up while they are held" : ""}.`,
				help: "Add the column, then the foreign key as NOT VALID, and validate it, each in a transaction of its own:",
				fix: [
					`ALTER TABLE ${target.sql} ADD COLUMN ${bareColumn(step, added)}`,
					`ALTER TABLE ${target.sql} ADD CONSTRAINT ${constraint} FOREIGN KEY (${column}) REFERENCES ${step.target(key.pktable).sql}${keyText(key, constraints)} NOT VALID`,
					`ALTER TABLE ${target.sql} VALIDATE CONSTRAINT ${constraint}`
				],
				relation: parent,
				...scans ? { severity: "error" } : {}
			};
		}
	}
};
/** What a foreign key says beside the table that it refers to; to the parser what it says of deferring is an entry of its own. */
function keyText(key, all) {
	const { pk_attrs, fk_matchtype, fk_upd_action = "a", fk_del_action = "a" } = key;
	const columns = nameParts(pk_attrs).map(identifierText).join(", ");
	const rest = all.slice(all.indexOf(key) + 1);
	const other = rest.findIndex(({ contype = "" }) => !contype.startsWith("CONSTR_ATTR_"));
	const attributes = new Set(rest.slice(0, other === -1 ? rest.length : other).map(({ contype }) => contype));
	return [
		columns === "" ? "" : ` (${columns})`,
		fk_matchtype === "f" ? " MATCH FULL" : "",
		fk_upd_action === "a" ? "" : ` ON UPDATE ${actions$1[fk_upd_action]}`,
		fk_del_action === "a" ? "" : ` ON DELETE ${actions$1[fk_del_action]}`,
		attributes.has("CONSTR_ATTR_DEFERRABLE") ? " DEFERRABLE" : "",
		attributes.has("CONSTR_ATTR_DEFERRED") ? " INITIALLY DEFERRED" : ""
	].join("");
}
const actions$1 = {
	r: "RESTRICT",
	c: "CASCADE",
	n: "SET NULL",
	d: "SET DEFAULT"
};

const rule$118 = {
	id: "add-column-inline-unique",
	title: "A unique or key column builds its index under a lock",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		scan: true,
		consequence: "The index is built while nobody can read or write the table."
	},
	remedy: "Add the column alone, build the unique index with CONCURRENTLY outside a transaction, and make it a constraint with ADD CONSTRAINT … USING INDEX.",
	source: manual("sql-altertable#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX", "ALTER TABLE, ADD table_constraint_using_index"),
	detectedBy: "both",
	hazards: ["add-column-inline-unique", "add-column-inline-pk"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AddColumn"],
	*check(step) {
		for (const { definition, name, column, target, table, constraints } of addedColumns(step)) {
			const unique = constraints.find(({ contype }) => contype === "CONSTR_UNIQUE" || contype === "CONSTR_PRIMARY");
			if (!unique) continue;
			const isKey = unique.contype === "CONSTR_PRIMARY";
			const index = identifierText(unique.conname ?? (isKey ? objectName(table.name, [], "pkey") : objectName(table.name, [name], "key")));
			const added = `ALTER TABLE ${target.sql} ADD COLUMN ${column} ${typeOf(definition.typeName)}`;
			const makeKey = {
				help: `Build a unique index with CONCURRENTLY outside a transaction, and make it the ${isKey ? "primary key" : "constraint"} in another migration:`,
				fix: [`CREATE UNIQUE INDEX CONCURRENTLY ${index} ON ${target.sql} (${column})`, `ALTER TABLE ${target.sql} ADD CONSTRAINT ${index} ${isKey ? "PRIMARY KEY" : "UNIQUE"} USING INDEX ${index}`]
			};
			const isFilled = columnRewrite(step.schema, definition, step) !== void 0;
			yield {
				message: `The ${isKey ? "primary key" : "unique constraint"} in the new column ${name} builds an index over ${target.name}, holding ${lockOn(step, target.name)} until it is done.`,
				...isFilled ? {
					...makeKey,
					help: `Add and fill the column without its key first. ${makeKey.help}`
				} : isKey ? {
					help: "Add the column without its key, and fill it:",
					fix: [added],
					later: [makeNotNull({
						target,
						table,
						name
					}), makeKey]
				} : {
					help: "Add the column, build the index with CONCURRENTLY outside a transaction, and make it the constraint:",
					fix: [added, ...makeKey.fix]
				},
				relation: target.name
			};
		}
	}
};

const rule$117 = {
	id: "add-column-json",
	title: "A json column breaks queries that compare rows",
	severity: "warning",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "Values of type json cannot be compared, so SELECT DISTINCT, UNION and GROUP BY over all columns fail."
	},
	remedy: "Use jsonb, which can be compared and indexed.",
	source: manual("datatype-json", "JSON Types"),
	detectedBy: "static",
	hazards: ["add-column-json"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AddColumn"],
	*check(step) {
		for (const { definition, name, column, target } of addedColumns(step)) {
			if (!definition.typeName || columnType(definition.typeName).name !== "json") continue;
			yield {
				message: `Column ${name} has the type json, which has no equality: SELECT DISTINCT and UNION that include every column of ${target.name} fail from now on.`,
				help: "Use jsonb:",
				fix: [`ALTER TABLE ${target.sql} ADD COLUMN ${column} jsonb`],
				relation: target.name
			};
		}
	}
};

const rule$116 = {
	id: "add-column-not-null-then-drop-default",
	title: "Without its default a required column refuses the running application's rows",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "Code that was written before the column exists names no value for it, so its INSERTs fail from this moment."
	},
	remedy: "Keep the default until every running version of the application writes the column, and drop it in a later release.",
	source: manual("ddl-default", "Default Values"),
	detectedBy: "static",
	hazards: ["add-column-not-null-then-drop-default"],
	statements: ["AlterTableStmt"],
	commands: ["AT_ColumnDefault"],
	*check(step, { number }) {
		const commands = tableCommands(step, "AT_ColumnDefault");
		const lost = commands.flatMap(({ command, table }) => command.def ? [] : table.columns.filter(({ name, notNull, hasDefault, added }) => name === command.name && notNull && hasDefault && added?.migration === number));
		const relation = commands[0]?.target.name;
		if (relation === void 0 || lost.length === 0) return;
		const names = listed$1(lost.map(({ name }) => name));
		const [which, help] = lost.length === 1 ? [`Column ${names} of ${relation} was added as NOT NULL by this migration, and loses its default here`, "Keep the default, and drop it in a later release, when every running version writes the column."] : [`Columns ${names} of ${relation} were added as NOT NULL by this migration, and lose their defaults here`, "Keep the defaults, and drop them in a later release, when every running version writes the columns."];
		yield {
			message: `${which}: INSERTs of the running application fail from this moment.`,
			help,
			relation
		};
	}
};

const rule$115 = {
	id: "add-column-required-no-default",
	title: "A required column without a default fails where there are rows",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		scan: true,
		consequence: "It works on an empty table and fails on one with a row. Where it works, every INSERT of the running application fails."
	},
	remedy: "Add the column without NOT NULL or with a default, let the application write it, fill the old rows, and set NOT NULL then.",
	source: manual("ddl-alter#DDL-ALTER-ADDING-A-COLUMN", "Adding a Column"),
	detectedBy: "both",
	hazards: ["add-column-required-no-default"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AddColumn"],
	*check(step) {
		for (const { definition, name, column, target, constraints, isRequired } of addedColumns(step)) {
			if (!isRequired || defaultOf(definition) || columnRewrite(step.schema, definition, step)) continue;
			if (constraints.some(({ contype }) => contype === "CONSTR_GENERATED")) continue;
			yield {
				message: `Column ${name} is NOT NULL and has no default, so this fails as soon as ${target.name} holds a row, and the running application's INSERTs fail after it.`,
				help: "Add the column without NOT NULL; set NOT NULL when it is filled and the application writes it:",
				fix: [`ALTER TABLE ${target.sql} ADD COLUMN ${column} ${typeOf(definition.typeName)}`],
				relation: target.name
			};
		}
	}
};

const rule$114 = {
	id: "add-column-serial",
	title: "A new serial column rewrites the table",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		rewrite: true,
		scan: true,
		consequence: "Every row gets a number, so the whole table and all its indexes are written again."
	},
	remedy: "Add a plain column, give it a sequence as its default for new rows, and number the old rows in batches.",
	source: manual("datatype-numeric#DATATYPE-SERIAL", "Serial Types"),
	detectedBy: "both",
	hazards: ["add-column-serial"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AddColumn"],
	*check(step) {
		for (const { definition, name, column, target, table } of addedColumns(step)) {
			if (columnRewrite(step.schema, definition, step)?.kind !== "serial") continue;
			const sequence = siblingText(target.sql, objectName(table.name, [name], "seq"));
			const value = `nextval(${quoteLiteral(sequence)})`;
			const type = typeOf(definition.typeName);
			yield {
				message: `Adding the serial column ${name} writes every row again, holding ${lockOn(step, target.name)} until it is done.`,
				help: "Add a plain column, and give it a sequence for new rows:",
				fix: [
					`ALTER TABLE ${target.sql} ADD COLUMN ${column} ${type}`,
					`CREATE SEQUENCE ${sequence} AS ${type} OWNED BY ${target.sql}.${column}`,
					`ALTER TABLE ${target.sql} ALTER COLUMN ${column} SET DEFAULT ${value}`
				],
				later: [fillInBatches({
					target,
					table,
					name,
					value
				}, false), makeNotNull({
					target,
					table,
					name
				})],
				relation: target.name
			};
		}
	}
};

const rule$113 = {
	id: "add-column-stored-generated",
	title: "A new stored generated column rewrites the table",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		rewrite: true,
		scan: true,
		consequence: "The value is computed for every row, so the whole table and all its indexes are written again."
	},
	remedy: "Use a virtual generated column on PostgreSQL 18, a view, or a plain column that a trigger keeps and that is filled in batches.",
	harmless: "Virtual generated columns (PostgreSQL 18), which store nothing.",
	source: manual("ddl-generated-columns", "Generated Columns"),
	detectedBy: "both",
	hazards: ["add-column-stored-generated"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AddColumn"],
	*check(step) {
		for (const { definition, name, column, target, table, isRequired, text } of addedColumns(step)) {
			if (columnRewrite(step.schema, definition, step)?.kind !== "generated") continue;
			const value = generatedText(text);
			const filled = value === void 0 ? void 0 : {
				target,
				table,
				name,
				value
			};
			yield {
				message: `Adding the stored generated column ${name} writes every row again, holding ${lockOn(step, target.name)} until it is done.`,
				help: "Use a VIRTUAL generated column on PostgreSQL 18; before, add a plain column that a trigger keeps:",
				fix: [`ALTER TABLE ${target.sql} ADD COLUMN ${column} ${typeOf(definition.typeName)}`, ...filled ? keepByTrigger(filled) : []],
				...filled ? { later: [fillInBatches(filled, true), ...isRequired ? [makeNotNull(filled)] : []] } : {},
				relation: target.name
			};
		}
	}
};

const rule$112 = {
	id: "add-column-volatile-default",
	title: "A volatile default rewrites the table",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		rewrite: true,
		scan: true,
		consequence: "The default is computed for every row, so the whole table and all its indexes are written again."
	},
	remedy: "Add the column without a default, set the default in a second statement so that it holds for new rows, and fill the old rows in batches.",
	harmless: "Constants and stable expressions, `now()` among them: they are computed once and kept in the catalog. All old rows then get the same value.",
	source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
	detectedBy: "both",
	hazards: ["add-column-volatile-default", "add-column-stable-default-is-safe"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AddColumn"],
	*check(step) {
		for (const { definition, name, column, target, table, isRequired, text } of addedColumns(step)) {
			const why = columnRewrite(step.schema, definition, step);
			if (why?.kind !== "volatile default" && why?.kind !== "unknown function") continue;
			const certain = why.kind === "volatile default";
			const value = defaultText(text);
			yield {
				message: certain ? `${why.function}() is volatile, so adding column ${name} writes every row again, holding ${lockOn(step, target.name)} until it is done.` : `Headgate does not know the function ${why.function}(). Unless it is declared STABLE or IMMUTABLE, adding column ${name} writes every row again, holding ${lockOn(step, target.name)} until it is done.`,
				help: "Add the column without a default, and set the default for new rows:",
				fix: [`ALTER TABLE ${target.sql} ADD COLUMN ${column} ${typeOf(definition.typeName)}`, ...value === void 0 ? [] : [`ALTER TABLE ${target.sql} ALTER COLUMN ${column} SET DEFAULT ${value}`]],
				later: [...value === void 0 ? [] : [fillInBatches({
					target,
					table,
					name,
					value
				}, !certain)], ...isRequired ? [makeNotNull({
					target,
					table,
					name
				})] : []],
				relation: target.name,
				...certain ? {} : { severity: "warning" }
			};
		}
	}
};

const rule$111 = {
	id: "add-exclusion",
	title: "An exclusion constraint builds its index under a lock",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		scan: true,
		consequence: "The index is built and every row is checked against it while nobody can read or write the table. There is no concurrent or NOT VALID form."
	},
	remedy: "Create a new table with the constraint, copy the rows in batches while a trigger keeps both, and swap the tables.",
	source: manual("sql-createtable#SQL-CREATETABLE-EXCLUDE", "CREATE TABLE, EXCLUDE"),
	detectedBy: "both",
	hazards: ["add-exclusion"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AddConstraint"],
	*check(step) {
		for (const { constraint, name, target } of addedConstraints(step)) {
			if (constraint.contype !== "CONSTR_EXCLUSION") continue;
			yield {
				message: `The exclusion constraint ${name} builds an index over ${target.name} and checks every row, holding ${lockOn(step, target.name)} until it is done.`,
				help: "Create a new table with the constraint, copy the rows in batches, and swap the tables; PostgreSQL has no way to add it to a table in use.",
				relation: target.name
			};
		}
	}
};

const rule$110 = {
	id: "add-fk-validating",
	title: "A new foreign key reads both tables while it blocks writes",
	severity: "error",
	effect: {
		lock: "SHARE ROW EXCLUSIVE",
		scan: true,
		consequence: "Writes to both tables wait until every row was looked up in the referenced table."
	},
	remedy: "Add the foreign key as NOT VALID, which holds for new rows at once and reads nothing, and validate it in a transaction of its own, which blocks neither reads nor writes.",
	harmless: "A foreign key of a table that the same migration creates. The lock on the referenced table stays: `add-fk-locks-parent`.",
	source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
	detectedBy: "both",
	hazards: ["add-fk-validating"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AddConstraint", "AT_AlterConstraint"],
	*check(step) {
		for (const added of addedConstraints(step)) {
			const { constraint, name, target } = added;
			const { contype, skip_validation: notValid, pktable } = constraint;
			if (contype !== "CONSTR_FOREIGN" || notValid || !pktable) continue;
			if (isPartitioned(step, target.name)) continue;
			const parent = relationName(step.schema, step.searchPath, pktable);
			yield {
				message: `Adding the foreign key ${constraint.conname ?? name} reads all of ${target.name}, holding ${lockOn(step, target.name)} until it is done. The same lock is held on ${parent}.`,
				help: "Add the foreign key as NOT VALID, and validate it in a transaction of its own:",
				...optional("fix", validatedLater(added)),
				relation: target.name
			};
		}
		for (const { command, target, table } of tableCommands(step, "AT_AlterConstraint")) {
			const altered = enforcementIn(command);
			const constraint = table.constraints.find(({ name }) => name === altered?.name);
			if (!altered?.isEnforced || constraint && constraint.enforced !== false) continue;
			yield {
				message: `Enforcing the foreign key ${altered.name} reads all of ${target.name}, holding ${lockOn(step, target.name)} until it is done.`,
				help: "Put a foreign key that is NOT VALID in its place, and validate it in a transaction of its own.",
				relation: target.name
			};
		}
	}
};

/** Whether a statement changes rows of a table. */
function changesRows({ node, target }, name) {
	const statement = "UpdateStmt" in node ? node.UpdateStmt : "InsertStmt" in node ? node.InsertStmt : "DeleteStmt" in node ? node.DeleteStmt : "MergeStmt" in node ? node.MergeStmt : void 0;
	return statement?.relation !== void 0 && target(statement.relation).name === name;
}

/** What is said where a query finds a row that makes a statement fail. */
const ask = (relation, what, query) => ({
	message: `One row of ${relation} is enough to make this fail: ${what}.`,
	help: "Ask production before; a row that comes back is one to mend:",
	fix: [query],
	relation
});
/** The same where no query is known that finds such a row. */
const lookFor = (relation, which) => ({
	message: `A row of ${relation} ${which} makes this fail.`,
	help: "Look for such rows in production before.",
	relation
});
/**
* Whether the change itself adds one of the columns without a value, so that nobody can ask production of it before: what it
* holds by now is NULL in every row, unless the migration wrote some. `undefined`: it adds none.
*/
function unfilled(step, table, columns, steps) {
	if ((tableNamed(step.schema, table)?.columns ?? []).filter((column) => column.unfilled && columns.includes(column.name) && isOwn(step.before, column.added)).length === 0) return void 0;
	return steps.slice(0, step.index).some((earlier) => changesRows(earlier, table)) ? "written" : "empty";
}

const rule$109 = {
	id: "add-identity",
	title: "A new identity begins at 1, whatever numbers the rows have",
	severity: "warning",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "Its sequence begins at 1, and INSERTs that leave the column out fail on numbers that rows have, or give a number twice. GENERATED ALWAYS refuses INSERTs that give the number themselves, as those of the running application do."
	},
	remedy: "Add it as GENERATED BY DEFAULT, and turn its sequence to what the rows have reached in the same transaction.",
	harmless: "A column that the same change adds and leaves empty, one whose sequence the migration sets, and one that starts elsewhere. That GENERATED ALWAYS refuses a number is not said of a column that had a default.",
	source: manual("sql-altertable#SQL-ALTERTABLE-DESC-GENERATED-IDENTITY", "ALTER TABLE, ADD GENERATED"),
	detectedBy: "both",
	hazards: ["add-drop-identity-or-expression"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AddIdentity"],
	*check(step, { direction, steps }) {
		if (direction === "down") return;
		for (const { command, target } of tableCommands(step, "AT_AddIdentity")) {
			const column = command.name ?? "";
			const { generated_when: when, options } = command.def && "Constraint" in command.def ? command.def.Constraint : {};
			const isSet = ["start", "restart"].some((option) => optionValue(options, option) !== void 0) || steps.some(({ index, sql }) => index > step.index && /\bsetval\s*\(|\brestart\b/i.test(sql));
			if (unfilled(step, target.name, [column], steps) === "empty") continue;
			const once = steps[0] && tableNamed(steps[0].schema, target.name)?.columns.find(({ name }) => name === column);
			const refuses = when === "a" && !once?.hasDefault && !once?.serial && `INSERTs that give ${column} of ${target.name} themselves fail from this moment`;
			if (isSet && !refuses) continue;
			const begins = !isSet && `its numbers begin at 1, whatever the rows have reached`;
			const name = identifierText(column);
			const sequence = `pg_get_serial_sequence(${quoteLiteral(target.sql)}, ${quoteLiteral(column)})`;
			const message = [refuses, begins].filter((part) => part !== false).join(", and ");
			yield {
				message: `${message.charAt(0).toUpperCase()}${message.slice(1)}${refuses ? "" : `, and INSERTs that leave ${column} of ${target.name} out fail or repeat one`}.`,
				help: "Add it as BY DEFAULT, and turn it to what the rows have reached in the same transaction:",
				fix: [`ALTER TABLE ${target.sql} ALTER COLUMN ${name} ADD GENERATED BY DEFAULT AS IDENTITY`, `SELECT setval(${sequence}, (SELECT coalesce(max(${name}), 0) + 1 FROM ${target.sql}), false)`],
				relation: target.name
			};
		}
	}
};

const rule$108 = {
	id: "add-not-null-constraint",
	title: "A NOT NULL constraint reads the whole table under a lock",
	severity: "error",
	appliesTo: { from: 18 },
	effect: {
		lock: "ACCESS EXCLUSIVE",
		scan: true,
		consequence: "Every row is checked while nobody can read or write the table."
	},
	remedy: "Add the constraint as NOT VALID, and validate it in a transaction of its own, which blocks neither reads nor writes.",
	source: manual("sql-altertable#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT", "ALTER TABLE, ADD table_constraint"),
	detectedBy: "both",
	hazards: ["set-not-null"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AddConstraint"],
	*check(step) {
		for (const added of addedConstraints(step)) {
			const { constraint, target, table } = added;
			if (constraint.contype !== "CONSTR_NOTNULL" || constraint.skip_validation) continue;
			const nullable = nameParts(constraint.keys).filter((key) => !provenNotNull(table, key));
			if (nullable.length === 0) continue;
			yield {
				message: `The constraint reads all of ${target.name} for NULL in ${listed$1(nullable)}, holding ${lockOn(step, target.name)} until it is done.`,
				help: "Add the constraint as NOT VALID, and validate it in a transaction of its own:",
				...optional("fix", constraint.conname === void 0 ? void 0 : validatedLater(added)),
				relation: target.name
			};
		}
	}
};

/** More of them make no advice that anybody would read. */
const mostPartitions = 24;
/** The partitions of a table; none where they are many, or partitioned in turn. */
function leafPartitions(schema, parent) {
	const partitions = tableNamed(schema, parent.name)?.children ?? [];
	const isLeaf = (name) => tableNamed(schema, name)?.variety === "ordinary";
	if (partitions.length > mostPartitions || !partitions.every(isLeaf)) return [];
	const [home] = splitName(parent.name);
	return partitions.map((partition) => {
		const [inSchema, name] = splitName(partition);
		const written = (relation = name) => inSchema === home ? siblingText(parent.sql, relation) : relationText(`${inSchema}.${relation}`);
		return {
			schema: inSchema,
			name,
			written
		};
	});
}
/** The statements that give a partitioned table a key while it is in use, as far as its partitions are known. */
function keyOnEachPartition(schema, parent, { kind, name, keys, included = "", nulls = "" }) {
	const columns = keys.map(identifierText).join(", ");
	return [`ALTER TABLE ONLY ${parent.sql} ADD CONSTRAINT ${name} ${kind}${nulls} (${columns})${included}`, ...leafPartitions(schema, parent).flatMap((partition) => {
		const bare = kind === "UNIQUE" ? objectName(partition.name, keys, "key") : objectName(partition.name, [], "pkey");
		const own = identifierText(bare);
		return [
			`CREATE UNIQUE INDEX CONCURRENTLY ${own} ON ${partition.written()} (${columns})${included}${nulls}`,
			`ALTER TABLE ${partition.written()} ADD CONSTRAINT ${own} ${kind} USING INDEX ${own}`,
			`ALTER INDEX ${siblingText(parent.sql, unquoted(name))} ATTACH PARTITION ${partition.written(bare)}`
		];
	})];
}
const unquoted = (name) => name.startsWith("\"") ? name.slice(1, -1).replaceAll("\"\"", "\"") : name;

const rule$107 = {
	id: "add-pk",
	title: "A primary key builds its index under a lock",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		scan: true,
		consequence: "The index is built, and nullable columns are checked row by row, while nobody can read or write the table."
	},
	remedy: "Make the columns NOT NULL with a validated check, build a unique index with CONCURRENTLY outside a transaction, and make it the primary key with USING INDEX.",
	harmless: "ADD PRIMARY KEY USING INDEX on columns that are NOT NULL, and a key of a partitioned table ONLY.",
	source: manual("sql-altertable#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX", "ALTER TABLE, ADD table_constraint_using_index"),
	detectedBy: "both",
	hazards: ["add-pk"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AddConstraint"],
	*check(step) {
		for (const { constraint, name, target, table } of addedConstraints(step)) {
			if (constraint.contype !== "CONSTR_PRIMARY" || constraint.indexname !== void 0) continue;
			if (isOnlyParent(step, target.name)) continue;
			const keys = nameParts(constraint.keys);
			const nullable = keys.filter((key) => !provenNotNull(table, key));
			const isKnown = nullable.every((key) => table.columns.some((column) => column.name === key));
			const old = droppedKey(step, table);
			const way = wayTo(step, target, table, {
				kind: "PRIMARY KEY",
				name,
				keys,
				included: includedIn(constraint)
			}, old);
			yield {
				message: `The primary key ${name} builds an index over ${target.name}${nullable.length > 0 ? ` and${isKnown ? "" : ", unless they are NOT NULL already,"} reads it once more for NULL in ${listed$1(nullable)}` : ""}, holding ${lockOn(step, target.name)} until it is done.`,
				help: nullable.length > 0 ? `Make ${listed$1(nullable)} NOT NULL first, with a validated check:` : way.help,
				...nullable.length > 0 ? {
					fix: nullable.flatMap((key) => notNullStatements({
						target,
						table,
						name: key
					})),
					later: [way]
				} : { fix: way.fix },
				...old !== void 0 && usedTableCommands(step).length === 2 ? { whole: true } : {},
				relation: target.name
			};
		}
	}
};
/** How a table whose columns hold no NULL gets the key. @param old the key that the same statement drops */
function wayTo(step, target, table, key, old) {
	if (isPartitioned(step, target.name)) return {
		help: keyOfPartitioned,
		fix: keyOnEachPartition(step.schema, target, key)
	};
	const { name, keys, included = "" } = key;
	const index = old === void 0 ? name : successor(table);
	return {
		help: `Build a unique index with CONCURRENTLY outside a transaction, and ${old === void 0 ? "make it the primary key in" : "let it take the place of the primary key in one statement of"} another migration:`,
		fix: [`CREATE UNIQUE INDEX CONCURRENTLY ${index} ON ${target.sql} (${keys.map(identifierText).join(", ")})${included}`, `ALTER TABLE ${target.sql} ${old === void 0 ? "" : `DROP CONSTRAINT ${identifierText(old)}, `}ADD CONSTRAINT ${name} PRIMARY KEY USING INDEX ${index}`]
	};
}
const includedIn = ({ including = [] }) => including.length === 0 ? "" : ` INCLUDE (${nameParts(including).map(identifierText).join(", ")})`;
/** The primary key that the same statement drops: until the new one is there, the table is to have it. */
function droppedKey(step, { constraints }) {
	const dropped = new Set(tableCommands(step, "AT_DropConstraint").map(({ command }) => command.name));
	return constraints.find(({ kind, name }) => kind === "primary key" && dropped.has(name))?.name;
}
const successor = ({ name }) => identifierText(objectName(name, ["new"], "key"));

const rule$106 = {
	id: "add-pk-using-index-nullable",
	title: "A primary key on a nullable column reads the whole table under a lock",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		scan: true,
		consequence: "The index is there already, but every row is checked for NULL while nobody can read or write the table."
	},
	remedy: "Prove that the columns hold no NULL with a validated check, and set NOT NULL, before the index becomes the primary key.",
	source: manual("sql-altertable#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX", "ALTER TABLE, ADD table_constraint_using_index"),
	detectedBy: "both",
	hazards: ["add-pk-using-index-nullable"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AddConstraint"],
	*check(step) {
		for (const { constraint, target, table } of addedConstraints(step)) {
			if (constraint.contype !== "CONSTR_PRIMARY" || constraint.indexname === void 0) continue;
			const nullable = (indexNamed(step.schema, qualified(splitName(target.name)[0], constraint.indexname))?.columns ?? []).flatMap((column) => column !== void 0 && !provenNotNull(table, column) ? [column] : []);
			if (nullable.length === 0) continue;
			yield {
				message: `Column ${listed$1(nullable)} may hold NULL, so all of ${target.name} is read, holding ${lockOn(step, target.name)} until it is done.`,
				help: `Add CHECK (${nullable.map((column) => `${column} IS NOT NULL`).join(" AND ")}) as NOT VALID, validate it in a transaction of its own, and make the index the primary key after that.`,
				relation: target.name
			};
		}
	}
};

const rule$105 = {
	id: "add-unique-constraint",
	title: "A unique constraint builds its index under a lock",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		scan: true,
		consequence: "The index is built while nobody can read or write the table."
	},
	remedy: "Build the unique index with CONCURRENTLY outside a transaction, and make it the constraint with USING INDEX, which is quick.",
	harmless: "ADD CONSTRAINT … UNIQUE USING INDEX.",
	source: manual("sql-altertable#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX", "ALTER TABLE, ADD table_constraint_using_index"),
	detectedBy: "both",
	hazards: ["add-unique-constraint"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AddConstraint"],
	*check(step) {
		for (const { constraint, name, target } of addedConstraints(step)) {
			if (constraint.contype !== "CONSTR_UNIQUE" || constraint.indexname !== void 0) continue;
			if (isOnlyParent(step, target.name)) continue;
			const columns = nameParts(constraint.keys);
			const keys = columns.map(identifierText).join(", ");
			const included = nameParts(constraint.including).map(identifierText).join(", ");
			const more = included === "" ? "" : ` INCLUDE (${included})`;
			const nulls = constraint.nulls_not_distinct ? " NULLS NOT DISTINCT" : "";
			const partitioned = isPartitioned(step, target.name);
			yield {
				message: `The unique constraint ${name} builds an index over ${target.name}, holding ${lockOn(step, target.name)} until it is done.`,
				help: partitioned ? keyOfPartitioned : "Build the index with CONCURRENTLY outside a transaction, and make it the constraint in another migration:",
				...constraint.options ? {} : { fix: partitioned ? keyOnEachPartition(step.schema, target, {
					kind: "UNIQUE",
					name,
					keys: columns,
					included: more,
					nulls
				}) : [`CREATE UNIQUE INDEX CONCURRENTLY ${name} ON ${target.sql} (${keys})${more}${nulls}`, `ALTER TABLE ${target.sql} ADD CONSTRAINT ${name} UNIQUE USING INDEX ${name}${constraint.deferrable ? " DEFERRABLE" : ""}${constraint.initdeferred ? " INITIALLY DEFERRED" : ""}`] },
				relation: target.name
			};
		}
	}
};

const rule$104 = {
	id: "alter-column-collate",
	title: "Another collation builds the indexes again under a lock",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		scan: true,
		consequence: "The table is not written again, but every index on the column is, while nobody can read or write the table."
	},
	remedy: "Drop the indexes on the column with CONCURRENTLY before, and build them again with CONCURRENTLY afterwards.",
	harmless: "A column without an index.",
	source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
	detectedBy: "both",
	hazards: ["alter-column-collate"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AlterColumnType"],
	*check(step) {
		for (const { command, target, table } of tableCommands(step, "AT_AlterColumnType")) {
			if (!command.def || !("ColumnDef" in command.def)) continue;
			const collation = nameParts(command.def.ColumnDef.collClause?.collname).join(".");
			const name = command.name ?? "";
			if (!changesCollation(table, command) || typeChangeOf(step.schema, table, command, step) === "rewrite") continue;
			const indexes = indexesOn(step.schema, table, name);
			if (table.complete && indexes.length === 0) continue;
			yield {
				message: `With the collation ${collation} for column ${name}, ${indexes.length > 0 ? indexes.join(", ") : "every index on it"} is built again, holding ${lockOn(step, target.name)} until it is done.`,
				help: "Drop the index with CONCURRENTLY first, and build it again with CONCURRENTLY afterwards.",
				relation: target.name
			};
		}
	}
};

const rule$103 = {
	id: "alter-column-type-rewrite",
	title: "A change of type rewrites the table",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		rewrite: true,
		scan: true,
		consequence: "Every value is converted, so the whole table and all its indexes are written again. A narrower type can fail or lose digits on the way."
	},
	remedy: "Add a column of the new type, let a trigger or the application write both, fill the old rows in batches, and switch over to the new column in a later release.",
	harmless: "Changes that touch no row: a longer varchar or none at all, varchar to text and back, a numeric with more digits before the point and the same after, more digits of a second, a domain without constraints.",
	source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
	detectedBy: "both",
	hazards: [
		"alter-column-type-rewrite",
		"alter-column-type-safe-widening",
		"enum-remove-value"
	],
	statements: ["AlterTableStmt"],
	commands: ["AT_AlterColumnType"],
	*check(step) {
		for (const { command, target, table, text } of tableCommands(step, "AT_AlterColumnType")) {
			if (!command.def || !("ColumnDef" in command.def)) continue;
			const change = typeChangeOf(step.schema, table, command, step);
			if (change !== "rewrite" && change !== "unknown") continue;
			const name = command.name ?? "";
			const column = table.columns.find((candidate) => candidate.name === name);
			const present = column?.type;
			const { typeName } = command.def.ColumnDef;
			const wanted = typeOf(typeName);
			const type = typeName && columnType(typeName);
			const isChecked = type !== void 0 && isConstrained(step.schema, step.searchPath, type);
			const stored = type && storedType(step.schema, step.searchPath, type);
			const isUsing = command.def.ColumnDef.raw_default !== void 0;
			const value = isUsing ? usingText(text) : identifierText(name);
			const isSame = isChecked && !isUsing && present && typeText(present) === typeText(stored ?? type);
			const next = objectName(name, [], "new");
			const parts = {
				target,
				table,
				name: isSame ? name : next
			};
			yield {
				message: change === "rewrite" ? `Changing column ${name}${present ? ` from ${typeText(present)}` : ""} to ${wanted} writes every row again, holding ${lockOn(step, target.name)} until it is done.` : `Whether changing column ${name} to ${wanted} writes every row again depends on its present type, which no statement read so far tells. If it does, it holds ${lockOn(step, target.name)} until it is done.`,
				help: isSame ? "Leave the type, and let a check, validated later, look at the constraints of the domain:" : "Add a column of the new type, and let a trigger write both:",
				fix: isSame ? asDomain(parts, wanted) : [`ALTER TABLE ${target.sql} ADD COLUMN ${identifierText(next)} ${isChecked && stored ? typeText(stored) : wanted}`, ...value === void 0 ? [] : keepByTrigger({
					...parts,
					value
				})],
				...isSame || value === void 0 ? {} : { later: [
					fillInBatches({
						...parts,
						value
					}, true),
					...isChecked ? [{
						help: "Let a check look at the constraints of the domain:",
						fix: asDomain(parts, wanted)
					}] : [],
					...column?.notNull ? [makeNotNull(parts)] : [],
					takeOver({
						...parts,
						value
					}, name)
				] },
				relation: target.name,
				...change === "rewrite" ? {} : { severity: "warning" }
			};
		}
	}
};

const rule$102 = {
	id: "alter-timestamp-time-zone",
	title: "Between timestamp and timestamptz the session's time zone decides",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		rewrite: true,
		scan: true,
		consequence: "Under TimeZone=UTC no row is touched, but every index on the column is built again; under any other time zone the whole table is written again. A test database and production may differ in it."
	},
	remedy: "Set TimeZone to UTC in the transaction where the values are in UTC, and drop indexes on the column before, building them again with CONCURRENTLY; or add a new column and fill it in batches.",
	harmless: "A column without an index, in a migration that sets TimeZone to UTC.",
	source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
	detectedBy: "both",
	hazards: ["timestamp-timestamptz-utc-indexed", "timestamp-timestamptz-nonutc"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AlterColumnType"],
	*check(step) {
		for (const { command, target, table } of tableCommands(step, "AT_AlterColumnType")) {
			if (typeChangeOf(step.schema, table, command, step) !== "time zone") continue;
			const name = command.name ?? "";
			const isUtc = isUtcZone(step.settings["timezone"]);
			const indexes = indexesOn(step.schema, table, name);
			if (isUtc && indexes.length === 0) continue;
			yield {
				message: isUtc ? `Changing column ${name} builds ${listed$1(indexes, 3)} again, holding ${lockOn(step, target.name)} until it is done.` : `Unless the session's TimeZone is UTC, changing column ${name} writes every row again, holding ${lockOn(step, target.name)} until it is done.`,
				help: isUtc ? "Drop the index with CONCURRENTLY first, and build it again with CONCURRENTLY afterwards." : "Set the time zone in the same transaction, if the stored values are in UTC: SET LOCAL TimeZone = 'UTC'.",
				relation: target.name
			};
		}
	}
};

const rule$101 = {
	id: "alter-type-of-key",
	title: "A change of type on either side of a foreign key locks both tables",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "The foreign key is made again: both tables are locked, and every row is looked up once more."
	},
	remedy: "Drop the foreign key before, change the type, and add the key again as NOT VALID, validated in a transaction of its own; or move to a new column.",
	source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
	detectedBy: "both",
	hazards: ["alter-type-revalidates-fk"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AlterColumnType"],
	*check(step) {
		for (const { command, target, table } of tableCommands(step, "AT_AlterColumnType")) {
			const others = [...new Set(tablesKeyedBy(step.schema, table, target.name, command.name ?? ""))].filter((name) => name !== target.name && !step.isFresh(name));
			if (others.length === 0 || typeChangeOf(step.schema, table, command, step) === "unknown") continue;
			yield {
				message: `A foreign key uses ${command.name}, so changing its type also takes ${lockPhrase("ACCESS EXCLUSIVE", listed$1(others))} and looks every row up again.`,
				help: "Drop the foreign key before, and add it again as NOT VALID after; validate it in a transaction of its own.",
				relation: others[0] ?? target.name
			};
		}
	}
};

const rule$100 = {
	id: "alter-type-revalidates-check",
	title: "A change of type verifies the column's checks again",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		scan: true,
		consequence: "Even where the change itself touches no row, every row is checked while nobody can read or write the table."
	},
	remedy: "Drop the check, change the type, add the check again as NOT VALID, and validate it in a transaction of its own.",
	source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
	detectedBy: "both",
	hazards: ["alter-type-revalidates-check"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AlterColumnType"],
	*check(step) {
		for (const { command, target, table } of tableCommands(step, "AT_AlterColumnType")) {
			if (typeChangeOf(step.schema, table, command, step) !== "none") continue;
			const name = command.name ?? "";
			const checks = recheckedOnTypeChange(table, name);
			if (checks.length === 0) continue;
			yield {
				message: `Changing the type of ${name} is free, but verifies ${listed$1(checks.map((check) => check.name))} for every row again, holding ${lockOn(step, target.name)} until it is done.`,
				help: "Drop the check before, add it again as NOT VALID after, and validate it in a transaction of its own:",
				fix: [...checks.map((check) => `ALTER TABLE ${target.sql} DROP CONSTRAINT ${identifierText(check.name)}`), step.sql],
				relation: target.name
			};
		}
	}
};

const rule$99 = {
	id: "alter-type-under-view",
	title: "PostgreSQL refuses another type for a column that a view shows",
	severity: "error",
	effect: { consequence: "The migration fails: a column's type cannot be changed while a view uses the column." },
	remedy: "Drop the views and make them again in the transaction that changes the type, with their grants; or add a column of the new type.",
	harmless: "A view that reads other tables too, where the text alone does not tell whose column it shows.",
	source: manual("rules-views", "Views and the Rule System"),
	detectedBy: "both",
	hazards: ["alter-type-blocked-by-view"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AlterColumnType"],
	*check(step) {
		if (!("AlterTableStmt" in step.node)) return;
		for (const { command, target } of tableCommands(step, "AT_AlterColumnType")) {
			const views = viewsShowing(step, target.name, command.name ?? "");
			if (views.length === 0) continue;
			yield {
				message: `PostgreSQL refuses to change the type of ${command.name} of ${target.name} while ${listed$1(views, 3)} uses it.`,
				help: "Drop the view before and make it again after, in the same transaction, with its grants.",
				relation: target.name,
				sqlState: "0A000"
			};
		}
	}
};
/** The views that read that table alone, and show or use the column. */
const viewsShowing = ({ schema }, table, column) => schema.relations.values().filter((relation) => relation.kind === "view" || relation.kind === "materialized view").filter(({ reads, mentions }) => reads.length === 1 && reads[0] === table && mentions.includes(column)).map((view) => qualified(view.schema, view.name));

const rule$98 = {
	id: "attach-partition-scan",
	title: "Attaching a partition reads it whole under a lock",
	severity: "warning",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		scan: true,
		consequence: "Every row of the table, and of a default partition, is compared with the bounds while nobody can read or write them."
	},
	remedy: "Add a check to the table that says the same as the bounds, NOT VALID first and validated in a transaction of its own, and the opposite one to the default partition. Then nothing is read.",
	harmless: "A table that the same migration creates, and one with a validated check on the partition key, whose columns hold no NULL.",
	source: manual("ddl-partitioning#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE", "Partition Maintenance"),
	detectedBy: "both",
	hazards: ["attach-partition-scan", "attach-partition-default-scan"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AttachPartition"],
	*check(step) {
		for (const { command, target, table } of tableCommands(step, "AT_AttachPartition")) {
			if (!command.def || !("PartitionCmd" in command.def) || !command.def.PartitionCmd.name) continue;
			const child = relationName(step.schema, step.searchPath, command.def.PartitionCmd.name);
			const read = [child, ...table.children.filter((sibling) => {
				const other = tableNamed(step.schema, sibling);
				return other?.isDefaultPartition && !checksKey(other, table.partitionKey);
			})].filter((name) => !step.isFresh(name) && step.effects.scans.has(name));
			if (read.length === 0) continue;
			yield {
				message: `Attaching to ${target.name} reads all of ${listed$1(read)}, holding ${lockPhrase("ACCESS EXCLUSIVE", listed$1(read))} until it is done.`,
				help: `Add ${listed$1(read.map((name) => name === child ? `a check that implies the bounds to ${name}` : `one that excludes them, CHECK (NOT (…)), to the default partition ${name}`)).replace(/^one/, "a check")} as NOT VALID, validate it in a transaction of its own, and attach after that.`,
				relation: read[0] ?? child
			};
		}
	}
};

const rule$97 = {
	id: "backfill-fires-triggers",
	title: "A change of rows fires triggers",
	severity: "info",
	effect: { consequence: "For each row: what they write, send or stamp happens for every old row too, as if somebody had just changed it." },
	remedy: "Look at what the triggers do. Where they must not, give them a condition that leaves such a change out, instead of switching them off for everybody.",
	harmless: "Triggers for other events or columns, those that run once for a statement, and tables of whose triggers the history says nothing.",
	source: manual("trigger-definition", "Overview of Trigger Behavior"),
	detectedBy: "static",
	hazards: ["backfill-fires-triggers"],
	statements: ["UpdateStmt", "DeleteStmt"],
	*check(step) {
		const { node } = step;
		const statement = "UpdateStmt" in node ? node.UpdateStmt : "DeleteStmt" in node ? node.DeleteStmt : void 0;
		const target = statement?.relation && step.target(statement.relation);
		if (!target || target.fresh) return;
		const event = "UpdateStmt" in node ? "update" : "delete";
		const set = "UpdateStmt" in node ? targetNames(node.UpdateStmt.targetList) : [];
		const triggers = (tableNamed(step.schema, target.name)?.triggers ?? []).filter(({ forEachRow, events, columns }) => forEachRow && events.includes(event) && (columns.length === 0 || columns.some((column) => set.includes(column))));
		if (triggers.length === 0) return;
		yield {
			message: `${listed$1(triggers.map(({ name }) => name))} of ${target.name} may run for each row that this changes.`,
			help: "Check what they do to rows that nobody changed.",
			relation: target.name
		};
	}
};
/** The columns that an UPDATE sets. */
const targetNames = (targets = []) => targets.flatMap((each) => "ResTarget" in each ? each.ResTarget.name ?? [] : []);

const rule$96 = {
	id: "begin-without-commit",
	title: "A transaction is begun and never ended",
	severity: "error",
	effect: { consequence: "Its locks stay until the connection ends, and nothing it did is kept unless somebody commits it." },
	remedy: "End the transaction in the file that begins it.",
	source: manual("sql-begin", "BEGIN"),
	detectedBy: "static",
	hazards: ["begin-without-commit"],
	statements: ["TransactionStmt"],
	*check(step, { steps }) {
		if (transactionBoundary(step.node) !== "begin") return;
		if (step.transaction && step.transaction.kind !== "implicit") return;
		if (steps[0]?.transaction?.kind === "tool") return;
		const id = step.after.transaction?.id;
		if (steps.slice(step.index + 1).some(({ after }) => after.transaction?.id !== id)) return;
		yield {
			message: "The transaction that begins here is not ended in this file: its locks stay, and what it did is lost when the connection closes.",
			help: "Add COMMIT at the end of the file."
		};
	}
};

const rule$95 = {
	id: "change-column-default",
	title: "The running application may rely on the old default",
	severity: "info",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "The lock is short. INSERTs that leave the column out store something else from this moment, or fail where it is required."
	},
	remedy: "Let every running version of the application write the column itself before its default changes.",
	harmless: "A first default for a column that had none, and one in whose place comes an identity.",
	source: manual("ddl-default", "Default Values"),
	detectedBy: "static",
	hazards: ["change-column-default", "drop-default"],
	statements: ["AlterTableStmt"],
	commands: ["AT_ColumnDefault"],
	*check(step, { direction, number, steps }) {
		if (direction === "down") return;
		for (const { command, target } of tableCommands(step, "AT_ColumnDefault")) {
			const column = tableNamed(step.schema, target.name)?.columns.find(({ name }) => name === command.name);
			if (!column?.hasDefault || column.added?.migration === number) continue;
			const table = tableNamed((steps.at(-1) ?? step).after.schema, target.name);
			const left = table?.columns.find(({ name }) => name === command.name);
			if (!left || !command.def && (left.hasDefault || left.identity) || command.def && isOfNewType(steps, target.name, command.name)) continue;
			const isFilled = table?.triggers.some(({ events, forEachRow }) => forEachRow && events.includes("insert"));
			const refuses = !command.def && left.notNull && !isFilled;
			yield {
				message: refuses ? `Column ${column.name} of ${target.name} is NOT NULL and loses its default: INSERTs that leave it out fail from this moment.` : `INSERTs of the running application that leave ${column.name} of ${target.name} out store something else from this moment.`,
				help: "Make sure that every running version writes the column itself before the migration runs.",
				relation: target.name,
				...refuses ? { severity: "warning" } : {}
			};
		}
	}
};
/** Whether the migration also changes the column's type: the default is then written again as one of the new type. */
const isOfNewType = (steps, table, column) => steps.some((step) => tableCommands(step, "AT_AlterColumnType").some(({ command, target }) => target.name === table && command.name === column));

const rule$94 = {
	id: "check-not-immutable",
	title: "A check that depends on more than its row",
	severity: "warning",
	effect: { consequence: "PostgreSQL takes a row that passed once for valid: when time or another table has moved on, restoring a dump and VALIDATE fail on rows that are there." },
	remedy: "Let a check say only what holds for ever of its own row; what depends on the time or on other rows belongs into a trigger or the application.",
	harmless: "Immutable functions.",
	source: manual("ddl-constraints#DDL-CONSTRAINTS-CHECK-CONSTRAINTS", "Check Constraints"),
	detectedBy: "static",
	hazards: ["volatile-check-expression"],
	statements: ["CreateStmt", "AlterTableStmt"],
	commands: ["AT_AddConstraint", "AT_AddColumn"],
	*check(step) {
		for (const { expression, relation } of checksOf(step)) {
			const culprit = changing(expression, step);
			if (culprit === void 0) continue;
			yield {
				message: `The check calls ${culprit}, whose answer is another one later: rows of ${relation} that pass today make a restore or a VALIDATE fail then.`,
				help: "Check only what holds for ever of the row itself; use a trigger for the rest.",
				relation
			};
		}
	}
};
/** The checks that a statement brings, also those of a new table. */
function* checksOf(step) {
	if ("CreateStmt" in step.node) {
		const { relation, tableElts = [] } = step.node.CreateStmt;
		if (!relation || tableNamed(step.schema, step.target(relation).name)) return;
		const inline = tableElts.flatMap((element) => "ColumnDef" in element ? element.ColumnDef.constraints ?? [] : [element]);
		for (const { contype, raw_expr } of constraintNodes(inline)) if (contype === "CONSTR_CHECK" && raw_expr) yield {
			expression: raw_expr,
			relation: step.target(relation).name
		};
		return;
	}
	for (const { constraint, target } of addedConstraints(step)) if (constraint.contype === "CONSTR_CHECK" && constraint.raw_expr) yield {
		expression: constraint.raw_expr,
		relation: target.name
	};
	for (const { constraints, target } of addedColumns(step)) for (const { contype, raw_expr } of constraints) if (contype === "CONSTR_CHECK" && raw_expr) yield {
		expression: raw_expr,
		relation: target.name
	};
}
const clocks = /* @__PURE__ */ new Set([
	"now",
	"transaction_timestamp",
	"statement_timestamp",
	"current_setting",
	"current_schema"
]);
/** A function in an expression that may give another answer later. */
function changing(expression, { schema, searchPath }) {
	const volatility = volatilityOf(expression, schema, searchPath);
	if (volatility.kind === "volatile") return `${volatility.function}()`;
	for (const node of walk(expression)) {
		if ("SQLValueFunction" in node) return "the clock or the session";
		const call = node["FuncCall"];
		if (!call) continue;
		const parts = nameParts(call.funcname);
		const routine = schema.routines.get(objectNameOf(schema.routines, searchPath, parts));
		if (routine ? routine.volatility === "stable" : clocks.has(parts.at(-1) ?? "")) return `${parts.at(-1)}()`;
	}
}

const rule$93 = {
	id: "cic-if-not-exists",
	title: "IF NOT EXISTS takes an invalid index for a good one",
	severity: "error",
	effect: {
		lock: "SHARE UPDATE EXCLUSIVE",
		consequence: "A concurrent build that fails leaves an invalid index of that name. The next run skips the statement with a notice and succeeds, and the index stays unused, and unenforced if it is unique."
	},
	remedy: "Leave IF NOT EXISTS out, or drop the index with CONCURRENTLY and IF EXISTS first: what is left of a failed build then goes before the next.",
	harmless: "An index of the name that the same migration drops before it.",
	source: manual("sql-createindex#SQL-CREATEINDEX-CONCURRENTLY", "CREATE INDEX, Building Indexes Concurrently"),
	detectedBy: "both",
	hazards: ["cic-if-not-exists", "invalid-index-left"],
	statements: ["IndexStmt"],
	*check(step, { steps }) {
		if (!("IndexStmt" in step.node)) return;
		const { relation, concurrent, if_not_exists: conditional, idxname } = step.node.IndexStmt;
		if (!relation || !concurrent || !conditional || idxname === void 0) return;
		if (steps.slice(0, step.index).some(({ node }) => drops(node, idxname))) return;
		const target = step.target(relation);
		const { name } = target;
		const written = step.sql.replace(/\bif\s+not\s+exists\s+/i, "");
		yield {
			message: `If an earlier build of ${idxname} failed, an invalid index of that name is on ${name}: the statement skips it and succeeds, and the index is never used.`,
			help: "Leave IF NOT EXISTS out, and drop what a failed build left before building again:",
			...written === step.sql ? {} : { fix: [`DROP INDEX CONCURRENTLY IF EXISTS ${siblingText(target.sql, idxname)}`, written] },
			relation: name
		};
	}
};
const drops = (node, index) => "DropStmt" in node && node.DropStmt.removeType === "OBJECT_INDEX" && nameLists(node.DropStmt.objects).some((name) => name.at(-1) === index);

const rule$92 = {
	id: "cluster-vacuum-full",
	title: "CLUSTER and VACUUM FULL rewrite the table under a lock",
	severity: "error",
	effect: {
		rewrite: true,
		consequence: "The table and all its indexes are written again under an ACCESS EXCLUSIVE lock, while nobody can read or write it."
	},
	remedy: "Let plain VACUUM reuse the space, or use an extension that repacks a table while it is in use.",
	source: manual("sql-vacuum", "VACUUM, FULL"),
	detectedBy: "both",
	hazards: ["cluster-vacuum-full"],
	statements: ["ClusterStmt", "VacuumStmt"],
	*check(step) {
		const what = "ClusterStmt" in step.node ? "CLUSTER" : "VacuumStmt" in step.node && step.node.VacuumStmt.is_vacuumcmd && isOptionOn(step.node.VacuumStmt.options, "full") ? "VACUUM FULL" : void 0;
		if (what === void 0) return;
		const tables = [...step.effects.rewrites].filter((name) => !step.isFresh(name));
		for (const name of tables) yield {
			message: `${what} writes all of ${name} again, holding ${lockPhrase("ACCESS EXCLUSIVE", name)} until it is done.`,
			help: "Use plain VACUUM, or repack the table with an extension that keeps it usable.",
			relation: name
		};
		if (tables.length === 0 && step.effects.rewrites.size === 0) yield {
			message: `${what} writes one table after the other again, holding an ACCESS EXCLUSIVE lock on each, which blocks reads and writes, until it is done.`,
			help: "Name the table that needs it, and use plain VACUUM or an extension that keeps it usable."
		};
	}
};

const rule$91 = {
	id: "concurrently-in-transaction",
	title: "PostgreSQL refuses this inside a transaction",
	severity: "error",
	effect: { consequence: "The migration fails. A message of several statements is one transaction too, even without BEGIN, and many tools wrap every migration in one." },
	remedy: "Put the statement alone into a migration, and tell the tool to run that outside a transaction.",
	source: manual("sql-createindex#SQL-CREATEINDEX-CONCURRENTLY", "CREATE INDEX, Building Indexes Concurrently"),
	detectedBy: "both",
	hazards: [
		"cic-in-transaction",
		"cic-implicit-transaction-multi-statement",
		"drop-database"
	],
	statements: outsideTransactionKinds,
	*check(step, { apartSince }) {
		const what = outsideTransaction(step.node);
		if (what === void 0) return;
		if (!step.transaction && apartSince !== void 0) yield {
			message: `${what} cannot run inside a transaction. ${apartSince} is the first that sends it apart from the rest of its file; an older one makes one transaction of all, and PostgreSQL refuses it.`,
			help: "Move the statement to a migration of its own, which every version runs, or require that version in package.json.",
			severity: "warning"
		};
		if (!step.transaction) return;
		yield {
			message: `${what} cannot run inside a transaction, and ${{
				tool: "the migration tool runs this migration in one",
				file: "a BEGIN before it began one",
				implicit: "it is sent together with other statements, which PostgreSQL makes one"
			}[step.transaction.kind]}. PostgreSQL refuses it.`,
			help: "Move the statement to a migration of its own that the tool runs outside a transaction.",
			sqlState: "25001"
		};
	}
};

const rule$90 = {
	id: "create-index-blocking",
	title: "Building an index blocks writes",
	severity: "error",
	effect: {
		lock: "SHARE",
		scan: true,
		consequence: "INSERT, UPDATE and DELETE on the table wait until the index is built."
	},
	remedy: "Build the index with CONCURRENTLY, alone and outside a transaction. It takes longer and waits for transactions that are open, but blocks neither reads nor writes. When it fails it leaves an invalid index behind: drop that and build again.",
	harmless: "An index on a table that the same migration creates.",
	source: manual("sql-createindex#SQL-CREATEINDEX-CONCURRENTLY", "CREATE INDEX, Building Indexes Concurrently"),
	detectedBy: "both",
	hazards: ["create-index-blocking", "create-index-in-ael-txn"],
	statements: ["IndexStmt"],
	*check(step) {
		if (!("IndexStmt" in step.node)) return;
		const { relation, concurrent } = step.node.IndexStmt;
		if (!relation || concurrent || step.schema === step.after.schema) return;
		const { name, fresh } = step.target(relation);
		if (fresh || isPartitioned(step, name)) return;
		const held = step.transaction?.held.get(name);
		const written = step.sql.replace(/^(create\s+(?:unique\s+)?index)\b(?:\s+if\s+not\s+exists\b)?/i, "$1 CONCURRENTLY");
		yield {
			message: `CREATE INDEX holds ${lockOn(step, name)} until the index is built.${held?.mode === "ACCESS EXCLUSIVE" ? ` Reads wait as well: the transaction holds an ACCESS EXCLUSIVE lock on it since ${beginning(held.sql)}.` : ""}`,
			help: "Build the index with CONCURRENTLY, in a migration of its own that runs outside a transaction:",
			...written === step.sql ? {} : { fix: [written] },
			relation: name
		};
	}
};

const rule$89 = {
	id: "create-index-partitioned-parent",
	title: "An index on a partitioned table blocks writes to every partition",
	severity: "error",
	effect: {
		lock: "SHARE",
		scan: true,
		consequence: "The partitions are indexed one after the other in one transaction, and writes to all of them wait until the last is done. CONCURRENTLY is refused here."
	},
	remedy: "Create the index ON ONLY the parent, which builds nothing, then one on each partition with CONCURRENTLY, and attach each; with the last one the parent's index becomes valid.",
	source: manual("sql-createindex#SQL-CREATEINDEX-CONCURRENTLY", "CREATE INDEX, Building Indexes Concurrently"),
	detectedBy: "both",
	hazards: ["create-index-partitioned-parent"],
	statements: ["IndexStmt"],
	*check(step) {
		if (!("IndexStmt" in step.node)) return;
		const { relation, concurrent } = step.node.IndexStmt;
		if (!relation || !relation.inh) return;
		const { name, sql, fresh } = step.target(relation);
		if (fresh || !isPartitioned(step, name)) return;
		const only = step.sql.replace(/\bconcurrently\s+/i, "").replace(new RegExp(String.raw`\bon\s+(?=${RegExp.escape(sql)})`, "i"), "ON ONLY ");
		yield {
			message: concurrent ? `${identifierText(name.split(".")[1] ?? name)} is partitioned, and PostgreSQL refuses CREATE INDEX CONCURRENTLY on a partitioned table.` : `CREATE INDEX holds ${lockOn(step, name)} and the same on each of its partitions, until all of them are indexed.`,
			help: "Create the index ON ONLY the parent, then one on each partition with CONCURRENTLY, and attach each with ALTER INDEX … ATTACH PARTITION:",
			...only === step.sql ? {} : { fix: [only, ...onEachPartition(step, step.node.IndexStmt, step.target(relation))] },
			relation: name,
			...concurrent ? { sqlState: "0A000" } : {}
		};
	}
};
/** What builds the same index on each partition and attaches it; nothing where not all of that is known. */
function onEachPartition({ schema, sql }, { idxname, indexParams = [] }, parent) {
	const [begin = "", unique = ""] = /^create\s+(unique\s+)?index\s+(?:concurrently\s+)?(?:if\s+not\s+exists\s+)?(?:"(?:[^"]|"")+"|[^\s"]+)\s+on\s+/i.exec(sql) ?? [];
	if (idxname === void 0 || begin === "" || !sql.startsWith(parent.sql, begin.length)) return [];
	const rest = sql.slice(begin.length + parent.sql.length);
	return leafPartitions(schema, parent).flatMap((partition) => {
		const index = madeUpIndexName(schema, `${partition.schema}.${partition.name}`, indexParams);
		return [`CREATE ${unique === "" ? "" : "UNIQUE "}INDEX CONCURRENTLY ${identifierText(index)} ON ${partition.written()}${rest}`, `ALTER INDEX ${siblingText(parent.sql, idxname)} ATTACH PARTITION ${partition.written(index)}`];
	});
}

const rule$88 = {
	id: "create-partition-of",
	title: "CREATE TABLE … PARTITION OF locks the whole partitioned table",
	severity: "warning",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "While it waits behind one open transaction, every query of the partitioned table waits behind it. A default partition is locked and read as well."
	},
	remedy: "Create the table alone, with the columns and constraints of its parent, and attach it: that takes only a SHARE UPDATE EXCLUSIVE lock on the parent.",
	harmless: "A parent that the same migration creates.",
	source: manual("ddl-partitioning#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE", "Partition Maintenance"),
	detectedBy: "both",
	hazards: ["create-partition-of", "attach-partition-default-scan"],
	statements: ["CreateStmt"],
	*check(step) {
		if (!("CreateStmt" in step.node)) return;
		const { partbound, inhRelations = [], relation, partspec, tableElts } = step.node.CreateStmt;
		const parentNode = inhRelations[0];
		if (!partbound || !relation || !parentNode || !("RangeVar" in parentNode)) return;
		const parent = relationName(step.schema, step.searchPath, parentNode.RangeVar);
		if (step.isFresh(parent)) return;
		const bound = /\b(for\s+values\b[^]*|default)\s*$/i.exec(step.sql)?.[1];
		const child = step.target(relation).sql;
		const parentSql = step.target(parentNode.RangeVar).sql;
		const scanned = [...step.effects.scans].filter((name) => !step.isFresh(name));
		yield {
			message: `Creating a partition takes ${lockOn(step, parent)} also while it waits behind one open transaction.${scanned.length > 0 ? ` The default partition ${scanned.join(", ")} is read whole meanwhile.` : ""}`,
			help: "Create the table alone, and attach it in a transaction of its own:",
			...bound === void 0 || partspec || tableElts ? {} : { fix: [`CREATE TABLE ${child} (LIKE ${parentSql} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED)`, `ALTER TABLE ${parentSql} ATTACH PARTITION ${child} ${bound}`] },
			relation: parent
		};
	}
};

const rule$87 = {
	id: "create-rule",
	title: "A rule rewrites the application's statements",
	severity: "warning",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "Statements on the table become other statements: RETURNING, row counts and functions with side effects behave in ways that few expect."
	},
	remedy: "Use a trigger.",
	harmless: "Rules on a table that the same migration creates.",
	source: manual("rules-triggers", "Rules Versus Triggers"),
	detectedBy: "both",
	hazards: ["create-rule"],
	statements: ["RuleStmt"],
	*check(step) {
		if (!("RuleStmt" in step.node) || !step.node.RuleStmt.relation) return;
		const { name, fresh } = step.target(step.node.RuleStmt.relation);
		if (fresh) return;
		yield {
			message: `The rule ${step.node.RuleStmt.rulename} turns statements of the running application on ${name} into others from this moment.`,
			help: "Use a trigger instead.",
			relation: name
		};
	}
};

const rule$86 = {
	id: "create-table-as",
	title: "CREATE TABLE AS copies rows and nothing else",
	severity: "warning",
	effect: { consequence: "Keys, constraints, indexes, defaults and grants are not copied, and the transaction is as long as the copy: autovacuum removes nothing that died since it began, in any table." },
	remedy: "Create the table with its constraints, and copy the rows in batches that commit.",
	harmless: "WITH NO DATA, LIMIT 0, temporary tables, and a query that reads no table that was there before.",
	source: manual("sql-createtableas", "CREATE TABLE AS"),
	detectedBy: "static",
	hazards: ["create-table-as-populated"],
	statements: ["CreateTableAsStmt", "SelectStmt"],
	*check(step) {
		const statement = "CreateTableAsStmt" in step.node ? step.node.CreateTableAsStmt : void 0;
		const into = statement?.into ?? ("SelectStmt" in step.node ? step.node.SelectStmt.intoClause : void 0);
		if (!into?.rel || into.skipData || into.rel.relpersistence === "t" || statement?.objtype === "OBJECT_MATVIEW") return;
		const read = relationsRead(step.schema, step.searchPath, statement?.query ?? step.node).filter((name) => !step.isFresh(name) && name !== step.target(into.rel ?? {}).name);
		const query = statement?.query ?? step.node;
		const limit = "SelectStmt" in query ? constantText(query.SelectStmt.limitCount) : void 0;
		if (read.length === 0 || limit === "0") return;
		yield {
			message: `All that is selected from ${listed$1(read)} is copied in one transaction, into a table without keys, constraints, indexes, defaults and grants.`,
			help: "Create the table with CREATE TABLE … (LIKE … INCLUDING ALL), and copy the rows in batches that commit.",
			relation: step.target(into.rel).name
		};
	}
};

const rule$85 = {
	id: "create-table-if-not-exists",
	title: "IF NOT EXISTS hides a table of another shape",
	severity: "info",
	effect: { consequence: "Where a table of that name exists, whatever its columns, the statement does nothing and succeeds. A replay on an empty database creates it, and production keeps another." },
	remedy: "Leave IF NOT EXISTS out: a migration runs once, and a table that is there already is a difference that somebody should look at.",
	source: manual("sql-createtable", "CREATE TABLE, IF NOT EXISTS"),
	detectedBy: "static",
	hazards: ["create-table-if-not-exists-masks-drift"],
	statements: ["CreateStmt"],
	*check(step) {
		if (!("CreateStmt" in step.node)) return;
		const { if_not_exists: conditional, relation } = step.node.CreateStmt;
		if (!conditional || !relation || relation.relpersistence === "t") return;
		const { name } = step.target(relation);
		yield {
			message: `If ${name} exists with other columns, this does nothing and succeeds, and what follows meets a table of another shape.`,
			help: "Remove IF NOT EXISTS.",
			relation: name
		};
	}
};

/** The constraints that a `CREATE TABLE` or an `ALTER TABLE` brings, also to a table that nobody uses yet. */
function newConstraints(step) {
	let constraints = known.get(step);
	if (!constraints) known.set(step, constraints = compared$1(step) ?? none);
	return constraints === none ? void 0 : constraints;
}
const none = {
	name: "",
	constraints: []
};
/** Several rules ask for those of one statement. */
const known = /* @__PURE__ */ new WeakMap();
function compared$1({ node, searchPath, target, schema, after }) {
	const created = "CreateStmt" in node ? node.CreateStmt.relation : void 0;
	const altered = "AlterTableStmt" in node ? node.AlterTableStmt.relation : void 0;
	const name = created ? newRelationName(searchPath, created) : altered && target(altered).name;
	if (name === void 0) return void 0;
	const before = tableNamed(schema, name)?.constraints ?? none.constraints;
	const present = tableNamed(after.schema, name)?.constraints ?? none.constraints;
	if (before === present) return void 0;
	const names = new Set(before.map((constraint) => constraint.name));
	const constraints = present.filter((constraint) => !names.has(constraint.name));
	return constraints.length === 0 ? void 0 : {
		name,
		constraints
	};
}

const rule$84 = {
	id: "deferrable-unique",
	title: "ON CONFLICT and foreign keys cannot use a deferrable key",
	severity: "warning",
	effect: { consequence: "INSERT … ON CONFLICT that names its columns fails, and so does a foreign key to it." },
	remedy: "Leave DEFERRABLE out unless rows really change places within a transaction.",
	source: manual("sql-createtable#SQL-CREATETABLE-PARMS-DEFERRABLE", "CREATE TABLE, DEFERRABLE"),
	detectedBy: "static",
	hazards: ["deferred-unique-breaks-upsert"],
	statements: ["CreateStmt", "AlterTableStmt"],
	*check(step, { direction }) {
		const added = direction === "down" ? void 0 : newConstraints(step);
		if (!added) return;
		const { name, constraints } = added;
		for (const constraint of constraints) {
			if (!constraint.deferrable || constraint.kind !== "unique" && constraint.kind !== "primary key") continue;
			yield {
				message: `${constraint.name} on ${name} is DEFERRABLE, so ON CONFLICT and foreign keys cannot use it.`,
				help: "Remove DEFERRABLE.",
				relation: name
			};
		}
	}
};

const rule$83 = {
	id: "detach-partition",
	title: "Detaching a partition blocks the whole partitioned table",
	severity: "warning",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "While it waits behind one open transaction, every query of the partitioned table waits behind it."
	},
	remedy: "Detach with CONCURRENTLY outside a transaction. When that is interrupted, finish it with DETACH PARTITION … FINALIZE.",
	harmless: "A table with a default partition, for which CONCURRENTLY is refused; set lock_timeout there.",
	source: manual("sql-altertable#SQL-ALTERTABLE-DETACH-PARTITION", "ALTER TABLE, DETACH PARTITION"),
	detectedBy: "both",
	hazards: ["detach-partition", "detach-concurrently-pending"],
	saysWaiting: true,
	statements: ["AlterTableStmt"],
	commands: ["AT_DetachPartition"],
	*check(step) {
		for (const { command, target } of tableCommands(step, "AT_DetachPartition")) {
			if (!command.def || !("PartitionCmd" in command.def) || command.def.PartitionCmd.concurrent) continue;
			if (hasDefaultPartition(step.schema, target.name)) continue;
			yield {
				message: `Detaching takes ${lockOn(step, target.name)} also while it waits behind one open transaction.`,
				help: "Detach with CONCURRENTLY, in a migration of its own that runs outside a transaction:",
				fix: [`${step.sql} CONCURRENTLY`],
				relation: target.name
			};
		}
	}
};

const rule$82 = {
	id: "disable-autovacuum",
	title: "Without autovacuum a table grows and its plans go stale",
	severity: "warning",
	effect: {
		lock: "SHARE UPDATE EXCLUSIVE",
		consequence: "Dead rows stay, statistics stay as they are, and the table is vacuumed only when the transaction counter forces it."
	},
	remedy: "Keep autovacuum on and tune its thresholds for this table.",
	source: manual("runtime-config-vacuum#RUNTIME-CONFIG-AUTOVACUUM", "Automatic Vacuuming"),
	detectedBy: "static",
	hazards: ["autovacuum-disabled"],
	statements: ["AlterTableStmt"],
	commands: ["AT_SetRelOptions"],
	*check(step) {
		for (const { command, target } of tableCommands(step, "AT_SetRelOptions")) {
			if (!command.def || !("List" in command.def)) continue;
			const value = optionValue(command.def.List.items, "autovacuum_enabled");
			if (value === void 0 || !/^(false|off|no|0)$/i.test(value)) continue;
			yield {
				message: `Autovacuum leaves ${target.name} alone from now on: dead rows stay, and statistics grow stale.`,
				help: "Set thresholds for this table instead, for example autovacuum_vacuum_scale_factor.",
				relation: target.name
			};
		}
	}
};

const rule$81 = {
	id: "disable-rls",
	title: "Without row security every row is visible",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "Policies stay and mean nothing: whoever may read the table reads all of it."
	},
	remedy: "Change the policy that is in the way instead.",
	harmless: "The way back of a migration that enables it.",
	source: manual("ddl-rowsecurity", "Row Security Policies"),
	detectedBy: "both",
	hazards: ["disable-rls"],
	statements: ["AlterTableStmt"],
	commands: ["AT_DisableRowSecurity"],
	*check(step, { direction }) {
		if (direction === "down") return;
		for (const { target } of tableCommands(step, "AT_DisableRowSecurity")) yield {
			message: `Every role that may read ${target.name} sees all of its rows from this moment.`,
			help: "Change the policy that is in the way instead of switching all of them off.",
			relation: target.name
		};
	}
};

const rule$80 = {
	id: "disable-trigger",
	title: "With its triggers off a table takes what it should refuse",
	severity: "error",
	effect: {
		lock: "SHARE ROW EXCLUSIVE",
		consequence: "Foreign keys are triggers: with ALL, or session_replication_role, rows that break them are stored and found by nobody. Other sessions' rows pass unchecked too, until the triggers are on again."
	},
	remedy: "Name the one trigger that must not fire, switch it on again in the same transaction, and leave foreign keys alone.",
	harmless: "One trigger, or USER, that the same transaction switches on again.",
	source: manual("sql-altertable#SQL-ALTERTABLE-DESC-DISABLE-ENABLE-TRIGGER", "ALTER TABLE, DISABLE TRIGGER"),
	detectedBy: "both",
	hazards: ["disable-trigger"],
	statements: ["AlterTableStmt", ...settingStatements],
	commands: [
		"AT_DisableTrig",
		"AT_DisableTrigAll",
		"AT_DisableTrigUser"
	],
	*check(step, { steps }) {
		for (const { command, target } of tableCommands(step, "AT_DisableTrig", "AT_DisableTrigAll", "AT_DisableTrigUser")) {
			if (command.subtype !== "AT_DisableTrigAll" && isEnabledAgain(step, command, target.name, steps)) continue;
			yield {
				message: `${command.subtype === "AT_DisableTrigAll" ? "Every trigger, foreign keys included," : command.subtype === "AT_DisableTrigUser" ? "Every trigger" : `The trigger ${command.name}`} of ${target.name} is switched off for all sessions, under ${lockOn(step, target.name)} until the transaction ends.`,
				help: "Switch it on again in the same transaction, and never switch foreign keys off.",
				relation: target.name,
				...command.subtype === "AT_DisableTrig" ? { severity: "warning" } : {}
			};
		}
		for (const change of settingChanges(step.node)) if (change.kind === "set" && change.name === "session_replication_role" && change.value.toLowerCase() === "replica") yield {
			message: "No trigger and no foreign key fires in this session from here on: rows that break them are stored and found by nobody.",
			help: "Load the rows in an order that their foreign keys allow, or make the keys DEFERRABLE."
		};
	}
};
/** Whether the same transaction switches on again what a command switches off. */
function isEnabledAgain(step, { subtype, name }, table, steps) {
	const wanted = subtype === "AT_DisableTrig" ? "AT_EnableTrig" : "AT_EnableTrigUser";
	return steps.slice(step.index + 1).filter(({ transaction }) => transaction !== void 0 && transaction.id === step.transaction?.id).some((later) => tableCommands(later, wanted, "AT_EnableTrigAll").some(({ command, target }) => target.name === table && (command.subtype === "AT_EnableTrigAll" || command.name === name)));
}

const rule$79 = {
	id: "domain-add-constraint",
	title: "A constraint on a domain reads every table that uses it",
	severity: "error",
	effect: {
		lock: "SHARE",
		scan: true,
		consequence: "The statement names no table, yet writes to every table with a column of the domain wait until all of them are read."
	},
	remedy: "Add the constraint as NOT VALID, which takes no lock on any table, and validate it at a quiet time: that reads the same tables under the same lock.",
	harmless: "A domain that no known table uses, and NOT VALID.",
	source: manual("sql-alterdomain", "ALTER DOMAIN"),
	detectedBy: "both",
	hazards: ["domain-add-constraint"],
	statements: ["AlterDomainStmt"],
	*check(step) {
		if (!("AlterDomainStmt" in step.node)) return;
		const { subtype, typeName, def } = step.node.AlterDomainStmt;
		if (subtype !== "C" && subtype !== "O" && subtype !== "V") return;
		const tables = [...step.effects.scans].filter((name) => !step.isFresh(name));
		if (tables.length === 0) return;
		const name = nameParts(typeName).map(identifierText).join(".");
		const message = `${listed$1(tables)} ${tables.length > 1 ? "have columns" : "has a column"} of the domain ${name}, so all rows are read, holding a SHARE lock, which blocks writes, until it is done.`;
		const relation = tables[0] === void 0 ? {} : { relation: tables[0] };
		if (subtype === "V") {
			yield {
				message,
				help: "Run it in a migration of its own, at a quiet time.",
				...relation,
				severity: "warning"
			};
			return;
		}
		const isCheck = def && "Constraint" in def && def.Constraint.contype === "CONSTR_CHECK";
		yield {
			message,
			help: isCheck ? "Add the constraint as NOT VALID, and validate it at a quiet time:" : "Add CHECK (VALUE IS NOT NULL) as NOT VALID instead, and validate it at a quiet time:",
			fix: [isCheck ? `${step.sql} NOT VALID` : `ALTER DOMAIN ${name} ADD CHECK (VALUE IS NOT NULL) NOT VALID`],
			...relation
		};
	}
};

/** Relations that are neither tables nor indexes. */
const relationKinds = {
	OBJECT_VIEW: "view",
	OBJECT_MATVIEW: "materialized view",
	OBJECT_SEQUENCE: "sequence"
};
/** Types that have a name of their own. */
const typeKinds = {
	OBJECT_TYPE: "type",
	OBJECT_DOMAIN: "domain"
};
/** What can be called. */
const routineKinds = {
	OBJECT_FUNCTION: "function",
	OBJECT_PROCEDURE: "procedure",
	OBJECT_ROUTINE: "routine"
};

const rule$78 = {
	id: "drop-cascade",
	title: "CASCADE drops what the migration does not name",
	severity: "error",
	effect: { consequence: "Whatever depends on the object goes with it: views, foreign keys, defaults, triggers, and for a type the columns that have it. Each takes an ACCESS EXCLUSIVE lock on its table. What that is in production may differ from what it is here." },
	remedy: "Drop each dependent object by name first; PostgreSQL lists them when the statement runs without CASCADE.",
	harmless: "A relation that the same change makes: what depends on it is as new.",
	source: manual("ddl-depend", "Dependency Tracking"),
	detectedBy: "both",
	hazards: [
		"drop-cascade",
		"drop-function-in-trigger",
		"sequence-cycle-ownership"
	],
	statements: ["DropStmt"],
	*check(step, { direction }) {
		if (!("DropStmt" in step.node) || direction === "down") return;
		const { behavior, removeType, objects, missing_ok: ifExists } = step.node.DropStmt;
		const what = kinds$2[removeType ?? ""];
		if (behavior !== "DROP_CASCADE" || what === void 0) return;
		const isHarmless = (name) => step.isFresh(name) || ifExists === true && knowsMissing(step.before) && !step.schema.relations.has(name);
		const names = nameLists(objects).map((parts) => relationNameOf(step.schema, step.searchPath, parts));
		if (removeType !== void 0 && removeType in relations && names.every(isHarmless)) return;
		const written = step.sql.replace(/(?<!\s)\s+cascade\s*$/i, "");
		yield {
			message: `CASCADE also drops whatever depends on the ${what}, without naming it, and takes an ACCESS EXCLUSIVE lock on every table concerned, which blocks reads and writes.`,
			help: `Drop each dependent object by name first, and the ${what} without CASCADE then${written === step.sql ? "." : `: ${written.replaceAll(/\s+/g, " ")}.`}`
		};
	}
};
const relations = {
	OBJECT_TABLE: "table",
	OBJECT_FOREIGN_TABLE: "foreign table",
	OBJECT_INDEX: "index",
	...relationKinds
};
const kinds$2 = {
	...relations,
	...typeKinds,
	...routineKinds,
	OBJECT_EXTENSION: "extension"
};

/**
* A sentence on the functions of the history whose bodies seem to name a column of a table, for PostgreSQL does not know of them;
* none where there are none. Of a column such as `id` only those count that name the table too, or run for its rows.
*/
function namedInBodies(schema, table, column) {
	const namesColumn = wordOf(column);
	const namesTable = wordOf(splitName(table)[1]);
	const own = new Set(tableNamed(schema, table)?.triggers.map(({ runs }) => runs));
	const using = schema.routines.values().map((routine) => ({
		name: `${routine.schema}.${routine.name}`,
		body: code(routine.body)
	})).filter(({ name, body }) => namesColumn.test(body) && (own.has(name) || namesTable.test(body)));
	const which = listed$1(using.map(({ name }) => name), 3);
	if (using.length === 0) return [];
	return [`The ${using.length > 1 ? `bodies of ${which} seem` : `body of ${which} seems`} to name it, which PostgreSQL does not check.`];
}
/** Whether a trigger that runs for each row of a table gives a column its value, so that no application has to name it. */
function keptByTrigger(schema, table, column) {
	const triggers = tableNamed(schema, table)?.triggers ?? [];
	const runs = new Set(triggers.flatMap((each) => each.forEachRow ? each.runs : []));
	const gives = new RegExp(String.raw`\bnew\s*\.\s*"?${RegExp.escape(column)}"?\s*:?=`, "i");
	return schema.routines.values().some((routine) => runs.has(`${routine.schema}.${routine.name}`) && gives.test(code(routine.body)));
}
const wordOf = (name) => new RegExp(String.raw`(?<![\w$])${RegExp.escape(name)}(?![\w$])`, "i");
/** A body without its comments. */
const code = (body) => body.replaceAll(/--[^\n]*|\/\*[^]*?\*\//g, " ");

const rule$77 = {
	id: "drop-column",
	title: "A dropped column breaks the running application and cannot be brought back",
	severity: "warning",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "The lock is short. Code that still names the column fails, so do prepared statements with SELECT *; the values are gone, and so is every index and constraint that includes the column."
	},
	remedy: "Stop reading and writing the column in one release, drop it in a later one, after a backup of what is still worth keeping.",
	harmless: "The way back of a migration that adds the column.",
	source: manual("ddl-alter#DDL-ALTER-REMOVING-A-COLUMN", "Removing a Column"),
	detectedBy: "both",
	hazards: [
		"drop-column",
		"drop-column-cascades-index-constraint",
		"drop-column-cascade",
		"drop-column-used-by-function-body",
		"select-star-plan-break"
	],
	statements: ["AlterTableStmt"],
	commands: ["AT_DropColumn"],
	*check(step, { direction }) {
		if (direction === "down") return;
		for (const { command, target, table } of tableCommands(step, "AT_DropColumn")) {
			const name = command.name ?? "";
			if (command.missing_ok && surelyLacks(table, name)) continue;
			const indexes = table.indexes.filter((index) => (indexNamed(step.schema, index)?.columns.length ?? 0) > 1 && indexNamed(step.schema, index)?.columns.includes(name));
			const parents = table.constraints.filter(({ kind, columns }) => kind === "foreign key" && columns.includes(name)).flatMap(({ references }) => references?.table ?? []);
			yield {
				message: [
					`Code of the running application that names ${target.name}.${name} fails from this moment, and its values are gone.`,
					...namedInBodies(step.schema, target.name, name),
					...indexes.length > 0 ? [`With it goes ${listed$1(indexes)}, which covers other columns too.`] : [],
					...parents.length > 0 ? [`Its foreign key takes an ACCESS EXCLUSIVE lock on ${listed$1(parents)} as well, which blocks reads and writes.`] : [],
					...command.behavior === "DROP_CASCADE" ? ["CASCADE drops every view and constraint that uses it without naming them."] : []
				].join(" "),
				help: "Drop the column only in a release after the one that stopped using it, and say so with an allowance.",
				relation: target.name
			};
		}
	}
};

const rule$76 = {
	id: "drop-database",
	title: "A migration drops a database",
	severity: "error",
	effect: { consequence: "It cannot be undone, and a migration has no business with another database than its own." },
	remedy: "Take the statement out of the migrations; remove databases by hand, after a backup.",
	source: manual("sql-dropdatabase", "DROP DATABASE"),
	detectedBy: "static",
	hazards: ["drop-database"],
	statements: ["DropdbStmt"],
	*check(step) {
		if (!("DropdbStmt" in step.node)) return;
		yield {
			message: `The database ${step.node.DropdbStmt.dbname} is dropped with everything in it, and nothing brings it back.`,
			help: "Remove the statement from the migration."
		};
	}
};

const rule$75 = {
	id: "drop-identity",
	title: "Without its identity a column refuses the running application's rows",
	severity: "warning",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "The sequence behind the column is dropped with its position. INSERTs that leave the column out fail, since it stays NOT NULL."
	},
	remedy: "Give the column another default in the same transaction, starting after its largest value.",
	source: manual("sql-altertable#SQL-ALTERTABLE-DESC-GENERATED-IDENTITY", "ALTER TABLE, DROP IDENTITY"),
	detectedBy: "both",
	hazards: ["add-drop-identity-or-expression"],
	statements: ["AlterTableStmt"],
	commands: ["AT_DropIdentity"],
	*check(step, { direction }) {
		if (direction === "down") return;
		for (const { command, target } of tableCommands(step, "AT_DropIdentity")) yield {
			message: `INSERTs that leave ${command.name} of ${target.name} out fail from this moment, and the position of its sequence is lost.`,
			help: "Set another default in the same transaction, and start its sequence after the largest value.",
			relation: target.name
		};
	}
};

const rule$74 = {
	id: "drop-index-blocking",
	title: "Dropping an index blocks reads and writes",
	severity: "warning",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "The lock is short once it is granted, but while it waits behind one open transaction every query of the table waits behind it."
	},
	remedy: "Drop the index with CONCURRENTLY, alone and outside a transaction.",
	harmless: "An index of a table that the same migration creates, and one of a partitioned table, for which CONCURRENTLY is refused.",
	source: manual("sql-dropindex", "DROP INDEX"),
	detectedBy: "both",
	hazards: ["drop-index-blocking"],
	saysWaiting: true,
	statements: ["DropStmt"],
	*check(step) {
		if (!("DropStmt" in step.node)) return;
		const { removeType, concurrent, objects, behavior, missing_ok } = step.node.DropStmt;
		if (removeType !== "OBJECT_INDEX" || concurrent || behavior === "DROP_CASCADE") return;
		for (const parts of nameLists(objects)) {
			const name = relationNameOf(step.schema, step.searchPath, parts);
			const index = indexNamed(step.schema, name);
			if (missing_ok && knowsMissing(step.before) && !index) continue;
			if (step.isFresh(name) || index && (step.isFresh(index.table) || isPartitioned(step, index.table) || index.ofConstraint)) continue;
			const written = (objects ?? []).length === 1 ? step.sql.replace(/^drop\s+index\b/i, "$& CONCURRENTLY") : `DROP INDEX CONCURRENTLY ${missing_ok ? "IF EXISTS " : ""}${parts.map(identifierText).join(".")}`;
			yield {
				message: `DROP INDEX takes ${lockPhrase("ACCESS EXCLUSIVE", index?.table ?? `the table of ${name}`)} and keeps every query waiting until it gets it.`,
				help: "Drop the index with CONCURRENTLY, in a migration of its own that runs outside a transaction:",
				...written === step.sql ? {} : { fix: [written] },
				relation: index?.table ?? name
			};
		}
	}
};

const rule$73 = {
	id: "drop-index-constraint-owned",
	title: "PostgreSQL refuses to drop the index of a constraint",
	severity: "error",
	effect: { consequence: "The migration fails: the index goes only with its constraint." },
	remedy: "Drop the constraint; its index goes with it.",
	source: manual("sql-dropindex", "DROP INDEX"),
	detectedBy: "both",
	hazards: ["drop-index-constraint-owned"],
	statements: ["DropStmt"],
	*check(step) {
		if (!("DropStmt" in step.node) || step.node.DropStmt.removeType !== "OBJECT_INDEX") return;
		for (const parts of nameLists(step.node.DropStmt.objects)) {
			const index = indexNamed(step.schema, relationNameOf(step.schema, step.searchPath, parts));
			if (!index?.ofConstraint) continue;
			const [schema = "", table = ""] = index.table.split(".");
			yield {
				message: `${index.name} belongs to the constraint of the same name on ${index.table}, so PostgreSQL refuses to drop it.`,
				help: "Drop the constraint:",
				fix: [`ALTER TABLE ${identifierText(schema)}.${identifierText(table)} DROP CONSTRAINT ${identifierText(index.name)}`],
				relation: index.table,
				sqlState: "2BP01"
			};
		}
	}
};

const rule$72 = {
	id: "drop-not-null",
	title: "The running application may not expect NULL",
	severity: "info",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "The lock is short. Code that reads the column may fail on the first NULL, and going back needs a scan."
	},
	remedy: "Teach every reader to expect NULL first, and drop NOT NULL in a later release.",
	source: manual("sql-altertable#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL", "ALTER TABLE, DROP NOT NULL"),
	detectedBy: "static",
	hazards: ["drop-not-null"],
	statements: ["AlterTableStmt"],
	commands: ["AT_DropNotNull"],
	*check(step, { direction }) {
		if (direction === "down") return;
		for (const { command, target } of tableCommands(step, "AT_DropNotNull")) yield {
			message: `Column ${command.name} of ${target.name} may hold NULL from now on, which the running application has never seen.`,
			help: "Make sure that every running version reads NULL in this column before the migration runs.",
			relation: target.name
		};
	}
};

const rule$71 = {
	id: "drop-object-in-use",
	title: "The running application may still use what is dropped",
	severity: "warning",
	effect: { consequence: "Code that calls the function, reads the view or casts to the type fails from this moment." },
	remedy: "Stop using it in one release, and drop it in a later one.",
	harmless: "What the same migration creates again or created itself, and the way back of a migration that creates it.",
	source: manual("ddl-depend", "Dependency Tracking"),
	detectedBy: "static",
	hazards: ["drop-view-function-sequence-type"],
	statements: ["DropStmt", "AlterTableStmt"],
	*check(step, { direction, steps }) {
		if (direction === "down") return;
		yield* droppedAttributes(step);
		if (!("DropStmt" in step.node)) return;
		const { removeType = "OBJECT_TABLE", objects, behavior } = step.node.DropStmt;
		const what = kinds$1[removeType];
		if (what === void 0 || behavior === "DROP_CASCADE") return;
		const isRelation = removeType in relationKinds;
		const last = steps.at(-1)?.after.schema;
		for (const parts of nameLists(objects)) {
			const kept = (schema) => {
				if (isRelation) return schema.relations.get(relationNameOf(schema, step.searchPath, parts));
				const named = removeType in typeKinds ? schema.types : schema.routines;
				return named.get(objectNameOf(named, step.searchPath, parts));
			};
			const present = kept(step.schema);
			if (isOwn(step.before, present?.created) || last && kept(last)) continue;
			if (step.node.DropStmt.missing_ok && !present) continue;
			if (present && steps[0] && !kept(steps[0].schema)) continue;
			if (present && "returnsTrigger" in present && present.returnsTrigger) continue;
			yield {
				message: `Code of the running application that uses the ${what} ${parts.join(".")} fails from this moment.`,
				help: `Drop the ${what} only in a release after the one that stopped using it, and say so with an allowance.`,
				...isRelation ? { relation: relationNameOf(step.schema, step.searchPath, parts) } : {}
			};
		}
	}
};
const kinds$1 = {
	...relationKinds,
	...typeKinds,
	...routineKinds
};
/** The attributes of a composite type that go, with what the columns of that type hold in them. */
function* droppedAttributes({ node, schema, searchPath, before }) {
	if (!("AlterTableStmt" in node) || node.AlterTableStmt.objtype !== "OBJECT_TYPE") return;
	const { relation, cmds = [] } = node.AlterTableStmt;
	const type = objectNameOf(schema.types, searchPath, [relation?.schemaname ?? [], relation?.relname ?? []].flat());
	if (isOwn(before, schema.types.get(type)?.created)) return;
	for (const each of cmds) if ("AlterTableCmd" in each && each.AlterTableCmd.subtype === "AT_DropColumn") yield {
		message: `Code of the running application that uses the attribute ${each.AlterTableCmd.name} of the type ${type} fails from this moment, and its values are gone from every row that holds one.`,
		help: "Drop the attribute only in a release after the one that stopped using it, and say so with an allowance."
	};
}

const rule$70 = {
	id: "drop-owned",
	title: "DROP OWNED and REASSIGN OWNED reach whatever a role owns",
	severity: "error",
	effect: { consequence: "Which objects that are is known only on the server it runs on. DROP OWNED drops them all, and revokes the role's privileges; both lock every one of them." },
	remedy: "Name each object: ALTER … OWNER TO, DROP or REVOKE.",
	source: manual("sql-drop-owned", "DROP OWNED"),
	detectedBy: "static",
	hazards: ["drop-owned-reassign"],
	statements: ["DropOwnedStmt", "ReassignOwnedStmt"],
	*check(step) {
		if ("DropOwnedStmt" in step.node) yield {
			message: "DROP OWNED drops every object of the role in this database, whatever that is in production, under an ACCESS EXCLUSIVE lock on each table, which blocks reads and writes.",
			help: "Drop each object by name instead."
		};
		if ("ReassignOwnedStmt" in step.node) yield {
			message: "REASSIGN OWNED changes every object of the role in this database, whatever that is in production, and locks each table in ACCESS EXCLUSIVE mode, which blocks reads and writes, until the transaction ends.",
			help: "Change the owner of each object by name instead."
		};
	}
};

const rule$69 = {
	id: "drop-partition",
	title: "Dropping a partition locks the whole partitioned table",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "While it waits behind one open transaction, every query of the partitioned table waits behind it, whichever partition it is about."
	},
	remedy: "Detach the partition with CONCURRENTLY first, and drop the table that is left after that.",
	harmless: "A table with a default partition, from which CONCURRENTLY is refused: what is said of it is a warning.",
	source: manual("ddl-partitioning#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE", "Partition Maintenance"),
	detectedBy: "both",
	hazards: ["drop-partition"],
	statements: ["DropStmt"],
	*check(step) {
		if (!("DropStmt" in step.node) || step.node.DropStmt.removeType !== "OBJECT_TABLE") return;
		for (const parts of nameLists(step.node.DropStmt.objects)) {
			const name = relationNameOf(step.schema, step.searchPath, parts);
			const parent = tableNamed(step.schema, name)?.partitionOf;
			if (parent === void 0 || step.isFresh(parent)) continue;
			if (nameLists(step.node.DropStmt.objects).some((other) => relationNameOf(step.schema, step.searchPath, other) === parent)) continue;
			yield {
				message: `Dropping the partition ${name} takes ${lockOn(step, parent)} also while it waits behind one open transaction.`,
				...hasDefaultPartition(step.schema, parent) ? {
					help: "Set lock_timeout before it, and try again when it strikes: PostgreSQL refuses to detach with CONCURRENTLY from a table with a default partition.",
					severity: "warning"
				} : {
					help: "Detach the partition with CONCURRENTLY outside a transaction, and drop the table in a later migration:",
					fix: [`ALTER TABLE ${relationText(parent)} DETACH PARTITION ${relationText(name)} CONCURRENTLY`, step.sql]
				},
				relation: parent
			};
		}
	}
};

const rule$68 = {
	id: "drop-primary-key",
	title: "Without its primary key a table loses what relies on it",
	severity: "warning",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "ON CONFLICT on the key fails, lookups by it read the whole table, and logical replication refuses UPDATE and DELETE."
	},
	remedy: "Build the new key's index with CONCURRENTLY first, and swap the two in one transaction: DROP CONSTRAINT and ADD PRIMARY KEY USING INDEX.",
	harmless: "A transaction that adds another primary key.",
	source: manual("ddl-constraints#DDL-CONSTRAINTS-PRIMARY-KEYS", "Primary Keys"),
	detectedBy: "both",
	hazards: ["drop-primary-key"],
	statements: ["AlterTableStmt"],
	commands: ["AT_DropConstraint"],
	*check(step, { direction, steps }) {
		if (direction === "down") return;
		for (const { command, target } of tableCommands(step, "AT_DropConstraint")) {
			const key = tableNamed(step.schema, target.name)?.constraints.find(({ name, kind }) => name === command.name && kind === "primary key");
			const replaced = steps.slice(step.index).filter(({ transaction }) => transaction?.id === step.transaction?.id).some(({ after }) => tableNamed(after.schema, target.name)?.constraints.some(({ kind }) => kind === "primary key"));
			if (!key || replaced) continue;
			const lost = command.behavior === "DROP_CASCADE" ? foreignKeysTo(step.schema, target.name, key) : [];
			yield {
				message: [`${target.name} has no primary key from here on: ON CONFLICT on it fails, and logical replication refuses UPDATE and DELETE.`, ...lost.map((each) => `CASCADE drops the foreign key ${each.name} of ${each.table} with it.`)].join(" "),
				help: "Build the index of the new key with CONCURRENTLY first, and swap both in one statement: DROP CONSTRAINT …, ADD PRIMARY KEY USING INDEX ….",
				relation: target.name
			};
		}
	}
};

const rule$67 = {
	id: "drop-schema",
	title: "Dropping a schema drops all that is in it",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "With CASCADE every table in it is locked and dropped in one transaction, and whatever elsewhere depends on one of them goes too."
	},
	remedy: "Drop the objects by name in releases of their own, and the empty schema last.",
	harmless: "A schema that is dropped without CASCADE, which PostgreSQL refuses unless it is empty, and the way back of CREATE SCHEMA.",
	source: manual("sql-dropschema", "DROP SCHEMA"),
	detectedBy: "both",
	hazards: ["drop-schema"],
	statements: ["DropStmt"],
	*check(step, { direction }) {
		if (!("DropStmt" in step.node) || direction === "down") return;
		const { removeType, behavior, objects } = step.node.DropStmt;
		if (removeType !== "OBJECT_SCHEMA" || behavior !== "DROP_CASCADE") return;
		const names = nameLists(objects).map((parts) => parts.at(-1)).join(", ");
		const dropped = new Set(nameLists(objects).map((parts) => parts.at(-1)));
		const holdsTables = step.schema.relations.values().some(({ schema }) => dropped.has(schema));
		if (knowsMissing(step.before) && !holdsTables) yield {
			message: `Whatever is in ${names} is dropped without being named; no migration makes a table there.`,
			help: `Drop what is in it by name, and the empty schema then: DROP SCHEMA ${names}.`,
			severity: "warning"
		};
		else yield {
			message: `Every table in ${names} is dropped with its rows, under an ACCESS EXCLUSIVE lock on each, which blocks reads and writes.`,
			help: `Drop what is in it by name, and the empty schema then: DROP SCHEMA ${names}.`
		};
	}
};

const rule$66 = {
	id: "drop-table",
	title: "A dropped table cannot be brought back",
	severity: "warning",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "Code that still uses the table fails, its rows are gone, and every table that it references is locked as well."
	},
	remedy: "Stop using the table in one release and drop it in a later one, after a backup. Drop its foreign keys one at a time before, so that their tables are locked alone.",
	harmless: "The way back of a migration that creates the table, and a table that the same migration made.",
	source: manual("sql-droptable", "DROP TABLE"),
	detectedBy: "both",
	hazards: [
		"drop-table",
		"drop-table-fk-locks-parents",
		"create-table-force"
	],
	statements: ["DropStmt"],
	*check(step, { direction, steps }) {
		if (!("DropStmt" in step.node) || step.node.DropStmt.removeType !== "OBJECT_TABLE" || direction === "down") return;
		for (const parts of nameLists(step.node.DropStmt.objects)) {
			const name = relationNameOf(step.schema, step.searchPath, parts);
			const table = tableNamed(step.schema, name);
			if (step.isFresh(name) || table?.partitionOf !== void 0) continue;
			if (step.node.DropStmt.missing_ok && knowsMissing(step.before) && !table) continue;
			const parents = [...new Set((table?.constraints ?? []).flatMap(({ references }) => references?.table ?? []))].filter((parent) => parent !== name);
			yield {
				message: `${steps.slice(step.index + 1).some(({ node, target }) => "CreateStmt" in node && node.CreateStmt.relation && target(node.CreateStmt.relation).name === name) ? `${name} is made again, but its rows are gone` : `Code of the running application that uses ${name} fails from this moment, and its rows are gone`}.${parents.length > 0 ? ` Its foreign keys take an ACCESS EXCLUSIVE lock on ${listed$1(parents)} as well, which blocks reads and writes.` : ""}`,
				help: "Drop the table only in a release after the one that stopped using it, and say so with an allowance.",
				relation: name
			};
		}
	}
};

const rule$65 = {
	id: "duplicate-column-assignment",
	title: "PostgreSQL refuses to set one column twice",
	severity: "error",
	effect: { consequence: "The migration fails: a statement can give each column one value." },
	remedy: "Leave one of the assignments out.",
	harmless: "Several elements of one array, or fields of one composite value.",
	source: manual("sql-update", "UPDATE, Parameters"),
	detectedBy: "both",
	hazards: ["duplicate-column-assignment"],
	statements: ["UpdateStmt", "InsertStmt"],
	*check({ node, target }) {
		const statement = "UpdateStmt" in node ? node.UpdateStmt : "InsertStmt" in node ? node.InsertStmt : void 0;
		if (!statement?.relation) return;
		const twice = repeated("UpdateStmt" in node ? node.UpdateStmt.targetList : "InsertStmt" in node ? node.InsertStmt.cols : []);
		if (twice.length === 0) return;
		const { name } = target(statement.relation);
		yield {
			message: `PostgreSQL refuses this: it gives ${listed$1(twice)} of ${name} a value twice.`,
			help: "Leave one of the assignments out.",
			relation: name,
			sqlState: "UpdateStmt" in node ? "42601" : "42701"
		};
	}
};
/** The whole columns that are named more than once. */
function repeated(targets = []) {
	const names = targets.flatMap((each) => "ResTarget" in each && !each.ResTarget.indirection ? each.ResTarget.name ?? [] : []);
	return [...new Set(names.filter((name, index) => names.indexOf(name) < index))];
}

const rule$64 = {
	id: "enable-rls-no-policy",
	title: "Row security without a policy hides every row",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "Every role but the owner and superusers sees an empty table and gets no error."
	},
	remedy: "Create the policies first, or in the same transaction.",
	harmless: "A table that has a policy by the end of the migration.",
	source: manual("ddl-rowsecurity", "Row Security Policies"),
	detectedBy: "both",
	hazards: ["enable-rls-no-policy"],
	statements: ["AlterTableStmt"],
	commands: ["AT_EnableRowSecurity"],
	*check(step, { steps }) {
		for (const { target } of tableCommands(step, "AT_EnableRowSecurity")) {
			const table = tableNamed(steps.at(-1)?.after.schema ?? step.after.schema, target.name);
			if (table && (table.policies.length > 0 || !table.complete)) continue;
			yield {
				message: `No policy of ${target.name} is known, so with row security every role but its owner sees no row of it, without any error.`,
				help: "Add CREATE POLICY before it, in the same transaction.",
				relation: target.name
			};
		}
	}
};

const rule$63 = {
	id: "enum-value-used-same-transaction",
	title: "A new enum value cannot be used in the transaction that adds it",
	severity: "error",
	effect: { consequence: "The migration fails with \"unsafe use of new value\"." },
	remedy: "Add the value in one migration, and use it in the next.",
	harmless: "A type that was created, values included, in the same transaction.",
	source: manual("sql-altertype#SQL-ALTERTYPE-NOTES", "ALTER TYPE, Notes"),
	detectedBy: "both",
	hazards: ["enum-value-used-same-tx", "enum-add-value-in-tx-pre12"],
	*check(step) {
		const { transaction } = step;
		if (!transaction || transaction.before.schema.types === step.schema.types || "AlterEnumStmt" in step.node) return;
		const added = step.schema.types.values().flatMap((type) => type.addedValues.filter((value) => value.transaction === transaction.id).map(({ value }) => ({
			type,
			value
		})));
		if (added.length === 0) return;
		const used = usedConstants(step.node);
		const columns = typedColumns(step);
		for (const { type, value } of added) {
			const qualifiedType = `${type.schema}.${type.name}`;
			const cast = used.some(({ text, typeName }) => text === value && typeName !== void 0 && objectNameOf(step.schema.types, step.searchPath, typeName) === qualifiedType);
			const stored = used.some(({ text, typeName }) => text === value && typeName === void 0) && columns.has(qualifiedType);
			if (!cast && !stored) continue;
			yield {
				message: `The value ${value} of ${qualifiedType} was added in the same transaction, so PostgreSQL refuses to use it here.`,
				help: "Move this statement to the next migration.",
				sqlState: "55P04"
			};
		}
	}
};
function usedConstants(node) {
	const found = [];
	const casts = /* @__PURE__ */ new Set();
	for (const inner of nodesOf(node)) {
		const cast = inner["TypeCast"];
		if (cast?.arg && "A_Const" in cast.arg) {
			casts.add(cast.arg.A_Const);
			found.push({
				text: constantText(cast.arg) ?? "",
				typeName: nameParts(cast.typeName?.names)
			});
		}
		const constant = inner["A_Const"];
		if (constant && !casts.has(constant)) {
			const text = constantText({ A_Const: constant });
			if (text !== void 0) found.push({ text });
		}
	}
	return found;
}
/** The types of the columns of the tables that a statement names. */
function typedColumns(step) {
	const names = /* @__PURE__ */ new Set();
	for (const inner of nodesOf(step.node)) {
		const relation = inner["RangeVar"] ?? inner["relation"];
		if (relation?.relname === void 0) continue;
		const table = step.schema.relations.get(step.target(relation).name);
		if (table?.kind !== "table") continue;
		for (const { type } of table.columns) if (type) names.add(objectNameOf(step.schema.types, step.searchPath, type.schema === void 0 ? [type.name] : [type.schema, type.name]));
	}
	return names;
}

const rule$62 = {
	id: "error-swallowed",
	title: "A handler that lets every error pass",
	severity: "warning",
	effect: { consequence: "Whatever fails in the block is taken back without a word, and the migration is recorded as applied: a database that lacks what it was to do looks like one that has it." },
	remedy: "Name the errors that are to be expected, such as duplicate_object or undefined_table, and let all others fail the migration.",
	harmless: "A handler of errors that it names, or one that raises the error again.",
	source: manual("plpgsql-control-structures", "Trapping Errors"),
	detectedBy: "static",
	hazards: ["error-swallowed"],
	statements: ["DoStmt"],
	*check(step) {
		if (step.inner || !("DoStmt" in step.node) || !doBlock(step.node.DoStmt, step.sql).swallowsErrors) return;
		yield {
			message: "`EXCEPTION WHEN others` lets every error of this block pass: the migration counts as applied also where the block did nothing.",
			help: "Name the errors that are to be expected, for example `WHEN duplicate_object THEN`, or raise the error again."
		};
	}
};

/** The rows that keep an index from being built, or a key: with a value that is there twice, or for which an expression fails. */
function* duplicates(step, steps) {
	if ("IndexStmt" in step.node) return yield* ofIndex(step, step.node.IndexStmt, steps);
	const added = new Set(addedColumns(step).map(({ name }) => name));
	for (const { constraint, target } of addedConstraints(step)) {
		const isKey = constraint.contype === "CONSTR_PRIMARY";
		if (!isKey && constraint.contype !== "CONSTR_UNIQUE") continue;
		const keys = nameParts(constraint.keys);
		if (constraint.indexname !== void 0 || keys.some((key) => added.has(key))) continue;
		if (isOnlyParent(step, target.name)) continue;
		yield* ofColumns(step, target, keys, isKey ? "refused" : nullsOf(constraint), steps);
	}
}
const nullsOf = ({ nulls_not_distinct }) => nulls_not_distinct ? "equal" : "distinct";
function* ofIndex(step, statement, steps) {
	const { relation, unique, indexParams = [], whereClause } = statement;
	const target = relation && step.target(relation);
	if (!target || target.fresh || !relation.inh && isPartitioned(step, target.name)) return;
	const columns = indexParams.map((element) => "IndexElem" in element ? columnNamed(element.IndexElem) : void 0);
	const plain = columns.filter((column) => column !== void 0);
	const nulls = nullsOf(statement);
	if (plain.length === columns.length && !whereClause) {
		if (unique) yield* ofColumns(step, target, plain, nulls, steps);
		return;
	}
	const fails = mayFail([indexParams, whereClause]);
	if (!fails && (!unique || standing(step, target.name, columns, nulls, steps) === "sound")) return;
	yield lookFor(target.name, [...unique ? ["with a value that is there twice"] : [], ...fails ? ["for which the expression fails"] : []].join(", or one "));
}
function* ofColumns(step, target, columns, nulls, steps) {
	switch (standing(step, target.name, columns, nulls, steps)) {
		case "sound": return;
		case "written": return yield lookFor(target.name, "with a value that is there twice");
		case "unknown": {
			const rows = `a value that is there twice${nulls === "refused" ? ", or none at all" : ""}`;
			yield ask(target.name, rows, twice(step, target, columns, nulls));
		}
	}
}
/** What is known of the rows: that none is there twice, that the migration wrote them, so that nobody can ask before, or nothing. */
function standing(step, table, columns, nulls, steps) {
	const late = nulls === "distinct" ? unfilled(step, table, columns, steps) : void 0;
	if (late === "empty" || nulls !== "refused" && isUnique(step.schema, table, columns)) return "sound";
	return late ?? "unknown";
}
/** Whether an index keeps values of some of these columns from being there twice already. */
function isUnique(schema, table, columns) {
	return (tableNamed(schema, table)?.indexes ?? []).some((name) => {
		const index = indexNamed(schema, name);
		return index?.unique && !index.partial && index.columns.every((key) => key !== void 0 && columns.includes(key));
	});
}
/** Whether an expression can fail for some value: a cast, a division, or a function that is not known to take everything. */
function mayFail(expression) {
	for (const node of walk(expression)) {
		const cast = node["TypeCast"];
		if (cast && !(cast.arg && "A_Const" in cast.arg) && typeOf(cast.typeName) !== "text") return true;
		const operator = nameParts(node["A_Expr"]?.name).at(-1);
		if (operator !== void 0 && /[/%^]/.test(operator)) return true;
	}
	return calledFunctions(expression).some((name) => !takesEverything.has(name));
}
const takesEverything = new Set("btrim char_length concat concat_ws hashtext initcap left length lower ltrim md5 now octet_length replace reverse right rtrim strpos upper".split(" "));
/** @param nulls what the index makes of rows without a value: `GROUP BY` takes them for equal */
function twice({ schema }, { name, sql }, columns, nulls) {
	const table = tableNamed(schema, name);
	const keys = columns.map(identifierText).join(", ");
	const open = columns.filter((column) => !table || !provenNotNull(table, column)).map(identifierText);
	const set = nulls === "distinct" ? open.map((column) => `${column} IS NOT NULL`).join(" AND ") : "";
	const more = nulls === "refused" ? open.map((column) => ` OR ${column} IS NULL`).join("") : "";
	return `SELECT ${keys} FROM ${sql}${set && ` WHERE ${set}`} GROUP BY ${keys} HAVING count(*) > 1${more} LIMIT 1`;
}

const rule$61 = {
	id: "existing-rows-may-fail",
	title: "Rows that are there may refuse this",
	severity: "info",
	effect: { consequence: "On an empty database it works; in production one row that breaks the rule makes it fail, after reading up to there, and a concurrent build leaves an invalid index behind." },
	remedy: "Ask production first, with a query that finds such rows; it only reads.",
	harmless: "Tables that the same migration creates, columns that it adds without a value, a foreign key that it renews, NOT NULL where a validated check already proves it, and keys of columns that are unique already.",
	source: manual("ddl-constraints", "Constraints"),
	detectedBy: "static",
	hazards: [
		"create-unique-index-data",
		"prod-data-dependent-failure",
		"index-expression-slow-or-failing",
		"narrowing-type-data-loss"
	],
	statements: ["IndexStmt", "AlterTableStmt"],
	commands: [
		"AT_SetNotNull",
		"AT_AlterColumnType",
		"AT_AddConstraint",
		"AT_ValidateConstraint"
	],
	*check(step, { steps }) {
		yield* duplicates(step, steps);
		for (const { command, target, table } of tableCommands(step, "AT_SetNotNull")) {
			const column = identifierText(command.name ?? "");
			if (provenNotNull(table, command.name ?? "")) continue;
			yield ask(target.name, "a row without a value", `SELECT 1 FROM ${target.sql} WHERE ${column} IS NULL LIMIT 1`);
		}
		yield* narrowed(step);
		for (const { constraint, target, text } of addedConstraints(step)) {
			if (constraint.skip_validation) continue;
			if (constraint.contype === "CONSTR_CHECK") {
				const condition = checkCondition(text);
				yield condition === void 0 ? lookFor(target.name, "that the check refuses") : ask(target.name, "a row that the check refuses", `SELECT 1 FROM ${target.sql} WHERE NOT (${condition}) LIMIT 1`);
			}
			if (constraint.contype !== "CONSTR_FOREIGN" || !constraint.pktable) continue;
			const columns = nameParts(constraint.fk_attrs);
			const parent = relationName(step.schema, step.searchPath, constraint.pktable);
			if (heldBefore(step, target.name, columns, parent)) continue;
			const added = unfilled(step, target.name, columns, steps);
			if (added === "empty") continue;
			yield added === "written" ? lookFor(target.name, `that gets a value which refers to none of ${parent}`) : orphans(step, target.sql, target.name, columns, parent, nameParts(constraint.pk_attrs));
		}
		for (const { command, target, table } of tableCommands(step, "AT_ValidateConstraint")) {
			const constraint = table.constraints.find(({ name }) => name === command.name);
			if (constraint?.kind !== "foreign key" || !constraint.references) continue;
			const { table: parent, columns } = constraint.references;
			yield orphans(step, target.sql, target.name, constraint.columns, parent, columns);
		}
	}
};
/** Types that hold less than the ones before. */
function* narrowed(step) {
	for (const { command, target, table } of tableCommands(step, "AT_AlterColumnType")) {
		if (!command.def || !("ColumnDef" in command.def) || command.def.ColumnDef.raw_default) continue;
		const { typeName } = command.def.ColumnDef;
		const from = table.columns.find(({ name }) => name === command.name)?.type;
		if (!from || !typeName || from.array) continue;
		const to = columnType(typeName);
		const column = identifierText(command.name ?? "");
		const [length] = to.modifiers;
		const [before = 1e400] = from.modifiers;
		const range = ranges.get(to.name);
		if (texts.has(from.name) && texts.has(to.name) && length !== void 0 && length < before) yield ask(target.name, `a value that is too long for ${typeOf(typeName)}`, `SELECT 1 FROM ${target.sql} WHERE length(${column}) > ${length} LIMIT 1`);
		if (range && numbers.indexOf(from.name) > numbers.indexOf(to.name)) yield ask(target.name, `a number that is out of range for ${typeOf(typeName)}`, `SELECT 1 FROM ${target.sql} WHERE ${column} NOT BETWEEN ${range} LIMIT 1`);
	}
}
const texts = /* @__PURE__ */ new Set([
	"text",
	"varchar",
	"bpchar"
]);
/** From the narrowest to the widest: https://www.postgresql.org/docs/18/datatype-numeric.html */
const numbers = [
	"int2",
	"int4",
	"int8",
	"numeric"
];
const ranges = /* @__PURE__ */ new Map([
	["int2", "-32768 AND 32767"],
	["int4", "-2147483648 AND 2147483647"],
	["int8", "-9223372036854775808 AND 9223372036854775807"]
]);
/** Whether the transaction began with a foreign key that says the same, so that it has only been renewed. */
const heldBefore = ({ transaction }, table, columns, parent) => transaction !== void 0 && (tableNamed(transaction.before.schema, table)?.constraints ?? []).some((constraint) => constraint.validated && constraint.references?.table === parent && constraint.columns.join("\0") === columns.join("\0"));
function orphans(step, child, name, columns, parent, keys) {
	const known = tableNamed(step.schema, parent)?.constraints.find(({ kind }) => kind === "primary key")?.columns;
	const target = keys.length > 0 ? keys : known ?? [];
	const table = relationText(parent);
	const pairs = columns.map((column, index) => `p.${identifierText(target[index] ?? "id")} = c.${identifierText(column)}`);
	const set = columns.map((column) => `c.${identifierText(column)} IS NOT NULL`).join(" AND ");
	return ask(name, `a row that refers to none of ${parent}`, `SELECT 1 FROM ${child} c WHERE ${set} AND NOT EXISTS (SELECT FROM ${table} p WHERE ${pairs.join(" AND ")}) LIMIT 1`);
}

const rule$60 = {
	id: "extension-without-version",
	title: "An extension is updated to whatever the server has",
	severity: "info",
	effect: { consequence: "Which version that is differs from server to server, and some updates lock or rewrite what depends on them." },
	remedy: "Say the version that was tested.",
	harmless: "CREATE EXTENSION, and UPDATE TO a version.",
	source: manual("sql-alterextension", "ALTER EXTENSION"),
	detectedBy: "static",
	hazards: ["alter-extension-update"],
	statements: ["AlterExtensionStmt"],
	*check(step) {
		if (!("AlterExtensionStmt" in step.node)) return;
		const { extname = "", options } = step.node.AlterExtensionStmt;
		if (optionValue(options, "new_version") !== void 0) return;
		yield {
			message: `${extname} becomes the newest version that the server happens to have installed.`,
			help: `Add TO with the version that was tested.`
		};
	}
};

const rule$59 = {
	id: "fk-cascade",
	title: "A foreign key deletes or changes rows of another table",
	severity: "info",
	effect: { consequence: "One DELETE reaches every row that refers to it, in a statement that nobody reads, with its triggers and locks." },
	remedy: "Delete the rows that refer to it where the application says so, in batches; let the foreign key refuse what is left.",
	harmless: "Foreign keys of a table that the same migration creates.",
	source: manual("sql-createtable#SQL-CREATETABLE-PARMS-REFERENCES", "CREATE TABLE, REFERENCES"),
	detectedBy: "static",
	hazards: ["fk-on-delete-cascade"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AddColumn", "AT_AddConstraint"],
	*check(step) {
		const keys = [...[...addedConstraints(step)].map(({ constraint, target }) => ({
			constraint,
			target
		})), ...[...addedColumns(step)].flatMap(({ constraints, target }) => constraints.map((constraint) => ({
			constraint,
			target
		})))];
		for (const { constraint, target } of keys) {
			const what = constraint.contype === "CONSTR_FOREIGN" ? actions[constraint.fk_del_action ?? "a"] : void 0;
			if (what === void 0 || !constraint.pktable) continue;
			yield {
				message: `A DELETE of one row of ${relationName(step.schema, step.searchPath, constraint.pktable)} ${what} every row of ${target.name} that refers to it, in the same statement.`,
				help: "Decide whether that is meant, and that an index makes those rows quick to find.",
				relation: target.name
			};
		}
	}
};
const actions = {
	c: "deletes",
	n: "changes to NULL",
	d: "changes to the default"
};

const rule$58 = {
	id: "fk-on-partitioned",
	title: "A foreign key on a partitioned table locks and reads every partition",
	severity: "error",
	effect: {
		lock: "SHARE ROW EXCLUSIVE",
		consequence: "Writes to every partition and to the referenced table wait until all partitions were read. Before PostgreSQL 18 NOT VALID is refused here."
	},
	harmless: "A foreign key that every partition has already, validated.",
	remedy: "Add the foreign key to each partition as NOT VALID and validate it there, one at a time; then add it to the parent, which finds each partition's own and reads nothing.",
	source: manual("sql-altertable#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT", "ALTER TABLE, ADD table_constraint"),
	detectedBy: "both",
	hazards: ["fk-on-partitioned"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AddConstraint"],
	*check(step, { majors }) {
		for (const { constraint, name, target, text } of addedConstraints(step)) {
			if (constraint.contype !== "CONSTR_FOREIGN" || !isPartitioned(step, target.name)) continue;
			if (isOnEveryPartition(step, target, constraint)) continue;
			const refused = constraint.skip_validation && majors.some((major) => major < 18);
			if (constraint.skip_validation && !refused) continue;
			yield {
				message: refused ? `${target.name} is partitioned, and before PostgreSQL 18 a foreign key on it cannot be NOT VALID: the statement is refused.` : `The foreign key ${name} reads every partition of ${target.name}, holding ${lockOn(step, target.name)} until it is done.`,
				help: "Add it to each partition as NOT VALID, validate it there, and add it to the parent last, which then reads nothing:",
				...forEachPartition(step, target, name, text),
				relation: target.name,
				...refused ? { sqlState: "42809" } : {}
			};
		}
	}
};
/** Whether every partition that is known has the key. */
function isOnEveryPartition({ schema, target }, { name }, constraint) {
	const key = constraintOf(name, constraint, constraint.pktable && target(constraint.pktable).name);
	const partitions = withDescendants(schema, name).flatMap((each) => tableNamed(schema, each) ?? []).filter(({ variety }) => variety !== "partitioned");
	return key !== void 0 && partitions.length > 0 && partitions.every((each) => hasSameForeignKey(each, key));
}
/** @param text the command, as it is written */
function forEachPartition({ schema }, parent, name, text) {
	const key = /^\s*add\s+(?:constraint\s+(?:"(?:[^"]|"")*"|\S+)\s+)?(foreign\s[^]*?)(?:\s+not\s+valid)?\s*$/i.exec(text ?? "")?.[1];
	const partitions = leafPartitions(schema, parent);
	if (key === void 0 || partitions.length === 0) return {};
	const added = (table) => `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${key}`;
	return { fix: [...partitions.flatMap((partition) => [`${added(partition.written())} NOT VALID`, `ALTER TABLE ${partition.written()} VALIDATE CONSTRAINT ${name}`]), added(parent.sql)] };
}

const rule$57 = {
	id: "fk-type-mismatch",
	title: "A foreign key joins columns of different types",
	severity: "warning",
	effect: { consequence: "It works until the referenced column holds a value that the other cannot: then no row can refer to it. Changing the type later writes the table again." },
	remedy: "Give the referencing column the type of the referenced one.",
	harmless: "Columns of two domains, or of a domain and its type, that are kept alike; and a type that holds every value of the other, as text does of varchar and bigint of integer.",
	source: manual("ddl-constraints#DDL-CONSTRAINTS-FK", "Foreign Keys"),
	detectedBy: "static",
	hazards: ["fk-column-type-mismatch"],
	statements: ["CreateStmt", "AlterTableStmt"],
	*check(step, { direction }) {
		const added = direction === "down" ? void 0 : newConstraints(step);
		if (!added) return;
		const { name, constraints } = added;
		const table = tableNamed(step.after.schema, name);
		for (const { kind, columns, references } of constraints) {
			if (kind !== "foreign key" || !references) continue;
			const parent = tableNamed(step.after.schema, references.table);
			const keys = references.columns.length > 0 ? references.columns : parent?.constraints.find((key) => key.kind === "primary key")?.columns ?? [];
			for (const [index, column] of columns.entries()) {
				const own = table?.columns.find((candidate) => candidate.name === column)?.type;
				const theirs = parent?.columns.find((candidate) => candidate.name === keys[index])?.type;
				if (!own || !theirs) continue;
				const [kept, wanted] = [own, theirs].map((type) => storedType(step.after.schema, step.searchPath, type));
				if (kept?.name === wanted?.name && kept?.schema === wanted?.schema) continue;
				if (kept && wanted && holdsAllOf(kept, wanted)) continue;
				yield {
					message: `${column} of ${name} is ${typeText(own)}, and ${keys[index]} of ${references.table}, to which it refers, is ${typeText(theirs)}.`,
					help: `Use ${typeText(theirs)} for ${column}.`,
					relation: name
				};
			}
		}
	}
};
const whole = [
	"int2",
	"int4",
	"int8"
];
/** Whether each value of one built-in type is one of another. */
function holdsAllOf(own, theirs) {
	if ([own, theirs].some(({ schema, array }) => array || schema !== void 0 && schema !== "pg_catalog")) return false;
	if (whole.includes(own.name) && whole.includes(theirs.name)) return whole.indexOf(own.name) > whole.indexOf(theirs.name);
	const isText = (name) => name === "text" || name === "varchar";
	return isText(own.name) && isText(theirs.name) && own.modifiers.length === 0;
}

const rule$56 = {
	id: "fk-unindexed",
	title: "A foreign key without an index makes its parent slow to change",
	severity: "info",
	effect: { consequence: "Every DELETE on the referenced table, and every UPDATE of its key, reads the whole referencing table." },
	remedy: "Build an index that begins with the referencing columns.",
	harmless: "Columns of which one begins an index by the end of the migration, also one that leaves out NULL, and tables that were never seen created.",
	source: manual("ddl-constraints#DDL-CONSTRAINTS-FK", "Foreign Keys"),
	detectedBy: "static",
	hazards: ["fk-parent-unindexed-child"],
	statements: ["CreateStmt", "AlterTableStmt"],
	*check(step, { steps, direction }) {
		const added = direction === "down" ? void 0 : newConstraints(step);
		if (!added) return;
		const { name, constraints } = added;
		const last = steps.at(-1)?.after.schema ?? step.after.schema;
		const table = tableNamed(last, name);
		if (!table?.complete || table.partitionOf !== void 0) return;
		for (const constraint of constraints) {
			if (constraint.kind !== "foreign key" || !constraint.references) continue;
			if (!table.constraints.some((kept) => kept.name === constraint.name) || isIndexed(last, table.indexes, constraint.columns)) continue;
			yield {
				message: `${listed$1(constraint.columns)} of ${name} ${constraint.columns.length > 1 ? "have" : "has"} no index, so each DELETE on ${constraint.references.table} reads all of ${name}.`,
				help: `Build an index on ${name} that begins with ${listed$1(constraint.columns)}.`,
				relation: name
			};
		}
	}
};
function isIndexed(schema, indexes, columns) {
	return indexes.some((name) => {
		const index = indexNamed(schema, name);
		return index !== void 0 && (!index.partial || (index.leavesOutNull ?? false)) && columns.includes(index.columns[0] ?? "");
	});
}

const rule$55 = {
	id: "function-overload",
	title: "CREATE OR REPLACE that replaces nothing",
	severity: "warning",
	effect: { consequence: "With other parameters it makes a second function beside the first; a call that fits both is refused as not unique." },
	remedy: "Drop the old function when no code calls it any more, in a later migration; give the new one another name until then.",
	harmless: "A function with as many parameters as before, and one that the same migration drops.",
	source: manual("xfunc-overload", "Function Overloading"),
	detectedBy: "static",
	hazards: ["function-signature-change"],
	statements: ["CreateFunctionStmt"],
	*check(step, { steps }) {
		if (!("CreateFunctionStmt" in step.node) || !step.node.CreateFunctionStmt.replace) return;
		const name = objectNameOf(step.schema.routines, step.searchPath, nameParts(step.node.CreateFunctionStmt.funcname));
		const old = step.schema.routines.get(name);
		const now = step.after.schema.routines.get(name);
		if (!old || !now || old.parameters.all === now.parameters.all) return;
		if (steps.some(({ node }) => "DropStmt" in node && /FUNCTION|PROCEDURE|ROUTINE/.test(node.DropStmt.removeType ?? ""))) return;
		yield {
			message: `${name} had ${counted(old.parameters.all)}, and this has ${counted(now.parameters.all)}: both exist from now on, and a call that fits both is refused as not unique.`,
			help: "Drop the old function in this migration if nothing calls it; give the new one another name if something does.",
			relation: name
		};
	}
};
const counted = (count) => `${count} ${count === 1 ? "parameter" : "parameters"}`;

const rule$54 = {
	id: "function-under-index",
	title: "A function changes that an index or a check relies on",
	severity: "warning",
	effect: { consequence: "What the index and the check hold was computed by the old body, and nothing computes it again: queries by the index miss rows from now on." },
	remedy: "Make a function of another name, build the index over that one, and drop the old pair.",
	harmless: "Functions that no index and no check of the history calls.",
	source: manual("sql-createfunction", "CREATE FUNCTION"),
	detectedBy: "static",
	hazards: ["function-volatility-or-body-change"],
	statements: ["CreateFunctionStmt", "AlterFunctionStmt"],
	*check(step) {
		const changed = changedRoutine(step.node);
		if (changed === void 0) return;
		const name = objectNameOf(step.schema.routines, step.searchPath, changed.parts);
		const routine = step.schema.routines.get(name);
		if (!routine || changed.body !== void 0 && changed.body === routine.body) return;
		const users = step.schema.relations.values().flatMap((relation) => {
			if (relation.kind === "index" && relation.calls.includes(routine.name) && !step.isFresh(relation.table)) return [`index ${relation.name}`];
			if (relation.kind !== "table" || step.isFresh(qualified(relation.schema, relation.name))) return [];
			return relation.constraints.flatMap(({ kind, expression, name: check }) => kind === "check" && calls(expression, routine.name) ? [`check ${check}`] : []);
		});
		if (users.length === 0) return;
		yield {
			message: `The ${listed$1(users)} ${users.length > 1 ? "were" : "was"} computed by what ${name} did before, and nothing computes that again.`,
			help: "Make a function of another name and build the index over that; or REINDEX CONCURRENTLY, and check the rows, at once afterwards.",
			relation: name
		};
	}
};
/** The routine whose body or volatility a statement changes. */
function changedRoutine(node) {
	if ("CreateFunctionStmt" in node && node.CreateFunctionStmt.replace) return {
		parts: nameParts(node.CreateFunctionStmt.funcname),
		body: optionValue(node.CreateFunctionStmt.options, "as") ?? ""
	};
	if ("AlterFunctionStmt" in node && optionValue(node.AlterFunctionStmt.actions, "volatility") !== void 0) return { parts: nameParts(node.AlterFunctionStmt.func?.objname) };
}
function calls(expression, name) {
	for (const node of walk(expression)) if (nameParts(node["FuncCall"]?.funcname).at(-1) === name) return true;
	return false;
}

const rule$53 = {
	id: "grant-to-public",
	title: "Everybody who can connect gets the privilege",
	severity: "warning",
	effect: { consequence: "PUBLIC is every role, those made later included." },
	remedy: "Grant to the role that needs it.",
	harmless: "USAGE and CONNECT, which are often meant for everybody, and EXECUTE, which PUBLIC has anyway.",
	source: manual("ddl-priv", "Privileges"),
	detectedBy: "static",
	hazards: ["grant-broad-or-revoke"],
	statements: ["GrantStmt", "AlterDefaultPrivilegesStmt"],
	*check(step) {
		const isDefault = "AlterDefaultPrivilegesStmt" in step.node;
		const grant = "AlterDefaultPrivilegesStmt" in step.node ? step.node.AlterDefaultPrivilegesStmt.action : "GrantStmt" in step.node ? step.node.GrantStmt : void 0;
		if (!grant) return;
		const { is_grant: grants, grantees = [], privileges } = grant;
		const toPublic = grantees.some((role) => "RoleSpec" in role && role.RoleSpec.roletype === "ROLESPEC_PUBLIC");
		if (!grants || !toPublic) return;
		const names = (privileges ?? []).flatMap((privilege) => "AccessPriv" in privilege ? [privilege.AccessPriv.priv_name ?? ""] : []);
		if (names.length > 0 && names.every((name) => /^(usage|connect|execute)$/.test(name))) return;
		yield {
			message: `${names.length === 0 ? "Every privilege" : names.join(", ").toUpperCase()} ${isDefault ? "on whatever is made later " : ""}is granted to PUBLIC, which is every role that can connect, now and later.`,
			help: "Grant it to the role that needs it."
		};
	}
};

const rule$52 = {
	id: "half-applied-on-failure",
	title: "A failure leaves half of the migration done",
	severity: "info",
	effect: { consequence: "Statements outside a transaction stay when a later one fails: the migration cannot be run again as it is, and was not applied either." },
	remedy: "Put each statement that cannot run in a transaction into a migration of its own.",
	harmless: "A migration of one statement, settings, and a first statement with IF EXISTS or IF NOT EXISTS, which can be repeated.",
	source: manual("sql-begin", "BEGIN"),
	detectedBy: "static",
	hazards: ["non-transactional-partial-failure"],
	*check(step, { steps }) {
		yield* endedHalfWay(step, steps);
		if (step.transaction || step.inner || isSetting(step)) return;
		const earlier = steps.findIndex((one) => !isSetting(one));
		const first = steps[earlier];
		const second = steps.findIndex((one, index) => index > earlier && !isSetting(one) && !one.inner);
		if (!first || second !== step.index || first.transaction || isRepeatable(first)) return;
		if (!steps.some(({ node }) => outsideTransaction(node))) return;
		yield {
			message: "The statement before it stays done when this one fails, and the migration can then be neither repeated nor taken back.",
			help: "Move it to a migration of its own."
		};
	}
};
/** A `COMMIT` that ends what PostgreSQL makes a transaction because it arrives in one message. */
function* endedHalfWay(step, steps) {
	if (!("TransactionStmt" in step.node) || step.node.TransactionStmt.kind !== "TRANS_STMT_COMMIT") return;
	if (step.transaction?.kind !== "implicit" || step.inner) return;
	const work = (some) => some.some((one) => !isSetting(one));
	if (!work(steps.slice(0, step.index)) || !work(steps.slice(step.index + 1))) return;
	yield {
		message: "No BEGIN belongs to this COMMIT: it ends the transaction that PostgreSQL makes of the statements of one message, and those before it stay done when a later one fails.",
		help: "Remove it, or move what follows to a migration of its own."
	};
}
const isSetting = ({ node }) => "VariableSetStmt" in node || "TransactionStmt" in node;
const isRepeatable = ({ sql }) => /\bif\s+(?:not\s+)?exists\b/i.test(sql);

const longestBytes = 63;
const rule$51 = {
	id: "identifier-too-long",
	title: "PostgreSQL cuts a name that is too long",
	severity: "warning",
	effect: { consequence: "Only the first 63 bytes count, with no more than a notice: two long names may become one, and a tool that compares names finds another." },
	remedy: "Use a name of at most 63 bytes.",
	harmless: "Dropping or validating what has such a name.",
	source: manual("sql-syntax-lexical#SQL-SYNTAX-IDENTIFIERS", "Identifiers and Key Words"),
	detectedBy: "both",
	hazards: ["identifier-too-long"],
	*check(step) {
		if ("DropStmt" in step.node) return;
		if (!isLongSomewhere.test(step.sql) || !couldBeCut.test(step.sql)) return;
		const cut = /* @__PURE__ */ new Set();
		for (const node of nodesOf(step.node)) {
			if (isReference(node)) continue;
			for (const value of Object.values(node)) if (typeof value === "string" && Buffer.byteLength(value) === longestBytes && !/\s/.test(value)) cut.add(value);
		}
		for (const name of cut) {
			const at = step.sql.toLowerCase().indexOf(name.toLowerCase());
			const next = at === -1 ? void 0 : step.sql[at + name.length];
			if (next === void 0 || !/[\w$\u0080-\uffff]/.test(next)) continue;
			yield {
				message: `The name that begins with ${name} is longer than 63 bytes, and PostgreSQL cuts the rest.`,
				help: "Use a shorter name."
			};
		}
	}
};
/** Whether a command of ALTER TABLE names what is there. */
const isReference = (node) => "subtype" in node && /^AT_(?:Drop|Validate)/.test(String(node.subtype));
/** A cut name and what was cut are more than 63 bytes without a blank: as many characters, but for those that take several bytes. */
const isLongSomewhere = /(?<!\S)\S{64}|[\u0080-\uffff]/;
/** Most statements hold no word of that length; bytes are at least as many as characters, and at most three times. */
const couldBeCut = /(?<![\w$\u0080-\uffff])[\w$\u0080-\uffff]{22}/;

const rule$50 = {
	id: "index-dropped-before-successor",
	title: "An index is dropped before its successor is there",
	severity: "warning",
	effect: { consequence: "Until the new index is built, queries that relied on the old one read the whole table." },
	remedy: "Build the new index first, under another name, and drop the old one when it is valid.",
	harmless: "An index of a table that the same migration creates, one whose successor is built in the same transaction, one beside which another begins with the same column, and one whose columns no later index of the migration, of the change or of the next migration begins with.",
	source: manual("sql-createindex#SQL-CREATEINDEX-CONCURRENTLY", "Building Indexes Concurrently"),
	detectedBy: "static",
	hazards: ["drop-then-create-index"],
	statements: ["DropStmt"],
	*check(step, { steps, direction }) {
		if (!("DropStmt" in step.node) || step.node.DropStmt.removeType !== "OBJECT_INDEX") return;
		for (const parts of nameLists(step.node.DropStmt.objects)) {
			const old = indexNamed(step.schema, relationNameOf(step.schema, step.searchPath, parts));
			const [leading] = old?.columns ?? [];
			if (!old || leading === void 0 || step.isFresh(old.table)) continue;
			const successor = steps.slice(step.index + 1).find(({ node, target }) => {
				if (!("IndexStmt" in node) || !node.IndexStmt.relation) return false;
				const first = node.IndexStmt.indexParams?.[0];
				return (first && "IndexElem" in first ? first.IndexElem.name : void 0) === leading && target(node.IndexStmt.relation).name === old.table;
			});
			if (!successor && direction === "down") continue;
			if (successor && sharesTransaction(step, successor)) continue;
			if (beginningWith(step.after.schema, old.table, leading).some(({ partial }) => !partial)) continue;
			yield {
				message: `${old.name} is dropped before the index that replaces it is built: until then queries of ${old.table} by ${leading} read the whole table.`,
				help: "Build the new index first, under another name, and drop the old one afterwards.",
				relation: old.table,
				...successor ? {} : { unless: (final) => !comesLater(final, old, leading, step) }
			};
		}
	}
};
const sharesTransaction = (one, other) => one.transaction !== void 0 && one.transaction.id === other.transaction?.id;
/** The indexes of a table that begin with a column. */
function beginningWith(schema, table, leading) {
	return (tableNamed(schema, table)?.indexes ?? []).flatMap((each) => {
		const index = indexNamed(schema, each);
		return index?.columns[0] === leading ? [index] : [];
	});
}
/** Whether a migration that comes after, of the same change or the very next, builds an index that begins with that column, and none was there. */
function comesLater(final, { table, name }, leading, { schema, before }) {
	return beginningWith(schema, table, leading).every((index) => index.name === name) && beginningWith(final, table, leading).some(({ created }) => created !== void 0 && created.migration > before.migration && (created.migration === before.migration + 1 || isOwn(before, created)));
}

const rule$49 = {
	id: "ineffective-lock-timeout",
	title: "This lock_timeout is not in effect when it is needed",
	severity: "warning",
	effect: { consequence: "The file looks protected and is not: the statement waits for its lock without limit." },
	remedy: "Use SET LOCAL inside the transaction, or SET before the statement in the same session, with a value above 0.",
	source: manual("sql-set", "SET"),
	detectedBy: "both",
	hazards: ["ineffective-lock-timeout"],
	statements: [
		"AlterRoleSetStmt",
		"AlterDatabaseSetStmt",
		...settingStatements
	],
	*check(step, { steps }) {
		if ("AlterRoleSetStmt" in step.node || "AlterDatabaseSetStmt" in step.node) {
			if (("AlterRoleSetStmt" in step.node ? step.node.AlterRoleSetStmt.setstmt : step.node.AlterDatabaseSetStmt.setstmt)?.name === "lock_timeout") yield {
				message: "This sets lock_timeout for sessions that begin later, and not for this one.",
				help: "Set it in this session as well: `SET lock_timeout = '2s'`."
			};
			return;
		}
		for (const change of settingChanges(step.node)) {
			if (change.kind === "reset all" || change.name !== "lock_timeout") continue;
			const later = steps.slice(step.index + 1).some(({ effects, isFresh }) => [...effects.locks].some(([name, mode]) => blocksQueries(mode) && !isFresh(name)));
			if (change.local && !step.transaction) yield {
				message: "SET LOCAL outside a transaction does nothing but warn, so lock_timeout is not set.",
				help: "Use SET without LOCAL, or begin a transaction before it."
			};
			else if (change.kind === "set" && settingMs({ lock_timeout: change.value }, "lock_timeout") === void 0) yield {
				message: `PostgreSQL refuses ${change.value === "" ? "an empty text" : change.value} as a lock_timeout.`,
				help: "Set a time, for example `SET lock_timeout = '2s'`.",
				severity: "error",
				sqlState: "22023"
			};
			else if (later && change.kind === "set" && settingMs({ lock_timeout: change.value }, "lock_timeout") === 0) yield {
				message: `A lock_timeout of ${change.value} is none: what follows waits for its locks without limit.`,
				help: "Set a few seconds: `SET lock_timeout = '2s'`."
			};
			else if (later && change.kind === "reset") yield {
				message: "RESET takes lock_timeout back before the statements that need it.",
				help: "Move RESET to the end of the migration."
			};
		}
	}
};

const rule$48 = {
	id: "insert-explicit-ids",
	title: "Rows get numbers that the sequence does not know of",
	severity: "warning",
	effect: { consequence: "The sequence goes on where it was, and sooner or later gives a number that is taken: an INSERT of the application fails then." },
	remedy: "Leave the number out, or set the sequence behind the highest one in the same migration.",
	harmless: "A migration that sets the sequence afterwards, and negative numbers, which no sequence gives by itself.",
	source: manual("functions-sequence", "Sequence Manipulation Functions"),
	detectedBy: "static",
	hazards: ["insert-explicit-ids"],
	statements: ["InsertStmt"],
	*check(step, { steps }) {
		if (!("InsertStmt" in step.node) || !step.node.InsertStmt.relation) return;
		const { relation, cols = [], selectStmt: query } = step.node.InsertStmt;
		const target = step.target(relation);
		const numbered = tableNamed(step.schema, target.name)?.columns.find(({ identity, serial }) => identity || serial);
		const rows = query && "SelectStmt" in query ? query.SelectStmt.valuesLists ?? [] : [];
		if (!numbered || rows.length === 0) return;
		const position = cols.findIndex((column) => "ResTarget" in column && column.ResTarget.name === numbered.name);
		const given = rows.some((row) => {
			const item = "List" in row ? row.List.items?.[position] : void 0;
			const value = item && "TypeCast" in item ? item.TypeCast.arg : item;
			return value !== void 0 && ("ParamRef" in value || Number(constantText(value)) > 0);
		});
		const isSet = steps.slice(step.index + 1).some(({ sql }) => /\b(?:setval|restart)\b/i.test(sql));
		if (position === -1 || !given || isSet) return;
		yield {
			message: `${target.name}.${numbered.name} gets numbers that its sequence does not know of, and will give once more.`,
			help: "Leave the number out, or set the sequence afterwards:",
			fix: [step.sql, `SELECT setval(pg_get_serial_sequence(${quoteLiteral(target.sql)}, ${quoteLiteral(numbered.name)}), (SELECT max(${identifierText(numbered.name)}) FROM ${target.sql}))`],
			relation: target.name
		};
	}
};

/** Whether a condition only says which rows belong together: `a.id = b.boat`, and the like with `AND`. */
function isJoin(condition) {
	if (!condition) return false;
	if ("BoolExpr" in condition) {
		const { boolop, args = [] } = condition.BoolExpr;
		return boolop === "AND_EXPR" && args.every(isJoin);
	}
	if (!("A_Expr" in condition) || !isEqual(condition.A_Expr)) return false;
	const [left, right] = [condition.A_Expr.lexpr, condition.A_Expr.rexpr].map(ownerOf);
	return left !== void 0 && right !== void 0 && (left === "" || left !== right);
}
/** Whether it is `a = b`; the parser gives that operator to `a IS DISTINCT FROM b` and `a IN (b)`, too. */
const isEqual = ({ kind, name }) => kind === "AEXPR_OP" && nameParts(name).at(-1) === "=";
/** What a column is qualified by, `""` where by nothing; `undefined` for what is no column. */
function ownerOf(node) {
	if (node && "TypeCast" in node) return ownerOf(node.TypeCast.arg);
	return node && "ColumnRef" in node ? nameParts(node.ColumnRef.fields).at(-2) ?? "" : void 0;
}

/** What a statement's own `WITH` defines, beside what is defined around it. */
function definitionsOf(clause, around = /* @__PURE__ */ new Map()) {
	if (!clause) return around;
	const own = (clause.ctes ?? []).flatMap((node) => "CommonTableExpr" in node ? [[node.CommonTableExpr.ctename ?? "", node.CommonTableExpr.ctequery]] : []);
	return new Map([...around, ...own]);
}
/**
* The relations of which a query returns every row, or a row for every one; `undefined` where it, or what it selects from, has a
* condition, a limit, or makes one row of all.
*/
function readWhole(query, around = /* @__PURE__ */ new Map()) {
	if (!query || !("SelectStmt" in query)) return void 0;
	const { op, larg, rarg, whereClause, limitCount, fromClause, havingClause, withClause } = query.SelectStmt;
	const defined = definitionsOf(withClause, around);
	if (limitCount) return void 0;
	if (op !== void 0 && op !== "SETOP_NONE") {
		const left = larg && readWhole({ SelectStmt: larg }, defined);
		if (op !== "SETOP_UNION") return op === "SETOP_EXCEPT" ? void 0 : left;
		const right = rarg && readWhole({ SelectStmt: rarg }, defined);
		return left || right ? [...left ?? [], ...right ?? []] : void 0;
	}
	if (whereClause || havingClause || !fromClause || isOneRow(query.SelectStmt)) return void 0;
	return sourcesRead(fromClause, defined);
}
/** The relations of a `FROM` of which every row takes part; `undefined` where what is joined with them may leave some out. */
function sourcesRead(sources, defined) {
	const all = [];
	for (const source of sources) {
		const read = sourceRead(source, defined);
		if (!read) return void 0;
		all.push(...read);
	}
	return all;
}
function sourceRead(source, defined) {
	if ("RangeVar" in source) {
		const { schemaname, relname = "" } = source.RangeVar;
		if (schemaname !== void 0 || !defined.has(relname)) return [source.RangeVar];
		return readWhole(defined.get(relname), new Map([...defined, [relname, void 0]]));
	}
	if ("RangeSubselect" in source) return readWhole(source.RangeSubselect.subquery, defined);
	if (!("JoinExpr" in source)) return void 0;
	const { jointype, larg, rarg, quals } = source.JoinExpr;
	if (jointype === "JOIN_INNER" && quals && !isJoin(quals)) return void 0;
	const kept = {
		left: jointype !== "JOIN_RIGHT" && larg ? [larg] : [],
		right: jointype !== "JOIN_LEFT" && rarg ? [rarg] : []
	};
	return sourcesRead([...kept.left, ...kept.right], defined);
}
/** Whether a query makes one row of all that it reads, as `SELECT count(*)` and `SELECT coalesce(max(id), 0) + 1` do. */
const isOneRow = ({ targetList = [], groupClause }) => !groupClause && targetList.some(sumsUp);
/** Whether an aggregate is in an expression itself, and not in a query inside of it. */
function sumsUp(part) {
	if (Array.isArray(part)) return part.some(sumsUp);
	if (typeof part !== "object" || part === null) return false;
	return Object.entries(part).some(([kind, inner]) => kind !== "SubLink" && (isAggregate(kind, inner) || sumsUp(inner)));
}
function isAggregate(kind, node) {
	if (kind !== "FuncCall") return false;
	const { over, agg_star, funcname } = node;
	return !over && (agg_star === true || aggregates.has(nameParts(funcname).at(-1) ?? ""));
}
const aggregates = /* @__PURE__ */ new Set([
	"count",
	"sum",
	"min",
	"max",
	"avg",
	"array_agg",
	"string_agg",
	"bool_and",
	"bool_or"
]);

const rule$47 = {
	id: "insert-select-copy",
	title: "All rows of a table are copied in one transaction",
	severity: "warning",
	effect: { consequence: "The transaction is as long as the copy: autovacuum removes nothing that died since it began, in any table, and replicas get all of it at once." },
	remedy: "Copy the rows in batches by primary key that commit, in a job of its own.",
	harmless: "A query with a condition or a limit, also where that stands in a WITH, one that counts or sums up, and one that reads a table that the same migration creates.",
	source: manual("routine-vacuuming#VACUUM-FOR-SPACE-RECOVERY", "Recovering Disk Space"),
	detectedBy: "static",
	hazards: ["insert-select-copy"],
	statements: ["InsertStmt", "MergeStmt"],
	*check(step) {
		const copy = copyBy(step.node);
		if (!copy) return;
		const sources = copy.from.map((relation) => step.target(relation));
		const read = [...new Set(sources.map(({ name }) => name).filter((name) => !isOfServer(name)))];
		if (read.length === 0 || sources.some(({ fresh }) => fresh)) return;
		yield {
			message: `What is selected from ${listed$1(read)}, under no condition, is copied in one transaction.`,
			help: "Copy the rows in batches by primary key that commit, in a job of its own.",
			relation: step.target(copy.into).name
		};
	}
};
/** What a statement copies whole, and into what. */
function copyBy(node) {
	if ("InsertStmt" in node) {
		const { relation, selectStmt, withClause } = node.InsertStmt;
		const from = readWhole(selectStmt, definitionsOf(withClause));
		return relation && from && {
			from,
			into: relation
		};
	}
	if (!("MergeStmt" in node)) return void 0;
	const { relation, sourceRelation, withClause, mergeWhenClauses = [] } = node.MergeStmt;
	if (!relation || !sourceRelation || !mergeWhenClauses.every(isInsert)) return void 0;
	const from = sourcesRead([sourceRelation], definitionsOf(withClause));
	return from && {
		from,
		into: relation
	};
}
const isInsert = (node) => {
	const { commandType, condition } = "MergeWhenClause" in node ? node.MergeWhenClause : {};
	return commandType === "CMD_NOTHING" || commandType === "CMD_INSERT" && !condition;
};
/** What the server keeps about itself is small. */
const isOfServer = (name) => /^(?:pg_catalog|information_schema)\.|\.pg_/.test(name);

const limits = {
	int4: "2,147,483,647",
	int2: "32,767"
};
const rule$46 = {
	id: "int-primary-key",
	title: "A numbered key of 4 bytes runs out",
	severity: "info",
	effect: { consequence: "After the last number every INSERT fails, and changing the type then writes the whole table again under a lock." },
	remedy: "Use bigint for keys that are numbered by a sequence.",
	harmless: "Keys that no sequence numbers.",
	source: manual("datatype-numeric#DATATYPE-INT", "Integer Types"),
	detectedBy: "static",
	hazards: ["int-primary-key"],
	statements: ["CreateStmt"],
	*check(step, { direction }) {
		if (!("CreateStmt" in step.node) || !step.node.CreateStmt.relation || direction === "down") return;
		const name = newRelationName(step.searchPath, step.node.CreateStmt.relation);
		const table = tableNamed(step.after.schema, name);
		if (!table || table.temporary) return;
		const key = table.constraints.find(({ kind }) => kind === "primary key");
		if (key?.columns.length !== 1) return;
		const column = table.columns.find((candidate) => candidate.name === key.columns[0]);
		const limit = limits[column?.type?.name ?? ""];
		if (!column || limit === void 0 || !(column.identity || column.hasDefault)) return;
		yield {
			message: `${name} can number ${limit} rows and then no more: ${column.name} is ${column.type?.name === "int2" ? "smallint" : "integer"}.`,
			help: "Use bigint: id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY.",
			relation: name
		};
	}
};

const rule$45 = {
	id: "lock-table",
	title: "LOCK TABLE keeps the application waiting until the transaction ends",
	severity: "warning",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "Without a mode it is the strongest there is. Nothing releases it before the end of the transaction."
	},
	remedy: "Leave it out: every statement takes the lock that it needs. Where two tables must be locked in one order, name the weakest mode that serves, and set lock_timeout.",
	source: manual("sql-lock", "LOCK"),
	detectedBy: "both",
	hazards: ["lock-table-explicit"],
	statements: ["LockStmt"],
	*check(step) {
		if (!("LockStmt" in step.node)) return;
		for (const relation of step.node.LockStmt.relations ?? []) {
			if (!("RangeVar" in relation)) continue;
			const { name, fresh } = step.target(relation.RangeVar);
			const mode = step.effects.locks.get(name);
			if (fresh || mode === void 0 || !blocksQueries(mode)) continue;
			yield {
				message: `LOCK TABLE holds ${lockOn(step, name)} until the transaction ends.`,
				help: "Remove the statement, or name a weaker mode, for example IN SHARE UPDATE EXCLUSIVE MODE.",
				relation: name
			};
		}
	}
};

const longestMs = 1e4;
const rule$44 = {
	id: "lock-timeout-too-long",
	title: "For as long as lock_timeout allows, the application waits too",
	severity: "info",
	effect: { consequence: "Every query of the table queues behind the statement for that time before it gives up." },
	remedy: "Set one to five seconds, and try again more often instead.",
	harmless: "Up to 10 seconds.",
	source: manual("runtime-config-client#GUC-LOCK-TIMEOUT", "lock_timeout"),
	detectedBy: "static",
	hazards: ["lock-timeout-too-long"],
	statements: settingStatements,
	*check(step) {
		for (const change of settingChanges(step.node)) {
			if (change.kind !== "set" || change.name !== "lock_timeout") continue;
			if ((settingMs({ lock_timeout: change.value }, "lock_timeout") ?? 0) <= longestMs) continue;
			yield {
				message: `With a lock_timeout of ${change.value}, queries of a locked table may wait that long behind a statement that only waits itself.`,
				help: "Set one to five seconds, and let the runner try again: `SET lock_timeout = '2s'`."
			};
		}
	}
};

const rule$43 = {
	id: "long-work-under-lock",
	title: "Rows are changed, or an index is built, while a lock is held",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "A lock that would have been short is kept until the last row is done, because only the end of the transaction releases it."
	},
	remedy: "Split the migration: the change of the schema in one, the change of the rows in another that commits in batches.",
	harmless: "Rows of tables that nobody else can see yet, and INSERT … VALUES.",
	source: manual("explicit-locking#LOCKING-TABLES", "Table-Level Locks"),
	detectedBy: "both",
	hazards: ["ddl-and-backfill-same-tx", "more-statements-after-ael"],
	statements: [
		"UpdateStmt",
		"DeleteStmt",
		"MergeStmt",
		"InsertStmt"
	],
	*check(step) {
		if (!step.transaction) return;
		const what = longWork(step);
		if (what === void 0) return;
		const own = step.transaction.held.get(what.relation);
		const held = step.transaction.blocking.find(({ mode }) => mode === "ACCESS EXCLUSIVE") ?? (own && blocksQueries(own.mode) ? own : void 0);
		if (!held) return;
		yield {
			message: `${what.name} runs while the transaction holds ${lockPhrase(held.mode, held.relation)} since ${beginning(held.sql)}: it is released only when the transaction ends.`,
			help: `Move this statement to a migration of its own${what.name === "UPDATE" || what.name === "DELETE" ? ", in batches that commit" : ""}.`,
			relation: held.relation
		};
	}
};
function longWork(step) {
	const { node } = step;
	const old = (relation, name) => {
		const target = relation && step.target(relation);
		return target && !target.fresh ? {
			name,
			relation: target.name
		} : void 0;
	};
	if ("UpdateStmt" in node) return old(node.UpdateStmt.relation, "UPDATE");
	if ("DeleteStmt" in node) return old(node.DeleteStmt.relation, "DELETE");
	if ("MergeStmt" in node) return old(node.MergeStmt.relation, "MERGE");
	if ("InsertStmt" in node) {
		const query = node.InsertStmt.selectStmt;
		const source = (query && "SelectStmt" in query && !query.SelectStmt.valuesLists ? relationsRead(step.schema, step.searchPath, query) : []).find((name) => !step.isFresh(name));
		return source === void 0 ? void 0 : {
			name: "INSERT … SELECT",
			relation: source
		};
	}
}

const rule$42 = {
	id: "many-subtransactions",
	title: "A subtransaction for every row",
	severity: "warning",
	effect: { consequence: "Each pass of a block with EXCEPTION is a subtransaction; with more than 64 in one transaction every session that looks at its rows gets slower, on replicas most of all." },
	remedy: "Move the loop outside: commit each batch, or write what can fail as one statement that leaves those rows out.",
	harmless: "A handler around the whole block.",
	source: manual("subxacts", "Subtransactions"),
	detectedBy: "static",
	hazards: ["savepoint-exception-xids"],
	statements: ["DoStmt"],
	*check(step) {
		if (step.inner || !("DoStmt" in step.node) || !doBlock(step.node.DoStmt, step.sql).handlesInLoop) return;
		yield {
			message: "The EXCEPTION block in the loop makes a subtransaction for each pass, all of them in one transaction.",
			help: "Take the handler out of the loop, or commit between the passes."
		};
	}
};

const rule$41 = {
	id: "missing-lock-timeout",
	title: "Without lock_timeout one open transaction stops every query",
	severity: "warning",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "A statement that waits for its lock keeps everything that comes after it waiting too: one idle transaction on the table, and its reads and writes stop, however short the statement is."
	},
	remedy: "Set lock_timeout to a few seconds before the first such statement, and let the runner try again. Where the runner or the role sets it, tell Headgate: `--set lock_timeout=2s`.",
	harmless: "Locks that no query waits for, LOCK TABLE … NOWAIT, and tables that the same migration creates. Said once for a transaction, and not of a statement whose lock an error is about, or for which there is CONCURRENTLY: what takes its place is judged anew.",
	source: manual("runtime-config-client#GUC-LOCK-TIMEOUT", "lock_timeout"),
	detectedBy: "both",
	hazards: [
		"missing-lock-timeout",
		"add-fk-locks-parent",
		"multiple-fks-one-statement",
		"set-storage-compression",
		"drop-constraint",
		"create-trigger",
		"drop-trigger",
		"inherit-of-type",
		"alter-constraint-deferrable-or-enforced",
		"alter-partitioned-recurses",
		"create-or-replace-view"
	],
	givesWay: true,
	*check(step) {
		if (step.effects.locks.size === 0) return;
		if ((settingMs(step.settings, "lock_timeout") ?? 0) > 0) return;
		if ("LockStmt" in step.node && step.node.LockStmt.nowait) return;
		if ("RefreshMatViewStmt" in step.node && step.node.RefreshMatViewStmt.concurrent) return;
		const blocking = [...step.effects.locks].filter(([name, mode]) => blocksQueries(mode) && !step.isFresh(name) && !isHeld(step, name, mode));
		const [first] = blocking;
		if (!first) return;
		const others = blocking.slice(1).map(([name]) => name);
		yield {
			message: `This waits without limit for ${lockPhrase(first[1], first[0])} also while it only waits${others.length > 0 ? `; so it does on ${others.join(", ")}` : ""}.`,
			help: "Set lock_timeout before it, and try again when it strikes:",
			fix: [step.transaction ? "SET LOCAL lock_timeout = '2s'" : "SET lock_timeout = '2s'", ...step.sql.split("\n").length > 4 ? [] : [step.sql]],
			relation: first[0]
		};
	}
};
/** Whether the transaction has the lock already, and so waits for nothing. */
function isHeld({ transaction }, relation, mode) {
	const held = transaction?.held.get(relation)?.mode;
	return held !== void 0 && strongerMode(held, mode) === held;
}

const rule$40 = {
	id: "move-table-storage",
	title: "Another tablespace or access method copies the table",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		rewrite: true,
		consequence: "The whole table is copied while nobody can read or write it."
	},
	remedy: "Create a new table where it belongs, copy the rows in batches, and swap the tables; or use an extension that moves a table while it is in use.",
	source: manual("sql-altertable#SQL-ALTERTABLE-DESC-SET-TABLESPACE", "ALTER TABLE, SET TABLESPACE"),
	detectedBy: "both",
	hazards: ["set-tablespace-access-method"],
	statements: ["AlterTableStmt", "AlterTableMoveAllStmt"],
	*check(step) {
		yield* movedIndex(step);
		if ("AlterTableMoveAllStmt" in step.node) {
			const { objtype, orig_tablespacename: from = "" } = step.node.AlterTableMoveAllStmt;
			const what = objtype === "OBJECT_INDEX" ? "index" : objtype === "OBJECT_MATVIEW" ? "materialized view" : "table";
			yield {
				message: `Every ${what} in the tablespace ${identifierText(from)}, whatever that is in production, is copied, one after the other, and each stays under an ACCESS EXCLUSIVE lock, which blocks reads and writes, until all of them are.`,
				help: `Name each ${what} that is to move, and move it by itself.`
			};
		}
		for (const { command, target } of tableCommands(step, "AT_SetTableSpace", "AT_SetAccessMethod")) {
			if (!step.effects.rewrites.has(target.name)) continue;
			yield {
				message: `${command.subtype === "AT_SetTableSpace" ? "SET TABLESPACE" : "SET ACCESS METHOD"} copies all of ${target.name} unless nothing changes, holding ${lockOn(step, target.name)} until it is done.`,
				help: "Create a new table where it belongs, copy the rows in batches, and swap the tables.",
				relation: target.name
			};
		}
	}
};
/** An index that is moved: queries of its table ask for it while they are planned, whether they use it or not. */
function* movedIndex({ node, target, schema, isFresh }) {
	if (!("AlterTableStmt" in node) || !node.AlterTableStmt.relation) return;
	const { name, sql } = target(node.AlterTableStmt.relation);
	const index = indexNamed(schema, name);
	if (node.AlterTableStmt.objtype !== "OBJECT_INDEX" && !index) return;
	if (isFresh(name) || index && isFresh(index.table)) return;
	for (const each of node.AlterTableStmt.cmds ?? []) {
		if (!("AlterTableCmd" in each) || each.AlterTableCmd.subtype !== "AT_SetTableSpace") continue;
		const tablespace = identifierText(each.AlterTableCmd.name ?? "");
		yield {
			message: `SET TABLESPACE copies the index ${name}, holding ${lockPhrase("ACCESS EXCLUSIVE", name)} until it is done, and all queries of ${index?.table ?? "its table"} with it, since they look at every index.`,
			help: "Build the index anew where it belongs, which blocks nobody:",
			fix: [`REINDEX (TABLESPACE ${tablespace}) INDEX CONCURRENTLY ${sql}`],
			whole: true,
			relation: name
		};
	}
}

const rule$39 = {
	id: "needs-superuser",
	title: "Only a superuser may do this",
	severity: "warning",
	effect: { consequence: "It works on the server that a developer or a CI job starts, and is refused by most hosted ones, where nobody is a superuser." },
	remedy: "Leave it to whoever runs the server, before the migrations; try the migrations as a role without that right.",
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
		"CreateFunctionStmt"
	],
	*check(step) {
		const what = privileged(step.node);
		if (what === void 0) return;
		yield {
			message: `${what} is refused to everybody but a superuser, whom most hosted servers don't have.`,
			help: "Take it out of the migrations, and have it done once when the server is set up."
		};
	}
};
/** Declared trusted by their authors, of those that come with PostgreSQL, or allowed by most hosts. */
const usual = new Set("btree_gin btree_gist citext cube dict_int fuzzystrmatch hstore intarray isn lo ltree pg_trgm pgcrypto plpgsql seg tablefunc tcn tsm_system_rows tsm_system_time unaccent uuid-ossp postgis vector pg_stat_statements pg_cron timescaledb postgres_fdw moddatetime bool_plperl jsonb_plperl plperl pltcl earthdistance intagg dblink pg_prewarm pg_buffercache pgrowlocks pgstattuple amcheck sslinfo postgis_raster postgis_topology postgis_sfcgal postgis_tiger_geocoder address_standardizer pgrouting hypopg hll ip4r pgaudit pg_partman pg_repack pg_hint_plan plpgsql_check orafce supabase_vault pg_net pg_graphql pgsodium pg_jsonschema wrappers index_advisor pgjwt pgmq pg_tle http".split(" "));
/** What only a superuser may do, by default. */
function privileged(node) {
	if ("CreateEventTrigStmt" in node) return "CREATE EVENT TRIGGER";
	if ("AlterSystemStmt" in node) return "ALTER SYSTEM";
	if ("CopyStmt" in node && (node.CopyStmt.is_program || node.CopyStmt.filename !== void 0)) return node.CopyStmt.is_program ? "COPY with PROGRAM" : "COPY with a file of the server";
	if ("CreateExtensionStmt" in node && !usual.has(node.CreateExtensionStmt.extname ?? "")) return `CREATE EXTENSION ${node.CreateExtensionStmt.extname}`;
	if ("CreatePLangStmt" in node) return "CREATE LANGUAGE";
	if ("CreateFunctionStmt" in node && /^(?:c|internal)$/i.test(optionValue(node.CreateFunctionStmt.options, "language") ?? "")) return "A function in C";
}

const rule$38 = {
	id: "new-object-missing-grants",
	title: "A new table is granted to nobody to whom the others are",
	severity: "warning",
	effect: { consequence: "The role that reads and writes the other tables gets permission denied on this one; where tests run as the owner or a superuser, nobody notices before production." },
	remedy: "Grant the table in the migration that creates it, or set ALTER DEFAULT PRIVILEGES for the role once.",
	harmless: "A history that grants nothing, a role that has fewer than two tables of the schema or no more than half of them, a later grant, and default privileges.",
	source: manual("ddl-priv", "Privileges"),
	detectedBy: "static",
	hazards: ["new-object-missing-grants"],
	statements: ["CreateStmt"],
	*check(step, { direction }) {
		if (direction === "down" || !("CreateStmt" in step.node)) return;
		const { relation, partbound } = step.node.CreateStmt;
		if (!relation || partbound || relation.relpersistence === "t") return;
		const name = newRelationName(step.searchPath, relation);
		const table = tableNamed(step.after.schema, name);
		if (!table || table === tableNamed(step.schema, name)) return;
		const roles = usualGrantees(step.schema, table).filter((role) => !isGranted(step.after.schema, name, role));
		if (roles.length === 0) return;
		yield {
			message: `${listed$1(roles)} can use most tables of ${table.schema}, and is not granted ${name}.`,
			help: "Grant what the role needs in this migration, for example:",
			fix: [...step.sql.split("\n").length > 4 ? [] : [step.sql], `GRANT SELECT, INSERT, UPDATE, DELETE ON ${relationText(name)} TO ${roles.map(roleText).join(", ")}`],
			relation: name,
			unless: (final) => !tableNamed(final, name) || roles.every((role) => isGranted(final, name, role))
		};
	}
};
/** The roles that most of the older tables of a schema are granted to. */
function usualGrantees(schema, table) {
	const { tables, roles } = grantsOnOlder(schema, table);
	return [...roles].filter(([, count]) => count >= 2 && count > tables / 2).map(([role]) => role);
}
const isGranted = (schema, name, role) => (schema.defaultGrantees?.includes(role) ?? false) || (tableNamed(schema, name)?.grantees?.includes(role) ?? false);
const roleText = (role) => role === "PUBLIC" ? role : identifierText(role);

const rule$37 = {
	id: "not-valid-never-validated",
	title: "A NOT VALID constraint is never validated",
	severity: "info",
	effect: { consequence: "Old rows may break it. The planner cannot use it, and SET NOT NULL reads the table in spite of it." },
	remedy: "Add VALIDATE CONSTRAINT as the next migration.",
	harmless: "A constraint that a later migration, among those judged, validates or drops.",
	source: manual("sql-altertable#SQL-ALTERTABLE-DESC-VALIDATE-CONSTRAINT", "ALTER TABLE, VALIDATE CONSTRAINT"),
	detectedBy: "static",
	hazards: ["not-valid-never-validated"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AddConstraint"],
	*check(step, { direction }) {
		const [added] = direction === "down" ? [] : tableCommands(step, "AT_AddConstraint");
		if (!added) return;
		const { target } = added;
		for (const { name, validated, enforced } of newConstraints(step)?.constraints ?? []) {
			if (validated || enforced === false) continue;
			yield {
				message: `${name} on ${target.name} is added as NOT VALID and no later migration validates it.`,
				help: "Validate it in the next migration:",
				fix: [step.sql, `ALTER TABLE ${target.sql} VALIDATE CONSTRAINT ${identifierText(name)}`],
				relation: target.name,
				unless: (final) => {
					const kept = tableNamed(final, target.name)?.constraints.find((constraint) => constraint.name === name);
					return kept === void 0 || kept.validated;
				}
			};
		}
	}
};

const rule$36 = {
	id: "owner-change",
	title: "A table gets another owner",
	severity: "warning",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "The old owner loses every right that it was not granted, and a migration that runs as the old owner cannot change the table any more."
	},
	remedy: "Keep one role that owns everything and that migrations run as; grant the others what they need.",
	harmless: "A table that the same migration creates.",
	source: manual("sql-altertable", "ALTER TABLE, OWNER TO"),
	detectedBy: "both",
	hazards: ["owner-change"],
	statements: ["AlterTableStmt"],
	commands: ["AT_ChangeOwner"],
	*check(step) {
		for (const { command, target } of tableCommands(step, "AT_ChangeOwner")) yield {
			message: `${target.name} belongs to ${command.newowner?.rolename ?? "another role"} from now on, which takes ${lockOn(step, target.name)} and all rights from its old owner that were not granted.`,
			help: "Grant the rights that are needed instead; change owners outside of migrations.",
			relation: target.name
		};
	}
};

const rule$35 = {
	id: "partition-key-not-in-key",
	title: "PostgreSQL refuses a key without the partition key",
	severity: "error",
	effect: { consequence: "The migration fails: a unique constraint or index on a partitioned table must include every column of the partition key, which may be no expression." },
	remedy: "Add the columns of the partition key to the primary key, unique constraint or unique index.",
	harmless: "A unique index on one partition, and one that is not unique.",
	source: manual("ddl-partitioning#DDL-PARTITIONING-DECLARATIVE-LIMITATIONS", "Partitioning, Limitations"),
	detectedBy: "both",
	hazards: ["partition-pk-missing-key"],
	statements: [
		"CreateStmt",
		"AlterTableStmt",
		"IndexStmt"
	],
	*check(step) {
		for (const { name, partitionKey = [], keys } of newKeys(step)) for (const { columns, what } of keys) {
			const missing = partitionKey.filter((key) => key === void 0 || !columns.includes(key));
			if (missing.length === 0) continue;
			const named = missing.filter((key) => key !== void 0);
			const isExpression = named.length < missing.length;
			yield {
				message: isExpression ? `PostgreSQL refuses ${what}: ${name} is partitioned by an expression, which no key can include.` : `PostgreSQL refuses ${what}: it does not include ${listed$1(named)}, by which ${name} is partitioned.`,
				help: isExpression ? "Build a unique index in each partition, or partition the table by columns." : `Add ${listed$1(named)} to its columns.`,
				relation: name,
				sqlState: "0A000"
			};
		}
	}
};
/** The keys that a statement gives to a table whose partition key is known. */
function newKeys(step) {
	const { node, schema, after, searchPath } = step;
	const relation = "CreateStmt" in node ? node.CreateStmt.relation : "AlterTableStmt" in node ? node.AlterTableStmt.relation : "IndexStmt" in node ? node.IndexStmt.relation : void 0;
	if (!relation) return [];
	const name = relationName(after.schema, searchPath, relation);
	const table = tableNamed(after.schema, name);
	if (!table?.partitionKey) return [];
	const found = (keys) => [{
		name,
		partitionKey: table.partitionKey,
		keys
	}];
	if ("IndexStmt" in node) {
		const { unique, idxname, indexParams = [] } = node.IndexStmt;
		const columns = indexParams.map((element) => "IndexElem" in element ? columnNamed(element.IndexElem) : void 0);
		return unique ? found([{
			columns,
			what: idxname === void 0 ? "the unique index" : `the unique index ${idxname}`
		}]) : [];
	}
	const before = new Set(keysOf(schema, name));
	const inherited = "CreateStmt" in node && table.partitionOf !== void 0 ? keysOf(schema, table.partitionOf) : [];
	return found([...keysOf(after.schema, name).filter((key) => !before.has(key)), ...inherited].map(({ kind, columns, name: own }) => ({
		columns,
		what: `the ${kind === "unique" ? "unique constraint" : kind} ${own}`
	})));
}
/** The primary key and the unique constraints of a table. */
const keysOf = (schema, name) => tableNamed(schema, name)?.constraints.filter(({ kind }) => kind === "primary key" || kind === "unique") ?? [];

const rule$34 = {
	id: "policy-change",
	title: "Who sees which rows changes",
	severity: "info",
	effect: { consequence: "A permissive policy adds to what the others allow; one that is dropped or changed takes rows away from queries that work today." },
	remedy: "Read the policies of the table together; try the queries of each role against the new set before it reaches production.",
	harmless: "The first policy of a table, and those of a table that the same migration creates.",
	source: manual("ddl-rowsecurity", "Row Security Policies"),
	detectedBy: "static",
	hazards: ["policy-change"],
	statements: [
		"CreatePolicyStmt",
		"AlterPolicyStmt",
		"DropStmt"
	],
	*check(step) {
		const { node } = step;
		if ("CreatePolicyStmt" in node && node.CreatePolicyStmt.table) {
			const { table, policy_name: policy = "", permissive, qual, cmd_name: command = "all" } = node.CreatePolicyStmt;
			const { name, fresh } = step.target(table);
			const others = (tableNamed(step.schema, name)?.policies ?? []).filter((other) => command === "all" || other.command === "all" || other.command === command).map((other) => other.name);
			if (fresh || others.length === 0 || !permissive) return;
			yield {
				message: `${policy} is permissive: it allows ${qual && constantText(qual) === "true" ? "every row" : "more rows"} of ${name} beside what ${others.join(", ")} ${others.length > 1 ? "allow" : "allows"} already.`,
				help: "Make it RESTRICTIVE if it is to limit the others; else read them together.",
				relation: name
			};
		}
		if ("AlterPolicyStmt" in node && node.AlterPolicyStmt.table) {
			const { name, fresh } = step.target(node.AlterPolicyStmt.table);
			if (!fresh) yield {
				message: `${node.AlterPolicyStmt.policy_name} lets other rows of ${name} through from this moment, for queries that run today.`,
				help: "Try the queries of each role that it names against the new condition.",
				relation: name
			};
		}
		if ("DropStmt" in node && node.DropStmt.removeType === "OBJECT_POLICY") for (const parts of nameLists(node.DropStmt.objects)) {
			const name = relationNameOf(step.schema, step.searchPath, parts.slice(0, -1));
			if (!step.isFresh(name)) yield {
				message: `Without ${parts.at(-1)} the rows of ${name} that only it let through are gone for their readers.`,
				help: "Make its successor in the same transaction, before it is dropped.",
				relation: name
			};
		}
	}
};

const rule$33 = {
	id: "prepared-transaction",
	title: "A prepared transaction keeps its locks until somebody ends it",
	severity: "error",
	effect: { consequence: "PREPARE TRANSACTION takes the transaction from the session: nothing of it is visible, and all its locks stay, through a restart too, until COMMIT PREPARED. Where max_prepared_transactions is 0, which it is unless somebody set it, PostgreSQL refuses the statement and takes the transaction back." },
	remedy: "End the transaction with COMMIT: only a transaction manager that ends them all, whatever fails, may prepare some.",
	harmless: "PREPARE of a statement, which holds no lock.",
	source: manual("sql-prepare-transaction", "PREPARE TRANSACTION"),
	detectedBy: "static",
	hazards: ["prepared-transaction"],
	statements: ["TransactionStmt"],
	*check(step) {
		if (!("TransactionStmt" in step.node) || step.node.TransactionStmt.kind !== "TRANS_STMT_PREPARE") return;
		yield {
			message: "PREPARE TRANSACTION leaves the transaction open behind the migration, with every lock that it has taken, until COMMIT PREPARED; where max_prepared_transactions is 0, PostgreSQL refuses it.",
			help: "Replace it by COMMIT.",
			sqlState: "55000"
		};
	}
};

const rule$32 = {
	id: "publication-change",
	title: "What is replicated changes",
	severity: "warning",
	effect: { consequence: "Changes of the schema are not replicated: a subscriber that misses a table or a column stops applying, and the publisher keeps its WAL until it goes on." },
	remedy: "Change the subscriber first where something is added, and last where something goes; watch the replication slots while it runs.",
	source: manual("logical-replication-restrictions", "Logical Replication, Restrictions"),
	detectedBy: "static",
	hazards: ["publication-subscription-change"],
	statements: [
		"CreatePublicationStmt",
		"AlterPublicationStmt",
		"CreateSubscriptionStmt",
		"AlterSubscriptionStmt",
		"DropSubscriptionStmt",
		"DropStmt"
	],
	*check(step) {
		const what = changed(step.node);
		if (what === void 0) return;
		yield {
			message: `${what} takes effect at once, while subscribers have the schema that they had: one that lacks a table or a column stops applying, and the WAL waits for it here.`,
			help: "Bring the subscribers' schema to where it has to be before this runs, and refresh their subscriptions after it."
		};
	}
};
function changed(node) {
	if ("CreatePublicationStmt" in node) return `The publication ${node.CreatePublicationStmt.pubname}`;
	if ("AlterPublicationStmt" in node) return `The change of the publication ${node.AlterPublicationStmt.pubname}`;
	if ("CreateSubscriptionStmt" in node) return `The subscription ${node.CreateSubscriptionStmt.subname}`;
	if ("AlterSubscriptionStmt" in node) return `The change of the subscription ${node.AlterSubscriptionStmt.subname}`;
	if ("DropSubscriptionStmt" in node) return `The end of the subscription ${node.DropSubscriptionStmt.subname}`;
	return "DropStmt" in node && node.DropStmt.removeType === "OBJECT_PUBLICATION" ? "The end of a publication" : void 0;
}

const rule$31 = {
	id: "redundant-index",
	title: "An index that another one includes",
	severity: "info",
	effect: { consequence: "Every write keeps both up to date, and the shorter one answers nothing that the longer one does not." },
	remedy: "Leave the shorter index out, unless it is much smaller and queried all the time.",
	harmless: "Unique and partial indexes, indexes over expressions, and those of another kind than btree.",
	source: manual("indexes-multicolumn", "Multicolumn Indexes"),
	detectedBy: "static",
	hazards: ["redundant-or-wide-index"],
	statements: ["IndexStmt"],
	*check(step) {
		if (!("IndexStmt" in step.node)) return;
		const { relation, idxname, unique, accessMethod = "btree", indexParams = [], whereClause } = step.node.IndexStmt;
		if (!relation || unique || whereClause || accessMethod !== "btree") return;
		const table = step.target(relation).name;
		const others = tableNamed(step.schema, table)?.indexes ?? [];
		const columns = others.length === 0 ? [] : indexParams.flatMap(plainColumn);
		if (columns.length === 0 || columns.length < indexParams.length) return;
		const longer = others.map((name) => indexNamed(step.schema, name)).find((other) => other && other.method === "btree" && !other.partial && columns.every((column, position) => other.columns[position] === column));
		if (!longer || longer.name === idxname) return;
		yield {
			message: `${longer.name} begins with the same columns (${columns.join(", ")}), so that this index of ${table} answers nothing that the other one does not.`,
			help: "Leave this index out.",
			relation: table
		};
	}
};
/** The column that an element of an index is, unless it is an expression or in another order than the usual one. */
function plainColumn(element) {
	const { name, opclass, ordering } = "IndexElem" in element ? element.IndexElem : {};
	return name === void 0 || opclass || ordering === "SORTBY_DESC" ? [] : [name];
}

const rule$30 = {
	id: "refresh-matview",
	title: "REFRESH MATERIALIZED VIEW blocks its readers",
	severity: "warning",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		rewrite: true,
		consequence: "Nobody can read the view until its query is done."
	},
	remedy: "Refresh with CONCURRENTLY, which needs a unique index on the view and lets readers go on.",
	harmless: "A view that the same migration creates.",
	source: manual("sql-refreshmaterializedview", "REFRESH MATERIALIZED VIEW"),
	detectedBy: "both",
	hazards: ["refresh-matview"],
	statements: ["RefreshMatViewStmt"],
	*check(step) {
		if (!("RefreshMatViewStmt" in step.node)) return;
		const { relation, concurrent, skipData } = step.node.RefreshMatViewStmt;
		if (!relation || concurrent || skipData) return;
		const { name, fresh } = step.target(relation);
		if (fresh) return;
		const written = step.sql.replace(/^(refresh\s+materialized\s+view)\b/i, "$1 CONCURRENTLY");
		yield {
			message: `REFRESH holds ${lockOn(step, name)} until its query is done.`,
			help: "Refresh with CONCURRENTLY, for which the view needs a unique index:",
			...written === step.sql ? {} : { fix: [written] },
			relation: name
		};
	}
};

const rule$29 = {
	id: "refresh-without-unique-index",
	title: "PostgreSQL refuses to refresh this view concurrently",
	severity: "error",
	effect: { consequence: "The migration fails, and so does every later refresh of the application that is written like it." },
	remedy: "Make a unique index on the view first, over columns and not expressions, and without a condition: it is how PostgreSQL tells which rows changed.",
	harmless: "A view that the history does not create: its indexes are not known.",
	source: manual("sql-refreshmaterializedview", "REFRESH MATERIALIZED VIEW"),
	detectedBy: "static",
	hazards: ["refresh-matview"],
	statements: ["RefreshMatViewStmt"],
	*check(step) {
		if (!("RefreshMatViewStmt" in step.node)) return;
		const { relation, concurrent } = step.node.RefreshMatViewStmt;
		if (!relation || !concurrent) return;
		const { name } = step.target(relation);
		const view = step.schema.relations.get(name);
		if (view?.kind !== "materialized view") return;
		if (view.indexes.some((index) => tellsRowsApart(indexNamed(step.schema, index)))) return;
		yield {
			message: `${name} has no unique index over columns alone and without a condition, so PostgreSQL refuses to refresh it with CONCURRENTLY.`,
			help: "Create a unique index on the view before it, over the columns that tell its rows apart.",
			relation: name,
			sqlState: "55000"
		};
	}
};
const tellsRowsApart = (index) => index !== void 0 && index.unique && !index.partial && index.columns.every((column) => column !== void 0);

const rule$28 = {
	id: "reindex-blocking",
	title: "REINDEX blocks reads and writes",
	severity: "error",
	effect: {
		lock: "SHARE",
		scan: true,
		consequence: "Each index is locked in ACCESS EXCLUSIVE mode while it is built. The planner looks at every index of a table, so SELECTs wait too."
	},
	remedy: "Reindex with CONCURRENTLY, outside a transaction.",
	source: manual("sql-reindex#SQL-REINDEX-CONCURRENTLY", "REINDEX, Rebuilding Indexes Concurrently"),
	detectedBy: "both",
	hazards: ["reindex-blocking"],
	statements: ["ReindexStmt"],
	*check(step) {
		if (!("ReindexStmt" in step.node)) return;
		const { kind, relation, params } = step.node.ReindexStmt;
		if (isOptionOn(params, "concurrently") || kind === "REINDEX_OBJECT_SYSTEM") return;
		const target = relation && step.target(relation);
		if (target?.fresh) return;
		const table = target && (indexNamed(step.schema, target.name)?.table ?? (kind === "REINDEX_OBJECT_INDEX" ? void 0 : target.name));
		const written = step.sql.replace(/^(reindex\s+(?:\([^)]*\)\s*)?(?:index|table|schema|database))\b/i, "$1 CONCURRENTLY");
		yield {
			message: `REINDEX blocks writes to ${table ?? target?.name ?? "every table there"} with a SHARE lock, and reads with an ACCESS EXCLUSIVE lock on each index, until the index is built.`,
			help: "Reindex with CONCURRENTLY, in a migration of its own that runs outside a transaction:",
			...written === step.sql ? {} : { fix: [written] },
			...table === void 0 ? {} : { relation: table }
		};
	}
};

/** The relation that a `RENAME` is about, unless that is an index or a sequence, which no application names. */
function renamedRelation(step) {
	if (!("RenameStmt" in step.node)) return void 0;
	const { relation, renameType } = step.node.RenameStmt;
	if (!relation || renameType === "OBJECT_INDEX" || renameType === "OBJECT_SEQUENCE") return void 0;
	const target = step.target(relation);
	return indexNamed(step.schema, target.name) || step.schema.relations.get(target.name)?.kind === "sequence" ? void 0 : target;
}

const rule$27 = {
	id: "rename-column",
	title: "A renamed column breaks the running application",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "The lock is short. Every statement of the running application that names the column fails from this moment, and so do functions whose bodies name it."
	},
	remedy: "Add a column with the new name, write both, fill the old rows in batches, and drop the old column in a later release.",
	harmless: "A table that the same migration creates, or a column that it adds, one whose name another takes in the same transaction, one that a trigger has kept until it takes the name of another, and the way back of a rename.",
	source: manual("sql-altertable#SQL-ALTERTABLE-DESC-RENAME", "ALTER TABLE, RENAME"),
	detectedBy: "both",
	hazards: ["rename-column", "drop-column-used-by-function-body"],
	statements: ["RenameStmt"],
	*check(step, { direction, steps }) {
		if (!("RenameStmt" in step.node) || direction === "down" || step.node.RenameStmt.renameType !== "OBJECT_COLUMN") return;
		const target = renamedRelation(step);
		if (!target || target.fresh || changesPlaces(step, target.name, steps)) return;
		const { subname = "" } = step.node.RenameStmt;
		const column = tableNamed(step.schema, target.name)?.columns.find(({ name }) => name === subname);
		if (isOwn(step.before, column?.added)) return;
		yield {
			message: [`Every statement of the running application that names ${subname} of ${target.name} fails from this moment.`, ...namedInBodies(step.schema, target.name, subname)].join(" "),
			help: "Add a column with the new name, write both, and drop the old one in a later release.",
			relation: target.name
		};
	}
};
/**
* Whether the name of the column goes on: another column takes it in the same transaction, or nobody but a trigger had to name it
* for a column that takes the name of another.
*/
function changesPlaces({ node, transaction, index }, table, steps) {
	if (!transaction || !("RenameStmt" in node)) return false;
	const { subname = "", newname } = node.RenameStmt;
	const renames = steps.flatMap((other) => {
		if (other.transaction?.id !== transaction.id || !("RenameStmt" in other.node)) return [];
		const { renameType, subname: from, newname: to } = other.node.RenameStmt;
		return renameType === "OBJECT_COLUMN" && renamedRelation(other)?.name === table ? [{
			from,
			to,
			isBefore: other.index < index,
			isAfter: other.index > index
		}] : [];
	});
	const isTaken = renames.some(({ to, isAfter }) => isAfter && to === subname);
	const isPassing = renames.some(({ to, isBefore }) => isBefore && to === subname);
	const takes = renames.some(({ from, isBefore }) => isBefore && from === newname);
	return isTaken || isPassing || takes && keptByTrigger(transaction.before.schema, table, subname);
}

const rule$26 = {
	id: "rename-schema",
	title: "A renamed schema breaks every name in it",
	severity: "error",
	effect: { consequence: "No table is locked, and every statement that names something with the schema, or finds it by search_path, fails from this moment." },
	remedy: "Create the new schema, move or recreate the objects one at a time with views under their old names.",
	source: manual("sql-alterschema", "ALTER SCHEMA"),
	detectedBy: "both",
	hazards: ["rename-schema"],
	statements: ["RenameStmt"],
	*check(step, { direction }) {
		if (!("RenameStmt" in step.node) || direction === "down" || step.node.RenameStmt.renameType !== "OBJECT_SCHEMA") return;
		yield {
			message: `Every statement of the running application that finds something in the schema ${step.node.RenameStmt.subname} fails from this moment.`,
			help: "Create a schema with the new name, and move the objects one at a time, with views under their old names."
		};
	}
};

const rule$25 = {
	id: "rename-table",
	title: "A renamed table breaks the running application",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "The lock is short. Every statement of the running application that names the table or view fails from this moment."
	},
	remedy: "Rename it and create a view with the old name in the same transaction, so that both work; drop the view when no running version uses the old name.",
	harmless: "A migration that creates a view with the old name in the same transaction, or a table that nothing refers to; indexes, sequences and constraints.",
	source: manual("sql-altertable#SQL-ALTERTABLE-DESC-RENAME", "ALTER TABLE, RENAME"),
	detectedBy: "both",
	hazards: ["rename-table", "swap-tables"],
	statements: ["RenameStmt"],
	*check(step, { direction, steps }) {
		if (!("RenameStmt" in step.node) || direction === "down") return;
		const { renameType, newname = "" } = step.node.RenameStmt;
		const target = renamedRelation(step);
		if (!target || target.fresh) return;
		if (renameType !== "OBJECT_TABLE" && renameType !== "OBJECT_VIEW" && renameType !== "OBJECT_MATVIEW") return;
		const last = steps.findLast(({ transaction }) => transaction?.id !== void 0 && transaction.id === step.transaction?.id);
		if (last?.after.schema.relations.has(target.name)) {
			yield* leftBehind(step.schema, last.after.schema, target.name);
			return;
		}
		yield {
			message: `Every statement of the running application that names ${target.name} fails from this moment.`,
			help: "Create a view with the old name in the same transaction:",
			fix: [step.sql, `CREATE VIEW ${target.sql} AS SELECT * FROM ${siblingText(target.sql, newname)}`],
			relation: target.name
		};
	}
};
/** What goes on using a table whose name another one has by the end of the transaction. */
function* leftBehind(before, after, name) {
	const old = tableNamed(before, name);
	const successor = tableNamed(after, name);
	if (!old || !successor) return;
	const views = before.relations.values().flatMap((relation) => (relation.kind === "view" || relation.kind === "materialized view") && relation.reads.includes(name) ? [qualified(relation.schema, relation.name)] : []);
	const lost = (old.grantees ?? []).filter((role) => !successor.grantees?.includes(role));
	const users = [
		...old.referencedBy.filter((table) => !successor.referencedBy.includes(table)).map((table) => `the foreign key of ${table}`),
		...views.map((view) => `the view ${view}`),
		...lost.map((role) => `the grant to ${role}`)
	];
	if (users.length === 0) return;
	yield {
		message: `${name} is another table when the transaction ends, and what PostgreSQL knows by the table and not by its name stays with the renamed one: ${listed$1(users, 3)}.`,
		help: "Make them anew on the new table, in the same transaction.",
		severity: "warning",
		relation: name
	};
}

const rule$24 = {
	id: "rename-type-or-value",
	title: "The running application still uses the old name",
	severity: "warning",
	effect: { consequence: "No table is locked. Clients that send the old label, call the function by its old name or name the constraint in ON CONFLICT fail from this moment." },
	remedy: "Add the new value or function beside the old one, and remove the old in a later release.",
	harmless: "Renamed indexes, sequences and triggers, and a type or routine whose name another one has when the migration ends.",
	source: manual("sql-altertype", "ALTER TYPE"),
	detectedBy: "both",
	hazards: ["rename-type-enum-value-function"],
	statements: ["AlterEnumStmt", "RenameStmt"],
	*check(step, { direction, steps }) {
		if (direction === "down") return;
		if ("AlterEnumStmt" in step.node && step.node.AlterEnumStmt.oldVal !== void 0) yield {
			message: `Clients that send or expect the value ${step.node.AlterEnumStmt.oldVal} fail from this moment.`,
			help: "Add a new value instead, and let the application move to it."
		};
		if (!("RenameStmt" in step.node)) return;
		const what = kinds[step.node.RenameStmt.renameType ?? ""];
		if (what === void 0 || isUnused(step, step.node.RenameStmt.object, steps.at(-1) ?? step)) return;
		yield {
			message: `Statements of the running application that use the ${what} by its old name fail from this moment.`,
			help: `Create a second ${what} with the new name, and drop the old in a later release.`
		};
	}
};
/** Whether nothing uses the type or routine by that name, because the migration made it, or makes another in its place. */
function isUnused({ before, schema, searchPath }, object, last) {
	const [parts = []] = nameLists(object ? [object] : []);
	return [schema.types, schema.routines].some((objects, index) => {
		const name = objectNameOf(objects, searchPath, parts);
		const known = objects.get(name);
		if (!known) return false;
		const { types, routines } = last.after.schema;
		return isOwn(before, known.created) || [types, routines][index]?.has(name);
	});
}
const kinds = {
	...typeKinds,
	...routineKinds
};

const rule$23 = {
	id: "replica-identity-change",
	title: "Another replica identity changes what subscribers can apply",
	severity: "warning",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "With NOTHING, UPDATE and DELETE of a published table fail; with FULL every change carries the whole old row."
	},
	remedy: "Use the primary key, or a unique index over columns that are NOT NULL.",
	harmless: "REPLICA IDENTITY DEFAULT.",
	source: manual("sql-altertable#SQL-ALTERTABLE-REPLICA-IDENTITY", "ALTER TABLE, REPLICA IDENTITY"),
	detectedBy: "both",
	hazards: ["replica-identity-change"],
	statements: ["AlterTableStmt"],
	commands: ["AT_ReplicaIdentity"],
	*check(step) {
		for (const { command, target } of tableCommands(step, "AT_ReplicaIdentity")) {
			const kind = command.def && "ReplicaIdentityStmt" in command.def ? command.def.ReplicaIdentityStmt.identity_type : void 0;
			if (kind !== "n" && kind !== "f") continue;
			yield {
				message: kind === "n" ? `If ${target.name} is published, every UPDATE and DELETE on it fails from this moment.` : `Every UPDATE and DELETE on ${target.name} writes the whole old row to the WAL, and subscribers look for it by all columns.`,
				help: "Use the primary key, or REPLICA IDENTITY USING INDEX with a unique index over columns that are NOT NULL.",
				relation: target.name
			};
		}
	}
};

const rule$22 = {
	id: "revoke-privilege",
	title: "The running application may still use the privilege",
	severity: "info",
	effect: { consequence: "There is no lock to wait for: the next statement that needs the privilege fails." },
	remedy: "Take a privilege away in a release after the one that stopped needing it.",
	harmless: "Relations that the same migration creates; functions, schemas and the like, on which PUBLIC has what nobody gave it.",
	source: manual("sql-revoke", "REVOKE"),
	detectedBy: "static",
	hazards: ["grant-broad-or-revoke"],
	statements: ["GrantStmt"],
	*check(step, { direction }) {
		if (!("GrantStmt" in step.node) || direction === "down") return;
		const { is_grant: grants, objtype, targtype, objects = [], privileges = [], grantees = [] } = step.node.GrantStmt;
		if (grants || objtype !== void 0 && objtype !== "OBJECT_TABLE") return;
		const inSchema = targtype === "ACL_TARGET_ALL_IN_SCHEMA";
		const used = objects.flatMap((object) => "RangeVar" in object ? [step.target(object.RangeVar)] : []).filter(({ fresh }) => !fresh).map(({ name }) => name);
		if (!inSchema && used.length === 0) return;
		const names = privileges.flatMap((one) => "AccessPriv" in one ? [(one.AccessPriv.priv_name ?? "").toUpperCase()] : []);
		const roles = grantees.flatMap((one) => "RoleSpec" in one ? [one.RoleSpec.roletype === "ROLESPEC_PUBLIC" ? "PUBLIC" : one.RoleSpec.rolename ?? "the current role"] : []);
		yield {
			message: `${listed$1(roles)} cannot use ${names.length === 0 ? "any privilege" : listed$1(names)} on ${inSchema ? "every table of the schema" : listed$1(used)} from this moment, unless it comes from elsewhere.`,
			help: "Make sure that no running version needs it before the migration runs.",
			...used[0] === void 0 ? {} : { relation: used[0] }
		};
	}
};

const rule$21 = {
	id: "role-in-migration",
	title: "A role with a password or the rights of a superuser in a migration",
	severity: "error",
	effect: { consequence: "Roles belong to the whole server and outlive the database, and a password in a migration is in the repository and in the server's log." },
	remedy: "Make roles outside the migrations, with a password that no file holds; let migrations only grant to them.",
	harmless: "Roles without a password and without special rights.",
	source: manual("sql-createrole", "CREATE ROLE"),
	detectedBy: "static",
	hazards: ["create-role-in-migration"],
	statements: ["CreateRoleStmt", "AlterRoleStmt"],
	*check(step) {
		const statement = "CreateRoleStmt" in step.node ? step.node.CreateRoleStmt : "AlterRoleStmt" in step.node ? step.node.AlterRoleStmt : void 0;
		if (!statement) return;
		const on = (name) => /^(true|1|t)$/.test(optionValue(statement.options, name) ?? "");
		const password = optionValue(statement.options, "password");
		const rights = ["superuser", "bypassrls"].filter(on).map((right) => right.toUpperCase());
		if (password === void 0 && rights.length === 0) return;
		yield {
			message: password === void 0 ? `The role gets ${rights.join(" and ")}, for every database of the server.` : "The role's password stands in the migration, and with it in the repository and in the server's log.",
			help: "Make the role outside the migrations."
		};
	}
};

const rule$20 = {
	id: "security-definer-search-path",
	title: "A SECURITY DEFINER function trusts its caller's search_path",
	severity: "warning",
	effect: { consequence: "A caller who puts a schema of their own in front makes the function run their objects with its owner's rights." },
	remedy: "Set search_path in the definition: SET search_path = pg_catalog, followed by the schemas that only trusted roles can write to.",
	source: manual("sql-createfunction#SQL-CREATEFUNCTION-SECURITY", "Writing SECURITY DEFINER Functions Safely"),
	detectedBy: "static",
	hazards: ["security-definer-search-path"],
	statements: ["CreateFunctionStmt", "AlterFunctionStmt"],
	*check(step) {
		const { options = [], sql_body: body } = "CreateFunctionStmt" in step.node ? step.node.CreateFunctionStmt : {};
		const { func, actions = [] } = "AlterFunctionStmt" in step.node ? step.node.AlterFunctionStmt : {};
		if (!isOptionOn([...options, ...actions], "security") || body) return;
		const parts = nameParts(func?.objname);
		const known = step.schema.routines.get(objectNameOf(step.schema.routines, step.searchPath, parts));
		if ([...options, ...actions].some(setsSearchPath) || known?.settings["search_path"] !== void 0) return;
		yield {
			message: "The function runs with its owner's rights and finds its objects by the caller's search_path, which a caller can point at objects of their own.",
			help: "Add SET search_path = pg_catalog, and the schemas it needs, to the definition."
		};
	}
};
const setsSearchPath = (option) => "DefElem" in option && option.DefElem.defname === "set" && option.DefElem.arg !== void 0 && "VariableSetStmt" in option.DefElem.arg && option.DefElem.arg.VariableSetStmt.name === "search_path";

const rule$19 = {
	id: "select-for-update-all",
	title: "Every row of a table is locked",
	severity: "warning",
	effect: { consequence: "Writers of any of these rows wait until the transaction ends, and each lock is written to the row." },
	remedy: "Lock only the rows that are changed, in the batch that changes them.",
	source: manual("explicit-locking#LOCKING-ROWS", "Row-Level Locks"),
	detectedBy: "static",
	hazards: ["select-for-update-all"],
	statements: queries,
	*check(step) {
		if (!isQuery$1(step.node)) return;
		const { own, locking } = lockingIn(step.node);
		const defined = new Map([...own].map((name) => [name, void 0]));
		for (const { lockingClause = [], whereClause, limitCount, fromClause = [] } of locking) {
			if (whereClause || limitCount) continue;
			const read = sourcesRead(fromClause, defined) ?? [];
			for (const relation of read.filter((each) => isLocked(each, lockingClause))) {
				const { name, fresh } = step.target(relation);
				if (fresh) continue;
				yield {
					message: `Every row of ${name} is locked, which keeps its writers waiting until the transaction ends.`,
					help: "Add a condition or a LIMIT, so that only the rows to be changed are locked.",
					relation: name
				};
			}
		}
	}
};
/** The queries in a statement that lock rows, and the names that its `WITH` defines. */
function lockingIn(node) {
	const own = /* @__PURE__ */ new Set();
	const locking = [];
	for (const inner of nodesOf(node)) {
		if ("CommonTableExpr" in inner) own.add(inner["CommonTableExpr"].ctename ?? "");
		const select = inner["SelectStmt"];
		if (select?.lockingClause) locking.push(select);
	}
	return {
		own,
		locking
	};
}
/** Whether one of the clauses locks rows of a relation for their writers: `FOR KEY SHARE` leaves them alone, `OF` names some. */
function isLocked({ relname, alias }, clauses) {
	return clauses.some((clause) => {
		if (!("LockingClause" in clause) || clause.LockingClause.strength === "LCS_FORKEYSHARE") return false;
		const { lockedRels } = clause.LockingClause;
		return !lockedRels || lockedRels.some((each) => "RangeVar" in each && each.RangeVar.relname === (alias?.aliasname ?? relname));
	});
}

const rule$18 = {
	id: "sequence-restart",
	title: "A sequence that is turned back gives numbers twice",
	severity: "warning",
	effect: { consequence: "INSERTs fail on the key, or two rows share a number where nothing forbids it. The sequence is locked until the transaction ends, and INSERTs that need a number wait." },
	remedy: "Leave sequences alone, or only turn them forward: setval(sequence, (SELECT max(id) FROM table)).",
	harmless: "A sequence that the same migration creates.",
	source: manual("sql-altersequence", "ALTER SEQUENCE"),
	detectedBy: "static",
	hazards: ["sequence-type-or-restart"],
	statements: [
		"AlterSeqStmt",
		"AlterTableStmt",
		"SelectStmt"
	],
	commands: ["AT_SetIdentity"],
	*check(step, { direction }) {
		if (direction === "down") return;
		for (const { command, target } of tableCommands(step, "AT_SetIdentity")) if (command.def && "List" in command.def) yield* turned$1(command.def.List.items, `${target.name}.${command.name}`, target.name);
		if ("SelectStmt" in step.node) return yield* set(step, step.node);
		const { sequence, options } = "AlterSeqStmt" in step.node ? step.node.AlterSeqStmt : {};
		const target = sequence && step.target(sequence);
		if (target && !target.fresh) yield* turned$1(options, target.name, target.name);
	}
};
/** What of these options changes the numbers that come next. */
function* turned$1(options, name, relation) {
	const what = [
		"restart",
		"as",
		"increment",
		"minvalue",
		"maxvalue",
		"cycle"
	].find((option) => optionValue(options, option) !== void 0);
	if (what === void 0) return;
	yield {
		message: `${what.toUpperCase()} changes which numbers ${name} gives next, and INSERTs that need one wait until the transaction ends.`,
		help: "Leave the sequence alone, or turn it forward with setval() in a migration of its own.",
		relation
	};
}
/** What `setval()` sets to a number that stands in the migration, whatever numbers the rows of production have reached. */
function* set(step, node) {
	if (!/setval/i.test(step.sql)) return;
	for (const inner of nodesOf(node)) {
		const { funcname, args } = inner["FuncCall"] ?? {};
		const [sequence, value] = args ?? [];
		if (nameParts(funcname).at(-1) !== "setval" || !sequence || constantText(value) === void 0) continue;
		const table = tableOf(sequence);
		const text = table ?? constantText(sequence);
		const name = text === void 0 ? void 0 : relationNameOf(step.schema, step.searchPath, partsOf$1(text));
		if (name !== void 0 && (step.isFresh(name) || table === void 0 && isOfOwnColumn(step, name))) continue;
		yield {
			message: `setval() turns ${name === void 0 ? "the sequence" : table === void 0 ? name : `the sequence of ${name}`} to ${constantText(value)}, whatever numbers the rows that are there have reached.`,
			help: "Leave the sequence alone, or turn it to what the rows have reached: setval(sequence, (SELECT max(id) FROM table)).",
			...name === void 0 ? {} : { relation: name }
		};
	}
}
/** The table whose sequence `pg_get_serial_sequence()` looks up. */
function tableOf(sequence) {
	if (!("FuncCall" in sequence) || nameParts(sequence.FuncCall.funcname).at(-1) !== "pg_get_serial_sequence") return void 0;
	return constantText(sequence.FuncCall.args?.[0]);
}
/** Whether a sequence is one that PostgreSQL made for a column that the change brings. */
function isOfOwnColumn({ schema, before }, sequence) {
	const [home, label] = splitName(sequence);
	return schema.relations.values().some((relation) => {
		if (relation.kind !== "table" || relation.schema !== home) return false;
		return relation.columns.filter(({ added }) => isOwn(before, relation.created) || isOwn(before, added)).some(({ name }) => objectName(relation.name, [name], "seq") === label);
	});
}
/** The parts of a name in a text, as `regclass` reads it. */
const partsOf$1 = (text) => (text.match(/"(?:[^"]|"")*"|[^."\s]+/g) ?? []).map((part) => part.startsWith("\"") ? part.slice(1, -1).replaceAll("\"\"", "\"") : part.toLowerCase());

const rule$17 = {
	id: "set-expression",
	title: "Another expression for a stored generated column rewrites the table",
	severity: "error",
	appliesTo: { from: 17 },
	effect: {
		lock: "ACCESS EXCLUSIVE",
		rewrite: true,
		scan: true,
		consequence: "The value is computed for every row, so the whole table and all its indexes are written again."
	},
	remedy: "Add a new column with the new expression kept by a trigger, fill it in batches, and switch over.",
	harmless: "Virtual generated columns (PostgreSQL 18).",
	source: manual("sql-altertable#SQL-ALTERTABLE-DESC-SET-EXPRESSION", "ALTER TABLE, SET EXPRESSION"),
	detectedBy: "both",
	hazards: ["add-drop-identity-or-expression"],
	statements: ["AlterTableStmt"],
	commands: ["AT_SetExpression"],
	*check(step) {
		for (const { command, target, table, text } of tableCommands(step, "AT_SetExpression")) {
			const column = table.columns.find(({ name }) => name === command.name);
			if (column?.generated === "virtual") continue;
			const name = command.name ?? "";
			const value = generatedText(text);
			const filled = column?.type && value !== void 0 ? {
				target,
				table,
				name: objectName(name, [], "new"),
				value
			} : void 0;
			yield {
				message: `The new expression of ${command.name} is computed for every row, writing all of ${target.name} again, holding ${lockOn(step, target.name)} until it is done.`,
				help: "Add a plain column that a trigger keeps:",
				...filled && column?.type ? {
					fix: [`ALTER TABLE ${target.sql} ADD COLUMN ${identifierText(filled.name)} ${typeText(column.type)}`, ...keepByTrigger(filled)],
					later: [
						fillInBatches(filled, true),
						...column.notNull ? [makeNotNull(filled)] : [],
						takeOverKept(filled, name)
					]
				} : {},
				relation: target.name
			};
		}
	}
};

const rule$16 = {
	id: "set-logged-unlogged",
	title: "SET LOGGED and SET UNLOGGED rewrite the table",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		rewrite: true,
		scan: true,
		consequence: "The table and all its indexes are written again. An unlogged table is empty after a crash and cannot be read on a standby."
	},
	remedy: "Create a new table as it should be, copy the rows in batches, and swap the tables.",
	harmless: "A table that is what the statement makes it already.",
	source: manual("sql-altertable#SQL-ALTERTABLE-DESC-SET-LOGGED-UNLOGGED", "ALTER TABLE, SET LOGGED"),
	detectedBy: "both",
	hazards: ["set-logged-unlogged"],
	statements: ["AlterTableStmt"],
	commands: ["AT_SetLogged", "AT_SetUnLogged"],
	*check(step) {
		for (const { command, target } of tableCommands(step, "AT_SetLogged", "AT_SetUnLogged")) {
			if (!step.effects.rewrites.has(target.name)) continue;
			const unlogged = command.subtype === "AT_SetUnLogged";
			yield {
				message: `SET ${unlogged ? "UNLOGGED" : "LOGGED"} writes all of ${target.name} again, holding ${lockOn(step, target.name)} until it is done.${unlogged ? " After a crash the table is empty, and a standby cannot read it." : ""}`,
				help: "Create a new table as it should be, copy the rows in batches, and swap the tables.",
				relation: target.name
			};
		}
	}
};

const rule$15 = {
	id: "set-not-null",
	title: "SET NOT NULL reads the whole table under a lock",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		scan: true,
		consequence: "Every row is checked while nobody can read or write the table."
	},
	remedy: "Add a check constraint that says the same as NOT VALID, validate it in a transaction of its own, and then set NOT NULL: PostgreSQL sees that the check proves it and reads nothing. The check can be dropped afterwards, in another statement.",
	harmless: "A column for which a validated `CHECK (column IS NOT NULL)` exists, alone or joined with AND to something else.",
	source: manual("sql-altertable#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL", "ALTER TABLE, SET NOT NULL"),
	detectedBy: "both",
	hazards: ["set-not-null", "set-not-null-drop-check-same-command"],
	statements: ["AlterTableStmt"],
	commands: ["AT_SetNotNull"],
	*check(step) {
		for (const { command, target, table } of tableCommands(step, "AT_SetNotNull")) {
			const name = command.name ?? "";
			if (!step.effects.scans.has(target.name) && provenNotNull(table, name)) continue;
			const dropsProof = provenNotNull(table, name);
			yield {
				message: dropsProof ? `The statement drops the check that proves that ${name} holds no NULL, so SET NOT NULL reads all of ${target.name}, holding ${lockOn(step, target.name)} until it is done.` : `SET NOT NULL on column ${name} reads all of ${target.name}, holding ${lockOn(step, target.name)} until it is done.`,
				help: dropsProof ? "Split the statement, so that the check is still there when NOT NULL is set." : "Add a check as NOT VALID, validate it in a transaction of its own, and set NOT NULL after that, which then reads nothing:",
				...dropsProof ? {} : { fix: notNullStatements({
					target,
					table,
					name
				}) },
				relation: target.name
			};
		}
	}
};

const rule$14 = {
	id: "set-schema",
	title: "A table in another schema is lost to the running application",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "The lock is short. Statements that name the table with its old schema, or find it by search_path, fail from this moment."
	},
	remedy: "Create a view with the old name in the old schema in the same transaction, and drop it when no running version uses it.",
	source: manual("sql-altertable#SQL-ALTERTABLE-DESC-SET-SCHEMA", "ALTER TABLE, SET SCHEMA"),
	detectedBy: "both",
	hazards: ["set-schema"],
	statements: ["AlterObjectSchemaStmt"],
	*check(step, { direction, steps }) {
		if (!("AlterObjectSchemaStmt" in step.node) || direction === "down") return;
		const { relation, newschema = "" } = step.node.AlterObjectSchemaStmt;
		if (!relation) return;
		const target = step.target(relation);
		const kind = step.schema.relations.get(target.name)?.kind;
		if (target.fresh || kind === "index" || kind === "sequence" || steps.at(-1)?.after.schema.relations.has(target.name)) return;
		yield {
			message: `Statements of the running application that find ${target.name} where it was fail from this moment.`,
			help: "Create a view with the old name in the same transaction:",
			fix: [step.sql, `CREATE VIEW ${target.sql} AS SELECT * FROM ${relationText(`${newschema}.${relation.relname}`)}`],
			relation: target.name
		};
	}
};

const harmful = /* @__PURE__ */ new Set([
	"search_path",
	"role",
	"session_authorization",
	"row_security",
	"session_replication_role"
]);
const rule$13 = {
	id: "setting-leaks",
	title: "A setting outlives the migration that made it",
	severity: "warning",
	effect: { consequence: "Where the tool runs several migrations in one session, the next ones run in another schema, as another role or without triggers." },
	remedy: "Use SET LOCAL inside the transaction, or RESET at the end of the file.",
	harmless: "A migration that resets it, and timeouts.",
	source: manual("sql-set", "SET"),
	detectedBy: "static",
	hazards: ["session-guc-leak"],
	statements: settingStatements,
	*check(step, { steps }) {
		for (const change of settingChanges(step.node)) {
			if (change.kind !== "set" || change.local || !harmful.has(change.name)) continue;
			const end = steps.at(-1)?.after;
			if (end?.session[change.name] !== change.value || end.initial[change.name] === change.value) continue;
			yield {
				message: `${change.name} is still ${change.value === "" ? "empty" : change.value} when the migration ends, and what the tool runs next in this session finds it so.`,
				help: step.transaction ? `Use SET LOCAL ${change.name} instead.` : `Add RESET ${change.name} at the end.`
			};
		}
	}
};

const rule$12 = {
	id: "several-rewrites",
	title: "One table is written again or read whole several times",
	severity: "warning",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		scan: true,
		consequence: "Each statement takes as long as the table is large, and the lock is held for all of them together."
	},
	remedy: "Put the changes into one ALTER TABLE: PostgreSQL does them in one pass.",
	harmless: "Statements in transactions of their own, and keys and indexes, each of which takes a pass of its own anyway.",
	source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
	detectedBy: "both",
	hazards: ["multiple-alter-same-table"],
	statements: ["AlterTableStmt"],
	*check(step, { steps }) {
		if (!step.transaction || !isOnePass(step) || step.effects.unsure) return;
		const work = [...step.effects.rewrites, ...step.effects.scans].filter((name) => !step.isFresh(name));
		if (work.length === 0) return;
		const earlier = steps.slice(0, step.index).find((other) => isOnePass(other) && other.transaction?.id === step.transaction?.id && work.some((name) => other.effects.rewrites.has(name) || other.effects.scans.has(name)));
		const name = work.find((each) => earlier?.effects.rewrites.has(each) || earlier?.effects.scans.has(each));
		if (name === void 0 || !earlier) return;
		if (steps.slice(earlier.index + 1, step.index).some((between) => changesRows(between, name))) return;
		yield {
			message: `${name} was written or read whole by an ALTER TABLE of the same transaction already, and is once more, holding ${lockOn(step, name)} for both.`,
			help: "Put both changes into one ALTER TABLE, separated by a comma.",
			relation: name
		};
	}
};
/** Whether what a statement does to rows is done in the one pass of its ALTER TABLE: keys and indexes take one of their own. */
function isOnePass({ node }) {
	return ("AlterTableStmt" in node ? node.AlterTableStmt.cmds ?? [] : []).some((each) => {
		if (!("AlterTableCmd" in each)) return false;
		const { subtype = "AT_AddColumn", def } = each.AlterTableCmd;
		if (subtype === "AT_AddConstraint") return def !== void 0 && "Constraint" in def && def.Constraint.contype === "CONSTR_CHECK";
		return subtype === "AT_AddColumn" || subtype === "AT_AlterColumnType" || subtype === "AT_SetNotNull";
	});
}

const rule$11 = {
	id: "several-tables-locked",
	title: "One transaction locks several tables",
	severity: "warning",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "The first table stays locked while the second lock is waited for, and an application that uses them in the other order deadlocks with the migration."
	},
	remedy: "Change one table in a transaction. Where two belong together, a foreign key for example, keep everything else out of it.",
	harmless: "Tables that the same migration creates, partitions together with their parent, and the two tables of one foreign key.",
	source: manual("explicit-locking#LOCKING-DEADLOCKS", "Deadlocks"),
	detectedBy: "both",
	hazards: ["multi-table-ael-deadlock"],
	*check(step) {
		if (!step.transaction || step.effects.locks.size === 0) return;
		const { blocking, held } = step.transaction;
		const [first, second] = blocking;
		if (!first || second) return;
		const next = [...step.effects.locks].find(([name, mode]) => blocksQueries(mode) && !step.isFresh(name) && !held.has(name));
		if (!next) return;
		yield {
			message: `${first.relation} is locked since ${beginning(first.sql)} in the same transaction, and stays so while this waits for ${lockPhrase(next[1], next[0])} and until the transaction ends.`,
			help: "Move this statement to a migration of its own.",
			relation: next[0]
		};
	}
};

const rule$10 = {
	id: "table-no-primary-key",
	title: "A table without a primary key cannot be replicated row by row",
	severity: "info",
	effect: { consequence: "Logical replication refuses UPDATE and DELETE on it, and nothing tells two equal rows apart." },
	remedy: "Give the table a primary key, or a unique index over columns that are NOT NULL and REPLICA IDENTITY USING INDEX.",
	harmless: "Temporary and unlogged tables, partitions, and tables that get their key later in the migration.",
	source: manual("logical-replication-publication#LOGICAL-REPLICATION-PUBLICATION-REPLICA-IDENTITY", "Replica Identity"),
	detectedBy: "static",
	hazards: ["table-no-primary-key"],
	statements: ["CreateStmt"],
	*check(step, { steps, direction }) {
		if (!("CreateStmt" in step.node) || direction === "down") return;
		const { relation, partbound, inhRelations } = step.node.CreateStmt;
		if (!relation || partbound || inhRelations) return;
		const name = newRelationName(step.searchPath, relation);
		const table = tableNamed(steps.at(-1)?.after.schema ?? step.after.schema, name);
		if (!table?.complete || table.temporary || table.unlogged || table.partitionOf !== void 0) return;
		if (table.constraints.some(({ kind }) => kind === "primary key")) return;
		yield {
			message: `${name} has no primary key: logical replication would refuse UPDATE and DELETE on it.`,
			help: "Add a primary key, for example id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY.",
			relation: name
		};
	}
};

const shortMs = 6e4;
const rule$9 = {
	id: "timeout-kills-long-operation",
	title: "A short timeout ends what is meant to take long",
	severity: "warning",
	effect: {
		lock: "SHARE UPDATE EXCLUSIVE",
		consequence: "A concurrent build waits for old transactions and reads the table twice, blocking nobody. A timeout ends it half-way and leaves an invalid index; VALIDATE CONSTRAINT begins from the start."
	},
	remedy: "Set statement_timeout and lock_timeout to 0 before these statements, and back after them.",
	harmless: "Timeouts of a minute and more.",
	source: manual("sql-createindex#SQL-CREATEINDEX-CONCURRENTLY", "CREATE INDEX, Building Indexes Concurrently"),
	detectedBy: "both",
	hazards: ["cic-with-short-timeout", "statement-timeout-kills-safe-long-op"],
	statements: [
		"IndexStmt",
		"DropStmt",
		"AlterTableStmt"
	],
	*check(step) {
		const what = longOperation(step.node);
		if (what === void 0) return;
		const set = ["statement_timeout", ...what.endsWith("CONCURRENTLY") ? ["lock_timeout"] : []].filter((name) => {
			const ms = settingMs(step.settings, name) ?? 0;
			return ms > 0 && ms < shortMs && step.before.initial[name] !== step.settings[name];
		});
		if (set.length === 0) return;
		yield {
			message: `${what} blocks nobody and may take long, and ${set.map((name) => `${name} is ${step.settings[name]}`).join(" and ")}: it is ended half-way${what === "VALIDATE CONSTRAINT" ? "" : ", which leaves an invalid index"}.`,
			help: "Set the timeout to 0 before it:",
			fix: set.map((name) => `SET ${name} = 0`)
		};
	}
};
function longOperation(node) {
	if ("IndexStmt" in node && node.IndexStmt.concurrent) return "CREATE INDEX CONCURRENTLY";
	if ("DropStmt" in node && node.DropStmt.concurrent) return "DROP INDEX CONCURRENTLY";
	if (!("AlterTableStmt" in node)) return void 0;
	return (node.AlterTableStmt.cmds ?? []).some((command) => "AlterTableCmd" in command && command.AlterTableCmd.subtype === "AT_ValidateConstraint") ? "VALIDATE CONSTRAINT" : void 0;
}

const rule$8 = {
	id: "transaction-nesting",
	title: "The file ends a transaction that is not its own",
	severity: "error",
	effect: { consequence: "PostgreSQL has no nested transactions: BEGIN only warns, and COMMIT or ROLLBACK ends the one that the migration tool began. What follows runs outside it, and a failure leaves half of the migration behind, or a migration recorded that did not run." },
	remedy: "Leave transactions to the tool, or tell it to run this migration without one.",
	source: manual("sql-begin", "BEGIN"),
	detectedBy: "static",
	hazards: ["transaction-nesting"],
	statements: ["TransactionStmt"],
	*check(step) {
		const boundary = transactionBoundary(step.node);
		if (boundary === void 0 || step.transaction?.kind !== "tool") return;
		const begins = boundary === "begin";
		yield {
			message: begins ? "The migration tool has begun a transaction already, so this only warns; the COMMIT that belongs to it ends the tool's." : "This ends the transaction that the migration tool began: what follows, and the tool's own record, run outside it.",
			help: "Remove BEGIN and COMMIT, or tell the tool to run this migration without a transaction.",
			...begins ? { severity: "warning" } : {}
		};
	}
};

const rule$7 = {
	id: "truncate-table",
	title: "TRUNCATE empties a table for everybody at once",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		rewrite: true,
		consequence: "The rows are gone, also for transactions that began before and look afterwards. With CASCADE every table with a foreign key to it is emptied as well."
	},
	remedy: "Delete in batches what is no longer needed, in a job of its own.",
	harmless: "A table that the same migration creates.",
	source: manual("sql-truncate", "TRUNCATE"),
	detectedBy: "both",
	hazards: ["truncate", "truncate-cascade"],
	statements: ["TruncateStmt"],
	*check(step) {
		if (!("TruncateStmt" in step.node)) return;
		const cascades = step.node.TruncateStmt.behavior === "DROP_CASCADE";
		for (const relation of step.node.TruncateStmt.relations ?? []) {
			if (!("RangeVar" in relation)) continue;
			const { name, fresh } = step.target(relation.RangeVar);
			if (fresh) continue;
			yield {
				message: `Every row of ${name} is gone, under ${lockOn(step, name)} until the transaction ends.${cascades ? " CASCADE empties every table that references it as well." : ""}`,
				help: "Delete the rows in batches that commit, in a job of its own.",
				relation: name
			};
		}
	}
};

/** What the text of a statement foretells: of a block, that of all it holds. */
function foreseen(step, { steps }) {
	const own = [step];
	for (let next = step.index + 1; steps[next]?.inner; next += 1) own.push(steps[next]);
	return {
		/** Whether something is said of a lock on this relation that is at least as strong. */
		lock: (relation, mode) => own.some(({ effects }) => {
			const known = effects.locks.get(relation);
			return known !== void 0 && strongerMode(known, mode) === known;
		}),
		/** Whether this may be a partition, made by no statement that can be read, of a table of which that is said. */
		partition: (relation, mode) => own.length === 1 && !step.schema.relations.has(relation) && [...step.effects.locks].some(([name, known]) => tableNamed(step.schema, name)?.variety === "partitioned" && strongerMode(known, mode) === known),
		rewrite: (relation) => own.some(({ effects }) => effects.rewrites.has(relation)),
		/** Whether it says that it drops this relation, or whatever goes with something. */
		drop: (relation) => own.some(({ node, effects }) => "DropOwnedStmt" in node || "DropStmt" in node && (own.length === 1 || node.DropStmt.behavior === "DROP_CASCADE" || effects.locks.has(relation)))
	};
}

const rule$6 = {
	id: "unforeseen-drop",
	title: "A table was dropped, which the statement's text does not show",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "A function, a procedure or SQL that was put together while it ran dropped a table. Its rows are gone, and code of the running application that uses it fails from this moment."
	},
	remedy: "Write the DROP TABLE out as a statement of the migration, where everybody sees it, in a release after the one that stopped using the table.",
	harmless: "Tables that the same change creates. Known from `headgate check` alone: the server has to be asked.",
	source: manual("sql-droptable", "DROP TABLE"),
	detectedBy: "trace",
	hazards: ["dynamic-sql-opaque"],
	statements: [],
	*check() {},
	*observe({ drops }, step, migration) {
		if (drops.length === 0) return;
		const known = foreseen(step, migration);
		const gone = drops.filter((relation) => !step.isFresh(relation) && !known.drop(relation));
		if (gone.length === 0) return;
		yield {
			message: `Running this dropped ${listed$1(gone, 3)} with all rows, and code of the running application that uses ${gone.length > 1 ? "one of them" : "it"} fails from this moment.`,
			help: "Write the DROP TABLE out as a statement of the migration, in a release after the one that stopped using the table.",
			relation: gone[0],
			observed: true
		};
	}
};

const rule$5 = {
	id: "unforeseen-lock",
	title: "A lock was taken, which the statement's text does not show",
	severity: "warning",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "A function, a procedure, a trigger or SQL that was put together while it ran took a lock that queries wait for, until the transaction ends."
	},
	remedy: "Take the change of the schema out of the function and write it out as statements of the migration, where everybody sees it.",
	harmless: "Tables that the same change creates, locks that no query waits for, and partitions that the history makes while it runs, where what is said of their table holds for them. Known from `headgate check` alone: the server has to be asked.",
	source: manual("explicit-locking#LOCKING-TABLES", "Table-Level Locks"),
	detectedBy: "trace",
	hazards: ["dynamic-sql-opaque"],
	statements: [],
	*check() {},
	*observe({ tablesLocked, scans, rewrittenTables, drops, lockTimeoutMs }, step, migration) {
		const known = foreseen(step, migration);
		const unforeseen = tablesLocked.filter(({ relation, mode }) => blocksQueries(mode) && !step.isFresh(relation) && !known.lock(relation, mode) && !known.partition(relation, mode) && !rewrittenTables.includes(relation) && !(drops.includes(relation) && !known.drop(relation)));
		for (const [mode, locks] of Map.groupBy(unforeseen, (lock) => lock.mode)) {
			const relations = [...new Set(locks.map(({ relation }) => relation))];
			const read = relations.filter((relation) => scans.includes(relation));
			yield {
				message: [
					`Running this took ${lockPhrase(mode, listed$1(relations, 3))} until its transaction ends.`,
					...read.length > 0 ? [`It also read all of ${listed$1(read, 3)} meanwhile.`] : [],
					...lockTimeoutMs === 0 ? ["No lock_timeout was set, so that it would wait for the lock without limit."] : []
				].join(" "),
				help: "Write the change of the schema out as statements of the migration; `headgate lint` then says how each is done safely.",
				relation: relations[0],
				observed: true,
				...read.length > 0 ? { severity: "error" } : {}
			};
		}
	}
};

const rule$4 = {
	id: "unforeseen-rewrite",
	title: "A table was rewritten, which the statement's text does not show",
	severity: "error",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		rewrite: true,
		consequence: "A function, a procedure, a trigger or SQL that was put together while it ran wrote the whole table again, and kept everybody out meanwhile."
	},
	remedy: "Take the change of the schema out of the function, write it out as statements of the migration, and do what its own rule says.",
	harmless: "Tables that the same change creates. Known from `headgate check` alone: the server has to be asked.",
	source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
	detectedBy: "trace",
	hazards: ["dynamic-sql-opaque"],
	statements: [],
	*check() {},
	*observe({ rewrittenTables, held }, step, migration) {
		const known = foreseen(step, migration);
		for (const relation of rewrittenTables) {
			if (step.isFresh(relation) || known.rewrite(relation)) continue;
			const mode = held.find((lock) => lock.relation === relation && lock.mode === "ACCESS EXCLUSIVE")?.mode;
			yield {
				message: `Running this wrote all of ${relation} again, or emptied it${mode ? `, holding ${lockPhrase(mode, relation)} until its transaction ends` : ""}.`,
				help: "Write the change of the schema out as statements of the migration; `headgate lint` then says how each is done safely.",
				relation,
				observed: true
			};
		}
	}
};

const rule$3 = {
	id: "unnamed-constraint",
	title: "A constraint without a name",
	severity: "info",
	effect: { consequence: "PostgreSQL chooses a name, another one where that is taken; a way back that drops it by name then fails where the name differs." },
	remedy: "Give the constraint a name.",
	harmless: "Primary keys, and the constraints of a table that the same migration creates.",
	source: manual("sql-altertable", "ALTER TABLE"),
	detectedBy: "static",
	hazards: ["unnamed-constraint"],
	statements: ["AlterTableStmt"],
	commands: ["AT_AddConstraint"],
	*check(step) {
		for (const { constraint, name, target, text } of addedConstraints(step)) {
			if (constraint.conname !== void 0 || !named$2.has(constraint.contype ?? "")) continue;
			const fix = text?.replace(/^add\s+(?:constraint\s+)?/i, () => `ADD CONSTRAINT ${name} `);
			yield {
				message: `The constraint gets a name that PostgreSQL chooses, ${name} where that is free on ${target.name}.`,
				help: "Name it:",
				...fix === void 0 ? {} : { fix: [`ALTER TABLE ${target.sql} ${fix}`] },
				relation: target.name
			};
		}
	}
};
const named$2 = /* @__PURE__ */ new Set([
	"CONSTR_CHECK",
	"CONSTR_UNIQUE",
	"CONSTR_FOREIGN",
	"CONSTR_EXCLUSION"
]);

/** The changes that a query makes itself, and those in its `WITH`. */
function* changesIn$1(query) {
	const all = nodesOf(query);
	const defined = definitionsOf({ ctes: all.filter((inner) => "CommonTableExpr" in inner) });
	for (const inner of all) {
		if ("UpdateStmt" in inner) {
			const { fromClause, ...statement } = inner["UpdateStmt"];
			yield* changeOf("UPDATE", {
				...statement,
				sources: fromClause
			}, defined);
		}
		if ("DeleteStmt" in inner) {
			const { usingClause, ...statement } = inner["DeleteStmt"];
			yield* changeOf("DELETE", {
				...statement,
				sources: usingClause
			}, defined);
		}
		if ("MergeStmt" in inner) yield* changesOfMerge(inner["MergeStmt"], defined);
	}
}
function* changeOf(name, { relation, whereClause: condition, sources = [] }, defined) {
	if (relation) yield {
		name,
		relation,
		condition,
		sources,
		defined
	};
}
/** What the clauses of a `MERGE` change that have no condition of their own. */
function* changesOfMerge(merge, defined) {
	const { relation, sourceRelation, joinCondition: condition, mergeWhenClauses = [] } = merge;
	const kinds = mergeWhenClauses.flatMap((node) => {
		if (!("MergeWhenClause" in node)) return [];
		const clause = node.MergeWhenClause;
		return (clause.commandType === "CMD_UPDATE" || clause.commandType === "CMD_DELETE") && !clause.condition ? [clause.matchKind] : [];
	});
	if (!relation || !sourceRelation || kinds.length === 0) return;
	const matched = kinds.includes("MERGE_WHEN_MATCHED");
	const rest = kinds.includes("MERGE_WHEN_NOT_MATCHED_BY_SOURCE");
	yield {
		name: "MERGE",
		relation,
		condition: matched && rest ? void 0 : condition,
		sources: [sourceRelation],
		defined,
		...rest && !matched ? { rest } : {}
	};
}

/**
* The relations of which any row chooses one for a condition that leaves out nothing else: those of `EXISTS (…)`, of
* `IN (SELECT …)` and of `= ANY (ARRAY (SELECT …))`. None where it only joins; `undefined` where it has other things to say.
*/
function rowsChosenBy(condition, defined) {
	if (!condition) return void 0;
	if (isJoin(condition)) return [];
	if ("BoolExpr" in condition) {
		const { boolop, args = [] } = condition.BoolExpr;
		const all = boolop === "AND_EXPR" ? args.map((arg) => rowsChosenBy(arg, defined)) : [void 0];
		return all.every((each) => each !== void 0) ? all.flat() : void 0;
	}
	if ("A_Expr" in condition && condition.A_Expr.kind === "AEXPR_OP_ANY") {
		const { rexpr, name } = condition.A_Expr;
		return rexpr && "SubLink" in rexpr && rexpr.SubLink.subLinkType === "ARRAY_SUBLINK" && nameParts(name).at(-1) === "=" ? readWhole(rexpr.SubLink.subselect, defined) : void 0;
	}
	if (!("SubLink" in condition)) return void 0;
	const { subLinkType, subselect, operName = [] } = condition.SubLink;
	if (subLinkType === "EXISTS_SUBLINK") return found(subselect, defined);
	const isEqual = operName.length === 0 || nameParts(operName).at(-1) === "=";
	return subLinkType === "ANY_SUBLINK" && isEqual ? readWhole(subselect, defined) : void 0;
}
/** Those of which any row makes `EXISTS` true: a limit takes nothing away from that, and a join is what one expects there. */
function found(query, around) {
	if (!query || !("SelectStmt" in query)) return void 0;
	const { op, whereClause, fromClause, groupClause, havingClause, withClause } = query.SelectStmt;
	if (op !== void 0 && op !== "SETOP_NONE" || !fromClause || groupClause || havingClause) return void 0;
	const defined = definitionsOf(withClause, around);
	const inner = whereClause ? rowsChosenBy(whereClause, defined) : [];
	const read = sourcesRead(fromClause, defined);
	return inner && read && [...read, ...inner];
}

/** Columns that PostgreSQL gives every row. */
const ofEveryRow = /* @__PURE__ */ new Set([
	"ctid",
	"tableoid",
	"xmin",
	"xmax",
	"cmin",
	"cmax"
]);
/**
* Whether a condition holds for every row: none, `true`, `1 = 1`, `NOT false`, `EXISTS (SELECT 1)`, `id IS NOT NULL` of a column
* that holds no NULL, `id > 0` of one that is numbered from 1.
* @param table what is known of the rows that its columns are of; absent: nothing is said of columns
* @param called what the statement calls that table
*/
function isAlwaysTrue(condition, table, called) {
	if (condition === void 0) return true;
	return truthOf(condition, {
		named(node) {
			const [name, owner = called] = node && "ColumnRef" in node ? nameParts(node.ColumnRef.fields).toReversed() : [];
			return owner === called ? name : void 0;
		},
		holdsNoNull: (column) => table !== void 0 && (ofEveryRow.has(column) || provenNotNull(table, column)),
		numbered: (column) => table?.columns.some(({ name, identity, serial }) => name === column && (identity || serial)) ?? false
	}) === true;
}
function truthOf(node, columns) {
	const truth = (each) => truthOf(each, columns);
	if (!node) return void 0;
	if ("TypeCast" in node) return truth(node.TypeCast.arg);
	if ("A_Const" in node) {
		if (node.A_Const.isnull) return null;
		const text = constantText(node) ?? "";
		return /^(?:true|t|yes|y|on|1)$/i.test(text) ? true : /^(?:false|f|no|n|off|0)$/i.test(text) ? false : void 0;
	}
	if ("BoolExpr" in node) {
		const { boolop, args = [] } = node.BoolExpr;
		if (boolop === "NOT_EXPR") return negated(truth(args[0]));
		if (boolop === "AND_EXPR") return negated(anyOf(args.map((arg) => negated(truth(arg)))));
		const taken = new Set(args.flatMap((arg) => nullColumn(arg, columns) ?? []));
		const holdsNoNull = (column) => taken.has(column) || columns.holdsNoNull(column);
		return anyOf(args.map((arg) => truthOf(arg, nullColumn(arg, columns) === void 0 ? {
			...columns,
			holdsNoNull
		} : columns)));
	}
	if ("NullTest" in node) {
		const { arg, nulltesttype } = node.NullTest;
		const column = columns.named(arg);
		const constant = arg && "A_Const" in arg ? !arg.A_Const.isnull : void 0;
		const known = column === void 0 ? constant : columns.holdsNoNull(column) || void 0;
		return nulltesttype === "IS_NOT_NULL" ? known : negated(known);
	}
	if ("BooleanTest" in node) {
		const { arg, booltesttype = "" } = node.BooleanTest;
		const known = truth(arg);
		if (known === void 0) return void 0;
		return known === (booltesttype.endsWith("TRUE") ? true : booltesttype.endsWith("FALSE") ? false : null) !== booltesttype.startsWith("IS_NOT");
	}
	if ("CoalesceExpr" in node) return (node.CoalesceExpr.args ?? []).map(truth).find((each) => each !== null);
	if ("SubLink" in node) return ofQuery(node.SubLink.subLinkType, node.SubLink.subselect, truth);
	return "A_Expr" in node ? compared(node.A_Expr, columns) : void 0;
}
const negated = (truth) => typeof truth === "boolean" ? !truth : truth;
const anyOf = (parts) => parts.includes(true) ? true : parts.includes(void 0) ? void 0 : parts.includes(null) ? null : false;
/** The column of `column IS NULL`. */
const nullColumn = (node, { named }) => "NullTest" in node && node.NullTest.nulltesttype === "IS_NULL" ? named(node.NullTest.arg) : void 0;
/** `EXISTS (SELECT …)` and `(SELECT true)` of a query that reads nothing. */
function ofQuery(kind, query, truth) {
	if (!query || !("SelectStmt" in query)) return void 0;
	const { fromClause, whereClause, havingClause, limitCount, limitOffset, op, targetList = [], ...rest } = query.SelectStmt;
	if (fromClause || whereClause || havingClause || limitCount || limitOffset || rest.valuesLists) return void 0;
	if (op !== void 0 && op !== "SETOP_NONE") return void 0;
	if (kind === "EXISTS_SUBLINK") return true;
	const [only] = targetList;
	return kind === "EXPR_SUBLINK" && only && "ResTarget" in only ? truth(only.ResTarget.val) : void 0;
}
/** A comparison of two constants, of a column with itself, or of one that is numbered from 1 with where that begins. */
function compared({ kind, name, lexpr, rexpr }, { named, holdsNoNull, numbered }) {
	const operator = nameParts(name).at(-1) ?? "";
	const [left, right] = [named(lexpr), named(rexpr)];
	const [a, b] = [constantText(lexpr), constantText(rexpr)];
	if (kind === "AEXPR_NOT_DISTINCT") return left !== void 0 && left === right || void 0;
	if (kind === "AEXPR_LIKE" || kind === "AEXPR_ILIKE") return left !== void 0 && /^%+$/.test(b ?? "") && !operator.startsWith("!") && holdsNoNull(left) || void 0;
	if (kind !== "AEXPR_OP") return void 0;
	if (left !== void 0 && left === right) return /^(?:=|<=|>=)$/.test(operator) && holdsNoNull(left) || void 0;
	if (a !== void 0 && b !== void 0) return constants(operator, a, b);
	const [column, number, asked] = left !== void 0 ? [
		left,
		b,
		operator
	] : [
		right,
		a,
		turned[operator] ?? operator
	];
	if (column === void 0 || number === void 0 || !numbered(column) || !isNumber(number)) return void 0;
	const limit = Number(number);
	return asked === ">" && limit < 1 || asked === ">=" && limit <= 1 || /^(?:<>|!=)$/.test(asked) && limit < 1 || void 0;
}
const turned = {
	"<": ">",
	"<=": ">=",
	">": "<",
	">=": "<="
};
const isNumber = (text) => /^-?\d+(?:\.\d+)?$/.test(text);
function constants(operator, a, b) {
	if (operator === "=") return isNumber(a) && isNumber(b) ? Number(a) === Number(b) : a === b;
	if (operator === "<>" || operator === "!=") return negated(constants("=", a, b));
	if (!isNumber(a) || !isNumber(b)) return void 0;
	const difference = Number(a) - Number(b);
	if (operator === "<") return difference < 0;
	if (operator === ">") return difference > 0;
	return operator === "<=" ? difference <= 0 : operator === ">=" ? difference >= 0 : void 0;
}

const rule$2 = {
	id: "update-delete-without-where",
	title: "Every row is changed in one transaction",
	severity: "error",
	effect: { consequence: "Every row stays locked for writers until the end, is written once more, and leaves a dead row behind; replicas fall behind by as much." },
	remedy: "Change the rows in batches of a few thousand that commit, by primary key, in a job of its own.",
	harmless: "A table that the same migration creates, and rows that are chosen by those of such a table.",
	source: manual("routine-vacuuming#VACUUM-FOR-SPACE-RECOVERY", "Recovering Disk Space"),
	detectedBy: "static",
	hazards: ["update-delete-without-where", "rewrite-wal-volume"],
	statements: queries,
	*check(step) {
		if (!isQuery$1(step.node)) return;
		for (const { name: verb, relation, condition, sources, defined, rest } of changesIn$1(step.node)) {
			const { name, fresh } = step.target(relation);
			if (fresh) continue;
			const known = tableNamed(step.schema, name);
			const fills = newColumn(condition, known?.columns ?? [], step);
			const bound = condition === void 0 ? " without a condition" : ", under a condition that holds for every row,";
			const called = relation.alias?.aliasname ?? relation.relname ?? "";
			if (!rest && (isAlwaysTrue(condition, sources.length > 0 ? void 0 : known, called) || fills)) {
				yield {
					message: `${verb}${fills ? ` of what has no ${fills} yet, a column that this change adds,` : bound} changes every row of ${name} in one transaction: each stays locked for other writers until it ends.`,
					help: "Change the rows in batches by primary key that commit, in a job of its own.",
					relation: name
				};
				continue;
			}
			const chosen = rowsChosenBy(condition, defined);
			const looped = (readWhole(step.loop) ?? []).filter(({ schemaname = "", relname = "" }) => !/^(?:pg_|information_schema$)/.test(schemaname || relname));
			const joined = chosen ? [
				...sourcesRead(sources, defined) ?? [],
				...chosen,
				...looped
			].map(step.target) : [];
			const [one] = joined;
			if (!one || joined.some((each) => each.fresh)) continue;
			const others = [...new Set(joined.map((each) => each.name))].filter((each) => each !== name);
			yield {
				message: `${verb} changes every row of ${name}${others.length === 0 ? "" : ` that has ${rest ? "none" : "one"} in ${listed$1(others)}`} in one transaction: each stays locked for other writers until it ends.`,
				help: "Change the rows in batches by primary key that commit, in a job of its own.",
				relation: name,
				severity: "warning"
			};
		}
	}
};
/** The column of `WHERE column IS NULL`, where the change itself adds it: then every row is one. */
function newColumn(condition, columns, { before }) {
	if (!condition || !("NullTest" in condition) || condition.NullTest.nulltesttype !== "IS_NULL") return void 0;
	const { arg } = condition.NullTest;
	const name = arg && "ColumnRef" in arg ? nameParts(arg.ColumnRef.fields).at(-1) : void 0;
	const column = columns.find((known) => known.name === name);
	return column?.unfilled && isOwn(before, column.added) ? name : void 0;
}

const rule$1 = {
	id: "validate-in-same-transaction",
	title: "Validating in the same transaction keeps the strong lock",
	severity: "error",
	effect: {
		scan: true,
		consequence: "ADD CONSTRAINT … NOT VALID takes a strong lock for a moment, and VALIDATE reads the table under a weak one. In one transaction the strong lock is held until the whole table is read."
	},
	remedy: "Put VALIDATE CONSTRAINT into a migration of its own, so that the lock of ADD CONSTRAINT is gone when it begins.",
	source: manual("sql-altertable#SQL-ALTERTABLE-DESC-VALIDATE-CONSTRAINT", "ALTER TABLE, VALIDATE CONSTRAINT"),
	detectedBy: "both",
	hazards: ["not-valid-validate-same-tx", "set-not-null-check-validated-same-tx"],
	statements: ["AlterTableStmt"],
	commands: ["AT_ValidateConstraint"],
	*check(step) {
		for (const { command, target } of tableCommands(step, "AT_ValidateConstraint")) {
			const { transaction } = step;
			const named = (schema) => tableNamed(schema, target.name)?.constraints.find(({ name }) => name === command.name);
			const constraint = named(step.schema) ?? named(step.after.schema);
			const mode = named(step.schema) ? transaction?.held.get(target.name)?.mode : step.effects.locks.get(target.name);
			const there = named(transaction?.before.schema ?? step.schema);
			if (!constraint || !mode || there || named(step.schema) && constraint.validated) continue;
			yield {
				message: `${constraint.name} was added in the same ${named(step.schema) ? "transaction" : "statement"}, so ${lockPhrase(mode, target.name)} is held until the whole table is read.`,
				help: "Move VALIDATE CONSTRAINT to a migration of its own.",
				relation: target.name
			};
		}
	}
};

const rule = {
	id: "view-recreated-without-grants",
	title: "A view that is dropped and made again has lost its grants",
	severity: "warning",
	effect: {
		lock: "ACCESS EXCLUSIVE",
		consequence: "Grants, comments, rules and options go with the old view: roles that could read it get permission denied."
	},
	remedy: "Use CREATE OR REPLACE VIEW where the columns allow it, or grant again in the same transaction.",
	harmless: "A migration that grants on the view afterwards, and a history that never granted anything on it.",
	source: manual("sql-createview", "CREATE VIEW"),
	detectedBy: "static",
	hazards: ["drop-create-view-grants"],
	statements: ["DropStmt"],
	*check(step, { steps }) {
		if (!("DropStmt" in step.node)) return;
		const { removeType, objects } = step.node.DropStmt;
		if (removeType !== "OBJECT_VIEW" && removeType !== "OBJECT_MATVIEW") return;
		for (const parts of nameLists(objects)) {
			const name = relationNameOf(step.schema, step.searchPath, parts);
			const before = step.schema.relations.get(name);
			if (!before || step.isFresh(name)) continue;
			const later = steps.slice(step.index + 1);
			if (!later.at(-1)?.after.schema.relations.has(name)) continue;
			const bare = parts.at(-1);
			const granted = later.some(({ node }) => "GrantStmt" in node && (node.GrantStmt.objects ?? []).some((object) => "RangeVar" in object && object.RangeVar.relname === bare));
			const altersDefaults = later.some(({ node }) => "AlterDefaultPrivilegesStmt" in node);
			const { grantees = [] } = before;
			if (granted || altersDefaults || grantees.length === 0 && step.before.complete) continue;
			yield {
				message: `${name} is dropped and made again without a GRANT, so ${grantees.length > 0 ? `${listed$1(grantees)} cannot use it any more` : "roles that could read it cannot any more"}.`,
				help: "Use CREATE OR REPLACE VIEW, or add the grants after it.",
				relation: name
			};
		}
	}
};

/** Every rule, by id. */
const rules = [
	rule$124,
	rule$123,
	rule$122,
	rule$121,
	rule$120,
	rule$119,
	rule$118,
	rule$117,
	rule$116,
	rule$115,
	rule$114,
	rule$113,
	rule$112,
	rule$111,
	rule$110,
	rule$109,
	rule$108,
	rule$107,
	rule$106,
	rule$105,
	rule$104,
	rule$103,
	rule$102,
	rule$101,
	rule$100,
	rule$99,
	rule$98,
	rule$97,
	rule$96,
	rule$95,
	rule$94,
	rule$93,
	rule$92,
	rule$91,
	rule$90,
	rule$89,
	rule$88,
	rule$87,
	rule$86,
	rule$85,
	rule$84,
	rule$83,
	rule$82,
	rule$81,
	rule$80,
	rule$79,
	rule$78,
	rule$77,
	rule$76,
	rule$75,
	rule$74,
	rule$73,
	rule$72,
	rule$71,
	rule$70,
	rule$69,
	rule$68,
	rule$67,
	rule$66,
	rule$65,
	rule$125,
	rule$64,
	rule$63,
	rule$62,
	rule$61,
	rule$60,
	rule$59,
	rule$58,
	rule$57,
	rule$56,
	rule$55,
	rule$54,
	rule$53,
	rule$52,
	rule$51,
	rule$50,
	rule$49,
	rule$48,
	rule$47,
	rule$46,
	rule$45,
	rule$44,
	rule$43,
	rule$42,
	rule$41,
	rule$40,
	rule$39,
	rule$38,
	rule$37,
	rule$36,
	rule$35,
	rule$34,
	rule$33,
	rule$32,
	rule$31,
	rule$30,
	rule$29,
	rule$28,
	rule$27,
	rule$26,
	rule$25,
	rule$24,
	rule$23,
	rule$22,
	rule$21,
	rule$20,
	rule$19,
	rule$18,
	rule$17,
	rule$16,
	rule$15,
	rule$14,
	rule$13,
	rule$12,
	rule$11,
	rule$10,
	rule$9,
	rule$8,
	rule$7,
	rule$6,
	rule$5,
	rule$4,
	rule$3,
	rule$2,
	rule$1,
	rule
];

const byId = new Map(rules.map((rule) => [rule.id, rule]));
/** The rule of an id; `undefined` for findings of anything else. */
const ruleNamed = (id) => byId.get(id);

/**
* The findings without those of rules that give way to others: where an error says of the same statement that it locks a table, that
* has to change first, as it has where a warning says how nothing waits, and where one of them was said in a transaction, it holds for the rest.
*/
function withoutSaidAlready(found) {
	const refusedFor = new Set(found.flatMap(({ finding: { ruleId, severity }, step }) => step && (severity === "error" || ruleNamed(ruleId)?.saysWaiting) && !isGivingWay(ruleId) && isAboutWaiting(ruleId) ? [step] : []));
	const said = /* @__PURE__ */ new Set();
	return found.filter(({ finding: { ruleId, revision, file, direction }, step }) => {
		if (!step || !isGivingWay(ruleId)) return true;
		if (refusedFor.has(step)) return false;
		if (!step.transaction) return true;
		const key = [
			ruleId,
			revision,
			file,
			direction,
			step.transaction.id
		].join(" ");
		if (said.has(key)) return false;
		said.add(key);
		return true;
	});
}
const isGivingWay = (ruleId) => ruleNamed(ruleId)?.givesWay ?? false;
const isAboutWaiting = (ruleId) => {
	const lock = ruleNamed(ruleId)?.effect.lock;
	return lock !== void 0 && blocksQueries(lock);
};

/**
* Megabytes a second, slow and fast, of one process on ordinary disks; `npm run bench` measures them on the machine at hand.
* Reading counts the table, writing anew the table and its indexes.
*/
const rates = {
	read: [50, 500],
	rewrite: [20, 100]
};
const megabyte = 1e6;
/** Findings about work that grows with a table say how large the table is, and so how long that takes. Pure. */
function withEstimates(findings, statistics) {
	if (statistics === void 0) return findings;
	return findings.map((finding) => {
		const sentences = estimates(finding, statistics);
		return sentences.length === 0 ? finding : {
			...finding,
			message: [finding.message, ...sentences].join(" ")
		};
	});
}
function estimates({ ruleId, message, evidence, relation }, { relations, takenAt }) {
	const rewritten = evidence?.rewrites ?? [];
	const read = evidence?.scans.filter((name) => !rewritten.includes(name)) ?? [];
	const known = (name) => relations[name] ?? relations[quotedWhereNeeded(name)];
	const day = takenAt.slice(0, 10);
	const touched = [.../* @__PURE__ */ new Set([...rewritten, ...read])];
	const parts = touched.filter((name) => name !== relation);
	const bytes = (name) => known(name)?.tableBytes ?? 0;
	const isWhole = relation !== void 0 && parts.length > 0 && bytes(relation) === parts.reduce((sum, name) => sum + bytes(name), 0);
	const sentences = (isWhole ? [relation] : touched).flatMap((name) => {
		const size = known(name);
		if (size === void 0) return [];
		const whole = size.tableBytes + size.indexBytes;
		const much = `${name} had ${rowsText(size.rows)}${bytesText(size.tableBytes)} and ${bytesText(size.indexBytes)} of indexes on ${day}`;
		if (ruleId === emptiesTable) return `${much}.`;
		return rewritten.includes(name) || isWhole && rewritten.length > 0 ? `${much}: writing them anew takes ${durationText(whole, rates.rewrite)} at ${rateText(rates.rewrite)}, and about ${bytesText(whole)} more of disk and of WAL.` : `${much}: reading the table once takes ${durationText(size.tableBytes, rates.read)} at ${rateText(rates.read)}.`;
	});
	const named = relation === void 0 || sentences.length > 0 ? void 0 : known(relation);
	if (!named || !evidence) return sentences;
	const size = `${relation} had ${rowsText(named.rows)}${bytesText(named.tableBytes)}`;
	if (ruleId === changesEveryRow) {
		const more = `: writing each row once more takes ${durationText(named.tableBytes, rates.rewrite)} or longer at ${rateText(rates.rewrite)}, and about ${bytesText(named.tableBytes)} more of disk and of WAL`;
		return [`${size} on ${day}${/\bUPDATE\b/.test(message) ? more : ""}.`];
	}
	return evidence.locks.length > 0 ? [`${size} on ${day}.`] : sentences;
}
const changesEveryRow = "update-delete-without-where";
const emptiesTable = "truncate-table";
/** `about 12 million rows, `; nothing where nobody has counted. */
function rowsText(rows) {
	if (rows === void 0) return "";
	return `about ${new Intl.NumberFormat("en", {
		notation: "compact",
		compactDisplay: "long",
		maximumSignificantDigits: 2
	}).format(rows)} rows, `;
}
/** `3.4 GB`, in powers of ten. */
function bytesText(bytes) {
	const units = [
		"bytes",
		"kB",
		"MB",
		"GB",
		"TB"
	];
	const power = Math.min(units.length - 1, bytes < 1e3 ? 0 : Math.floor(Math.log10(bytes) / 3));
	const value = bytes / 1e3 ** power;
	return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}
/** `about 35 s to 3 min`. */
function durationText(bytes, [slow, fast]) {
	const [least, most] = [bytes / megabyte / fast, bytes / megabyte / slow];
	if (most < 1) return "less than 1 s";
	if (least < 1) return `up to about ${secondsText(most)}`;
	return `about ${[.../* @__PURE__ */ new Set([secondsText(least), secondsText(most)])].join(" to ")}`;
}
function secondsText(seconds) {
	if (seconds < 100) return `${Math.round(seconds)} s`;
	return seconds < 6e3 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
const rateText = ([slow, fast]) => `${slow} to ${fast} MB/s`;
/** A name as the judged text has it, without quotes, in the spelling of the server. */
const quotedWhereNeeded = (name) => name.split(".").map((part) => /^[a-z_][a-z0-9_]*$/.test(part) || part.startsWith("\"") ? part : `"${part.replaceAll("\"", "\"\"")}"`).join(".");

/**
* The `search_path` in effect at each statement, in the order of the recording: what the server showed, and where nobody
* asked it, what the connection began with and what its statements set since then.
*/
function searchPaths(statements) {
	const connections = /* @__PURE__ */ new Map();
	return statements.map((statement) => {
		const connection = connections.get(statement.connection) ?? {};
		connections.set(statement.connection, connection);
		const { searchPath: shown } = statement;
		if (shown !== void 0 && shown !== connection.shown) connection.path = connection.shown = shown;
		const { path } = connection;
		if (statement.error === void 0 && /search_path/i.test(statement.sql)) {
			for (const change of changesIn(statement.sql)) if (change.kind === "reset all" || change.kind === "reset" && change.name === "search_path") delete connection.path;
			else if (change.kind === "set" && change.name === "search_path" && !change.local) connection.path = change.value;
		}
		return path;
	});
}
const changesIn = (sql) => parseScript(sql).flatMap((statement) => statement.kind === "unparsed" ? [] : settingChanges(statement.node));

/** What the revisions of a project are judged on, in the order in which they were applied; `refused`: files that cannot be read. */
const safetyInputs = (input) => input.project.tool === "sql" ? fileInputs(input) : {
	inputs: recordedInputs(input),
	refused: []
};
/** SQL files are judged as files: with their lines, and the allowances in their comments. */
function fileInputs({ project, repository, examined, newIds }) {
	const { files, base } = repository;
	const { inputs, refused } = historyInputs(project, {
		files,
		projects: [project],
		...optional("mergeBase", base?.mergeBase)
	});
	return {
		inputs: inputs.map((input) => ({
			...input,
			judged: input.revision !== void 0 && examined.has(input.revision),
			isNew: input.revision !== void 0 && newIds.has(input.revision)
		})),
		refused
	};
}
/** Settings that a project makes for the session of each of its migrations, in `env.py` or for its pool. */
const sessionFrame = /^set (?:session )?(search_path|role|session authorization|row_security)\b/i;
/** Whether a statement is what the project sends around its migrations, and not the doing of this one. */
function isFrame(sql, line, text) {
	if (isMikroOrmFrame(sql)) return !/session_replication_role/i.test(text);
	const setting = sessionFrame.exec(bareStatement(sql))?.[1];
	return setting !== void 0 && line === void 0 && !text.toLowerCase().includes(setting.toLowerCase());
}
/** What a tool with a runtime sends is known from the wire only. */
function recordedInputs({ revisions, examined, newIds, statements, places, roles, repository }) {
	const paths = searchPaths(statements);
	const sent = Map.groupBy(statements.map((statement, index) => ({
		...statement,
		role: roles.get(statement),
		...optional("searchPath", paths[index])
	})).filter(({ error, role }) => error === void 0 && role !== "bookkeeping"), ({ label }) => `${label?.direction} ${label?.revision}`);
	const script = (revision, direction) => {
		const recorded = sent.get(`${direction} ${revision.id}`);
		if (recorded === void 0) return [];
		const { files } = repository;
		const text = files.exists(revision.file) ? looseText(files, revision.file) : "";
		const lines = statementLines$1(recorded.map(({ sql }) => sql), places(revision.id, direction));
		const placed = recorded.map((statement, index) => ({
			...statement,
			line: lines[index]
		})).filter(({ sql, line }) => !isFrame(sql, line, text));
		return [...Map.groupBy(placed, ({ connection }) => connection).values()].map((conversation) => ({
			file: revision.file,
			text,
			transaction: false,
			pieces: conversation.map(({ sql, line, role, searchPath }) => ({
				sql,
				fromOperation: true,
				session: role === "session" && line === void 0,
				...optional("line", line),
				...optional("searchPath", searchPath)
			}))
		}));
	};
	return revisions.map((revision) => ({
		revision: revision.id,
		up: script(revision, "up"),
		down: examined.has(revision.id) ? script(revision, "down") : [],
		judged: examined.has(revision.id),
		isNew: newIds.has(revision.id)
	}));
}

/** What the server said, by the step and the statement. */
function answersOf(statements) {
	const observed = observations(statements);
	const refused = withoutObject(statements);
	return {
		seen: (revision, direction, sent) => observed.get(stepKey(direction, revision, sent)) ?? [],
		refused: (revision, direction, sent) => refused.has(stepKey(direction, revision, sent))
	};
}
/** Undefined table, and undefined object such as an index: https://www.postgresql.org/docs/18/errcodes-appendix.html */
const undefinedCodes = /* @__PURE__ */ new Set(["42P01", "42704"]);
const withoutObject = (statements) => new Set(statements.filter(({ error }) => undefinedCodes.has(error?.sqlState ?? "")).map(({ label, sql }) => stepKey(label?.direction, label?.revision, sql)));
function observations(statements) {
	const complete = statements.filter(({ evidence: { completeness } }) => completeness === "complete");
	const groups = Map.groupBy(complete, ({ sql, label }) => stepKey(label?.direction, label?.revision, sql));
	return new Map([...groups].map(([key, recorded]) => [key, recorded.map(({ evidence }) => observedOf(evidence))]));
}
const stepKey = (direction, revision, sql) => `${direction} ${revision} ${bareStatement(sql)}`;
/**
* The finding with what the server says of its statement; `refuted` where the server contradicts it, and `settled` where it
* is known by now what the finding says is unknown.
*/
function confirmed({ finding, sent, step }, { project, stalls }, { seen, refused }) {
	const { revision, direction, evidence: claim } = finding;
	if (finding.ruleId === "begin-without-commit" && project.tool !== "sql") return "settled";
	if (sent === void 0 || claim === void 0 || direction === void 0) return finding;
	const rule = ruleNamed(finding.ruleId);
	const observed = seen(revision, direction, sent);
	if (observed.length === 0 && finding.ruleId === "dynamic-sql") return {
		...finding,
		help: readByHand
	};
	if (observed.length === 0) return rule?.effect.lock && refused(revision, direction, sent) ? "settled" : finding;
	if (finding.ruleId === "dynamic-sql") return "settled";
	const evidence = observed.find((one) => !isRefuted(finding, rule, step, step ? observedBy(step, one) : one));
	if (evidence === void 0) return "refuted";
	const { locks, rewrites, scans } = evidence;
	const ofStatement = stalls.filter((stall) => stall.revision === revision && stall.direction === direction && caused(evidence, stall));
	const stopped = finding.ruleId.startsWith("unforeseen-") || step?.inner && finding.relation !== void 0 ? ofStatement.filter(({ relation }) => unquotedName(relation) === finding.relation) : ofStatement;
	return {
		...finding,
		evidence: {
			source: claim.source === "observed" ? "observed" : "both",
			locks,
			rewrites,
			scans,
			...stopped.length === 0 ? {} : { stalls: stopped.map(({ relation, mode, behind, stopped: what }) => ({
				relation: unquotedName(relation),
				mode,
				behind,
				stopped: what
			})) }
		}
	};
}
/** The rule's own advice is to let this gate look. */
const readByHand = "Write the statements out, or read by hand what it runs: what it did was not seen, or not completely, when it ran here.";
/** Whether this statement is the one that waited: the first of its transaction to ask for that lock. */
const caused = ({ locks }, stall) => locks.some(({ relation, mode }) => relation === unquotedName(stall.relation) && mode === stall.mode);

/**
* The findings, with what stopped while their statements waited for a lock. Of the findings for one statement those say it
* that speak of locks, or, where none does, the first that is more than a note; of several by one rule the first alone.
*/
function withStallSentences(findings) {
	const ofStatement = Map.groupBy(findings, keyOf$1);
	const says = (finding) => {
		const all = ofStatement.get(keyOf$1(finding)) ?? [];
		return (all.some(speaksOfLocks) ? all.filter(speaksOfLocks) : all.filter(isMore).slice(0, 1)).find(({ ruleId }) => ruleId === finding.ruleId) === finding;
	};
	return findings.map((finding) => {
		const stalls = finding.evidence?.stalls ?? [];
		if (stalls.length === 0 || !says(finding)) return finding;
		return {
			...finding,
			message: [finding.message, ...sentences(stalls)].join(" ")
		};
	});
}
const keyOf$1 = ({ direction, revision, file, line, statement }) => JSON.stringify([
	direction,
	revision,
	file,
	line,
	statement
]);
const speaksOfLocks = ({ message }) => /\block(?:s|ed)?\b/.test(message);
const isMore = ({ severity }) => severity !== "info";
/** What stopped, in a sentence for all the relations that it is the same for. */
const sentences = (stalls) => [...Map.groupBy(stalls, ({ behind, stopped }) => [behind, ...stopped].join()).values()].map((alike) => {
	const [{ behind, stopped }] = alike;
	const relations = alike.map(({ relation }) => relation);
	const one = relations.length === 1 ? relations[0] : `one of ${listed$1(relations)}`;
	return `Seen: while it waits behind one open transaction that has ${behind} ${one}, ${stopped.length === 0 ? "neither reads nor writes" : stopped.join(" and ")} of ${relations.length === 1 ? one : "that one"} stop.`;
});

/**
* Judges what the examined revisions sent by the rules, and lets the server have the last word: a claim about a statement
* that the server was asked about, and did not confirm, is dropped, and what only the server saw is said.
*/
async function judgeSafety(input) {
	const startedAt = performance.now();
	await loadParser();
	const { project, repository, serverMajor } = input;
	const { inputs, refused } = safetyInputs(input);
	const answers = answersOf(input.statements);
	const { seen } = answers;
	const configured = configuredAllowances(repository.configuration);
	const judged = judgeMigrations(inputs, {
		rules,
		configured,
		majors: [Math.min(serverMajor, supportedMajors.at(-1))],
		settings: {},
		policy: repository.configuration,
		...project.tool === "sql" ? {} : { tool: project.tool },
		...outsideTransactionOf(repository.files, project),
		together: true,
		complete: project.tool === "sql" || project.prelude.length === 0 && project.start === void 0,
		observe: (rule, step, migration) => step.inner || !rule.observe ? [] : seen(migration.revision, migration.direction, step.sent).slice(0, 1).flatMap((one) => [...rule.observe?.(observedBy(step, one), step, migration) ?? []])
	});
	const isTold = ({ ruleId, direction, revision }) => ruleId === "unparsed-statement" && input.failed.has(`${direction} ${revision}`);
	const isUnknown = ({ finding: { ruleId, revision } }) => ruleId === "unused-allowance" && project.tool !== "sql" && (revision === void 0 ? input.failed.size > 0 : input.failed.has(`up ${revision}`) || input.failed.has(`down ${revision}`));
	const whole = judged.whole && repository.projects.length === 1 && !repository.leftOut?.length;
	const unused = configured.unused(whole).map((finding) => ({ finding }));
	const outcomes = [...judged.findings, ...unused].filter((each) => !isUnknown(each)).map((each) => ({
		...each,
		outcome: confirmed(each, input, answers)
	}));
	const said = outcomes.flatMap(({ outcome, ...rest }) => typeof outcome === "object" ? {
		...rest,
		finding: outcome
	} : []);
	const all = [...refused, ...withoutSaidAlready(said).map(({ finding }) => finding)];
	const findings = withStallSentences(all.filter((finding) => !isTold(finding)));
	const unobserved = (step, revision, direction) => seen(revision, direction, step.sent).length === 0;
	const coverage = {
		judged: judged.judged - judged.session,
		unread: judged.unread + refused.length,
		opaque: judged.opaqueSteps.filter(({ step, revision, direction }) => unobserved(step, revision, direction)).length,
		refuted: outcomes.filter(({ outcome }) => outcome === "refuted").length,
		allowed: judged.allowed,
		off: judged.off
	};
	const durationMs = Math.round(performance.now() - startedAt);
	return {
		check: checkOf(findings, all.length > findings.length, judged, input, durationMs),
		findings: withEstimates(findings, input.statistics),
		coverage
	};
}
function checkOf(findings, isUnfinished, { judged }, { serverMajor, examined }, durationMs) {
	const errors = findings.filter(({ severity }) => severity === "error");
	if (errors.length > 0) return {
		id: "safety",
		status: "failed",
		reason: [...new Set(errors.map(({ ruleId }) => ruleId))].join(", "),
		durationMs
	};
	const newest = supportedMajors.at(-1);
	const reason = isUnfinished ? "not finished: what fails could not all be read" : judged === 0 ? examined.size === 0 ? "no revision is new" : "no statement was sent that could be judged" : serverMajor > newest ? `PostgreSQL ${serverMajor} is newer than the rules, which were held against ${supportedMajors[0]} to ${newest}: nothing was found, but something may be new` : void 0;
	return reason === void 0 ? {
		id: "safety",
		status: "passed",
		durationMs
	} : {
		id: "safety",
		status: "skipped",
		reason,
		durationMs
	};
}

/** Replays, and judges what was recorded: by the rules, against the tool's own scripts, and as a plan to be sealed. */
async function replayAndJudge(project, repository, { lineage, versionTables }, opened, { major: serverMajor }, context) {
	const { database, session, stage, recorder, limited } = opened;
	await loadParser();
	const weights = weighing(repository.configuration);
	const { weigh, off } = weights;
	const replayed = await replayProject(project, repository, lineage, {
		...context,
		session,
		stage,
		database,
		weighing: weights
	});
	const { examined, asked, catalogs } = replayed;
	const { statements } = recorder.recording();
	const roles = rolesOf(statements, versionTables);
	const fingerprintOf = eachOnce(fingerprint);
	const sent = Map.groupBy(statements, ({ label }) => label?.revision);
	const printing = renderOffline(session, examined, new Map(examined.map((revision) => [revision.id, recordedRevision(sent.get(revision.id) ?? [], revision, {
		roles,
		fingerprint: fingerprintOf
	})])), stage.brokenOff, limited);
	printing.catch(() => {});
	const safety = await judgeSafety({
		project,
		repository,
		revisions: replayed.applied,
		examined: asked,
		newIds: lineage.newIds,
		statements,
		places: stage.places,
		roles,
		serverMajor,
		stalls: replayed.stalls,
		...optional("statistics", context.statistics),
		failed: stage.brokenOff
	});
	const { recorded, findings: offlineFindings } = await printing;
	const ofRecording = [...judgeRecording(project, repository, opened, replayed, recorded), ...offlineFindings];
	const findings = [...replayed.findings, ...ofRecording.filter(({ revision }) => revision === void 0 || asked.has(revision))].flatMap((finding) => weigh(finding) ?? []);
	const imports = await limited("Reading what the migrations import", () => readImports(session, lineage, repository, context));
	const plan = catalogs && planOf(project, repository.files, {
		...optional("toolVersion", session.toolVersion),
		serverMajor,
		account: database.connection.user,
		start: catalogs.start,
		end: catalogs.after.at(-1) ?? catalogs.start,
		imports,
		steps: examined.flatMap((revision, index) => {
			const sent = recorded.get(revision.id)?.up;
			const catalog = catalogs.after[index];
			return sent && catalog ? [{
				revision,
				statements: asPlanned(repository.files, revision, sent),
				catalog
			}] : [];
		})
	});
	if (plan) context.onPlan?.(plan);
	const isJudgedWhole = project.tool === "sql" || examined.length === 0 || catalogs !== void 0;
	return {
		imports,
		checks: [...replayed.checks, isJudgedWhole ? safety.check : unfinished(safety.check)],
		findings: [...findings, ...safety.findings],
		recorded: asShown(recorded),
		coverage: {
			...safety.coverage,
			off: [...safety.coverage.off, ...off()]
		},
		...optional("plan", plan && {
			digest: planDigest(plan),
			revisions: reviewSeals(plan)
		})
	};
}
/** Works out each text once: a tool says much the same in every step. */
function eachOnce(work) {
	const known = /* @__PURE__ */ new Map();
	return (text) => {
		const result = known.get(text) ?? work(text);
		known.set(text, result);
		return result;
	};
}
/** What was not sent was not judged. */
const unfinished = (check) => check.status === "passed" ? {
	...check,
	status: "skipped",
	reason: "not finished: not all revisions could be applied, and so not all judged"
} : check;

/** Why a project is not replayed whose migrations and `paths` the change leaves as they were. */
const untouchedReason = "the change touches neither its migrations nor what it lists under paths";
/**
* Whether a change leaves a project alone that says under `paths` what belongs to it. Its migrations, the files that its
* configuration names and the configuration itself always do; where it says nothing, everything does.
*/
function isUntouched(project, { root, base, configFile }) {
	if (project.paths === void 0 || base === void 0) return false;
	const own = /* @__PURE__ */ new Set([
		...configurationPaths,
		...configFile === void 0 ? [] : [configFile],
		...project.configFile === void 0 ? [] : [project.configFile],
		...project.prelude,
		...project.start ? [project.start.dump] : [],
		...Object.values(project.samples ?? {}),
		...project.tool === "alembic" ? project.migrations.map((versions) => posix.join(posix.dirname(versions), "env.py")) : []
	]);
	const belongs = (file) => own.has(file) || project.migrations.some((directory) => isWithin(file, directory)) || (project.paths ?? []).some((glob) => posix.matchesGlob(file, glob));
	const changed = changedInWorkingTree(root, base.commit);
	return changed !== void 0 && !changed.some(belongs);
}

/**
* Gates one project. What could not be checked is said in the verdict.
* @throws ConfigurationError when even its files cannot be read as the project is set up
*/
async function gateProject(project, repository, context) {
	const { configuration, files, base } = repository;
	context.onProgress("reading the history");
	const written = judgeProjectLineage(project, toolNamed(project.tool).readHistory(files, project), base, files);
	const historyOf = ({ lineage }) => judgeHistory(project, lineage.history, repository);
	let known = {
		project,
		lineage: written,
		firstLook: []
	};
	if (isLeftAlone(known, repository, context)) return verdictOn(known, await historyOf(known), notReplayed("skipped", untouchedReason));
	if (configuration.engine === "memory") known = {
		...known,
		firstLook: [await memoryPreflight(project, files, written.ordered)]
	};
	/** All that needs the work database: there is one at a time on a server. */
	const replay = async (on, driver) => {
		await using recorded = await openRecordedProject(project, repository, on, {
			...context,
			...optional("driver", driver)
		});
		const { session, recorder, stage, limited } = recorded;
		const loaded = await limited("Reading the history", () => session.history());
		const lineage = judgeProjectLineage(project, loaded, base, files);
		known = {
			...known,
			lineage
		};
		const history = await historyOf(known);
		if (lineage.blocked !== void 0) return {
			history,
			replayed: notReplayed("skipped", lineage.blocked)
		};
		const versionTables = await recorded.prepare();
		const replayed = await replayAndJudge(project, repository, {
			lineage,
			versionTables
		}, recorded, on, context);
		const { imports } = replayed;
		const importing = importersOf(project, loaded, repository, imports);
		const edited = session.imports ? editedIn(history, loaded) : [];
		if (importing.length + edited.length === 0) return {
			history,
			replayed
		};
		const { statements } = recorder.recording();
		const sent = {
			statements,
			versionTables,
			brokenOff: stage.brokenOff
		};
		return {
			history,
			replayed,
			touched: {
				importing,
				edited,
				imports
			},
			sent
		};
	};
	let server;
	try {
		context.onProgress("starting PostgreSQL");
		await using driver = startComingDriver({
			root: repository.root,
			files,
			project,
			environment: context.environment,
			timeLimitMs: configuration["time-limit"]
		});
		server = await context.servers.server({
			...optional("postgres", project.postgres ?? configuration.postgres),
			...optional("image", project.image ?? configuration.image)
		});
		const { engine, version, startMs, instead } = server;
		known = {
			...known,
			server: {
				engine,
				version,
				startMs: Math.round(startMs),
				...optional("instead", instead)
			}
		};
		const { history, replayed, touched, sent } = await replay(server, driver);
		if (touched === void 0) return verdictOn(known, history, replayed);
		const judged = await judgeTouched(project, repository, touched, sent, server, context);
		return verdictOn(known, withTouched(history, judged), replayed);
	} catch (thrown) {
		const first = original(thrown);
		if (first instanceof ConfigurationError) context.onUnusable?.(first);
		const error = first instanceof ToolError || first instanceof ConfigurationError ? first : lostServer(first, server);
		if (error === void 0) throw first;
		return verdictOn(known, await historyOf(known), notReplayed("errored", error.message));
	}
}
/** Whether nothing of a project is new or asked for, and the change touches nothing of it. */
function isLeftAlone({ project, lineage }, repository, { range }) {
	if (repository.configuration.replay === "all" || range !== void 0) return false;
	return lineage.blocked === void 0 && lineage.newIds.size === 0 && isUntouched(project, repository);
}

/** The verdicts on projects that are not gated: those that are gone, those left out beside others, and those in submodules. */
const judgeOtherProjects = (repository) => [
	...judgeGoneProjects(repository).map(({ project, check, finding }) => notGated(project, check, [finding])),
	...(repository.leftOut ?? []).map((leftOut) => {
		const { name, reason } = namedLeftOut(leftOut);
		return notGated({
			...leftOut.project,
			name
		}, skipped("lineage", reason));
	}),
	...(repository.elsewhere ?? []).map((found) => {
		const { submodule, project } = found;
		const there = {
			...project,
			name: `${submodule} ${project.name}`,
			directory: submodule
		};
		return notGated(there, skipped("history", "it is in a submodule"), [submoduleNotExamined(found)]);
	})
];
const notGated = ({ name, tool, directory }, check, findings = []) => ({
	name,
	tool,
	directory,
	checks: [check],
	findings,
	revisions: []
});
const skipped = (id, reason) => ({
	id,
	status: "skipped",
	reason,
	durationMs: 0
});

/** The ordinary tables of a database, each with its schema. */
async function tablesIn(client) {
	const { rows } = await client.query("select c.relname as name, n.nspname as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r'");
	return rows;
}
/** Applies all revisions of a project; gives the one that fails, or the version table that is another's. @throws ToolError and ConfigurationError */
async function applyProject(project, database, { root, files, configuration }, { environment }) {
	const client = await database.connect();
	await using opened = new AsyncDisposableStack();
	opened.defer(() => client.end());
	const before = new Set((await tablesIn(client)).map(({ name, schema }) => JSON.stringify([schema, name])));
	await runPrelude(client, files, project);
	const timeLimitMs = configuration["time-limit"];
	await using session = await openSession$1({
		root,
		files,
		project,
		connection: database.connection,
		environment,
		timeLimitMs
	});
	const limited = (what, action) => withinLimit(what, timeLimitMs, () => session.kill(), action);
	const history = await limited("Reading the history", () => session.history());
	const { ordered, blocked } = judgeProjectLineage(project, history, void 0);
	if (blocked !== void 0) return void 0;
	const versionTables = await limited("Preparing the version table", () => session.prepare());
	const isPosition = project.tool !== "sql" && toolNamed(project.tool).versionRecord(files, project)?.positional;
	const kept = (await tablesIn(client)).filter(({ name }) => versionTables.includes(name));
	if (isPosition && kept[0] && kept.every(({ name, schema }) => before.has(JSON.stringify([schema, name])))) return { table: kept[0].name };
	const { stamped, earlier } = cutHistory(ordered, project, () => false);
	if (stamped.length > 0) await session.stamp(stamped.map(({ id }) => id));
	for (const { id, file } of earlier) {
		const outcome = await limitedStep(session, () => session.upgrade([id]), timeLimitMs, database.runningStatements);
		if (outcome.kind === "done") continue;
		if (outcome.kind === "hung") throw new ToolError(`\`${id}\` did not come to an end.`);
		await client.query("select");
		const { failure } = outcome;
		return {
			revision: id,
			message: describeFailure(failure),
			place: {
				file,
				...failurePlace(failure)
			}
		};
	}
	await session.release();
}

/** The version table in which one project of SQL files would find what another has applied; their tools may be told another one. */
function sharedRecord(projects, { files }, revisionsOf) {
	const kept = projects.filter(({ tool }) => tool === "sql").flatMap((project) => {
		const record = toolNamed(project.tool).versionRecord(files, project);
		const revisions = revisionsOf(project);
		return record ? [{
			table: project.versionTable ?? record.name,
			positional: record.positional,
			revisions
		}] : [];
	});
	return kept.find((one, at) => kept.slice(0, at).some((other) => other.table === one.table && (one.positional || one.revisions.some((id) => other.revisions.includes(id)))))?.table;
}

/**
* Applies the projects of one database to one database, those that the change brings nothing for first; nothing where none
* brings anything, or one does not work by itself.
*/
async function judgeShared({ where, projects }, verdicts, repository, context) {
	const verdictOf = ({ name }) => verdicts.find((verdict) => verdict.name === name);
	const brings = (project) => (verdictOf(project)?.lineage?.new.length ?? 0) > 0;
	const works = (project) => verdictOf(project)?.checks.every(({ id, status }) => id !== "upgrade" || status === "passed" || status === "skipped");
	if (!projects.some(brings) || !projects.every(works)) return void 0;
	const ordered = [...projects.filter((one) => !brings(one)), ...projects.filter(brings)];
	const [first, last] = [ordered[0], ordered.at(-1)];
	context.onProgress(`applying ${names(ordered)} to one database`);
	const untried = (reason) => ({
		project: last,
		finding: {
			ruleId: "projects-not-tried-together",
			severity: "warning",
			title: "Projects of one database were not tried together",
			message: `${names(ordered)} share the database of ${where}, and could not be applied to one: ${reason}`
		}
	});
	let server;
	try {
		server = await context.servers.server({
			...optional("postgres", first.postgres ?? repository.configuration.postgres),
			...optional("image", first.image ?? repository.configuration.image)
		});
		const found = await applyTogether({
			where,
			projects: ordered
		}, server, repository, context);
		if (found !== void 0) return typeof found === "string" ? untried(found) : found;
	} catch (thrown) {
		const error = original(thrown);
		if (error instanceof ToolError || error instanceof ConfigurationError) return untried(error.message);
		const lost = lostServer(error, server);
		if (lost === void 0) throw error;
		return {
			...untried(lost.message),
			lost: lost.message
		};
	}
	const revisionsOf = (project) => verdictOf(project)?.revisions.map(({ id }) => id) ?? [];
	const table = sharedRecord(ordered, repository, revisionsOf);
	if (table === void 0) return void 0;
	return {
		project: last,
		finding: {
			...collision(`${names(ordered)} share the database of ${where}, and, as far as headgate.yml says, the version table ${table}: each takes the other's revisions for its own.`, "Say in headgate.yml with `version-table:` which table each has; where it is really one, give each its own."),
			severity: "warning"
		}
	};
}
/** Applies projects to one database, in this order; gives what keeps one of them from it, or why that cannot be told. */
async function applyTogether({ where, projects }, server, repository, context) {
	await loadParser();
	await using database = await createWorkDatabase(server, projects[0]?.database ?? "headgate");
	for (const [at, project] of projects.entries()) {
		const failed = await applyProject(project, database, repository, context);
		if (failed === void 0) continue;
		if ("table" in failed) return {
			project,
			finding: collision(`${names(projects)} share the database of ${where}, and the version table ${failed.table}, in which ${toolNamed(project.tool).title} keeps how far it came: each takes the other's revisions for its own.`, "Give each a version table of its own, or a database.")
		};
		if (at === 0) return failed.message;
		const others = names(projects.slice(0, at));
		return {
			project,
			finding: {
				...collision(`\`${failed.revision}\` works by itself, and fails in the database of ${where} where ${others} ${at === 1 ? "is" : "are"} applied already: ${failed.message}`, "Give what both make different names or schemas, or let one of the projects make it."),
				...failed.place,
				revision: failed.revision,
				direction: "up"
			}
		};
	}
}
const names = (projects) => listed$1(projects.map(({ name }) => name));
const collision = (message, help) => ({
	ruleId: "projects-collide",
	severity: "error",
	title: "Projects of one database are in each other's way",
	message,
	help
});

/**
* The databases that several projects share, as far as the configuration says it: they name the same variable under `targets`,
* for the whole database or for the same tenants. Where it says nothing, each project has a database of its own.
*/
function sharedDatabases(projects) {
	const databases = projects.flatMap((project) => (project.targets?.databases ?? []).map((database) => ({
		project,
		database
	})));
	const groups = [...Map.groupBy(databases, ({ database }) => database.variable)].map(([variable, members]) => ({
		where: variable,
		projects: [...new Set(members.filter((one) => members.some((other) => other.project !== one.project && haveCommon(one.database, other.database))).map(({ project }) => project))]
	}));
	const seen = /* @__PURE__ */ new Set();
	return groups.filter((group) => {
		const names = JSON.stringify(group.projects.map(({ name }) => name));
		const isFirst = group.projects.length > 1 && !seen.has(names);
		seen.add(names);
		return isFirst;
	});
}
function haveCommon({ schemas: ours }, { schemas: theirs }) {
	if (ours === void 0 || theirs === void 0) return ours === theirs;
	return ours.some((name) => theirs.includes(name));
}

/**
* The whole gate: finds the projects, replays each on a disposable PostgreSQL, and gives the verdict. A project that is set
* up in a way that cannot work is `errored` in it, and does not keep the others from being judged.
* @throws UsageError and ConfigurationError when there is nothing sound to start from
*/
async function runGate(options) {
	const { onProgress, databaseUrl, allowNonEmpty, environment = process.env } = options;
	onProgress?.("reading the repository");
	const opened = openChange(options);
	const repository = {
		...opened,
		configuration: withOptions(opened.configuration, options)
	};
	const { configuration, projects, base, noBase } = repository;
	await using servers = serverPool(configuration.engine, {
		...databaseUrl === void 0 ? {} : { databaseUrl },
		...allowNonEmpty === void 0 ? {} : { allowNonEmpty },
		...onProgress === void 0 ? {} : { onProgress }
	});
	const verdicts = [];
	const unusable = [];
	for (const project of projects) {
		const say = (step) => onProgress?.(projects.length > 1 ? `${project.name}: ${step}` : step);
		verdicts.push(await gateProject(project, repository, {
			servers,
			environment,
			onProgress: say,
			...optional("range", options.range),
			...optional("otherProcess", options.otherProcess),
			...optional("statistics", options.statistics),
			...optional("onPlan", options.onPlan),
			onUnusable: (error) => unusable.push(error)
		}).catch((error) => {
			if (!(error instanceof ConfigurationError)) throw error;
			unusable.push(error);
			return unusableProject(project, error);
		}));
	}
	for (const shared of sharedDatabases(projects)) {
		const found = await judgeShared(shared, verdicts, repository, {
			servers,
			environment,
			onProgress: (step) => onProgress?.(step)
		});
		const at = verdicts.findIndex(({ name }) => name === found?.project.name);
		if (found && verdicts[at]) verdicts[at] = withShared(verdicts[at], found);
	}
	verdicts.push(...judgeOtherProjects(repository));
	const decided = decide(verdicts, configuration["fail-on"]);
	if (unusable.length > 0 && unusable.length === projects.length && decided !== "failed") throw new ConfigurationError(unusable.map(({ message }) => message).join("\n"), { cause: unusable[0] });
	const [first, ...others] = verdicts;
	const unseen = repository.unseen ?? [];
	const told = first && {
		...first,
		findings: [...first.findings, ...unseen.map(submoduleNotSeen)]
	};
	return {
		schemaVersion: 1,
		headgate: version,
		verdict: decided,
		...base === void 0 ? optional("noBase", noBase) : { base: base.commit },
		projects: told ? [told, ...others] : []
	};
}
/** A verdict on a project with one finding more, found on its way up beside another. */
const withShared = (verdict, { finding, lost }) => ({
	...verdict,
	checks: verdict.checks.map((check) => {
		const { id, durationMs } = check;
		if (id !== "upgrade") return check;
		if (finding.severity === "error") return {
			id,
			status: "failed",
			reason: finding.ruleId,
			durationMs
		};
		return lost === void 0 ? check : {
			id,
			status: "errored",
			reason: lost,
			durationMs
		};
	}),
	findings: [...verdict.findings, finding]
});
/** `failed` outweighs `errored`: what is known to be wrong is said even where something else could not be checked. */
function decide(projects, failOn) {
	if (projects.some(({ checks, findings }) => checks.some(({ status }) => status === "failed") || findings.some(({ severity }) => severity === "error" || severity === failOn))) return "failed";
	return projects.some(({ checks }) => checks.some(({ status }) => status === "errored")) ? "errored" : "passed";
}
/** What was said on the command line or to the action wins over the file. */
function withOptions(configuration, options) {
	if (options.databaseUrl !== void 0 && options.engine !== void 0 && options.engine !== "url") throw new UsageError(`--database-url needs the engine url, not ${options.engine}.`);
	if (options.engine === "url" && options.databaseUrl === void 0) throw new UsageError("The engine url needs --database-url with a disposable database.");
	return {
		...configuration,
		engine: options.engine ?? (options.databaseUrl === void 0 ? configuration.engine : "url"),
		...options.postgres === void 0 ? {} : { postgres: options.postgres },
		...options.image === void 0 ? {} : { image: options.image },
		...options.replay === void 0 ? {} : { replay: options.replay },
		...options.outageProbe === void 0 ? {} : { "outage-probe": options.outageProbe },
		...options.failOn === void 0 ? {} : { "fail-on": options.failOn },
		...options.timeLimitMs === void 0 ? {} : { "time-limit": options.timeLimitMs }
	};
}

/** How many more commits each attempt asks for, in a clone that is shallow. The attempt after the last asks for all. */
const steps = [
	50,
	200,
	1e3
];
/** Whether the clone's history is cut off somewhere. */
const isShallow = (root) => askGit(root, ["rev-parse", "--is-shallow-repository"]) === "true";
/**
* Fetches more of the history of HEAD and of these refs of origin, until it is enough or all there is. A whole clone is left
* as it is.
* @param isEnough asked before each attempt
* @param sources refspecs, or a function that gives those still of interest
* @returns what git complained about, where it could not
*/
function deepen(root, isEnough, sources, environment = {}) {
	const head = askGit(root, ["rev-parse", "HEAD"]) ?? "HEAD";
	for (const step of [...steps, void 0]) {
		if (isEnough() || !isShallow(root)) break;
		const wanted = typeof sources === "function" ? sources() : sources;
		const command = [
			"fetch",
			"--quiet",
			"--no-tags",
			"--no-recurse-submodules",
			step === void 0 ? "--unshallow" : `--deepen=${step}`,
			"origin",
			head,
			...wanted
		];
		const { status, stderr } = runGit(root, command, { environment });
		if (status !== 0) return { complaint: complaint(stderr) };
	}
	return {};
}
/** The line in which git says what is wrong. */
const complaint = (stderr) => {
	const lines = stderr.split("\n").filter((line) => line.trim() !== "");
	return (lines.find((line) => /^(fatal|error): /.test(line)) ?? lines[0] ?? "git said nothing").replace(/^(fatal|error): /, "").replaceAll(/\/\/[^\s/@]+@/g, "//").replace(/\.$/, "");
};

/**
* Brings the current tip of the target into this clone, and as much history as it takes until it meets HEAD's. Uses git with
* the clone's own credentials, and makes no whole clone shallow.
* @param root absolute, in the work tree
* @param environment what git needs to be let in; see `gitCredentials`
* @returns the base as `findBase` takes it
* @throws UsageError when git cannot fetch it, with what to do
*/
function fetchBase(root, target, environment = {}) {
	const ref = target.kind === "branch" ? `origin/${target.name}` : target.commit;
	const source = target.kind === "branch" ? `+refs/heads/${target.name}:refs/remotes/origin/${target.name}` : target.commit;
	const isHere = () => askGit(root, [
		"rev-parse",
		"--verify",
		"--quiet",
		`${ref}^{commit}`
	]) !== void 0;
	const meets = () => askGit(root, [
		"merge-base",
		ref,
		"HEAD"
	]) !== void 0;
	const fetch = (...args) => runGit(root, [
		"fetch",
		"--quiet",
		"--no-tags",
		"--no-recurse-submodules",
		...args
	], { environment });
	if (target.kind === "branch" || !isHere()) {
		const { status, stderr } = fetch(...isShallow(root) ? ["--depth=1"] : [], "origin", source);
		if (status !== 0 && !isHere()) throw new UsageError(`The base ${show(ref)} could not be fetched: ${complaint(stderr)}. ${remedy}`);
	}
	const { complaint: problem } = deepen(root, meets, [source], environment);
	if (problem !== void 0) throw new UsageError(`This clone is shallow and its history could not be deepened to where it meets ${show(ref)}: ${problem}. ${remedy}`);
	return ref;
}
const remedy = "Set fetch-depth: 0 on actions/checkout, so that the history is there from the start.";
/** A name from outside, made safe to print. */
const show = (name) => JSON.stringify(name).replace(/^"([\w./@{}^~-]+)"$/, "$1");

/** How many annotations of one type GitHub shows of one step. */
const shownPerType = 10;
/**
* The annotations for a verdict's findings, at most as many of each type as GitHub shows. Where there are more, the last one
* says how many.
*/
function annotationsOf(verdict) {
	const findings = verdict.projects.flatMap((project) => project.findings);
	return [
		"error",
		"warning",
		"info"
	].flatMap((severity) => {
		const own = findings.filter((finding) => finding.severity === severity);
		const shown = own.slice(0, own.length > shownPerType ? 9 : shownPerType).map(({ ruleId, title, message, help, file, line }) => ({
			severity,
			title: plainLine(`${title} (${ruleId})`),
			message: plainText(help === void 0 ? message : `${message}\n\n${help}`),
			...file === void 0 ? {} : { file },
			...file === void 0 || line === void 0 ? {} : { startLine: line }
		}));
		if (shown.length === own.length) return shown;
		const rest = `${own.length - shown.length} more findings are in the job summary.`;
		return [...shown, {
			severity,
			title: "Headgate",
			message: rest
		}];
	});
}
/** Sends annotations to the runner. */
function annotate(annotations) {
	const senders = {
		error,
		warning,
		info: notice
	};
	for (const { severity, message, ...properties } of annotations) senders[severity](message, properties);
}

/**
* What an event's change is compared with; `undefined` where nothing is said, so that the configuration and git decide.
* On the default branch itself a push is compared with what was there before it.
*/
function baseOfEvent(event) {
	switch (event.kind) {
		case "pull-request": return {
			kind: "branch",
			name: event.baseBranch
		};
		case "merge-group": return {
			kind: "commit",
			commit: event.baseCommit
		};
		case "push":
			if (event.branch === event.defaultBranch) return event.before === void 0 ? void 0 : {
				kind: "commit",
				commit: event.before
			};
			return {
				kind: "branch",
				name: event.defaultBranch
			};
		case "on-demand":
			if (event.defaultBranch === void 0 || event.branch === event.defaultBranch) return void 0;
			return {
				kind: "branch",
				name: event.defaultBranch
			};
		case "privileged": return;
		default: return event;
	}
}

const gap = "\n\n";
/**
* Puts sections together in their order, within a limit: what does not fit is left out, whole, the least important first.
* @param size measures a text in the limit's unit
*/
function fit(sections, limit, size) {
	let room = limit;
	const opened = /* @__PURE__ */ new Set();
	const chosen = /* @__PURE__ */ new Set();
	const all = sections.flatMap((section) => section.blocks.map((block) => ({
		section,
		block
	})));
	for (const { section, block } of all.toSorted((a, b) => a.block.priority - b.block.priority)) {
		const frame = opened.has(section) ? 0 : size(section.open) + size(section.close) + 4;
		const cost = size(block.text) + 2 + frame;
		if (cost > room) continue;
		room -= cost;
		opened.add(section);
		chosen.add(block);
	}
	return {
		text: sections.flatMap((section) => opened.has(section) ? [
			section.open,
			...section.blocks.filter((block) => chosen.has(block)).map(({ text }) => text),
			section.close
		] : []).filter(Boolean).join(gap),
		omitted: all.length - chosen.size
	};
}

/** One sentence: `412 statements in 37 files judged, 2 not readable; 1 finding allowed (drop-column)`. */
function coverageText({ judged, files, unread, opaque, refuted = 0, allowed, off }) {
	const where = files === void 0 ? "" : ` in ${counted$2(files, "file")}`;
	const read = unread > 0 ? `, ${unread} not readable` : judged > 0 ? ", all readable" : "";
	return [
		`${counted$2(judged, "statement")}${where} judged${read}${opaque === 0 ? "" : `, ${opaque} that run SQL which nobody saw`}`,
		...allowed.length === 0 ? [] : [`${counted$2(allowed.length, "finding")} allowed (${ids(allowed)})`],
		...off.length === 0 ? [] : [`switched off: ${off.join(", ")}`],
		...refuted === 0 ? [] : [`${counted$2(refuted, "suspicion")} dropped, which the server did not confirm`]
	].join("; ");
}
const ids = (allowed) => [...new Set(allowed.map(({ ruleId }) => ruleId))].join(", ");

/** A table longer than this is not read. */
const longest$1 = 40;
/**
* The locks that the upgrades of new revisions took and that somebody else's queries or changes would wait for, the strongest
* first, as an HTML table in a fold; nothing where there are none.
*/
function lockTable(revisions) {
	const statements = revisions.filter((revision) => revision.new).flatMap(({ up }) => migrationsOwn(up ?? []));
	const locked = lockModes.toReversed().flatMap((mode) => isSchemaLock(mode) ? statements.flatMap((statement) => {
		const relations = statement.locks.filter((lock) => lock.mode === mode).map(({ relation }) => relation);
		return relations.length === 0 ? [] : [{
			statement,
			mode,
			relations
		}];
	}) : []);
	if (locked.length === 0) return [];
	const rows = locked.slice(0, longest$1).map(({ statement, mode, relations }) => {
		const where = `${mode} on ${relations.map((relation) => code$1(relation)).join(", ")}`;
		return `<tr><td>${code$1(shortened(statement.sql))}</td><td>${where}</td><td>${blockedBy(mode)}</td><td>${observed(statement, relations)}</td></tr>`;
	});
	const rest = locked.length - rows.length;
	return [[
		`<details><summary>Locks: ${locked.length}, the strongest ${locked[0]?.mode}</summary>`,
		"",
		"<table>",
		"<tr><th>statement</th><th>lock</th><th>blocks</th><th>observed</th></tr>",
		...rows,
		"</table>",
		"",
		...rest > 0 ? [`<p>and ${rest} more</p>`, ""] : [],
		"</details>"
	].join("\n")];
}
/** What PostgreSQL said about it when it was replayed. */
function observed(statement, relations) {
	const { evidence, rewrites, scans, transactional } = statement;
	return [
		evidence === "sampled" ? "sampled while it ran" : "in pg_locks",
		...relations.filter((relation) => rewrites.includes(relation)).map((relation) => `${code$1(relation)} rewritten`),
		...relations.filter((relation) => scans.includes(relation)).map((relation) => `${code$1(relation)} read whole`),
		...transactional ? ["held until the transaction ends"] : []
	].join("; ");
}
function shortened(sql) {
	const line = sql.replaceAll(/\s+/g, " ").trim();
	return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

/** Shorter stretches are drawn as they are: a mark for what is left out takes as much room. */
const shortest = 3;
/**
* A lineage with its long linear stretches drawn together. Heads, bases, branch points, merge points and their neighbours in a
* dependency stay; new revisions stay as long as the whole has at most `limit` nodes. Parents come before their children.
*/
function condenseLineage(history, lineage, limit) {
	const kept = condense(history, lineage, new Set(lineage.new));
	return kept.length <= limit ? kept : condense(history, lineage, /* @__PURE__ */ new Set());
}
function condense(history, lineage, keep) {
	const revisions = [...new Map(history.revisions.map((revision) => [revision.id, revision])).values()];
	const known = new Set(revisions.map(({ id }) => id));
	const parentsOf = ({ downRevisions }) => [...new Set(downRevisions)].filter((id) => known.has(id));
	const special = /* @__PURE__ */ new Set([
		...keep,
		...lineage.heads,
		...lineage.bases,
		...lineage.branchPoints,
		...lineage.mergePoints,
		...revisions.flatMap(({ id, dependsOn }) => dependsOn.length > 0 ? [id, ...dependsOn] : [])
	]);
	const stretches = [];
	const stretchOf = /* @__PURE__ */ new Map();
	for (const revision of revisions) {
		const parents = parentsOf(revision);
		const isPlain = !special.has(revision.id) && parents.length === 1 && revision.downRevisions.length === 1;
		const before = isPlain ? stretchOf.get(parents[0]) : void 0;
		const stretch = before ?? [];
		stretch.push(revision);
		if (before === void 0) stretches.push(stretch);
		if (isPlain) stretchOf.set(revision.id, stretch);
	}
	const drawn = stretches.flatMap((stretch) => stretch.length < shortest ? stretch.map((one) => [one]) : [stretch]);
	const position = new Map(revisions.map(({ id }, index) => [id, index]));
	const place = (stretch) => position.get(stretch.at(-1)?.id ?? "") ?? 0;
	drawn.sort((a, b) => place(a) - place(b));
	const nodeOf = new Map(drawn.flatMap((stretch, index) => stretch.map(({ id }) => [id, index])));
	return drawn.map((stretch) => ({
		revisions: stretch,
		parents: parentsOf(stretch[0]).map((id) => nodeOf.get(id))
	}));
}

const defaultLimit = 60;
const labelLimit = 60;
/**
* The lineage as a Mermaid flowchart, oldest on top. Long linear stretches are drawn as one node, and of more than `limit`
* nodes (60 by default) the newest are drawn. Ids and titles are encoded, so that they are text whatever they contain.
*/
function lineageMermaid(history, lineage, { limit = defaultLimit } = {}) {
	const nodes = condenseLineage(history, lineage, limit);
	const first = Math.max(0, nodes.length - limit);
	const marks = {
		head: new Set(lineage.heads),
		new: new Set(lineage.new)
	};
	const lines = ["flowchart TD"];
	if (first > 0) lines.push(`  older["${label(`${first} more before`)}"]:::stretch`);
	nodes.slice(first).forEach(({ revisions }, offset) => {
		const [revision] = revisions;
		const last = revisions.at(-1) ?? revision;
		const index = first + offset;
		if (revisions.length > 1) lines.push(`  n${index}["${label(`${revisions.length} revisions`)}<br/>${label(revision.id)} to ${label(last.id)}"]:::stretch`);
		else {
			const title = revision.title ? `<br/>${label(revision.title)}` : "";
			const kind = marks.head.has(revision.id) ? ":::head" : marks.new.has(revision.id) ? ":::new" : "";
			const words = [marks.head.has(revision.id) ? "head" : "", marks.new.has(revision.id) ? "new" : ""].filter(Boolean);
			lines.push(`  n${index}["${label(revision.id)}${title}${words.length > 0 ? `<br/>${words.join(", ")}` : ""}"]${kind}`);
		}
	});
	nodes.slice(first).forEach(({ revisions: [revision], parents }, offset) => {
		const index = first + offset;
		for (const parent of parents) lines.push(`  ${parent < first ? "older" : `n${parent}`} --> n${index}`);
		for (const dependency of revision.dependsOn) {
			const at = nodes.findIndex(({ revisions }) => revisions.some(({ id }) => id === dependency));
			if (at >= first) lines.push(`  n${at} -. required by .-> n${index}`);
		}
	});
	lines.push("  classDef head stroke-width:3px", "  classDef new stroke-dasharray:4 2", "  classDef stretch stroke-width:0px");
	return `${lines.join("\n")}\n`;
}
/**
* Text as Mermaid shows it inside a quoted label. Everything but letters, digits and what stands between them is written as an
* entity code, so that no quote, bracket, tag, directive, Markdown or line end of a stranger's is read as such.
*/
function label(text) {
	const characters = Array.from(text.replace(/[\p{C}\p{Z}\s]+/gu, " ").trim());
	const cut = characters.length > labelLimit ? [...characters.slice(0, 59), "…"] : characters;
	return cut.map((character, index) => {
		if (/[\p{L}\p{N}…]/u.test(character) || character === " ") return character;
		return /[\p{L}\p{N}]/u.test(cut[index - 1] ?? "") && /[\p{L}\p{N}]/u.test(cut[index + 1] ?? "") && /[_.-]/.test(character) ? character : `#${character.codePointAt(0)};`;
	}).join("");
}

/**
* What the examined revisions of a project really sent, as one script to read: formatted, a comment before each revision,
* and without what client libraries and the tool's version table add. The way back is in the order it would be walked.
*/
function sqlReport(project, direction) {
	const examined = project.revisions.filter(({ up }) => up !== void 0);
	const walked = direction === "up" ? examined : examined.toReversed();
	if (walked.length === 0) return `-- ${plainLine(project.name)}: no revision was examined\n`;
	return walked.map((revision) => revisionSql(revision, direction)).join("\n");
}
/** One revision's statements in one direction, under a comment that names it. */
function revisionSql(revision, direction) {
	const title = revision.title === void 0 ? "" : `  ${plainLine(revision.title)}`;
	const way = direction === "up" ? "" : "  (downgrade)";
	const file = direction === "down" && revision.downFile || revision.file;
	const lines = [`-- ${plainLine(revision.id)}${title}${way}`, `-- ${plainLine(file)}`];
	const statements = direction === "up" ? revision.up : revision.down;
	if (statements === null) return `${[...lines, "-- there is no way back"].join("\n")}\n`;
	const own = toReview(statements ?? []);
	if (own.length === 0) lines.push(statements?.length ? "-- sends nothing but the tool's bookkeeping" : "-- nothing was sent");
	return `${[
		...lines,
		...scriptLines(own),
		...offlineNote(revision.offline?.[direction])
	].join("\n")}\n`;
}
/** The tool's own offline script, where it says something else. */
function offlineNote(offline) {
	if (offline?.kind === "unavailable") return [`-- its tool cannot print it offline: ${plainLine(offline.reason)}`];
	if (offline?.kind !== "differs") return [];
	return ["-- its tool prints another script offline (- printed, + sent):", ...plainText(offline.difference).split("\n").map((line) => `-- ${line}`)];
}
/**
* Statements under each other, each behind what the server says it did; what takes several lines, and where a transaction
* ends, stands apart.
* @param limit of one statement, in characters
*/
function scriptLines(statements, limit = 1e400) {
	const held = /* @__PURE__ */ new Map();
	const lines = [];
	let before;
	for (const { shown, more } of foldRows(statements)) {
		for (const statement of shown) {
			const { transaction } = statement;
			const isNext = before !== void 0 && before.transaction !== transaction;
			const text = statementSql(statement, limit);
			const isLong = text.includes("\n");
			if (before !== void 0 && (isLong || before.isLong || isNext)) lines.push("");
			lines.push(...surroundings(statement, isNext), ...describeEffects(statement, held), text);
			before = {
				transaction,
				isLong
			};
		}
		if (more > 0) lines.push(`-- and ${more} more like it, for other rows`);
	}
	return lines;
}
function surroundings(statement, isNext) {
	const { transactional, sqlState, evidenceReason } = statement;
	return [
		...transactional ? isNext ? ["-- in another transaction:"] : [] : ["-- outside a transaction:"],
		...sqlState === void 0 ? [] : [`-- refused (SQLSTATE ${sqlState}):`],
		...runsUnseen(statement) && evidenceReason !== void 0 ? [`-- not all is known: ${evidenceReason}`] : []
	];
}
/** Whether it may have locked what is neither in its text nor known: a concurrent one locks little, by its nature. */
const runsUnseen = ({ evidence, tag, transactional, sql }) => evidence !== "complete" && tag !== void 0 && (transactional || !/\bconcurrently\b/i.test(sql));
function statementSql(statement, limit) {
	const { sql, cut } = readable(statement, limit);
	const laidOut = formatSql(plainText(sql));
	return cut > 0 ? `${laidOut}\n-- cut: ${cut} more characters` : terminated$1(laidOut);
}
/** Names on one line; a lock that others wait for is worth more of them. */
const shownRelations = 4;
const shownLocked = 8;
/**
* What the server says it did that others may notice, as one comment. A lock counts if its transaction had no stronger one;
* `held` is brought up to date.
*/
function describeEffects(statement, held) {
	const { rewrites, scans, transaction } = statement;
	const locks = statement.transactional || !/\bconcurrently\b/i.test(statement.sql) ? statement.locks : [];
	const taken = /* @__PURE__ */ new Map();
	for (const { relation, mode } of locks) {
		const key = `${transaction} ${relation}`;
		const strongest = strongerMode(held.get(key), mode);
		if (strongest !== held.get(key)) taken.set(relation, strongest);
		held.set(key, strongest);
	}
	const parts = [
		...[...Map.groupBy(taken, ([, mode]) => mode)].filter(([mode]) => blocksQueries(mode)).map(([mode, relations]) => `${mode} on ${named$1(relations.map(([relation]) => relation), shownLocked)} blocks ${blockedBy(mode)}`),
		...rewrites.length > 0 ? [`rewrites ${named$1(rewrites)}`] : [],
		...scans.length > 0 ? [`reads all of ${named$1(scans)}`] : []
	];
	return parts.length === 0 ? [] : [`-- ${parts.join("; ")}`];
}
function named$1(relations, most = shownRelations) {
	return listed$1(relations.map(plainLine), most);
}

/** How a status, or a verdict, is marked. */
const marks$2 = {
	passed: "✅",
	failed: "❌",
	errored: "⚠️",
	skipped: "➖"
};
/** The heaviest first. */
const severities$1 = [
	"error",
	"warning",
	"info"
];
const severityMarks = {
	error: "❌",
	warning: "⚠️",
	info: "ℹ️"
};
/** One project: its checks, its findings, its lineage where that is no line, and its SQL, in this order of importance too. */
function projectSection(project, context) {
	const outcome = outcomeOf(project);
	const directory = project.directory === "." ? "" : ` in ${code$1(project.directory)}`;
	const title = `${code$1(project.name)} (${project.tool})${directory}`;
	const isOpen = outcome !== "passed" || project.findings.length > 0;
	return {
		open: context.isOneOfSeveral ? `<details${isOpen ? " open" : ""}><summary>${marks$2[outcome]} ${title}</summary>` : `<p>${title}</p>`,
		blocks: [
			{
				text: checkTable(project),
				priority: 0
			},
			...project.findings.toSorted((one, other) => severities$1.indexOf(one.severity) - severities$1.indexOf(other.severity)).map((finding) => ({
				text: findingText$1(finding, context),
				priority: 1
			})),
			...lineageDrawing(project),
			...lockTable(project.revisions).map((text) => ({
				text,
				priority: 3
			})),
			...project.revisions.filter((revision) => revision.new).flatMap((revision) => sql(revision, context)),
			...project.plan ? [{
				text: `<p><sub>plan ${code$1(project.plan.digest)}</sub></p>`,
				priority: 1
			}] : []
		],
		close: context.isOneOfSeveral ? "</details>" : ""
	};
}
function outcomeOf({ checks, findings }) {
	if (checks.some(({ status }) => status === "failed") || findings.some(({ severity }) => severity === "error")) return "failed";
	return checks.some(({ status }) => status === "errored") ? "errored" : "passed";
}
function checkTable({ checks, lineage, server, coverage }) {
	const rows = checks.map((check, index) => `<tr><td>${marks$2[check.status]}</td><td>${check.id}</td><td>${result$1(check, checks[index - 1])}</td></tr>`);
	const facts = [
		...lineage ? [`${counted$2(lineage.revisions, "revision")}, ${lineage.new.length} new, ${counted$2(lineage.heads.length, "head")}`] : [],
		...server ? [`PostgreSQL ${prose(server.version)}, ${server.engine}${server.instead === void 0 ? "" : ` (${prose(server.instead)})`}`] : [],
		...coverage ? [prose(coverageText(coverage))] : []
	];
	const table = [
		"<table>",
		"<tr><th></th><th>check</th><th>result</th></tr>",
		...rows,
		"</table>"
	].join("\n");
	return facts.length === 0 ? table : `${table}\n\n<p>${facts.join("; ")}</p>`;
}
/** One reason often keeps several checks from running: it is said once. */
function result$1(check, previous) {
	if (check.status === "passed") return "passed";
	return previous !== void 0 && previous.status !== "passed" && previous.status === check.status && previous.reason === check.reason ? `${check.status} for the same reason` : `${check.status}: ${prose(check.reason)}`;
}
function findingText$1(finding, { sourceUrl, textLimit }) {
	const { severity, title, ruleId, file, line, message, help, difference } = finding;
	const at = file === void 0 ? "" : `, ${place(file, line, sourceUrl)}`;
	return [
		`<details${severity === "error" ? " open" : ""}><summary>${severityMarks[severity]} <b>${severity}: ${prose(title)}</b> (${code$1(ruleId)})${at}</summary>`,
		...paragraphs(message, textLimit),
		...difference === void 0 ? [] : [fence(difference.slice(0, textLimit), "diff")],
		...help === void 0 ? [] : paragraphs(help, textLimit),
		"</details>"
	].join("\n\n");
}
function lineageDrawing({ lineage, revisions, tool }) {
	if (lineage === void 0 || lineage.heads.length + lineage.branchPoints.length + lineage.mergePoints.length < 2) return [];
	const history = {
		shape: tool === "alembic" ? "graph" : "linear",
		revisions: revisions.map((revision) => ({
			...revision,
			dependsOn: [],
			branchLabels: [],
			downgrade: "present"
		})),
		problems: []
	};
	return [{
		text: `<details open><summary>Lineage</summary>\n\n${fence(lineageMermaid(history, lineage), "mermaid")}\n\n</details>`,
		priority: 2
	}];
}
function sql({ id, title, up, down }, { textLimit }) {
	const ways = [{
		name: "Up",
		statements: up && toReview(up)
	}, {
		name: "Down",
		statements: down ? toReview(down) : void 0
	}];
	if (up === void 0 && down === void 0) return [];
	const counts = [...ways.flatMap(({ name, statements }) => statements ? [`${statements.length} ${name.toLowerCase()}`] : []), ...down === null ? ["no way back"] : []];
	return [{
		text: [
			`<details><summary>SQL of ${code$1(id)}${title ? ` ${code$1(title)}` : ""}: ${counts.join(", ")}</summary>`,
			...ways.flatMap(({ name, statements }) => statements ? [`<p><b>${name}</b></p>`, script(statements, textLimit)] : []),
			"</details>"
		].join("\n\n"),
		priority: 4
	}];
}
function script(statements, limit) {
	return statements.length === 0 ? "<p>nothing</p>" : fence(scriptLines(statements, limit).join("\n"), "sql");
}

/**
* What changed in the SQL since an earlier commit, a block for each revision that it concerns; nothing where nothing did.
* @param limit of one block, in characters
*/
function sqlChanges(before, now, limit) {
	const keyOf = ({ project, id }) => JSON.stringify([project, id]);
	const old = new Map(before.revisions.map((revision) => [keyOf(revision), revision]));
	const fresh = new Set(now.revisions.map(keyOf));
	const comparable = before.kind === "text" ? now : digested(now);
	const blocks = now.revisions.flatMap((revision, index) => {
		const earlier = old.get(keyOf(revision));
		if (earlier === void 0) return [`<p>🆕 ${code$1(revision.id)} is new since then.</p>`];
		const own = comparable.revisions[index] ?? revision;
		const lines = ["up", "down"].flatMap((way) => {
			const changes = diffArrays([...earlier[way]], [...own[way]]);
			if (!changes.some(({ added, removed }) => added || removed)) return [];
			return [`# ${way}`, ...shown(changes, before.kind, revision[way])];
		});
		if (lines.length === 0) return [];
		const text = lines.join("\n");
		const cut = text.length > limit ? `${text.slice(0, limit)}\n# cut: ${text.length - limit} more characters` : text;
		return [`<p>${code$1(revision.id)}</p>\n\n${fence(cut, "diff")}`];
	});
	const gone = before.revisions.filter((revision) => !fresh.has(keyOf(revision)));
	return [...blocks, ...gone.map(({ id }) => `<p>🗑️ ${code$1(id)} is gone since then.</p>`)].map((text) => ({
		text,
		priority: 3
	}));
}
function shown(changes, kind, texts) {
	const textOf = new Map(kind === "digest" ? texts.map((text) => [digestOf(text), text]) : []);
	return changes.flatMap(({ added, removed, value }) => {
		if (!added && !removed) return [];
		return value.flatMap((statement) => {
			if (kind === "digest" && removed) return ["- (one statement that was too long to keep)"];
			return formatSql(plainText(textOf.get(statement) ?? statement).trim()).split("\n").map((line) => `${added ? "+" : "-"} ${line}`);
		});
	});
}

/** In characters; a longer text of a finding, or a longer statement, is cut where the report has a limit. */
const textLimit = 8e3;
/** The verdict as GitHub-flavoured Markdown. Everything from the repository is shown as text, and is read as nothing else. */
function markdownReport(verdict, options = {}) {
	const { head, body } = markdownParts(verdict, options);
	return `${[head, body].filter(Boolean).join("\n\n")}\n`;
}
/** The same in two parts: the verdict with what to do, and all else. Together they keep to the limit. */
function markdownParts(verdict, options) {
	const { sourceUrl, more, before, limit = 1e400, size = (text) => text.length } = options;
	const head = `### ${marks$2[verdict.verdict]} Headgate: ${verdict.verdict}\n\n<p>${whatToDo(verdict, sourceUrl)}</p>`;
	const lengthOfPart = limit === 1e400 ? 1e400 : textLimit;
	const sections = [...verdict.projects.map((project) => projectSection(project, {
		...sourceUrl === void 0 ? {} : { sourceUrl },
		textLimit: lengthOfPart,
		isOneOfSeveral: verdict.projects.length > 1
	})), ...before === void 0 ? [] : [changesSection(before, verdict, lengthOfPart)]];
	const notice = (count) => `<p>✂️ ${count} more ${count === 1 ? "part" : "parts"} of this report had no room here${more === void 0 ? "" : `; the <a href="${more.url}">${more.name}</a> has more`}.</p>`;
	const fixed = [head, notice(999999)].join("\n\n");
	const { text, omitted } = fit(sections, limit - size(fixed) - 8, size);
	return {
		head,
		body: [text, ...omitted > 0 ? [notice(omitted)] : []].filter(Boolean).join("\n\n")
	};
}
/** What is remembered of an earlier push, compared with what there is now. */
function changesSection({ commit, sql }, { projects }, lengthOfPart) {
	const since = `<code>${commit.slice(0, 7)}</code>`;
	const blocks = sqlChanges(sql, sqlToRemember(projects), lengthOfPart);
	return blocks.length === 0 ? {
		open: "",
		blocks: [{
			text: `<p>The SQL is the same as at ${since}.</p>`,
			priority: 3
		}],
		close: ""
	} : {
		open: `<details open><summary>What changed in the SQL since ${since}</summary>`,
		blocks,
		close: "</details>"
	};
}
/** The second line: what to do, as HTML. */
function whatToDo({ verdict, projects }, sourceUrl) {
	const findings = projects.flatMap((project) => project.findings);
	const checks = projects.flatMap((project) => project.checks);
	const [first] = [...findings.filter(({ severity }) => severity === "error"), ...findings];
	switch (verdict) {
		case "failed": {
			if (first === void 0) return "A check failed; its reason is below.";
			const at = first.file === void 0 ? "" : ` in ${place(first.file, first.line, sourceUrl)}`;
			const others = findings.filter((finding) => finding !== first && finding.severity === first.severity).length;
			const rest = others === 0 ? "" : `; ${others} more below`;
			return `Fix this first: ${prose(first.title)}${at}${rest}.`;
		}
		case "errored": {
			const unchecked = checks.find(({ status }) => status === "errored");
			const reason = unchecked && unchecked.status !== "passed" ? unchecked.reason.replace(/\.$/, "") : void 0;
			return `Not everything could be checked${reason === void 0 ? "" : `: ${prose(reason)}`}.`;
		}
		case "passed": {
			const revisions = projects.reduce((sum, { lineage }) => sum + (lineage?.new.length ?? 0), 0);
			return `${findings.length === 0 ? "Nothing to do" : "Nothing that must be done, but there are findings to read"}: ${revisions} new ${revisions === 1 ? "revision was" : "revisions were"} checked.`;
		}
		default: return verdict;
	}
}

/** Longer statements are cut: the place says where the rest is. */
const longestExcerpt = 4;
/**
* The statement of a finding, underlined where it is one line, with the numbers of its lines where these are those of the file.
* Lines that are too long for the terminal are cut, not broken.
*/
function excerpt({ file, line, statement }, { width, dim, mark }) {
	if (!statement) return [];
	const first = line !== void 0 && !/\.(?:py|[cm]?[jt]sx?)$/i.test(file ?? "") ? line : void 0;
	const lines = plainText(statement).replaceAll("	", "  ").split("\n");
	const shown = lines.slice(0, longestExcerpt);
	const gutter = first === void 0 ? 0 : String(first + shown.length - 1).length;
	const bar = (number) => dim(`${String(number ?? "").padStart(gutter)} │`);
	const room = Math.max(10, width - gutter - 3);
	const rest = lines.length - shown.length;
	return [...shown.flatMap((text, index) => {
		const cut = text.length > room ? `${text.slice(0, room - 1)}…` : text;
		const number = first === void 0 ? void 0 : first + index;
		return [`${bar(number)} ${cut}`.trimEnd(), ...lines.length > 1 ? [] : [`${bar(void 0)} ${mark("~".repeat(cut.length))}`]];
	}), ...rest > 0 ? [`${bar(void 0)} ${dim(`… ${rest} more ${rest === 1 ? "line" : "lines"}`)}`] : []];
}

const ST = String.raw`(?:\u001B\u005C|\u009C)`;
const stringControls = String.raw`\u0018\u001A\u001B\u0080-\u009F`;
const osc = String.raw`(?:\u001B\]|\u009D)[^\u0007${stringControls}]*(?:\u0007|${ST})`;
const controlString = String.raw`(?:\u001B[PX^_k]|[\u0090\u0098\u009E\u009F])[^${stringControls}]*${ST}`;
const pattern = `${String.raw`\u001B\](?:P[\dA-Fa-f]{7}|R)(?:\u0007|${ST})?`}|${osc}|${controlString}|${String.raw`(?:\u001B\[|\u009B)[\u0030-\u003F]*[\u0020-\u002F]*[\u0040-\u007E]`}|${String.raw`\u001B(?:[\u0020-\u002F]+[\u0030-\u007E]|[\dA-PR-TZcf-oq-uy=><~|}])`}`;
function ansiRegex({ onlyFirst = false } = {}) {
	return new RegExp(pattern, onlyFirst ? void 0 : "g");
}

const regex = ansiRegex();
function stripAnsi(string) {
	if (typeof string !== "string") throw new TypeError(`Expected a \`string\`, got \`${typeof string}\``);
	if (!string.includes("\x1B") && !string.includes("")) return string;
	return string.replace(regex, "");
}

const ambiguousMaximumCodePoint = 1114109;
const ambiguousRanges = [
	161,
	161,
	164,
	164,
	167,
	168,
	170,
	170,
	173,
	174,
	176,
	180,
	182,
	186,
	188,
	191,
	198,
	198,
	208,
	208,
	215,
	216,
	222,
	225,
	230,
	230,
	232,
	234,
	236,
	237,
	240,
	240,
	242,
	243,
	247,
	250,
	252,
	252,
	254,
	254,
	257,
	257,
	273,
	273,
	275,
	275,
	283,
	283,
	294,
	295,
	299,
	299,
	305,
	307,
	312,
	312,
	319,
	322,
	324,
	324,
	328,
	331,
	333,
	333,
	338,
	339,
	358,
	359,
	363,
	363,
	462,
	462,
	464,
	464,
	466,
	466,
	468,
	468,
	470,
	470,
	472,
	472,
	474,
	474,
	476,
	476,
	593,
	593,
	609,
	609,
	708,
	708,
	711,
	711,
	713,
	715,
	717,
	717,
	720,
	720,
	728,
	731,
	733,
	733,
	735,
	735,
	768,
	879,
	913,
	929,
	931,
	937,
	945,
	961,
	963,
	969,
	1025,
	1025,
	1040,
	1103,
	1105,
	1105,
	8208,
	8208,
	8211,
	8214,
	8216,
	8217,
	8220,
	8221,
	8224,
	8226,
	8228,
	8231,
	8240,
	8240,
	8242,
	8243,
	8245,
	8245,
	8251,
	8251,
	8254,
	8254,
	8308,
	8308,
	8319,
	8319,
	8321,
	8324,
	8364,
	8364,
	8451,
	8451,
	8453,
	8453,
	8457,
	8457,
	8467,
	8467,
	8470,
	8470,
	8481,
	8482,
	8486,
	8486,
	8491,
	8491,
	8531,
	8532,
	8539,
	8542,
	8544,
	8555,
	8560,
	8569,
	8585,
	8585,
	8592,
	8601,
	8632,
	8633,
	8658,
	8658,
	8660,
	8660,
	8679,
	8679,
	8704,
	8704,
	8706,
	8707,
	8711,
	8712,
	8715,
	8715,
	8719,
	8719,
	8721,
	8721,
	8725,
	8725,
	8730,
	8730,
	8733,
	8736,
	8739,
	8739,
	8741,
	8741,
	8743,
	8748,
	8750,
	8750,
	8756,
	8759,
	8764,
	8765,
	8776,
	8776,
	8780,
	8780,
	8786,
	8786,
	8800,
	8801,
	8804,
	8807,
	8810,
	8811,
	8814,
	8815,
	8834,
	8835,
	8838,
	8839,
	8853,
	8853,
	8857,
	8857,
	8869,
	8869,
	8895,
	8895,
	8978,
	8978,
	9312,
	9449,
	9451,
	9547,
	9552,
	9587,
	9600,
	9615,
	9618,
	9621,
	9632,
	9633,
	9635,
	9641,
	9650,
	9651,
	9654,
	9655,
	9660,
	9661,
	9664,
	9665,
	9670,
	9672,
	9675,
	9675,
	9678,
	9681,
	9698,
	9701,
	9711,
	9711,
	9733,
	9734,
	9737,
	9737,
	9742,
	9743,
	9756,
	9756,
	9758,
	9758,
	9792,
	9792,
	9794,
	9794,
	9824,
	9825,
	9827,
	9829,
	9831,
	9834,
	9836,
	9837,
	9839,
	9839,
	9886,
	9887,
	9919,
	9919,
	9926,
	9933,
	9935,
	9939,
	9941,
	9953,
	9955,
	9955,
	9960,
	9961,
	9963,
	9969,
	9972,
	9972,
	9974,
	9977,
	9979,
	9980,
	9982,
	9983,
	10045,
	10045,
	10102,
	10111,
	11094,
	11097,
	12872,
	12879,
	57344,
	63743,
	65024,
	65039,
	65533,
	65533,
	127232,
	127242,
	127248,
	127277,
	127280,
	127337,
	127344,
	127373,
	127375,
	127376,
	127387,
	127404,
	917760,
	917999,
	983040,
	1048573,
	1048576,
	1114109
];
const fullwidthMinimalCodePoint = 12288;
const fullwidthMaximumCodePoint = 65510;
const fullwidthRanges = [
	12288,
	12288,
	65281,
	65376,
	65504,
	65510
];
const wideMinimalCodePoint = 4352;
const wideMaximumCodePoint = 262141;
const wideRanges = [
	4352,
	4447,
	8986,
	8987,
	9001,
	9002,
	9193,
	9196,
	9200,
	9200,
	9203,
	9203,
	9725,
	9726,
	9748,
	9749,
	9776,
	9783,
	9800,
	9811,
	9855,
	9855,
	9866,
	9871,
	9875,
	9875,
	9889,
	9889,
	9898,
	9899,
	9917,
	9918,
	9924,
	9925,
	9934,
	9934,
	9940,
	9940,
	9962,
	9962,
	9970,
	9971,
	9973,
	9973,
	9978,
	9978,
	9981,
	9981,
	9989,
	9989,
	9994,
	9995,
	10024,
	10024,
	10060,
	10060,
	10062,
	10062,
	10067,
	10069,
	10071,
	10071,
	10133,
	10135,
	10160,
	10160,
	10175,
	10175,
	11035,
	11036,
	11088,
	11088,
	11093,
	11093,
	11904,
	11929,
	11931,
	12019,
	12032,
	12245,
	12272,
	12287,
	12289,
	12350,
	12353,
	12438,
	12441,
	12543,
	12549,
	12591,
	12593,
	12686,
	12688,
	12773,
	12783,
	12830,
	12832,
	12871,
	12880,
	42124,
	42128,
	42182,
	43360,
	43388,
	44032,
	55203,
	63744,
	64255,
	65040,
	65049,
	65072,
	65106,
	65108,
	65126,
	65128,
	65131,
	94176,
	94180,
	94192,
	94198,
	94208,
	101594,
	101631,
	101664,
	101760,
	101874,
	101888,
	102801,
	102816,
	102866,
	110576,
	110579,
	110581,
	110587,
	110589,
	110590,
	110592,
	110888,
	110898,
	110898,
	110928,
	110930,
	110933,
	110933,
	110948,
	110952,
	110960,
	111355,
	119552,
	119638,
	119648,
	119670,
	126980,
	126980,
	127183,
	127183,
	127374,
	127374,
	127377,
	127386,
	127406,
	127406,
	127488,
	127490,
	127504,
	127547,
	127552,
	127560,
	127568,
	127569,
	127584,
	127589,
	127744,
	127776,
	127789,
	127797,
	127799,
	127868,
	127870,
	127891,
	127904,
	127946,
	127951,
	127955,
	127968,
	127984,
	127988,
	127988,
	127992,
	128062,
	128064,
	128064,
	128066,
	128252,
	128255,
	128317,
	128331,
	128334,
	128336,
	128359,
	128378,
	128378,
	128405,
	128406,
	128420,
	128420,
	128507,
	128591,
	128640,
	128709,
	128716,
	128716,
	128720,
	128722,
	128725,
	128729,
	128732,
	128735,
	128747,
	128748,
	128756,
	128764,
	128986,
	128986,
	128992,
	129003,
	129008,
	129008,
	129292,
	129338,
	129340,
	129349,
	129351,
	129535,
	129648,
	129660,
	129664,
	129734,
	129736,
	129736,
	129740,
	129757,
	129759,
	129771,
	129775,
	129786,
	131072,
	196605,
	196608,
	262141
];

/**
Binary search on a sorted flat array of [start, end] pairs.

@param {number[]} ranges - Flat array of inclusive [start, end] range pairs, e.g. [0, 5, 10, 20].
@param {number} codePoint - The value to search for.
@returns {boolean} Whether the value falls within any of the ranges.
*/
const isInRange = (ranges, codePoint) => {
	let low = 0;
	let high = Math.floor(ranges.length / 2) - 1;
	while (low <= high) {
		const mid = Math.floor((low + high) / 2);
		const i = mid * 2;
		if (codePoint < ranges[i]) high = mid - 1;
		else if (codePoint > ranges[i + 1]) low = mid + 1;
		else return true;
	}
	return false;
};

const commonCjkCodePoint = 19968;
const [wideFastPathStart, wideFastPathEnd] = /* #__PURE__ */ findWideFastPathRange(wideRanges);
function findWideFastPathRange(ranges) {
	let fastPathStart = ranges[0];
	let fastPathEnd = ranges[1];
	for (let index = 0; index < ranges.length; index += 2) {
		const start = ranges[index];
		const end = ranges[index + 1];
		if (commonCjkCodePoint >= start && commonCjkCodePoint <= end) return [start, end];
		if (end - start > fastPathEnd - fastPathStart) {
			fastPathStart = start;
			fastPathEnd = end;
		}
	}
	return [fastPathStart, fastPathEnd];
}
const isAmbiguous = (codePoint) => {
	if (codePoint < 161 || codePoint > 1114109) return false;
	return isInRange(ambiguousRanges, codePoint);
};
const isFullwidth = (codePoint) => {
	if (codePoint < 12288 || codePoint > 65510) return false;
	return isInRange(fullwidthRanges, codePoint);
};
const isWide = (codePoint) => {
	if (codePoint >= wideFastPathStart && codePoint <= wideFastPathEnd) return true;
	if (codePoint < 4352 || codePoint > 262141) return false;
	return isInRange(wideRanges, codePoint);
};

function validate(codePoint) {
	if (!Number.isSafeInteger(codePoint)) throw new TypeError(`Expected a code point, got \`${typeof codePoint}\`.`);
}
function eastAsianWidth(codePoint, { ambiguousAsWide = false } = {}) {
	validate(codePoint);
	if (isFullwidth(codePoint) || isWide(codePoint) || ambiguousAsWide && isAmbiguous(codePoint)) return 2;
	return 1;
}

/**
Logic:
- Segment graphemes to match how terminals render clusters.
- Width rules:
1. Skip non-printing clusters (Default_Ignorable, Control, pure nonspacing/enclosing Mark, lone Surrogates). Tabs are ignored by design.
2. RGI emoji clusters (\p{RGI_Emoji}) are double-width.
3. Minimally-qualified/unqualified emoji clusters (ZWJ sequences with 2+ Extended_Pictographic, or keycap sequences) are double-width.
4. Hangul jamo collapse each standard modern Hangul L+V or L+V+T syllable piece to width 2.
Unmatched repeated leading/vowel/trailing jamo stay additive because that matches how the terminals we target render them.
5. Otherwise use East Asian Width of the cluster's first visible code point, and add widths for trailing spacing marks and Halfwidth/Fullwidth Forms within the same cluster (e.g., dakuten/handakuten/prolonged sound mark).
*/
const segmenter$1 = new Intl.Segmenter();
const visibleCharacterRegex = /[^\p{Default_Ignorable_Code_Point}\p{Control}\p{Format}\p{Nonspacing_Mark}\p{Enclosing_Mark}\p{Surrogate}]/v;
const spacingMarkRegex = /\p{Spacing_Mark}/v;
const rgiEmojiRegex = /^\p{RGI_Emoji}$/v;
const unqualifiedKeycapRegex = /^[\d#*]\u20E3$/;
const extendedPictographicRegex = /\p{Extended_Pictographic}/gu;
function isDoubleWidthNonRgiEmojiSequence(segment) {
	if (segment.length > 50) return false;
	if (unqualifiedKeycapRegex.test(segment)) return true;
	if (segment.includes("‍")) {
		const pictographics = segment.match(extendedPictographicRegex);
		return pictographics !== null && pictographics.length >= 2;
	}
	return false;
}
function baseVisible(segment) {
	const index = segment.search(visibleCharacterRegex);
	return index === -1 ? void 0 : segment.slice(index);
}
function isHangulLeadingJamo(codePoint) {
	return codePoint >= 4352 && codePoint <= 4447 || codePoint >= 43360 && codePoint <= 43388;
}
function isHangulVowelJamo(codePoint) {
	return codePoint >= 4448 && codePoint <= 4519 || codePoint >= 55216 && codePoint <= 55238;
}
function isHangulTrailingJamo(codePoint) {
	return codePoint >= 4520 && codePoint <= 4607 || codePoint >= 55243 && codePoint <= 55291;
}
function isHangulJamo(codePoint) {
	return isHangulLeadingJamo(codePoint) || isHangulVowelJamo(codePoint) || isHangulTrailingJamo(codePoint);
}
function hangulClusterWidth(visibleSegment, eastAsianWidthOptions) {
	const codePoints = [];
	for (const character of visibleSegment) {
		if (!visibleCharacterRegex.test(character)) continue;
		codePoints.push(character.codePointAt(0));
	}
	if (codePoints.length === 0) return;
	let width = 0;
	for (let index = 0; index < codePoints.length; index++) {
		const codePoint = codePoints[index];
		if (!isHangulJamo(codePoint)) {
			if (width === 0) return;
			for (let remaining = index; remaining < codePoints.length; remaining++) width += eastAsianWidth(codePoints[remaining], eastAsianWidthOptions);
			return width;
		}
		if (isHangulLeadingJamo(codePoint) && isHangulVowelJamo(codePoints[index + 1])) {
			width += 2;
			index += isHangulTrailingJamo(codePoints[index + 2]) ? 2 : 1;
			continue;
		}
		width += eastAsianWidth(codePoint, eastAsianWidthOptions);
	}
	return width;
}
function trailingWidth(visibleSegment, eastAsianWidthOptions) {
	let extra = 0;
	let first = true;
	for (const character of visibleSegment) {
		if (first) {
			first = false;
			continue;
		}
		if (spacingMarkRegex.test(character) || character >= "＀" && character <= "￯") extra += eastAsianWidth(character.codePointAt(0), eastAsianWidthOptions);
	}
	return extra;
}
function stringWidth(input, options = {}) {
	if (typeof input !== "string" || input.length === 0) return 0;
	const { ambiguousIsNarrow = true, countAnsiEscapeCodes = false } = options;
	let string = input;
	if (!countAnsiEscapeCodes && (string.includes("\x1B") || string.includes(""))) string = stripAnsi(string);
	if (string.length === 0) return 0;
	if (/^[\u0020-\u007E]*$/.test(string)) return string.length;
	let width = 0;
	const eastAsianWidthOptions = { ambiguousAsWide: !ambiguousIsNarrow };
	for (const { segment } of segmenter$1.segment(string)) {
		const visibleSegment = baseVisible(segment);
		if (visibleSegment === void 0) continue;
		if (rgiEmojiRegex.test(segment) || isDoubleWidthNonRgiEmojiSequence(segment)) {
			width += 2;
			continue;
		}
		const hangulWidth = hangulClusterWidth(visibleSegment, eastAsianWidthOptions);
		if (hangulWidth !== void 0) {
			width += hangulWidth;
			continue;
		}
		const codePoint = visibleSegment.codePointAt(0);
		width += eastAsianWidth(codePoint, eastAsianWidthOptions);
		width += trailingWidth(visibleSegment, eastAsianWidthOptions);
	}
	return width;
}

const ANSI_BACKGROUND_OFFSET = 10;
const wrapAnsi16 = (offset = 0) => (code) => `\u001B[${code + offset}m`;
const wrapAnsi256 = (offset = 0) => (code) => `\u001B[${38 + offset};5;${code}m`;
const wrapAnsi16m = (offset = 0) => (red, green, blue) => `\u001B[${38 + offset};2;${red};${green};${blue}m`;
const styles = {
	modifier: {
		reset: [0, 0],
		bold: [1, 22],
		dim: [2, 22],
		italic: [3, 23],
		underline: [4, 24],
		overline: [53, 55],
		inverse: [7, 27],
		hidden: [8, 28],
		strikethrough: [9, 29]
	},
	color: {
		black: [30, 39],
		red: [31, 39],
		green: [32, 39],
		yellow: [33, 39],
		blue: [34, 39],
		magenta: [35, 39],
		cyan: [36, 39],
		white: [37, 39],
		blackBright: [90, 39],
		gray: [90, 39],
		grey: [90, 39],
		redBright: [91, 39],
		greenBright: [92, 39],
		yellowBright: [93, 39],
		blueBright: [94, 39],
		magentaBright: [95, 39],
		cyanBright: [96, 39],
		whiteBright: [97, 39]
	},
	bgColor: {
		bgBlack: [40, 49],
		bgRed: [41, 49],
		bgGreen: [42, 49],
		bgYellow: [43, 49],
		bgBlue: [44, 49],
		bgMagenta: [45, 49],
		bgCyan: [46, 49],
		bgWhite: [47, 49],
		bgBlackBright: [100, 49],
		bgGray: [100, 49],
		bgGrey: [100, 49],
		bgRedBright: [101, 49],
		bgGreenBright: [102, 49],
		bgYellowBright: [103, 49],
		bgBlueBright: [104, 49],
		bgMagentaBright: [105, 49],
		bgCyanBright: [106, 49],
		bgWhiteBright: [107, 49]
	}
};
const modifierNames = Object.keys(styles.modifier);
const foregroundColorNames = Object.keys(styles.color);
const backgroundColorNames = Object.keys(styles.bgColor);
const colorNames = [...foregroundColorNames, ...backgroundColorNames];
function assembleStyles() {
	const codes = /* @__PURE__ */ new Map();
	for (const [groupName, group] of Object.entries(styles)) {
		for (const [styleName, style] of Object.entries(group)) {
			styles[styleName] = {
				open: `\u001B[${style[0]}m`,
				close: `\u001B[${style[1]}m`
			};
			group[styleName] = styles[styleName];
			codes.set(style[0], style[1]);
		}
		Object.defineProperty(styles, groupName, {
			value: group,
			enumerable: false
		});
	}
	Object.defineProperty(styles, "codes", {
		value: codes,
		enumerable: false
	});
	styles.color.close = "\x1B[39m";
	styles.bgColor.close = "\x1B[49m";
	styles.color.ansi = wrapAnsi16();
	styles.color.ansi256 = wrapAnsi256();
	styles.color.ansi16m = wrapAnsi16m();
	styles.bgColor.ansi = wrapAnsi16(ANSI_BACKGROUND_OFFSET);
	styles.bgColor.ansi256 = wrapAnsi256(ANSI_BACKGROUND_OFFSET);
	styles.bgColor.ansi16m = wrapAnsi16m(ANSI_BACKGROUND_OFFSET);
	Object.defineProperties(styles, {
		rgbToAnsi256: {
			value(red, green, blue) {
				if (red === green && green === blue) {
					if (red < 8) return 16;
					if (red > 248) return 231;
					return Math.round((red - 8) / 247 * 24) + 232;
				}
				return 16 + 36 * Math.round(red / 255 * 5) + 6 * Math.round(green / 255 * 5) + Math.round(blue / 255 * 5);
			},
			enumerable: false
		},
		hexToRgb: {
			value(hex) {
				const matches = /[a-f\d]{6}|[a-f\d]{3}/i.exec(hex.toString(16));
				if (!matches) return [
					0,
					0,
					0
				];
				let [colorString] = matches;
				if (colorString.length === 3) colorString = [...colorString].map((character) => character + character).join("");
				const integer = Number.parseInt(colorString, 16);
				return [
					integer >> 16 & 255,
					integer >> 8 & 255,
					integer & 255
				];
			},
			enumerable: false
		},
		hexToAnsi256: {
			value: (hex) => styles.rgbToAnsi256(...styles.hexToRgb(hex)),
			enumerable: false
		},
		ansi256ToAnsi: {
			value(code) {
				if (code < 8) return 30 + code;
				if (code < 16) return 90 + (code - 8);
				let red;
				let green;
				let blue;
				if (code >= 232) {
					red = ((code - 232) * 10 + 8) / 255;
					green = red;
					blue = red;
				} else {
					code -= 16;
					const remainder = code % 36;
					red = Math.floor(code / 36) / 5;
					green = Math.floor(remainder / 6) / 5;
					blue = remainder % 6 / 5;
				}
				const value = Math.max(red, green, blue) * 2;
				if (value === 0) return 30;
				let result = 30 + (Math.round(blue) << 2 | Math.round(green) << 1 | Math.round(red));
				if (value === 2) result += 60;
				return result;
			},
			enumerable: false
		},
		rgbToAnsi: {
			value: (red, green, blue) => styles.ansi256ToAnsi(styles.rgbToAnsi256(red, green, blue)),
			enumerable: false
		},
		hexToAnsi: {
			value: (hex) => styles.ansi256ToAnsi(styles.hexToAnsi256(hex)),
			enumerable: false
		}
	});
	return styles;
}
const ansiStyles = assembleStyles();

const ANSI_ESCAPE = "\x1B";
const ANSI_ESCAPE_BELL = "\x07";
const C1_CSI = "";
const ANSI_CSI = "[";
const ANSI_OSC = "]";
const ANSI_SGR_TERMINATOR = "m";
const ANSI_SGR_RESET = 0;
const ANSI_SGR_RESET_FOREGROUND = 39;
const ANSI_SGR_RESET_BACKGROUND = 49;
const ANSI_SGR_RESET_UNDERLINE_COLOR = 59;
const ANSI_SGR_FOREGROUND_EXTENDED = 38;
const ANSI_SGR_BACKGROUND_EXTENDED = 48;
const ANSI_SGR_UNDERLINE_COLOR_EXTENDED = 58;
const ANSI_SGR_COLOR_MODE_RGB = 2;
const ANSI_SGR_COLOR_MODE_256 = 5;
const ANSI_ESCAPE_LINK = `${ANSI_OSC}8;`;
const ESCAPES = /* @__PURE__ */ new Set([ANSI_ESCAPE, C1_CSI]);
const ESCAPE_CHARACTERS = [...ESCAPES].join("");
const CSI_INTRODUCER = `(?:${ANSI_ESCAPE}\\${ANSI_CSI}|${C1_CSI})`;
const CSI_PARAMETERS = "[0-?]*[ -/]*[@-~]";
const SGR_PARAMETERS = `(?<sgr>[0-9;:]*)${ANSI_SGR_TERMINATOR}`;
const OSC_STRING_TERMINATOR = `(?:${ANSI_ESCAPE_BELL}|${ANSI_ESCAPE}\\\\)`;
const OSC_STRING_PAYLOAD = String.raw`[^\u0000-\u001F\u007F-\u009F]*`;
const LINK_PARAMETERS = String.raw`8;(?<parameters>[^;\u0000-\u001F\u007F-\u009F]*);(?<uri>${OSC_STRING_PAYLOAD})${OSC_STRING_TERMINATOR}`;
const OSC_STRING = `${OSC_STRING_PAYLOAD}${OSC_STRING_TERMINATOR}`;
const ANSI_ESCAPE_REGEX = new RegExp(`${CSI_INTRODUCER}(?:${SGR_PARAMETERS}|${CSI_PARAMETERS})|${ANSI_ESCAPE}\\${ANSI_OSC}(?:${LINK_PARAMETERS}|${OSC_STRING})`, "y");
const ANSI_SGR_MODIFIER_CLOSE_CODES = new Set(ansiStyles.codes.values());
ANSI_SGR_MODIFIER_CLOSE_CODES.delete(ANSI_SGR_RESET);
const segmenter = new Intl.Segmenter();
const getStringWidth = (string) => stringWidth(string, { countAnsiEscapeCodes: true });
const TAB_SIZE = 8;
const ESCAPE_INTRODUCER_REGEX = new RegExp(`[${ESCAPE_CHARACTERS}]`, "g");
const ROW_BOUNDARY_REGEX = new RegExp(`[\\n${ESCAPE_CHARACTERS}]`, "g");
const ASCII_PRINTABLE_REGEX = /^[ -~]*$/;
const wrapAnsiCode = (code) => `${ANSI_ESCAPE}${ANSI_CSI}${code}${ANSI_SGR_TERMINATOR}`;
const wrapAnsiHyperlink = (url, parameters = "") => `${ANSI_ESCAPE}${ANSI_ESCAPE_LINK}${parameters};${url}${ANSI_ESCAPE_BELL}`;
const matchAnsiEscape = (string, index) => {
	if (!ESCAPES.has(string[index])) return;
	ANSI_ESCAPE_REGEX.lastIndex = index;
	return ANSI_ESCAPE_REGEX.exec(string) ?? void 0;
};
const forEachSegment = (string, onPlainText, onEscape = () => {}) => {
	let plainStart = 0;
	let index = 0;
	while (index < string.length) {
		ESCAPE_INTRODUCER_REGEX.lastIndex = index;
		const introducer = ESCAPE_INTRODUCER_REGEX.exec(string);
		if (!introducer) break;
		const escape = matchAnsiEscape(string, introducer.index);
		if (!escape) {
			index = introducer.index + 1;
			continue;
		}
		if (introducer.index > plainStart) onPlainText(string.slice(plainStart, introducer.index));
		onEscape(escape[0]);
		index = introducer.index + escape[0].length;
		plainStart = index;
	}
	if (plainStart < string.length) onPlainText(string.slice(plainStart));
};
const getWidth = (string) => {
	let plainText = "";
	forEachSegment(string, (part) => {
		plainText += part;
	});
	return getStringWidth(plainText);
};
const getTokens = (string) => {
	const tokens = [];
	forEachSegment(string, (plainText) => {
		if (ASCII_PRINTABLE_REGEX.test(plainText)) {
			for (const character of plainText) tokens.push({
				value: character,
				width: 1
			});
			return;
		}
		for (const { segment } of segmenter.segment(plainText)) tokens.push({
			value: segment,
			width: getStringWidth(segment)
		});
	}, (escape) => {
		tokens.push({
			value: escape,
			width: 0
		});
	});
	return tokens;
};
const splitWords = (string) => {
	let currentWord = {
		value: "",
		plainText: ""
	};
	const words = [currentWord];
	forEachSegment(string, (plainText) => {
		const parts = plainText.split(" ");
		currentWord.value += parts[0];
		currentWord.plainText += parts[0];
		for (let index = 1; index < parts.length; index++) {
			currentWord = {
				value: parts[index],
				plainText: parts[index]
			};
			words.push(currentWord);
		}
	}, (escape) => {
		currentWord.value += escape;
	});
	for (const word of words) word.width = getStringWidth(word.plainText);
	return words;
};
const getColonColorToken = (parameter) => {
	const parts = parameter.split(":");
	const code = Number.parseInt(parts[0], 10);
	const mode = Number.parseInt(parts[1], 10);
	if (![
		ANSI_SGR_FOREGROUND_EXTENDED,
		ANSI_SGR_BACKGROUND_EXTENDED,
		ANSI_SGR_UNDERLINE_COLOR_EXTENDED
	].includes(code)) return;
	if (mode === ANSI_SGR_COLOR_MODE_256 && parts.length === 3 && /^\d+$/.test(parts[2])) return {
		code,
		open: parameter,
		hasArguments: true
	};
	if (mode !== ANSI_SGR_COLOR_MODE_RGB) return;
	const components = parts.length === 6 ? parts.slice(3) : parts.slice(2);
	const colorSpace = parts.length === 6 ? parts[2] : void 0;
	if (components.length === 3 && components.every((component) => /^\d+$/.test(component)) && (colorSpace === void 0 || /^\d*$/.test(colorSpace))) return {
		code,
		open: parameter,
		hasArguments: true
	};
};
const getSgrTokens = (sgrParameters) => {
	const parameters = sgrParameters.split(";");
	const sgrTokens = [];
	for (let index = 0; index < parameters.length; index++) {
		const parameter = parameters[index];
		if (parameter.includes(":")) {
			const colonColorToken = getColonColorToken(parameter);
			if (colonColorToken) sgrTokens.push(colonColorToken);
			continue;
		}
		const code = parameter === "" ? ANSI_SGR_RESET : Number.parseInt(parameter, 10);
		if (!Number.isFinite(code)) continue;
		if (code === ANSI_SGR_FOREGROUND_EXTENDED || code === ANSI_SGR_BACKGROUND_EXTENDED || code === ANSI_SGR_UNDERLINE_COLOR_EXTENDED) {
			if (index + 1 >= parameters.length) break;
			const mode = Number.parseInt(parameters[index + 1], 10);
			const colorIndex = Number.parseInt(parameters[index + 2], 10);
			if (mode === ANSI_SGR_COLOR_MODE_256 && Number.isFinite(colorIndex)) {
				sgrTokens.push({
					code,
					open: [
						code,
						mode,
						colorIndex
					].join(";"),
					hasArguments: true
				});
				index += 2;
				continue;
			}
			const red = Number.parseInt(parameters[index + 2], 10);
			const green = Number.parseInt(parameters[index + 3], 10);
			const blue = Number.parseInt(parameters[index + 4], 10);
			if (mode === ANSI_SGR_COLOR_MODE_RGB && Number.isFinite(red) && Number.isFinite(green) && Number.isFinite(blue)) {
				sgrTokens.push({
					code,
					open: [
						code,
						mode,
						red,
						green,
						blue
					].join(";"),
					hasArguments: true
				});
				index += 4;
				continue;
			}
			break;
		}
		sgrTokens.push({
			code,
			open: String(code),
			hasArguments: false
		});
	}
	return sgrTokens;
};
const removeActiveStyle = (activeStyles, family) => {
	const activeStyleIndex = activeStyles.findIndex((activeStyle) => activeStyle.family === family);
	if (activeStyleIndex !== -1) activeStyles.splice(activeStyleIndex, 1);
};
const upsertActiveStyle = (activeStyles, nextActiveStyle) => {
	removeActiveStyle(activeStyles, nextActiveStyle.family);
	activeStyles.push(nextActiveStyle);
};
const removeModifierStylesByClose = (activeStyles, closeCode) => {
	for (let index = activeStyles.length - 1; index >= 0; index--) {
		const activeStyle = activeStyles[index];
		if (activeStyle.family.startsWith("modifier-") && activeStyle.close === closeCode) activeStyles.splice(index, 1);
	}
};
const getColorStyle = (sgrToken) => {
	const { code, open, hasArguments } = sgrToken;
	if (code >= 30 && code <= 37 || code >= 90 && code <= 97 || code === ANSI_SGR_FOREGROUND_EXTENDED && hasArguments) return {
		family: "foreground",
		open,
		close: ANSI_SGR_RESET_FOREGROUND
	};
	if (code >= 40 && code <= 47 || code >= 100 && code <= 107 || code === ANSI_SGR_BACKGROUND_EXTENDED && hasArguments) return {
		family: "background",
		open,
		close: ANSI_SGR_RESET_BACKGROUND
	};
	if (code === ANSI_SGR_UNDERLINE_COLOR_EXTENDED && hasArguments) return {
		family: "underlineColor",
		open,
		close: ANSI_SGR_RESET_UNDERLINE_COLOR
	};
};
const applySgrResetCode = (code, activeStyles) => {
	if (code === ANSI_SGR_RESET) {
		activeStyles.length = 0;
		return true;
	}
	if (code === ANSI_SGR_RESET_FOREGROUND) {
		removeActiveStyle(activeStyles, "foreground");
		return true;
	}
	if (code === ANSI_SGR_RESET_BACKGROUND) {
		removeActiveStyle(activeStyles, "background");
		return true;
	}
	if (code === ANSI_SGR_RESET_UNDERLINE_COLOR) {
		removeActiveStyle(activeStyles, "underlineColor");
		return true;
	}
	if (ANSI_SGR_MODIFIER_CLOSE_CODES.has(code)) {
		removeModifierStylesByClose(activeStyles, code);
		return true;
	}
	return false;
};
const applySgrToken = (sgrToken, activeStyles) => {
	const { code } = sgrToken;
	if (applySgrResetCode(code, activeStyles)) return;
	const colorStyle = getColorStyle(sgrToken);
	if (colorStyle) {
		upsertActiveStyle(activeStyles, colorStyle);
		return;
	}
	const close = ansiStyles.codes.get(code);
	if (close !== void 0 && close !== ANSI_SGR_RESET) upsertActiveStyle(activeStyles, {
		family: `modifier-${code}`,
		open: sgrToken.open,
		close
	});
};
const applySgrParameters = (sgrParameters, activeStyles) => {
	for (const sgrToken of getSgrTokens(sgrParameters)) applySgrToken(sgrToken, activeStyles);
};
const applySgrResets = (sgrParameters, activeStyles) => {
	for (const { code } of getSgrTokens(sgrParameters)) applySgrResetCode(code, activeStyles);
};
const applyLeadingSgrResets = (string, startIndex, activeStyles) => {
	let index = startIndex;
	while (index < string.length) {
		const match = matchAnsiEscape(string, index);
		if (!match) break;
		if (match.groups.sgr !== void 0) applySgrResets(match.groups.sgr, activeStyles);
		index += match[0].length;
	}
};
const getClosingSgrSequence = (activeStyles) => [...activeStyles].reverse().map((activeStyle) => wrapAnsiCode(activeStyle.close)).join("");
const getOpeningSgrSequence = (activeStyles) => activeStyles.map((activeStyle) => wrapAnsiCode(activeStyle.open)).join("");
const wrapWord = (rows, word, columns, rowWidth) => {
	const tokens = getTokens(word);
	let visible = rowWidth;
	for (let index = 0; index < tokens.length; index++) {
		const token = tokens[index];
		if (token.width > 0 && visible > 0 && visible + token.width > columns) {
			rows.push("");
			visible = 0;
		}
		rows[rows.length - 1] += token.value;
		visible += token.width;
		if (visible === columns && index < tokens.length - 1) {
			rows.push("");
			visible = 0;
		}
	}
	if (!visible && rows.at(-1).length > 0 && rows.length > 1) rows[rows.length - 2] += rows.pop();
	return getWidth(rows.at(-1));
};
const stringVisibleTrimSpacesRight = (string) => {
	if (!string.includes(" ")) return string;
	const segments = [];
	forEachSegment(string, (plainText) => {
		segments.push({
			value: plainText,
			isEscape: false
		});
	}, (escape) => {
		segments.push({
			value: escape,
			isEscape: true
		});
	});
	for (let index = segments.length - 1; index >= 0; index--) {
		const segment = segments[index];
		if (segment.isEscape) continue;
		let end = segment.value.length;
		while (end > 0 && segment.value[end - 1] === " ") end--;
		segment.value = segment.value.slice(0, end);
		if (getStringWidth(segment.value) > 0) break;
	}
	return segments.map((segment) => segment.value).join("");
};
const expandTabs = (line) => {
	if (!line.includes("	")) return line;
	let visible = 0;
	let expandedLine = "";
	let plainTextSinceTab = "";
	const expandPlainText = (plainText) => {
		const segments = plainText.split("	");
		for (const [index, segment] of segments.entries()) {
			expandedLine += segment;
			plainTextSinceTab += segment;
			if (index < segments.length - 1) {
				visible += getStringWidth(plainTextSinceTab);
				plainTextSinceTab = "";
				const spaces = TAB_SIZE - visible % TAB_SIZE;
				expandedLine += " ".repeat(spaces);
				visible += spaces;
			}
		}
	};
	forEachSegment(line, expandPlainText, (escape) => {
		expandedLine += escape;
	});
	return expandedLine;
};
const restoreStylesAcrossRows = (preString) => {
	let returnValue = "";
	let activeHyperlink;
	const activeStyles = [];
	let index = 0;
	let copiedIndex = 0;
	while (index < preString.length) {
		ROW_BOUNDARY_REGEX.lastIndex = index;
		const boundary = ROW_BOUNDARY_REGEX.exec(preString);
		if (!boundary) break;
		index = boundary.index;
		if (boundary[0] !== "\n") {
			const escape = matchAnsiEscape(preString, index);
			if (!escape) {
				index++;
				continue;
			}
			const { groups } = escape;
			if (groups.sgr !== void 0) applySgrParameters(groups.sgr, activeStyles);
			else if (groups.uri !== void 0) activeHyperlink = groups.uri.length === 0 ? void 0 : {
				parameters: groups.parameters,
				uri: groups.uri
			};
			index += escape[0].length;
			continue;
		}
		returnValue += preString.slice(copiedIndex, index);
		if (index > copiedIndex) {
			if (activeHyperlink) returnValue += wrapAnsiHyperlink("");
			returnValue += getClosingSgrSequence(activeStyles);
		}
		returnValue += "\n";
		index++;
		copiedIndex = index;
		if (index < preString.length && preString[index] !== "\n") {
			const openingStyles = [...activeStyles];
			applyLeadingSgrResets(preString, index, openingStyles);
			returnValue += getOpeningSgrSequence(openingStyles);
			if (activeHyperlink) returnValue += wrapAnsiHyperlink(activeHyperlink.uri, activeHyperlink.parameters);
		}
	}
	return returnValue + preString.slice(copiedIndex);
};
const exec = (string, columns, options = {}) => {
	if (options.trim !== false && string.trim() === "") return "";
	const words = splitWords(string);
	let rows = [""];
	let rowLength = 0;
	let trimmedRowIndex = -1;
	let isFirstWord = true;
	for (const word of words) {
		const rowIndex = rows.length - 1;
		if (options.trim !== false && trimmedRowIndex !== rowIndex) {
			const row = rows[rowIndex];
			const trimmedRow = row.trimStart();
			if (trimmedRow.length !== row.length) {
				rows[rowIndex] = trimmedRow;
				rowLength = getWidth(trimmedRow);
			}
			if (trimmedRow.length > 0) trimmedRowIndex = rowIndex;
		}
		if (isFirstWord) isFirstWord = false;
		else {
			if (rowLength >= columns && (options.wordWrap === false || options.trim === false)) {
				rows.push("");
				rowLength = 0;
			}
			if (rowLength > 0 || options.trim === false) {
				rows[rows.length - 1] += " ";
				rowLength++;
			}
		}
		if (options.hard && options.wordWrap !== false && word.width > columns) {
			const remainingColumns = columns - rowLength;
			const breaksStartingThisLine = 1 + Math.floor((word.width - remainingColumns - 1) / columns);
			if (Math.floor((word.width - 1) / columns) < breaksStartingThisLine) {
				rows.push("");
				rowLength = 0;
			}
			rowLength = wrapWord(rows, word.value, columns, rowLength);
			continue;
		}
		if (rowLength + word.width > columns && rowLength > 0 && word.width > 0) {
			if (options.wordWrap === false && rowLength < columns) {
				rowLength = wrapWord(rows, word.value, columns, rowLength);
				continue;
			}
			rows.push("");
			rowLength = 0;
		}
		if (rowLength + word.width > columns && options.wordWrap === false) {
			rowLength = wrapWord(rows, word.value, columns, rowLength);
			continue;
		}
		rows[rows.length - 1] += word.value;
		rowLength += word.width;
	}
	if (options.trim !== false) rows = rows.map((row) => stringVisibleTrimSpacesRight(row));
	return restoreStylesAcrossRows(rows.join("\n"));
};
const normalizeText = (string) => {
	let normalizedString = "";
	forEachSegment(string, (plainText) => {
		normalizedString += plainText.normalize();
	}, (escape) => {
		normalizedString += escape;
	});
	return normalizedString;
};
function wrapAnsi(string, columns, options) {
	return normalizeText(String(string)).replaceAll("\r\n", "\n").split("\n").map((line) => exec(expandTabs(line), columns, options)).join("\n");
}

/** Text in a style, where the terminal shows colours. */
const paint = (style, text, { color }) => color ? styleText(style, text, { validateStream: false }) : text;
/** In how many columns text is set. */
const columns = ({ width }) => Math.max(40, Math.min(width, 120));
/** A line broken to the width, its parts under each other. */
const wrapped = (line, options) => wrapAnsi(line, columns(options), {
	hard: true,
	trim: false
});
/** Text broken to the width and moved in; the parts of a broken list item stay under its text. */
function indented(text, indent, options) {
	const width = columns(options) - indent;
	let isProgram = false;
	return text.split("\n").flatMap((line) => {
		if (isProgram) return [line];
		isProgram = toolCode$1.test(line);
		const own = /^(- |\s+)/.exec(line)?.[0].length ?? 0;
		const [first, ...rest] = isSql.test(line) ? brokenSql(line, width - own) : wrapAnsi(line, width - own, {
			hard: true,
			trim: false
		}).split("\n");
		return [first, ...rest.map((part) => " ".repeat(own) + part.trimStart())];
	}).map((line) => (" ".repeat(indent) + line).trimEnd()).join("\n");
}
/** Ours begins in capitals. */
const isSql = /^\s*[A-Z]{2,}\s/;
/** SQL broken where it means the same afterwards: not in a name or a string, however long. */
function brokenSql(line, width) {
	const lines = [/^\s*/.exec(line)?.[0] ?? ""];
	for (const word of line.match(/(?:"(?:[^"]|"")*"|'(?:[^']|'')*'|\S)+/g) ?? []) {
		const last = lines.at(-1);
		const isEmpty = last.trim() === "";
		if (isEmpty || last.length + 1 + word.length <= width) lines[lines.length - 1] = last + (isEmpty ? "" : " ") + word;
		else lines.push(word);
	}
	return lines;
}

/** One finding: what it is, where, what happened, what to do. */
function findingText(finding, options) {
	const arrow = finding.direction === "down" ? " ↓" : finding.direction === "up" ? " ↑" : "";
	const place = finding.file ? [
		plainLine(finding.file),
		finding.line,
		finding.line && finding.column
	].filter(Boolean).join(":") : "";
	const isQuoted = finding.message.includes("Statement: ");
	const severity = paint(severityStyles[finding.severity], finding.severity, options);
	const revision = finding.revision === void 0 ? "" : `  ${paint("bold", plainLine(finding.revision), options)}${arrow}`;
	return [
		wrapped(`  ${severity}  ${finding.ruleId}${revision}`, options),
		...place ? [paint("cyan", `    ${place}`, options)] : [],
		...isQuoted ? [] : statementLines(finding, options),
		indented(plainText(finding.message), 4, options),
		...finding.difference === void 0 ? [] : differenceLines(finding.difference, options),
		...finding.help ? [paint("green", indented(plainText(finding.help), 4, options), options)] : []
	].join("\n");
}
/** A unified difference, its lines not broken: what begins one says what it is. */
const differenceLines = (difference, options) => plainText(difference).split("\n").map((line) => paint(/^\+(?!\+\+ )/.test(line) ? "green" : /^-(?!-- )/.test(line) ? "red" : "dim", `    ${line}`, options));
function statementLines(finding, options) {
	const style = {
		width: columns(options) - 4,
		dim: (text) => paint("dim", text, options),
		mark: (text) => paint(severityStyles[finding.severity], text, options)
	};
	return excerpt(finding, style).map((text) => `    ${text}`);
}
const severityStyles = {
	error: "red",
	warning: "yellow",
	info: "blue"
};

/** The verdict for a person at a terminal. */
function textReport(verdict, options) {
	const [mark, style] = marks$1[verdict.verdict];
	const time = options.durationMs === void 0 ? "" : ` in ${seconds(options.durationMs)}`;
	const last = `${paint(style, mark, options)} ${paint("bold", verdict.verdict, options)}: ${summary(verdict)}${time}`;
	return `${[...verdict.projects.map((project) => section(project, options)), wrapped(last, options)].join("\n\n")}\n`;
}
/** What a report of a project begins with: `locks  alembic in services/locks`; one that is called after its tool says that once. */
function projectHeading({ name, tool, directory }, options) {
	const place = directory === "." ? "" : ` in ${plainLine(directory)}`;
	return `${paint("bold", plainLine(name), options)}${name === tool ? "" : `  ${tool}`}${place}`;
}
function section(project, options) {
	const { lineage, server } = project;
	const size = lineage ? [
		counted$2(lineage.revisions, "revision"),
		counted$2(lineage.heads.length, "head"),
		`${lineage.new.length === lineage.revisions ? "all" : lineage.new.length} new`
	].join(", ") : void 0;
	const engine = server ? `PostgreSQL ${server.version}, ${server.engine}${server.instead === void 0 ? "" : ` (${server.instead})`}, up in ${seconds(server.startMs)}` : void 0;
	return [
		projectHeading(project, options),
		...[size, engine].filter((line) => line !== void 0).map((line) => paint("dim", indented(line, 2, options), options)),
		...project.checks.map((check, index) => checkLine(check, project.checks[index - 1], options)),
		...project.coverage ? [paint("dim", indented(coverageText(project.coverage), 15, options), options)] : [],
		...project.findings.filter((finding) => !isRemark(finding)).toSorted((one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity)).map((finding) => `\n${findingText(finding, options)}`),
		...remarks(project.findings.filter(isRemark), options)
	].join("\n");
}
/** What fails the gate comes first. */
const severities = [
	"error",
	"warning",
	"info"
];
/** A note about one statement: worth knowing, and there may be many. */
const isRemark = ({ severity, statement }) => severity === "info" && statement !== void 0;
function remarks(findings, options) {
	if (findings.length === 0) return [];
	const kinds = [...Map.groupBy(findings, ({ ruleId }) => ruleId)].map(([ruleId, { length }]) => `${ruleId} (${length})`);
	const text = `${counted$2(findings.length, "note")}: ${kinds.join(", ")}; --format json has them, \`headgate explain\` what they mean`;
	return [`\n${paint("dim", indented(text, 2, options), options)}`];
}
function checkLine(check, previous, options) {
	const [mark, style] = marks$1[check.status];
	const reason = check.status === "passed" ? "" : plainLine(reasonText(check, previous));
	return `  ${paint(style, mark, options)} ${check.id.padEnd(10)}${reason && ` ${indented(reason, 15, options).trimStart()}`}`.trimEnd();
}
/** One reason often keeps several checks from running: it is said once. */
function reasonText(check, previous) {
	const repeated = previous !== void 0 && previous.status === check.status && previous.status !== "failed" && previous.reason === check.reason;
	if (check.status === "failed") return check.reason;
	return repeated ? `${words[check.status]} for the same reason` : `${words[check.status]}: ${check.reason}`;
}
const words = {
	skipped: "skipped",
	errored: "could not be checked"
};
const marks$1 = {
	passed: ["✔", "green"],
	failed: ["✘", "red"],
	errored: ["!", "yellow"],
	skipped: ["–", "dim"]
};
/** One sentence: how many projects, how many findings of which weight, and what could not be checked. */
function summary(verdict) {
	const findings = verdict.projects.flatMap((project) => project.findings);
	const weights = [
		"error",
		"warning",
		"info"
	].map((severity) => [severity, findings.filter((finding) => finding.severity === severity).length]).filter(([, count]) => count > 0).map(([severity, count]) => severity === "info" ? counted$2(count, "note") : counted$2(count, severity));
	const unchecked = verdict.projects.flatMap(({ checks }) => checks).filter(({ status }) => status === "errored").length;
	const notJudged = verdict.projects.filter(({ checks }) => checks.every(({ status }) => status === "skipped")).length;
	return [
		counted$2(verdict.projects.length - notJudged, "project"),
		...notJudged > 0 ? [`${notJudged} not judged`] : [],
		weights.length === 0 ? "nothing found" : weights.join(", "),
		...unchecked > 0 ? [`${counted$2(unchecked, "check")} could not be done`] : []
	].join(", ");
}
const seconds = (durationMs) => durationMs < 1e3 ? `${Math.round(durationMs)} ms` : `${(durationMs / 1e3).toFixed(1)} s`;

/** Whether the change brings a revision, or changes, moves or deletes a file where revisions are. */
function changesMigrations(verdict, root) {
	if (verdict.projects.some(({ lineage }) => lineage === void 0 || lineage.new.length > 0)) return true;
	if (verdict.base === void 0) return false;
	const revisions = verdict.projects.flatMap((project) => project.revisions);
	const folders = new Set(revisions.map(({ file }) => posix.dirname(file)));
	const changed = changedFiles(root, verdict.base, "HEAD");
	return changed === void 0 || changed.some((path) => folders.has(posix.dirname(path)));
}

/** The longest comment that GitHub takes, in characters. */
const commentLimit = 65536;
/** The line a comment of ours begins with. Nothing from a repository can stand before it. */
const marker = (key) => `<!-- headgate:comment ${key} -->`;
/** The last line of a comment. */
const footer = (version, { commit, runUrl, isHearsay }) => `<p><sub>Headgate ${code$1(version)} at <code>${commit.slice(0, 7)}</code>, <a href="${runUrl}">run</a>${isHearsay ? "; a fork's run reported this, and the check on the pull request is what counts" : ""}</sub></p>`;

/** One comment of several jobs' parts, each in a fold; those that have not reported for this commit are named. */
function joinedComment(parts, version, context) {
	const count = context.job?.count ?? 1;
	const sorted = parts.toSorted((one, other) => one.label < other.label ? -1 : one.label > other.label ? 1 : 0);
	const current = sorted.filter(({ commit }) => commit === context.commit);
	const waiting = current.length < count ? sorted.filter(({ commit }) => commit !== context.commit) : [];
	const worst = ["failed", "errored"].find((word) => current.some(({ verdict }) => verdict === word));
	const first = current.find(({ verdict }) => verdict === worst);
	const missing = Math.max(0, count - current.length);
	const state = `<p>${first === void 0 ? "Nothing that must be done" : `${worst === "failed" ? "Fix first what was found with" : "Not everything could be checked with"} ${code$1(first.label)}`}${missing === 0 ? "" : `; waiting for ${missing} of ${count} jobs`}.</p>`;
	const verdict = worst ?? (missing === 0 ? "passed" : "pending");
	const mark = verdict === "pending" ? "⏳" : marks$2[verdict];
	const table = [
		"<table>",
		"<tr><th></th><th>job</th><th>result</th></tr>",
		...current.map((one) => `<tr><td>${marks$2[one.verdict]}</td><td>${code$1(one.label)}</td><td>${resultOf(one)}</td></tr>`),
		...waiting.map(({ label }) => `<tr><td>⏳</td><td>${code$1(label)}</td><td>not yet for this commit</td></tr>`),
		"</table>"
	].join("\n");
	const end = footer(version, context);
	const assemble = (shown) => {
		let rest = `${[
			`### ${mark} Headgate: ${verdict}`,
			state,
			table
		].join("\n\n")}\n\n`;
		const kept = [...current, ...waiting].map((one) => {
			if (!shown.includes(one) || one.text === "") return withoutText(one);
			const fold = `<details${one.verdict === "passed" ? "" : " open"}><summary>${marks$2[one.verdict]} ${code$1(one.label)}</summary>\n\n`;
			const place = {
				at: rest.length + fold.length,
				length: one.text.length
			};
			rest += `${fold}${one.text}\n\n</details>\n\n`;
			return {
				...withoutText(one),
				...place
			};
		});
		return `${marker(context.key)}\n${encodeState(kept)}${rest}${end}\n`;
	};
	let shown = current.filter(({ commit }) => commit === context.commit);
	for (;;) {
		const body = assemble(shown);
		if (body.length <= 65536 || shown.length === 0) return body;
		const longest = Math.max(...shown.map(({ text }) => text.length));
		shown = shown.filter(({ text }) => text.length < longest);
	}
}
const resultOf = ({ verdict, errors, warnings }) => [
	verdict,
	...errors > 0 ? [counted$2(errors, "error")] : [],
	...warnings > 0 ? [counted$2(warnings, "warning")] : []
].join(", ");

/**
* The comment for a verdict.
* @param existing the comments that are there, all of them ours; what they say about other jobs and earlier pushes is kept
*/
function commentBody(verdict, context, existing = []) {
	const parts = partsOf(existing, context);
	const count = context.job?.count ?? 1;
	const roomForSql = Math.min(8e3, Math.floor(commentLimit / count / 8));
	const isExamined = verdict.projects.every(({ revisions }) => revisions.every((one) => !one.new || one.up));
	const sql = isExamined ? fitSql(sqlToRemember(verdict.projects), roomForSql) : void 0;
	const before = earlierOf(parts, context);
	const findings = verdict.projects.flatMap((project) => project.findings);
	const own = {
		job: context.job?.id ?? "",
		label: context.job?.label ?? "",
		commit: context.commit,
		verdict: verdict.verdict,
		errors: findings.filter(({ severity }) => severity === "error").length,
		warnings: findings.filter(({ severity }) => severity === "warning").length,
		...sql === void 0 ? {} : { sql },
		...context.isHearsay ? {} : { seals: sealsOf(verdict) },
		...before === void 0 ? {} : { before }
	};
	const write = (limit) => markdownParts(verdict, {
		sourceUrl: `${context.repositoryUrl}/blob/${context.commit}`,
		more: {
			url: context.runUrl,
			name: "job summary"
		},
		...before === void 0 || !isExamined ? {} : { before },
		limit
	});
	if (context.job === void 0) {
		const first = `${marker(context.key)}\n${encodeState([own])}`;
		const end = footer(verdict.headgate, context);
		const { head, body } = write(commentLimit - first.length - end.length - 8);
		return `${first}${[
			head,
			body,
			end
		].filter(Boolean).join("\n\n")}\n`;
	}
	const { head, body } = write(Math.floor((commentLimit - 8e3) / count) - 2 * roomForSql);
	const text = [head.replace(/^### .*\n\n/, ""), body].filter(Boolean).join("\n\n");
	return joinedComment([...parts.filter(({ job }) => job !== own.job), {
		...own,
		text
	}], verdict.headgate, context);
}
const sealsOf = ({ projects }) => projects.flatMap(({ name, plan }) => plan === void 0 ? [] : [{
	project: name,
	revisions: plan.revisions
}]);
/** Whether the comment is {@link retiredComment}. */
const isRetired = (body) => /^<!-- headgate:comment \w+ -->\r?\n➖ /.test(body);
/** What the comment becomes when the pull request no longer changes a migration. */
const retiredComment = (context) => `${marker(context.key)}\n➖ Headgate: this pull request no longer changes a migration (as of <code>${context.commit.slice(0, 7)}</code>).\n`;
/** What the comment becomes when a later commit could not be checked at all, so that it says nothing of another commit. */
function staleComment(context, version, existing = []) {
	const parts = partsOf(existing, context);
	const old = parts.find(({ job }) => job === (context.job?.id ?? ""));
	const why = `⚠️ Headgate could not check <code>${context.commit.slice(0, 7)}</code>; the <a href="${context.runUrl}">job's log</a> says why.`;
	if (context.job === void 0) {
		const kept = old === void 0 ? "" : encodeState([withoutText(old)]);
		return `${marker(context.key)}\n${kept}${why}\n`;
	}
	const before = earlierOf(parts, context);
	const own = {
		...before === void 0 ? {} : { before },
		job: context.job.id,
		label: context.job.label,
		commit: context.commit,
		verdict: "errored",
		errors: 0,
		warnings: 0,
		text: `<p>${why}</p>`
	};
	return joinedComment([...parts.filter(({ job }) => job !== own.job), own], version, context);
}
/** Whether a comment holds what this job wrote for this commit: others may have written at the same time. */
function speaksFor(body, context) {
	return partsOf([body], context).some(({ job, commit }) => job === (context.job?.id ?? "") && commit === context.commit);
}
/** The SQL of the newest commit before this one that was examined. */
function earlierOf(parts, { commit, job }) {
	const own = parts.find((part) => part.job === (job?.id ?? ""));
	return own?.sql === void 0 || own.commit === commit ? own?.before : {
		commit: own.commit,
		sql: own.sql
	};
}
/** What comments of ours say, each job once. */
function partsOf(existing, { key }) {
	const first = `${marker(key)}\n`;
	const all = existing.flatMap((body) => {
		const text = body.replaceAll("\r\n", "\n");
		return text.startsWith(first) ? readParts(text.slice(first.length)) : [];
	});
	return [...new Map(all.toReversed().map((part) => [part.job, part])).values()];
}

/** Says it on the pull request. `environment` is the runner's. */
async function commentOn(pullRequest, message, inputs, { token, environment }) {
	const context = {
		...links(environment),
		...speaker(inputs, environment),
		commit: pullRequest.headCommit
	};
	return say(await connectToGitHub(token, apiUrl(environment)), {
		...repositoryOf(environment),
		pullRequest
	}, message, context);
}
/** Says it in the name that the context has. */
function say(api, place, message, context) {
	return publishComment(api, {
		...place,
		marker: marker(context.key)
	}, textOf(message, context));
}
/** A message as what becomes of a comment. */
function textOf(message, context) {
	const shared = context.job === void 0 ? { isRetired } : {
		isRetired,
		holds: (body) => speaksFor(body, context)
	};
	switch (message.kind) {
		case "verdict": return {
			...shared,
			compose: (existing) => commentBody(message.verdict, context, existing)
		};
		case "no-migrations": return {
			isRetired,
			compose: (existing) => existing.length > 0 ? retiredComment(context) : void 0
		};
		case "not-checked": return {
			...shared,
			compose: (existing) => existing.length > 0 ? staleComment(context, version, existing) : void 0
		};
		default: return message;
	}
}
/**
* Who speaks: `key` is the same for every run of one step, and another for a step that checks something else. The jobs of a
* matrix share one, and each has its own part in the comment.
*/
function speaker({ gate, matrix, jobCount }, environment) {
	const { directory, configFile, project, tool, engine, postgres, image } = gate;
	const chosen = [
		directory,
		configFile,
		project,
		tool,
		engine,
		postgres,
		image
	].map((value) => value ?? null);
	if (matrix === void 0 || jobCount < 2) return { key: digest$1(chosen) };
	const step = [
		"GITHUB_WORKFLOW",
		"GITHUB_JOB",
		"GITHUB_ACTION"
	].map((name) => environment[name] ?? null);
	return {
		key: digest$1(step),
		job: {
			id: digest$1([matrix, chosen]),
			label: matrix,
			count: jobCount
		}
	};
}
/** Twelve hexadecimal digits that stand for a value. */
const digest$1 = (value) => hash("sha256", JSON.stringify(value)).slice(0, 12);

const payloadSchema = object({ workflow_run: object({
	id: int().positive(),
	run_attempt: int().positive(),
	event: string(),
	head_sha: string().regex(/^[0-9a-f]{40,64}$/),
	head_branch: string().nullable(),
	head_repository: object({ full_name: string() }).nullable(),
	repository: object({ full_name: string() })
}) });
/**
* Understands the payload of a `workflow_run` event.
* @throws UsageError when it is that of another
*/
function readFinishedRun(payload) {
	const result = payloadSchema.safeParse(payload);
	if (!result.success) throw new UsageError("`mode: comment` comments what another workflow found; start it by the event workflow_run.");
	const run = result.data.workflow_run;
	return {
		id: run.id,
		attempt: run.run_attempt,
		event: run.event,
		headCommit: run.head_sha,
		headBranch: run.head_branch ?? "",
		...run.head_repository === null ? {} : { headRepository: run.head_repository.full_name },
		isFromFork: run.head_repository?.full_name !== run.repository.full_name
	};
}
/** The one open pull request whose newest commit a run was for; `undefined` where there is none, or more than one. */
async function pullRequestOf(api, { owner, repo }, run) {
	if (run.headRepository === void 0) return void 0;
	const head = `${run.headRepository.split("/")[0]}:${run.headBranch}`;
	const [pull, ...others] = (await api.paginate(api.rest.pulls.list, {
		owner,
		repo,
		state: "open",
		head,
		per_page: 100
	})).filter((one) => one.head.sha === run.headCommit && one.head.repo?.full_name === run.headRepository);
	if (pull === void 0 || others.length > 0) return void 0;
	return {
		number: pull.number,
		baseBranch: pull.base.ref,
		headCommit: run.headCommit,
		isFromFork: false
	};
}
/** Archives that are longer than this are none of ours, in bytes. */
const longestArchive = 8388608;
/** More jobs than this report nothing that anybody reads. */
const mostArchives = 64;
/** The archives that the last attempt of a run left, by whatever made them. @param prefix what their names begin with */
async function archivesOf(api, { owner, repo }, { run, prefix }) {
	const place = {
		owner,
		repo,
		run_id: run.id,
		per_page: 100
	};
	const wanted = (await api.paginate(api.rest.actions.listWorkflowRunArtifacts, place)).filter(({ name, size_in_bytes: size, expired }) => name.startsWith(prefix) && name.endsWith(`-${run.attempt}`) && size <= longestArchive && !expired);
	const archives = [];
	for (const { id } of wanted.slice(0, mostArchives)) {
		const { data } = await api.rest.actions.downloadArtifact({
			owner,
			repo,
			artifact_id: id,
			archive_format: "zip"
		});
		archives.push(new Uint8Array(data));
	}
	return archives;
}

var require = createRequire("/");
var _a;
var Worker;
var isMarkedAsUntransferable;
try {
	_a = require("worker_threads"), Worker = _a.Worker, isMarkedAsUntransferable = _a.isMarkedAsUntransferable;
} catch (e) {}
var u8 = Uint8Array;
var u16 = Uint16Array;
var i32 = Int32Array;
var fleb = new u8([
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	1,
	1,
	1,
	1,
	2,
	2,
	2,
	2,
	3,
	3,
	3,
	3,
	4,
	4,
	4,
	4,
	5,
	5,
	5,
	5,
	0,
	0,
	0,
	0
]);
var fdeb = new u8([
	0,
	0,
	0,
	0,
	1,
	1,
	2,
	2,
	3,
	3,
	4,
	4,
	5,
	5,
	6,
	6,
	7,
	7,
	8,
	8,
	9,
	9,
	10,
	10,
	11,
	11,
	12,
	12,
	13,
	13,
	0,
	0
]);
var clim = new u8([
	16,
	17,
	18,
	0,
	8,
	7,
	9,
	6,
	10,
	5,
	11,
	4,
	12,
	3,
	13,
	2,
	14,
	1,
	15
]);
var freb = function(eb, start) {
	var b = new u16(31);
	for (var i = 0; i < 31; ++i) b[i] = start += 1 << eb[i - 1];
	var r = new i32(b[30]);
	for (var i = 1; i < 30; ++i) for (var j = b[i]; j < b[i + 1]; ++j) r[j] = j - b[i] << 5 | i;
	return {
		b,
		r
	};
};
var _a = freb(fleb, 2);
var fl = _a.b;
var revfl = _a.r;
fl[28] = 258, revfl[258] = 28;
var _b = freb(fdeb, 0);
var fd = _b.b;
var revfd = _b.r;
var rev = new u16(32768);
for (var i = 0; i < 32768; ++i) {
	var x = (i & 43690) >> 1 | (i & 21845) << 1;
	x = (x & 52428) >> 2 | (x & 13107) << 2;
	x = (x & 61680) >> 4 | (x & 3855) << 4;
	rev[i] = ((x & 65280) >> 8 | (x & 255) << 8) >> 1;
}
var hMap = (function(cd, mb, r) {
	var s = cd.length;
	var i = 0;
	var l = new u16(mb);
	for (; i < s; ++i) if (cd[i]) ++l[cd[i] - 1];
	var le = new u16(mb);
	for (i = 1; i < mb; ++i) le[i] = le[i - 1] + l[i - 1] << 1;
	var co;
	if (r) {
		co = new u16(1 << mb);
		var rvb = 15 - mb;
		for (i = 0; i < s; ++i) if (cd[i]) {
			var sv = i << 4 | cd[i];
			var r_1 = mb - cd[i];
			var v = le[cd[i] - 1]++ << r_1;
			for (var m = v | (1 << r_1) - 1; v <= m; ++v) co[rev[v] >> rvb] = sv;
		}
	} else {
		co = new u16(s);
		for (i = 0; i < s; ++i) if (cd[i]) co[i] = rev[le[cd[i] - 1]++] >> 15 - cd[i];
	}
	return co;
});
var flt = new u8(288);
for (var i = 0; i < 144; ++i) flt[i] = 8;
for (var i = 144; i < 256; ++i) flt[i] = 9;
for (var i = 256; i < 280; ++i) flt[i] = 7;
for (var i = 280; i < 288; ++i) flt[i] = 8;
var fdt = new u8(32);
for (var i = 0; i < 32; ++i) fdt[i] = 5;
var flm = /*#__PURE__*/ hMap(flt, 9, 0);
var flrm = /*#__PURE__*/ hMap(flt, 9, 1);
var fdm = /*#__PURE__*/ hMap(fdt, 5, 0);
var fdrm = /*#__PURE__*/ hMap(fdt, 5, 1);
var max = function(a) {
	var m = a[0];
	for (var i = 1; i < a.length; ++i) if (a[i] > m) m = a[i];
	return m;
};
var bits = function(d, p, m) {
	var o = p / 8 | 0;
	return (d[o] | d[o + 1] << 8) >> (p & 7) & m;
};
var bits16 = function(d, p) {
	var o = p / 8 | 0;
	return (d[o] | d[o + 1] << 8 | d[o + 2] << 16) >> (p & 7);
};
var shft = function(p) {
	return (p + 7) / 8 | 0;
};
var slc = function(v, s, e) {
	if (s == null || s < 0) s = 0;
	if (e == null || e > v.length) e = v.length;
	return new u8(v.subarray(s, e));
};
var ec = [
	"unexpected EOF",
	"invalid block type",
	"invalid length/literal",
	"invalid distance",
	"stream finished",
	"no stream handler",
	,
	"no callback",
	"invalid UTF-8 data",
	"extra field too long",
	"date not in range 1980-2099",
	"filename too long",
	"stream finishing",
	"invalid zip data"
];
var err = function(ind, msg, nt) {
	var e = new Error(msg || ec[ind]);
	e.code = ind;
	if (Error.captureStackTrace) Error.captureStackTrace(e, err);
	if (!nt) throw e;
	return e;
};
var inflt = function(dat, st, buf, dict) {
	var sl = dat.length, dl = dict ? dict.length : 0;
	if (!sl || st.f && !st.l) return buf || new u8(0);
	var noBuf = !buf;
	var resize = noBuf || st.i != 2;
	var noSt = st.i;
	if (noBuf) buf = new u8(sl * 3);
	var cbuf = function(l) {
		var bl = buf.length;
		if (l > bl) {
			var nbuf = new u8(Math.max(bl * 2, l));
			nbuf.set(buf);
			buf = nbuf;
		}
	};
	var final = st.f || 0, pos = st.p || 0, bt = st.b || 0, lm = st.l, dm = st.d, lbt = st.m, dbt = st.n;
	var tbts = sl * 8;
	do {
		if (!lm) {
			final = bits(dat, pos, 1);
			var type = bits(dat, pos + 1, 3);
			pos += 3;
			if (!type) {
				var s = shft(pos) + 4, l = dat[s - 4] | dat[s - 3] << 8, t = s + l;
				if (t > sl) {
					if (noSt) err(0);
					break;
				}
				if (resize) cbuf(bt + l);
				buf.set(dat.subarray(s, t), bt);
				st.b = bt += l, st.p = pos = t * 8, st.f = final;
				continue;
			} else if (type == 1) lm = flrm, dm = fdrm, lbt = 9, dbt = 5;
			else if (type == 2) {
				var hLit = bits(dat, pos, 31) + 257, hcLen = bits(dat, pos + 10, 15) + 4;
				var tl = hLit + bits(dat, pos + 5, 31) + 1;
				pos += 14;
				var ldt = new u8(tl);
				var clt = new u8(19);
				for (var i = 0; i < hcLen; ++i) clt[clim[i]] = bits(dat, pos + i * 3, 7);
				pos += hcLen * 3;
				var clb = max(clt), clbmsk = (1 << clb) - 1;
				var clm = hMap(clt, clb, 1);
				for (var i = 0; i < tl;) {
					var r = clm[bits(dat, pos, clbmsk)];
					pos += r & 15;
					var s = r >> 4;
					if (s < 16) ldt[i++] = s;
					else {
						var c = 0, n = 0;
						if (s == 16) n = 3 + bits(dat, pos, 3), pos += 2, c = ldt[i - 1];
						else if (s == 17) n = 3 + bits(dat, pos, 7), pos += 3;
						else if (s == 18) n = 11 + bits(dat, pos, 127), pos += 7;
						while (n--) ldt[i++] = c;
					}
				}
				var lt = ldt.subarray(0, hLit), dt = ldt.subarray(hLit);
				lbt = max(lt);
				dbt = max(dt);
				lm = hMap(lt, lbt, 1);
				dm = hMap(dt, dbt, 1);
			} else err(1);
			if (pos > tbts) {
				if (noSt) err(0);
				break;
			}
		}
		if (resize) cbuf(bt + 131072);
		var lms = (1 << lbt) - 1, dms = (1 << dbt) - 1;
		var lpos = pos;
		for (;; lpos = pos) {
			var c = lm[bits16(dat, pos) & lms], sym = c >> 4;
			pos += c & 15;
			if (pos > tbts) {
				if (noSt) err(0);
				break;
			}
			if (!c) err(2);
			if (sym < 256) buf[bt++] = sym;
			else if (sym == 256) {
				lpos = pos, lm = null;
				break;
			} else {
				var add = sym - 254;
				if (sym > 264) {
					var i = sym - 257, b = fleb[i];
					add = bits(dat, pos, (1 << b) - 1) + fl[i];
					pos += b;
				}
				var d = dm[bits16(dat, pos) & dms], dsym = d >> 4;
				if (!d) err(3);
				pos += d & 15;
				var dt = fd[dsym];
				if (dsym > 3) {
					var b = fdeb[dsym];
					dt += bits16(dat, pos) & (1 << b) - 1, pos += b;
				}
				if (pos > tbts) {
					if (noSt) err(0);
					break;
				}
				if (resize) cbuf(bt + 131072);
				var end = bt + add;
				if (bt < dt) {
					var shift = dl - dt, dend = Math.min(dt, end);
					if (shift + bt < 0) err(3);
					for (; bt < dend; ++bt) buf[bt] = dict[shift + bt];
				}
				for (; bt < end; ++bt) buf[bt] = buf[bt - dt];
			}
		}
		st.l = lm, st.p = lpos, st.b = bt, st.f = final;
		if (lm) final = 1, st.m = lbt, st.d = dm, st.n = dbt;
	} while (!final);
	return bt != buf.length && noBuf ? slc(buf, 0, bt) : buf.subarray(0, bt);
};
var wbits = function(d, p, v) {
	v <<= p & 7;
	var o = p / 8 | 0;
	d[o] |= v;
	d[o + 1] |= v >> 8;
};
var wbits16 = function(d, p, v) {
	v <<= p & 7;
	var o = p / 8 | 0;
	d[o] |= v;
	d[o + 1] |= v >> 8;
	d[o + 2] |= v >> 16;
};
var hTree = function(d, mb) {
	var t = [];
	for (var i = 0; i < d.length; ++i) if (d[i]) t.push({
		s: i,
		f: d[i]
	});
	var s = t.length;
	var t2 = t.slice();
	if (!s) return {
		t: et,
		l: 0
	};
	if (s == 1) {
		var v = new u8(t[0].s + 1);
		v[t[0].s] = 1;
		return {
			t: v,
			l: 1
		};
	}
	t.sort(function(a, b) {
		return a.f - b.f;
	});
	t.push({
		s: -1,
		f: 25001
	});
	var l = t[0], r = t[1], i0 = 0, i1 = 1, i2 = 2;
	t[0] = {
		s: -1,
		f: l.f + r.f,
		l,
		r
	};
	while (i1 != s - 1) {
		l = t[t[i0].f < t[i2].f ? i0++ : i2++];
		r = t[i0 != i1 && t[i0].f < t[i2].f ? i0++ : i2++];
		t[i1++] = {
			s: -1,
			f: l.f + r.f,
			l,
			r
		};
	}
	var maxSym = t2[0].s;
	for (var i = 1; i < s; ++i) if (t2[i].s > maxSym) maxSym = t2[i].s;
	var tr = new u16(maxSym + 1);
	var mbt = ln(t[i1 - 1], tr, 0);
	if (mbt > mb) {
		var i = 0, dt = 0;
		var lft = mbt - mb, cst = 1 << lft;
		t2.sort(function(a, b) {
			return tr[b.s] - tr[a.s] || a.f - b.f;
		});
		for (; i < s; ++i) {
			var i2_1 = t2[i].s;
			if (tr[i2_1] > mb) {
				dt += cst - (1 << mbt - tr[i2_1]);
				tr[i2_1] = mb;
			} else break;
		}
		dt >>= lft;
		while (dt > 0) {
			var i2_2 = t2[i].s;
			if (tr[i2_2] < mb) dt -= 1 << mb - tr[i2_2]++ - 1;
			else ++i;
		}
		for (; i >= 0 && dt; --i) {
			var i2_3 = t2[i].s;
			if (tr[i2_3] == mb) {
				--tr[i2_3];
				++dt;
			}
		}
		mbt = mb;
	}
	return {
		t: new u8(tr),
		l: mbt
	};
};
var ln = function(n, l, d) {
	return n.s == -1 ? Math.max(ln(n.l, l, d + 1), ln(n.r, l, d + 1)) : l[n.s] = d;
};
var lc = function(c) {
	var s = c.length;
	while (s && !c[--s]);
	var cl = new u16(++s);
	var cli = 0, cln = c[0], cls = 1;
	var w = function(v) {
		cl[cli++] = v;
	};
	for (var i = 1; i <= s; ++i) if (c[i] == cln && i != s) ++cls;
	else {
		if (!cln && cls > 2) {
			for (; cls > 138; cls -= 138) w(32754);
			if (cls > 2) {
				w(cls > 10 ? cls - 11 << 5 | 28690 : cls - 3 << 5 | 12305);
				cls = 0;
			}
		} else if (cls > 3) {
			w(cln), --cls;
			for (; cls > 6; cls -= 6) w(8304);
			if (cls > 2) w(cls - 3 << 5 | 8208), cls = 0;
		}
		while (cls--) w(cln);
		cls = 1;
		cln = c[i];
	}
	return {
		c: cl.subarray(0, cli),
		n: s
	};
};
var clen = function(cf, cl) {
	var l = 0;
	for (var i = 0; i < cl.length; ++i) l += cf[i] * cl[i];
	return l;
};
var wfblk = function(out, pos, dat) {
	var s = dat.length;
	var o = shft(pos + 2);
	out[o] = s & 255;
	out[o + 1] = s >> 8;
	out[o + 2] = out[o] ^ 255;
	out[o + 3] = out[o + 1] ^ 255;
	for (var i = 0; i < s; ++i) out[o + i + 4] = dat[i];
	return (o + 4 + s) * 8;
};
var wblk = function(dat, out, final, syms, lf, df, eb, li, bs, bl, p) {
	wbits(out, p++, final);
	++lf[256];
	var _a = hTree(lf, 15), dlt = _a.t, mlb = _a.l;
	var _b = hTree(df, 15), ddt = _b.t, mdb = _b.l;
	var _c = lc(dlt), lclt = _c.c, nlc = _c.n;
	var _d = lc(ddt), lcdt = _d.c, ndc = _d.n;
	var lcfreq = new u16(19);
	for (var i = 0; i < lclt.length; ++i) ++lcfreq[lclt[i] & 31];
	for (var i = 0; i < lcdt.length; ++i) ++lcfreq[lcdt[i] & 31];
	var _e = hTree(lcfreq, 7), lct = _e.t, mlcb = _e.l;
	var nlcc = 19;
	for (; nlcc > 4 && !lct[clim[nlcc - 1]]; --nlcc);
	var flen = bl + 5 << 3;
	var ftlen = clen(lf, flt) + clen(df, fdt) + eb;
	var dtlen = clen(lf, dlt) + clen(df, ddt) + eb + 14 + 3 * nlcc + clen(lcfreq, lct) + 2 * lcfreq[16] + 3 * lcfreq[17] + 7 * lcfreq[18];
	if (bs >= 0 && flen <= ftlen && flen <= dtlen) return wfblk(out, p, dat.subarray(bs, bs + bl));
	var lm, ll, dm, dl;
	wbits(out, p, 1 + (dtlen < ftlen)), p += 2;
	if (dtlen < ftlen) {
		lm = hMap(dlt, mlb, 0), ll = dlt, dm = hMap(ddt, mdb, 0), dl = ddt;
		var llm = hMap(lct, mlcb, 0);
		wbits(out, p, nlc - 257);
		wbits(out, p + 5, ndc - 1);
		wbits(out, p + 10, nlcc - 4);
		p += 14;
		for (var i = 0; i < nlcc; ++i) wbits(out, p + 3 * i, lct[clim[i]]);
		p += 3 * nlcc;
		var lcts = [lclt, lcdt];
		for (var it = 0; it < 2; ++it) {
			var clct = lcts[it];
			for (var i = 0; i < clct.length; ++i) {
				var len = clct[i] & 31;
				wbits(out, p, llm[len]), p += lct[len];
				if (len > 15) wbits(out, p, clct[i] >> 5 & 127), p += clct[i] >> 12;
			}
		}
	} else lm = flm, ll = flt, dm = fdm, dl = fdt;
	for (var i = 0; i < li; ++i) {
		var sym = syms[i];
		if (sym > 255) {
			var len = sym >> 18 & 31;
			wbits16(out, p, lm[len + 257]), p += ll[len + 257];
			if (len > 7) wbits(out, p, sym >> 23 & 31), p += fleb[len];
			var dst = sym & 31;
			wbits16(out, p, dm[dst]), p += dl[dst];
			if (dst > 3) wbits16(out, p, sym >> 5 & 8191), p += fdeb[dst];
		} else wbits16(out, p, lm[sym]), p += ll[sym];
	}
	wbits16(out, p, lm[256]);
	return p + ll[256];
};
var deo = /*#__PURE__*/ new i32([
	65540,
	131080,
	131088,
	131104,
	262176,
	1048704,
	1048832,
	2114560,
	2117632
]);
var et = /*#__PURE__*/ new u8(0);
var dflt = function(dat, lvl, plvl, pre, post, st) {
	var s = st.z || dat.length;
	var o = new u8(pre + s + 5 * (1 + Math.ceil(s / 7e3)) + post);
	var w = o.subarray(pre, o.length - post);
	var lst = st.l;
	var pos = (st.r || 0) & 7;
	if (lvl) {
		if (pos) w[0] = st.r >> 3;
		var opt = deo[lvl - 1];
		var n = opt >> 13, c = opt & 8191;
		var msk_1 = (1 << plvl) - 1;
		var prev = st.p || new u16(32768), head = st.h || new u16(msk_1 + 1);
		var bs1_1 = Math.ceil(plvl / 3), bs2_1 = 2 * bs1_1;
		var hsh = function(i) {
			return (dat[i] ^ dat[i + 1] << bs1_1 ^ dat[i + 2] << bs2_1) & msk_1;
		};
		var syms = new i32(25e3);
		var lf = new u16(288), df = new u16(32);
		var lc_1 = 0, eb = 0, i = st.i || 0, li = 0, wi = st.w || 0, bs = 0;
		for (; i + 2 < s; ++i) {
			var hv = hsh(i);
			var imod = i & 32767, pimod = head[hv];
			prev[imod] = pimod;
			head[hv] = imod;
			if (wi <= i) {
				var rem = s - i;
				if ((lc_1 > 7e3 || li > 24576) && (rem > 423 || !lst)) {
					pos = wblk(dat, w, 0, syms, lf, df, eb, li, bs, i - bs, pos);
					li = lc_1 = eb = 0, bs = i;
					for (var j = 0; j < 286; ++j) lf[j] = 0;
					for (var j = 0; j < 30; ++j) df[j] = 0;
				}
				var l = 2, d = 0, ch_1 = c, dif = imod - pimod & 32767;
				if (rem > 2 && hv == hsh(i - dif)) {
					var maxn = Math.min(n, rem) - 1;
					var maxd = Math.min(32767, i);
					var ml = Math.min(258, rem);
					while (dif <= maxd && --ch_1 && imod != pimod) {
						if (dat[i + l] == dat[i + l - dif]) {
							var nl = 0;
							for (; nl < ml && dat[i + nl] == dat[i + nl - dif]; ++nl);
							if (nl > l) {
								l = nl, d = dif;
								if (nl > maxn) break;
								var mmd = Math.min(dif, nl - 2);
								var md = 0;
								for (var j = 0; j < mmd; ++j) {
									var ti = i - dif + j & 32767;
									var cd = ti - prev[ti] & 32767;
									if (cd > md) md = cd, pimod = ti;
								}
							}
						}
						imod = pimod, pimod = prev[imod];
						dif += imod - pimod & 32767;
					}
				}
				if (d) {
					syms[li++] = 268435456 | revfl[l] << 18 | revfd[d];
					var lin = revfl[l] & 31, din = revfd[d] & 31;
					eb += fleb[lin] + fdeb[din];
					++lf[257 + lin];
					++df[din];
					wi = i + l;
					++lc_1;
				} else {
					syms[li++] = dat[i];
					++lf[dat[i]];
				}
			}
		}
		for (i = Math.max(i, wi); i < s; ++i) {
			syms[li++] = dat[i];
			++lf[dat[i]];
		}
		pos = wblk(dat, w, lst, syms, lf, df, eb, li, bs, i - bs, pos);
		if (!lst) {
			st.r = pos & 7 | w[pos / 8 | 0] << 3;
			pos -= 7;
			st.h = head, st.p = prev, st.i = i, st.w = wi;
		}
	} else {
		for (var i = st.w || 0; i < s + lst; i += 65535) {
			var e = i + 65535;
			if (e >= s) {
				w[pos / 8 | 0] = lst;
				e = s;
			}
			pos = wfblk(w, pos + 1, dat.subarray(i, e));
		}
		st.i = s;
	}
	return slc(o, 0, pre + shft(pos) + post);
};
var crct = /*#__PURE__*/ (function() {
	var t = /* @__PURE__ */ new Int32Array(256);
	for (var i = 0; i < 256; ++i) {
		var c = i, k = 9;
		while (--k) c = (c & 1 && -306674912) ^ c >>> 1;
		t[i] = c;
	}
	return t;
})();
var crc = function() {
	var c = -1;
	return {
		p: function(d) {
			var cr = c;
			for (var i = 0; i < d.length; ++i) cr = crct[cr & 255 ^ d[i]] ^ cr >>> 8;
			c = cr;
		},
		d: function() {
			return ~c;
		}
	};
};
var dopt = function(dat, opt, pre, post, st) {
	if (!st) {
		st = { l: 1 };
		if (opt.dictionary) {
			var dict = opt.dictionary.subarray(-32768);
			var newDat = new u8(dict.length + dat.length);
			newDat.set(dict);
			newDat.set(dat, dict.length);
			dat = newDat;
			st.w = dict.length;
		}
	}
	return dflt(dat, opt.level == null ? 6 : opt.level, opt.mem == null ? st.l ? Math.ceil(Math.max(8, Math.min(13, Math.log(dat.length))) * 1.5) : 20 : 12 + opt.mem, pre, post, st);
};
var mrg = function(a, b) {
	var o = {};
	for (var k in a) o[k] = a[k];
	for (var k in b) o[k] = b[k];
	return o;
};
var b2 = function(d, b) {
	return d[b] | d[b + 1] << 8;
};
var b4 = function(d, b) {
	return (d[b] | d[b + 1] << 8 | d[b + 2] << 16 | d[b + 3] << 24) >>> 0;
};
var b8 = function(d, b) {
	return b4(d, b) + b4(d, b + 4) * 4294967296;
};
var wbytes = function(d, b, v) {
	for (; v; ++b) d[b] = v, v >>>= 8;
};
/**
* Compresses data with DEFLATE without any wrapper
* @param data The data to compress
* @param opts The compression options
* @returns The deflated version of the data
*/
function deflateSync(data, opts) {
	return dopt(data, opts || {}, 0, 0);
}
function inflateSync(data, opts) {
	return inflt(data, { i: 2 }, opts && opts.out, opts && opts.dictionary);
}
var fltn = function(d, p, t, o) {
	for (var k in d) {
		var val = d[k], n = p + k, op = o;
		if (Array.isArray(val)) op = mrg(o, val[1]), val = val[0];
		if (ArrayBuffer.isView(val)) t[n] = [val, op];
		else {
			t[n += "/"] = [new u8(0), op];
			fltn(val, n, t, o);
		}
	}
};
var te = typeof TextEncoder != "undefined" && /*#__PURE__*/ new TextEncoder();
var td = typeof TextDecoder != "undefined" && /*#__PURE__*/ new TextDecoder();
var tds = 0;
try {
	td.decode(et, { stream: true });
	tds = 1;
} catch (e) {}
var dutf8 = function(d) {
	for (var r = "", i = 0;;) {
		var c = d[i++];
		var eb = (c > 127) + (c > 223) + (c > 239);
		if (i + eb > d.length) return {
			s: r,
			r: slc(d, i - 1)
		};
		if (!eb) r += String.fromCharCode(c);
		else if (eb == 3) c = ((c & 15) << 18 | (d[i++] & 63) << 12 | (d[i++] & 63) << 6 | d[i++] & 63) - 65536, r += String.fromCharCode(55296 | c >> 10, 56320 | c & 1023);
		else if (eb & 1) r += String.fromCharCode((c & 31) << 6 | d[i++] & 63);
		else r += String.fromCharCode((c & 15) << 12 | (d[i++] & 63) << 6 | d[i++] & 63);
	}
};
/**
* Converts a string into a Uint8Array for use with compression/decompression methods
* @param str The string to encode
* @param latin1 Whether or not to interpret the data as Latin-1. This should
*               not need to be true unless decoding a binary string.
* @returns The string encoded in UTF-8/Latin-1 binary
*/
function strToU8(str, latin1) {
	if (latin1) {
		var ar_1 = new u8(str.length);
		for (var i = 0; i < str.length; ++i) ar_1[i] = str.charCodeAt(i);
		return ar_1;
	}
	if (te) return te.encode(str);
	var l = str.length;
	var ar = new u8(str.length + (str.length >> 1));
	var ai = 0;
	var w = function(v) {
		ar[ai++] = v;
	};
	for (var i = 0; i < l; ++i) {
		if (ai + 5 > ar.length) {
			var n = new u8(ai + 8 + (l - i << 1));
			n.set(ar);
			ar = n;
		}
		var c = str.charCodeAt(i);
		if (c < 128 || latin1) w(c);
		else if (c < 2048) w(192 | c >> 6), w(128 | c & 63);
		else if (c > 55295 && c < 57344) c = 65536 + (c & 1047552) | str.charCodeAt(++i) & 1023, w(240 | c >> 18), w(128 | c >> 12 & 63), w(128 | c >> 6 & 63), w(128 | c & 63);
		else w(224 | c >> 12), w(128 | c >> 6 & 63), w(128 | c & 63);
	}
	return slc(ar, 0, ai);
}
/**
* Converts a Uint8Array to a string
* @param dat The data to decode to string
* @param latin1 Whether or not to interpret the data as Latin-1. This should
*               not need to be true unless encoding to binary string.
* @returns The original UTF-8/Latin-1 string
*/
function strFromU8(dat, latin1) {
	if (latin1) {
		var r = "";
		for (var i = 0; i < dat.length; i += 16384) r += String.fromCharCode.apply(null, dat.subarray(i, i + 16384));
		return r;
	} else if (td) return td.decode(dat);
	else {
		var _a = dutf8(dat), s = _a.s, r = _a.r;
		if (r.length) err(8);
		return s;
	}
}
var slzh = function(d, b) {
	return b + 30 + b2(d, b + 26) + b2(d, b + 28);
};
var zh = function(d, b, z) {
	var fnl = b2(d, b + 28), efl = b2(d, b + 30), fn = strFromU8(d.subarray(b + 46, b + 46 + fnl), !(b2(d, b + 8) & 2048)), es = b + 46 + fnl;
	var _a = z64hs(d, es, efl, z, b4(d, b + 20), b4(d, b + 24), b4(d, b + 42)), sc = _a[0], su = _a[1], off = _a[2];
	return [
		b2(d, b + 10),
		sc,
		su,
		fn,
		es + efl + b2(d, b + 32),
		off
	];
};
var z64hs = function(d, b, l, z, sc, su, off) {
	var nsc = sc == 4294967295, nsu = su == 4294967295, noff = off == 4294967295, e = b + l;
	var nf = nsc + nsu + noff;
	if (z && nf) {
		for (; b + 4 < e; b += 4 + b2(d, b + 2)) if (b2(d, b) == 1) return [
			nsc ? b8(d, b + 4 + 8 * nsu) : sc,
			nsu ? b8(d, b + 4) : su,
			noff ? b8(d, b + 4 + 8 * (nsu + nsc)) : off,
			1
		];
		if (z < 2) err(13);
	}
	return [
		sc,
		su,
		off,
		0
	];
};
var exfl = function(ex) {
	var le = 0;
	if (ex) for (var k in ex) {
		var l = ex[k].length;
		if (l > 65535) err(9);
		le += l + 4;
	}
	return le;
};
var wzh = function(d, b, f, fn, u, c, ce, co) {
	var fl = fn.length, ex = f.extra, col = co && co.length;
	var exl = exfl(ex);
	wbytes(d, b, ce != null ? 33639248 : 67324752), b += 4;
	if (ce != null) d[b++] = 20, d[b++] = f.os;
	d[b] = 20, b += 2;
	d[b++] = f.flag << 1 | (c < 0 && 8), d[b++] = u && 8;
	d[b++] = f.compression & 255, d[b++] = f.compression >> 8;
	var dt = new Date(f.mtime == null ? Date.now() : f.mtime), y = dt.getFullYear() - 1980;
	if (y < 0 || y > 119) err(10);
	wbytes(d, b, y << 25 | dt.getMonth() + 1 << 21 | dt.getDate() << 16 | dt.getHours() << 11 | dt.getMinutes() << 5 | dt.getSeconds() >> 1), b += 4;
	if (c != -1) {
		wbytes(d, b, f.crc);
		wbytes(d, b + 4, c < 0 ? -c - 2 : c);
		wbytes(d, b + 8, f.size);
	}
	wbytes(d, b + 12, fl);
	wbytes(d, b + 14, exl), b += 16;
	if (ce != null) {
		wbytes(d, b, col);
		wbytes(d, b + 6, f.attrs);
		wbytes(d, b + 10, ce), b += 14;
	}
	d.set(fn, b);
	b += fl;
	if (exl) for (var k in ex) {
		var exf = ex[k], l = exf.length;
		wbytes(d, b, +k);
		wbytes(d, b + 2, l);
		d.set(exf, b + 4), b += 4 + l;
	}
	if (col) d.set(co, b), b += col;
	return b;
};
var wzf = function(o, b, c, d, e) {
	wbytes(o, b, 101010256);
	wbytes(o, b + 8, c);
	wbytes(o, b + 10, c);
	wbytes(o, b + 12, d);
	wbytes(o, b + 16, e);
};
/**
* Synchronously creates a ZIP file. Prefer using `zip` for better performance
* with more than one file.
* @param data The directory structure for the ZIP archive
* @param opts The main options, merged with per-file options
* @returns The generated ZIP archive
*/
function zipSync(data, opts) {
	if (!opts) opts = {};
	var r = {};
	var files = [];
	fltn(data, "", r, opts);
	var o = 0;
	var tot = 0;
	for (var fn in r) {
		var _a = r[fn], file = _a[0], p = _a[1];
		var compression = p.level == 0 ? 0 : 8;
		var f = strToU8(fn), s = f.length;
		var com = p.comment, m = com && strToU8(com), ms = m && m.length;
		var exl = exfl(p.extra);
		if (s > 65535) err(11);
		var d = compression ? deflateSync(file, p) : file, l = d.length;
		var c = crc();
		c.p(file);
		files.push(mrg(p, {
			size: file.length,
			crc: c.d(),
			c: d,
			f,
			m,
			u: s != fn.length || m && com.length != ms,
			o,
			compression
		}));
		o += 30 + s + exl + l;
		tot += 76 + 2 * (s + exl) + (ms || 0) + l;
	}
	var out = new u8(tot + 22), oe = o, cdl = tot - o;
	for (var i = 0; i < files.length; ++i) {
		var f = files[i];
		wzh(out, f.o, f, f.f, f.u, f.c.length);
		var badd = 30 + f.f.length + exfl(f.extra);
		out.set(f.c, f.o + badd);
		wzh(out, o, f, f.f, f.u, f.c.length, f.o, f.m), o += 16 + badd + (f.m ? f.m.length : 0);
	}
	wzf(out, o, files.length, cdl, oe);
	return out;
}
/**
* Synchronously decompresses a ZIP archive. Prefer using `unzip` for better
* performance with more than one file.
* @param data The raw compressed ZIP file
* @param opts The ZIP extraction options
* @returns The decompressed files
*/
function unzipSync(data, opts) {
	var files = {};
	var e = data.length - 22;
	for (; b4(data, e) != 101010256; --e) if (!e || data.length - e > 65558) err(13);
	var c = b2(data, e + 8);
	if (!c) return {};
	var o = b4(data, e + 16);
	var z = b4(data, e - 20) == 117853008;
	if (z) {
		var ze = b4(data, e - 12);
		z = b4(data, ze) == 101075792;
		if (z) {
			c = b4(data, ze + 32);
			o = b4(data, ze + 48);
		}
	}
	var fltr = opts && opts.filter;
	for (var i = 0; i < c; ++i) {
		var _a = zh(data, o, z), c_2 = _a[0], sc = _a[1], su = _a[2], fn = _a[3], no = _a[4], off = _a[5], b = slzh(data, off);
		o = no;
		if (!fltr || fltr({
			name: fn,
			size: sc,
			originalSize: su,
			compression: c_2
		})) {
			if (!c_2) files[fn] = slc(data, b, b + sc);
			else if (c_2 == 8) files[fn] = inflateSync(data.subarray(b, b + sc), { out: new u8(su) });
			else err(14, "unknown compression type " + c_2);
		}
	}
	return files;
}

const list = (item) => array(item).readonly();
const severity = _enum([
	"error",
	"warning",
	"info"
]);
/** A finding, as every command prints it. */
const findingSchema = strictObject({
	ruleId: string(),
	severity,
	title: string(),
	message: string(),
	help: string().optional(),
	docsUrl: string().optional(),
	revision: string().optional(),
	direction: _enum(["up", "down"]).optional(),
	file: string().optional().describe("Relative to the repository root."),
	line: int().positive().optional(),
	column: int().positive().optional().describe("In UTF-16 code units."),
	statement: string().optional().describe("The SQL it is about."),
	difference: string().optional().describe("What was changed, as a unified difference of a few lines."),
	relation: string().optional().describe("Schema-qualified."),
	evidence: strictObject({
		source: _enum([
			"static",
			"observed",
			"both"
		]),
		locks: list(strictObject({
			relation: string(),
			mode: string()
		})),
		rewrites: list(string()),
		scans: list(string()),
		durationMs: number().optional(),
		stalls: list(strictObject({
			relation: string(),
			mode: string(),
			behind: _enum(["read", "written"]),
			stopped: list(_enum(["reads", "writes"]))
		})).optional().describe("What stopped while the statement waited for its lock behind one open transaction.")
	}).optional()
});
/** What stays as it is, and why. */
const allowedSchema = strictObject({
	ruleId: string(),
	reason: string(),
	file: string(),
	line: int().positive().optional()
});
const checkId = _enum([
	"lineage",
	"history",
	"upgrade",
	"downgrade",
	"reupgrade",
	"safety"
]);
const durationMs = number().nonnegative();
const statement = strictObject({
	sql: string().describe("As it was sent; bind values are kept nowhere."),
	fingerprint: string().optional(),
	role: _enum([
		"migration",
		"setting",
		"session",
		"bookkeeping"
	]),
	transaction: int().positive(),
	transactional: boolean(),
	durationMs,
	tag: string().optional(),
	rows: int().nonnegative().optional(),
	sqlState: string().optional(),
	position: int().positive().optional().describe("Where PostgreSQL saw the error, in characters from the beginning of `sql`."),
	connection: int().positive().optional().describe("From 1 within the step."),
	locks: list(strictObject({
		relation: string(),
		mode: string()
	})),
	rewrites: list(string()),
	scans: list(string()),
	indexBuilds: list(string()).optional().describe("Indexes that were built, without their schema."),
	verifications: list(string()).optional().describe("Tables and foreign keys whose rows were checked."),
	walBytes: int().nonnegative().optional().describe("Write-ahead log from before the statement to after it."),
	lockTimeoutMs: number().nonnegative().optional().describe("`lock_timeout` in effect; 0: it would wait for ever."),
	evidence: _enum([
		"complete",
		"sampled",
		"none"
	]),
	evidenceReason: string().optional()
});
const offline = union([
	strictObject({
		kind: literal("same"),
		sql: string()
	}),
	strictObject({
		kind: literal("differs"),
		sql: string(),
		difference: string()
	}),
	strictObject({
		kind: literal("unavailable"),
		reason: string()
	})
]).describe("What the tool prints instead of running it, held against what it sent.");
/** The migration tools, by their names. */
const toolSchema = _enum([
	"alembic",
	"mikro-orm",
	"sql"
]);
/** The shape of a history. */
const lineageShape = strictObject({
	revisions: int().nonnegative(),
	heads: list(string()),
	bases: list(string()),
	branchPoints: list(string()),
	mergePoints: list(string()),
	new: list(string())
});
/** A revision with what it sent. */
const revisionSchema = strictObject({
	id: string(),
	file: string(),
	downFile: string().optional().describe("The file with the way back, where it is another one."),
	title: string().optional(),
	new: boolean(),
	downRevisions: list(string()),
	up: list(statement).optional(),
	down: list(statement).nullable().optional(),
	offline: strictObject({
		up: offline.optional(),
		down: offline.optional()
	}).optional()
});
const project = strictObject({
	name: string(),
	tool: toolSchema,
	directory: string(),
	server: strictObject({
		engine: _enum([
			"testcontainers",
			"embedded",
			"url",
			"memory"
		]),
		version: string(),
		startMs: number().nonnegative(),
		instead: string().optional().describe("Why it is not the one that is tried first: the image could not be pulled.")
	}).optional().describe("Absent when none was started."),
	lineage: lineageShape.optional(),
	checks: list(union([strictObject({
		id: checkId,
		status: literal("passed"),
		durationMs
	}), strictObject({
		id: checkId,
		status: _enum([
			"failed",
			"skipped",
			"errored"
		]),
		reason: string(),
		durationMs
	})])),
	findings: list(findingSchema),
	coverage: strictObject({
		judged: int().nonnegative(),
		unread: int().nonnegative().describe("Statements that PostgreSQL's parser refuses."),
		opaque: int().nonnegative().describe("Statements that run SQL which is not in their text, and that the server was not asked about."),
		refuted: int().nonnegative().describe("Suspicions that the server did not confirm, and that were dropped."),
		allowed: list(allowedSchema),
		off: list(string()).describe("Rules that the configuration switches off.")
	}).optional().describe("How much of what the examined revisions sent was judged."),
	revisions: list(revisionSchema),
	plan: strictObject({
		digest: string().regex(/^sha256:[0-9a-f]{64}$/),
		revisions: list(strictObject({
			version: literal(2).optional().describe("Absent: made by a version that left settings out."),
			revision: string(),
			seal: string().regex(/^[0-9a-f]{64}$/),
			statements: list(string().regex(/^[0-9a-f]{8}$/))
		})).describe("What a later apply holds against what it is about to run.")
	}).optional().describe("What seals the examined revisions.")
});
/** The public shape of the verdict; its JSON Schema is published from here, and every report in the tests is held against it. */
const verdictSchema = strictObject({
	schemaVersion: literal(1),
	headgate: string(),
	verdict: _enum([
		"passed",
		"failed",
		"errored"
	]),
	message: string().optional().describe("Why there is nothing to report on, and what to do; then there are no projects."),
	base: string().optional().describe("The git commit that decided which revisions are new."),
	noBase: string().optional().describe("Why every revision counts as new, where there is no base."),
	projects: list(project)
});
/** What every command but those that speak to production prints with `--format json` in place of its report, when there is none. */
const unreportedSchema = strictObject({
	schemaVersion: literal(1),
	headgate: string(),
	verdict: _enum(["failed", "errored"]),
	message: string().describe("Why, and what to do."),
	projects: array(never()).readonly()
});

const digest = string().regex(/^[0-9a-f]{12}$/);
/** What a run has to say on a pull request, and in whose name. */
const envelopeSchema = strictObject({
	schemaVersion: literal(1),
	kind: _enum([
		"verdict",
		"no-migrations",
		"not-checked"
	]),
	key: digest,
	job: strictObject({
		id: digest,
		label: string().max(100),
		count: int().min(2).max(256)
	}).optional()
}).readonly();
const [envelopeName, verdictName] = ["comment.json", "headgate.json"];
/** No file of ours is longer when it is unpacked, in bytes. */
const longestFile = 33554432;
/** Packs a report as a ZIP archive. @param files what else is to be in it, by name */
const packReport = (envelope, files) => zipSync(Object.fromEntries(Object.entries({
	...files,
	[envelopeName]: JSON.stringify(envelope)
}).map(([name, text]) => [name, strToU8(text)])), { mtime: "1980-01-01T00:00:00" });
/**
* Reads an archive that a stranger may have made: only the two files that are wanted are unpacked, in memory, each up to a
* size, and both have to be what their schemas say. `undefined` for any other.
*/
function unpackReport(bytes) {
	const isWanted = ({ name, originalSize }) => (name === envelopeName || name === verdictName) && originalSize <= longestFile;
	try {
		const files = unzipSync(bytes, { filter: isWanted });
		const read = (name) => JSON.parse(strFromU8(files[name] ?? /* @__PURE__ */ new Uint8Array()));
		const envelope = envelopeSchema.parse(read(envelopeName));
		return envelope.kind === "verdict" ? {
			envelope,
			verdict: verdictSchema.parse(read(verdictName))
		} : { envelope };
	} catch {
		return;
	}
}

const attempts = 3;
const requestLimitMs = 6e4;
/**
* Uploads an archive as an artifact of the run, as `actions/upload-artifact` does: its own package would be most of what this
* one weighs, for three requests. Never throws.
* @param environment the runner's, which names the service and holds a token for it in steps of actions
* @param archive a ZIP archive
*/
async function uploadArtifact(name, archive, environment) {
	const { ACTIONS_RESULTS_URL: url, ACTIONS_RUNTIME_TOKEN: token } = environment;
	if (!url || !token) return {
		kind: "failed",
		reason: "No artifact: this runner offers no service to upload one to."
	};
	const run = runOf(token);
	if (run === void 0) return {
		kind: "failed",
		reason: "No artifact: the runner's token names no run."
	};
	const call = (method, request) => post(new URL(`/twirp/github.actions.results.api.v1.ArtifactService/${method}`, url), token, {
		...run,
		...request
	});
	try {
		const { signed_upload_url: snake, signedUploadUrl: camel } = await call("CreateArtifact", {
			name,
			version: 4
		});
		const target = String(snake ?? camel);
		const signature = new URL(target).searchParams.get("sig");
		if (signature) setSecret(signature);
		await store(target, archive);
		await call("FinalizeArtifact", {
			name,
			size: String(archive.length),
			hash: `sha256:${hash("sha256", archive)}`
		});
		return { kind: "uploaded" };
	} catch (error) {
		return {
			kind: "failed",
			reason: `No artifact: ${error.message}.`
		};
	}
}
/** The run and job that a token of the runner is for. */
function runOf(token) {
	try {
		const { scp } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
		const [, run, job] = /(?:^| )Actions\.Results:([^: ]+):([^: ]+)(?: |$)/.exec(scp) ?? [];
		return run && job ? {
			workflow_run_backend_id: run,
			workflow_job_run_backend_id: job
		} : void 0;
	} catch {
		return;
	}
}
/** Stores the bytes as the one block of a blob. https://learn.microsoft.com/rest/api/storageservices/put-block-list */
async function store(url, bytes) {
	const block = Buffer.from("0".repeat(8)).toString("base64");
	const at = (parameters) => {
		const result = new URL(url);
		for (const [name, value] of Object.entries(parameters)) result.searchParams.set(name, value);
		return result;
	};
	await send(at({
		comp: "block",
		blockid: block
	}), {
		method: "PUT",
		body: Buffer.from(bytes)
	});
	const list = `<?xml version="1.0" encoding="utf-8"?><BlockList><Latest>${block}</Latest></BlockList>`;
	await send(at({ comp: "blocklist" }), {
		method: "PUT",
		body: list,
		headers: {
			"content-type": "text/plain; charset=utf-8",
			"x-ms-blob-content-type": "application/zip"
		}
	});
}
async function post(url, token, body) {
	const headers = {
		authorization: `Bearer ${token}`,
		"content-type": "application/json"
	};
	const answer = await (await send(url, {
		method: "POST",
		body: JSON.stringify(body),
		headers
	})).json();
	if (answer["ok"] !== true) throw new Error("GitHub's service for artifacts did not take it");
	return answer;
}
/** Sends a request, again where that may help. */
async function send(url, request) {
	for (let attempt = 1;; attempt++) {
		let reason;
		try {
			const response = await fetch(url, {
				...request,
				signal: AbortSignal.timeout(requestLimitMs)
			});
			if (response.ok) return response;
			reason = `GitHub's service for artifacts answered ${response.status}`;
			if (response.status < 500 && response.status !== 429) attempt = attempts;
		} catch {
			reason = "GitHub's service for artifacts could not be reached";
		}
		if (attempt >= attempts) throw new Error(reason);
		await setTimeout$1(attempt * 1e3);
	}
}

/** What the names of our artifacts begin with. */
const artifactPrefix = "headgate-";
/**
* Keeps what there is to say as an artifact of the run: whole, for people, and for the run that may comment where this one may
* not. `environment` is the runner's.
* @param files of the verdict, where there is one
*/
function uploadReport(message, files, inputs, environment) {
	const { key, job } = speaker(inputs, environment);
	const envelope = {
		schemaVersion: 1,
		kind: message.kind,
		key,
		...job === void 0 ? {} : { job }
	};
	const archive = packReport(envelope, {
		...message.kind === "verdict" ? { "headgate.md": markdownReport(message.verdict) } : {},
		...files === void 0 ? {} : {
			"headgate.json": readFileSync(files.report, "utf8"),
			"headgate.sql": readFileSync(files.sql, "utf8"),
			"headgate.sarif": readFileSync(files.sarif, "utf8")
		}
	});
	const step = ["GITHUB_JOB", "GITHUB_ACTION"].map((name) => environment[name] ?? null);
	const name = `${artifactPrefix}${digest$1([
		key,
		job?.id ?? null,
		step
	])}-${environment["GITHUB_RUN_ATTEMPT"] || "1"}`;
	return uploadArtifact(name, archive, environment);
}

/**
* Comments what a run found whose token may not comment: that of a pull request from a fork. This one's token may, so that it
* checks out nothing and runs nothing of the pull request's; which pull request it is, and its commit, GitHub says, and what the
* run left behind is read as a stranger's.
* @param report is told of each outcome
* @throws UsageError when another event started it
*/
async function commentForRun({ token }, environment, report) {
	const path = environment["GITHUB_EVENT_PATH"];
	const run = readFinishedRun(path ? JSON.parse(readFileSync(path, "utf8")) : void 0);
	if (token === void 0) throw new UsageError("`mode: comment` needs the input github-token.");
	if (run.event !== "pull_request" || !run.isFromFork) return report({
		kind: "none",
		reason: "Nothing to comment: that run was for no pull request from a fork."
	});
	const api = await connectToGitHub(token, apiUrl(environment));
	const repository = repositoryOf(environment);
	try {
		const pullRequest = await pullRequestOf(api, repository, run);
		if (pullRequest === void 0) return report({
			kind: "none",
			reason: "No comment: not exactly one open pull request has that run's commit."
		});
		const archives = await archivesOf(api, repository, {
			run,
			prefix: artifactPrefix
		});
		if (archives.length === 0) return report({
			kind: "none",
			reason: "No comment: that run left no report."
		});
		for (const bytes of archives) {
			const archive = unpackReport(bytes);
			if (archive === void 0) {
				report({
					kind: "failed",
					reason: "No comment: an artifact of that run is no report of this version of Headgate."
				});
				continue;
			}
			const { key, job } = archive.envelope;
			const context = {
				...links(environment, String(run.id)),
				...optional("job", job),
				key,
				commit: run.headCommit
			};
			report(await say(api, {
				...repository,
				pullRequest
			}, messageOf(archive), {
				...context,
				isHearsay: true
			}));
		}
	} catch (cause) {
		report({
			kind: "failed",
			reason: whyNotRead(cause)
		});
	}
}
function messageOf({ envelope, verdict }) {
	if (verdict !== void 0) return {
		kind: "verdict",
		verdict
	};
	return { kind: envelope.kind === "no-migrations" ? "no-migrations" : "not-checked" };
}
function whyNotRead(cause) {
	const { status, message } = cause;
	return status === 403 || status === 404 ? "No comment: the github-token may not read what that run left. Add the lines `actions: read` and `pull-requests: write` under `permissions:` of the job." : `No comment: what that run left could not be read (${message ?? "no reason given"}).`;
}

/**
* Refuses to run a stranger's migrations with the repository's secrets. Events such as `pull_request_target` and
* `workflow_run` have a token that may write, and run on the default branch; a workflow that checks out something else there
* hands both to whoever opened the pull request.
* @param root the repository that would be checked
* @param commit the commit the event is about (`GITHUB_SHA`)
* @throws UsageError unless what is checked out is that commit, unchanged
*/
function refuseForeignCode(event, root, commit) {
	if (event.kind !== "privileged") return;
	const head = askGit(root, ["rev-parse", "HEAD"]);
	const changes = runGit(root, [
		"status",
		"--porcelain",
		"--untracked-files=all",
		"--ignored=matching"
	]);
	if (commit !== void 0 && head === commit && changes.status === 0 && changes.stdout.length === 0) return;
	throw new UsageError(`Headgate does not run here: the event ${event.name} has a token that may write to this repository, and what is checked out is not the branch that the workflow comes from. Migrations are code, and these may be a stranger's. Use the event pull_request instead; it runs them without secrets.`);
}

/** Which checks of which project could not be done, and why. */
const uncheckedIn = ({ projects }) => projects.flatMap(({ name, checks }) => checks.flatMap((check) => check.status === "errored" ? [`${name}: ${check.id}: ${check.reason}`] : []));

/**
* A fingerprint for each finding: the same for the same statement of the same file, wherever in it that stands; the second of
* two that are equal is told apart.
*/
function fingerprints(findings) {
	const seen = /* @__PURE__ */ new Map();
	return findings.map(({ ruleId, file = "", relation = "", statement = "", direction, message }) => {
		const about = statement === "" ? message : statement.replaceAll(/\s+/g, " ").trim();
		const key = JSON.stringify([
			ruleId,
			file,
			direction,
			relation,
			about
		]);
		const times = seen.get(key) ?? 0;
		seen.set(key, times + 1);
		return hash("sha256", `${key}${times}`).slice(0, 32);
	});
}

const levels = {
	error: "error",
	warning: "warning",
	info: "note"
};
/**
* Findings as SARIF 2.1.0, for code scanning. A finding keeps its fingerprint when its statement moves to another line.
* https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
*/
function sarifReport(findings, { version, rules, complete, notes }) {
	const used = new Map(rules.map((rule) => [rule.id, rule]));
	for (const { ruleId, title, severity, message, help } of findings) if (!used.has(ruleId)) used.set(ruleId, {
		id: ruleId,
		title,
		severity,
		description: title,
		remedy: help?.split("\n\n")[0] ?? message
	});
	const ids = [...used.keys()];
	const prints = fingerprints(findings);
	const log = {
		$schema: "https://json.schemastore.org/sarif-2.1.0.json",
		version: "2.1.0",
		runs: [{
			tool: { driver: {
				name: "Headgate",
				semanticVersion: version,
				rules: [...used.values()].map(descriptor)
			} },
			columnKind: "utf16CodeUnits",
			originalUriBaseIds: { SRCROOT: { description: { text: "The root of the repository." } } },
			invocations: [{
				executionSuccessful: complete,
				toolExecutionNotifications: notes.map((note) => ({
					level: "warning",
					message: { text: plainText(note) }
				}))
			}],
			results: findings.map((finding, index) => result(finding, ids.indexOf(finding.ruleId), prints[index]))
		}]
	};
	return `${JSON.stringify(log, void 0, 2)}\n`;
}
function descriptor({ id, title, severity, description, remedy, url }) {
	return {
		id,
		shortDescription: { text: title },
		fullDescription: { text: description },
		help: { text: remedy },
		...url === void 0 ? {} : { helpUri: url },
		defaultConfiguration: { level: levels[severity] }
	};
}
function result(finding, ruleIndex, fingerprint) {
	const { ruleId, severity, message, help, file, line, column, statement } = finding;
	const text = plainText(help === void 0 ? message : `${message}\n\n${help}`);
	const region = line === void 0 ? void 0 : {
		startLine: line,
		...column === void 0 ? {} : { startColumn: column },
		endLine: line + (statement ? statement.split(/\r\n|\n|\r/).length - 1 : 0),
		...statement ? { snippet: { text: plainText(statement) } } : {}
	};
	return {
		ruleId,
		ruleIndex,
		level: levels[severity],
		message: { text },
		locations: file === void 0 ? [] : [{ physicalLocation: {
			artifactLocation: {
				uri: uriOf(file),
				uriBaseId: "SRCROOT"
			},
			...region ? { region } : {}
		} }],
		partialFingerprints: { "headgate/v1": fingerprint }
	};
}
const uriOf = (path) => path.split("/").map(encodeURIComponent).join("/");

/** The verdict's findings as SARIF. What could not be checked is a notification of the tool. */
function checkSarif(verdict, rules) {
	const { headgate, projects } = verdict;
	const unchecked = uncheckedIn(verdict);
	return sarifReport(projects.flatMap(({ findings }) => findings), {
		version: headgate,
		rules,
		complete: unchecked.length === 0,
		notes: unchecked
	});
}

/** The verdict as one JSON document, as the published schema describes it. */
const jsonReport = (verdict) => `${JSON.stringify(verdict, void 0, 2)}\n`;

/** Every rule of the registry, in words. */
const describedRules = rules.map(({ id, title, severity, effect, remedy, source }) => ({
	id,
	title,
	severity,
	description: effect.consequence,
	remedy,
	url: source.url
}));

/**
* Writes a verdict's files into a directory of their own, because one job may run the action several times.
* @param parent an existing directory that outlives the step
*/
function writeReportFiles(verdict, parent) {
	const directory = mkdtempSync(join(parent, "headgate-"));
	const write = (name, text) => {
		const path = join(directory, name);
		writeFileSync(path, text);
		return path;
	};
	return {
		report: write("headgate.json", jsonReport(verdict)),
		sql: write("headgate.sql", sqlFile(verdict)),
		sarif: write("headgate.sarif", checkSarif(verdict, describedRules))
	};
}
const sqlFile = ({ projects }) => projects.flatMap((project) => [`-- Up\n\n${sqlReport(project, "up")}`, ...project.revisions.some(({ down }) => down !== void 0) ? [`-- Down\n\n${sqlReport(project, "down")}`] : []]).join("\n");

/**
* What lets one git command into a repository on GitHub, and into no other: nothing is written to the clone. Empty where origin
* is no address of that server, or where the clone has credentials of its own, which GitHub would not take twice.
* @param serverUrl for example `https://github.com`
*/
function gitCredentials(root, token, serverUrl) {
	const origin = askGit(root, [
		"remote",
		"get-url",
		"origin"
	]) ?? "";
	const server = `${serverUrl.replace(/\/$/, "")}/`;
	if (!origin.startsWith(server)) return {};
	if (askGit(root, [
		"config",
		"--get-urlmatch",
		"http.extraheader",
		origin
	]) !== void 0) return {};
	return {
		GIT_CONFIG_COUNT: "1",
		GIT_CONFIG_KEY_0: `http.${server}.extraheader`,
		GIT_CONFIG_VALUE_0: `AUTHORIZATION: basic ${basicCredentials(token)}`
	};
}
/** The token as git sends it; as secret as the token. */
const basicCredentials = (token) => Buffer.from(`x-access-token:${token}`).toString("base64");

/** How many refs one command asks for. */
const batch = 100;
/**
* Brings these commits into the clone, and as much history as it takes until each meets HEAD's. Makes and moves no branch. What
* could not be fetched is simply not there: a ref may be gone, or have moved on.
* @param environment what git needs to be let in; see `gitCredentials`
*/
function fetchHeads(root, wanted, environment = {}) {
	const depth = isShallow(root) ? ["--depth=1"] : [];
	const fetch = (refs) => runGit(root, [
		"fetch",
		"--quiet",
		"--no-tags",
		"--no-recurse-submodules",
		...depth,
		"origin",
		...refs
	], { environment }).status === 0;
	const missing = wanted.filter(({ commit }) => !hasCommit(root, commit)).map(({ ref }) => ref);
	for (let at = 0; at < missing.length; at += batch) {
		const refs = missing.slice(at, at + batch);
		if (!fetch(refs)) for (const ref of refs) fetch([ref]);
	}
	const apart = () => wanted.filter(({ commit }) => hasCommit(root, commit) && !meetsHead(root, commit));
	deepen(root, () => apart().length === 0, () => apart().map(({ ref }) => ref), environment);
}
/** Whether the clone has this commit. */
const hasCommit = (root, commit) => askGit(root, [
	"rev-parse",
	"--verify",
	"--quiet",
	`${commit}^{commit}`
]) !== void 0;
const meetsHead = (root, commit) => askGit(root, [
	"merge-base",
	commit,
	"HEAD"
]) !== void 0;

/** Puts a status on a commit, unless it is there already. Gives whether it was put. @throws what GitHub answers */
async function putStatus(api, { owner, repo }, commit, { context, state, description, targetUrl, onlyInPlace = false }) {
	const place = {
		owner,
		repo,
		ref: commit,
		per_page: 100
	};
	let present;
	for await (const { data } of api.paginate.iterator(api.rest.repos.getCombinedStatusForRef, place)) {
		const { statuses } = data;
		present = statuses.find((status) => status.context === context);
		if (present !== void 0) break;
	}
	if (present === void 0 && onlyInPlace) return false;
	if (present?.state === state && present.description === description) return false;
	const status = {
		owner,
		repo,
		sha: commit,
		context,
		state,
		description,
		target_url: targetUrl
	};
	await api.rest.repos.createCommitStatus(status);
	return true;
}

/** Every open pull request into a branch, by number. @throws what GitHub answers */
async function openPulls(api, { owner, repo }, base) {
	return (await api.paginate(api.rest.pulls.list, {
		owner,
		repo,
		base,
		state: "open",
		per_page: 100
	})).map(({ number, head, user }) => ({
		number,
		head: head.sha,
		isForeign: head.repo?.full_name.toLowerCase() !== `${owner}/${repo}`.toLowerCase() || user?.login === "dependabot[bot]"
	})).toSorted((one, other) => one.number - other.number);
}

/** Merges two commits as `git merge` would, without a checkout and without touching a branch. Runs no program of the repository's. */
function mergeTree(root, ours, theirs) {
	const { status, stdout, stderr } = runGit(root, [
		"merge-tree",
		"--write-tree",
		"--no-messages",
		"--name-only",
		"-z",
		ours,
		theirs
	]);
	const [tree = "", ...files] = stdout.toString().split("\0").filter(Boolean);
	if (status === 0) return {
		kind: "merged",
		tree
	};
	if (status === 1 && tree !== "") return {
		kind: "conflicts",
		tree,
		files
	};
	return {
		kind: "failed",
		reason: stderr.split("\n")[0]?.replace(/^(fatal|error): /, "") ?? "git said nothing"
	};
}
/** Makes a commit of a merged tree, which no branch leads to; `undefined` when git cannot. */
function writeMerge(root, tree, parents) {
	const somebody = {
		name: "Headgate",
		email: "headgate@localhost",
		date: "1970-01-01T00:00:00Z"
	};
	const environment = Object.fromEntries(["AUTHOR", "COMMITTER"].flatMap((role) => Object.entries(somebody).map(([what, value]) => [`GIT_${role}_${what.toUpperCase()}`, value])));
	const command = [
		"commit-tree",
		tree,
		...parents.flatMap((parent) => ["-p", parent]),
		"-m",
		"merge"
	];
	const { status, stdout } = runGit(root, [
		"-c",
		"commit.gpgSign=false",
		...command
	], { environment });
	return status === 0 ? stdout.toString().trim() : void 0;
}

/**
* Reads a branch as it is committed.
* @param branch what it is called, for messages
* @param ref where it is now
* @throws ConfigurationError when there is no project in it
* @throws UsageError when an option names what is not there
*/
function openMergeTarget(options, branch, ref) {
	const { root, directory } = repositoryRoot(options.directory);
	const commit = askGit(root, [
		"rev-parse",
		"--verify",
		"--quiet",
		`${ref}^{commit}`
	]);
	if (commit === void 0) throw new UsageError(`There is no commit ${JSON.stringify(ref)} in this clone.`);
	const configFile = configPath(root, options.configFile);
	const tip = commitTree(root, commit);
	const read = (files) => {
		const configuration = readConfiguration(files, configFile);
		const selection = {
			directory,
			...optional("project", options.project),
			...optional("tool", options.tool)
		};
		return {
			files,
			configuration,
			...findProjects(files, configuration, tools, selection)
		};
	};
	const present = read(tip);
	if (present.absent[0]) throw present.absent[0].error;
	const folders = present.projects.flatMap(({ migrations }) => migrations);
	const isMigration = (path) => folders.some((folder) => isWithin(path, folder));
	const target = {
		commit,
		mergeBase: tip,
		ref: branch
	};
	const judgeTree = async (tree, touched) => {
		const files = commitTree(root, tree);
		const { configuration, projects, absent, leftOut } = read(files);
		const own = projects.filter(({ migrations }) => touched.some((path) => migrations.some((folder) => isWithin(path, folder))));
		const { moved, gone } = earlierProjects(present.projects, projects, tip, leftOut);
		const never = absent.find((one) => !gone.some(one.is));
		if (never) throw never.error;
		const base = {
			...target,
			moved
		};
		const missing = judgeGoneProjects({
			base,
			gone,
			configuration,
			...optional("configFile", configFile)
		});
		const failOn = options.failOn ?? configuration["fail-on"];
		const judged = await Promise.all(own.map(async (project) => {
			const { readHistory } = toolNamed(project.tool);
			const lineage = judgeProjectLineage(project, readHistory(files, project), base);
			const { findings } = await judgeHistory(project, lineage.history, {
				files,
				base,
				configuration,
				...optional("configFile", configFile)
			});
			const before = new Set(judgeProjectLineage(project, readHistory(tip, project), base).findings.map(keyOf));
			const brought = lineage.findings.filter((finding) => !before.has(keyOf(finding)));
			return {
				project,
				newIds: lineage.newIds,
				findings: [...brought, ...findings]
			};
		}));
		const computed = judged.filter(({ project }) => toolNamed(project.tool).runner(project).kind === "driver").flatMap(({ findings }) => findings.filter(({ ruleId }) => ruleId === "unreadable-migration"));
		if (computed[0] !== void 0) return {
			kind: "unjudged",
			reason: `${computed[0].file ?? "A migration"} cannot be read without running it, and nothing is run here.`
		};
		return {
			kind: "judged",
			failing: [...judged.flatMap(({ findings }) => findings), ...missing.map(({ finding }) => finding)].filter(({ severity }) => severity === "error" || severity === failOn),
			projects: judged.map(({ project, newIds }) => ({
				project,
				newIds
			})),
			tree
		};
	};
	return {
		root,
		commit,
		async judge(head) {
			const merged = mergeTree(root, commit, head);
			if (merged.kind === "failed") return {
				kind: "unjudged",
				reason: `git cannot merge it: ${merged.reason}.`
			};
			const touched = changedFiles(root, commit, merged.tree)?.filter(isMigration);
			if (touched === void 0) return {
				kind: "unjudged",
				reason: "git cannot compare it."
			};
			if (touched.length === 0) return { kind: "untouched" };
			const files = merged.kind === "conflicts" ? merged.files.filter(isMigration) : [];
			if (files.length > 0) return {
				kind: "conflicts",
				files
			};
			try {
				return await judgeTree(merged.tree, touched);
			} catch (error) {
				if (error instanceof ConfigurationError || error instanceof UsageError) return {
					kind: "unjudged",
					reason: error.message
				};
				throw error;
			}
		},
		both(first, second) {
			const one = writeMerge(root, first.tree, [commit, first.head]);
			const merged = one === void 0 ? void 0 : mergeTree(root, one, second.head);
			return merged?.kind === "merged" ? read(commitTree(root, merged.tree)) : void 0;
		}
	};
}
const keyOf = ({ ruleId, file, message }) => JSON.stringify([
	ruleId,
	file,
	message
]);

/** In characters: GitHub takes no longer description. */
const longest = 140;
/**
* What is said on a pull request's commit after the branch it goes into has moved; `undefined` where there is nothing to say.
* @param branch that branch
*/
function mergeStatus(judgement, branch) {
	switch (judgement.kind) {
		case "untouched": return;
		case "conflicts": {
			const [first = "", ...others] = judgement.files.map((file) => posix.basename(file));
			return {
				state: "error",
				description: fitted([`Merge ${branch} and resolve the conflicts in ${others.length === 0 ? first : `${first} and ${others.length} more`}.`])
			};
		}
		case "unjudged": return {
			state: "error",
			description: fitted([`Not judged: ${judgement.reason}`])
		};
		case "judged": {
			const { failing, projects } = judgement;
			const newRevisions = projects.reduce((sum, { newIds }) => sum + newIds.size, 0);
			const [first] = failing;
			if (first === void 0) return {
				state: "success",
				description: fitted([`Fits ${branch}: ${newRevisions} new ${newRevisions === 1 ? "revision" : "revisions"}.`, `Fits: ${newRevisions} new.`])
			};
			const more = failing.length === 1 ? "" : ` (and ${failing.length - 1} more)`;
			const what = `${first.title}${more}.`;
			const repair = repairOf(first);
			const merge = /^(migration|project)-/.test(first.ruleId) ? "" : `Merge ${branch}, then: `;
			return {
				state: "failure",
				description: fitted([
					`${what} ${merge}${repair}`,
					`${merge}${repair}${more}`,
					`${merge}${repair}`
				])
			};
		}
		default: return judgement;
	}
}
/** What to do, in as few words as there are: the command or the rename where the help ends in one. */
function repairOf({ help = "", message }) {
	const first = help.split("\n").find(Boolean) ?? message;
	const [command] = help.split("\n").filter((line) => line.startsWith("  ")).map((line) => line.trim());
	if (command === void 0 || first.startsWith("Restore") || first.startsWith("Give")) return first;
	const [from, to] = command.split(" → ");
	if (from === void 0 || to === void 0) return command;
	return `rename ${posix.basename(from)} to ${posix.basename(to)}`;
}
/** The first of these that is short enough, or as much of the last as there is room for. */
function fitted(texts) {
	const plain = texts.map((text) => Array.from(plainLine(text)));
	const found = plain.find(({ length }) => length <= longest);
	if (found !== void 0) return found.join("");
	return `${(plain.at(-1) ?? []).slice(0, 139).join("")}…`;
}

const marks = {
	success: "✔",
	failure: "✘",
	error: "⚠",
	"left-alone": "·"
};
/** The pull requests as lines for a log. */
function watchText(pulls, branch) {
	if (pulls.length === 0) return `No pull request into ${plainLine(branch)} is open.\n`;
	return `${pulls.map(({ number, state, description, untold }) => `${marks[state]} #${number}  ${plainLine(description)}${untold === void 0 ? "" : ` (not told: ${plainLine(untold)})`}`).join("\n")}\n`;
}
const summaryMarks = {
	success: "✅",
	failure: "❌",
	error: "⚠️"
};
/** The same as GitHub-flavoured Markdown; those that were left alone are counted. */
function watchMarkdown(pulls, branch, pullUrl) {
	const rows = pulls.flatMap(({ number, state, description, untold }) => state === "left-alone" ? [] : [`<tr><td>${summaryMarks[state]}</td><td><a href="${pullUrl(number)}">${number}</a></td><td>${prose(description)}${untold === void 0 ? "" : ` <b>Not told:</b> ${prose(untold)}`}</td></tr>`]);
	const numbers = new Set(pulls.map(({ number }) => number));
	const alone = pulls.filter(({ state }) => state === "left-alone").length;
	return `${[
		"### Headgate: open pull requests",
		`<p>Into ${code$1(branch)}, as it is now.</p>`,
		...rows.length === 0 ? [] : [[
			"<table>",
			...rows,
			"</table>"
		].join("\n")],
		`<p>${alone} of ${numbers.size} open pull requests change no migration, or are newer than this, and were left alone.</p>`
	].join("\n\n")}\n`;
}

/**
* Makes a bench; its server and database are started when they are first needed.
* @param name the project's
*/
function testBench(name, servers, target, options) {
	let database;
	/** Whether the checkpoint holds the target's own migrations. */
	let isReady = false;
	return {
		async try(first, second) {
			const merged = target.both({
				head: first.head,
				tree: first.judgement.tree
			}, {
				head: second.head,
				tree: second.judgement.tree
			});
			const project = merged?.projects.find((candidate) => candidate.name === name);
			if (merged === void 0 || project === void 0) return {
				kind: "untried",
				reason: "git cannot merge both; whichever is merged second has to resolve that."
			};
			const { kind } = toolNamed(project.tool).runner(project);
			using checkout = kind === "driver" ? temporaryCheckout(merged.files, target.root) : void 0;
			if (database === void 0) {
				const server = await servers.server({
					...optional("postgres", options.postgres ?? project.postgres ?? merged.configuration.postgres),
					...optional("image", options.image ?? project.image ?? merged.configuration.image)
				});
				database = await createWorkDatabase(server, project.database ?? "headgate");
				await database.withClient((client) => runPrelude(client, merged.files, project));
				await database.checkpoint();
			}
			const work = database;
			const limitMs = options.timeLimitMs ?? merged.configuration["time-limit"];
			await using session = await openSession$1({
				root: checkout?.root ?? target.root,
				files: merged.files,
				project,
				connection: work.connection,
				environment: options.environment,
				timeLimitMs: limitMs
			});
			const limited = (what, action) => withinLimit(what, limitMs, () => session.kill(), action);
			const history = await limited("Reading the history", () => session.history());
			const clash = history.problems.find(({ kind }) => kind === "duplicate");
			if (clash !== void 0) return {
				kind: "differs",
				how: clash.message
			};
			const newIds = [first, second].map(({ judgement }) => judgement.projects.find((one) => one.project.name === name)?.newIds ?? /* @__PURE__ */ new Set());
			const ordered = orderOf(history);
			const { stamped, earlier } = cutHistory(ordered, project, ({ id }) => newIds.some((ids) => ids.has(id)));
			const idsOf = (ids) => ordered.map(({ id }) => id).filter((id) => ids.has(id));
			const [ofFirst, ofSecond] = [idsOf(newIds[0]), idsOf(newIds[1])];
			const stage = {
				session,
				work,
				limitMs
			};
			const restored = async () => {
				await session.release();
				await work.restore();
			};
			await restored();
			if (!isReady) {
				await limited("Preparing the version table", () => session.prepare());
				if (stamped.length > 0) await session.stamp(stamped.map(({ id }) => id));
				const problem = await applied(stage, earlier.map(({ id }) => id));
				if (problem !== void 0) return {
					kind: "untried",
					reason: `The migrations before both could not be applied: ${problem}`
				};
				await session.release();
				await work.checkpoint();
				isReady = true;
			}
			const one = await inOrder(stage, [first, ofFirst], [second, ofSecond]);
			if (one.kind !== "applied") return one;
			await restored();
			const other = await inOrder(stage, [second, ofSecond], [first, ofFirst]);
			if (other.kind !== "applied") return other;
			await session.release();
			const [difference, ...more] = relevantDifferences(one.catalog, other.catalog);
			if (difference === void 0) return { kind: "commutes" };
			const rest = more.length === 0 ? "" : `, and ${more.length} more ${more.length === 1 ? "object differs" : "objects differ"}`;
			const event = `merging #${second.number} before #${first.number}`;
			return {
				kind: "differs",
				how: `${describeDifference(difference, event)}${rest}.`
			};
		},
		async [Symbol.asyncDispose]() {
			await database?.[Symbol.asyncDispose]();
		}
	};
}
/** Applies the revisions of one pull request and then those of another, and reads what came of it. */
async function inOrder(stage, [before, itsRevisions], [after, theirRevisions]) {
	const early = await applied(stage, itsRevisions);
	if (early !== void 0) return {
		kind: "untried",
		reason: `#${before.number} cannot be applied by itself, as its own check says: ${early}`
	};
	const late = await applied(stage, theirRevisions);
	if (late !== void 0) return {
		kind: "differs",
		how: `#${after.number} fails after #${before.number}: ${late}`
	};
	await stage.session.release();
	return {
		kind: "applied",
		catalog: await stage.work.withClient(readCatalog)
	};
}
/** Applies revisions; gives why that failed, as a sentence, where it did. */
async function applied({ session, work, limitMs }, revisions) {
	if (revisions.length === 0) return void 0;
	const outcome = await limitedStep(session, () => session.upgrade(revisions), limitMs, () => work.runningStatements());
	switch (outcome.kind) {
		case "done": return;
		case "failed": return outcome.failure.message;
		case "hung": throw new ToolError(`The migrations took longer than ${Math.round(limitMs / 1e3)} s and were ended.`);
		default: return outcome;
	}
}

/** More pairs than this are not tried in one run. */
const mostPairs = 100;
/**
* Applies the migrations of every two pull requests in both orders, each on a copy of the same database, and compares the
* catalogs. **Runs what the pull requests bring**: only those whose authors may run code here anyway.
*/
async function judgePairs(target, candidates, options) {
	const pairs = pairsOf(candidates);
	const outcomes = pairs.slice(mostPairs).map((pair) => ({
		...named(pair),
		kind: "untried",
		reason: `More than ${mostPairs} pairs of pull requests are open.`
	}));
	if (pairs.length === 0) return outcomes;
	await using servers = serverPool(options.engine ?? "auto", {
		...optional("databaseUrl", options.databaseUrl),
		...optional("onProgress", options.onProgress)
	});
	for (const [project, some] of Map.groupBy(pairs.slice(0, mostPairs), (pair) => pair.project)) {
		await using bench = testBench(project, servers, target, options);
		for (const pair of some) {
			options.onProgress?.(`${project}: #${pair.first.number} and #${pair.second.number}, in both orders`);
			outcomes.push({
				...named(pair),
				...await attempt(() => bench.try(pair.first, pair.second))
			});
		}
	}
	return outcomes;
}
const named = ({ project, first, second }) => ({
	numbers: [first.number, second.number],
	project
});
/** Every two that bring a revision to the same project. */
function pairsOf(candidates) {
	const brings = ({ judgement }) => judgement.projects.filter(({ newIds }) => newIds.size > 0).map(({ project }) => project.name);
	return candidates.flatMap((first, index) => candidates.slice(index + 1).flatMap((second) => brings(first).filter((name) => brings(second).includes(name)).map((project) => ({
		project,
		first,
		second
	}))));
}
async function attempt(action) {
	try {
		return await action();
	} catch (error) {
		if (error instanceof ToolError || error instanceof EngineError || error instanceof ConfigurationError) return {
			kind: "untried",
			reason: error.message
		};
		throw error;
	}
}

/** What is said on a pull request's commit about the others that are open. */
function commuteStatus(pairs) {
	const differing = pairs.flatMap((pair) => pair.kind === "differs" ? [pair] : []);
	const [bad] = differing;
	if (bad !== void 0) {
		const others = differing.map(({ other }) => `#${other}`).join(", ");
		const what = `Merge it before or after ${others}, not just in any order`;
		return {
			state: "failure",
			description: fitted([`${what}: ${bad.how}`, `Order matters with ${others}: ${bad.how}`])
		};
	}
	const [unknown] = pairs.flatMap((pair) => pair.kind === "untried" ? [pair] : []);
	if (unknown !== void 0) return {
		state: "error",
		description: fitted([`Not tried with #${unknown.other}: ${unknown.reason}`])
	};
	if (pairs.length === 0) return {
		state: "success",
		description: "No other open pull request brings revisions to the same project."
	};
	return {
		state: "success",
		description: fitted([`The same in any order with ${pairs.map(({ other }) => `#${other}`).join(", ")}.`, `The same in any order with ${pairs.length} other pull requests.`])
	};
}

/**
* Tries every two of the pull requests that fit by themselves in both orders. **Runs their migrations**, and so leaves out those
* whose authors may not run code in this repository anyway.
*/
async function tryOrders(target, pulls, options) {
	const candidates = pulls.flatMap((pull) => {
		const { judgement, number, head, isForeign } = pull;
		if (isForeign || judgement.kind !== "judged" || judgement.failing.length > 0) return [];
		return [{
			number,
			head,
			judgement,
			pull
		}];
	});
	const outcomes = await judgePairs(target, candidates, options);
	return candidates.map(({ pull }) => {
		const seen = outcomes.flatMap((outcome) => seenFrom(pull.number, outcome));
		return {
			pull,
			status: commuteStatus(seen),
			isTried: seen.length > 0
		};
	});
}
function seenFrom(number, { numbers: [first, second], ...attempt }) {
	if (number !== first && number !== second) return [];
	return [{
		...attempt,
		other: number === first ? second : first
	}];
}
/**
* Migrations could read a token that the checkout left behind.
* @throws UsageError when the clone holds credentials
*/
function refuseCredentials(root) {
	const origin = askGit(root, [
		"remote",
		"get-url",
		"origin"
	]);
	if (origin !== void 0 && askGit(root, [
		"config",
		"--get-urlmatch",
		"http.extraheader",
		origin
	]) !== void 0 || /\/\/[^/@]+@/.test(origin ?? "")) throw new UsageError("`commute: true` runs migrations, and this clone holds a token that they could take. Set persist-credentials: false on actions/checkout.");
}

/**
* Judges every open pull request into the branch that was pushed as if it were merged now, and puts what is found as a status on
* its newest commit. Gives the exit code: that a pull request does not fit fails that pull request, and not this run.
* @throws UsageError when this is no event to watch on, or nothing can be said without a token
*/
async function watch(event, inputs, environment) {
	const branch = watchedBranch(event);
	const { token, gate } = inputs;
	if (token === void 0) throw new UsageError("`mode: watch` needs the input github-token: it says what it finds on commits.");
	setSecret(basicCredentials(token));
	const { root } = repositoryRoot(gate.directory);
	if (inputs.commute) refuseCredentials(root);
	const credentials = gitCredentials(root, token, serverUrl(environment));
	const repository = repositoryOf(environment);
	const api = await connectToGitHub(token, apiUrl(environment));
	log(`fetching ${plainLine(branch)}`);
	const target = mergeTarget(gate, branch, fetchBase(root, {
		kind: "branch",
		name: branch
	}, credentials));
	const pulls = target === void 0 ? [] : await listed(api, repository, branch);
	log(`fetching ${pulls.length} open pull requests`);
	fetchHeads(root, pulls.map(({ number, head }) => ({
		ref: `refs/pull/${number}/head`,
		commit: head
	})), credentials);
	const { runUrl, repositoryUrl } = links(environment);
	const put = async (pull, name, status, onlyInPlace = false) => {
		const context = contextOf(name, inputs);
		try {
			await putStatus(api, repository, pull.head, {
				context,
				...status,
				targetUrl: runUrl,
				onlyInPlace
			});
			return {
				...pull,
				...status,
				context
			};
		} catch (error) {
			return {
				...pull,
				...status,
				context,
				untold: whyNot(refusalOf(error))
			};
		}
	};
	const watched = [];
	const judged = [];
	for (const pull of target === void 0 ? [] : pulls) {
		const judgement = hasCommit(root, pull.head) ? await target?.judge(pull.head) : void 0;
		if (judgement !== void 0) judged.push({
			...pull,
			judgement
		});
		const status = judgement && mergeStatus(judgement, branch);
		watched.push(status === void 0 ? {
			...pull,
			context: contextOf("merge", inputs),
			state: "left-alone",
			description: judgement === void 0 ? movedOn : "It changes no migration."
		} : await put(pull, "merge", status));
	}
	if (inputs.commute && target !== void 0) {
		const options = {
			...gate,
			environment,
			onProgress: (step) => log(plainLine(step))
		};
		for (const { pull, status, isTried } of await tryOrders(target, judged, options)) watched.push(await put(pull, "commute", status, !isTried));
	}
	log(watchText(watched, branch));
	const summary = environment["GITHUB_STEP_SUMMARY"];
	if (summary) appendFileSync(summary, watchMarkdown(watched, branch, (number) => `${repositoryUrl}/pull/${number}`));
	const untold = watched.flatMap((pull) => pull.untold ?? []);
	for (const reason of new Set(untold)) warning(reason, { title: "Headgate could not say what it found" });
	publishOutputs({
		verdict: untold.length > 0 ? "errored" : "passed",
		"pull-requests": JSON.stringify(watched.map(({ number, head, context, state, description }) => ({
			number,
			head,
			context,
			state,
			description
		})))
	});
	return untold.length > 0 ? exitCodes.notChecked : exitCodes.passed;
}
const movedOn = "Its newest commit is not there any more; its own check judges the next.";
function watchedBranch(event) {
	if ((event.kind === "push" || event.kind === "on-demand") && event.branch !== void 0) return event.branch;
	throw new UsageError("`mode: watch` runs when the branch that pull requests go into has moved: on: push, or workflow_dispatch on that branch. For a pull request itself use `mode: check`.");
}
/** `undefined` where the branch holds no migrations that could be waited for. */
function mergeTarget(gate, branch, ref) {
	try {
		return openMergeTarget(gate, branch, ref);
	} catch (error) {
		if (!(error instanceof ConfigurationError)) throw error;
		warning(plainLine(error.message), { title: "Headgate watches nothing" });
		return;
	}
}
/** Another name for a step that watches other projects, the same for every run of one step. */
function contextOf(name, { gate: { directory, project, tool } }) {
	const chosen = [
		directory === "." ? void 0 : directory,
		project,
		tool
	].filter((value) => value !== void 0);
	return chosen.length === 0 ? `headgate/${name}` : `headgate/${name} (${plainLine(chosen.join(", "))})`;
}
async function listed(api, repository, branch) {
	try {
		return await openPulls(api, repository, branch);
	} catch (error) {
		const refusal = refusalOf(error);
		throw new EngineError(refusal.kind === "permission" ? "The open pull requests could not be listed. Add the line `pull-requests: read` under `permissions:` of the job." : `The open pull requests could not be listed: ${whyNot(refusal)}`, { cause: error });
	}
}
function whyNot(refusal) {
	switch (refusal.kind) {
		case "token": return "GitHub does not accept the github-token.";
		case "limit": return "GitHub takes no more requests from this token for now.";
		case "permission": return "The github-token may not set a status. Add the line `statuses: write` under `permissions:` of the job.";
		case "other": return `GitHub could not be reached or refused it (${refusal.reason}).`;
		default: return refusal;
	}
}

/** GitHub shows no summary that is longer, in bytes. */
const summaryLimit = 1048576;
/**
* The action: inputs and event → gate → log, annotations, job summary, outputs, comment. Gives the exit code, which no
* trouble with the last of them changes.
* @throws UsageError, ConfigurationError and whatever else the gate throws
*/
async function runAction(environment = process.env) {
	const inputs = readInputs((name) => getInput(name));
	if (inputs.gate.databaseUrl !== void 0) secretsOf(inputs.gate.databaseUrl).forEach(setSecret);
	if (inputs.mode === "comment") {
		await commentForRun(inputs, environment, told);
		return exitCodes.passed;
	}
	const event = currentEvent(environment);
	if (inputs.mode === "watch") return watch(event, inputs, environment);
	const say = async (message, files) => {
		try {
			await keep(message(), files, inputs, environment);
			if (event.kind === "pull-request") await comment(event, message(), inputs, environment);
		} catch (error) {
			told({
				kind: "failed",
				reason: `No comment, because of a bug in Headgate: ${plainText(String(error))}`
			});
		}
	};
	try {
		const { root } = repositoryRoot(inputs.gate.directory);
		refuseForeignCode(event, root, environment["GITHUB_SHA"]);
		const verdict = await runGate({
			...inputs.gate,
			...optional("base", inputs.gate.base ?? baseFor(event, root)),
			environment,
			onProgress: (step) => log(plainLine(step))
		});
		const files = publish(verdict, event, environment);
		const message = () => event.kind !== "pull-request" || changesMigrations(verdict, root) ? {
			kind: "verdict",
			verdict
		} : { kind: "no-migrations" };
		await say(message, files);
		return exitCodeFor(verdict.verdict);
	} catch (error) {
		await say(() => ({ kind: "not-checked" }));
		throw error;
	}
}
function publish(verdict, event, environment) {
	const files = writeReportFiles(verdict, environment["RUNNER_TEMP"] || tmpdir());
	log(textReport(verdict, {
		width: 120,
		color: false
	}));
	annotate(annotationsOf(verdict));
	publishOutputs(outputsOf(verdict, files));
	const summary = environment["GITHUB_STEP_SUMMARY"];
	if (!summary) return files;
	const commit = event.kind === "pull-request" ? event.headCommit : environment["GITHUB_SHA"];
	const { repositoryUrl, runUrl } = links(environment);
	const report = markdownReport(verdict, {
		...optional("sourceUrl", commit && `${repositoryUrl}/blob/${commit}`),
		more: {
			url: `${runUrl}#artifacts`,
			name: "run's artifact"
		},
		limit: summaryLimit,
		size: (text) => Buffer.byteLength(text)
	});
	appendFileSync(summary, report);
	return files;
}
/** The artifact is one more place for the report: where it cannot be, the job's log says so, and nothing else changes. */
async function keep(message, files, inputs, environment) {
	if (!inputs.artifact) return;
	const outcome = await uploadReport(message, files, inputs, environment);
	if (outcome.kind === "failed") log(outcome.reason);
}
async function comment(pullRequest, message, inputs, environment) {
	const { token } = inputs;
	if (!inputs.comment) return;
	told(token === void 0 ? {
		kind: "failed",
		reason: "No comment: the input github-token is empty."
	} : await commentOn(pullRequest, message, inputs, {
		token,
		environment
	}));
}
function told(outcome) {
	if (outcome.kind === "posted") publishOutputs({ "comment-url": outcome.url });
	else if (outcome.kind === "none") log(outcome.reason);
	else warning(plainLine(outcome.reason), { title: "Headgate did not comment" });
}
function baseFor(event, root) {
	const target = baseOfEvent(event);
	if (target === void 0) return void 0;
	log(`fetching ${target.kind === "branch" ? plainLine(target.name) : target.commit}`);
	return fetchBase(root, target);
}

/** Runs the action and sets the exit code, which nothing but a verdict makes `passed`. */
async function main() {
	process.exitCode = exitCodes.internal;
	try {
		process.exitCode = await (readMode((name) => getInput(name)) === "apply" ? (await import("./apply.mjs")).runApply() : runAction());
	} catch (error$1) {
		error(explain(error$1), { title: "Headgate could not check" });
		process.exitCode = exitCodeOf(error$1);
	}
}

export { main };