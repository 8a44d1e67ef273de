import { centredLine } from '../../../core/fft.js';

/**
 * Takes the oversampling off a line of k-space along the readout: the scanner samples it more finely than asked, which makes the field of
 * view wider; the extra width is cut off in image space. Centred transforms, so the image keeps its middle pixel ⌊N/2⌋; orthonormal ones,
 * so white noise keeps its standard deviation and the image its values.
 *
 * @param line interleaved, 2N long; overwritten
 * @param keep samples to keep, at most N
 * @param image leave the result in image space (3-D encodings: the readout becomes the slices)
 */
export function cropReadout(line: Float64Array, keep: number, image = false): Float64Array {
  const length = line.length / 2;
  if (keep === length && !image) return line;
  centredLine(line, 'inverse');
  const start = Math.floor(length / 2) - Math.floor(keep / 2);
  const kept = line.slice(2 * start, 2 * (start + keep));
  if (!image) centredLine(kept, 'forward');
  return kept;
}

/**
 * Which samples of a cropped line were measured, when those `from … to` (excluded) of the `length` before were. The kept samples lie
 * length/keep apart; one counts when it lies within the measured stretch.
 */
export function croppedRange(from: number, to: number, length: number, keep: number): [number, number] {
  const ratio = length / keep;
  const [half, keptHalf] = [Math.floor(length / 2), Math.floor(keep / 2)];
  const first = from === 0 ? 0 : Math.ceil((from - half) / ratio) + keptHalf;
  const last = to === length ? keep : Math.floor((to - 1 - half) / ratio) + keptHalf + 1;
  return [Math.max(0, first), Math.min(keep, last)];
}
