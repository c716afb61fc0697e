"""Projects whose migrations are for another database than PostgreSQL."""

import re

from .environment_reads import environment_reads
from .exceptions import chain, first_line, frames
from .setup_error import HOW_TO_SET


def wrong_database(dialect):
    read = sorted(name for name in environment_reads if re.search(r"URL|URI|DSN|DATABASE|DB|SQL", name))
    # Beside the pool's size and the like, the address of a database is what is named so.
    read = [name for name in read if re.search(r"DATABASE|DB|SQL|PG", name) and re.search(r"URL|URI|DSN|CONN", name)] or read
    what = f"Set {' or '.join(read)}, which it reads," if read else "Set what it reads the address from"
    return (
        f"The migrations connect to {dialect}, but Headgate checks them on PostgreSQL. "
        f"{what} to a PostgreSQL URL {HOW_TO_SET}, or `sqlalchemy.url` in the Alembic configuration; "
        "which server it names does not matter, the connection is redirected. "
        "If they are not for PostgreSQL, leave the project out: name those that are under `projects:` in headgate.yml."
    )


def other_dialect(error):
    """The database whose driver SQLAlchemy looked for and did not find, where it is not PostgreSQL; None otherwise."""
    for link in chain(error):
        plugin = re.match(r"Can't load plugin: sqlalchemy\.dialects:(\w+)", first_line(link))
        if plugin:
            return plugin.group(1).partition("_")[0]
        if not isinstance(link, ModuleNotFoundError):
            continue
        for file, _ in reversed(frames(link)):
            found = re.search(r"[\\/]sqlalchemy[\\/](?:dialects[\\/](\w+)|connectors)[\\/]", file)
            if found:
                return None if found.group(1) == "postgresql" else found.group(1) or f"another database, with {link.name}"
    return None
