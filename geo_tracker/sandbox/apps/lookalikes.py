"""Which apps there are, how each is asked, and the page that a person would use."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from importlib.resources import files
from typing import NamedTuple

from geo_tracker.sandbox.apps import streams
from geo_tracker.sandbox.records import SandboxAnswer, marked
from geo_tracker.sandbox.wire._cards import price_of
from geo_tracker.sandbox.wire.base import Json

EVENTS = "text/event-stream"
LINK = re.compile(r"\[([^\]]+)\]\((https?://[^)\s]+)\)")
ACCOUNT = {
    "user_name": "planted-name-张小帆",
    "user_id": "planted-account-778812345",
    "resume_conversation_token": "planted-token-8f3c2a917b",
}
"""What every stream begins with and no capture may hold."""
COOKIE = "planted-cookie-5d1e6b4f0a"


class LookAlike(NamedTuple):
    """One app."""

    name: str
    """As its answers are stored under."""
    host: str
    path: str
    transport: str
    """fetch | xhr | eventsource."""
    profile: str
    body: Callable[[SandboxAnswer], bytes]
    asked: Callable[[str], Json] = lambda prompt: {"prompt": prompt}
    content_type: str = EVENTS
    answer: str = "article"
    """The element that shows an answer."""
    attributes: str = ""

    def stream(self, answer: SandboxAnswer) -> bytes:
        """The response to a question; an account's data comes first, as apps send it."""
        if self.content_type == EVENTS:
            return streams.events([("account", ACCOUNT)]) + self.body(answer)
        if "connect" in self.content_type:
            return streams.framed({"op": "set", "account": ACCOUNT}) + self.body(answer)
        return self.body(answer)

    def page(self) -> str:
        """The app's page: a box, a button, and what was said."""
        app = {
            "path": self.path,
            "transport": self.transport,
            "element": self.answer,
            "attributes": self.attributes,
            "cookie": COOKIE,
            "account": ACCOUNT,
            "asked": self.asked("PROMPT"),
        }
        template = files(__package__).joinpath("page.html").read_text("utf-8")
        written = json.dumps(app, ensure_ascii=False).replace("<", "\\u003c")
        return template.replace("__APP__", written).replace("__NAME__", self.name)


def shown(answer: SandboxAnswer) -> str:
    """An answer as its app renders it: sources and cards are links."""
    text, _ = marked(answer, lambda sources: [(n, f" [{n + 1}]({answer.sources[n].url})") for n in sources])
    lines = [
        f"<p>{LINK.sub(_anchor, html.escape(line, quote=False))}</p>" for line in text.split("\n") if line
    ]
    cards = [
        f'<p><a href="{html.escape(card.url)}">{html.escape(card.title)}</a> {price_of(card)}</p>'
        for card in answer.cards
    ]
    return "".join((*lines, *cards))


def _anchor(link: re.Match[str]) -> str:
    return f'<a href="{link[2]}">{link[1]}</a>'


def _messages(prompt: str) -> Json:
    return {
        "messages": [{"author": {"role": "user"}, "content": {"content_type": "text", "parts": [prompt]}}]
    }


CONNECT = "application/connect+json"
LOOK_ALIKES = (
    LookAlike("doubao", "www.doubao.com", "/chat/completion", "fetch", "doubao-app", streams.doubao,
              lambda prompt: {"messages": [{"content": json.dumps({"text": prompt}), "content_type": 2001}]},
              attributes='data-testid="receive_message"'),
    LookAlike("yuanbao", "yuanbao.tencent.com", "/api/chat/c", "fetch", "yuanbao-web", streams.yuanbao,
              attributes='class="agent-chat__speech-card"'),
    LookAlike("kimi", "www.kimi.com", "/apiv2/kimi.gateway.chat.v1.ChatService/Chat", "fetch", "kimi-web", streams.kimi,
              lambda prompt: {"message": streams.kimi_asked(prompt)}, CONNECT, attributes='class="segment-assistant"'),
    LookAlike("qwen", "www.qianwen.com", "/api/v2/chat", "fetch", "tongyi", streams.qwen,
              lambda prompt: {"messages": [{"role": "user", "content": prompt}]}, attributes='class="answerItem"'),
    LookAlike("wenxin", "chat.baidu.com", "/aichat/api/conversation", "xhr", "wenxiaoyan", streams.wenxin,
              lambda prompt: {"message": {"content": {"query": prompt}}}, attributes='class="ai-entry"'),
    LookAlike("nano-ai", "www.n.cn", "/api/common/chat/v2", "xhr", "nano-ai", streams.nano_ai,
              attributes='class="answer-content"'),
    LookAlike("deepseek", "chat.deepseek.com", "/api/v0/chat/completion", "xhr", "deepseek", streams.deepseek,
              lambda prompt: {"chat_session_id": f"of {prompt}", "prompt": prompt}, attributes='class="ds-message"'),
    LookAlike("chatgpt", "chatgpt.com", "/backend-api/f/conversation", "fetch", "cloro-chatgpt", streams.chatgpt,
              _messages, attributes='data-message-author-role="assistant"'),
    LookAlike("perplexity", "www.perplexity.ai", "/rest/sse/perplexity_ask", "eventsource", "perplexity",
              streams.perplexity, lambda prompt: {"query_str": prompt}, attributes='class="prose"'),
    LookAlike("claude", "claude.ai", "/api/organizations/planted-account-778812345/chat_conversations/c/completion",
              "fetch", "claude", streams.claude, attributes='class="font-claude-response"'),
    LookAlike("gemini", "gemini.google.com", "/_/BardChatUi/data/StreamGenerate", "xhr", "gemini", streams.gemini,
              content_type="application/json", answer="message-content"),
)  # fmt: skip
"""The eleven apps, with the shelf in three placements: in the text, on cards, on the pages that are cited."""
