import { runGate, type GateOptions } from "../../src/gate.ts";
import type { TestRepository } from "./repository.ts";

/** Gates what the branch that is checked out adds to `main`, without what takes time and is not asked about. */
export const gateTopic = ({ root }: TestRepository, more: Pick<GateOptions, "onPlan"> = {}) =>
  runGate({
    directory: root,
    engine: "embedded",
    base: "main",
    outageProbe: false,
    otherProcess: false,
    environment: process.env,
    ...more,
  });
