// What the companion knows: which apps, which of their requests bring answers, what is kept of them and what never is.
// JSON behind an assignment: read by every part of the companion, by its build and by the tests.
globalThis.GEO_COMPANION = {
  "pace": 15,
  "kept": ["prompt", "stream", "html", "mode", "address", "time", "picture"],
  "request_keys": [
    "prompt", "displayPrompt", "query", "query_str", "question", "messages", "message", "input", "params", "text",
    "content", "parts", "blocks", "content_block", "text_block", "value", "data", "role", "author", "user_type",
    "content_type", "chat_id", "chatId", "chat_session_id", "session_id", "sessionId", "conversation_id",
    "conversationId", "message_id", "parent_message_id", "parent_message_uuid", "req_id", "reqid", "client_meta",
    "re_answer", "re_answer_msg_id", "is_regenerate", "retry", "model", "mode", "search_enabled", "thinking_enabled"
  ],
  "address_keys": ["chat_id", "chat_session_id", "session_id", "conversation_id", "q", "udm"],
  "secret_keys": [
    "token", "access_token", "accessToken", "refresh_token", "refreshToken", "id_token", "resume_conversation_token",
    "conduit_token", "csrf", "csrf_token", "csrfToken", "xsrf", "auth", "authorization", "cookie", "cookies", "secret",
    "password", "ticket", "sign", "signature", "msToken", "a_bogus", "fp", "tea_uuid", "web_id", "device_id", "deviceId",
    "did", "open_id", "openid", "unionid", "user_id", "userId", "uid", "user_name", "userName", "username", "nickname",
    "nick_name", "nick", "screen_name", "avatar", "avatar_url", "email", "phone", "mobile", "account", "account_id",
    "accountId", "account_uuid", "organization_id", "org_id", "ip", "client_ip", "latitude", "longitude"
  ],
  "anonymous": "(?<=/organizations/)[^/?#]+",
  "apps": [
    {
      "name": "doubao", "label": "豆包 Doubao", "hosts": ["www.doubao.com"], "open": "https://www.doubao.com/chat/",
      "streams": ["^/(samantha/)?chat/completion$"],
      "answer": "[data-plugin-identifier], [data-testid=receive_message], .md-box-root"
    },
    {
      "name": "yuanbao", "label": "元宝 Yuanbao", "hosts": ["yuanbao.tencent.com"], "open": "https://yuanbao.tencent.com/chat/",
      "streams": ["^/api/chat/[^/]+$"],
      "answer": ".agent-chat__speech-card, .agent-chat__list__item--ai"
    },
    {
      "name": "kimi", "label": "Kimi", "hosts": ["www.kimi.com", "kimi.moonshot.cn"], "open": "https://www.kimi.com/",
      "streams": ["ChatService/Chat$", "/completion/stream$"],
      "answer": ".segment-assistant, .chat-content-item-assistant"
    },
    {
      "name": "qwen", "label": "千问 Qwen", "hosts": ["www.qianwen.com", "chat2.qianwen.com", "www.tongyi.com", "chat.qwen.ai"],
      "open": "https://www.qianwen.com/",
      "streams": ["^/api/v2/chat$", "/chat/completions$", "/dialog/conversation$"],
      "answer": ".qk-markdown, [class*=answerItem], .response-message-content"
    },
    {
      "name": "wenxin", "label": "文心 Wenxin", "hosts": ["chat.baidu.com", "yiyan.baidu.com"], "open": "https://chat.baidu.com/",
      "streams": ["/aichat/api/conversation$", "/eb/chat/conversation(/v\\d)?$"],
      "answer": ".ai-entry, .answer-container, #answer_text_id"
    },
    {
      "name": "nano-ai", "label": "纳米 Nano AI", "hosts": ["www.n.cn"], "open": "https://www.n.cn/",
      "streams": ["^/api/common/chat(/v\\d)?$"],
      "answer": "[class*=answer-content], [class*=markdown]"
    },
    {
      "name": "deepseek", "label": "DeepSeek", "hosts": ["chat.deepseek.com"], "open": "https://chat.deepseek.com/",
      "streams": ["/chat/(completion|regenerate|edit_message|continue|resume_stream)$"],
      "answer": ".ds-message, .ds-markdown"
    },
    {
      "name": "chatgpt", "label": "ChatGPT", "hosts": ["chatgpt.com"], "open": "https://chatgpt.com/",
      "streams": ["^/backend-(api|anon|alt)/(f/)?conversation(/resume)?$"],
      "answer": "[data-message-author-role=assistant]"
    },
    {
      "name": "perplexity", "label": "Perplexity", "hosts": ["www.perplexity.ai"], "open": "https://www.perplexity.ai/",
      "streams": ["^/rest/sse/perplexity_ask$"],
      "answer": "[id^=markdown-content], .prose"
    },
    {
      "name": "claude", "label": "Claude", "hosts": ["claude.ai"], "open": "https://claude.ai/new", "prefill": "https://claude.ai/new?q=",
      "streams": ["/chat_conversations/[^/]+/(retry_)?completion$"],
      "answer": ".font-claude-response, .font-claude-message"
    },
    {
      "name": "gemini", "label": "Gemini", "hosts": ["gemini.google.com"], "open": "https://gemini.google.com/app",
      "streams": ["/StreamGenerate$"],
      "answer": "model-response message-content, message-content"
    },
    {
      "name": "google-ai-mode", "label": "Google AI Mode", "hosts": ["www.google.com"], "open": "https://www.google.com/ai",
      "streams": [], "page": "^/(search|ai)$", "asked": {"udm": "50"},
      "answer": "[data-subtree=aimc], [data-container-id=main-col]"
    },
    {
      "name": "google-ai-overview", "label": "Google AI Overview", "hosts": ["www.google.com"], "open": "https://www.google.com/",
      "streams": [], "page": "^/search$",
      "answer": "[data-subtree=aio], #m-x-content"
    }
  ]
};
