"""What an exception says, in a sentence."""

import importlib.util
import os
import re


def chain(error):
    seen = []
    while error is not None and error not in seen:
        seen.append(error)
        error = error.__cause__ or error.__context__
    return seen


def importable(name):
    """Whether the package that a module belongs to is there; the module itself may not be."""
    try:
        return importlib.util.find_spec((name or "").partition(".")[0] or "?") is not None
    except (ImportError, ValueError):
        return False


def first_line(error):
    lines = str(error).strip().splitlines()
    return lines[0].strip()[:1000] if lines else ""


def sentence(error):
    from alembic.util import CommandError

    # Addresses of objects say nothing and differ each time.
    text = re.sub(r" at 0x[0-9a-fA-F]+", "", error.msg if isinstance(error, SyntaxError) else first_line(error))
    if isinstance(error, CommandError) and text:
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def ending(who, error):
    """What `sys.exit` says: a number or nothing is an exit code, anything else is a message."""
    if error.code is None or isinstance(error.code, int):
        return f"{who} ends the process (exit code {int(error.code or 0)})."
    said = first_line(error).rstrip(".")
    return f"{who} ends the process: {said}." if said else f"{who} ends the process."


def frames(error):
    found = []
    trace = error.__traceback__
    while trace is not None:
        found.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    return found


def database_error(error):
    """The server's refusal behind an exception, as (SQLSTATE, message), or None."""
    original = getattr(error, "orig", None)
    for candidate in (original, getattr(original, "__cause__", None), error):
        if candidate is None:
            continue
        fields = candidate.args[0] if candidate.args and isinstance(candidate.args[0], dict) else {}
        state = getattr(candidate, "sqlstate", None) or getattr(candidate, "pgcode", None) or fields.get("C")
        if not isinstance(state, str):
            continue
        diagnosis = getattr(candidate, "diag", None)
        message = (
            getattr(diagnosis, "message_primary", None)
            or fields.get("M")
            or getattr(getattr(candidate, "__cause__", None), "message", None)
            or getattr(candidate, "message", None)
            or first_line(candidate)
        )
        # What still depends on an object is only told in the detail, and it names objects, never rows.
        detail = getattr(diagnosis, "message_detail", None) or fields.get("D") or getattr(candidate, "detail", None)
        if state == "2BP01" and detail:
            message = f"{message}: {detail.splitlines()[0]}"
        return state, str(message).splitlines()[0]
    return None


def missing_variables(error):
    """The environment variables an exception complains about."""
    for link in chain(error):
        if isinstance(link, KeyError) and link.args and isinstance(link.args[0], str):
            places = frames(link)
            if places and os.path.basename(places[-1][0]) in ("os.py", "<frozen os>"):
                return [link.args[0]]
        if type(link).__name__ == "ValidationError" and callable(getattr(link, "errors", None)):
            try:
                missing = [e for e in link.errors() if e.get("type") in ("missing", "value_error.missing")]
                return [str(e["loc"][0]) for e in missing if e.get("loc")]
            except Exception:
                return []
    return []
