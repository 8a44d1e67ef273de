import { availableParallelism, totalmem } from 'node:os';
import { Worker, parentPort } from 'node:worker_threads';

/** What both ends of a worker exchange; the same shape as compute's WorkerPort (core imports nothing). */
export interface ThreadPort<Sent, Received> {
  post(message: Sent, transfer: ArrayBuffer[]): void;
  onReply(listener: (message: Received) => void): void;
  onFailure(listener: (error: Error) => void): void;
  terminate(): Promise<void>;
}

/** Starts a worker thread on a module. */
export function startThread<Sent, Received>(url: URL): ThreadPort<Sent, Received> {
  const worker = new Worker(url);
  worker.setMaxListeners(0);
  let ending = false;
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    onReply: (listener) => void worker.on('message', listener),
    onFailure: (listener) => {
      worker.on('error', listener);
      worker.on('exit', (code) => {
        if (!ending) listener(new Error(`it left with exit code ${code}`));
      });
    },
    terminate: async () => {
      ending = true;
      await worker.terminate();
    },
  };
}

/** The worker's own end; undefined on the main thread. */
export function ownThread(): typeof parentPort {
  return parentPort;
}

export const processors = (): number => availableParallelism();

/** Bytes of the machine, or of the container where it allows less. */
export function machineMemory(): number {
  const limit = process.constrainedMemory?.() ?? 0;
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
