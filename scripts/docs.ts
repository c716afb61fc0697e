// Writes what is generated from the code: the JSON Schemas, the commands in the README, the tools it knows.
// With --check it writes nothing and fails when something is stale.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { ruleExamples, ruleRegistry } from "./rule-registry.ts";
import { buildProgram } from "../src/cli/program.ts";
import { configurationSchema } from "../src/config.ts";
import { verdictSchema } from "../src/report/verdict-schema.ts";
import { layouts } from "../src/tools/sql/layouts.ts";
import { tools } from "../src/tools/registry.ts";

const checkOnly = process.argv.includes("--check");
const stale: string[] = [];

function generate(file: string, content: string): void {
  let present: string | undefined;
  try {
    present = readFileSync(file, "utf8");
  } catch {
    present = undefined;
  }
  if (present === content) return;
  if (checkOnly) stale.push(file);
  else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}

/** Replaces what is between `<!-- name -->` and `<!-- /name -->`. */
function section(text: string, name: string, content: string): string {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`README.md has no section ${name}.`);
  return `${text.slice(0, from + start.length)}\n${content}\n${text.slice(to)}`;
}

const schema = (type: z.ZodType, title: string, io: "input" | "output") =>
  `${JSON.stringify({ title, ...z.toJSONSchema(type, { io, unrepresentable: "any" }) }, undefined, 2)}\n`;

generate("docs/schema/headgate.schema.json", schema(configurationSchema, "headgate.yml", "input"));
generate("docs/schema/verdict.schema.json", schema(verdictSchema, "The verdict of headgate check", "output"));

generate("src/rules/registry.ts", ruleRegistry());
generate("src/rules/examples.ts", ruleExamples());
// The pages need the registry as it was just written.
const { rulePages } = await import("./rule-pages.ts");
for (const [file, content] of rulePages()) generate(file, content);

const program = buildProgram(() => {});
const help = program.commands.map(
  (command) => `$ headgate ${command.name()} --help\n${command.helpInformation().trim()}`,
);
const link = ({ title, docsUrl }: { readonly title: string; readonly docsUrl: string }) =>
  docsUrl === "" ? title : `[${title}](${docsUrl})`;
const own = tools.filter(({ name }) => name !== "sql").map(link);
const known = [
  `- ${own.join(", ")}: run unmodified, in your own Python or Node;`,
  `- directories of SQL files: ${layouts.map(link).join(", ")}.`,
].join("\n");

interface ActionPart {
  readonly description: string;
  readonly default?: string;
}
const action = parse(readFileSync("action.yml", "utf8")) as Readonly<
  Record<"inputs" | "outputs", Readonly<Record<string, ActionPart>>>
>;
const actionTables = [
  "| input | default | |",
  "|---|---|---|",
  ...Object.entries(action.inputs).map(
    ([name, input]) =>
      `| \`${name}\` | ${input.default === undefined ? "" : `\`${input.default}\``} | ${input.description} |`,
  ),
  "",
  "| output | |",
  "|---|---|",
  ...Object.entries(action.outputs).map(([name, { description }]) => `| \`${name}\` | ${description} |`),
].join("\n");

const parts = {
  commands: `\`\`\`text\n${help.join("\n\n")}\n\`\`\``,
  tools: known,
  action: actionTables,
};
const readme = Object.entries(parts).reduce(
  (text, [name, content]) => section(text, name, content),
  readFileSync("README.md", "utf8"),
);
generate("README.md", readme);

if (stale.length > 0) {
  console.error(`Stale: ${stale.join(", ")}. Run \`npm run fix\`.`);
  process.exit(1);
}
