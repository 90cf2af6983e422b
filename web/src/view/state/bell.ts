/** A short, soft sound, made here: no file. */

const SECONDS = 0.35;
const LOUDNESS = 0.08;

let audio: AudioContext | null = null;

/** Ring, if the browser lets the page: it must have been touched before. */
export function ring(): void {
  if (typeof AudioContext === "undefined") return;
  audio ??= new AudioContext();
  if (audio.state === "suspended") void audio.resume();
  tone(audio, 660, 0);
  tone(audio, 880, 0.12);
}

function tone(context: AudioContext, hertz: number, after: number): void {
  const start = context.currentTime + after;
  const oscillator = context.createOscillator();
  const loudness = context.createGain();
  oscillator.frequency.value = hertz;
  loudness.gain.setValueAtTime(LOUDNESS, start);
  loudness.gain.exponentialRampToValueAtTime(0.0001, start + SECONDS);
  oscillator.connect(loudness).connect(context.destination);
  oscillator.start(start);
  oscillator.stop(start + SECONDS);
}
