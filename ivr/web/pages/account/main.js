import { get, post, put } from "../common/api.js";
import { $, el, note } from "../common/dom.js";
import { submit } from "../common/form.js";
import { start } from "../common/shell.js";
import { say } from "../common/words.js";

const form = $("#prefer");
const cookie = (name) => { document.cookie = `${name}=; Path=/; Max-Age=0; SameSite=Lax`; };

submit(form, async (values) => {
  await put("/api/account", values);
  cookie("language"); // the account has its own word now
  cookie("theme");
  location.reload();
});

submit($("#password"), async (values) => {
  await post("/api/account/password", values);
  $("#password").reset();
  note(say("password_changed"));
});

$("#everywhere").addEventListener("click", async () => {
  try {
    await post("/api/logout-everywhere");
    note(say("elsewhere_done"));
  } catch (fault) {
    note(fault.message, "bad");
  }
});

await start();
const mine = await get("/api/account");
form.language.value = mine.language;
form.theme.value = mine.theme;
// what is chosen before must not be overwritten by what comes after
for (const field of [form.language, form.theme]) field.disabled = false;
const facts = [["login", mine.login], ["name", mine.name], ["roles", mine.roles.map((role) => say(`role_${role}`)).join(", ")]];
if (mine.phone) facts.push(["phone", mine.phone]);
$("#mine").replaceChildren(...facts.flatMap(([name, value]) => [el("dt", {}, say(name)), el("dd", {}, value)]));
