import { binCentre } from './bins.js';
import type { SegyGeometry } from './geometry.js';
import { getField, scaleOf, setField, TRACE_FIELDS, type HeaderField } from './header-fields.js';
import { INTERPOLATED, stateOfCode, TraceState, whole } from './scan.js';
import type { SegyFile } from './segy-file.js';
import { stridesOf } from './sorting.js';

const F = TRACE_FIELDS;

/** Words that change from trace to trace as position does; each with the word that scales it. */
const FOLLOWS_POSITION: readonly { readonly field: HeaderField; readonly scalar?: HeaderField }[] = [
  ...[F.traceSequenceLine, F.traceSequenceFile, F.fieldRecord, F.traceNumber, F.energySourcePoint, F.cdp, F.cdpTrace, F.offset].map(
    (field) => ({ field }),
  ),
  ...[
    F.receiverElevation,
    F.sourceSurfaceElevation,
    F.sourceDepth,
    F.receiverDatumElevation,
    F.sourceDatumElevation,
    F.sourceWaterDepth,
    F.receiverWaterDepth,
  ].map((field) => ({ field, scalar: F.elevationScalar })),
  ...[F.sourceX, F.sourceY, F.receiverX, F.receiverY, F.cdpX, F.cdpY].map((field) => ({
    field,
    scalar: F.coordinateScalar,
  })),
  ...[F.sourceUpholeTime, F.receiverUpholeTime, F.sourceStatic, F.receiverStatic, F.totalStatic].map((field) => ({
    field,
  })),
  ...[F.inline, F.crossline].map((field) => ({ field })),
  { field: F.shotpoint, scalar: F.shotpointScalar },
];

/** In SU bytes 181-240 hold other things (d1, f1, d2, f2 …): copied. */
const SU_OWN_BYTES = 181;

/** IEEE doubles of trace header extension 1 (rev 2, `SEG00001` in its last 8 bytes), counted from the extension's first byte. */
const EXTENSION_DOUBLES = [33, 41, 49, 57, 65, 73, 81, 89, 97, 105, 113, 121, 129, 161, 169];

/** A neighbour of a new trace: how many positions away, and its headers. */
interface Neighbour {
  readonly trace: number;
  readonly distance: number;
}

/** Headers kept from reading. */
const CACHE = 4096;

/**
 * Makes headers for traces that are not in the file.
 *
 * They begin as those of the nearest trace on the grid. Numbers of the axes are set; words that follow position (coordinates, elevations,
 * statics, the other numbers) are interpolated linearly between the nearest traces on both sides (live ones, and dead ones that have
 * coordinates) along one axis (the axis where they are nearest to each other), else continued from the two nearest on one side; far from
 * all others they are the nearest trace's and the mean gradient of the survey. Scalars are applied before and after. Trace sequence
 * numbers (1-8) go on behind the largest of the file where they count its traces, so that none is there twice.
 *
 * Identification code (29-30): SEG-Y rev 2.0, table 3: "N + 16384: interpolated, i.e. not original" of kind N; 16385 for time domain
 * seismic data (1), 16409 in depth (25). Revisions 0 and 1 leave codes above 8 and 22 to the user, so nothing else can be meant by it
 * there, and SU uses none as large. Programs that skip all codes but 1 are given the plain kind by `code: 'live'`.
 */
export class NewHeaders {
  private readonly counts: readonly number[];
  private readonly strides: readonly number[];
  private readonly cache = new Map<number, Uint8Array<ArrayBuffer>>();
  private readonly fields: typeof FOLLOWS_POSITION;
  private readonly coordinates: readonly HeaderField[];
  private gradient: Promise<readonly Float64Array[]> | undefined;
  private sequence: Promise<readonly [boolean, boolean]> | undefined;
  private made = 0;

  constructor(
    private readonly file: SegyFile,
    private readonly geometry: SegyGeometry,
    private readonly code: 'interpolated' | 'live',
  ) {
    this.counts = geometry.axes.slice(0, -1).map((axis) => axis.count);
    this.strides = stridesOf(this.counts);
    const ownOfSu = (field: HeaderField): boolean => file.flavour === 'SU' && field.byte >= SU_OWN_BYTES;
    this.fields = FOLLOWS_POSITION.filter(({ field }) => !ownOfSu(field));
    this.coordinates = this.fields.flatMap(({ field, scalar }) => (scalar === F.coordinateScalar ? [field] : []));
  }

  /** Headers of a new trace at a grid position without a trace. */
  async forHole(position: number): Promise<Uint8Array<ArrayBuffer>> {
    const header = await this.interpolate(position);
    const view = viewOf(header);
    const { littleEndian } = this.file;
    const counted = await (this.sequence ??= this.countsTraces());
    this.made++;
    for (const [n, field] of [F.traceSequenceLine, F.traceSequenceFile].entries()) {
      if (counted[n] && !this.isAxis(field)) setField(view, field, this.file.traces + this.made, littleEndian);
    }
    this.setPlace(view, position);
    this.setCode(view);
    return header;
  }

  /**
   * Headers of a trace that is there but missing (dead, zero): its own, with the code; coordinates where it has none but its neighbours
   * do.
   */
  async forDead(position: number): Promise<Uint8Array<ArrayBuffer>> {
    const header = new Uint8Array(await this.header(this.geometry.traceOf[position]));
    const view = viewOf(header);
    const { littleEndian } = this.file;
    if (!this.coordinates.some((field) => getField(view, field, littleEndian) !== 0)) {
      const model = viewOf(await this.interpolate(position));
      for (const field of this.coordinates) setField(view, field, getField(model, field, littleEndian), littleEndian);
      const scalar = getField(model, F.coordinateScalar, littleEndian);
      if (getField(view, F.coordinateScalar, littleEndian) === 0) setField(view, F.coordinateScalar, scalar, littleEndian);
    }
    this.setCode(view);
    return header;
  }

  private async interpolate(position: number): Promise<Uint8Array<ArrayBuffer>> {
    const pair = await this.neighbours(position);
    if (pair.length === 2) {
      const [a, b] = pair;
      // distances have a sign: before −, behind +
      const weight = -a.distance / (b.distance - a.distance);
      const near = Math.abs(a.distance) <= Math.abs(b.distance) ? a : b;
      const [first, second] = [await this.header(a.trace), await this.header(b.trace)];
      const header = new Uint8Array(near === a ? first : second);
      this.blend(header, first, second, weight);
      return header;
    }
    const nearest = pair[0]?.trace ?? this.nearestAnywhere(position);
    if (nearest < 0) return new Uint8Array(this.file.headerBytes);
    const header = new Uint8Array(await this.header(nearest));
    const view = viewOf(header);
    const gradient = await (this.gradient ??= this.meanGradient());
    for (const [n, { field, scalar }] of this.fields.entries()) {
      const scale = this.scaleIn(view, scalar);
      let value = getField(view, field, this.file.littleEndian) * scale;
      for (let axis = 0; axis < this.counts.length; axis++) {
        value += gradient[n][axis] * (this.index(position, axis) - this.index(this.geometry.positionOf[nearest], axis));
      }
      setField(view, field, value / scale, this.file.littleEndian);
    }
    return header;
  }

  /** Fields of `first` + weight · (`second` − `first`), in the scalars of `header`. */
  private blend(header: Uint8Array<ArrayBuffer>, first: Uint8Array, second: Uint8Array, weight: number): void {
    const { littleEndian } = this.file;
    const [out, a, b] = [viewOf(header), viewOf(first), viewOf(second)];
    for (const { field, scalar } of this.fields) {
      const [va, vb] = [a, b].map((view) => getField(view, field, littleEndian) * this.scaleIn(view, scalar));
      setField(out, field, (va + weight * (vb - va)) / this.scaleIn(out, scalar), littleEndian);
    }
    for (let at = 240; at + 240 <= header.length; at += 240) {
      if (String.fromCharCode(...header.subarray(at + 232, at + 240)) !== 'SEG00001') continue;
      for (const byte of EXTENSION_DOUBLES) {
        const [va, vb] = [a, b].map((view) => view.getFloat64(at + byte - 1, littleEndian));
        const value = va + weight * (vb - va);
        if (Number.isFinite(value)) out.setFloat64(at + byte - 1, value, littleEndian);
      }
    }
  }

  private scaleIn(view: DataView, scalar: HeaderField | undefined): number {
    return scalar ? scaleOf(getField(view, scalar, this.file.littleEndian)) : 1;
  }

  /** The two traces to interpolate between or to continue from, or fewer. */
  private async neighbours(position: number): Promise<Neighbour[]> {
    let best: Neighbour[] = [];
    let bestCost = Infinity;
    // the last axis first: neighbours in a gather or line are nearest to each other
    for (let axis = this.counts.length - 1; axis >= 0; axis--) {
      const before = await this.along(position, axis, -1);
      const behind = await this.along(position, axis, 1);
      const pair = before.length > 0 && behind.length > 0 ? [before[0], behind[0]] : [...before, ...behind].slice(0, 2);
      if (pair.length < 2) continue;
      const [near, far] = pair.map(({ distance }) => Math.abs(distance));
      // one-sided pairs only where no axis has both sides
      const cost = before.length > 0 && behind.length > 0 ? near + far : 1e9 + near + far;
      if (cost < bestCost) [best, bestCost] = [pair, cost];
    }
    return best;
  }

  /** Up to two traces along an axis in one direction, the nearest first: live ones, and missing ones that have coordinates. */
  private async along(position: number, axis: number, sign: 1 | -1): Promise<Neighbour[]> {
    const found: Neighbour[] = [];
    const at = this.index(position, axis);
    for (let k = 1; found.length < 2 && at + sign * k >= 0 && at + sign * k < this.counts[axis]; k++) {
      const there = position + sign * k * this.strides[axis];
      const trace = this.geometry.traceOf[there];
      if (trace >= 0 && (await this.hasPlace(there))) found.push({ trace, distance: sign * k });
    }
    return found;
  }

  /** Headers of dead traces may be empty. */
  private async hasPlace(position: number): Promise<boolean> {
    if (this.geometry.live[position] === 1) return true;
    const view = viewOf(await this.header(this.geometry.traceOf[position]));
    return this.coordinates.some((field) => getField(view, field, this.file.littleEndian) !== 0);
  }

  private index(position: number, axis: number): number {
    return Math.floor(position / this.strides[axis]) % this.counts[axis];
  }

  private nearestAnywhere(position: number): number {
    let nearest = -1;
    let least = Infinity;
    for (let p = 0; p < this.geometry.traceOf.length; p++) {
      if (this.geometry.live[p] === 0) continue;
      let distance = 0;
      for (let axis = 0; axis < this.counts.length; axis++) distance += Math.abs(this.index(p, axis) - this.index(position, axis));
      if (distance < least) [nearest, least] = [this.geometry.traceOf[p], distance];
    }
    return nearest;
  }

  /** Change of every field for a step along every axis: mean over pairs of neighbours all over the grid. */
  private async meanGradient(): Promise<readonly Float64Array[]> {
    const sums = this.fields.map(() => new Float64Array(this.counts.length));
    const pairs = new Float64Array(this.counts.length);
    const { live, traceOf } = this.geometry;
    const stride = Math.max(1, Math.floor(live.length / 256));
    for (let p = 0; p < live.length; p += stride) {
      if (traceOf[p] < 0 || !(await this.hasPlace(p))) continue;
      for (let axis = 0; axis < this.counts.length; axis++) {
        const [next] = await this.along(p, axis, 1);
        if (!next) continue;
        const [a, b] = [viewOf(await this.header(traceOf[p])), viewOf(await this.header(next.trace))];
        pairs[axis]++;
        for (const [n, { field, scalar }] of this.fields.entries()) {
          const [va, vb] = [a, b].map((view) => getField(view, field, this.file.littleEndian) * this.scaleIn(view, scalar));
          sums[n][axis] += (vb - va) / next.distance;
        }
      }
    }
    return sums.map((sum) => sum.map((v, axis) => (pairs[axis] > 0 ? v / pairs[axis] : 0)));
  }

  /** Do bytes 1-4 and 5-8 count the traces of the file, 1, 2, 3 …? */
  private async countsTraces(): Promise<readonly [boolean, boolean]> {
    const { traces, littleEndian } = this.file;
    const some = [...new Set([0, 1, traces >> 1, traces - 1])].filter((n) => n >= 0 && n < traces);
    const views = await Promise.all(some.map(async (n) => viewOf(await this.header(n))));
    const counts = (field: HeaderField): boolean => views.every((view, k) => getField(view, field, littleEndian) === some[k] + 1);
    return [counts(F.traceSequenceLine), counts(F.traceSequenceFile)];
  }

  private isAxis(field: HeaderField): boolean {
    return this.geometry.axes.some((axis) => axis.field?.byte === field.byte);
  }

  /** Numbers of the axes, or the coordinates of the bin. */
  private setPlace(view: DataView, position: number): void {
    const { littleEndian } = this.file;
    const { axes, bins } = this.geometry;
    for (let a = 0; a < this.counts.length; a++) {
      const { field, first, step } = axes[a];
      if (field) setField(view, field, first + step * this.index(position, a), littleEndian);
    }
    if (bins) {
      const centre = binCentre(bins, [this.index(position, 0), this.index(position, 1)]);
      const scale = this.scaleIn(view, F.coordinateScalar);
      for (const [n, field] of [bins.x, bins.y].entries()) setField(view, field, centre[n] / scale, littleEndian);
    }
  }

  private setCode(view: DataView): void {
    const { littleEndian, vertical } = this.file;
    const there = view.getInt16(28, littleEndian);
    const kind = there >= INTERPOLATED ? there - INTERPOLATED : there;
    const isData = kind > 0 && stateOfCode(kind, this.file.revision[0]) === TraceState.data;
    const used = isData ? kind : vertical.domain === 'depth' && this.file.flavour === 'SEG-Y' ? 25 : 1;
    view.setInt16(28, Math.min(32767, this.code === 'interpolated' ? used + INTERPOLATED : used), littleEndian);
  }

  private async header(trace: number): Promise<Uint8Array<ArrayBuffer>> {
    const { file, cache } = this;
    let found = cache.get(trace);
    if (!found) {
      found = whole(await file.source.read(file.start + trace * file.traceBytes, file.headerBytes), file.headerBytes);
      const [oldest] = cache.keys();
      if (cache.size >= CACHE) cache.delete(oldest);
      cache.set(trace, found);
    }
    return found;
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
