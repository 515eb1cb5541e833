// Building and updating pages without markup in strings: text is text, whoever it came from.
export const $ = (selector, root = document) => root.querySelector(selector);

// el("button", {class: "main", onclick: f, disabled: true, data: {id: 3}}, "text", child, …)
export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  set(node, attributes);
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function set(node, attributes) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "data") Object.assign(node.dataset, value);
    else if (value === false || value === null || value === undefined) node.removeAttribute(key);
    else if (key === "value" || key === "checked" || key === "selected") node[key] = value;
    else node.setAttribute(key, value === true ? "" : value);
  }
  return node;
}

// text(node, "…"): touches the page only when it differs
export function text(node, value) {
  const wanted = String(value ?? "");
  if (node.textContent !== wanted) node.textContent = wanted;
  return node;
}

// Rows that stay where they are: rows(parent, items, key, make, update). A row of a known key is updated in place,
// is moved only when the order is another one, and keeps its focus.
export function rows(parent, items, key, make, update) {
  const before = parent.rowsByKey ?? new Map();
  const now = new Map();
  let place = null;
  for (const item of items) {
    const id = String(key(item));
    const row = before.get(id) ?? make(item);
    before.delete(id);
    update?.(row, item);
    const wanted = place ? place.nextSibling : parent.firstChild;
    if (row !== wanted) parent.insertBefore(row, wanted);
    now.set(id, row);
    place = row;
  }
  for (const gone of before.values()) gone.remove();
  parent.rowsByKey = now;
}

// note("saved"), note("…", "bad"): a line at the edge that goes away by itself
export function note(words, kind = "good") {
  const line = el("div", { class: `note ${kind}` }, words);
  document.getElementById("notes").append(line);
  setTimeout(() => line.remove(), kind === "bad" ? 9000 : 4000);
}
