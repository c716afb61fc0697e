import { createHash } from "node:crypto";
import type { Exchange } from "./exchange.ts";
import { rowValues } from "./messages.ts";

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
      for (const column of rowValues(bytes)) {
        const value = column?.toString("latin1");
        hash.update(value === account ? "0 account" : `${value?.length} ${value}`);
      }
    },
    take() {
      const digest = hash.digest("hex");
      hash = createHash("sha256");
      return digest;
    },
  };
}
