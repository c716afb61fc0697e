import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isIP } from "node:net";
import { checkServerIdentity, getCACertificates, type ConnectionOptions } from "node:tls";
import { UsageError } from "../errors.ts";
import type { Target, TargetHost } from "./target.ts";

/** How one connection is made: in the clear, or with TLS and these options. */
export type Encryption = { readonly kind: "plain" } | { readonly kind: "tls"; readonly options: ConnectionOptions };

/**
 * The ways to connect to a host, in the order in which libpq tries them.
 * https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
 * @throws UsageError when a certificate or key that is named cannot be used
 */
export function encryptions(target: Target, host: TargetHost): readonly Encryption[] {
  const plain: Encryption = { kind: "plain" };
  // Nobody listens in on a Unix socket, and no server speaks TLS there.
  if (host.host.startsWith("/") || target.sslMode === "disable") return [plain];
  const tls: Encryption = { kind: "tls", options: tlsOptions(target, host) };
  if (target.sslMode === "allow") return [plain, tls];
  return target.sslMode === "prefer" ? [tls, plain] : [tls];
}

function tlsOptions({ ssl, sslMode }: Target, { host }: TargetHost): ConnectionOptions {
  const file = (name: string): string => join(ssl.directory, name);
  const authorities =
    ssl.rootCertificate === "system"
      ? getCACertificates("system")
      : named(ssl.rootCertificate, "sslrootcert", file("root.crt"));
  const verifies = sslMode.startsWith("verify-");
  if (verifies && !authorities)
    throw new UsageError(
      `sslmode=${sslMode} compares the server's certificate with a root certificate, and ${file("root.crt")} is not there; name one with sslrootcert, or use sslrootcert=system.`,
    );
  const revoked = named(ssl.revocationList, "sslcrl", file("root.crl"));
  const certificate = named(ssl.certificate, "sslcert", file("postgresql.crt"));
  const keyFile = ssl.key ?? file("postgresql.key");
  const passphrase = ssl.password();
  return {
    // With a root certificate at hand, `require` compares with it too, as libpq does for the sake of old versions.
    ...(isIP(host) === 0 && { servername: host }),
    rejectUnauthorized: authorities !== undefined && (verifies || sslMode === "require"),
    checkServerIdentity: (_, presented) =>
      sslMode === "verify-full" ? checkServerIdentity(host, presented) : undefined,
    ...(authorities && { ca: authorities as string[] }),
    ...(revoked && { crl: revoked }),
    ...(certificate && { cert: certificate, key: privateKey(keyFile) }),
    ...(certificate && passphrase !== undefined && { passphrase }),
    minVersion: protocol(ssl.minVersion) ?? "TLSv1.2",
    ...(ssl.maxVersion !== undefined && { maxVersion: protocol(ssl.maxVersion) as "TLSv1.2" | "TLSv1.3" }),
  };
}

/** A file that was named has to be there; one in its usual place need not. */
function named(path: string | undefined, word: string, usual: string): string | undefined {
  try {
    return readFileSync(path ?? usual, "utf8");
  } catch (cause) {
    if (path === undefined) return undefined;
    throw new UsageError(`The file that ${word} names, ${path}, cannot be read; correct its name.`, { cause });
  }
}

/** libpq's rule: its owner's alone, or root's and readable for a group. */
function privateKey(file: string): string {
  const status = statSync(file, { throwIfNoEntry: false });
  if (!status?.isFile())
    throw new UsageError(`There is a client certificate, and its key ${file} cannot be read; name it with sslkey.`);
  if ((status.mode & (status.uid === 0 ? 0o037 : 0o077)) !== 0)
    throw new UsageError(`The private key ${file} may be read by others; run chmod 600 on it.`);
  return readFileSync(file, "utf8");
}

function protocol(version: string | undefined): "TLSv1.2" | "TLSv1.3" | undefined {
  if (version === undefined || version === "TLSv1.2" || version === "TLSv1.3") return version;
  throw new UsageError("The target's TLS versions are none that are still in use: use TLSv1.2 or TLSv1.3.");
}
