import type { WebGpuBackend } from '../../../compute/webgpu/backend.js';
import type { MemoryItem } from '../../../compute/backend.js';
import { bytesOf } from '../../../core/space.js';
import { gpuNetworkBatch, gpuNetworkMemory } from '../../../models/network/network-memory.js';
import { DECOMPOSITION_ITEM, PROCESS_BYTES, SUPPORT_ITEM, type PlanItem, type PlanParts, type RunPlan } from './memory-parts.js';

/**
 * The GPU holds the fields, the operator and the network; the host the data as read, the result and the GPU's driver. A software adapter
 * keeps "its" memory on the host.
 */
export function webGpuPlan(parts: PlanParts, backend: WebGpuBackend): RunPlan {
  const { domain, range, solver, card, derivative } = parts;
  // an empty field takes no memory, but fails where a slice is larger than a buffer may be
  for (const space of [domain, range]) backend.field(space).dispose();
  const [image, data] = [bytesOf(domain), bytesOf(range)];
  const slices = domain.shape[0];
  const batch = card ? (parts.batch ?? gpuNetworkBatch(card, domain, backend.device.limits, derivative)) : undefined;
  const networks = (card && batch ? [card, ...parts.others] : []).map((own, n) => {
    const many = n === 0 ? batch! : (parts.batch ?? gpuNetworkBatch(own, domain, backend.device.limits, derivative));
    return gpuNetworkMemory(own, domain, Math.min(many, slices), derivative, n > 0);
  });
  const method = (solver ?? []).reduce((sum, { bytes, where }) => sum + (where === 'host' ? 0 : bytes), 0);
  const { decomposition } = parts;
  const apart = decomposition && Math.max(0, decomposition.fields * image - method);
  const onGpu: { what: string; bytes: number }[] = [
    ...(solver?.filter(({ where }) => where !== 'host') ?? [{ what: 'image and filtered data', bytes: image + data }]),
    ...(solver ? [{ what: 'measured data on the GPU', bytes: data }] : []),
    ...(parts.support ? [{ what: SUPPORT_ITEM, bytes: bytesOf({ ...domain, dtype: 'float32' }) }] : []),
    ...(parts.starts ? [{ what: 'starting image', bytes: image }] : []),
    ...(parts.guide ? [{ what: 'guide of the prior', bytes: parts.guide.planes * image }, ...parts.guide.making] : []),
    ...(apart ? [{ what: DECOMPOSITION_ITEM, bytes: apart }] : []),
    ...parts.operator,
    ...parts.prior,
    ...networks.flatMap(({ device }) => device.items),
  ];
  const kept = onGpu.reduce((sum, { bytes }) => sum + bytes, 0);
  onGpu.push({ what: 'sums, parameters, buffers that wait', bytes: SCRATCH + SCRATCH_SHARE * kept });
  const onHost = [
    { what: 'Node, packages, GPU driver', bytes: PROCESS_BYTES + DRIVER },
    { what: 'measured data', bytes: parts.measured },
    { what: 'result', bytes: bytesOf(domain) },
    { what: 'on the way to and from the GPU', bytes: Math.min(TRANSFER, image + data) },
    ...parts.completion,
    ...parts.samples,
    ...(decomposition ? [{ what: DECOMPOSITION_ITEM, bytes: decomposition.host }] : []),
    ...(solver?.filter(({ where }) => where === 'host') ?? []),
    ...networks.flatMap(({ host }) => host.items),
  ];
  const at =
    (where: PlanItem['where']) =>
    ({ what, bytes }: MemoryItem): PlanItem => ({ what, bytes, where });
  return { items: [...onGpu.map(at('gpu')), ...onHost.map(at('host'))], batch };
}

/** Dawn, the Vulkan loader and a driver with a device open: an allowance (SwiftShader takes 25 MB). */
const DRIVER = 150e6;
/** Portions of 16 MiB on their way, in the process and in the driver (compute/webgpu/transfer.ts). */
const TRANSFER = 64e6;
/** Parameters and scalars; partial sums and buffers that wait for their next use grow with the fields (CGLS 1 %, ADMM-TV 2 %). */
const SCRATCH = 0.1e6;
const SCRATCH_SHARE = 0.02;
