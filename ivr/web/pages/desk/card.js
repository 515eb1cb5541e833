// The caller's card: who calls, from where and at what hour of his, what he went through, what he was promised.
import { el, text } from "../common/dom.js";
import { clock, known, moment, say, time } from "../common/words.js";

const named = (prefix, id) => (known(`${prefix}_${id}`) ? say(`${prefix}_${id}`) : id);
export const category = (id) => named("category", id || "other");
export const spoken = (id) => named("language", id);

const fact = (name, ...value) => (value.some((part) => part) ? [el("dt", {}, say(name)), el("dd", {}, ...value)] : []);

// What he was told last: place and wait; or when he is called back, by his own clock as it was said to him
function promise({ told, callback, zone }) {
  if (callback) {
    const { window_from: from, window_to: to } = callback;
    const [his, whose] = zone ? [zone, "his_clock"] : [undefined, "my_clock"];
    return say("promised_window", { from: moment(from, his), to: time(to, his), whose: say(whose), n: callback.attempts + 1 });
  }
  if (!told) return "";
  const wait = told.wait_s === null ? "" : say("promised_wait", { n: Math.max(1, Math.round(told.wait_s / 60)) });
  return [say("promised_place", { n: told.position }), wait].filter(Boolean).join(", ");
}

// show(node, card, ringing): the node becomes the card; its clocks run by tick()
export function show(node, card, ringing) {
  node.classList.toggle("ringing", ringing);
  const local = el("span", { data: { zone: card.zone } });
  const waited = el("span", { class: "clock", title: say("in_call_since"), data: { since: card.arrived ?? "" } });
  const number = card.number ? `··· ${card.number.slice(0, 2)}-${card.number.slice(2)}` : say("withheld");
  node.replaceChildren(
    el("div", { class: "headline" },
      el("h2", {}, category(card.category)),
      ringing && el("span", { class: "tag info" }, say("rings")),
      card.source !== "phone" && el("span", { class: "tag" }, named("source", card.source)),
      el("span", { class: "tag" }, spoken(card.language)), waited),
    el("dl", { class: "facts" },
      ...fact("fact_where", card.region || say("unknown"), card.region && " · ", card.region && local),
      ...fact("fact_number", number),
      ...fact("fact_ticket", card.ticket && el("span", {}, group(card.ticket.number), " · ",
        named("status", card.ticket.status), card.ticket.due_at && ` · ${say("due", { at: moment(card.ticket.due_at) })}`)),
      ...fact("fact_promised", promise(card)),
      ...fact("fact_path", card.path.length > 0 && el("span", { class: "path" },
        ...card.path.map(({ step, words }) => el("span", {}, words || named("step", step))))),
      ...fact("fact_call", el("a", { href: `/history#call=${encodeURIComponent(card.call_id)}`, target: "_blank" }, say("why_here")))));
  tick(node);
}

// The clocks of a card, every second
export function tick(node) {
  for (const span of node.querySelectorAll("[data-since]")) {
    if (span.dataset.since) text(span, clock((Date.now() - Date.parse(span.dataset.since)) / 1000));
  }
  for (const span of node.querySelectorAll("[data-zone]")) {
    if (span.dataset.zone) text(span, say("local_time", { time: time(new Date().toISOString(), span.dataset.zone) }));
  }
}

export const group = (number) => number.replace(/(\d\d)(?=\d)/g, "$1 ");

export function earlier(node, calls) {
  node.replaceChildren(...(calls.length ? calls.map(row) : [el("p", { class: "aside" }, say("no_earlier"))]));
}

function row(call) {
  const written = call.contacts.filter((contact) => contact.purpose || contact.note);
  return el("details", { class: "earlier-call", open: written.some((contact) => contact.solved !== "yes") },
    el("summary", {}, moment(call.at), " · ", category(call.category), " ",
      el("span", { class: `tag ${outcomeKind(call)}` }, named("reason", call.reason || "lasts"))),
    el("p", { class: "aside" }, [
      call.ticket && group(call.ticket), call.operator && say("by_operator", { who: call.operator.replace(/^op-/, "") }),
      call.waited_s !== null && say("waited", { time: clock(call.waited_s) }),
      call.talked_s !== null && say("talked", { time: clock(call.talked_s) }),
      call.score && say("scored", { n: call.score }),
    ].filter(Boolean).join(" · ")),
    ...written.map((contact) => el("p", {}, el("strong", {}, contact.purpose), " ", contact.note,
      contact.solved && el("span", { class: `tag ${contact.solved === "yes" ? "good" : "warn"}` },
        say(contact.solved === "yes" ? "solved_yes" : "solved_no")))));
}

const outcomeKind = ({ reason, contacts }) =>
  contacts.some((contact) => contact.solved === "no") || reason === "abandoned" ? "warn" : "";
