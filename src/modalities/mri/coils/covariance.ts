import { hermitianEigen, type Eigen } from '../../../../core/linear-algebra/hermitian.js';

/**
 * Coil covariance Σ y yᴴ over all samples of all slices; the lower triangle is filled.
 * @param samples complex, interleaved, [slice, coil, sample]
 * @returns planes [coil, coil]
 */
export function coilCovariance(samples: Float32Array, slices: number, coils: number): { re: Float64Array; im: Float64Array } {
  const re = new Float64Array(coils * coils);
  const im = new Float64Array(coils * coils);
  const size = samples.length / (slices * coils);
  for (let slice = 0; slice < slices; slice++) {
    for (let a = 0; a < coils; a++) {
      const first = samples.subarray((slice * coils + a) * size, (slice * coils + a + 1) * size);
      for (let b = 0; b <= a; b++) {
        const second = samples.subarray((slice * coils + b) * size, (slice * coils + b + 1) * size);
        let [sumRe, sumIm] = [0, 0];
        for (let i = 0; i < size; i += 2) {
          sumRe += first[i] * second[i] + first[i + 1] * second[i + 1];
          sumIm += first[i + 1] * second[i] - first[i] * second[i + 1];
        }
        re[a * coils + b] += sumRe;
        im[a * coils + b] += sumIm;
      }
    }
  }
  return { re, im };
}

/** Principal components of the coils: eigenvector k is a virtual coil, Σ_c conj(u_kc) y_c, of energy values[k]. */
export function principalCoils(samples: Float32Array, slices: number, coils: number): Eigen {
  const { re, im } = coilCovariance(samples, slices, coils);
  return hermitianEigen(coils, re, im);
}
