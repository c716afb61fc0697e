"""Runs a program as on another machine, on another day: its own file is the first argument.

What no variable of the environment says is changed inside of Python, before anything of the project is loaded:
HEADGATE_ELSEWHERE names it. TLS has the clock of OpenSSL, and what waits the monotonic one: neither is touched.
"""

import ctypes
import datetime
import gc
import os
import runpy
import socket
import sys
import time


class Plain:
    """A function that does not become a method where a class holds it, as those that are written in C do not."""

    def __init__(self, function):
        self.function = function

    def __call__(self, *args, **named):
        return self.function(*args, **named)


def later(seconds):
    """Puts the clock forward."""
    now, now_ns, shown = time.time, time.time_ns, time.strftime
    time.time = Plain(lambda: now() + seconds)
    time.time_ns = Plain(lambda: now_ns() + seconds * 1_000_000_000)
    for name in ("localtime", "gmtime", "ctime"):
        setattr(time, name, at_now(getattr(time, name)))
    time.strftime = Plain(lambda pattern, *at: shown(pattern, *(at or (time.localtime(),))))
    # Both ask the system. Another class in their place would not do: drivers know these two.
    replace(datetime.date, today=lambda cls: cls.fromtimestamp(time.time()))
    replace(
        datetime.datetime,
        now=lambda cls, tz=None: cls.fromtimestamp(time.time(), tz),
        today=lambda cls: cls.fromtimestamp(time.time()),
        utcnow=lambda cls: cls.fromtimestamp(time.time(), datetime.timezone.utc).replace(tzinfo=None),
    )


def at_now(function):
    return Plain(lambda at=None: function(time.time() if at is None else at))


def replace(cls, **methods):
    """Gives a class that is written in C other class methods: its dictionary is read-only from outside only."""
    (attributes,) = gc.get_referents(cls.__dict__)
    attributes.update((name, classmethod(method)) for name, method in methods.items())
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(cls))


def other_host():
    """Another name for the machine, and for who runs it."""
    import getpass

    uname = os.uname
    os.uname = Plain(lambda: os.uname_result((uname()[0], "elsewhere", *uname()[2:])))
    socket.gethostname = getpass.getuser = os.getlogin = Plain(lambda: "elsewhere")


class Backwards:
    """The entries of a directory, the last first."""

    def __init__(self, entries):
        with entries:
            self.entries = iter(list(entries)[::-1])

    def __iter__(self):
        return self.entries

    def __next__(self):
        return next(self.entries)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    close = __exit__


def files_backwards():
    """Another order for what is in a directory: the system promises none."""
    listed, scanned = os.listdir, os.scandir
    os.listdir = Plain(lambda path=".": listed(path)[::-1])
    os.scandir = Plain(lambda path=".": Backwards(scanned(path)))


def main():
    # A year, a month and a few days, so that none of them stays.
    changes = {"clock": lambda: later(400 * 86_400), "host": other_host, "files": files_backwards}
    for name in os.environ.pop("HEADGATE_ELSEWHERE").split(","):
        changes[name]()
    del sys.argv[0], sys.path[0]
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
