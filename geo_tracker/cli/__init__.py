"""The command line: data on stdout, messages on stderr; exit 0 done, 1 some rows failed, 2 usage.

A command is a module of this package with an `app`. It is imported when it is called, so that `analyse` does not
wait for a database or a chart library to load; what the list of commands says of it is read from its source.
"""

from __future__ import annotations

import ast
import gc
import importlib
import pkgutil
import signal
import sys
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
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
        """For the list of commands: a name with its help."""
        if cmd_name not in self.list_commands(ctx):
            return None
        return TyperCommand(cmd_name, help=_summary(Path(__path__[0], f"{_module(cmd_name)}.py")))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is called."""
        name, known, rest = super().resolve_command(ctx, args)
        if name is None or known is None:
            return name, known, rest
        # What modules make stays: collecting garbage while they load frees nothing and takes a tenth of a start.
        gc.disable()
        try:
            command = get_command(importlib.import_module(f"{__name__}.{_module(name)}").app)
        finally:
            gc.freeze()
            gc.enable()
        command.name = name
        return name, command, rest


def _module(name: str) -> str:
    return f"{name}_" if name == "import" else name


def _summary(source: Path) -> str | None:
    """The help of a module's `app` where it has one, else of its first command."""
    for node in ast.parse(source.read_text("utf-8")).body:
        match node:
            case ast.Assign(
                value=ast.Call(keywords=[ast.keyword(arg="help", value=ast.Constant(value=text)), *_])
            ):
                return str(text)
            case ast.FunctionDef(decorator_list=[decorator, *_]) if ast.unparse(decorator).startswith("app."):
                return ast.get_docstring(node)
    return None


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
    # SIGTERM ends a command as Ctrl-C does, its children with it. A process that a script starts in the background
    # ignores SIGINT, and so does what it starts: whoever stops one of our processes sends SIGTERM.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app()
    except GeoTrackerError as error:
        warn(str(error))
        sys.exit(2 if isinstance(error, UsageError) else 1)
    except ImportError as error:
        module = (error.name or "").partition(".")[0]
        if module not in EXTRAS:
            raise
        warn(str(missing(module, *sys.argv[1:2])))
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of stdout has gone: nothing is left to tell it
        sys.exit(1)
    except OSError as error:
        warn(f"{error.filename or 'this machine'}: {error.strerror or error}")
        sys.exit(1)
    except _database_errors() as error:
        from geo_tracker.storage.database import trouble

        warn(trouble(error))
        sys.exit(1)


def _database_errors() -> tuple[type[Exception], ...]:
    """What a database raises while a command works, where the command has loaded one at all."""
    return (sys.modules["sqlalchemy"].exc.OperationalError,) if "sqlalchemy" in sys.modules else ()
