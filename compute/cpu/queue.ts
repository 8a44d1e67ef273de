import type { Executor, RequestBody } from './pool.js';
import { Allocator } from './allocator.js';
import type { SlabLayout } from './layout.js';
import type { Operation, Peeked, SentArgument } from './protocol.js';
import { Scopes } from '../scope.js';
import type { VolumeScalar } from './scalars.js';

/** A kernel module as the build writes it: the name and two builds, base64. */
export interface KernelModule {
  readonly name: string;
  readonly simd: string;
  readonly relaxed: string;
}

/** A kernel argument; a volume scalar is replaced by its value when it is known. */
export type Argument = SentArgument | VolumeScalar;

/** All slabs of one slice count: a layout, one address space for all of them, and scalar registers. */
export class SlabSet {
  readonly allocator = new Allocator();
  /** Peak bytes of one slab: what its memory holds, which never shrinks. */
  peak = 0;
  /** Fields, blocks and scalars that live in it. */
  #users = 0;

  /** @param changed told when the first user comes and when the last one goes */
  constructor(
    readonly id: number,
    readonly layout: SlabLayout,
    private readonly changed: (used: boolean) => void,
  ) {}

  /** Memory of a user. */
  allocate(bytes: number): number {
    this.hold();
    return this.reserve(bytes);
  }

  free(address: number): void {
    this.allocator.free(address);
    this.release();
  }

  /** Memory for as long as the set lives. */
  reserve(bytes: number): number {
    const address = this.allocator.allocate(bytes);
    this.peak = Math.max(this.peak, this.allocator.end);
    return address;
  }

  hold(): void {
    if (this.#users++ === 0) this.changed(true);
  }

  release(): void {
    if (--this.#users === 0) this.changed(false);
  }

  /** Bytes that all slabs have taken from the system. */
  get held(): number {
    return this.peak * this.layout.slabs.length;
  }
}

type Command =
  | { readonly kind: 'operation'; readonly set: SlabSet; readonly make: () => Operation; readonly awaits: boolean }
  | { readonly kind: 'step'; readonly run: (queue: CommandQueue) => Promise<void> }
  | { readonly kind: 'main'; readonly run: () => void };

/**
 * Orders commands and sends them to the executors in as few messages as possible. An operation runs on every slab without talking to
 * another; a `step` is where slabs exchange something (a sum, a halo slice, a slab of a volume-coupled operator) and so where the batch is
 * cut. What a step has posted is only waited for where something needs it: executors take messages in order, and go on with what does not.
 */
export class CommandQueue {
  readonly #commands: Command[] = [];
  readonly #batch = new Map<SlabSet, Operation[]>();
  readonly #peeks = new Map<number, Map<number, Uint8Array>>();
  /** Messages that are not answered yet. */
  readonly #posted: Promise<void>[] = [];
  /** What has to come in before a scalar is looked at. */
  readonly #awaited: Promise<void>[] = [];
  #nextTag = 1;
  #tail: Promise<void> = Promise.resolve();
  #failure?: Error;

  constructor(
    readonly executors: readonly Executor[],
    readonly relaxed: boolean,
  ) {}

  readonly #sent = new Set<string>();
  /** Of scalars (`Backend.scope`). */
  readonly scopes = new Scopes();

  /** Sends a kernel module to every executor once. */
  load(module: KernelModule): void {
    if (this.#sent.has(module.name)) return;
    this.#sent.add(module.name);
    const wasm = decodeBase64(this.relaxed ? module.relaxed : module.simd);
    this.#commands.push({
      kind: 'step',
      run: () => this.broadcast({ type: 'module', name: module.name, wasm }),
    });
  }

  register(set: SlabSet): void {
    this.#commands.push({
      kind: 'step',
      run: async () => {
        const { lanes, slabs } = set.layout;
        const share = (i: number) => slabs.filter((slab) => this.ownerOf(slab.index) === i);
        await Promise.all(this.executors.map((e, i) => e.request({ type: 'set', set: { id: set.id, lanes, slabs: share(i) } })));
      },
    });
  }

  /** After what was queued for it: its memories go. */
  drop(set: SlabSet): void {
    this.#commands.push({
      kind: 'step',
      run: async () => {
        void this.post();
        await this.broadcast({ type: 'drop', set: set.id });
      },
    });
  }

  async broadcast(body: RequestBody): Promise<void> {
    await Promise.all(this.executors.map((e) => e.request(body)));
  }

  /** Which executor holds a slab. */
  ownerOf(slab: number): number {
    return slab % this.executors.length;
  }

  call(set: SlabSet, module: KernelModule, fn: string, args: readonly Argument[]): void {
    this.load(module);
    const make = (): Operation => ({ op: 'call', module: module.name, fn, args: args.map(resolve) });
    this.#commands.push({ kind: 'operation', set, make, awaits: args.some(isScalar) });
  }

  operation(set: SlabSet, operation: Operation): void {
    this.#commands.push({ kind: 'operation', set, make: () => operation, awaits: false });
  }

  /** Runs in order, on the main thread, once everything before it is done as far as main can know. */
  main(run: () => void): void {
    this.#commands.push({ kind: 'main', run });
  }

  step(run: (queue: CommandQueue) => Promise<void>): void {
    this.#commands.push({ kind: 'step', run });
  }

  /** Runs all that is queued. A failure is final: every later flush throws it again. */
  flush(): Promise<void> {
    this.#tail = this.#tail.then(async () => {
      if (this.#failure) throw this.#failure;
      try {
        await this.#drain();
      } catch (error) {
        this.#failure = error as Error;
        this.#commands.length = 0;
        throw error;
      }
    });
    const result = this.#tail;
    this.#tail = result.catch(() => undefined);
    return result;
  }

  async #drain(): Promise<void> {
    while (this.#commands.length > 0) {
      const commands = this.#commands.splice(0);
      for (const command of commands) {
        if (command.kind === 'step') {
          await command.run(this);
          continue;
        }
        if (this.#awaited.length > 0 && (command.kind === 'main' || command.awaits)) await this.#settle();
        if (command.kind === 'operation') this.add(command.set, command.make());
        else command.run();
      }
      await this.send();
      await this.#settle();
    }
  }

  async #settle(): Promise<void> {
    await Promise.all(this.#awaited.splice(0));
  }

  // ---- used inside steps ----

  add(set: SlabSet, operation: Operation): void {
    const operations = this.#batch.get(set);
    if (operations) operations.push(operation);
    else this.#batch.set(set, [operation]);
  }

  /** Asks for bytes of every slab (or the slabs named); they are there after `send`. */
  peek(set: SlabSet, address: number, bytes: number, slabs?: readonly number[]): number {
    const tag = this.#nextTag++;
    this.add(set, { op: 'peek', address, bytes, tag, slabs });
    return tag;
  }

  /** The bytes of a peek by slab index. */
  take(tag: number): Map<number, Uint8Array> {
    const found = this.#peeks.get(tag) ?? new Map<number, Uint8Array>();
    this.#peeks.delete(tag);
    return found;
  }

  /** What executor i needs of an operation: only the bytes of its own slabs. */
  #share(operation: Operation, i: number): Operation {
    if (operation.op !== 'poke' || operation.data instanceof Uint8Array || this.executors.length === 1) return operation;
    return { ...operation, data: new Map([...operation.data].filter(([slab]) => this.ownerOf(slab) === i)) };
  }

  /** Scalars are not looked at before this. */
  awaitBefore(arrival: Promise<void>): void {
    this.#awaited.push(handled(arrival));
  }

  /** Sends the batch and waits for it, and for all that was posted. */
  async send(): Promise<void> {
    void this.post();
    await Promise.all(this.#posted.splice(0));
  }

  /** Sends the batch; what its peeks bring is there when the promise holds. */
  post(): Promise<void> {
    if (this.#batch.size === 0) return Promise.resolve();
    const programs = [...this.#batch].map(([set, operations]) => ({ set: set.id, bytes: set.peak + 64, operations }));
    this.#batch.clear();
    const answers = this.executors.map((executor, i) => {
      const share = programs.map((program) => ({
        ...program,
        operations: program.operations.map((o) => this.#share(o, i)),
      }));
      return executor.request(
        { type: 'run', programs: share },
        share.flatMap((program) => givenBuffers(program.operations)),
      );
    });
    const answered = handled(Promise.all(answers).then((all) => all.forEach(({ peeked }) => this.#keep(peeked))));
    this.#posted.push(answered);
    return answered;
  }

  #keep(peeked: readonly Peeked[]): void {
    for (const { tag, slab, data } of peeked) {
      const entry = this.#peeks.get(tag);
      if (entry) entry.set(slab, data);
      else this.#peeks.set(tag, new Map([[slab, data]]));
    }
  }
}

/** A promise that is awaited later: its failure is thrown there. */
function handled(promise: Promise<void>): Promise<void> {
  promise.catch(() => undefined);
  return promise;
}

const givenBuffers = (operations: readonly Operation[]): ArrayBuffer[] =>
  operations.flatMap((o) => (o.op === 'poke' && 'given' in o && o.given ? [...o.data.values()].map((d) => d.buffer as ArrayBuffer) : []));

const isScalar = (argument: Argument): argument is VolumeScalar => typeof argument === 'object' && 'value' in argument;

const resolve = (argument: Argument): SentArgument => (isScalar(argument) ? argument.value : argument);

export function decodeBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
