import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';

export interface BareNetwork {
  readonly weights: Uint8Array;
  readonly inputs: { readonly x: string; readonly noise: string };
  readonly output: string;
  readonly rows: number;
  readonly columns: number;
  /** Planes of an image; default 1. */
  readonly channels?: number;
}

interface Share {
  readonly network: BareNetwork;
  readonly runs: number;
}

/**
 * Seconds that ONNX Runtime takes for `evaluations` slices, one after the other on each of `threads` worker threads with a session of one
 * thread each (mean over the threads): what a DDS run would take if nothing but the network cost time.
 */
export async function bareNetwork(network: BareNetwork, evaluations: number, threads: number): Promise<number> {
  const share: Share = { network, runs: Math.round(evaluations / threads) };
  const workers = Array.from({ length: threads }, () => new Worker(new URL(import.meta.url), { workerData: share }));
  const next = (worker: Worker): Promise<number> => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  await Promise.all(workers.map(next)); // ready
  const seconds = await Promise.all(
    workers.map((worker) => {
      const done = next(worker);
      worker.postMessage('go'); // together, so that they share the machine as in a run
      return done;
    }),
  );
  await Promise.all(workers.map((worker) => worker.terminate()));
  return seconds.reduce((sum, s) => sum + s, 0) / threads;
}

/**
 * ONNX Runtime with one thread and nothing around it: a function that runs the network on one slice. It was run once, so memory is
 * allocated.
 */
export async function bareSession(network: BareNetwork): Promise<() => Promise<void>> {
  const { rows, columns, channels = 1 } = network;
  const session = await InferenceSession.create(network.weights, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  const input = Float32Array.from({ length: channels * rows * columns }, (_, i) => Math.sin(i));
  const run = async (): Promise<void> => {
    const feeds = {
      [network.inputs.x]: new Tensor('float32', input, [1, channels, rows, columns]),
      [network.inputs.noise]: new Tensor('float32', Float32Array.of(-0.5), [1]),
    };
    await session.run(feeds, [network.output]);
  };
  await run();
  return run;
}

async function serve({ network, runs }: Share): Promise<void> {
  const run = await bareSession(network);
  parentPort!.postMessage(0); // ready
  await new Promise((resolve) => parentPort!.once('message', resolve));
  const start = performance.now();
  for (let i = 0; i < runs; i++) await run();
  parentPort!.postMessage((performance.now() - start) / 1000);
}

if (!isMainThread) await serve(workerData as Share);
