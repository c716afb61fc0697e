/** Where and as whom to connect. Never printed: `password` is a secret of the ephemeral server. */
export interface DatabaseConnection {
  /** Host name or address. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/**
 * What node-postgres otherwise takes from `PGSSLMODE`, `PGSSLNEGOTIATION` and `PGOPTIONS`, which speak of another server: an
 * ephemeral one and a proxy are on this machine and have no certificate. A blank is no option, and is not an absent one.
 */
export const regardlessOfEnvironment = { ssl: false, sslnegotiation: "postgres", options: " " } as const;
