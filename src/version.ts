import { createRequire } from "node:module";

/** Headgate's own version, from its package.json. */
export const version: string = (createRequire(import.meta.url)("headgate/package.json") as { version: string }).version;
