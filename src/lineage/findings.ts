import type { Finding } from "../finding.ts";

const rules = {
  "multiple-heads": { severity: "error", title: "There is more than one head" },
  "missing-parent": { severity: "error", title: "A down revision does not exist" },
  "revision-cycle": { severity: "error", title: "Revisions require each other in a circle" },
  "duplicate-revision": { severity: "error", title: "Two migrations have the same revision id" },
  "duplicate-version": { severity: "error", title: "Two migrations have the same version" },
  "revision-id-too-long": { severity: "error", title: "The revision id does not fit into the version table" },
  "unreadable-migration": { severity: "error", title: "A migration cannot be read" },
  "ignored-migration": { severity: "warning", title: "The tool would never run this file" },
  "migration-not-run": { severity: "error", title: "A migration was not run" },
  "unsound-history": { severity: "error", title: "The migrations are not a sound history" },
  "out-of-order-migration": { severity: "error", title: "A new migration sorts before one already in the base branch" },
  "skipped-gap": { severity: "error", title: "The tool would silently skip a new migration" },
} as const satisfies Record<string, Pick<Finding, "severity" | "title">>;

/** The ids of what looking at the lineage can find. */
export type LineageRule = keyof typeof rules;

/** A finding about the lineage; fields of `details` that are `undefined` are left out. */
export function lineageFinding(
  ruleId: LineageRule,
  details: Pick<Finding, "message"> & {
    readonly help?: string | undefined;
    readonly file?: string | undefined;
    readonly line?: number | undefined;
    readonly revision?: string | undefined;
    readonly severity?: Finding["severity"] | undefined;
  },
): Finding {
  const given = Object.entries(details).filter(([, value]) => value !== undefined);
  return {
    ruleId,
    ...rules[ruleId],
    ...(Object.fromEntries(given) as typeof details & Pick<Finding, "message">),
  } as Finding;
}
