/** Why GitHub did not do what it was asked to. */
export type Refusal =
  /** The token is not accepted at all. */
  | { readonly kind: "token" }
  /** Too many requests. */
  | { readonly kind: "limit" }
  /** The token may not do this, or not see that it is there. */
  | { readonly kind: "permission" }
  /** Anything else; `reason` is what is known. */
  | { readonly kind: "other"; readonly reason: string };

/** Understands what a request threw. */
export function refusalOf(error: unknown): Refusal {
  const {
    status,
    message = "",
    response,
  } = error as {
    status?: number;
    message?: string;
    response?: { headers?: Record<string, string | undefined> };
  };
  if (status === 401) return { kind: "token" };
  const isLimited = response?.headers?.["x-ratelimit-remaining"] === "0" || response?.headers?.["retry-after"];
  if (status === 429 || (status === 403 && (isLimited || /rate limit/i.test(message)))) return { kind: "limit" };
  if (status === 403 || status === 404) return { kind: "permission" };
  const said = message
    .split("\n")[0]
    ?.replace(/ - https:\S+$/, "")
    .slice(0, 300);
  return { kind: "other", reason: `${status === undefined ? "" : `${status}: `}${said || "no reason given"}` };
}
