// Live state over one WebSocket, which comes back by itself. on("board", data => …) gets the snapshot and every newer one.
import { forgetSession, session, toLogin } from "./api.js";

const SESSION_OVER = 4401;
const listeners = new Map(); // topic -> Set of {take, refused}
const watchers = new Set();
let socket = null;
let attempts = 0;
let timer = null;
let up = false;

// Returns a function that stops listening. `refused(error)`: the server will not tell us.
export function on(topic, take, refused = () => {}) {
  const listener = { take, refused };
  const fresh = !listeners.has(topic);
  if (fresh) listeners.set(topic, new Set());
  listeners.get(topic).add(listener);
  if (!socket) connect();
  else if (socket.readyState === WebSocket.OPEN) tell({ subscribe: [topic] });
  return () => {
    const known = listeners.get(topic);
    if (!known?.delete(listener) || known.size) return;
    listeners.delete(topic);
    if (socket?.readyState === WebSocket.OPEN) tell({ unsubscribe: [topic] });
  };
}

// watch(up => …): is the connection there? Called at once and at every change.
export function watch(told) {
  watchers.add(told);
  told(up);
}

function tell(message) {
  socket.send(JSON.stringify(message));
}

function turn(state) {
  if (state === up) return;
  up = state;
  for (const told of watchers) told(up);
}

function connect() {
  clearTimeout(timer);
  const own = new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/live`);
  socket = own;
  own.addEventListener("open", () => {
    attempts = 0;
    turn(true);
    if (listeners.size) tell({ subscribe: [...listeners.keys()] });
  });
  own.addEventListener("message", (event) => {
    const { topic, data, error } = JSON.parse(event.data);
    for (const listener of listeners.get(topic) ?? []) {
      if (error) listener.refused(error);
      else listener.take(data);
    }
  });
  own.addEventListener("close", (event) => {
    if (own !== socket) return;
    socket = null;
    turn(false);
    if (event.code === SESSION_OVER) return renew();
    // soon at first, and not all browsers at the same moment
    const wait = Math.min(10_000, 300 * 2 ** attempts) * (0.5 + Math.random());
    attempts += 1;
    timer = setTimeout(connect, wait);
  });
}

// Logged out, or only with other roles than before?
async function renew() {
  forgetSession();
  const me = await session().catch(() => null);
  if (me && !me.user) toLogin();
  else connect();
}

addEventListener("online", () => {
  if (!socket && listeners.size) connect();
});
