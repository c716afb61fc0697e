import { hash } from "node:crypto";
import type pg from "pg";
import type { Catalog, CatalogObject } from "../catalog/catalog.ts";

/** The schema as Headgate left it: what it takes to see later, without a rehearsal, whether it is still so. */
export interface LeftSchema {
  readonly at: Date;
  /** How it was read: another reading cannot be compared with it. */
  readonly reading: string;
  /** SHA-256 of the names of the revisions that were applied. */
  readonly applied: string;
  /** Those in which the history makes something. */
  readonly schemas: readonly string[];
  readonly objects: ObjectDigests;
}

/** A digest of each object, by kind and name with a tab between them. */
export type ObjectDigests = ReadonlyMap<string, string>;

/** What the ledger keeps of it: what is another since the entry before. */
export interface LeftChange extends Omit<LeftSchema, "at" | "objects"> {
  /** Whether this is all of it, and what came before does not count. */
  readonly whole: boolean;
  /** `null`: it is gone. */
  readonly objects: Readonly<Record<string, string | null>>;
}

/** A digest of each object of a catalog. */
export const digestsOf = ({ objects }: Catalog): ObjectDigests =>
  new Map([...objects.values()].map((object) => [`${object.kind}\t${object.name}`, digestOf(object)]));

/** Which revisions are applied, in one digest. */
export const digestOfApplied = (applied: Iterable<string>): string =>
  hash("sha256", JSON.stringify([...applied].toSorted()));

/** What to write down. `before`: what was written down last. */
export function changeSince(before: LeftSchema | undefined, now: Omit<LeftSchema, "at">): LeftChange {
  const whole = before?.reading !== now.reading;
  const was = whole ? new Map<string, string>() : before.objects;
  const gone = [...was.keys()].filter((key) => !now.objects.has(key)).map((key) => [key, null] as const);
  const changed = [...now.objects].filter(([key, digest]) => was.get(key) !== digest);
  return { ...now, whole, objects: Object.fromEntries([...gone, ...changed]) };
}

/** How the schema of a history was left last; nothing where that was not written down. To be asked where there is a ledger. */
export async function readLeftSchema(
  client: pg.ClientBase,
  project: string,
  histories: readonly string[],
): Promise<LeftSchema | undefined> {
  const { rows } = await client.query<{ at: Date; details: LeftChange }>(
    `SELECT at, details FROM headgate.entry JOIN headgate.run ON run.id = entry.run
      WHERE entry.project = $1 AND history = ANY ($2) AND event = 'left' ORDER BY entry.id`,
    [project, histories],
  );
  const last = rows.at(-1);
  if (last === undefined) return undefined;
  const objects = new Map<string, string>();
  for (const { details } of rows.slice(rows.findLastIndex(({ details: { whole } }) => whole)))
    for (const [key, digest] of Object.entries(details.objects))
      if (digest === null) objects.delete(key);
      else objects.set(key, digest);
  const { reading, applied, schemas } = last.details;
  return { at: last.at, reading, applied, schemas, objects };
}

/** In sentences, how the schema differs from how it was left. */
export function describeChanges(left: ObjectDigests, now: ObjectDigests): readonly string[] {
  const keys = new Set([...left.keys(), ...now.keys()]);
  const differing = [...keys].filter((key) => left.get(key) !== now.get(key)).toSorted();
  const wholly = new Set(differing.flatMap((key) => (left.has(key) && now.has(key) ? [] : [nameIn(key)])));
  return differing.flatMap((key) => {
    const name = nameIn(key);
    // A table that is gone has no columns.
    if (name.includes(".") && wholly.has(name.slice(0, name.lastIndexOf(".")))) return [];
    const what = `${key.slice(0, key.indexOf("\t"))} \`${name}\``;
    if (!left.has(key)) return [`${what} is there, and was not`];
    return [now.has(key) ? `${what} is another` : `${what} is missing`];
  });
}

const nameIn = (key: string): string => key.slice(key.indexOf("\t") + 1);

function digestOf({ kind, attributes }: CatalogObject): string {
  const kept = Object.entries(attributes)
    // What not everybody may read; and a validation by hand, which harms nobody.
    .filter(([name]) => name !== "validated" && !(kind === "user mapping" && name === "options"))
    .map(([name, value]) => [name, name === "definition" ? value?.replace(/ NOT VALID$/, "") : value])
    .toSorted(([a], [b]) => ((a ?? "") < (b ?? "") ? -1 : 1));
  return hash("sha256", JSON.stringify(kept)).slice(0, 12);
}
