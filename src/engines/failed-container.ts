/** A longer last line of a container's log is cut, in characters. */
const shownLength = 300;

/**
 * Removes a container that did not come up as it should, where there is one.
 * @returns how it ended and what it said last, where it ended by itself
 */
export async function removeFailedContainer(name: string): Promise<string | undefined> {
  const { getContainerRuntimeClient } = await import("testcontainers");
  const container = (await getContainerRuntimeClient()).container.getById(name);
  try {
    const { State: state } = await container.inspect();
    if (state.Running) return undefined;
    const log = await container.logs({ stdout: true, stderr: true, tail: 20 });
    const words = lines(log).at(-1);
    return `its container ended with exit code ${state.ExitCode}${words === undefined ? " and without a word" : `: ${words.slice(0, shownLength)}`}`;
  } catch {
    // It was not even made, or the image could not be pulled.
    return undefined;
  } finally {
    await container.remove({ force: true, v: true }).catch(() => {});
  }
}

/** Docker sends the log in frames, each with its stream and its length before it: https://docs.docker.com/reference/api/engine/version/v1.43/#tag/Container/operation/ContainerAttach */
function lines(log: Buffer): readonly string[] {
  const texts: Buffer[] = [];
  for (let at = 0; at + 8 <= log.length;) {
    const end = at + 8 + log.readUInt32BE(at + 4);
    texts.push(log.subarray(at + 8, end));
    at = end;
  }
  const written = Buffer.concat(texts).toString("utf8").split("\n");
  return written.map((line) => line.trim()).filter((line) => line !== "");
}
