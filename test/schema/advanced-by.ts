import { advance } from "../../src/schema/advance.ts";
import { effectsOf } from "../../src/schema/effects/effects.ts";
import { placeIn, type Session } from "../../src/schema/session.ts";
import { parseTrees } from "../../src/sql/parser.ts";

/** The session after one statement. @throws Error when it is none */
export function advancedBy(session: Session, sql: string): Session {
  const outcome = parseTrees(sql);
  const node = outcome.kind === "parsed" ? outcome.statements[0]?.node : undefined;
  if (!node) throw new Error(`Not parsed: ${sql}`);
  return advance(session, node, effectsOf(session.schema, node, placeIn(session)), sql);
}
