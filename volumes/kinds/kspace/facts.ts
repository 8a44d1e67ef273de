import { fullySampledCentre, summariseMask, type CentredRegion } from '../../../core/sampling-mask.js';
import type { MrFacts } from '../../formats/support/mr-header.js';
import type { Measurement } from '../../measurement.js';
import type { Readout } from './mask.js';
import { partialFourier, type PartialFourier } from './partial.js';

/** What there is to tell of a k-space scan. */
export interface KspaceFacts {
  readonly slices: number;
  readonly coils: number;
  /** Rows (ky) × columns (kx). */
  readonly matrix: readonly [ky: number, kx: number];
  readonly readout: Readout;
  /** Elements of k-space over measured samples. */
  readonly acceleration: number;
  /** All slices have the same mask. */
  readonly sharedMask: boolean;
  readonly maskFrom?: string;
  /** The largest whole rectangle about the centre; undefined when the centre was not measured. */
  readonly calibration?: CentredRegion;
  /** One side of k-space was measured in part; the first slice's. */
  readonly partialFourier?: PartialFourier;
  /** Samples a coil of the noise scan; 0 without one. */
  readonly noiseSamples: number;
  readonly maps: boolean;
  readonly scanner: MrFacts;
}

/** The facts of a `fourier.cartesian` measurement, for `info` and reports. Scans without a mask are fully sampled. */
export function kspaceFacts({ shape, geometry, arrays, meta }: Measurement): KspaceFacts {
  const [slices, coils, ny, nx] = shape;
  const mask = arrays?.mask ?? { data: new Float32Array(ny * nx).fill(1), shape: [1, ny, nx], dtype: 'float32' };
  return {
    slices,
    coils,
    matrix: [ny, nx],
    readout: geometry.readout as Readout,
    acceleration: summariseMask(mask).acceleration,
    sharedMask: mask.shape[0] === 1,
    maskFrom: meta.maskFrom as string | undefined,
    calibration: fullySampledCentre(mask),
    partialFourier: partialFourier(mask),
    noiseSamples: arrays?.noiseScan?.shape[1] ?? 0,
    maps: arrays?.maps !== undefined,
    scanner: (meta.mri ?? {}) as MrFacts,
  };
}

/** The same as lines of a table: name and text. */
export function kspaceRows(scan: Measurement): [string, string][] {
  const facts = kspaceFacts(scan);
  const { matrix, calibration, scanner } = facts;
  const said: [string, string | undefined][] = [
    ['coils', `${facts.coils}`],
    ['matrix', `${matrix[0]} × ${matrix[1]} (ky × kx), ${facts.slices} slice${facts.slices > 1 ? 's' : ''}`],
    ['readout', facts.readout === 'slice' ? 'along the slices (3-D encoding)' : `along ${facts.readout}`],
    [
      'acceleration',
      `${facts.acceleration.toFixed(2)} measured (${(100 / facts.acceleration).toFixed(1)} % of ` +
        `samples)${facts.sharedMask ? '' : ', a mask for each slice'}`,
    ],
    [
      'calibration',
      calibration
        ? `${calibration.height} × ${calibration.width} (ky × kx) fully sampled about the centre`
        : 'none: the centre of k-space was not measured',
    ],
    ['partial Fourier', facts.partialFourier && partialText(facts.partialFourier)],
    ['noise scan', facts.noiseSamples ? `${facts.noiseSamples} samples a coil` : undefined],
    ['coil maps', facts.maps ? 'given' : undefined],
    ...scannerRows(scanner),
  ];
  return said.filter((row): row is [string, string] => row[1] !== undefined);
}

function partialText({ axis, first, last, count, missing }: PartialFourier): string {
  const share = (missing === 'after' ? last + 1 : count - first) / count;
  return `along ${axis}: ${(100 * share).toFixed(1)} %, lines ${first} … ${last} of 0 … ${count - 1} (--method partial-fourier)`;
}

/** Lines of what the scanner says of itself; undefined for what it does not. */
export const scannerRows = ({ fieldStrength, repetitionTime, echoTime, protocol }: MrFacts): [string, string | undefined][] => [
  ['field', fieldStrength ? `${fieldStrength} T` : undefined],
  ['TR', repetitionTime ? `${repetitionTime} ms` : undefined],
  ['TE', echoTime ? `${echoTime} ms` : undefined],
  ['protocol', protocol],
];
