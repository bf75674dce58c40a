"""How well pages are read: main text, title, author and date against gold, beside trafilatura alone.

`python -m tests.quality.evaluate_pages FOLDER` reads `FOLDER/gold.jsonl`, rows {set, file, url?, gold | silver},
and the gzipped pages it names. Text is compared as bags of 4-shingles over words and Han characters;
F1 is the mean over pages.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import trafilatura
from rapidfuzz import fuzz

from geo_tracker.extract.pages.page import PageError, read_page

FIELDS = ("text", "title", "author", "date", "sitename")
Reading = dict[str, str | None]
Reader = Callable[[bytes, str], Reading]


def ours(body: bytes, url: str) -> Reading:
    """What this project reads."""
    try:
        page = read_page(body, url)
    except PageError:
        return {}
    return {
        "text": page.text,
        "title": page.title,
        "author": page.author,
        "date": page.published,
        "sitename": page.site,
    }


def alone(body: bytes, url: str) -> Reading:
    """What trafilatura reads with its own settings."""
    found = trafilatura.bare_extraction(body, url=url or None, with_metadata=True)
    return {name: getattr(found, name) for name in FIELDS} if found else {}


def shingles(text: str, size: int = 4) -> Counter[tuple[str, ...]]:
    words = re.findall(r"[\u2e80-\u9fff\uac00-\ud7af\u3040-\u30ff]|\w+", text.lower())
    return Counter(tuple(words[i : i + size]) for i in range(max(1, len(words) - size + 1)))


def text_f1(read: str, gold: str) -> float:
    got, wanted = shingles(read), shingles(gold)
    common = sum((got & wanted).values())
    return 2 * common / (sum(got.values()) + sum(wanted.values()))


def title_like(read: str, gold: str) -> float:
    return float(fuzz.ratio(*(re.sub(r"\W+", " ", text).strip().lower() for text in (read, gold))) >= 90)


def author_like(read: str, gold: str) -> float:
    """Alike once labels and dates around the name are gone."""
    name = re.sub(r"(?i)^\s*(?:written )?by\s+|\s{3,}.*$|\s*\(http.*$", "", gold, flags=re.DOTALL)
    return title_like(re.sub(r"(?i)^\s*by\s+", "", read), name)


def same_day(read: str, gold: str) -> float:
    wanted = [int(number) for number in re.findall(r"\d+", gold)[:3]]
    return float([int(number) for number in read[:10].split("-")] == wanted)


SCORES: dict[str, Callable[[str, str], float]] = {
    "text": text_f1,
    "title": title_like,
    "author": author_like,
    "date": same_day,
    "sitename": title_like,
}


def rows(folder: Path) -> Iterator[tuple[dict[str, Any], bytes, dict[str, str]]]:
    """Each gold row, its page and what it should give, names made alike."""
    for line in (folder / "gold.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        gold = dict(row.get("gold") or row.get("silver") or {})
        gold.setdefault("text", gold.get("content"))
        gold.setdefault("date", gold.get("publish_time"))
        usable = {name: gold[name] for name in FIELDS if gold.get(name)}
        if re.fullmatch(r"\d\d月\d\d日", usable.get("date", "")):
            del usable["date"]
        yield row, gzip.decompress((folder / row["file"]).read_bytes()), usable


def evaluate(
    folder: Path, show_below: float = -1.0, readers: Sequence[Reader] = (ours, alone)
) -> dict[tuple[str, str, str], list[float]]:
    """Scores per (set, reader, field)."""
    scores: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for row, body, gold in rows(folder):
        for reader in readers:
            read = reader(body, row.get("url") or "")
            for name, wanted in gold.items():
                score = SCORES[name](read.get(name) or "", wanted) if read.get(name) else 0.0
                scores[row["set"], reader.__name__, name].append(score)
                if reader is ours and score < show_below:
                    print(
                        f"{score:.2f} {row['file']} {name}: {(read.get(name) or '')[:90]!r} / {wanted[:90]!r}"
                    )
    return scores


def main() -> None:
    if len(sys.argv) < 2:
        raise SystemExit("usage: python -m tests.quality.evaluate_pages FOLDER [SHOW_BELOW]")
    folder = Path(sys.argv[1])
    scores = evaluate(folder, float(sys.argv[2]) if len(sys.argv) > 2 else -1.0)
    for kind, field in sorted({(kind, field) for kind, _reader, field in scores}):
        means = {reader: scores[kind, reader, field] for reader in ("ours", "alone")}
        cells = "  ".join(f"{reader} {sum(values) / len(values):.3f}" for reader, values in means.items())
        print(f"{kind:30} {field:9} n={len(means['ours']):3}  {cells}")


if __name__ == "__main__":
    main()
