import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { createCpuBackend } from '../../compute/cpu/backend.js';
import { listAdapters, type AdapterFacts } from '../../compute/webgpu/device.js';
import { isSlicewiseError } from '../../core/errors.js';
import { processors } from '../../core/platform/threads.js';
import { openGpu } from '../../core/platform/webgpu.js';
import type { CliCommand } from './command.js';
import { bytes, columns } from './text.js';

const schema = z.object({
  json: z.boolean().optional().describe('print JSON'),
  inner: z.boolean().optional().describe('look in this very process, where drivers may write to the terminal'),
});

/** A package that a backend needs, and whether it is installed. */
interface PackageFacts {
  readonly name: string;
  readonly installed: boolean;
  readonly what: string;
}

interface BackendFacts {
  readonly cpu: { readonly usable: true; readonly build: string; readonly workers: number };
  readonly webgpu: { readonly usable: boolean; readonly adapters: readonly AdapterFacts[]; readonly problem?: string };
  readonly packages: readonly PackageFacts[];
}

export const backends: CliCommand<typeof schema> = {
  name: 'backends',
  summary:
    'Lists what `recon --backend` can compute on here: the processor, GPU adapters with their limits, and the packages that are installed.',
  arguments: [],
  schema,
  examples: ['backends', 'backends --json'],

  async run(_, { json, inner }, { terminal }) {
    const facts = inner ? await gather() : await gatherApart();
    terminal.out(json ? JSON.stringify(facts, null, 2) : describe(facts));
  },
};

/** From a process of its own: what drivers write while they are looked for is no answer to the question, and one that crashes is. */
async function gatherApart(): Promise<BackendFacts> {
  const main = fileURLToPath(new URL('main.js', import.meta.url));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, main, 'backends', '--inner', '--json'], {
      maxBuffer: 1 << 24,
    });
    return JSON.parse(stdout) as BackendFacts;
  } catch (error) {
    const { signal, code } = error as { signal?: string; code?: unknown };
    const problem = `the driver of a GPU ends the process (${signal ?? String(code)}): slicewise backends --inner shows what it writes`;
    return { ...(await gather(() => Promise.resolve({ usable: false, adapters: [], problem }))) };
  }
}

async function gather(look: () => Promise<BackendFacts['webgpu']> = gpus): Promise<BackendFacts> {
  const { build } = createCpuBackend({ workers: 0 });
  return { cpu: { usable: true, build, workers: processors() }, webgpu: await look(), packages: PACKAGES.map(found) };
}

async function gpus(): Promise<BackendFacts['webgpu']> {
  try {
    const adapters = await listAdapters(await openGpu());
    if (adapters.length > 0) return { usable: true, adapters };
    const problem =
      'no adapter: install the driver of the GPU (on Linux also libvulkan1; a driver in an unusual place is named by VK_DRIVER_FILES)';
    return { usable: false, adapters, problem };
  } catch (error) {
    if (!isSlicewiseError(error)) throw error;
    return { usable: false, adapters: [], problem: error.message };
  }
}

const PACKAGES = [
  { name: 'onnxruntime-node', what: 'learned priors on cpu' },
  { name: 'webgpu', what: 'backend webgpu' },
  { name: 'onnxruntime-web', what: 'learned priors on webgpu' },
] as const;

function found({ name, what }: (typeof PACKAGES)[number]): PackageFacts {
  try {
    createRequire(import.meta.url).resolve(name);
    return { name, what, installed: true };
  } catch {
    return { name, what, installed: false };
  }
}

function describe({ cpu, webgpu, packages }: BackendFacts): string {
  const rows = [['cpu', 'usable', `WebAssembly ${cpu.build}, ${cpu.workers} worker threads by default`]];
  webgpu.adapters.forEach((adapter, i) =>
    rows.push([
      'webgpu',
      i > 0 ? 'not taken' : adapter.software ? 'usable, slow' : 'usable',
      `${adapter.name}${adapter.software ? ' (software: computes on the processor)' : ''}, ${limitsOf(adapter)}`,
    ]),
  );
  if (webgpu.problem) rows.push(['webgpu', 'not usable', webgpu.problem]);
  const listed = packages.map((p) => [p.name, p.installed ? 'installed' : 'missing', `for ${p.what}`]);
  return `${columns(rows)}\n\n${columns(listed)}`;
}

const limitsOf = ({ limits, features }: AdapterFacts): string => {
  const bound = `a buffer ${bytes(limits.maxBufferSize)}, a binding ${bytes(limits.maxStorageBufferBindingSize)}`;
  return [bound, ...features].join(', ');
};
