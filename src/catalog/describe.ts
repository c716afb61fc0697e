import { listed } from "../prose.ts";
import type { CatalogDifference, CatalogObject } from "./catalog.ts";

/** Values longer than this, those of several lines and digests of secrets are not quoted in a sentence. */
const longestValue = 120;
/** So many labels are named on either side. */
const mostLabels = 6;

/**
 * One sentence about one difference, without a full stop: "type `order_state` survives the downgrade of `4f2a`".
 * Names are quoted as text in backticks; `public.` is left out of them.
 * @param event what happened between the two catalogs, for example "the downgrade of `4f2a`" or "the second upgrade"
 */
export function describeDifference(difference: CatalogDifference, event: string): string {
  switch (difference.kind) {
    case "missing":
      return `${subject(difference.object)} is missing after ${event}`;
    case "surplus":
      return event.startsWith("the downgrade")
        ? `${subject(difference.object)} survives ${event}`
        : `${subject(difference.object)} is new after ${event}`;
    case "changed":
      return `${subject(difference.after)}: ${changes(difference)} after ${event}`;
  }
}

function subject({ kind, name }: CatalogObject): string {
  if (kind === "database") return "the database";
  return `${kind} ${quoted(name)}`;
}

function changes({ before, after, attributes }: Extract<CatalogDifference, { kind: "changed" }>): string {
  // A definition repeats what the shorter attributes say better.
  const telling = attributes.length > 1 ? attributes.filter((attribute) => attribute !== "definition") : attributes;
  return telling
    .map((attribute) => change(attribute, before.attributes[attribute] ?? null, after.attributes[attribute] ?? null))
    .join(", ");
}

function change(attribute: string, was: string | null, is: string | null): string {
  if (attribute === "labels" && was !== null && is !== null) return changedLabels(literals(was), literals(is));
  if (was === null && isShort(is)) return `${attribute} was not set, is ${value(is)}`;
  if (is === null && isShort(was)) return `${attribute} was ${value(was)}, is not set`;
  if (!isShort(was) || !isShort(is)) return `${attribute} changed`;
  return `${attribute} was ${value(was)}, is ${value(is)}`;
}

/** Enums have many labels; only those that differ are named. */
function changedLabels(was: readonly string[], is: readonly string[]): string {
  const missing = was.filter((label) => !is.includes(label));
  const surplus = is.filter((label) => !was.includes(label));
  const parts = [
    ...(missing.length > 0 ? [`lack ${listed(missing.map(quoted), mostLabels)}`] : []),
    ...(surplus.length > 0 ? [`have ${listed(surplus.map(quoted), mostLabels)} in addition`] : []),
  ];
  return `labels ${parts.length > 0 ? parts.join(" and ") : "are in another order"}`;
}

/** Literals of SQL, separated by commas. */
const literals = (text: string): readonly string[] => text.match(/'(?:[^']|'')*'/g) ?? [];

const isShort = (text: string | null): boolean =>
  text === null || (text.length <= longestValue && !/\n/.test(text) && !text.includes("md5:"));

const value = (text: string | null): string => {
  if (text === null) return "not set";
  return /^(?:yes|no|-?\d+)$/i.test(text) ? text : quoted(text);
};

/** In backticks, more of them where the text has its own; control characters are written out. */
function quoted(text: string): string {
  const visible = text
    .replace(/^public\./, "")
    .replace(
      /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  const fence = "`".repeat(Math.max(0, ...[...visible.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  return fence.length === 1 ? `\`${visible}\`` : `${fence} ${visible} ${fence}`;
}
