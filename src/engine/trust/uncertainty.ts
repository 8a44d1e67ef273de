import { componentsOf, type Space } from '../../../core/space.js';
import type { Calibration } from '../../../models/card/calibration-card.js';
import type { Measurement } from '../../../volumes/measurement.js';
import { ABOVE } from './object-values.js';
import { kindOf } from '../../../volumes/kinds/registry.js';

/** In the manifest: how wide the interval around the mean is, or why nobody knows. */
export type UncertaintyRecord =
  | {
      readonly level: number;
      /** Of the volume's half widths, in output units. */
      readonly meanHalfWidth: number;
      readonly calibrated: Calibration;
    }
  | { readonly refused: string };

/** What of a run a calibration must fit. */
export interface CalibratedRun {
  readonly scan: Measurement;
  readonly method: string;
  /** As the method completed them. */
  readonly settings: object;
  /** As the user gave them. */
  readonly given: object;
  readonly samples: number;
  /** σ_y of each part of a value, as the method has it. */
  readonly noiseLevel?: number;
  /** Is the image like those of the training (world.ts)? */
  readonly known: boolean;
}

/**
 * The calibration that fits a run.
 * @returns it, or why there is none
 */
export function calibrationFor(all: readonly Calibration[], run: CalibratedRun): Calibration | string {
  if (!run.known) return 'this prior does not know such images, so nothing of its training says how far off it is';
  if (all.length === 0) return 'the card of this prior has no calibration';
  const why = all.map((calibration) => misfit(calibration, run));
  const fits = why.indexOf(undefined);
  if (fits >= 0) return all[fits];
  return `no calibration of this prior is of such a scan and run: ${[...new Set(why)].join('; ')}`;
}

const within = (value: number | undefined, [low, high]: readonly [number, number]): boolean =>
  value !== undefined && value >= low && value <= high;

/** Why a calibration is not of this run. */
function misfit(of: Calibration, { scan, method, settings, given, samples, noiseLevel }: CalibratedRun): string | undefined {
  if (scan.kind !== of.kind) return `it is of ${of.kind}, this is ${scan.kind}`;
  const axes = kindOf(scan.kind)?.axes ?? [];
  for (const [name, range] of Object.entries(of.axes)) {
    const length = scan.shape[axes.indexOf(name)];
    if (!within(length, range)) return `it is of ${range.join(' to ')} ${name}s, these are ${length}`;
  }
  const geometry = scan.geometry as { readonly [name: string]: unknown };
  for (const [name, range] of Object.entries(of.spans)) {
    const list = geometry[name];
    const span = Array.isArray(list) ? Math.max(...(list as number[])) - Math.min(...(list as number[])) : undefined;
    if (!within(span, range)) return `its ${name} cover ${range.join(' to ')}, these ${span?.toPrecision(3)}`;
  }
  for (const [name, words] of Object.entries(of.geometry ?? {})) {
    if (!words.includes(String(geometry[name])))
      return `its ${name} is ${words.join(' or ')}, that of these data ${String(geometry[name])}`;
  }
  for (const [name, range] of Object.entries(of.shares ?? {})) {
    const values = scan.arrays?.[name]?.data;
    const share = values && values.reduce((sum, value) => sum + value, 0) / values.length;
    if (!within(share, range))
      return `its ${name} takes ${range.join(' to ')} of all, that of these data ${share?.toPrecision(3) ?? 'none'}`;
  }
  const noise = scan.noise as { readonly [name: string]: unknown };
  for (const [name, value] of Object.entries(of.noise)) {
    const own = noise[name];
    const fits = Array.isArray(value) ? typeof own === 'number' && within(own, value as [number, number]) : own === value;
    if (!fits) return `its noise (${name}) is ${[value].flat().join(' to ')}, that of these data ${String(own ?? 'not known')}`;
  }
  if (of.noiseLevel && !within(noiseLevel, of.noiseLevel)) {
    return `its noise is ${of.noiseLevel.join(' to ')} of the brightness, that of these data ${noiseLevel?.toPrecision(2) ?? 'not known'}`;
  }
  if (method !== of.method) return `it is of ${of.method}, this is ${method}`;
  const { steps } = settings as { readonly steps?: number };
  if (!within(steps, of.steps)) return `it is of ${of.steps.join(' to ')} steps, these are ${steps}`;
  const other = Object.keys(given).find((name) => name !== 'steps');
  if (other !== undefined) return `it is of ${of.method} with its defaults, this has another ${other}`;
  if (samples !== of.samples) return `it is of ${of.samples} samples, these are ${samples}`;
  return undefined;
}

/** Pixels of the windows of the fine and the coarse texture. */
const [FINE, COARSE] = [3, 9];
/** Of the object's border, in pixels. */
const BORDER = 3;

/** The weights of the terms of h² alone. */
export type UncertaintyWeights = Pick<Calibration, 'window' | 'spread' | 'around' | 'fine' | 'coarse' | 'crowding' | 'usual' | 'floor'>;

/**
 * Half of the interval around the mean of samples that holds the truth with the calibration's level, in the prior's range:
 *
 *     h² = factor² (spread · s² + around · ⟨s²⟩ + (m/usual)^crowding (fine · v₃ + coarse · v₉) + floor)
 *
 * s the samples' standard deviation, ⟨·⟩ the mean over a window of a slice, v_w the variance of the mean image in windows of w × w, m the
 * mean of v_window over the object. Samples alone are far too sure of themselves (docs/lab/trust.md): the texture of the image says where
 * errors are that all of them share, at edges above all, and how crowded an object is says how large they are there: few views place the
 * edges of a limb better than those of a lung.
 *
 * @param mean of the samples, as the solver has it
 * @param std of the samples, one for each value
 */
export function halfWidths(
  mean: Float32Array,
  std: Float32Array,
  domain: Space,
  of: UncertaintyWeights & Pick<Calibration, 'factor'>,
): Float32Array {
  const terms = uncertaintyTerms(mean, std, domain, of);
  const weights = [of.spread, of.around, of.fine, of.coarse, of.floor];
  return Float32Array.from(mean, (_, i) => of.factor * Math.sqrt(weights.reduce((sum, weight, n) => sum + weight * terms[n][i], 0)));
}

/**
 * Half widths of mean and deviations in the solver's units, as complex as `domain`; of complex images they are those of the modulus. Text
 * where the object is unlike those that the calibration was made of.
 */
export function intervalOf(mean: Float32Array, std: Float32Array, domain: Space, calibration: Calibration): Float32Array | string {
  const sized = moduli(mean, domain);
  return (
    unlikeTexture(sized.values, sized.domain, calibration) ??
    halfWidths(sized.values, moduli(std, domain).values, sized.domain, calibration)
  );
}

/** Of complex images what intervals are of: moduli, and √(var re + var im) of deviations. Real ones as they are. */
const moduli = (values: Float32Array, domain: Space): { readonly values: Float32Array; readonly domain: Space } =>
  componentsOf(domain) === 1
    ? { values, domain }
    : {
        values: Float32Array.from({ length: values.length / 2 }, (_, i) => Math.hypot(values[2 * i], values[2 * i + 1])),
        domain: { ...domain, dtype: 'float32' },
      };

/** The terms of h² without their weights, one array each: what a calibration is fitted to. */
export function uncertaintyTerms(
  mean: Float32Array,
  std: Float32Array,
  domain: Space,
  { window, crowding, usual }: Pick<Calibration, 'window' | 'crowding' | 'usual'>,
): Float32Array[] {
  if (componentsOf(domain) !== 1) throw new TypeError('half widths are of real images');
  const variance = std.map((s) => s * s);
  const crowded = (crowding === 0 ? 1 : meanTexture(mean, domain, window) / usual) ** crowding;
  const texture = (side: number): Float32Array => localVariance(mean, domain, side).map((v) => crowded * v);
  return [variance, windowMeans(variance, domain, window), texture(FINE), texture(COARSE), new Float32Array(mean.length).fill(1)];
}

/** Why a calibration is not of an image: objects that are more or less crowded than those that it was fitted on. */
export function unlikeTexture(mean: Float32Array, domain: Space, { textures, window }: Calibration): string | undefined {
  const texture = meanTexture(mean, domain, window);
  if (within(texture, textures)) return undefined;
  const [own, ...range] = [texture, ...textures].map((v) => v.toPrecision(2));
  const what = `variance in ${window} × ${window} pixels`;
  return `the object has a texture of ${own} (${what}), and this prior is calibrated for ${range.join(' to ')}`;
}

/** Mean over the object of the variance of an image in a window. */
export function meanTexture(mean: Float32Array, domain: Space, window: number): number {
  const [texture, inside] = [localVariance(mean, domain, window), objectOf(mean, domain)];
  let [sum, count] = [0, 0];
  for (let i = 0; i < mean.length; i++) {
    if (inside[i] === 0) continue;
    sum += texture[i];
    count++;
  }
  return count === 0 ? 0 : sum / count;
}

/** 1 where an image is more than air (`ABOVE`), and three pixels around: where intervals are fitted and held, since air is known. */
export function objectOf(mean: Float32Array, domain: Space): Uint8Array {
  const [rows, columns] = domain.shape.slice(-2);
  const out = new Uint8Array(mean.length);
  for (let i = 0; i < mean.length; i++) {
    if (mean[i] <= ABOVE) continue;
    const [y, x] = [Math.floor(i / columns) % rows, i % columns];
    const slice = i - y * columns - x;
    for (let b = Math.max(0, y - BORDER); b <= Math.min(rows - 1, y + BORDER); b++) {
      out.fill(1, slice + b * columns + Math.max(0, x - BORDER), slice + b * columns + Math.min(columns - 1, x + BORDER) + 1);
    }
  }
  return out;
}

/** Means over a window in every slice. */
function windowMeans(values: Float32Array, domain: Space, window: number): Float32Array {
  const [rows, columns] = domain.shape.slice(-2);
  const size = rows * columns;
  const out = new Float32Array(values.length);
  for (let at = 0; at < values.length; at += size) {
    out.set(windowMean(Float64Array.from(values.subarray(at, at + size)), rows, columns, window), at);
  }
  return out;
}

/** ⟨x²⟩ − ⟨x⟩² over a window in every slice. */
function localVariance(values: Float32Array, domain: Space, window: number): Float32Array {
  const [rows, columns] = domain.shape.slice(-2);
  const size = rows * columns;
  const out = new Float32Array(values.length);
  for (let at = 0; at < values.length; at += size) {
    const x = Float64Array.from(values.subarray(at, at + size));
    const first = windowMean(x, rows, columns, window);
    const second = windowMean(
      x.map((v) => v * v),
      rows,
      columns,
      window,
    );
    for (let i = 0; i < size; i++) out[at + i] = Math.max(0, second[i] - first[i] ** 2);
  }
  return out;
}

/** Mean over a square window, the image mirrored at its edges. */
function windowMean(values: Float64Array, rows: number, columns: number, window: number): Float64Array {
  const along = (from: Float64Array, count: number, stride: number, lines: number, next: number): Float64Array => {
    const out = new Float64Array(from.length);
    const half = (window - 1) / 2;
    const mirrored = (i: number): number => {
      const at = ((i % (2 * count)) + 2 * count) % (2 * count);
      return at < count ? at : 2 * count - 1 - at;
    };
    for (let line = 0; line < lines; line++) {
      const at = (i: number): number => from[line * next + mirrored(i) * stride];
      let sum = 0;
      for (let i = -half; i <= half; i++) sum += at(i);
      for (let i = 0; i < count; i++) {
        out[line * next + i * stride] = sum / window;
        sum += at(i + half + 1) - at(i - half);
      }
    }
    return out;
  };
  return along(along(values, columns, 1, rows, columns), rows, columns, columns, 1);
}

/** @example '90 % of values lie within ±35 HU of the mean on average …' */
export function uncertaintyText(record: UncertaintyRecord, units: string): string {
  if ('refused' in record) return `no calibrated interval: ${record.refused}`;
  const { level, meanHalfWidth, calibrated } = record;
  const held = calibrated.coverage.filter(({ trained }) => !trained).map(({ share }) => 100 * share);
  const reached =
    held.length === 0 ? '' : ` (it held ${Math.min(...held).toFixed(0)} to ${Math.max(...held).toFixed(0)} % on volumes it had not seen)`;
  return `${100 * level} % interval around the mean: ±${meanHalfWidth.toPrecision(3)} ${units} on average${reached}`;
}
