import { forgetSession, post } from "../common/api.js";
import { $, text } from "../common/dom.js";
import { start } from "../common/shell.js";

const form = $("#login");

// where he wanted to go, if that is here
function next() {
  const wanted = new URL(new URLSearchParams(location.search).get("next") ?? "/", location.origin);
  return wanted.origin === location.origin && wanted.pathname !== "/login" ? wanted.pathname + wanted.search : "/";
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = $("button", form);
  button.disabled = true;
  text($("#fault"), "");
  try {
    forgetSession(await post("/api/login", { login: form.login.value, password: form.password.value }));
    location.assign(next());
  } catch (fault) {
    text($("#fault"), fault.message);
    form.password.select();
  } finally {
    button.disabled = false;
  }
});

start();
