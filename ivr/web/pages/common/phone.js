// A telephone in the page: SIP over our own WebSocket (JsSIP), sound over WebRTC. One call at a time.
//
//   const phone = new Phone({ phone: "web-guest", token });            // a citizen: one call
//   const phone = new Phone({ phone: "web-101", secret });             // staff: logs in, is rung
//   phone.on("line", ({ up, registered, fault }) => …)                 // the connection to the hotline
//   phone.on("call", ({ state, from, cause, muted, held, microphone }) => …)
//       state: calling, ringing (somebody calls us), talking, ended
//   phone.on("hear", ({ key }) => …)                                   // a key that the other side pressed
//   await phone.call("hotline"); phone.answer(); phone.press("5"); phone.mute(true); phone.hold(true);
//   phone.transfer("102"); phone.hangUp(); phone.stop();
import JsSIP from "jssip";
import { DOMAIN, Socket } from "./sip_socket.js";
import { speak } from "./voice.js";

const NO_LINE_MS = 8000;
const NO_CANDIDATES_MS = 4000;
const LOST_MS = 8000;
const CANDIDATES_MS = 50;
const BUSY_MS = 50;
const REGISTER_MS = [3000, 8000]; // between these; not all telephones at the same moment
const WEBRTC = { iceServers: [], bundlePolicy: "max-bundle", rtcpMuxPolicy: "require" };

export class Phone {
  constructor({ phone, secret = "", token = "" }) {
    this.listeners = new Map();
    this.session = null;
    this.state = "ended";
    this.audio = new Audio();
    this.audio.autoplay = true;
    this.ua = new JsSIP.UA({
      sockets: [new Socket(token ? `guest.${token}` : `phone.${phone}`)],
      uri: `sip:${phone}@${DOMAIN}`, password: secret || undefined, register: Boolean(secret), register_expires: 60,
      session_timers: false, user_agent: "hotline page", connection_recovery_min_interval: 1, connection_recovery_max_interval: 8,
    });
    this.up = false;
    this.registered = false;
    const line = (change) => {
      Object.assign(this, change);
      this.tell("line", { up: this.up, registered: this.registered, fault: change.fault ?? "" });
    };
    this.ua.on("connected", () => line({ up: true }));
    this.ua.on("disconnected", () => {
      clearTimeout(this.registering); // it registers by itself when it is connected again
      line({ up: false, registered: false });
    });
    this.ua.on("registered", () => line({ registered: true }));
    this.ua.on("unregistered", () => line({ registered: false }));
    this.ua.on("registrationFailed", ({ cause }) => {
      this.registerLater();
      line({ registered: false, fault: String(cause) });
    });
    this.ua.on("newRTCSession", ({ originator, session, request }) => originator === "remote" && this.rung(session, request));
    // a tab that is closed says goodbye: nobody would notice otherwise for ten seconds
    this.leave = () => this.hangUp();
    addEventListener("pagehide", this.leave);
  }

  on(name, told) {
    if (!this.listeners.has(name)) this.listeners.set(name, new Set());
    this.listeners.get(name).add(told);
    return () => this.listeners.get(name).delete(told);
  }

  tell(name, what) {
    for (const told of this.listeners.get(name) ?? []) told(what);
  }

  start() {
    this.ua.start();
    return this;
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.registering);
    this.hangUp();
    removeEventListener("pagehide", this.leave);
    this.ua.stop();
    this.release();
  }

  // Nobody else would: a telephone that was refused once could not be rung until its page is loaded anew
  registerLater() {
    clearTimeout(this.registering);
    if (this.stopped) return;
    const [from, to] = REGISTER_MS;
    this.registering = setTimeout(() => this.up && this.ua.register(), from + Math.random() * (to - from));
  }

  // Place a call. Without a microphone, or the permission, one still hears, reads and presses keys.
  async call(dial, { silent = false } = {}) {
    if (this.session) throw new Error("there is a call already");
    const placing = {};
    this.placing = placing;
    this.turn("calling", { cause: "" });
    const voice = await speak(silent);
    await this.connection();
    if (this.placing !== placing || this.state !== "calling") return voice.release(); // hung up meanwhile
    if (!this.up) {
      voice.release();
      return this.turn("ended", { cause: "no_line" });
    }
    this.take(voice);
    const session = this.ua.call(`sip:${dial}@${DOMAIN}`, {
      mediaStream: this.voice.stream, mediaConstraints: { audio: true, video: false }, pcConfig: WEBRTC,
      eventHandlers: { peerconnection: ({ peerconnection }) => this.hear(peerconnection) },
    });
    this.follow(session);
    this.guard = setTimeout(() => this.sent || this.giveUp(session, "no_network"), NO_CANDIDATES_MS);
  }

  // Wait for the line: what is sent before is lost
  connection() {
    return new Promise((settled) => {
      if (this.up) return settled();
      const timer = setTimeout(settled, NO_LINE_MS);
      const stop = this.on("line", ({ up }) => {
        if (!up) return;
        clearTimeout(timer);
        stop();
        settled();
      });
    });
  }

  async answer({ silent = false } = {}) {
    const { session } = this;
    // pressed twice: the first press answers, and its microphone is the call's
    if (!session || this.state !== "ringing" || this.answering === session) return;
    this.answering = session;
    const voice = await speak(silent);
    if (session !== this.session) return voice.release();
    this.take(voice);
    session.on("peerconnection", ({ peerconnection }) => this.hear(peerconnection));
    session.answer({ mediaStream: this.voice.stream, mediaConstraints: { audio: true, video: false }, pcConfig: WEBRTC });
  }

  hangUp() {
    const session = this.session;
    if (session && !session.isEnded()) {
      session.terminate(this.state === "ringing" ? { status_code: 486 } : undefined);
    } else if (this.state === "calling") {
      this.turn("ended");
    }
  }

  mute(on) {
    if (!this.session) return;
    if (on) this.session.mute({ audio: true });
    else this.session.unmute({ audio: true });
    this.turn(this.state, { muted: on });
  }

  // Nothing is lost when the key is pressed twice: the last wish is carried out once the one before is done
  hold(on) {
    if (!this.session?.isEstablished()) return false;
    this.wished = on;
    this.settle(this.session);
    return true;
  }

  settle(session) {
    clearTimeout(this.again);
    if (this.settling || session !== this.session || !session.isEstablished() || session.isOnHold().local === this.wished) return;
    // sent while the line is away it would end the call
    if (!this.up || !this.ua.isConnected()) {
      this.again = setTimeout(() => this.settle(session), BUSY_MS);
      return;
    }
    const done = () => {
      if (session !== this.session) return;
      this.settling = false;
      this.settle(session);
    };
    this.settling = this.wished ? session.hold({}, done) : session.unhold({}, done);
    if (!this.settling) this.again = setTimeout(() => this.settle(session), BUSY_MS); // the other side is asking something
  }

  // RFC 4733, like the keys of a telephone
  press(key) {
    if (!this.session?.isEstablished()) return false;
    this.session.sendDTMF(key, { duration: 160, interToneGap: 100, transportType: "RFC2833" });
    return true;
  }

  // Pass the call on (SIP REFER); settles when the other side has taken it over, or not, or the call is over
  transfer(dial) {
    return new Promise((taken, refused) => {
      const { session } = this;
      if (!session?.isEstablished()) return refused(new Error("no call"));
      for (const over of ["ended", "failed"]) session.on(over, () => refused(new Error("the call is over")));
      session.refer(`sip:${dial}@${DOMAIN}`, {
        eventHandlers: {
          accepted: () => {
            taken();
            if (!session.isEnded()) session.terminate(); // whoever passes on has to end his own part
          },
          failed: ({ status_line: line }) => refused(new Error(line?.reason_phrase ?? "refused")),
          requestFailed: ({ cause }) => refused(new Error(String(cause))),
        },
      });
    });
  }

  // What has been heard so far: {packets, energy}
  async heard() {
    const report = await this.session?.connection?.getStats();
    const inbound = report && [...report.values()].find((one) => one.type === "inbound-rtp" && one.kind === "audio");
    return { packets: inbound?.packetsReceived ?? 0, energy: inbound?.totalAudioEnergy ?? 0 };
  }

  rung(session, request) {
    if (this.session) return session.terminate({ status_code: 486 });
    this.from = { name: request.from.display_name ?? "", user: request.from.uri.user ?? "" };
    this.follow(session);
    this.turn("ringing");
  }

  follow(session) {
    this.session = session;
    this.cause = "";
    this.sent = this.settling = false;
    session.on("sending", () => { this.sent = true; });
    session.on("icecandidate", ({ ready }) => setTimeout(ready, CANDIDATES_MS));
    session.on("sdp", (offer) => {
      if (offer.originator === "local") offer.sdp = repaired(offer.sdp);
    });
    session.on("confirmed", () => {
      this.turn("talking");
      if (this.voice?.gone) this.renew();
    });
    session.on("hold", ({ originator }) => originator === "local" && this.turn(this.state, { held: true }));
    session.on("unhold", ({ originator }) => originator === "local" && this.turn(this.state, { held: false }));
    session.on("newDTMF", ({ originator, dtmf }) => originator === "remote" && this.tell("hear", { key: dtmf.tone }));
    const over = ({ cause }) => {
      if (session !== this.session) return;
      clearTimeout(this.guard);
      this.session = null;
      this.release();
      this.turn("ended", { cause: this.cause || String(cause), muted: false, held: false });
    };
    session.on("ended", over);
    session.on("failed", over);
  }

  turn(state, more = {}) {
    this.state = state;
    Object.assign(this, more);
    this.tell("call", {
      state, from: this.from, cause: this.cause ?? "", muted: Boolean(this.muted), held: Boolean(this.held), microphone: Boolean(this.voice?.microphone),
    });
  }

  hear(connection) {
    connection.addEventListener("connectionstatechange", () => this.watch(connection));
    connection.addEventListener("track", ({ streams: [stream] }) => {
      this.audio.srcObject = stream;
      this.audio.play().catch(() => this.tell("line", { up: this.up, registered: this.registered, fault: "no_sound" }));
    });
  }

  // Asterisk that is gone says no farewell either: its call would last for ever, and no other could come
  watch(connection) {
    clearTimeout(this.lost);
    if (!["disconnected", "failed"].includes(connection.connectionState)) return;
    this.lost = setTimeout(() => this.session?.connection === connection && this.giveUp(this.session, "lost"), LOST_MS);
  }

  giveUp(session, cause) {
    if (session !== this.session) return;
    this.cause = cause;
    session.terminate();
  }

  take(voice) {
    this.release();
    this.voice = voice;
    voice.watch(() => this.renew());
  }

  // The microphone was pulled out, or there is one now: the call goes on with what there is
  async renew() {
    const { session, voice: before } = this;
    if (!session?.isEstablished() || !before || before.silent) return;
    const voice = await speak();
    const sender = session.connection?.getSenders().find(({ track }) => track?.kind === "audio");
    if (session !== this.session || before !== this.voice || !sender || (!voice.microphone && !before.microphone)) return voice.release();
    voice.track.enabled = false;
    try {
      await sender.replaceTrack(voice.track);
    } catch {
      return voice.release();
    }
    if (session !== this.session) return voice.release();
    const { local, remote } = session.isOnHold();
    voice.track.enabled = !(local || remote || session.isMuted().audio);
    this.take(voice);
    this.turn(this.state);
  }

  release() {
    this.voice?.release();
    this.voice = null;
  }
}

// Without the permission for the microphone a browser hides its addresses (0.0.0.0, names in .local), which Asterisk
// takes for a call on hold, or for nobody's address. Any address will do: the sound is sent where it comes from.
function repaired(sdp) {
  return sdp.replace(/c=IN IP4 0\.0\.0\.0/g, "c=IN IP4 127.0.0.1").replace(/ [0-9a-f-]{36}\.local /g, " 127.0.0.1 ");
}
