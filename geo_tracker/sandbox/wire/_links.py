"""Citations as links in the text: how chat pages and their vendors print sources."""

from __future__ import annotations

from geo_tracker.sandbox.records import Marker, SandboxAnswer, Source


def linked(answer: SandboxAnswer, style: str = " ([{site}]({url}))") -> Marker:
    """Markers that link to the source, by its host."""
    return lambda sources: [
        (index, style.format(site=host_of(source), url=source.url, n=index + 1))
        for index in sources
        for source in [answer.sources[index]]
    ]


def host_of(source: Source) -> str:
    return source.url.split("/")[2]
