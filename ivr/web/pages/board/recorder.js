// Speaking an announcement into the microphone: record, listen, keep. What is sent is a 16-bit mono WAV file.
const RATE = 16000;
export const LONGEST_S = 60;

export class Recorder {
  async start() {
    this.stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
    this.pieces = [];
    this.tape = new MediaRecorder(this.stream);
    this.tape.addEventListener("dataavailable", ({ data }) => this.pieces.push(data));
    this.tape.start();
    this.timer = setTimeout(() => this.tape.state === "recording" && this.tape.stop(), LONGEST_S * 1000);
  }

  // The recording as a WAV blob
  async stop() {
    clearTimeout(this.timer);
    if (this.tape.state !== "inactive") {
      const stopped = new Promise((done) => this.tape.addEventListener("stop", done, { once: true }));
      this.tape.stop();
      await stopped;
    }
    this.release();
    const spoken = await new Blob(this.pieces, { type: this.tape.mimeType }).arrayBuffer();
    return wav(await samples(spoken));
  }

  release() {
    clearTimeout(this.timer);
    for (const track of this.stream?.getTracks() ?? []) track.stop();
  }
}

async function samples(data) {
  const context = new OfflineAudioContext(1, 1, RATE);
  const decoded = await context.decodeAudioData(data); // comes at RATE already
  return decoded.getChannelData(0);
}

function wav(values) {
  const view = new DataView(new ArrayBuffer(44 + values.length * 2));
  const word = (at, letters) => [...letters].forEach((c, n) => view.setUint8(at + n, c.charCodeAt(0)));
  word(0, "RIFF");
  view.setUint32(4, 36 + values.length * 2, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, RATE * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  word(36, "data");
  view.setUint32(40, values.length * 2, true);
  values.forEach((value, n) => view.setInt16(44 + n * 2, Math.max(-1, Math.min(1, value)) * 32767, true));
  return new Blob([view.buffer], { type: "audio/wav" });
}
