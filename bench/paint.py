"""What painting a page costs: `python -m bench.paint HOME [--pages overview shelf] [--period 28 all]`.

HOME holds `geo.db` with the workspace of `bench.history`, as that command's `--keep` leaves it; GEO_DATABASE_URL names
another database. `fresh` is a paint with nothing cached in a warm process, `again` the same once more, `filter` after
an engine is chosen; CPU seconds count all threads, so that other work on the machine disturbs them least.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path

APP = Path(__file__).parents[1] / "dashboard" / "app.py"
PAGES = ("overview", "competitors", "answers", "sources", "shelf", "discover", "definitions")


def cost(run: Callable[[], object]) -> str:
    """CPU and wall seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    run()
    return f"{time.process_time() - cpu:.2f} s of CPU ({time.perf_counter() - wall:.2f} s)"


def paint(name: str, period: str) -> None:
    """Print what a page costs; raises `RuntimeError` with the page's own error."""
    import streamlit as st
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_file(str(APP), default_timeout=600)

    def run() -> None:
        app.run()
        if app.exception:
            raise RuntimeError(app.exception[0].message)

    def chosen() -> None:
        app.query_params["engine"], app.query_params["surface"] = "kimi", "app"
        run()

    run()  # AppTest knows the other pages only after a run
    st.cache_data.clear()
    st.cache_resource.clear()
    app.query_params["period"] = period
    if name != "overview":
        app.switch_page(f"app_pages/{name}.py")
    print(f"{name:11} {period:3}: fresh {cost(run)}, again {cost(run)}, filter {cost(chosen)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("home", type=Path)
    parser.add_argument("--pages", nargs="+", default=PAGES, choices=PAGES)
    parser.add_argument("--period", nargs="+", default=["28", "all"])
    asked = parser.parse_args()
    os.environ["GEO_HOME"] = str(asked.home.resolve())
    os.environ.setdefault("GEO_DATABASE_URL", f"sqlite:///{asked.home.resolve() / 'geo.db'}")
    for period in asked.period:
        for name in asked.pages:
            paint(name, period)


if __name__ == "__main__":
    main()
