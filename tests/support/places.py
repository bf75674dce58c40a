"""Where the tests find their files: the checkout, the fixtures, and the real data beside the checkout."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
SHARED = ROOT.parent / "shared" / "data"
"""Not part of the project: tests that read it skip where it is absent."""
