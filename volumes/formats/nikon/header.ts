import { SlicewiseError } from '../../../core/errors.js';

/** What an .xtekct file says of a scan; lengths in mm, angles in degrees. */
export interface XtekCt {
  /** Projections are NAME_0001.tif and so on. */
  readonly name: string;
  readonly projections: number;
  readonly rows: number;
  readonly columns: number;
  readonly rowPitch: number;
  readonly columnPitch: number;
  readonly sourceToObject: number;
  readonly sourceToDetector: number;
  readonly initialAngle: number;
  readonly angularStep: number;
  /** Of the rotation axis from the line through source and detector centre, along the detector's columns. */
  readonly objectOffset: number;
  /** Grey value without object. */
  readonly whiteLevel?: number;
  /** Of the field of view. */
  readonly maskRadius?: number;
  /** Numbers that a scan may have and that are not gone by: they are told. */
  readonly unused: readonly string[];
}

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes).replace(/^\uFEFF/, '');

export const sniffXtekct = (bytes: Uint8Array): boolean => /^\s*\[XTekCT\]/i.test(decode(bytes.subarray(0, 64)));

/** Things that bend the geometry. */
const BENDING = [
  'DetectorOffsetX',
  'DetectorOffsetY',
  'ObjectTilt',
  'ObjectRoll',
  'CentreOfRotationTop',
  'CentreOfRotationBottom',
  'AxisOffsetX',
];

/** @throws SlicewiseError FORMAT for a file that lacks one of the numbers that a scan needs */
export function readXtekct(bytes: Uint8Array, file: string): XtekCt {
  const values = new Map<string, string>();
  for (const line of decode(bytes).split(/\r\n|\r|\n/)) {
    const match = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line);
    if (match && !values.has(match[1].toLowerCase())) values.set(match[1].toLowerCase(), match[2]);
  }
  const number = (key: string): number | undefined => {
    const text = values.get(key.toLowerCase());
    if (text === undefined || text === '') return undefined;
    // decimal commas of some systems
    const value = Number(/^-?\d+,\d+$/.test(text) ? text.replace(',', '.') : text);
    if (Number.isFinite(value)) return value;
    throw new SlicewiseError('FORMAT', { message: `${key} in ${file}`, expected: 'a number', got: `'${text}'` });
  };
  const needed = (key: string, whole = false): number => {
    const value = number(key);
    if (value !== undefined && value > 0 && (!whole || (Number.isInteger(value) && value <= 1e6))) return value;
    throw new SlicewiseError('FORMAT', {
      message: `${key} in ${file}`,
      expected: whole ? 'a positive whole number' : 'a positive number',
      got: values.get(key.toLowerCase()) ?? 'nothing',
      hint: 'the file is no scan of one axis, or cut off',
    });
  };
  const pitch = needed('DetectorPixelSizeX');
  return {
    name: values.get('name') ?? file.replace(/\.xtekct$/i, ''),
    projections: needed('Projections', true),
    rows: needed('DetectorPixelsY', true),
    columns: needed('DetectorPixelsX', true),
    rowPitch: number('DetectorPixelSizeY') || pitch,
    columnPitch: pitch,
    sourceToObject: needed('SrcToObject'),
    sourceToDetector: needed('SrcToDetector'),
    initialAngle: number('InitialAngle') ?? 0,
    angularStep: number('AngularStep') ?? 360 / needed('Projections', true),
    objectOffset: number('ObjectOffsetX') ?? 0,
    whiteLevel: number('WhiteLevel'),
    maskRadius: number('MaskRadius'),
    unused: BENDING.flatMap((key) => ((number(key) ?? 0) === 0 ? [] : [`${key} = ${number(key)}`])),
  };
}

/**
 * Angles of `_ctdata.txt`: a line for every projection, its number (from 1 or 0) and its angle in degrees, behind lines of heading.
 * @throws SlicewiseError FORMAT unless there is one for every projection
 */
export function readCtData(bytes: Uint8Array, file: string, projections: number): number[] {
  const rows = decode(bytes)
    .split(/\r\n|\r|\n/)
    .map((line) =>
      line
        .trim()
        .split(/[\s;]+/)
        .map((word) => Number(/^-?\d+,\d+$/.test(word) ? word.replace(',', '.') : word)),
    )
    .filter((row) => row.length >= 2 && row.every(Number.isFinite));
  // the numbered lines are the last ones: a heading may have numbers too
  const own = rows.slice(-projections);
  const counted = own.every(([n], at) => n === own[0][0] + at) && own.length === projections && own[0][0] <= 1;
  if (counted) return own.map(([, angle]) => angle);
  throw new SlicewiseError('FORMAT', {
    message: `angles in ${file}`,
    expected: `${projections} numbered lines: projection, angle`,
    got: `${rows.length} lines of numbers`,
    hint: 'take the file away to go by InitialAngle and AngularStep, or give --angles',
  });
}
