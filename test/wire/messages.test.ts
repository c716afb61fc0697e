import { expect, it } from "vitest";
import { message, rowValues, textRow } from "../../src/wire/messages.ts";

it("takes a row apart, and tells what is empty from what is not there", () => {
  const count = Buffer.from([0, 3]);
  const row = message(
    "D",
    count,
    Buffer.from([0, 0, 0, 2]),
    Buffer.from("é"),
    Buffer.from([0, 0, 0, 0]),
    Buffer.alloc(4, 0xff),
  );
  expect(rowValues(row)).toEqual([Buffer.from("é"), Buffer.alloc(0), null]);
  expect(textRow(row)).toEqual(["é", "", null]);
});
