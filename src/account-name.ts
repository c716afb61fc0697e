import { userInfo } from "node:os";

/** Who runs this, as the machine calls them; absent where a number has no name, as that of a user whom a container was given. */
export function accountName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
