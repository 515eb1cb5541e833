// A form from its description: a field for each line of it.
import { el } from "../common/dom.js";
import { say } from "../common/words.js";

const INPUT = { inn: "numeric", snils: "numeric", oktmo: "numeric", passport: "numeric", licence: "numeric", money: "decimal" };

export function fields(form, filled, changed) {
  return el("div", { class: "fields" }, ...form.fields.map((field) => one(field, filled[field.id] ?? "", changed)));
}

function one(field, value, changed) {
  const common = { name: field.id, "aria-required": field.required ? "true" : null, oninput: changed, data: { kind: field.kind } };
  const input = make(field, value, common);
  return el("label", { class: field.kind === "text" ? "wide" : null },
    field.name, field.required && el("span", { title: say("required"), "aria-hidden": "true" }, " *"), input,
    field.hint && el("span", { class: "aside" }, field.hint));
}

function make(field, value, common) {
  if (field.kind === "text") return el("textarea", { ...common, rows: 2, maxlength: 2000, value });
  if (field.kind === "choice" || field.kind === "yes_no") {
    const options = field.kind === "choice" ? Object.entries(field.options) : [["yes", say("yes")], ["no", say("no")]];
    const select = el("select", common, el("option", { value: "" }, "—"), ...options.map(([id, words]) => el("option", { value: id }, words)));
    select.value = value;
    return select;
  }
  if (field.kind === "moment") return el("input", { ...common, type: "datetime-local", value: value && local(value) });
  return el("input", { ...common, value, maxlength: 200, inputmode: INPUT[field.kind] ?? null, autocomplete: "off" });
}

export function values(node) {
  const found = {};
  for (const input of node.querySelectorAll("[name]")) {
    const moment = input.dataset.kind === "moment" && input.value;
    found[input.name] = moment ? new Date(input.value).toISOString() : input.value;
  }
  return found;
}

// 2026-11-25T09:00:00+03:00 as the browser's own clock shows it, for a datetime-local field
function local(iso) {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? "" : new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
