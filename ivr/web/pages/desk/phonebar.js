// The telephone of the desk: answer, hold, mute, keys, pass on, hang up.
import { alone } from "../common/alone.js";
import { get, post } from "../common/api.js";
import { el, note, set, text } from "../common/dom.js";
import { Phone } from "../common/phone.js";
import { Ring } from "../common/ring.js";
import { known, say } from "../common/words.js";

const AGAIN_MS = 5000;
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

export class PhoneBar {
  constructor(node, words, login) {
    this.state = { state: "ended" };
    this.login = login;
    this.ring = new Ring();
    const button = (name, key, act, kind = "") => el("button", { type: "button", class: kind, title: `Alt+${key}`, onclick: act }, say(name));
    this.line = el("p", { class: "aside", role: "status" });
    this.answer = button("answer", "A", () => this.phone?.answer(), "main");
    this.hangUp = button("hang_up", "E", () => this.phone?.hangUp(), "danger");
    this.hold = button("hold", "H", () => this.phone?.hold(!this.state.held));
    this.mute = button("mute", "M", () => this.phone?.mute(!this.state.muted));
    this.keys = el("details", { class: "keys" }, el("summary", {}, say("keypad")),
      el("div", { class: "keypad" }, ...KEYS.map((key) => el("button", { type: "button", onclick: () => this.phone?.press(key) }, key))));
    this.target = el("select", { "aria-label": say("pass_call_to") },
      el("optgroup", { label: say("queues") }, ...words.queues.map(({ id, name }) => el("option", { value: `q-${id}` }, name))),
      el("optgroup", { label: say("colleagues") }, ...words.colleagues.filter(({ id }) => id !== login).map(({ id, name }) => el("option", { value: `op-${id}` }, name))));
    this.pass = el("button", { type: "button", onclick: () => this.passOn() }, say("pass_call"));
    this.passing = el("details", { class: "passing" }, el("summary", {}, say("pass_call_to")), this.target, this.pass);
    this.deaf = el("p", { class: "warn-box deaf", role: "alert", hidden: true }, say("not_heard"), " ",
      el("button", { type: "button", onclick: () => this.phone?.renew() }, say("microphone_again")));
    this.record = button("pause_recording", "R", () => this.pauseRecording());
    node.replaceChildren(this.line, this.deaf, el("div", { class: "buttons" }, this.answer, this.hangUp), el("div", { class: "buttons" }, this.hold, this.mute, this.record), this.keys, this.passing);
    this.update();
    this.begin();
  }

  // In one tab alone: of two, each would take the calls from the other
  async begin() {
    await alone(`telephone ${this.login}`, () => {
      text(this.line, say("phone_elsewhere"));
      this.line.classList.add("fault");
    });
    this.line.classList.remove("fault");
    text(this.line, say("phone_registers"));
    this.start();
  }

  async start() {
    try {
      const { phone, secret } = await get("/api/phone");
      this.phone = new Phone({ phone, secret });
      this.phone.on("line", (line) => this.tellLine(line));
      this.phone.on("call", (call) => {
        if (call.state === "ended" && this.state.state !== "ended" && call.cause && known(`cause_${call.cause}`)) note(say(`cause_${call.cause}`), "bad");
        this.state = call;
        this.ring.turn(call.state === "ringing", say("rings_title"));
        this.update();
      });
      this.phone.start();
    } catch (fault) {
      text(this.line, fault.message);
      if (!fault.status || fault.status >= 500) setTimeout(() => this.start(), AGAIN_MS);
    }
  }

  tellLine({ up, registered, fault }) {
    text(this.line, fault === "no_sound" ? say("allow_sound") : say(registered ? "phone_ready" : up ? "phone_registers" : "phone_away"));
    this.line.classList.toggle("fault", !registered);
  }

  async passOn() {
    this.pass.disabled = true;
    try {
      await this.phone.transfer(this.target.value);
      note(say("passed_call"));
      this.passing.open = false;
    } catch {
      note(say(this.state.state === "talking" ? "not_passed_call" : "over_while_passed"), "bad");
    } finally {
      this.pass.disabled = false;
    }
  }

  // While the caller says what must not be kept (numbers of his papers)
  async pauseRecording() {
    const call = this.told?.talking;
    if (!call) return;
    try {
      const { on } = await post("/api/desk/recording", { call_id: call, on: this.paused === call });
      this.paused = on ? "" : call;
      this.update();
    } catch (fault) {
      note(fault.message, "bad");
    }
  }

  // What the server says; an operator with a telephone of his own answers there
  show(told) {
    this.told = told;
    this.update();
  }

  update() {
    const { state, held, muted, microphone } = this.state;
    const talking = state === "talking";
    set(this.answer, { disabled: state !== "ringing" });
    set(this.hangUp, { disabled: state === "ended" });
    for (const one of [this.hold, this.mute]) set(one, { disabled: !talking });
    set(this.hold, { "aria-pressed": String(Boolean(held)) });
    set(this.mute, { "aria-pressed": String(Boolean(muted)) });
    const paused = Boolean(this.paused) && this.paused === this.told?.talking;
    set(this.record, { disabled: !this.told?.talking, "aria-pressed": String(paused), class: paused ? "danger" : "" });
    text(this.record, say(paused ? "go_on_recording" : "pause_recording"));
    this.deaf.hidden = !talking || microphone;
    this.keys.hidden = !talking;
    this.passing.hidden = !talking;
  }

  key(code) {
    const act = {
      KeyA: () => this.phone?.answer(), KeyE: () => this.phone?.hangUp(),
      KeyH: () => this.phone?.hold(!this.state.held), KeyM: () => this.phone?.mute(!this.state.muted),
      KeyR: () => this.pauseRecording(),
    }[code];
    act?.();
    return Boolean(act);
  }
}
