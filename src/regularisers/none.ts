import type { Regulariser } from './regulariser.js';

/** R(x) = 0. */
export const noRegulariser: Regulariser = {
  name: 'none',
  coupling: 'slice',
  components: () => [],
  bind: () => ({ apply: nothing, addAdjoint: nothing, addNormal: nothing, prox: nothing }),
  penalty: () => 0,
};

function nothing(): void {}
