import { quoted } from '../../../core/text.js';
import type { ArrayInfo } from '../../../volumes/raw-array.js';
import type { ScanSuggestion } from '../reading.js';

const NAMES_OF_WAVELENGTHS = /wave|lambda|band|nm$/i;

/** Options that make a cube of an array of three axes beside a list of wavelengths, as long as one of them. */
export function suggestCube({ path, shape, type }: ArrayInfo, beside: readonly ArrayInfo[]): ScanSuggestion | undefined {
  if (type.startsWith('complex') || shape.length !== 3) return undefined;
  const wavelengths = beside.find((other) => {
    const length = other.shape.reduce((a, n) => a * n, 1);
    return NAMES_OF_WAVELENGTHS.test(other.path) && length > 1 && shape.includes(length) && Math.max(...other.shape) === length;
  });
  if (!wavelengths) return undefined;
  const bands = shape.indexOf(Math.max(...wavelengths.shape));
  const pixels = ['line', 'sample'];
  const axes = shape.map((_, axis) => (axis === bands ? 'band' : pixels.shift()!)).join(',');
  return { what: `a cube of ${shape[bands]} bands`, options: `--dataset ${quoted(path)} --kind spectral.entries --axes ${axes}` };
}
