import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** The service that takes a run's artifacts, on this machine: what runners name in `ACTIONS_RESULTS_URL`. */
export interface FakeArtifactService extends AsyncDisposable {
  /** What a runner puts into the environment of an action's step. */
  readonly environment: Readonly<Record<string, string>>;
  /** Those that are complete, by name. */
  readonly artifacts: ReadonlyMap<string, Uint8Array>;
  /** Answers the next requests with these statuses instead. */
  trouble(...statuses: readonly number[]): void;
}

const claims = Buffer.from(JSON.stringify({ scp: "Actions.GenericRead:x Actions.Results:run-1:job-2" }));
const token = `e30.${claims.toString("base64url")}.c2ln`;
const signature = "c2lnbmF0dXJl";

/** Starts a service that takes artifacts in the blocks and with the sizes that Azure's does, and no name twice. */
export async function fakeArtifactService(): Promise<FakeArtifactService> {
  const artifacts = new Map<string, Uint8Array>();
  const begun = new Map<string, { readonly blocks: Map<string, Buffer>; bytes?: Buffer }>();
  const troubles: number[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      const { pathname, searchParams } = new URL(request.url ?? "/", "http://fake");
      const answer = (status: number, value: object = {}) => response.writeHead(status).end(JSON.stringify(value));
      const trouble = troubles.shift();
      if (trouble !== undefined) return answer(trouble);
      if (request.method === "PUT") {
        const blob = begun.get(decodeURIComponent(pathname.slice(1)));
        if (!blob || searchParams.get("sig") !== signature || request.headers.authorization) return answer(403);
        if (searchParams.get("comp") === "block") blob.blocks.set(searchParams.get("blockid") ?? "", body);
        else {
          const ids = [...body.toString().matchAll(/<Latest>([^<]+)<\/Latest>/g)].map(([, id = ""]) => id);
          if (!ids.every((id) => blob.blocks.has(id))) return answer(400);
          blob.bytes = Buffer.concat(ids.map((id) => blob.blocks.get(id) as Buffer));
        }
        return answer(201);
      }
      if (request.headers.authorization !== `Bearer ${token}`) return answer(401);
      const asked = JSON.parse(body.toString()) as Record<string, string>;
      const name = asked["name"] ?? "";
      if (asked["workflow_run_backend_id"] !== "run-1" || asked["workflow_job_run_backend_id"] !== "job-2")
        return answer(400);
      if (pathname.endsWith("ArtifactService/CreateArtifact")) {
        if (begun.has(name)) return answer(409);
        begun.set(name, { blocks: new Map() });
        return answer(200, { ok: true, signed_upload_url: `${url}/${encodeURIComponent(name)}?sv=1&sig=${signature}` });
      }
      const bytes = begun.get(name)?.bytes;
      if (!bytes || asked["size"] !== String(bytes.length)) return answer(400);
      artifacts.set(name, bytes);
      return answer(200, { ok: true, artifact_id: "1" });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    environment: { ACTIONS_RESULTS_URL: `${url}/`, ACTIONS_RUNTIME_TOKEN: token },
    artifacts,
    trouble: (...statuses) => troubles.push(...statuses),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
