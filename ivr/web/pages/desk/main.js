import { get, post } from "../common/api.js";
import { $, el, note, rows, text } from "../common/dom.js";
import { on } from "../common/live.js";
import { start } from "../common/shell.js";
import { moment, say } from "../common/words.js";
import { category, earlier, group, show, tick } from "./card.js";
import { Contact } from "./contact.js";
import { PhoneBar } from "./phonebar.js";
import { StateBar } from "./statebar.js";

const me = await start({ live: true });
const login = me.user.phone;
const nodes = { card: $("#card"), earlier: $("#earlier"), mine: $("#mine") };
let state = null; // what the server says of me
let shown = ""; // the call whose card is open
let ringing = false;
let beginning = ""; // the call whose conversation is being begun
let opening = 0; // of what the operator wanted to see, the newest wins

if (!login) {
  $("#main").replaceChildren(el("p", { class: "box warn-box" }, say("no_phone")));
} else {
  await begin();
}

async function begin() {
  const words = await get("/api/desk/words");
  const contact = new Contact($("#contact"), words, () => {
    bar.after("");
    openCall(state?.talking ?? "", false);
    listMine();
    if (state?.talking) write(state.talking);
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
      if (id === shown) shown = null; // the next news of the call asks again
      note(fault.message, "bad");
    }
  }

  // A conversation begins when the call is answered, be the server away for a moment; what is not saved of the one
  // before stays with that one
  async function write(id) {
    if (contact.shows(id) || beginning === id) return;
    const mine = ++opening;
    beginning = id;
    contact.save();
    const one = await begun(id);
    if (beginning === id) beginning = "";
    if (!one) return;
    if (mine === opening && !one.closed_at) contact.show(one);
    listMine();
  }

  // Asks until it is begun or the talk is over
  async function begun(id) {
    let told = "";
    for (let wait = 1000; state.talking === id; wait = Math.min(5000, 2 * wait)) {
      try {
        return await post("/api/desk/contacts", { call_id: id });
      } catch (fault) {
        if (fault.message !== told) note(fault.message, "bad");
        told = fault.message;
        await new Promise((later) => setTimeout(later, wait));
      }
    }
    return null;
  }

  // One of "my conversations", as it is now and not as it was when the list was read
  async function reopen(id) {
    if (contact.shows(id)) return openCall(id, false);
    const mine = ++opening;
    try {
      await contact.save();
      const { contacts } = await get("/api/desk/contacts");
      const found = contacts.find(({ call_id: call }) => call === id);
      if (mine !== opening) return;
      if (!found || found.closed_at) return listMine();
      contact.show(found);
      openCall(id, false);
      listMine();
    } catch (fault) {
      note(fault.message, "bad");
    }
  }

  function take(told) {
    const before = state;
    state = told;
    bar.show(told);
    phone.show(told);
    if (told.talking && before?.talking !== told.talking) {
      openCall(told.talking, false);
      write(told.talking);
    } else if (told.talking) {
      // a conversation that he has opened meanwhile keeps its own card
      openCall(contact.open && beginning !== told.talking ? contact.state.call_id : told.talking, false);
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
    let contacts;
    try {
      ({ contacts } = await get("/api/desk/contacts"));
    } catch (fault) {
      return note(fault.message, "bad");
    }
    const unfinished = contacts.filter(({ closed_at: closed }) => !closed);
    rows(nodes.mine, contacts.slice(0, 12), ({ call_id: id }) => id, (one) => {
      const open = () => reopen(one.call_id);
      return el("button", { type: "button", class: "mine-row", onclick: open }, el("span"), el("span", { class: "tag" }));
    }, (row, one) => {
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
    if (contact.unsaved) {
      contact.save();
      event.preventDefault();
    }
  });
  setInterval(() => { tick(nodes.card); bar.tick(); }, 1000);
  await listMine();
  on(`desk:${login}`, take, (error) => note(error.message, "bad"));
}

