import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import pg from "pg";
import { message } from "../src/wire/messages.ts";

/**
 * Runs one workload of `wire.ts` and prints its wall time, its CPU time and that of its backend, in milliseconds. What it
 * sends has never been sent before: a proxy that has parsed a text need not do so again.
 */
const [workload, where] = [Number(process.argv[2]), JSON.parse(process.argv[3] ?? "{}") as pg.ClientConfig];
const run = process.argv[4] ?? "";
const client = new pg.Client(where);
await client.connect();
await client.query("create table cargo(id int primary key, label text, weight int)");

const statements = Array.from({ length: 1000 }, (_, index) => {
  const table = `part_${run}_${index >> 2}`;
  switch (index % 4) {
    case 0:
      return `create table ${table}(id int primary key, name text)`;
    case 1:
      return `alter table ${table} add column extra int default 1`;
    case 2:
      return `create index on ${table}(name)`;
    default:
      return `insert into ${table} select i, 'x' from generate_series(1, 20) i`;
  }
});

/** CPU time of this process and of the server's process behind the connection, which Linux tells in nanoseconds. */
const backend = (client as unknown as { readonly processID: number }).processID;
const used = (): readonly [number, number] => {
  const { user, system } = process.cpuUsage();
  try {
    return [(user + system) / 1000, Number(readFileSync(`/proc/${backend}/schedstat`, "latin1").split(" ")[0]) / 1e6];
  } catch {
    return [(user + system) / 1000, Number.NaN];
  }
};

const before = used();
const began = performance.now();
if (workload === 2) await copy(100);
else {
  if (workload === 0) await client.query("begin");
  for (const statement of statements) await client.query(statement);
  if (workload === 0) await client.query("commit");
}
const wall = performance.now() - began;
const after = used();
console.log(JSON.stringify({ wall, client: after[0] - before[0], backend: after[1] - before[1] }));
await client.end();

/** Sends so many megabytes of COPY data as fast as they are taken. */
async function copy(megabytes: number): Promise<void> {
  const socket = (client as unknown as { connection: { stream: Socket } }).connection.stream;
  let row = 0;
  const chunk = (): Buffer => {
    const messages: Buffer[] = [];
    for (let size = 0; size < 65_536; row++) {
      const line = message("d", Buffer.from(`${row}\t${"cargo ".repeat(16)}\t${row % 100}\n`));
      messages.push(line);
      size += line.length;
    }
    return Buffer.concat(messages);
  };
  const done = client.query("copy cargo from stdin").catch((error: Error) => {
    throw error;
  });
  // node-postgres answers CopyInResponse with CopyFail unless a stream is given; so it is not told.
  const { connection } = client as unknown as {
    connection: { removeAllListeners(event: string): void; once(event: string, listener: () => void): void };
  };
  connection.removeAllListeners("copyInResponse");
  await new Promise<void>((resolve) => connection.once("copyInResponse", resolve));
  for (let sent = 0; sent < megabytes * 1_000_000;) {
    const bytes = chunk();
    sent += bytes.length;
    if (!socket.write(bytes)) await new Promise<void>((resolve) => socket.once("drain", () => resolve()));
  }
  socket.write(message("c"));
  await done;
}
