import { InvalidArgumentError, Option, type Command } from "commander";
import { version } from "../version.ts";
import { parseDuration } from "../repository/duration.ts";

/** `--tool` */
export const toolOption = () =>
  new Option("--tool <tool>", "only projects of this migration tool").choices(["mikro-orm", "alembic", "sql"]);

/** Adds the options that all commands have. */
export const addCommonOptions = (command: Command): Command =>
  command
    .optionsGroup("Common options:")
    .option("--config <file>", "the configuration file (default: headgate.yml, also in .github)")
    .option("--project <name>", "only the project of this name")
    .option("--directory <dir>", "the repository, or a directory in it", ".")
    .option("--output <file>", "write to this file instead of standard output")
    .option("--quiet", "show no progress")
    .option("--no-color", "use no colours")
    .version(version, "--version", "print the version")
    .helpOption("--help", "show this help");

/** For an option that may be given several times. */
export const collect = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, value];

/** For an option that says how long. @throws InvalidArgumentError */
export function duration(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new InvalidArgumentError(`It ${(error as RangeError).message}.`);
  }
}
