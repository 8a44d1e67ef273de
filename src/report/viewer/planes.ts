import type { Volume } from '../../../volumes/volume.js';
import { planesOf } from '../../metrics/planes.js';
import { pixelOf, turnOf, type Convention } from '../slice-view.js';
import { formatNumber } from '../window.js';
import type { DisplayWindow } from '../window.js';
import type { ViewerPlane, ViewerPreset } from './model.js';

/**
 * The planes that show anything of a volume: one of a single slice, three of a body, those of its longer axes elsewhere. Turned as
 * `viewSlice` turns them.
 */
export function viewerPlanes(volume: Volume, convention?: Convention): ViewerPlane[] {
  const { shape, axes } = volume;
  const all = planesOf(volume).map((plane): ViewerPlane => {
    const { across, down, flipX, flipY, left, top } = turnOf(volume, plane, convention);
    const { pixel, unit } = pixelOf(axes[across], axes[down], shape[across], shape[down]);
    return { name: plane.name, across, down, flipX, flipY, pixel, unit, left, top };
  });
  const wide = all.filter(({ across, down }) => shape[across] > 1 && shape[down] > 1);
  return wide.length > 0 ? wide : all;
}

/** Windows to choose from. Of HU those that radiographers know; of other numbers the one that was found and brighter ones. */
export function windowPresets(volume: Volume, found: DisplayWindow): ViewerPreset[] {
  if (volume.units === 'HU') {
    return [
      { name: 'all at once', low: -1000, high: 400 },
      { name: 'lung', low: -1350, high: 150 },
      { name: 'soft tissue', low: -160, high: 240 },
      { name: 'bone', low: -500, high: 1300 },
      { name: 'brain', low: 0, high: 80 },
    ];
  }
  return brighterWindows(found);
}

/** A window and narrower ones. */
export function brighterWindows({ low, high }: DisplayWindow): ViewerPreset[] {
  const span = high - low;
  // about zero where values swing about it, from the bottom elsewhere
  const swings = low < 0 && high > 0 && Math.min(-low, high) > 0.3 * Math.max(-low, high);
  const brighter = (share: number): ViewerPreset => ({
    name: `${formatNumber(1 / share)} × the contrast`,
    ...(swings ? { low: low * share, high: high * share } : { low, high: low + span * share }),
  });
  return [{ name: 'percentiles ½ … 99½', low, high }, brighter(0.5), brighter(0.25)];
}
