import FFT from 'fft.js';

/**
 * The inverse transform of a plane, centred and orthonormal, on the calling thread in float64:
 * m[r] = 1/√(NyNx) Σ K[k] exp(+2πi (k − ⌊N/2⌋)(r − ⌊N/2⌋)/N) per axis. Any size: powers of two by fft.js, the others by Bluestein's
 * algorithm (L. Bluestein, IEEE Trans. Audio Electroacoust. 18 (1970) 451-455).
 */
export class CentredInverse {
  private readonly rows: Line;
  private readonly columns: Line;

  constructor(
    private readonly height: number,
    private readonly width: number,
  ) {
    this.rows = new Line(width);
    this.columns = new Line(height);
  }

  /** In place; plane [height, width] complex, interleaved. */
  transform(plane: Float64Array): void {
    const { height, width } = this;
    const scale = 1 / Math.sqrt(height * width);
    const line = new Float64Array(2 * Math.max(height, width));
    for (let y = 0; y < height; y++) {
      const row = plane.subarray(2 * y * width, 2 * (y + 1) * width);
      if (row.every((v) => v === 0)) continue; // most rows of a calibration region in its image
      this.rows.inverse(row);
    }
    for (let x = 0; x < width; x++) {
      for (let y = 0; y < height; y++) {
        line[2 * y] = plane[2 * (y * width + x)];
        line[2 * y + 1] = plane[2 * (y * width + x) + 1];
      }
      this.columns.inverse(line);
      for (let y = 0; y < height; y++) {
        plane[2 * (y * width + x)] = line[2 * y] * scale;
        plane[2 * (y * width + x) + 1] = line[2 * y + 1] * scale;
      }
    }
  }
}

/** Σ K[k] exp(+2πi (k − c)(r − c)/n), c = ⌊n/2⌋, without a factor. */
class Line {
  private readonly length: number;
  private readonly fft: FFT | null;
  private readonly chirp: Float64Array; // exp(πi k²/n), k = 0 … n − 1
  private readonly response: number[];
  private readonly a: number[];
  private readonly b: number[];

  constructor(private readonly n: number) {
    const power = n >= 2 && (n & (n - 1)) === 0;
    this.length = power ? n : 2 ** Math.ceil(Math.log2(Math.max(2, 2 * n - 1)));
    this.fft = n > 1 ? new FFT(this.length) : null;
    this.a = new Array<number>(2 * this.length).fill(0);
    this.b = new Array<number>(2 * this.length).fill(0);
    this.response = new Array<number>(2 * this.length).fill(0);
    this.chirp = new Float64Array(2 * n);
    if (power || !this.fft) return;
    const kernel = new Array<number>(2 * this.length).fill(0);
    for (let k = 0; k < n; k++) {
      const angle = (Math.PI * ((k * k) % (2 * n))) / n;
      this.chirp[2 * k] = Math.cos(angle);
      this.chirp[2 * k + 1] = Math.sin(angle);
      for (const at of [k, (this.length - k) % this.length]) {
        kernel[2 * at] = Math.cos(angle);
        kernel[2 * at + 1] = -Math.sin(angle);
      }
    }
    this.fft.transform(this.response, kernel);
  }

  inverse(line: Float64Array): void {
    const { n, fft, a, b, length, chirp, response } = this;
    if (!fft) return;
    const centre = Math.floor(n / 2);
    if (length === n) {
      for (let k = 0; k < n; k++) {
        const from = (k + centre) % n;
        a[2 * k] = line[2 * from];
        a[2 * k + 1] = line[2 * from + 1];
      }
      fft.inverseTransform(b, a);
      for (let r = 0; r < n; r++) {
        const to = (r + centre) % n;
        line[2 * to] = b[2 * r] * n;
        line[2 * to + 1] = b[2 * r + 1] * n;
      }
      return;
    }
    // k r = (k² + r² − (r − k)²)/2: chirp, convolve, chirp
    a.fill(0);
    for (let k = 0; k < n; k++) {
      const from = (k + centre) % n;
      const [x, y, c, s] = [line[2 * from], line[2 * from + 1], chirp[2 * k], chirp[2 * k + 1]];
      a[2 * k] = x * c - y * s;
      a[2 * k + 1] = x * s + y * c;
    }
    fft.transform(b, a);
    for (let k = 0; k < length; k++) {
      const [x, y, c, s] = [b[2 * k], b[2 * k + 1], response[2 * k], response[2 * k + 1]];
      b[2 * k] = x * c - y * s;
      b[2 * k + 1] = x * s + y * c;
    }
    fft.inverseTransform(a, b);
    for (let r = 0; r < n; r++) {
      const to = (r + centre) % n;
      const [x, y, c, s] = [a[2 * r], a[2 * r + 1], chirp[2 * r], chirp[2 * r + 1]];
      line[2 * to] = x * c - y * s;
      line[2 * to + 1] = x * s + y * c;
    }
  }
}
