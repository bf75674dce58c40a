"""The command line: data on stdout, messages on stderr; exit 0 done, 1 some rows failed, 2 usage.

A command is a module of this package with an `app`. It is imported when it is called, so that `analyse` does not
wait for a database or a chart library to load.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from geo_tracker.cli._console import warn
from geo_tracker.cli._extras import EXTRAS, missing
from geo_tracker.errors import GeoTrackerError, UsageError


class Commands(TyperGroup):
    """The modules of this package as commands; `import_` is `import`, and one with an underscore in front is none."""

    def list_commands(self, ctx: Any) -> list[str]:
        names = (info.name for info in pkgutil.iter_modules(__path__))
        return [name.rstrip("_") for name in names if not name.startswith("_")]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = f"{__name__}.{cmd_name}{'_' if cmd_name == 'import' else ''}"
        command = get_command(importlib.import_module(module).app)
        command.name = cmd_name
        return command


app = typer.Typer(
    name="geo-tracker",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(help="Measure how often, how prominently and on which evidence AI assistants name your brand.")
def _top() -> None:
    """Every command stands in a module of its own."""


def main() -> None:
    """Run the command line; expected failures end with their message and no traceback."""
    try:
        app()
    except GeoTrackerError as error:
        warn(str(error))
        sys.exit(2 if isinstance(error, UsageError) else 1)
    except ImportError as error:
        module = (error.name or "").partition(".")[0]
        if module not in EXTRAS:
            raise
        warn(str(missing(module)))
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of stdout has gone: nothing is left to tell it
        sys.exit(1)
