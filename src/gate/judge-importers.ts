import type { PostgresServer } from "../engines/engine.ts";
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
import { fingerprintOf, statementIdentity } from "../sql/statement-identity.ts";
import { toolNamed } from "../tools/registry.ts";
import type { RecordedStatement } from "../wire/recording.ts";
import type { GateContext } from "./gate-context.ts";
import { historyExemptions } from "./history-exemptions.ts";
import { openRecordedProject } from "./recorded-project.ts";

/** What a run of the tool sent. */
export interface SentStatements {
  readonly statements: readonly RecordedStatement[];
  readonly versionTables: readonly string[];
  /** The steps that did not get to their end, as `up ab12`. */
  readonly brokenOff: ReadonlySet<string>;
}

/**
 * Judges what a change edits that migrations of the merge base load: runs these once more as the merge base has everything, on
 * a server that nobody else uses at the moment, and compares what they send.
 * @param sent what they send now
 */
export async function judgeImporters(
  project: Project,
  repository: Repository,
  importing: readonly ImportingMigration[],
  sent: SentStatements,
  server: PostgresServer,
  context: GateContext,
): Promise<readonly Finding[]> {
  context.onProgress("running what the change edits as it was before");
  await loadParser();
  const earlier = await asBefore(project, repository, importing, server, context).catch((thrown: unknown): string => {
    const error = original(thrown);
    if (error instanceof ToolError || error instanceof ConfigurationError) return error.message;
    throw error;
  });
  const upgrades = upgradesIn(sent);
  const outcome = (one: ImportingMigration): ImportOutcome =>
    typeof earlier === "string"
      ? { kind: "unknown", reason: earlier }
      : compare(one, earlier, { upgrades, brokenOff: sent.brokenOff });
  return judgeImports(
    importing.map((one) => ({ ...one, outcome: outcome(one) })),
    {
      tool: toolNamed(project.tool),
      project,
      exemptions: historyExemptions(repository),
      today: new Date().toISOString().slice(0, 10),
    },
  );
}

type Upgrades = ReadonlyMap<string | undefined, readonly RecordedStatement[]>;

interface SentBefore {
  readonly upgrades: Upgrades;
  readonly imports: Imports;
  readonly revisions: ReadonlyMap<string, Revision>;
}

/** What the migrations send with all files as the merge base has them, or why that is not known. */
async function asBefore(
  given: Project,
  { root, configuration, base }: Repository,
  importing: readonly ImportingMigration[],
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
  const wanted = importing.map(({ revision }) => revision.id).filter((id) => known.has(id));
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
  };
}

/** A linear tool's order is the order; of what comes behind the last nothing is asked. */
const throughLast = (ordered: readonly Revision[], wanted: readonly string[]): ReadonlySet<string> =>
  new Set(ordered.slice(0, ordered.findLastIndex(({ id }) => wanted.includes(id)) + 1).map(({ id }) => id));

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
  const missed = changed.find((file) => !found.has(file));
  if (missed !== undefined)
    return { kind: "unknown", reason: `in a checkout of the merge base it does not load ${missed}.` };
  const [old = [], young] = [before.upgrades.get(revision.id), now.upgrades.get(revision.id)];
  if (now.brokenOff.has(`up ${revision.id}`) || young === undefined)
    return { kind: "unknown", reason: "it has to work first." };
  const texts = (all: readonly RecordedStatement[]) => JSON.stringify(all.map(({ sql, values }) => [sql, values]));
  if (texts(old) === texts(young)) return { kind: "same" };
  const identities = (all: readonly RecordedStatement[]) =>
    JSON.stringify(all.map(({ sql, values }) => statementIdentity(sql, fingerprintOf(sql), values)));
  return { kind: identities(old) === identities(young) ? "values" : "other" };
}

/** What revisions do on their way up, and what they say for that of their sessions, by their id. */
function upgradesIn({ statements, versionTables }: Omit<SentStatements, "brokenOff">): Upgrades {
  const roles = rolesOf(statements, versionTables);
  const isOwn = (statement: RecordedStatement) => /^(?:migration|setting)$/.test(roles.get(statement) ?? "");
  const upgrades = statements.filter(({ label }) => label?.direction === "up");
  const sent = Map.groupBy(upgrades, ({ label }) => label?.revision);
  return new Map([...sent].map(([id, all]) => [id, all.filter(isOwn)]));
}
