/**
 * Traces between their samples: windowed sinc of 8 points (Kaiser window, β = 6: errors below .3 % up to .7 of the Nyquist frequency),
 * tabulated at 1/512 of a sample. Beyond its ends a trace is 0.
 */
const TAPS = 8;
const PHASES = 512;
const BETA = 6;

const table = ((): Float32Array => {
  const bessel = (x: number): number => {
    let [sum, term] = [1, 1];
    for (let k = 1; k < 40; k++) sum += term *= (x / 2 / k) ** 2;
    return sum;
  };
  const out = new Float32Array((PHASES + 1) * TAPS);
  for (let phase = 0; phase <= PHASES; phase++) {
    let total = 0;
    for (let k = 0; k < TAPS; k++) {
      const x = k - (TAPS / 2 - 1) - phase / PHASES; // from the point to the sample
      const u = x / (TAPS / 2);
      const window = Math.abs(u) < 1 ? bessel(BETA * Math.sqrt(1 - u * u)) / bessel(BETA) : 0;
      const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
      out[phase * TAPS + k] = sinc * window;
      total += sinc * window;
    }
    for (let k = 0; k < TAPS; k++) out[phase * TAPS + k] /= total;
  }
  return out;
})();

/** The trace that begins at `start` of `data` at the time `at`, in samples. */
export function sampleAt(data: Float32Array, start: number, nt: number, at: number): number {
  const base = Math.floor(at);
  const phase = Math.round((at - base) * PHASES) * TAPS;
  const first = base - (TAPS / 2 - 1);
  let sum = 0;
  if (first >= 0 && first + TAPS <= nt) {
    for (let k = 0; k < TAPS; k++) sum += table[phase + k] * data[start + first + k];
    return sum;
  }
  for (let k = Math.max(0, -first); k < TAPS && first + k < nt; k++) sum += table[phase + k] * data[start + first + k];
  return sum;
}

/** out[t] ← trace(t + shift) for all t. */
export function shifted(data: Float32Array, start: number, nt: number, shift: number, out: Float32Array): void {
  const base = Math.floor(shift);
  const phase = Math.round((shift - base) * PHASES) * TAPS;
  const [w0, w1, w2, w3, w4, w5, w6, w7] = table.subarray(phase, phase + TAPS);
  const first = base - (TAPS / 2 - 1);
  const from = Math.min(nt, Math.max(0, -first));
  const to = Math.max(from, Math.min(nt, nt - TAPS + 1 - first));
  for (let t = 0; t < from; t++) out[t] = sampleAt(data, start, nt, t + shift);
  for (let t = from, at = start + first + from; t < to; t++, at++) {
    out[t] =
      w0 * data[at] +
      w1 * data[at + 1] +
      w2 * data[at + 2] +
      w3 * data[at + 3] +
      w4 * data[at + 4] +
      w5 * data[at + 5] +
      w6 * data[at + 6] +
      w7 * data[at + 7];
  }
  for (let t = to; t < nt; t++) out[t] = sampleAt(data, start, nt, t + shift);
}
