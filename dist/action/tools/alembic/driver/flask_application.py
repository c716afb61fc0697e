"""The application that Flask-Migrate's env.py runs inside."""

import os

from .exceptions import first_line
from .setup_error import HOW_TO_SET, SetupError
from .setup_failure import as_setup_error


def load_flask(project):
    """Flask-Migrate's env.py runs inside the application, which `flask db` loads."""
    try:
        from flask.cli import ScriptInfo, load_dotenv

        flaskenv = os.path.join(project.directory, ".flaskenv")
        if os.path.isfile(flaskenv):
            load_dotenv(flaskenv)
        context = ScriptInfo(app_import_path=os.environ.get("FLASK_APP")).load_app().app_context()
        context.push()
        return context
    except BaseException as error:
        if type(error).__name__ == "NoAppException":
            # Flask puts the traceback of a failed import into its own message.
            if isinstance(error.__context__, ImportError) and str(error).startswith("While importing"):
                raise as_setup_error(project, error.__context__) from error
            raise SetupError(f"Flask cannot load the application: {first_line(error)} Set FLASK_APP {HOW_TO_SET}.") from error
        raise as_setup_error(project, error) from error
