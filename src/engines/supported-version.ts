import { UsageError } from "../errors.ts";

const oldestMajor = 14;

/** The version as numbers only: `17.5` from `17.5 (Debian 17.5-1)`. Newer majors than Headgate knows are let through. @throws UsageError for a server that is too old */
export function supportedVersion(reported: string): { readonly version: string; readonly major: number } {
  const version = reported.split(" ")[0] ?? reported;
  const major = Number.parseInt(version, 10);
  if (!(major >= oldestMajor))
    throw new UsageError(`This server is PostgreSQL ${version}; Headgate needs ${oldestMajor} or newer.`);
  return { version, major };
}
