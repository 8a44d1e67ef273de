import { zlibSync } from 'fflate';
import { volumeData, type Volume } from '../../../volumes/volume.js';
import type { PanelSet } from '../panels.js';
import { looselySquare } from '../slice-view.js';
import type { DataStack } from '../types.js';
import { defaultWindow, unitLabel, withUnit } from '../window.js';
import type { ViewerInput, ViewerOverlay } from './model.js';
import { brighterWindows, viewerPlanes, windowPresets } from './planes.js';

/** A volume in a page: value = scale · n + offset of whole numbers n below 4096, packed as embedded.ts unpacks it. */
export interface EmbeddedImage {
  readonly name: string;
  readonly scale: number;
  readonly offset: number;
  readonly packed: string;
}

/** What a report's viewer is given. */
export interface EmbeddedViewer extends Omit<ViewerInput, 'images' | 'overlays'> {
  readonly images: readonly EmbeddedImage[];
  readonly overlays: readonly (EmbeddedImage & Pick<ViewerOverlay, 'of' | 'kind' | 'limit'>)[];
  /** Which image the others are compared with. */
  readonly reference?: number;
  readonly errorLimit: number;
}

/** Values are told apart in so many steps: 1 HU of what CT shows. */
const STEPS = 4095;
/** Voxels of all volumes of a page, at most: 2 bytes each before packing. */
const MOST = 16e6;

/**
 * The volumes of a report for its viewer.
 * @returns undefined where they would make a page of tens of megabytes, or have more than a viewer's axes
 */
export function packViewer(set: PanelSet): EmbeddedViewer | undefined {
  const { volume: first } = set.columns[0];
  const layers = set.columns.reduce((sum, { std, support }) => sum + 1 + (std ? 1 : 0) + (support ? 1 : 0), 0);
  if (layers * first.data.length > MOST || first.shape.length < 2) return undefined;
  const reference = set.columns.findIndex(({ isReference }) => isReference);
  const overlays = set.columns.flatMap(({ name, std, support }, of) => {
    const limit = std ? defaultWindow(std).high : 1;
    return [
      ...(std ? [{ ...packed(`spread of ${name}, to ${withUnit(limit, std.units)}`, std), of, kind: 'size' as const, limit }] : []),
      ...(support ? [{ ...packed(`not measured (${name})`, support), of, kind: 'missing' as const, limit: 1 }] : []),
    ];
  });
  return {
    shape: first.shape,
    axes: first.axes.map(({ name }) => name),
    planes: viewerPlanes(first, set.convention),
    images: set.columns.map(({ name, volume }) => packed(name, volume)),
    overlays,
    window: set.window,
    presets: windowPresets(first, set.window),
    unit: unitLabel(set.units),
    errorLimit: set.errorLimit,
    ...(reference < 0 ? {} : { reference }),
  };
}

/** The data as they were measured for a viewer of their own. Magnitudes below the window are black: their noise would only take room. */
export function packData(stack: DataStack): EmbeddedViewer {
  const { values, shape, axes, across, down, logarithm, low, high } = stack;
  const kept = logarithm ? values.map((value) => Math.max(value, low)) : values;
  const pixel = looselySquare(shape[across], shape[down]);
  const presets = logarithm
    ? [4, 3, 2].map((decades) => ({ name: `${decades} decades`, low: high - decades, high }))
    : brighterWindows({ low, high });
  return {
    ...{ shape, axes, window: { low, high }, presets, overlays: [], errorLimit: 1 },
    planes: [{ name: `${axes[down]} × ${axes[across]}`, across, down, flipX: false, flipY: false, pixel, left: '', top: '' }],
    images: [packedValues('the data', kept)],
    unit: logarithm ? 'decades' : '',
  };
}

const packed = (name: string, volume: Volume): EmbeddedImage => packedValues(name, volumeData(volume));

function packedValues(name: string, data: Float32Array): EmbeddedImage {
  let [low, high] = [Infinity, -Infinity];
  for (const value of data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const scale = high > low ? (high - low) / STEPS : 1;
  const planes = new Uint8Array(2 * data.length);
  for (let n = 0; n < data.length; n++) {
    const step = Math.round((data[n] - low) / scale);
    planes[n] = step & 255;
    planes[data.length + n] = step >> 8;
  }
  return { name, scale, offset: Number.isFinite(low) ? low : 0, packed: base64(zlibSync(planes, { level: 6 })) };
}

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (let n = 0; n < bytes.length; n += 0x8000) binary += String.fromCharCode(...bytes.subarray(n, n + 0x8000));
  return btoa(binary);
}
