import type { Backend, Field } from '../../compute/backend.js';
import { space } from '../../core/space.js';
import type { Card } from '../../models/card/card.js';
import { networkPrior } from '../../models/network/network-prior.js';
import { precondition } from '../../models/network/precondition.js';
import { testArray } from './backends.js';
import { planesOf, turned, type Planes } from './network-images.js';
import { closedForm, network } from './networks.js';

export type GuidedName = 'guided' | 'guided-complex';

interface GuidedOptions {
  readonly complex: boolean;
  readonly batch?: number;
  readonly inPlace?: boolean;
  readonly phase?: number;
  readonly changes?: Partial<Card>;
}

export interface GuidedRun {
  readonly x: Float32Array;
  /** Planes of the guide as they were given, and as they were found afterwards. */
  readonly guide: readonly Float32Array[];
  readonly after: readonly Float32Array[];
  readonly d: Float32Array;
}

/** Denoises random images of a shape with random planes as their guide. */
export async function guidedRun(
  backend: Backend,
  name: GuidedName,
  shape: readonly [number, number, number],
  sigma: number,
  { complex, batch, inPlace, phase, changes }: GuidedOptions,
): Promise<GuidedRun> {
  const { card, weights } = network(name, changes);
  const prior = await networkPrior(card, weights, backend, { batch });
  const domain = space(['slice', 'y', 'x'], shape, complex ? 'complex64' : 'float32');
  const size = shape[0] * shape[1] * shape[2] * (complex ? 2 : 1);
  const written = async (seed: number): Promise<[Float32Array, Field]> => {
    const [data, field] = [testArray(size, seed), backend.field(domain)];
    await backend.write(field, data);
    return [data, field];
  };
  const [x, from] = await written(7);
  const given = await Promise.all(Array.from({ length: card.guide!.planes }, (_, p) => written(20 + p)));
  const to = inPlace ? from : backend.field(domain);
  prior.denoise(from, sigma, to, { phase, guide: given.map(([, field]) => field) });
  const d = await backend.read(to);
  const after = await Promise.all(given.map(([, field]) => backend.read(field)));
  await prior.dispose();
  for (const field of new Set([from, to, ...given.map(([, f]) => f)])) field.dispose();
  return { x, guide: given.map(([data]) => data), after, d };
}

/**
 * D of every slice in float64: D = g + D′(x − g), D′ = skip x′ + out F(input x′, c, noise), images and condition turned by the phase, the
 * answer back.
 */
export function guidedReference(
  name: GuidedName,
  { x, guide }: Pick<GuidedRun, 'x' | 'guide'>,
  [slices, rows, columns]: readonly [number, number, number],
  sigma: number,
  { complex, phase = 0, changes }: GuidedOptions,
): Planes[] {
  const { card } = network(name, changes);
  const { input, noise, skip, out } = precondition(card.parametrisation, sigma);
  const parts = complex ? 2 : 1;
  const pixels = rows * columns;
  const channels = (data: Float32Array, k: number): Planes => {
    const planes = planesOf(data, k, pixels, parts);
    return parts < card.channels ? [...planes, new Float64Array(pixels)] : planes;
  };
  const turn = (planes: Planes, by: number): Planes => (planes.length === 2 ? turned(planes, by) : planes);
  return Array.from({ length: slices }, (_, k) => {
    const shown = guide.map((plane) => turn(channels(plane, k), phase));
    const centre = shown[card.guide!.centre ?? -1] ?? shown[0].map((plane) => new Float64Array(plane.length));
    const about = turn(channels(x, k), phase).map((plane, p) => plane.map((v, i) => v - centre[p][i]));
    const scaled = about.map((plane) => plane.map((v) => input * v));
    const f = closedForm(name, scaled, rows, columns, noise, shown.flat(), changes);
    const answer = about.map((plane, p) => plane.map((v, i) => centre[p][i] + skip * v + out * f[p][i]));
    return turn(answer, -phase);
  });
}
