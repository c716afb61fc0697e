"""Which lines of a file are one statement."""

import ast
import functools


@functools.lru_cache(maxsize=1)
def statement_lines(path):
    """For each line of a file, the first line of the innermost statement that it is part of. The way back of a file is asked for after its way up."""
    try:
        with open(path, "rb") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return {}
    first = {}
    # Outer ones come before inner ones, which overwrite them.
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            for line in range(node.lineno, (node.end_lineno or node.lineno) + 1):
                first[line] = node.lineno
    return first
