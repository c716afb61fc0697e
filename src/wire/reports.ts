import { zeroTerminated } from "./messages.ts";

/**
 * What the server sends without being asked, when it is ready for the next query: the values of settings
 * (ParameterStatus), and notifications. Between the pieces of one query it is not, and then they are kept back.
 */
export interface Reports {
  /** The value that was last reported for a setting. */
  value(name: string): string | undefined;
  setting(report: Buffer): void;
  notification(report: Buffer): void;
  /** Keeps back what comes from now on. */
  gather(): void;
  /** Puts it out: notifications if no transaction is open, settings whose value is another than before. */
  putOut(status: "I" | "T" | "E"): void;
}

/** Those of one connection. */
export function createReports(put: (bytes: Buffer) => void): Reports {
  /** The last report of each setting, and the last that the client has seen. */
  const last = new Map<string, Buffer>();
  const seen = new Map<string, Buffer>();
  const changed = new Set<string>();
  const notifications: Buffer[] = [];
  let gathering = false;
  return {
    value(name) {
      const report = last.get(name);
      return report && zeroTerminated(report, 6 + name.length);
    },
    setting(report) {
      const name = zeroTerminated(report, 5);
      last.set(name, report);
      if (gathering) return void changed.add(name);
      seen.set(name, report);
      put(report);
    },
    notification: (report) => (gathering ? void notifications.push(report) : put(report)),
    gather() {
      gathering = true;
    },
    putOut(status) {
      gathering = false;
      if (status === "I") for (const report of notifications.splice(0)) put(report);
      // The server reports what changed last first.
      for (const name of [...changed].toReversed()) {
        const report = last.get(name);
        if (!report || seen.get(name)?.equals(report)) continue;
        seen.set(name, report);
        put(report);
      }
      changed.clear();
    },
  };
}
