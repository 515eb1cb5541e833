import { $, el } from "../common/dom.js";
import { start } from "../common/shell.js";
import { known, say } from "../common/words.js";

const { pages, user } = await start();
const choice = [...pages, user ? { name: "account", path: "/account" } : { name: "login", path: "/login" }];
$("#choice").replaceChildren(...choice.map(({ name, path }) => el("a", { class: "card", href: path },
  el("strong", {}, say(`nav_${name}`)), known(`about_${name}`) && el("span", {}, say(`about_${name}`)))));
