// `headgate lint` beside squawk, as whole processes on 1,000 files, and how it grows to 100,000 statements.
// squawk is looked for on the PATH, or where SQUAWK says: `npm install --no-save squawk-cli` brings it.
import { execFileSync, spawnSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installCommandLine } from "./install-command-line.ts";

/** A program that does nothing but read and parse the files that it is given, as the command line does. */
const parsing = `import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
setFlagsFromString("--no-wasm-tier-up");
setFlagsFromString("--no-wasm-dynamic-tiering");
const { loadModule, parseSync } = await import("libpg-query");
await loadModule();
for (const file of process.argv.slice(2)) parseSync(readFileSync(file, "utf8"));
`;

const directory = mkdtempSync(join(tmpdir(), "headgate-bench-"));
try {
  const cli = await installCommandLine(join(directory, "package"));
  const files = write(join(directory, "files"), 1_000, 5);
  const headgate = (paths: readonly string[], cwd = ".") =>
    milliseconds(process.execPath, [cli, "lint", "--format", "json", ...paths], cwd);
  const squawk = process.env["SQUAWK"] ?? globSync("node_modules/.bin/squawk")[0] ?? "squawk";
  const theirs = () => milliseconds(squawk, ["--reporter", "Json", ...files]);
  const pairs = Array.from({ length: 5 }, () => ({ ours: headgate(files), theirs: theirs() }));
  const [ours, other] = [median(pairs.map((pair) => pair.ours)), median(pairs.flatMap((pair) => pair.theirs ?? []))];
  console.log(`1,000 files, 5,000 statements, median of 5 whole processes: headgate lint ${ours} ms`);
  if (Number.isNaN(other)) console.log("squawk was not found: npm install --no-save squawk-cli, or set SQUAWK.");
  else console.log(`  squawk ${other} ms, so that ours takes ${(ours / other).toFixed(1)} times as long`);
  const one = write(join(directory, "one"), 1, 1);
  console.log(`  of which starting and one statement: ${median(Array.from({ length: 5 }, () => headgate(one)))} ms`);
  // What no change of Headgate takes away: its runtime, and PostgreSQL's own parser in it.
  const parse = join(directory, "package/parse.mjs");
  writeFileSync(parse, parsing);
  const bare = [["--eval", ""], [parse], [parse, ...files]].map((args) =>
    median(Array.from({ length: 5 }, () => milliseconds(process.execPath, args))),
  );
  console.log(
    `  Node alone ${bare[0]} ms, with the parser ${bare[1]} ms, and with the files read and parsed ${bare[2]} ms`,
  );
  const repository = join(directory, "repository");
  const migrations = write(repository, 1_000, 5);
  execFileSync("git", ["init", "--quiet", repository]);
  console.log(
    `  the same files in a repository, which is read for its projects and its configuration: ${median(Array.from({ length: 5 }, () => headgate(migrations, repository)))} ms`,
  );
  for (const statements of [1_000, 10_000, 100_000]) {
    const took = headgate(write(join(directory, String(statements)), 1, statements)) as number;
    console.log(
      `${statements} statements in one file: ${took} ms, ${((took * 1_000) / statements).toFixed(0)} µs each`,
    );
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** Files of migrations as people write them; gives their paths. */
function write(target: string, files: number, statements: number): readonly string[] {
  mkdirSync(target);
  return Array.from({ length: files }, (_, file) => {
    const path = join(target, `${String(file).padStart(5, "0")}.sql`);
    const lines = Array.from({ length: statements }, (__, index) => statement(file * statements + index));
    writeFileSync(path, `${lines.join("\n")}\n`);
    return path;
  });
}

function statement(number: number): string {
  const table = `boats_${number - (number % 5)}`;
  const kinds = [
    `CREATE TABLE ${table} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, seen timestamptz DEFAULT now());`,
    `ALTER TABLE ${table} ADD COLUMN plate_${number} text;`,
    `CREATE INDEX ${table}_name ON ${table} (name);`,
    `ALTER TABLE ${table} ADD CONSTRAINT name_${number} CHECK (length(name) > 0) NOT VALID;`,
    `UPDATE ${table} SET name = upper(name) WHERE id BETWEEN 1 AND 1000;`,
  ];
  return kinds[number % kinds.length] as string;
}

/** How long a process took; `undefined` where there is no such command. */
function milliseconds(command: string, args: readonly string[], cwd = "."): number | undefined {
  const startedAt = performance.now();
  const { error } = spawnSync(command, args, { cwd, stdio: ["ignore", "ignore", "ignore"] });
  return error ? undefined : Math.round(performance.now() - startedAt);
}

function median(values: readonly (number | undefined)[]): number {
  const known = values.filter((value) => value !== undefined).toSorted((a, b) => a - b);
  return known[Math.floor(known.length / 2)] ?? Number.NaN;
}
