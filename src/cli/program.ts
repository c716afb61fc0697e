import { Command, Option } from "commander";
import { exitCodes } from "../exit.ts";
import { supportedMajors } from "../postgres/supported-majors.ts";
import { version } from "../version.ts";
import { unreported, reportingFailure } from "./failure-report.ts";
import { reportFormats, type SharedOptions } from "./output.ts";
import { addApplyCommands } from "./apply-commands.ts";
import { addCommonOptions, collect, duration, toolOption } from "./options.ts";

/**
 * The command line: every command with its options. `finish` gets the exit code of the command that ran.
 * What a command needs is loaded when it runs, so that `--help` and a wrong option answer at once.
 */
export function buildProgram(finish: (exitCode: number) => void): Command {
  const program = new Command("headgate")
    .description("The gate that every PostgreSQL migration passes on its way to production.")
    .version(version, "--version", "print the version")
    .helpOption("--help", "show this help")
    .addHelpCommand(
      new Command("help [command]").description("show the help of a command").helpGroup("Other commands:"),
    )
    .addHelpText(
      "after",
      `\nExit codes: ${exitCodes.passed} passed, ${exitCodes.failed} failed, ${exitCodes.usage} usage or configuration, ${exitCodes.notChecked} could not be checked, ${exitCodes.internal} a bug in Headgate.`,
    )
    .allowExcessArguments(false)
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "headgate: ")) })
    .exitOverride();

  program.commandsGroup("Judge migrations:");
  gated(program.command("check"))
    .description("replay the migrations up, down and up again on a disposable PostgreSQL, and judge them")
    .addOption(new Option("--format <format>", "what to print").choices(reportFormats).default("text"))
    .addOption(new Option("--replay <which>", "which revisions go up, down and up again").choices(["new", "all"]))
    .addOption(new Option("--fail-on <severity>", "the lightest finding that fails").choices(["error", "warning"]))
    .option("--stats <file>", statsHelp)
    .option("--no-outage-probe", "do not try what stops while a new revision waits for its locks")
    .action(async (options) =>
      finish(await reporting(options, async () => (await import("./check.ts")).check(options))),
    );

  gated(program.command("sql"))
    .description("show the SQL that the new revisions, or those of a range, really send to a disposable PostgreSQL")
    .argument("[range]", "a revision, or FROM:TO (from the one after FROM up to TO; either end may be left out)")
    .option("--down", "the way back")
    .addOption(new Option("--format <format>", "what to print").choices(["text", "json"]).default("text"))
    .action(async (range, options) =>
      finish(await reporting(options, async () => (await import("./sql.ts")).sql(range, options))),
    );

  gated(program.command("plan"))
    .description("record what the new revisions, or those of a range, do, and print it as a plan sealed by a digest")
    .argument("[range]", "a revision, or FROM:TO (from the one after FROM up to TO; either end may be left out)")
    .addOption(jsonOnly())
    .action(async (range, options) =>
      finish(await reporting(options, async () => (await import("./plan.ts")).plan(range, options))),
    );

  program
    .command("lineage")
    .description("show the revisions, heads, bases, branch and merge points; needs no database")
    .addOption(new Option("--format <format>", "what to print").choices(["text", "json", "mermaid"]).default("text"))
    .addOption(toolOption())
    .option("--base <ref>", "revisions that are not in the merge base with this git ref are new")
    .action(async (options) =>
      finish(await reporting(options, async () => (await import("./lineage.ts")).lineageCommand(options))),
    );

  program
    .command("lint")
    .summary("judge migrations from their text alone; needs no database")
    .description(
      "judge migrations from their text alone; needs no database. FILEs (or - for standard input), or every SQL project of " +
        "the repository. A file of a known layout is judged as its tool runs it, on the schema that the earlier files make. " +
        "Any other is one transaction, unless it begins one itself or holds a statement that cannot run in one: then each " +
        "statement is one. Several such files are one history, in the order given.",
    )
    .argument("[file...]", "migrations to judge")
    .allowExcessArguments()
    .addOption(new Option("--format <format>", "what to print").choices(reportFormats).default("text"))
    .option(
      "--postgres <version>",
      `the PostgreSQL version it will meet (default: all of ${supportedMajors[0]} to ${supportedMajors.at(-1)})`,
    )
    .option("--base <ref>", "judge only revisions that are not in the merge base with this git ref")
    .option(
      "--set <name=value>",
      "what is set when a migration begins, for example lock_timeout=2s; repeatable",
      collect,
    )
    .option("--stats <file>", statsHelp)
    .addOption(new Option("--fail-on <severity>", "the lightest finding that fails").choices(["error", "warning"]))
    .action(async (files, options) =>
      finish(await reporting(options, async () => (await import("./lint.ts")).lintCommand(files, options))),
    );

  program.commandsGroup("Bring them to a database:");
  addApplyCommands(program, finish);

  program.commandsGroup("Other commands:");
  program
    .command("stats")
    .description("read how large production's tables are, and nothing else, for the estimates of check and lint")
    .option("--database-url <url>", "the database, as libpq takes it (default: what the PG* variables say)")
    .addOption(jsonOnly())
    .action(async (options) =>
      finish(await reporting(options, async () => (await import("./stats.ts")).statsCommand(options))),
    );

  program
    .command("explain")
    .description("show the page of a rule: what happens, and how to do it safely; or list the rules")
    .argument("[rule]", "the rule's id; all rules are listed where none is given")
    .addOption(new Option("--format <format>", "what to print").choices(["text", "markdown"]).default("text"))
    .action(async (rule, options) => finish((await import("./explain.ts")).explainRule(rule, options)));

  program
    .command("init")
    .description("write the workflow that gates pull requests, and headgate.yml where it is needed; never overwrites")
    .option("--action <action>", "how the workflow names the action", "OWNER/headgate@v1")
    .option("--forks", "also write the workflow that comments on pull requests from forks")
    .action(async (options) => finish((await import("./init.ts")).init(options)));

  // Behind a command's own options, because they are the same everywhere.
  program.commands.forEach(addCommonOptions);
  return program;
}

const reporting = (options: SharedOptions & { readonly format: string }, work: () => Promise<number>) =>
  reportingFailure(options, unreported, work);

const statsHelp = "what `headgate stats` wrote: findings then say how large the table is, and how long it takes";

/** For what is read by programs alone. */
const jsonOnly = () => new Option("--format <format>", "what to print").choices(["json"]).default("json");

const gated = (command: Command): Command =>
  command
    .addOption(toolOption())
    .addOption(
      new Option("--engine <engine>", "where the PostgreSQL comes from").choices([
        "auto",
        "testcontainers",
        "embedded",
        "url",
        "memory",
      ]),
    )
    .option("--postgres <version>", "PostgreSQL version, for example 17")
    .option("--image <image>", "container image, for the engine testcontainers")
    .option("--database-url <url>", "a disposable database, for the engine url")
    .option("--allow-non-empty", "accept a --database-url that holds something")
    .option("--base <ref>", "revisions that are not in the merge base with this git ref are new")
    .option("--time-limit <time>", "how long one step may take, for example 10m", duration);
