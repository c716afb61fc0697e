import { ConfigurationError } from "../../errors.ts";
import type { Files } from "../../files.ts";
import type { Direction } from "../../finding.ts";
import type { Revision } from "../../history.ts";
import type { Project } from "../../project.ts";
import { sqlWords } from "../../sql/parser.ts";
import type { RevisionCode } from "../tool.ts";
import { ScriptError } from "./layout.ts";
import { layoutOf } from "./layouts.ts";
import { sourceOf } from "./source.ts";

/** What is sent for a revision, apart from comments and layout: a comment that its tool obeys counts. */
export function revisionCode(files: Files, project: Project, revision: Revision): RevisionCode | undefined {
  const layout = layoutOf(files, project);
  const source = sourceOf(files, layout, project, undefined);
  const sent = (direction: Direction): string =>
    JSON.stringify(
      layout.scripts(source, revision, direction)?.map(({ transaction, pieces }) => ({
        transaction,
        // What PostgreSQL cannot scan counts as it is written.
        pieces: pieces.map(({ sql, rows }) => [sqlWords(sql) ?? sql, rows]),
      })) ?? null,
    );
  try {
    const up = sent("up");
    return { all: `${up}\n${sent("down")}`, up };
  } catch (error) {
    // Its tool could not read it.
    if (error instanceof ScriptError || error instanceof ConfigurationError) return undefined;
    throw error;
  }
}
