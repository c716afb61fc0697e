import { hash } from "node:crypto";
import type { Catalog, CatalogObject } from "../catalog/catalog.ts";
import { optional } from "../optional.ts";
import { statementIdentity, type StatementIdentity } from "../sql/statement-identity.ts";
import { withAnyPassword } from "../sql/without-passwords.ts";
import type { PlannedReport, Repeats } from "./repeats.ts";

/** What a plan is made of. */
export interface PlanInput {
  readonly project: string;
  readonly tool: string;
  /** Version of the migration tool; absent where there is none but Headgate. */
  readonly toolVersion?: string;
  /** Major version of the server it was recorded on. */
  readonly serverMajor: number;
  /** The role that applied it: what belongs to it is the same under another name. */
  readonly account: string;
  /** The catalog before the first revision and after the last. */
  readonly start: Catalog;
  readonly end: Catalog;
  readonly revisions: readonly PlannedRevisionInput[];
}

/** A file of the repository. */
export interface FileContent {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** One revision with the contents of its files and what its upgrade sent. */
export interface PlannedRevisionInput {
  readonly id: string;
  readonly files: readonly FileContent[];
  /** What of the repository these import, and those in turn; in code-unit order. */
  readonly imports: readonly FileContent[];
  readonly statements: readonly PlannedReport[];
  /** The catalog after it. */
  readonly catalog: Catalog;
}

/**
 * What was reviewed, in a form that can be compared: the same inputs give the same plan on another machine and another day.
 * Lines that end in CR LF count as if they ended in LF.
 */
export interface Plan {
  readonly schemaVersion: 2;
  readonly project: string;
  readonly tool: string;
  readonly toolVersion?: string;
  readonly serverMajor: number;
  /** SHA-256 of the catalog, hexadecimal. */
  readonly start: string;
  readonly end: string;
  readonly revisions: readonly PlannedRevision[];
}

/** SHA-256 of a file, hexadecimal; its lines end as git keeps them, whatever ends them in this checkout. */
export interface FileDigest {
  readonly path: string;
  readonly sha256: string;
}

/** A revision of a plan. */
export interface PlannedRevision {
  readonly id: string;
  readonly files: readonly FileDigest[];
  /** The same of what they import from the repository, and what that imports; absent where it is nothing. */
  readonly imports?: readonly FileDigest[];
  readonly statements: readonly PlannedStatement[];
  /** SHA-256 of the catalog after it, hexadecimal. */
  readonly catalog: string;
}

/** A statement of a plan: enough to recognise it, and no value that a bind parameter or a row had. */
export interface PlannedStatement extends StatementIdentity {
  readonly transactional: boolean;
  /** How it may repeat, where its revision says that rows decide about that. */
  readonly repeats?: Repeats;
  /** SHA-256 of what the migration has said to its session that still holds when it comes, hexadecimal; absent where that is nothing. */
  readonly settings?: string;
}

/**
 * Makes the plan. Statements of the client library and of the tool's version table are no part of it: they differ between
 * versions of libraries, and say nothing about the migration.
 */
export function makePlan({ start, end, revisions, account, ...rest }: PlanInput): Plan {
  const digestOf = catalogDigests(account);
  return {
    schemaVersion: 2,
    ...rest,
    start: digestOf(start),
    end: digestOf(end),
    revisions: revisions.map(({ id, files, imports, statements, catalog }) => ({
      id,
      files: digests(files),
      ...(imports.length === 0 ? {} : { imports: digests(imports) }),
      statements: statements.filter(({ role }) => role === "migration").map(plannedStatement),
      catalog: digestOf(catalog),
    })),
  };
}

/** The plan as canonical JSON: keys in code-unit order, no layout. */
export const canonicalPlan = (plan: Plan): string => canonicalJson(plan);

/** `sha256:` and the digest of the canonical JSON. */
export const planDigest = (plan: Plan): string => `sha256:${hash("sha256", canonicalPlan(plan))}`;

const digests = (files: readonly FileContent[]): readonly FileDigest[] =>
  files.map(({ path, bytes }) => ({ path, sha256: fileDigest(bytes) }));

function plannedStatement(report: PlannedReport): PlannedStatement {
  const { sql, fingerprint, values, transactional, repeats, settings } = report;
  return {
    ...statementIdentity(sql, fingerprint, values),
    transactional,
    ...optional("repeats", repeats),
    ...optional("settings", settings),
  };
}

/** SHA-256 of the entries of a catalog in code-unit order. Catalogs that follow each other share most objects, and each is written down once. */
function catalogDigests(account: string): (catalog: Catalog) => string {
  const entries = new Map<CatalogObject, string>();
  const entryOf = (key: string, object: CatalogObject): string => {
    const known = entries.get(object);
    if (known !== undefined) return known;
    const entry = catalogEntry(key, object, account);
    entries.set(object, entry);
    return entry;
  };
  return ({ objects }) => {
    const keys = [...objects.keys()].toSorted();
    const sorted = keys.flatMap((key) => {
      const object = objects.get(key) as CatalogObject;
      return isServersOwn(object, account) ? [] : [entryOf(key, object)];
    });
    return hash("sha256", `[${sorted.join()}]`);
  };
}

/** The database's own locale and encoding are the server's, not the migrations', and so are its settings and who applies them. */
const isServersOwn = ({ kind, name }: CatalogObject, account: string): boolean =>
  kind === "database" || kind === "server setting" || (kind === "role" && name === account);

const catalogEntry = (key: string, { kind, attributes }: CatalogObject, account: string): string =>
  canonicalJson(
    [
      key,
      {
        ...attributes,
        ...(attributes["owner"] === account ? { owner: null } : {}),
        // Which one a server has where none is said is the server's.
        ...(kind === "extension" ? { version: null } : {}),
      },
    ],
    withoutSecrets,
  );

/** SHA-256 of a file as git keeps it, hexadecimal. */
export const fileDigest = (bytes: Uint8Array): string => hash("sha256", withGitsLineEnds(bytes));

/** A checkout on Windows may have CR LF where another has LF: they come from the same commit. */
const withGitsLineEnds = (bytes: Uint8Array): Uint8Array =>
  bytes.includes(carriageReturn)
    ? Buffer.from(Buffer.from(bytes).toString("latin1").replaceAll("\r\n", "\n"), "latin1")
    : bytes;

const carriageReturn = 13;

/** The body of a function may hold a password; of options that are one, a catalog has a digest, which could be guessed at. */
const withoutSecrets = (text: string): string => withAnyPassword(text).replaceAll(/\bmd5:[0-9a-f]{32}\b/g, "***");

function canonicalJson(value: unknown, textOf = (text: string): string => text): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    // The body of a function has the line ends of its file.
    if (typeof inner === "string") return textOf(inner.replaceAll("\r\n", "\n"));
    return typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner;
  });
}
