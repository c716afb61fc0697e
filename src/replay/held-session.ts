import type { Direction } from "../finding.ts";
import type { HeldOutcome, Session, StepOutcome } from "../sessions/session.ts";
import { changesSession } from "./session-state.ts";

/** What is taken down of a step under way. */
export interface StepTrace {
  sent(): readonly { readonly sql: string }[];
  /** Nothing that comes now is of the step. */
  end(): void;
  forget(): void;
}

/** A session whose run of the tool may stay open from one step to the next. */
export interface HeldSession {
  /** To take steps that are runs of their own: these close what is open. */
  readonly session: Session;
  /**
   * Takes a step on connections that begin with it; or in a run of the tool that an earlier step of this kind left open, as
   * it would be had that begun with this one.
   * @param manner in what else its connections are to differ from others: a run with another one is not gone on with
   */
  step(direction: Direction, revision: string, trace: StepTrace, manner: string): Promise<StepOutcome>;
  /** Closes what is open. */
  release(): Promise<void>;
}

/**
 * Holds the runs of a session open where its tool can. `loadParser` must have been awaited before the first step.
 */
export function holding(session: Session): HeldSession {
  /** The manner of the run that is open. */
  let open: string | undefined;
  const release = () => {
    open = undefined;
    return session.release();
  };
  const closing =
    <Rest extends readonly unknown[], Result>(action: (...rest: Rest) => Promise<Result>) =>
    async (...rest: Rest): Promise<Result> => {
      if (open !== undefined) await release();
      return action(...rest);
    };
  const alone = (direction: Direction, revision: string): Promise<HeldOutcome> =>
    direction === "up" ? session.upgrade([revision]) : session.downgrade([revision]);
  return {
    session: { ...session, upgrade: closing(session.upgrade), downgrade: closing(session.downgrade) },
    async step(direction, revision, trace, manner) {
      // Whether a connection is recorded, and with which settings it starts, is decided when it begins.
      if (open !== manner) await release();
      let outcome = await (session.hold?.(direction, revision) ?? alone(direction, revision));
      if (outcome.kind === "failed" && outcome.held) {
        // What an earlier step left in the process or on the connection may be the reason.
        await release();
        trace.forget();
        outcome = await alone(direction, revision);
      }
      const stays = outcome.kind === "done" && outcome.held && !trace.sent().some(({ sql }) => changesSession(sql));
      if (!stays) await release();
      else {
        open = manner;
        trace.end();
        await session.clear?.();
      }
      return outcome;
    },
    release,
  };
}
