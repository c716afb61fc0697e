import { chown, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generate } from "selfsigned";

/** A key and its certificate, in PEM. */
export interface Certified {
  readonly key: string;
  readonly cert: string;
}

const elliptic = { keyType: "ec", curve: "P-256", algorithm: "sha256" } as const;

/** An authority that signs certificates. */
export async function authority(name: string): Promise<Certified> {
  const { private: key, cert } = await generate([{ name: "commonName", value: name }], {
    ...elliptic,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { key, cert };
}

/** A certificate for a server's host name, or for a client that calls itself so. */
export async function signed(name: string, by: Certified, use: "server" | "client"): Promise<Certified> {
  const { private: key, cert } = await generate([{ name: "commonName", value: name }], {
    ...elliptic,
    ca: by,
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "keyUsage", digitalSignature: true },
      { name: "extKeyUsage", serverAuth: use === "server", clientAuth: use === "client" },
      { name: "subjectAltName", altNames: [{ type: 2, value: name }] },
    ],
  });
  return { key, cert };
}

/** Writes `name.crt` and `name.key`, the key for its owner alone. */
export async function writeCertified(
  directory: string,
  name: string,
  { key, cert }: Certified,
  owner?: { readonly uid: number; readonly gid: number },
): Promise<{ readonly cert: string; readonly key: string }> {
  const files = { cert: join(directory, `${name}.crt`), key: join(directory, `${name}.key`) };
  await writeFile(files.cert, cert);
  await writeFile(files.key, key, { mode: 0o600 });
  if (owner && process.getuid?.() === 0)
    await Promise.all([files.cert, files.key].map((file) => chown(file, owner.uid, owner.gid)));
  return files;
}
