// Listening to a talk, whispering to its operator, speaking with both: by a telephone lent to this page.
import { post } from "../common/api.js";
import { $, el, note, text } from "../common/dom.js";
import { Phone } from "../common/phone.js";
import { say } from "../common/words.js";

const MODES = ["listen", "whisper", "barge"];
const LINE_MS = 8000;
let phone = null;
let bar = null;
let now = null; // {login, name, mode}

export function listenButtons(person) {
  const button = (mode) => el("button", { type: "button", data: { mode }, onclick: (event) => {
    event.currentTarget.closest("dialog")?.close();
    join(person, mode);
  } }, say(mode));
  return el("div", { class: "part" }, el("h3", {}, say("talk")), el("div", { class: "buttons" }, MODES.map(button)),
    el("p", { class: "aside" }, say("listen_note")));
}

async function lent() {
  const lease = await post("/api/phone/lease");
  if (phone && phone.lent !== lease.phone) {
    phone.stop();
    phone = null;
  }
  if (!phone) {
    phone = new Phone(lease);
    phone.lent = lease.phone;
    phone.on("call", turn);
    phone.start();
  }
  if (!phone.registered) await line();
  return lease.phone;
}

function line() {
  return new Promise((done, failed) => {
    const timer = setTimeout(() => failed(new Error(say("no_phone_line"))), LINE_MS);
    const off = phone.on("line", ({ registered }) => {
      if (!registered) return;
      clearTimeout(timer);
      off();
      done();
    });
  });
}

// A mode is changed by another call: each is in the audit
async function join(person, mode) {
  try {
    const name = await lent();
    await over();
    const { dial } = await post(`/api/operators/${encodeURIComponent(person.login)}/listen`, { mode, phone: name });
    now = { login: person.login, name: person.name, mode };
    show("calling");
    await phone.call(dial, { silent: mode === "listen" });
  } catch (fault) {
    now = null;
    show("ended");
    note(fault.message, "bad");
  }
}

function over() {
  if (phone.state === "ended") return Promise.resolve();
  return new Promise((done) => {
    const off = phone.on("call", ({ state }) => {
      if (state !== "ended") return;
      off();
      done();
    });
    now = null;
    phone.hangUp();
  });
}

function turn({ state, cause }) {
  if (state === "ended" && now) {
    if (cause && cause !== "Terminated" && cause !== "Canceled") note(say("listen_over"), "bad");
    now = null;
  }
  show(state);
}

function show(state) {
  bar ??= make();
  bar.hidden = !now || state === "ended";
  if (bar.hidden) return;
  text($("strong", bar), say(`${now.mode}_to`, { who: now.name }));
  text($(".aside", bar), say(state === "talking" ? "listen_on" : "listen_calling"));
  for (const button of bar.querySelectorAll("[data-mode]")) button.setAttribute("aria-pressed", String(button.dataset.mode === now.mode));
}

function make() {
  const node = el("section", { class: "box listening", "aria-live": "polite", hidden: true },
    el("strong"), el("span", { class: "aside" }),
    el("span", { class: "buttons" },
      MODES.map((mode) => el("button", { type: "button", class: "chip", data: { mode }, onclick: () => now && join(now, mode) }, say(mode))),
      el("button", { type: "button", class: "danger", onclick: () => phone.hangUp() }, say("hang_up"))));
  $("#panels").prepend(node);
  return node;
}
