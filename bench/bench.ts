// Every speed claim of the project, measured beside what a user would run instead.
// `npm run bench -- stairway` runs one of them, `node bench/stairway.ts alembic` a part of it.
import { spawnSync } from "node:child_process";

const benches = ["stairway", "wire", "traffic", "rates", "lint"];
const asked = process.argv.slice(2);
for (const name of asked.length > 0 ? asked : benches) {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(process.execPath, [`bench/${name}.ts`], { stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
}
