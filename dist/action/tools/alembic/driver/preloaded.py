"""What env.py imports."""

import ast
import importlib
import os
import sys

from .project import read_text


class Preloaded:
    """The modules that a run of Alembic has loaded before its first version file: some that import each other load in one order only."""

    def __init__(self, project, opened, env_py):
        self.project = project
        self.opened = opened
        self.env_py = os.path.realpath(env_py)
        self.files = set()

    def load(self):
        """Imports what env.py does at its top, as far as that works by itself; what does not is told when env.py runs."""
        before = set(sys.modules)
        try:
            with self.opened.while_loading(self.env_py):
                for statement in ast.parse(read_text(self.env_py)).body:
                    import_as(statement)
        except (Exception, SystemExit):
            pass
        loaded = [getattr(sys.modules.get(name), "__file__", None) for name in set(sys.modules) - before]
        self.files = {os.path.realpath(file) for file in loaded if file and self.project.owns(file)}

    def opened_behind(self, path, imports):
        """What these modules opened, for a migration that imports one of them: by itself it would have been the first to."""
        seen, waiting = set(), [path]
        while waiting:
            file = waiting.pop()
            if file not in seen:
                seen.add(file)
                waiting.extend(imports.get(file, ()))
        return self.opened.by(self.env_py) - {path} if seen & self.files else set()


def import_as(statement):
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            importlib.import_module(alias.name)
    elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
        module = importlib.import_module(statement.module)
        for alias in statement.names:
            if alias.name != "*" and not hasattr(module, alias.name):
                importlib.import_module(f"{statement.module}.{alias.name}")
