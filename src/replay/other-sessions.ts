import { ConfigurationError, ToolError } from "../errors.ts";
import type { Session } from "../sessions/session.ts";
import type { OtherProcesses, Surroundings } from "./surroundings.ts";

/** The project's tool in processes that differ from the usual one, each loaded once. */
export interface OtherSessions {
  /** Begins to load the one that differs in everything. @param sources of the migrations that are examined */
  expect(sources: readonly string[]): void;
  /** In what that one differs; in nothing when it is not expected, or, and why, when it could not be loaded. */
  expected(): Promise<Pick<Surroundings, "variables"> & { readonly untried?: string }>;
  /** The one with these variables. @throws ToolError and ConfigurationError when it cannot be loaded */
  at(variables: ReadonlyMap<string, string>): Promise<Session>;
  close(): Promise<void>;
}

/** Nothing runs before it is asked for. */
export function otherSessions(processes: OtherProcesses): OtherSessions {
  const opened = new Map<string, Promise<Session>>();
  let awaited: ReturnType<OtherSessions["expected"]> | undefined;
  const at = (variables: ReadonlyMap<string, string>): Promise<Session> => {
    const key = JSON.stringify([...variables]);
    const session = opened.get(key) ?? processes.open(variables);
    opened.set(key, session);
    return session;
  };
  const load = async (sources: readonly string[]): ReturnType<OtherSessions["expected"]> => {
    const variables = await processes.variables(sources);
    try {
      if (variables.size > 0) await (await at(variables)).history();
      return { variables };
    } catch (error) {
      if (!(error instanceof ToolError || error instanceof ConfigurationError)) throw error;
      return { variables: new Map(), untried: error.message };
    }
  };
  return {
    expect(sources) {
      awaited = load(sources);
      // Whoever asks for it is told.
      awaited.catch(() => {});
    },
    expected: async () => awaited ?? { variables: new Map() },
    at,
    async close() {
      await Promise.allSettled([...opened.values()].map(async (session) => (await session)[Symbol.asyncDispose]()));
    },
  };
}
