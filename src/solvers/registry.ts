import { Registry } from '../../core/registry.js';
import { admmTv } from './classical/admm-tv.js';
import { cgls } from './classical/cgls.js';
import { sirt } from './classical/sirt.js';
import { dds } from './dds.js';
import { diffusionMbir } from './diffusion-mbir.js';
import type { Solver } from './solver.js';

/** Every iterative method. (FBP and FDK are direct and live with their geometry in operators/radon.) */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each method has its own options; its schema checks them
export const solvers = new Registry<Solver<any>>('method')
  .add(sirt.name, sirt)
  .add(cgls.name, cgls)
  .add(admmTv.name, admmTv)
  .add(dds.name, dds)
  .add(diffusionMbir.name, diffusionMbir);
