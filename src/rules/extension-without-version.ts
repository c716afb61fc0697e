import { optionValue } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "extension-without-version",
  title: "An extension is updated to whatever the server has",
  severity: "info",
  effect: {
    consequence:
      "Which version that is differs from server to server, and some updates lock or rewrite what depends on them.",
  },
  remedy: "Say the version that was tested.",
  harmless: "CREATE EXTENSION, and UPDATE TO a version.",
  source: manual("sql-alterextension", "ALTER EXTENSION"),
  detectedBy: "static",
  hazards: ["alter-extension-update"],
  statements: ["AlterExtensionStmt"],
  *check(step) {
    if (!("AlterExtensionStmt" in step.node)) return;
    const { extname = "", options } = step.node.AlterExtensionStmt;
    if (optionValue(options, "new_version") !== undefined) return;
    yield {
      message: `${extname} becomes the newest version that the server happens to have installed.`,
      help: `Add TO with the version that was tested.`,
    };
  },
};
