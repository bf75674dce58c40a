"""Peak memory of `analyse --jsonl` over growing files, each in a process of its own: `python -m bench.memory`.

Flat means that a file ten times as long takes no more.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.mentions import CHINESE, ENGLISH, answers, brands
from geo_tracker.extract.records import BrandSpec

MEASURED = """
import resource, sys
from geo_tracker.cli import app
try:
    app(["analyse", sys.argv[1], "--jsonl", "--json", "-w", sys.argv[2]])
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


def declaration(tracked: list[BrandSpec]) -> str:
    """A workspace file (JSON is YAML) of these brands."""
    described = [{"name": b.name, "aliases": [alias.text for alias in b.aliases]} for b in tracked]
    distinct = {each["name"]: each for each in described}
    return json.dumps({"brands": list(distinct.values())}, ensure_ascii=False)


def peak(texts: list[str], count: int, workspace: Path) -> float:
    """Megabytes at most while `count` answers are analysed."""
    file = workspace.with_suffix(".jsonl")
    with file.open("w", encoding="utf-8") as out:
        for at in range(count):
            out.write(json.dumps({"id": at, "text": texts[at % len(texts)]}, ensure_ascii=False) + "\n")
    command = [sys.executable, "-c", MEASURED, str(file), str(workspace)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)  # noqa: S603
    return int(done.stderr.split()[-1]) / (1024 * (1024 if sys.platform == "darwin" else 1))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for count, aliases in ((20, 3), (1_000, 5)):
            tracked = brands(count, aliases)
            workspace = Path(folder) / "workspace.json"
            workspace.write_text(declaration(tracked), "utf-8")
            texts = answers(ENGLISH, tracked, 25) + answers(CHINESE, tracked, 25)
            peaks = ", ".join(f"{n:,} answers {peak(texts, n, workspace):.0f} MB" for n in (500, 5_000))
            print(f"peak memory of analyse, {count} x {aliases}: {peaks}")


if __name__ == "__main__":
    main()
