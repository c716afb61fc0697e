import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { basicCredentials, gitCredentials } from "../../src/git/credentials.ts";
import { runGit } from "../../src/git/run-git.ts";
import { testRepository } from "../support/repository.ts";

const token = "ghs_secret";

test("the token goes to origin's server, for one command, and stays nowhere", async () => {
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  using repository = testRepository();
  repository.git("remote", "add", "origin", `${url}/waterways/locks`);
  const environment = gitCredentials(repository.root, token, url);
  const child = spawn("git", ["fetch", "--quiet", "origin"], {
    cwd: repository.root,
    env: { PATH: process.env["PATH"], GIT_TERMINAL_PROMPT: "0", ...environment },
    stdio: "ignore",
  });
  await new Promise((resolve) => child.on("close", resolve));
  server.close();
  expect(seen[0]).toBe(`basic ${basicCredentials(token)}`);
  expect(runGit(repository.root, ["config", "--list"]).stdout.toString()).not.toMatch(/extraheader/i);
});

test.each([
  ["another server's", "https://example.org/waterways/locks"],
  ["one that only begins like it", "https://github.com.example.org/waterways/locks"],
  ["a file", "file:///srv/locks"],
])("nothing goes to %s", (_, origin) => {
  using repository = testRepository();
  repository.git("remote", "add", "origin", origin);
  expect(gitCredentials(repository.root, token, "https://github.com")).toEqual({});
});

test("a clone with credentials of its own keeps to them", () => {
  using repository = testRepository();
  repository.git("remote", "add", "origin", "https://github.com/waterways/locks");
  expect(gitCredentials(repository.root, token, "https://github.com")).toMatchObject({ GIT_CONFIG_COUNT: "1" });
  repository.git("config", "http.https://github.com/.extraheader", "AUTHORIZATION: basic x");
  expect(gitCredentials(repository.root, token, "https://github.com")).toEqual({});
});
