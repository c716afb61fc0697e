import { readFileSync } from "node:fs";
import { uploadArtifact, type ArtifactOutcome } from "../github/artifact.ts";
import { markdownReport } from "../report/markdown.ts";
import { digest, speaker, type Message } from "./comment.ts";
import type { ActionInputs } from "./inputs.ts";
import { packReport } from "./report-archive.ts";
import type { ReportFiles } from "./report-files.ts";

/** What the names of our artifacts begin with. */
export const artifactPrefix = "headgate-";

/**
 * Keeps what there is to say as an artifact of the run: whole, for people, and for the run that may comment where this one may
 * not. `environment` is the runner's.
 * @param files of the verdict, where there is one
 */
export function uploadReport(
  message: Message,
  files: ReportFiles | undefined,
  inputs: ActionInputs,
  environment: NodeJS.ProcessEnv,
): Promise<ArtifactOutcome> {
  const { key, job } = speaker(inputs, environment);
  const envelope = { schemaVersion: 1, kind: message.kind, key, ...(job === undefined ? {} : { job }) } as const;
  const archive = packReport(envelope, {
    ...(message.kind === "verdict" ? { "headgate.md": markdownReport(message.verdict) } : {}),
    ...(files === undefined
      ? {}
      : {
          "headgate.json": readFileSync(files.report, "utf8"),
          "headgate.sql": readFileSync(files.sql, "utf8"),
          "headgate.sarif": readFileSync(files.sarif, "utf8"),
        }),
  });
  // No two artifacts of a run may have the same name.
  const step = ["GITHUB_JOB", "GITHUB_ACTION"].map((name) => environment[name] ?? null);
  const name = `${artifactPrefix}${digest([key, job?.id ?? null, step])}-${environment["GITHUB_RUN_ATTEMPT"] || "1"}`;
  return uploadArtifact(name, archive, environment);
}
