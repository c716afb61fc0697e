import { existsSync } from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";
import { missingPackage } from "./missing-package.mjs";
import { SetupError } from "./setup-error.mjs";
import { describeThrown } from "./step-failure.mjs";

/**
 * The project's configuration object, loaded and chosen as MikroORM's command line does; an empty one where the project
 * has no configuration file. `contextName` chooses among several in one file.
 */
export async function loadConfig({ configFile, section, repository, directory, importFile }) {
  const stated = process.env.MIKRO_ORM_CLI_CONFIG ?? process.env.MIKRO_ORM_CLI;
  const path = stated
    ? resolve(directory, stated)
    : configFile === undefined
      ? undefined
      : join(repository, configFile);
  if (path === undefined) return {};
  const file = relative(repository, path);
  if (!existsSync(path))
    throw new SetupError(`The MikroORM configuration ${isAbsolute(file) ? path : file} does not exist.`);
  const contextName = section ?? process.env.MIKRO_ORM_CONTEXT_NAME ?? "default";
  let chosen;
  try {
    const loaded = await importFile(path);
    let exported = await (loaded.default ?? loaded);
    // What was compiled to CommonJS and is imported arrives with one more layer around it.
    if (exported?.__esModule && "default" in exported) exported = await exported.default;
    chosen = await choose(exported, contextName);
  } catch (error) {
    const missing = missingPackage(error, { repository, directory, file });
    if (missing) throw missing;
    const { message, file: at = file, line } = describeThrown(error, repository);
    throw new SetupError(`The MikroORM configuration could not be loaded: ${message}`, { file: at, line });
  }
  if (chosen === undefined)
    throw new SetupError(
      contextName === "default"
        ? "It exports no MikroORM configuration without a `contextName`; name the one to use as `section` of the project in headgate.yml."
        : `It exports no MikroORM configuration with the \`contextName\` ${contextName}.`,
      { file },
    );
  return chosen;
}

async function choose(exported, contextName) {
  const isObject = (value) => typeof value === "object" && value !== null;
  const named = (value) =>
    isObject(value) && ("contextName" in value ? value.contextName === contextName : contextName === "default");
  // A function is asked for this name, so what it returns without one is meant.
  const answered = (value) => isObject(value) && (!("contextName" in value) || value.contextName === contextName);
  const entries = Array.isArray(exported) ? exported : [exported];
  const found = entries.find(named);
  if (found) return found;
  for (const entry of entries) {
    if (typeof entry !== "function") continue;
    const result = await entry(contextName);
    if (answered(result)) return result;
  }
  return undefined;
}
