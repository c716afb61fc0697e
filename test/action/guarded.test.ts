import { expect, test } from "vitest";
import { guarded } from "../../src/action/guarded.ts";

test.each(["::set-output name=verdict::passed", "a\n  ::error::x", "a ##[add-path]/tmp", "::stop-commands::x\n::x::"])(
  "%j is no command",
  (text) => {
    expect(guarded(text, "word")).toBe(`::stop-commands::word\n${text}\n::word::\n`);
  },
);

test("the word is another one every time", () => {
  expect(guarded("::x::")).not.toBe(guarded("::x::"));
});

test("other text is left alone", () => {
  expect(guarded("1 up, down, up\n")).toBe("1 up, down, up\n");
});
