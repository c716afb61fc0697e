import { CommanderError } from "commander";
import { usageDocument } from "./failure-report.ts";
import { buildProgram } from "./program.ts";
import { exitCodes, exitCodeOf, explain } from "../exit.ts";

process.exitCode = exitCodes.internal;
// Node would end with 1 for what nobody caught, which says that the gate failed.
process.on("uncaughtException", (error) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(exitCodeOf(error));
});
// Whoever reads may stop early (`headgate lint | head`); the exit code says the verdict all the same.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
try {
  process.exitCode = await run();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = exitCodeOf(error);
}

async function run(): Promise<number> {
  let result: number = exitCodes.passed;
  const program = buildProgram((code) => {
    result = code;
  });
  try {
    await program.parseAsync();
  } catch (error) {
    // `--help` and `--version` end this way too; a wrong argument has already been explained on standard error.
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return exitCodes.passed;
      process.stdout.write(usageDocument(process.argv.slice(2), error.message) ?? "");
      return exitCodes.usage;
    }
    throw error;
  }
  return result;
}
