import type { Axis } from '../../../core/axis.js';
import { listOf } from './header.js';

/**
 * Axes of line and sample: pixel sizes of `map info`, where it has them in a unit of length or in degrees; else lines and samples are
 * counted. Entries 6 and 7 are the sizes along x and y; `units=` names the unit; without it UTM is in metres, and geographic
 * coordinates are in degrees.
 */
export function pixelAxes(mapInfo: string | undefined): [line: Axis, sample: Axis] {
  const list = mapInfo === undefined ? [] : listOf(mapInfo);
  const [x, y] = [Number(list[5]), Number(list[6])];
  const said =
    list
      .find((entry) => /^units\s*=/i.test(entry))
      ?.split('=')[1]
      .trim()
      .toLowerCase() ?? '';
  const projection = (list[0] ?? '').toLowerCase();
  const unit = unitOf(said || (projection === 'utm' ? 'meters' : projection.startsWith('geographic') ? 'degrees' : ''));
  const known = unit !== undefined && x > 0 && y > 0 && Number.isFinite(x * y);
  return [
    { name: 'line', unit: known ? unit : '', step: known ? y : 1 },
    { name: 'sample', unit: known ? unit : '', step: known ? x : 1 },
  ];
}

const unitOf = (said: string): string | undefined =>
  /^met(er|re)s?$/.test(said) ? 'm' : /^deg/.test(said) ? '°' : /^(km|kilomet)/.test(said) ? 'km' : undefined;
