"""The conversation with Headgate: JSON lines, as `sessions/driver-protocol.ts` describes them."""

import contextlib
import json
import os
import queue
import signal
import socket
import threading

from .driver import Driver


def hold_conversation():
    """Answers requests until the pipe is closed, which ends the process whatever it is doing."""
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

    def announce(revision):
        """Waits until whoever listens has taken note that what is sent now is this revision's."""
        pipe.sendall((json.dumps({"begins": revision}) + "\n").encode())
        requests.get()

    def converse(answer):
        """Gives an answer and waits for the next request, in the middle of a run of env.py."""
        pipe.sendall((json.dumps(answer) + "\n").encode())
        return requests.get()

    driver = Driver(announce, converse)
    load_ahead()
    while True:
        answer = driver.answer(requests.get())
        pipe.sendall((json.dumps(answer) + "\n").encode())


def load_ahead():
    """Loads what takes long and is not the project's, while the database is still being made. What fails is told when it is opened."""
    with contextlib.suppress(Exception):
        import alembic.command
        import sqlalchemy.dialects.postgresql  # noqa: F401
