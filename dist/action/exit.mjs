import { dirname as $dirname } from "node:path";
import { fileURLToPath as $fileURLToPath } from "node:url";
const __filename = $fileURLToPath(import.meta.url);
const __dirname = $dirname(__filename);
import { stripVTControlCharacters } from "node:util";

const unseen = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu;
/** Text from a stranger, safe to show on a terminal: escape sequences are gone, other unseen characters are spelled out. */
function plainText(text) {
	return stripVTControlCharacters(text.replaceAll("\r\n", "\n")).replace(unseen, (character) => {
		const number = (character.codePointAt(0) ?? 0).toString(16);
		return number.length > 4 ? `\\u{${number}}` : `\\u${number.padStart(4, "0")}`;
	});
}
/** The same on one line. */
const plainLine = (text) => plainText(text).replaceAll(/(?<!\s)\s*\n\s*/g, " ");

/** A flag, an argument or an action input that cannot be used. Exit code 2. */
var UsageError = class extends Error {
	name = "UsageError";
};
/** The configuration file or the layout of the repository cannot be used. Exit code 2. */
var ConfigurationError = class extends Error {
	name = "ConfigurationError";
};
/** PostgreSQL could not be started, reached or used for the check. Exit code 3. */
var EngineError = class extends Error {
	name = "EngineError";
};
/** The project's own migration tool could not be run: its runtime or a package is missing, or it did not load. Exit code 3. */
var ToolError = class extends Error {
	name = "ToolError";
};
/** Production was not, or not wholly, brought to where it should be. The message says its state and what to do. Exit code 1. */
var ApplyError = class extends Error {
	name = "ApplyError";
	/** The revisions that were applied, or taken back, before. */
	applied;
	constructor(message, options = {}) {
		super(message, options);
		this.applied = options.applied ?? [];
	}
};
/** What went wrong first: what is thrown while cleaning up after it hides it. */
function original(thrown) {
	return thrown instanceof SuppressedError ? original(thrown.suppressed) : thrown;
}

const urlWithCredentials = /([a-z][a-z0-9+.-]{0,40}:\/\/)[^\s/@"'`]*@[^\s"'`<>]*/gi;
const postgresUrl = /\b((?:jdbc:)?postgres(?:ql)?(?:\+\w+)?:\/\/)[^\s"'`<>]*/gi;
const passwordPair = /\b(password|passwd|pwd|secret|token)(\s*[=:]\s*)(?:'[^']*'|"[^"]*"|[^\s,;)&]+)/gi;
/**
* Takes connection strings and passwords out of text that other people's code wrote, before it is shown.
* `secrets` are values that must not appear in any spelling.
*/
function redact(text, secrets = []) {
	let result = text.replace(urlWithCredentials, "$1***").replace(postgresUrl, "$1***").replace(passwordPair, "$1$2***");
	for (const secret of secrets) if (secret.length >= 4) result = result.replaceAll(secret, "***").replaceAll(encodeURIComponent(secret), "***");
	return result;
}

/** What the exit code says. Nothing that was not checked looks like `passed`, and a crash never looks like `failed`. */
const exitCodes = {
	passed: 0,
	failed: 1,
	usage: 2,
	notChecked: 3,
	internal: 70
};
/** The exit code for a verdict. */
const exitCodeFor = (verdict) => ({
	passed: exitCodes.passed,
	failed: exitCodes.failed,
	errored: exitCodes.notChecked
})[verdict];
/** The exit code for something thrown. */
function exitCodeOf(thrown) {
	const error = original(thrown);
	if (error instanceof UsageError || error instanceof ConfigurationError) return exitCodes.usage;
	if (error instanceof ApplyError) return exitCodes.failed;
	if (error instanceof EngineError || error instanceof ToolError) return exitCodes.notChecked;
	return exitCodes.internal;
}
/** The exit code for several targets, of which these are not as they should be. */
const exitCodeForTargets = (wrong) => wrong.length === 0 ? exitCodes.passed : wrong.every(({ unreachable }) => unreachable) ? exitCodes.notChecked : exitCodes.failed;
/** What is said about something thrown: a sentence for what we know, the stack and a request to report it for a bug of ours. */
function explain(thrown) {
	const error = original(thrown);
	if (exitCodeOf(error) !== exitCodes.internal) return `headgate: ${plainText(error.message)}`;
	const detail = error instanceof Error ? error.stack ?? error.message : String(error);
	return `headgate: this is a bug in Headgate; please report it with the lines below.\n${plainText(redact(detail))}`;
}

export { explain as a, ConfigurationError as c, UsageError as d, original as f, exitCodes as i, EngineError as l, plainText as m, exitCodeForTargets as n, redact as o, plainLine as p, exitCodeOf as r, ApplyError as s, exitCodeFor as t, ToolError as u };