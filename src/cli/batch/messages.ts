import type { Given } from '../recon-flags.js';

/** One scan to be reconstructed, as plain JSON. Paths as seen from the folder that it runs in. */
export interface ScanJob {
  readonly scan: string;
  readonly name: string;
  /** Folder of the batch. */
  readonly folder: string;
  /** Flags of `recon`, outputs and checkpoints included. */
  readonly given: Given;
  /** Hash of the options that were asked for. */
  readonly options: string;
}

/** What the process of a scan is told first. */
export interface ChildOrder extends ScanJob {
  /** Bytes that it may take, where it can choose. */
  readonly memory: number;
  /** Which try this is, from 1. */
  readonly tries: number;
  /** Kernels that it must run on: 'simd' or 'simd-relaxed'. Default: what the engine has. */
  readonly build?: string;
  /** Ends where the memory is planned, and writes nothing. */
  readonly probe?: boolean;
}

export type ToChild = { readonly kind: 'order'; readonly order: ChildOrder } | { readonly kind: 'go' } | { readonly kind: 'stop' };

export type FromChild =
  | { readonly kind: 'planned'; readonly bytes: number; readonly build: string }
  | { readonly kind: 'progress'; readonly text: string; readonly share: number }
  | { readonly kind: 'done' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };
