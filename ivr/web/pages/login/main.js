import { forgetSession, post } from "../common/api.js";
import { $ } from "../common/dom.js";
import { submit } from "../common/form.js";
import { start } from "../common/shell.js";

// where he wanted to go, if that is here
function next() {
  const wanted = new URL(new URLSearchParams(location.search).get("next") ?? "/", location.origin);
  return wanted.origin === location.origin && wanted.pathname !== "/login" ? wanted.pathname + wanted.search : "/";
}

submit($("#login"), async (values) => {
  forgetSession(await post("/api/login", values));
  location.assign(next());
});

start();
