import './no-eval.js';
import { createCpuBackend } from '../../../compute/cpu/backend.js';
import type { WorkerPort } from '../../../compute/cpu/protocol.js';
import { createWebGpuBackend } from '../../../compute/webgpu/backend.js';
import { isSlicewiseError } from '../../../core/errors.js';
import { webGpuRuntimeAt } from '../../../models/network/onnx-webgpu.js';
import { urlModels } from '../../../models/sources/url-models.js';
import { CALLS } from '../calls.js';
import { StudioHost } from '../host.js';
import type { SentAnswer, SentCall, StudioEvent } from '../protocol.js';

/** How the page's engine is started, the first message: what it computes on, and where the page's files are. */
export interface StartEngine {
  readonly engine: 'webgpu' | 'cpu';
  readonly base: string;
  readonly priors: readonly string[];
}

interface Scope {
  onmessage: ((event: MessageEvent<StartEngine | SentCall>) => void) | null;
  postMessage(message: SentAnswer | StudioEvent): void;
}

/** Entry of the web worker that the page's own engine runs in: an engine behind messages. */
const scope = self as unknown as Scope;
let host: StudioHost | undefined;

scope.onmessage = ({ data }) => {
  if ('engine' in data) host = begin(data);
  else void answer(data).then((sent) => scope.postMessage(sent));
};

async function answer({ id, call, given }: SentCall): Promise<SentAnswer> {
  try {
    if (!host || !CALLS.includes(call)) throw new Error(`there is no call '${call}'`);
    const method = host[call] as (this: StudioHost, given: unknown) => Promise<unknown>;
    return { id, value: await method.call(host, given) };
  } catch (error) {
    const code = isSlicewiseError(error) ? error.code : 'UNEXPECTED';
    return { id, error: { code, message: error instanceof Error ? error.message : String(error) } };
  }
}

function begin({ engine, base, priors }: StartEngine): StudioHost {
  const runtime = new URL('ort/', base).href;
  webGpuRuntimeAt(runtime);
  const workers = Math.max(1, Math.min(8, navigator.hardwareConcurrency || 1));
  const spawn = (): WorkerPort => slabWorker(runtime);
  const place = {
    engine:
      engine === 'webgpu' ? 'the GPU, in this page' : `the processor, in this page (${workers} ${workers === 1 ? 'worker' : 'workers'})`,
    open: async () => (engine === 'webgpu' ? createWebGpuBackend() : createCpuBackend({ workers, spawn })),
    gpu: engine === 'webgpu',
    zoo: urlModels(new URL('zoo/', base), priors),
  };
  return new StudioHost(place, (event) => scope.postMessage(event));
}

/** A slab machine in a worker of its own. */
function slabWorker(runtime: string): WorkerPort {
  const worker = new Worker(new URL('./slab-worker.ts', import.meta.url), { type: 'module', name: runtime });
  return {
    post: (request, transfer) => worker.postMessage(request, transfer),
    onReply: (listener) => worker.addEventListener('message', ({ data }) => listener(data as Parameters<typeof listener>[0])),
    onFailure: (listener) => worker.addEventListener('error', ({ message }) => listener(new Error(message || 'it could not start'))),
    terminate: () => {
      worker.terminate();
      return Promise.resolve();
    },
  };
}
