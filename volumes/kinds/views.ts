import { SlicewiseError } from '../../core/errors.js';
import type { Measurement } from '../measurement.js';
import { kindOf, kinds, type KindViews } from './registry.js';

/** Which axis of the data of a kind holds its views. @throws SlicewiseError ARGUMENT for a kind without views */
export function viewAxis(kind: string): number {
  return viewsOf(kind).axis;
}

function viewsOf(kind: string): KindViews {
  const views = kindOf(kind)?.views;
  if (views) return views;
  throw new SlicewiseError('ARGUMENT', {
    message: 'this kind of measurement has no views',
    expected: kinds
      .entries()
      .flatMap(([name, { views }]) => (views ? [name] : []))
      .join(', '),
    got: kind,
  });
}

/**
 * Indices from `start:stop:step` (Python's rules: stop excluded, negative from the end, parts may be empty) or `0,5,10`.
 * @throws SlicewiseError ARGUMENT for a spec that is not understood, selects nothing, or leaves the range
 */
export function parseViews(spec: string | readonly number[], count: number): number[] {
  const wrong = (got: string): SlicewiseError =>
    new SlicewiseError('ARGUMENT', {
      message: 'selection of views',
      expected: `start:stop:step or a list of indices from 0 to ${count - 1}`,
      got,
    });
  if (typeof spec === 'string' && spec.includes(':')) {
    const parts = spec.split(':').map((part) => (part.trim() === '' ? undefined : Number(part)));
    if (parts.length > 3 || parts.some((p) => p !== undefined && !Number.isInteger(p))) throw wrong(`'${spec}'`);
    const step = parts[2] ?? 1;
    if (step < 1) throw wrong(`step ${step}`);
    const place = (value: number): number => Math.min(count, Math.max(0, value < 0 ? value + count : value));
    const out: number[] = [];
    for (let i = place(parts[0] ?? 0); i < place(parts[1] ?? count); i += step) out.push(i);
    if (out.length === 0) throw wrong(`'${spec}', which selects none`);
    return out;
  }
  const parts = typeof spec === 'string' ? spec.split(',').map((p) => (p.trim() === '' ? NaN : Number(p))) : [...spec];
  const out = parts.map((i) => (i < 0 ? i + count : i));
  const bad = out.findIndex((i) => !Number.isInteger(i) || i < 0 || i >= count);
  if (bad >= 0 || out.length === 0) throw wrong(out.length ? String(parts[bad]) : 'none');
  return out;
}

/**
 * A measurement of some of the views: data, weights and what the geometry says of every view (angles, heights of a helix) follow;
 * `meta.views` keeps the indices in the original scan.
 * @throws SlicewiseError ARGUMENT, see parseViews
 */
export function selectViews(measurement: Measurement, spec: string | readonly number[]): Measurement {
  const { axis, fields } = viewsOf(measurement.kind);
  const views = measurement.shape[axis];
  const chosen = parseViews(spec, views);
  const shape = measurement.shape.map((n, a) => (a === axis ? chosen.length : n));
  const outer = measurement.shape.slice(0, axis).reduce((a, n) => a * n, 1);
  const inner = measurement.shape.slice(axis + 1).reduce((a, n) => a * n, 1);
  const pick = (from: Float32Array): Float32Array => {
    const to = new Float32Array(outer * chosen.length * inner);
    for (let o = 0, at = 0; o < outer; o++) {
      for (const view of chosen) {
        const start = (o * views + view) * inner;
        to.set(from.subarray(start, start + inner), at);
        at += inner;
      }
    }
    return to;
  };
  const cut = Object.keys(fields).flatMap((field) => {
    const list = measurement.geometry[field] as readonly unknown[] | undefined;
    return list ? [[field, chosen.map((v) => list[v])]] : [];
  });
  const before = measurement.meta.views as readonly number[] | undefined;
  return {
    ...measurement,
    data: pick(measurement.data),
    shape,
    weights: measurement.weights && pick(measurement.weights),
    geometry: { ...measurement.geometry, ...Object.fromEntries(cut) },
    meta: { ...measurement.meta, views: before ? chosen.map((v) => before[v]) : chosen },
  };
}
