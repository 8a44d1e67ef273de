import type { Backend } from '../../compute/backend.js';
import { forBackend } from '../../compute/for-backend.js';
import type { Space } from '../../core/space.js';
import type { LinearOperator } from '../operator.js';
import type { WaveletName } from './daubechies.js';
import type { WaveletBoundary, WaveletLayout } from './layout.js';
import { WaveletCpu } from './wavelet-cpu.js';
import { WaveletWebGpu } from './wavelet-webgpu.js';

export interface WaveletOptions {
  readonly wavelet: WaveletName;
  readonly boundary: WaveletBoundary;
  /** Default: as deep as the filter fits into the shorter side (layout.ts). */
  readonly levels?: number;
}

/** Ψ of every slice: `apply` gives coefficients, `adjoint` is Ψᴴ and the inverse (ΨᴴΨ = I). */
export interface WaveletTransform extends LinearOperator {
  readonly layout: WaveletLayout;
  /** From now on images are moved up and left by so many pixels, circularly, before Ψ and back after Ψᴴ ('periodic' only). */
  shiftBy(rows: number, columns: number): void;
}

/**
 * Separable 2D wavelet transform Ψ of images [slice, y, x], real or complex (real and imaginary part alike), of any size, with Daubechies'
 * orthogonal filters (Mallat, IEEE Trans. PAMI 11 (1989) 674; PyWavelets' conventions: a[k] = Σ_j l[j] x[2k + phase − j], phase half the
 * taps for 'periodic' (its 'periodization'), 1 for 'zero').
 *
 * periodic: Ψ is orthonormal, ΨᴴΨ = ΨΨᴴ = I. zero: the coefficients are those of SigPy's `Wavelet`; ΨᴴΨ = I, but ΨΨᴴ ≠ I.
 *
 * @throws SlicewiseError SHAPE, ARGUMENT (levels), BACKEND
 */
export function waveletTransform(domain: Space, backend: Backend, options: WaveletOptions): WaveletTransform {
  return forBackend<WaveletTransform>(backend, 'the wavelet transform', {
    cpu: (b) => new WaveletCpu(domain, b, options),
    webgpu: (b) => new WaveletWebGpu(domain, b, options),
  });
}
