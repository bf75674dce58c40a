"""The demo's workspace files."""

from __future__ import annotations

from importlib.resources import as_file, files

from geo_tracker.workspaces.file import WorkspaceFile, read_workspace


def workspace(language: str) -> WorkspaceFile:
    with as_file(files("geo_tracker.sandbox").joinpath(f"demo-{language}.yaml")) as path:
        return read_workspace(path)
