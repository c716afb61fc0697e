import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

/** How to run Node: the start of an argument list. */
export interface NodeInterpreter {
  readonly command: readonly string[];
}

/**
 * The Node that runs a project's migrations: the one told, else the `node` on the path, which is the project's own where
 * a version manager or `setup-node` put one there, else the one that runs Headgate. Whether MikroORM can live with its
 * version is for the driver to say, which knows both.
 * @param root absolute path of the repository root; a told path is relative to it
 * @param told a path or a command from the configuration
 */
export function findNode(
  root: string,
  _directory: string,
  told: string | undefined,
  environment: NodeJS.ProcessEnv,
): NodeInterpreter {
  if (told !== undefined) return { command: [told.includes("/") && !isAbsolute(told) ? join(root, told) : told] };
  return { command: [onPath("node", environment) ?? process.execPath] };
}

function onPath(name: string, environment: NodeJS.ProcessEnv): string | undefined {
  return (environment["PATH"] ?? "")
    .split(delimiter)
    .filter((directory) => isAbsolute(directory))
    .map((directory) => join(directory, name))
    .find((candidate) => {
      try {
        accessSync(candidate, constants.X_OK);
        return statSync(candidate).isFile();
      } catch {
        return false;
      }
    });
}
