import { $, el } from "../common/dom.js";
import { start } from "../common/shell.js";
import { known, say } from "../common/words.js";

const { pages } = await start();
$("#choice").replaceChildren(...pages.map(({ name, path }) => el("a", { class: "card", href: path },
  el("strong", {}, say(`nav_${name}`)), known(`about_${name}`) && el("span", {}, say(`about_${name}`)))));
if (!pages.length) $("#choice").append(el("p", {}, say("nothing")));
