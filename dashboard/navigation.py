"""The pages by what they are for, in the order of the navigation; what stands under no name is in the bar itself."""

from __future__ import annotations

SECTIONS = {
    "": {"overview": ":material/monitoring:"},
    "results": {
        "prompts": ":material/quiz:",
        "competitors": ":material/leaderboard:",
        "perception": ":material/record_voice_over:",
        "shelf": ":material/storefront:",
    },
    "evidence": {
        "answers": ":material/forum:",
        "sources": ":material/link:",
        "discover": ":material/travel_explore:",
    },
    "act": {
        "signals": ":material/notifications:",
        "events": ":material/event:",
        "reports": ":material/description:",
    },
    "run": {
        "session": ":material/checklist:",
        "runs": ":material/schedule:",
        "workspace": ":material/tune:",
        "people": ":material/group:",
        "definitions": ":material/menu_book:",
    },
}
PAGES = tuple(name for pages in SECTIONS.values() for name in pages)


def section_of(page: str) -> str:
    """The section under which a page stands."""
    return next(name for name, pages in SECTIONS.items() if page in pages)
