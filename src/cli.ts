#!/usr/bin/env node
import module from "node:module";

// An older Node would end in an error of syntax, somewhere in what is loaded next.
const oldest = 24;
const major = Number(process.versions.node.split(".")[0]);
if (major < oldest) {
  process.stderr.write(
    `headgate: This needs Node ${oldest} or newer, and this is Node ${process.versions.node} (${process.execPath}).\n`,
  );
  process.exit(3);
}
// What is loaded from here on is compiled once for a machine, and not at every start. It keeps to itself where it cannot write.
module.enableCompileCache();
await import("./cli/main.ts");
