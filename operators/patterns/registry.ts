import { Registry } from '../../core/registry.js';
import { equispaced } from './equispaced.js';
import { gaussian } from './gaussian.js';
import type { MaskPattern } from './pattern.js';
import { poissonDisc } from './poisson-disc.js';
import { radial } from './radial.js';
import { random } from './random.js';
import { spiral } from './spiral.js';

/** Every sampling pattern; lines first. */
export const maskPatterns = new Registry<MaskPattern>('mask')
  .add('equispaced', equispaced)
  .add('random', random)
  .add('gaussian', gaussian)
  .add('poisson', poissonDisc)
  .add('radial', radial)
  .add('spiral', spiral);
