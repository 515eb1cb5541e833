// The calls placed from this browser; nobody else has the list.
import { $, el } from "../common/dom.js";
import { clock, moment, say } from "../common/words.js";

const PLACE = "hotline-calls";
const MOST = 20;

export function remembered() {
  try {
    const found = JSON.parse(localStorage.getItem(PLACE) ?? "[]");
    return Array.isArray(found) ? found : [];
  } catch {
    return []; // the storage is shut, or somebody else's words are in it
  }
}

export function remember(call) {
  try {
    localStorage.setItem(PLACE, JSON.stringify([call, ...remembered()].slice(0, MOST)));
  } catch {
    // then without
  }
  show();
}

export function show() {
  const calls = remembered();
  $("#history").hidden = !calls.length;
  $("#calls").replaceChildren(...calls.map((call) => el("li", {},
    el("span", { class: "when" }, moment(call.at)),
    el("span", {}, say(`kind_${call.category || "none"}`)),
    el("span", { class: "when" }, clock(call.seconds ?? 0)),
    el("span", {}, say(call.callback ? "history_callback" : call.answered ? "history_answered" : "history_menu")),
    call.ticket ? el("strong", {}, call.ticket) : null)));
}

export function forget() {
  localStorage.removeItem(PLACE);
  show();
}
