"""What is gained where a workspace's answers tell how it uses a name: `python -m tests.quality.priors [--held|--real]`.

Simulated workspaces: of each name of the sense grammar, every second sentence is learnt from and the others are read,
in workspaces that use the name as the brand in a tenth, half or nine tenths of their answers. Real answers, where they
are present: learnt from half of the marked answers of a domain (by their ids), read on the other half, and the reverse.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from math import log
from pathlib import Path
from unittest.mock import patch

from geo_tracker.extract.brands import senses
from geo_tracker.extract.brands.mentions import Matcher
from geo_tracker.extract.brands.priors import Uses, tally, told, with_uses
from geo_tracker.extract.scores import analyse
from geo_tracker.extract.text.sentences import read
from tests.quality import senses as grammar
from tests.quality.evaluate_blind import ANSWERS, BLIND, marked_answers
from tests.quality.evaluate_mentions import SHARED, Gold, Result, measure, rows, shared_gold, specs

SHARES = (0.1, 0.5, 0.9)
WEIGHTS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
NAME = "the workspace's answers use it so"
Place = tuple[float, bool, frozenset[bool]]
"""Log-odds without a prior, whether the name is the brand, and the senses that the text is learnt to use it in."""


def simulated(language: str, half: str) -> dict[str, list[Place]]:
    """By name, what each sentence of the grammar says without a prior, by its clearest place."""
    found: dict[str, list[Place]] = defaultdict(list)
    for item in grammar.items(language, half):
        mine = [
            mention
            for mention in grammar.matcher(item.name, *item.others).weigh(read(item.text, prompt=item.prompt))
            if mention.brand == item.name
        ]
        if mine:
            odds = _odds(max(mention.confidence for mention in mine))
            senses_of = frozenset(one[1] for mention in mine if (one := told(mention)))
            found[item.name].append((odds, item.brand, senses_of))
    return {name: of for name, of in found.items() if {brand for _, brand, _ in of[1::2]} == {True, False}}


def _odds(confidence: float) -> float:
    bounded = min(max(confidence, 0.001), 0.999)
    return log(bounded / (1 - bounded))


def learnt(places: list[Place], share: float) -> Uses:
    """What a workspace learns whose answers use the name as the brand so often: of eight answers or a few more."""
    by_sense = {brand: [said for _, is_brand, said in places if is_brand is brand] for brand in (True, False)}
    fewer = min(share, 1 - share) / max(share, 1 - share)
    uses = [0, 0]
    for brand, said in by_sense.items():
        count = round(len(said) * (1.0 if brand is (share > 0.5) or share == 0.5 else fewer))
        for senses_of in said[:count]:
            uses[0] += True in senses_of
            uses[1] += False in senses_of
    return Uses(*uses)


def right(places: list[Place], strength: float, share: float) -> float:
    """Share of a workspace's answers that are read rightly."""
    rates = []
    for brand in (True, False):
        mine = [(odds + strength >= 0) is brand for odds, is_brand, _ in places if is_brand is brand]
        rates.append(sum(mine) / len(mine))
    return share * rates[0] + (1 - share) * rates[1]


def real(weights: tuple[float, ...]) -> Iterator[tuple[str, float, Result]]:
    """Each domain with its marked answers read after learning from the other half, by weight; 0 learns nothing."""
    for name, workspace, answers in _domains():
        plain = specs(workspace)
        halves = {half: [gold for gold in answers if _half(gold) is half] for half in (False, True)}
        uses = {
            half: tally(plain, (read(g.text, prompt=g.prompt) for g in of)) for half, of in halves.items()
        }
        for weight in weights:
            result = Result()
            for half, of in halves.items():
                known = uses[not half] if weight else {}
                matcher = Matcher([with_uses(brand, known) for brand in plain.brands], topics=plain.topics)
                for gold in of:
                    with weighing(weight):
                        measure(gold, analyse(gold.text, matcher, prompt=gold.prompt), result)
            yield name, weight, result


@contextmanager
def weighing(weight: float) -> Iterator[None]:
    """The prior has this weight."""
    kept = {key: senses.weights(*key) for key in (("en", True), ("en", False), ("zh", True), ("zh", False))}
    with patch.object(senses, "weights", lambda *key: {**kept[key], NAME: weight}):
        yield


def _half(gold: Gold) -> bool:
    return sha256(gold.id.encode()).digest()[0] % 2 == 0


def _domains() -> Iterator[tuple[str, Path, list[Gold]]]:
    for workspace in sorted(SHARED.glob("*.workspace.json")):
        path = workspace.with_name(workspace.name.replace(".workspace.json", ".jsonl"))
        yield workspace.name.split(".")[0], workspace, list(map(shared_gold, rows(path)))
    for workspace in sorted(BLIND.glob("domains/*.workspace.json")) if ANSWERS.exists() else ():
        yield workspace.name.split(".")[0], workspace, list(marked_answers(workspace))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--held", action="store_true", help="the held names and frames, at the weight in use only"
    )
    parser.add_argument("--real", action="store_true", help="the real answers")
    parser.add_argument("--language", choices=grammar.LANGUAGES, help="only this one's simulated workspaces")
    asked = parser.parse_args()
    languages = [each for each in grammar.LANGUAGES if asked.language in (None, each)]
    for language in () if asked.real else languages:
        used = senses.weights(language, True)[NAME]
        places = simulated(language, "held" if asked.held else "dev")
        for share in SHARES:
            line = []
            for weight in (0.0, used) if asked.held else WEIGHTS:
                rates = [
                    right(of[1::2], weight * learnt(of[::2], share).strength, share) for of in places.values()
                ]
                line.append(f"{weight}: {sum(rates) / len(rates):.3f}")
            print(f"{language} {share:.0%} brands, {len(places)} names  " + "  ".join(line))
    for name, weight, result in real(WEIGHTS) if asked.real else ():
        spans = result.spans
        print(f"{name:16} {weight}: false {spans.false} missed {spans.missed} F1 {spans.f1:.4f}", flush=True)


if __name__ == "__main__":
    main()
