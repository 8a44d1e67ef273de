import test from 'ava';
import { createBackend, zoo } from '../../src/node.js';
import { Reconstruction } from '../../src/engine/reconstruct.js';
import { psnr } from '../../src/metrics/index.js';
import { volumeData } from '../../volumes/index.js';
import { smallScan } from '../support/scans.js';

/*
 * The gate of DDS's defaults on CT: discs of [6, 48, 48], 16 views over 180° with noise, the prior of the zoo, 12 evaluations. Measured
 * 29.37 dB (seed 1). Other builds of the kernels round otherwise, by less than .01 dB; ρ .03 in place of .003 gives 28.37, .01 29.31, λ
 * 3e-4 in place of 3e-5 31.86, σ_min .03 29.28.
 */
const MEASURED = 29.37;

test('DDS with its defaults on a small CT scan is as good as it was, to .1 dB; with ten times the ρ it is not', async (t) => {
  const { scan, truth } = await smallScan(6, 48, 16);
  const backend = createBackend({ workers: 1 });
  const quality = async (methodOptions: { readonly [name: string]: unknown }): Promise<number> => {
    const options = { method: 'dds', prior: 'ct', zoo: zoo(), seed: 1, backend };
    const run = new Reconstruction(scan, { ...options, methodOptions: { steps: 12, ...methodOptions } });
    return psnr(volumeData((await run.result()).volume), truth, { peak: 2000 });
  };
  try {
    const found = await quality({});
    t.true(Math.abs(found - MEASURED) < 0.1, `${found} dB`);
    const changed = await quality({ rho: 0.03 });
    t.true(Math.abs(changed - MEASURED) > 0.5, `${changed} dB`);
  } finally {
    await backend.dispose();
  }
});
