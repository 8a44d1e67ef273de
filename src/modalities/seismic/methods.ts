import type { z } from 'zod';
import type { DirectMethod } from '../modality.js';
import type { ClassicalMethod } from './classical/grid.js';
import { linear } from './classical/linear.js';
import { pocs } from './classical/pocs.js';
import { classicalMethods } from './classical/registry.js';
import { dipNet } from './dip/method.js';
import type { SeismicOptions } from './options.js';
import { traceGridOf } from './trace-grid.js';

/** A classical interpolation as a method of the program. */
const direct = (method: ClassicalMethod): DirectMethod<SeismicOptions> => ({
  schema: method.schema,
  async run(scan, _, { backend, methodOptions, signal, progress }) {
    const onProgress = (share: number): void => progress?.(method.name, Math.round(100 * share), 100);
    const options = methodOptions as z.input<typeof method.schema>;
    const data = await method.interpolate(traceGridOf(scan), options, { backend, signal, onProgress });
    return { data, units: 'arbitrary', map: { scale: 1, offset: 0 } };
  },
});

const classical = Object.entries(classicalMethods).map(([name, method]) => [name, direct(method as unknown as ClassicalMethod)]);

/** Those that know three trace axes. */
export const prestackMethods: { readonly [name: string]: DirectMethod<SeismicOptions> } = {
  linear: direct(linear as unknown as ClassicalMethod),
  pocs: direct(pocs as unknown as ClassicalMethod),
};

export const seismicMethods: { readonly [name: string]: DirectMethod<SeismicOptions> } = {
  ...Object.fromEntries(classical),
  'dip-net': dipNet,
};
