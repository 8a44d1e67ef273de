import type { NumericArray, RawArray } from '../../raw-array.js';
import type { AttributeValue } from './elements.js';

/**
 * Numbers that attributes say to be packed, as netCDF and its readers have it: value = stored · `scale_factor` + `add_offset`; stored
 * values of `_FillValue` or `missing_value` are missing, and become NaN. Source: CF Conventions, 2.5.1 and 8.1.
 * @param stored changed in place where it is float32 or float64
 * @returns what was done, in words
 */
export function unpackedByAttributes(
  stored: NumericArray,
  attributes: Readonly<Record<string, AttributeValue>>,
  path: string,
): Pick<RawArray, 'data' | 'warnings'> {
  const scale = oneNumber(attributes.scale_factor) ?? 1;
  const offset = oneNumber(attributes.add_offset) ?? 0;
  const missing = [attributes._FillValue, attributes.missing_value].map(oneNumber).filter((value) => value !== undefined);
  if (scale === 1 && offset === 0 && missing.length === 0) return { data: stored };
  const data = stored instanceof Float64Array || stored instanceof Float32Array ? stored : Float32Array.from(stored);
  const gone = missing.map((value) => (data instanceof Float32Array ? Math.fround(value) : value));
  let count = 0;
  for (let n = 0; n < data.length; n++) {
    if (gone.includes(data[n])) {
      data[n] = NaN;
      count++;
    } else data[n] = data[n] * scale + offset;
  }
  const said = `${scale === 1 ? '' : ` · ${scale}`}${offset === 0 ? '' : ` ${offset < 0 ? '−' : '+'} ${Math.abs(offset)}`}`;
  return {
    data,
    warnings: [
      ...(said ? [`${path}: values are stored${said}, as scale_factor and add_offset say`] : []),
      ...(count > 0 ? [`${path}: ${count} values are the fill value (${missing.join(', ')}) and count as missing (NaN)`] : []),
    ],
  };
}

/** The one finite number of an attribute. */
function oneNumber(value: AttributeValue | undefined): number | undefined {
  const only = Array.isArray(value) && value.length === 1 ? value[0] : value;
  return typeof only === 'number' && Number.isFinite(only) ? only : undefined;
}
