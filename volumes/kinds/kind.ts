import type { z } from 'zod';
import { Registry } from '../../core/registry.js';
import type { Geometry, Grid, Measurement } from '../measurement.js';
import { parseGeometry } from './schema.js';

/** An array that may lie beside the data of a scan, `Measurement.arrays`. */
export interface KindArray {
  readonly axes: readonly string[];
  readonly dtype: 'float32' | 'complex64';
  /** What it holds, for people. */
  readonly what: string;
}

/** Which axis of the data holds the views (shots, gathers …), and what the geometry says of every one of them. */
export interface KindViews {
  readonly axis: number;
  /** Fields of the geometry that are lists with an entry a view, and their unit; whoever takes some of the views cuts them along. */
  readonly fields: { readonly [field: string]: string };
  /** The field that no scan lacks, such as the angles. */
  readonly required?: string;
}

/**
 * What a kind of scan is as data: the one place where its axes, its geometry and its arrays are said. Readers, scan files, `selectViews`,
 * operators and facts follow from it; the physics (operator, methods, units) is a modality's.
 */
export interface ScanKind<S extends z.ZodType = z.ZodType> {
  /** `family.name`, as `Measurement.kind`. */
  readonly name: string;
  /** What people call it: 'Fan beam, flat detector'. */
  readonly title: string;
  /** Of the data, C order. */
  readonly axes: readonly string[];
  readonly dtype: 'float32' | 'complex64';
  readonly geometry: S;
  /** For an error about the geometry: what it should be, and the way out. */
  readonly geometryHelp?: { readonly expected?: string; readonly hint?: string };
  readonly views?: KindViews;
  /** Absent: any. Given: these and no other, so that no reference image travels with a scan. */
  readonly arrays?: { readonly [name: string]: KindArray };
  /** The image where a scan file does not tell one. */
  grid?(geometry: Geometry, shape: readonly number[]): Grid;
  /**
   * A small scan of the kind with everything that its operator needs, and data of something simple: what the suites of operators, formats
   * and modalities are tried on. No numbers that would let a mistake pass: no square images, no equal spacings.
   */
  example?(slices: number): Measurement;
  /** A scan as a scan file may hold it, with everything that readers promise (a mask, zeros outside of it …). */
  complete?(scan: Measurement): Measurement;
}

/** Checks what a definition says of itself; a kind made wrong is a mistake of its author. @throws Error */
export function defineKind<S extends z.ZodType>(kind: ScanKind<S>): ScanKind<S> {
  const { name, axes, views } = kind;
  if (!/^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$/i.test(name)) throw new Error(`kind '${name}': expected family.name`);
  if (new Set(axes).size !== axes.length || axes.length === 0) throw new Error(`kind '${name}': axes without a name`);
  if (views && !axes[views.axis]) throw new Error(`kind '${name}': views along axis ${views.axis} of ${axes.length}`);
  if (views?.required !== undefined && !(views.required in views.fields)) {
    throw new Error(`kind '${name}': '${views.required}' is no field of a view`);
  }
  return kind;
}

/** Every kind of scan that is known; kinds that are not may still be read and written. */
export const kinds = new Registry<ScanKind>('measurement kind', 'GEOMETRY');

export const kindOf = (name: string): ScanKind | undefined => (kinds.has(name) ? kinds.get(name) : undefined);

/** The geometry of a scan, checked and completed by its kind. @throws SlicewiseError GEOMETRY */
export function geometryOf<S extends z.ZodType>(kind: ScanKind<S>, geometry: unknown): z.output<S> {
  return parseGeometry(kind.geometry, geometry, kind.name, kind.geometryHelp);
}
