"""Runs one Alembic environment for Headgate, one explicit revision at a time.

Started by Headgate in the project's own interpreter; needs the standard library and the project's Alembic only.
Requests and answers are JSON lines on file descriptor 3.
The project's files stay as they are: the connection is redirected where SQLAlchemy and the database drivers open it.
"""

import os
import sys
import types

# The checkout must stay clean, also of what programs started by a migration compile.
sys.dont_write_bytecode = True
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
# `python main.py` puts this folder first, where the project could import from by accident: it is a package of its own instead.
here = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [entry for entry in sys.path if entry != here]
package = types.ModuleType("headgate_driver")
package.__path__ = [here]
sys.modules["headgate_driver"] = package

from headgate_driver.conversation import hold_conversation  # noqa: E402

if __name__ == "__main__":
    hold_conversation()
