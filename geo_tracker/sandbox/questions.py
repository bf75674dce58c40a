"""What a prompt asks: its market, topic, the brands it names and the kind of answer it wants."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from geo_tracker.sandbox.world import Brand, Market, Words, market, words

Intent = Literal["recommend", "advice", "brand", "compare"]

_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Question:
    """A prompt as the engine understands it."""

    prompt: str
    market: Market
    words: Words
    intent: Intent
    topic: str
    named: tuple[Brand, ...]

    @property
    def topic_label(self) -> str:
        return self.market.topics[self.topic].label

    @property
    def is_focused(self) -> bool:
        """Whether the answer is about the brands that the prompt names."""
        return self.intent in ("brand", "compare")

    @property
    def on_topic(self) -> bool:
        """Whether the prompt is about the market at all, for an engine that cannot look it up."""
        topics = self.market.topics.values()
        wanted = (self.market.category, *(word for each in topics for word in each.words))
        return bool(self.named) or any(word.casefold() in self.prompt.casefold() for word in wanted)


def understood(prompt: str) -> Question:
    """The language, topic, brands and intent of a prompt."""
    found = market("zh" if _HAN.search(prompt) else "en")
    phrases = words(found.language, "answers")
    named = tuple(brand for brand in found.brands.values() if _names(prompt, brand))
    return Question(
        prompt, found, phrases, _intent(prompt, phrases, len(named)), _topic(prompt, found), named
    )


def _names(prompt: str, brand: Brand) -> bool:
    return any(form.casefold() in prompt.casefold() for form in (brand.name, *brand.forms))


def _intent(prompt: str, phrases: Words, n_named: int) -> Intent:
    if n_named and not re.search(phrases["alternative_words"], prompt, re.IGNORECASE):
        return "brand" if n_named == 1 else "compare"
    return "advice" if re.search(phrases["advice_words"], prompt, re.IGNORECASE) else "recommend"


def _topic(prompt: str, found: Market) -> str:
    """The topic with most of its words in the prompt, else the first."""
    text = prompt.casefold()
    return max(found.topics, key=lambda key: sum(word in text for word in found.topics[key].words))
