/** What a tool makes of a change to a migration that a database already has; each in a sentence. */
export interface ChangeBehaviour {
  readonly edited: string;
  readonly deleted: string;
  /** The tool keeps a checksum of the whole file, so that an edited comment is an edit. */
  readonly hasChecksum?: boolean;
  /** Present where it also compares the name behind the version. */
  readonly renamed?: string;
  /** Present where its version table knows a migration by something that is not in its file. */
  readonly recorded?: string;
}

const unnoticed = (tool: string): string =>
  `${tool} does not notice: databases that have applied it keep the old schema, and new ones get another.`;

/** By layout for SQL files, by the tool's name for others. */
const behaviours: Readonly<Record<string, ChangeBehaviour>> = {
  alembic: {
    edited: unnoticed("Alembic"),
    deleted: 'Alembic stops with "Can\'t locate revision" on databases that are at it.',
  },
  "mikro-orm": {
    edited: unnoticed("MikroORM"),
    deleted:
      "MikroORM does not notice: databases that have applied it keep what it did and cannot go back, and new ones never get it.",
  },
  "golang-migrate": {
    edited: unnoticed("golang-migrate"),
    deleted: 'golang-migrate stops with "no migration found for version" on databases that are at it.',
  },
  goose: {
    edited: unnoticed("goose"),
    deleted: "goose does not notice on the way up; the way back stops there.",
  },
  "sql-migrate": {
    edited: unnoticed("sql-migrate"),
    deleted:
      'sql-migrate stops with "unknown migration in database" on databases that have applied it, unless ignoreunknown is set.',
  },
  dbmate: {
    edited: unnoticed("dbmate"),
    deleted: "dbmate does not notice on the way up; a rollback stops there.",
  },
  diesel: {
    edited: unnoticed("Diesel"),
    deleted: "Diesel does not notice on the way up; a revert stops there.",
  },
  hasura: {
    edited: unnoticed("Hasura"),
    deleted: "Hasura does not notice: databases that have applied it keep what it did, and new ones never get it.",
  },
  supabase: {
    edited: unnoticed("supabase db push"),
    deleted: "supabase db push stops on databases that have applied it, because their version is not found locally.",
  },
  drizzle: {
    edited: unnoticed("Drizzle"),
    recorded:
      "Drizzle compares that, `when` in meta/_journal.json, with the newest it has applied: databases where it is later run the migration again, and where it is earlier, may never run it.",
    deleted: "Drizzle does not notice: databases that have applied it keep what it did, and new ones never get it.",
  },
  sqlx: {
    edited: "sqlx stops on databases that have applied it: the checksum differs.",
    deleted: "sqlx stops on databases that have applied it: the migration is missing.",
    hasChecksum: true,
  },
  flyway: {
    edited: "Flyway's validation stops on databases that have applied it: the checksum differs.",
    deleted: "Flyway's validation stops on databases that have applied it: it is not resolved locally.",
    hasChecksum: true,
    renamed: "Flyway's validation stops on databases that have applied it: the description differs.",
  },
  prisma: {
    edited:
      "prisma migrate deploy only warns and does not run it again, and prisma migrate dev wants to reset the database: the checksum differs.",
    deleted:
      "prisma migrate deploy does not notice, and prisma migrate dev wants to reset databases that have applied it.",
    hasChecksum: true,
  },
};

const unknown: ChangeBehaviour = {
  edited: "Databases that have applied it keep the old schema, and new ones get another.",
  deleted: "Databases that have applied it keep what it did, and new ones never get it.",
};

/** What the tool does; for layouts not known here, what can be said of all. */
export const changeBehaviour = (layout: string): ChangeBehaviour =>
  Object.hasOwn(behaviours, layout) ? (behaviours[layout] as ChangeBehaviour) : unknown;
