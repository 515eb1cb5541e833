// What is written of one conversation and has not been accepted yet: apart from every other, by its call.
import { get, put } from "../common/api.js";

const TRIES = 4;

export class Draft {
  constructor(state) {
    this.state = state; // as the server has it
    this.changed = {}; // what is written here and not accepted; also while it is on its way
    this.fault = null; // why the last request was refused
    this.edits = 0;
    this.refused = -1; // the edit that waiting does not help
  }

  get id() {
    return this.state.call_id;
  }

  get path() {
    return `/api/desk/contacts/${encodeURIComponent(this.id)}`;
  }

  get open() {
    return !this.state.closed_at;
  }

  get dirty() {
    return Object.keys(this.changed).length > 0;
  }

  // Something that may be accepted has still to be sent
  get waits() {
    return this.dirty && this.open && this.refused !== this.edits;
  }

  value(name) {
    return this.changed[name] ?? this.state[name];
  }

  change(name, value) {
    this.changed[name] = value;
    this.edits += 1;
  }

  // The conversation as the server has it now; what is written here stays on top
  renew(state) {
    if (state.version > this.state.version) this.state = state;
  }

  // Never fails: what is not accepted stays in `changed`, and `fault` says why
  async send() {
    const { edits } = this;
    try {
      await this.put({ ...this.changed });
      this.fault = null;
    } catch (fault) {
      this.fault = fault;
      if (!passing(fault)) this.refused = edits;
    }
  }

  async put(sent, tries = TRIES) {
    try {
      this.accept(await put(this.path, { version: this.state.version, ...sent }), sent);
    } catch (fault) {
      if (fault.id !== "conflict" || !tries) return this.putRest(sent, fault);
      // another window was faster: what is written here goes on top of what is there
      await this.reload();
      if (this.open) await this.put(sent, tries - 1);
    }
  }

  // One field that is half typed must not keep the rest from being saved
  async putRest(sent, fault) {
    const { rest, left } = parted(sent, Object.keys(fault.fields ?? {}), this.state);
    if (Object.keys(left).length && Object.keys(rest).length) {
      this.accept(await put(this.path, { version: this.state.version, ...rest }), sent, left);
    }
    throw fault;
  }

  // What was written anew while it was on its way stays changed
  accept(state, sent, left = {}) {
    this.state = state;
    for (const [name, value] of Object.entries(sent)) {
      if (this.changed[name] !== value) continue;
      if (name in left) this.changed[name] = left[name];
      else delete this.changed[name];
    }
  }

  async reload() {
    const { contacts } = await get("/api/desk/contacts");
    const newer = contacts.find(({ call_id: id }) => id === this.id);
    if (newer) this.renew(newer);
  }
}

// Is it worth asking again?
const passing = (fault) => !fault.status || fault.status === 429 || fault.status >= 500 || fault.id === "conflict";

// {rest, left}: what can be sent without these faults, and what has to stay; names are "purpose" or "forms.<form>.<field>"
function parted(sent, faults, state) {
  const rest = { ...sent };
  const left = {};
  for (const fault of faults) {
    const [name, form, field] = fault.split(".");
    if (!(name in sent)) continue;
    if (name !== "forms" || !(form in sent.forms)) {
      left[name] = sent[name];
      delete rest[name];
      continue;
    }
    left.forms = { ...left.forms, [form]: sent.forms[form] };
    if (!rest.forms) continue;
    const { [form]: values, ...others } = rest.forms;
    const { [field]: wrong, ...right } = values ?? {};
    const before = state.forms[form]?.[field];
    rest.forms = field && values ? { ...others, [form]: before ? { ...right, [field]: before } : right } : others;
  }
  return { rest, left };
}
