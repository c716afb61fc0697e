import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SetupError } from "./setup-error.mjs";
import { placeOf } from "./step-failure.mjs";

/**
 * What to say where a file of the project imports a package that is not installed, which is not the fault of that file;
 * `undefined` where the error is another. Names that a compiler resolves (`@/entities`, `src/entities`) are no packages.
 * @param place `file` is named where the error leads to no other
 */
export function missingPackage(error, { repository, directory, file }) {
  if (!["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"].includes(error?.code)) return undefined;
  const [, name] =
    /Cannot find (?:package|module) '((?:@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*)(?:\/[^']*)?'/.exec(String(error.message)) ??
    [];
  const [top] = name?.split("/") ?? [];
  if (name === undefined || isAlias(top, directory) || [directory, repository].some((at) => existsSync(join(at, top))))
    return undefined;
  return new SetupError(
    `The package ${name} is not installed in the project. Install the project's dependencies first, for example with \`npm ci\`.`,
    { file, ...placeOf(error, repository), missing: true },
  );
}

/** Whether the compiler's configuration gives the name a meaning of its own under `paths`. */
function isAlias(top, directory) {
  const path = join(directory, "tsconfig.json");
  return existsSync(path) && readFileSync(path, "utf8").includes(`"${top}/`);
}
