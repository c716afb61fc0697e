import type { Files } from "../files.ts";
import type { Finding } from "../finding.ts";
import type { HistoryProblem, Revision } from "../history.ts";
import { newRevisions } from "../lineage/new-revisions.ts";
import { optional } from "../optional.ts";
import type { Project } from "../project.ts";
import type { JudgeOptions, MigrationInput } from "../rules/judgements.ts";
import { plainScript } from "../rules/plain-script.ts";
import type { MigrationScript } from "../rules/walk.ts";
import { toolNamed } from "../tools/registry.ts";
import { type Layout, ScriptError, type Source } from "../tools/sql/layout.ts";
import { layoutOf } from "../tools/sql/layouts.ts";
import { sourceOf } from "../tools/sql/source.ts";

/** Projects to judge from their files. */
export interface LintProjects {
  readonly files: Files;
  readonly projects: readonly Project[];
  /** Those that are not judged, and why. */
  readonly leftOut?: readonly { readonly name: string; readonly reason: string }[];
  /** Only revisions that are not in this commit are judged. Absent: all. */
  readonly mergeBase?: Files;
  /** Only these files are judged, the others read to know the schema. Absent: all. */
  readonly only?: ReadonlySet<string>;
}

/** Why the migrations of a project cannot be read as SQL; `undefined` where they can. */
export const notReadable = ({ tool }: Project): string | undefined =>
  tool === "sql"
    ? undefined
    : `its migrations are no SQL files; \`headgate check\` judges what ${toolNamed(tool).title} sends`;

/** How statements of a project get to run outside a transaction, for the judge. */
export const outsideTransactionOf = (files: Files, project: Project): Pick<JudgeOptions, "outsideTransaction"> =>
  optional("outsideTransaction", toolNamed(project.tool).outsideTransaction(files, project));

/** A project's SQL files as the judge takes them, and what of its history that leaves out. */
export interface HistoryInputs {
  readonly inputs: readonly MigrationInput[];
  /** What its layout cannot read. */
  readonly refused: readonly Finding[];
  /** What its tool runs and is not SQL of its history, such as migrations that are programs. */
  readonly notRun: readonly HistoryProblem[];
}

/** Reads a project of SQL files for the judge. @throws ConfigurationError when a file of it is no text */
export function historyInputs(project: Project, { files, mergeBase, only }: LintProjects): HistoryInputs {
  const tool = toolNamed(project.tool);
  const history = tool.readHistory(files, project);
  const refused: Finding[] = [];
  const fresh = newRevisions(history, mergeBase, tool, project);
  const layout = layoutOf(files, project);
  const source = sourceOf(files, layout, project, undefined);
  const given = [...(project.start ? [project.start.dump] : []), ...project.prelude].map((file) =>
    plainScript(file, files.text(file)),
  );
  const setup = layout.connectionSetup?.(source) ?? [];
  const first = setup.length === 0 ? [] : [plainScript(project.configFile ?? "", setup.join(";\n"))];
  const prelude = [...first, ...given].map((script): MigrationInput => ({ up: [script], down: [], judged: false }));
  const revisions = history.revisions.map((revision): MigrationInput => {
    const wanted = [revision.file, ...(revision.downFile === undefined ? [] : [revision.downFile])];
    const judged = only ? wanted.some((file) => only.has(file)) : fresh.has(revision.id);
    // That there is no way back is for the lineage to say; here nothing is left unread by it.
    const hasDown = revision.downgrade === "present";
    const read = (direction: "up" | "down") => scriptsOf(layout, source, revision, direction, judged ? refused : []);
    return {
      ...optional("revision", revision.id),
      up: read("up"),
      down: judged && hasDown ? read("down") : [],
      judged,
    };
  });
  const notRun = history.problems.filter(({ kind }) => kind === "not-run");
  return { inputs: [...prelude, ...revisions], refused, notRun };
}

function scriptsOf(
  layout: Layout,
  source: Source,
  revision: Revision,
  direction: "up" | "down",
  refused: Finding[],
): readonly MigrationScript[] {
  try {
    const scripts = layout.scripts(source, revision, direction) ?? [];
    const searchPath = layout.searchPath?.(source);
    return scripts.map(({ pieces: [first, ...others], ...script }) => ({
      ...script,
      text: source.files.text(script.file),
      // Each begins on a connection as the tool sets it up.
      pieces: first === undefined ? [] : [{ ...first, ...optional("searchPath", searchPath) }, ...others],
    }));
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    refused.push({
      ruleId: "unparsed-statement",
      severity: "error",
      title: "A migration cannot be read",
      message: error.message,
      help: "Correct the file; nothing in it was judged.",
      revision: revision.id,
      direction,
      file: error.file,
      ...optional("line", error.line),
    });
    return [];
  }
}
