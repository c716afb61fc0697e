"""What `--sql` would print."""

import inspect
import io

from .exceptions import sentence
from .setup_error import SetupError


class Rendering:
    """One run of env.py in Alembic's offline mode: each revision by itself, whether or not another can be rendered."""

    def __init__(self, scripts, up):
        self.modules = [(script.revision, script.module) for script in scripts]
        self.up = up
        self.ran = False
        self.scripts = {}

    def take_over(self, environment):
        configure = environment.configure

        def configured(*args, **given):
            # Some env.py files write the script into the checkout.
            given["output_buffer"] = io.StringIO()
            return configure(*args, **given)

        environment.configure = configured
        environment.run_migrations = lambda **given: self.render(environment.get_context(), given)

    def render(self, context, given):
        """Calls the functions themselves, as Alembic does between its lines about the version table."""
        from alembic.operations import Operations

        if not context.as_sql:
            raise SetupError("It connects to a database.")
        self.ran = True
        left_out = ValuesLeftOut(context)
        with Operations.context(context):
            for revision, module in self.modules:
                function = getattr(module, "upgrade" if self.up else "downgrade", None)
                buffer = context.impl.output_buffer = io.StringIO()
                left_out.printed = ""
                earlier = self.scripts.get(revision, {"sql": ""})
                if not callable(function) or "unavailable" in earlier:
                    continue
                try:
                    result = function(**given)
                    if inspect.iscoroutine(result):
                        result.close()
                    self.scripts[revision] = {
                        "sql": earlier["sql"] + buffer.getvalue(),
                        "withoutValues": earlier.get("withoutValues", "") + left_out.printed,
                    }
                except BaseException as error:
                    self.scripts[revision] = {"unavailable": sentence(error)}


class ValuesLeftOut:
    """Alembic's stand-in for a connection prints a statement, and nothing of the values that are given with it."""

    def __init__(self, context):
        self.printed = ""
        connection = context.connection
        execute = connection.execute

        def executed(statement, *given, **named):
            buffer = context.impl.output_buffer
            begin = buffer.tell()
            result = execute(statement, *given, **named)
            named.pop("execution_options", None)
            if any(given) or any(named.values()):
                self.printed += buffer.getvalue()[begin:]
            return result

        connection.execute = executed
