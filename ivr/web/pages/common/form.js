// Forms: sends what is filled in, shows each fault at its field and in words, keeps the button still meanwhile.
import { $, el, set, text } from "./dom.js";

// submit(form, values => promise): `values` is {name: text}; several ticks of one name are a list
export function submit(form, send) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter ?? $("button", form);
    button.disabled = true;
    clear(form);
    try {
      await send(values(form));
    } catch (fault) {
      if (fault.fields === undefined) throw fault;
      show(form, fault);
    } finally {
      button.disabled = false;
    }
  });
}

export function values(form) {
  const found = {};
  for (const field of form.elements) {
    if (!field.name) continue;
    if (field.type === "checkbox") {
      found[field.name] ??= [];
      if (field.checked) found[field.name].push(field.value);
    } else if (field.type !== "radio" || field.checked) found[field.name] = field.value;
  }
  return found;
}

function clear(form) {
  for (const line of form.querySelectorAll("label > .fault, fieldset > .fault")) line.remove();
  for (const field of form.elements) set(field, { "aria-invalid": null, "aria-describedby": null });
  const all = $("p.fault", form);
  if (all) text(all, "");
}

function show(form, fault) {
  let first = null;
  for (const [name, words] of Object.entries(fault.fields)) {
    const field = [...form.elements].find((one) => one.name === name);
    if (!field) continue;
    const id = `fault-${name}`;
    const place = field.type === "checkbox" ? field.closest("fieldset") : field.closest("label");
    place.append(el("span", { class: "fault", id }, words));
    set(field, { "aria-invalid": "true", "aria-describedby": id });
    first ??= field;
  }
  const all = $("p.fault", form);
  if (all) text(all, fault.message);
  (first ?? $("input", form))?.focus();
}
