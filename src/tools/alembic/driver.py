"""Runs one Alembic environment for Headgate, one explicit revision at a time.

Started by Headgate in the project's own interpreter; needs the standard library and the project's Alembic only.
Requests and answers are JSON lines on file descriptor 3, as `sessions/driver-protocol.ts` describes them.
The project's files stay as they are: the connection is redirected where SQLAlchemy and the database drivers open it.
"""

from __future__ import annotations

import argparse
import ast
import configparser
import contextlib
import functools
import importlib.machinery
import importlib.util
import inspect
import io
import json
import os
import platform
import queue
import re
import signal
import socket
import sys
import threading
import time
import weakref

# The checkout must stay clean, also of what programs started by a migration compile.
sys.dont_write_bytecode = True
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
# `python driver.py` puts the driver's own directory first, where the project could import from by accident.
sys.path[:] = [entry for entry in sys.path if entry != os.path.dirname(os.path.abspath(__file__))]

LONGEST_STATEMENT = 20_000
# A migration that runs more statements than this is a data migration; remembering them all would only cost memory.
MOST_PLACES = 10_000
HOW_TO_SET = "under `environment:` of this project in headgate.yml"


class SetupError(Exception):
    """What the person who set the project up has to change, in a sentence, with the place where there is one."""

    def __init__(self, message, file=None, line=None, missing=False):
        super().__init__(message)
        self.file = file
        self.line = line
        # Whether a package is not installed, which is not the fault of the file that imports it.
        self.missing = missing


# ---------------------------------------------------------------- where connections lead


class Redirection:
    """Leads every PostgreSQL connection of this process to one database, and knows those that are open."""

    # Whatever says where, as whom, or over which kind of encryption to connect.
    PLACE = frozenset(
        "dsn conninfo host hostaddr port user username password passfile dbname database service servicefile unix_sock "
        "ssl sslmode sslrootcert sslcert sslkey sslcrl sslcrldir sslpassword sslnegotiation ssl_context direct_tls "
        "ssl_min_protocol_version ssl_max_protocol_version channel_binding requiressl gssencmode krbsrvname gsslib target_session_attrs load_balance_hosts require_auth".split()
    )

    def __init__(self, connection):
        self.connection = connection
        # Whether SQL is rendered at the moment, which must reach no database.
        self.offline = False
        self.engines = weakref.WeakSet()
        self.open = []
        # How many connections were opened so far.
        self.connected = 0

    def harmless(self, given):
        """Those of these pairs that do not say where to connect. Some hosts use `options` to name the server to route to."""
        for name, value in given:
            if name not in self.PLACE and (name != "options" or str(value).lstrip().startswith("-")):
                yield name, value

    def arguments(self, given, database_key):
        kept = dict(self.harmless(given.items()))
        if self.offline:
            raise SetupError("It connects to a database.")
        if self.connection is None:
            raise SetupError("This connects to a database while only its history is read, where there is none.")
        kept.update({name: self.connection[name] for name in ("host", "port", "user", "password")})
        kept[database_key] = self.connection["database"]
        if database_key == "dbname":
            # libpq encrypts where it can, which costs 5 ms a connection, on this machine to itself.
            kept["sslmode"] = "disable"
        return kept

    def track(self, raw):
        self.open = [reference for reference in self.open if reference() is not None]
        self.open.append(weakref.ref(raw))
        self.connected += 1
        return raw

    def install(self):
        """Wraps the drivers' connect functions when they are imported: some projects call them without SQLAlchemy."""
        sys.meta_path.insert(0, self)

    def find_spec(self, name, path=None, target=None):
        wrap = getattr(self, "wrap_" + name, None)
        if wrap is None:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is None or spec.loader is None:
                continue
            execute = spec.loader.exec_module

            def exec_module(module):
                execute(module)
                wrap(module)

            spec.loader.exec_module = exec_module
            return spec
        return None

    def wrap_psycopg2(self, module):
        connect = module.connect

        @functools.wraps(connect)
        def redirected(dsn=None, *args, **given):
            stated = module.extensions.parse_dsn(dsn) if dsn else {}
            return self.track(connect(None, *args, **self.arguments({**stated, **given}, "dbname")))

        module.connect = redirected

    def wrap_psycopg(self, module):
        def stated(conninfo, given):
            return self.arguments({**module.conninfo.conninfo_to_dict(conninfo), **given}, "dbname")

        connect = module.Connection.connect.__func__
        connect_async = module.AsyncConnection.connect.__func__

        @functools.wraps(connect)
        def redirected(cls, conninfo="", **given):
            return self.track(connect(cls, "", **stated(conninfo, given)))

        @functools.wraps(connect_async)
        async def redirected_async(cls, conninfo="", **given):
            return self.track(await connect_async(cls, "", **stated(conninfo, given)))

        module.Connection.connect = classmethod(redirected)
        module.AsyncConnection.connect = classmethod(redirected_async)
        module.connect = module.Connection.connect

    def wrap_asyncpg(self, module):
        connect = module.connection.connect

        @functools.wraps(connect)
        async def redirected(dsn=None, **given):
            # What a URL says beside where to connect is for the server.
            settings = dict(self.harmless(query_of(dsn)))
            if settings:
                given["server_settings"] = {**settings, **(given.get("server_settings") or {})}
            return self.track(await connect(**self.arguments(given, "database"), ssl=False))

        module.connect = module.connection.connect = redirected

    def wrap_pg8000(self, module):
        connect = module.connect

        @functools.wraps(connect)
        def redirected(*args, **given):
            return self.track(connect(**self.arguments(given, "database")))

        module.connect = redirected

    def do_connect(self, dialect, record, args, given):
        """SQLAlchemy's own event, for connections that no wrapped function would see."""
        if dialect.name != "postgresql":
            raise SetupError(self.wrong_database(dialect.name))
        redirected = self.arguments(given, "database" if dialect.driver in ("asyncpg", "pg8000") else "dbname")
        args.clear()
        given.clear()
        given.update(redirected)

    def wrong_database(self, dialect):
        read = sorted(name for name in environment_reads if re.search(r"URL|URI|DSN|DATABASE|DB|SQL", name))
        what = f"Set {' or '.join(read)}, which it reads," if read else "Set what it reads the address from"
        return (
            f"The migrations connect to {dialect}, but Headgate checks them on PostgreSQL. "
            f"{what} to a PostgreSQL URL {HOW_TO_SET}, or `sqlalchemy.url` in the Alembic configuration; "
            "which server it names does not matter, the connection is redirected."
        )

    def release(self):
        """Closes every connection, also those that an event loop left behind."""
        # Held here: an asynchronous pool cannot close its connections outside its loop, and would only forget them.
        left = [raw for raw in (reference() for reference in self.open) if raw is not None]
        for engine in list(self.engines):
            with contextlib.suppress(Exception):
                # SQLAlchemy before 1.4.33 closes always.
                closes = "close" in inspect.signature(engine.dispose).parameters
                engine.dispose(**({"close": False} if closes else {}))
        for raw in left:
            close_raw(raw)
        self.open.clear()


def query_of(url):
    """The parameters of a URL, in order."""
    from urllib.parse import parse_qsl, urlsplit

    return parse_qsl(urlsplit(url).query) if url else []


def close_raw(raw):
    with contextlib.suppress(Exception):
        if hasattr(raw, "terminate"):
            raw.terminate()
        elif hasattr(raw, "pgconn"):
            raw.pgconn.finish()
        else:
            raw.close()
    # Ending an asynchronous connection is the work of its event loop, which may be gone.
    left = getattr(getattr(raw, "_transport", None), "_sock", None)
    if left is not None:
        left.close()


# The variables that were asked for, in order, each with the file that asked last.
environment_reads = {}


def watch_environment():
    """Notes the names of the variables the project asks for, to be able to say which one to set."""
    between = {os.__file__, sys.modules["_collections_abc"].__file__, "<frozen os>", "<frozen _collections_abc>"}

    class Watched(type(os.environ)):
        def __getitem__(self, name):
            asking = sys._getframe(1)
            while asking is not None and asking.f_code.co_filename in between:
                asking = asking.f_back
            environment_reads[name] = asking and asking.f_code.co_filename
            return super().__getitem__(name)

    os.environ.__class__ = Watched


# ---------------------------------------------------------------- errors, told in a sentence


def chain(error):
    seen = []
    while error is not None and error not in seen:
        seen.append(error)
        error = error.__cause__ or error.__context__
    return seen


def importable(name):
    """Whether the package that a module belongs to is there; the module itself may not be."""
    try:
        return importlib.util.find_spec((name or "").partition(".")[0] or "?") is not None
    except (ImportError, ValueError):
        return False


def first_line(error):
    lines = str(error).strip().splitlines()
    return lines[0].strip()[:1000] if lines else ""


def sentence(error):
    from alembic.util import CommandError

    # Addresses of objects say nothing and differ each time.
    text = re.sub(r" at 0x[0-9a-fA-F]+", "", error.msg if isinstance(error, SyntaxError) else first_line(error))
    if isinstance(error, CommandError) and text:
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def ending(who, error):
    """What `sys.exit` says: a number or nothing is an exit code, anything else is a message."""
    if error.code is None or isinstance(error.code, int):
        return f"{who} ends the process (exit code {int(error.code or 0)})."
    said = first_line(error).rstrip(".")
    return f"{who} ends the process: {said}." if said else f"{who} ends the process."


def frames(error):
    found = []
    trace = error.__traceback__
    while trace is not None:
        found.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    return found


def database_error(error):
    """The server's refusal behind an exception, as (SQLSTATE, message), or None."""
    original = getattr(error, "orig", None)
    for candidate in (original, getattr(original, "__cause__", None), error):
        if candidate is None:
            continue
        fields = candidate.args[0] if candidate.args and isinstance(candidate.args[0], dict) else {}
        state = getattr(candidate, "sqlstate", None) or getattr(candidate, "pgcode", None) or fields.get("C")
        if not isinstance(state, str):
            continue
        diagnosis = getattr(candidate, "diag", None)
        message = (
            getattr(diagnosis, "message_primary", None)
            or fields.get("M")
            or getattr(getattr(candidate, "__cause__", None), "message", None)
            or getattr(candidate, "message", None)
            or first_line(candidate)
        )
        # What still depends on an object is only told in the detail, and it names objects, never rows.
        detail = getattr(diagnosis, "message_detail", None) or fields.get("D") or getattr(candidate, "detail", None)
        if state == "2BP01" and detail:
            message = f"{message}: {detail.splitlines()[0]}"
        return state, str(message).splitlines()[0]
    return None


def missing_variables(error):
    """The environment variables an exception complains about."""
    for link in chain(error):
        if isinstance(link, KeyError) and link.args and isinstance(link.args[0], str):
            places = frames(link)
            if places and os.path.basename(places[-1][0]) in ("os.py", "<frozen os>"):
                return [link.args[0]]
        if type(link).__name__ == "ValidationError" and callable(getattr(link, "errors", None)):
            try:
                missing = [e for e in link.errors() if e.get("type") in ("missing", "value_error.missing")]
                return [str(e["loc"][0]) for e in missing if e.get("loc")]
            except Exception:
                return []
    return []


# ---------------------------------------------------------------- the way back, as the file declares it


def declares(name, tree):
    """Whether a module's function of this name holds more than nothing or a refusal."""
    for node in reversed(tree.body):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
            return holds_something(node.body)
        # An assignment or an import may bring the function too.
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            return True
        if isinstance(node, (ast.Import, ast.ImportFrom)) and any(
            (alias.asname or alias.name) in (name, "*") for alias in node.names
        ):
            return True
    return False


def holds_something(statements):
    for statement in statements:
        # These end the function whatever follows them.
        if isinstance(statement, (ast.Raise, ast.Return)):
            value = getattr(statement, "value", None)
            return value is not None and not isinstance(value, ast.Constant)
        constant = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not constant and not isinstance(statement, ast.Pass):
            return True
    return False


def as_tuple(value):
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    return tuple(value)


# ---------------------------------------------------------------- one project


class Driver:
    OPERATIONS = frozenset("open history imports prepare upgrade downgrade together upgrade_at_once places stamp offline release".split())

    def perform(self, request):
        if request["op"] not in self.OPERATIONS:
            raise KeyError(request["op"])
        return getattr(self, request["op"])(request)

    def open(self, request):
        self.repository = os.path.realpath(request["repository"])
        self.directory = request["directory"]
        self.settings = request["settings"]
        self.redirection = Redirection(request.get("connection"))
        self.run = None
        self.last_run = None
        # Whether env.py sends nothing of its own, so that a run of it may be held open for further steps; known after the first.
        self.can_hold = False
        # The request that a run of env.py was held open for and left to answer afterwards.
        self.left_over = None
        self.scripts = None
        self.flask_context = None
        self.environment_ready = False
        os.environ.update(request.get("variables", {}))
        os.chdir(self.directory)
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
        if self.settings.get("configFile") is None:
            # Nobody else says where the project's own modules are. Not earlier: a folder of it may be called `alembic`.
            sys.path.insert(0, self.directory)
        else:
            # Where `python -m alembic` would find them, behind what the configuration prepends.
            sys.path.append(self.directory)
        self.config, self.script = self.load_config()
        return {"toolVersion": alembic.__version__, "runtimeVersion": f"Python {platform.python_version()}", "runsAtOnce": True}

    # ------------------------------------------------------------ loading

    def load_config(self):
        from alembic.script import ScriptDirectory
        from alembic.util import CommandError

        file = self.settings.get("configFile")
        if file is not None and not os.path.isfile(os.path.join(self.repository, file)):
            raise SetupError(f"The Alembic configuration {file} does not exist.")
        try:
            config = self.make_config(file)
            return config, ScriptDirectory.from_config(config)
        except (CommandError, configparser.Error, ImportError, ValueError, KeyError) as error:
            reason = first_line(error).rstrip(".") or type(error).__name__
            raise SetupError(
                f"The Alembic configuration cannot be loaded: {reason}.", file, getattr(error, "lineno", None)
            ) from error

    def make_config(self, file):
        import alembic.command
        from alembic.config import Config

        section = self.settings.get("section") or "alembic"
        arguments = {"ini_section": section}
        reads_toml = "toml_file" in inspect.signature(Config.__init__).parameters
        if file is not None and file.endswith(".toml"):
            if not reads_toml:
                raise SetupError("This Alembic does not read pyproject.toml: use Alembic 1.16 or later.", file)
            arguments["toml_file"] = os.path.join(self.repository, file)
            # Alembic's own command passes this name too, whether the file exists or not.
            arguments["file_"] = "alembic.ini"
        elif file is not None:
            arguments["file_"] = os.path.join(self.repository, file)
            if reads_toml:
                arguments["toml_file"] = "pyproject.toml"
        # env.py files look into these, as Alembic's command line fills them.
        arguments["cmd_opts"] = argparse.Namespace(
            config=None, name=section, x=None, raiseerr=False, quiet=False, verbose=False, sql=False, tag=None,
            revision="head", autogenerate=False, cmd=(alembic.command.upgrade, ["revision"], ["sql", "tag"]),
        )
        config = Config(**arguments)
        if file is not None and file.endswith(".ini") and not config.file_config.has_section(section):
            raise SetupError(f"There is no section [{section}].", file)
        if self.option(config, "script_location") is None:
            location = self.settings.get("scriptLocation")
            if location is None:
                raise SetupError("There is no `script_location` in the Alembic configuration.", file)
            config.set_main_option("script_location", os.path.join(self.repository, location).replace("%", "%%"))
        self.redirect_urls(config)
        return config

    @staticmethod
    def option(config, name):
        reader = getattr(config, "get_alembic_option", config.get_main_option)
        return reader(name)

    def redirect_urls(self, config):
        ini = config.file_config
        main = config.config_ini_section
        if not ini.has_section(main):
            ini.add_section(main)
        default = self.installed_driver("async" in read_text(self.env_py(config)))
        for section in ini.sections():
            if section != main and not ini.has_option(section, "sqlalchemy.url"):
                continue
            value = ini.get(section, "sqlalchemy.url", raw=True, fallback="")
            scheme = re.match(r"\s*(\w+)(\+\w+)?://", value)
            if scheme and scheme.group(1) in ("sqlite", "mysql", "mariadb", "oracle", "mssql", "cockroachdb"):
                continue
            driver = scheme.group(2) if scheme and scheme.group(1) in ("postgres", "postgresql") else default
            # What is interpolated into it is not known yet.
            stated = query_of(value.replace("%%", "%")) if scheme and "%(" not in value else []
            ini.set(section, "sqlalchemy.url", self.url(driver or "", stated).replace("%", "%%"))

    def url(self, driver, stated=()):
        from urllib.parse import quote, urlencode

        place = self.redirection.connection or {
            "host": "127.0.0.1", "port": 1, "user": "headgate", "password": "headgate", "database": "headgate",
        }
        host = f"[{place['host']}]" if ":" in place["host"] else place["host"]
        account = f"{quote(place['user'], safe='')}:{quote(place['password'], safe='')}"
        query = urlencode(list(self.redirection.harmless(stated)), quote_via=quote)
        return f"postgresql{driver}://{account}@{host}:{place['port']}/{quote(place['database'], safe='')}{query and '?' + query}"

    def env_py(self, config):
        from alembic.util import coerce_resource_to_filename

        try:
            location = str(coerce_resource_to_filename(self.option(config, "script_location")))
        except (ImportError, ValueError, KeyError):
            return ""
        return os.path.join(self.directory, location, "env.py")

    @staticmethod
    def installed_driver(asynchronous):
        drivers = ("asyncpg", "psycopg") if asynchronous else ("psycopg2", "psycopg", "pg8000")
        return next(("+" + name for name in drivers if importlib.util.find_spec(name)), "")

    def load_scripts(self):
        """Loads every version file once, remembering those that do not load."""
        if self.scripts is not None:
            return self.scripts
        from alembic.script import Script
        from alembic.script.revision import RevisionMap

        if re.search(r"\bcurrent_app\b", read_text(os.path.join(self.script.dir, "env.py"))):
            # The migrations may use the application too, as soon as they are loaded.
            self.flask_context = self.load_flask()
        self.scripts, self.problems, lacking, seen, errors = [], [], [], set(), []
        for location in self.script._version_locations:
            if not os.path.isdir(location):
                continue
            for path in Script._list_py_dir(self.script, location):
                # Before Alembic 1.10 it is a name in the folder.
                real = type(path)(os.path.realpath(os.path.join(location, path)))
                if real in seen:
                    continue
                seen.add(real)
                try:
                    script = (
                        Script._from_path(self.script, real)
                        if hasattr(Script, "_from_path")
                        else Script._from_filename(self.script, *os.path.split(real))
                    )
                except (Exception, SystemExit) as error:
                    if isinstance(error, ModuleNotFoundError) and not importable(error.name):
                        lacking.insert(0, error)
                    elif missing_variables(error):
                        lacking.append(error)
                    self.problems.append(self.unreadable(error, str(real)))
                    errors.append((error, self.origin(error, str(real))))
                    continue
                if script is not None:
                    self.scripts.append(script)
        # Where packages and variables are all that is wrong, the files are not at fault.
        if lacking and len(lacking) == len(self.problems):
            self.scripts = None
            raise self.setup_error(lacking[0]) from lacking[0]
        # Several that fail in one and the same line of what they import are not at fault either.
        if len(errors) > 1 and len({origin for _, origin in errors}) == 1:
            self.scripts = None
            raise self.setup_error(errors[0][0]) from errors[0][0]
        # Alembic would load all files again for its own map.
        self.script.revision_map = RevisionMap(lambda: iter(self.scripts))
        return self.scripts

    def unreadable(self, error, path):
        remedy = None
        if isinstance(error, SyntaxError) and error.filename and os.path.realpath(error.filename) == path:
            message, line = f"{type(error).__name__}: {error.msg}", error.lineno
        elif isinstance(error, AttributeError) and str(error).endswith("'down_revision'"):
            message, line = "The file declares no `down_revision`.", None
        elif isinstance(error, SystemExit):
            message, line = ending("The file", error), self.line_in(error, path)
        else:
            message, line = sentence(error), self.line_in(error, path)
            missing = missing_variables(error)
            if missing:
                message = f"The file needs {', '.join(missing)}, which is not set."
                remedy = f"Set it {HOW_TO_SET}."
            elif isinstance(error, ModuleNotFoundError):
                where = "does not exist" if importable(error.name) else f"{sys.executable} does not have"
                message = f"The file imports {error.name}, which {where}."
                if not importable(error.name):
                    remedy = "Install the project's requirements into it, or name another interpreter with `interpreter:` in headgate.yml."
        problem = {"kind": "unreadable", "message": message, "files": [self.relative(path)], "revisions": []}
        more = {"line": line, "help": remedy}
        return {**problem, **{key: value for key, value in more.items() if value is not None}}

    # ------------------------------------------------------------ history

    def history(self, request):
        scripts = self.load_scripts()
        problems = list(self.problems)
        by_id = {}
        for script in scripts:
            earlier = by_id.get(script.revision)
            if earlier is not None:
                problems.append(
                    {
                        "kind": "duplicate",
                        "message": f"Two files declare the revision {script.revision}; Alembic runs only one of them.",
                        "files": [self.relative(earlier.path), self.relative(script.path)],
                        "revisions": [script.revision],
                    }
                )
            by_id[script.revision] = script
        problems.extend(self.passed_over(scripts, problems))
        labels = {label: s.revision for s in by_id.values() for label in as_tuple(getattr(s.module, "branch_labels", None))}
        revisions = {revision: self.describe(script, by_id, labels) for revision, script in by_id.items()}
        return {"shape": "graph", "revisions": self.in_order(revisions), "problems": problems}

    def in_order(self, revisions):
        """As Alembic applies them to an empty database; as they were read where it finds no way."""
        try:
            order = [script.revision for script in self.script.iterate_revisions("heads", "base")]
        except Exception:
            order = []
        placed = set(order)
        return [revisions[name] for name in (*reversed(order), *(name for name in revisions if name not in placed))]

    def imports(self, request):
        """Which files of the project these revisions import, and those in turn."""
        paths = [os.path.realpath(self.script_of(revision).path) for revision in request["revisions"]]
        found = Imports(self.is_project_file).behind(paths)
        return {"imports": {self.relative(file): [self.relative(one) for one in files] for file, files in found.items()}}

    def passed_over(self, scripts, problems):
        """Files below the script directory that are written as revisions, and lie where Alembic does not look; told once a folder."""
        known = {self.relative(script.path) for script in scripts} | {file for problem in problems for file in problem["files"]}
        folders = {}
        for folder, inside, names in os.walk(self.script.dir):
            inside[:] = [name for name in inside if name != "__pycache__"]
            for name in names:
                path = os.path.join(folder, name)
                if name.endswith(".py") and self.relative(path) not in known and re.search(r"^down_revision\b", read_text(path), re.M):
                    folders.setdefault(folder, []).append(self.relative(path))
        for folder, files in sorted(folders.items()):
            what = f"{files[0]} is" if len(files) == 1 else f"{len(files)} revisions in {self.relative(folder)} are"
            message = f"{what} never run: Alembic does not look into that folder (`version_locations`, `recursive_version_locations`)."
            yield {"kind": "ignored", "message": message, "files": sorted(files), "revisions": []}

    def describe(self, script, by_id, labels):
        module = script.module
        described = {
            "id": script.revision,
            "downRevisions": list(as_tuple(module.down_revision)),
            "dependsOn": [self.resolve(name, by_id, labels) for name in as_tuple(getattr(module, "depends_on", None))],
            "branchLabels": list(as_tuple(getattr(module, "branch_labels", None))),
            "file": self.relative(script.path),
            "downgrade": self.declaration(script, "downgrade"),
            **({"upgrade": "absent"} if self.declaration(script, "upgrade") == "absent" else {}),
        }
        title = script.doc.splitlines()[0].strip() if script.doc else ""
        return {**described, "title": title} if title else described

    @staticmethod
    def resolve(name, by_id, labels):
        if name in by_id:
            return name
        if name in labels:
            return labels[name]
        matches = [revision for revision in by_id if revision.startswith(name)]
        return matches[0] if len(matches) == 1 else name

    @staticmethod
    def declaration(script, name):
        if not callable(getattr(script.module, name, None)):
            return "absent"
        try:
            with open(script.path, "rb") as file:
                return "present" if declares(name, ast.parse(file.read())) else "absent"
        except (OSError, SyntaxError, ValueError):
            # Compiled files have no source to look at.
            return "present"

    # ------------------------------------------------------------ running env.py

    def prepare(self, request):
        tables = []

        def ensure(heads, context):
            tables.append(context.version_table)
            # With a transaction for each migration nobody else would commit where there is none to run.
            with context.begin_transaction(_per_migration=True):
                context._ensure_version_table()
            return []

        self.run_env(Run(), ensure)
        return {"versionTables": tables}

    def upgrade(self, request):
        return self.steps(request, True)

    def downgrade(self, request):
        return self.steps(request, False)

    def steps(self, request, up):
        """Each in a run of env.py of its own; or, where it may be held, in one that waits for the requests that follow."""
        warnings = []
        start = time.perf_counter()
        for revision in request["revisions"]:
            run = self.last_run = Run(self.script_with(revision, up, start), up)
            run.holds = self.can_hold and request.get("hold", False)
            try:
                self.run_env(run, lambda heads, context: self.run.steps(heads, context))
            except SetupError:
                raise
            except BaseException as error:
                run = self.last_run
                if run.error is None and not run.ran:
                    raise self.setup_error(error) from error
                raise StepFailed(self.failure(run, error), run.start, run.follows and run.left_nothing()) from error
            finally:
                left_over, self.left_over = self.left_over, None
            if left_over is not None:
                return self.perform(left_over)
            warnings.extend(run.warnings())
        return {"durationMs": (time.perf_counter() - start) * 1000, "warnings": warnings}

    def script_with(self, revision, up, start):
        script = self.script_of(revision)
        if not callable(getattr(script.module, "upgrade" if up else "downgrade", None)):
            if up:
                raise SetupError("The file declares no `upgrade`.", self.relative(script.path))
            failure = {"kind": "no-downgrade", "message": "The revision declares no `downgrade`."}
            raise StepFailed({**failure, "revision": revision, "file": self.relative(script.path)}, start)
        return script

    def next_step(self, context):
        """Tells that a step is done, and waits for one that can be taken in the same run of env.py: its run, or None."""
        done = self.run
        if not done.holds or not done.is_over(context):
            return None
        request = self.converse({"ok": True, "result": {"durationMs": done.elapsed(), "warnings": done.warnings(), "held": True}})
        while request["op"] == "places":
            request = self.converse(answer_to(self, request))
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
        self.run = self.last_run = run
        return run

    def together(self, request):
        """Takes several revisions one step in one run of env.py, each in its own transaction; whether all went as they do alone."""
        scripts = [self.script_of(revision) for revision in request["revisions"]]
        up = request["direction"] == "up"
        if not all(callable(getattr(script.module, "upgrade" if up else "downgrade", None)) for script in scripts):
            return {"together": False}
        run = Run(up=up, announce=self.announce)
        run.scripts = scripts
        try:
            self.run_env(run, run.steps_together)
        except BaseException:
            # Taken one by one they will tell what is wrong, and with which.
            return {"together": False}
        return {"together": run.as_if_alone and run.started == len(scripts)}

    def upgrade_at_once(self, request):
        """Upgrades to these in one run of env.py, as `alembic upgrade` does, in the transactions that env.py asks for."""
        start = time.perf_counter()
        run = self.last_run = Run(self.script_of(request["revisions"][0]))
        run.at_once = [self.script_of(revision) for revision in request["revisions"]]
        try:
            self.run_env(run, run.steps_at_once)
        except SetupError:
            raise
        except BaseException as error:
            if run.error is None and not run.ran:
                raise self.setup_error(error) from error
            raise StepFailed(self.failure(run, error), start) from error
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

        targets = [self.script_of(revision) for revision in request["revisions"]]
        revision_map = self.script.revision_map

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

        self.run_env(Run(), steps)
        return None

    def offline(self, request):
        """What `--sql` would print for each of these revisions, or why it cannot be had, from one run of env.py."""
        from alembic.runtime.environment import EnvironmentContext

        up = request["direction"] == "up"
        scripts = [self.script_of(revision) for revision in request["revisions"]]
        rendering = Rendering(scripts, up)
        os.chdir(self.directory)
        self.redirection.offline = True
        try:
            with EnvironmentContext(self.config, self.script, as_sql=True) as environment:
                rendering.take_over(environment)
                self.script.run_env()
        except BaseException as error:
            if not rendering.ran:
                return {"scripts": {}, "unavailable": f"env.py has no offline mode: {self.setup_error(error)}"}
        finally:
            self.redirection.offline = False
        if not rendering.ran:
            return {"scripts": {}, "unavailable": "env.py does not run the migrations in offline mode."}
        return {"scripts": rendering.scripts}

    def release(self, request):
        self.redirection.release()
        return None

    def script_of(self, revision):
        self.load_scripts()
        if self.problems:
            problem = self.problems[0]
            raise SetupError(problem["message"], problem["files"][0], problem.get("line"))
        try:
            return self.script.revision_map.get_revision(revision)
        except Exception as error:
            raise SetupError(f"Alembic cannot find the revision {revision}: {sentence(error)}") from error

    def run_env(self, run, fn):
        self.prepare_environment()
        os.chdir(self.directory)
        try:
            self.run_env_once(run, fn)
        except Exception as error:
            # The URL that Headgate puts into DATABASE_URL names no driver, and SQLAlchemy's default may not be the project's.
            if run.error is not None or run.ran or not self.name_a_driver(error):
                raise
            self.run_env_once(run, fn)

    def run_env_once(self, run, fn):
        from alembic.runtime.environment import EnvironmentContext

        self.run = run
        connected = self.redirection.connected
        try:
            with EnvironmentContext(self.config, self.script, fn=fn, as_sql=False) as environment:
                watch_runs(environment, self)
                self.script.run_env()
        except BaseException as error:
            if run.script is None or isinstance(error, SetupError):
                raise self.setup_error(error)
            raise
        finally:
            run, self.run = self.run, None
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
        driver = self.installed_driver(asynchronous)
        if os.environ.get("DATABASE_URL") != self.url("") or not driver:
            return False
        os.environ["DATABASE_URL"] = self.url(driver)
        # Settings modules have read the old one.
        for name, module in list(sys.modules.items()):
            if name != "__main__" and self.is_project_file(getattr(module, "__file__", None) or ""):
                del sys.modules[name]
        return True

    def prepare_environment(self):
        if self.environment_ready:
            return
        if self.redirection.connection is None:
            raise SetupError("There is no database to run migrations on.")
        env_py = os.path.join(self.script.dir, "env.py")
        if not os.path.isfile(env_py):
            raise SetupError(f"There is no {self.relative(env_py)}.")
        self.load_scripts()
        self.listen()
        self.environment_ready = True

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
            if self.run is not None:
                self.run.committed(connection)

        @event.listens_for(Engine, "before_cursor_execute")
        def executed(connection, cursor, statement, parameters, context, executemany):
            if self.run is not None:
                self.run.sent(statement)
                self.run.sends_itself = self.run.sends_itself or not (self.run.within or re.match(r"\s*SET\s+(?!LOCAL\b)", statement, re.I))
            if self.run is not None and re.match(r"\s*(COMMIT|END|ROLLBACK|ABORT)\s*(;|$|WORK|TRANSACTION)", statement, re.I):
                self.run.committed(connection)

    def load_flask(self):
        """Flask-Migrate's env.py runs inside the application, which `flask db` loads."""
        try:
            from flask.cli import ScriptInfo, load_dotenv

            flaskenv = os.path.join(self.directory, ".flaskenv")
            if os.path.isfile(flaskenv):
                load_dotenv(flaskenv)
            context = ScriptInfo(app_import_path=os.environ.get("FLASK_APP")).load_app().app_context()
            context.push()
            return context
        except BaseException as error:
            if type(error).__name__ == "NoAppException":
                # Flask puts the traceback of a failed import into its own message.
                if isinstance(error.__context__, ImportError) and str(error).startswith("While importing"):
                    raise self.setup_error(error.__context__) from error
                raise SetupError(f"Flask cannot load the application: {first_line(error)} Set FLASK_APP {HOW_TO_SET}.") from error
            raise self.setup_error(error) from error

    # ------------------------------------------------------------ what went wrong

    def setup_error(self, error):
        """What stands between Headgate and the project's env.py, told to the person who knows the project."""
        file, line = self.place(error)
        if isinstance(error, SetupError):
            if error.file is None:
                error.file, error.line = file, line
            return error
        missing = missing_variables(error)
        if missing:
            return SetupError(
                f"The project needs {' and '.join(missing)}, which {'are' if len(missing) > 1 else 'is'} not set. "
                f"Set {'them' if len(missing) > 1 else 'it'} {HOW_TO_SET}; what names a database may have any value, "
                "because the connection is redirected.",
                file,
                line,
            )
        refusal = database_error(error)
        if refusal:
            return SetupError(f"PostgreSQL refuses what env.py does: {refusal[1]} (SQLSTATE {refusal[0]}).", file, line)
        if isinstance(error, ModuleNotFoundError):
            found = self.folder_of(error.name)
            if found is not None and not importable(error.name):
                return SetupError(
                    f"Python does not look for the module {error.name} where it is, in {self.relative(found)}: "
                    f"set PYTHONPATH to that folder {HOW_TO_SET}, or `prepend_sys_path` in the Alembic configuration.",
                    file,
                    line,
                )
            return SetupError(
                f"The module {error.name} is not installed for {sys.executable}: install the project's requirements "
                "into it, or name another interpreter with `interpreter:` in headgate.yml.",
                file,
                line,
                missing=not importable(error.name),
            )
        if isinstance(error, SystemExit):
            return SetupError(ending("The project", error), file, line)
        if "requires an async driver" in first_line(error):
            driver = self.installed_driver(True).lstrip("+") or "asyncpg"
            return SetupError(
                f"The project needs an asynchronous driver in its database URL. Set the variable it reads to "
                f"postgresql+{driver}://headgate {HOW_TO_SET}; the connection is redirected.",
                file,
                line,
            )
        return SetupError(sentence(error) + self.perhaps_unset(error), file, line)

    def perhaps_unset(self, error):
        """The variables that the project itself asked for in vain, where their absence may be the reason."""
        if isinstance(error, (ImportError, NameError, SyntaxError)):
            return ""
        unset = [name for name, file in environment_reads.items() if name not in os.environ and self.is_project_file(file)][-3:]
        if not unset:
            return ""
        return f". The project asks for {', '.join(unset)}, not set here: set what it needs {HOW_TO_SET}."

    def folder_of(self, name):
        """The folder of the project that holds a module of this name, which Python may not look into; None where none does."""
        top = (name or "").partition(".")[0]
        for folder in (self.directory, self.repository):
            for place in (folder, os.path.join(folder, "src")):
                if top and any(os.path.exists(os.path.join(place, top + end)) for end in ("/__init__.py", ".py")):
                    return place
        return None

    def failure(self, run, error):
        revision, path = run.script.revision, os.path.realpath(run.script.path)
        line = self.line_in(error, path)
        failure = {"revision": revision, "file": self.relative(path)}
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
        if not run.up and self.refuses(run.script):
            return {**failure, "kind": "no-downgrade", "message": sentence(error)}
        missing = missing_variables(error)
        if missing:
            message = f"The migration needs {', '.join(missing)}, which is not set. Set it {HOW_TO_SET}."
            return {**failure, "kind": "code", "message": message}
        if isinstance(error, (AssertionError, KeyError)) and line is None:
            message = f"Alembic could not record the step in its version table, which does not hold what this revision follows ({sentence(error)})."
            return {**failure, "kind": "code", "message": message}
        return {**failure, "kind": "code", "message": sentence(error)}

    @staticmethod
    def refuses(script):
        """Whether the file's `downgrade` does nothing but raise."""
        try:
            with open(script.path, "rb") as file:
                return not declares("downgrade", ast.parse(file.read()))
        except (OSError, SyntaxError, ValueError):
            return False

    def line_in(self, error, path):
        for link in chain(error):
            lines = [line for file, line in frames(link) if os.path.realpath(os.path.join(self.directory, file)) == path]
            if lines:
                return lines[-1]
        return None

    def origin(self, error, path):
        """The line that a version file's failure began in: of what the file imports, or of the file."""
        passed = [(os.path.realpath(os.path.join(self.directory, file)), line) for file, line in frames(error)]
        return passed[-1] if any(file == path for file, _ in passed) else (path, None)

    def place(self, error):
        """The innermost line of the project that an exception passed."""
        for link in chain(error):
            if isinstance(link, SyntaxError) and link.filename and self.is_project_file(link.filename):
                return self.relative(link.filename), link.lineno
        for file, line in reversed(frames(error)):
            if self.is_project_file(file):
                return self.relative(os.path.join(self.directory, file)), line
        return None, None

    def is_project_file(self, file):
        if not file or file.startswith("<"):
            return False
        real = os.path.realpath(os.path.join(self.directory, file))
        inside = real.startswith(self.repository + os.sep) and real != os.path.realpath(__file__)
        return inside and not re.search(r"[\\/](site|dist)-packages[\\/]", real) and not real.startswith(os.path.realpath(sys.prefix) + os.sep)

    def env_file(self):
        return self.relative(os.path.join(self.script.dir, "env.py"))

    def relative(self, path):
        return os.path.relpath(os.path.realpath(os.path.join(self.directory, path)), self.repository).replace(os.sep, "/")


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
        self.commits_itself = False
        self.commits_elsewhere = False
        self.not_awaited = False
        self.path = script and os.path.realpath(script.path)
        # What the migration sent, with the line of its file that was being run.
        self.places = []
        self.own_files = {}

    def elapsed(self):
        return (time.perf_counter() - self.start) * 1000

    def is_plain(self, connected):
        """Whether env.py opened one connection, sent nothing on it itself and left the transactions to Alembic."""
        return len(self.contexts) == 1 and connected == 1 and not self.sends_itself and not self.contexts[0]._in_external_transaction

    def is_over(self, context):
        """Whether a step left its connection as a new one would be, as far as can be seen from here."""
        return self.completed and self.kept and not self.sends_itself and not self.warnings() and not self.left_transaction and not context.connection.in_transaction()

    def left_nothing(self):
        return not (self.kept or self.left_transaction or self.commits_itself or self.commits_elsewhere)

    def sent(self, statement):
        if self.inside is None or len(self.places) >= MOST_PLACES:
            return
        frame = sys._getframe(1)
        while frame is not None and not self.is_own(frame.f_code.co_filename):
            frame = frame.f_back
        if frame is not None:
            self.places.append((statement, frame.f_lineno))

    def is_own(self, path):
        if path not in self.own_files:
            self.own_files[path] = os.path.realpath(path) == self.path
        return self.own_files[path]

    def steps(self, heads, context):
        from alembic.runtime.migration import MigrationStep

        revision_map = context.script.revision_map
        make = MigrationStep.upgrade_from_script if self.up else MigrationStep.downgrade_from_script
        step = make(revision_map, self.script)
        step.migration_fn = self.watched(step.migration_fn, context)
        if not hasattr(context.autocommit_block, "counted"):
            context.autocommit_block = self.counted(context.autocommit_block)
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

        block.counted = True
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


class Rendering:
    """One run of env.py in Alembic's offline mode: each revision by itself, whether or not another can be rendered."""

    def __init__(self, scripts, up):
        self.modules = [(script.revision, script.module) for script in scripts]
        self.up = up
        self.ran = False
        self.scripts = {}

    def take_over(self, environment):
        configure = environment.configure

        def configured(*args, **given):
            # Some env.py files write the script into the checkout.
            given["output_buffer"] = io.StringIO()
            return configure(*args, **given)

        environment.configure = configured
        environment.run_migrations = lambda **given: self.render(environment.get_context(), given)

    def render(self, context, given):
        """Calls the functions themselves, as Alembic does between its lines about the version table."""
        from alembic.operations import Operations

        if not context.as_sql:
            raise SetupError("It connects to a database.")
        self.ran = True
        with Operations.context(context):
            for revision, module in self.modules:
                function = getattr(module, "upgrade" if self.up else "downgrade", None)
                buffer = context.impl.output_buffer = io.StringIO()
                earlier = self.scripts.get(revision, {"sql": ""})
                if not callable(function) or "unavailable" in earlier:
                    continue
                try:
                    result = function(**given)
                    if inspect.iscoroutine(result):
                        result.close()
                    self.scripts[revision] = {"sql": earlier["sql"] + buffer.getvalue()}
                except BaseException as error:
                    self.scripts[revision] = {"unavailable": sentence(error)}


class Imports:
    """Which files of the project each of its modules imports: read from its text, and looked up where Python found it or would.

    Nothing is run that has not been run yet, so that what a function imports only when it is called is seen as well.
    """

    def __init__(self, is_own):
        self.is_own = is_own

    def behind(self, paths):
        """For each of these files that imports some, and for those in turn, the files."""
        found, seen, waiting = {}, set(paths), [(path, "") for path in paths]
        while waiting:
            path, package = waiting.pop()
            modules = {name: self.place(name)[0] for name in self.names(path, package)}
            own = {os.path.realpath(file): name for name, file in modules.items() if file and file.endswith(".py") and self.is_own(file)}
            own.pop(path, None)
            if own:
                found[path] = sorted(own)
            for file, name in own.items():
                if file not in seen:
                    seen.add(file)
                    waiting.append((file, name if os.path.basename(file) == "__init__.py" else name.rpartition(".")[0]))
        return found

    def names(self, path, package):
        """What a file imports, with the packages that this loads too."""
        try:
            with open(path, "rb") as file:
                waiting = [ast.parse(file.read())]
        except (OSError, SyntaxError, ValueError, RecursionError):
            return
        while waiting:
            node = waiting.pop()
            stated = []
            if isinstance(node, ast.Import):
                stated = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                above = package.split(".") if package else []
                base = [*above[: len(above) - node.level + 1], *filter(None, [node.module])] if node.level else [node.module]
                stated = [".".join([*base, alias.name]) for alias in node.names]
            elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in ("import_module", "__import__"):
                stated = [one.value for one in node.args[:1] if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            for name in stated:
                parts = name.split(".")
                yield from (".".join(parts[:count]) for count in range(1, len(parts) + 1))
            # Only type checkers go in there.
            hidden = isinstance(node, ast.If) and getattr(node.test, "attr", getattr(node.test, "id", "")) == "TYPE_CHECKING"
            waiting.extend(node.orelse if hidden else ast.iter_child_nodes(node))

    @functools.lru_cache(maxsize=None)
    def place(self, name):
        """The file of a module, and where the modules in it are; nothing where there is none of this name."""
        loaded = sys.modules.get(name)
        if loaded is not None:
            return getattr(loaded, "__file__", None), getattr(loaded, "__path__", None)
        parent = name.rpartition(".")[0]
        inside = self.place(parent)[1] if parent else None
        try:
            spec = importlib.machinery.PathFinder.find_spec(name, inside) if inside else None if parent else importlib.util.find_spec(name)
        except Exception:
            spec = None
        return (spec.origin, spec.submodule_search_locations) if spec else (None, None)


def statement_lines(path):
    """For each line of a file, the first line of the innermost statement that it is part of."""
    try:
        with open(path, "rb") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return {}
    first = {}
    # Outer ones come before inner ones, which overwrite them.
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            for line in range(node.lineno, (node.end_lineno or node.lineno) + 1):
                first[line] = node.lineno
    return first


def same_session(one, other):
    try:
        return one.connection.dbapi_connection is other.connection.dbapi_connection
    except Exception:
        return one is other


def watch_runs(environment, driver):
    """Notes each context that env.py runs migrations in, and refuses what would wait for itself for ever."""
    run_migrations, configure, begin = environment.run_migrations, environment.configure, environment.begin_transaction
    run, contexts, asked_to_begin = driver.run, driver.run.contexts, []

    def configured(*args, **given):
        if run.scripts:
            given["transaction_per_migration"] = True
        return configure(*args, **given)

    def watched(**given):
        context = environment.get_context()
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
            step = driver.next_step(context) if len(contexts) == 1 and not context._in_external_transaction else None
        return result

    def begun():
        """In a run that is held, each step has for itself the transaction that env.py begins for all."""
        if not run.holds:
            return begin()
        asked_to_begin.append(True)
        return contextlib.nullcontext()

    # A subclass would lose Alembic's module-level `context` functions, which it installs for this class alone.
    environment.run_migrations = watched
    environment.configure = configured
    environment.begin_transaction = begun


def read_text(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


# ---------------------------------------------------------------- the conversation


def answer_to(driver, request):
    try:
        return {"ok": True, "result": driver.perform(request)}
    except StepFailed as failed:
        return {"ok": False, "failure": failed.failure, "durationMs": failed.duration, "held": failed.undone_in_held}
    except SetupError as error:
        place = {"file": error.file, "line": error.line, "missing": error.missing or None}
        return {"ok": False, "error": {"message": str(error), **{key: value for key, value in place.items() if value is not None}}}
    except BaseException as error:
        return {"ok": False, "error": {"message": f"{type(error).__name__}: {first_line(error)}"}}


def load_ahead():
    """Loads what takes long and is not the project's, while the database is still being made. What fails is told when it is opened."""
    with contextlib.suppress(Exception):
        import alembic.command
        import sqlalchemy.dialects.postgresql  # noqa: F401


def main():
    pipe = socket.socket(fileno=3)
    pipe.set_inheritable(False)
    requests = queue.Queue()

    def read():
        with pipe.makefile("r", encoding="utf-8", newline="\n") as lines:
            try:
                for line in lines:
                    requests.put(json.loads(line))
            except OSError:
                pass
        # Nobody is there any more, whatever a migration is doing at the moment.
        if os.getpgrp() == os.getpid():
            os.killpg(os.getpgrp(), signal.SIGKILL)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    driver = Driver()

    def announce(revision):
        """Waits until whoever listens has taken note that what is sent now is this revision's."""
        pipe.sendall((json.dumps({"begins": revision}) + "\n").encode())
        requests.get()

    def converse(answer):
        """Gives an answer and waits for the next request, in the middle of a run of env.py."""
        pipe.sendall((json.dumps(answer) + "\n").encode())
        return requests.get()

    driver.announce = announce
    driver.converse = converse
    load_ahead()
    while True:
        answer = answer_to(driver, requests.get())
        pipe.sendall((json.dumps(answer) + "\n").encode())


if __name__ == "__main__":
    main()
