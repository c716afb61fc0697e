import type { Verdict } from "../verdict.ts";
import { fit } from "./fit.ts";
import { place, prose } from "./markup.ts";
import { marks, projectSection } from "./project-section.ts";

/** Where a report leads to, and how long it may be. */
export interface MarkdownOptions {
  /** The address below which the files are, at the commit that was checked. Absent: places are no links. */
  readonly sourceUrl?: string;
  /** Where the whole report is, when this one is cut. */
  readonly wholeReportUrl?: string;
  /** A last line, in Markdown. */
  readonly footer?: string;
  /** Default: none. */
  readonly limit?: number;
  /** Measures a text in the limit's unit. Default: UTF-16 code units. */
  readonly size?: (text: string) => number;
}

/** In characters; a longer text of a finding, or a longer statement, is cut where the report has a limit. */
const textLimit = 8_000;

/** The verdict as GitHub-flavoured Markdown. Everything from the repository is shown as text, and is read as nothing else. */
export function markdownReport(verdict: Verdict, options: MarkdownOptions = {}): string {
  const { sourceUrl, wholeReportUrl, footer = "", limit = Infinity, size = (text) => text.length } = options;
  const head = `### ${marks[verdict.verdict]} Headgate: ${verdict.verdict}\n\n<p>${whatToDo(verdict, sourceUrl)}</p>`;
  const sections = verdict.projects.map((project) =>
    projectSection(project, {
      ...(sourceUrl === undefined ? {} : { sourceUrl }),
      textLimit: limit === Infinity ? Infinity : textLimit,
      isOneOfSeveral: verdict.projects.length > 1,
    }),
  );
  const notice = (count: number): string =>
    `<p>✂️ ${count} more ${count === 1 ? "part" : "parts"} of this report had no room here${wholeReportUrl === undefined ? "" : `; the <a href="${wholeReportUrl}">job summary</a> has more`}.</p>`;
  const fixed = [head, notice(999_999), footer].join("\n\n");
  const { text, omitted } = fit(sections, limit - size(fixed) - 8, size);
  return `${[head, text, ...(omitted > 0 ? [notice(omitted)] : []), footer].filter(Boolean).join("\n\n")}\n`;
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
      return `Not everything could be checked${unchecked && unchecked.status !== "passed" ? `: ${prose(unchecked.reason)}` : ""}.`;
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
