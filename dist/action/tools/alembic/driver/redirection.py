"""Where the connections of the process lead."""

import contextlib
import functools
import inspect
import sys
import weakref
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from .other_database import wrong_database
from .setup_error import SetupError


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

    def url(self, driver, stated=()):
        """The URL of that database, with what else was stated."""
        place = self.connection or {
            "host": "127.0.0.1", "port": 1, "user": "headgate", "password": "headgate", "database": "headgate",
        }
        host = f"[{place['host']}]" if ":" in place["host"] else place["host"]
        account = f"{quote(place['user'], safe='')}:{quote(place['password'], safe='')}"
        query = urlencode(list(self.harmless(stated)), quote_via=quote)
        return f"postgresql{driver}://{account}@{host}:{place['port']}/{quote(place['database'], safe='')}{query and '?' + query}"

    def track(self, raw):
        self.open = [reference for reference in self.open if reference() is not None]
        self.open.append(weakref.ref(raw))
        self.connected += 1
        return raw

    def install(self):
        """Wraps the drivers' connect functions when they are imported: some projects call them without SQLAlchemy."""
        sys.meta_path.insert(0, self)

    def find_spec(self, name, path=None, target=None):
        wrap = getattr(self, "wrap_" + name.replace(".", "_"), None)
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

    # Programs that log in through a connector of their cloud call this one.
    wrap_pg8000_dbapi = wrap_pg8000

    def do_connect(self, dialect, record, args, given):
        """SQLAlchemy's own event, for connections that no wrapped function would see."""
        if dialect.name != "postgresql":
            raise SetupError(wrong_database(dialect.name))
        redirected = self.arguments(given, "database" if dialect.driver in ("asyncpg", "pg8000") else "dbname")
        args.clear()
        given.clear()
        given.update(redirected)

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
