import type { ViewerImage, ViewerInput, ViewerOverlay } from './model.js';
import type { EmbeddedImage, EmbeddedViewer } from './pack.js';
import { mountViewer } from './viewer.js';

/*
 * What runs in a report: unpacks the volumes that pack.ts put into the page, and shows them in place of the static pictures. Bundled into
 * one text by scripts/build-viewer.mjs.
 */

/** @param id of the place; its data and the pictures it stands for have `-data` and `-pictures` behind it */
async function begin(id: string): Promise<void> {
  const [place, data, pictures] = [id, `${id}-data`, `${id}-pictures`].map((name) => document.getElementById(name));
  if (!place || !data?.textContent || typeof DecompressionStream === 'undefined') return;
  const input = await unpacked(JSON.parse(data.textContent) as EmbeddedViewer);
  // words about it may stand above
  mountViewer(place.querySelector('div') ?? place, input);
  place.hidden = false;
  if (pictures instanceof HTMLDetailsElement) {
    pictures.open = false;
    addEventListener('beforeprint', () => (pictures.open = true));
  }
}

async function unpacked({ images, overlays, reference, errorLimit, ...rest }: EmbeddedViewer): Promise<ViewerInput> {
  const own = await Promise.all(images.map(image));
  const over = await Promise.all(
    overlays.map(async (o): Promise<ViewerOverlay> => ({ ...(await image(o)), of: o.of, kind: o.kind, limit: o.limit })),
  );
  const errors =
    reference === undefined ? [] : own.flatMap((one, of) => (of === reference ? [] : [errorOf(one, own[reference], of, errorLimit)]));
  return { ...rest, images: own, overlays: [...errors, ...over] };
}

function errorOf(one: ViewerImage, reference: ViewerImage, of: number, limit: number): ViewerOverlay {
  const data = Float32Array.from(
    { length: one.data.length },
    (_, n) => one.scale * one.data[n] + one.offset - reference.scale * reference.data[n] - reference.offset,
  );
  return { name: `error of ${one.name}, ±${Number(limit.toPrecision(3))}`, data, scale: 1, offset: 0, of, kind: 'signed', limit };
}

/** Low bytes, then high bytes, deflated, in base64. */
async function image({ name, scale, offset, packed }: EmbeddedImage): Promise<ViewerImage> {
  const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  const planes = new Uint8Array(await new Response(stream).arrayBuffer());
  const count = planes.length / 2;
  const data = new Uint16Array(count);
  for (let n = 0; n < count; n++) data[n] = planes[n] | (planes[count + n] << 8);
  return { name, scale, offset, data };
}

void begin('viewer');
void begin('measured');
