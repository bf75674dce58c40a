// Pairing with the intake on this machine.
"use strict";
const state = document.getElementById("state");
document.getElementById("pair").addEventListener("submit", async (event) => {
  event.preventDefault();
  const port = Number(document.getElementById("port").value);
  const token = document.getElementById("token").value.trim();
  const said = await geoApi.runtime.sendMessage({ type: "pair", port, token });
  state.textContent = said.state === "ok" ? geoSay("paired", said.workspace) : geoSay(said.state === "away" ? "away" : "notPaired");
  state.dataset.state = said.state;
  if (said.state === "ok") document.getElementById("token").value = "";
});
