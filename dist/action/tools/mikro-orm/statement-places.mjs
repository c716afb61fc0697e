import { placeOf } from "./step-failure.mjs";

/** A migration that runs more statements than this is a data migration; remembering them all would only cost memory. */
const most = 10_000;

/**
 * Remembers where in a migration each statement came from. A queued statement (`addSql`) fails after `up()` has returned,
 * when no stack leads back to its line.
 */
export function statementPlaces(repository) {
  const stacks = new Map();
  const sent = [];
  const watched = new WeakSet();
  return {
    /** Watches a migration's base class: its own, because a loader may have brought another copy of it than ours. */
    watch(migration) {
      let base = migration.prototype;
      while (base && !Object.hasOwn(base, "addSql")) base = Object.getPrototypeOf(base);
      if (!base || watched.has(base)) return;
      watched.add(base);
      for (const method of ["addSql", "execute"]) {
        const original = base[method];
        base[method] = function (sql, ...rest) {
          const text = typeof sql === "string" ? sql : sql?.sql;
          if (typeof text === "string" && sent.length < most) {
            const stack = new Error();
            stacks.set(text, stack);
            sent.push({ sql: text, stack });
          }
          return original.call(this, sql, ...rest);
        };
      }
    },
    forget() {
      stacks.clear();
      sent.length = 0;
    },
    /** `{ sql, line }` of each statement that came from this file, in their order. */
    placesIn: (file) =>
      sent.flatMap(({ sql, stack }) => {
        const place = placeOf(stack, repository);
        return place.file === file ? [{ sql, line: place.line }] : [];
      }),
    /** `{ file, line }` of the statement, or nothing when it was not seen. */
    placeOf: (sql) => (stacks.has(sql) ? placeOf(stacks.get(sql), repository) : {}),
  };
}
