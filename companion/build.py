"""Pack the companion for the stores: `python companion/build.py`, or `make companion`.

There is no bundler: the sources are plain scripts that browsers load as they stand, so that who reviews the zip reads
what runs, tests need no Node, and nothing of others is packed in.
"""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
BUILT = HERE / "dist"
PACKED = ("*.js", "*.html", "*.css", "_locales/*/messages.json", "icons/*.png")
SINCE = (2026, 1, 1, 0, 0, 0)
"""The date of every packed file: the same sources give the same bytes."""


def manifest(browser: str) -> dict[str, Any]:
    """The manifest of `chrome` (Edge too) or `firefox`, which have their background scripts in different ways."""
    made: dict[str, Any] = json.loads((HERE / "manifest.json").read_text("utf-8"))
    if browser == "firefox":
        del made["minimum_chrome_version"]
        made["background"] = {"scripts": ["data.js", "background.js"]}
        made["browser_specific_settings"] = {
            "gecko": {
                "id": "companion@geo-tracker.example",
                "strict_min_version": "128.0",
                "data_collection_permissions": {"required": ["none"]},
            }
        }
    return made


def pack(browser: str, into: Path) -> Path:
    """The zip of a browser; the same sources give the same bytes."""
    into.mkdir(parents=True, exist_ok=True)
    made = manifest(browser)
    path = into / f"geo-tracker-companion-{made['version']}-{browser}.zip"
    files = {each.relative_to(HERE).as_posix(): each.read_bytes() for of in PACKED for each in HERE.glob(of)}
    files["manifest.json"] = json.dumps(made, ensure_ascii=False, indent=2).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted(files):
            about = zipfile.ZipInfo(name, SINCE)
            about.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(about, files[name])
    return path


if __name__ == "__main__":
    for browser in ("chrome", "firefox"):
        sys.stdout.write(f"{pack(browser, BUILT)}\n")
