import { execFile } from "node:child_process";
import type { DatabaseConnection } from "../../src/database-connection.ts";
import { startProxy } from "../../src/wire/proxy.ts";
import { createRecorder } from "../../src/wire/recorder.ts";

/** Prints how much memory the proxy needed for a workload of psql's. */
const [workload, target] = [process.argv[2], JSON.parse(process.argv[3] ?? "{}") as DatabaseConnection];
const recorder = await createRecorder({ connection: (database) => ({ ...target, database }) });
const proxy = await startProxy({ server: target, recorder });
const socketDirectory = await proxy.openSocket();

const statements: Readonly<Record<string, string>> = {
  copy: `create table cargo(id int, label text);
    \\copy cargo from program 'yes "1\t${"cargo ".repeat(20)}" | head -c 100000000'
    \\copy cargo to '/dev/null'
    drop table cargo;`,
  statements: Array.from({ length: 10_000 }, (_, index) => {
    const table = `part_${Math.floor(index / 10) % 50}`;
    if (index % 500 === 0) return `begin;`;
    if (index % 500 === 499) return `commit;`;
    return index % 10 === 1
      ? `create table if not exists ${table}(id int);`
      : `insert into ${table} select ${index} where to_regclass('${table}') is not null;`;
  }).join("\n"),
};

globalThis.gc?.();
const before = process.memoryUsage().rss;
let peak = before;
const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 50);
await new Promise<void>((resolve, reject) => {
  const child = execFile(
    "psql",
    ["-X", "-q", "-h", socketDirectory, "-p", String(proxy.port), "-U", target.user, target.database],
    { env: { PATH: process.env["PATH"], PGPASSWORD: target.password }, maxBuffer: 10_000_000 },
    (error, _, stderr) => (error ? reject(new Error(stderr)) : resolve()),
  );
  child.stdin?.end(statements[workload ?? ""]);
});
clearInterval(watch);
console.log(
  JSON.stringify({
    grownMb: Math.round((peak - before) / 1e6),
    statements: recorder.recording().statements.length,
  }),
);
await proxy[Symbol.asyncDispose]();
