import type pg from "pg";
import type { WorkDatabase } from "../engines/work-database.ts";
import type { Recorder } from "../wire/recorder.ts";

/** Somebody who looks at a database while nobody works in it, on one connection. */
export interface Onlooker {
  /** Looks at the database as it is now: what a step that begins meanwhile would change waits for it. */
  look<Seen>(action: (client: pg.Client) => Promise<Seen>): Promise<Seen>;
  /** Comes to the end of what was begun, and ends the connection; the next look makes another. */
  leave(): Promise<void>;
}

/** Nobody is connected before the first look. */
export function createOnlooker(
  database: Pick<WorkDatabase, "connect">,
  recorder: Pick<Recorder, "holdBack">,
): Onlooker {
  let client: pg.Client | undefined;
  let looking: Promise<unknown> = Promise.resolve();
  return {
    look(action) {
      const seen = looking.then(async () => action((client ??= await database.connect())));
      recorder.holdBack(seen);
      // Whoever awaits it is told.
      looking = seen.catch(() => {});
      return seen;
    },
    async leave() {
      await looking;
      await client?.end();
      client = undefined;
    },
  };
}
