import { normals, philoxKey } from '../../core/philox.js';
import { makeVolume, type Volume } from '../../volumes/index.js';

/** A cube of three materials whose shares run smoothly over lines and samples; wavelengths in nm, not in the order of the bands. */
export function smallCube([bands, lines, samples]: readonly [number, number, number] = [16, 20, 24], seed = 1): Volume {
  const spectrum = normals(3 * bands, philoxKey(seed), 0, 0, 9);
  const data = new Float32Array(bands * lines * samples);
  for (let n = 0; n < data.length; n++) {
    const [b, y, x] = [Math.floor(n / (lines * samples)), Math.floor(n / samples) % lines, n % samples];
    const shares = [Math.sin(y / 4 + x / 9), Math.cos(x / 5 - y / 11), Math.sin((x + y) / 6)];
    data[n] = 100 + 20 * shares.reduce((sum, share, k) => sum + share * (1.5 + spectrum[3 * b + k]), 0);
  }
  // two detectors that overlap
  const coordinates = Array.from({ length: bands }, (_, b) => (b < bands / 2 ? 400 + 40 * b : 600 + 30 * (b - bands / 2)));
  return makeVolume(data, [bands, lines, samples], {
    axes: [
      { name: 'band', unit: 'nm', coordinates },
      { name: 'line', unit: '', step: 1 },
      { name: 'sample', unit: '', step: 1 },
    ],
    modality: 'hyperspectral',
  });
}
