import { preflight, type PreflightStep } from "../engines/memory.ts";
import type { Direction, Finding } from "../finding.ts";
import type { Files } from "../files.ts";
import type { Revision } from "../history.ts";
import type { Project } from "../project.ts";
import { ScriptError } from "../tools/sql/layout.ts";
import { layoutOf } from "../tools/sql/layouts.ts";
import { sourceOf } from "../tools/sql/source.ts";

/**
 * Runs a project's SQL up, down and up in pg-mem and says how far that came. A note and never a verdict: an emulation
 * that runs a statement proves nothing about PostgreSQL, and one that does not run it proves nothing about the statement.
 */
export async function memoryPreflight(
  project: Project,
  files: Files,
  revisions: readonly Revision[],
): Promise<Finding> {
  const note = (message: string, revision?: string): Finding => ({
    ruleId: "memory-preflight",
    severity: "info",
    title: "A first look with pg-mem",
    message: `${message} A real PostgreSQL decides.`,
    ...(revision === undefined ? {} : { revision }),
  });
  if (project.tool !== "sql")
    return note(`pg-mem runs plain SQL and not ${project.tool}: the first look is inconclusive.`);
  const layout = layoutOf(files, project);
  const source = sourceOf(files, layout, project, undefined);
  const steps = (order: readonly Revision[], direction: Direction): readonly PreflightStep[] =>
    order.map((revision) => ({
      revision: revision.id,
      direction,
      sql: (layout.scripts(source, revision, direction) ?? [])
        .flatMap(({ pieces }) => pieces.map(({ sql }) => sql))
        .join("\n"),
    }));
  try {
    const backable = revisions.every(({ downgrade }) => downgrade === "present");
    const up = steps(revisions, "up");
    const outcome = await preflight(backable ? [...up, ...steps(revisions.toReversed(), "down"), ...up] : up);
    return outcome.kind === "ran"
      ? note(
          `pg-mem ran ${backable ? "every upgrade, downgrade and second upgrade" : "every upgrade"} without an error.`,
        )
      : note(`Inconclusive: pg-mem could not run \`${outcome.revision}\`: ${outcome.reason}.`, outcome.revision);
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    return note(`Inconclusive: ${error.message}`);
  }
}
