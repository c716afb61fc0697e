import type pg from "pg";
import type { Catalog, CatalogObject } from "../catalog/catalog.ts";
import { describeLocale, isSameLocale, readLocale } from "../engines/database-locale.ts";
import { ApplyError } from "../errors.ts";
import { quoteIdentifier, unquotedName } from "../sql/quote-identifier.ts";
import type { MigrationTexts } from "./migration-texts.ts";
import { type InstalledExtension, readExtensions, type ServerTraits } from "./traits.ts";

/** The database that a rehearsal runs in, made like the target. */
export interface Furnished {
  /** Settings that were given to it. */
  readonly settings: Readonly<Record<string, string>>;
  /** Extensions that no migration makes, and the schemas that are there for them alone. */
  readonly extensions: ReadonlySet<string>;
  readonly schemas: ReadonlySet<string>;
  /** In what it is not like the target, in sentences without a value that could be a secret. */
  readonly unlike: readonly string[];
}

const anotherServer =
  "Name an `image:` in headgate.yml that has it, or rehearse on a database of your own with --rehearsal-url.";

/**
 * Gives a rehearsal's database the settings, schemas and extensions of the target that no migration makes.
 * @param prelude runs what the project says itself; behind the settings, before everything else
 * @throws ApplyError when the migrations speak of an extension that the server lacks
 */
export async function furnish(
  client: pg.Client,
  { locale, settings, ownSettings, schemas, currentSchema, extensions }: ServerTraits,
  texts: MigrationTexts,
  prelude: () => Promise<void>,
): Promise<Furnished> {
  const unlike: string[] = [];
  const own = await readLocale(client);
  if (!isSameLocale(own, locale))
    unlike.push(
      `The target treats text as ${describeLocale(locale)}, and the rehearsal as ${describeLocale(own)}: what depends on that was not rehearsed.`,
    );
  const spoken = Object.entries(ownSettings).filter(([name]) => texts.mentions(name));
  const wanted = { ...settings, ...Object.fromEntries(spoken) };
  for (const [name, value] of Object.entries(wanted))
    if (!(await giveSetting(client, name, value)))
      unlike.push(`The server for the rehearsal does not take the target's setting ${name}.`);
  await prelude();
  const forExtensions = new Set<string>();
  const given = new Set<string>();
  const giveSchema = async (schema: string): Promise<void> => {
    if (texts.makes("schema", schema) || schema.startsWith("pg_")) return;
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(schema)}`);
  };
  for (const schema of schemas) await giveSchema(schema);
  const available = await availableExtensions(client);
  const there = new Set((await installedVersions(client)).keys());
  for (const extension of extensions) {
    const { name, schema } = extension;
    if (!available.has(name)) {
      const lacks = `The target has the extension ${name}, which the server for the rehearsal lacks.`;
      if (texts.mentions(name)) throw new ApplyError(`${lacks} ${anotherServer} Nothing was sent to the target.`);
      unlike.push(`${lacks} A migration that needs it cannot be rehearsed: ${anotherServer}`);
      continue;
    }
    if (texts.makes("extension", name) || there.has(name)) continue;
    // Where new tables go, and what is public, is the migrations' all the same.
    if (schema !== "public" && schema !== currentSchema) forExtensions.add(schema);
    given.add(name);
    await giveSchema(schema);
    await client
      .query(
        `CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(name)} SCHEMA ${quoteIdentifier(schema)} ${versionOf(extension, available)} CASCADE`,
      )
      .catch(({ message }: Error) =>
        unlike.push(`The target has the extension ${name}, which the rehearsal could not be given: ${message}.`),
      );
  }
  return { settings: wanted, extensions: given, schemas: forExtensions, unlike };
}

/** Brings extensions to the target's versions where the server has them; says which differ. For when the applied migrations have run. */
export async function alignExtensions(
  client: pg.Client,
  wanted: readonly InstalledExtension[],
): Promise<readonly string[]> {
  const found = await installedVersions(client);
  const unlike: string[] = [];
  for (const { name, version } of wanted) {
    const here = found.get(name);
    if (here === undefined || here === version) continue;
    const updated = await client
      .query(`ALTER EXTENSION ${quoteIdentifier(name)} UPDATE TO ${quoteIdentifier(version)}`)
      .then(
        () => true,
        () => false,
      );
    if (!updated) unlike.push(`The target has ${version} of the extension ${name}, and the rehearsal ${here}.`);
  }
  return unlike;
}

/** What was put there for the rehearsal is no part of what migrations make. */
export function withoutFurniture({ objects }: Catalog, { settings, extensions, schemas }: Furnished): Catalog {
  const values = new Map(Object.entries(settings).map(([name, value]) => [name.toLowerCase(), value]));
  const isFurniture = ({ kind, name, attributes }: CatalogObject): boolean =>
    (kind === "database setting" && attributes["value"] === values.get(name.toLowerCase())) ||
    (kind === "extension" && extensions.has(unquotedName(name))) ||
    (kind === "schema" && schemas.has(unquotedName(name)));
  return { objects: new Map([...objects].filter(([, object]) => !isFurniture(object))) };
}

/** Whether sessions of the database now begin with it. */
async function giveSetting(client: pg.Client, name: string, value: string): Promise<boolean> {
  const { rows } = await client.query<{ value: string | null; database: string }>(
    "SELECT current_setting($1, true) AS value, current_database() AS database",
    [name],
  );
  if (rows[0]?.value === value) return true;
  try {
    await client.query("SELECT set_config($1, $2, false)", [name, value]);
    await client.query(
      `ALTER DATABASE ${quoteIdentifier(rows[0]?.database ?? "")} SET ${name.split(".").map(quoteIdentifier).join(".")} FROM CURRENT`,
    );
    return true;
  } catch {
    return false;
  }
}

async function availableExtensions(client: pg.Client): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { rows } = await client.query<{ name: string; versions: readonly string[] }>(
    "SELECT name, array_agg(version)::text[] AS versions FROM pg_available_extension_versions GROUP BY name",
  );
  return new Map(rows.map(({ name, versions }) => [name, new Set(versions)]));
}

const versionOf = (
  { name, version }: InstalledExtension,
  available: ReadonlyMap<string, ReadonlySet<string>>,
): string => (available.get(name)?.has(version) ? `VERSION ${quoteIdentifier(version)}` : "");

async function installedVersions(client: pg.Client): Promise<ReadonlyMap<string, string>> {
  return new Map((await readExtensions(client)).map(({ name, version }) => [name, version]));
}
