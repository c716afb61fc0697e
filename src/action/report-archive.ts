import { strFromU8, strToU8, unzipSync, zipSync, type UnzipFileInfo } from "fflate";
import { z } from "zod";
import { verdictSchema } from "../report/verdict-schema.ts";
import type { Verdict } from "../verdict.ts";

const digest = z.string().regex(/^[0-9a-f]{12}$/);

/** What a run has to say on a pull request, and in whose name. */
const envelopeSchema = z
  .strictObject({
    schemaVersion: z.literal(1),
    kind: z.enum(["verdict", "no-migrations", "not-checked"]),
    key: digest,
    job: z.strictObject({ id: digest, label: z.string().max(100), count: z.int().min(2).max(256) }).optional(),
  })
  .readonly();

/** What is in the artifact. */
export type Envelope = z.infer<typeof envelopeSchema>;

/** What an archive holds, once it is known to be what it should be. */
export interface ReportArchive {
  readonly envelope: Envelope;
  /** Present where the envelope says so. */
  readonly verdict?: Verdict;
}

const [envelopeName, verdictName] = ["comment.json", "headgate.json"];
/** No file of ours is longer when it is unpacked, in bytes. */
const longestFile = 32 * 1024 * 1024;

/** Packs a report as a ZIP archive. @param files what else is to be in it, by name */
export const packReport = (envelope: Envelope, files: Readonly<Record<string, string>>): Uint8Array =>
  zipSync(
    Object.fromEntries(
      Object.entries({ ...files, [envelopeName]: JSON.stringify(envelope) }).map(([name, text]) => [
        name,
        strToU8(text),
      ]),
    ),
    // The same report gives the same bytes.
    { mtime: "1980-01-01T00:00:00" },
  );

/**
 * Reads an archive that a stranger may have made: only the two files that are wanted are unpacked, in memory, each up to a
 * size, and both have to be what their schemas say. `undefined` for any other.
 */
export function unpackReport(bytes: Uint8Array): ReportArchive | undefined {
  const isWanted = ({ name, originalSize }: UnzipFileInfo): boolean =>
    (name === envelopeName || name === verdictName) && originalSize <= longestFile;
  try {
    const files = unzipSync(bytes, { filter: isWanted });
    const read = (name: string): unknown => JSON.parse(strFromU8(files[name] ?? new Uint8Array()));
    const envelope = envelopeSchema.parse(read(envelopeName));
    return envelope.kind === "verdict"
      ? { envelope, verdict: verdictSchema.parse(read(verdictName)) as Verdict }
      : { envelope };
  } catch {
    return undefined;
  }
}
