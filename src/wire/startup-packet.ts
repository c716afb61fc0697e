/** What a client says before anything else; messages of this phase have no type byte. */
export type StartupPacket =
  | { readonly kind: "tls" }
  | { readonly kind: "gss" }
  | { readonly kind: "cancel"; readonly bytes: Buffer; readonly processId: number; readonly secret: Buffer }
  /** `bytes` is the whole packet, for the server, which negotiates the version (3.0, 3.2, …) with the client itself. */
  | { readonly kind: "startup"; readonly bytes: Buffer; readonly parameters: ReadonlyMap<string, string> }
  /** Not a client of PostgreSQL, or of a protocol before 3. */
  | { readonly kind: "other"; readonly bytes: Buffer };

/** The server refuses longer ones too (`MAX_STARTUP_PACKET_LENGTH`). */
const maxLength = 10_000;

const codes = { cancel: 80_877_102, tls: 80_877_103, gss: 80_877_104 } as const;

/** The first packet in the bytes and what follows it, or `undefined` when more bytes are needed. */
export function readStartupPacket(
  bytes: Buffer,
): { readonly packet: StartupPacket; readonly rest: Buffer } | undefined {
  if (bytes.length < 4) return undefined;
  const length = bytes.readInt32BE(0);
  if (length < 8 || length > maxLength) return { packet: { kind: "other", bytes }, rest: Buffer.alloc(0) };
  if (bytes.length < length) return undefined;
  return { packet: interpret(bytes.subarray(0, length)), rest: bytes.subarray(length) };
}

function interpret(bytes: Buffer): StartupPacket {
  const code = bytes.readInt32BE(4);
  if (code === codes.tls && bytes.length === 8) return { kind: "tls" };
  if (code === codes.gss && bytes.length === 8) return { kind: "gss" };
  if (code === codes.cancel && bytes.length >= 16)
    return { kind: "cancel", bytes, processId: bytes.readInt32BE(8), secret: bytes.subarray(12) };
  if (code >> 16 === 3) return { kind: "startup", bytes, parameters: readParameters(bytes.subarray(8)) };
  return { kind: "other", bytes };
}

function readParameters(body: Buffer): ReadonlyMap<string, string> {
  const words = body.toString("utf8").split("\0");
  const parameters = new Map<string, string>();
  for (let index = 0; index + 1 < words.length && words[index] !== ""; index += 2)
    parameters.set(words[index] as string, words[index + 1] as string);
  return parameters;
}

/**
 * The `search_path` that a client names when it connects, by itself or among the command-line options for its server
 * process (`-c search_path=app,public`), in which a backslash takes a space as it is.
 */
export function startPathOf({
  parameters,
}: Pick<Extract<StartupPacket, { kind: "startup" }>, "parameters">): string | undefined {
  const own = parameters.get("search_path");
  if (own !== undefined) return own;
  const named = /(?:^|\s)(?:-c\s*|--)search[_-]path=((?:\\.|[^\s\\])*)/i.exec(parameters.get("options") ?? "")?.[1];
  return named?.replaceAll(/\\(.)/g, "$1");
}

/** About whom and with whom it speaks, or compared elsewhere; nothing of it changes what a statement does. */
const noSetting = /^(?:user|database|replication|application_name|client_encoding|_pq_\..*)$/;

/** The settings that a client names when it connects, by name; its statements may do something else with others. */
export function beginningOf({
  parameters,
}: Pick<Extract<StartupPacket, { kind: "startup" }>, "parameters">): SessionBeginning {
  const named = [...parameters].map(([name, value]) => [name.toLowerCase(), value] as const);
  return new Map(named.filter(([name, value]) => !noSetting.test(name) && !(name === "options" && !value.trim())));
}

/** What a session begins with, as its client says it. */
export type SessionBeginning = ReadonlyMap<string, string>;

/** The names of the settings in which a session differs from that of some others which is most like it. */
export function differsIn(one: SessionBeginning, others: readonly SessionBeginning[]): readonly string[] {
  const differences = others.map((other) =>
    [...new Set([...one.keys(), ...other.keys()])].filter((name) => one.get(name) !== other.get(name)),
  );
  return differences.toSorted((a, b) => a.length - b.length)[0] ?? [...one.keys()];
}

/** The packet with more settings for its session, but for those that the client names itself. */
export function withSettings(
  { bytes, parameters }: Extract<StartupPacket, { kind: "startup" }>,
  settings: ReadonlyMap<string, string>,
): Buffer {
  const named = [...parameters].flat().join(" ").toLowerCase();
  const more = [...settings].filter(([name]) => !named.includes(name.toLowerCase())).flat();
  if (more.length === 0) return bytes;
  // The list ends with an empty name.
  const packet = Buffer.concat([bytes.subarray(0, -1), Buffer.from(`${more.join("\0")}\0\0`)]);
  packet.writeInt32BE(packet.length, 0);
  return packet;
}
