import type { WebGpuBackend } from '../../compute/webgpu/backend.js';
import type { WebGpuField } from '../../compute/webgpu/field.js';
import type { Direction } from './fft/axes.js';
import type { LineLimits } from './fft/plan-webgpu.js';
import { LineTransform, type LineCall, type Lines } from './fft/lines-webgpu.js';

/** What a transform of images along one direction adds to their fields. */
export interface ImageCall extends Pick<LineCall, 'scale' | 'inverse' | 'encodes' | 'decodes' | 'add' | 'when' | 'mask'> {
  readonly x: WebGpuField;
  readonly out: WebGpuField;
  readonly map?: WebGpuField;
  /** Images of a slice that are transformed; x or out has one for all of them where it is `encodes`' or `decodes`'. */
  readonly images?: number;
  /** The first of them in x, out and map. */
  readonly first?: { readonly x?: number; readonly out?: number; readonly map?: number };
}

/** FFTs of images of rows × columns in fields [slice, …, y, x] on the GPU. Only queues. */
export class ImageLines {
  readonly #x: LineTransform;
  readonly #y: LineTransform;

  /** @param limits closer than those of the device */
  constructor(
    backend: WebGpuBackend,
    slices: number,
    readonly rows: number,
    readonly columns: number,
    limits?: Partial<LineLimits>,
  ) {
    this.#x = new LineTransform(backend, slices, columns, { columns: false, limits });
    this.#y = new LineTransform(backend, slices, rows, { columns: true, limits });
  }

  run(direction: Direction, call: ImageCall): void {
    const { x, out, map, images = 1, first = {}, ...rest } = call;
    const alongX = direction === 'x';
    const pixels = this.rows * this.columns;
    const place = (field: WebGpuField, from = 0, shared = false): Lines => ({
      field,
      start: from * pixels,
      image: shared ? 0 : pixels,
      line: alongX ? this.columns : 1,
      step: alongX ? 1 : this.columns,
      positions: alongX ? this.columns : this.rows,
    });
    (alongX ? this.#x : this.#y).run({
      ...rest,
      images,
      lines: alongX ? this.rows : this.columns,
      x: place(x, first.x, rest.encodes),
      out: place(out, first.out, rest.decodes),
      map: map && place(map, first.map),
    });
  }

  bytes(): number {
    return this.#x.bytes(this.rows) + this.#y.bytes(this.columns);
  }

  dispose(): void {
    this.#x.dispose();
    this.#y.dispose();
  }
}
