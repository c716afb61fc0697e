"""What Headgate asks of a project."""

import contextlib
import os
import platform
import sys
import time

from .configuration import Configuration
from .environment import Environment
from .environment_reads import watch_environment
from .exceptions import first_line
from .project import Project
from .redirection import Redirection
from .rendering import Rendering
from .revisions import Revisions
from .run import Run
from .setup_error import SetupError
from .setup_failure import as_setup_error
from .statement_lines import statement_lines
from .steady_order import keep_order_of_indexes
from .step_failure import StepFailed, step_failure


class Driver:
    """One project, and the last run of its env.py.

    `announce` tells which revision begins, and `converse` gives an answer and waits for the next request.
    """

    OPERATIONS = frozenset("open history imports prepare upgrade downgrade together upgrade_at_once places stamp offline release".split())

    def __init__(self, announce, converse):
        self.announce = announce
        self.converse = converse

    def answer(self, request):
        """Takes a request, and gives the answer to it: a result, a failure of the migration, or an error."""
        try:
            return {"ok": True, "result": self.perform(request)}
        except StepFailed as failed:
            return {"ok": False, "failure": failed.failure, "durationMs": failed.duration, "held": failed.undone_in_held}
        except SetupError as error:
            place = {"file": error.file, "line": error.line, "missing": error.missing or None}
            return {"ok": False, "error": {"message": str(error), **{key: value for key, value in place.items() if value is not None}}}
        except BaseException as error:
            return {"ok": False, "error": {"message": f"{type(error).__name__}: {first_line(error)}"}}

    def perform(self, request):
        if request["op"] not in self.OPERATIONS:
            raise KeyError(request["op"])
        return getattr(self, request["op"])(request)

    def open(self, request):
        self.project = Project(request["repository"], request["directory"], request["settings"])
        self.redirection = Redirection(request.get("connection"))
        self.last_run = None
        # The request that a run of env.py was held open for and left to answer afterwards.
        self.left_over = None
        os.environ.update(request.get("variables", {}))
        os.chdir(self.project.directory)
        sys.argv = ["alembic", "upgrade", "head"]
        watch_environment()
        self.redirection.install()
        try:
            import alembic
        except ImportError as error:
            missing = getattr(error, "name", None) or "alembic"
            raise SetupError(
                f"{sys.executable} cannot import {missing}: install the project's requirements into it, "
                "or name another interpreter with `interpreter:` in headgate.yml."
            ) from error
        keep_order_of_indexes()
        if self.project.settings.get("configFile") is None:
            # Nobody else says where the project's own modules are. Not earlier: a folder of it may be called `alembic`.
            sys.path.insert(0, self.project.directory)
        else:
            # Where `python -m alembic` would find them, behind what the configuration prepends.
            sys.path.append(self.project.directory)
        configuration = Configuration(self.project, self.redirection)
        self.config, script_directory = configuration.load()
        self.revisions = Revisions(self.project, script_directory, configuration.folders_of_others)
        self.environment = Environment(self.project, self.redirection, self.revisions, self.config, self.next_step)
        self.revisions.opened.running = self.environment.upgrading
        return {"toolVersion": alembic.__version__, "runtimeVersion": f"Python {platform.python_version()}", "runsAtOnce": True}

    def history(self, request):
        return self.revisions.history()

    def imports(self, request):
        """Which files of the project these revisions import, and those in turn."""
        return self.revisions.imports(request["revisions"])

    def prepare(self, request):
        tables = []

        def ensure(heads, context):
            tables.append(context.version_table)
            # With a transaction for each migration nobody else would commit where there is none to run.
            with context.begin_transaction(_per_migration=True):
                context._ensure_version_table()
            return []

        self.environment.take(Run(), ensure)
        return {"versionTables": tables}

    def upgrade(self, request):
        return self.steps(request, True)

    def downgrade(self, request):
        return self.steps(request, False)

    def steps(self, request, up):
        """Each in a run of env.py of its own; or, where it may be held, in one that waits for the requests that follow."""
        warnings, programs = [], []
        start = time.perf_counter()
        for revision in request["revisions"]:
            run = self.last_run = Run(self.script_with(revision, up, start), up)
            run.holds = self.environment.can_hold and request.get("hold", False)
            try:
                self.environment.take(run, lambda heads, context: self.environment.running.steps(heads, context))
            except SetupError:
                raise
            except BaseException as error:
                run = self.last_run
                if run.error is None and not run.ran:
                    raise as_setup_error(self.project, error) from error
                raise StepFailed(step_failure(self.project, run, error), run.start, run.follows and run.left_nothing()) from error
            finally:
                left_over, self.left_over = self.left_over, None
            if left_over is not None:
                return self.perform(left_over)
            # Not of the run that began, whose end was told already, where others followed in it.
            warnings.extend(self.last_run.warnings())
            programs.extend(self.revisions.opened.started_by(self.last_run))
        return {"durationMs": (time.perf_counter() - start) * 1000, "warnings": warnings, "programs": programs}

    def script_with(self, revision, up, start):
        script = self.revisions.script_of(revision)
        if not callable(getattr(script.module, "upgrade" if up else "downgrade", None)):
            if up:
                raise SetupError("The file declares no `upgrade`.", self.project.relative(script.path))
            failure = {"kind": "no-downgrade", "message": "The revision declares no `downgrade`."}
            raise StepFailed({**failure, "revision": revision, "file": self.project.relative(script.path)}, start)
        return script

    def next_step(self, context):
        """Tells that a step is done, and waits for one that can be taken in the same run of env.py: its run, or None."""
        done = self.environment.running
        if not done.holds or not done.is_over(context):
            return None
        told = {"warnings": done.warnings(), "programs": self.revisions.opened.started_by(done)}
        request = self.converse({"ok": True, "result": {"durationMs": done.elapsed(), **told, "held": True}})
        while request["op"] == "places":
            request = self.converse(self.answer(request))
        op, (revision, *others) = request["op"], request.get("revisions") or (None,)
        script = None
        if op in ("upgrade", "downgrade") and request.get("hold") and not others:
            with contextlib.suppress(Exception):
                script = self.script_with(revision, op == "upgrade", 0)
        if script is None:
            self.left_over = request
            return None
        run = Run(script, op == "upgrade")
        run.holds = run.follows = True
        run.contexts = done.contexts
        self.environment.running = self.last_run = run
        return run

    def together(self, request):
        """Takes several revisions one step in one run of env.py, each in its own transaction; whether all went as they do alone."""
        scripts = [self.revisions.script_of(revision) for revision in request["revisions"]]
        up = request["direction"] == "up"
        if not all(callable(getattr(script.module, "upgrade" if up else "downgrade", None)) for script in scripts):
            return {"together": False}
        run = Run(up=up, announce=self.announce)
        run.scripts = scripts
        try:
            self.environment.take(run, run.steps_together)
        except BaseException:
            # Taken one by one they will tell what is wrong, and with which.
            return {"together": False}
        return {"together": run.as_if_alone and run.started == len(scripts)}

    def upgrade_at_once(self, request):
        """Upgrades to these in one run of env.py, as `alembic upgrade` does, in the transactions that env.py asks for."""
        start = time.perf_counter()
        run = self.last_run = Run(self.revisions.script_of(request["revisions"][0]))
        run.at_once = [self.revisions.script_of(revision) for revision in request["revisions"]]
        try:
            self.environment.take(run, run.steps_at_once)
        except SetupError:
            raise
        except BaseException as error:
            if run.error is None and not run.ran:
                raise as_setup_error(self.project, error) from error
            raise StepFailed(step_failure(self.project, run, error), start) from error
        return {"durationMs": (time.perf_counter() - start) * 1000}

    def places(self, request):
        """Where in its file each statement of the last step came from: the line where the operation that sent it begins."""
        run = self.last_run
        if run is None:
            return {"places": []}
        first_line_of = statement_lines(run.path)
        return {"places": [{"sql": sql, "line": first_line_of.get(line, line)} for sql, line in run.places]}

    def stamp(self, request):
        from alembic.runtime.migration import StampStep

        targets = [self.revisions.script_of(revision) for revision in request["revisions"]]
        revision_map = self.revisions.script_directory.revision_map

        def steps(heads, context):
            current = [revision_map.get_revision(head) for head in heads]
            members = {script.revision: script for script in (*current, *targets)}
            implied = set()
            for script in members.values():
                for ancestor in revision_map._get_ancestor_nodes([script], check=False):
                    if ancestor.revision != script.revision:
                        implied.add(ancestor.revision)
            after = [revision for revision in members if revision not in implied]
            gone = [StampStep(head, None, False, True, revision_map) for head in heads if head not in after]
            return gone + [StampStep(None, head, True, True, revision_map) for head in after if head not in heads]

        self.environment.take(Run(), steps)
        return None

    def offline(self, request):
        """What `--sql` would print for each of these revisions, or why it cannot be had, from one run of env.py."""
        from alembic.runtime.environment import EnvironmentContext

        up = request["direction"] == "up"
        scripts = [self.revisions.script_of(revision) for revision in request["revisions"]]
        rendering = Rendering(scripts, up)
        os.chdir(self.project.directory)
        self.redirection.offline = True
        try:
            with EnvironmentContext(self.config, self.revisions.script_directory, as_sql=True) as environment:
                rendering.take_over(environment)
                self.revisions.script_directory.run_env()
        except BaseException as error:
            if not rendering.ran:
                return {"scripts": {}, "unavailable": f"env.py has no offline mode: {as_setup_error(self.project, error)}"}
        finally:
            self.redirection.offline = False
        if not rendering.ran:
            return {"scripts": {}, "unavailable": "env.py does not run the migrations in offline mode."}
        return {"scripts": rendering.scripts}

    def release(self, request):
        self.redirection.release()
        return None
