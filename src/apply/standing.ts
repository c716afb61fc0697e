import { hash } from "node:crypto";
import type pg from "pg";
import type { Files } from "../files.ts";
import type { Revision } from "../history.ts";
import { fileDigest } from "../plan/seal-plan.ts";
import { nothing, upTo } from "../tools/version-record.ts";
import type { LedgerEntry } from "./ledger.ts";
import type { RecordedState } from "./recorded-state.ts";

/** A revision that was begun, is not in the version table, and has left something behind. */
export interface HalfApplied {
  readonly revision: string;
  readonly direction: "up" | "down";
  /**
   * What is done and stays done: what identifies each of the first statements of the plan, in order. A hole is one that may
   * repeat, and is begun again.
   */
  readonly finished: readonly (string | undefined)[];
  /** What was sent, and whose end nobody saw. */
  readonly uncertain?: Uncertain;
}

/** Statements, by number, that were done or not done together. */
export interface Uncertain {
  readonly statements: readonly number[];
  /** The transaction that holds them, as `pg_xact_status` takes it; absent for a statement outside of one. */
  readonly transaction?: string;
  /** Whether they had written nothing, so that to do them again is to do them once. */
  readonly wroteNothing?: true;
}

/** Where a database stands in a history. */
export interface Standing {
  readonly applied: ReadonlySet<string>;
  /** Parents before children. */
  readonly pending: readonly Revision[];
  /** Applied, and not in the history. */
  readonly unknown: readonly string[];
  /** Applied from files that have changed since, by our ledger, or by the tool's checksum where that knows nothing. */
  readonly edited: readonly Revision[];
  readonly half?: HalfApplied;
  /** Headgate applied these and did not take them back, and the version table does not say that they are applied. */
  readonly forgotten: readonly string[];
  /** The version table says that these are applied, and Headgate, which had been here before them, did not do it. */
  readonly byOthers: readonly string[];
  /** The tool's own table says that it began this one and did not finish, and Headgate did not run it. */
  readonly unfinished?: string;
}

/** Puts together what the version table, the ledger and the files say. Pure. */
export function standingOf(
  state: RecordedState,
  ledger: readonly LedgerEntry[],
  ordered: readonly Revision[],
  files: Files,
  /** Whether the tool runs it again by itself when its file changes. */
  repeats: (revision: Revision) => boolean = () => false,
): Standing {
  const known = new Map(ordered.map((revision) => [revision.id, revision]));
  const byRevision = Map.groupBy(ledger, ({ revision }) => revision);
  const last = new Map([...byRevision].map(([revision, entries]) => [revision, lastTurn(entries)]));
  const { applied: recorded, unfinished } = state;
  const leaving = unfinished === undefined ? undefined : revisionLeft(unfinished, last, ordered);
  const applied = new Set(leaving === undefined ? recorded : upTo(ordered, ({ id }) => id === leaving));
  const halves = [...byRevision].flatMap(([revision, entries]) => {
    const half = halfApplied(revision, entries, applied.has(revision));
    return half === undefined ? [] : [half];
  });
  const [half] = halves;
  const edited = ordered.filter((revision) => {
    if (!applied.has(revision.id) || repeats(revision)) return false;
    const finished = byRevision.get(revision.id)?.findLast(({ event }) => event === "applied" || event === "reverted");
    return finished?.event === "applied"
      ? !sameFiles(finished.files, revision, files)
      : (state.edited ?? []).includes(revision.id);
  });
  const pending = ordered.filter(({ id }) => !applied.has(id));
  const since = ordered.findIndex(({ id }) => last.get(id)?.event === "applied");
  return {
    applied,
    pending,
    forgotten: pending.filter((one) => !repeats(one) && last.get(one.id)?.event === "applied").map(({ id }) => id),
    byOthers:
      since === -1 ? [] : ordered.slice(since).flatMap(({ id }) => (applied.has(id) && !last.has(id) ? [id] : [])),
    unknown: [...applied].filter((id) => !known.has(id)),
    edited,
    ...(half === undefined ? {} : { half }),
    ...(unfinished === undefined || leaving !== undefined || last.get(unfinished)?.event === "began"
      ? {}
      : { unfinished }),
  };
}

type Turn = Extract<LedgerEntry, { readonly event: "began" | "applied" | "reverted" }>;

/** Where a revision stands by the ledger alone: on a way, or at the end of one. */
const lastTurn = (entries: readonly LedgerEntry[]): Turn | undefined =>
  entries.findLast((entry): entry is Turn => ["began", "applied", "reverted"].includes(entry.event));

/**
 * A tool that writes down where it goes before it goes back says no more where it was: `unfinished` is then what comes before
 * the revision that Headgate began to take back.
 */
function revisionLeft(
  unfinished: string,
  last: ReadonlyMap<string, Turn | undefined>,
  ordered: readonly Revision[],
): string | undefined {
  if (last.get(unfinished)?.event === "began") return undefined;
  return ordered.find(({ id }, index) => {
    const turn = last.get(id);
    return turn?.event === "began" && turn.direction === "down" && (ordered[index - 1]?.id ?? nothing) === unfinished;
  })?.id;
}

/**
 * A file that was moved is the same file: what counts is what is in it. Earlier ledgers have the digest of its bytes, whatever
 * ends its lines.
 * @param was SHA-256 by path, hexadecimal
 */
function sameFiles(was: Readonly<Record<string, string>>, { file, downFile }: Revision, files: Files): boolean {
  const paths = [file, ...(downFile === undefined ? [] : [downFile])].filter((path) => files.exists(path));
  const before = Object.values(was).toSorted().join();
  return [fileDigest, bytesDigest].some(
    (digest) =>
      before ===
      paths
        .map((path) => digest(files.bytes(path)))
        .toSorted()
        .join(),
  );
}

const bytesDigest = (bytes: Uint8Array): string => hash("sha256", bytes);

/** What is left of a revision that was begun; nothing when it was completed, or left nothing. */
export function halfApplied(
  revision: string,
  entries: readonly LedgerEntry[],
  isApplied: boolean,
): HalfApplied | undefined {
  const since = entries.findLastIndex(({ event }) => event === "applied" || event === "reverted");
  const recent = entries.slice(since + 1);
  const finished: (string | undefined)[] = [];
  let uncertain: Uncertain | undefined;
  let direction: HalfApplied["direction"] = "up";
  for (const entry of recent) {
    if (entry.event === "began") direction = entry.direction;
    if (entry.event === "sent") uncertain = { statements: [...(uncertain?.statements ?? []), entry.statement] };
    if (entry.event === "committing") uncertain = entry;
    if (entry.event === "undone") uncertain = undefined;
    if (entry.event !== "finished") continue;
    for (const { number, text } of entry.statements) finished[number - 1] = text;
    uncertain = undefined;
  }
  const repeating = recent.some(({ event }) => event === "repeating");
  const wasCompleted = direction === "up" ? isApplied : !isApplied;
  if (wasCompleted || (finished.length === 0 && uncertain === undefined && !repeating)) return undefined;
  return { revision, direction, finished, ...(uncertain === undefined ? {} : { uncertain }) };
}

/**
 * Indexes whose concurrent build did not end well: they cost every write and serve no read. Schema-qualified.
 * @param schema a tenant's, when those of others do not count
 */
export async function invalidIndexes(client: pg.ClientBase, schema: string | undefined): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name FROM pg_index i
       JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE NOT (i.indisvalid AND i.indisready) AND c.relkind = 'i' AND n.nspname !~ '^pg_'
        AND n.nspname = coalesce($1, n.nspname) ORDER BY 1`,
    [schema ?? null],
  );
  return rows.map(({ name }) => name);
}
