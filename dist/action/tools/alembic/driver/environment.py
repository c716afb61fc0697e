"""The project's env.py."""

import contextlib
import os
import re
import sys

from .configuration import installed_driver
from .exceptions import first_line
from .setup_error import SetupError
from .setup_failure import as_setup_error
from .step_failure import LostRecord


class Environment:
    """The project's env.py, and whoever is to know what it does when it runs.

    `next_step` is asked for a further run to be taken in the same run of env.py, when one is done.
    """

    def __init__(self, project, redirection, revisions, config, next_step):
        self.project = project
        self.redirection = redirection
        self.revisions = revisions
        self.config = config
        self.script = revisions.script_directory
        self.next_step = next_step
        # The run that is being taken at the moment.
        self.running = None
        # Whether env.py sends nothing of its own, so that a run of it may be held open for further steps; known after the first.
        self.can_hold = False
        self.ready = False

    def upgrading(self):
        """The path of the migration whose upgrade is at work; None where none is."""
        run = self.running
        return run.script.path if run is not None and run.up and run.inside is not None and run.script is not None else None

    def take(self, run, fn):
        """Runs env.py, which takes the steps that `fn` gives."""
        self.prepare()
        os.chdir(self.project.directory)
        try:
            self.take_once(run, fn)
        except Exception as error:
            # The URL that Headgate puts into DATABASE_URL names no driver, and SQLAlchemy's default may not be the project's.
            if run.error is not None or run.ran or not self.name_a_driver(error):
                raise
            self.take_once(run, fn)
        finally:
            # With Alembic's own process every connection ends, also those that env.py never closes.
            self.redirection.release()

    def take_once(self, run, fn):
        from alembic.runtime.environment import EnvironmentContext

        self.running = run
        connected = self.redirection.connected
        try:
            with EnvironmentContext(self.config, self.script, fn=fn, as_sql=False) as environment:
                watch_runs(environment, self)
                self.script.run_env()
        except BaseException as error:
            if run.script is None or isinstance(error, SetupError):
                raise as_setup_error(self.project, error)
            raise
        finally:
            run, self.running = self.running, None
            self.can_hold = run.is_plain(self.redirection.connected - connected)
        if run.error is not None and not run.completed:
            # env.py caught it.
            raise run.error
        if run.contexts and not run.kept:
            if run.commits_itself:
                raise LostRecord()
            raise SetupError(
                "env.py rolls back what the migrations do, because nothing commits it at the end. A statement before "
                "`context.configure()` begins a transaction that Alembic leaves to env.py: commit it first.",
                self.env_file(),
            )
        if not run.contexts:
            raise SetupError("env.py did not run the migrations: it never called `context.run_migrations()`.", self.env_file())

    def name_a_driver(self, error):
        text = first_line(error)
        asynchronous = "requires an async driver" in text
        if not asynchronous and not (isinstance(error, ModuleNotFoundError) and error.name in ("psycopg2", "psycopg")):
            return False
        driver = installed_driver(asynchronous)
        if os.environ.get("DATABASE_URL") != self.redirection.url("") or not driver:
            return False
        os.environ["DATABASE_URL"] = self.redirection.url(driver)
        # Settings modules have read the old one.
        for name, module in list(sys.modules.items()):
            if name != "__main__" and self.project.owns(getattr(module, "__file__", None) or ""):
                del sys.modules[name]
        return True

    def prepare(self):
        if self.ready:
            return
        if self.redirection.connection is None:
            raise SetupError("There is no database to run migrations on.")
        env_py = os.path.join(self.script.dir, "env.py")
        if not os.path.isfile(env_py):
            raise SetupError(f"There is no {self.project.relative(env_py)}.")
        self.revisions.load()
        self.listen()
        self.ready = True

    def listen(self):
        from sqlalchemy import event
        from sqlalchemy.engine import Engine

        event.listen(Engine, "do_connect", self.redirection.do_connect)

        @event.listens_for(Engine, "engine_connect")
        def connected(connection, *legacy):
            self.redirection.engines.add(connection.engine)

        @event.listens_for(Engine, "commit")
        @event.listens_for(Engine, "commit_twophase")
        def committed(connection, *transaction):
            if self.running is not None:
                self.running.committed(connection)

        @event.listens_for(Engine, "before_cursor_execute")
        def executed(connection, cursor, statement, parameters, context, executemany):
            if self.running is not None:
                self.running.sent(statement)
                self.running.sends_itself = self.running.sends_itself or not (self.running.within or re.match(r"\s*SET\s+(?!LOCAL\b)", statement, re.I))
            if self.running is not None and re.match(r"\s*(COMMIT|END|ROLLBACK|ABORT)\s*(;|$|WORK|TRANSACTION)", statement, re.I):
                self.running.committed(connection)

    def env_file(self):
        return self.project.relative(os.path.join(self.script.dir, "env.py"))


def watch_runs(alembic, environment):
    """Notes each context that env.py runs migrations in, and refuses what would wait for itself for ever."""
    run_migrations, configure, begin = alembic.run_migrations, alembic.configure, alembic.begin_transaction
    run, contexts, asked_to_begin = environment.running, environment.running.contexts, []

    def configured(*args, **given):
        if run.scripts:
            given["transaction_per_migration"] = True
        return configure(*args, **given)

    def watched(**given):
        context = alembic.get_context()
        for earlier in contexts:
            if earlier.connection is context.connection or earlier.connection.closed:
                continue
            same_table = (earlier.version_table_schema, earlier.version_table) == (
                context.version_table_schema,
                context.version_table,
            )
            if same_table and earlier.connection.in_transaction():
                raise SetupError(
                    "env.py migrates several databases in one run, which Headgate cannot check: "
                    "it has one database for each project."
                )
        contexts.append(context)
        begins, step = len(asked_to_begin) > 0, run
        asked_to_begin.clear()
        while step is not None:
            step.within = True
            with begin() if begins else contextlib.nullcontext():
                result = run_migrations(**given)
            step.within = False
            # What env.py calls for each of its databases, it has to be asked for each time.
            step = environment.next_step(context) if len(contexts) == 1 and not context._in_external_transaction else None
        return result

    def begun():
        """In a run that is held, each step has for itself the transaction that env.py begins for all."""
        if not run.holds:
            return begin()
        asked_to_begin.append(True)
        return contextlib.nullcontext()

    # A subclass would lose Alembic's module-level `context` functions, which it installs for this class alone.
    alembic.run_migrations = watched
    alembic.configure = configured
    alembic.begin_transaction = begun
