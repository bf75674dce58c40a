"""What in an answer is not prose: addresses, link targets, citation markers, blocks of code, leaked reasoning."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from geo_tracker.extract.records import Where

BLANK = "\0"
_ECHO_LEAD = 40
"""An echo may follow a short lead such as 'You asked:'."""

_ADDRESS = r"(?:\([^\s()<>]*\)|[^\s()<>\"'`\0{}|\\^\[\]，。；：、！？（）【】《》「」“”‘’\u3400-\u9fff])+"
_TARGET = r"\(\s*(?P<{0}>(?:[^()\n]|\([^()\n]*\))*)\)"
_NUMBERS = r"\d{1,3}(?:\s*[,，、–-]\s*(?:web:|page:)?\d{1,3})*"
_MARKER = (
    r"\[\[?\^?(?:ref_|Source |citation:|reference:|引用:|source_group_web_|web:|page:)?"
    + _NUMBERS
    + r"\^?\\?\]?\]\^?"
    r"(?:\s?\(\s*https?://[^)\s]*\s*\))?"
)

# Every alternative begins with a literal, so that the engine skips to its first characters, and looks for its end
# only so far: thousands of beginnings without an end would take minutes.
_MASK = re.compile(
    "|".join(
        (
            r"`(?P<ticks>`{0,2})(?P<code>[^`\n]+)`(?P=ticks)",
            r"```[\s\S]*?(?:```|\Z)",
            r"~~~(?<![^\n >]~~~)[\w+-]*\n[\s\S]*?(?:\n[ >]*~~~|\Z)",
            r"<(?:think(?:ing)?|antThinking)>[\s\S]*?(?:</(?:think(?:ing)?|antThinking)>|\Z)",
            r"<websource>[\s\S]{0,10000}?</websource>",
            r"</?[A-Za-z][^<>\n]{0,300}>",
            r"https?://" + _ADDRESS,
            r"www\." + _ADDRESS,
            r"!\[(?P<alt>[^\]\n]{0,1000})\]" + _TARGET.format("image"),
            # citation markers, each engine's own (a number alone, with a word, in carets, doubled, dagger)
            _MARKER,
            r"\^" + _MARKER,
            r"\\\[" + _NUMBERS + r"\\\]",
            r"\[\((?:deep_think)\)\]",
            r"【\d{1,3}(?:†[^】\n]{0,500})?】",
            r":contentReference\[[^\]\n]{0,500}\](?:\{[^}\n]{0,500}\})?",
            "\ue200[^\ue201\n]{0,1000}\ue201",
            r"\(\[[^\]\n]{0,400}\]\[\d{1,3}\]\)",
            r"\[(?P<label>(?:[^\[\]\n]|\[[^\[\]\n]*\]){0,400})\]" + _TARGET.format("target"),
        )
    )
)
_TRIGGER = re.compile(r"~~~|[`<\[【\ue200]|https?:|www\.|:contentReference")
_STACKED = re.compile(r"-\n\d{1,3}(?:\n-\n\d{1,3})*(?=\n|\Z)")  # DeepSeek's page copy: "-\n2\n-\n4\n"
_DOMAIN = re.compile(r"(?i)(?:https?://)?(?:[\w-]+\.)+[a-z]{2,12}(?:[/，。；,;?#].*)?")
_CHIP = re.compile(r"\+\d{1,3}\b|^\s*[\d\s,+]*\s*$")
_OWN_LINK = re.compile(r"utm_source=(?:chatgpt\.com|openai)")
_FINISHED = tuple("。.!?！？；;)）]")
_WORD = re.compile(r"[^\W_]+")


def mask(text: str) -> tuple[str, tuple[tuple[int, int, Where], ...]]:
    """The text with all that is not prose blanked out at the same length, and the labels that are content."""
    if "-\n" in text:
        text = _STACKED.sub(_blank, text)
    if "</think" in text:
        text = _leaked_reasoning(text)
    if _TRIGGER.search(text) is None:
        return text, ()
    pieces: list[str] = []
    labels: list[tuple[int, int, Where]] = []
    at = 0
    for found in _MASK.finditer(text):
        start, end = found.span()
        pieces.append(text[at:start])
        kept = _kept_label(found)
        first, last = kept[:2] if kept else found.span("code")
        if first < 0:
            pieces.append(BLANK * (end - start))
        else:  # a name set in backticks is read like any other; a block of code is not
            pieces.extend((BLANK * (first - start), mask(text[first:last])[0], BLANK * (end - last)))
            labels += [kept] if kept else []
        at = end
    pieces.append(text[at:])
    return "".join(pieces), tuple(labels)


def blank_echo(text: str, prompt: str) -> str:
    """The text with a repetition of the prompt at its start blanked out."""
    prompt = prompt.strip()
    at = text.find(prompt, 0, len(prompt) + _ECHO_LEAD) if prompt else -1
    if at < 0:
        return text
    return text[:at] + BLANK * len(prompt) + text[at + len(prompt) :]


def _blank(found: re.Match[str]) -> str:
    return BLANK * len(found.group())


def _leaked_reasoning(text: str) -> str:
    """Blank everything up to a closing tag that was never opened."""
    end = text.find("</think")
    if 0 <= text.find("<think") < end:
        return text
    return BLANK * end + text[end:]


def _kept_label(found: re.Match[str]) -> tuple[int, int, Where] | None:
    """The label of a link or image that is content, not a citation chip."""
    if found.group("alt"):
        return (*found.span("alt"), "image_alt")
    label = found.group("label")
    if not label or is_chip(
        label, found.group("target"), found.string[max(0, found.start() - 8) : found.start()]
    ):
        return None
    return (*found.span("label"), "link_label")


def is_chip(label: str, target: str, before: str = "") -> bool:
    """Whether a link label only names the source.

    It does when it is a number, a domain, a site with `+2` or the host's own name, and when an assistant's
    own link (it bears the assistant's `utm_source`) stands after a finished sentence instead of within one.
    """
    if _CHIP.search(label) or _DOMAIN.fullmatch(label.strip()):
        return True
    if _OWN_LINK.search(target):
        last = before.rstrip(" \t(（")[-1:]
        return last in _FINISHED
    host = urlsplit(target).hostname if "://" in target else None
    name = "".join(_WORD.findall(label))
    return bool(host) and name.islower() and name in "".join(_WORD.findall(str(host)))
