"""The files of the project, and where in them something went wrong."""

import os
import re
import sys

from .exceptions import chain, frames

HERE = os.path.dirname(os.path.realpath(__file__))


class Project:
    """Where the project is: its repository, the directory that its tool is run in, and which files are its own."""

    def __init__(self, repository, directory, settings):
        self.repository = os.path.realpath(repository)
        self.directory = directory
        self.settings = settings

    def relative(self, path):
        """The path as reports name it: from the root of the repository, with slashes."""
        return os.path.relpath(os.path.realpath(os.path.join(self.directory, path)), self.repository).replace(os.sep, "/")

    def owns(self, file):
        """Whether it is a file of the project: not an installed one, and none of ours."""
        if not file or file.startswith("<"):
            return False
        real = os.path.realpath(os.path.join(self.directory, file))
        inside = real.startswith(self.repository + os.sep) and not real.startswith(HERE + os.sep)
        return inside and not re.search(r"[\\/](site|dist)-packages[\\/]", real) and not real.startswith(os.path.realpath(sys.prefix) + os.sep)

    def place(self, error):
        """The innermost line of the project that an exception passed."""
        for link in chain(error):
            if isinstance(link, SyntaxError) and link.filename and self.owns(link.filename):
                return self.relative(link.filename), link.lineno
        for file, line in reversed(frames(error)):
            if self.owns(file):
                return self.relative(os.path.join(self.directory, file)), line
        return None, None

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

    def folder_of(self, name):
        """The folder of the project that holds a module of this name, which Python may not look into; None where none does."""
        top = (name or "").partition(".")[0]
        for folder in (self.directory, self.repository):
            for place in (folder, os.path.join(folder, "src")):
                if top and any(os.path.exists(os.path.join(place, top + end)) for end in ("/__init__.py", ".py")):
                    return place
        return None


def read_text(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
