import { serveMachine } from '../../../compute/cpu/serve.js';
import type { Request } from '../../../compute/cpu/protocol.js';
import { networkServices } from '../../../models/network/onnx.js';
import { webRuntime } from '../../../models/network/onnx-web.js';

/** Entry of a web worker of the CPU backend: a slab machine with networks. Its name is the address of onnxruntime-web's files. */
const port = self as unknown as DedicatedWorkerGlobalScope;
serveMachine(
  (listener) => port.addEventListener('message', ({ data }: MessageEvent<Request>) => listener(data)),
  (reply, transfer) => port.postMessage(reply, transfer),
  networkServices(() => webRuntime(port.name)),
);

interface DedicatedWorkerGlobalScope {
  readonly name: string;
  addEventListener(type: 'message', listener: (event: MessageEvent<Request>) => void): void;
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
}
