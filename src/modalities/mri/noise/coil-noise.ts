import { SlicewiseError } from '../../../../core/errors.js';

/**
 * Noise of receiver coils: its covariance from a scan without signal, and the matrix that makes it white. The noise of coil c in sample n
 * is complex Gaussian, independent from sample to sample, correlated between coils:
 *
 *     Ψ = ½ E[η ηᴴ],        Ψ = L Lᴴ,        η′ = L⁻¹ η   ⇒   ½ E[η′ η′ᴴ] = I,
 *
 * so real and imaginary part of every whitened channel have standard deviation 1 each. Source: K. P. Pruessmann et al., "Advances in
 * sensitivity encoding with arbitrary k-space trajectories", Magn. Reson. Med. 46 (2001) 638, section on noise decorrelation.
 */
export interface ComplexMatrix {
  readonly size: number;
  /** Interleaved (re, im), row-major. */
  readonly data: Float64Array;
}

/**
 * Ψ of a noise scan, C×C Hermitian; the mean of every coil is taken off first.
 * @param samples complex interleaved [coil, sample]
 * @param varianceScale variance of the noise in the data over that in the scan: dwell time of the scan over that of the data (noise power
 *   grows with bandwidth), over the receiver's relative noise bandwidth, over the number of averages
 * @throws SlicewiseError SHAPE when the length does not fit, ARGUMENT for no more samples than coils
 */
export function noiseCovariance(samples: Float32Array, coils: number, varianceScale = 1): ComplexMatrix {
  const count = samples.length / 2 / coils;
  if (!Number.isInteger(count)) {
    throw new SlicewiseError('SHAPE', {
      message: 'noise scan',
      expected: `[coil, sample] of ${coils} coils`,
      got: `${samples.length} values`,
    });
  }
  if (count <= coils) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'the noise scan is too short for a covariance',
      expected: `more samples than the ${coils} coils`,
      got: `${count}`,
    });
  }
  const mean = new Float64Array(2 * coils);
  for (let c = 0; c < coils; c++) {
    for (let n = 0; n < count; n++) {
      mean[2 * c] += samples[2 * (c * count + n)] / count;
      mean[2 * c + 1] += samples[2 * (c * count + n) + 1] / count;
    }
  }
  const data = new Float64Array(2 * coils * coils);
  // ½ for the two parts; one degree of freedom went to the mean
  const scale = varianceScale / (2 * (count - 1));
  for (let a = 0; a < coils; a++) {
    for (let b = 0; b <= a; b++) {
      let [re, im] = [0, 0];
      for (let n = 0; n < count; n++) {
        const [p, q] = [2 * (a * count + n), 2 * (b * count + n)];
        const [ar, ai] = [samples[p] - mean[2 * a], samples[p + 1] - mean[2 * a + 1]];
        const [br, bi] = [samples[q] - mean[2 * b], samples[q + 1] - mean[2 * b + 1]];
        re += ar * br + ai * bi;
        im += ai * br - ar * bi;
      }
      const [lower, upper] = [2 * (a * coils + b), 2 * (b * coils + a)];
      data[lower] = data[upper] = re * scale;
      data[lower + 1] = a === b ? 0 : im * scale;
      data[upper + 1] = a === b ? 0 : -im * scale;
    }
  }
  return { size: coils, data };
}

/**
 * W = L⁻¹ of Ψ = L Lᴴ, lower triangular: its rows are the whitened channels.
 * @throws SlicewiseError ARGUMENT naming a coil whose noise is zero or a combination of the others'
 */
export function whitening(covariance: ComplexMatrix): ComplexMatrix {
  const { size } = covariance;
  return { size, data: inverseLower(cholesky(covariance), size) };
}

/**
 * The whitened data, W applied across coils.
 * @param data complex interleaved [slice, coil, …]
 * @param shape of the data, coils second
 * @returns a new array of the same layout
 * @throws SlicewiseError SHAPE when coils and matrix differ
 */
export function prewhiten(data: Float32Array, shape: readonly number[], { size, data: w }: ComplexMatrix): Float32Array {
  const [slices, coils] = shape;
  const inner = shape.slice(2).reduce((a, n) => a * n, 1);
  if (coils !== size || data.length !== 2 * slices * coils * inner) {
    throw new SlicewiseError('SHAPE', {
      message: 'data to whiten',
      expected: `[slice, ${size} coils, …]`,
      got: `${shape.join('×')}, ${data.length} values`,
    });
  }
  const out = new Float32Array(data.length);
  const row = new Float64Array(2 * inner);
  for (let s = 0; s < slices; s++) {
    for (let a = 0; a < coils; a++) {
      row.fill(0);
      for (let b = 0; b <= a; b++) {
        const [wr, wi] = [w[2 * (a * size + b)], w[2 * (a * size + b) + 1]];
        const from = 2 * (s * coils + b) * inner;
        for (let n = 0; n < 2 * inner; n += 2) {
          const [re, im] = [data[from + n], data[from + n + 1]];
          row[n] += wr * re - wi * im;
          row[n + 1] += wr * im + wi * re;
        }
      }
      out.set(row, 2 * (s * coils + a) * inner);
    }
  }
  return out;
}

/** L of Ψ = L Lᴴ, by rows (Golub & Van Loan, "Matrix computations", 4.2). */
function cholesky({ size, data }: ComplexMatrix): Float64Array {
  const l = new Float64Array(2 * size * size);
  for (let a = 0; a < size; a++) {
    for (let b = 0; b <= a; b++) {
      let re = data[2 * (a * size + b)];
      let im = data[2 * (a * size + b) + 1];
      for (let k = 0; k < b; k++) {
        const [p, q] = [2 * (a * size + k), 2 * (b * size + k)];
        re -= l[p] * l[q] + l[p + 1] * l[q + 1];
        im -= l[p + 1] * l[q] - l[p] * l[q + 1];
      }
      if (a === b) {
        // what the earlier coils do not explain must be more than rounding leaves
        if (!(re > 1e-10 * data[2 * (a * size + a)])) throw dependent(a);
        l[2 * (a * size + a)] = Math.sqrt(re);
      } else {
        const pivot = l[2 * (b * size + b)];
        l[2 * (a * size + b)] = re / pivot;
        l[2 * (a * size + b) + 1] = im / pivot;
      }
    }
  }
  return l;
}

function dependent(coil: number): SlicewiseError {
  return new SlicewiseError('ARGUMENT', {
    message: 'the noise covariance is singular',
    expected: 'noise of its own in every coil',
    got: `coil ${coil}, whose noise is zero or follows from that of the coils before`,
    hint: 'leave the coil out, or compress coils first',
  });
}

/** X with L X = I, column by column, by forward substitution; lower triangular like L. */
function inverseLower(l: Float64Array, size: number): Float64Array {
  const x = new Float64Array(2 * size * size);
  for (let c = 0; c < size; c++) {
    for (let a = c; a < size; a++) {
      let [re, im] = [a === c ? 1 : 0, 0];
      for (let k = c; k < a; k++) {
        const [p, q] = [2 * (a * size + k), 2 * (k * size + c)];
        re -= l[p] * x[q] - l[p + 1] * x[q + 1];
        im -= l[p] * x[q + 1] + l[p + 1] * x[q];
      }
      const pivot = l[2 * (a * size + a)]; // real
      x[2 * (a * size + c)] = re / pivot;
      x[2 * (a * size + c) + 1] = im / pivot;
    }
  }
  return x;
}
