// What needs action, the longest standing first; who has seen it is said beside it.
import { ApiFault, post } from "../common/api.js";
import { el, note, rows, set, text } from "../common/dom.js";
import { clock, known, number, say, time } from "../common/words.js";
import { since } from "./rows.js";
import { queueName, state } from "./state.js";

const SECONDS = new Set(["longest_wait"]);

export function alerts(parent, found) {
  if (!parent.list) {
    parent.list = el("ul");
    parent.calm = el("p", { class: "aside" }, say("no_alerts"));
    parent.append(parent.list, parent.calm);
  }
  parent.calm.hidden = found.length > 0;
  rows(parent.list, found, (alert) => alert.id, make, update);
}

function make(alert) {
  const p = { words: el("span"), since: el("span", { class: "since" }), seen: el("span", { class: "aside" }) };
  p.button = el("button", { type: "button", onclick: () => see(alert.id, p.button) }, say("seen"));
  const row = el("li", {}, el("span", { class: "sign", "aria-hidden": "true" }, "!"), p.words, p.since, p.seen, p.button);
  row.parts = p;
  return row;
}

function update(row, alert) {
  const p = row.parts;
  const words = SECONDS.has(alert.kind) ? clock : number;
  const shown = { value: words(alert.value), limit: words(alert.limit) };
  text(p.words, known(`alert_${alert.kind}`)
    ? say(`alert_${alert.kind}`, { queue: queueName(alert.subject), value: shown.value, limit: shown.limit, n: alert.value })
    : alert.kind);
  since(p.since, alert.since);
  text(p.seen, alert.seen_by ? say("seen_by", { who: alert.seen_by, at: time(alert.seen_at) }) : "");
  p.button.hidden = Boolean(alert.seen_by);
  set(row, { class: alert.seen_by ? "known" : null });
}

async function see(id, button) {
  button.disabled = true;
  try {
    await post("/api/board/seen", { alert: id });
  } catch (fault) {
    note(fault instanceof ApiFault ? fault.message : String(fault), "bad");
  }
  button.disabled = false;
}

// The state of the data in one line
export function health(parent) {
  const { health: data } = state.board;
  const heard = data.heard ? Math.round((Date.now() + state.offset - Date.parse(data.heard)) / 1000) : null;
  const parts = [
    heard === null ? say("no_link") : say("heard", { s: heard }),
    data.compared ? say(data.differences.length ? "drift" : "no_drift", { n: data.differences.length }) : say("not_compared"),
    say("lag", { s: number(data.lag_s) }),
  ];
  if (data.trouble) parts.push(say("not_counted"));
  text(parent, parts.join(" · "));
  parent.title = [...data.differences, data.trouble].filter(Boolean).join("\n");
  parent.classList.toggle("bad", !data.fresh || Boolean(data.trouble));
}
