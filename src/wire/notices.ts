import type { Exchange } from "./exchange.ts";
import { reportField, shiftPosition } from "./messages.ts";

/** Decides which of the server's notices are the client's. */
export interface Notices {
  /** From now on the server says everything from `DEBUG1` on, while the client asked for `level`. */
  raise(level: string): void;
  /** The client's own `client_min_messages` is in effect again. */
  lower(): void;
  /** Puts a notice out to the client if it is meant for it; `said` gets what is not. */
  pass(notice: Buffer, said: string[], options?: { readonly offset?: number; put?(bytes: Buffer): void }): void;
}

/** Least severe first, as `client_min_messages` orders them. `INFO` is always sent. */
const severities = ["DEBUG", "LOG", "NOTICE", "WARNING", "ERROR"];

/** Sorts the notices of one connection. */
export function createNotices(exchange: Exchange): Notices {
  let level: string | undefined;
  return {
    raise(clientLevel) {
      level = clientLevel;
    },
    lower() {
      level = undefined;
    },
    pass(notice, said, { offset = 0, put = exchange.put } = {}) {
      const severity = reportField(notice, "V") ?? "";
      if (severity === "DEBUG") said.push(reportField(notice, "M") ?? "");
      const wanted =
        level === undefined ||
        severity === "INFO" ||
        severities.indexOf(severity) >= severities.indexOf(level.toUpperCase());
      if (wanted) put(shiftPosition(notice, offset));
    },
  };
}
