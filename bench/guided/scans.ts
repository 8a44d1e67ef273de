import { createBackend, type Measurement, type SimulateMriOptions, type Volume } from '../../src/index.js';
import { barScans } from '../bar/scans.js';
import { measuredScans } from '../measured/scans.js';
import { CHEST, DEV_VOLUMES } from '../support/dev-volumes.js';
import { quality } from '../support/quality.js';
import { MRI_CASES } from '../support/mri-rows.js';
import { mrScene } from '../support/mri-scene.js';
import { devScene, type Scene } from '../support/scene.js';
import { CASES } from '../support/table-rows.js';

/** How near an image is to what it shows. */
export interface Judged {
  /** dB; of measured scans against SIRT of all views. */
  readonly psnr: number;
  readonly ssim?: number;
  /** dB of views that no image was made of, of measured scans. */
  readonly unseen?: number;
}

/** A scan of the bench, how it is made and judged, and how total variation is tuned for it. */
export interface GuidedScan {
  readonly name: string;
  /** Of priors that fit it, as on their cards. */
  readonly modality: 'CT' | 'MR';
  /** What of the volume; null of a measured scan. */
  readonly slices: readonly [number, number] | null;
  /** How total variation is tuned for it; the bench of MR tables has the classical methods of k-space. */
  readonly tv?: { readonly weights: readonly number[]; readonly iterations: number; readonly ratio: number };
  open(workers: number): Promise<OpenScan>;
}

export interface OpenScan {
  readonly scan: Measurement;
  /** What montages show beside the images, where it is known. */
  readonly truth?: Volume;
  judge(image: Volume): Promise<Judged>;
}

const VOLUMES = { chest: CHEST, limb: 'sts-039_limb', head: 'philips_head-phantom' } as const;
const MR_VOLUMES = { brain: 'vs-seg-001_t1gd', leg: 'sts-039_limb_t1' } as const;
const SCANS = { '8': 'parallel-8', '20': 'parallel', '60': 'parallel-60', arc: 'limited', fan: 'fan', cone: 'cone' } as const;
/** λ in unit-norm units for an image of 0 … 1, as in the bench of measured scans. */
const MEASURED_TV = { weights: [3e-4, 1e-3, 3e-3], iterations: 300, ratio: 3 };

/**
 * Simulated scans of chest, limb and head phantom (`chest-20`: 20 views), photon noise 1e5, the five measured ones (first slice), and MR of
 * brain and leg (`brain-random-4`), 8 coils, SNR 30.
 */
export function guidedScans(folder: string, slices?: readonly [number, number]): readonly GuidedScan[] {
  const simulated = Object.entries(VOLUMES).flatMap(([short, volume]) =>
    Object.entries(SCANS).map(([kind, name]) => simulatedScan(`${short}-${kind}`, { folder, volume, name, slices })),
  );
  const measured = barScans(folder)
    .filter(({ name }) => measuredScans.some((scan) => scan.name === name))
    .map(({ name, open }): GuidedScan => {
      return { name, modality: 'CT', slices: null, tv: MEASURED_TV, open: (workers) => openMeasured(open(workers)) };
    });
  const mr = Object.entries(MR_VOLUMES).flatMap(([short, volume]) =>
    MRI_CASES.map(({ name, scan }) => mrScan(`${short}-${name}`, folder, volume, scan, slices)),
  );
  return [...simulated, ...measured, ...mr];
}

interface Simulated {
  readonly folder: string;
  readonly volume: string;
  /** Of the case. */
  readonly name: string;
  readonly slices?: readonly [number, number];
}

function simulatedScan(title: string, { folder, volume, name, slices = DEV_VOLUMES[volume].slices }: Simulated): GuidedScan {
  const { scan: options, weights, iterations } = CASES[name];
  return {
    name: title,
    modality: 'CT',
    slices,
    tv: { weights, iterations, ratio: 2 },
    async open(workers) {
      return openSimulated(await devScene(folder, volume, slices), { ...options, photons: 1e5, seed: 1 }, workers);
    },
  };
}

async function openSimulated<Options>(scene: Scene<Options>, options: Options, workers: number): Promise<OpenScan> {
  const backend = createBackend({ workers });
  try {
    const { truth } = scene;
    return { scan: await scene.scan(options, backend), truth, judge: (image) => Promise.resolve(quality(image, truth)) };
  } finally {
    await backend.dispose();
  }
}

function mrScan(
  name: string,
  folder: string,
  volume: string,
  options: SimulateMriOptions,
  slices: readonly [number, number] = DEV_VOLUMES[volume].slices,
): GuidedScan {
  return {
    name,
    modality: 'MR',
    slices,
    async open(workers) {
      return openSimulated(await mrScene(folder, volume, slices), options, workers);
    },
  };
}

async function openMeasured(opened: ReturnType<ReturnType<typeof barScans>[number]['open']>): Promise<OpenScan> {
  const { scan, judge } = await opened;
  return {
    scan,
    async judge(image) {
      const { psnr, left } = await judge(image);
      return { psnr: psnr!, unseen: left };
    },
  };
}
