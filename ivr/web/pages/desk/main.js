import { get, post } from "../common/api.js";
import { $, el, note, rows, text } from "../common/dom.js";
import { on } from "../common/live.js";
import { start } from "../common/shell.js";
import { moment, say } from "../common/words.js";
import { category, earlier, group, show, tick } from "./card.js";
import { Contact } from "./contact.js";
import { PhoneBar } from "./phonebar.js";
import { StateBar } from "./statebar.js";

const AGAIN_MS = 3000;
const me = await start({ live: true });
const login = me.user.phone;
const nodes = { card: $("#card"), earlier: $("#earlier"), mine: $("#mine") };
let state = null; // what the server says of me
let shown = ""; // the call whose card is open
let ringing = false;

if (!login) {
  $("#main").replaceChildren(el("p", { class: "box warn-box" }, say("no_phone")));
} else {
  await begin();
}

async function begin() {
  const words = await get("/api/desk/words");
  const contact = new Contact($("#contact"), words, () => {
    bar.after("");
    openCall("", false);
    listMine();
  });
  const bar = new StateBar($("#me"), words, act);
  const phone = new PhoneBar($("#phone"), words, login);

  async function act(action, reason = "") {
    try {
      await post("/api/desk/state", { action, reason });
    } catch (fault) {
      note(fault.message, "bad");
    }
  }

  // The card of a call: opened when it rings, kept until the conversation is closed
  async function openCall(id, rings) {
    if (id === shown && rings === ringing) return;
    shown = id;
    ringing = rings;
    if (!id) {
      nodes.card.classList.remove("ringing");
      nodes.card.replaceChildren(el("p", { class: "aside" }, say("nobody")));
      earlier(nodes.earlier, []);
      return;
    }
    try {
      const card = await get(`/api/desk/card/${encodeURIComponent(id)}`);
      if (id !== shown) return;
      show(nodes.card, card, ringing);
      earlier(nodes.earlier, card.earlier);
    } catch (fault) {
      note(fault.message, "bad");
    }
  }

  // A conversation begins when the call is answered; while the server cannot keep it, it is asked again
  async function write(id) {
    if (contact.open && contact.state.call_id === id) return;
    if (contact.open) await contact.save();
    try {
      contact.show(await post("/api/desk/contacts", { call_id: id }));
    } catch (fault) {
      note(fault.message, "bad");
      if (fault.status === 503 || fault.status === 0) setTimeout(() => state.talking === id && write(id), AGAIN_MS);
    }
  }

  function take(told) {
    const before = state;
    state = told;
    bar.show(told);
    phone.show(told);
    if (told.talking) {
      openCall(told.talking, false);
      if (before?.talking !== told.talking) write(told.talking);
    } else if (told.ringing) {
      openCall(told.ringing, true);
    } else if (contact.open) {
      openCall(contact.state.call_id, false);
    } else {
      openCall("", false);
    }
    if (before?.talking && !told.talking) {
      bar.after(new Date().toISOString());
      listMine();
    }
  }

  async function listMine() {
    const { contacts } = await get("/api/desk/contacts");
    const unfinished = contacts.filter(({ closed_at: closed }) => !closed);
    rows(nodes.mine, contacts.slice(0, 12), ({ call_id: id }) => id, (one) => {
      const open = () => { contact.show(row.one); openCall(one.call_id, false); };
      const row = el("button", { type: "button", class: "mine-row", onclick: open }, el("span"), el("span", { class: "tag" }));
      return row;
    }, (row, one) => {
      row.one = one;
      text(row.firstChild, `${moment(one.began_at).slice(-5)} ${one.purpose || category(one.category)}`);
      text(row.lastChild, one.closed_at ? (one.ticket && group(one.ticket)) : say("not_closed"));
      row.lastChild.className = `tag ${one.closed_at ? "" : "warn"}`;
      row.disabled = Boolean(one.closed_at);
    });
    if (!contact.open && unfinished.length && !state?.talking) contact.show(unfinished[0]);
  }

  addEventListener("keydown", (event) => {
    if (event.ctrlKey && event.key === "Enter" && contact.open) {
      event.preventDefault();
      contact.close();
    } else if (event.altKey && event.code === "KeyP" && contact.open) {
      event.preventDefault();
      contact.purpose.focus();
    } else if (event.altKey && phone.key(event.code)) {
      event.preventDefault();
    }
  });
  // what is not sent yet must not be lost with the page
  addEventListener("beforeunload", (event) => {
    if (contact.open && Object.keys(contact.changed).length) {
      contact.save();
      event.preventDefault();
    }
  });
  setInterval(() => { tick(nodes.card); bar.tick(); }, 1000);
  await listMine();
  on(`desk:${login}`, take, (error) => note(error.message, "bad"));
}

