import type { Finding } from "../finding.ts";
import { plainText } from "./plain-text.ts";

/**
 * Findings as workflow commands, which a GitHub job turns into annotations when it prints them.
 * @param unchecked sentences about what could not be checked
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */
export function githubReport(findings: readonly Finding[], unchecked: readonly string[] = []): string {
  const failures = unchecked.map((sentence) => `::error title=Headgate could not check::${data(sentence)}\n`);
  return [...failures, ...findings.map(command)].join("");
}

const commands = { error: "error", warning: "warning", info: "notice" } as const;

function command({ severity, title, ruleId, message, help, file, line, column }: Finding): string {
  const properties: readonly (readonly [string, string | number | undefined])[] = [
    ["file", file],
    ["line", file === undefined ? undefined : line],
    ["col", file === undefined || line === undefined ? undefined : column],
    ["title", `${title} (${ruleId})`],
  ];
  const given = properties.filter(([, value]) => value !== undefined);
  const said = given.map(([name, value]) => `${name}=${property(String(value))}`).join(",");
  return `::${commands[severity]} ${said}::${data(help === undefined ? message : `${message}\n\n${help}`)}\n`;
}

/** Nothing of a stranger's can end the command and begin another one. */
const data = (text: string): string =>
  plainText(text).replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");

const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
