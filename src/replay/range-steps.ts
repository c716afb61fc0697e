import type { Recorder } from "../wire/recorder.ts";
import { inOneRun } from "./in-one-run.ts";
import type { Stage } from "./stage.ts";
import type { StepTaker } from "./step-taker.ts";
import { oneByOne } from "./steps.ts";

/** For fewer, a copy of the database to come back to costs more than it saves. */
const fewRevisions = 4;

/** Steps of several revisions at a time: in one run of the tool where that is the same as one by one. */
export function rangeSteps(
  { session, limited, upgradeEach, downgrade }: StepTaker,
  recorder: Recorder,
  { checkpoint, restore }: Pick<Stage, "checkpoint" | "restore">,
): Pick<Stage, "noted" | "rangeDown" | "rangeUp"> {
  const runsTogether = (revisions: readonly string[]) => session.together && revisions.length >= fewRevisions;
  const run = { session, recorder, limited, restore: () => restore() };
  const forgetAgain = (revisions: readonly string[]) => {
    for (const revision of revisions) recorder.forget({ revision, direction: "again" });
  };
  return {
    async rangeDown(revisions) {
      const back = revisions.toReversed();
      if (!runsTogether(revisions)) return downgrade(back);
      await checkpoint();
      const down = await inOneRun(run, "down", back, "again");
      forgetAgain(back);
      return down ?? downgrade(back);
    },
    async rangeUp(revisions) {
      if (!runsTogether(revisions)) return upgradeEach(revisions);
      const up = await inOneRun(run, "up", revisions, "again");
      forgetAgain(revisions);
      if (up) return up;
      const down = await downgrade(revisions.toReversed());
      return down.kind === "done" ? upgradeEach(revisions) : down;
    },
    async noted(revisions) {
      if (runsTogether(revisions)) {
        await checkpoint();
        const together = await inOneRun(run, "up", revisions, "up");
        if (together) return together;
      }
      try {
        return await oneByOne(revisions, (revision) => {
          recorder.label({ revision, direction: "up" }, false);
          return limited(() => session.upgrade([revision]));
        });
      } finally {
        recorder.label(undefined);
      }
    },
  };
}
