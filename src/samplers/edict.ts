import type { Sampler } from './sampler.js';

/**
 * EDICT (Wallace, Gokul, Naik, CVPR 2023, algorithm 1): two states, each moved by the slope at the other, then mixed,
 *
 *     x ← x + (σ' − σ) ε(y) ;  y ← y + (σ' − σ) ε(x) ;  x ← p x + (1 − p) y ;  y ← p y + (1 − p) x
 *
 * so that a step is undone exactly, line by line from below. Two evaluations a step. The result is the mean of both x̂. Where the levels
 * are few the two states drift apart: the paper has 50 steps and p = .93 or more.
 *
 * What the data did to the state that was asked about is done to the one that moves.
 */
export const edict: Sampler = {
  name: 'edict',
  evaluations: 2,
  drawsNoise: false,
  kept: () => 1,
  ahead: true,
  move({ backend, level, next, known, edictMix: p = 0.93, fields }, evaluate) {
    const { x, d, ahead: asked } = fields;
    const [y] = fields.before;
    if (known === 0) backend.lincomb(y, [1, x]);
    if (next === 0) {
      evaluate(y, level, d);
      backend.lincomb(y, [1, d]);
      evaluate(x, level, d);
      backend.lincomb(x, [0.5, d], [0.5, y]);
      backend.lincomb(d, [1, x]);
      return undefined;
    }
    backend.lincomb(asked!, [1, y]);
    evaluate(asked!, level, d);
    // x + (x̂ + e − y) + (σ' − σ) e/σ
    backend.lincomb(x, [1, x], [1, d], [next / level, asked!], [-1, y]);
    backend.lincomb(asked!, [1, x]);
    evaluate(asked!, level, d);
    backend.lincomb(y, [1, y], [1, d], [next / level, asked!], [-1, x]);
    backend.lincomb(x, [p, x], [1 - p, y]);
    backend.lincomb(y, [p, y], [1 - p, x]);
    return undefined;
  },
};
