/**
 * What can be said of images of measured scans without truth: a tooth and a lotus root (CT), a head (k-space of 8 coils). Sentence, error
 * of hidden measurements, and the image taken apart.
 *
 *     npm run bench -- trust [--scan tooth …] [--out out/trust]
 *
 * SLICEWISE_DATA names the data folder. OUT/NAME.json has what was found, OUT/NAME.png a row of pictures: the image (tinted where more was
 * added than measured), what was measured, what was added, the resolution map.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createBackend, cropSlices, reconstruct, selectViews, svgToPng, type Measurement } from '../src/index.js';
import { modelSources } from '../src/node.js';
import { decompositionText } from '../src/engine/trust/decompose.js';
import { trustText } from '../src/engine/trust/sentence.js';
import { pngDataUri } from '../src/report/html.js';
import { FONT_FAMILY, lettering, textElement } from '../src/report/picture/lettering.js';
import { decompositionFigures } from '../src/report/trust.js';
import type { Figure } from '../src/report/types.js';
import { measuredScans, readScan } from './measured/scans.js';
import { realScan } from './support/mri-real.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.SLICEWISE_DATA },
    scan: { type: 'string', multiple: true, default: ['tooth', 'lotus', 'head'] },
    out: { type: 'string', default: 'out/trust' },
  },
});
const data = values.data;
if (!data) throw new Error('the data are not part of the repository: give --data FOLDER (or SLICEWISE_DATA)');

/** A noise level is said, as none is known: a share of the root mean square of the data (bench/measured chose it by hidden views). */
const NOISE = 0.006;

async function sparse(name: string, every: number): Promise<Measurement> {
  const of = measuredScans.find((scan) => scan.name === name)!;
  const scan = await readScan(join(data!, 'dev/ct-measured'), of);
  const few = selectViews(
    scan,
    Array.from({ length: Math.ceil(scan.shape[1] / every) }, (_, n) => n * every),
  );
  const square = few.data.reduce((sum, v) => sum + v * v, 0) / few.data.length;
  return { ...few, noise: { type: 'gaussian', std: NOISE * Math.sqrt(square) } };
}

const SCANS: { readonly [name: string]: { readonly what: string; readonly prior: string; readonly read: () => Promise<Measurement> } } = {
  tooth: { what: 'tooth, 31 views', prior: 'ct', read: () => sparse('tooth', 6) },
  lotus: { what: 'lotus root, 40 views', prior: 'ct', read: () => sparse('lotus', 9) },
  walnut: { what: 'walnut, 45 views', prior: 'ct', read: () => sparse('walnut', 9) },
  head: {
    what: 'head, 8 coils, 12 % of k-space',
    prior: 'mri',
    read: () => realScan(join(data, 'dev/mri-kspace/sigpy_brain_8coil_poisson.npz')),
  },
};

await mkdir(values.out, { recursive: true });
for (const name of values.scan) {
  const { what, prior, read } = SCANS[name];
  const backend = createBackend({ workers: 1 });
  const scan = await read();
  const result = await reconstruct(scan, {
    ...{ method: 'dds', methodOptions: { steps: 20 }, prior, seed: 1, zoo: modelSources(), backend, holdOut: 0.05, decompose: true },
  }).result();
  await backend.dispose();
  const { manifest, decomposition, volume } = result;
  const { world, heldOut } = manifest;
  const sentence = trustText({ prior, world, heldOut });
  const apart = decompositionText(decomposition!.record);
  console.log(`${name}: ${sentence}\n  ${apart}`);
  await writeFile(
    join(values.out, `${name}.json`),
    JSON.stringify({ sentence, apart, world, heldOut, decomposition: decomposition!.record }),
  );
  const first = (of: typeof volume) => cropSlices(of, 0, 1);
  const { measured, added, resolution, exceeds } = decomposition!;
  const figures = decompositionFigures(first(volume), {
    ...{ measured: first(measured), added: first(added), resolution: first(resolution), exceeds: first(exceeds) },
  });
  await writeFile(join(values.out, `${name}.png`), await row(what, figures));
}

/** Figures beside each other, each under its caption. */
async function row(what: string, figures: readonly Figure[], width = 200): Promise<Uint8Array> {
  const letters = await lettering();
  const [gap, line, label] = [6, 15, { size: 10.5 }];
  const captions = figures.map(({ caption }, n) =>
    letters.wrap(letters.shown(n === 0 ? `${what}: ${caption}` : caption), width - 4, label),
  );
  const head = line * Math.max(...captions.map((lines) => lines.length)) + gap;
  const heights = figures.map((figure) => Math.round((figure.height / figure.width) * width));
  const [across, down] = [figures.length * (width + gap) - gap, head + Math.max(...heights)];
  const parts = figures.flatMap((figure, n) => [
    ...captions[n].map((text, at) => textElement(text, { x: n * (width + gap) + 2, y: line * (at + 1) - 3, fill: '#dcdcdc', ...label })),
    ...('png' in figure
      ? [`<image x="${n * (width + gap)}" y="${head}" width="${width}" height="${heights[n]}" href="${pngDataUri(figure.png)}"/>`]
      : []),
  ]);
  const size = `width="${across}" height="${down}" viewBox="0 0 ${across} ${down}"`;
  const ground = `<rect width="${across}" height="${down}"/>`;
  return svgToPng(`<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="${FONT_FAMILY}">${ground}${parts.join('')}</svg>`);
}
