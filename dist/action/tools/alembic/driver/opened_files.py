"""Which files a migration opens, and which programs it starts."""

import contextlib
import os
import re
import sys

# Where each of Python's ways to start a program has what is started, and in which folder: https://docs.python.org/3/library/audit_events.html
STARTS = {
    "subprocess.Popen": lambda executable, args, cwd, env: (args, cwd),
    "os.posix_spawn": lambda path, args, env: (args, None),
    "os.spawn": lambda mode, path, args, env: (args, None),
    "os.system": lambda command: (["sh", "-c", command], None),
}


class OpenedFiles:
    """Notes what is opened while a migration is at work: while it is loaded, and while its upgrade runs. What the arguments of a program name, it opens."""

    def __init__(self, project):
        self.project = project
        self.loading = None
        # Gives the path of the migration whose upgrade runs, where one does.
        self.running = lambda: None
        self.names = {}
        self.programs = {}
        sys.addaudithook(self.hear)

    def hear(self, event, details):
        if event != "open" and event not in STARTS:
            return
        # What an audit hook raises would be the migration's failure; what cannot be made sense of here, Python refuses.
        with contextlib.suppress(Exception):
            self.note(event, details)

    def note(self, event, details):
        if event == "open":
            if not isinstance(details[0], str):
                return
            names = (details[0],)
        else:
            args, folder = STARTS[event](*details)
            args = [os.fsdecode(word) for word in ([args] if isinstance(args, (str, bytes)) else args)]
            names = [os.path.join(folder or "", word) for arg in args for word in (arg, *words(arg))]
        running = self.running()
        path = self.loading or running
        if path is None:
            return
        self.names.setdefault(os.path.realpath(path), set()).update(names)
        if event in STARTS and running is not None:
            self.programs.setdefault(running, {})[program(args)] = True

    def started_by(self, run):
        """The programs that the upgrade of a run started."""
        return list(self.programs.get(run.script.path, ()) if run.up and run.script else ())

    @contextlib.contextmanager
    def while_loading(self, path):
        self.loading = path
        try:
            yield
        finally:
            self.loading = None

    def by(self, path):
        """Those that are the project's, and not the migration itself."""
        files = {os.path.realpath(os.path.join(self.project.directory, name)) for name in self.names.get(path, ())}
        return {file for file in files if file != path and self.project.owns(file) and os.path.isfile(file)}


def words(argument):
    """What is named in an argument, as a shell would take it apart."""
    return [word for word in re.split(r"[\s'\"=;|&<>()]+", argument) if word]


def program(args):
    """The name of what is started; behind a shell, of the first program in its script, which variables may stand before."""
    if len(args) < 3 or not re.match(r"-\w*c$", args[1]):
        return os.path.basename(args[0])
    first = re.match(r"""\s*(?:\w+=(?:'[^']*'|"[^"]*"|[^\s'"])*\s+)*([\w./+-]+)(?=\s|$)""", args[2])
    return os.path.basename(first.group(1)) if first else "a shell"
