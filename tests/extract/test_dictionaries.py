"""Dictionaries that share the general words cut texts as the library's own do."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

from tests.support.dictionaries import LOADED, Shared

SETS = (
    ("云纱", "沐禾集", "白露研"),
    ("面膜霸", "好用吗"),
    ("云纱面膜", "霸好", "沐禾"),
    ("龘云", "云纱"),  # a character that is no word of the dictionary
    ("敏感", "膜好"),  # a name that is
    ("aurora云", "禾集"),
    ("云纱", "沐禾集", "白露研"),
)
PARTS = (
    *(
        "云纱",
        "沐禾集",
        "面膜霸",
        "好用吗",
        "龘云",
        "敏感",
        "肌",
        "适合",
        "aurora",
        "云",
        "膜",
        "好",
        "白露研",
        "研究",
        "禾",
        "集",
    ),
    *("我", "推荐", "霸", "的", " ", "，", "3", "a"),
)


def made(kind: Any, names: Iterable[str]) -> Any:
    dictionary = kind()
    for name in names:
        dictionary.add_word(name, 2000, "nz")
    return dictionary


def test_texts_are_cut_alike_whatever_names_came_before() -> None:
    chance = random.Random(1)
    texts = ["".join(chance.choices(PARTS, k=9)) for _ in range(150)]
    shared, own = ([made(kind, names) for names in SETS] for kind in (Shared, LOADED))
    for text in texts:  # one after another on each text: names come and go
        for at in chance.sample(range(len(SETS)), len(SETS)):
            asked = (text, "default", False)
            assert shared[at].tokenize(*asked) == own[at].tokenize(*asked), (SETS[at], text)
            assert all(shared[at].has_word(part) == own[at].has_word(part) for part in PARTS)
    assert not Shared().has_word("云纱")


def test_all_else_is_asked_of_the_general_words() -> None:
    plain, real = Shared(), LOADED()
    assert plain.tag("云纱面膜") == real.tag("云纱面膜")
    assert plain.cut("云纱面膜很好用", False) == real.cut("云纱面膜很好用", False)
    assert all(plain.suggest_freq(part) == real.suggest_freq(part) for part in PARTS)
