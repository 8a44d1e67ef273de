import { elements } from '../../../core/array.js';
import { SlicewiseError } from '../../../core/errors.js';
import { checkMeasurement } from '../../finite.js';
import type { MeasurementFormat, NamedBytes } from '../../format.js';
import { flatCorrected } from '../../kinds/radon/flats.js';
import { gridFor } from '../../kinds/radon/geometry.js';
import { negativeLog, repairWarnings } from '../../kinds/radon/projections.js';
import { CONE, FAN, isRadon } from '../../kinds/radon/schema.js';
import type { Measurement } from '../../measurement.js';
import { toFloat32 } from '../../raw-array.js';
import { resolveAngles, resolveGeometry, type ScanOptions } from '../../scan-options.js';
import { framesOf } from '../../frames.js';
import { namedAmong } from '../support/detached.js';
import { readSamples } from '../support/samples.js';
import { naturalOrder, readTiffStack } from '../tiff/tiff-stack.js';
import { readCtData, readXtekct, sniffXtekct, type XtekCt } from './header.js';

/**
 * Scans of Nikon (X-Tek) laboratory scanners: NAME.xtekct, text with the geometry, and beside it a projection a view, NAME_0001.tif (or
 * .raw, 16-bit or float32). Projections have been corrected for dark and gain by the scanner; their grey value without object is
 * WhiteLevel.
 * The object turns clockwise, which is the same as source and detector turning counter-clockwise: angles rise as ours do. Source: the
 * parameters as CIL's reader and CCPi's code document them.
 */
export const nikon: MeasurementFormat = {
  name: 'Nikon',
  extensions: ['.xtekct'],
  maxFiles: Infinity,
  sniff: ({ bytes }) => sniffXtekct(bytes),
  companions: (file, others) => (sniffXtekct(file.bytes) ? others.filter(({ name }) => isPart(file, name)) : []),
  read: readNikon,
};

const stemOf = (file: NamedBytes): string => {
  try {
    return readXtekct(file.bytes, file.name).name;
  } catch {
    return file.name.replace(/\.xtekct$/i, '');
  }
};
const isPart = (file: NamedBytes, name: string): boolean =>
  (name.startsWith(`${stemOf(file)}_`) && /_\d+\.(tiff?|raw)$/i.test(name)) ||
  name === '_ctdata.txt' ||
  /\.(xtekVolume|xtekct\.bak|ang)$/i.test(name);

/**
 * Cone beam [view, row, column], rows upwards; one detector row is a fan beam. −ln(I / WhiteLevel), or with `flat` and `dark` pixel by
 * pixel.
 * @throws SlicewiseError FORMAT (file or projections missing, damaged, of another size), GEOMETRY, NOT_FINITE
 */
async function readNikon(files: readonly NamedBytes[], options: ScanOptions): Promise<Measurement> {
  const headers = files.filter(({ bytes }) => sniffXtekct(bytes));
  if (headers.length !== 1) {
    throw new SlicewiseError('FORMAT', {
      message: `${headers.length} .xtekct files`,
      expected: 'one',
      got: headers.map(({ name }) => name).join(', ') || 'projections alone',
      hint: 'name the .xtekct file of the scan',
    });
  }
  const [file] = headers;
  const scan = readXtekct(file.bytes, file.name);
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const kind = options.kind ?? (scan.rows > 1 ? CONE : FAN);
  if (!isRadon(kind)) throw new SlicewiseError('GEOMETRY', { message: 'kind of scan', expected: `${CONE} or ${FAN}`, got: kind });
  if (scan.unused.length > 0) {
    warn(
      `${file.name} has ${scan.unused.join(', ')}, which is not gone by: tell the axis with --center or --offset if the image is doubled`,
    );
  }
  const ctdata = namedAmong('_ctdata.txt', files) ?? (await file.beside?.('_ctdata.txt'));
  const own = ctdata
    ? readCtData(ctdata.bytes, ctdata.name, scan.projections)
    : Array.from({ length: scan.projections }, (_, n) => scan.initialAngle + n * scan.angularStep);
  const angles = resolveAngles(options, scan.projections, own);
  const { rows, columns } = scan;
  const magnification = scan.sourceToDetector / scan.sourceToObject;
  const fromFile = {
    sourceToAxis: scan.sourceToObject,
    sourceToDetector: scan.sourceToDetector,
    ...(kind === CONE
      ? { columnPitch: scan.columnPitch, rowPitch: scan.rowPitch, columnOffset: -scan.objectOffset * magnification }
      : { detectorPitch: scan.columnPitch, detectorOffset: -scan.objectOffset * magnification }),
  };
  const { geometry } = resolveGeometry(kind, angles, { columns, rows }, options, fromFile, warn);
  const raw = upwards(await projectionsOf(file, scan, files), scan);
  const data = await linearised(raw, scan, options, kind === CONE, file.name, warnings);
  return checkMeasurement({
    kind,
    data,
    shape: kind === CONE ? [scan.projections, rows, columns] : [1, scan.projections, columns],
    dtype: 'float32',
    geometry,
    noise: { type: 'unknown' },
    grid: gridFor(kind, geometry, rows, { units: '1/mm', ...options.grid }),
    meta: {
      source: file.name,
      format: 'Nikon',
      warnings,
      ...(scan.maskRadius ? { maskRadius: scan.maskRadius } : {}),
      anglesFrom: options.angles !== undefined ? 'given' : ctdata ? '_ctdata.txt' : 'InitialAngle and AngularStep',
    },
  });
}

/** Grey values [view, row, column] as they are stored. */
async function projectionsOf(file: NamedBytes, scan: XtekCt, files: readonly NamedBytes[]): Promise<Float32Array> {
  const { name, projections, rows, columns } = scan;
  const among = naturalOrder(files.filter((f) => f.name.startsWith(`${name}_`) && /_\d+\.(tiff?|raw)$/i.test(f.name)));
  const found = among.length > 0 ? among : await besides(file, scan);
  if (found.length !== projections) {
    throw new SlicewiseError('FORMAT', {
      message: `projections of ${file.name}`,
      expected: `${projections}: ${name}_0001.tif … ${name}_${String(projections).padStart(4, '0')}.tif beside it`,
      got: `${found.length}`,
      hint: 'put them into the folder of the .xtekct file; some of them are told by --views',
    });
  }
  if (/\.raw$/i.test(found[0].name)) {
    const out = new Float32Array(projections * rows * columns);
    found.forEach((one, n) => {
      const type = one.bytes.length === rows * columns * 4 ? 'float32' : 'uint16';
      out.set(readSamples(one.bytes, { type, littleEndian: true, offset: 0, count: rows * columns }), n * rows * columns);
    });
    return out;
  }
  const { data, shape } = await readTiffStack(found);
  if (shape[0] === projections && shape[1] === rows && shape[2] === columns && data.length === elements(shape)) return toFloat32(data);
  throw new SlicewiseError('FORMAT', {
    message: `projections of ${file.name}`,
    expected: `${projections} of ${rows}×${columns} (DetectorPixelsY × DetectorPixelsX)`,
    got: shape.join('×'),
  });
}

/** Numbered from 1, or from 0, with four digits. */
async function besides(file: NamedBytes, { name, projections }: XtekCt): Promise<NamedBytes[]> {
  const at = async (n: number): Promise<NamedBytes | undefined> => {
    for (const ending of ['tif', 'tiff', 'raw']) {
      const found = await file.beside?.(`${name}_${String(n).padStart(4, '0')}.${ending}`);
      if (found) return found;
    }
    return undefined;
  };
  const start = (await at(0)) ? 0 : 1;
  const found: NamedBytes[] = [];
  for (let n = start; n < start + projections; n++) {
    const one = await at(n);
    if (!one) break;
    found.push(one);
  }
  return found;
}

/** Rows of an image go down, those of a detector up (+z). */
function upwards(data: Float32Array, { projections, rows, columns }: XtekCt): Float32Array {
  const out = new Float32Array(data.length);
  for (let view = 0; view < projections; view++) {
    for (let row = 0; row < rows; row++) {
      const from = (view * rows + rows - 1 - row) * columns;
      out.set(data.subarray(from, from + columns), (view * rows + row) * columns);
    }
  }
  return out;
}

async function linearised(
  data: Float32Array,
  { projections: views, rows, columns, whiteLevel }: XtekCt,
  options: ScanOptions,
  cone: boolean,
  name: string,
  warnings: string[],
): Promise<Float32Array> {
  const level = options.counts ? options.counts.flat : whiteLevel;
  if (options.flat !== undefined || options.dark !== undefined) {
    const flip = async (given: ScanOptions['flat']) => {
      const frames = await framesOf(undefined, [], given);
      if (!frames) return undefined;
      const count = frames.data.length / (rows * columns);
      const turned = Number.isInteger(count)
        ? upwards(toFloat32(frames.data), { projections: count, rows, columns } as XtekCt)
        : frames.data;
      return { ...frames, data: turned };
    };
    const frames = { flat: await flip(options.flat), dark: await flip(options.dark) };
    return flatCorrected({ data, views, rows, columns, cone: cone || rows === 1 }, frames, level, warnings);
  }
  if (level === undefined || !(level > 0)) {
    throw new SlicewiseError('FORMAT', {
      message: `${name} does not say the grey value without object`,
      expected: 'WhiteLevel',
      got: 'none',
      hint: 'give --counts VALUE, or --flat',
    });
  }
  const repairs = { floored: 0, dead: 0 };
  negativeLog(data, level, repairs);
  warnings.push(...repairWarnings(repairs, data.length));
  return data;
}
