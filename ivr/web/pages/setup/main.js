import { forgetSession, post } from "../common/api.js";
import { $ } from "../common/dom.js";
import { submit } from "../common/form.js";
import { start } from "../common/shell.js";
import { say } from "../common/words.js";

// the link's secret is behind the #: it was sent to no server, and leaves the address bar now
const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);

submit($("#setup"), async (values) => {
  forgetSession(await post("/api/setup", { ...values, token: token || "-" }));
  location.assign("/");
});
if (!token) $("p.fault").textContent = say("no_token");
start();
