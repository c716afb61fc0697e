import type { Drift } from "./drift.ts";
import type { Rehearsed } from "./rehearsed.ts";

/** What a revision has under its hands that is half applied, or was applied before and is again, is judged when it is finished. */
export function withoutUnfinished(actual: Drift, { revisions }: Rehearsed, unfinished: ReadonlySet<string>): Drift {
  const texts = revisions
    .filter(({ revision }) => unfinished.has(revision.id))
    .flatMap(({ reports }) => reports.filter(({ role }) => role === "migration").map(({ sql }) => sql));
  const isMentioned = mentionedIn(texts);
  return new Map(
    [...actual].filter(([, difference]) => {
      const { name, relation } = difference.kind === "changed" ? difference.after : difference.object;
      return !isMentioned(name) && !isMentioned(relation);
    }),
  );
}

/** Tells what these texts speak of, by the last part of its name. */
export const mentionedIn =
  (texts: readonly string[]) =>
  (name: string | undefined): boolean => {
    // A function's arguments may be written otherwise; of a cast there is nothing else.
    const last = name
      ?.replace(/(?<=[\w"$])\(.*$/s, "")
      .split(".")
      .at(-1)
      ?.replaceAll('"', "");
    return last !== undefined && texts.some((sql) => sql.includes(last));
  };
