import { ConfigurationError } from "../../errors.ts";
import type { Files } from "../../files.ts";
import type { Project } from "../../project.ts";
import type { Layout } from "./layout.ts";
import { dbmate } from "./layouts/dbmate.ts";
import { diesel } from "./layouts/diesel.ts";
import { drizzle } from "./layouts/drizzle.ts";
import { flyway } from "./layouts/flyway.ts";
import { golangMigrate } from "./layouts/golang-migrate.ts";
import { goose } from "./layouts/goose.ts";
import { hasura } from "./layouts/hasura.ts";
import { pairs } from "./layouts/pairs.ts";
import { plain } from "./layouts/plain.ts";
import { prisma } from "./layouts/prisma.ts";
import { sqlMigrate } from "./layouts/sql-migrate.ts";
import { sqlx } from "./layouts/sqlx.ts";
import { supabase } from "./layouts/supabase.ts";
import { type Place, places } from "./place.ts";

/** Every layout, in the order detection asks them: what is told by its contents or its tool's files before what is told by names. */
export const layouts = [
  supabase,
  prisma,
  drizzle,
  hasura,
  diesel,
  dbmate,
  goose,
  sqlMigrate,
  flyway,
  sqlx,
  golangMigrate,
  pairs,
  plain,
] as const satisfies readonly Layout[];

/** The first layout that takes a directory for its own, with what it says of it. */
export function detectLayout(place: Place) {
  for (const layout of layouts) {
    const claim = layout.detect(place);
    if (claim) return { layout: layout as Layout, claim };
  }
  return undefined;
}

/**
 * The layout of a project: the one it names, else the one its first directory shows, else plain files.
 * @throws ConfigurationError when it names one that does not exist
 */
export function layoutOf(files: Files, { name, layout: wanted, migrations }: Project): Layout {
  if (wanted === undefined) {
    const place = places(files, migrations[0]).find(({ directory }) => directory === migrations[0]);
    return (place && detectLayout(place)?.layout) ?? plain;
  }
  const layout = layouts.find((candidate) => candidate.name === wanted);
  if (layout) return layout;
  throw new ConfigurationError(
    `The project ${name} names the layout ${wanted}, which does not exist. There is ${layouts.map((known) => known.name).join(", ")}.`,
  );
}
