"""What stands between Headgate and the project's env.py."""

import os
import re
import sys

from .configuration import installed_driver
from .environment_reads import environment_reads
from .exceptions import database_error, ending, first_line, importable, missing_variables, sentence
from .other_database import other_dialect, wrong_database
from .project import read_text
from .setup_error import HOW_TO_SET, SetupError


def as_setup_error(project, error):
    """What stands between Headgate and the project's env.py, told to the person who knows the project."""
    file, line = project.place(error)
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
        told = f"PostgreSQL refuses what env.py does: {refusal[1]} (SQLSTATE {refusal[0]})."
        # invalid_schema_name: production has it from whatever set the program up.
        make = " Make the schema first, with an SQL file under `prelude:` of this project in headgate.yml."
        return SetupError(told + (make if refusal[0] == "3F000" else ""), file, line)
    dialect = other_dialect(error)
    if dialect:
        return SetupError(wrong_database(dialect), file, line)
    if isinstance(error, ModuleNotFoundError):
        found = project.folder_of(error.name)
        if found is not None and not importable(error.name):
            return SetupError(
                f"Python does not look for the module {error.name} where it is, in {project.relative(found)}: "
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
        driver = installed_driver(True).lstrip("+") or "asyncpg"
        return SetupError(
            f"The project needs an asynchronous driver in its database URL. Set the variable it reads to "
            f"postgresql+{driver}://headgate {HOW_TO_SET}; the connection is redirected.",
            file,
            line,
        )
    return SetupError(sentence(error).rstrip(".") + (asks_for_argument(project, file, error) or perhaps_unset(project, error)), file, line)


def asks_for_argument(project, file, error):
    """What to do where env.py may want something of `alembic -x`."""
    wants = isinstance(error, (KeyError, IndexError)) or re.search(r"(?<!\S)[`'\"]?-x\b", str(error))
    if not wants or file is None or "get_x_argument" not in read_text(os.path.join(project.repository, file)):
        return ""
    return (
        ". It asks for what `alembic -x` is given, and Headgate gives it nothing: "
        f"let it fall back to a variable of the environment, and set that {HOW_TO_SET}."
    )


def perhaps_unset(project, error):
    """The variables that the project itself asked for in vain, where their absence may be the reason."""
    if isinstance(error, (ImportError, NameError, SyntaxError)) or hasattr(error, "orig"):
        return ""
    missing = {name: file for name, file in environment_reads.items() if name not in os.environ}
    # What the error speaks of was asked for by a library, as the project told it to.
    named = [name for name in missing if re.search(rf"\b{re.escape(name)}\b", str(error))]
    unset = named or [name for name, file in missing.items() if project.owns(file)][-3:]
    if not unset:
        return ""
    return f". The project asks for {', '.join(unset)}, not set here: set what it needs {HOW_TO_SET}."
