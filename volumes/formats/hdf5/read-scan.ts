import { SlicewiseError } from '../../../core/errors.js';
import { centerToOffset } from '../../kinds/radon/geometry.js';
import { detectorFields, isRadon, isVectors, RADON_KINDS } from '../../kinds/radon/schema.js';
import { vectorKind } from '../../kinds/radon/vector-file.js';
import { arrayFormats } from '../../array-formats.js';
import { imagesOfArray, readArrayMeasurement } from '../../array-measurement.js';
import type { NamedBytes } from '../../format.js';
import type { Measurement } from '../../measurement.js';
import { ownFields, requireBeamFields, requireHelix, resolveAngles, resolveGeometry, type ScanOptions } from '../../scan-options.js';
import { viewAxis } from '../../kinds/views.js';
import { isDxchange, readDxchange } from './dxchange.js';
import { imagesOfFastmri, isFastmri, readFastmri } from './fastmri.js';
import { findNxtomo, readNxtomo } from './nxtomo.js';
import { imagesOfIsmrmrd, isIsmrmrd, readIsmrmrd } from '../ismrmrd/ismrmrd.js';
import { withHdf5 } from './open.js';
import { isScan, readScan } from './scan-file.js';
import { readTrajectoryFile } from '../../kinds/trajectory/file.js';

/**
 * A scan of an HDF5 file. With what reads ISMRMRD's XML it is a part of its own, which a page fetches with the first such file.
 * @throws SlicewiseError as the readers of the single layouts do
 */
export async function readHdf5Scan(files: readonly NamedBytes[], options: ScanOptions): Promise<Measurement> {
  const [{ bytes, name, beside }] = files;
  const { trajectory: given } = options;
  const trajectory = given !== undefined && typeof given !== 'string' ? await readTrajectoryFile(given) : undefined;
  const known = await withHdf5(
    bytes,
    name,
    (h5) => {
      if (isScan(h5)) return override(readScan(h5), options);
      if (isDxchange(h5) && (options.dataset ?? 'exchange/data').replace(/^\//, '') === 'exchange/data') {
        return readDxchange(h5, options);
      }
      const nxtomo = findNxtomo(h5, options);
      if (nxtomo) return readNxtomo(h5, nxtomo, options);
      if (isIsmrmrd(h5)) return readIsmrmrd(h5, options, trajectory);
      if (isFastmri(h5) && !asPlain(options)) return readFastmri(h5, options);
      return undefined;
    },
    beside,
  );
  return known ?? readArrayMeasurement(arrayFormats.get('hdf5'), files, options);
}

/** What is said of plain arrays makes a fastMRI file one. */
const asPlain = ({ trajectory, axes, dataset }: ScanOptions): boolean => [trajectory, axes, dataset].some((option) => option !== undefined);

/**
 * What `select` must say for each of the images that it asks for by `all`.
 * @throws SlicewiseError ARGUMENT for a name that the layout has not
 */
export async function imagesOfHdf5(files: readonly NamedBytes[], options: ScanOptions): Promise<string[]> {
  const [{ bytes, name, beside }] = files;
  const known = await withHdf5(
    bytes,
    name,
    (h5) => {
      if (isScan(h5)) return [];
      if (isIsmrmrd(h5)) return imagesOfIsmrmrd(h5, options);
      return isFastmri(h5) && !asPlain(options) ? imagesOfFastmri(h5, options) : undefined;
    },
    beside,
  );
  return known ?? imagesOfArray(arrayFormats.get('hdf5'), files, options);
}

/**
 * Fields the caller gives, laid over those of our own file; the grid stays.
 * @throws SlicewiseError ARGUMENT for options that contradict what the file is
 */
function override(measurement: Measurement, options: ScanOptions): Measurement {
  const { geometry: given, center, angles, clockwise, tableFeed } = options;
  requireNoContradiction(measurement, options);
  if ([given, center, angles, clockwise, tableFeed].every((option) => option === undefined)) return measurement;
  requireProjections(measurement, { center, angles, clockwise: clockwise || undefined, tableFeed });
  if (given?.vectors !== undefined || isVectors(measurement.kind)) return byVectors(measurement, options);
  requireBeamFields(measurement.kind, given);
  const geometry: { [key: string]: unknown } = { ...measurement.geometry, ...ownFields(measurement.kind, given) };
  if (angles !== undefined || clockwise) {
    const views = measurement.shape[viewAxis(measurement.kind)];
    geometry.angles = resolveAngles(options, views, geometry.angles as number[]);
  }
  if (center !== undefined) {
    const { count, pitch, offset } = detectorFields(measurement.kind);
    geometry[offset] = centerToOffset(center, Number(geometry[count]), Number(geometry[pitch]));
  }
  if (tableFeed !== undefined) geometry.sourceZ = requireHelix(measurement.kind, geometry.angles as number[], tableFeed);
  return { ...measurement, geometry };
}

/** The same data, their views said by vectors. */
function byVectors(measurement: Measurement, options: ScanOptions): Measurement {
  const { kind: own, shape, geometry: before } = measurement;
  const { vectors, ...rest } = options.geometry ?? {};
  const lists = (vectors ?? before.vectors) as readonly (readonly number[])[];
  const kind = isVectors(own) ? own : vectorKind(lists, own);
  const views = shape[viewAxis(own)];
  if (lists.length !== views) {
    throw new SlicewiseError('GEOMETRY', {
      message: 'vectors and data do not match',
      expected: `vectors of ${views} views`,
      got: `${lists.length}`,
    });
  }
  const counts = { columns: shape[2], rows: shape[1] };
  const { geometry } = resolveGeometry(kind, [], counts, { ...options, geometry: { ...rest, vectors: lists } }, before);
  return { ...measurement, kind, geometry };
}

/** What is said of a turning beam means nothing to other scans. */
function requireProjections({ kind }: Measurement, options: { readonly [name: string]: unknown }): void {
  const name = Object.keys(options).find((option) => options[option] !== undefined);
  if (name === undefined || isRadon(kind)) return;
  throw new SlicewiseError('ARGUMENT', {
    message: `--${name} is for projections`,
    expected: `a scan of kind ${RADON_KINDS.join(', ')}`,
    got: kind,
    hint: `leave --${name} out`,
  });
}

/** A scan file says its beam, axes and units itself. */
function requireNoContradiction({ kind }: Measurement, options: ScanOptions): void {
  const { axes, counts, flat, dark, linearise, trajectory, trajectoryUnit, trajectoryOrder } = options;
  const wrong =
    options.kind !== undefined && options.kind !== kind && !isVectors(options.kind)
      ? `kind ${options.kind} (--geometry)`
      : Object.entries({ axes, counts, flat, dark, linearise, trajectory, trajectoryUnit, trajectoryOrder }).find(
          ([, value]) => value !== undefined && value !== false,
        )?.[0];
  if (wrong === undefined) return;
  throw new SlicewiseError('ARGUMENT', {
    message: 'a scan file says its beam and axes itself, and holds line integrals',
    expected: `${kind}, without options for plain arrays`,
    got: wrong,
    hint: 'leave that option out; angles, lengths, offset and centre may be given',
  });
}
