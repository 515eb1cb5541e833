// The way of a call as a time line drawn to scale: the stretches of the call, and below what the operator wrote after it.
import { el, text } from "../common/dom.js";
import { clock, language, say } from "../common/words.js";

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
const MARKED = new Set(["rating", "sms", "told", "steered", "moved", "transferred", "ticket", "incident", "listened", "callback_key", "error", "recording"]);

const seconds = (iso) => Date.parse(iso) / 1000;
const exact = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
export const second = (iso) => exact.format(new Date(iso));
// 4.2 -> "4,2 s", 75 -> "1:15"
export const length = (s) => (s < 10 ? say("seconds", { s: new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(s) }) : clock(s));

// style attributes are not allowed by the policy of the pages; properties are
function placed(node, from, to, whole) {
  node.style.left = `${(100 * from) / whole}%`;
  if (to !== null) node.style.width = `max(2px, ${(100 * (to - from)) / whole}%)`;
  return node;
}

export function line(parent, legend, { call, stretches, steps }) {
  const begin = seconds(call.started_at);
  const now = Date.now() / 1000;
  const ends = [...stretches.map((each) => (each.end ? seconds(each.end) : now)), ...steps.map((each) => seconds(each.at))];
  const whole = Math.max(1, ...ends.map((end) => end - begin));
  const lanes = [el("div", { class: "lane" }), el("div", { class: "lane" })];
  for (const each of stretches) {
    const from = seconds(each.begin) - begin;
    const to = Math.max(from, (each.end ? seconds(each.end) : now) - begin);
    const words = [each.words, each.queue, each.operator && say("operator_of", { operator: each.operator })].filter(Boolean).join(" · ");
    const bar = el("div", { class: `bar-of ${each.kind}`, title: `${words}: ${length(to - from)}` }, to - from > whole / 9 ? each.words : "");
    lanes[each.kind === "writing" ? 1 : 0].append(placed(bar, from, to, whole));
  }
  for (const step of steps.filter((each) => MARKED.has(each.kind))) {
    lanes[0].append(placed(el("span", { class: "mark", title: `${second(step.at)} ${step.words}` }), seconds(step.at) - begin, null, whole));
  }
  if (!stretches.some((each) => each.kind === "writing")) lanes.pop();
  const apart = STEPS.find((each) => whole / each <= 6) ?? Math.ceil(whole / 6 / 3600) * 3600;
  const axis = el("div", { class: "axis" });
  for (let at = 0; at <= whole; at += apart) axis.append(placed(el("span", {}, at ? clock(at) : second(call.started_at)), at, null, whole));
  parent.setAttribute("aria-hidden", "true"); // the list below says the same
  parent.replaceChildren(...lanes, axis);
  legend.replaceChildren(...stretches.map((each) => {
    const to = each.end ? seconds(each.end) : now;
    const item = el("li", {}, el("span", { class: `swatch ${each.kind}` }), el("span", { class: "name" }), el("span", { class: "since" }));
    text(item.children[1], [each.words, each.queue, each.operator && say("operator_of", { operator: each.operator })].filter(Boolean).join(" · "));
    text(item.children[2], `${length(to - seconds(each.begin))}${each.end ? "" : " …"}`);
    return item;
  }));
}
