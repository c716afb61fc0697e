import { existsSync } from "node:fs";
import { join } from "node:path";
import { SetupError } from "./setup-error.mjs";
import { placeOf } from "./step-failure.mjs";

/**
 * What to say where a file of the project imports a package that is not installed, which is not the fault of that file;
 * `undefined` where the error is another. `file` is named where the error leads to no other. Names that a compiler resolves (`@/entities`, `src/entities`) are no packages.
 */
export function missingPackage(error, { repository, directory, file }) {
  if (!["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"].includes(error?.code)) return undefined;
  const [, name] =
    /Cannot find (?:package|module) '((?:@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*)(?:\/[^']*)?'/.exec(String(error.message)) ??
    [];
  if (name === undefined || [directory, repository].some((at) => existsSync(join(at, name.split("/")[0]))))
    return undefined;
  return new SetupError(
    `The package ${name} is not installed in the project. Install the project's dependencies first, for example with \`npm ci\`.`,
    { file, ...placeOf(error, repository), missing: true },
  );
}
