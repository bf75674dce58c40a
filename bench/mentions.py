"""Answers a second of `analyse`, as ratios to public peers and to a bare automaton scan: `python -m bench.mentions`.

One core, CPU time, all in one run. Peers (`pip install promptbeacon answersnap`) are measured where they are installed.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ahocorasick_rs import AhoCorasick

from geo_tracker.extract.brands.mentions import Matcher
from geo_tracker.extract.records import AliasSpec, BrandSpec
from geo_tracker.extract.scores import analyse, to_json

CHARACTERS = 2_000
# Per 2,000 characters as in real answers: 20 sentences and 10 names in English, 50 and 20 in Chinese.
ENGLISH = (
    "1. **{a}** is a good choice for small teams: it is affordable and easy to use.\n",
    "Compared with {a}, {b} offers better support, but its pricing is higher. [3](https://example.com/review)\n",
    "- Pros: quick setup, clear reports and a mobile app that works offline.\n",
    "Many buyers start with a free trial before they decide what they really need from such a tool.\n",
    "## What to look for\n",
    "Before you sign a contract, write down which teams will work with the tool every day, which data they bring "
    "along, and who will look after it once the person who set it up has left the company.\n",
    "Plans differ mostly in the number of users, the storage that comes with them and the reports that managers "
    "ask for at the end of each quarter, so count those first and compare the monthly totals afterwards.\n",
)
CHINESE = (
    "1. **{a}**：温和保湿，性价比高，适合敏感肌。\n",
    "相比之下，{b}的修护力更强，但是价格比{a}贵一些。[2]\n",
    "- 优点：成分简单，质地清爽，不容易闷痘。\n",
    "选购时建议先看成分表，再根据自己的肤质和预算决定，第一次使用要在耳后试一试。\n",
    "### 选购建议\n",
    "换季的时候皮肤屏障比较脆弱，早晚只用清水或者氨基酸洁面，洗完以后三分钟之内涂上面霜，能明显减轻紧绷和起皮。\n",
    "购买之前先到官方渠道核对备案编号和生产日期，收到货以后再看看外包装是不是完整，遇到问题及时联系平台处理。\n",
)
SYLLABLES = ("ka", "lo", "mi", "ren", "tas", "vo", "zeb", "qui", "dor", "nex", "pli", "sum")
HAN = "薇玥珂澜萃沁芮昕妍璟霖蔻霁葭"


def brands(count: int, aliases: int, seed: int = 7) -> list[BrandSpec]:
    """Invented brands, half with Latin and half with Chinese names."""
    chosen = random.Random(seed)  # noqa: S311 - names for a benchmark

    def name() -> str:
        if chosen.random() < 0.5:
            return "".join(chosen.choices(SYLLABLES, k=4)).capitalize() + str(chosen.randint(0, 9))
        return "".join(chosen.choices(HAN, k=4))

    return [BrandSpec(name(), tuple(AliasSpec(name()) for _ in range(aliases - 1))) for _ in range(count)]


def answers(
    parts: Sequence[str], tracked: Sequence[BrandSpec], count: int, length: int = CHARACTERS
) -> list[str]:
    """Answers of a given length that name some of the brands."""
    chosen = random.Random(3)  # noqa: S311 - texts for a benchmark
    texts = []
    for _ in range(count):
        text = ""
        while len(text) < length:
            a, b = chosen.sample(tracked, 2)
            text += chosen.choice(parts).format(a=a.name, b=b.name)
        texts.append(text[:length])
    return texts


def rate(work: Callable[[str], Any], texts: Sequence[str], seconds: float = 1.0) -> float:
    """Texts a second of CPU time, the first text left out."""
    work(texts[0])
    done = 0
    start = time.process_time()
    while time.process_time() - start < seconds:
        work(texts[done % len(texts)])
        done += 1
    return done / (time.process_time() - start)


def contenders(tracked: Sequence[BrandSpec]) -> Iterator[tuple[str, Callable[[str], Any]]]:
    """Everything that is measured, ours first."""
    matcher = Matcher(tracked)
    yield "geo-tracker analyse", lambda text: to_json("x", analyse(text, matcher))
    names = [name for brand in tracked for name in (brand.name, *(alias.text for alias in brand.aliases))]
    automaton = AhoCorasick(names)
    yield "bare automaton", lambda text: automaton.find_matches_as_indexes(text)
    if find_spec("answersnap"):
        extract = import_module("answersnap.metrics.mention").extract_entities
        entities = [(brand.name, "brand", [alias.text for alias in brand.aliases]) for brand in tracked]
        yield "answersnap (offsets)", lambda text: extract(text, entities)
    if find_spec("promptbeacon"):
        mentions = import_module("promptbeacon.extraction.mentions").extract_mentions
        yield "promptbeacon (no offsets)", lambda text: mentions(text, names[0], names[1:])


def speed(seconds: float) -> None:
    """The table of answers a second."""
    print(f"{'brands':>12}  {'language':8}  {'what':26}  {'answers/s':>10}  {'ours / it':>9}")
    for count, aliases in ((20, 3), (1_000, 5)):
        tracked = brands(count, aliases)
        for language, parts in (("english", ENGLISH), ("chinese", CHINESE)):
            texts = answers(parts, tracked, 50)
            ours = 0.0
            for label, work in contenders(tracked):
                value = rate(work, texts, seconds)
                ours = ours or value
                print(
                    f"{f'{count} x {aliases}':>12}  {language:8}  {label:26}  {value:10.1f}  {ours / value:9.3g}"
                )


def growth() -> None:
    """Seconds for one long text: linear growth keeps the microseconds a character level."""
    tracked = brands(20, 3)
    matcher = Matcher(tracked)
    for language, parts in (("english", ENGLISH), ("chinese", CHINESE)):
        for length in (10_000, 100_000, 1_000_000):
            (text,) = answers(parts, tracked, 1, length)
            start = time.process_time()
            analyse(text, matcher)
            used = time.process_time() - start
            print(
                f"{language:8}  {length:>9} characters  {used:7.2f} s  {used / length * 1e6:6.2f} us a character"
            )


def building() -> None:
    """Seconds to build a matcher of 10,000 aliases."""
    tracked = brands(2_000, 5)
    Matcher(tracked[:1])
    start = time.process_time()
    Matcher(tracked)
    print(f"matcher of 10,000 aliases  {time.process_time() - start:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="CPU seconds per measurement")
    arguments = parser.parse_args()
    building()
    growth()
    speed(arguments.seconds)


if __name__ == "__main__":
    main()
