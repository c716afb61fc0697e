/** What a linear tool does with a migration that sorts before one that a database already has. */
export interface LateBehaviour {
  readonly kind:
    /** It never runs it, and says nothing. */
    | "skips"
    /** It stops with an error. */
    | "refuses"
    /** It runs it, later than a new database would. */
    | "runs";
  /** In a sentence; `newest` is the migration that the database already has. */
  readonly sentence: (newest: string) => string;
}

const runs = (tool: string): LateBehaviour => ({
  kind: "runs",
  sentence: (newest) =>
    `${tool} runs it after ${newest} where that is applied, and before it on a new database, so the two can end with different schemas.`,
});

/** By layout for SQL files, by the tool's name for others. */
const behaviours: Readonly<Record<string, LateBehaviour>> = {
  "golang-migrate": {
    kind: "skips",
    sentence: (newest) =>
      `golang-migrate records one version and runs only what is above it: where ${newest} is applied, this migration never runs, and nothing says so.`,
  },
  drizzle: {
    kind: "skips",
    sentence: (newest) =>
      `Drizzle before 1.0 runs only entries whose \`when\` is above the newest one applied: where ${newest} is applied, this migration never runs, and nothing says so.`,
  },
  goose: {
    kind: "refuses",
    sentence: (newest) => `goose stops where ${newest} is applied, unless it is run with -allow-missing.`,
  },
  flyway: {
    kind: "refuses",
    sentence: (newest) => `Flyway's validation fails where ${newest} is applied, unless outOfOrder is set.`,
  },
  supabase: {
    kind: "refuses",
    sentence: (newest) => `supabase db push stops where ${newest} is applied, unless it is run with --include-all.`,
  },
  sqlx: runs("sqlx"),
  diesel: runs("Diesel"),
  dbmate: runs("dbmate"),
  "sql-migrate": runs("sql-migrate"),
  hasura: runs("Hasura"),
  prisma: runs("Prisma"),
  "mikro-orm": runs("MikroORM"),
};

const unknown: LateBehaviour = {
  kind: "runs",
  sentence: (newest) =>
    `Where ${newest} is applied, it would run after it or not at all; a new database runs it before.`,
};

/** What the tool does; for layouts not known here, what can be said of all. */
export const lateBehaviour = (layout: string): LateBehaviour =>
  Object.hasOwn(behaviours, layout) ? (behaviours[layout] as LateBehaviour) : unknown;
