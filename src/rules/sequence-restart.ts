import { type Node, optionValue } from "../sql/syntax.ts";
import { tableCommands } from "./alter-table.ts";
import type { Judgement, Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "sequence-restart",
  title: "A sequence that is turned back gives numbers twice",
  severity: "warning",
  effect: {
    consequence:
      "INSERTs fail on the key, or two rows share a number where nothing forbids it. The sequence is locked until the transaction ends, and INSERTs that need a number wait.",
  },
  remedy: "Leave sequences alone, or only turn them forward: setval(sequence, (SELECT max(id) FROM table)).",
  harmless: "A sequence that the same migration creates.",
  source: manual("sql-altersequence", "ALTER SEQUENCE"),
  detectedBy: "static",
  hazards: ["sequence-type-or-restart"],
  statements: ["AlterSeqStmt", "AlterTableStmt"],
  commands: ["AT_SetIdentity"],
  *check(step, { direction }) {
    if (direction === "down") return;
    for (const { command, target } of tableCommands(step, "AT_SetIdentity"))
      if (command.def && "List" in command.def)
        yield* turned(command.def.List.items, `${target.name}.${command.name}`, target.name);
    const { sequence, options } = "AlterSeqStmt" in step.node ? step.node.AlterSeqStmt : {};
    const target = sequence && step.target(sequence);
    if (target && !target.fresh) yield* turned(options, target.name, target.name);
  },
};

/** What of these options changes the numbers that come next. */
function* turned(options: readonly Node[] | undefined, name: string, relation: string): Generator<Judgement> {
  const what = ["restart", "as", "increment", "minvalue", "maxvalue", "cycle"].find(
    (option) => optionValue(options, option) !== undefined,
  );
  if (what === undefined) return;
  yield {
    message: `${what.toUpperCase()} changes which numbers ${name} gives next, and INSERTs that need one wait until the transaction ends.`,
    help: "Leave the sequence alone, or turn it forward with setval() in a migration of its own.",
    relation,
  };
}
