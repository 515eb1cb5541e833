// What every page has around it: navigation by role, who is logged in, theme and language, the state of the connection.
import { forgetSession, post, put, session } from "./api.js";
import { $, el, note } from "./dom.js";
import { watch } from "./live.js";
import { language, say } from "./words.js";

const YEAR = 365 * 24 * 3600;

// Build the bar; answers {user, pages, …}. `live`: show when the connection is away.
export async function start({ live = false } = {}) {
  const me = await session();
  $("#nav").replaceChildren(...me.pages.map(({ name, path }) => el("a", {
    href: path, "aria-current": path === location.pathname ? "page" : null,
  }, say(`nav_${name}`))));
  $("#account").replaceChildren(themeButton(me.user), languageButton(me.user), ...visitor(me.user));
  if (live) showConnection();
  return me;
}

// A connection that comes at once, or back at once, is no news.
function showConnection() {
  let timer = null;
  watch((up) => {
    clearTimeout(timer);
    const show = () => {
      document.body.classList.toggle("away", !up);
      $("#state").textContent = up ? "" : say("connecting");
    };
    if (up) show();
    else timer = setTimeout(show, 1500);
  });
}

function visitor(user) {
  if (user) return [person(user)];
  return location.pathname === "/login" ? [] : [el("a", { class: "button quiet", href: "/login" }, say("nav_login"))];
}

function person(user) {
  const leave = async () => {
    try {
      await post("/api/logout");
    } catch (fault) {
      if (fault.status !== 401) return note(fault.message, "bad");
    }
    forgetSession();
    location.assign("/login");
  };
  return el("span", { class: "person" },
    el("a", { class: "name", href: "/account", title: `${say("nav_account")} (${user.login})` }, user.name),
    user.demo && el("span", { class: "tag warn" }, say("demo")),
    el("button", { type: "button", class: "quiet", onclick: leave }, say("log_out")));
}

function cookie(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; Path=/; Max-Age=${YEAR}; SameSite=Lax${secure}`;
}

let kept = Promise.resolve();

// What is chosen is kept with the account, else in the browser alone; one choice after the other.
export function prefer(user, choice) {
  for (const [name, value] of Object.entries(choice)) cookie(name, value);
  if (user) kept = kept.then(() => put("/api/account", choice)).catch((fault) => note(fault.message, "bad"));
  return kept;
}

function themeButton(user) {
  const dark = () => (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const turn = () => {
    const wanted = dark() ? "light" : "dark";
    document.documentElement.dataset.theme = wanted;
    prefer(user, { theme: wanted });
  };
  return el("button", { type: "button", class: "quiet", onclick: turn, title: say("theme_switch"), "aria-label": say("theme_switch") }, "◐");
}

function languageButton(user) {
  const other = language === "ru" ? "en" : "ru";
  const turn = async () => {
    await prefer(user, { language: other });
    location.reload();
  };
  return el("button", { type: "button", class: "quiet", onclick: turn, lang: other, title: say("language_switch") }, other.toUpperCase());
}

