"""A workspace as the text of its file; of a file that is there, comments and what did not change stay."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from geo_tracker.errors import UsageError
from geo_tracker.workspaces.edits import LISTS, Difference, differences, key_of
from geo_tracker.workspaces.entries import BrandEntry, PanelEntry, PromptEntry
from geo_tracker.workspaces.file import WorkspaceFile, workspace_of

ENTRIES: Mapping[str, type[BaseModel]] = {"brands": BrandEntry, "prompts": PromptEntry, "panels": PanelEntry}


def written(file: WorkspaceFile) -> str:
    """The file, made anew; what is as by default is left out."""
    data: dict[str, Any] = {"workspace": file.workspace.model_dump(exclude_defaults=True)}
    for section in ("brands", *LISTS, "prompts", "panels"):
        value = getattr(file, section)
        if value:
            data[section] = _section(section, value)
    return _text(_yaml(), data)


def _section(name: str, value: Any) -> Any:
    if name in ENTRIES:
        return [plain(each) for each in value]
    return value.model_dump(mode="json", exclude_defaults=True) if isinstance(value, BaseModel) else value


def rewritten(path: Path, text: str, file: WorkspaceFile) -> str:
    """The text of a file with what differs from `file` brought in line.

    Raises `UsageError` where its layout does not let that be written, such as YAML anchors.
    """
    yaml = _yaml(_offset(text))
    before = workspace_of(path, text)
    changes = differences(before, file)
    if not changes:
        return text
    data = yaml.load(text)
    for each in changes:
        _bring(data, each)
    made = _text(yaml, data)
    if differences(workspace_of(path, made), file):
        raise UsageError(
            f"{path}: its layout does not let the changes be written: export to a new file with --out"
        )
    return made


def _yaml(offset: int = 2) -> YAML:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes, yaml.width, yaml.allow_unicode = True, 4096, True
    yaml.indent(mapping=2, sequence=offset + 2, offset=offset)
    return yaml


def _offset(text: str) -> int:
    """Columns by which a file sets in the items of a list."""
    first = re.search(r"^\w+:[ \t]*(?:#.*)?\n(?:[ \t]*(?:#.*)?\n)*( *)- ", text, re.MULTILINE)
    return len(first[1]) if first else 2


def _text(yaml: YAML, data: Any) -> str:
    out = io.StringIO()
    yaml.dump(data, out)
    return out.getvalue()


def plain(entry: Any) -> Any:
    """An entry as people write it: defaults left out, a form or prompt that is only a text as that text."""
    data = entry.model_dump(mode="json", exclude_defaults=True)
    for name in ("aliases", "products"):
        if name in data:
            data[name] = [_short(form) for form in data[name]]
    return _short(data)


def _short(data: dict[str, Any]) -> Any:
    return data["text"] if set(data) == {"text"} else data


def _bring(data: CommentedMap, change: Difference) -> None:
    if change.section == "workspace":
        of = data if change.key in LISTS else data.setdefault("workspace", CommentedMap())
        of[change.key] = change.after
        return
    found = data.setdefault(change.section, CommentedSeq())
    at = next((at for at, item in enumerate(found) if _key(change.section, item) == change.key), None)
    if change.after is None:
        if at is not None:
            del found[at]
        return
    value = plain(ENTRIES[change.section].model_validate(change.after))
    if at is None:
        found.append(value)
    elif isinstance(found[at], CommentedMap) and isinstance(value, dict):
        _merge(found[at], value)
    else:
        found[at] = value


def _merge(found: CommentedMap, value: dict[str, Any]) -> None:
    """Only what differs is written, so that the comments of the rest stay."""
    for name in [name for name in found if name not in value]:
        del found[name]
    for name, each in value.items():
        if isinstance(found.get(name), CommentedSeq) and isinstance(each, list):
            _merge_list(found[name], each)
        elif found.get(name) != each:
            found[name] = each


def _merge_list(found: CommentedSeq, values: list[Any]) -> None:
    """Forms and words that stay keep their place and their comments."""
    wanted = [_text_of(each) for each in values]
    for at in reversed([at for at, item in enumerate(found) if _text_of(item) not in wanted]):
        del found[at]
    for at, each in enumerate(values):
        if at == len(found) or _text_of(found[at]) != wanted[at]:
            found.insert(at, each)
        elif isinstance(found[at], CommentedMap) and isinstance(each, dict):
            _merge(found[at], each)
        elif found[at] != each:
            found[at] = each
    del found[len(values) :]


def _text_of(item: Any) -> Any:
    """What tells a form or word of a list apart."""
    return item.get("text", item) if isinstance(item, dict) else item


def _key(section: str, item: Any) -> str:
    """The key of an item as it stands in a file."""
    return key_of(section, ENTRIES[section].model_validate(item).model_dump(mode="json"))
