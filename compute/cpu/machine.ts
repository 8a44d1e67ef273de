import { SlicewiseError } from '../../core/errors.js';
import { Buffers } from './buffers.js';
import type { Operation, Peeked, Program, Reply, Request, SentArgument, SetDescription } from './protocol.js';

/** One slab: its memory and the kernel modules living on it. */
export interface MachineSlab {
  readonly index: number;
  readonly first: number;
  readonly count: number;
  readonly lanes: number;
  readonly memory: WebAssembly.Memory;
  /** Calls a kernel by module and name. */
  call(module: string, fn: string, args: readonly number[]): void;
}

/** Something a worker can do beside kernels; `slab` is absent for calls that concern the worker as a whole. */
export type Service = (parameters: unknown, slab?: MachineSlab) => Promise<unknown>;

/** A wasm memory is at most 65536 pages of 64 KiB. */
const PAGE = 65536;

/** Runs programs on the slabs it owns. The same class serves a worker thread and, inline, the calling thread. */
export class SlabMachine {
  readonly #modules = new Map<string, WebAssembly.Module>();
  readonly #sets = new Map<number, MachineSlab[]>();
  readonly #buffers = new Buffers();

  constructor(readonly services: ReadonlyMap<string, Service> = new Map()) {}

  async handle(request: Request): Promise<Reply> {
    try {
      const peeked: Peeked[] = [];
      let result: unknown;
      if (request.type === 'module') {
        this.#modules.set(request.name, await WebAssembly.compile(request.wasm as BufferSource));
      } else if (request.type === 'set') {
        this.#sets.set(
          request.set.id,
          request.set.slabs.map((slab) => this.#makeSlab(request.set, slab)),
        );
      } else if (request.type === 'drop') {
        this.#sets.delete(request.set);
      } else if (request.type === 'service') {
        result = await this.#service(request.service)(request.parameters);
      } else {
        for (const program of request.programs) await this.#run(program, peeked);
      }
      return { id: request.id, ok: true, peeked, result };
    } catch (error) {
      const e = error as Partial<SlicewiseError> & Error;
      const { code, message, expected, got, hint, stack } = e;
      return { id: request.id, ok: false, error: { code, message, expected, got, hint, stack } };
    }
  }

  #service(name: string): Service {
    const service = this.services.get(name);
    if (!service) {
      throw new SlicewiseError('BACKEND', {
        message: `this worker has no service '${name}'`,
        hint: 'networks run on worker threads only: give the backend at least one worker',
      });
    }
    return service;
  }

  #makeSlab(set: SetDescription, slab: { index: number; first: number; count: number }): MachineSlab {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: PAGE });
    const instances = new Map<string, Record<string, (...args: number[]) => void>>();
    return {
      ...slab,
      lanes: set.lanes,
      memory,
      call: (module, fn, args) => {
        let instance = instances.get(module);
        if (!instance) {
          const compiled = this.#modules.get(module);
          if (!compiled) throw new Error(`kernel module '${module}' was not sent`);
          instance = new WebAssembly.Instance(compiled, { env: { memory } }).exports as never;
          instances.set(module, instance!);
        }
        instance![fn](...args);
      },
    };
  }

  async #run(program: Program, peeked: Peeked[]): Promise<void> {
    for (const slab of this.#sets.get(program.set)!) {
      grow(slab.memory, program.bytes);
      for (const operation of program.operations) {
        if (operation.op === 'service') await this.#service(operation.service)(operation.parameters, slab);
        else execute(slab, operation, peeked, this.#buffers);
      }
    }
  }
}

function execute(slab: MachineSlab, operation: Exclude<Operation, { op: 'service' }>, peeked: Peeked[], buffers: Buffers): void {
  const memory = (address: number, bytes: number) => new Uint8Array(slab.memory.buffer, address, bytes);
  if (operation.op === 'call') {
    const pick = (a: SentArgument): number => (typeof a === 'number' ? a : a.each[slab.index]);
    slab.call(operation.module, operation.fn, operation.args.map(pick));
  } else if (operation.op === 'peek') {
    if (operation.slabs && !operation.slabs.includes(slab.index)) return;
    const data = buffers.take(operation.bytes);
    data.set(memory(operation.address, operation.bytes));
    peeked.push({ tag: operation.tag, slab: slab.index, data });
  } else if (operation.data instanceof Uint8Array) {
    memory(operation.address, operation.data.length).set(operation.data);
  } else {
    const data = operation.data.get(slab.index);
    if (!data) return;
    memory(operation.address, data.length).set(data);
    if ('given' in operation && operation.given) buffers.give(data);
  }
}

function grow(memory: WebAssembly.Memory, bytes: number): void {
  const missing = Math.ceil((bytes - memory.buffer.byteLength) / PAGE);
  if (missing <= 0) return;
  try {
    memory.grow(missing);
  } catch (cause) {
    throw new SlicewiseError('MEMORY', {
      message: `a slab needs ${(bytes / 2 ** 20).toFixed(0)} MiB and could not get them`,
      hint: 'use fewer slices, a smaller grid, or a machine with more memory',
      cause,
    });
  }
}
