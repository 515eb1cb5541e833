// What we say in a call: the microphone, or silence, for the hotline hangs up on who sends nothing at all.
class Voice {
  // `silent`: without a microphone by choice
  constructor(stream, { microphone = false, silent = false, context = null }) {
    Object.assign(this, { stream, microphone, silent, context });
  }

  get track() {
    return this.stream.getAudioTracks()[0];
  }

  get gone() {
    return this.microphone && this.track.readyState === "ended";
  }

  // changed(): the microphone is gone, or there may be one now
  watch(changed) {
    this.changed = changed;
    if (this.microphone) this.track.addEventListener("ended", changed);
    else if (!this.silent) navigator.mediaDevices?.addEventListener("devicechange", changed);
  }

  release() {
    navigator.mediaDevices?.removeEventListener("devicechange", this.changed);
    for (const track of this.stream.getTracks()) track.stop();
    this.context?.close();
  }
}

// Never fails: without a microphone, or the permission, it is silence
export async function speak(silent = false) {
  try {
    if (silent || !navigator.mediaDevices) throw new Error("none");
    return new Voice(await navigator.mediaDevices.getUserMedia({ audio: true }), { microphone: true });
  } catch {
    const context = new AudioContext();
    const gain = context.createGain();
    const tone = context.createOscillator();
    const target = context.createMediaStreamDestination();
    gain.gain.value = 0;
    tone.connect(gain).connect(target);
    tone.start();
    return new Voice(target.stream, { context, silent });
  }
}
