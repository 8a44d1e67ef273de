import { bytesOf, componentsOf, type Space } from '../../core/space.js';
import { daubechies, type WaveletName } from '../../operators/wavelet/daubechies.js';
import { waveletLayout, waveletScratch } from '../../operators/wavelet/layout.js';
import { waveletTransform } from '../../operators/wavelet/wavelet.js';
import { scratch } from '../solvers/fields.js';
import type { Regulariser } from './regulariser.js';

/** Which wavelets, how deep. */
export interface WaveletRegulariserOptions {
  /** db4 without it. */
  readonly wavelet?: WaveletName;
  /** As deep as the filter fits into the shorter side of the image without it. */
  readonly levels?: number;
}

/**
 * R(x) = ‖Ψx‖₁ with the orthonormal 2D wavelet transform Ψ of every slice ('periodic' extension; Lustig, Donoho,
 * Pauly, MRM 58 (2007) 1182), averages included. Slices do not mix. K = Ψ, ΨᴴΨ = 1; the proximal map shrinks the
 * modulus of every coefficient.
 */
export function waveletRegulariser({ wavelet = 'db4', levels }: WaveletRegulariserOptions = {}): Regulariser {
  const taps = daubechies(wavelet).low.length;
  const layoutOf = (domain: Space) => waveletLayout(domain, taps, 'periodic', levels);
  return {
    name: 'wavelet',
    parameters: { wavelet, ...(levels === undefined ? {} : { levels }) },
    coupling: 'slice',
    components: (domain) => [layoutOf(domain).coefficients],
    fields: () => ({ image: scratch('domain', 'image of wavelets') }),
    memory: (domain) => waveletScratch(domain, layoutOf(domain)).map((s) => ({ what: 'wavelet scratch', bytes: bytesOf(s) })),
    bind(domain, backend, { image }) {
      const psi = waveletTransform(domain, backend, { wavelet, boundary: 'periodic', levels });
      return {
        apply: (x, [out]) => psi.apply(x, out),
        addAdjoint(weight, [d], x) {
          psi.adjoint(d, image);
          backend.lincomb(x, [1, x], [weight, image]);
        },
        addNormal: (weight, x, out) => backend.lincomb(out, [1, out], [weight, x]),
        prox: ([v], threshold, [out]) => backend.shrink(v, threshold, out),
        dispose: () => psi.dispose(),
      };
    },
    penalty: ([coefficients], domain) => norm1(coefficients, componentsOf(domain)),
  };
}

/** Σ of the moduli. */
function norm1(values: Float32Array, parts: number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i += parts) sum += Math.hypot(values[i], parts === 2 ? values[i + 1] : 0);
  return sum;
}
