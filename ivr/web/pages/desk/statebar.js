// Ready, paused, after a call: what I do, since when, and how to change it.
import { el, text } from "../common/dom.js";
import { clock, known, say } from "../common/words.js";

const REASONS = ["break", "lunch", "after_call", "documents", "training", "meeting", "technical"];

export class StateBar {
  // act(action, reason): log_in, log_out, pause, resume
  constructor(node, words, act) {
    this.wrapup = words.wrapup_s;
    this.told = null;
    this.ended = "";
    this.name = el("strong", { "aria-live": "polite" });
    this.clock = el("span", { class: "clock" });
    this.rest = el("p", { class: "aside" });
    this.reason = el("select", { "aria-label": say("pause_reason") }, ...REASONS.map((id) => el("option", { value: id }, say(`pause_${id}`))));
    const button = (action, name, kind = "") => el("button", { type: "button", class: kind, onclick: () => act(action, action === "pause" ? this.reason.value : "") }, say(name));
    this.logIn = button("log_in", "log_in_desk", "main");
    this.resume = button("resume", "resume", "main");
    this.pause = button("pause", "pause");
    this.logOut = button("log_out", "log_out_desk");
    this.queues = el("p", { class: "aside" });
    node.replaceChildren(el("div", { class: "state" }, this.name, this.clock), this.rest, this.reason,
      el("div", { class: "buttons" }, this.logIn, this.resume, this.pause, this.logOut), this.queues);
  }

  show(told) {
    this.told = told;
    const out = told.state === "out";
    const state = known(`state_${told.state}`) ? say(`state_${told.state}`) : told.state;
    const reason = told.state === "paused" && told.reason && (known(`pause_${told.reason}`) ? say(`pause_${told.reason}`) : told.reason);
    text(this.name, reason ? `${state}: ${reason}` : state);
    this.logIn.hidden = !out;
    this.logOut.hidden = out;
    this.pause.hidden = out || told.state === "paused";
    this.reason.hidden = this.pause.hidden;
    this.resume.hidden = told.state !== "paused";
    text(this.queues, out ? say("out_hint") : told.waiting ? say("queue_waiting", { n: told.waiting }) : say("queue_empty"));
    this.queues.title = told.queues.join(", ");
    if (told.state === "talking") this.ended = "";
    this.tick();
  }

  // The call ended at `moment`; "": what was to be written down is
  after(moment) {
    this.ended = moment;
    this.tick();
  }

  tick() {
    if (!this.told) return;
    text(this.clock, this.told.since ? clock((Date.now() - Date.parse(this.told.since)) / 1000) : "");
    const rest = this.ended ? (Date.now() - Date.parse(this.ended)) / 1000 : 0;
    text(this.rest, this.ended ? say("after_call", { time: clock(rest) }) : "");
    this.rest.classList.toggle("fault", rest > 4 * this.wrapup);
  }
}
