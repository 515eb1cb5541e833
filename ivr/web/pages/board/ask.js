// A dialog that asks for what a deed needs. Opens anew each time, gives the focus back when it closes.
import { el, note } from "../common/dom.js";
import { submit } from "../common/form.js";
import { say } from "../common/words.js";

let serial = 0;

// open({title, about, parts}): `parts` are nodes; forms of part() among them. Returns the dialog.
export function open({ title, about = "", parts }) {
  const id = `ask-${serial += 1}`;
  const before = document.activeElement;
  const dialog = el("dialog", { "aria-labelledby": id, class: "ask" },
    el("div", { class: "heading" }, el("h2", { id }, title),
      el("button", { type: "button", class: "quiet", "aria-label": say("close"), onclick: () => dialog.close() }, "✕")),
    about && el("p", { class: "aside" }, about), parts);
  dialog.addEventListener("close", () => {
    dialog.remove();
    before?.isConnected && before.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

// part(title, fields, button, async values => words to show at the end): one form of a dialog
export function part(title, fields, button, send, kind = "main") {
  const form = el("form", { class: "part" }, title && el("h3", {}, title), fields,
    el("div", { class: "buttons" }, el("button", { class: kind }, button)), el("p", { class: "fault", role: "alert" }));
  submit(form, async (values) => {
    const words = await send(values);
    form.closest("dialog")?.close();
    if (words) note(words);
  });
  return form;
}

export const field = (name, words, attributes = {}) =>
  el("label", {}, words, el("input", { name, maxlength: 300, autocomplete: "off", ...attributes }));

// choice("queue", "Queue", [["ural", "Ural", false], …]): the third is true where it cannot be chosen
export const choice = (name, words, options) => el("label", {}, words, el("select", { name },
  options.map(([value, text, disabled]) => el("option", { value, disabled: Boolean(disabled) }, text))));
