"""The usual spellings of assistants, mapped to the names that answers are stored and compared under."""

from __future__ import annotations

from collections.abc import Mapping

from geo_tracker.captures.folding import folded

NAMES: Mapping[str, tuple[str, ...]] = {
    "chatgpt": ("ChatGPT", "chat gpt", "ChatGPT Search", "chatgpt.com"),
    "claude": ("Claude", "claude.ai"),
    "copilot": ("Copilot", "Microsoft Copilot", "Bing Copilot"),
    "deepseek": ("DeepSeek", "深度求索", "chat.deepseek.com"),
    "doubao": ("Doubao", "豆包", "豆包 Doubao", "doubao.com"),
    "gemini": ("Gemini", "Google Gemini"),
    "google-ai-mode": ("Google AI Mode", "AI Mode", "google_ai_mode"),
    "google-ai-overview": (
        "Google AI Overview",
        "Google AI Overviews",
        "AI Overview",
        "AIO",
        "google_ai_overview",
    ),
    "grok": ("Grok", "grok.com"),
    "kimi": ("Kimi", "月之暗面 Kimi", "kimi.com"),
    "metaso": ("Metaso", "秘塔", "秘塔 AI 搜索", "秘塔AI搜索"),
    "nano-ai": ("Nano AI", "纳米 AI", "纳米AI", "纳米 AI 搜索", "纳米AI搜索", "n.cn"),
    "perplexity": ("Perplexity", "Perplexity AI", "perplexity.ai"),
    "qwen": ("Qwen", "通义", "通义千问", "千问", "通义千问 Qwen", "Tongyi", "Tongyi Qianwen", "qianwen.com"),
    "wenxin": (
        "Wenxin",
        "文心一言",
        "文心",
        "文小言",
        "Wenxiaoyan",
        "ERNIE Bot",
        "yiyan.baidu.com",
        "chat.baidu.com",
    ),
    "yuanbao": ("Yuanbao", "元宝", "腾讯元宝", "腾讯元宝 Yuanbao", "Tencent Yuanbao"),
}


_BY_SPELLING = {
    folded(spelling): name for name, spellings in NAMES.items() for spelling in (name, *spellings)
}


def engine_name(written: str) -> str:
    """Our name where the whole spelling is one of an assistant's; any other text stays as its publisher wrote it."""
    return _BY_SPELLING.get(folded(written), written.strip())
