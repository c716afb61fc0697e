import { type Document, isMap, isNode, isScalar, LineCounter, type Node, parseDocument, visit } from "yaml";
import type { z } from "zod";
import { configurationSchema, type Configuration } from "./configuration.ts";
import { inOurWords, missing } from "./configuration-words.ts";
import { configurationPaths } from "./configuration-paths.ts";
import { ConfigurationError } from "../errors.ts";
import type { Files } from "../files.ts";

/**
 * Reads the configuration: the named file, else the first of `configurationPaths`, else the defaults.
 * @throws ConfigurationError with the file, the line, the key, and what is wrong
 */
export function readConfiguration(files: Files, named?: string): Configuration {
  const found = named ?? configurationPaths.find((candidate) => files.exists(candidate));
  if (found === undefined) return configurationSchema.parse({});
  if (!files.exists(found)) throw new ConfigurationError(`The configuration file ${found} does not exist.`);
  const lines = new LineCounter();
  const document = parseDocument(files.text(found), { prettyErrors: true, lineCounter: lines });
  const [syntaxError] = document.errors;
  if (syntaxError) {
    const line = syntaxError.linePos?.[0].line;
    throw new ConfigurationError(
      `${found}${line === undefined ? "" : `:${line}`} is not valid YAML: ${syntaxError.message.split("\n")[0]?.replace(/ at line .*$/, "")}.`,
    );
  }
  keepVersions(document);
  const result = configurationSchema.safeParse(document.toJS() ?? {}, { error: inOurWords });
  if (result.success) return result.data;
  const [issue] = result.error.issues as [z.core.$ZodIssue, ...z.core.$ZodIssue[]];
  const offset = nodeOf(document, issue)?.range?.[0];
  const line = offset === undefined ? "" : `:${lines.linePos(offset).line}`;
  throw new ConfigurationError(`${found}${line}: ${complaint(issue)}.`, { cause: result.error });
}

function complaint(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String);
  if (issue.message === missing) return `\`${path.join(".")}\` is missing`;
  if (issue.code !== "unrecognized_keys") return `${path.length > 0 ? `\`${path.join(".")}\`: ` : ""}${issue.message}`;
  const [key = ""] = issue.keys;
  return path.at(-1) === "rules"
    ? `There is no rule ${key}, and no other finding of that name has a weight`
    : `There is no key \`${[...path, key].join(".")}\`; correct it, or take it out`;
}

/** What is wrong in the file: an unknown key, else a value, or what lacks one. */
function nodeOf(document: Document, issue: z.core.$ZodIssue): Node | undefined {
  for (let length = issue.path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(issue.path.slice(0, length), true);
    const unknown = issue.code === "unrecognized_keys" ? issue.keys[0] : undefined;
    const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && key.value === unknown) : undefined;
    if (pair && isNode(pair.key)) return pair.key;
    if (isNode(node)) return node;
  }
  return undefined;
}

/** To YAML 17.10 is the number 17.1, which is another version: what is written counts. */
function keepVersions(document: Document): void {
  visit(document, {
    Pair: (_, { key, value }) => {
      if (isScalar(key) && key.value === "postgres" && isScalar(value) && typeof value.value === "number")
        value.value = value.source ?? value.value;
    },
  });
}
