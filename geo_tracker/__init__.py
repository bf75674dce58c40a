"""GEO Tracker: how often, how prominently and on which evidence AI assistants name a brand."""

__version__ = "0.1.0"
