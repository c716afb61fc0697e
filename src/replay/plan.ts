import { ConfigurationError } from "../errors.ts";
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

const parents = (revision: Revision): readonly string[] => [...revision.downRevisions, ...revision.dependsOn];

function startAncestors(ordered: readonly Revision[], { start, name }: Project): ReadonlySet<string> {
  const contained = new Set<string>();
  if (start?.revision === undefined) return contained;
  if (!ordered.some(({ id }) => id === start.revision))
    throw new ConfigurationError(
      `The project ${name} starts at revision ${start.revision}, which is not in its history. Correct \`start.revision\` in the configuration.`,
    );
  contained.add(start.revision);
  for (const revision of ordered.toReversed())
    if (contained.has(revision.id)) for (const parent of parents(revision)) contained.add(parent);
  return contained;
}
