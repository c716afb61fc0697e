import { hideEnvironment } from "./action/hidden-environment.ts";
import { exitCodes, explain } from "./exit.ts";

// Whatever nobody catches is a bug, and never looks like a gate that failed.
process.on("uncaughtException", (error) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(exitCodes.internal);
});
// Before anything is loaded that reads the environment.
hideEnvironment();
const { main } = await import("./action/main.ts");
await main();
