import { splitName } from "../schema/edit.ts";
import { relationNameOf } from "../schema/names.ts";
import { objectName } from "../schema/object-name.ts";
import { isOwn } from "../schema/session.ts";
import { constantText, nameParts, type Node, nodesOf, optionValue } from "../sql/syntax.ts";
import { tableCommands } from "./alter-table.ts";
import type { Judgement, Rule, Step } from "./rule.ts";
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
  statements: ["AlterSeqStmt", "AlterTableStmt", "SelectStmt"],
  commands: ["AT_SetIdentity"],
  *check(step, { direction }) {
    if (direction === "down") return;
    for (const { command, target } of tableCommands(step, "AT_SetIdentity"))
      if (command.def && "List" in command.def)
        yield* turned(command.def.List.items, `${target.name}.${command.name}`, target.name);
    if ("SelectStmt" in step.node) return yield* set(step, step.node);
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

/** What `setval()` sets to a number that stands in the migration, whatever numbers the rows of production have reached. */
function* set(step: Step, node: Node): Generator<Judgement> {
  if (!/setval/i.test(step.sql)) return;
  for (const inner of nodesOf(node)) {
    const { funcname, args } = (inner["FuncCall"] ?? {}) as { funcname?: Node[]; args?: Node[] };
    const [sequence, value] = args ?? [];
    if (nameParts(funcname).at(-1) !== "setval" || !sequence || constantText(value) === undefined) continue;
    const table = tableOf(sequence);
    const text = table ?? constantText(sequence);
    const name = text === undefined ? undefined : relationNameOf(step.schema, step.searchPath, partsOf(text));
    if (name !== undefined && (step.isFresh(name) || (table === undefined && isOfOwnColumn(step, name)))) continue;
    yield {
      message: `setval() turns ${name === undefined ? "the sequence" : table === undefined ? name : `the sequence of ${name}`} to ${constantText(value)}, whatever numbers the rows that are there have reached.`,
      help: "Leave the sequence alone, or turn it to what the rows have reached: setval(sequence, (SELECT max(id) FROM table)).",
      ...(name === undefined ? {} : { relation: name }),
    };
  }
}

/** The table whose sequence `pg_get_serial_sequence()` looks up. */
function tableOf(sequence: Node): string | undefined {
  if (!("FuncCall" in sequence) || nameParts(sequence.FuncCall.funcname).at(-1) !== "pg_get_serial_sequence")
    return undefined;
  return constantText(sequence.FuncCall.args?.[0]);
}

/** Whether a sequence is one that PostgreSQL made for a column that the change brings. */
function isOfOwnColumn({ schema, before }: Step, sequence: string): boolean {
  const [home, label] = splitName(sequence);
  return schema.relations.values().some((relation) => {
    if (relation.kind !== "table" || relation.schema !== home) return false;
    const own = relation.columns.filter(({ added }) => isOwn(before, relation.created) || isOwn(before, added));
    return own.some(({ name }) => objectName(relation.name, [name], "seq") === label);
  });
}

/** The parts of a name in a text, as `regclass` reads it. */
const partsOf = (text: string): readonly string[] =>
  (text.match(/"(?:[^"]|"")*"|[^."\s]+/g) ?? []).map((part) =>
    part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.toLowerCase(),
  );
