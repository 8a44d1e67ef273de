import type { Backend, Field } from '../../../compute/backend.js';
import { SlicewiseError } from '../../../core/errors.js';
import { inPhase, type Watch } from '../../../core/phases.js';
import { scaled } from '../../../operators/algebra/scaled.js';
import { weighted } from '../../../operators/algebra/weighted.js';
import type { LinearOperator } from '../../../operators/operator.js';
import { operators } from '../../../operators/registry.js';
import type { Grid, Measurement } from '../../../volumes/measurement.js';
import { cgls } from '../../solvers/classical/cgls.js';
import type { NormalisedProblem, NormaliseOptions } from '../modality.js';
import { inUnitNorm, orGivenBack, writtenData } from '../normalise.js';
import type { CtOptions } from './options.js';
import { attenuationMap, CT_RANGE, estimatedMap, isPhysical } from './range-map.js';

/** W^½A and W^½y, scaled (normalise.ts): the image in the prior's range, HU where the data have a unit. */
export async function normaliseCt(
  scan: Measurement,
  grid: Grid,
  backend: Backend,
  { options, range = CT_RANGE, signal, progress }: NormaliseOptions<CtOptions>,
): Promise<NormalisedProblem> {
  const watch = { signal, progress };
  let operator: LinearOperator | undefined;
  let y: Field | undefined;
  return orGivenBack(
    () => [y, operator],
    async () => {
      operator = await inPhase(watch, 'geometry', () => operators.get(scan.kind)(scan, grid, backend));
      y = await writtenData(scan, operator, 'check the number of angles and detector bins, and the axis order');
      const root = options.weights === 'counts' ? rootWeights(scan) : undefined;
      if (root) {
        const field = backend.field(operator.range);
        await backend.write(field, root);
        operator = weighted(operator, field);
        backend.multiply(y, field, y);
      }
      const norm = await operator.norm(watch);
      if (!(norm > 0)) {
        throw new SlicewiseError('GEOMETRY', {
          message: 'no ray of this geometry meets the image grid',
          hint: 'check distances, detector offset and the grid: `slicewise geometry` draws them',
        });
      }
      const map = isPhysical(scan)
        ? attenuationMap(range, scan.meta.muWater)
        : estimatedMap(await roughImage(scaled(operator, 1 / norm), y, norm, watch), range);
      return inUnitNorm(operator, y, {
        norm,
        scale: map.scale,
        offset: map.offset,
        noiseStd: noiseStd(scan, root),
        map: { scale: map.outScale, offset: map.outOffset },
        source: map.how,
        units: map.outUnits,
      });
    },
  );
}

/** Ten CGLS iterations, enough to see how bright the object is. */
async function roughImage(operator: LinearOperator, y: Field, norm: number, { signal, progress }: Watch): Promise<Float32Array> {
  const { backend } = operator;
  const data = backend.field(operator.range);
  backend.lincomb(data, [1 / norm, y]);
  let image: Float32Array | undefined;
  progress?.('brightness', 0, 10);
  try {
    for await (const step of cgls.run({ backend, operator, y: data, seed: 0, signal }, cgls.options({ iterations: 10 }))) {
      progress?.('brightness', step.step, step.steps);
      if (step.step === step.steps) image = await step.estimate();
    }
  } finally {
    data.dispose();
  }
  return image ?? new Float32Array();
}

/** √(photon counts), from stored weights or from the line integrals themselves, scaled to a mean square of 1. */
function rootWeights(scan: Measurement): Float32Array {
  const counts = scan.weights ?? scan.data.map((p) => Math.exp(-p));
  let sum = 0;
  for (const c of counts) sum += c;
  const scale = counts.length / sum;
  return counts.map((c) => Math.sqrt(Math.max(c, 0) * scale));
}

/** Standard deviation of the (weighted) data. Poisson: var(−log n) = 1/n̄ = e^p/photons. */
function noiseStd(scan: Measurement, root: Float32Array | undefined): number | undefined {
  const { noise, data } = scan;
  if (noise.type === 'none' || noise.type === 'unknown') return undefined;
  let sum = 0;
  for (let i = 0; i < data.length; i++) {
    const variance = noise.type === 'gaussian' ? noise.std ** 2 : Math.exp(data[i]) / noise.photons;
    sum += variance * (root ? root[i] ** 2 : 1);
  }
  return Math.sqrt(sum / data.length);
}
