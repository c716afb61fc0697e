import { createHash } from "node:crypto";
import type { Exchange } from "./exchange.ts";

/** Digests the rows that one statement returns, which are kept nowhere. */
export interface RowDigest {
  /** @param bytes a DataRow */
  add(bytes: Buffer): void;
  /** SHA-256, hexadecimal; and begins anew. */
  take(): string;
}

/** The name of who is logged in counts as the same, whatever it is. */
export function createRowDigest({ parameter }: Pick<Exchange, "parameter">): RowDigest {
  let hash = createHash("sha256");
  return {
    add(bytes) {
      const account = parameter("session_authorization");
      for (const value of valuesOf(bytes)) hash.update(value === account ? "0 account" : `${value?.length} ${value}`);
    },
    take() {
      const digest = hash.digest("hex");
      hash = createHash("sha256");
      return digest;
    },
  };
}

function* valuesOf(row: Buffer): Generator<string | undefined> {
  let at = 7;
  while (at + 4 <= row.length) {
    const length = row.readInt32BE(at);
    at += 4 + Math.max(0, length);
    yield length < 0 ? undefined : row.toString("latin1", at - length, at);
  }
}
