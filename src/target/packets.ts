import type { Target } from "./target.ts";

/** What a client says about its session before it begins, by name; user and database are the target's. */
export type StartupParameters = ReadonlyMap<string, string>;

/**
 * The first packet of a session: the client's own words, with the target's settings before the client's.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-STARTUPMESSAGE
 */
export function startupPacket(target: Target, startup: StartupParameters): Buffer {
  const options = [target.options, startup.get("options")].filter(Boolean).join(" ");
  const words = new Map([...startup].filter(([name]) => !name.startsWith("_pq_.")));
  words.set("user", target.user);
  words.set("database", target.database);
  if (!words.has("client_encoding")) words.set("client_encoding", target.clientEncoding ?? "UTF8");
  if (options) words.set("options", options);
  const body = Buffer.from(`${[...words].flat().join("\0")}\0\0`);
  return packet(196_608, body);
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-CANCELREQUEST */
export function cancelPacket(processIdAndSecret: Buffer): Buffer {
  return packet(80_877_102, processIdAndSecret);
}

function packet(code: number, body: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeInt32BE(body.length + 8, 0);
  header.writeInt32BE(code, 4);
  return Buffer.concat([header, body]);
}
