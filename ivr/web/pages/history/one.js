// One call: its facts, the time line, why it went there, what was written down, every step.
import { get } from "../common/api.js";
import { $, el, note, rows, text } from "../common/dom.js";
import { clock, known, moment, say } from "../common/words.js";
import { length, line, second } from "./line.js";

export function show(told, named, numbers) {
  const { call } = told;
  text($("#one-title"), say("call_of", { call: call.call_id, when: moment(call.started_at) }));
  facts(call, named, numbers);
  line($("#line"), $("#legend"), told);
  whys($("#why"), told.why);
  $("#contacts-box").hidden = told.contacts.length === 0;
  $("#contacts").replaceChildren(...told.contacts.map((contact) => written(contact, named)));
  $("#ticket-box").hidden = told.ticket.length === 0;
  rows($("#ticket"), told.ticket, (event) => `${event.at} ${event.event}`, () => el("li"), (item, event) => text(item, ticketStep(event)));
  let n = 0;
  rows($("#steps"), told.steps.map((step) => ({ ...step, n: (n += 1) })), (step) => `${call.call_id} ${step.n}`, stepRow, updateStep);
}

function facts(call, named, numbers) {
  const box = $("#facts");
  const shown = box.call === call.call_id ? box.number : "";
  const value = el("span", {}, shown || (call.number ? `•••• ${call.number}` : say("number_hidden")));
  const whole = numbers && call.number && !shown && el("button", { type: "button", class: "quiet small", onclick: async () => {
    try {
      box.number = (await get(`/api/history/${encodeURIComponent(call.call_id)}/number`)).number;
      box.call = call.call_id;
      text(value, box.number);
      whole.remove();
    } catch (fault) {
      note(fault.message, "bad");
    }
  }, title: say("number_recorded") }, say("show_number"));
  const of = (field, id) => (id ? named(field, id) : "");
  const all = [
    ["number", [value, " ", whole]], ["region", of("region", call.region)], ["source", of("source", call.source)],
    ["language_of", of("language", call.language)], ["category", of("category", call.category)],
    ["ticket", call.ticket && `${call.ticket.slice(0, 4)}-${call.ticket.slice(4)}`], ["queue", of("queue", call.queue)],
    ["operator", of("operator", call.operator)], ["waited", call.waited_s === null ? "" : clock(call.waited_s)],
    ["talked", call.talked_s === null ? "" : clock(call.talked_s)],
    ["outcome", call.ended_at || call.reason ? of("outcome", call.reason) : say("lasts")], ["score", call.score ? `${call.score} ★` : ""],
  ];
  box.replaceChildren(...all.filter(([, words]) => words && words.length).flatMap(([name, words]) => [el("dt", {}, say(name)), el("dd", {}, words)]));
}

function whys(parent, found) {
  $("#why-box").hidden = false;
  if (!found.length) return parent.replaceChildren(el("p", { class: "aside" }, say("never_routed")));
  parent.replaceChildren(...found.map((why, n) => el("details", { class: "why", open: n === found.length - 1 },
    el("summary", {}, `${second(why.at)} → ${why.way}`),
    why.trial && el("p", { class: "aside" }, say("trial", { when: moment(why.trial) })),
    el("ol", { class: "legs" }, why.legs.map((leg) => el("li", {}, leg))),
    el("ul", {}, why.reasons.map((reason) => el("li", {}, reason))),
    why.queues.length > 0 && el("table", {}, el("tbody", {}, why.queues.map((each) => el("tr", {},
      el("td", {}, el("span", { class: `tag ${each.taken ? "good" : ""}` }, say(each.taken ? "taken" : "passed_over"))),
      el("td", { title: each.queue }, each.name), el("td", {}, each.why))))),
    el("p", { class: "aside" }, why.today))));
}

function written(contact, named) {
  const solved = contact.solved && say(`solved_${contact.solved}`);
  const passed = contact.passed_to && say("passed_to", { to: named("department", contact.passed_to) });
  const forms = Object.values(contact.forms).flatMap((fields) => Object.entries(fields));
  return el("div", { class: "contact" },
    el("p", {}, el("strong", {}, contact.purpose || say("no_purpose")), " ", el("span", { class: "aside" }, say("operator_of", { operator: contact.operator }))),
    contact.clarified.length > 0 && el("ul", {}, contact.clarified.map(([question, answer]) => el("li", {}, `${question} — ${say(answer)}`))),
    forms.length > 0 && el("dl", { class: "facts" }, forms.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
    contact.note && el("p", { class: "note-of" }, contact.note),
    el("p", { class: "aside" }, [solved, passed, contact.closed_at ? say("closed_at", { when: second(contact.closed_at) }) : say("still_open")].filter(Boolean).join(" · ")));
}

function ticketStep(event) {
  const what = known(`event_${event.event}`) ? say(`event_${event.event}`) : event.event;
  return [moment(event.at), what, event.note].filter(Boolean).join(" · ");
}

function stepRow() {
  return el("tr", {}, el("td", { class: "since" }), el("td", { class: "number since" }), el("td", { class: "number since" }), el("td"));
}

function updateStep(row, step) {
  const [at, after, lasted, words] = row.children;
  text(at, second(step.at));
  text(after, `+${length(step.after_s)}`);
  text(lasted, step.lasted_s === null ? "" : length(step.lasted_s));
  text(words, step.words);
  row.className = step.kind;
}
