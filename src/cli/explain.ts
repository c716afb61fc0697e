import { UsageError } from "../errors.ts";
import { pageText } from "../report/page-text.ts";
import { evidence } from "../rules/evidence.ts";
import { examples } from "../rules/examples.ts";
import { rulePage } from "../rules/page.ts";
import { rules } from "../rules/registry.ts";
import { ruleNamed } from "../rules/rule-named.ts";
import { exitCodes } from "../exit.ts";
import { type SharedOptions, print, terminal } from "./output.ts";

interface ExplainOptions extends SharedOptions {
  readonly format: "text" | "markdown";
}

/** Prints the page of a rule, or which rules there are; gives the exit code. @throws UsageError when there is no such rule */
export function explainRule(id: string | undefined, options: ExplainOptions): number {
  const page = id === undefined ? index() : pageOf(id);
  print(options.format === "markdown" ? page : pageText(page, terminal(options)), options);
  return exitCodes.passed;
}

const index = (): string => `${rules.map(({ id, title }) => `- \`${id}\`: ${title}.`).join("\n")}\n`;

function pageOf(id: string): string {
  const rule = ruleNamed(id);
  if (rule) return rulePage(rule, examples[id] ?? { bad: "", good: "" }, evidence[id]);
  const near = mostAlike(id);
  throw new UsageError(
    `There is no rule ${id}.${near.length > 0 ? ` Did you mean ${near.join(" or ")}?` : ""} \`headgate explain\` lists the rules. ` +
      "Findings of the lineage, the replay and the files themselves are no rules: each says what to do where it is reported, and docs/findings.md lists them.",
  );
}

/** The rules that share the most words with an id. */
function mostAlike(id: string): readonly string[] {
  const words = new Set(id.split("-"));
  const shared = rules.map((rule) => rule.id.split("-").filter((word) => words.has(word)).length);
  const most = Math.max(...shared);
  return most === 0
    ? []
    : rules
        .filter((_, at) => shared[at] === most)
        .map((rule) => rule.id)
        .slice(0, 3);
}
