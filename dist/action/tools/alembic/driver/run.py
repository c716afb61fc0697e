"""One run of env.py."""

import contextlib
import functools
import inspect
import os
import re
import sys
import time

# A migration that runs more statements than this is a data migration; remembering them all would only cost memory.
MOST_PLACES = 10_000

# What may run code of the database, as triggers are, which may leave anything in its session; Alembic asks the catalog.
MAY_RUN_CODE = re.compile(r"(?:^|;)\s*(?:WITH|SELECT|INSERT|UPDATE|DELETE|MERGE|COPY|REFRESH|CALL|DO|EXECUTE)\b", re.I | re.M)

# A statement passes the same files of libraries each time.
realpath = functools.lru_cache(maxsize=10_000)(os.path.realpath)


class Run:
    """One run of env.py: what it was asked to do, and what it did."""

    def __init__(self, script=None, up=True, announce=None):
        self.script = script
        self.up = up
        # Several in one run: what they are, how many have begun, whom to tell, and whether each was by itself.
        self.scripts = []
        # The same, in the transactions that env.py asks for.
        self.at_once = []
        self.started = 0
        self.announce = announce
        self.as_if_alone = True
        self.contexts = []
        # Whether it stays open for further steps, and whether this is one of those.
        self.holds = False
        self.follows = False
        self.start = time.perf_counter()
        # Whether Alembic is at work rather than env.py, and whether env.py sent something by itself.
        self.within = False
        self.sends_itself = False
        self.inside = None
        self.error = None
        self.ran = False
        # Whether something was committed after the last migration ended.
        self.kept = False
        self.completed = False
        # Depth of Alembic's own blocks for statements that run outside a transaction.
        self.autocommit_blocks = 0
        self.left_transaction = False
        self.may_have_run_code = False
        self.commits_itself = False
        self.commits_elsewhere = False
        self.not_awaited = False
        self.path = script and realpath(script.path)
        # What the migration sent, with the line of its file that was being run.
        self.places = []

    def elapsed(self):
        return (time.perf_counter() - self.start) * 1000

    def is_plain(self, connected):
        """Whether env.py opened one connection, sent nothing on it itself and left the transactions to Alembic."""
        return len(self.contexts) == 1 and connected == 1 and not self.sends_itself and not self.contexts[0]._in_external_transaction

    def is_over(self, context):
        """Whether a step left its connection as a new one would be, as far as can be seen from here."""
        return self.completed and self.kept and not self.may_have_run_code and not self.sends_itself and not self.warnings() and not self.left_transaction and not context.connection.in_transaction()

    def left_nothing(self):
        return not (self.kept or self.left_transaction or self.commits_itself or self.commits_elsewhere)

    def sent(self, statement):
        if self.inside is None:
            return
        self.may_have_run_code = self.may_have_run_code or ("pg_catalog." not in statement and MAY_RUN_CODE.search(statement) is not None)
        if len(self.places) >= MOST_PLACES:
            return
        frame = sys._getframe(1)
        while frame is not None and not self.is_own(frame.f_code.co_filename):
            frame = frame.f_back
        if frame is not None:
            self.places.append((statement, frame.f_lineno))

    def is_own(self, path):
        return realpath(path) == self.path

    def steps(self, heads, context):
        from alembic.runtime.migration import MigrationStep

        revision_map = context.script.revision_map
        make = MigrationStep.upgrade_from_script if self.up else MigrationStep.downgrade_from_script
        step = make(revision_map, self.script)
        step.migration_fn = self.watched(step.migration_fn, context)
        # By the run that is at it: several may follow each other in one context.
        context.autocommit_block = self.counted(getattr(context.autocommit_block, "of_alembic", context.autocommit_block))
        self.completed = False
        yield step
        # Alembic comes back for more only after it has recorded the step.
        self.completed = True

    def steps_at_once(self, heads, context):
        for script in self.at_once:
            self.script = script
            yield from self.steps(heads, context)

    def steps_together(self, heads, context):
        # A transaction of env.py's own would hold them all.
        self.as_if_alone = not context._in_external_transaction and len(self.contexts) == 1
        if not self.as_if_alone:
            return
        for script in self.scripts:
            self.script = script
            self.started += 1
            self.announce(script.revision)
            yield from self.steps(heads, context)
            self.as_if_alone = self.as_if_alone and self.kept and not self.commits_itself
            if not self.as_if_alone:
                return

    def watched(self, migration, context):
        @functools.wraps(migration)
        def run(*args, **given):
            self.inside, self.kept = context, False
            try:
                result = migration(*args, **given)
                if inspect.iscoroutine(result):
                    result.close()
                    self.not_awaited = True
                self.ran = True
            except BaseException as error:
                self.error = error
                raise
            finally:
                self.inside = None

        return run

    def counted(self, autocommit_block):
        @contextlib.contextmanager
        def block():
            self.autocommit_blocks += 1
            self.left_transaction = True
            try:
                with autocommit_block():
                    yield
            finally:
                self.autocommit_blocks -= 1

        block.of_alembic = autocommit_block
        return block

    def committed(self, connection):
        if self.inside is None:
            self.kept = True
        if self.inside is None or self.autocommit_blocks > 0:
            return
        own = self.inside.connection
        if connection is own or getattr(connection, "engine", None) is getattr(own, "engine", None) and same_session(connection, own):
            self.commits_itself = True
        else:
            self.commits_elsewhere = True

    def warnings(self):
        told = []
        if self.commits_itself:
            told.append("It commits before it ends: what it did up to there stays when a later statement fails.")
        if self.commits_elsewhere:
            told.append("It commits on a connection of its own: that part stays when the migration fails.")
        if self.not_awaited:
            told.append("Its function is asynchronous, so that Alembic runs nothing of it.")
        return told


def same_session(one, other):
    try:
        return one.connection.dbapi_connection is other.connection.dbapi_connection
    except Exception:
        return one is other
