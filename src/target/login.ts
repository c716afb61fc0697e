import type { StartupConnection } from "./startup-connection.ts";
import type { Target } from "./target.ts";

/** What a server may ask for, by the event that `pg` makes of it and the name that `require_auth` has for it. */
const logins = [
  ["authenticationCleartextPassword", "password"],
  ["authenticationMD5Password", "md5"],
  ["authenticationSASL", "scram-sha-256"],
] as const;

/**
 * Ends a connection before the password leaves, when the server asks for it in a way that the target rules out.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-REQUIRE-AUTH
 */
export function refuseLogins(
  connection: StartupConnection,
  { channelBinding, requireAuth }: Pick<Target, "channelBinding" | "requireAuth">,
  encrypted: boolean,
): void {
  let asked = false;
  const end = (reason: string): void => {
    connection.emit("error", new Error(`log in: ${reason}`));
    connection.stream.destroy();
  };
  for (const [event, name] of logins)
    connection.on(event, ({ mechanisms = [] }) => {
      asked = true;
      if (!accepts(requireAuth, name))
        return end(`the server asks for ${name}, and require_auth allows only ${requireAuth.join(", ")}.`);
      if (channelBinding === "require" && !(encrypted && mechanisms.includes("SCRAM-SHA-256-PLUS")))
        end("channel_binding=require, and the server offers no login that is bound to the TLS connection.");
    });
  connection.on("authenticationOk", () => {
    if (asked) return;
    if (channelBinding === "require") end("channel_binding=require, and the server asks for no password at all.");
    else if (!accepts(requireAuth, "none"))
      end(`the server asks for no password, and require_auth allows only ${requireAuth.join(", ")}.`);
  });
}

function accepts(required: readonly string[], name: string): boolean {
  if (required.length === 0) return true;
  const refused = required.filter((entry) => entry.startsWith("!")).map((entry) => entry.slice(1));
  return refused.length > 0 ? !refused.includes(name) : required.includes(name);
}
