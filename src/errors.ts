/** A flag, an argument or an action input that cannot be used. Exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The configuration file or the layout of the repository cannot be used. Exit code 2. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}

/** PostgreSQL could not be started, reached or used for the check. Exit code 3. */
export class EngineError extends Error {
  override readonly name = "EngineError";
}

/** The project's own migration tool could not be run: its runtime or a package is missing, or it did not load. Exit code 3. */
export class ToolError extends Error {
  override readonly name = "ToolError";
}

/** Production was not, or not wholly, brought to where it should be. The message says its state and what to do. Exit code 1. */
export class ApplyError extends Error {
  override readonly name = "ApplyError";
  /** The revisions that were applied, or taken back, before. */
  readonly applied: readonly string[];

  constructor(message: string, options: ErrorOptions & { readonly applied?: readonly string[] } = {}) {
    super(message, options);
    this.applied = options.applied ?? [];
  }
}

/** What went wrong first: what is thrown while cleaning up after it hides it. */
export function original(thrown: unknown): unknown {
  return thrown instanceof SuppressedError ? original(thrown.suppressed) : thrown;
}
