// «Перезвоните мне»: the number, when it would be, and the promise.
import { post } from "../common/api.js";
import { $, set, text } from "../common/dom.js";
import { say, time } from "../common/words.js";

let about = () => ({});
let agreed = () => {};
let asked = "";
let done = false;

// `wish()`: {category, language, token, number} of the call, if there is one; `promised(answer)`: it is agreed
export function prepare(wish, promised) {
  about = wish;
  agreed = promised;
  $("#back-form").addEventListener("submit", send);
  $("#back-number").addEventListener("input", () => reset());
  $("#back-close").addEventListener("click", () => { $("#back").hidden = true; });
}

export function open() {
  done = false;
  $("#back-number").value ||= about().number ?? "";
  $("#back").hidden = false;
  reset();
  $("#back").scrollIntoView({ block: "nearest" });
  $("#back-number").focus();
}

function reset() {
  if (done) return;
  asked = "";
  fault("");
  text($("#promise"), "");
  text($("#back-send"), say("back_when"));
  $("#back-send").hidden = false;
}

function fault(words) {
  text($("#back-fault"), words);
  set($("#back-number"), { "aria-invalid": words ? "true" : null });
}

async function send(event) {
  event.preventDefault();
  const { category, language, token } = about();
  const body = { number: $("#back-number").value, language, token: token ?? "" };
  if (category) body.category = category;
  const button = $("#back-send");
  button.disabled = true;
  try {
    if (asked !== body.number) {
      const promise = await post("/api/call/callback/when", body);
      asked = body.number;
      fault("");
      text($("#promise"), `${said("back_promise", promise)} ${promise.quiet ? say("back_quiet") : ""}`);
      text(button, say("back_confirm"));
    } else {
      const promise = await post("/api/call/callback", body);
      done = true;
      text($("#promise"), `${said("back_done", promise)} ${promise.ticket ? say("ticket", { ticket: promise.ticket }) : ""}`);
      button.hidden = true;
      agreed(promise);
    }
  } catch (wrong) {
    fault(wrong.fields?.number ?? wrong.message);
  } finally {
    button.disabled = false;
  }
}

function said(words, { start, end }) {
  const day = (iso) => new Date(iso).toDateString();
  const date = day(start) === day(Date.now()) ? "" : `${new Date(start).toLocaleDateString(document.documentElement.lang, { day: "numeric", month: "long" })}, `;
  return say(words, { start: date + time(start), end: time(end), zone: Intl.DateTimeFormat().resolvedOptions().timeZone });
}
