import type { CpuBackend } from '../compute/cpu/backend.js';
import { createCpuBackend } from '../compute/cpu/backend.js';
import type { WorkerPort } from '../compute/cpu/protocol.js';
import { WebGpuBackend } from '../compute/webgpu/backend.js';
import { openDevice } from '../compute/webgpu/device.js';
import { folderSource } from '../core/platform/files.js';
import { folderOf, modelFolder, userModelFolder } from '../core/platform/model-folder.js';
import { processors, startThread } from '../core/platform/threads.js';
import { openGpu, pauseBetweenPolls, unoptimised } from '../core/platform/webgpu.js';
import { readModel, type ModelSource, type ZooEntry } from '../models/sources/zoo.js';

/**
 * The CPU backend on worker threads of this machine.
 * @param options.workers default one a processor
 * @param options.relaxed kernels with relaxed SIMD, which round differently; default where the engine has it
 */
export function createBackend(options: { workers?: number; relaxed?: boolean } = {}): CpuBackend {
  const { workers = processors(), relaxed } = options;
  const spawn = (): WorkerPort => startThread(new URL('./worker.js', import.meta.url));
  return createCpuBackend({ workers, spawn, relaxed });
}

/**
 * The WebGPU backend on this machine's fastest GPU, by Dawn (package `webgpu`).
 * @param options.maxChunkBytes bytes of one buffer of a field, at most (and by default) what the GPU allows
 * @throws SlicewiseError RUNTIME_MISSING without the package, BACKEND where there is no adapter
 */
export async function createGpuBackend(options: { maxChunkBytes?: number } = {}): Promise<WebGpuBackend> {
  const opened = await openDevice(await openGpu());
  const onDispose = opened.software ? pauseBetweenPolls() : undefined;
  return new WebGpuBackend(opened.device, opened, { ...options, loading: unoptimised, onDispose });
}

/** The priors that come with the package. */
export const zoo = (): ModelSource => folderSource(new URL('../../models/zoo/', import.meta.url));

/** The priors that the user added (`slicewise models add`). */
export const userModels = (): ModelSource => modelFolder(userModelFolder());

/** Where a prior is looked for by name: the package's, then the user's. */
export const modelSources = (): ModelSource[] => [zoo(), userModels()];

/**
 * A model by the path of its card; the weights lie beside it.
 * @throws SlicewiseError MODEL when the card is wrong or the weights are not its own, FILE_NOT_FOUND
 */
export function readModelFile(path: string): Promise<ZooEntry> {
  const { name, location, read } = folderOf(path);
  return readModel({ location, list: async () => [name], read }, name);
}
