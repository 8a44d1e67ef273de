import { SlicewiseError } from '../../core/errors.js';
import { shapeOf, type Units, type Volume } from '../../volumes/volume.js';
import { PLANES, type Plane } from '../metrics/planes.js';
import { errorPixels, greyPixels } from './colour.js';
import { difference, nativeWidth, resample, viewSlice, type SliceView } from './slice-view.js';
import type { PanelInput } from './types.js';
import { defaultErrorLimit, defaultWindow, type DisplayWindow } from './window.js';

/** A column of panels: the reference, or one method. */
export interface Column {
  readonly name: string;
  readonly volume: Volume;
  readonly isReference: boolean;
  /** PSNR in dB against the reference, when known. */
  readonly psnr?: number | null;
}

/** What all panels of one report share. */
export interface PanelSet {
  readonly columns: readonly Column[];
  readonly reference?: Volume;
  readonly window: DisplayWindow;
  readonly errorLimit: number;
  readonly units: Units;
  /** mm of the widest panel: one scale for all of them. */
  readonly widest: number;
  readonly view: (volume: Volume, plane: Plane) => SliceView;
}

/** RGB [height, width, 3] */
export interface PanelImage {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** @throws SlicewiseError SHAPE or UNITS when the volumes do not belong side by side, ARGUMENT when there are none */
export function panelSet(input: PanelInput): PanelSet {
  const { results, reference } = input;
  const first = reference ?? results[0]?.volume;
  if (!first)
    throw new SlicewiseError('ARGUMENT', { message: 'a report needs a result', expected: 'at least one', got: 'none' });
  for (const { name, volume } of results) requireAlike(name, volume, first);
  const window = input.window ?? defaultWindow(first);
  if (!(window.high > window.low)) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'display window',
      expected: 'low < high',
      got: `${window.low} … ${window.high}`,
    });
  }
  const view = (volume: Volume, plane: Plane): SliceView => viewSlice(volume, plane, input.convention);
  const widths = PLANES.map((plane) => view(first, plane)).map((v) => v.width * v.pixel[0]);
  return {
    columns: [
      ...(reference ? [{ name: 'Reference', volume: reference, isReference: true }] : []),
      ...results.map(({ name, volume, metrics }) => ({ name, volume, isReference: false, psnr: metrics?.psnr })),
    ],
    reference,
    window,
    errorLimit: input.errorLimit ?? defaultErrorLimit(window),
    units: first.units,
    widest: Math.max(...widths),
    view,
  };
}

/** The grey panel of a column, square pixels. @param width in pixels; default native, at most 1024 */
export function greyPanel(set: PanelSet, column: Column, plane: Plane, width?: number): PanelImage {
  const view = set.view(column.volume, plane);
  const image = resample(view, width ?? nativeWidth(view, 1024));
  return { ...image, pixels: greyPixels(image.values, set.window) };
}

/** The coloured panel of recon − reference. */
export function errorPanel(set: PanelSet, column: Column, plane: Plane, width?: number): PanelImage {
  const view = set.view(column.volume, plane);
  const image = resample(difference(view, set.view(set.reference!, plane)), width ?? nativeWidth(view, 1024));
  return { ...image, pixels: errorPixels(image.values, set.errorLimit) };
}

function requireAlike(name: string, volume: Volume, first: Volume): void {
  const [got, expected] = [shapeOf(volume).join(', '), shapeOf(first).join(', ')];
  if (got !== expected) {
    throw new SlicewiseError('SHAPE', {
      message: `'${name}' is on another grid`,
      expected: `[${expected}]`,
      got: `[${got}]`,
    });
  }
  if (volume.units !== first.units) {
    throw new SlicewiseError('UNITS', {
      message: `'${name}' is in another unit`,
      expected: first.units,
      got: volume.units,
    });
  }
}
