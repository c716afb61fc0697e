import type { SecureContextOptions } from "node:tls";

/**
 * A key and a certificate signed by itself, for clients that refuse to speak without TLS. Nobody can verify it, which
 * is also true of the certificates that PostgreSQL packages come with.
 */
export async function selfSignedCertificate(): Promise<SecureContextOptions> {
  const { generate } = await import("selfsigned");
  const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    extensions: [
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  return { key, cert };
}
