import type { Finding } from "../finding.ts";
import type { History, HistoryProblem } from "../history.ts";
import { type LineageRule, lineageFinding } from "./findings.ts";
import type { JudgedLineage } from "./judged-lineage.ts";
import { listed } from "../prose.ts";

/** What was found while the files were read, the two branches' clashes over one id, and ids that are too long. */
export function judgeProblems(lineage: JudgedLineage): Finding[] {
  const { history, baseHistory } = lineage;
  const inBase = filesOf(baseHistory);
  return [
    ...history.problems.filter(isJudgedAlone).map((problem) => judgeProblem(problem, lineage, inBase)),
    ...judgeNotRun(lineage, inBase),
    ...judgeClashes(lineage),
    ...judgeIdLengths(lineage),
  ];
}

const duplicateRule = ({ shape }: History): LineageRule =>
  shape === "graph" ? "duplicate-revision" : "duplicate-version";

type JudgedAlone = HistoryProblem & { readonly kind: Exclude<HistoryProblem["kind"], "not-run"> };

const isJudgedAlone = (problem: HistoryProblem): problem is JudgedAlone => problem.kind !== "not-run";

function judgeProblem(problem: JudgedAlone, lineage: JudgedLineage, inBase: ReadonlySet<string>): Finding {
  const { history, tool, project, newIds, baseHistory } = lineage;
  const { kind, message, files, revisions, line, help } = problem;
  const place = { message, line, file: files[0], revision: revisions[0] };
  switch (kind) {
    case "unreadable":
      return lineageFinding("unreadable-migration", { ...place, help: help ?? `Correct ${files[0] ?? "the file"}.` });
    case "ignored":
      return lineageFinding("ignored-migration", {
        ...place,
        // Who knows of it since the base branch was made so need not be told with every change.
        severity: baseHistory && files.every((file) => inBase.has(file)) ? "info" : "warning",
        help:
          help ??
          `Change what keeps ${project.layout ?? tool.title} from running it, or move it out of the migrations.`,
      });
    case "duplicate": {
      const added = files.filter(
        (file, index) => !inBase.has(file) && (index > 0 || files.some((one) => inBase.has(one))),
      );
      return lineageFinding(duplicateRule(history), {
        ...place,
        file: added[0] ?? files.at(-1),
        help:
          added.length === 0
            ? `Give one of them another id, or name what runs them otherwise than ${project.layout ?? tool.title} in headgate.yml (\`tool:\`, \`layout:\`).`
            : added.map((file) => giveAnother(lineage, file)).join(" "),
      });
    }
    case "skipped":
      return lineageFinding("skipped-gap", { ...place, severity: severityOf(revisions, newIds) });
    case "other":
      return lineageFinding("unsound-history", { ...place, severity: severityOf(revisions, newIds) });
    default:
      return kind satisfies never;
  }
}

/** What the base branch already has cannot be undone by this change; it is worth knowing all the same. */
const severityOf = (revisions: readonly string[], newIds: ReadonlySet<string>): "error" | "warning" =>
  revisions.length === 0 || revisions.some((id) => newIds.has(id)) ? "error" : "warning";

function giveAnother(lineage: JudgedLineage, file: string): string {
  if (lineage.history.shape === "graph")
    return `Give the revision in ${file} another id, and correct what names it as a down revision.`;
  const renames = lineage.renames.of(file).map(({ from, to }) => `${from} to ${to}`);
  return renames.length === 0
    ? `Rename ${file}, so that its version is its own.`
    : `Rename ${listed(renames, renames.length)}.`;
}

function judgeClashes(lineage: JudgedLineage): Finding[] {
  const { merged, tip, history } = lineage;
  return merged.clashes.map(({ ours, theirs }) =>
    lineageFinding(duplicateRule(history), {
      revision: ours.id,
      file: ours.file,
      message: `${ours.file} and ${theirs.file}, which is on ${tip?.ref} and not in this branch yet, have the same ${
        history.shape === "graph" ? "revision id" : "version"
      }, ${ours.id}.`,
      help: giveAnother(lineage, ours.file),
    }),
  );
}

function judgeIdLengths({ history, tool, newIds }: JudgedLineage): Finding[] {
  const limit = tool.revisionIdLimit;
  if (limit === undefined) return [];
  return history.revisions
    .filter(({ id }) => Array.from(id).length > limit)
    .map(({ id, file }) =>
      lineageFinding("revision-id-too-long", {
        revision: id,
        file,
        // One that the base branch has runs somewhere: its version table must have been widened.
        severity: newIds.has(id) ? "error" : "warning",
        message: `The revision id ${id} has ${Array.from(id).length} characters. The version table of ${tool.title} holds ${limit}, so recording it fails.`,
        help: `Shorten the id in ${file} to at most ${limit} characters.`,
      }),
    );
}

const filesOf = (history: History | undefined): ReadonlySet<string> =>
  new Set([
    ...(history?.revisions ?? []).map(({ file }) => file),
    ...(history?.problems ?? []).flatMap(({ files }) => files),
  ]);

/** What was not run has not passed, unless its file says why that may be; of what was there before one note is enough. */
function judgeNotRun({ history, isEdited }: JudgedLineage, inBase: ReadonlySet<string>): Finding[] {
  const problems = history.problems.filter(({ kind }) => kind === "not-run");
  const isOld = ({ files }: HistoryProblem): boolean =>
    files.every((file) => inBase.has(file) && isEdited?.(file) !== true);
  const old = problems.filter(isOld).flatMap(({ files }) => files);
  const brought = problems
    .filter((problem) => !isOld(problem))
    .map(({ message, files: [file = ""], help, allowed }) => {
      if (allowed !== undefined)
        return lineageFinding("migration-not-run", {
          file,
          severity: "info",
          message: `${message} The file allows that: ${allowed}`,
        });
      const sign = file.endsWith(".sql") ? "--" : "//";
      return lineageFinding("migration-not-run", {
        file,
        message,
        help: `Look at it by hand, and say so in a comment of the file: \`${sign} headgate: allow migration-not-run: <reason>\`. ${help ?? ""}`,
      });
    });
  if (old.length === 0) return brought;
  const message = `${old.length === 1 ? "A file" : `${old.length} files`} of the base branch ${old.length === 1 ? "is" : "are"} not run here: ${listed(old, 3)}.`;
  return [...brought, lineageFinding("migration-not-run", { message, severity: "info" })];
}
