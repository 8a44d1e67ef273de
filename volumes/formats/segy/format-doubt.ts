import type { SegyFile } from './segy-file.js';

/** Samples looked at. */
const LOOK = 20000;
/** Fewer different samples say nothing. */
const ENOUGH = 100;

/**
 * Can the stored words be of the format that the header states? Told apart are IBM and IEEE floats, which have the same width. IBM floats
 * are normalised: the first hexadecimal digit of the fraction (bits 23-20) is not zero. Of IEEE floats that digit is zero when the
 * exponent is even and the significand below 1.125: in about 1 of 12 numbers of any smooth distribution. So
 *
 * - format 1, and 1 of 50 or more different words is not normalised: these will be IEEE floats;
 * - format 5, and none of at least 100 different words has a zero digit (by chance less than 2·10⁻⁴): these will be IBM floats.
 *
 * Returns a warning, or undefined. A few traces from the beginning, the middle and the end are read.
 */
export async function formatDoubt(file: SegyFile): Promise<string | undefined> {
  const { name } = file.format;
  if (name !== 'ibm32' && name !== 'float32') return undefined;
  const words = await someWords(file);
  if (words.size < ENOUGH) return undefined;
  let unnormalised = 0;
  for (const word of words) if ((word & 0xf00000) === 0) unnormalised++;
  const share = unnormalised / words.size;
  if (name === 'ibm32' && share >= 0.02) {
    const percent = (100 * share).toFixed(0);
    return (
      `format code 1 (IBM float) can hardly be true: ${percent} % of the samples are not normalised; ` +
      'if amplitudes look wrong, say that the format is ieee (--sample-format ieee)'
    );
  }
  if (name === 'float32' && unnormalised === 0) {
    return (
      'format code 5 (IEEE float) can hardly be true: every sample is a normalised IBM float; ' +
      'if amplitudes look wrong, say that the format is ibm (--sample-format ibm)'
    );
  }
  return undefined;
}

/** Different words that are not zero. */
async function someWords(file: SegyFile): Promise<Set<number>> {
  const words = new Set<number>();
  const count = Math.min(file.samples, LOOK / 8);
  const picked = new Set([0, 1, 2, 3].flatMap((n) => [Math.floor((file.traces * n) / 4), Math.floor((file.traces * (2 * n + 1)) / 8)]));
  for (const trace of picked) {
    const skip = Math.floor((file.samples - count) / 2);
    const at = file.start + trace * file.traceBytes + file.headerBytes + skip * 4;
    const bytes = await file.source.read(at, count * 4);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let n = 0; n + 4 <= bytes.length; n += 4) {
      const word = view.getUint32(n, file.littleEndian);
      if ((word & 0x7fffffff) !== 0) words.add(word);
    }
  }
  return words;
}
