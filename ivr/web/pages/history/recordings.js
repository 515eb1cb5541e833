// Recordings of the talks of a call: played here, each listening on record and shown.
import { get } from "../common/api.js";
import { $, el, note, rows, text } from "../common/dom.js";
import { clock, moment, say } from "../common/words.js";
import { second } from "./line.js";

let shown = ""; // the call that the box is about

export async function recordings(call, permitted) {
  const box = $("#recordings-box");
  if (call !== shown) box.hidden = true;
  shown = call;
  if (!permitted) return;
  let told;
  try {
    told = await get(`/api/history/${encodeURIComponent(call)}/recordings`);
  } catch (fault) {
    if (call === shown) note(fault.message, "bad");
    return;
  }
  if (call !== shown) return;
  box.hidden = told.recordings.length === 0;
  rows($("#recordings"), told.recordings, (each) => each.file, make, update);
  $("#listens-box").hidden = told.listens.length === 0;
  text($("#listens-box summary"), say("listened_by", { n: told.listens.length }));
  rows($("#listens"), told.listens, (each) => `${each.at} ${each.who}`, () => el("li"), (line, each) => text(line, say("listen", { who: each.who, when: moment(each.at), began: second(each.began_at) })));
  text($("#kept"), say("kept_days", { n: told.kept_days }));
}

// A row keeps its player while it plays
function make(first) {
  const line = el("li", {}, el("span"), el("audio", { controls: true, preload: "none", "aria-label": say("recording_of", { operator: first.operator, when: second(first.began_at) }) }), el("p", { class: "aside" }));
  const player = line.children[1];
  player.addEventListener("play", () => setTimeout(() => recordings(shown, true), 500), { once: true });
  player.addEventListener("error", () => text(line.lastChild, say("recording_failed")));
  return line;
}

function update(line, each) {
  const [about, player, state] = line.children;
  text(about, `${say("recording_of", { operator: each.operator, when: second(each.began_at) })} · ${clock(each.seconds)}`);
  player.hidden = !each.url;
  if (each.url && player.getAttribute("src") !== each.url) player.src = each.url;
  text(state, each.state === "ready" ? "" : say(`recording_${each.state}`, { when: each.deleted_at ? moment(each.deleted_at) : "" }));
}
