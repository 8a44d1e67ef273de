import { SlicewiseError } from '../../../core/errors.js';
import { elements } from '../../../core/array.js';
import { columnMajorToC, type ArrayInfo, type RawArray } from '../../raw-array.js';
import { inflateElement } from './mat5-inflate.js';
import { numbers, parseValue, tagAt, type MatValue } from './mat5-value.js';
import { columnMajorIndex, parseMatPath, type MatStep } from './mat-path.js';

/**
 * MATLAB 5 files (`save -v6` and `-v7`), both byte orders. Source: MathWorks, "MAT-File Format" (level 5).
 *
 * Axis rule: index order is kept, as SciPy's loadmat does: MATLAB's A(i, j, k) is our [i−1, j−1, k−1], shape [ni, nj, nk], stored
 * in C order.
 */
const HEADER = 128;

/** 'MI' read as a number tells the writer's byte order (bytes 126-127). */
export function sniffMat5(bytes: Uint8Array): boolean {
  if (bytes.length < HEADER) return false;
  const mark = String.fromCharCode(bytes[126], bytes[127]);
  const version = mark === 'IM' ? bytes[125] : bytes[124];
  return (mark === 'IM' || mark === 'MI') && version === 1;
}

interface Variable {
  readonly name: string;
  value(): MatValue;
}

/**
 * Every array in the file by its path, structs and cells walked through (their elements are listed one by one up to 100).
 * @throws SlicewiseError FORMAT
 */
export function listMat5(bytes: Uint8Array, file: string): ArrayInfo[] {
  const out: ArrayInfo[] = [];
  for (const variable of variables(bytes, file)) walk(variable.name, variable.value(), out);
  return out;
}

/** Names of the variables; compressed ones are not inflated. @throws SlicewiseError FORMAT */
export const namesInMat5 = (bytes: Uint8Array, file: string): string[] => variables(bytes, file).map(({ name }) => name);

/**
 * One array, by its path in MATLAB's notation.
 * @throws SlicewiseError ARGUMENT for a path that is not there, FORMAT for damaged bytes, FORMAT_UNSUPPORTED for sparse and objects
 */
export function readMat5(bytes: Uint8Array, path: string, file: string): RawArray {
  const [first, ...steps] = parseMatPath(path);
  const all = variables(bytes, file);
  const name = 'field' in first ? first.field : '';
  const variable = all.find((v) => v.name === name);
  if (!variable)
    throw missing(
      path,
      file,
      name,
      all.map((v) => v.name),
    );
  const value = follow(variable.value(), steps, path, file);
  if (value.kind !== 'numeric') {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `'${path}' in ${file} is not an array of numbers`,
      expected: 'a numeric or logical array',
      got: value.kind === 'other' ? value.type : value.kind,
    });
  }
  const { data, complex } = numbers(value);
  return { path, shape: value.shape, complex, data: columnMajorToC(data, value.shape, complex ? 2 : 1) };
}

/** A text, by its path (MATLAB char array, rows joined by line ends). @throws as readMat5 */
export function readMat5Text(bytes: Uint8Array, path: string, file: string): string {
  const [first, ...steps] = parseMatPath(path);
  const variable = variables(bytes, file).find((v) => 'field' in first && v.name === first.field);
  const value = variable && follow(variable.value(), steps, path, file);
  if (value?.kind !== 'char') throw missing(path, file, path, []);
  return value.text();
}

/** The top-level variables. Compressed ones are inflated when their value is asked for. */
function variables(bytes: Uint8Array, file: string): Variable[] {
  if (!sniffMat5(bytes)) {
    const octave = new TextDecoder('latin1').decode(bytes.subarray(0, 64));
    const isOctave = /^# (Created by Octave|name:)|^Octave-1/.test(octave);
    throw new SlicewiseError('FORMAT', {
      message: `${file} is ${isOctave ? "in Octave's own format" : 'not a MATLAB file that we read'}`,
      expected: 'a MATLAB file of version 4, 5, 7 or 7.3',
      got: isOctave ? octave.split('\n')[0] : '',
      hint: isOctave ? 'save it in Octave with save -v7 FILE.mat NAME' : 'save it again with save -v7',
    });
  }
  const littleEndian = bytes[126] === 0x49;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out: Variable[] = [];
  for (let at = HEADER; at < bytes.length;) {
    const tag = tagAt(view, at, bytes.length, littleEndian, file);
    const body = bytes.subarray(tag.start, tag.end);
    // Compressed elements are not padded to 8 bytes, all others are.
    at = tag.type === 15 ? tag.end : tag.next;
    if (tag.type === 15) {
      const head = parseValue(inflateElement(body, littleEndian, file, 4096), littleEndian, file, true);
      out.push({
        name: head.name,
        value: () => parseValue(inflateElement(body, littleEndian, `${file}: ${head.name}`), littleEndian, file).value,
      });
    } else if (tag.type === 14) {
      const whole = bytes.subarray(tag.start - 8, tag.end);
      const head = parseValue(whole, littleEndian, file, true);
      out.push({ name: head.name, value: () => parseValue(whole, littleEndian, file).value });
    }
  }
  return out.filter((v) => v.name !== ''); // the nameless one is MATLAB's subsystem data
}

function walk(path: string, value: MatValue, out: ArrayInfo[]): void {
  const { shape } = value;
  if (value.kind === 'struct') {
    const single = elements(shape) === 1;
    for (let i = 0; i < Math.min(100, value.items.length); i++) {
      for (const [field, item] of Object.entries(value.items[i])) {
        walk(single ? `${path}.${field}` : `${path}(${i + 1}).${field}`, item, out);
      }
    }
  } else if (value.kind === 'cell') {
    for (let i = 0; i < Math.min(100, value.items.length); i++) walk(`${path}{${i + 1}}`, value.items[i], out);
  } else {
    const type = value.kind === 'numeric' ? `${value.complex ? 'complex ' : ''}${value.type}` : value.kind;
    out.push({ path, shape, type: value.kind === 'other' ? value.type : type, numeric: value.kind === 'numeric' });
  }
}

function follow(start: MatValue, steps: readonly MatStep[], path: string, file: string): MatValue {
  let value = start;
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i];
    if ('field' in step) {
      if (value.kind !== 'struct') throw missing(path, file, step.field, []);
      if (value.items.length !== 1) {
        throw new SlicewiseError('ARGUMENT', {
          message: `'${path}' in ${file} goes through a struct array`,
          expected: `a subscript, 1 … ${value.items.length}, before .${step.field}`,
          got: 'none',
        });
      }
      const next: MatValue | undefined = value.items[0][step.field];
      if (!next) throw missing(path, file, step.field, value.fields);
      value = next;
    } else if (value.kind === 'struct') {
      const one: Record<string, MatValue> = value.items[columnMajorIndex(step.index, value.shape, path)];
      value = { kind: 'struct', shape: [1, 1], fields: value.fields, items: [one] };
    } else if (value.kind === 'cell') {
      value = value.items[columnMajorIndex(step.index, value.shape, path)];
    } else {
      throw new SlicewiseError('ARGUMENT', { message: `'${path}' in ${file}`, got: 'a subscript into a plain array' });
    }
  }
  return value;
}

function missing(path: string, file: string, name: string, there: readonly string[]): SlicewiseError {
  return new SlicewiseError('ARGUMENT', {
    message: `${file} has no '${path}'`,
    expected: there.length ? `one of ${there.slice(0, 12).join(', ')}` : 'a path that exists',
    got: name,
  });
}
