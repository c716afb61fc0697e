import { fileURLToPath } from "node:url";
import type { Runner } from "../tools/tool.ts";

/** What runs a tool. */
export type Runtime = Extract<Runner, { kind: "driver" }>["runtime"];

/** What of a machine no variable says, as people read it. */
export type OtherTrait = "the clock" | "host and account" | "files of a directory";

/** How our launcher calls each, and what it becomes. */
const traits: ReadonlyMap<string, { readonly name: string; readonly value: string; readonly in: readonly Runtime[] }> =
  new Map(
    Object.entries({
      "the clock": { name: "clock", value: "400 days later", in: ["python", "node"] },
      "host and account": { name: "host", value: "elsewhere", in: ["python", "node"] },
      // Node sorts them.
      "files of a directory": { name: "files", value: "in another order", in: ["python"] },
    } satisfies Readonly<Record<OtherTrait, { name: string; value: string; in: readonly Runtime[] }>>),
  );

/** What a process can be told otherwise, beside its variables. */
export const otherTraits = (runtime: Runtime): readonly (readonly [string, string])[] =>
  [...traits].flatMap(([trait, { value, in: runtimes }]) => (runtimes.includes(runtime) ? [[trait, value]] : []));

const launchers = {
  python: fileURLToPath(new URL("elsewhere.py", import.meta.url)),
  node: fileURLToPath(new URL("elsewhere.mjs", import.meta.url)),
};

/** How a program is run where these hold: what comes before it, and the variables of its process. */
export function launch(
  runtime: Runtime,
  different: ReadonlyMap<string, string>,
): { readonly launcher: readonly string[]; readonly variables: Readonly<Record<string, string>> } {
  const told = [...different.keys()].flatMap((trait) => traits.get(trait)?.name ?? []);
  const variables = Object.fromEntries([...different].filter(([name]) => !traits.has(name)));
  return told.length === 0
    ? { launcher: [], variables }
    : { launcher: [launchers[runtime]], variables: { ...variables, HEADGATE_ELSEWHERE: told.join() } };
}
