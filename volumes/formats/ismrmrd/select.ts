import { SlicewiseError } from '../../../core/errors.js';
import { eachSelection, parseOne, parseSelect, type Picked } from '../../select.js';
import { hasFlag, type Acquisition, type Counter } from './records.js';

/** Counters of which a scan has one value only; averages are averaged and slices become slices unless picked. */
const SINGLE = ['contrast', 'phase', 'repetition', 'set'] as const;
const SELECTABLE: readonly Counter[] = [...SINGLE, 'average', 'slice'];

/** Acquisitions that are no image data, noise and calibration apart. */
const SKIPPED = [
  'navigation',
  'phaseCorrection',
  'hpFeedback',
  'dummy',
  'rtFeedback',
  'surfaceCoil',
  'phaseReference',
  'phaseStabilisation',
] as const;

export interface Selection {
  readonly imaging: readonly Acquisition[];
  readonly noise: readonly Acquisition[];
  /** Lines of a calibration scan of its own: coil maps come from them, the image does not. */
  readonly calibration: readonly Acquisition[];
  readonly warnings: readonly string[];
}

/**
 * Sorts acquisitions into noise, image data and what is left out. Calibration lines count as image data where no image line was
 * measured, unless they are of a separate scan.
 * @param select `contrast=0,repetition=2`
 * @throws SlicewiseError ARGUMENT when there are several contrasts, repetitions … and none is picked, or the picked one is not there
 */
export function selectAcquisitions(
  all: readonly Acquisition[],
  file: string,
  select: string | undefined,
  calibrationMode: string | undefined,
): Selection {
  const warnings: string[] = [];
  const noise = all.filter((a) => hasFlag(a, 'noise'));
  const rest = all.filter(isImage);
  const encoded = rest.filter((a) => a.encoding === 0);
  // a calibration scan may have an encoding of its own
  const elsewhere = rest.filter((a) => a.encoding !== 0 && (hasFlag(a, 'calibration') || hasFlag(a, 'calibrationAndImaging')));
  if (encoded.length + elsewhere.length < rest.length) {
    warnings.push(`${rest.length - encoded.length - elsewhere.length} acquisitions of other encodings left out (the first is read)`);
  }
  const picked = pick(encoded, file, select);

  const calibration = picked.filter(isCalibration);
  let imaging = picked.filter((a) => !isCalibration(a));
  let own: readonly Acquisition[] = elsewhere;
  if (imaging.length === 0 && calibration.length > 0) {
    // a file of calibration lines alone is a scan by itself
    imaging = calibration;
  } else if (calibration.length > 0) {
    const separate = calibrationMode === 'separate' || calibrationMode === 'external';
    const line = ({ counters: { slice, ky, kz } }: Acquisition): string => [slice, ky, kz].join();
    const measured = new Set(imaging.map(line));
    const extra = separate ? [] : calibration.filter((a) => !measured.has(line(a)));
    imaging = [...imaging, ...extra];
    const left = calibration.length - extra.length;
    if (separate) own = [...calibration, ...elsewhere];
    else if (left > 0) warnings.push(`${left} calibration lines that were measured as image lines too left out`);
  }
  if (imaging.length === 0) {
    throw new SlicewiseError('FORMAT', {
      message: `${file} has no acquisitions of an image`,
      expected: 'lines of k-space',
      got: `${all.length} acquisitions, ${noise.length} of them noise`,
    });
  }
  return { imaging, noise, calibration: own, warnings };
}

/** Lines of images and of their calibration. */
const isImage = (a: Acquisition): boolean => !hasFlag(a, 'noise') && !SKIPPED.some((flag) => hasFlag(a, flag));
/** Lines of calibration alone. */
const isCalibration = (a: Acquisition): boolean => hasFlag(a, 'calibration') && !hasFlag(a, 'calibrationAndImaging');

/** What `select` must say for each of the images that it asks for by `all`. @throws SlicewiseError ARGUMENT for what is no counter */
export function imagesOfAcquisitions(all: readonly Acquisition[], select: string | undefined): string[] {
  const picked = requireCounters(parseSelect(select));
  const encoded = all.filter((a) => isImage(a) && a.encoding === 0);
  const imaging = encoded.filter((a) => !isCalibration(a));
  return eachSelection(
    picked,
    (imaging.length > 0 ? imaging : encoded).map(({ counters }) => ({ ...counters })),
  );
}

function pick(acquisitions: readonly Acquisition[], file: string, select: string | undefined): Acquisition[] {
  const wanted = requireCounters(parseOne(select)) as [Counter, number][];
  let left = [...acquisitions];
  const values = (name: Counter): number[] => [...new Set(left.map((a) => a.counters[name]))].sort((a, b) => a - b);
  for (const [name, value] of wanted) {
    const there = values(name);
    left = left.filter((a) => a.counters[name] === value);
    if (left.length === 0) {
      throw new SlicewiseError('ARGUMENT', {
        message: `${file} has no ${name} ${value}`,
        expected: `one of ${there.join(', ')}`,
        got: `${value}`,
      });
    }
  }
  for (const name of SINGLE) {
    const there = values(name);
    if (there.length < 2) continue;
    throw new SlicewiseError('ARGUMENT', {
      message: `${file} holds several images: ${name} ${there.slice(0, 8).join(', ')}${there.length > 8 ? ', …' : ''}`,
      expected: 'one',
      got: `${there.length}`,
      hint: `pick one with --select ${name}=${there[0]}, or reconstruct each with --select ${name}=all`,
    });
  }
  return left;
}

function requireCounters<P extends Picked>(picked: readonly P[]): readonly P[] {
  const other = picked.find(([name]) => !(SELECTABLE as readonly string[]).includes(name));
  if (!other) return picked;
  throw new SlicewiseError('ARGUMENT', {
    message: '--select',
    expected: `name=number, …, with names out of ${SELECTABLE.join(', ')}`,
    got: `'${other.join('=')}'`,
  });
}

/**
 * The coils of every acquisition.
 * @throws SlicewiseError SHAPE naming one that has others
 */
export function requireSameCoils(imaging: readonly Acquisition[], file: string): number {
  const [{ coils }] = imaging;
  const other = imaging.find((a) => a.coils !== coils);
  if (!other) return coils;
  throw new SlicewiseError('SHAPE', {
    message: `coils of ${file}`,
    expected: `${coils} in every acquisition`,
    got: `${other.coils} in acquisition ${other.index}`,
  });
}
