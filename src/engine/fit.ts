import { SlicewiseError } from '../../core/errors.js';
import type { Card } from '../../models/card/card.js';
import type { Measurement } from '../../volumes/measurement.js';
import { physicsOf } from '../modalities/index.js';
import type { ReconstructOptions } from './reconstruct.js';

type Named = Pick<ReconstructOptions, 'coilMaps' | 'coils' | 'complex' | 'bounds' | 'weights' | 'muWater'> & {
  readonly methodOptions?: { readonly [name: string]: unknown };
};

/**
 * Options that mean nothing to this kind of data are mistakes, not wishes to be passed over.
 * @throws SlicewiseError ARGUMENT
 */
export function requireOptions({ kind }: Measurement, options: Named): void {
  const { modality } = physicsOf(kind);
  const { coilMaps, coils, complex, bounds, weights, muWater, methodOptions } = options;
  const bounded = bounds !== undefined || methodOptions?.low !== undefined || methodOptions?.high !== undefined;
  const foreign: readonly (readonly [name: string, given: boolean, why: string])[] =
    modality === 'MR'
      ? [
          ['bounds', bounded, 'MR images are complex, and complex numbers have no smallest and largest value'],
          ['weights', weights === 'counts', 'photon counts belong to CT; the noise of k-space is the same everywhere'],
          ['mu-water', muWater !== undefined, 'the attenuation of water belongs to CT'],
        ]
      : [
          ['coil-maps', coilMaps !== undefined, 'coils belong to MR'],
          ['coils', coils !== undefined, 'coils belong to MR'],
          ['complex', complex === true, 'CT images are real'],
        ];
  const [name, , why] = foreign.find(([, given]) => given) ?? [];
  if (name === undefined) return;
  throw new SlicewiseError('ARGUMENT', {
    message: `${name} is not for these data: ${why}`,
    got: kind,
    hint: `leave --${name}${name === 'bounds' ? ' (or --non-negative)' : ''} out`,
  });
}

/**
 * Providers are ONNX Runtime's on the CPU backend; a GPU backend runs networks on its own device.
 * @throws SlicewiseError ARGUMENT
 */
export function requireProvider({ provider, backend }: Pick<ReconstructOptions, 'provider' | 'backend'>): void {
  if (provider === undefined || backend.name === 'cpu') return;
  throw new SlicewiseError('ARGUMENT', {
    message: `a provider is for the CPU backend; on '${backend.name}' the network runs on the device of the backend`,
    got: `'${provider}'`,
    hint: 'leave --provider out, or take --backend cpu',
  });
}

/**
 * A prior of CT slices knows nothing of MR and the other way round; a prior of magnitudes cannot denoise complex images.
 * @throws SlicewiseError MODEL
 */
export function requirePrior(card: Card, { kind }: Measurement): void {
  const { modality } = physicsOf(kind);
  const own = modalityOf(card);
  const other = (own === 'CT' || own === 'MR') && own !== modality;
  const real = modality === 'MR' && card.channels === 1;
  if (!other && !real) return;
  throw new SlicewiseError('MODEL', {
    message: `the prior '${card.name}' does not fit these data`,
    expected: modality === 'MR' ? 'a prior of complex MR images (2 channels)' : 'a prior of CT images',
    got: `${card.modality} in ${card.range.unit}, ${card.channels === 1 ? 'real' : 'complex'} images`,
    hint: `use --prior ${modality === 'MR' ? 'mri' : 'ct'}; \`slicewise models\` lists all`,
  });
}

/** Cards say it in their own words: `MRI` is MR. */
export const modalityOf = ({ modality }: Pick<Card, 'modality'>): string =>
  /^mri?$/i.test(modality) ? 'MR' : modality.toUpperCase();
