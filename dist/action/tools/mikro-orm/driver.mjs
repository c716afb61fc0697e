import { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { join, relative, sep } from "node:path";
import { migrationClasses, readHistory } from "./migrations.mjs";
import { loadMikroOrm, openProject } from "./open-project.mjs";
import { projectPackages } from "./project-packages.mjs";
import { refuseInput } from "./refuse-input.mjs";
import { SetupError } from "./setup-error.mjs";
import { describeThrown, stepFailure } from "./step-failure.mjs";

// Runs inside the project's own Node, with the project's own MikroORM, and answers what Headgate asks on descriptor 3.

let request;
let project;
/** Present while the server may hold connections of ours. */
let migrator;
/** The file of each migration, by name, as far as it is one of its own. */
const sources = new Map();
/** The file of the migration that ran last. */
let lastFile;

const operations = {
  async open() {
    Object.assign(process.env, request.variables);
    project = await openProject(request);
    const { version, runsAtOnce, warnings } = project;
    return { toolVersion: version, runtimeVersion: `Node ${process.versions.node}`, runsAtOnce, warnings };
  },
  async history({ repository, directory, settings }) {
    const history = await readHistory({
      ...project,
      repository,
      directory,
      configFile: settings.configFile,
      options: project.orm.config.get("migrations"),
    });
    for (const { id, file } of history.revisions)
      if (file !== settings.configFile) sources.set(id, join(repository, file));
    return history;
  },
  imports: ({ repository }, names) => ({
    imports: project.imports(
      repository,
      names.map((name) => find(name).path ?? sources.get(name)),
    ),
  }),
  async prepare() {
    const storage = (await connect()).getStorage();
    await storage.ensureTable();
    return { versionTables: [storage.getTableName().tableName] };
  },
  together: (_, names, direction) => together(names, direction),
  upgrade: (opened, names) => steps(opened, names, "up"),
  upgrade_at_once: upgradeAtOnce,
  downgrade: (opened, names) => steps(opened, names, "down"),
  places: ({ repository }) => ({
    places: lastFile === undefined ? [] : project.places.placesIn(relative(repository, lastFile).split(sep).join("/")),
  }),
  async stamp(opened, names) {
    const storage = (await connect()).getStorage();
    for (const name of names) await storage.logMigration({ name: find(name).name });
    return null;
  },
  async release() {
    if (migrator) await project.orm.close(true);
    migrator = undefined;
    return null;
  },
};

async function connect() {
  if (migrator) return migrator;
  migrator = await project.newMigrator();
  await project.orm.driver.connect();
  return migrator;
}

/** MikroORM 7 runs everything, or nothing, when it is given a name that it does not know. */
function find(name) {
  const found = project.migrations.find((migration) => migration.name === name);
  if (found === undefined) throw new SetupError(`MikroORM knows no migration ${name}.`);
  return found;
}

/** Each migration is a run of its own: with all in one transaction, one that must stay outside of it would wait for ever. */
async function steps(opened, names, direction) {
  const start = performance.now();
  for (const name of names) {
    const { path } = find(name);
    lastFile = path;
    project.places.forget();
    delete project.refused.statement;
    let ran;
    if (direction === "up") project.opened.running = path ?? sources.get(name);
    try {
      if (path !== undefined)
        for (const found of migrationClasses(await project.importFile(path))) project.places.watch(found);
      ran = await (await connect())[direction]({ migrations: [name] });
    } catch (error) {
      if (error?.message?.startsWith("Couldn't find migration to apply with name")) throw notDue(name, direction);
      return { failure: failureOf(error, opened.repository, name), durationMs: performance.now() - start };
    } finally {
      project.opened.running = undefined;
    }
    if (ran.length === 0) throw notDue(name, direction);
  }
  return { durationMs: performance.now() - start, programs: project.opened.startedPrograms() };
}

/** Several in one run of MikroORM, each in its own transaction: it reads its folder and its table once for all of them. */
async function together(names, direction) {
  const waiting = [...names];
  try {
    const migrator = await connect();
    await watched(migrator, direction === "up" ? "migrating" : "reverting", begins, async () => {
      await migrator[direction]({ migrations: names });
    });
  } catch {
    // Taken one by one they will tell what is wrong, and with which.
    return { together: false };
  } finally {
    project.opened.running = undefined;
    project.opened.startedPrograms();
  }
  return { together: waiting.length === 0 };

  async function begins({ name }) {
    if (waiting.shift() !== name) throw new Error("MikroORM takes them in another order.");
    if (direction === "up") project.opened.running = find(name).path ?? sources.get(name);
    project.places.forget();
    await announce(name);
  }
}

/** Has `begins` told of each migration that a run of MikroORM comes to. */
async function watched(migrator, event, begins, run) {
  // Version 5 leaves its events to the library below.
  const events = migrator.on ? migrator : migrator.umzug;
  events.on(event, begins);
  try {
    await run();
  } finally {
    events.off(event, begins);
  }
}

/** All of them in one transaction, which is MikroORM's default. */
async function upgradeAtOnce(opened, names) {
  const start = performance.now();
  const options = project.orm.config.get("migrations");
  let [running] = names;
  const begins = ({ name }) => {
    running = name;
    delete project.refused.statement;
  };
  delete project.refused.statement;
  project.places.forget();
  const migrator = await connect();
  options.allOrNothing = true;
  try {
    for (const { path } of names.map(find))
      if (path !== undefined)
        for (const found of migrationClasses(await project.importFile(path))) project.places.watch(found);
    await watched(migrator, "migrating", begins, () => migrator.up({ migrations: names }));
    return { durationMs: performance.now() - start };
  } catch (error) {
    return { failure: failureOf(error, opened.repository, running), durationMs: performance.now() - start };
  } finally {
    options.allOrNothing = false;
  }
}

function failureOf(error, repository, name) {
  const { path } = find(name);
  return stepFailure(error, {
    repository,
    revision: name,
    file: path && relative(repository, path).split(sep).join("/"),
    statement: project.refused.statement,
    placeOfStatement: project.places.placeOf,
  });
}

function notDue(name, direction) {
  return new SetupError(`MikroORM did not run ${name}: it is ${direction === "up" ? "already" : "not"} applied.`);
}

async function answer(asked) {
  if (asked.op === "open") request = asked;
  try {
    const result = await operations[asked.op](request, asked.revisions, asked.direction);
    return result?.failure ? { ok: false, ...result } : { ok: true, result };
  } catch (error) {
    if (error instanceof SetupError) return { ok: false, error: { message: error.message, ...error.place } };
    return { ok: false, error: describeThrown(error, request.repository) };
  }
}

process.setSourceMapsEnabled(true);
refuseInput();
for (const event of ["uncaughtException", "unhandledRejection"])
  process.on(event, (error) => {
    // The last line of what a dead process wrote is shown; without this it would be Node's version.
    process.stderr.write(`\n${describeThrown(error, request?.repository ?? "/").message}\n`, () => process.exit(1));
  });

const pipe = new Socket({ fd: 3 });
const say = (message) => pipe.write(`${JSON.stringify(message)}\n`);
/** Resolves when what was announced was heard. */
let heard;

/** Waits until whoever listens has taken note that what is sent now is this revision's. */
function announce(begins) {
  return new Promise((resolve) => {
    heard = resolve;
    say({ begins });
  });
}

// What takes long and is not the project's, while the database is still being made. What fails is told when it is opened.
let turn = loadMikroOrm(projectPackages(process.cwd())).catch(() => {});
createInterface({ input: pipe, crlfDelay: Number.POSITIVE_INFINITY })
  .on("line", (line) => {
    const asked = JSON.parse(line);
    if (asked.op === "heard") heard();
    else turn = turn.then(async () => void say(await answer(asked)));
  })
  .on("close", () => process.exit(0));
