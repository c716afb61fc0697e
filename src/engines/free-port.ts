import { createServer } from "node:net";
import { EngineError } from "../errors.ts";

/**
 * A TCP port of this machine that nobody listened on a moment ago.
 * @throws EngineError when there is none
 */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", resolve);
  });
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new EngineError("127.0.0.1 has no free port.");
  return address.port;
}
