// Queues under their call centres: its clock and shift, then what each queue's figures are; every figure explains itself.
import { el, rows, set, text } from "../common/dom.js";
import { clock, say } from "../common/words.js";
import { figure, shownAs } from "./explain.js";
import { since } from "./rows.js";
import { age, clockIn, inWords, queueName, state } from "./state.js";

const COLUMNS = ["waiting", "longest", "expected", "ready", "service_level", "abandon_rate", "asa", "offered", "answered", "keyed", "called_back", "moved_on", "missed", "occupancy"];
const LIVE = new Set(["waiting", "longest", "expected", "ready"]);

const NIL = new Set(["", "·", "—", "0"]); // on a phone there is no room for these

export function queues(parent, shown) {
  if (!parent.body) {
    parent.body = el("tbody");
    parent.append(el("table", { class: "figures" }, el("thead", {}, el("tr", {},
      el("th", { scope: "col" }, say("queue")), COLUMNS.map((id) => el("th", { scope: "col", class: "number" }, say(`short_${id}`))))), parent.body));
  }
  rows(parent.body, shown, (queue) => queue.name, make, update);
}

function make(queue) {
  const row = el("tr");
  const p = row.parts = { name: el("strong"), site: el("span", { class: "aside" }), state: el("span", { class: "tag" }), cells: new Map() };
  row.append(el("th", { scope: "row" }, p.name, " ", p.state, el("br"), p.site));
  for (const id of COLUMNS) {
    const node = id === "longest" ? el("span", { class: "since", data: { nothing: "·" } }) : null;
    const button = figure(id, node ?? "", () => counts(row.data, id), () => note(row.data, id));
    button.time = node;
    p.cells.set(id, button);
    row.append(el("td", { class: "number", data: { label: say(`short_${id}`) } }, button));
  }
  return row;
}

function counts(queue, id) {
  if (id !== "expected") return LIVE.has(id) ? {} : queue.counts;
  const wait = queue.expected;
  return wait ? { ...wait, waiting: queue.waiting, ready: queue.ready } : {};
}

function note(queue, id) {
  if (id === "service_level") return say("in_time", { n: queue.answer_in_s });
  if (id === "ready") return say("of_logged_in", { logged_in: queue.logged_in, talking: queue.talking, paused: queue.paused });
  if (id === "expected" && queue.expected) return say("range", { seconds: clock(queue.expected.seconds) });
  return LIVE.has(id) ? "" : say("since_midnight");
}

function update(row, queue) {
  row.data = queue;
  const { board } = state;
  const site = board.sites.find((each) => each.id === queue.site);
  const p = row.parts;
  text(p.name, queueName(queue.name));
  text(p.site, siteWords(site));
  p.state.hidden = !site || site.open;
  text(p.state, say("closed"));
  const alerts = new Set(board.alerts.filter((alert) => alert.subject === queue.name).map((alert) => alert.kind));
  for (const [id, node] of p.cells) {
    if (id === "longest") since(node.time, queue.oldest);
    else text(node, value(queue, id));
    set(node, { class: `figure ${tone(queue, id, alerts)}` });
    node.parentNode.classList.toggle("nil", NIL.has(node.textContent));
  }
  set(row, { class: queue.waiting && !queue.ready ? "late" : null });
}

function siteWords(site) {
  if (!site) return "";
  const hour = clockIn(site.zone);
  if (site.shift) return say("shift", { clock: hour, start: site.shift.start, end: site.shift.end, n: site.shift.planned });
  return site.until ? say(site.open ? "open_until" : "closed_until", { clock: hour, until: clockIn(site.zone, Date.parse(site.until)) }) : hour;
}

function value(queue, id) {
  if (id === "waiting") return String(queue.waiting);
  if (id === "ready") return `${queue.ready} / ${queue.logged_in}`;
  if (id === "expected") {
    if (!queue.expected) return "—";
    return queue.expected.seconds ? say("minutes", { range: queue.expected.minutes.join("–") }) : say("at_once");
  }
  const unit = state.metrics.get(id)?.unit ?? "count";
  const found = queue.figures[id];
  return found === 0 && unit === "count" ? "·" : shownAs(found, unit);
}

function tone(queue, id, alerts) {
  if (id === "longest" && alerts.has("longest_wait")) return "bad";
  if (id === "service_level" && alerts.has("service_level")) return "bad";
  if (id === "abandon_rate" && alerts.has("abandoned")) return "bad";
  if (id === "ready" && queue.waiting && !queue.ready) return "bad";
  if (id === "waiting" && queue.waiting) return "strong";
  return id === "longest" && queue.oldest && age(queue.oldest) > queue.answer_in_s ? "warn" : "";
}

export const siteName = (site) => inWords(site.names);
