import { SlicewiseError } from '../../../core/errors.js';
import { centerToOffset } from '../../kinds/radon/geometry.js';
import { detectorFields, isRadon, RADON_KINDS } from '../../kinds/radon/schema.js';
import { arrayFormats } from '../../array-formats.js';
import { readArrayMeasurement } from '../../array-measurement.js';
import type { NamedBytes } from '../../format.js';
import type { Measurement } from '../../measurement.js';
import { ownFields, requireBeamFields, resolveAngles, type ScanOptions } from '../../scan-options.js';
import { viewAxis } from '../../kinds/views.js';
import { isDxchange, readDxchange } from './dxchange.js';
import { isFastmri, readFastmri } from './fastmri.js';
import { findNxtomo, readNxtomo } from './nxtomo.js';
import { isIsmrmrd, readIsmrmrd } from '../ismrmrd/ismrmrd.js';
import { withHdf5 } from './hdf5.js';
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
      const plain = given !== undefined || options.axes !== undefined || options.dataset !== undefined;
      if (isFastmri(h5) && !plain) return readFastmri(h5, options);
      return undefined;
    },
    beside,
  );
  return known ?? readArrayMeasurement(arrayFormats.get('hdf5'), files, options);
}

/**
 * Fields the caller gives, laid over those of our own file; the grid stays.
 * @throws SlicewiseError ARGUMENT for options that contradict what the file is
 */
function override(measurement: Measurement, options: ScanOptions): Measurement {
  const { geometry: given, center, angles, clockwise } = options;
  requireNoContradiction(measurement, options);
  if ([given, center, angles, clockwise].every((option) => option === undefined)) return measurement;
  requireProjections(measurement, { center, angles, clockwise: clockwise || undefined });
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
  return { ...measurement, geometry };
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
    options.kind !== undefined && options.kind !== kind
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
