import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * One small change to a schema, from `test/fixtures/catalog/changes`. A change works in a schema of its own, which
 * `:schema` names; what no schema holds has that name in front of its own. One about the whole database is marked
 * `alone` or `apart` and works in `public`.
 */
export interface Change {
  readonly title: string;
  /** Whether `pg_dump` tells the state before from the one after. */
  readonly shown: boolean;
  /** The first PostgreSQL major that can do it. */
  readonly since: number;
  readonly alone: boolean;
  /** Works in a database of its own, because the others could not go on without what it takes away. */
  readonly apart: boolean;
  /** Statements run one at a time, because they refuse to run together. */
  readonly oneByOne: boolean;
  /** The change raises an error, and leaves something behind. */
  readonly fails: boolean;
  readonly setup: string;
  readonly change: string;
}

const directory = join(import.meta.dirname, "../fixtures/catalog/changes");

/** Every change, in the order of the files. */
export const changes: readonly Change[] = readdirSync(directory)
  .toSorted()
  .flatMap((file) =>
    readFileSync(join(directory, file), "utf8")
      .split(/^-- == /m)
      .slice(1)
      .map(parseChange),
  );

function parseChange(text: string): Change {
  const [first = "", ...rest] = text.split("\n");
  const [title = "", verdict, ...marks] = first.split(" | ");
  const [, setup = "", change = ""] = /^-- setup\n(.*?)-- change\n(.*)$/s.exec(rest.join("\n")) ?? [];
  if ((verdict !== "differs" && verdict !== "equal") || change.trim() === "") throw new Error(`Cannot read: ${first}`);
  return {
    title,
    shown: verdict === "differs",
    since: Number(/^since (\d+)$/.exec(marks.find((mark) => mark.startsWith("since ")) ?? "")?.[1] ?? 14),
    alone: marks.includes("alone"),
    apart: marks.includes("apart"),
    oneByOne: marks.includes("one by one"),
    fails: marks.includes("fails"),
    setup,
    change,
  };
}
