import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { EngineError } from "../errors.ts";
import { isSameLocale, localeOptions, readLocale, type DatabaseLocale } from "./database-locale.ts";
import type { PostgresServer } from "./engine.ts";
import { roomHint } from "./room-hint.ts";
import { scratchComment } from "./scratch.ts";

/** The databases of a server, as they are made and dropped. */
export interface ServerDatabases {
  /** Makes one as another is; ends what is connected to that, but for the server's template. @throws EngineError when it cannot be made */
  copyDatabase(database: string, from: string): Promise<void>;
  /** Makes an empty one that treats text like this; gives whether the server can, and `template` does not do so anyway. */
  createLike(database: string, wanted: DatabaseLocale, template: string): Promise<boolean>;
  /** Drops one, if it is there, and ends what is connected to it. */
  drop(database: string): Promise<void>;
}

/** Connections that are about to close by themselves get this long before they are ended. */
const closingGraceMs = 1000;
const endingPollMs = 5;

/** @param maintenance connected to a database of the server that is none of these */
export function serverDatabases(server: PostgresServer, maintenance: pg.Client): ServerDatabases {
  return {
    async copyDatabase(database, from) {
      try {
        // Whoever is connected to the server's template is not ours to end.
        if (from !== server.templateDatabase) await vacate(maintenance, from, closingGraceMs);
        // A copy of the files needs no journal, and this server would not be recovered after a crash anyway.
        const strategy = server.major >= 15 ? " strategy file_copy" : "";
        await maintenance.query(`create database ${quoted(database)} template ${quoted(from)}${strategy}`);
        if (server.engine === "url")
          await maintenance.query(`comment on database ${quoted(database)} is ${pg.escapeLiteral(scratchComment)}`);
      } catch (cause) {
        const { message } = cause as Error;
        throw new EngineError(`The work database could not be copied (${message}).${roomHint(message)}`, { cause });
      }
    },
    async createLike(database, wanted, template) {
      const own = await readLocale(maintenance, template);
      if (server.engine === "url" || isSameLocale(own, wanted)) return false;
      const { collate, ctype } = own;
      // A server that has ICU may lack the C library's locale, of which not much depends then.
      const ways = wanted.provider === "libc" ? [wanted] : [wanted, { ...wanted, collate, ctype }];
      for (const way of ways) {
        // Only `template0` holds nothing that is sorted already.
        const made = await maintenance
          .query(`create database ${quoted(database)} template template0 ${localeOptions(way, server.major)}`)
          .then(
            () => true,
            () => false,
          );
        if (made) return true;
      }
      return false;
    },
    async drop(database) {
      await vacate(maintenance, database, 0);
      // A subscription of a database keeps it from being dropped.
      const remove = () => maintenance.query(`drop database if exists ${quoted(database)} with (force)`);
      await remove().catch(async (error: { readonly code?: string }) => {
        if (error.code !== "55006") throw error;
        await maintenance.query(
          "delete from pg_subscription where subdbid = (select oid from pg_database where datname = $1)",
          [database],
        );
        await remove();
      });
    },
  };
}

/** Waits for a database's connections to close, ends those that have not after the grace, and waits until they are gone. */
async function vacate(maintenance: pg.Client, database: string, graceMs: number): Promise<void> {
  const deadline = performance.now() + graceMs;
  for (let attempt = 0; attempt < 1000; attempt++) {
    const terminate = performance.now() >= deadline ? "pg_terminate_backend(pid)" : "true";
    const { rowCount } = await maintenance.query(
      `select ${terminate} from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()`,
      [database],
    );
    if (rowCount === 0) return;
    await sleep(endingPollMs);
  }
}

const quoted = pg.escapeIdentifier;
