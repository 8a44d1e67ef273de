import { serveMachine } from '../compute/cpu/serve.js';
import type { Reply, Request } from '../compute/cpu/protocol.js';
import { temporaryTrace } from '../core/platform/temporary.js';
import { ownThread } from '../core/platform/threads.js';
import { networkServices } from '../models/network/onnx.js';
import { nodeRuntime } from '../models/network/onnx-node.js';

/** Entry of a worker thread in Node: a slab machine with networks. */
const port = ownThread();
if (port) {
  serveMachine(
    (listener) => port.on('message', (request: Request) => listener(request)),
    (reply: Reply, transfer) => port.postMessage(reply, transfer),
    networkServices(nodeRuntime, temporaryTrace),
  );
}
