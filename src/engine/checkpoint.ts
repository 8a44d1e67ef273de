import { SlicewiseError } from '../../core/errors.js';
import type { SolverState } from '../solvers/solver.js';

/** What a run must have in common with a checkpoint to go on from it. */
export interface RunIdentity {
  readonly method: string;
  readonly seed: number;
  readonly options: unknown;
  readonly scan: string;
  readonly prior: string;
  /** Kernel build (and so the backend; on a GPU with its adapter): another one rounds differently. */
  readonly build: string;
}

/** Where checkpoints are kept: a folder in Node. Each is written whole or not at all. */
export interface CheckpointStore {
  /** Writes `files` under `name`; older ones but the last two are removed afterwards. */
  write(name: string, files: ReadonlyMap<string, Uint8Array>): Promise<void>;
  /** The newest complete checkpoint. */
  latest(): Promise<{ name: string; read(file: string): Promise<Uint8Array> } | undefined>;
  /** For messages. */
  readonly location: string;
}

export interface Checkpoint {
  readonly identity: RunIdentity;
  /** Which sample of `samples` was running, from 0. */
  readonly sample: number;
  readonly solver: SolverState;
  /** Sums over finished samples. */
  readonly sums: { readonly [name: string]: Float32Array };
}

const VERSION = 1;

interface StateFile {
  readonly version: number;
  readonly identity: RunIdentity;
  readonly sample: number;
  readonly step: number;
  /** Float counts of the raw little-endian float32 files `<name>.f32`. */
  readonly fields: { readonly [name: string]: number };
  readonly sums: { readonly [name: string]: number };
}

export async function writeCheckpoint(store: CheckpointStore, checkpoint: Checkpoint): Promise<void> {
  const { identity, sample, solver, sums } = checkpoint;
  const lengths = (fields: { readonly [name: string]: Float32Array }) =>
    Object.fromEntries(Object.entries(fields).map(([name, data]) => [name, data.length]));
  const state: StateFile = {
    version: VERSION,
    identity,
    sample,
    step: solver.step,
    fields: lengths(solver.fields),
    sums: lengths(sums),
  };
  const files = new Map<string, Uint8Array>();
  for (const [name, data] of Object.entries({ ...solver.fields, ...sums })) {
    files.set(`${name}.f32`, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  files.set('state.json', new TextEncoder().encode(JSON.stringify(state, undefined, 1)));
  await store.write(`step-${String(sample).padStart(3, '0')}-${String(solver.step).padStart(6, '0')}`, files);
}

/**
 * The newest checkpoint of this run; undefined when there is none yet.
 * @throws SlicewiseError CHECKPOINT naming what differs, or the file that is damaged
 */
export async function readCheckpoint(store: CheckpointStore, identity: RunIdentity): Promise<Checkpoint | undefined> {
  const latest = await store.latest();
  if (!latest) return undefined;
  const state = JSON.parse(new TextDecoder().decode(await latest.read('state.json'))) as StateFile;
  const mine: Record<string, unknown> = { version: VERSION, ...identity };
  const theirs: Record<string, unknown> = { version: state.version, ...state.identity };
  for (const key of Object.keys(mine)) {
    const [a, b] = [JSON.stringify(mine[key]), JSON.stringify(theirs[key])];
    if (a === b) continue;
    throw new SlicewiseError('CHECKPOINT', {
      message: `the checkpoint ${latest.name} in ${store.location} is of another run: '${key}' differs`,
      expected: a,
      got: b,
      hint:
        key === 'build'
          ? 'resume with the --backend (and GPU, or build) of the interrupted run: another one rounds differently; or start afresh in ' +
            'another folder'
          : 'resume with the scan, prior and options of the interrupted run, or start afresh in another folder',
    });
  }
  const load = async (lengths: { readonly [name: string]: number }): Promise<Record<string, Float32Array>> => {
    const fields: Record<string, Float32Array> = {};
    for (const [name, length] of Object.entries(lengths)) {
      const bytes = await latest.read(`${name}.f32`);
      if (bytes.byteLength !== length * 4) {
        throw new SlicewiseError('CHECKPOINT', {
          message: `the checkpoint ${latest.name} is damaged: ${name}.f32`,
          expected: `${length * 4} bytes`,
          got: `${bytes.byteLength}`,
          hint: 'remove that folder; the one before it may be whole',
        });
      }
      fields[name] = new Float32Array(Uint8Array.from(bytes).buffer); // a copy: Buffer.slice shares memory
    }
    return fields;
  };
  return {
    identity: state.identity,
    sample: state.sample,
    solver: { step: state.step, fields: await load(state.fields) },
    sums: await load(state.sums),
  };
}
