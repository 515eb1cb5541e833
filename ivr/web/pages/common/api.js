// Speaking to the server: JSON both ways, the session's second secret in a header, failures as ApiFault.
import { say } from "./words.js";

export class ApiFault extends Error {
  constructor(status, body) {
    super(body.message ?? say("no_answer"));
    this.status = status;
    this.id = body.error_id ?? "network";
    this.fields = body.fields ?? {};
  }
}

let asked = null;

// Who am I? {user, csrf, language, pages}; asked once
export function session() {
  asked ??= send("GET", "/api/session").catch((fault) => {
    asked = null;
    throw fault;
  });
  return asked;
}

// After a log-in or a log-out
export function forgetSession(known = null) {
  asked = known && Promise.resolve(known);
}

export const get = (path, query) => send("GET", query ? `${path}?${new URLSearchParams(query)}` : path);
export const post = (path, body) => change("POST", path, body);
export const put = (path, body) => change("PUT", path, body);
// A file as it is, such as a recording: its type is the blob's
export const upload = (path, blob) => change("POST", path, blob);
export const remove = (path, body) => change("DELETE", path, body);

async function change(method, path, body, again = true) {
  const { csrf } = await session();
  try {
    return await send(method, path, body, csrf);
  } catch (fault) {
    if (fault.id !== "csrf" || !again) throw fault;
    forgetSession(); // somebody logged in or out in another tab
    return change(method, path, body, false);
  }
}

async function send(method, path, body, csrf) {
  const headers = { Accept: "application/json" };
  if (csrf) headers["X-CSRF-Token"] = csrf;
  const file = body instanceof Blob;
  if (body !== undefined) headers["Content-Type"] = file ? body.type : "application/json";
  let answer;
  try {
    answer = await fetch(path, { method, headers, body: body === undefined || file ? body : JSON.stringify(body) });
  } catch {
    throw new ApiFault(0, {});
  }
  const text = await answer.text();
  let value = null;
  try {
    value = text ? JSON.parse(text) : null;
  } catch {
    throw new ApiFault(answer.status, {});
  }
  if (answer.ok) return value;
  const fault = new ApiFault(answer.status, value ?? {});
  if (fault.id === "login_needed" && toLogin()) return new Promise(() => {}); // the page is being left
  throw fault;
}

// false: we are there
export function toLogin() {
  if (location.pathname === "/login") return false;
  location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  return true;
}
