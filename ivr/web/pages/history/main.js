import { get } from "../common/api.js";
import { $, el, note, rows, text } from "../common/dom.js";
import { start } from "../common/shell.js";
import { clock, moment, number, say } from "../common/words.js";
import { show as showOne } from "./one.js";
import { recordings } from "./recordings.js";
import { elsewhere, fill, keep, query, restore } from "./filters.js";

const form = $("#filters");
const names = {}; // field -> Map(id -> words)
let calls = [];
let after = "";
let again = 0; // of the last question: an older answer must not replace a newer one
let timer = null;

const named = (field, id) => names[field]?.get(id) ?? id;
const callOfHash = () => new URLSearchParams(location.hash.slice(1)).get("call") ?? "";

function row(first) {
  const line = el("tr", { data: { call: first.call_id } });
  const cell = (name, kind, ...inside) => el("td", { class: `${name} ${kind ?? ""}`, data: { label: say(name) } }, ...inside);
  line.append(
    cell("when", "", el("a", { href: `#call=${encodeURIComponent(first.call_id)}` })), cell("caller"), cell("region"), cell("category"),
    cell("queue"), cell("operator"), cell("outcome", "", el("span", { class: "tag" })), cell("waited", "number"), cell("talked", "number"), cell("score"));
  return line;
}

const TONES = { talked: "good", abandoned: "warn", nobody: "bad", ended_unseen: "bad", controller_stopped: "bad" };

function update(line, call) {
  const put = (name, words) => text($(`.${name}`, line), words);
  text($("a", line), moment(call.started_at));
  put("caller", call.number.length > 4 ? call.number : call.number ? `•••• ${call.number}` : say("number_hidden"));
  put("region", call.region ? named("region", call.region) : "—");
  put("category", call.category ? named("category", call.category) : "—");
  put("queue", call.queue ? named("queue", call.queue) : "—");
  put("operator", call.operator ? named("operator", call.operator) : "—");
  const tag = $(".outcome .tag", line);
  text(tag, call.ended_at || call.reason ? named("outcome", call.reason) : say("lasts"));
  tag.className = `tag ${call.ended_at ? TONES[call.reason] ?? "" : "info"}`;
  put("waited", call.waited_s === null ? "—" : clock(call.waited_s));
  put("talked", call.talked_s === null ? "—" : clock(call.talked_s));
  put("score", call.score ? `${call.score} ★` : "");
  line.classList.toggle("chosen", call.call_id === callOfHash());
  $("a", line).setAttribute("aria-current", String(call.call_id === callOfHash()));
}

function draw() {
  rows($("#calls"), calls, (call) => call.call_id, row, update);
  $(".calls").hidden = calls.length === 0;
  $("#none").hidden = calls.length > 0;
  $("#older").hidden = !after;
  text($("#count"), calls.length ? say(after ? "count_more" : "count", { n: calls.length, shown: number(calls.length) }) : "");
}

async function load({ more = false } = {}) {
  const mine = ++again;
  const wanted = query(form);
  text($("p.fault", form), "");
  for (const kind of ["csv", "xlsx"]) $(`#${kind}`).href = `/api/history/export/calls.${kind}?${new URLSearchParams(wanted)}`;
  try {
    const found = await get("/api/history", more ? { ...wanted, after } : wanted);
    if (mine !== again) return;
    calls = more ? [...calls, ...found.calls] : found.calls;
    after = found.after;
    draw();
  } catch (fault) {
    if (mine !== again) return;
    text($("p.fault", form), Object.entries(fault.fields ?? {}).map(([name, words]) => `${say(name)}: ${words}`).join("; ") || fault.message);
  }
}

async function open({ focus = false } = {}) {
  clearTimeout(timer);
  const call = callOfHash();
  document.body.classList.toggle("with-call", Boolean(call));
  $("#one").hidden = !call;
  draw();
  if (!call) return;
  try {
    const told = await get(`/api/history/${encodeURIComponent(call)}`);
    if (call !== callOfHash()) return;
    showOne(told, named, names.numbers);
    recordings(call, names.numbers);
    if (focus) $("#one").focus({ preventScroll: false });
    // a call that lasts goes on before the reader's eyes
    if (!told.call.ended_at) timer = setTimeout(open, 5000);
  } catch (fault) {
    note(fault.message, "bad");
    if (fault.status === 404) close();
  }
}

function close() {
  const chosen = callOfHash();
  history.pushState(null, "", location.pathname + location.search);
  open();
  $(`tr[data-call="${CSS.escape(chosen)}"] a`)?.focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  keep(form);
  load();
});
$("#clear").addEventListener("click", () => {
  form.reset();
  keep(form);
  load();
});
for (const field of form.querySelectorAll("select, input[type=checkbox]")) {
  field.addEventListener("change", () => {
    keep(form);
    load();
  });
}
$("#older").addEventListener("click", () => load({ more: true }));
$("#refresh").addEventListener("click", () => {
  load();
  open();
});
$("#close").addEventListener("click", close);
addEventListener("hashchange", () => open({ focus: true }));
addEventListener("popstate", () => {
  if (!elsewhere(form)) return;
  restore(form);
  load();
});
addEventListener("keydown", (event) => event.key === "Escape" && callOfHash() && !event.target.closest("input, select") && close());

await start();
try {
  const words = await get("/api/history/words");
  const lists = { operator: words.operators, queue: words.queues, category: words.categories, outcome: words.outcomes, region: words.regions, language: words.languages, source: words.sources, department: words.departments };
  for (const [field, list] of Object.entries(lists)) names[field] = new Map(list.map(({ id, name }) => [id, field === "operator" && name !== id ? `${id} ${name}` : name]));
  names.numbers = words.numbers;
  fill(form, names);
  for (const part of document.querySelectorAll(".numbers")) part.hidden = !words.numbers;
  restore(form);
  await load();
  await open();
} catch (fault) {
  note(fault.message, "bad");
}
