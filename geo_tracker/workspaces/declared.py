"""Files that people write: YAML with errors that name line and field."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from geo_tracker.errors import UsageError

MAX_BYTES = 5_000_000

Declared = TypeVar("Declared", bound=BaseModel)


def read_text(path: Path) -> str:
    """The text of a file; raises `UsageError` where it cannot be read."""
    try:
        text = path.read_bytes()[: MAX_BYTES + 1].decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: not UTF-8: save the file as UTF-8") from None
    if len(text) > MAX_BYTES:
        raise UsageError(f"{path}: larger than {MAX_BYTES:,} bytes")
    return text


def parse(path: Path, text: str, shape: str) -> CommentedMap:
    """The mapping that a YAML text holds; raises `UsageError`, with `shape` where it holds something else."""
    try:
        data = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise UsageError(f"{path}:{line}: not YAML: {error.problem or error.context}") from None
    except (YAMLError, RecursionError, ValueError) as error:
        raise UsageError(f"{path}: not YAML: {error}") from None
    if not isinstance(data, CommentedMap):
        raise UsageError(f"{path}:1: {shape}")
    return data


def _line(data: Any, location: tuple[int | str, ...]) -> int:
    """1-based line of the deepest part of the location that stands in the file."""
    line = 0
    node = data
    for key in location:
        try:
            if isinstance(node, CommentedMap):
                line = node.lc.key(key)[0]
            elif isinstance(node, CommentedSeq):
                line = node.lc.item(key)[0]
            node = node[key]
        except (KeyError, IndexError, TypeError, AttributeError):
            break
    return line + 1


def mistake_text(error: Any) -> str:
    """A mistake by its field, as users read it."""
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"]).lstrip(".")
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        message = "no such field: check the spelling"
    return f"{name}: {message}" if name else message


def validated(path: Path, data: CommentedMap, kind: type[Declared]) -> Declared:
    """The data as that kind of file; raises `UsageError` with line and field of every mistake."""
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        raise mistakes(path, data, error.errors()) from None


def mistakes(path: Path, data: Any, errors: Iterable[Any]) -> UsageError:
    """The error that names line and field of each of them."""
    return UsageError("\n".join(f"{path}:{_line(data, e['loc'])}: {mistake_text(e)}" for e in errors))
