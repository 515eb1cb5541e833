// Rows of callers and operators. What can be done to them is plugged in: actions.caller.push((row) => node), where
// row() gives the newest data of that row; a node is made once for each row and stays in it.
import { el, rows, set, text } from "../common/dom.js";
import { clock, known, number, say } from "../common/words.js";
import { age, clockIn, inWords, queueName, state } from "./state.js";

export const actions = { caller: [], operator: [] };

// Elements that count seconds up: since(node, iso); tick() moves them all
const ticking = new Set();

export function since(node, iso) {
  node.since = iso;
  ticking.add(node);
  return text(node, iso ? clock(age(iso)) : node.dataset.nothing);
}

export function tick() {
  for (const node of ticking) {
    if (!node.isConnected) ticking.delete(node);
    else text(node, node.since ? clock(age(node.since)) : node.dataset.nothing);
  }
}

export const category = (id) => (known(`category_${id}`) ? say(`category_${id}`) : id);
export const reason = (id) => (known(`reason_${id}`) ? say(`reason_${id}`) : id);

const cell = (label, ...children) => el("td", { data: { label } }, ...children);

function table(parent, labels, empty) {
  if (parent.body) return parent.body;
  parent.body = el("tbody");
  parent.empty = el("p", { class: "aside" }, empty);
  parent.append(
    el("table", { class: "cards" },
      el("thead", {}, el("tr", {}, labels.map((label) => el("th", { scope: "col" }, label)))), parent.body),
    parent.empty);
  return parent.body;
}

function slot(row, kind) {
  return el("div", { class: "actions" }, actions[kind].map((make) => make(() => row.data)));
}

export function callers(parent, found) {
  const body = table(parent, ["waits", "caller", "about", "stands", "told", ""].map((word) => word && say(word)), say("nobody_waits"));
  parent.empty.hidden = found.length > 0;
  parent.firstChild.hidden = found.length === 0;
  rows(body, found, (each) => each.call, makeCaller, updateCaller);
}

function makeCaller(data) {
  const row = el("tr");
  row.data = data;
  const p = row.parts = {
    since: el("strong", { class: "since" }), number: el("span"), place: el("span", { class: "aside" }),
    about: el("span"), language: el("span", { class: "tag" }), back: el("span", { class: "tag info" }, say("called_back")),
    queue: el("span"), ringing: el("span", { class: "tag good" }), told: el("span", { class: "aside" }),
  };
  row.append(
    cell(say("waits"), p.since), cell(say("caller"), p.number, " ", p.place),
    cell(say("about"), p.about, " ", p.language, " ", p.back), cell(say("stands"), p.queue, " ", p.ringing),
    cell(say("told"), p.told),
    cell("", slot(row, "caller"), el("a", { class: "why", href: `/history#call=${encodeURIComponent(data.call)}` }, say("why"))));
  return row;
}

function updateCaller(row, data) {
  row.data = data;
  const p = row.parts;
  since(p.since, data.since);
  set(row, { class: age(data.since) > state.waitLimit ? "late" : null });
  text(p.number, data.number ? `•••• ${data.number}` : say("number_hidden"));
  const local = data.zone ? clockIn(data.zone) : "";
  text(p.place, [inWords(data.region), local].filter(Boolean).join(", "));
  text(p.about, category(data.category) || "—");
  text(p.language, data.language.toUpperCase());
  p.language.hidden = !data.language;
  p.back.hidden = !data.callback;
  text(p.queue, say("place_in", { place: data.place, queue: queueName(data.queue) }));
  p.ringing.hidden = !data.ringing.length;
  text(p.ringing, `☎ ${data.ringing.join(", ")}`);
  const told = data.told;
  text(p.told, !told ? "—" : told.wait_s === null
    ? say("told_place", { place: told.position, at: clock(age(told.at)) })
    : say("told_wait", { minutes: Math.max(1, Math.round(told.wait_s / 60)), place: told.position, at: clock(age(told.at)) }));
}

const TONE = { talking: "info", hold: "info", ringing: "good", wrapup: "info", ready: "good", paused: "warn", busy: "info", away: "bad" };
export const STATES = ["ready", "ringing", "talking", "hold", "wrapup", "paused", "busy", "away"];

export function operators(parent, found) {
  const body = table(parent, ["operator", "does", "for_time", "call_now", "today", ""].map((word) => word && say(word)), say("nobody_logged_in"));
  parent.empty.hidden = found.length > 0;
  parent.firstChild.hidden = found.length === 0;
  rows(body, found, (each) => each.login, makeOperator, updateOperator);
}

function makeOperator(data) {
  const row = el("tr");
  row.data = data;
  const p = row.parts = {
    name: el("span"), login: el("span", { class: "aside" }), state: el("span", { class: "tag" }), reason: el("span", { class: "aside" }),
    since: el("span", { class: "since" }), call: el("span"), why: el("a", { class: "why" }, say("why")), today: el("span", { class: "since" }),
  };
  row.append(
    cell(say("operator"), p.name, " ", p.login), cell(say("does"), p.state, " ", p.reason), cell(say("for_time"), p.since),
    cell(say("call_now"), p.call, " ", p.why), cell(say("today"), p.today), cell("", slot(row, "operator")));
  return row;
}

function updateOperator(row, data) {
  row.data = data;
  const p = row.parts;
  text(p.name, data.name);
  text(p.login, data.name === data.login ? "" : data.login);
  row.title = data.queues.map(queueName).join(", ");
  text(p.state, say(`state_${data.state}`));
  set(p.state, { class: `tag ${TONE[data.state]}` });
  text(p.reason, data.reason ? reason(data.reason) : "");
  since(p.since, data.since);
  const call = data.call;
  text(p.call, !call ? "" : [category(call.category), inWords(call.region), call.number && `•••• ${call.number}`].filter(Boolean).join(" · "));
  p.why.hidden = !call;
  if (call) p.why.href = `/history#call=${encodeURIComponent(call.call)}`;
  text(p.today, say(data.missed ? "today_missed" : "today_answered", { answered: number(data.answered), missed: number(data.missed) }));
  p.today.classList.toggle("missed", data.missed > 0);
}
