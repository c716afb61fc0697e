import { z } from "zod";
import { listOf, path, postgres, reason, variableName } from "./configuration-values.ts";
import { limitsSchema, targetsSchema } from "./targets-schema.ts";

/** What `headgate.yml` says of one project. */
export const projectSchema = z.strictObject({
  name: z.string().min(1).optional().describe("A name for the project; the directory's when absent."),
  directory: path.default(".").describe("Where the tool is run, relative to the repository root."),
  tool: z.enum(["alembic", "mikro-orm", "sql"]).optional().describe("The migration tool; detected when absent."),
  config: path.optional().describe("The tool's own configuration file."),
  section: z.string().min(1).optional().describe("Alembic: the section of alembic.ini. MikroORM: the contextName."),
  migrations: listOf(path).optional().describe("The directory or directories with the migrations."),
  paths: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(
      "What belongs to the project beside its migrations, for example services/locks/**. A change that touches none of it is not replayed. Everything when absent.",
    ),
  layout: z.string().optional().describe("SQL only: how the files are laid out, for example golang-migrate."),
  interpreter: z.string().min(1).optional().describe("The Python or Node to run the tool with."),
  environment: z
    .record(variableName, z.union([z.string(), z.number(), z.boolean()]).transform(String))
    .default({})
    .describe("Extra environment variables for the tool. Never secrets."),
  prelude: z.array(path).default([]).describe("SQL files to run before the first migration."),
  start: z
    .strictObject({
      dump: path.describe("SQL that creates the schema which exists before (pg_dump --schema-only)."),
      revision: z.string().min(1).optional().describe("The revision the dump was taken at; absent: before the first."),
    })
    .optional()
    .describe("The schema that the history starts on, when its first revision expects one."),
  database: z.string().min(1).max(63).optional().describe("The name of the ephemeral database."),
  "one-way": z.record(z.string(), reason).default({}).describe("Revisions without a way back, each with its reason."),
  samples: z
    .record(z.string(), path)
    .optional()
    .describe(
      "SQL files with rows for the disposable database, by the revision before whose first upgrade they are run: a migration that loops over rows shows what it does only where there are some.",
    ),
  "version-table": z
    .string()
    .min(1)
    .optional()
    .describe("Where the tool keeps what it applied in production, for example ops.alembic_version."),
  limits: limitsSchema,
  targets: targetsSchema,
  foreign: z
    .array(z.string().min(1))
    .default([])
    .describe("Objects in production that are not this project's, for example audit.*; drift in them is no drift."),
  heads: z.int().min(1).default(1).describe("How many heads are right, for histories kept in several branches."),
  "allow-empty": z.boolean().default(false).describe("Whether a project without any revision passes."),
  postgres: postgres.optional().describe("The PostgreSQL version of this project."),
  image: z.string().min(1).optional().describe("The container image of this project."),
});

/** What the configuration says of one project. */
export type ProjectConfiguration = z.output<typeof projectSchema>;
