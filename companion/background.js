// Keeps captures until the intake has them, and asks it what is next. Nothing is sent to anywhere but this machine.
"use strict";
if (typeof importScripts === "function") importScripts("data.js");
const api = globalThis.browser ?? chrome;
const WAITING = "capture:";
const SAVED_DAYS = 30; // days for which a capture that was saved to a file is also kept here
let flushing = null;

async function ask(path, body) {
  const { port, token } = await api.storage.local.get(["port", "token"]);
  if (!port || !token) return { state: "unpaired" };
  try {
    const reply = await fetch(`http://127.0.0.1:${port}/v1/intake/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: typeof body === "string" ? body : JSON.stringify(body ?? {}),
      credentials: "omit",
      cache: "no-store",
    });
    const said = await reply.json().catch(() => ({}));
    if (reply.ok) return { state: "ok", ...said };
    if ([401, 403].includes(reply.status)) return { state: "unpaired" };
    return { state: [400, 413, 415, 422].includes(reply.status) ? "refused" : "away", reason: said.error ?? `HTTP ${reply.status}` };
  } catch {
    return { state: "away" };
  }
}

async function waiting() {
  const all = await api.storage.local.get(null);
  return Object.entries(all).filter(([key]) => key.startsWith(WAITING)).sort().map(([key, kept]) => ({ key, ...kept }));
}

// Every capture is stored here first and goes once the intake says that it has it: a killed browser loses none.
async function captured({ line, app, prompt, at }) {
  const key = `${WAITING}${at}:${crypto.randomUUID()}`;
  await api.storage.local.set({ [key]: { line, app, prompt, at } });
  await flush();
}

function flush() {
  flushing ??= sendAll().finally(() => (flushing = null));
  return flushing;
}

async function sendAll() {
  for (const { key, ...kept } of await waiting()) {
    if (kept.saved && Date.now() - Date.parse(kept.saved) > SAVED_DAYS * 86_400_000) await api.storage.local.remove(key);
    if (kept.refused) continue;
    const reply = await ask("captures", kept.line);
    if (reply.state === "ok") {
      await api.storage.local.remove(key);
      await api.storage.local.set({ last: { app: kept.app, prompt: kept.prompt, outcome: reply.outcome, reason: reply.reason, warning: reply.warning, at: kept.at } });
    } else if (reply.state === "refused") {
      await api.storage.local.set({ [key]: { ...kept, refused: reply.reason } });
    } else break; // they wait for the intake
  }
  await badge();
}

async function badge() {
  const { left = 0 } = await ask("next");
  await api.action.setBadgeText({ text: left ? String(left) : "" });
}

async function state() {
  await flush();
  const { last, opened } = await api.storage.local.get(["last", "opened"]);
  return { next: await ask("next"), last, opened, waiting: (await waiting()).map(({ line, ...about }) => about) };
}

// The app's page with the prompt filled in, or empty: nothing here presses send.
async function open({ due }) {
  const app = globalThis.GEO_COMPANION.apps.find((each) => each.name === due.engine);
  if (!app) return {};
  await api.storage.local.set({ opened: Date.now() });
  await api.tabs.create({ url: app.prefill ? app.prefill + encodeURIComponent(due.prompt) : app.open });
  return {};
}

// What a file is to hold: what none holds yet, else all that waits, so that saving twice gives no empty file.
async function lines() {
  const kept = await waiting();
  const fresh = kept.filter((each) => !each.saved);
  return { lines: (fresh.length ? fresh : kept).map(({ key, line }) => ({ key, line })) };
}

async function saved({ keys }) {
  const all = await api.storage.local.get(keys);
  const at = new Date().toISOString();
  await api.storage.local.set(Object.fromEntries(Object.entries(all).map(([key, kept]) => [key, { ...kept, saved: at }])));
}

// A picture of the tab that the popup was opened on, beside the capture of its newest answer.
async function picture() {
  const [tab] = await api.tabs.query({ active: true, currentWindow: true });
  const shot = await api.tabs.captureVisibleTab(tab.windowId, { format: "jpeg", quality: 80 });
  const { line } = await api.tabs.sendMessage(tab.id, { type: "newest" });
  if (!line) return { state: "none" };
  const seen = JSON.parse(line);
  await captured({ line: JSON.stringify({ ...seen, screenshot: shot }), app: seen.app, prompt: seen.prompt, at: seen.at });
  return { state: "ok" };
}

const answers = {
  captured,
  state,
  open,
  saved,
  picture,
  lines,
  skip: ({ row, reason }) => ask("skip", { row, reason }),
  retry: ({ row }) => ask("retry", { row }),
  pair: async ({ port, token }) => {
    await api.storage.local.set({ port, token });
    return ask("hello");
  },
};

api.runtime.onMessage.addListener((message, sender, respond) => {
  const fromPage = Boolean(sender.tab) && !sender.url?.startsWith(api.runtime.getURL(""));
  if (sender.id !== api.runtime.id || (fromPage && message.type !== "captured")) return false;
  Promise.resolve(answers[message.type]?.(message)).then((said) => respond(said ?? {}), (error) => respond({ state: "failed", reason: String(error) }));
  return true;
});
api.runtime.onStartup.addListener(flush);
api.runtime.onInstalled.addListener(flush);
