// What is looked for: a form, and the same in the address, so that a list can be sent to a colleague.
import { el } from "../common/dom.js";
import { say } from "../common/words.js";

const FIELDS = ["number", "ticket", "operator", "queue", "category", "outcome", "from", "to", "region", "language", "source", "numbers"];
// never in the address: it stays in the browser's history, and goes into logs on the way
const UNSAID = new Set(["number"]);

// The question to the server: times get the offset of this browser's clock
export function query(form) {
  const wanted = {};
  for (const name of FIELDS) {
    const field = form.elements[name];
    const value = field.type === "checkbox" ? (field.checked ? field.value : "") : field.value.trim();
    if (value) wanted[name] = name === "from" || name === "to" ? new Date(value).toISOString() : value;
  }
  return wanted;
}

const asked = () => location.search.slice(1);

function said(form) {
  return new URLSearchParams(Object.entries(query(form)).filter(([name]) => !UNSAID.has(name))).toString();
}

// Has the address come to say something else than the form?
export const elsewhere = (form) => asked() !== said(form);

export function keep(form) {
  const search = said(form);
  if (search !== asked()) history.pushState(null, "", `${location.pathname}${search && `?${search}`}${location.hash}`);
}

export function restore(form) {
  const told = new URLSearchParams(location.search);
  for (const name of FIELDS) {
    const field = form.elements[name];
    const value = told.get(name) ?? "";
    if (UNSAID.has(name)) continue;
    if (field.type === "checkbox") field.checked = value === field.value;
    else if (name === "from" || name === "to") field.value = value ? local(value) : "";
    else field.value = value;
    if (value && field.closest("details")) field.closest("details").open = true;
  }
}

function local(iso) {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export function fill(form, names) {
  for (const field of form.querySelectorAll("select")) {
    const options = [...(names[field.name] ?? [])].map(([value, words]) => el("option", { value }, words));
    field.replaceChildren(el("option", { value: "" }, say("any")), ...options);
  }
}
