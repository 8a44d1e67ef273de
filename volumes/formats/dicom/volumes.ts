import { SlicewiseError } from '../../../core/errors.js';
import type { DicomImage } from './image.js';

/** One volume of a series that holds several: phases, echoes, stacks, or files of many frames. */
interface SeriesVolume {
  /** `temporal position 1` */
  readonly name: string;
  readonly images: readonly DicomImage[];
}

/** What may tell the volumes of a series apart, the likeliest first. */
const KEYS = [
  'stack',
  'temporal position',
  'cardiac phase',
  'trigger time',
  'echo time',
  'b-value',
  'image type',
  'orientation',
  'acquisition',
];

/**
 * The one volume of a series, or the one that `index` picks: a series may hold a volume several times (phases of an enhanced multi-frame
 * file, echoes, repetitions), and several stacks.
 * @throws SlicewiseError SERIES listing the volumes when there are several, ARGUMENT for an index that is none
 */
export function pickSeriesVolume(images: readonly DicomImage[], index: number | undefined): readonly DicomImage[] {
  const { volumes, by } = volumesOf(images);
  if (index === undefined && volumes.length === 1) return images;
  const listed = volumes.map(({ name, images: own }, n) => `${n}: ${name || 'all'} (${own.length} slices)`);
  if (index === undefined) {
    throw new SlicewiseError('SERIES', {
      message: `the series holds ${volumes.length} volumes, which differ in ${by.join(' and ')}`,
      expected: 'one',
      got: listed.slice(0, 6).join('; ') + (listed.length > 6 ? `; … (${listed.length})` : ''),
      hint: `pick one with volumeIndex 0 … ${volumes.length - 1} (--volume-index 0)`,
    });
  }
  const picked = volumes[index];
  if (picked) return picked.images;
  throw new SlicewiseError('ARGUMENT', {
    message: 'no such volume',
    expected: `volumeIndex 0 … ${volumes.length - 1} (--volume-index)`,
    got: `${index}`,
  });
}

function volumesOf(images: readonly DicomImage[]): { volumes: SeriesVolume[]; by: string[] } {
  const whole = { volumes: [{ name: '', images }], by: [] };
  if (isOneVolume(images)) return whole;
  const value = (image: DicomImage, key: string): string =>
    key === 'file' ? image.file : key === 'orientation' ? facing(image) : (image.labels[key] ?? '');
  const files = images.some(({ name, file }) => name !== file) ? ['file'] : [];
  const keys = [...KEYS, ...files].filter((key) => new Set(images.map((image) => value(image, key))).size > 1);
  const tries = [...keys.map((key) => [key]), ...keys.flatMap((a, n) => keys.slice(n + 1).map((b) => [a, b]))];
  for (const by of tries) {
    const groups = new Map<string, DicomImage[]>();
    for (const image of images) {
      const name = by.map((key) => `${key} ${value(image, key) || 'unknown'}`).join(', ');
      groups.set(name, [...(groups.get(name) ?? []), image]);
    }
    const volumes = [...groups].map(([name, own]) => ({ name, images: own }));
    if (!volumes.every(({ images: own }) => own.length > 1 && isOneVolume(own))) continue;
    const order = new Intl.Collator('en', { numeric: true });
    return { volumes: volumes.sort((a, b) => order.compare(a.name, b.name)), by };
  }
  return whole;
}

/** Where rows and columns run, as pydicom users read it: what is rounded alike is one. */
function facing({ orientation }: DicomImage): string {
  const rounded = orientation && [...orientation.along, ...orientation.down].map((x) => (Math.abs(x) < 0.05 ? 0 : +x.toFixed(1)));
  return rounded ? `(${rounded.slice(0, 3).join(' ')}) × (${rounded.slice(3).join(' ')})` : '';
}

/** One orientation, and no place taken twice. What says no place is refused elsewhere. */
function isOneVolume(images: readonly DicomImage[]): boolean {
  const [first] = images;
  if (images.some(({ position, orientation }) => !position || !orientation)) return true;
  const near = (a: readonly number[], b: readonly number[]): boolean => a.every((value, n) => Math.abs(value - b[n]) < 1e-2);
  if (!images.every(({ orientation: o }) => near(o!.along, first.orientation!.along) && near(o!.down, first.orientation!.down)))
    return false;
  return new Set(images.map(({ position }) => position!.map((mm) => mm.toFixed(3)).join())).size === images.length;
}
