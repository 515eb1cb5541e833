import { get, post, put, remove } from "../common/api.js";
import { $, el, note, rows, text } from "../common/dom.js";
import { submit } from "../common/form.js";
import { start } from "../common/shell.js";
import { moment, say } from "../common/words.js";

const dialog = $("#dialog");
const form = $("#form");
let changed = null; // the user in the dialog; null: a new one
let me = null;

for (const button of document.querySelectorAll("dialog .close")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}

function open(user) {
  changed = user;
  form.reset();
  text($("#dialog-title"), user ? say("change_of", { login: user.login }) : say("new"));
  form.login.value = user?.login ?? "";
  form.login.disabled = Boolean(user);
  form.name.value = user?.name ?? "";
  form.phone.value = user?.phone ?? "";
  for (const tick of form.roles) tick.checked = user ? user.roles.includes(tick.value) : tick.value === "operator";
  $(".aside", form).hidden = Boolean(user);
  dialog.showModal();
}

submit(form, async ({ login, ...values }) => {
  if (changed) await put(`/api/users/${encodeURIComponent(changed.login)}`, values);
  else tell(await post("/api/users", { login, ...values }));
  dialog.close();
  await load();
});

function tell({ login, password }) {
  text($("#secret-of"), say("secret_of", { login }));
  text($("#secret-password"), password);
  $("#secret").showModal();
}

$("#copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText($("#secret-password").textContent);
  note(say("copied"));
});

// ask before something that hurts; what goes wrong is said
function sure(words, act) {
  text($("#sure-words"), words);
  $("#sure").showModal();
  $("#yes").onclick = async () => {
    $("#sure").close();
    await attempt(act);
  };
}

async function attempt(act) {
  try {
    await act();
    await load();
  } catch (fault) {
    note(fault.message, "bad");
  }
}

function row(first) {
  const path = `/api/users/${encodeURIComponent(first.login)}`;
  const button = (word, act, kind = "quiet") => el("button", { type: "button", class: kind, onclick: act }, say(word));
  const { login } = first;
  const line = el("tr", {},
    ["login", "name", "roles", "phone", "state", "since"].map((part) => el("td", { class: part, data: { label: say(part) } })),
    el("td", { class: "acts" },
      button("change", () => open(line.user)),
      ...(login === me.user.login ? [] : [
        button("new_password", () => sure(say("sure_password", { login }), async () => tell(await post(`${path}/password`)))),
        button("disable", () => attempt(() => put(path, { disabled: !line.user.disabled })), "quiet turn"),
        button("remove", () => sure(say("sure_remove", { login }), () => remove(path)), "quiet"),
      ])));
  return line;
}

function update(line, user) {
  line.user = user;
  text($(".login", line), user.login);
  text($(".name", line), user.name);
  text($(".roles", line), user.roles.map((role) => say(`role_${role}`)).join(", "));
  text($(".phone", line), user.phone);
  text($(".since", line), moment(user.created_at));
  const state = user.disabled ? ["bad", "disabled"] : user.demo ? ["warn", "demo"] : ["good", "active"];
  $(".state", line).replaceChildren(el("span", { class: `tag ${state[0]}` }, say(state[1])));
  const turn = $(".turn", line);
  if (turn) text(turn, say(user.disabled ? "enable" : "disable"));
}

async function load() {
  const { users, phones } = await get("/api/users");
  const listed = ["", ...phones];
  if (form.phone.options.length !== listed.length) {
    form.phone.replaceChildren(...listed.map((phone) => el("option", { value: phone }, phone || say("no_phone"))));
  }
  rows($("#users"), users, (user) => user.login, row, update);
}

$("#new").addEventListener("click", () => open(null));
me = await start();
await load();
