import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession } from 'onnxruntime-node';

/**
 * Operations of a network that ONNX Runtime gives to another provider than the one asked for, with their number: { QuantizeLinear: 104 }.
 */
export interface Fallback {
  readonly [operation: string]: number;
}

const LINE = /VerifyEachNodeIsAssignedToAnEp\]\s+(.*)$/;

/**
 * What of a network does not run on a provider. ONNX Runtime tells it in its log only, which goes to standard error: a session is opened in
 * a process of its own with every message on, and its log goes to a file: through a pipe the end is lost where Node (26) has set it to
 * non-blocking, since the library then drops what does not fit at once. Copies between device and host are not counted.
 */
export async function fallbackOf(weights: Uint8Array, provider: 'webgpu' | 'cuda'): Promise<Fallback> {
  const folder = await mkdtemp(join(tmpdir(), 'slicewise-placement-'));
  try {
    const file = join(folder, 'network.onnx');
    await writeFile(file, weights);
    const args = [fileURLToPath(import.meta.url), file, provider];
    const logFile = join(folder, 'log');
    const log = await open(logFile, 'w');
    const [status] = (await once(spawn(process.execPath, args, { stdio: ['ignore', 'ignore', log.fd] }), 'close')) as [number];
    await log.close();
    const text = await readFile(logFile, 'utf8');
    if (status !== 0) throw new Error(`the session cannot be opened: ${text.slice(-2000)}`);
    return fallbackIn(text);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Reads the list of node placements: a heading a provider, and below it `Operation (name)` unless all nodes are in one place. */
export function fallbackIn(log: string): Fallback {
  const found: { [operation: string]: number } = {};
  let headings = 0;
  let onCpu = false;
  for (const line of log.split('\n')) {
    const text = LINE.exec(line)?.[1];
    if (!text) continue;
    const heading = /^(All nodes|Node\(s\)) placed on \[(\w+)\]/.exec(text);
    if (heading) {
      headings++;
      onCpu = heading[2] === 'CPUExecutionProvider';
      if (onCpu && heading[1] === 'All nodes') found['every operation'] = 1;
      continue;
    }
    const operation = /^(\w+) \(/.exec(text)?.[1];
    if (onCpu && operation && !operation.startsWith('Memcpy')) found[operation] = (found[operation] ?? 0) + 1;
  }
  if (headings === 0) throw new Error('the log of ONNX Runtime has no node placements');
  return found;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , file, provider] = process.argv;
  const session = await InferenceSession.create(file, { executionProviders: [provider], logSeverityLevel: 0 });
  await session.release();
}
