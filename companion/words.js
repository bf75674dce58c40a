// Words of the browser's language; text is only ever set as text, since prompts and reasons are others' words.
"use strict";
globalThis.geoApi = globalThis.browser ?? chrome;
globalThis.geoSay = (key, ...values) => geoApi.i18n.getMessage(key, values.map(String)) || key;
document.documentElement.lang = geoApi.i18n.getUILanguage();
for (const each of document.querySelectorAll("[data-say]")) each.textContent = geoSay(each.dataset.say);
