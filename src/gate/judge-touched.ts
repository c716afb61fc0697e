import type { PostgresServer } from "../engines/engine.ts";
import { lostServer } from "../engines/lost-server.ts";
import { ConfigurationError, original, ToolError } from "../errors.ts";
import type { Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import { importedBy, type ImportingMigration } from "../lineage/changed-imports.ts";
import { judgeImports, type ImportOutcome } from "../lineage/judge-imports.ts";
import { optional } from "../optional.ts";
import type { Project } from "../project.ts";
import type { Repository } from "../repository/repository.ts";
import type { Imports } from "../sessions/session.ts";
import { loadParser } from "../sql/parser.ts";
import { toolNamed } from "../tools/registry.ts";
import type { GateContext } from "./gate-context.ts";
import { historyExemptions, dayNow } from "./history-exemptions.ts";
import { runAsBefore, type SentBefore, type SentStatements, type Upgrades, upgradesIn } from "./sent-before.ts";
import { bindsValues, sentOtherwise } from "./sent-otherwise.ts";

/** Migrations of the merge base that may send something else than they did. */
export interface TouchedMigrations {
  /** Those that load what the change edits. */
  readonly importing: readonly ImportingMigration[];
  /** Those that it edits themselves. */
  readonly edited: readonly Revision[];
  /** What they all load now. */
  readonly imports: Imports;
}

/** What running touched migrations as they were showed. */
export interface JudgedTouched {
  readonly findings: readonly Finding[];
  /** By the edited file: what it does not load any more, where it sends the same all the same. */
  readonly frozen: ReadonlyMap<string, readonly string[]>;
  /** Why the server cannot be used any more, where it was lost meanwhile. */
  readonly lost?: string;
}

/**
 * Judges what a change does to migrations of the merge base: runs these once more as the merge base has everything, on
 * a server that nobody else uses at the moment, and compares what they send.
 * @param sent what they send now
 */
export async function judgeTouched(
  project: Project,
  repository: Repository,
  { importing, edited, imports }: TouchedMigrations,
  sent: SentStatements,
  server: PostgresServer,
  context: GateContext,
): Promise<JudgedTouched> {
  context.onProgress("running what the change edits as it was before");
  await loadParser();
  const touched = [...importing.map(({ revision }) => revision), ...edited];
  let lost: string | undefined;
  const earlier = await runAsBefore(project, repository, touched, server, context).catch((thrown: unknown): string => {
    const error = original(thrown);
    if (error instanceof ToolError || error instanceof ConfigurationError) return error.message;
    lost = lostServer(error, server)?.message;
    if (lost === undefined) throw error;
    return lost;
  });
  const before = typeof earlier === "string" ? undefined : earlier;
  const upgrades = upgradesIn(sent);
  const outcome = (one: ImportingMigration): ImportOutcome =>
    typeof earlier === "string"
      ? { kind: "unknown", reason: earlier }
      : compare(one, earlier, { upgrades, brokenOff: sent.brokenOff });
  const findings = judgeImports(
    importing
      .map((one) => usedBefore(one, before))
      .filter(({ changed }) => changed.length > 0)
      .map((one) => ({ ...one, outcome: outcome(one) })),
    {
      tool: toolNamed(project.tool),
      project,
      exemptions: historyExemptions(repository),
      today: dayNow(),
    },
  );
  const frozen = before ? frozenIn(edited, imports, before, upgrades) : new Map();
  return { findings, frozen, ...optional("lost", lost) };
}

/** Of the edited files those that load nothing any more, and send the same all the same; each with what it does not load. */
const frozenIn = (
  edited: readonly Revision[],
  imports: Imports,
  before: SentBefore,
  upgrades: Upgrades,
): ReadonlyMap<string, readonly string[]> =>
  new Map(
    edited.flatMap((revision): (readonly [string, readonly string[]])[] => {
      const was = before.revisions.get(revision.id);
      if (was === undefined || importedBy(revision.file, imports).size > 0) return [];
      const gone = [...importedBy(was.file, before.imports)].toSorted();
      const [old = [], young = []] = [before.upgrades.get(revision.id), upgrades.get(revision.id)];
      const isSame = sentOtherwise(old, young) === "same" && !bindsValues(young);
      return gone.length > 0 && isSame ? [[revision.file, gone]] : [];
    }),
  );

/** The same without those removed files that it only seemed to use. */
function usedBefore(importing: ImportingMigration, before: SentBefore | undefined): ImportingMigration {
  const was = before?.revisions.get(importing.revision.id);
  const used = before && was ? importedBy(was.file, before.imports) : new Set<string>();
  const removed = importing.removed.filter((file) => used.has(file));
  const changed = importing.changed.filter((file) => used.has(file) || !importing.removed.includes(file));
  return { ...importing, changed, removed };
}

function compare(
  { revision, changed }: ImportingMigration,
  before: SentBefore,
  now: Pick<SentStatements, "brokenOff"> & { readonly upgrades: Upgrades },
): ImportOutcome {
  const was = before.revisions.get(revision.id);
  if (was === undefined)
    return { kind: "unknown", reason: "the schema that the project starts from holds it already." };
  // An installed package may lead to the files of this checkout from any other.
  const found = importedBy(was.file, before.imports);
  const missed = changed.find((file) => before.has(file) && !found.has(file));
  if (missed !== undefined)
    return { kind: "unknown", reason: `in a checkout of the merge base it does not load ${missed}.` };
  const [old = [], young] = [before.upgrades.get(revision.id), now.upgrades.get(revision.id)];
  const refused = young?.find(({ error }) => error !== undefined)?.error;
  if (refused !== undefined && !old.some(({ error }) => error !== undefined))
    return { kind: "fails", sqlState: refused.sqlState };
  if (now.brokenOff.has(`up ${revision.id}`) || young === undefined)
    return { kind: "unknown", reason: "it has to work first." };
  const kind = sentOtherwise(old, young);
  return kind === "same" ? { kind, binds: bindsValues(young) } : { kind };
}
