import type pg from "pg";
import { ConfigurationError } from "../errors.ts";
import type { Files } from "../files.ts";
import type { Revision } from "../history.ts";
import { isRepeatable } from "../lineage/repeatable.ts";
import { optional } from "../optional.ts";
import type { Project } from "../project.ts";
import { toolNamed } from "../tools/registry.ts";
import type { VersionRecord } from "../tools/version-record.ts";
import { goneFrom } from "./gone.ts";
import { hasLedger } from "./find-ledger.ts";
import { readLedger, type LedgerEntry } from "./ledger.ts";
import { readState } from "./recorded-state.ts";
import { standingOf, type Standing } from "./standing.ts";

/** Where a database stands, with what was read to know it. */
export interface FoundStanding extends Standing {
  /** The version table, as SQL writes it; absent when there is none yet. */
  readonly versionTable?: string;
  readonly ledger: readonly LedgerEntry[];
  /** Pending because the tool runs it again, its content being another. */
  readonly again: readonly string[];
}

/**
 * Reads the version table and the ledger, with SELECTs alone. Creates nothing.
 * @param versionTable where the tool itself says that it is
 */
export async function readStanding(
  client: pg.ClientBase,
  project: Project,
  ordered: readonly Revision[],
  files: Files,
  versionTable: string | undefined = project.versionTable,
): Promise<FoundStanding> {
  const record = versionRecordOf(project, files);
  const known = new Set(ordered.map(({ id }) => id));
  const histories = historiesOf(project, files);
  const entries = (await hasLedger(client)) ? await readLedger(client, project.name, histories) : [];
  // Under its former name another history may have been written down too.
  const ledger = entries.filter(({ history, revision }) => history === histories[0] || known.has(revision));
  const state = await readState(client, record, ordered, files, {
    ...optional("named", versionTable),
    ...optional("schema", project.schema),
  });
  const standing = standingOf(state, ledger, ordered, files, (revision) => isRepeatable(revision, project));
  const gone = record.positional ? goneFrom(ledger, standing.applied, known) : [];
  return {
    ...standing,
    unknown: [...standing.unknown, ...gone],
    ledger,
    again: state.again ?? [],
    ...(state.table === undefined ? {} : { versionTable: state.table }),
  };
}

/** @throws ConfigurationError for a layout whose tool keeps nothing in the database */
export function versionRecordOf(project: Project, files: Files): VersionRecord {
  const record = toolNamed(project.tool).versionRecord(files, project);
  if (record) return record;
  throw new ConfigurationError(
    project.layout === "hasura"
      ? `The project ${project.name} cannot be applied: Hasura keeps what it applied in its own metadata and not in the database. Use \`hasura migrate apply\`.`
      : `The project ${project.name} cannot be applied: no tool says what was applied of files in the layout ${project.layout ?? "plain"}. Name the tool that applies them with \`layout:\` in headgate.yml.`,
  );
}

/** What tells a project's history from others in the same database, as far as its files say it. */
export const historyOf = (project: Project, files: Files): string => historiesOf(project, files)[0];

/** The same, and what earlier ledgers call it. */
export function historiesOf(project: Project, files: Files): readonly [string, ...string[]] {
  const { name, formerName } = versionRecordOf(project, files);
  const history = [project.schema, project.versionTable ?? name].filter(Boolean).join(".");
  const former = project.schema === undefined && project.versionTable === undefined ? formerName : undefined;
  return former === undefined || former === history ? [history] : [history, former];
}
