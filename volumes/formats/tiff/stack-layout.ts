/** What a TIFF file's description says of its pages: how many there are, what they count, and the size of a voxel. */
export interface StackLayout {
  /** Pages, also those that have no directory of their own. */
  readonly images: number;
  /** What the pages count, the fastest first: ImageJ's are channel, slice, frame. */
  readonly order: readonly { readonly name: PageAxis; readonly size: number }[];
  /** mm along column, row and slice; what is not said is absent. */
  readonly spacing: readonly [column?: number, row?: number, slice?: number];
}

export type PageAxis = 'channel' | 'slice' | 'frame';

const MM: { readonly [unit: string]: number } = {
  nm: 1e-6,
  nanometer: 1e-6,
  um: 1e-3,
  µm: 1e-3,
  μm: 1e-3,
  '\\u00b5m': 1e-3,
  micron: 1e-3,
  microns: 1e-3,
  micrometer: 1e-3,
  mm: 1,
  millimeter: 1,
  cm: 10,
  centimeter: 10,
  m: 1000,
  meter: 1000,
  inch: 25.4,
  inches: 25.4,
};

/**
 * Reads ImageDescription as ImageJ, OME and tifffile write it; undefined for other texts.
 *
 * ImageJ writes stacks above 4 GB with one directory (IFD) only: the pages follow one another from the first one's offset.
 * Sources: ImageJ's TiffDecoder and FileInfo; OME-TIFF specification 6.0, "Pixels"; tifffile, `shaped` files.
 * @param page height and width of a page
 * @param resolution pixels a unit along x and y (XResolution, YResolution)
 */
export function stackLayout(
  description: string,
  page: readonly [height: number, width: number],
  resolution: readonly [x?: number, y?: number] = [],
): StackLayout | undefined {
  if (/^ImageJ=/.test(description)) return imagej(description, resolution);
  if (/<OME[\s>]/.test(description)) return ome(description);
  return shaped(description, page);
}

function imagej(text: string, [x, y]: readonly [x?: number, y?: number]): StackLayout {
  const fields = new Map(text.split(/\r?\n/).map((line) => [line.split('=')[0].trim(), line.slice(line.indexOf('=') + 1).trim()]));
  const count = (name: string): number => Math.max(1, Math.floor(Number(fields.get(name) ?? 1)) || 1);
  const order = [
    { name: 'channel' as const, size: count('channels') },
    { name: 'slice' as const, size: count('slices') },
    { name: 'frame' as const, size: count('frames') },
  ];
  const product = order.reduce((n, { size }) => n * size, 1);
  const images = Math.max(count('images'), product);
  const unit = MM[fields.get('unit')?.toLowerCase() ?? ''];
  const mm = (value: number | undefined): number | undefined => (unit && value && value > 0 ? unit * value : undefined);
  const step = Number(fields.get('spacing') ?? NaN);
  return {
    images,
    // old files say `images` alone: they are slices
    order: product === images ? order : [{ name: 'slice', size: images }],
    spacing: [mm(x && 1 / x), mm(y && 1 / y), mm(Math.abs(step))],
  };
}

function ome(text: string): StackLayout | undefined {
  const [pixels] = /<Pixels\s[^>]*>/.exec(text) ?? [];
  if (!pixels) return undefined;
  const attribute = (name: string): string | undefined => new RegExp(`\\b${name}="([^"]*)"`).exec(pixels)?.[1];
  const names: { readonly [letter: string]: PageAxis } = { C: 'channel', Z: 'slice', T: 'frame' };
  const size = (letter: string): number => Math.max(1, Number(attribute(`Size${letter}`)) || 1);
  const order = [...(attribute('DimensionOrder') ?? 'XYZCT').slice(2)].flatMap((letter) =>
    names[letter] ? [{ name: names[letter], size: size(letter) }] : [],
  );
  const length = (letter: string): number | undefined => {
    const value = Number(attribute(`PhysicalSize${letter}`) ?? NaN);
    const unit = MM[(attribute(`PhysicalSize${letter}Unit`) ?? 'µm').toLowerCase()];
    return value > 0 && unit ? value * unit : undefined;
  };
  return { images: order.reduce((n, o) => n * o.size, 1), order, spacing: [length('X'), length('Y'), length('Z')] };
}

/** tifffile's JSON: the shape of the whole array, pages first. */
function shaped(text: string, [height, width]: readonly [number, number]): StackLayout | undefined {
  if (!/^\{"shape": ?\[/.test(text)) return undefined;
  const shape = /\[([^\]]*)\]/.exec(text)![1].split(',').map(Number);
  if (shape.length < 3 || shape.at(-2) !== height || shape.at(-1) !== width || shape.some((n) => !(n >= 1))) return undefined;
  const images = shape.slice(0, -2).reduce((n, m) => n * m, 1);
  return { images, order: [{ name: 'slice', size: images }], spacing: [] };
}

/** One array for every channel and frame of a stack. */
export interface StackPart {
  /** `channel=0,frame=2`; empty where there is one of each. */
  readonly path: string;
  /** Its pages, in the order of the file. */
  readonly pages: readonly number[];
}

/** The arrays that a file's pages make: slices of one channel and frame, or frames where there is one slice of each. */
export function stackParts(layout: Pick<StackLayout, 'order' | 'images'>): StackPart[] {
  const long = layout.order.filter(({ size }) => size > 1);
  const all = Array.from({ length: layout.images }, (_, n) => n);
  if (long.length < 2 && long[0]?.name !== 'channel') return [{ path: '', pages: all }];
  const stacked = long.some(({ name }) => name === 'slice') ? 'slice' : long.some(({ name }) => name === 'frame') ? 'frame' : undefined;
  const parts = new Map<string, number[]>();
  for (const page of all) {
    let rest = page;
    const words: string[] = [];
    for (const { name, size } of layout.order) {
      if (name !== stacked && size > 1) words.push(`${name}=${rest % size}`);
      rest = Math.floor(rest / size);
    }
    const path = words.join(',');
    parts.set(path, [...(parts.get(path) ?? []), page]);
  }
  return [...parts].map(([path, pages]) => ({ path, pages }));
}
