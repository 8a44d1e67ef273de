import test from 'ava';
import { loadModel, openNetwork } from '../../models/index.js';
import { guideImages, phantoms, rasterise, simulateCt } from '../../src/index.js';
import { phantomGrid } from '../../src/modalities/ct/phantoms/index.js';
import { psnr } from '../../src/metrics/index.js';
import { createBackend, zoo } from '../../src/node.js';
import { volumeData } from '../../volumes/volume.js';

/*
 * ct-guided on two slices of a phantom of 96², 20 views with photon noise, at its greatest noise level, where x says nothing. Measured:
 * shown the guide (28.5 dB itself) 26.3 dB; the phantom is no body, and its CGLS with so many views for its size better than those in
 * training.
 */
test('ct-guided shown its guide knows what was scanned, shown zeros it does not', async (t) => {
  const phantom = phantoms.get('thorax').make();
  const backend = createBackend({ workers: 1 });
  try {
    const truth = volumeData(rasterise(phantom, phantomGrid(phantom, [2, 96, 96]), 2)).map((hu) => (hu + 1000) / 2000);
    const scan = await simulateCt(phantom, { views: 20, photons: 1e5, seed: 1, size: 96, depth: 2 }, backend);
    const { card, weights } = await loadModel(zoo(), 'ct-guided');
    const { planes } = await guideImages(scan, card.guide!, { backend });
    const prior = await openNetwork(card, weights, backend);
    const domain = { axes: ['slice', 'y', 'x'], shape: [2, 96, 96], dtype: 'float32', sliceAxis: 0 } as const;
    const [x, guide, out] = [0, 1, 2].map(() => backend.field(domain));
    backend.noise(x, { seed: 1, step: 0, stream: 0 });
    backend.lincomb(x, [card.sigmaMax, x]);
    const told = async (shown: Float32Array): Promise<number> => {
      await backend.write(guide, shown);
      prior.denoise(x, card.sigmaMax, out, { guide: [guide] });
      return psnr(await backend.read(out), truth, { peak: 1 });
    };
    const [shown, none] = [await told(planes[0]), await told(planes[0].map(() => 0))];
    t.true(shown > none + 6, `${shown} dB, without a guide ${none}`);
    await prior.dispose();
  } finally {
    await backend.dispose();
  }
});
