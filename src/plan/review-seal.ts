import { hash } from "node:crypto";
import type { Plan, PlannedRevision, PlannedStatement } from "./seal-plan.ts";

/** What a review saw of one revision, in a form that takes little room and can be held against what is about to run. */
export interface ReviewSeal {
  /** What it covers: `2`, the settings that statements come with as well. Absent: made by a version that left these out. */
  readonly version?: typeof version | undefined;
  readonly revision: string;
  /** SHA-256 over its id, its files and its statements, hexadecimal. Says nothing of the schema it started from. */
  readonly seal: string;
  /** The beginning of the SHA-256 of each statement, hexadecimal, in order: enough to tell which one differs. */
  readonly statements: readonly string[];
}

const version = 2;

/** The seals of a plan, one a revision. Another server version or tool version gives the same seal as long as the same is sent. */
export const reviewSeals = ({ revisions }: Plan): readonly ReviewSeal[] => revisions.map(sealOf);

/** How the rehearsed revision differs from what was reviewed, in a sentence; `undefined` when it does not. */
export function sealDifference(reviewed: ReviewSeal, rehearsed: PlannedRevision): string | undefined {
  const now = sealOf(rehearsed);
  if (reviewed.version !== version)
    return `\`${rehearsed.id}\` was checked by an earlier version of Headgate, which did not hold settings such as search_path: run the check once more.`;
  if (now.seal === reviewed.seal) return undefined;
  const which = `\`${rehearsed.id}\``;
  const count = reviewed.statements.length;
  const index = now.statements.findIndex((statement, at) => statement !== reviewed.statements[at]);
  if (index >= count) return `${which}: statement ${index + 1} was not reviewed; the review saw ${count}.`;
  if (index >= 0) return `${which}: statement ${index + 1} is not the one that was reviewed.`;
  if (now.statements.length < count)
    return `${which}: statement ${now.statements.length + 1} of those that were reviewed is no longer sent.`;
  return `${which}: its file is not the one that was reviewed, although it sends the same.`;
}

function sealOf({ id, files, statements }: PlannedRevision): ReviewSeal {
  const contents = files.map(({ sha256 }) => sha256).toSorted();
  const identities = statements.map(identityOf);
  return {
    version,
    revision: id,
    seal: hash("sha256", JSON.stringify([id, contents, identities])),
    statements: identities.map((identity) => hash("sha256", identity).slice(0, 8)),
  };
}

const identityOf = ({ fingerprint, text, transactional, repeats, settings }: PlannedStatement): string =>
  JSON.stringify([fingerprint, text, transactional, repeats, settings].map((part) => part ?? null));
