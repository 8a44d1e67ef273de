/** Messages between the queue (main thread) and the slab machines (workers). Everything is structured-clonable. */

/** A kernel argument: the same for all slabs, or one per slab. */
export type SentArgument = number | { readonly each: readonly number[] };

export type Operation =
  /** Call `fn` of kernel module `module`. */
  | { readonly op: 'call'; readonly module: string; readonly fn: string; readonly args: readonly SentArgument[] }
  /** Copy bytes out of every slab (or the slabs named); they come back in the reply under `tag`. */
  | {
      readonly op: 'peek';
      readonly address: number;
      readonly bytes: number;
      readonly tag: number;
      readonly slabs?: readonly number[];
    }
  /** Copy bytes into every slab. */
  | { readonly op: 'poke'; readonly address: number; readonly data: Uint8Array }
  /**
   * Copy a buffer of its own into each slab named. `given`: whole buffers that the sender will not use again; they are moved to the worker,
   * which uses them for its next answers, so that an exchange makes no garbage.
   */
  | {
      readonly op: 'poke';
      readonly address: number;
      readonly data: ReadonlyMap<number, Uint8Array>;
      readonly given?: boolean;
    }
  /** Hand over to a service of the worker (the network runner). */
  | { readonly op: 'service'; readonly service: string; readonly parameters: unknown };

export interface SetDescription {
  readonly id: number;
  readonly lanes: number;
  /** Only the slabs of the receiving machine. */
  readonly slabs: readonly { readonly index: number; readonly first: number; readonly count: number }[];
}

export type Request =
  | { readonly id: number; readonly type: 'module'; readonly name: string; readonly wasm: Uint8Array }
  | { readonly id: number; readonly type: 'set'; readonly set: SetDescription }
  | { readonly id: number; readonly type: 'drop'; readonly set: number }
  | { readonly id: number; readonly type: 'run'; readonly programs: readonly Program[] }
  | { readonly id: number; readonly type: 'service'; readonly service: string; readonly parameters: unknown };

/** Operations on one set of slabs; `bytes` is the memory every slab must have. */
export interface Program {
  readonly set: number;
  readonly bytes: number;
  readonly operations: readonly Operation[];
}

export interface Peeked {
  readonly tag: number;
  readonly slab: number;
  readonly data: Uint8Array;
}

export type Reply =
  | { readonly id: number; readonly ok: true; readonly peeked: readonly Peeked[]; readonly result?: unknown }
  | { readonly id: number; readonly ok: false; readonly error: SentError };

export interface SentError {
  readonly code?: string;
  readonly message: string;
  readonly expected?: string;
  readonly got?: string;
  readonly hint?: string;
  readonly stack?: string;
}

/** The main thread's end of a worker, whatever kind of thread it is. */
export interface WorkerPort {
  post(request: Request, transfer: ArrayBuffer[]): void;
  onReply(listener: (reply: Reply) => void): void;
  /** The worker itself failed or left. */
  onFailure(listener: (error: Error) => void): void;
  terminate(): Promise<void>;
}
