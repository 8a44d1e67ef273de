import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Measurement } from '../../src/index.js';
import { PythonPeer } from './python.js';

export interface PeerTime {
  /** Seconds. */
  readonly wall: number;
  readonly cpu: number;
}

export type PeerMethod = 'sigpy-sense' | 'sigpy-wavelet' | 'bart-sense';

/** SigPy and BART (bench/peers/mri.py) on a scan that has its coil maps. */
export class MriPeer {
  private constructor(
    private readonly python: PythonPeer,
    private readonly folder: string,
  ) {}

  static async start(executable: string, threads: number, { data, shape, arrays }: Measurement): Promise<MriPeer> {
    const folder = await mkdtemp(join(tmpdir(), 'slicewise-mri-'));
    const root = new URL(import.meta.url.includes('/dist/') ? '../../../' : '../../', import.meta.url);
    const python = new PythonPeer(executable, fileURLToPath(new URL('bench/peers/mri.py', root)), threads);
    const [, , rows, columns] = shape;
    const files = {
      'kspace.c64': data,
      'maps.c64': arrays!.maps.data,
      'mask.f32': arrays!.mask.data.subarray(0, rows * columns),
    };
    for (const [name, values] of Object.entries(files)) {
      await writeFile(join(folder, name), new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    }
    await python.ask({ op: 'setup', folder, shape });
    return new MriPeer(python, folder);
  }

  /** The image, complex interleaved [slice, row, column]; undefined where the peer is not installed. */
  async image(op: PeerMethod, lambda: number, iterations: number): Promise<Float32Array | undefined> {
    const out = join(this.folder, 'out.c64');
    const { wall } = await this.python.ask<Partial<PeerTime>>({ op, lambda, iterations, out });
    if (wall === undefined) return undefined;
    const bytes = await readFile(out);
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  }

  /** Seconds that it takes; undefined where the peer is not installed. */
  async time(op: PeerMethod, lambda: number, iterations: number): Promise<PeerTime | undefined> {
    const { wall, cpu } = await this.python.ask<Partial<PeerTime>>({ op, lambda, iterations, out: null });
    return wall === undefined ? undefined : { wall, cpu: cpu! };
  }

  async close(): Promise<void> {
    this.python.close();
    await rm(this.folder, { recursive: true });
  }
}

/** ‖a − cb‖/‖b‖ of complex images, interleaved, with the constant phase c = 1, or the best one: BART's images can have the other sign. */
export function relativeDifference(a: Float32Array, b: Float32Array, phase: 'kept' | 'free' = 'kept'): number {
  let [re, im] = phase === 'free' ? [0, 0] : [1, 0];
  if (phase === 'free') {
    for (let i = 0; i < a.length; i += 2) {
      re += b[i] * a[i] + b[i + 1] * a[i + 1];
      im += b[i] * a[i + 1] - b[i + 1] * a[i];
    }
    [re, im] = [re / Math.hypot(re, im), im / Math.hypot(re, im)];
  }
  let [d, s] = [0, 0];
  for (let i = 0; i < a.length; i += 2) {
    d += (a[i] - re * b[i] + im * b[i + 1]) ** 2 + (a[i + 1] - im * b[i] - re * b[i + 1]) ** 2;
    s += b[i] ** 2 + b[i + 1] ** 2;
  }
  return Math.sqrt(d / s);
}

/** Whether a peer's image is compared up to a constant phase. */
export const phaseOf = (op: PeerMethod): 'kept' | 'free' => (op.startsWith('bart') ? 'free' : 'kept');
