import { SlicewiseError } from '../../../core/errors.js';
import { encodePng } from '../png.js';
import { lettering } from './lettering.js';
import { unpacked } from './packed.js';

type Renderer = typeof import('@resvg/resvg-wasm');

let loaded: Promise<Renderer> | undefined;

/** resvg as WebAssembly, fetched and compiled when the first picture is drawn; it can be started only once. */
function renderer(): Promise<Renderer> {
  return (loaded ??= start().catch((error: unknown) => {
    loaded = undefined; // a page may be offline for a while
    throw error;
  }));
}

async function start(): Promise<Renderer> {
  const [resvg, { resvgWasm }] = await Promise.all([import('@resvg/resvg-wasm'), import('./resvg.generated.js')]);
  await resvg.initWasm(unpacked(resvgWasm));
  return resvg;
}

/**
 * PNG file of an SVG picture, by resvg (SVG 1.1 and parts of 2, no scripts, nothing loaded from outside) with Inter as the only font.
 * The same picture gives the same bytes in Node and in a page.
 * @param svg a file, or an element as it stands in a page, with its size in pixels (`width` and `height`, or a `viewBox`); pictures
 *   inside as `data:` addresses
 * @param options `scale`: pixels of the file for each of the SVG; default 1
 * @throws SlicewiseError FORMAT for what is no SVG, ARGUMENT for a scale that is not positive
 */
export async function svgToPng(svg: string, { scale = 1 }: { readonly scale?: number } = {}): Promise<Uint8Array> {
  if (!(scale > 0 && Number.isFinite(scale))) {
    throw new SlicewiseError('ARGUMENT', { message: 'scale of a picture', expected: 'a positive number', got: String(scale) });
  }
  const [{ Resvg }, { fonts }] = await Promise.all([renderer(), lettering()]);
  const drawn = draw(Resvg, svg, scale, fonts);
  try {
    const { pixels, width, height } = drawn;
    // resvg's own file is truecolour with alpha, twice the bytes of what a picture without holes needs
    return pixels.every((value, n) => n % 4 !== 3 || value === 255) ? encodePng(withoutAlpha(pixels), width, height) : drawn.asPng();
  } finally {
    drawn.free();
  }
}

function draw(Resvg: Renderer['Resvg'], svg: string, scale: number, fonts: readonly Uint8Array[]) {
  let picture: InstanceType<Renderer['Resvg']> | undefined;
  try {
    picture = new Resvg(named(svg), {
      fitTo: { mode: 'zoom', value: scale },
      font: { fontBuffers: [...fonts], defaultFontFamily: 'Inter', sansSerifFamily: 'Inter' },
    });
    return picture.render();
  } catch (cause) {
    throw new SlicewiseError('FORMAT', {
      message: 'a picture cannot be drawn',
      expected: 'an SVG file with a size',
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  } finally {
    picture?.free();
  }
}

/** In a page an element needs no name space, in a file it does. */
const named = (svg: string): string =>
  /<svg[^>]*\sxmlns=/.test(svg) ? svg : svg.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg"');

function withoutAlpha(rgba: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from];
    rgb[to + 1] = rgba[from + 1];
    rgb[to + 2] = rgba[from + 2];
  }
  return rgb;
}
