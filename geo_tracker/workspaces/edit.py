"""Adding a brand to a workspace file by one line: comments, order and layout of the rest stay as they are."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from geo_tracker.errors import UsageError
from geo_tracker.workspaces.declared import read_text
from geo_tracker.workspaces.entries import BrandEntry
from geo_tracker.workspaces.file import WorkspaceFile, workspace_of


def declare_brand(path: Path, name: str) -> WorkspaceFile:
    """Add a competitor of that name as the last of the file's brands, and write the file.

    Raises `UsageError`, the file untouched, where it is no workspace file or the line cannot be added safely.
    """
    text = read_text(path)
    before = workspace_of(path, text)
    edited = _edited(text, name)
    expected = before.model_copy(update={"brands": [*before.brands, BrandEntry(name=name)]})
    try:
        after = workspace_of(path, edited)
    except UsageError as error:
        raise UsageError(f"{path}: {name} cannot be added, because then: {error}") from None
    if after != expected:
        raise UsageError(f"{path}: its layout does not let a brand be added: write '- name: {name}' by hand")
    replace(path, edited, marked=path.read_bytes().startswith(b"\xef\xbb\xbf"))
    return after


def _edited(text: str, name: str) -> str:
    brands = _brands(YAML(typ="rt").compose(text))
    written = json.dumps(name, ensure_ascii=False)
    end = _end(brands.value[-1])
    if brands.flow_style:
        return f'{text[:end]}, {{"name": {written}}}{text[end:]}'
    line_end = text.find("\n", end)
    newline = "\r\n" if "\r\n" in text else "\n"
    at = len(text) if line_end < 0 else line_end + 1
    before = text[:at] if line_end >= 0 else text + newline
    return f"{before}{' ' * brands.start_mark.column}- name: {written}{newline}{text[at:]}"


def _brands(root: MappingNode) -> SequenceNode:
    found: SequenceNode = next(value for key, value in root.value if key.value == "brands")
    return found


def _end(node: Node) -> int:
    """Where the node's last scalar or bracket ends: a block's own end lies behind the comments that follow it."""
    while isinstance(node, MappingNode | SequenceNode) and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(node, MappingNode) else last
    return int(node.end_mark.index)


def replace(path: Path, text: str, *, marked: bool) -> None:
    """Write the whole file or nothing; `marked` puts the byte order mark back."""
    path = path.resolve()
    beside = path.with_name(f"{path.name}.new")
    beside.write_bytes(text.encode("utf-8-sig" if marked else "utf-8"))
    shutil.copymode(path, beside)
    beside.replace(path)
