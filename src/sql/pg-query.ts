import { setFlagsFromString } from "node:v8";

/** PostgreSQL's own parser, compiled to WebAssembly. */
export type PgQuery = typeof import("libpg-query");

let loading: Promise<PgQuery> | undefined;

/**
 * Loads the parser, once. V8 is told to leave WebAssembly as its baseline compiler makes it: its optimising one takes
 * 600 MB for the parser's largest function, and saves about a microsecond a statement.
 */
export function loadPgQuery(): Promise<PgQuery> {
  return (loading ??= load());
}

async function load(): Promise<PgQuery> {
  setFlagsFromString("--no-wasm-tier-up");
  setFlagsFromString("--no-wasm-dynamic-tiering");
  const library = await import("libpg-query");
  await library.loadModule();
  return library;
}
