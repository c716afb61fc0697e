import { askGit, type GitEnvironment } from "./run-git.ts";

/**
 * What lets one git command into a repository on GitHub, and into no other: nothing is written to the clone. Empty where origin
 * is no address of that server, or where the clone has credentials of its own, which GitHub would not take twice.
 * @param serverUrl for example `https://github.com`
 */
export function gitCredentials(root: string, token: string, serverUrl: string): GitEnvironment {
  const origin = askGit(root, ["remote", "get-url", "origin"]) ?? "";
  const server = `${serverUrl.replace(/\/$/, "")}/`;
  if (!origin.startsWith(server)) return {};
  if (askGit(root, ["config", "--get-urlmatch", "http.extraheader", origin]) !== undefined) return {};
  return {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: `http.${server}.extraheader`,
    GIT_CONFIG_VALUE_0: `AUTHORIZATION: basic ${basicCredentials(token)}`,
  };
}

/** The token as git sends it; as secret as the token. */
export const basicCredentials = (token: string): string => Buffer.from(`x-access-token:${token}`).toString("base64");
