import type { Log, ReportingDescriptor, Result } from "sarif";
import type { Finding, Severity } from "../finding.ts";
import { fingerprints } from "./fingerprint.ts";
import { plainText } from "./plain-text.ts";

/** What SARIF says about a rule that findings name. */
export interface SarifRule {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly description: string;
  readonly remedy: string;
  readonly url?: string;
}

/** How the run went, beside its findings. */
export interface SarifRun {
  readonly version: string;
  readonly rules: readonly SarifRule[];
  /** Whether everything that was asked for could be looked at. */
  readonly complete: boolean;
  /** Sentences about what was not. */
  readonly notes: readonly string[];
}

const levels = { error: "error", warning: "warning", info: "note" } as const;

/**
 * Findings as SARIF 2.1.0, for code scanning. A finding keeps its fingerprint when its statement moves to another line.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function sarifReport(findings: readonly Finding[], { version, rules, complete, notes }: SarifRun): string {
  const used = new Map(rules.map((rule) => [rule.id, rule]));
  // A finding that no rule of the registry makes is a rule of its own here: code scanning wants each result's rule.
  for (const { ruleId, title, severity, message, help } of findings)
    if (!used.has(ruleId))
      used.set(ruleId, { id: ruleId, title, severity, description: title, remedy: help?.split("\n\n")[0] ?? message });
  const ids = [...used.keys()];
  const prints = fingerprints(findings);
  const log: Log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "Headgate", semanticVersion: version, rules: [...used.values()].map(descriptor) } },
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: { SRCROOT: { description: { text: "The root of the repository." } } },
        invocations: [
          {
            executionSuccessful: complete,
            toolExecutionNotifications: notes.map((note) => ({ level: "warning", message: { text: plainText(note) } })),
          },
        ],
        results: findings.map((finding, index) =>
          result(finding, ids.indexOf(finding.ruleId), prints[index] as string),
        ),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function descriptor({ id, title, severity, description, remedy, url }: SarifRule): ReportingDescriptor {
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: description },
    help: { text: remedy },
    ...(url === undefined ? {} : { helpUri: url }),
    defaultConfiguration: { level: levels[severity] },
  };
}

function result(finding: Finding, ruleIndex: number, fingerprint: string): Result {
  const { ruleId, severity, message, help, file, line, column, statement } = finding;
  const text = plainText(help === undefined ? message : `${message}\n\n${help}`);
  const region =
    line === undefined
      ? undefined
      : {
          startLine: line,
          ...(column === undefined ? {} : { startColumn: column }),
          endLine: line + (statement ? statement.split(/\r\n|\n|\r/).length - 1 : 0),
          ...(statement ? { snippet: { text: plainText(statement) } } : {}),
        };
  return {
    ruleId,
    ruleIndex,
    level: levels[severity],
    message: { text },
    locations:
      file === undefined
        ? []
        : [
            {
              physicalLocation: {
                artifactLocation: { uri: uriOf(file), uriBaseId: "SRCROOT" },
                ...(region ? { region } : {}),
              },
            },
          ],
    partialFingerprints: { "headgate/v1": fingerprint },
  };
}

const uriOf = (path: string): string => path.split("/").map(encodeURIComponent).join("/");
