// One call: its telephone, what is going on in it, what is said, and the keys.
import { post } from "../common/api.js";
import { $, el, note, rows, set, text } from "../common/dom.js";
import { on } from "../common/live.js";
import { Phone } from "../common/phone.js";
import { clock, say } from "../common/words.js";

const KEYS = [..."123456789*0#"];
const NAMES = { "*": "key_star", "#": "key_hash" };
// Why a call did not come through, in the words of the page
const CAUSES = { no_network: "no_network", no_line: "lost" };
const EMPTY = { stage: "connecting", position: 0, wait_s: null, ticket: "", answered: false, lines: [] };

export class Talk {
  // `wish`: {category, language, number}; `over(call)`: it has ended
  constructor(wish, over) {
    Object.assign(this, { wish, over, status: EMPTY, begun: 0, answered: false, lost: false });
  }

  async place(silent) {
    const { category, language, number } = this.wish;
    const ticket = await post("/api/call/token", { category: category || null, language, number });
    if (this.ended) return; // he has changed his mind
    this.token = ticket.token;
    this.phone = new Phone({ phone: ticket.phone, token: ticket.token });
    this.phone.on("call", (call) => this.turned(call));
    this.phone.on("line", ({ up, fault }) => {
      this.connected ||= up;
      this.lost = this.connected && !up;
      if (fault === "no_sound") note(say("no_sound"), "bad");
      this.show();
    });
    this.deaf = on(ticket.topic, (status) => this.told(status));
    this.phone.start();
    this.show();
    await this.phone.call(ticket.dial, { silent });
  }

  get live() {
    return Boolean(this.phone) && !this.ended;
  }

  press(key) {
    const button = $(`#keypad [data-key="${key}"]`);
    button?.classList.add("down");
    setTimeout(() => button?.classList.remove("down"), 150);
    return this.phone?.press(key);
  }

  // Before the token has come there is no telephone yet
  hangUp() {
    this.left = true;
    if (this.phone) this.phone.hangUp();
    else this.failed("");
  }

  mute() {
    this.phone?.mute(!this.muted);
  }

  turned(call) {
    this.muted = call.muted;
    set($("#mute"), { "aria-pressed": String(call.muted), hidden: !call.microphone });
    text($("#mute"), say(call.muted ? "unmute" : "mute"));
    $("#deaf").hidden = call.microphone || call.state !== "talking";
    if (call.state === "talking" && !this.begun) {
      this.begun = Date.now();
      this.ticking = setInterval(() => this.tick(), 1000);
      this.tick();
    }
    if (call.state === "ended") this.failed(this.begun || this.left ? "" : CAUSES[call.cause] ?? "refused");
    else this.show();
  }

  told(status) {
    this.status = status;
    this.answered ||= status.answered;
    if (this.ended) this.after?.(this);
    else this.show();
  }

  failed(cause) {
    if (this.ended) return;
    this.ended = true;
    clearInterval(this.ticking);
    this.seconds = this.begun ? Math.round((Date.now() - this.begun) / 1000) : 0;
    this.cause = cause;
    this.phone?.stop();
    this.over(this);
  }

  leave() {
    this.deaf?.();
  }

  tick() {
    text($("#time"), clock((Date.now() - this.begun) / 1000));
  }

  show() {
    const { stage, position, wait_s: wait, ticket } = this.status;
    text($("#stage"), this.lost ? say("line_lost") : say(`stage_${this.begun ? stage : "connecting"}`));
    const parts = [];
    if (stage === "waiting") {
      if (position === 1) parts.push(say("next"));
      else if (position) parts.push(say("place", { n: position }));
      if (wait !== null) parts.push(wait < 60 ? say("soon") : say("wait", { n: Math.round(wait / 60) }));
    }
    if (ticket) parts.push(say("ticket", { ticket }));
    text($("#detail"), parts.join(" "));
    this.showLines();
  }

  showLines() {
    const { lines, stage } = this.status;
    const box = $("#lines");
    const before = box.childElementCount;
    rows(box, lines.filter((line) => line.text), (line) => line.n, (line) => el("p", { lang: this.wish.language }, line.text));
    if (box.childElementCount !== before) box.scrollTop = box.scrollHeight;
    const last = lines.at(-1);
    const offered = last && this.live && ["menu", "waiting", "rating"].includes(stage) ? last.choices : [];
    rows($("#choices"), offered, ({ key, text: what }) => `${last.n} ${key} ${what}`, ({ key, text: what }) => el("button", {
      type: "button", lang: this.wish.language, onclick: () => this.press(key),
    }, el("kbd", {}, key), what));
  }
}

export function keypad(press) {
  $("#keypad").replaceChildren(...KEYS.map((key) => el("button", {
    type: "button", data: { key }, "aria-label": say(NAMES[key] ?? "key", { key }), onclick: () => press(key),
  }, key)));
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, select, textarea");
    if (typing || event.ctrlKey || event.altKey || event.metaKey || event.repeat || !KEYS.includes(event.key)) return;
    if (press(event.key)) event.preventDefault();
  });
}
