"""Which language a text is written in."""

from __future__ import annotations

import re

_SAMPLE = 5000
_SCRIPTS = {
    "ja": r"[\u3040-\u30ff]",
    "ko": r"[\uac00-\ud7af]",
    "zh": r"[\u3400-\u9fff]",
    "ru": r"[\u0400-\u04ff]",
    "el": r"[\u0370-\u03ff]",
    "ar": r"[\u0600-\u06ff]",
    "he": r"[\u0590-\u05ff]",
    "th": r"[\u0e00-\u0e7f]",
    "hi": r"[\u0900-\u097f]",
}
_LETTER_WEIGHT = {"ja": 3.0, "ko": 3.0, "zh": 4.0}
"""A character of these scripts says as much as so many letters."""
_KANA_SHARE = 0.1
_COMMON = {
    "en": "the and of to is that for with you this are it on was have not from your",
    "de": "der die und das ist nicht mit ein eine auf für von den dem sich auch wird",
    "fr": "le les des est une dans pour que qui pas sur avec vous plus sont par du",
    "es": "el los las que una por con para es del se más como pero sus este",
    "it": "il di che è per una con non sono della del più gli anche nel alla",
    "pt": "o que não uma com para os do da em mais dos como são você ao",
    "nl": "de het een van en dat niet is met voor zijn op ook aan wordt",
}
_LANGUAGES_OF: dict[str, list[str]] = {}
for _language, _words in _COMMON.items():
    for _word in _words.split():
        _LANGUAGES_OF.setdefault(_word, []).append(_language)


def language_of(text: str, declared: str | None = None) -> str | None:
    """The primary tag of a text's language, e.g. `zh`; `declared` is believed unless the script contradicts it.

    None where neither the text nor the declaration tells.
    """
    tag = re.match(r"[a-zA-Z]{2,3}(?![a-zA-Z])", declared or "")
    said = tag.group().lower() if tag else None
    sample = text[:_SAMPLE]
    script = _script(sample)
    if script == "latin":
        return said if said and said not in _SCRIPTS else _by_words(sample) or said
    if script is None:
        return said
    same_script = {"ru": {"uk", "bg", "sr", "be", "kk", "mk"}, "ar": {"fa", "ur"}, "hi": {"mr", "ne"}}
    return said if said in same_script.get(script, set()) else script


def _script(sample: str) -> str | None:
    weights = {
        language: len(re.findall(pattern, sample)) * _LETTER_WEIGHT.get(language, 1.0)
        for language, pattern in _SCRIPTS.items()
    }
    weights["latin"] = float(len(re.findall(r"[A-Za-z\u00c0-\u024f]", sample)))
    if weights["ja"] > _KANA_SHARE * weights["zh"]:
        weights["ja"] += weights["zh"]
    best = max(weights, key=lambda language: weights[language])
    return best if weights[best] >= 10 else None


def _by_words(sample: str) -> str | None:
    words = re.findall(r"[^\W\d_]+", sample.lower())
    hits = dict.fromkeys(_COMMON, 0)
    for word in words:
        for language in _LANGUAGES_OF.get(word, ()):
            hits[language] += 1
    best = max(hits, key=lambda language: hits[language])
    return best if hits[best] >= max(2, 0.05 * len(words)) else None
