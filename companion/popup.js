// What is next, what waits, and what is kept. It opens an app and copies the prompt; the person sends it.
"use strict";
const data = globalThis.GEO_COMPANION;
const by = (id) => document.getElementById(id);
const ask = (type, more) => geoApi.runtime.sendMessage({ type, ...more });
const label = (name) => data.apps.find((app) => app.name === name)?.label ?? name;
const STATES = { ok: "ready", unpaired: "notPaired", away: "away", refused: "away" };
let due = null;

function show(id, yes) {
  by(id).hidden = !yes;
}

function item(words, button) {
  const row = document.createElement("li");
  row.append(words, ...(button ? [" ", button] : []));
  return row;
}

async function refresh() {
  const { next, last, opened, waiting } = await ask("state");
  by("state").textContent = geoSay(STATES[next.state] ?? "away");
  by("state").dataset.state = next.state;
  due = next.due ?? null;
  show("due", due);
  if (due) {
    by("progress").textContent = geoSay("progress", next.captured, next.planned, next.left);
    by("app").textContent = label(due.engine);
    by("prompt").textContent = due.prompt;
    pace(opened);
  } else if (next.state === "ok") by("state").textContent = geoSay(next.planned ? "done" : "nothingDue");
  by("failures").replaceChildren(...(next.failed ?? []).map(failure));
  show("failed", next.failed?.length);
  const bad = waiting.filter((kept) => kept.refused);
  by("count").textContent = geoSay("waiting", waiting.length) + (bad.length ? ` ${geoSay("notTaken", bad[0].refused)}` : "");
  show("waiting", waiting.length);
  by("last").textContent = last ? newest(last) : "";
}

function newest({ app, prompt, outcome, reason, warning }) {
  return geoSay("last", label(app), prompt, geoSay(`outcome_${outcome}`), warning ? geoSay(`warning_${warning}`) : (reason ?? ""));
}

function failure({ row, engine, prompt, reason }) {
  const button = document.createElement("button");
  button.textContent = geoSay("again");
  button.addEventListener("click", async () => {
    await ask("retry", { row });
    await refresh();
  });
  return item(`${label(engine)}: ${prompt} (${geoSay(`reason_${reason}`)})`, button);
}

// A person does not open one app after the other in a second: nor does this.
function pace(opened = 0) {
  const wait = Math.ceil((opened + data.pace * 1000 - Date.now()) / 1000);
  by("open").disabled = wait > 0;
  by("open").textContent = wait > 0 ? geoSay("pace", wait) : geoSay("open");
  if (wait > 0) setTimeout(() => pace(opened), 1000);
}

by("open").addEventListener("click", async () => {
  await navigator.clipboard.writeText(due.prompt);
  await ask("open", { due });
});
by("skips").addEventListener("click", async ({ target }) => {
  if (!target.value) return;
  await ask("skip", { row: due.row, reason: target.value });
  await refresh();
});
by("save").addEventListener("click", async () => {
  const { lines } = await ask("lines");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(lines.map(({ line }) => `${line}\n`), { type: "application/x-ndjson" }));
  link.download = `captures-${new Date().toISOString().slice(0, 16).replace(/\D/g, "-")}.geo.jsonl`;
  link.click();
  await ask("saved", { keys: lines.map(({ key }) => key) });
  await refresh();
});
by("picture").addEventListener("click", async () => {
  const { state } = await ask("picture");
  by("last").textContent = geoSay(state === "ok" ? "pictureKept" : "pictureNone");
});

by("kept").replaceChildren(...data.kept.map((name) => item(geoSay(`kept_${name}`))));
by("apps").textContent = geoSay("onlyApps", data.apps.map((app) => app.label).join(", "));
refresh();
