// The newest board, the filters, and the server's clock: what every part of the page looks at.
import { language, say } from "../common/words.js";

export const state = { board: null, day: null, metrics: new Map(), received: 0, offset: 0 };
export const filter = { site: null, queue: null };

const KEY = "board-filter";

export function restoreFilter() {
  try {
    Object.assign(filter, JSON.parse(sessionStorage.getItem(KEY) ?? "{}"));
  } catch {
    sessionStorage.removeItem(KEY);
  }
}

export function keepFilter() {
  sessionStorage.setItem(KEY, JSON.stringify(filter));
}

export function take(board) {
  state.board = board;
  state.received = Date.now();
  state.offset = Date.parse(board.at) - state.received;
}

// The server's time now, in ms
export const now = () => Date.now() + state.offset;

// Seconds since an ISO moment, by the server's clock
export const age = (iso) => (iso ? Math.max(0, (now() - Date.parse(iso)) / 1000) : 0);

export const shownQueues = () => state.board.queues.filter((queue) =>
  (filter.queue === null || queue.name === filter.queue) && (filter.site === null || queue.site === filter.site));

export const inWords = (names) => (names ? names[language] ?? names.ru ?? "" : "");

// A queue's name as people say it: that of its call centre
export function queueName(name) {
  const queue = state.board?.queues.find((each) => each.name === name);
  if (!queue) return name;
  if (!queue.site) return say("common_queue");
  return inWords(state.board.sites.find((site) => site.id === queue.site)?.names) || name;
}

// The sum of the counts of several queues
export function sum(queues) {
  const found = {};
  for (const { counts } of queues) {
    for (const [name, much] of Object.entries(counts)) found[name] = (found[name] ?? 0) + much;
  }
  return found;
}

const clocks = new Map();

// "14:05" in a zone, at `ms`
export function clockIn(zone, ms = now()) {
  if (!zone) return "";
  if (!clocks.has(zone)) {
    clocks.set(zone, new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone }));
  }
  return clocks.get(zone).format(ms);
}
