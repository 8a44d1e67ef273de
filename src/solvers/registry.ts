import { Registry } from '../../core/registry.js';
import { admm } from './classical/admm.js';
import { admmTv } from './classical/admm-tv.js';
import { cgls } from './classical/cgls.js';
import { csTv } from './classical/cs-tv.js';
import { csWavelet } from './classical/cs-wavelet.js';
import { sense } from './classical/sense.js';
import { sirt } from './classical/sirt.js';
import { daps } from './daps.js';
import { ddnm } from './ddnm.js';
import { ddrm } from './ddrm.js';
import { dds } from './dds.js';
import { diffpir } from './diffpir.js';
import { diffusionMbir } from './diffusion-mbir.js';
import { dps } from './dps.js';
import { flowchef } from './flowchef.js';
import { gdp } from './gdp.js';
import { momentMatching } from './moment-matching.js';
import { pigdm } from './pigdm.js';
import { pnpDm } from './pnp-dm.js';
import { redDiff } from './red-diff.js';
import { redProx } from './red-prox.js';
import { repaint } from './repaint.js';
import { seisfusion } from './seisfusion.js';
import type { OptionsOf, Solver } from './solver.js';

/** A method whatever its options are; its schema checks them. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each method has its own options
export type AnySolver = Solver<any>;

/** Our own iterative methods. (FBP, FDK, zero-filled and GRAPPA are direct: src/engine/direct.ts.) */
const own = {
  sirt,
  cgls,
  admm,
  'admm-tv': admmTv,
  sense,
  'cs-wavelet': csWavelet,
  'cs-tv': csTv,
  dds,
  'diffusion-mbir': diffusionMbir,
  seisfusion,
  ddnm,
  ddrm,
  diffpir,
  repaint,
  'red-diff': redDiff,
  'red-prox': redProx,
  daps,
  'pnp-dm': pnpDm,
  pigdm,
  'moment-matching': momentMatching,
  dps,
  gdp,
  flowchef,
};

/** Options of our own methods by name, as their schemas complete them. */
export type SolverOptionsByName = { readonly [name in keyof typeof own]: OptionsOf<(typeof own)[name]> };

/** Every iterative method, ours and those added. */
export const solvers = Object.values<AnySolver>(own).reduce(
  (registry, solver) => registry.add(solver.name, solver),
  new Registry<AnySolver>('method'),
);

/**
 * A method by its name, or itself.
 * @throws SlicewiseError ARGUMENT naming the methods there are
 */
export const solverOf = (method: string | AnySolver): AnySolver => (typeof method === 'string' ? solvers.get(method) : method);
