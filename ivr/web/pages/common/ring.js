// A telephone that rings: a quiet tone, one second in five, and another title for who looks at another tab.
const HZ = 425;
const LOUD = 0.05;
const SOFT_S = 0.02;
const ON_S = 1;
const EVERY_S = 5;
const LONGEST_S = 300;

export class Ring {
  turn(on, words = "") {
    if (on === Boolean(this.ringing)) return;
    this.ringing = on;
    if (on) this.begin(words);
    else this.end();
  }

  begin(words) {
    this.title = document.title;
    document.title = words;
    try {
      this.context = new AudioContext();
      this.sound(this.context);
    } catch {
      this.context = null; // it is seen, if it cannot be heard
    }
  }

  // All of it at once: the timers of a tab in the background are late
  sound(context) {
    const tone = context.createOscillator();
    const gain = context.createGain();
    tone.frequency.value = HZ;
    gain.gain.value = 0;
    for (let at = 0; at < LONGEST_S; at += EVERY_S) {
      gain.gain.setTargetAtTime(LOUD, at, SOFT_S);
      gain.gain.setTargetAtTime(0, at + ON_S, SOFT_S);
    }
    tone.connect(gain).connect(context.destination);
    tone.start();
  }

  end() {
    document.title = this.title;
    this.context?.close();
    this.context = null;
  }
}
