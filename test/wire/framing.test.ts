import fc from "fast-check";
import { expect, test } from "vitest";
import { createFramer } from "../../src/wire/framing.ts";
import { message } from "../../src/wire/messages.ts";

/** Types `Q` are wanted whole, `B` up to 8 bytes, others only pass. */
function frameAll(chunks: readonly Buffer[]): { frames: { type: string; bytes: string; more: number }[]; all: Buffer } {
  const frames: { type: string; bytes: string; more: number }[] = [];
  const all: Buffer[] = [];
  const framer = createFramer({
    wanted: (type) => (type === 0x51 ? Infinity : type === 0x42 ? 8 : 0),
    frame({ type, bytes, more }) {
      frames.push({ type: String.fromCharCode(type), bytes: bytes.toString("hex", 0, 8), more: bytes.length + more });
      all.push(Buffer.from(bytes));
    },
    rest: (bytes) => void all.push(Buffer.from(bytes)),
    unframed: () => {},
  });
  for (const chunk of chunks) framer.push(chunk);
  return { frames, all: Buffer.concat([...all, framer.remainder()]) };
}

function cut(bytes: Buffer, points: readonly number[]): Buffer[] {
  const sorted = [...points.map((point) => point % (bytes.length + 1)), 0, bytes.length].toSorted((a, b) => a - b);
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

const messages = fc.array(
  fc.record({ type: fc.constantFrom("Q", "B", "d", "S"), body: fc.uint8Array({ maxLength: 40 }) }),
  { maxLength: 12 },
);

test("messages come out the same, however the stream is cut, and no byte is lost or moved", () => {
  fc.assert(
    fc.property(messages, fc.array(fc.nat(), { maxLength: 60 }), (list, points) => {
      const stream = Buffer.concat(list.map(({ type, body }) => message(type, Buffer.from(body))));
      const whole = frameAll([stream]);
      const pieces = frameAll(cut(stream, points));
      expect(pieces.frames).toEqual(whole.frames);
      expect(pieces.all.equals(stream)).toBe(true);
      expect(whole.frames.map(({ type }) => type)).toEqual(
        list.map(({ type }) => type).filter((type) => type === "Q" || type === "B"),
      );
    }),
    { numRuns: 1000 },
  );
});

test("a stream that ends in the middle of a message gives up all of its bytes", () => {
  fc.assert(
    fc.property(messages, fc.nat(), fc.array(fc.nat(), { maxLength: 10 }), (list, end, points) => {
      const stream = Buffer.concat(list.map(({ type, body }) => message(type, Buffer.from(body))));
      const part = stream.subarray(0, end % (stream.length + 1));
      expect(frameAll(cut(part, points)).all.equals(part)).toBe(true);
    }),
  );
});

test("an impossible length leaves the rest of the stream as it is", () => {
  const garbage = Buffer.from("Q\0\0\0\x01 this is no message", "latin1");
  const { frames, all } = frameAll([message("Q", "select 1"), garbage.subarray(0, 7), garbage.subarray(7)]);
  expect(frames).toHaveLength(1);
  expect(all.subarray(-garbage.length).equals(garbage)).toBe(true);
});

test("a long message that only passes is never gathered", () => {
  let largest = 0;
  let passed = 0;
  const framer = createFramer({
    wanted: () => 0,
    frame: () => {},
    rest(bytes) {
      largest = Math.max(largest, bytes.length);
      passed += bytes.length;
    },
    unframed: () => {},
  });
  const header = Buffer.from([0x64, 0x40, 0, 0, 0]);
  framer.push(header);
  const chunk = Buffer.alloc(65_536);
  for (let sent = 0; sent < 2 ** 24; sent += chunk.length) framer.push(chunk);
  expect(largest).toBe(chunk.length);
  expect(passed).toBe(2 ** 24 + header.length);
});
