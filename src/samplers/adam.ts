import type { Backend, Field } from '../../compute/backend.js';
import { sliceSize } from '../../core/space.js';

interface AdamStep {
  /** Overwritten. */
  readonly x: Field;
  readonly gradient: Field;
  /** First and second moments, which last from step to step; the second is real. */
  readonly first: Field;
  readonly second: Field;
  readonly rate: number;
  readonly decays: readonly [number, number];
  /** From 0. */
  readonly step: number;
}

const EPSILON = 1e-8;

/**
 * One step of Adam (Kingma & Ba 2015) on an image, t = step + 1:
 *
 *     m ← β₁m + (1 − β₁)g ;  v ← β₂v + (1 − β₂)|g|² ;  x ← x − rate · m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + 1e-8)
 *
 * |g|² is that of the complex number, so that a step does not depend on the phase of the image. A step on the host.
 */
export function adam(backend: Backend, { x, gradient, first, second, rate, decays: [b1, b2], step }: AdamStep): void {
  const parts = x.space.dtype === 'complex64' ? 2 : 1;
  const [correct1, correct2] = [1 - b1 ** (step + 1), 1 - b2 ** (step + 1)];
  const each = sliceSize(x.space);
  backend.host({
    name: 'Adam',
    inputs: [x, gradient, first, second],
    outputs: [x, first, second],
    batch: 16,
    run([image, g, m, v], { count }) {
      for (let n = 0; n < each * count; n++) {
        let square = 0;
        for (let p = parts * n; p < parts * (n + 1); p++) square += g[p] * g[p];
        v[n] = b2 * v[n] + (1 - b2) * square;
        const scale = rate / correct1 / (Math.sqrt(v[n] / correct2) + EPSILON);
        for (let p = parts * n; p < parts * (n + 1); p++) {
          m[p] = b1 * m[p] + (1 - b1) * g[p];
          image[p] -= scale * m[p];
        }
      }
      return [image, m, v];
    },
  });
}
