import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { findNode } from "../../src/sessions/node-interpreter.ts";
import { testDirectory } from "../support/repository.ts";

it("takes the first node on the path that can be run", () => {
  using directory = testDirectory();
  const { root } = directory;
  mkdirSync(join(root, "a/node"), { recursive: true });
  directory.write({ "b/node": "" });
  directory.write({ "c/node": "#!/bin/sh\n" });
  chmodSync(join(root, "b/node"), 0o644);
  chmodSync(join(root, "c/node"), 0o755);
  const PATH = ["relative", "a", "b", "c"].map((name, index) => (index === 0 ? name : join(root, name))).join(":");
  expect(findNode(root, root, undefined, { PATH })).toEqual({ command: [join(root, "c/node")] });
});

it("takes Headgate's own where the path has none", () => {
  using directory = testDirectory();
  expect(findNode(directory.root, directory.root, undefined, { PATH: directory.root })).toEqual({
    command: [process.execPath],
  });
  expect(findNode(directory.root, directory.root, undefined, {})).toEqual({ command: [process.execPath] });
});

it.each([
  ["tools/node", "/repository/tools/node"],
  ["/opt/node/bin/node", "/opt/node/bin/node"],
  ["node22", "node22"],
])("takes the one that is told: %s", (told, expected) => {
  expect(findNode("/repository", "/repository/app", told, { PATH: "" })).toEqual({ command: [expected] });
});
