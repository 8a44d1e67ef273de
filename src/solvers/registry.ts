import { Registry } from '../../core/registry.js';
import { admmTv } from './classical/admm-tv.js';
import { cgls } from './classical/cgls.js';
import { csTv } from './classical/cs-tv.js';
import { csWavelet } from './classical/cs-wavelet.js';
import { sense } from './classical/sense.js';
import { sirt } from './classical/sirt.js';
import { dds } from './dds.js';
import { diffusionMbir } from './diffusion-mbir.js';
import type { Solver } from './solver.js';

/** Every iterative method. (FBP, FDK and zero-filled are direct: src/engine/direct.ts.) */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each method has its own options; its schema checks them
export const solvers = new Registry<Solver<any>>('method')
  .add(sirt.name, sirt)
  .add(cgls.name, cgls)
  .add(admmTv.name, admmTv)
  .add(sense.name, sense)
  .add(csWavelet.name, csWavelet)
  .add(csTv.name, csTv)
  .add(dds.name, dds)
  .add(diffusionMbir.name, diffusionMbir);
