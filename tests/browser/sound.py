"""What is heard in a page, and tones to be said: for tests of calls between browsers."""

import wave
from pathlib import Path

import numpy as np
from playwright.async_api import Page

_RATE = 48000
#: Before any script of the page: keeps every connection, and lets a tone through as it is.
LISTENING = """
(() => {
  const Real = RTCPeerConnection;
  window.connections = [];
  window.RTCPeerConnection = class extends Real {
    constructor(...args) {
      super(...args);
      window.connections.push(this);
      this.addEventListener("track", ({ streams: [stream] }) => { this.heardStream = stream; });
    }
  };
  const devices = navigator.mediaDevices;
  const ask = devices.getUserMedia.bind(devices);
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  devices.getUserMedia = () => ask({ audio: plain });
})();
"""
_ENERGY = """async () => {
  const connection = window.connections.at(-1);
  const report = connection ? [...(await connection.getStats()).values()] : [];
  return report.find((one) => one.type === "inbound-rtp" && one.kind === "audio")?.totalAudioEnergy ?? 0;
}"""
_PITCHES = """async ({ seconds, wanted }) => {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 4096;
  analyser.smoothingTimeConstant = 0; // what has been is not heard any more
  context.createMediaStreamSource(window.connections.at(-1).heardStream).connect(analyser);
  const bins = new Float32Array(analyser.frequencyBinCount);
  const found = [];
  for (const until = performance.now() + seconds * 1000; performance.now() < until;) {
    await new Promise((next) => setTimeout(next, 100));
    analyser.getFloatFrequencyData(bins);
    const top = bins.indexOf(Math.max(...bins));
    if (bins[top] > -60) found.push(top * context.sampleRate / analyser.fftSize);
    if (found.filter((pitch) => Math.abs(pitch - wanted) < 25).length >= 10) break;
  }
  await context.close();
  return found;
}"""


def tone(file: Path, pitch: int) -> Path:
    """A WAV file for a browser's microphone: the tone, 0.35 s on and 0.15 s off."""
    at = np.arange(_RATE * 5) / _RATE
    samples = 0.5 * np.sin(2 * np.pi * pitch * at) * (at % 0.5 < 0.35)
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(_RATE)
        sound.writeframes((samples * 32767).astype("<i2").tobytes())
    return file


async def energy(page: Page) -> float:
    """Of all that the page has heard in its newest call."""
    return float(await page.evaluate(_ENERGY))


async def hears_tone(page: Page, pitch: int, limit: float = 30) -> bool:
    """Does the page hear the tone, ten times within `limit` seconds?"""
    found = await page.evaluate(_PITCHES, {"seconds": limit, "wanted": pitch})
    return sum(abs(heard - pitch) < 25 for heard in found) >= 10
