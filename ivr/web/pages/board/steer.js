// What a supervisor does to operators and waiting callers, from their rows.
import { post } from "../common/api.js";
import { el } from "../common/dom.js";
import { say } from "../common/words.js";
import { choice, field, open, part } from "./ask.js";
import { listenButtons } from "./listen.js";
import { actions, category, reason } from "./rows.js";
import { queueName, state } from "./state.js";

const REASONS = ["supervisor", "break", "lunch", "after_call", "documents", "training", "meeting", "technical"];

const why = (attributes) => field("why", say("why_reason"), attributes);
const path = (kind, id, deed) => `/api/${kind}/${encodeURIComponent(id)}/${deed}`;

export function steering() {
  actions.operator.push((row) => more(() => say("act_on", { who: row().name }), () => operator(row())));
  actions.caller.push((row) => more(() => say("act_on_caller"), () => caller(row())));
}

function more(label, act) {
  const button = el("button", { type: "button", class: "quiet more", "aria-haspopup": "dialog", onclick: act }, "⋯");
  // whose row it is may be known better later
  button.addEventListener("focus", () => button.setAttribute("aria-label", label()));
  button.setAttribute("aria-label", label());
  return button;
}

function operator(person) {
  const send = (deed, words) => async (values) => {
    await post(path("operators", person.login, deed), values);
    return say(words, { who: person.name });
  };
  const paused = person.state === "paused" || Boolean(person.reason);
  open({
    title: person.name === person.login ? person.login : `${person.name} · ${person.login}`,
    about: [say(`state_${person.state}`), person.reason && reason(person.reason)].filter(Boolean).join(" · "),
    parts: [
      person.call && listenButtons(person),
      paused
        ? part(say("resume"), [why()], say("resume_do"), send("resume", "resumed_said"))
        : part(say("pause"), [choice("reason", say("pause_reason"), REASONS.map((id) => [id, reason(id)])), why()],
          say("pause_do"), send("pause", "paused_said")),
      part(say("out"), [why()], say("out_do"), send("log-out", "out_said"), "danger"),
    ],
  });
}

function caller(row) {
  const others = state.board.queues.filter((queue) => queue.name !== row.queue);
  const queues = others.map((queue) => [queue.name,
    queue.logged_in ? say("queue_with", { queue: queueName(queue.name), ready: queue.ready, waiting: queue.waiting })
      : say("queue_empty", { queue: queueName(queue.name) }), !queue.logged_in]);
  const send = (deed, words) => async (values) => {
    const { outcome } = await post(path("callers", row.call, deed), values);
    return say(outcome === "done" ? words : `move_${outcome}`);
  };
  const up = async ({ position, why: words }) => send("move-up", "moved_up_said")({ position: Number(position), why: words });
  const places = Array.from({ length: Math.max(0, row.place - 1) }, (_, n) => [n + 1, String(n + 1)]);
  open({
    title: say("caller_of", { number: row.number ? `•••• ${row.number}` : say("number_hidden") }),
    about: [category(row.category), say("place_in", { place: row.place, queue: queueName(row.queue) })].filter(Boolean).join(" · "),
    parts: [
      queues.some(([, , shut]) => !shut)
        ? part(say("move"), [choice("queue", say("queue"), queues), el("p", { class: "aside" }, say("move_keeps")), why()],
          say("move_do"), send("move", "moved_said"))
        : el("p", { class: "aside" }, say("move_nowhere")),
      places.length
        ? part(say("move_up"), [choice("position", say("place"), places), el("p", { class: "aside" }, say("move_up_note")),
          why({ required: true })], say("move_up_do"), up, "danger")
        : null,
    ].filter(Boolean),
  });
}
