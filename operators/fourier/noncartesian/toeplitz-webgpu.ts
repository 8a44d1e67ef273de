import type { WebGpuBackend } from '../../../compute/webgpu/backend.js';
import type { WebGpuField } from '../../../compute/webgpu/field.js';
import type { DeviceTable } from '../../../compute/webgpu/table.js';
import { bytesOf, space, type Space } from '../../../core/space.js';
import { batches } from '../fft/batches.js';
import { LineTransform, type Lines } from '../fft/lines-webgpu.js';
import { pointSpreadSpectrum } from './point-spread.js';
import type { Samples } from './sample-table.js';

/**
 * The convolution AᴴA of a non-uniform Fourier transform: rows padded with zeros and transformed, then columns there, times the spectrum of
 * the point spread function, and back, then rows back. Scratch is the padded rows of `most` coils.
 */
export class ToeplitzNormalWebGpu {
  readonly #rows: LineTransform;
  readonly #columns: LineTransform;
  readonly #spectrum: DeviceTable;
  readonly #padded: Space;
  #between?: WebGpuField;

  constructor(
    readonly backend: WebGpuBackend,
    readonly shape: readonly [number, number, number],
    { trajectory, weights }: Samples,
    readonly most: number,
  ) {
    const [slices, rows, columns] = shape;
    const { rows: height, columns: width, data } = pointSpreadSpectrum(trajectory, rows, columns, weights);
    this.#rows = new LineTransform(backend, slices, width, { columns: false, centred: false });
    this.#columns = new LineTransform(backend, slices, height, { columns: true, centred: false });
    this.#spectrum = backend.table(data, 'the spectrum of the point spread function');
    this.#padded = space(['slice', 'coil', 'y', 'x'], [slices, most, rows, width], 'complex64');
  }

  /** out ← Σ conj(map) ⊙ (h ∗ (map ⊙ x)); h ∗ x without maps. */
  run(x: WebGpuField, maps: WebGpuField | undefined, out: WebGpuField, coils: number): void {
    const [, rows, columns] = this.shape;
    const width = this.#padded.shape[3];
    const between = (this.#between ??= this.backend.field(this.#padded));
    const image = (field: WebGpuField): Lines => ({ field, image: 0, line: columns, step: 1, positions: columns });
    const padded: Lines = { field: between, image: rows * width, line: width, step: 1, positions: width };
    const sides: Lines = { field: between, image: rows * width, line: 1, step: width, positions: rows };
    const mask = { table: this.#spectrum, weights: true, slice: 0, line: 1, step: width };
    const mapped = maps !== undefined;
    for (const { first, images } of batches(coils, this.most)) {
      const pixels = rows * columns;
      const map = maps && { field: maps, start: first * pixels, image: pixels, line: columns, step: 1 };
      this.#rows.run({ x: image(x), out: padded, map, encodes: mapped, images, lines: rows });
      this.#columns.run({ x: sides, out: sides, images, lines: width, when: 'between', mask });
      const sum = { map, decodes: mapped, add: first > 0, inverse: true };
      this.#rows.run({ x: padded, out: image(out), images, lines: rows, ...sum });
    }
  }

  bytes(): number {
    const [, rows] = this.shape;
    const tables = this.#rows.bytes(rows) + this.#columns.bytes(this.#padded.shape[3]) + this.#spectrum.bytes;
    return tables + bytesOf(this.#padded);
  }

  dispose(): void {
    this.#rows.dispose();
    this.#columns.dispose();
    this.#spectrum.dispose();
    this.#between?.dispose();
  }
}
