import { expect, it } from "vitest";
import { describeGrants } from "../../src/catalog/grants.ts";

const usual = ["app=arwdDxt/app"];

it.each<[title: string, acl: string[], usual: string[], described: string | null]>([
  ["usual", ["app=arwdDxt/app"], usual, null],
  ["granted", ["app=arwdDxt/app", "clerk=ar/app"], usual, "INSERT, SELECT to clerk"],
  ["to everybody", ["app=arwdDxt/app", "=r/app"], usual, "SELECT to PUBLIC"],
  ["in any order", ["b=r/app", "a=r/app", "app=arwdDxt/app"], usual, "SELECT to a\nSELECT to b"],
  [
    "with grant option",
    ["app=arwdDxt/app", "clerk=ar*/app"],
    usual,
    "INSERT to clerk\nSELECT to clerk with grant option",
  ],
  ["by somebody else", ["app=arwdDxt/app", "clerk=r/boss"], usual, "SELECT to clerk granted by boss"],
  ["taken from the owner", [], usual, "nothing to app"],
  ["taken in part", ["app=ar/app"], usual, "INSERT, SELECT to app"],
  ["taken from everybody", ["app=X/app"], ["=X/app", "app=X/app"], "nothing to PUBLIC"],
  ["where nothing is usual", ["clerk=w/app"], [], "UPDATE to clerk"],
  ["awkward names", ['"odd/role=""x"=r/app', "app=arwdDxt/app"], usual, 'SELECT to "odd/role=""x"'],
])("%s", (_title, acl, start, described) => {
  expect(describeGrants(acl, start)).toBe(described);
});
