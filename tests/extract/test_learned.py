"""What learned weights add to rules, and that the script that learns them makes the files that stand."""

from __future__ import annotations

import pytest

from geo_tracker.extract.brands.mentions import Matcher
from geo_tracker.extract.data import weights
from geo_tracker.extract.records import BrandSpec
from geo_tracker.extract.text.sentences import read
from tests.quality.learning import Example, held_out, learn, log_odds

MATCHER = Matcher([BrandSpec("Quillara"), BrandSpec("Breville"), BrandSpec("云栖壶")])


def absent(text: str) -> frozenset[str]:
    return MATCHER.read(read(text)).absent


@pytest.mark.parametrize(
    "text",
    [
        "Breville boils a litre in two minutes. As for Quillara, your guess is as good as mine.",
        "Quillara? I'm drawing a blank, sorry.",
        "I'd be lying if I said I knew Quillara.",
        "| Kettle | Litres | Price |\n|---|---|---|\n| Breville | 1.7 | $99 |\n| Quillara | — | — |",
    ],
)
def test_what_no_rule_has_a_shape_for(text: str) -> None:
    assert absent(text) == {"Quillara"}


@pytest.mark.parametrize(
    "text",
    [
        "I love my Quillara: it boils in two minutes and never leaks.",
        "Would I buy Quillara again? Yes, without thinking.",
        "| Kettle | Litres | Price |\n|---|---|---|\n| Quillara | 1.2 | — |",
        "Quillara is quiet. Quillara is light. I don't know a better one than Quillara.",
        "云栖壶我用了三年，没有坏过。",
    ],
)
def test_an_answer_that_speaks_of_itself_may_speak_of_a_brand(text: str) -> None:
    assert not absent(text)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_weights_are_few_and_small(language: str) -> None:
    found = weights(f"{language}/absence")
    assert 2_000 < len(found) < 15_000
    assert all(0.02 <= abs(weight) < 5 for weight in found.values())


def test_learning_finds_what_tells_apart_and_holds_out_whole_texts() -> None:
    examples = [
        Example({"all", "no" if true else "yes", f"noise{at % 3}"}, true, f"text {at // 2}")
        for at in range(40)
        for true in (at % 2 == 0,)
    ]
    found = learn(examples, 1.0)
    assert found["no"] > 0.5 and found["yes"] < -0.5
    assert all(abs(found.get(f"noise{at}", 0.0)) < 0.1 for at in range(3))
    assert "rare" not in learn([*examples, Example({"rare"}, True, "x")], 1.0)
    said = held_out(examples, [], 1.0)
    assert len(said) == 40 and all((odds > 0) is example.true for example, odds in said)
    assert log_odds(Example({"no", "unheard"}, True, ""), found) == found["no"]
