"""What went wrong in a step."""

import os
import time

from .declarations import refuses
from .exceptions import chain, database_error, ending, frames, missing_variables, sentence
from .setup_error import HOW_TO_SET

LONGEST_STATEMENT = 20_000


def step_failure(project, run, error):
    """What went wrong in a migration, as `sessions/session.ts` has it."""
    revision, path = run.script.revision, os.path.realpath(run.script.path)
    line = project.line_in(error, path)
    failure = {"revision": revision, "file": project.relative(path)}
    if line is not None:
        failure["line"] = line
    refusal = database_error(error)
    if refusal:
        failure.update(kind="sql", message=refusal[1], sqlState=refusal[0])
        statement = getattr(error, "statement", None)
        if isinstance(statement, str) and statement.strip():
            failure["statement"] = statement.strip()[:LONGEST_STATEMENT]
        return failure
    if any(isinstance(link, EOFError) for link in chain(error)):
        return {**failure, "kind": "asks-for-input", "message": "The migration asks for input, and nobody is there to answer."}
    if isinstance(error, LostRecord):
        return {**failure, "kind": "code", "message": str(error)}
    if isinstance(error, SystemExit):
        return {**failure, "kind": "code", "message": ending("The migration", error)}
    # A helper of the project may refuse it for the migration.
    declined = isinstance(error, NotImplementedError) and project.owns(frames(error)[-1][0])
    if not run.up and (declined or refuses(run.script)):
        return {**failure, "kind": "no-downgrade", "message": sentence(error)}
    missing = missing_variables(error)
    if missing:
        message = f"The migration needs {', '.join(missing)}, which is not set. Set it {HOW_TO_SET}."
        return {**failure, "kind": "code", "message": message}
    if isinstance(error, (AssertionError, KeyError)) and line is None:
        message = f"Alembic could not record the step in its version table, which does not hold what this revision follows ({sentence(error)})."
        return {**failure, "kind": "code", "message": message}
    return {**failure, "kind": "code", "message": sentence(error)}


class LostRecord(Exception):
    """The step's row in the version table was rolled back."""

    def __init__(self):
        super().__init__(
            "The migration commits the transaction that Alembic records it in, so that the record is rolled back and the "
            "migration runs again next time. Take the commit out, or put what must run outside a transaction into "
            "`op.get_context().autocommit_block()`."
        )


class StepFailed(Exception):
    def __init__(self, failure, start, undone_in_held=False):
        super().__init__(failure["message"])
        self.failure = failure
        # Whether it followed other steps in a run of env.py, and left nothing behind.
        self.undone_in_held = undone_in_held
        self.duration = (time.perf_counter() - start) * 1000
