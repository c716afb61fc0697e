"""The project's Alembic configuration."""

import argparse
import configparser
import contextlib
import importlib.util
import inspect
import os
import re

from .exceptions import first_line
from .project import read_text
from .redirection import query_of
from .setup_error import SetupError


class Configuration:
    """The project's Alembic configuration, made to lead to the work database."""

    def __init__(self, project, redirection):
        self.project = project
        self.redirection = redirection

    def load(self):
        """The configuration, and the script directory that it names."""
        from alembic.script import ScriptDirectory
        from alembic.util import CommandError

        file = self.project.settings.get("configFile")
        if file is not None and not os.path.isfile(os.path.join(self.project.repository, file)):
            raise SetupError(f"The Alembic configuration {file} does not exist.")
        try:
            config = self.make(file)
            scripts = ScriptDirectory.from_config(config)
        except (CommandError, configparser.Error, ImportError, ValueError, KeyError) as error:
            reason = first_line(error).rstrip(".") or type(error).__name__
            raise SetupError(
                f"The Alembic configuration cannot be loaded: {reason}.", file, getattr(error, "lineno", None)
            ) from error
        stated = [os.path.join(self.project.repository, one) for one in self.project.settings.get("versionLocations", [])]
        # As programs do that keep a history for each of several databases; or those named are of another machine.
        named = [one for one in scripts.version_locations or () if not (os.path.isabs(one) and not os.path.isdir(one))]
        if not named and stated and all(os.path.isdir(one) for one in stated):
            scripts.version_locations = stated
        return config, scripts

    def folders_of_others(self):
        """Where the other sections of an ini file have their version files."""
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        file = self.project.settings.get("configFile") or ""
        if not file.endswith(".ini"):
            return []
        path = os.path.join(self.project.repository, file)
        own = self.project.settings.get("section") or "alembic"
        folders = []
        for section in Config(path).file_config.sections():
            # What is wrong with another one is told by its own project.
            with contextlib.suppress(Exception):
                if section != own:
                    folders.extend(ScriptDirectory.from_config(Config(path, ini_section=section))._version_locations)
        return [os.path.realpath(folder) for folder in folders]

    def make(self, file):
        import alembic.command
        from alembic.config import Config

        section = self.project.settings.get("section") or "alembic"
        arguments = {"ini_section": section}
        reads_toml = "toml_file" in inspect.signature(Config.__init__).parameters
        if file is not None and file.endswith(".toml"):
            if not reads_toml:
                raise SetupError("This Alembic does not read pyproject.toml: use Alembic 1.16 or later.", file)
            arguments["toml_file"] = os.path.join(self.project.repository, file)
            # Alembic's own command passes this name too, whether the file exists or not.
            arguments["file_"] = "alembic.ini"
        elif file is not None:
            arguments["file_"] = os.path.join(self.project.repository, file)
            if reads_toml:
                arguments["toml_file"] = "pyproject.toml"
        # env.py files look into these, as Alembic's command line fills them.
        arguments["cmd_opts"] = argparse.Namespace(
            config=None, name=section, x=None, raiseerr=False, quiet=False, verbose=False, sql=False, tag=None,
            revision="head", autogenerate=False, cmd=(alembic.command.upgrade, ["revision"], ["sql", "tag"]),
        )
        config = Config(**arguments)
        if file is not None and file.endswith(".ini") and not config.file_config.has_section(section):
            raise SetupError(f"There is no section [{section}].", file)
        stated = option(config, "script_location")
        location = self.project.settings.get("scriptLocation")
        if stated is None or is_elsewhere(stated, self.project.repository, location):
            if location is None:
                raise SetupError("There is no `script_location` in the Alembic configuration.", file)
            config.set_main_option("script_location", os.path.join(self.project.repository, location).replace("%", "%%"))
        self.redirect_urls(config)
        if file is None:
            self.redirect_own_words(config)
        return config

    def redirect_urls(self, config):
        ini = config.file_config
        main = config.config_ini_section
        if not ini.has_section(main):
            ini.add_section(main)
        default = installed_driver("async" in read_text(self.env_py(config)))
        for section in ini.sections():
            if section != main and not ini.has_option(section, "sqlalchemy.url"):
                continue
            value = ini.get(section, "sqlalchemy.url", raw=True, fallback="")
            scheme = re.match(r"\s*(\w+)(\+\w+)?://", value)
            if scheme and scheme.group(1) in ("sqlite", "mysql", "mariadb", "oracle", "mssql", "cockroachdb"):
                continue
            driver = scheme.group(2) if scheme and scheme.group(1) in ("postgres", "postgresql") else default
            # What is interpolated into it is not known yet.
            stated = query_of(value.replace("%%", "%")) if scheme and "%(" not in value else []
            ini.set(section, "sqlalchemy.url", self.redirection.url(driver or "", stated).replace("%", "%%"))

    def redirect_own_words(self, config):
        """Where a program makes the configuration, env.py may look for the URL under a name of the program's own."""
        url = config.get_main_option("sqlalchemy.url")
        for name in re.findall(r"""["'](\w*(?:url|uri|dsn))["']""", read_text(self.env_py(config)), re.I):
            if config.get_main_option(name) is None:
                config.set_main_option(name, url.replace("%", "%%"))

    def env_py(self, config):
        from alembic.util import coerce_resource_to_filename

        try:
            location = str(coerce_resource_to_filename(option(config, "script_location")))
        except (ImportError, ValueError, KeyError):
            return ""
        return os.path.join(self.project.directory, location, "env.py")


def is_elsewhere(stated, repository, location):
    """Whether a path is of another machine's file system, as of the image that the program is put into."""
    here = location is not None and os.path.isfile(os.path.join(repository, location, "env.py"))
    return here and os.path.isabs(stated) and not os.path.isdir(stated)


def option(config, name):
    reader = getattr(config, "get_alembic_option", config.get_main_option)
    return reader(name)


def installed_driver(asynchronous):
    drivers = ("asyncpg", "psycopg") if asynchronous else ("psycopg2", "psycopg", "pg8000")
    return next(("+" + name for name in drivers if importlib.util.find_spec(name)), "")
