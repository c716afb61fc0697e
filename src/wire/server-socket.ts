import { connect } from "node:net";
import type { Socket } from "node:net";

/** Where a PostgreSQL server listens. */
export interface ServerAddress {
  /** A name or an address; or, beginning with `/`, the directory of its Unix socket. */
  readonly host: string;
  readonly port: number;
}

/** A connection to a server, on its way or open; errors are the caller's to hear. */
export function connectToServer({ host, port }: ServerAddress): Socket {
  const socket = host.startsWith("/")
    ? connect({ path: `${host}/.s.PGSQL.${port}`, allowHalfOpen: true })
    : connect({ host, port, allowHalfOpen: true });
  socket.setNoDelay(true);
  return socket;
}
