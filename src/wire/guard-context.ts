import type { Line } from "./conversation.ts";
import type { GuardEvent, GuardLimits, Refusal } from "./guard.ts";
import type { Course } from "../sql/course.ts";
import type { OpenTransaction, PlanOrder } from "./plan-order.ts";
import type { Timeouts } from "./statement-limits.ts";

/** What all sessions of a guard share. */
export interface GuardState {
  readonly limits: Required<GuardLimits>;
  /** What `application_name` begins with. */
  readonly name: string;
  /** What a session would begin with, and what it begins with here. */
  readonly own: Timeouts;
  readonly initial: Timeouts;
  /** Of the revision that runs. */
  order: PlanOrder | undefined;
  /** The first refusal of the revision: after it nothing passes but the end of transactions. */
  refusal: Refusal | undefined;
  /** Whether an error of the revision came out of a function's code. */
  saidByCode: boolean;
  /** Tells what happens; a rejection is the teller's to handle. */
  tell(event: GuardEvent): Promise<void>;
}

/** What the parts of a guarded conversation share. */
export interface GuardContext extends Line {
  readonly guard: GuardState;
  /** The transaction that is open, once a statement of the plan is in it. */
  transaction: OpenTransaction | undefined;
  /** The timeouts in effect; unknown after anything that may have changed them. */
  timeouts: Timeouts | undefined;
  /** The timeouts that the guard has put in the place of those, for as long as statements of the plan follow each other in a block. */
  inForce: Timeouts | undefined;
  /** Whether the open transaction may have changed settings, which its end may change back. */
  changedSettings: boolean;
  /** What the client has told the session that still holds, or would hold again after a rollback. */
  course: Course;
  /** The revision that `application_name` names. */
  named: string | undefined;
}
