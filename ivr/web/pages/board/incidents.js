// Known faults: which are told to callers now, how many heard them, left with that, and want to know when it is over.
import { get, post, upload } from "../common/api.js";
import { $, el, note, rows, set, text } from "../common/dom.js";
import { on } from "../common/live.js";
import { moment, number, say } from "../common/words.js";
import { choice, field, open, part } from "./ask.js";
import { Recorder } from "./recorder.js";
import { category } from "./rows.js";

const SEVERITIES = ["outage", "serious", "notice"];
const TONE = { outage: "bad", serious: "warn", notice: "info" };
let known = null; // languages, categories, regions
let body = null;
let box = null;

export async function incidents() {
  known = await get("/api/incidents");
  body = el("tbody");
  const old = el("tbody", { hidden: true });
  box = el("section", { class: "box incidents", "aria-labelledby": "incidents-title" },
    el("div", { class: "heading" }, el("h2", { id: "incidents-title" }, say("incidents")),
      el("button", { type: "button", onclick: announce }, say("incident_new"))),
    el("p", { class: "aside" }, say("no_incidents")),
    el("table", { class: "cards labelled" }, el("thead", {}, el("tr", {},
      ["incident", "incident_whom", "incident_time", "heard_by", "deflected", "subscribers", ""].map((word, n) =>
        el("th", { scope: "col", class: n > 2 && word ? "number" : null }, word && say(word))))), body),
    el("details", {}, el("summary", {}, say("incidents_over")), el("table", { class: "cards labelled" }, old)));
  old.hidden = false;
  $("#panels").append(box);
  take(known.incidents, old);
  on("incidents", (list) => take(list, old));
}

function take(list, old) {
  const now = list.filter((one) => one.state !== "over");
  const over = list.filter((one) => one.state === "over");
  rows(body, now, (one) => one.id, make, update);
  rows(old, over, (one) => one.id, make, update);
  $("p.aside", box).hidden = now.length > 0;
  $("table", box).hidden = now.length === 0;
  $("details", box).hidden = over.length === 0;
}

function make(one) {
  const p = { state: el("span", { class: "tag" }), words: el("span"), whom: el("span"), time: el("span"),
    heard: el("span"), deflected: el("span"), subscribers: el("strong") };
  p.end = el("button", { type: "button", onclick: () => end(row.data) }, say("incident_end"));
  const cell = (label, ...children) => el("td", { data: { label: say(label) } }, children);
  const figure = (label, node) => el("td", { class: "number", data: { label: say(label) } }, node);
  const row = el("tr", {}, cell("incident", p.state, " ", p.words), cell("incident_whom", p.whom), cell("incident_time", p.time),
    figure("heard_by", p.heard), figure("deflected", p.deflected), figure("subscribers", p.subscribers), el("td", {}, p.end));
  row.data = one;
  row.parts = p;
  return row;
}

function update(row, one) {
  row.data = one;
  const p = row.parts;
  text(p.state, say(one.state === "on" ? `severity_${one.severity}` : `incident_${one.state}`));
  set(p.state, { class: `tag ${one.state === "on" ? TONE[one.severity] : ""}` });
  text(p.words, one.texts.ru ?? Object.values(one.texts)[0] ?? say("recorded"));
  text(p.whom, [one.categories.map(category).join(", ") || say("all_categories"),
    one.regions.map((code) => known.regions[code] ?? code).join(", ") || say("all_regions")].join(" · "));
  const until = one.ended_at ?? one.ends_at;
  text(p.time, `${moment(one.starts_at)} – ${until ? moment(until) : "…"}`);
  text(p.heard, number(one.heard));
  text(p.deflected, number(one.deflected));
  text(p.subscribers, number(one.subscribers));
  p.end.hidden = one.state === "over";
}

function end(one) {
  open({
    title: say("incident_end"), about: Object.values(one.texts)[0] ?? say("recorded"),
    parts: [part("", [el("p", {}, say("incident_end_note", { n: one.subscribers })), field("why", say("why_reason"))], say("incident_end_do"), async (values) => {
      const { told } = await post(`/api/incidents/${encodeURIComponent(one.id)}/end`, values);
      return say("incident_ended", { n: told });
    })],
  });
}

function announce() {
  const recorded = {};
  const tick = (name, value, words) => el("label", { class: "tick" }, el("input", { type: "checkbox", name, value }), words);
  const texts = known.languages.map((language) => words(language, recorded));
  const form = part("", [
    el("fieldset", {}, el("legend", {}, say("incident_categories")), known.categories.map((id) => tick("category", id, category(id)))),
    el("label", {}, say("incident_regions"), el("select", { name: "region", multiple: true, size: 5 },
      Object.entries(known.regions).map(([code, name]) => el("option", { value: code }, name)))),
    choice("severity", say("severity"), SEVERITIES.map((id) => [id, say(`severity_${id}`)])),
    ...texts,
    el("div", { class: "two" }, field("starts_at", say("incident_from"), { type: "datetime-local" }),
      field("ends_at", say("incident_until"), { type: "datetime-local" })),
    field("why", say("why_reason")),
  ], say("incident_do"), async (values) => {
    await post("/api/incidents", read(values, form, recorded));
    return say("incident_said");
  });
  open({ title: say("incident_new"), about: say("incident_note"), parts: [form] }).classList.add("wide");
}

function read(values, form, recorded) {
  const time = (local) => (local ? new Date(local).toISOString() : null);
  const texts = Object.fromEntries(known.languages.map((id) => [id, values[`text_${id}`] ?? ""]).filter(([, words]) => words.trim()));
  return {
    categories: values.category ?? [], severity: values.severity, texts, recorded, why: values.why,
    regions: [...$("select[name=region]", form).selectedOptions].map((option) => option.value),
    starts_at: time(values.starts_at), ends_at: time(values.ends_at),
  };
}

// The text in one language, heard before it is announced, or spoken by oneself instead
function words(language, recorded) {
  const area = el("textarea", { name: `text_${language}`, maxlength: 400, rows: 3, lang: language });
  const sound = el("audio", { controls: true, hidden: true, preload: "none" });
  const play = (source) => {
    sound.hidden = false;
    sound.src = source;
    sound.play().catch(() => note(say("preview_not"), "bad"));
  };
  const preview = () => play(`/api/incidents/preview?${new URLSearchParams({ language, text: area.value })}`);
  const drop = el("button", { type: "button", class: "quiet", hidden: true, onclick: () => {
    delete recorded[language];
    drop.hidden = sound.hidden = true;
  } }, say("record_drop"));
  return el("div", { class: "spoken" }, el("label", {}, say(`text_${language}`), area),
    el("div", { class: "buttons" },
      el("button", { type: "button", onclick: preview }, say("preview")),
      recordButton(async (blob) => {
        const { digest } = await upload(`/api/incidents/recordings?language=${language}`, blob);
        recorded[language] = digest;
        drop.hidden = false;
        play(`/api/incidents/recordings/${digest}`);
      }), drop), sound);
}

function recordButton(done) {
  let recorder = null;
  const button = el("button", { type: "button", "aria-pressed": "false", onclick: async () => {
    button.disabled = true;
    try {
      if (!recorder) {
        const begun = new Recorder();
        await begun.start();
        // the dialog may be closed, also by Esc, while he speaks: no microphone stays on
        const dialog = button.closest("dialog");
        if (!dialog?.open) return begun.release();
        dialog.addEventListener("close", () => begun.release(), { once: true });
        recorder = begun;
      } else {
        const spoken = recorder;
        recorder = null;
        await done(await spoken.stop());
      }
    } catch (fault) {
      recorder?.release();
      recorder = null;
      note(fault.fields ? fault.message : say("record_not"), "bad");
    }
    button.disabled = false;
    text(button, say(recorder ? "record_stop" : "record"));
    set(button, { class: recorder ? "danger" : null, "aria-pressed": String(Boolean(recorder)) });
  } }, say("record"));
  return button;
}
