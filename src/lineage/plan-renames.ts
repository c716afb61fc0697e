import type { Revision } from "../history.ts";
import type { JudgedLineage } from "./judged-lineage.ts";
import { type Rename, type RenamePlan, renamesTo } from "./rename.ts";
import { isRepeatable } from "./repeatable.ts";
import { compareVersions, nextVersion, versionOf } from "./version-name.ts";

type UnnamedLineage = Omit<JudgedLineage, "renames">;

type Migration = Pick<Revision, "file" | "downFile">;

/** The newest migration that is in the base branch, or is there by now; where there is one, what is new comes after it. */
export const newestLanded = (lineage: UnnamedLineage): Revision | undefined =>
  ordered(lineage).findLast(({ id }) => !lineage.newIds.has(id));

/** New migrations that sort before one which has landed. */
export function lateOnes(lineage: UnnamedLineage): readonly Revision[] {
  const revisions = ordered(lineage);
  const lastAt = revisions.findLastIndex(({ id }) => !lineage.newIds.has(id));
  return revisions.slice(0, Math.max(lastAt, 0)).filter(({ id }) => lineage.newIds.has(id));
}

/** Gives versions after the newest that has landed, in the order the authors gave; those that already come after keep theirs. */
export function planRenames(lineage: UnnamedLineage): RenamePlan {
  const { merged, newIds, history } = lineage;
  if (history.shape === "graph") return { of: () => [] };
  const twice = duplicates(lineage);
  const faulty = new Set([...lateOnes(lineage), ...merged.clashes.map(({ ours }) => ours), ...twice].map(fileOf));
  const waiting = [...ordered(lineage).filter(({ id }) => newIds.has(id)), ...twice];
  const landed = [newestLanded(lineage), ...merged.clashes.map(({ theirs }) => theirs)].flatMap(
    (revision) => (revision && versionOf(revision.file)) ?? [],
  );
  let last = landed.toSorted(compareVersions).at(-1);
  const plan = new Map<string, readonly Rename[]>();
  for (const migration of waiting.toSorted(byVersion)) {
    const version = versionOf(migration.file);
    // Where one name tells no version, none can be made up.
    if (version === undefined) return { of: () => [] };
    const isFree = !faulty.has(migration.file) && (last === undefined || compareVersions(version, last) > 0);
    last = isFree ? version : nextVersion(last ?? version);
    if (!isFree) plan.set(migration.file, renamesTo(migration, last));
  }
  /** Renamed only because another now takes their place: said with the last that does. */
  const pushed = [...plan].flatMap(([file, renames]) => (faulty.has(file) ? [] : renames));
  const lastFaulty = [...plan.keys()].findLast((file) => faulty.has(file));
  return { of: (file) => [...(plan.get(file) ?? []), ...(file === lastFaulty ? pushed : [])] };
}

/** Flyway's repeatable migrations have no place among them. */
const ordered = ({ merged, project }: UnnamedLineage): readonly Revision[] =>
  merged.history.revisions.filter((revision) => !isRepeatable(revision, project));

/** Of files with one version here, those that have to get another: what the base branch has stays. */
function duplicates({ history, baseHistory }: UnnamedLineage): readonly Migration[] {
  const inBase = new Set(baseHistory?.revisions.map(fileOf));
  return history.problems.flatMap(({ kind, files, twins }) => {
    if (kind !== "duplicate") return [];
    const all: readonly Migration[] = twins ?? files.map((file) => ({ file }));
    const kept = all.find(({ file }) => inBase.has(file)) ?? all[0];
    return all.filter((one) => one !== kept && !inBase.has(one.file));
  });
}

const fileOf = ({ file }: Migration): string => file;

function byVersion(a: Migration, b: Migration): number {
  const [left, right] = [versionOf(a.file), versionOf(b.file)];
  return left === undefined || right === undefined ? 0 : compareVersions(left, right);
}
