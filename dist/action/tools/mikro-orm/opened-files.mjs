import childProcess from "node:child_process";
import fs, { realpathSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { basename, dirname, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

const self = fileURLToPath(import.meta.url);
const here = dirname(self) + sep;

/** What loads code, and MikroORM: what these read or start is not the migration's. */
const machinery = /[\\/]node_modules[\\/](?:@mikro-orm|@oxc-node|@swc|esbuild|jiti|ts-node|tsimp|tsx|typescript)[\\/]/;

/**
 * Notes from now on which files of the repository its files open, and which programs they start. What happens where no code of
 * the repository's is seen at work, behind a queue for example, is the migration's that runs.
 */
export function watchOpened() {
  /** By the file that opens them. */
  const opened = new Map();
  const programs = new Set();
  const watch = {
    /** The file of the migration whose upgrade runs, where one does. */
    running: undefined,
    /** The files that this one has opened. */
    by: (path) => [...(opened.get(path) ?? [])].filter(isFile),
    /** The programs that were started while a migration ran, since this was last asked. */
    startedPrograms() {
      const started = [...programs];
      programs.clear();
      return started;
    },
  };
  const open = (owner, paths, directory) => {
    const known = opened.get(owner) ?? new Set();
    opened.set(owner, known);
    for (const path of paths) known.add(resolve(pathOf(directory ?? "."), path));
  };
  const read = ([path]) => {
    if (typeof path === "number") return;
    const owner = ownerOf(watch.running);
    if (owner !== undefined) open(owner, [pathOf(path)]);
  };
  const start = (command, directory) => {
    const owner = ownerOf(watch.running);
    if (owner === undefined) return;
    open(
      owner,
      command.flatMap((word) => [word, ...wordsOf(word)]),
      directory,
    );
    if (watch.running !== undefined) programs.add(programOf(command));
  };

  for (const name of ["readFile", "readFileSync", "open", "openSync", "createReadStream"]) observe(fs, name, read);
  for (const name of ["readFile", "open"]) observe(fs.promises, name, read);
  observe(childProcess.ChildProcess.prototype, "spawn", ([{ file, args = [], cwd }]) =>
    start([file, ...args.slice(1)], cwd),
  );
  for (const name of ["spawnSync", "execFileSync"])
    observe(childProcess, name, ([file, args, options]) =>
      start([file, ...(Array.isArray(args) ? args : [])], (Array.isArray(args) ? options : args)?.cwd),
    );
  observe(childProcess, "execSync", ([command, options]) => start(["sh", "-c", command], options?.cwd));
  syncBuiltinESMExports();
  return watch;
}

/** What is named in an argument, as a shell would take it apart. */
const wordsOf = (argument) =>
  String(argument)
    .split(/[\s'"=;|&<>()]+/)
    .filter(Boolean);

/** The name of what is started; behind a shell, of the first program in its script, which variables may stand before. */
function programOf([file, option, script]) {
  if (!/^-\w*c$/.test(option)) return basename(String(file));
  return basename(/^\s*(?:\w+=(?:'[^']*'|"[^"]*"|[^\s'"])*\s+)*([\w./+-]+)(?=\s|$)/.exec(script)?.[1] ?? "a shell");
}

const pathOf = (given) => (given instanceof URL ? fileURLToPath(given) : String(given));

/** Has every call of a function told before it is made. */
function observe(object, name, tell) {
  object[name] = new Proxy(object[name], {
    apply(target, self, given) {
      try {
        tell(given);
      } catch {
        // What cannot be made sense of here, Node refuses.
      }
      return Reflect.apply(target, self, given);
    },
  });
}

/** The file of the project whose code is at work, or else this one; nothing where a tool of its own accord is. */
function ownerOf(running) {
  for (const file of callers()) {
    if (machinery.test(file) || file.startsWith(here)) return undefined;
    if (!file.includes(`${sep}node_modules${sep}`)) return realPath(file);
  }
  return running && realPath(running);
}

/** The files of the functions at work, the innermost first, without Node's own. */
function callers() {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = 100;
    Error.prepareStackTrace = (_, sites) => sites.map((site) => site.getFileName());
    return new Error("where").stack.flatMap((name) => {
      if (typeof name !== "string" || /^(?:node:|internal\/)/.test(name)) return [];
      const path = name.replace(/[?#].*$/, "");
      const file = path.startsWith("file:") ? fileURLToPath(path) : path;
      return file === self ? [] : [file];
    });
  } finally {
    Object.assign(Error, { prepareStackTrace, stackTraceLimit });
  }
}

function isFile(path) {
  try {
    return fs.statSync(path).isFile();
  } catch {
    return false;
  }
}

function realPath(path) {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
