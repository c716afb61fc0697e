import type { ServerPool } from "../engines/server-pool.ts";
import type { ConfigurationError } from "../errors.ts";
import type { Plan } from "../plan/seal-plan.ts";
import type { Statistics } from "../stats/statistics.ts";

/** What all projects of one run share, beside the repository. */
export interface GateContext {
  readonly servers: ServerPool;
  readonly environment: NodeJS.ProcessEnv;
  /** Examine these revisions and no others; see `GateOptions`. */
  readonly range?: string;
  /** Whether the second upgrade runs in another process; see `GateOptions`. */
  readonly otherProcess?: boolean;
  /** How large production's tables are. */
  readonly statistics?: Statistics;
  readonly onProgress: (step: string) => void;
  /** Called with what keeps the project from being loaded: its verdict then says what its files alone show. */
  readonly onUnusable?: (error: ConfigurationError) => void;
  /** Called with the plan of the examined revisions, where there is one. */
  readonly onPlan?: (plan: Plan) => void;
}
