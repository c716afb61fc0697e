/** Where and as whom to connect. Never printed: `password` is a secret of the ephemeral server. */
export interface DatabaseConnection {
  /** Host name or address. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}
