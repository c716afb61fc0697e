import type { ConfigurationError, UsageError } from "../errors.ts";
import type { Project } from "../project.ts";
import type { ProjectConfiguration } from "./project-schema.ts";

/** What was asked for and is not there. */
export interface AbsentProject {
  /** What has to be said where it never was. */
  readonly error: ConfigurationError | UsageError;
  /** Where the configuration says that it is. */
  readonly configured?: ProjectConfiguration;
  /** Whether a project that was there before is this one. */
  is(project: Project): boolean;
}
