import { SlabMachine, type Service } from './machine.js';
import type { Reply, Request } from './protocol.js';

/** Serves a slab machine over a message channel: requests are handled one after the other. */
export function serveMachine(
  listen: (listener: (request: Request) => void) => void,
  post: (reply: Reply, transfer: ArrayBuffer[]) => void,
  services: ReadonlyMap<string, Service>,
): void {
  const machine = new SlabMachine(services);
  let tail = Promise.resolve();
  listen((request) => {
    tail = tail.then(async () => {
      const reply = await machine.handle(request);
      post(reply, reply.ok ? reply.peeked.map((p) => p.data.buffer as ArrayBuffer) : []);
    });
  });
}
