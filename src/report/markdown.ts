import type { Verdict } from "../verdict.ts";
import { fit, type Section } from "./fit.ts";
import { place, prose } from "./markup.ts";
import { marks, projectSection } from "./project-section.ts";
import { sqlToRemember, type RememberedSql } from "./remembered-sql.ts";
import { sqlChanges } from "./sql-changes.ts";

/** The SQL of an earlier push. */
interface Before {
  readonly commit: string;
  readonly sql: RememberedSql;
}

/** Where a report leads to, and how long it may be. */
export interface MarkdownOptions {
  /** The address below which the files are, at the commit that was checked. Absent: places are no links. */
  readonly sourceUrl?: string;
  /** Where more of the report is, when this one is cut: an address of ours, and what it leads to. */
  readonly more?: { readonly url: string; readonly name: string };
  /** What an earlier push had, to say what changed since. */
  readonly before?: Before;
  /** Default: none. */
  readonly limit?: number;
  /** Measures a text in the limit's unit. Default: UTF-16 code units. */
  readonly size?: (text: string) => number;
}

/** In characters; a longer text of a finding, or a longer statement, is cut where the report has a limit. */
const textLimit = 8_000;

/** The verdict as GitHub-flavoured Markdown. Everything from the repository is shown as text, and is read as nothing else. */
export function markdownReport(verdict: Verdict, options: MarkdownOptions = {}): string {
  const { head, body } = markdownParts(verdict, options);
  return `${[head, body].filter(Boolean).join("\n\n")}\n`;
}

/** The same in two parts: the verdict with what to do, and all else. Together they keep to the limit. */
export function markdownParts(
  verdict: Verdict,
  options: MarkdownOptions,
): { readonly head: string; readonly body: string } {
  const { sourceUrl, more, before, limit = Infinity, size = (text) => text.length } = options;
  const head = `### ${marks[verdict.verdict]} Headgate: ${verdict.verdict}\n\n<p>${whatToDo(verdict, sourceUrl)}</p>`;
  const lengthOfPart = limit === Infinity ? Infinity : textLimit;
  const sections = [
    ...verdict.projects.map((project) =>
      projectSection(project, {
        ...(sourceUrl === undefined ? {} : { sourceUrl }),
        textLimit: lengthOfPart,
        isOneOfSeveral: verdict.projects.length > 1,
      }),
    ),
    ...(before === undefined ? [] : [changesSection(before, verdict, lengthOfPart)]),
  ];
  const notice = (count: number): string =>
    `<p>✂️ ${count} more ${count === 1 ? "part" : "parts"} of this report had no room here${more === undefined ? "" : `; the <a href="${more.url}">${more.name}</a> has more`}.</p>`;
  const fixed = [head, notice(999_999)].join("\n\n");
  const { text, omitted } = fit(sections, limit - size(fixed) - 8, size);
  return { head, body: [text, ...(omitted > 0 ? [notice(omitted)] : [])].filter(Boolean).join("\n\n") };
}

/** What is remembered of an earlier push, compared with what there is now. */
function changesSection({ commit, sql }: Before, { projects }: Verdict, lengthOfPart: number): Section {
  const since = `<code>${commit.slice(0, 7)}</code>`;
  const blocks = sqlChanges(sql, sqlToRemember(projects), lengthOfPart);
  return blocks.length === 0
    ? { open: "", blocks: [{ text: `<p>The SQL is the same as at ${since}.</p>`, priority: 3 }], close: "" }
    : { open: `<details open><summary>What changed in the SQL since ${since}</summary>`, blocks, close: "</details>" };
}

/** The second line: what to do, as HTML. */
function whatToDo({ verdict, projects }: Verdict, sourceUrl: string | undefined): string {
  const findings = projects.flatMap((project) => project.findings);
  const checks = projects.flatMap((project) => project.checks);
  const [first] = [...findings.filter(({ severity }) => severity === "error"), ...findings];
  switch (verdict) {
    case "failed": {
      if (first === undefined) return "A check failed; its reason is below.";
      const at = first.file === undefined ? "" : ` in ${place(first.file, first.line, sourceUrl)}`;
      const others = findings.filter((finding) => finding !== first && finding.severity === first.severity).length;
      const rest = others === 0 ? "" : `; ${others} more below`;
      return `Fix this first: ${prose(first.title)}${at}${rest}.`;
    }
    case "errored": {
      const unchecked = checks.find(({ status }) => status === "errored");
      const reason = unchecked && unchecked.status !== "passed" ? unchecked.reason.replace(/\.$/, "") : undefined;
      return `Not everything could be checked${reason === undefined ? "" : `: ${prose(reason)}`}.`;
    }
    case "passed": {
      const revisions = projects.reduce((sum, { lineage }) => sum + (lineage?.new.length ?? 0), 0);
      const notes =
        findings.length === 0 ? "Nothing to do" : "Nothing that must be done, but there are findings to read";
      return `${notes}: ${revisions} new ${revisions === 1 ? "revision was" : "revisions were"} checked.`;
    }
    default:
      return verdict satisfies never;
  }
}
