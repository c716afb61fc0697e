import { InvalidArgumentError, Option, type Command } from "commander";
import { overrides } from "../apply/overrides.ts";
import { initialLimit, limitNames, limits, readLimit } from "../repository/limits.ts";
import { failureReport, reportingFailure } from "./failure-report.ts";
import { collect, duration, toolOption } from "./options.ts";

/** The commands that speak to production. */
export function addApplyCommands(program: Command, finish: (exitCode: number) => void): void {
  targeted(program.command("status"))
    .description("say where a database stands; reads only, and creates nothing")
    .action(async (options) =>
      finish(await reportingFailure(options, failureReport, async () => (await import("./status.ts")).status(options))),
    );

  working(program.command("apply"))
    .description("bring a database to this commit: rehearse what is pending, then apply it under a lock")
    .option("--dry-run", "stop behind the rehearsal; nothing is sent to the database but SELECTs")
    .option("--plan <file>", "refuse what is not in this plan, as `headgate plan` wrote it")
    .option("--shard <part>", "with several targets: only this part of them, for example 2/5; the canaries always")
    .option("--skip", "do nothing, like HEADGATE_SKIP=true")
    .action(async (options) =>
      finish(await reportingFailure(options, failureReport, async () => (await import("./apply.ts")).apply(options))),
    );

  working(program.command("downgrade"))
    .description("take applied revisions back, after saying what rows and objects would be lost")
    .option("-n, --number <number>", "how many revisions", positive)
    .option("--to <revision>", "the revision that stays, with all it stands on; `base` for none")
    .option("--yes", "do not ask")
    .action(async (options) =>
      finish(
        await reportingFailure(options, failureReport, async () => (await import("./downgrade.ts")).downgrade(options)),
      ),
    );
}

const targeted = (command: Command): Command =>
  command
    .addOption(toolOption())
    .option("--database-url <url>", "the database, as libpq takes it (default: what the PG* variables say)")
    .option("--schema <name>", "the schema of one tenant, which has the whole history")
    .addOption(new Option("--format <format>", "what to print").choices(["text", "json"]).default("text"));

const limited = (command: Command): Command => {
  for (const name of limitNames)
    command.option(
      `--${name} <${name === "attempts" ? "number" : "time"}>`,
      `${limits[name].about} (default: ${initialLimit(name)})`,
      (text: string) => {
        try {
          return readLimit(name, text);
        } catch (error) {
          throw new InvalidArgumentError(`It ${(error as RangeError).message}.`);
        }
      },
    );
  return command;
};

const working = (command: Command): Command =>
  limited(targeted(command))
    .addOption(
      new Option("--engine <engine>", "where the PostgreSQL for the rehearsal comes from").choices([
        "auto",
        "testcontainers",
        "embedded",
      ]),
    )
    .option("--rehearsal-url <url>", "a disposable database to rehearse on, in place of an engine")
    .option(
      "--allow <what>",
      `go on although something is refused: ${Object.keys(overrides).join(", ")}; repeatable`,
      collect,
    )
    .option("--lock-wait <time>", "how long to wait for another run (default: 30m)", duration);

function positive(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError("It must be a whole number from 1.");
  return Number(text);
}
