import { expect, test } from "vitest";
import { uploadArtifact } from "../../src/github/artifact.ts";
import { fakeArtifactService } from "./fake-artifact-service.ts";

const bytes = new Uint8Array([80, 75, 5, 6, ...Array<number>(18).fill(0)]);

test("an artifact arrives whole", async () => {
  await using service = await fakeArtifactService();
  expect(await uploadArtifact("headgate-a", bytes, service.environment)).toEqual({ kind: "uploaded" });
  expect(Buffer.from(service.artifacts.get("headgate-a") ?? [])).toEqual(Buffer.from(bytes));
});

test("trouble that passes is waited for", async () => {
  await using service = await fakeArtifactService();
  service.trouble(503, 429);
  expect(await uploadArtifact("headgate-a", bytes, service.environment)).toEqual({ kind: "uploaded" });
});

test.each([
  ["a name that is taken", [], 409],
  ["a service that refuses", [403], 403],
  ["a service that is down", [500, 500, 500], 500],
])("%s is said", async (_, troubles, status) => {
  await using service = await fakeArtifactService();
  if (troubles.length === 0) await uploadArtifact("headgate-a", bytes, service.environment);
  service.trouble(...troubles);
  expect(await uploadArtifact("headgate-a", bytes, service.environment)).toEqual({
    kind: "failed",
    reason: `No artifact: GitHub's service for artifacts answered ${status}.`,
  });
});

test.each([
  [{}, "this runner offers no service"],
  [{ ACTIONS_RESULTS_URL: "http://127.0.0.1:1", ACTIONS_RUNTIME_TOKEN: "x" }, "names no run"],
  [{ ACTIONS_RESULTS_URL: "http://127.0.0.1:1", ACTIONS_RUNTIME_TOKEN: "x.e30.y" }, "names no run"],
])("without what runners give, %j, that is said", async (environment, reason) => {
  expect(await uploadArtifact("headgate-a", bytes, environment)).toEqual({
    kind: "failed",
    reason: expect.stringContaining(reason),
  });
});
