"""The revisions of a project, as their files say them."""

import os
import re
import sys

from .declarations import declaration
from .exceptions import ending, importable, missing_variables, sentence
from .flask_application import load_flask
from .imports import Imports
from .opened_files import OpenedFiles
from .preloaded import Preloaded
from .project import read_text
from .setup_error import HOW_TO_SET, SetupError
from .setup_failure import as_setup_error

# Folders of histories that are not PostgreSQL's.
OTHER_DATABASES = ("sqlite", "mysql", "mariadb", "oracle", "mssql")


class Revisions:
    """The version files of one project, each loaded once."""

    def __init__(self, project, script_directory, folders_of_others):
        self.project = project
        self.folders_of_others = folders_of_others
        # Alembic's own.
        self.script_directory = script_directory
        self.opened = OpenedFiles(project)
        self.preloaded = Preloaded(project, self.opened, os.path.join(script_directory.dir, "env.py"))
        self.scripts = None
        self.problems = []
        self.flask_context = None

    def load(self):
        """Loads every version file once, remembering those that do not load."""
        if self.scripts is not None:
            return self.scripts
        from alembic.script import Script
        from alembic.script.revision import RevisionMap

        if re.search(r"\bcurrent_app\b", read_text(os.path.join(self.script_directory.dir, "env.py"))):
            # The migrations may use the application too, as soon as they are loaded.
            self.flask_context = load_flask(self.project)
        self.preloaded.load()
        self.scripts, self.problems, lacking, seen, errors = [], [], [], set(), []
        for location in self.script_directory._version_locations:
            if not os.path.isdir(location):
                continue
            for path in Script._list_py_dir(self.script_directory, location):
                # Before Alembic 1.10 it is a name in the folder.
                real = type(path)(os.path.realpath(os.path.join(location, path)))
                if real in seen:
                    continue
                seen.add(real)
                try:
                    with self.opened.while_loading(str(real)):
                        script = (
                            Script._from_path(self.script_directory, real)
                            if hasattr(Script, "_from_path")
                            else Script._from_filename(self.script_directory, *os.path.split(real))
                        )
                except (Exception, SystemExit) as error:
                    if isinstance(error, ModuleNotFoundError) and not importable(error.name):
                        lacking.insert(0, error)
                    elif missing_variables(error):
                        lacking.append(error)
                    self.problems.append(self.unreadable(error, str(real)))
                    errors.append((error, self.project.origin(error, str(real))))
                    continue
                if script is not None:
                    self.scripts.append(script)
        # Where packages and variables are all that is wrong, the files are not at fault.
        if lacking and len(lacking) == len(self.problems):
            self.scripts = None
            raise as_setup_error(self.project, lacking[0]) from lacking[0]
        # Several that fail in one and the same line of what they import are not at fault either.
        if len(errors) > 1 and len({origin for _, origin in errors}) == 1:
            self.scripts = None
            raise as_setup_error(self.project, errors[0][0]) from errors[0][0]
        # Alembic would load all files again for its own map.
        self.script_directory.revision_map = RevisionMap(lambda: iter(self.scripts))
        return self.scripts

    def script_of(self, revision):
        self.load()
        if self.problems:
            problem = self.problems[0]
            raise SetupError(problem["message"], problem["files"][0], problem.get("line"))
        try:
            return self.script_directory.revision_map.get_revision(revision)
        except Exception as error:
            raise SetupError(f"Alembic cannot find the revision {revision}: {sentence(error)}") from error

    def history(self):
        """All of them, as `sessions/driver-protocol.ts` has a history."""
        scripts = self.load()
        problems = list(self.problems)
        by_id = {}
        for script in scripts:
            earlier = by_id.get(script.revision)
            if earlier is not None:
                problems.append(
                    {
                        "kind": "duplicate",
                        "message": f"Two files declare the revision {script.revision}; Alembic runs only one of them.",
                        "files": [self.project.relative(earlier.path), self.project.relative(script.path)],
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
            order = [script.revision for script in self.script_directory.iterate_revisions("heads", "base")]
        except Exception:
            order = []
        placed = set(order)
        return [revisions[name] for name in (*reversed(order), *(name for name in revisions if name not in placed))]

    def imports(self, revisions):
        """Which files of the project these revisions import or have opened so far, and what those import in turn."""
        paths = [os.path.realpath(self.script_of(revision).path) for revision in revisions]
        found = Imports(self.project.owns).behind(paths)
        for path in paths:
            opened = self.opened.by(path) | self.preloaded.opened_behind(path, found)
            if opened:
                found[path] = sorted(opened.union(found.get(path, ())))
        return {"imports": {self.project.relative(file): [self.project.relative(one) for one in files] for file, files in found.items()}}

    def passed_over(self, scripts, problems):
        """Files below the script directory that are written as revisions, and lie where Alembic does not look; told once a folder."""
        known = {self.project.relative(script.path) for script in scripts} | {file for problem in problems for file in problem["files"]}
        folders = {}
        for folder, inside, names in os.walk(self.script_directory.dir):
            inside[:] = [name for name in inside if name != "__pycache__" and name not in OTHER_DATABASES]
            for name in names:
                path = os.path.join(folder, name)
                if name.endswith(".py") and self.project.relative(path) not in known and re.search(r"^down_revision\b", read_text(path), re.M):
                    folders.setdefault(folder, []).append(self.project.relative(path))
        others = self.folders_of_others() if folders else []
        for folder, files in sorted(folders.items()):
            if any(f"{os.path.realpath(folder)}{os.sep}".startswith(f"{other}{os.sep}") for other in others):
                continue
            what = f"{files[0]} is" if len(files) == 1 else f"{len(files)} revisions in {self.project.relative(folder)} are"
            message = f"{what} never run: Alembic does not look into that folder (`version_locations`, `recursive_version_locations`)."
            yield {"kind": "ignored", "message": message, "files": sorted(files), "revisions": []}

    def unreadable(self, error, path):
        remedy = None
        if isinstance(error, SyntaxError) and error.filename and os.path.realpath(error.filename) == path:
            message, line = f"{type(error).__name__}: {error.msg}", error.lineno
        elif isinstance(error, AttributeError) and str(error).endswith("'down_revision'"):
            message, line = "The file declares no `down_revision`.", None
        elif isinstance(error, SystemExit):
            message, line = ending("The file", error), self.project.line_in(error, path)
        else:
            message, line = sentence(error), self.project.line_in(error, path)
            missing = missing_variables(error)
            if missing:
                message = f"The file needs {', '.join(missing)}, which is not set."
                remedy = f"Set it {HOW_TO_SET}."
            elif isinstance(error, ModuleNotFoundError):
                where = "does not exist" if importable(error.name) else f"{sys.executable} does not have"
                message = f"The file imports {error.name}, which {where}."
                if not importable(error.name):
                    remedy = "Install the project's requirements into it, or name another interpreter with `interpreter:` in headgate.yml."
        problem = {"kind": "unreadable", "message": message, "files": [self.project.relative(path)], "revisions": []}
        more = {"line": line, "help": remedy}
        return {**problem, **{key: value for key, value in more.items() if value is not None}}

    def describe(self, script, by_id, labels):
        module = script.module
        described = {
            "id": script.revision,
            "downRevisions": list(as_tuple(module.down_revision)),
            "dependsOn": [resolve(name, by_id, labels) for name in as_tuple(getattr(module, "depends_on", None))],
            "branchLabels": list(as_tuple(getattr(module, "branch_labels", None))),
            "file": self.project.relative(script.path),
            "downgrade": declaration(script, "downgrade"),
            **({"upgrade": "absent"} if declaration(script, "upgrade") == "absent" else {}),
        }
        title = script.doc.splitlines()[0].strip() if script.doc else ""
        return {**described, "title": title} if title else described


def resolve(name, by_id, labels):
    if name in by_id:
        return name
    if name in labels:
        return labels[name]
    matches = [revision for revision in by_id if revision.startswith(name)]
    return matches[0] if len(matches) == 1 else name


def as_tuple(value):
    if not value:
        return ()
    if isinstance(value, str):
        return (value,)
    return tuple(value)
