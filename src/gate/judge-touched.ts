import type { PostgresServer } from "../engines/engine.ts";
import { lostServer } from "../engines/lost-server.ts";
import { ConfigurationError, original, ToolError } from "../errors.ts";
import { temporaryCheckout } from "../files/temporary-checkout.ts";
import type { Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import { importedBy, type ImportingMigration } from "../lineage/changed-imports.ts";
import { judgeImports, type ImportOutcome } from "../lineage/judge-imports.ts";
import { orderOf } from "../lineage/order.ts";
import { optional } from "../optional.ts";
import type { Project } from "../project.ts";
import { cutHistory, withAncestors } from "../replay/range.ts";
import { rolesOf } from "../replay/statement-roles.ts";
import { projectIn } from "../repository/earlier-projects.ts";
import type { Repository } from "../repository/repository.ts";
import { interpreterOf } from "../sessions/open-session.ts";
import type { Imports } from "../sessions/session.ts";
import { loadParser } from "../sql/parser.ts";
import { toolNamed } from "../tools/registry.ts";
import type { RecordedStatement } from "../wire/recording.ts";
import type { GateContext } from "./gate-context.ts";
import { historyExemptions } from "./history-exemptions.ts";
import { openRecordedProject } from "./recorded-project.ts";
import { bindsValues, sentOtherwise } from "./sent-otherwise.ts";

/** What a run of the tool sent. */
export interface SentStatements {
  readonly statements: readonly RecordedStatement[];
  readonly versionTables: readonly string[];
  /** The steps that did not get to their end, as `up ab12`. */
  readonly brokenOff: ReadonlySet<string>;
}

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
  const earlier = await asBefore(project, repository, touched, server, context).catch((thrown: unknown): string => {
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
      today: new Date().toISOString().slice(0, 10),
    },
  );
  const frozen = edited.flatMap((revision): (readonly [string, readonly string[]])[] => {
    const was = before?.revisions.get(revision.id);
    if (before === undefined || was === undefined) return [];
    const loads = importedBy(revision.file, imports);
    const gone = [...importedBy(was.file, before.imports)].filter((file) => !loads.has(file)).toSorted();
    const [old = [], young = []] = [before.upgrades.get(revision.id), upgrades.get(revision.id)];
    const isSame = sentOtherwise(old, young) === "same" && !bindsValues(young);
    return gone.length > 0 && loads.size === 0 && isSame ? [[revision.file, gone]] : [];
  });
  return { findings, frozen: new Map(frozen), ...optional("lost", lost) };
}

type Upgrades = ReadonlyMap<string | undefined, readonly RecordedStatement[]>;

interface SentBefore {
  readonly upgrades: Upgrades;
  readonly imports: Imports;
  readonly revisions: ReadonlyMap<string, Revision>;
  /** Whether the merge base has a file. */
  has(file: string): boolean;
}

/** What the migrations send with all files as the merge base has them, or why that is not known. */
async function asBefore(
  given: Project,
  { root, configuration, base }: Repository,
  touched: readonly Revision[],
  server: PostgresServer,
  context: GateContext,
): Promise<SentBefore | string> {
  if (base === undefined) return "there is nothing to compare with.";
  const interpreter = await interpreterOf({ root, project: given, environment: context.environment });
  const project = { ...projectIn(base.mergeBase, given, base.moved), ...optional("interpreter", interpreter) };
  using checkout = temporaryCheckout(base.mergeBase, root);
  await using opened = await openRecordedProject(
    project,
    { root: checkout.root, files: base.mergeBase, configuration },
    server,
    context,
  );
  const { session, stage, recorder, limited } = opened;
  const history = await limited("Reading the history of the merge base", () => session.history());
  const ordered = orderOf(history);
  const known = new Set(ordered.map(({ id }) => id));
  const wanted = touched.map(({ id }) => id).filter((id) => known.has(id));
  const versionTables = await opened.prepare();
  const { stamped, earlier } = cutHistory(ordered, project, () => false);
  if (stamped.length > 0) await session.stamp(stamped.map(({ id }) => id));
  const needed = history.shape === "linear" ? throughLast(earlier, wanted) : withAncestors(new Set(wanted), ordered);
  const outcome = await stage.noted(earlier.filter(({ id }) => needed.has(id)).map(({ id }) => id));
  if (outcome.kind === "hung") return "with the files of the merge base they do not come to an end.";
  if (outcome.kind === "failed")
    return `with the files of the merge base \`${outcome.failure.revision}\` fails: ${outcome.failure.message}`;
  const imports = (await limited("Reading what the migrations import", async () => session.imports?.(wanted))) ?? {};
  const { statements } = recorder.recording();
  return {
    imports,
    upgrades: upgradesIn({ statements, versionTables }),
    revisions: new Map(earlier.map((one) => [one.id, one])),
    has: (file) => base.mergeBase.exists(file),
  };
}

/** A linear tool's order is the order; of what comes behind the last nothing is asked. */
const throughLast = (ordered: readonly Revision[], wanted: readonly string[]): ReadonlySet<string> =>
  new Set(ordered.slice(0, ordered.findLastIndex(({ id }) => wanted.includes(id)) + 1).map(({ id }) => id));

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

/** What revisions do on their way up, and what they say for that of their sessions, by their id. */
function upgradesIn({ statements, versionTables }: Omit<SentStatements, "brokenOff">): Upgrades {
  const roles = rolesOf(statements, versionTables);
  const isOwn = (statement: RecordedStatement) => /^(?:migration|setting)$/.test(roles.get(statement) ?? "");
  const upgrades = statements.filter(({ label }) => label?.direction === "up");
  const sent = Map.groupBy(upgrades, ({ label }) => label?.revision);
  return new Map([...sent].map(([id, all]) => [id, all.filter(isOwn)]));
}
