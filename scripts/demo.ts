// Gates two of the examples on a real PostgreSQL: one history that passes and one that is refused.
import { spawnSync } from "node:child_process";

const shown = [
  { directory: "examples/mikro-orm", exitCode: 0 },
  { directory: "examples/sql-fault", exitCode: 1 },
] as const;

for (const { directory, exitCode } of shown) {
  const args = ["check", "--directory", directory, "--engine", "embedded", "--replay", "all"];
  console.log(`$ headgate ${args.join(" ")}\n`);
  const { status } = spawnSync(process.execPath, ["src/cli.ts", ...args], { stdio: "inherit" });
  console.log(`(exit code ${status})\n`);
  if (status !== exitCode) {
    console.error(`This example should have ended with exit code ${exitCode}.`);
    process.exit(1);
  }
}
