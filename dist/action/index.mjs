import { dirname as $dirname } from "node:path";
import { fileURLToPath as $fileURLToPath } from "node:url";
const __filename = $fileURLToPath(import.meta.url);
const __dirname = $dirname(__filename);
import { a as explain, i as exitCodes } from "./exit.mjs";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomBytes } from "node:crypto";

/** Says where the environment is that a process was started without. */
const handover = "HEADGATE_ENVIRONMENT_FILE";
/** What a process needs before it has read the rest: to find programs and its home, and to write as the runner reads. */
const harmless = [
	"PATH",
	"HOME",
	"USER",
	"LANG",
	"LC_ALL",
	"TZ",
	"TMPDIR",
	"NODE_EXTRA_CA_CERTS"
];
/**
* Takes tokens and inputs out of what `/proc/PID/environ` shows of this process, which every program of the same user may
* read, and so a migration too. On Linux that is the environment that a process was started with, whatever became of it
* later; so the process is replaced by one that is started with none, and takes the variables up from a file that is gone
* before anything of the repository runs. Elsewhere nothing happens. Returns in the new process, or where none was needed.
*/
function hideEnvironment(environment = process.env) {
	const path = environment[handover];
	if (path !== void 0) {
		delete environment[handover];
		const saved = JSON.parse(readFileSync(path, "utf8"));
		rmSync(path);
		Object.assign(environment, saved);
		return;
	}
	const temporary = environment["RUNNER_TEMP"];
	if (process.platform !== "linux" || process.execve === void 0 || !temporary) return;
	const file = join(temporary, `headgate-${randomBytes(16).toString("hex")}`);
	writeFileSync(file, JSON.stringify(environment), {
		mode: 384,
		flag: "wx"
	});
	const kept = Object.fromEntries(harmless.flatMap((name) => environment[name] ? [[name, environment[name]]] : []));
	try {
		process.execve(process.execPath, [
			process.execPath,
			"--disable-warning=ExperimentalWarning",
			...process.execArgv,
			...process.argv.slice(1)
		], {
			...kept,
			[handover]: file
		});
	} catch {
		rmSync(file);
	}
}

process.on("uncaughtException", (error) => {
	process.stderr.write(`${explain(error)}\n`);
	process.exit(exitCodes.internal);
});
hideEnvironment();
const { main } = await import("./main.mjs");
await main();

export {  };