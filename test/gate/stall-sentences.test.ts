import { expect, test } from "vitest";
import type { Finding, ObservedStall } from "../../src/finding.ts";
import { withStallSentences } from "../../src/gate/stall-sentences.ts";

const reader = (relation: string): ObservedStall => ({
  relation,
  mode: "ACCESS EXCLUSIVE",
  behind: "read",
  stopped: ["reads", "writes"],
});
const writer = (relation: string): ObservedStall => ({
  relation,
  mode: "SHARE ROW EXCLUSIVE",
  behind: "written",
  stopped: ["writes"],
});

const finding = (ruleId: string, message: string, stalls: readonly ObservedStall[]): Finding => ({
  ruleId,
  severity: "warning",
  title: "",
  message,
  statement: "ALTER TABLE boats DROP COLUMN dock, DROP COLUMN keeper",
  evidence: { source: "both", locks: [], rewrites: [], scans: [], stalls },
});

test("what stops is one sentence for the relations that it is the same for, and one finding of a rule says it", () => {
  const stalls = [reader("public.boats"), writer("public.docks"), reader("public.keepers"), reader("public.locks")];
  const dropping = finding("drop-column", "It takes a lock.", stalls);
  const waiting = finding("missing-lock-timeout", "It waits for a lock.", [reader("public.boats")]);
  const other = finding("fk-unindexed", "It is slow.", stalls);
  expect(
    withStallSentences([dropping, dropping, waiting, other].map((one) => ({ ...one }))).map(({ message }) => message),
  ).toEqual([
    "It takes a lock. Seen: while it waits behind one open transaction that has read one of public.boats, public.keepers and public.locks, reads and writes of that one stop. " +
      "Seen: while it waits behind one open transaction that has written public.docks, writes of public.docks stop.",
    "It takes a lock.",
    "It waits for a lock. Seen: while it waits behind one open transaction that has read public.boats, reads and writes of public.boats stop.",
    "It is slow.",
  ]);
});

test("a note about something else does not say what stops", () => {
  const note: Finding = { ...finding("fk-unindexed", "It is slow.", [writer("public.docks")]), severity: "info" };
  const warning = finding("drop-column", "Its values are gone.", [writer("public.docks")]);
  const said = (...all: readonly Finding[]) => withStallSentences(all).map(({ message }) => message.includes("Seen:"));
  expect(said(note)).toEqual([false]);
  expect(said(note, warning)).toEqual([false, true]);
});
