// What is kept of a request, a response and a page: the whitelist of data.js, and nothing that names or opens an account.
"use strict";
globalThis.geoClean = (() => {
  const data = globalThis.GEO_COMPANION;
  const asked = new Set(data.request_keys);
  const anonymous = new RegExp(data.anonymous, "g");
  const names = data.secret_keys.join("|");
  // A value under a secret name, in JSON, in JSON that stands in a string of JSON, and as a number.
  const inJson = new RegExp(`("(?:${names})"\\s*:\\s*)(?:"(?:[^"\\\\]|\\\\.)*"|-?\\d+)`, "g");
  const inString = new RegExp(`(\\\\"(?:${names})\\\\"\\s*:\\s*)(?:\\\\"(?:[^"\\\\]|\\\\\\\\.)*?\\\\"|-?\\d+)`, "g");
  const SECRET_NAME = /token|auth|session|secret|jwt|passport|ticket|user|account|uid|email|phone|device/i;
  const LONG = 12; // characters from which on a value is taken out wherever it stands: shorter ones are words
  const ATTRIBUTES = new Set(["href", "class", "id", "role", "title", "data-url", "data-href", "data-exposure-extra",
    "data-click-extra", "data-plugin-identifier", "data-message-id", "data-message-author-role", "data-testid"]);
  const SILENT = "script, style, noscript, template, iframe, object, embed, input, textarea, select, form > button, button, svg, canvas, video, audio, img, link, meta";

  function address(url, from) {
    const found = new URL(url, from ?? location.href);
    const query = new URLSearchParams();
    for (const key of data.address_keys) if (found.searchParams.has(key)) query.set(key, found.searchParams.get(key));
    const kept = `${found.origin}${found.pathname}`.replace(anonymous, "-");
    return query.size ? `${kept}?${query}` : kept;
  }

  function only(value) {
    if (Array.isArray(value)) return value.map(only);
    if (value === null || typeof value !== "object") return typeof value === "string" ? nested(value) : value;
    return Object.fromEntries(Object.entries(value).filter(([key]) => asked.has(key)).map(([key, each]) => [key, only(each)]));
  }

  function nested(text) {
    if (!/^\s*[[{]/.test(text)) return text;
    try {
      return JSON.stringify(only(JSON.parse(text)));
    } catch {
      return text;
    }
  }

  // The request without what the whitelist does not name: JSON, also behind the length of a frame, or a form.
  function request(body) {
    const start = body.indexOf("{");
    if (start >= 0) {
      try {
        return JSON.stringify(only(JSON.parse(body.slice(start))));
      } catch {
        // a form may hold braces
      }
    }
    const form = [...new URLSearchParams(body)].filter(([key]) => asked.has(key));
    return new URLSearchParams(form.map(([key, value]) => [key, nested(value)])).toString();
  }

  // Values that the page itself keeps as secrets: its cookies, and what it stores under a secret's name.
  function secrets() {
    const found = document.cookie.split(";").map((each) => each.slice(each.indexOf("=") + 1).trim());
    for (const store of [localStorage, sessionStorage]) {
      for (const key of Object.keys(store)) if (SECRET_NAME.test(key)) found.push(...leaves(store.getItem(key)));
    }
    return [...new Set(found.flatMap((each) => [each, decoded(each)]))].filter((each) => each.length >= LONG);
  }

  function leaves(text) {
    try {
      const value = JSON.parse(text);
      if (value && typeof value === "object") return Object.entries(value).flatMap(([key, each]) => (SECRET_NAME.test(key) && typeof each === "string" ? [each] : []));
    } catch {
      // no JSON: the value itself
    }
    return /\s/.test(text) ? [] : [text];
  }

  function decoded(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  function text(words, known) {
    let found = words.replace(inJson, '$1""').replace(inString, '$1\\"\\"').replace(anonymous, "-");
    for (const secret of known) found = found.replaceAll(secret, "");
    return found;
  }

  // Text is cleaned as a whole, since a secret may stand in two pieces, and parted again after each event.
  function frames(heard, known) {
    if (heard.every((frame) => typeof frame === "string")) return text(heard.join(""), known).match(/[\s\S]+?(?:\r?\n\r?\n|$)/g) ?? [];
    const binary = heard.map((frame) => atob(frame.base64)).join("");
    const bytes = Uint8Array.from(binary, (each) => each.charCodeAt(0));
    return framed(bytes, known);
  }

  // Connect: a flag, four bytes of length, JSON. A compressed frame cannot be cleaned and is left out.
  function framed(bytes, known) {
    const view = new DataView(bytes.buffer);
    const kept = [];
    for (let at = 0; at + 5 <= bytes.length;) {
      const length = view.getUint32(at + 1);
      if (!(bytes[at] & 1)) {
        const payload = new TextEncoder().encode(text(new TextDecoder().decode(bytes.subarray(at + 5, at + 5 + length)), known));
        const frame = new Uint8Array(5 + payload.length);
        frame[0] = bytes[at];
        new DataView(frame.buffer).setUint32(1, payload.length);
        frame.set(payload, 5);
        kept.push({ base64: btoa(Array.from(frame, (byte) => String.fromCharCode(byte)).join("")) });
      }
      at += 5 + length;
    }
    return kept;
  }

  function html(element, known) {
    const copy = element.cloneNode(true);
    for (const silent of copy.querySelectorAll(SILENT)) silent.remove();
    for (const each of [copy, ...copy.querySelectorAll("*")]) {
      for (const { name, value } of [...each.attributes]) {
        if (!ATTRIBUTES.has(name) || (/href|url/.test(name) && !/^https?:/.test(value))) each.removeAttribute(name);
      }
    }
    const comments = document.createTreeWalker(copy, NodeFilter.SHOW_COMMENT);
    const found = [];
    while (comments.nextNode()) found.push(comments.currentNode);
    for (const comment of found) comment.remove();
    return text(copy.outerHTML, known);
  }

  return { address, request, secrets, text, frames, html };
})();
