import { SlicewiseError } from '../../core/errors.js';
import { requireSameAxes } from '../../volumes/match.js';
import { magnitudeOf, type Units, type Volume } from '../../volumes/volume.js';
import { planesOf } from '../metrics/planes.js';
import { errorPixels, greyPixels, hatch } from './colour.js';
import { difference, nativeWidth, resample, viewSlice, type Convention, type SliceView } from './slice-view.js';
import type { PanelInput } from './types.js';
import { defaultErrorLimit, defaultWindow, type DisplayWindow } from './window.js';

/** A column of panels: the reference, or one method. */
export interface Column {
  readonly name: string;
  readonly volume: Volume;
  /** 0 where nothing was measured. */
  readonly support?: Volume;
  readonly std?: Volume;
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
  /** Names of the planes, a row of panels each. */
  readonly planes: readonly string[];
  /** The unit of length that all panels are scaled in; undefined where axes measure different things, and every plane has its own scale. */
  readonly unit?: string;
  /** How wide the panels of a plane are, of the widest there are: 0 … 1. */
  readonly share: (plane: string) => number;
  readonly view: (volume: Volume, plane: string) => SliceView;
  readonly convention?: Convention;
}

/** RGB [height, width, 3] */
export interface PanelImage {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** @throws SlicewiseError SHAPE, GEOMETRY or UNITS when the volumes do not belong side by side, ARGUMENT when there are none */
export function panelSet(input: PanelInput): PanelSet {
  // complex images are shown by their magnitudes
  const results = input.results.map((result) => ({ ...result, volume: magnitudeOf(result.volume) }));
  const reference = input.reference && magnitudeOf(input.reference);
  const first = reference ?? results[0]?.volume;
  if (!first) throw new SlicewiseError('ARGUMENT', { message: 'a report needs a result', expected: 'at least one', got: 'none' });
  for (const { name, volume } of results) requireAlike(name, volume, first);
  const window = input.window ?? defaultWindow(first);
  if (!(window.high > window.low)) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'display window',
      expected: 'low < high',
      got: `${window.low} … ${window.high}`,
    });
  }
  const view = (volume: Volume, plane: string): SliceView => viewSlice(volume, plane, input.convention);
  const all = planesOf(first).map(({ name }) => view(first, name));
  // of a single slice only the slice shows anything
  const wide = all.filter(({ width, height }) => width > 1 && height > 1);
  const views = wide.length > 0 ? wide : all;
  const unit = views.every((v) => v.unit !== undefined && v.unit === views[0].unit) ? views[0].unit : undefined;
  const widths = new Map(views.map((v) => [v.plane, unit === undefined ? 1 : v.width * v.pixel[0]]));
  const widest = Math.max(...widths.values());
  return {
    columns: [
      ...(reference ? [{ name: 'Reference', volume: reference, isReference: true }] : []),
      ...results.map(({ name, volume, support, std, metrics }) => ({
        name,
        volume,
        support,
        std,
        isReference: false,
        psnr: metrics?.psnr,
      })),
    ],
    reference,
    window,
    errorLimit: input.errorLimit ?? defaultErrorLimit(window),
    units: first.units,
    planes: views.map((v) => v.plane),
    unit,
    share: (plane) => widths.get(plane)! / widest,
    view,
    convention: input.convention,
  };
}

/** The grey panel of a column, square pixels, hatched where nothing was measured. @param width in pixels; default native, at most 1024 */
export function greyPanel(set: PanelSet, column: Column, plane: string, width?: number): PanelImage {
  const view = set.view(column.volume, plane);
  const across = width ?? nativeWidth(view, 1024);
  const image = resample(view, across);
  const pixels = greyPixels(image.values, set.window);
  if (column.support) hatch(pixels, resample(set.view(column.support, plane), across));
  return { ...image, pixels };
}

/** The coloured panel of recon − reference. */
export function errorPanel(set: PanelSet, column: Column, plane: string, width?: number): PanelImage {
  const view = set.view(column.volume, plane);
  const image = resample(difference(view, set.view(set.reference!, plane)), width ?? nativeWidth(view, 1024));
  return { ...image, pixels: errorPixels(image.values, set.errorLimit) };
}

function requireAlike(name: string, volume: Volume, first: Volume): void {
  const [got, expected] = [volume.shape.join(', '), first.shape.join(', ')];
  if (got !== expected) {
    throw new SlicewiseError('SHAPE', {
      message: `'${name}' is on another grid`,
      expected: `[${expected}]`,
      got: `[${got}]`,
    });
  }
  if (!volume.placement || !first.placement) requireSameAxes(volume, first);
  if (volume.units !== first.units) {
    throw new SlicewiseError('UNITS', {
      message: `'${name}' is in another unit`,
      expected: first.units,
      got: volume.units,
    });
  }
}
