import type { Direction } from "../finding.ts";
import { relationNameOf } from "../schema/names.ts";
import { qualified } from "../schema/schema.ts";
import type { Session } from "../schema/session.ts";
import { parseScript } from "../sql/parse-script.ts";
import { nameLists } from "../sql/syntax.ts";
import type { Step } from "./rule.ts";
import { type MigrationScript, type Walked, walkScript } from "./walk.ts";

/** A script that was run through, in one direction. */
export interface WalkedScript extends Walked {
  readonly script: MigrationScript;
  readonly direction: Direction;
}

/** Runs through scripts one after the other. */
export function walkScripts(
  from: Session,
  scripts: readonly MigrationScript[],
  direction: Direction,
): readonly WalkedScript[] {
  const walked: WalkedScript[] = [];
  for (const script of scripts)
    walked.push({ ...walkScript(walked.at(-1)?.session ?? from, script), script, direction });
  return walked;
}

/** Runs through a way back. What it drops nobody is to use any more, so that its locks on that keep nobody waiting. */
export function walkDown(from: Session, scripts: readonly MigrationScript[]): readonly WalkedScript[] {
  const parsed = scripts.map((script) => ({
    ...script,
    pieces: script.pieces.map((piece) => ({ ...piece, statements: piece.statements ?? parseScript(piece.sql) })),
  }));
  const walked = walkScripts(from, parsed, "down");
  const leaving = new Set(walked.flatMap(({ steps }) => steps.flatMap(droppedBy)));
  return leaving.size === 0 ? walked : walkScripts({ ...from, leaving }, parsed, "down");
}

/** The tables and views that a statement drops by name, or with their schema. */
function droppedBy({ node, schema, searchPath }: Step): readonly string[] {
  if (!("DropStmt" in node)) return [];
  const { removeType, objects } = node.DropStmt;
  const names = nameLists(objects);
  switch (removeType) {
    case "OBJECT_TABLE":
    case "OBJECT_VIEW":
    case "OBJECT_MATVIEW":
    case "OBJECT_FOREIGN_TABLE":
      return names.map((parts) => relationNameOf(schema, searchPath, parts));
    case "OBJECT_SCHEMA": {
      const dropped = new Set(names.map((parts) => parts.at(-1)));
      return schema.relations
        .values()
        .flatMap((relation) => (dropped.has(relation.schema) ? [qualified(relation.schema, relation.name)] : []));
    }
    default:
      return [];
  }
}
