import { ConfigurationError, UsageError } from "../errors.ts";
import type { Revision } from "../history.ts";
import type { Project } from "../project.ts";

/** A history cut into what is there already, what has to be applied first, and what is examined. */
export interface ReplayRange {
  /** Contained in the schema that the project starts from. */
  readonly stamped: readonly Revision[];
  readonly earlier: readonly Revision[];
  readonly replayed: readonly Revision[];
}

/**
 * Cuts the history.
 * @param ordered every revision, parents before their children
 * @param isNew whether this change brings the revision
 * @throws ConfigurationError when the project starts at a revision that does not exist
 */
export function cutHistory(
  ordered: readonly Revision[],
  project: Project,
  isNew: (revision: Revision) => boolean,
): ReplayRange {
  const stampedIds = startAncestors(ordered, project);
  const stamped = ordered.filter(({ id }) => stampedIds.has(id));
  const rest = ordered.filter(({ id }) => !stampedIds.has(id));
  const examined = new Set<string>();
  // A revision below a new one can only be applied after it, whatever the merge base says about its file.
  for (const revision of rest)
    if (
      isNew(revision) ||
      (revision.downRevisions.length > 0 && parents(revision).some((parent) => examined.has(parent)))
    )
      examined.add(revision.id);
  return {
    stamped,
    earlier: rest.filter(({ id }) => !examined.has(id)),
    replayed: rest.filter(({ id }) => examined.has(id)),
  };
}

/**
 * The ids that a range names: one revision, or `FROM:TO`, which is every ancestor of TO that is not one of FROM, TO included.
 * Either end may be left out; ids may be shortened as long as they stay unique.
 * @throws UsageError when an end is not in the history, or nothing lies between the two
 */
export function revisionsIn(range: string, ordered: readonly Revision[]): ReadonlySet<string> {
  const find = (name: string): string => {
    const exact = ordered.find(({ id }) => id === name);
    const matching = exact ? [exact] : ordered.filter(({ id }) => id.startsWith(name));
    const [only, another] = matching;
    if (only && !another) return only.id;
    throw new UsageError(
      only
        ? `${name} is the beginning of several revisions.`
        : `There is no revision ${name}. \`headgate lineage\` lists them.`,
    );
  };
  const ancestors = (id: string) => withAncestors(new Set([id]), ordered);
  const [from = "", to, ...rest] = range.split(":");
  if (rest.length > 0) throw new UsageError(`A range is FROM:TO; ${range} has more than two ends.`);
  if (to === undefined) return new Set([find(range)]);
  const upTo = to === "" ? new Set(ordered.map(({ id }) => id)) : ancestors(find(to));
  const between = from === "" ? upTo : upTo.difference(ancestors(find(from)));
  if (between.size > 0 || ordered.length === 0) return between;
  throw new UsageError(`The range ${range} holds no revision: its second end does not come after its first.`);
}

/** These revisions and everything that has to be applied before them. @param ordered parents before their children */
export function withAncestors(ids: ReadonlySet<string>, ordered: readonly Revision[]): ReadonlySet<string> {
  const found = new Set(ids);
  for (const revision of ordered.toReversed())
    if (found.has(revision.id)) for (const parent of parents(revision)) found.add(parent);
  return found;
}

const parents = (revision: Revision): readonly string[] => [...revision.downRevisions, ...revision.dependsOn];

function startAncestors(ordered: readonly Revision[], { start, name }: Project): ReadonlySet<string> {
  if (start?.revision === undefined) return new Set();
  if (!ordered.some(({ id }) => id === start.revision))
    throw new ConfigurationError(
      `The project ${name} starts at revision ${start.revision}, which is not in its history. Correct \`start.revision\` in the configuration.`,
    );
  return withAncestors(new Set([start.revision]), ordered);
}
