import { expect, it } from "vitest";
import { mentionedIn } from "../../src/apply/unfinished.ts";

it.each([
  ["public.boats", true],
  ["public.boats.name", false],
  ["public.depth(integer)", true],
  ["public.width(integer)", false],
  ["(integer AS mood)", false],
  ["(text AS mood)", true],
])("a text speaks of %s: %s", (name, expected) => {
  const isMentioned = mentionedIn([
    "CREATE TABLE boats (); CREATE FUNCTION depth(x int)",
    "CREATE CAST (text AS mood)",
  ]);
  expect(isMentioned(name)).toBe(expected);
});
