// Wall and CPU time of a client through the proxy against direct, for 1,000 small statements and for a bulk load. CPU is that
// of the client, of the proxy and of the client's backend together: other work on the machine makes it little longer.
// A round takes every way once, in turn, and compares it with the direct one of the same round: what else the machine does
// falls on all of them. `node bench/wire.ts 15` takes 15 rounds instead of 7.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import pg from "pg";
import { startEmbedded } from "../src/engines/embedded.ts";
import { ownConnection } from "../src/engines/own-connection.ts";
import type { DatabaseConnection } from "../src/database-connection.ts";
import { startProxy } from "../src/wire/proxy.ts";
import { createRecorder } from "../src/wire/recorder.ts";

const run = promisify(execFile);
const client = fileURLToPath(new URL("wire-client.ts", import.meta.url));
const workloads = [
  "1000 small statements, one transaction",
  "1000 small statements, each its own",
  "bulk load, 100 MB COPY",
];
const rounds = Number(process.argv[2] ?? 7);
/** `node bench/wire.ts 15 2` takes the second workload alone. */
const only = Number(process.argv[3] ?? 0);

await using server = await startEmbedded({});
const target = server.connection("bench");
const connection = (database: string): DatabaseConnection => ownConnection(server, database);

/** The least that Node can do between two sockets: what is above it is ours. */
async function barePipe(): Promise<Between> {
  const listener = createServer({ noDelay: true }, (socket) => {
    const upstream = connect({ host: target.host, port: target.port, noDelay: true });
    for (const [from, to] of [
      [socket, upstream],
      [upstream, socket],
    ] as const)
      from.on("error", () => to.destroy()).pipe(to);
  });
  await once(listener.listen(0, "127.0.0.1"), "listening");
  const { address: host, port } = listener.address() as AddressInfo;
  return { host, port, [Symbol.asyncDispose]: async () => void listener.close() };
}

type Way = "direct" | "bare pipe" | "passed through" | "recorded" | "evidence";
type Between = AsyncDisposable & Pick<DatabaseConnection, "host" | "port">;

/** The ways, each with what stands between client and server; a recorder keeps what it recorded, so that each round has its own. */
const ways: Readonly<Record<Way, undefined | (() => Promise<Between>)>> = {
  direct: undefined,
  "bare pipe": barePipe,
  "passed through": async () => startProxy({ server: target }),
  recorded: async () => startProxy({ server: target, recorder: await createRecorder({ connection, evidence: false }) }),
  evidence: async () => startProxy({ server: target, recorder: await createRecorder({ connection }) }),
};
const names = Object.keys(ways) as Way[];

/** In milliseconds. */
interface Times {
  readonly wall: number;
  readonly client: number;
  readonly proxy: number;
  readonly backend: number;
}

let runs = 0;

/** Times of one workload in a process of its own, in an empty database. */
async function measure(workload: number, way: Way): Promise<Times> {
  const maintenance = new pg.Client({ ...server.connection(server.maintenanceDatabase) });
  await maintenance.connect();
  await maintenance.query("drop database if exists bench with (force)");
  await maintenance.query("create database bench");
  await maintenance.end();
  const proxy = await ways[way]?.();
  const where = proxy ? { ...target, host: proxy.host, port: proxy.port } : target;
  const before = process.cpuUsage();
  const { stdout } = await run(process.execPath, [client, String(workload), JSON.stringify(where), String(++runs)]);
  const { user, system } = process.cpuUsage(before);
  await proxy?.[Symbol.asyncDispose]();
  return { ...(JSON.parse(stdout) as Omit<Times, "proxy">), proxy: proxy ? (user + system) / 1000 : 0 };
}

const cpu = ({ client: asked, proxy, backend }: Times): number => asked + proxy + backend;

/** The value that this part of the others does not exceed. */
const quantile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] as number;

for (const [workload, name] of workloads.entries()) {
  if (only > 0 && workload !== only - 1) continue;
  const times = Object.fromEntries(names.map((way) => [way, []])) as unknown as Readonly<Record<Way, Times[]>>;
  for (let round = 0; round < rounds; round++)
    for (const way of round % 2 === 0 ? names : names.toReversed()) times[way].push(await measure(workload, way));
  console.log(`${name}; ${rounds} rounds: medians, and of the ratios to direct: median (quartiles)`);
  for (const way of names) {
    const median = (of: (one: Times) => number): string => quantile(times[way].map(of), 0.5).toFixed(0);
    const compared = (of: (one: Times) => number): string => {
      const ratios = times[way].map((time, round) => of(time) / of(times.direct[round] as Times));
      const [middle, low, high] = [0.5, 0.25, 0.75].map((part) => quantile(ratios, part).toFixed(2));
      return `${median(of).padStart(5)} ms ${middle}x (${low} to ${high})`;
    };
    const parts = `client ${median((one) => one.client)}, proxy ${median((one) => one.proxy)}, backend ${median((one) => one.backend)}`;
    console.log(`  ${way.padEnd(15)} wall ${compared((one) => one.wall)}  CPU ${compared(cpu)}: ${parts}`);
  }
}
