"""What migrations import."""

import ast
import functools
import importlib.machinery
import importlib.util
import os
import sys


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
