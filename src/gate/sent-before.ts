import type { PostgresServer } from "../engines/engine.ts";
import { temporaryCheckout } from "../files/temporary-checkout.ts";
import type { Revision } from "../history.ts";
import { orderOf } from "../lineage/order.ts";
import { optional } from "../optional.ts";
import type { Project } from "../project.ts";
import { cutHistory, withAncestors } from "../replay/range.ts";
import { rolesOf } from "../replay/statement-roles.ts";
import { projectIn } from "../repository/earlier-projects.ts";
import type { Repository } from "../repository/repository.ts";
import { interpreterOf } from "../sessions/open-session.ts";
import type { Imports } from "../sessions/session.ts";
import type { RecordedStatement } from "../wire/recording.ts";
import type { GateContext } from "./gate-context.ts";
import { openRecordedProject } from "./recorded-project.ts";

/** What a run of the tool sent. */
export interface SentStatements {
  readonly statements: readonly RecordedStatement[];
  readonly versionTables: readonly string[];
  /** The steps that did not get to their end, as `up ab12`. */
  readonly brokenOff: ReadonlySet<string>;
}

/** What revisions do on their way up, and what they say for that of their sessions, by their id. */
export type Upgrades = ReadonlyMap<string | undefined, readonly RecordedStatement[]>;

/** What migrations sent with all files as the merge base has them, and what these were. */
export interface SentBefore {
  readonly upgrades: Upgrades;
  readonly imports: Imports;
  readonly revisions: ReadonlyMap<string, Revision>;
  /** Whether the merge base has a file. */
  has(file: string): boolean;
}

/**
 * Runs migrations once more with all files as the merge base has them; gives why that does not tell what they sent, where it does not.
 * @throws EngineError, ToolError and ConfigurationError
 */
export async function runAsBefore(
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

/** @throws Error when `loadParser` was not awaited before */
export function upgradesIn({ statements, versionTables }: Omit<SentStatements, "brokenOff">): Upgrades {
  const roles = rolesOf(statements, versionTables);
  const isOwn = (statement: RecordedStatement) => /^(?:migration|setting)$/.test(roles.get(statement) ?? "");
  const upgrades = statements.filter(({ label }) => label?.direction === "up");
  const sent = Map.groupBy(upgrades, ({ label }) => label?.revision);
  return new Map([...sent].map(([id, all]) => [id, all.filter(isOwn)]));
}
