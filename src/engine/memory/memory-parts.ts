import type { MemoryPlan } from '../../../compute/backend.js';
import type { Space } from '../../../core/space.js';
import type { Card } from '../../../models/card/card.js';

/** What is kept where: in the memory of the GPU, or (everything else) in that of the machine. */
export interface PlanItem {
  readonly what: string;
  readonly bytes: number;
  readonly where: 'host' | 'gpu';
}

/** What a run will take. */
export interface RunPlan {
  readonly items: readonly PlanItem[];
  /** Slices the network takes at once. */
  readonly batch?: number;
}

/** What the plan of every backend starts from. */
export interface PlanParts {
  readonly domain: Space;
  readonly range: Space;
  /** Bytes of the data as they were read. */
  readonly measured: number;
  /** On the host: what is made of the scan before the run. */
  readonly completion: MemoryPlan['items'];
  /** On the backend: what the operator keeps. */
  readonly operator: MemoryPlan['items'];
  /** The image may have to be held where data say nothing of it: an image of ones and zeros. */
  readonly support: boolean;
  /** On the backend: the fields of the method, counted by their values. None for direct methods. */
  readonly solver?: MemoryPlan['items'];
  /** An image to start from is made. */
  readonly starts: boolean;
  /** What a guided prior is shown: images on the backend, and what making them needs beyond the fields of the method. */
  readonly guide?: { readonly planes: number; readonly making: MemoryPlan['items'] };
  readonly card?: Card;
  /** Cards of networks that are laid over it. */
  readonly others: readonly Card[];
  /** The method asks for the network's derivative. */
  readonly derivative: boolean;
  /** Slices on which the prior is asked whether it knows such images, and the fields that this takes, once those of the method are free. */
  readonly world: readonly { readonly space: Space; readonly fields: number }[];
  /** The image is taken apart, once the fields of the method are free: fields of the image's space, and bytes on the host. */
  readonly decomposition?: { readonly fields: number; readonly host: number };
  /** On the host: sums over samples, where there are several. */
  readonly samples: MemoryPlan['items'];
  /** On the backend: what a prior of the caller's own keeps. */
  readonly prior: MemoryPlan['items'];
  /** Slices the network takes at once, where the user said. */
  readonly batch?: number;
}

/** Node with the package loaded and a scan file read. */
export const PROCESS_BYTES = 130e6;

/** Taken by runs whose data leave out a part of the image, which is known once the operator has been applied. */
export const SUPPORT_ITEM = 'where data say something, if not everywhere';

/** Of runs whose image is taken apart: what exceeds the fields of the method, which are free by then. */
export const DECOMPOSITION_ITEM = 'taking the image apart';

/** Bytes in one place. */
export const planned = ({ items }: RunPlan, where: PlanItem['where']): number =>
  items.reduce((sum, item) => sum + (item.where === where ? item.bytes : 0), 0);
