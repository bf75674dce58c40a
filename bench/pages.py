"""Made-up pages that are built like those of news sites and shops: most of a page is not its article.

A page of 80 kB holds about 9 kB of article; the rest is navigation, data for scripts, JSON-LD, lists of other
articles, comments and a footer.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from functools import cache
from itertools import product

KILOBYTES = (30, 80, 180)
LANGUAGES = ("en", "zh")
KINDS = tuple(product(KILOBYTES, LANGUAGES))
VARIANTS = 6
"""Different pages of each size and language."""
WORDS = {
    "en": tuple(
        "the cream that we tried for three weeks calms dry and sensitive skin better than most others in this "  # noqa: SIM905
        "test while its price stays moderate and shops deliver within days so buyers who look for mild care may "
        "start here".split()
    ),
    "zh": tuple(
        "这款 面霜 我们 用了 三个 星期 干燥 敏感 的 皮肤 明显 舒缓 价格 适中 配送 也快 成分 简单 "  # noqa: SIM905
        "不含 香精 适合 想要 温和 护理 的 人 先试 试看 "
        "测评 结果 显示 保湿 效果 比 多数 同类 产品 更好 但是 质地 偏厚 夏天 使用 会 有些 油腻".split()
    ),
}
NAMES = {"en": ("Test", "Section", "Reader", "A. Writer"), "zh": ("测评", "频道", "网友", "林小满")}


def page(number: int) -> str:
    """The page of this number: sizes and languages in turn, no two alike."""
    kilobytes, language = KINDS[number % len(KINDS)]
    return _variant(kilobytes, language, number // len(KINDS) % VARIANTS).replace("{number}", str(number))


@cache
def _variant(kilobytes: int, language: str, variant: int) -> str:
    writer = _Writer(language, random.Random(100 * kilobytes + variant))  # noqa: S311 - texts for a benchmark
    title = f"{NAMES[language][0]} {{number}}: {writer.sentence(6)}"
    room = kilobytes * 1000
    parts = {
        "state": writer.state(room * 40 // 100),
        "menu": writer.filled(room * 20 // 100, writer.menu_item),
        "aside": writer.filled(room * 10 // 100, writer.teaser),
        "comments": writer.filled(room * 10 // 100, writer.comment),
        "footer": writer.filled(room * 8 // 100, writer.menu_item),
        "article": writer.filled(room * 12 // 100, writer.paragraph),
    }
    return _TEMPLATE.format(language=language, title=title, head=_head(title, language, variant), **parts)


_TEMPLATE = """<!doctype html><html lang="{language}"><head>{head}</head><body class="page">
<script>window.__STATE__ = {state};</script><header><nav class="menu"><ul>{menu}</ul></nav></header>
<div class="wrap"><div class="content"><article><h1>{title}</h1>{article}</article>
<div id="comments" class="comments">{comments}</div></div><aside class="related"><ul>{aside}</ul></aside></div>
<footer class="site-footer"><ul>{footer}</ul></footer></body></html>"""


def _head(title: str, language: str, variant: int) -> str:
    day, author = f"2026-03-{1 + variant:02}", NAMES[language][3]
    about = {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": "Organization", "@id": "#publisher", "name": "Daily Care"},
            {
                "@type": "NewsArticle",
                "headline": title,
                "datePublished": f"{day}T08:00:00Z",
                "author": {"@type": "Person", "name": author},
                "publisher": {"@id": "#publisher"},
            },
            {
                "@type": "BreadcrumbList",
                "itemListElement": [
                    {"@type": "ListItem", "position": at, "name": f"Level {at}", "item": f"/level/{at}"}
                    for at in range(1, 5)
                ],
            },
        ],
    }
    metas = {
        "og:title": title,
        "og:site_name": "Daily Care",
        "og:type": "article",
        "article:published_time": day,
    }
    tags = "".join(f'<meta property="{name}" content="{value}">' for name, value in metas.items())
    links = "".join(f'<link rel="stylesheet" href="/assets/{at}.css">' for at in range(8))
    graph = json.dumps(about, ensure_ascii=False)
    return f'<title>{title}</title>{tags}{links}<script type="application/ld+json">{graph}</script>'


class _Writer:
    """Writes pieces of a page in one language."""

    def __init__(self, language: str, chosen: random.Random) -> None:
        self._language = language
        self._chosen = chosen

    def filled(self, room: int, piece: Callable[[int], str]) -> str:
        """Pieces up to so many bytes, at least one."""
        pieces, size = [], 0
        while size < room or not pieces:
            pieces.append(piece(len(pieces)))
            size += len(pieces[-1].encode())
        return "".join(pieces)

    def sentence(self, words: int) -> str:
        text = self._chosen.choices(WORDS[self._language], k=words)
        return f"{''.join(text)}。" if self._language == "zh" else f"{' '.join(text).capitalize()}. "

    def paragraph(self, at: int) -> str:
        heading = f"<h2>{self.sentence(4)}</h2>" if at % 4 == 3 else ""
        text = "".join(self.sentence(self._chosen.randint(8, 20)) for _ in range(4))
        return f'{heading}<p class="p">{text}<a href="/about/{at}">{self.sentence(2)}</a></p>'

    def menu_item(self, at: int) -> str:
        name = f"{NAMES[self._language][1]} {at}"
        link = f'<a class="menu-link" href="/section/{at}"><span>{name}</span></a>'
        return f'<li class="menu-item menu-item-{at}">{link}</li>'

    def teaser(self, at: int) -> str:
        picture = f'<img class="thumb" src="/thumb/{at}.webp" alt="" width="160" height="90" loading="lazy">'
        link = f'<a href="/story/{at}">{picture}<h3>{self.sentence(7)}</h3></a>'
        return f"<li>{link}<time>2026-02-{1 + at % 28:02}</time></li>"

    def comment(self, at: int) -> str:
        said = self.sentence(self._chosen.randint(6, 25))
        return f'<div class="comment"><b>{NAMES[self._language][2]} {at}</b><p>{said}</p><button>+1</button></div>'

    def state(self, room: int) -> str:
        rows = [
            {"id": at, "title": self.sentence(5), "tags": ["a", "b"], "price": at / 7}
            for at in range(room // 110)
        ]
        return json.dumps({"rows": rows}, ensure_ascii=False)
