"""What assistants are called wherever a person reads it: by their Chinese and their Latin name, in either language."""

from __future__ import annotations

from collections.abc import Mapping

LABELS: Mapping[str, str] = {
    "doubao": "豆包 Doubao",
    "yuanbao": "元宝 Yuanbao",
    "kimi": "Kimi",
    "qwen": "千问 Qwen",
    "wenxin": "文心 Wenxin",
    "nano-ai": "纳米 Nano AI",
    "deepseek": "DeepSeek",
    "chatgpt": "ChatGPT",
    "perplexity": "Perplexity",
    "claude": "Claude",
    "gemini": "Gemini",
    "google-ai-mode": "Google AI Mode",
    "google-ai-overview": "Google AI Overview",
}
"""By the name that answers of their apps are stored under; the companion's `data.js` has the same."""


def by_route(assistant: str, route: str) -> str:
    """The label of an adapter that asks an assistant on some route, such as `豆包 Doubao (Ark API)`."""
    return f"{LABELS[assistant]} ({route})"
