"""What the person who set the project up has to change."""

HOW_TO_SET = "under `environment:` of this project in headgate.yml"


class SetupError(Exception):
    """What the person who set the project up has to change, in a sentence, with the place where there is one."""

    def __init__(self, message, file=None, line=None, missing=False):
        super().__init__(message)
        self.file = file
        self.line = line
        # Whether a package is not installed, which is not the fault of the file that imports it.
        self.missing = missing
