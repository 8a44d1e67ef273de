import { number, sizes } from '../../core/text.js';
import { kindOf } from '../../volumes/kinds/registry.js';
import type { Grid, Measurement, NoiseModel } from '../../volumes/measurement.js';
import { inverseCrimeWarning } from './inverse-crime.js';
import { modalityOf, requireKind } from './lookup.js';
import type { ScanFacts } from './modality.js';

type Row = readonly [name: string, text: string];

/** What there is to tell of any scan: of its kind (axes, geometry, noise) and what its modality adds. For `info` and reports. */
export interface ToldScan {
  /** Name of the kind and its axes. */
  readonly axes: readonly string[];
  /** What the modality tells. */
  readonly own: readonly Row[];
  /** What the numbers of the data are. */
  readonly values: string;
  /** Fields of the geometry; lists with an entry a view summed up. */
  readonly geometry: readonly Row[];
  readonly noise: string;
  readonly json: { readonly [name: string]: unknown };
  /** Lines of the file's own header. */
  readonly header: readonly string[];
}

/** What there is to tell of a scan: of any kind its axes, values and geometry, and what its modality says of it. */
export function factsOf(scan: Measurement): ToldScan {
  const kind = kindOf(scan.kind);
  const facts: ScanFacts = knows(scan) ? (requireKind(scan.kind).physics.facts?.(scan) ?? { rows: [] }) : { rows: [] };
  const { rows, json = {}, values, told = [], header = [] } = facts;
  const perView = kind?.views?.fields ?? {};
  const lists = Object.entries(perView).flatMap(([field, unit]): Row[] => {
    const list = scan.geometry[field];
    if (!Array.isArray(list)) return [];
    const [first] = list as unknown[];
    const text = Array.isArray(first) ? `${list.length} lists of ${first.length}` : spanText(list as number[], unit);
    return [[field, text]];
  });
  const others = Object.entries(scan.geometry)
    .filter(([name]) => !told.includes(name) && !(name in perView))
    .map(([name, value]): Row => [name, typeof value === 'number' ? number(value) : JSON.stringify(value)]);
  return {
    axes: kind?.axes ?? [],
    own: rows,
    values: scan.dtype === 'complex64' ? 'real and imaginary parts' : (values ?? 'as measured'),
    geometry: [...lists, ...others],
    noise: noiseText(scan.noise),
    json,
    header,
  };
}

const knows = ({ kind }: Measurement): boolean => modalityOf(kind) !== undefined;

/** What data and grid make doubtful before any run. */
export function scanWarnings(scan: Measurement, grid: Grid = scan.grid): readonly string[] {
  if (!knows(scan)) return [];
  const { physics } = requireKind(scan.kind);
  return [...(physics.plausible?.(scan) ?? []), ...(physics.warnings?.(scan, grid) ?? [])];
}

/** The same, and what is doubtful of a simulation that is now reconstructed. */
export function runWarnings(scan: Measurement, grid: Grid): string[] {
  const crime = inverseCrimeWarning(scan, grid);
  return [...scanWarnings(scan, grid), ...(crime ? [crime] : [])];
}

const noiseText = (noise: NoiseModel): string => {
  if (noise.type === 'gaussian') return `Gaussian, std ${number(Number(noise.std.toPrecision(5)))}`;
  return noise.type === 'poisson' ? `${noise.photons} photons per bin` : noise.type;
};

/** @example spanText([0, 9, 171], '°') // '3 from 0° to 171°' */
function spanText(list: readonly number[], unit: string): string {
  const last = list[list.length - 1];
  return list.length < 2 ? `${number(list[0])}${unit}` : `${list.length} from ${number(list[0])}${unit} to ${number(last)}${unit}`;
}

/** Shape of the data with the names of its axes: '16 × 20 × 368 (slice, view, detector)'. */
export const shapeText = ({ kind, shape }: Measurement): string =>
  `${sizes(shape)} (${kindOf(kind)?.axes.join(', ') ?? 'axes of the kind'})`;
