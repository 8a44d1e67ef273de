import * as z from 'zod';
import { spacingOf } from '../../../core/placement.js';
import { SlicewiseError } from '../../../core/errors.js';
import type { NamedBytes } from '../../../volumes/format.js';
import { parseAngleFile } from '../../../volumes/kinds/radon/angle-file.js';
import { anglesInDegrees, parseAngles } from '../../../volumes/kinds/radon/angles.js';
import { estimateCenter } from '../../../volumes/kinds/radon/center.js';
import { parseGeometryFile } from '../../../volumes/kinds/radon/geometry-file.js';
import { fromMiddle } from '../../../volumes/kinds/radon/helix.js';
import { CONE, FAN, isVolumetric, PARALLEL } from '../../../volumes/kinds/radon/schema.js';
import { parseVectorFile, vectorKind } from '../../../volumes/kinds/radon/vector-file.js';
import type { Geometry, Grid } from '../../../volumes/measurement.js';
import type { ScanOptions } from '../../../volumes/scan-options.js';
import { withoutUndefined } from '../../../core/options.js';
import { telling } from '../modality.js';
import { fileOption, filesOf, valueOrFile, type Reading, type ReadingOptions } from '../reading.js';
import { regrid } from '../regrid.js';
import { flipped } from './flip.js';
import { suggestRadon } from './suggest.js';

const ANGLE_FILES = ['.npy', '.txt', '.csv'];
const BEAMS = { parallel: PARALLEL, fan: FAN, cone: CONE } as const;

const options: { readonly [name in keyof CtScanOptions]-?: z.ZodType } = {
  geometry: z.enum(['parallel', 'fan', 'cone']).describe('beam, where the file does not say'),
  vectors: fileOption(
    'vectors of every view in mm (.npy, text), as ASTRA has them: views × 12 (cone, parallel) or views × 6 (fan, parallel)',
  ),
  sourceZ: valueOrFile(
    z.union([z.string(), z.array(z.number())]),
    ANGLE_FILES,
    'cone, a helix: height of the source in every view, start:stop:step, a list or a file (.npy, .txt, .csv); from its middle',
  ),
  tableFeed: z.number().describe('cone, a helix: that the source climbs towards the head in a full turn; negative: the other way'),
  detectorShape: z.enum(['flat', 'curved']).describe('fan, cone: curved is an arc about the source (equiangular)'),
  geometryFile: fileOption('JSON file with the geometry (docs/reference/formats.md); flags come first'),
  angles: valueOrFile(
    z.union([z.string(), z.array(z.number())]),
    ANGLE_FILES,
    'angles: start:stop:step, a list, a file (.npy, .txt, .csv), or @dataset of the same file',
  ),
  angleUnit: z.enum(['deg', 'rad']).describe('unit of the angles'),
  clockwise: z.boolean().describe('the views go clockwise round the object, seen from the head'),
  sod: z.number().positive().describe('source to rotation axis'),
  sdd: z.number().positive().describe('source to detector'),
  pitch: z.number().positive().describe('between detector bins, on the detector'),
  rowPitch: z.number().positive().describe('between detector rows (cone)'),
  slicePitch: z.number().positive().describe('between slices (parallel, fan)'),
  offset: z.number().describe('from the projected rotation axis to the detector centre'),
  center: z
    .union([z.number(), z.enum(['auto'])], { error: 'expected a detector column or auto' })
    .describe('detector column of the rotation axis, from 0, or auto'),
  flip: z.string().describe('axes along which the data run the other way, e.g. detector or detector,row; all else is of the flipped data'),
  counts: z.number().positive().describe('the values are counts; this many without the object'),
  flat: fileOption('raw values: frames without object, a file, a folder or a pattern (io*.tif), or @dataset of the same file', {
    dataset: true,
  }),
  dark: fileOption('frames without light, the same way', { dataset: true }),
  linearise: z.enum(['auto', 'none']).describe('DXchange, NXtomo: none leaves out flat correction and −log'),
};

/** What may be said of a CT scan's file. Lengths in mm, angles in degrees. */
export interface CtScanOptions {
  readonly geometry?: keyof typeof BEAMS;
  readonly vectors?: readonly NamedBytes[];
  readonly sourceZ?: string | readonly number[] | readonly NamedBytes[];
  readonly tableFeed?: number;
  readonly detectorShape?: 'flat' | 'curved';
  readonly geometryFile?: readonly NamedBytes[];
  readonly angles?: string | readonly number[] | readonly NamedBytes[];
  readonly angleUnit?: 'deg' | 'rad';
  readonly clockwise?: boolean;
  readonly sod?: number;
  readonly sdd?: number;
  readonly pitch?: number;
  readonly rowPitch?: number;
  readonly slicePitch?: number;
  readonly offset?: number;
  readonly center?: number | 'auto';
  readonly flip?: string;
  readonly counts?: number;
  readonly flat?: `@${string}` | readonly NamedBytes[];
  readonly dark?: `@${string}` | readonly NamedBytes[];
  readonly linearise?: 'auto' | 'none';
}

/** Beams, angles, lengths in mm, and where the rotation axis is. */
export const ctReading: Reading = {
  options,
  suggest: suggestRadon,

  readers(given) {
    const { geometry: beam, angleUnit, clockwise, linearise, counts, flat, dark, center, tableFeed, ...lengths } = given as CtScanOptions;
    const angles = given.angles as string | readonly number[] | undefined;
    const { sod, sdd, pitch, rowPitch, slicePitch, offset, detectorShape } = lengths;
    if (center !== undefined && offset !== undefined) {
      throw new SlicewiseError('ARGUMENT', {
        message: '--center and --offset say the same thing',
        expected: 'one of them',
        got: 'both',
      });
    }
    const files = filesOf(given, 'geometryFile');
    const { options: file } = geometryFile(files);
    const listed = vectorsOf(given, file.kind);
    const sourceZ = heightsOf(given);
    if (sourceZ && tableFeed !== undefined) {
      throw new SlicewiseError('ARGUMENT', {
        message: '--source-z and --table-feed say the same thing',
        expected: 'one of them',
        got: 'both',
      });
    }
    const own = {
      ...listed?.geometry,
      sourceZ,
      detectorShape,
      detectorPitch: pitch,
      detectorOffset: offset,
      rowPitch,
      slicePitch,
      sourceToAxis: sod,
      sourceToDetector: sdd,
    };
    const geometry = { ...file.geometry, ...withoutUndefined(own) };
    return {
      ...file,
      ...(offset === undefined ? {} : { center: undefined }), // the file's center would win over the flag
      ...withoutUndefined({
        kind: listed?.kind ?? (beam && BEAMS[beam]),
        tableFeed,
        ...(angleFile(given) ? { angles: angleFile(given)!.degrees } : { angles, angleUnit }),
        clockwise,
        linearise,
        flat,
        dark,
        counts: counts === undefined ? undefined : { flat: counts },
        center: center === 'auto' ? undefined : center,
      }),
      ...(Object.keys(geometry).length > 0 ? { geometry } : {}),
    };
  },

  /** Flips, and tells what was guessed of a file of angles or of a geometry file, which `readers` read. */
  attach(scan, given) {
    const { flip } = given as CtScanOptions;
    const turned = flip === undefined ? scan : flipped(scan, flip);
    const guessed = given.angles === undefined ? geometryFile(filesOf(given, 'geometryFile')).guess : undefined;
    const guesses = [angleFile(given)?.guess, given.angleUnit === undefined ? guessed : undefined];
    return Promise.resolve(telling(turned, ...guesses.filter((text) => text !== undefined)));
  },

  /** 'auto' estimates the rotation axis from all views and sets the detector offset (parallel beam over 180°). */
  adjust(scan, given) {
    if (given.center !== 'auto') return scan;
    const { center, offset, confidence } = estimateCenter(scan);
    const doubt = confidence < 0.55 ? ', but the minimum is hardly one: check the image, or give --center COLUMN' : '';
    return telling(
      { ...scan, geometry: { ...scan.geometry, detectorOffset: offset } },
      `rotation axis estimated at detector column ${center.toFixed(2)} (offset ${offset.toFixed(3)} mm)${doubt}`,
    );
  },

  place(scan, given) {
    const [size, spacing] = [given.size, given.spacing] as (readonly number[] | undefined)[];
    const grid = regrid(scan.grid, size, spacing);
    if (!isVolumetric(scan.kind)) requireSameSlices(scan.grid, grid);
    return { ...scan, grid };
  },
};

/** What a geometry file says, and what is to be said where the unit of its angles is a guess. */
function geometryFile(files: readonly NamedBytes[] | undefined): { readonly options: ScanOptions; readonly guess?: string } {
  if (!files) return { options: {} };
  let guess: string | undefined;
  const options = parseGeometryFile(...textOf(files), (message) => (guess = message));
  return { options, guess };
}

/** Angles of a file in degrees, and what is to be said where their unit is a guess. */
function angleFile(given: ReadingOptions): { readonly degrees: number[]; readonly guess?: string } | undefined {
  const { angles, angleUnit } = given as CtScanOptions;
  const [file] = (Array.isArray(angles) ? angles : []) as (NamedBytes | number)[];
  if (file === undefined || typeof file === 'number') return undefined;
  let guess: string | undefined;
  const { values, unit } = parseAngleFile(file);
  const degrees = anglesInDegrees(values, angleUnit ?? unit, (message) => (guess = message));
  return { degrees, guess };
}

/** Vectors of a file, and the kind that they and the beam make. A scan file of ours says its beam itself. */
function vectorsOf(
  given: ReadingOptions,
  fromFile: string | undefined,
): { readonly kind?: string; readonly geometry: Geometry } | undefined {
  const files = filesOf(given, 'vectors');
  if (!files) return undefined;
  const { geometry: beam } = given as CtScanOptions;
  const vectors = parseVectorFile(files[0]);
  const kind = beam ? BEAMS[beam] : fromFile;
  return { ...(kind === undefined ? {} : { kind: vectorKind(vectors, kind) }), geometry: { vectors } };
}

/** Heights of the source in every view, from their middle. */
function heightsOf(given: ReadingOptions): number[] | undefined {
  const { sourceZ } = given as CtScanOptions;
  if (sourceZ === undefined) return undefined;
  if (typeof sourceZ === 'string') return fromMiddle(parseAngles(sourceZ));
  const [first] = sourceZ as readonly (NamedBytes | number)[];
  return fromMiddle(typeof first === 'object' ? parseAngleFile(first).values : (sourceZ as readonly number[]));
}

const textOf = ([{ bytes, name }]: readonly NamedBytes[]): [string, string] => [new TextDecoder().decode(bytes), name];

/** Slices of a parallel or fan beam lie where they were measured. */
function requireSameSlices(before: Grid, after: Grid): void {
  const [was, is] = [spacingOf(before, 'mm')[2], spacingOf(after, 'mm')[2]];
  if (before.shape[0] === after.shape[0] && Math.abs(is / was - 1) < 1e-6) return;
  throw new SlicewiseError('ARGUMENT', {
    message: 'slices of a parallel or fan beam cannot be placed anew',
    expected: `${before.shape[0]} of ${was} mm, as measured`,
    got: `${after.shape[0]} of ${is} mm`,
    hint: 'say x and y only: --size 256x256, --spacing 1x1',
  });
}
