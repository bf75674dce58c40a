// Runs in the page itself and listens to the transport: what a listed request is answered with, as it was received.
// It changes nothing, asks nothing and knows no format. What it hears it hands to content.js of the same tab.
(() => {
  "use strict";
  const LIMIT = 12_000_000; // characters of one answer; more is none
  let hosts = [];
  let streams = [];

  // content.js says which requests bring answers: a browser loads no file into two worlds of one page.
  document.addEventListener("geo-companion", ({ detail }) => {
    try {
      const told = JSON.parse(detail);
      hosts = told.hosts.map(String);
      streams = told.streams.map((pattern) => new RegExp(pattern));
    } catch {
      // not from content.js, which judges all that it is handed by patterns of its own
    }
  });

  function isAnswer(address) {
    try {
      const url = new URL(address, location.href);
      return hosts.includes(url.hostname) && streams.some((pattern) => pattern.test(url.pathname));
    } catch {
      return false;
    }
  }

  function tell(heard) {
    window.postMessage({ geoCompanion: 1, ...heard }, location.origin);
  }

  const base64 = (bytes) => {
    let binary = "";
    for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return btoa(binary);
  };

  // Text as text; anything else, such as frames with their lengths, as bytes.
  function frames(chunks, type) {
    if (!/connect\+|octet-stream|protobuf/.test(type)) {
      const decoder = new TextDecoder();
      return [...chunks.map((chunk) => decoder.decode(chunk, { stream: true })), decoder.decode()].filter(Boolean);
    }
    return chunks.map((chunk) => ({ base64: base64(chunk) }));
  }

  async function textOf(body) {
    if (body == null) return "";
    if (typeof body === "string") return body;
    if (body instanceof URLSearchParams) return body.toString();
    if (body instanceof Blob) return body.text();
    if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return new TextDecoder().decode(body);
    return "";
  }

  async function hear(response) {
    const chunks = [];
    let size = 0;
    try {
      const reader = response.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        chunks.push(value);
        size += value.length;
        if (size > LIMIT) return null;
      }
    } catch {
      // stopped by the person, or the line broke: what came until then is the answer, and its reader says it is cut
    }
    return chunks;
  }

  // What came in place of an answer: what the app says of it, but no page, such as a wall or a login, which is another's.
  const isFailure = (status) => status < 200 || status > 299;
  const isPage = (type) => /html/.test(type);

  const fetched = window.fetch;
  window.fetch = function (input, init) {
    const address = input instanceof Request ? input.url : String(input);
    if (!isAnswer(address)) return fetched.apply(this, arguments);
    const asked = init?.body ?? (input instanceof Request ? input.clone().text() : "");
    const at = new Date().toISOString();
    const answered = fetched.apply(this, arguments);
    answered.then(async (response) => {
      const { status } = response;
      if (!status || (response.ok && !response.body)) return;
      const type = response.headers.get("content-type") ?? "";
      const copy = response.body && !(isFailure(status) && isPage(type)) ? response.clone() : null;
      const body = await textOf(await asked);
      tell({ begun: true, at });
      const chunks = copy ? await hear(copy) : [];
      const about = { transport: "fetch", url: response.url || address, body, type, at, status };
      if (chunks?.length || isFailure(status)) tell({ ...about, frames: frames(chunks ?? [], type) });
    }).catch(() => {}); // the page has the same failure and deals with it
    return answered;
  };

  const Xhr = window.XMLHttpRequest.prototype;
  const { open, send } = Xhr;
  Xhr.open = function (method, address) {
    this.geoAddress = String(address);
    return open.apply(this, arguments);
  };
  Xhr.send = function (body) {
    if (isAnswer(this.geoAddress)) {
      const at = new Date().toISOString();
      tell({ begun: true, at });
      this.addEventListener("loadend", async () => {
        const { status } = this;
        if (!status) return; // the line broke, or the person left
        const type = this.getResponseHeader("content-type") ?? "";
        const url = this.responseURL || this.geoAddress;
        const got = ["", "text"].includes(this.responseType) ? this.responseText : this.response;
        const bytes = got instanceof ArrayBuffer ? [new Uint8Array(got)] : null;
        const whole = bytes ? frames(bytes, type) : [typeof got === "string" ? got : JSON.stringify(got ?? "")];
        const heard = isFailure(status) && isPage(type) ? [] : whole;
        if (heard.join("").length > LIMIT) return;
        tell({ transport: "xhr", url, body: await textOf(body), type, at, status, frames: heard });
      });
    }
    return send.apply(this, arguments);
  };

  const Source = window.EventSource;
  window.EventSource = class extends Source {
    constructor(address, options) {
      super(address, options);
      if (!isAnswer(address)) return;
      const at = new Date().toISOString();
      const heard = [];
      let isSilent = true;
      const named = new Set();
      tell({ begun: true, at });
      const listen = (name) => {
        if (named.has(name)) return;
        named.add(name);
        super.addEventListener(name, (event) => {
          if (typeof event.data !== "string") return;
          isSilent = false;
          const lines = event.data.split("\n").map((line) => `data: ${line}\n`).join("");
          heard.push(`${name === "message" ? "" : `event: ${name}\n`}${lines}\n`);
        });
      };
      const end = (status) => {
        const about = { transport: "eventsource", url: this.url, body: "", type: "text/event-stream", at, status };
        if (heard.length || isFailure(status)) tell({ ...about, frames: heard.splice(0) });
      };
      listen("message");
      this.geoListen = listen;
      this.geoEnd = () => end(200);
      // Closed by the browser before anything came: it was answered with a failure, whose status no page is told.
      super.addEventListener("error", () => this.readyState === Source.CLOSED && end(isSilent ? 0 : 200));
    }
    addEventListener(name, ...rest) {
      this.geoListen?.(name);
      return super.addEventListener(name, ...rest);
    }
    close() {
      super.close();
      this.geoEnd?.();
    }
  };

  const Socket = window.WebSocket;
  const QUIET = 3000; // ms without a message that end an answer: a socket has no end of its own
  window.WebSocket = class extends Socket {
    constructor(address, protocols) {
      super(address, ...(protocols === undefined ? [] : [protocols]));
      if (!isAnswer(String(address).replace(/^ws/, "http"))) return;
      let heard = [];
      let waiting = 0;
      const end = () => {
        clearTimeout(waiting);
        if (heard.length) tell({ ...this.geoAsked, transport: "websocket", url: this.url.replace(/^ws/, "http"), type: "text/plain", status: 200, frames: heard });
        heard = [];
      };
      super.addEventListener("message", (event) => {
        heard.push(typeof event.data === "string" ? `${event.data}\n` : "");
        clearTimeout(waiting);
        waiting = setTimeout(end, QUIET);
      });
      super.addEventListener("close", end);
      this.geoAsked = { body: "", at: new Date().toISOString() };
    }
    send(message) {
      if (this.geoAsked && typeof message === "string") this.geoAsked = { body: message, at: new Date().toISOString() };
      return super.send(message);
    }
  };
})();
