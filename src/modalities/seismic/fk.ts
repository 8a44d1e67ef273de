import { regularStep } from '../../../core/axis.js';
import { number } from '../../../core/text.js';
import type { Volume } from '../../../volumes/volume.js';
import { chartAround, chartSvg } from '../../report/chart.js';
import { greyPixels } from '../../report/colour.js';
import { pngDataUri } from '../../report/html.js';
import { encodePng } from '../../report/png.js';
import { imageAxis } from '../../report/ticks.js';
import type { Figure } from '../../report/types.js';
import type { NamedImage } from '../modality.js';
import { AxisFft, fastLength } from './classical/fourier.js';
import { sectionsOf } from './trace-grid.js';

/** Power over frequency and wavenumber. */
export interface FkPower {
  /** [nf, nk]: f from 0 to Nyquist; k from −½ up to, not including, ½ cycles a trace. */
  readonly power: Float64Array;
  readonly nf: number;
  readonly nk: number;
}

/** Lines that spectra are the mean of at most, evenly over a survey. */
const LINES = 24;
/** Share of a side that is tapered at either end: edges would show as lines through the middle. */
const TAPER = 0.1;

/**
 * Mean over lines of |Σ_j Σ_t w_j w_t x(j, t) exp(−2πi(ft + kj))|² of a volume [line, trace, sample] (of three trace axes
 * lines are those along the fastest), cosine tapers w, zero padded to
 * lengths that transform fast.
 */
export function fkPower({ data, shape }: Pick<Volume, 'data' | 'shape'>): FkPower {
  const [lines, traces, samples] = sectionsOf(shape);
  const [m, n] = [fastLength(traces), fastLength(samples)];
  const nf = Math.floor(n / 2) + 1;
  const power = new Float64Array(nf * m);
  const [along, down] = [taper(traces), taper(samples)];
  const [fast, time] = [new AxisFft(m), new AxisFft(n)];
  const spare = [new Float64Array(m * n), new Float64Array(m * n)] as const;
  const every = Math.ceil(lines / LINES);
  const [re, im] = [new Float64Array(m * n), new Float64Array(m * n)];
  let taken = 0;
  for (let line = Math.floor((lines % every) / 2); line < lines; line += every) {
    re.fill(0);
    im.fill(0);
    taken++;
    for (let j = 0; j < traces; j++) {
      const at = (line * traces + j) * samples;
      for (let t = 0; t < samples; t++) re[j * n + t] = along[j] * down[t] * data[at + t];
    }
    time.run(re, im, m, 1, spare);
    fast.run(re, im, 1, n, spare);
    for (let f = 0; f < nf; f++) {
      for (let k = 0; k < m; k++) {
        const from = ((k + Math.ceil(m / 2)) % m) * n + f;
        power[f * m + k] += re[from] ** 2 + im[from] ** 2;
      }
    }
  }
  return { power: power.map((sum) => sum / taken), nf, nk: m };
}

function taper(length: number): Float64Array {
  const ramp = Math.floor(TAPER * length);
  return Float64Array.from({ length }, (_, n) => {
    const edge = Math.min(n, length - 1 - n);
    return edge < ramp ? Math.sin((0.5 * Math.PI * (edge + 0.5)) / ramp) ** 2 : 1;
  });
}

/** dB below the largest of all that are shown as black. */
const RANGE = 60;
/** Pixels of the image in a chart, across and down. */
const SIZE = [280, 280] as const;

/**
 * f-k spectra beside one another, all in dB of the largest power of the last image that is no difference: what aliased (energy that wraps
 * around at k = ±½), and what of the mask is left in a result (copies of the data along k).
 */
export function fkFigures(images: readonly NamedImage[]): readonly Figure[] {
  const spectra = images.map(({ name, volume, difference = false }) => ({ name, volume, difference, ...fkPower(volume) }));
  const of = spectra.filter(({ difference }) => !difference).at(-1);
  if (!of || of.nk < 4) return [];
  const most = of.power.reduce((a, b) => Math.max(a, b), 0);
  if (most === 0) return [];
  return spectra.map((spectrum) => {
    const { name } = spectrum;
    const frequencies = frequencyOf(spectrum.volume);
    const scale = `white 0 dB of ${of.name}, black −${RANGE} dB`;
    const ends = `f downwards from 0 to ${number(frequencies.nyquist)} ${frequencies.unit}, k from −½ to ½ cycles a trace`;
    const alt = `f-k spectrum of ${name}`;
    return { chart: chartOf(spectrum, frequencies, most), ...chartAround(...SIZE), alt, caption: `${name}: ${ends}; ${scale}` };
  });
}

/** A grey image of the power in dB, in axes. */
function chartOf({ name, power, nf, nk }: FkPower & { readonly name: string }, { nyquist, unit }: Frequencies, most: number): string {
  const db = Float32Array.from(power, (p) => 10 * Math.log10(Math.max(p / most, 1e-30)));
  const image = pngDataUri(encodePng(greyPixels(db, { low: -RANGE, high: 0 }), nk, nf));
  // pixels lie around their values
  const [firstK, halfF] = [(Math.ceil(nk / 2) - nk) / nk, nyquist / (nf - 1) / 2];
  const x = { ...imageAxis(firstK - 0.5 / nk, firstK + 1 - 0.5 / nk, 5), label: 'k, cycles a trace' };
  const y = { ...imageAxis(-halfF, nyquist + halfF, 5), label: `f, ${unit}` };
  return chartSvg(
    { title: name, alt: `f-k spectrum of ${name}`, x, y, down: true, ...chartAround(...SIZE) },
    ({ left, top, right, bottom }) => [
      `<image x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" preserveAspectRatio="none" ` +
        `image-rendering="optimizeSpeed" href="${image}"/>`,
    ],
  );
}

interface Frequencies {
  readonly nyquist: number;
  readonly unit: string;
}

/** Half the sampling rate, in the words of the axis. */
function frequencyOf({ axes }: Volume): Frequencies {
  const axis = axes[axes.length - 1];
  const step = Math.abs(regularStep(axis) ?? 1);
  const rounded = (value: number): number => Number(value.toPrecision(4));
  if (axis.unit === 'ms') return { nyquist: rounded(500 / step), unit: 'Hz' };
  if (axis.unit === 's') return { nyquist: rounded(0.5 / step), unit: 'Hz' };
  return axis.unit ? { nyquist: rounded(0.5 / step), unit: `cycles/${axis.unit}` } : { nyquist: 0.5, unit: 'cycles a sample' };
}
