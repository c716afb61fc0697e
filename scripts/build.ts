// Compiles src/ to dist/ and puts the drivers, which are not TypeScript, beside the code that starts them.
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, globSync, rmSync } from "node:fs";

rmSync("dist", { recursive: true, force: true });
execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], { stdio: "inherit" });
for (const file of globSync("src/**/*.{py,mjs,cjs}")) cpSync(file, file.replace(/^src/, "dist"));
chmodSync("dist/cli.js", 0o755);
