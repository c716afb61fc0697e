import { newRelationName } from "../schema/names.ts";
import { tableNamed } from "../schema/schema.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

const limits: Readonly<Record<string, string>> = { int4: "2,147,483,647", int2: "32,767" };

export const rule: Rule = {
  id: "int-primary-key",
  title: "A numbered key of 4 bytes runs out",
  severity: "info",
  effect: {
    consequence:
      "After the last number every INSERT fails, and changing the type then writes the whole table again under a lock.",
  },
  remedy: "Use bigint for keys that are numbered by a sequence.",
  harmless: "Keys that no sequence numbers.",
  source: manual("datatype-numeric#DATATYPE-INT", "Integer Types"),
  detectedBy: "static",
  hazards: ["int-primary-key"],
  statements: ["CreateStmt"],
  *check(step, { direction }) {
    if (!("CreateStmt" in step.node) || !step.node.CreateStmt.relation || direction === "down") return;
    const name = newRelationName(step.searchPath, step.node.CreateStmt.relation);
    const table = tableNamed(step.after.schema, name);
    if (!table || table.temporary) return;
    const key = table.constraints.find(({ kind }) => kind === "primary key");
    if (key?.columns.length !== 1) return;
    const column = table.columns.find((candidate) => candidate.name === key.columns[0]);
    const limit = limits[column?.type?.name ?? ""];
    if (!column || limit === undefined || !(column.identity || column.hasDefault)) return;
    yield {
      message: `${name} can number ${limit} rows and then no more: ${column.name} is ${column.type?.name === "int2" ? "smallint" : "integer"}.`,
      help: "Use bigint: id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY.",
      relation: name,
    };
  },
};
