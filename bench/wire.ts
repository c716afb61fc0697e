import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import pg from "pg";
import { startEmbedded } from "../src/engines/embedded.ts";
import type { DatabaseConnection } from "../src/sessions/session.ts";
import { startProxy } from "../src/wire/proxy.ts";
import { createRecorder } from "../src/wire/recorder.ts";

const run = promisify(execFile);
const client = fileURLToPath(new URL("wire-client.ts", import.meta.url));
const workloads = [
  "1000 small statements, one transaction",
  "1000 small statements, each its own",
  "bulk load, 100 MB COPY",
];
const rounds = Number(process.argv[2] ?? 3);

await using server = await startEmbedded({});
const target = server.connection("bench");
const plain = await startProxy({ server: target });
const silent = await createRecorder({ connection: (database) => server.connection(database), evidence: false });
const recording = await startProxy({ server: target, recorder: silent });

/** Wall time of one workload in a process of its own, in milliseconds, in an empty database. */
async function measure(workload: number, where: DatabaseConnection): Promise<number> {
  const maintenance = new pg.Client({ ...server.connection(server.maintenanceDatabase) });
  await maintenance.connect();
  await maintenance.query("drop database if exists bench with (force)");
  await maintenance.query("create database bench");
  await maintenance.end();
  const { stdout } = await run(process.execPath, [client, String(workload), JSON.stringify(where)]);
  return Number(stdout);
}

const median = (values: readonly number[]): number =>
  [...values].toSorted((a, b) => a - b)[values.length >> 1] as number;

for (const [workload, name] of workloads.entries()) {
  const times = {
    direct: [] as number[],
    "passed through": [] as number[],
    recorded: [] as number[],
    evidence: [] as number[],
  };
  for (let round = 0; round < rounds; round++) {
    times.direct.push(await measure(workload, target));
    times["passed through"].push(await measure(workload, { ...target, host: plain.host, port: plain.port }));
    times.recorded.push(await measure(workload, { ...target, host: recording.host, port: recording.port }));
    // A recorder of its own: it keeps what it recorded.
    const recorder = await createRecorder({ connection: (database) => server.connection(database) });
    const proxy = await startProxy({ server: target, recorder });
    times.evidence.push(await measure(workload, { ...target, host: proxy.host, port: proxy.port }));
    await proxy[Symbol.asyncDispose]();
  }
  console.log(name);
  for (const [how, values] of Object.entries(times))
    console.log(
      `  ${how.padEnd(15)} ${median(values).toFixed(0).padStart(6)} ms  ${(median(values) / median(times.direct)).toFixed(2)}x`,
    );
}
await plain[Symbol.asyncDispose]();
await recording[Symbol.asyncDispose]();
