// The figures of all shown queues together.
import { el, text } from "../common/dom.js";
import { clock, number, say } from "../common/words.js";
import { figure, shownAs } from "./explain.js";
import { figures } from "./figures.js";
import { since } from "./rows.js";
import { filter, state, sum } from "./state.js";

const TILES = ["waiting", "longest", "ready", "service_level", "abandon_rate", "asa", "answered", "occupancy", "callbacks_due", "callbacks_kept"];
let made = null;
let shown = [];
let people = [];

function make(parent) {
  made = new Map();
  for (const id of TILES) {
    const node = id === "longest" ? el("span", { class: "since", data: { nothing: clock(0) } }) : null;
    const value = figure(id, node ?? "", () => counts(id), () => (id in figures ? say("since_midnight") : ""));
    value.time = node;
    made.set(id, value);
    parent.append(el("div", { class: "tile" }, value, el("span", { class: "label" }, state.metrics.get(id)?.name ?? id)));
  }
}

function counts(id) {
  if (id.startsWith("callbacks")) return state.board.callbacks.day;
  return id in figures ? sum(shown) : {};
}

const own = (row) => filter.site === null && filter.queue === null || shown.some((queue) => queue.name === row.queue);

export function tiles(parent, queues, operators) {
  shown = queues;
  people = operators;
  if (!made) make(parent);
  const total = sum(queues);
  const oldest = queues.map((queue) => queue.oldest).filter(Boolean).sort()[0] ?? "";
  const waiting = queues.reduce((n, queue) => n + queue.waiting, 0);
  const ready = people.filter((person) => person.state === "ready").length;
  const back = state.board.callbacks;
  const due = back.queues.filter(own).reduce((n, row) => n + row.due, 0);
  const alone = waiting > 0 && ready === 0;
  const alerts = new Set(state.board.alerts.map((alert) => alert.kind));
  const words = {
    waiting: number(waiting),
    ready: `${ready} / ${people.filter((person) => person.state !== "away").length}`,
    callbacks_due: back.known ? number(due) : "—",
    callbacks_kept: shownAs(back.kept, "share"),
  };
  for (const [id, node] of made) {
    if (id === "longest") since(node.time, oldest);
    else text(node, words[id] ?? shownAs(figures[id](total), state.metrics.get(id)?.unit));
    const bad = (id === "ready" && alone) || (id === "longest" && alerts.has("longest_wait"))
      || (id === "service_level" && alerts.has("service_level")) || (id === "abandon_rate" && alerts.has("abandoned"))
      || (id === "callbacks_due" && alerts.has("promise_overdue"));
    node.parentNode.classList.toggle("bad-box", bad);
  }
}
