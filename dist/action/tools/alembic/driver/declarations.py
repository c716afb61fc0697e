"""The ways up and back, as the file of a revision declares them."""

import ast
import functools


def declaration(script, name):
    """Whether a revision has a way up or back, as its file declares it: `present` or `absent`."""
    if not callable(getattr(script.module, name, None)):
        return "absent"
    try:
        return "present" if declares(name, syntax_tree(script.path)) else "absent"
    except (OSError, SyntaxError, ValueError):
        # Compiled files have no source to look at.
        return "present"


def refuses(script):
    """Whether the file's `downgrade` does nothing but raise."""
    try:
        return not declares("downgrade", syntax_tree(script.path))
    except (OSError, SyntaxError, ValueError):
        return False


@functools.lru_cache(maxsize=1)
def syntax_tree(path):
    """Kept for one file: it is asked for its way up and for its way back."""
    with open(path, "rb") as file:
        return ast.parse(file.read())


def declares(name, tree):
    """Whether a module's function of this name holds more than nothing or a refusal."""
    for node in reversed(tree.body):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
            return holds_something(node.body)
        # An assignment or an import may bring the function too.
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            return True
        if isinstance(node, (ast.Import, ast.ImportFrom)) and any(
            (alias.asname or alias.name) in (name, "*") for alias in node.names
        ):
            return True
    return False


def holds_something(statements):
    for statement in statements:
        # These end the function whatever follows them.
        if isinstance(statement, (ast.Raise, ast.Return)):
            value = getattr(statement, "value", None)
            return value is not None and not isinstance(value, ast.Constant)
        constant = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not constant and not isinstance(statement, ast.Pass):
            return True
    return False
