import { get } from "../common/api.js";
import { $, el, note, text } from "../common/dom.js";
import { on, watch } from "../common/live.js";
import { start } from "../common/shell.js";
import { clock, number, say } from "../common/words.js";
import { alerts, health } from "./alerts.js";
import { callbacks } from "./callbacks.js";
import { deeds } from "./deeds.js";
import { incidents } from "./incidents.js";
import { follow, plots } from "./plots.js";
import { queues } from "./queues.js";
import { STATES, callers, operators, tick } from "./rows.js";
import { age, filter, inWords, keepFilter, queueName, restoreFilter, shownQueues, state, take } from "./state.js";
import { steering } from "./steer.js";
import { tiles } from "./tiles.js";

let connected = true;
let only = null; // show operators of this state

function fill(select, options, chosen, all) {
  const wanted = JSON.stringify([options, chosen]);
  if (select.filled === wanted) return;
  select.filled = wanted;
  select.replaceChildren(el("option", { value: "*" }, all),
    ...options.map(([value, words]) => el("option", { value, selected: value === chosen }, words)));
  select.value = chosen ?? "*";
}

function filters() {
  const { board } = state;
  if (filter.site !== null && !board.sites.some((site) => site.id === filter.site)) filter.site = null;
  const within = board.queues.filter((queue) => filter.site === null || queue.site === filter.site);
  if (filter.queue !== null && !within.some((queue) => queue.name === filter.queue)) filter.queue = null;
  fill($("#site"), board.sites.map((site) => [site.id, inWords(site.names)]), filter.site, say("all_sites"));
  fill($("#queue"), within.map((queue) => [queue.name, queueName(queue.name)]), filter.queue, say("all_queues"));
}

for (const name of ["site", "queue"]) {
  $(`#${name}`).addEventListener("change", (event) => {
    filter[name] = event.target.value === "*" ? null : event.target.value;
    if (name === "site") filter.queue = null;
    keepFilter();
    show();
    plots(shownQueues());
  });
}

function stale() {
  const { board } = state;
  const bar = $("#stale");
  const old = Math.round((Date.now() - state.received) / 1000);
  const fresh = board.health.fresh && connected && old < 20;
  document.body.classList.toggle("old", !fresh);
  bar.hidden = fresh;
  if (fresh) return;
  const since = connected && old < 20 ? board.health.known : new Date(state.received + state.offset).toISOString();
  text(bar, say(connected && old < 20 ? "stale_asterisk" : "stale_link", { age: since ? clock(age(since)) : "—" }));
}

function stateChips(found) {
  const parent = $("#states");
  parent.chips ??= new Map(STATES.map((id) => {
    const chip = el("button", { type: "button", class: "chip", onclick: () => {
      only = only === id ? null : id;
      show();
    } });
    parent.append(chip);
    return [id, chip];
  }));
  for (const [id, chip] of parent.chips) {
    const n = found.filter((person) => person.state === id).length;
    text(chip, `${say(`state_${id}`)} ${n}`);
    chip.hidden = n === 0 && only !== id;
    chip.setAttribute("aria-pressed", String(only === id));
  }
}

function show() {
  const { board } = state;
  if (!board || !state.metrics.size) return;
  filters();
  const shown = shownQueues();
  const names = new Set(shown.map((queue) => queue.name));
  const waiting = board.callers.filter((row) => names.has(row.queue)).sort((a, b) => (a.since < b.since ? -1 : a.since > b.since ? 1 : 0));
  const people = board.operators.filter((row) => row.queues.some((queue) => names.has(queue)));
  alerts($("#alerts"), board.alerts.filter((alert) => !alert.subject || names.has(alert.subject)));
  tiles($("#tiles"), shown, people);
  queues($("#queues"), shown);
  callers($("#callers"), waiting);
  stateChips(people);
  operators($("#operators"), people.filter((person) => only === null || person.state === only));
  callbacks($("#callbacks"), shown);
  text($("#callers-count"), waiting.length ? number(waiting.length) : "");
  text($("#operators-count"), people.length ? number(people.length) : "");
  health($("#health"));
  stale();
}

restoreFilter();
state.waitLimit = 600;
const { user } = await start({ live: true });
if (user.roles.includes("supervisor")) steering();
try {
  for (const metric of (await get("/api/board/metrics")).metrics) state.metrics.set(metric.id, metric);
} catch (fault) {
  note(fault.message, "bad");
}
on("board", (board) => {
  take(board);
  show();
}, (error) => note(error.message, "bad"));
on("board-day", (day) => {
  state.day = day;
  plots(shownQueues());
});
incidents().catch((fault) => note(fault.message, "bad")).finally(deeds);
follow(shownQueues);
watch((up) => {
  connected = up;
  if (state.board) stale();
});
let minute = "";
setInterval(() => {
  if (!state.board) return;
  tick();
  health($("#health"));
  stale();
  const now = new Date(Date.now() + state.offset).toISOString().slice(0, 16);
  if (now !== minute) {
    minute = now;
    show();
    if (state.day) plots(shownQueues());
  }
}, 1000);
