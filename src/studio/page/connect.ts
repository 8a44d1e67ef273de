import { CALLS } from '../calls.js';
import type { CallName, SentAnswer, SentCall, StudioCalls, StudioEngine, StudioEvent } from '../protocol.js';
import { decodeMessage, encodeMessage } from '../wire.js';
import type { StartEngine } from './engine-worker.js';

/** What went wrong behind a call, with the code of the error. */
export class EngineError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

type Send = (call: SentCall) => Promise<SentAnswer>;

function engineOf(send: Send, listeners: ((event: StudioEvent) => void)[], close: () => void): StudioEngine {
  let next = 1;
  const call = async (name: CallName, given?: unknown): Promise<unknown> => {
    const answer = await send({ id: next++, call: name, given });
    if ('error' in answer) throw new EngineError(answer.error.code, answer.error.message);
    return answer.value;
  };
  const calls = Object.fromEntries(CALLS.map((name) => [name, (given?: unknown) => call(name, given)])) as unknown as StudioCalls;
  return { ...calls, onEvent: (listener) => void listeners.push(listener), close };
}

/** The engine in this page: a web worker, started when it is first asked for anything. */
export function pageEngine(start: StartEngine): StudioEngine {
  const listeners: ((event: StudioEvent) => void)[] = [];
  const waiting = new Map<number, { resolve(answer: SentAnswer): void; reject(error: Error): void }>();
  const worker = new Worker(new URL('./engine-worker.ts', import.meta.url), { type: 'module' });
  worker.postMessage(start);
  worker.addEventListener('message', ({ data }: MessageEvent<SentAnswer | StudioEvent>) => {
    if ('event' in data) return listeners.forEach((listener) => listener(data));
    waiting.get(data.id)?.resolve(data);
    waiting.delete(data.id);
  });
  worker.addEventListener('error', ({ message }) => {
    const error = new Error(`the engine of the page stopped: ${message || 'it could not be loaded'}`);
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  });
  const send: Send = (call) =>
    new Promise((resolve, reject) => {
      waiting.set(call.id, { resolve, reject });
      worker.postMessage(call);
    });
  return engineOf(send, listeners, () => worker.terminate());
}

/** The engine of the server that served this page. @param onLost when the server has gone */
export async function serverEngine(onLost: () => void): Promise<StudioEngine> {
  const session = crypto.randomUUID();
  const listeners: ((event: StudioEvent) => void)[] = [];
  const closing = new AbortController();
  const stream = await fetch(`studio/events?session=${session}`, { signal: closing.signal });
  if (!stream.ok || !stream.body) throw new Error(await stream.text());
  const body = stream.body;
  void follow(body, (event) => listeners.forEach((listener) => listener(event))).then(
    () => onLost(),
    () => (closing.signal.aborted ? undefined : onLost()),
  );
  const send: Send = async (call) => {
    const sent = encodeMessage(call) as Uint8Array<ArrayBuffer>;
    const response = await fetch(`studio/call?session=${session}`, { method: 'POST', body: sent });
    if (!response.ok) throw new Error((await response.text()).trim());
    return decodeMessage(new Uint8Array(await response.arrayBuffer())) as SentAnswer;
  };
  return engineOf(send, listeners, () => closing.abort());
}

/** Messages behind their lengths, as they come. */
async function follow(body: ReadableStream<Uint8Array>, hear: (event: StudioEvent) => void): Promise<void> {
  const reader = body.getReader();
  let parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    parts.push(value);
    size += value.length;
    for (;;) {
      if (size < 4) break;
      const all = parts.length === 1 ? parts[0] : joined(parts, size);
      parts = [all];
      const length = new DataView(all.buffer, all.byteOffset, 4).getUint32(0, true);
      if (size < 4 + length) break;
      hear(decodeMessage(all.subarray(4, 4 + length)) as StudioEvent);
      parts = [all.subarray(4 + length)];
      size -= 4 + length;
    }
  }
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
