// The citizen's telephone: what is it about, the call, and what comes after it.
import { get, post } from "../common/api.js";
import { $, el, note, set, text } from "../common/dom.js";
import { start } from "../common/shell.js";
import { clock, language, say } from "../common/words.js";
import * as back from "./back.js";
import * as history from "./history.js";
import { Talk, keypad } from "./talk.js";

const KINDS = ["signin", "recovery", "identity", "services", "applications", "other", ""];
let talk = null;

const only = (...shown) => ["ask", "talk", "after"].forEach((id) => { $(`#${id}`).hidden = !shown.includes(id); });

function wish() {
  const form = $("#wish");
  return { category: form.elements.kind.value, language: form.elements.language.value, number: form.elements.number.value.trim() };
}

async function place(event) {
  event?.preventDefault();
  const button = $("#place");
  button.disabled = true;
  fault("");
  talk?.leave();
  talk = new Talk(wish(), over);
  text($("#time"), "");
  try {
    only("talk");
    await talk.place($("#silent").checked);
    if (talk.live) $("#lines").focus();
  } catch (wrong) {
    if (talk.ended) return; // hung up before; "call again" is in front of him
    only("ask");
    fault(wrong.message, wrong.fields?.number ?? "");
  } finally {
    button.disabled = false;
  }
}

function fault(words, number = "") {
  text($("#fault"), number ? "" : words);
  text($("#number-fault"), number);
  set($("#number"), { "aria-invalid": number ? "true" : null });
  if (number) $("#number").focus();
}

function over(call) {
  only("after");
  text($("#over"), say(call.cause ? "over_failed" : "over"));
  const parts = [];
  if (call.cause) parts.push(say(`cause_${call.cause}`));
  else if (call.begun) parts.push(say("lasted", { time: clock(call.seconds) }));
  if (call.status.ticket) parts.push(say("ticket", { ticket: call.status.ticket }));
  text($("#summary"), parts.join(" "));
  text($("#rated"), "");
  rating(call);
  // the last news of the call may come after its end
  call.after = rating;
  $("#over").focus();
  if (!call.cause && call.begun) {
    const { category } = call.wish;
    const { ticket, callback } = call.status;
    history.remember({ at: call.begun, category, seconds: call.seconds, answered: call.answered, ticket, callback });
  }
}

function rating(call) {
  $("#rate").hidden = !call.answered;
  if (call.status.score) thanked(call.status.score);
}

function thanked(score) {
  text($("#rated"), say("rated"));
  for (const button of $("#scores").children) set(button, { "aria-pressed": String(Number(button.dataset.score) === score) });
}

async function rate(score) {
  try {
    await post("/api/call/rating", { token: talk.token, score });
    thanked(score);
  } catch (wrong) {
    note(wrong.message, "bad");
  }
}

function fill({ languages }) {
  $("#kinds").replaceChildren(...KINDS.map((kind) => el("label", {},
    el("input", { type: "radio", name: "kind", value: kind, checked: kind === "" }), say(`kind_${kind || "none"}`))));
  const names = (code) => new Intl.DisplayNames([code], { type: "language" }).of(code);
  $("#language").replaceChildren(...languages.map((code) => el("option", { value: code, lang: code, selected: code === language }, names(code))));
  $("#scores").replaceChildren(...[1, 2, 3, 4, 5].map((n) => el("button", {
    type: "button", "aria-label": say("score", { n }), data: { score: n }, onclick: () => rate(n),
  }, String(n))));
}

async function begin() {
  await start();
  fill(await get("/api/call/options"));
  keypad((key) => talk?.live && talk.press(key));
  back.prepare(() => ({ ...(talk?.wish ?? wish()), token: talk?.token }), () => {
    if (talk?.live) talk.hangUp();
  });
  $("#wish").addEventListener("submit", place);
  $("#hang-up").addEventListener("click", () => talk.hangUp());
  $("#mute").addEventListener("click", () => talk.mute());
  $("#again").addEventListener("click", () => only("ask"));
  for (const id of ["instead", "callback", "callback-after"]) $(`#${id}`).addEventListener("click", back.open);
  $("#forget").addEventListener("click", history.forget);
  history.show();
}

begin().catch((wrong) => note(wrong.message, "bad"));
