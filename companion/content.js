// Runs beside the page of a listed app: makes a capture of what page.js heard and of the answer as it is shown.
"use strict";
(() => {
  const api = globalThis.browser ?? chrome;
  const data = globalThis.GEO_COMPANION;
  const clean = globalThis.geoClean;
  const here = data.apps.filter((app) => app.hosts.includes(location.hostname));
  const SETTLED = 800; // ms without a change of the page after which an answer is shown whole
  const LONGEST = 6000; // ms that this is waited for
  const LARGEST = 15_000_000; // bytes of a capture without its picture; the intake takes 16 MB
  const MOST = 20; // captures of a page in a minute: no person asks as often, a page that forges them may
  let lately = [];
  let typed = new URLSearchParams(location.search).get("q") ?? "";
  let asked = typed;
  let newest = "";

  const told = { hosts: here.flatMap((app) => app.hosts), streams: here.flatMap((app) => app.streams) };
  const tell = () => document.dispatchEvent(new CustomEvent("geo-companion", { detail: JSON.stringify(told) }));
  tell();
  document.addEventListener("DOMContentLoaded", tell);

  // The prompt as the person sees it in the app's box; a box that is emptied after sending leaves it as it was.
  document.addEventListener("input", (event) => {
    const box = event.composedPath()[0];
    const words = (box?.value ?? box?.innerText ?? "").trim();
    if (words && box.type !== "password") typed = words;
  }, true);

  window.addEventListener("message", async ({ source, origin, data: heard }) => {
    if (source !== window || origin !== location.origin || heard?.geoCompanion !== 1) return;
    if (heard.begun) asked = typed;
    else if (Array.isArray(heard.frames) && typeof heard.url === "string" && isPaced()) {
      const prompt = asked; // another may be asked until the page stands still
      await settled();
      await keep(appOf(heard.url), heard, prompt);
    }
  });

  function isPaced() {
    lately = lately.filter((at) => at > Date.now() - 60_000);
    return lately.length < MOST && lately.push(Date.now());
  }

  function appOf(address) {
    const url = new URL(address, location.href);
    return here.find((app) => app.streams.some((pattern) => new RegExp(pattern).test(url.pathname)));
  }

  // Until the page stands still; a person who leaves it ends the waiting, and what is shown by then is kept.
  function settled(longest = LONGEST) {
    return new Promise((resolve) => {
      const end = () => {
        observer.disconnect();
        removeEventListener("pagehide", end);
        clearTimeout(last);
        resolve();
      };
      let quiet = setTimeout(end, SETTLED);
      const last = setTimeout(end, longest);
      const observer = new MutationObserver(() => {
        clearTimeout(quiet);
        quiet = setTimeout(end, SETTLED);
      });
      addEventListener("pagehide", end);
      observer.observe(document.documentElement, { subtree: true, childList: true, characterData: true });
    });
  }

  function shown(app) {
    const found = [...document.querySelectorAll(app.answer)];
    return found.filter((each) => !each.parentElement?.closest(app.answer)).at(-1);
  }

  function mode() {
    const switches = [...document.querySelectorAll("[aria-pressed], [role=switch][aria-checked], [role=checkbox][aria-checked]")];
    const on = (pattern) => {
      const found = switches.find((each) => pattern.test(each.textContent || each.getAttribute("aria-label") || ""));
      return found ? (found.getAttribute("aria-pressed") ?? found.getAttribute("aria-checked")) === "true" : null;
    };
    const model = document.querySelector("[data-testid*=model-switcher], [data-testid*=model-selector], [aria-label*='model' i]");
    const named = model?.textContent.trim().slice(0, 60) || null;
    return { model: named, search: on(/联网|搜索|search/i), think: on(/思考|think|reason/i) };
  }

  const sizeOf = (capture) => new Blob([JSON.stringify(capture)]).size;

  // Only these fields exist: what is not named here is not kept.
  async function keep(app, heard, prompt) {
    if (!app) return;
    const status = heard && Number.isInteger(heard.status) ? heard.status : 200;
    const isFailure = status < 200 || status > 299;
    if (isFailure && !prompt) return; // of no prompt: nobody waits for it
    const secrets = clean.secrets();
    const answer = isFailure ? null : shown(app); // what the page shows then is an answer of before
    const capture = {
      capture: 1,
      app: app.name,
      url: clean.address(location.href),
      at: /^\d{4}-[\d:T.-]{5,30}Z$/.test(heard?.at) ? heard.at : new Date().toISOString(),
      mode: mode(),
      prompt: clean.text(prompt, secrets),
      request: heard ? { url: clean.address(heard.url), body: clean.text(clean.request(String(heard.body ?? "")), secrets) } : null,
      response: heard ? { content_type: String(heard.type), transport: String(heard.transport), status, frames: clean.frames(heard.frames, secrets) } : null,
      html: answer ? clean.html(answer, secrets) : null,
      screenshot: null,
      companion: api.runtime.getManifest().version,
    };
    if (sizeOf(capture) > LARGEST) capture.html = null;
    if (sizeOf(capture) > LARGEST) return; // no answer is so long: a page that floods is not kept
    newest = JSON.stringify(capture);
    await api.runtime.sendMessage({ type: "captured", line: newest, app: app.name, prompt: capture.prompt, at: capture.at });
  }

  // Only the companion itself can ask: pages cannot send messages here.
  api.runtime.onMessage.addListener((message, sender, respond) => {
    if (message.type === "newest") respond({ line: newest });
  });

  // Pages whose answer comes with no request of its own: kept once it has stopped changing.
  async function watch(app) {
    for (let tries = 0; tries < 20; tries += 1) {
      await settled(3000);
      if (shown(app)?.textContent.trim()) return keep(app, null, asked);
    }
  }

  function isPage(app) {
    if (!app.page || !new RegExp(app.page).test(location.pathname)) return false;
    const udm = new URLSearchParams(location.search).get("udm") ?? "";
    return udm === (app.asked?.udm ?? "") || (location.pathname === "/ai" && app.asked);
  }
  for (const app of here.filter(isPage)) watch(app);
})();
