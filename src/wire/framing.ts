/** One message, or the beginning of one that is too long or too dull to be gathered. */
export interface Frame {
  /** The type byte; 0 in the startup phase, where messages have none. */
  readonly type: number;
  /** The message with its header: all of it when `more` is 0. */
  readonly bytes: Buffer;
  /** How many bytes of the message are still to come, through {@link FrameSink.rest}. */
  readonly more: number;
}

/** Where a framer puts what it finds, in the order of the stream. */
export interface FrameSink {
  /** How many bytes of a message, header included, are wanted in one piece before it is handed out; 0: it only passes. */
  wanted(type: number, length: number): number;
  frame(frame: Frame): void;
  /** Bytes that only pass: whole messages, ends and middles of messages, in any number; `missing` bytes of the last are still to come. */
  rest(bytes: Buffer, missing: number): void;
  /** A length that no message can have; what follows can't be told apart and comes through `rest`. */
  unframed(): void;
}

/** Cuts a byte stream into the messages of PostgreSQL's protocol, however it was cut into packets. */
export interface Framer {
  push(chunk: Buffer): void;
  /** The bytes of an incomplete message, when the stream ends there. */
  remainder(): Buffer;
}

const headerLength = 5;

/**
 * A framer for the phase after startup, where each message is a type byte, a length and a body.
 * It keeps at most one incomplete message, and of that no more than the sink wants.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export function createFramer(sink: FrameSink): Framer {
  let gathered: Buffer[] = [];
  let gatheredLength = 0;
  /** How many gathered bytes hand the current message out; the header first, as nothing is known before it. */
  let goal = headerLength;
  let passing = 0;
  let framed = true;

  const take = (chunk: Buffer): Buffer => {
    if (gathered.length === 0) return chunk;
    gathered.push(chunk);
    const whole = Buffer.concat(gathered);
    gathered = [];
    gatheredLength = 0;
    return whole;
  };

  const push = (chunk: Buffer): void => {
    let bytes = chunk;
    if (passing > 0) {
      const end = Math.min(passing, bytes.length);
      passing -= end;
      sink.rest(bytes.subarray(0, end), passing);
      bytes = bytes.subarray(end);
    }
    if (bytes.length === 0) return;
    if (!framed) return sink.rest(bytes, 0);
    if (gatheredLength + bytes.length < goal) {
      gathered.push(bytes);
      gatheredLength += bytes.length;
      return;
    }
    bytes = take(bytes);
    goal = headerLength;
    let start = 0;
    /** Where the run of messages that only pass begins; they leave in one piece. */
    let run = 0;
    const flush = (): void => {
      if (start > run) sink.rest(bytes.subarray(run, start), 0);
    };
    while (bytes.length - start >= headerLength) {
      const type = bytes[start] as number;
      const length = bytes.readInt32BE(start + 1) + 1;
      if (length < headerLength) {
        flush();
        framed = false;
        sink.unframed();
        sink.rest(bytes.subarray(start), 0);
        return;
      }
      const wanted = Math.min(sink.wanted(type, length), length);
      const available = bytes.length - start;
      if (wanted === 0) {
        if (available < length) {
          passing = length - available;
          sink.rest(bytes.subarray(run), passing);
          return;
        }
        start += length;
        continue;
      }
      if (available < wanted) {
        goal = wanted;
        break;
      }
      flush();
      const whole = Math.min(length, available) === length;
      const end = whole ? start + length : start + wanted;
      sink.frame({ type, bytes: bytes.subarray(start, end), more: start + length - end });
      start = end;
      run = end;
      if (!whole) {
        passing = length - wanted;
        const left = bytes.subarray(end);
        passing -= left.length;
        if (left.length > 0) sink.rest(left, passing);
        return;
      }
    }
    flush();
    if (start < bytes.length) {
      gathered.push(bytes.subarray(start));
      gatheredLength = bytes.length - start;
    }
  };

  return { push, remainder: () => Buffer.concat(gathered) };
}
