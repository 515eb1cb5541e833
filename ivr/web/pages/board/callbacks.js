// Callbacks: how many stand where in each queue, the oldest promise, and what the last day made of them.
import { el, rows, set, text } from "../common/dom.js";
import { number, say } from "../common/words.js";
import { figure, shownAs } from "./explain.js";
import { now, clockIn, queueName, state } from "./state.js";

const WAITING = ["waiting", "parked", "retry_wait", "provisional"];
const COLUMNS = ["callbacks_waiting", "callbacks_due", "dialling", "talking", "oldest"];
const DAY = ["accepted", "dialled", "human", "connected", "failed", "expired"];

export function callbacks(parent, shown) {
  const back = state.board.callbacks;
  if (!parent.body) make(parent);
  const rowsShown = back.queues.filter((row) => shown.some((queue) => queue.name === row.queue));
  parent.table.hidden = rowsShown.length === 0;
  parent.empty.hidden = rowsShown.length > 0;
  text(parent.empty, say(back.known ? "no_callbacks" : "callbacks_unknown"));
  rows(parent.body, rowsShown, (row) => row.queue, makeRow, updateRow);
  for (const [id, node] of parent.day) {
    if (id === "reached" || id === "kept") text(node, shownAs(back[id], "share"));
    else text(node, number(back.day[id] ?? 0));
  }
}

function make(parent) {
  parent.body = el("tbody");
  parent.table = el("table", { class: "cards labelled" }, el("thead", {}, el("tr", {},
    ["queue", ...COLUMNS].map((word) => el("th", { scope: "col", class: word === "queue" ? null : "number" }, say(`back_${word}`))))), parent.body);
  parent.empty = el("p", { class: "aside" });
  parent.day = new Map();
  const list = el("dl", { class: "facts" });
  for (const id of DAY) {
    const value = el("dd");
    parent.day.set(id, value);
    list.append(el("div", {}, el("dt", {}, say(`back_${id}`)), value));
  }
  for (const id of ["reached", "kept"]) {
    const value = figure(`callbacks_${id}`, "", () => state.board.callbacks.day);
    parent.day.set(id, value);
    list.append(el("div", {}, el("dt", {}, say(`back_${id}`)), el("dd", {}, value)));
  }
  parent.append(el("div", {}, parent.table, parent.empty), el("div", {}, el("h3", {}, say("back_day")), list));
}

function makeRow() {
  const row = el("tr");
  row.parts = new Map();
  const name = el("strong");
  row.parts.set("queue", name);
  row.append(el("td", { data: { label: say("back_queue") } }, name));
  for (const id of COLUMNS) {
    const value = id.startsWith("callbacks_") ? figure(id, "") : el("span");
    row.parts.set(id, value);
    row.append(el("td", { class: "number", data: { label: say(`back_${id}`) } }, value));
  }
  return row;
}

function updateRow(row, data) {
  const in_ = (...states) => states.reduce((n, id) => n + (data.states[id] ?? 0), 0);
  const overdue = data.oldest && Date.parse(data.oldest) < now();
  const zone = state.board.queues.find((queue) => queue.name === data.queue)?.zone;
  const values = {
    queue: queueName(data.queue), callbacks_waiting: in_(...WAITING), callbacks_due: data.due,
    dialling: in_("dialling"), talking: in_("rejoining", "connected"),
    oldest: data.oldest ? say(overdue ? "overdue_since" : "promised_until", { at: clockIn(zone, Date.parse(data.oldest)) }) : "—",
  };
  for (const [id, node] of row.parts) text(node, values[id]);
  set(row, { class: overdue ? "late" : null });
}
