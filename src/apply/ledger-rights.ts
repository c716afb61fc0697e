import type pg from "pg";
import { EngineError } from "../errors.ts";

/** What a role has to be able to do with the ledger. */
interface Rights {
  readonly role: string;
  readonly database: string;
  /** Nothing where there is no schema for it yet. */
  readonly reads: boolean | null;
  readonly writes: boolean | null;
  readonly makes: boolean;
  readonly hasTables: boolean;
}

/** @throws EngineError with what to grant, when there is a ledger that the role may not read */
export async function expectReadable(client: pg.ClientBase): Promise<void> {
  const { role, reads } = await rightsOf(client);
  if (reads === false)
    throw new EngineError(
      `The role ${role} may not read the ledger of Headgate. Have its owner say: GRANT USAGE ON SCHEMA headgate TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA headgate TO ${role};`,
    );
}

/** Asked before anything is rehearsed. @throws EngineError with what to grant, when the role may not begin a ledger, or go on with it */
export async function expectWritable(client: pg.ClientBase): Promise<void> {
  const { role, database, writes, makes, hasTables } = await rightsOf(client);
  if (!hasTables && !makes)
    throw new EngineError(
      `The role ${role} may not make the ledger of Headgate, and nothing was done. Make a schema for it once: CREATE SCHEMA headgate AUTHORIZATION ${role}; or GRANT CREATE ON DATABASE ${database} TO ${role};`,
    );
  if (hasTables && writes === false)
    throw new EngineError(
      `The role ${role} may not write to the ledger of Headgate, and nothing was done. Have its owner say: GRANT USAGE ON SCHEMA headgate TO ${role}; GRANT SELECT, INSERT ON headgate.run, headgate.entry TO ${role};`,
    );
}

async function rightsOf(client: pg.ClientBase): Promise<Rights> {
  const may = (privilege: string) => `bool_and(has_table_privilege(c.oid, '${privilege}'))`;
  const { rows } = await client.query<Rights>(
    `SELECT quote_ident(current_user) AS role, quote_ident(current_database()) AS database,
            CASE WHEN n.oid IS NULL THEN has_database_privilege(current_database(), 'CREATE')
              ELSE has_schema_privilege(n.oid, 'CREATE') END AS makes, count(c.oid) > 0 AS "hasTables",
            has_schema_privilege(n.oid, 'USAGE') AND coalesce(${may("SELECT")}, true) AS reads,
            has_schema_privilege(n.oid, 'USAGE') AND coalesce(${may("SELECT")} AND ${may("INSERT")}, true) AS writes
       FROM (VALUES (to_regnamespace('headgate'))) AS n (oid)
       LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname IN ('run', 'entry') AND c.relkind IN ('r', 'p')
      GROUP BY n.oid`,
  );
  const [rights] = rows;
  if (rights === undefined) throw new EngineError("The server does not say what the role may do.");
  return rights;
}
