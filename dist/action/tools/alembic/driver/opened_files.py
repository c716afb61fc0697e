"""Which files a migration opens."""

import contextlib
import os
import sys


class OpenedFiles:
    """Notes what is opened while a migration is at work: while it is loaded, and while its upgrade runs."""

    def __init__(self, project):
        self.project = project
        self.loading = None
        # Gives the path of the migration whose upgrade runs, where one does.
        self.running = lambda: None
        self.names = {}
        sys.addaudithook(self.heard)

    def heard(self, event, details):
        if event != "open" or not isinstance(details[0], str):
            return
        path = self.loading or self.running()
        if path is not None:
            self.names.setdefault(os.path.realpath(path), set()).add(details[0])

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
