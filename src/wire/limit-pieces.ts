import { bareStatement } from "../sql/scan-statements.ts";
import { cappedSetting } from "./capped-setting.ts";
import { settingsChange } from "./guard-settings.ts";
import type { GuardContext } from "./guard-context.ts";
import { type Piece, blocks } from "./guarded-pieces.ts";
import { type Scope, limit, loosen } from "./limiting.ts";

/** What may not be set for as long as others wait has to be replaced where it comes in the same message as what they wait for. */
export function withCaps({ guard }: GuardContext, pieces: readonly Piece[]): readonly Piece[] {
  const last = pieces.findLastIndex(({ judgement, text }) => blocks(judgement, text));
  return pieces.map((piece, index) => {
    const capped = index < last ? cappedSetting(piece.text.sql, guard.limits) : undefined;
    return capped ? { ...piece, capped } : piece;
  });
}

/** Gives settings that were capped the values that the migration gave them. A rollback has done so with the others. */
export async function setAsMeant(context: GuardContext, pieces: readonly Piece[], failed: boolean): Promise<void> {
  const { asking, exchange } = context;
  const meant = pieces.filter(({ capped }) => capped && !(capped.local && exchange.status() === "I"));
  if (meant.length === 0 || exchange.status() === "E") return;
  if (!failed) await asking.simple(meant.map(({ text }) => bareStatement(text.sql)).join("; "));
  context.timeouts = undefined;
}

/** The limits of the statement that may make others wait, if there is one. Not around statements that decide about settings themselves. */
export async function limitAll(
  context: GuardContext,
  pieces: readonly Piece[],
  scope: Scope,
): Promise<() => Promise<void>> {
  const planned = pieces.filter(({ judgement }) => judgement.kind === "planned");
  const strictest = planned.find(({ judgement, text }) => blocks(judgement, text)) ?? planned[0];
  const controls = pieces.map(({ text }) => text.control);
  const staysOpen = scope === "session" && controls.findLast((control) => control !== undefined) === "begin";
  const sets = pieces.length > 1 && pieces.some(({ text }) => settingsChange(text));
  const unlimited = async (): Promise<void> => {};
  if (strictest && !controls.includes("savepoint") && !staysOpen)
    return limit(context, strictest.text, strictest.judgement, "simple", scope, sets || undefined);
  // COMMIT and ROLLBACK do that by themselves.
  if (scope === "block" && !controls.every((control) => control === "commit" || control === "rollback"))
    await loosen(context, "simple", scope);
  return unlimited;
}
