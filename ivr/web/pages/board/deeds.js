// Who did what, to whom and why: read when it is opened.
import { get } from "../common/api.js";
import { $, el, note, rows, text } from "../common/dom.js";
import { known, moment, say } from "../common/words.js";
import { queueName } from "./state.js";

const PAGE = 50;

export function deeds() {
  const body = el("tbody");
  const more = el("button", { type: "button", class: "quiet" }, say("deeds_more"));
  let list = [];
  const load = async (before = 0) => {
    try {
      const { deeds: found } = await get("/api/audit", { limit: PAGE, ...(before && { before }) });
      list = before ? [...list, ...found] : found;
      rows(body, list, (deed) => deed.id, make, update);
      more.hidden = found.length < PAGE;
    } catch (fault) {
      note(fault.message, "bad");
    }
  };
  more.addEventListener("click", () => load(list.at(-1)?.id ?? 0));
  const details = el("details", { ontoggle: (event) => event.currentTarget.open && load() },
    el("summary", {}, say("deeds")),
    el("div", { class: "scroll" }, el("table", { class: "cards labelled" }, el("thead", {}, el("tr", {},
      ["deed_at", "deed_who", "deed", "deed_to", "why_reason", "deed_outcome"].map((word) => el("th", { scope: "col" }, say(word))))), body), more));
  $("#panels").append(el("section", { class: "box deeds" }, details));
}

function make() {
  const cells = Array.from({ length: 6 }, () => el("td"));
  ["deed_at", "deed_who", "deed", "deed_to", "why_reason", "deed_outcome"].forEach((word, n) => {
    cells[n].dataset.label = say(word);
  });
  const row = el("tr", {}, cells);
  row.cells_ = cells;
  return row;
}

function update(row, deed) {
  const words = (prefix, id) => (known(`${prefix}_${id}`) ? say(`${prefix}_${id}`) : id);
  const where = deed.data.queue ? ` → ${queueName(deed.data.queue)}${deed.data.position ? ` №${deed.data.position}` : ""}` : "";
  const reason = deed.data.reason ? ` (${words("reason", deed.data.reason)})` : "";
  [moment(deed.at), deed.who, words("deed", deed.action) + reason, deed.target + where, deed.why, words("outcome", deed.outcome || "unknown")]
    .forEach((value, n) => text(row.cells_[n], value));
}
