import { inFailedTransaction } from "../postgres/sql-states.ts";
import { mayBeUncounted, mayStopCounting } from "./counters.ts";
import { noEvidence, sampled } from "./evidence.ts";
import type { Notebook } from "./notebook.ts";
import type { RecordedStatement, Recording, StatementError, StepLabel } from "./recording.ts";

/** A statement that the server refused, and why. */
export interface Refusal {
  readonly sql: string;
  readonly error: StatementError;
}

/** What was taken down, in the order in which it began. */
export interface StatementLog extends Pick<Notebook, "begin"> {
  /** What begins from now on belongs to this step; `undefined`: to none. */
  label(label: StepLabel | undefined): void;
  /** Whether what begins now is kept. */
  isKept(): boolean;
  step(label: StepLabel): readonly RecordedStatement[];
  forget(label: StepLabel): void;
  recording(): Recording;
  takeRefusal(): Refusal | undefined;
}

/** @param labelledOnly whether only what belongs to a step is kept */
export function createStatementLog(labelledOnly: boolean): StatementLog {
  const statements: (RecordedStatement | undefined)[] = [];
  /** Where the statements of each step are. */
  const steps = new Map<string, number[]>();
  let refusal: Refusal | undefined;
  let label: StepLabel | undefined;
  let uncounted = false;
  return {
    label(next) {
      label = next;
    },
    isKept: () => label !== undefined || !labelledOnly,
    begin(statement) {
      const { sql } = statement;
      uncounted ||= mayStopCounting(sql);
      const notice = (error: StatementError | undefined): void => {
        if (error && error.sqlState !== inFailedTransaction) refusal = { sql, error };
      };
      if (labelledOnly && label === undefined) return { finish: ({ error }) => notice(error) };
      const index = statements.push(undefined) - 1;
      if (label) {
        const places = steps.get(stepKey(label));
        if (places) places.push(index);
        else steps.set(stepKey(label), [index]);
      }
      let record: RecordedStatement = {
        order: index + 1,
        ...statement,
        durationMs: 0,
        ...(label && { label }),
        evidence: noEvidence("The statement did not end before the connection did."),
      };
      return {
        finish(outcome) {
          record = { ...record, ...outcome };
          if (uncounted) record = { ...record, evidence: sampled(record.evidence, mayBeUncounted) };
          statements[index] = record;
          notice(outcome.error);
        },
      };
    },
    step: (of) =>
      (steps.get(stepKey(of)) ?? []).map((index) => statements[index]).filter((statement) => statement !== undefined),
    forget(of) {
      for (const index of steps.get(stepKey(of)) ?? []) delete statements[index];
      steps.delete(stepKey(of));
    },
    recording: () => ({
      statements: statements
        .filter((statement) => statement !== undefined)
        .map((statement, index) => ({ ...statement, order: index + 1 })),
    }),
    takeRefusal() {
      const taken = refusal;
      refusal = undefined;
      return taken;
    },
  };
}

const stepKey = ({ revision, direction }: StepLabel): string => `${direction} ${revision}`;
