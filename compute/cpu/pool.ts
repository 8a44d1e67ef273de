import { SlicewiseError, type ErrorCode } from '../../core/errors.js';
import { SlabMachine } from './machine.js';
import type { Reply, Request, SentError, WorkerPort } from './protocol.js';

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;
export type RequestBody = WithoutId<Request>;
export type Answer = Extract<Reply, { ok: true }>;

/** One executor of requests: a worker thread, or a machine in this thread. */
export interface Executor {
  request(body: RequestBody, transfer?: ArrayBuffer[]): Promise<Answer>;
  terminate(): Promise<void>;
}

/** A machine in the calling thread: for tests and tiny problems; it runs no networks. */
export function inlineExecutor(): Executor {
  const machine = new SlabMachine();
  let tail: Promise<unknown> = Promise.resolve();
  return {
    request(body) {
      const answer = tail.then(() => machine.handle({ ...body, id: 0 } as Request)).then(unwrap);
      tail = answer.catch(() => undefined);
      return answer;
    },
    async terminate() {},
  };
}

export function workerExecutor(port: WorkerPort): Executor {
  const waiting = new Map<number, { resolve: (a: Answer) => void; reject: (e: Error) => void }>();
  let next = 1;
  let failure: Error | undefined;
  port.onReply((reply) => {
    const entry = waiting.get(reply.id);
    waiting.delete(reply.id);
    try {
      entry?.resolve(unwrap(reply));
    } catch (error) {
      entry?.reject(error as Error);
    }
  });
  port.onFailure((cause) => {
    failure = new SlicewiseError('BACKEND', {
      message: `a worker stopped: ${cause.message}`,
      hint: 'it may have run out of memory: use fewer slices or workers; --checkpoint lets a run go on from its last steps',
      cause,
    });
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  });
  return {
    request(body, transfer = []) {
      if (failure) return Promise.reject(failure);
      return new Promise((resolve, reject) => {
        const id = next++;
        waiting.set(id, { resolve, reject });
        port.post({ ...body, id } as Request, transfer);
      });
    },
    terminate: () => port.terminate(),
  };
}

function unwrap(reply: Reply): Answer {
  if (reply.ok) return reply;
  throw restore(reply.error);
}

/** Errors cross threads as plain records; ours come back as ours. */
function restore(sent: SentError): Error {
  if (!sent.code) {
    const error = new SlicewiseError('BACKEND', { message: `a worker failed: ${sent.message}` });
    error.stack = sent.stack;
    return error;
  }
  const error = new SlicewiseError(sent.code as ErrorCode, { expected: sent.expected, got: sent.got, hint: sent.hint });
  error.message = sent.message;
  return error;
}
