import { expect, it } from "vitest";
import type { CatalogDifference, CatalogObject } from "../../src/catalog/catalog.ts";
import { describeDifference } from "../../src/catalog/describe.ts";

const object = (kind: string, name: string, attributes: CatalogObject["attributes"] = {}): CatalogObject => ({
  kind,
  name,
  attributes,
});
const changed = (
  kind: string,
  name: string,
  before: CatalogObject["attributes"],
  after: CatalogObject["attributes"],
): CatalogDifference => ({
  kind: "changed",
  before: object(kind, name, before),
  after: object(kind, name, after),
  attributes: Object.keys(before),
});
const surplus = (kind: string, name: string): CatalogDifference => ({ kind: "surplus", object: object(kind, name) });
const missing = (kind: string, name: string): CatalogDifference => ({ kind: "missing", object: object(kind, name) });
const downgrade = "the downgrade of `4f2a`";

it.each<[CatalogDifference, event: string, sentence: string]>([
  [surplus("type", "public.order_state"), downgrade, "type `order_state` survives the downgrade of `4f2a`"],
  [
    missing("index", "public.ix_users_email"),
    "the second upgrade",
    "index `ix_users_email` is missing after the second upgrade",
  ],
  [surplus("table", "app.mill"), "the second upgrade", "table `app.mill` is new after the second upgrade"],
  [
    changed("column", "public.users.email", { nullable: "NO" }, { nullable: "YES" }),
    downgrade,
    "column `users.email`: nullable was NO, is YES after the downgrade of `4f2a`",
  ],
  [
    changed("column", "public.users.email", { default: null, type: "text" }, { default: "'x'::text", type: "integer" }),
    downgrade,
    "column `users.email`: default was not set, is `'x'::text`, type was `text`, is `integer` after the downgrade of `4f2a`",
  ],
  [
    changed("view", "public.old", { definition: "SELECT 1;\nx" }, { definition: "SELECT 2;" }),
    downgrade,
    "view `old`: definition changed after the downgrade of `4f2a`",
  ],
  [
    changed(
      "function",
      "public.f()",
      { definition: "a", volatility: "stable" },
      { definition: "b", volatility: "volatile" },
    ),
    downgrade,
    "function `f()`: volatility was `stable`, is `volatile` after the downgrade of `4f2a`",
  ],
  [
    changed("database", "current_database()", { comment: null }, { comment: "the mill" }),
    downgrade,
    "the database: comment was not set, is `the mill` after the downgrade of `4f2a`",
  ],
])("%o", (difference, event, sentence) => {
  expect(describeDifference(difference, event)).toBe(sentence);
});

it("shows no digest of a secret", () => {
  const options = (digest: string) => ({ options: `password=md5:${digest}, user=frog` });
  expect(describeDifference(changed("user mapping", "app SERVER far", options("a1"), options("b2")), downgrade)).toBe(
    "user mapping `app SERVER far`: options changed after the downgrade of `4f2a`",
  );
});

it.each([
  ['public."a`b"', '`` "a`b" ``'],
  ['public."``"', '``` "``" ```'],
  ['"a\nb\u202e\u0000"', '`"a\\u000ab\\u202e\\u0000"`'],
  ['public."<script>"', '`"<script>"`'],
])("quotes a name that strangers chose as text: %j", (name, quoted) => {
  expect(describeDifference(missing("table", name), "it")).toBe(`table ${quoted} is missing after it`);
});
