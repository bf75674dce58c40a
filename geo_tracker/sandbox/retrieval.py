"""Full-text search over the fictional web: BM25 on words and on pairs of Han characters."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import lru_cache

_TOKEN = re.compile(r"[a-z0-9]+|[\u4e00-\u9fff]+", re.IGNORECASE)
_SATURATION = 1.4
_LENGTH = 0.6


def terms(text: str) -> list[str]:
    """Latin words and Han bigrams, in lower case."""
    found: list[str] = []
    for token in _TOKEN.findall(text.lower()):
        if token[0].isascii() or len(token) == 1:
            found.append(token)
        else:
            found += [token[i : i + 2] for i in range(len(token) - 1)]
    return found


class Index:
    """Documents by their terms, with the BM25 weight of each pair worked out beforehand."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts = [Counter(terms(text)) for text in texts]
        average = sum(map(Counter.total, counts)) / max(len(counts), 1)
        spread = Counter(term for count in counts for term in count)
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for document, count in enumerate(counts):
            length = 1 - _LENGTH + _LENGTH * count.total() / average
            for term, n in count.items():
                rarity = math.log(1 + (len(counts) - spread[term] + 0.5) / (spread[term] + 0.5))
                weight = rarity * n * (_SATURATION + 1) / (n + _SATURATION * length)
                self._postings[term].append((document, weight))
        self.search = lru_cache(maxsize=10_000)(self._search)

    def _search(self, query: str) -> tuple[tuple[int, float], ...]:
        """Documents that share a term with the query and their scores, best first."""
        scores: dict[int, float] = defaultdict(float)
        for term in set(terms(query)):
            for document, weight in self._postings.get(term, ()):
                scores[document] += weight
        return tuple(sorted(scores.items(), key=lambda item: (-item[1], item[0])))
