/**
 * Low-rank approximation of the block Hankel matrix of a complex image D [n1, n2] (one frequency of a window of traces):
 *
 *     H[(a₁, a₂), (b₁, b₂)] = D[a₁ + b₁, a₂ + b₂],   a of L₁ × L₂, b of K₁ × K₂,  L = ⌊n/2⌋ + 1, K = n − L + 1
 *
 * A plane wave is an exponential over the traces and gives H rank 1, p of them rank p (Oropeza & Sacchi, Geophysics 76 (2011) V25).
 * The dominant subspace is found by subspace iteration (Golub & Van Loan, Matrix Computations, 4th ed., §8.2.4), which starts from the
 * subspace of the image before: one step each suffices for images that change little, as those of successive iterations do. H itself is
 * never made.
 */
export class BlockHankel {
  readonly #l: readonly [number, number];
  readonly #k: readonly [number, number];
  readonly #hits: Float64Array;
  /** y = H v: [width, rows] and [width, columns], a vector a row. */
  readonly #v: Planes;
  readonly #y: Planes;
  readonly #small: Planes;
  readonly #turned: Planes;
  readonly #eigen: readonly SmallHermitian[];
  readonly singularValues: Float64Array;

  /** @param width of the subspace: the rank and one more, which tells the damping what lies below */
  constructor(
    readonly n1: number,
    readonly n2: number,
    rank: number,
  ) {
    this.#l = [Math.floor(n1 / 2) + 1, Math.floor(n2 / 2) + 1];
    this.#k = [n1 - this.#l[0] + 1, n2 - this.#l[1] + 1];
    this.rows = this.#l[0] * this.#l[1];
    this.columns = this.#k[0] * this.#k[1];
    this.width = Math.min(rank + 1, this.rows, this.columns);
    const planes = (n: number): Planes => [new Float64Array(n), new Float64Array(n)];
    this.#v = planes(this.columns * this.width);
    this.#y = planes(this.rows * this.width);
    this.#small = planes(this.width * this.width);
    this.#turned = planes(Math.max(this.rows, this.columns) * this.width);
    this.#eigen = Array.from({ length: this.width + 1 }, (_, n) => new SmallHermitian(n));
    this.singularValues = new Float64Array(this.width);
    this.#hits = new Float64Array(n1 * n2);
    this.#each((_row, _column, at) => (this.#hits[at] += 1));
  }

  readonly rows: number;
  readonly columns: number;
  readonly width: number;

  #each(visit: (row: number, column: number, at: number) => void): void {
    const { n2 } = this;
    for (let a1 = 0, row = 0; a1 < this.#l[0]; a1++) {
      for (let a2 = 0; a2 < this.#l[1]; a2++, row++) {
        for (let b1 = 0, column = 0; b1 < this.#k[0]; b1++) {
          for (let b2 = 0; b2 < this.#k[1]; b2++, column++) visit(row, column, (a1 + b1) * n2 + a2 + b2);
        }
      }
    }
  }

  /** A start that depends on nothing but the sizes. */
  start(): void {
    const [vr, vi] = this.#v;
    let seed = 12345;
    for (let at = 0; at < vr.length; at++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      const angle = (2 * Math.PI * seed) / 2 ** 32;
      vr[at] = Math.cos(angle);
      vi[at] = Math.sin(angle);
    }
    orthonormalise(this.#v, this.columns, this.width);
  }

  /**
   * D ← the image whose Hankel matrix is nearest to the damped rank-k approximation of H, by averaging over what each sample stands for:
   * singular values σ become σ (1 − (σ_{k+1}/σ)^damping) (Huang et al., Geophysics 81 (2016) V261); damping 0: σ as it is.
   * @param rank at most that of the constructor
   * @param steps of subspace iteration
   */
  reduce(re: Float64Array, im: Float64Array, rank: number, damping: number, steps: number): void {
    const { rows, columns } = this;
    const active = Math.min(rank + 1, this.width);
    for (let step = 0; step < steps; step++) {
      this.#apply(re, im, active);
      orthonormalise(this.#y, rows, active);
      this.#adjoint(re, im, active); // v ← Hᴴ y: H ≈ y vᴴ
      if (step + 1 < steps) orthonormalise(this.#v, columns, active);
    }
    // v = Hᴴ Q; the eigenvectors of vᴴ v = Qᴴ H Hᴴ Q turn both to singular vectors
    gram(this.#v, columns, active, this.#small);
    const eigen = this.#eigen[active];
    const values = eigen.solve(this.#small[0], this.#small[1]);
    for (let c = 0; c < active; c++) this.singularValues[c] = Math.sqrt(Math.max(0, values[c]));
    turn(this.#y, rows, active, eigen, this.#turned);
    turn(this.#v, columns, active, eigen, this.#turned);
    this.#average(re, im, rank, active, damping);
    orthonormalise(this.#v, columns, this.width);
  }

  /** y_c[a] ← Σ_b D[a + b] v_c[b] */
  #apply(re: Float64Array, im: Float64Array, active: number): void {
    const [vr, vi] = this.#v;
    const [yr, yi] = this.#y;
    const { n2, rows, columns } = this;
    const [l1, l2] = this.#l;
    const [k1, k2] = this.#k;
    for (let c = 0; c < active; c++) {
      for (let a1 = 0, to = c * rows; a1 < l1; a1++) {
        for (let a2 = 0; a2 < l2; a2++, to++) {
          let [sr, si] = [0, 0];
          for (let b1 = 0; b1 < k1; b1++) {
            for (let v = c * columns + b1 * k2, end = v + k2, d = (a1 + b1) * n2 + a2; v < end; v++, d++) {
              sr += re[d] * vr[v] - im[d] * vi[v];
              si += re[d] * vi[v] + im[d] * vr[v];
            }
          }
          yr[to] = sr;
          yi[to] = si;
        }
      }
    }
  }

  /** v_c[b] ← Σ_a conj(D[a + b]) y_c[a] */
  #adjoint(re: Float64Array, im: Float64Array, active: number): void {
    const [vr, vi] = this.#v;
    const [yr, yi] = this.#y;
    const { n2, rows, columns } = this;
    const [l1, l2] = this.#l;
    const [k1, k2] = this.#k;
    for (let c = 0; c < active; c++) {
      for (let b1 = 0, to = c * columns; b1 < k1; b1++) {
        for (let b2 = 0; b2 < k2; b2++, to++) {
          let [sr, si] = [0, 0];
          for (let a1 = 0; a1 < l1; a1++) {
            for (let y = c * rows + a1 * l2, end = y + l2, d = (a1 + b1) * n2 + b2; y < end; y++, d++) {
              sr += re[d] * yr[y] + im[d] * yi[y];
              si += re[d] * yi[y] - im[d] * yr[y];
            }
          }
          vr[to] = sr;
          vi[to] = si;
        }
      }
    }
  }

  /** D ← mean over the antidiagonals of Σ_c g_c y_c v_cᴴ: convolutions. */
  #average(re: Float64Array, im: Float64Array, rank: number, active: number, damping: number): void {
    const [vr, vi] = this.#v;
    const [yr, yi] = this.#y;
    const { n1, n2, rows, columns, singularValues } = this;
    const below = rank < active ? singularValues[rank] : 0;
    const [l1, l2] = this.#l;
    const [k1, k2] = this.#k;
    re.fill(0, 0, n1 * n2);
    im.fill(0, 0, n1 * n2);
    for (let c = 0; c < Math.min(rank, active); c++) {
      const s = singularValues[c];
      const gain = s === 0 ? 0 : damping > 0 ? 1 - Math.min(1, below / s) ** damping : 1;
      if (gain === 0) continue;
      for (let a1 = 0, y = c * rows; a1 < l1; a1++) {
        for (let a2 = 0; a2 < l2; a2++, y++) {
          const [pr, pi] = [gain * yr[y], gain * yi[y]];
          for (let b1 = 0; b1 < k1; b1++) {
            for (let v = c * columns + b1 * k2, end = v + k2, d = (a1 + b1) * n2 + a2; v < end; v++, d++) {
              re[d] += pr * vr[v] + pi * vi[v];
              im[d] += pi * vr[v] - pr * vi[v];
            }
          }
        }
      }
    }
    for (let at = 0; at < n1 * n2; at++) {
      re[at] /= this.#hits[at];
      im[at] /= this.#hits[at];
    }
  }
}

type Planes = readonly [Float64Array, Float64Array];

/** The vectors in the rows of x [count, n] made orthonormal, modified Gram–Schmidt; one that depends on those before becomes 0. */
export function orthonormalise([xr, xi]: Planes, n: number, count: number): void {
  for (let c = 0; c < count; c++) {
    const from = c * n;
    let before = 0;
    for (let k = from; k < from + n; k++) before += xr[k] * xr[k] + xi[k] * xi[k];
    for (let b = 0; b < from; b += n) {
      let [sr, si] = [0, 0];
      for (let k = 0; k < n; k++) {
        sr += xr[b + k] * xr[from + k] + xi[b + k] * xi[from + k];
        si += xr[b + k] * xi[from + k] - xi[b + k] * xr[from + k];
      }
      for (let k = 0; k < n; k++) {
        xr[from + k] -= sr * xr[b + k] - si * xi[b + k];
        xi[from + k] -= sr * xi[b + k] + si * xr[b + k];
      }
    }
    let power = 0;
    for (let k = from; k < from + n; k++) power += xr[k] * xr[k] + xi[k] * xi[k];
    const scale = power > 1e-28 * before && power > 0 ? 1 / Math.sqrt(power) : 0;
    for (let k = from; k < from + n; k++) {
      xr[k] *= scale;
      xi[k] *= scale;
    }
  }
}

/** out[a, b] ← ⟨x_a, x_b⟩, [count, count]. */
function gram([xr, xi]: Planes, n: number, count: number, [or, oi]: Planes): void {
  for (let a = 0; a < count; a++) {
    for (let b = 0; b <= a; b++) {
      let [sr, si] = [0, 0];
      for (let k = 0; k < n; k++) {
        const [p, q] = [a * n + k, b * n + k];
        sr += xr[p] * xr[q] + xi[p] * xi[q];
        si += xr[p] * xi[q] - xi[p] * xr[q];
      }
      or[a * count + b] = or[b * count + a] = sr;
      oi[a * count + b] = si;
      oi[b * count + a] = -si;
    }
  }
}

/** x_c ← Σ_b U[b, c] x_b, U the eigenvectors in columns. */
function turn([xr, xi]: Planes, n: number, count: number, { re, im }: SmallHermitian, [sr, si]: Planes): void {
  sr.fill(0, 0, n * count);
  si.fill(0, 0, n * count);
  for (let c = 0; c < count; c++) {
    for (let b = 0; b < count; b++) {
      const [ur, ui] = [re[b * count + c], im[b * count + c]];
      for (let k = 0, from = b * n, to = c * n; k < n; k++, from++, to++) {
        sr[to] += xr[from] * ur - xi[from] * ui;
        si[to] += xr[from] * ui + xi[from] * ur;
      }
    }
  }
  for (let k = 0; k < n * count; k++) {
    xr[k] = sr[k];
    xi[k] = si[k];
  }
}

/** Eigenvalues (descending) and eigenvectors (columns) of small Hermitian matrices by cyclic Jacobi rotations (Golub & Van Loan §8.5). */
export class SmallHermitian {
  readonly re: Float64Array;
  readonly im: Float64Array;
  readonly values: Float64Array;

  constructor(readonly n: number) {
    this.re = new Float64Array(n * n);
    this.im = new Float64Array(n * n);
    this.values = new Float64Array(n);
  }

  /** @param ar, ai [n, n], overwritten. @returns the values */
  solve(ar: Float64Array, ai: Float64Array): Float64Array {
    const { n, re, im, values } = this;
    re.fill(0);
    im.fill(0);
    for (let k = 0; k < n; k++) re[k * n + k] = 1;
    let size = 0;
    for (let k = 0; k < n * n; k++) size += ar[k] ** 2 + ai[k] ** 2;
    for (let sweep = 0; sweep < 30; sweep++) {
      let off = 0;
      for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) off += ar[p * n + q] ** 2 + ai[p * n + q] ** 2;
      if (off <= 1e-28 * size) break;
      for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) this.#rotate(ar, ai, p, q);
    }
    for (let k = 0; k < n; k++) values[k] = ar[k * n + k];
    // insertion sort of the columns, largest first
    for (let k = 1; k < n; k++) for (let j = k; j > 0 && values[j] > values[j - 1]; j--) this.#swap(j, j - 1);
    return values;
  }

  /** Makes a_pq 0 by a unitary J in the plane of p and q: A ← Jᴴ A J, U ← U J, J = [c, s e; −s ē, c] with e the phase of a_pq. */
  #rotate(ar: Float64Array, ai: Float64Array, p: number, q: number): void {
    const { n, re, im } = this;
    const [xr, xi] = [ar[p * n + q], ai[p * n + q]];
    const modulus = Math.sqrt(xr * xr + xi * xi);
    if (modulus === 0) return;
    const [er, ei] = [xr / modulus, xi / modulus];
    const theta = (ar[q * n + q] - ar[p * n + p]) / (2 * modulus);
    const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(1 + theta * theta));
    const c = 1 / Math.sqrt(1 + t * t);
    const s = t * c;
    const columns = (mr: Float64Array, mi: Float64Array): void => {
      for (let k = 0; k < n; k++) {
        const [i, j] = [k * n + p, k * n + q];
        const [pr, pi, qr, qi] = [mr[i], mi[i], mr[j], mi[j]];
        mr[i] = c * pr - s * (er * qr + ei * qi); // ē q
        mi[i] = c * pi - s * (er * qi - ei * qr);
        mr[j] = s * (er * pr - ei * pi) + c * qr; // e p
        mi[j] = s * (er * pi + ei * pr) + c * qi;
      }
    };
    columns(ar, ai);
    columns(re, im);
    for (let k = 0; k < n; k++) {
      const [i, j] = [p * n + k, q * n + k];
      const [pr, pi, qr, qi] = [ar[i], ai[i], ar[j], ai[j]];
      ar[i] = c * pr - s * (er * qr - ei * qi); // e q
      ai[i] = c * pi - s * (er * qi + ei * qr);
      ar[j] = s * (er * pr + ei * pi) + c * qr; // ē p
      ai[j] = s * (er * pi - ei * pr) + c * qi;
    }
  }

  #swap(a: number, b: number): void {
    const { n, re, im, values } = this;
    [values[a], values[b]] = [values[b], values[a]];
    for (let k = 0; k < n; k++) {
      [re[k * n + a], re[k * n + b]] = [re[k * n + b], re[k * n + a]];
      [im[k * n + a], im[k * n + b]] = [im[k * n + b], im[k * n + a]];
    }
  }
}
