// What is written down of a conversation, in the order of a conversation: purpose, clarifications, form, solved?, number.
import { get, post, put } from "../common/api.js";
import { $, el, note, text } from "../common/dom.js";
import { known, say } from "../common/words.js";
import { group } from "./card.js";
import { fields, values } from "./form.js";

const SAVE_AFTER_MS = 700;

export class Contact {
  // words: forms, departments and messages; `closed()`: called when it is over
  constructor(node, words, closed) {
    this.node = node;
    this.words = words;
    this.closed = closed;
    this.state = null;
    this.timer = null;
    this.saving = Promise.resolve();
  }

  get open() {
    return this.state !== null && !this.state.closed_at;
  }

  show(state) {
    this.state = state;
    this.changed = {};
    this.form = Object.keys(state.forms)[0] ?? this.words.forms.find((form) => form.categories.includes(state.category))?.id;
    this.node.hidden = false;
    this.build();
  }

  build() {
    const { state } = this;
    this.saved = el("span", { class: "saved", role: "status" });
    this.purpose = el("textarea", { name: "purpose", "aria-label": say("step_of_purpose"), rows: 2, maxlength: 2000, value: state.purpose, placeholder: say("purpose_hint"), oninput: () => this.change("purpose", this.purpose.value) });
    this.questions = el("div", { class: "questions" });
    this.formPlace = el("div");
    this.tabs = el("div", { class: "form-tabs", role: "group", "aria-label": say("form") });
    this.passed = el("select", { name: "passed_to", onchange: () => this.change("passed_to", this.passed.value) },
      el("option", { value: "" }, say("nobody_passed")),
      ...this.words.departments.map(({ id, name, words }) => el("option", { value: id, title: words }, name)));
    this.passed.value = state.passed_to;
    this.passedLabel = el("label", {}, say("pass_on_to"), this.passed);
    this.note = el("textarea", { name: "note", "aria-label": say("step_of_note"), rows: 2, maxlength: 2000, value: state.note, oninput: () => this.change("note", this.note.value) });
    this.said = el("input", { type: "checkbox", name: "protocol_said", checked: state.protocol_said, onchange: () => this.change("protocol_said", this.said.checked) });
    this.fault = el("p", { class: "fault", role: "alert" });
    this.node.replaceChildren(
      el("div", { class: "contact-bar" }, el("h2", {}, say("conversation")), this.saved),
      step("purpose", this.purpose),
      step("clarify", this.questions),
      step("form", this.tabs, this.formPlace),
      step("solved", this.pick("solved", state.solved, (answer) => { this.change("solved", answer); this.update(); }), this.passedLabel),
      step("note", this.note),
      step("protocol", el("p", { class: "protocol" }, state.ticket ? group(state.ticket) : say("no_ticket")),
        el("label", { class: "tick" }, this.said, say("protocol_said"))),
      step("message", this.messages()),
      this.fault,
      el("div", { class: "buttons" }, el("button", { type: "button", class: "main", onclick: () => this.close(), title: "Ctrl+Enter" }, say("close"))),
    );
    this.asked = state.clarified.map(([question, answer]) => ({ question, answer }));
    this.askMore();
    this.layForm();
    this.update();
  }

  pick(name, value, chosen) {
    const buttons = ["yes", "no"].map((answer) => el("button", { type: "button", "aria-pressed": String(value === answer), onclick: () => {
      for (const button of buttons) button.setAttribute("aria-pressed", String(button === buttons[answer === "yes" ? 0 : 1]));
      chosen(answer);
    } }, say(answer)));
    return el("span", { class: "pick", role: "group", data: { name } }, ...buttons);
  }

  // A line for each clarification, and an empty one for the next
  askMore() {
    const tell = () => this.change("clarified", this.asked.filter(({ question, answer }) => question.trim() && answer).map(({ question, answer }) => [question, answer]));
    const line = (one) => el("div", { class: "question" },
      el("input", { value: one.question, maxlength: 300, list: "usual-questions", placeholder: say("question_hint"), "aria-label": say("question"), oninput: (event) => { one.question = event.target.value; tell(); } }),
      this.pick("clarified", one.answer, (answer) => {
        one.answer = answer;
        tell();
        if (this.asked.at(-1) === one && one.question.trim()) { this.asked.push({ question: "", answer: "" }); this.questions.append(line(this.asked.at(-1))); }
      }));
    if (!this.asked.length || this.asked.at(-1).answer) this.asked.push({ question: "", answer: "" });
    this.questions.replaceChildren(...this.asked.map(line),
      el("datalist", { id: "usual-questions" }, ...usual(this.state.category).map((question) => el("option", { value: question }))));
  }

  layForm() {
    this.tabs.replaceChildren(...this.words.forms.map(({ id, name }) => el("button", {
      type: "button", "aria-pressed": String(id === this.form), onclick: () => { this.form = id; this.layForm(); },
    }, name)));
    const form = this.words.forms.find(({ id }) => id === this.form);
    this.formPlace.replaceChildren(form ? fields(form, this.formValues(form.id), () => {
      this.change("forms", { ...this.changed.forms, [form.id]: values(this.formPlace) });
    }) : "");
  }

  formValues = (id) => this.changed.forms?.[id] ?? this.state.forms[id] ?? {};

  messages() {
    const texts = this.words.sms[this.state.language] ?? this.words.sms.ru;
    const choice = el("select", { "aria-label": say("message") }, ...texts.map(({ template, text: words }) => el("option", { value: template, title: words }, words.split(":")[0].slice(0, 60))));
    const preview = el("p", { class: "aside" }, texts[0]?.text);
    choice.addEventListener("change", () => text(preview, texts.find(({ template }) => template === choice.value)?.text));
    const send = el("button", { type: "button", onclick: async () => {
      send.disabled = true;
      try {
        const language = this.words.sms[this.state.language] ? this.state.language : "ru";
        const { outcome, number } = await post(`${this.path}/sms`, { template: choice.value, language });
        note(say(`sms_${outcome}`, { number }), outcome === "refused" ? "bad" : "good");
      } catch (fault) {
        note(fault.message, "bad");
      } finally {
        send.disabled = false;
      }
    } }, say("send"));
    return el("div", {}, choice, preview, send);
  }

  get path() {
    return `/api/desk/contacts/${encodeURIComponent(this.state.call_id)}`;
  }

  change(name, value) {
    this.changed[name] = value;
    text(this.saved, say("saving"));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), SAVE_AFTER_MS);
  }

  // One request at a time: each carries the version that the one before it left
  save() {
    clearTimeout(this.timer);
    this.saving = this.saving.then(() => this.send());
    return this.saving;
  }

  async send() {
    const sent = this.changed;
    if (!Object.keys(sent).length || !this.open) return true;
    this.changed = {};
    try {
      const state = await put(this.path, { version: this.state.version, ...sent });
      if (state.call_id !== this.state.call_id) return true;
      this.state = state;
      this.update();
      text(this.saved, say("saved"));
      this.mark({});
      return true;
    } catch (fault) {
      this.changed = { ...sent, ...this.changed };
      if (fault.id === "conflict") await this.reload();
      else {
        text(this.saved, say("not_saved"));
        this.mark(fault.fields, fault.message);
        if (fault.status === 0) this.timer = setTimeout(() => this.save(), 3000);
      }
      return false;
    }
  }

  // Another window was faster: what is written here goes on top of what is there
  async reload() {
    const { contacts } = await get("/api/desk/contacts");
    const newer = contacts.find(({ call_id: id }) => id === this.state.call_id);
    if (!newer) return;
    this.state = newer;
    if (newer.closed_at) return this.over();
    this.timer = setTimeout(() => this.save(), 0);
  }

  async close() {
    if (!this.open) return;
    await this.save();
    if (Object.keys(this.changed).length) return;
    try {
      this.state = await post(`${this.path}/close`, { version: this.state.version });
      this.over();
    } catch (fault) {
      if (fault.id === "conflict") await this.reload();
      this.mark(fault.fields, fault.message);
    }
  }

  over() {
    this.node.hidden = true;
    note(say("closed"));
    this.closed();
  }

  update() {
    const solved = this.changed.solved ?? this.state.solved;
    this.passedLabel.hidden = solved !== "no";
  }

  mark(faults, message = "") {
    text(this.fault, message);
    for (const marked of this.node.querySelectorAll("[aria-invalid]")) marked.removeAttribute("aria-invalid");
    for (const line of this.node.querySelectorAll(".field-fault")) line.remove();
    let first = null;
    for (const [name, why] of Object.entries(faults)) {
      const [, form, field] = name.split(".");
      if (field && form !== this.form) { this.form = form; this.layForm(); }
      const target = field ? $(`[name="${field}"]`, this.formPlace) : $(`[name="${name}"], [data-name="${name}"]`, this.node);
      if (!target) continue;
      target.setAttribute("aria-invalid", "true");
      target.after(el("span", { class: "fault field-fault" }, why));
      first ??= target.matches(".pick") ? $("button", target) : target;
    }
    if (message) first?.focus();
  }
}

function step(name, ...parts) {
  return el("fieldset", { class: "step" }, el("legend", {}, say(`step_of_${name}`)), ...parts);
}

const usual = (category) => {
  const key = known(`questions_${category}`) ? `questions_${category}` : "questions_other";
  return say(key).split("|");
};
