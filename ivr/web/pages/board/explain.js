// A figure says what it is: its name, its formula, and the formula with its numbers; on hover, on focus and on a tap.
import { $, el } from "../common/dom.js";
import { clock, language, number, say } from "../common/words.js";
import { state } from "./state.js";

const box = $("#explain");
let shown = null;

export function shownAs(value, unit) {
  if (value === null || value === undefined) return "—";
  if (unit === "share") return `${(value * 100).toLocaleString(language, { maximumFractionDigits: 1 })} %`;
  return unit === "s" ? clock(value) : number(Math.round(value * 10) / 10);
}

// figure("service_level", "84 %", () => counts): an element that explains itself; give new words with text()
export function figure(metric, words, counts = () => ({}), note = () => "") {
  const node = el("button", { type: "button", class: "figure", "aria-describedby": "explain", onclick: toggle }, words);
  node.explains = { metric, counts, note };
  node.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && show(node));
  node.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && shown === node && hide());
  node.addEventListener("focus", () => node.matches(":focus-visible") && show(node));
  node.addEventListener("blur", () => shown === node && hide());
  return node;
}

function toggle(event) {
  const node = event.currentTarget;
  if (shown === node && !node.matches(":hover")) hide();
  else show(node);
}

function show(node) {
  const { metric, counts, note } = node.explains;
  const known = state.metrics.get(metric);
  if (!known) return;
  const used = counts();
  const filled = known.numbers.replace(/\{(\w+)\}/g, (_, name) => number(Math.round((used[name] ?? 0) * 10) / 10));
  const more = note();
  box.replaceChildren(
    el("strong", {}, known.name),
    el("p", {}, known.formula),
    ...(filled && Object.keys(used).length ? [el("p", { class: "numbers" }, filled)] : []),
    ...(more ? [el("p", {}, more)] : []),
    el("p", { class: "source" }, `${say("source")}: ${say(`source_${known.source}`)}`));
  box.hidden = false;
  shown = node;
  place(node.getBoundingClientRect());
}

function place(at) {
  const wide = document.documentElement.clientWidth;
  const left = Math.max(8, Math.min(at.left, wide - box.offsetWidth - 8));
  const below = at.bottom + 6 + box.offsetHeight < document.documentElement.clientHeight;
  box.style.left = `${left}px`;
  box.style.top = `${below ? at.bottom + 6 : Math.max(8, at.top - 6 - box.offsetHeight)}px`;
}

function hide() {
  box.hidden = true;
  shown = null;
}

addEventListener("keydown", (event) => event.key === "Escape" && hide());
addEventListener("scroll", hide, { passive: true, capture: true });
addEventListener("pointerdown", (event) => !event.target.closest(".figure") && hide());
