#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// What is loaded from here on is compiled once for a machine, and not at every start. It keeps to itself where it cannot write.
enableCompileCache();
await import("./cli/main.ts");
