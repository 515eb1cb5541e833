// The WebSocket that the telephone of a page speaks SIP over.
export const DOMAIN = "hotline.invalid"; // a name like any other: calls go where the WebSocket leads

// JsSIP's connection; the word that says whose telephone it is travels as a subprotocol: it is in no address and no log
export class Socket {
  constructor(word) {
    this.url = `${location.origin.replace(/^http/, "ws")}/sip`;
    this.via_transport = this.url.startsWith("wss") ? "WSS" : "WS";
    this.sip_uri = `sip:${DOMAIN};transport=ws`;
    this.word = word;
  }

  connect() {
    if (this.ws) return;
    const ws = new WebSocket(this.url, ["sip", this.word]);
    this.ws = ws;
    const mine = (then) => (event) => this.ws === ws && then(event);
    ws.addEventListener("open", mine(() => this.onconnect()));
    ws.addEventListener("message", mine((event) => this.ondata(event.data)));
    ws.addEventListener("close", mine(({ wasClean, code, reason }) => {
      this.ws = null;
      this.ondisconnect(!wasClean, code, reason);
    }));
  }

  disconnect() {
    const ws = this.ws;
    this.ws = null;
    ws?.close();
  }

  send(text) {
    if (this.ws?.readyState !== WebSocket.OPEN) return false;
    this.ws.send(text);
    return true;
  }

  isConnected() {
    return this.ws?.readyState === WebSocket.OPEN;
  }

  isConnecting() {
    return this.ws?.readyState === WebSocket.CONNECTING;
  }
}
