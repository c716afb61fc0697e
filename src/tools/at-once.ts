/** How a tool's own command applies several pending revisions, where that is not each by itself. */
export interface AtOnceManner {
  /** The end of "all of them are applied …": "in one transaction, as `alembic upgrade` does it". */
  readonly manner: string;
  /** What to do where that does not work and each by itself does: the end of a sentence that begins with a verb. */
  readonly remedy: string;
}
