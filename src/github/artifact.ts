import { hash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { setSecret } from "@actions/core";

/** What became of an artifact: `reason` is a sentence. */
export type ArtifactOutcome = { readonly kind: "uploaded" } | { readonly kind: "failed"; readonly reason: string };

const attempts = 3;
const requestLimitMs = 60_000;

/**
 * Uploads an archive as an artifact of the run, as `actions/upload-artifact` does: its own package would be most of what this
 * one weighs, for three requests. Never throws.
 * @param environment the runner's, which names the service and holds a token for it in steps of actions
 * @param archive a ZIP archive
 */
export async function uploadArtifact(
  name: string,
  archive: Uint8Array,
  environment: NodeJS.ProcessEnv,
): Promise<ArtifactOutcome> {
  const { ACTIONS_RESULTS_URL: url, ACTIONS_RUNTIME_TOKEN: token } = environment;
  if (!url || !token) return { kind: "failed", reason: "No artifact: this runner offers no service to upload one to." };
  const run = runOf(token);
  if (run === undefined) return { kind: "failed", reason: "No artifact: the runner's token names no run." };
  const call = (method: string, request: object): Promise<Record<string, unknown>> =>
    post(new URL(`/twirp/github.actions.results.api.v1.ArtifactService/${method}`, url), token, { ...run, ...request });
  try {
    const { signed_upload_url: snake, signedUploadUrl: camel } = await call("CreateArtifact", { name, version: 4 });
    const target = String(snake ?? camel);
    const signature = new URL(target).searchParams.get("sig");
    if (signature) setSecret(signature);
    await store(target, archive);
    const size = String(archive.length);
    await call("FinalizeArtifact", { name, size, hash: `sha256:${hash("sha256", archive)}` });
    return { kind: "uploaded" };
  } catch (error) {
    return { kind: "failed", reason: `No artifact: ${(error as Error).message}.` };
  }
}

/** The run and job that a token of the runner is for. */
function runOf(token: string): Readonly<Record<string, string>> | undefined {
  try {
    const { scp } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { scp: string };
    const [, run, job] = /(?:^| )Actions\.Results:([^: ]+):([^: ]+)(?: |$)/.exec(scp) ?? [];
    return run && job ? { workflow_run_backend_id: run, workflow_job_run_backend_id: job } : undefined;
  } catch {
    return undefined;
  }
}

/** Stores the bytes as the one block of a blob. https://learn.microsoft.com/rest/api/storageservices/put-block-list */
async function store(url: string, bytes: Uint8Array): Promise<void> {
  const block = Buffer.from("0".repeat(8)).toString("base64");
  const at = (parameters: Readonly<Record<string, string>>): URL => {
    const result = new URL(url);
    for (const [name, value] of Object.entries(parameters)) result.searchParams.set(name, value);
    return result;
  };
  await send(at({ comp: "block", blockid: block }), { method: "PUT", body: Buffer.from(bytes) });
  const list = `<?xml version="1.0" encoding="utf-8"?><BlockList><Latest>${block}</Latest></BlockList>`;
  const headers = { "content-type": "text/plain; charset=utf-8", "x-ms-blob-content-type": "application/zip" };
  await send(at({ comp: "blocklist" }), { method: "PUT", body: list, headers });
}

async function post(url: URL, token: string, body: object): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const response = await send(url, { method: "POST", body: JSON.stringify(body), headers });
  const answer = (await response.json()) as Record<string, unknown>;
  if (answer["ok"] !== true) throw new Error("GitHub's service for artifacts did not take it");
  return answer;
}

/** Sends a request, again where that may help. */
async function send(url: URL, request: RequestInit): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    let reason: string;
    try {
      const response = await fetch(url, { ...request, signal: AbortSignal.timeout(requestLimitMs) });
      if (response.ok) return response;
      reason = `GitHub's service for artifacts answered ${response.status}`;
      // Another time it would say the same.
      if (response.status < 500 && response.status !== 429) attempt = attempts;
    } catch {
      reason = "GitHub's service for artifacts could not be reached";
    }
    if (attempt >= attempts) throw new Error(reason);
    await setTimeout(attempt * 1_000);
  }
}
