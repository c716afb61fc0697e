import { describe, expect, it } from "vitest";
import type { OpenTransaction } from "../../src/wire/plan-order.ts";
import { createPlanOrder } from "../../src/wire/create-plan-order.ts";
import type { GuardedStatement } from "../../src/wire/guard.ts";

/** One letter a statement; a small one may repeat. */
const orderOf = (plan: string, more: { readonly doneAlready?: number; readonly record?: number } = {}) => {
  const statements = [...plan].map((letter): GuardedStatement => ({
    text: letter,
    transactional: true,
    transaction: 1,
    ...(letter === letter.toLowerCase() && { repeats: true }),
  }));
  const { record = statements.length, doneAlready = 0 } = more;
  return createPlanOrder({ revision: "7", statements, alsoAllowed: [{ text: "!", after: record }], doneAlready });
};

/** What passes of what comes, up to the first refusal. */
function passed(plan: string, sent: string): string {
  const order = orderOf(plan);
  let through = "";
  for (const text of sent) {
    const turn = order.turn({ identity: { text } });
    if (turn.kind === "refused") return through;
    if (turn.kind === "planned") order.pass(turn.index, undefined);
    through += text;
  }
  return through;
}

describe("statements that may repeat", () => {
  it.each([
    ["once", "AbcD", "AbcD!"],
    ["often", "AbcD", "AbcbcbcD!"],
    ["in another order", "AbcD", "AccbbcD!"],
    ["not at all", "AbcD", "AD!"],
    ["last, and not at all", "Abc", "A!"],
    ["first", "bcD", "ccbD!"],
  ])("come %s", (_, plan, sent) => expect(passed(plan, sent)).toBe(sent));

  it.each([
    ["a statement that the plan does not know", "AbcD", "AbxD", "Ab"],
    ["one that comes once, again", "AbcD", "AbcAD", "Abc"],
    ["what is behind the loop, before what is in front of it", "AbcD", "bA", ""],
    ["one of the loop, behind it", "AbcDE", "AbDcE", "AbD"],
    ["one of another loop", "AbCdE", "AdCE", "A"],
    ["the version table's row, before all that comes once", "AbcD", "Ab!D", "Ab"],
    ["what comes once, out of order", "AbCD", "AbDC", "Ab"],
  ])("do not let through %s", (_, plan, sent, through) => expect(passed(plan, sent)).toBe(through));

  it("do not let a transaction be committed that the plan goes on with behind them", () => {
    const order = orderOf("AbC");
    const transaction: OpenTransaction = { statements: [], undone: [], blocks: false };
    order.pass(0, transaction);
    expect(order.unfinished(transaction)).toMatch(/belongs to the same transaction/);
    order.pass(1, transaction);
    expect(order.unfinished(transaction)).toMatch(/belongs to the same transaction/);
    order.pass(2, transaction);
    expect(order.unfinished(transaction)).toBeUndefined();
  });

  it("are sent again when an earlier run has sent them, and what comes once is not", () => {
    const order = orderOf("AbC", { doneAlready: 3 });
    const done = [..."AbbC"].map((text) => {
      const turn = order.turn({ identity: { text } });
      if (turn.kind === "planned") order.pass(turn.index, undefined);
      return turn.kind === "planned" && turn.done;
    });
    expect(done).toEqual([true, false, false, true]);
    order.takeBack(0);
    expect([order.isDone({ text: "A" }), order.isDone({ text: "b" })]).toEqual([true, false]);
  });
});
