// What is written down of a conversation, in the order of a conversation: purpose, clarifications, form, solved?, number.
import { post } from "../common/api.js";
import { $, el, note, text } from "../common/dom.js";
import { known, say } from "../common/words.js";
import { group } from "./card.js";
import { Draft } from "./draft.js";
import { fields, values } from "./form.js";

const SAVE_AFTER_MS = 700;
const AGAIN_MS = 3000;

export class Contact {
  // words: forms, departments and messages; `closed()`: called when it is over
  constructor(node, words, closed) {
    this.node = node;
    this.words = words;
    this.closed = closed;
    this.draft = null; // the conversation that is shown
    this.drafts = new Map(); // by call: the one that is shown, and whatever has not been accepted of others
    this.timer = null;
    this.saving = Promise.resolve();
  }

  get state() {
    return this.draft?.state ?? null;
  }

  get open() {
    return Boolean(this.draft?.open);
  }

  get unsaved() {
    return [...this.drafts.values()].some((draft) => draft.dirty && draft.open);
  }

  shows(id) {
    return this.open && this.draft.id === id;
  }

  show(state) {
    const draft = this.drafts.get(state.call_id) ?? new Draft(state);
    draft.renew(state);
    for (const [id, other] of this.drafts) if (!other.dirty) this.drafts.delete(id);
    this.drafts.set(draft.id, draft);
    this.draft = draft;
    const written = Object.keys(draft.value("forms"))[0];
    this.form = written ?? this.words.forms.find((form) => form.categories.includes(state.category))?.id;
    this.node.hidden = false;
    this.build();
    if (draft.dirty) this.tell();
  }

  build() {
    const { draft, state } = this;
    this.saved = el("span", { class: "saved", role: "status" });
    this.purpose = el("textarea", { name: "purpose", "aria-label": say("step_of_purpose"), rows: 2, maxlength: 2000, value: draft.value("purpose"), placeholder: say("purpose_hint"), oninput: () => this.change("purpose", this.purpose.value) });
    this.questions = el("div", { class: "questions" });
    this.formPlace = el("div");
    this.tabs = el("div", { class: "form-tabs", role: "group", "aria-label": say("form") });
    this.passed = el("select", { name: "passed_to", onchange: () => this.change("passed_to", this.passed.value) },
      el("option", { value: "" }, say("nobody_passed")),
      ...this.words.departments.map(({ id, name, words }) => el("option", { value: id, title: words }, name)));
    this.passed.value = draft.value("passed_to");
    this.passedLabel = el("label", {}, say("pass_on_to"), this.passed);
    this.note = el("textarea", { name: "note", "aria-label": say("step_of_note"), rows: 2, maxlength: 2000, value: draft.value("note"), oninput: () => this.change("note", this.note.value) });
    this.said = el("input", { type: "checkbox", name: "protocol_said", checked: draft.value("protocol_said"), onchange: () => this.change("protocol_said", this.said.checked) });
    this.fault = el("p", { class: "fault", role: "alert" });
    this.node.replaceChildren(
      el("div", { class: "contact-bar" }, el("h2", {}, say("conversation")), this.saved),
      step("purpose", this.purpose),
      step("clarify", this.questions),
      step("form", this.tabs, this.formPlace),
      step("solved", this.pick("solved", draft.value("solved"), (answer) => { this.change("solved", answer); this.update(); }), this.passedLabel),
      step("note", this.note),
      step("protocol", el("p", { class: "protocol" }, state.ticket ? group(state.ticket) : say("no_ticket")),
        el("label", { class: "tick" }, this.said, say("protocol_said"))),
      step("message", this.messages()),
      this.fault,
      el("div", { class: "buttons" }, el("button", { type: "button", class: "main", onclick: () => this.close(), title: "Ctrl+Enter" }, say("close"))),
    );
    this.asked = draft.value("clarified").map(([question, answer]) => ({ question, answer }));
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
      type: "button", "aria-pressed": String(id === this.form), onclick: () => { this.form = id; this.layForm(); if (this.draft.fault) this.tell(); },
    }, name)));
    const form = this.words.forms.find(({ id }) => id === this.form);
    this.formPlace.replaceChildren(form ? fields(form, this.formValues(form.id), () => {
      this.change("forms", { ...this.draft.changed.forms, [form.id]: values(this.formPlace) });
    }) : "");
  }

  formValues = (id) => this.draft.changed.forms?.[id] ?? this.state.forms[id] ?? {};

  messages() {
    const texts = this.words.sms[this.state.language] ?? this.words.sms.ru;
    const choice = el("select", { "aria-label": say("message") }, ...texts.map(({ template, text: words }) => el("option", { value: template, title: words }, words.split(":")[0].slice(0, 60))));
    const preview = el("p", { class: "aside" }, texts[0]?.text);
    choice.addEventListener("change", () => text(preview, texts.find(({ template }) => template === choice.value)?.text));
    const send = el("button", { type: "button", onclick: async () => {
      send.disabled = true;
      try {
        const language = this.words.sms[this.state.language] ? this.state.language : "ru";
        const { outcome, number } = await post(`${this.draft.path}/sms`, { template: choice.value, language });
        note(say(`sms_${outcome}`, { number }), outcome === "refused" ? "bad" : "good");
      } catch (fault) {
        note(fault.message, "bad");
      } finally {
        send.disabled = false;
      }
    } }, say("send"));
    return el("div", {}, choice, preview, send);
  }

  change(name, value) {
    this.draft.change(name, value);
    text(this.saved, say("saving"));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), SAVE_AFTER_MS);
  }

  // One request at a time: each carries the version that the one before it left
  save() {
    clearTimeout(this.timer);
    this.timer = null;
    this.saving = this.saving.then(() => this.send()).catch((wrong) => console.error(wrong));
    return this.saving;
  }

  async send() {
    for (const draft of [...this.drafts.values()]) {
      if (!draft.waits) continue;
      await draft.send();
      if (!draft.open) this.over(draft);
      else if (draft === this.draft) this.tell();
      else if (!draft.dirty) this.drafts.delete(draft.id);
    }
    const again = [...this.drafts.values()].some((draft) => draft.waits);
    if (again) this.timer ??= setTimeout(() => this.save(), AGAIN_MS);
  }

  // How it stands with what is shown; `ask`: go to what is at fault, for nobody is writing elsewhere
  tell(ask = false) {
    const { fault, dirty } = this.draft;
    const marked = Object.keys(fault?.fields ?? {}).length > 0;
    text(this.saved, say(fault ? (marked ? "saved_but" : "not_saved") : dirty ? "saving" : "saved"));
    this.update();
    this.mark(fault?.fields ?? {}, fault?.message, ask);
  }

  async close() {
    const { draft } = this;
    if (!this.open || this.closing) return;
    this.closing = true;
    try {
      await this.save();
      if (draft.open && !draft.dirty) draft.state = await post(`${draft.path}/close`, { version: draft.state.version });
      if (!draft.open) this.over(draft);
      else if (draft === this.draft) this.tell(true);
    } catch (fault) {
      if (fault.id === "conflict") await draft.reload().catch(() => {});
      if (!draft.open) this.over(draft);
      else if (draft === this.draft) this.mark(fault.fields ?? {}, fault.message, true);
    } finally {
      this.closing = false;
    }
  }

  // It is closed, here or in another window
  over(draft) {
    if (!this.drafts.delete(draft.id)) return;
    note(say("closed"));
    if (draft !== this.draft) return;
    this.node.hidden = true;
    this.closed();
  }

  update() {
    this.passedLabel.hidden = this.draft.value("solved") !== "no";
  }

  mark(faults, message = "", ask = false) {
    text(this.fault, message);
    for (const marked of this.node.querySelectorAll("[aria-invalid]")) marked.removeAttribute("aria-invalid");
    for (const line of this.node.querySelectorAll(".field-fault")) line.remove();
    let first = null;
    for (const [name, why] of Object.entries(faults)) {
      const [, form, field] = name.split(".");
      if (field && form !== this.form) {
        if (!ask) continue;
        this.form = form;
        this.layForm();
      }
      const target = field ? $(`[name="${field}"]`, this.formPlace) : $(`[name="${name}"], [data-name="${name}"]`, this.node);
      if (!target) continue;
      target.setAttribute("aria-invalid", "true");
      target.after(el("span", { class: "fault field-fault" }, why));
      first ??= target.matches(".pick") ? $("button", target) : target;
    }
    if (ask) first?.focus();
  }
}

function step(name, ...parts) {
  return el("fieldset", { class: "step" }, el("legend", {}, say(`step_of_${name}`)), ...parts);
}

const usual = (category) => {
  const key = known(`questions_${category}`) ? `questions_${category}` : "questions_other";
  return say(key).split("|");
};
