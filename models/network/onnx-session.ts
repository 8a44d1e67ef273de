import type { InferenceSession } from 'onnxruntime-node';
import { SlicewiseError } from '../../core/errors.js';
import { checkGraph, conditionPlanes, type GraphCard } from '../card/graph-check.js';
import { feedsOf, messageOf, noiseTensor, unreadable } from './onnx-common.js';
import { misplacedOperations } from './placement.js';
import type { Provider } from './provider.js';

export type OnnxRuntime = typeof import('onnxruntime-node');

/** Keeps the trace of one session while it is read: a folder in Node. */
export interface TraceStore {
  /** Where ONNX Runtime may write: it adds the time and `.json`. */
  readonly prefix: string;
  read(): Promise<string>;
  dispose(): Promise<void>;
}

export interface SessionRequest extends GraphCard {
  readonly weights: Uint8Array;
  readonly provider: Provider;
  readonly sizeMultiple: number;
  /** Input v of a graph that gives Jᴴ v (derivative-graph.ts), which is not the card's. */
  readonly cotangent?: string;
}

/**
 * A session of one thread on the provider asked for, whose graph is the card's.
 *
 * ONNX Runtime gives operations that a provider lacks to the CPU, and says so in a log only. Here that is an error, except for the
 * arithmetic of shapes, which ONNX Runtime itself places there.
 * @throws SlicewiseError MODEL when the provider is not there or cannot start, the network cannot be read, or is not the card's
 */
export async function openSession(
  ort: OnnxRuntime,
  request: SessionRequest,
  makeTrace?: () => Promise<TraceStore>,
): Promise<InferenceSession> {
  const { provider, name } = request;
  const there = ort.listSupportedBackends?.().map((b) => b.name) ?? [provider];
  if (!there.includes(provider)) {
    throw new SlicewiseError('MODEL', {
      message: `this ONNX Runtime has no provider '${provider}'`,
      expected: `one of ${there.join(', ')}`,
    });
  }
  const session =
    provider === 'cpu'
      ? await create(ort, request, 'cpu').catch((cause: unknown) => {
          throw unreadable(name, cause);
        })
      : await accelerated(ort, request, makeTrace);
  try {
    if (request.cotangent === undefined) checkGraph(request, session.inputMetadata, session.outputMetadata);
  } catch (error) {
    await session.release();
    throw error;
  }
  return session;
}

const create = (
  ort: OnnxRuntime,
  { weights }: SessionRequest,
  provider: Provider,
  more: InferenceSession.SessionOptions = {},
): Promise<InferenceSession> =>
  ort.InferenceSession.create(weights, {
    executionProviders: [provider],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    ...more,
  });

/** Makes ONNX Runtime refuse a session some of whose operations it would give to the CPU. */
const STRICT: InferenceSession.SessionOptions = {
  extra: { session: { disable_cpu_ep_fallback: '1' } },
  logSeverityLevel: 4,
};

async function accelerated(ort: OnnxRuntime, request: SessionRequest, makeTrace?: () => Promise<TraceStore>): Promise<InferenceSession> {
  const { name, provider } = request;
  try {
    return await create(ort, request, provider, STRICT);
  } catch (cause) {
    if (!/assigned to the default CPU EP/.test(messageOf(cause))) throw await refusal(ort, request, cause);
  }
  const misplaced = makeTrace ? await traced(ort, request, await makeTrace()) : ['some'];
  if (misplaced.length > 0) {
    throw new SlicewiseError('MODEL', {
      message:
        `the provider '${provider}' cannot run all of the network of '${name}': ${misplaced.join(', ')} would silently ` + `run on the CPU`,
      hint: "use the provider 'cpu', or a network without these operations",
    });
  }
  return create(ort, request, provider, { logSeverityLevel: 3 });
}

/** Is it the provider or the network that cannot start? */
async function refusal(ort: OnnxRuntime, request: SessionRequest, cause: unknown): Promise<SlicewiseError> {
  try {
    await (await create(ort, request, 'cpu')).release();
  } catch (other) {
    return unreadable(request.name, other);
  }
  const { provider } = request;
  return new SlicewiseError('MODEL', {
    message: `the provider '${provider}' cannot start: ${messageOf(cause)}`,
    hint: provider === 'cuda' ? "use the provider 'cpu', or install ONNX Runtime with CUDA (README)" : "use the provider 'cpu'",
    cause,
  });
}

/** The operations that work on images and yet run on the CPU, as one traced evaluation shows them. */
async function traced(ort: OnnxRuntime, request: SessionRequest, trace: TraceStore): Promise<string[]> {
  const { inputs, output, channels, noiseType, sizeMultiple, provider, guide, cotangent } = request;
  const side = sizeMultiple * Math.ceil(64 / sizeMultiple);
  const options = { enableProfiling: true, profileFilePrefix: trace.prefix, logSeverityLevel: 3 } as const;
  try {
    const session = await create(ort, request, provider, options);
    try {
      const images = (planes: number) => new ort.Tensor('float32', new Float32Array(planes * side * side), [1, planes, side, side]);
      const condition = guide && { [guide.input]: images(conditionPlanes(request)) };
      const v = cotangent !== undefined && { [cotangent]: images(channels) };
      const noise = { [inputs.noise]: noiseTensor(ort, noiseType, 1, 1) };
      await session.run(feedsOf(session, { [inputs.x]: images(channels), ...condition, ...noise, ...v }), [output]);
      session.endProfiling();
    } finally {
      await session.release();
    }
    return misplacedOperations(await trace.read());
  } finally {
    await trace.dispose();
  }
}
