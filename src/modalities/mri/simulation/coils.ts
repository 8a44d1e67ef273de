import { philox, philoxKey, uniform } from '../../../../core/philox.js';
import { SlicewiseError } from '../../../../core/errors.js';
import { STREAM } from './streams.js';

export type Vector = readonly [number, number, number];

/** A circular receive coil. mm, world coordinates (RAS+). */
export interface CoilLoop {
  readonly centre: Vector;
  /** Unit normal of the plane of the loop. */
  readonly normal: Vector;
  readonly radius: number;
  /** Amplitude and phase of the receiver. */
  readonly gain: readonly [re: number, im: number];
}

/** The object in the coil array, mm, world coordinates: a cylinder along the head-foot axis. */
export interface ObjectExtent {
  readonly centre: Vector;
  /** Largest distance of the object from the axis. */
  readonly radius: number;
  /** Along the axis. */
  readonly height: number;
}

/** The cylinder of the coils over that around the object. */
const CLEARANCE = 1.25;
/** Loops of a ring overlap by this, as those of arrays that are decoupled by overlap do (Roemer et al., MRM 16 (1990) 192). */
const OVERLAP = 1.1;
/** Loops a ring holds at most. */
const RING = 8;

/**
 * Loops on a cylinder around the object, its axis along the field B₀ (head-foot): one ring for up to eight coils, more for more,
 * neighbouring rings half a coil apart. The first angle, and every receiver's phase and amplitude (0.8 to 1.2), come from the seed.
 */
export function coilArray(count: number, { centre, radius, height }: ObjectExtent, seed: number | bigint): CoilLoop[] {
  const rings = Math.ceil(count / RING);
  const cylinder = CLEARANCE * radius;
  const numbers = uniforms(2 * count + 1, seed);
  const loops: CoilLoop[] = [];
  for (let ring = 0; ring < rings; ring++) {
    const inRing = Math.floor(count / rings) + (ring < count % rings ? 1 : 0);
    const loop = Math.min((OVERLAP * Math.PI * cylinder) / inRing, 0.8 * cylinder);
    // rings share the height, but are no farther apart than loops that overlap
    const pitch = Math.min((2 * loop) / OVERLAP, height / rings);
    const z = centre[2] + (ring - (rings - 1) / 2) * pitch;
    for (let n = 0; n < inRing; n++) {
      const angle = 2 * Math.PI * (numbers[0] + (n + (ring % 2) / 2) / inRing);
      const out: Vector = [Math.cos(angle), Math.sin(angle), 0];
      const [amplitude, phase] = [0.8 + 0.4 * numbers[1 + 2 * loops.length], 2 * Math.PI * numbers[2 + 2 * loops.length]];
      loops.push({
        centre: [centre[0] + cylinder * out[0], centre[1] + cylinder * out[1], z],
        normal: [-out[0], -out[1], 0],
        radius: loop,
        gain: [amplitude * Math.cos(phase), amplitude * Math.sin(phase)],
      });
    }
  }
  return loops;
}

/** Closer to the wire than this share of the loop's radius, the field is that at this distance: inside a wire it is not infinite. */
const WIRE = 0.02;

/**
 * Magnetic field of a current I in a circular loop, in units of μ₀I/mm: the law of Biot and Savart, B = μ₀I/4π ∮ dl × R/|R|³, integrated
 * in closed form with complete elliptic integrals (Smythe, Static and Dynamic Electricity, 1950, §7.10). On the axis
 * B = R²/(2(R² + z²)^{3/2}). The field is that of a static current: wavelength effects are left out.
 */
export function loopField({ centre, normal, radius: a }: CoilLoop, point: Vector): [number, number, number] {
  const d = point.map((value, n) => value - centre[n]);
  const z = dot(d, normal);
  const across = d.map((value, n) => value - z * normal[n]);
  const rho = Math.hypot(...across);
  const far = (a + rho) ** 2 + z * z;
  const near = Math.max((a - rho) ** 2 + z * z, (WIRE * a) ** 2);
  const { k, e } = ellipticIntegrals(Math.max(0, 1 - near / far));
  const scale = 1 / (2 * Math.PI * Math.sqrt(far));
  const axial = scale * (k + ((a * a - rho * rho - z * z) / near) * e);
  // on the axis the radial part vanishes
  const radial = rho > 1e-6 * a ? scale * (z / rho) * (-k + ((a * a + rho * rho + z * z) / near) * e) : 0;
  const along = rho > 0 ? radial / rho : 0;
  return [0, 1, 2].map((n) => axial * normal[n] + along * across[n]) as [number, number, number];
}

/** Complete elliptic integrals K(m) and E(m), m = k² in [0, 1), by the arithmetic-geometric mean (DLMF 19.8.5, 19.8.6). */
export function ellipticIntegrals(m: number): { k: number; e: number } {
  let [a, g, c, power, sum] = [1, Math.sqrt(1 - m), Math.sqrt(m), 0.5, m / 2];
  while (Math.abs(c) > 1e-16) {
    [a, g, c] = [(a + g) / 2, Math.sqrt(a * g), (a - g) / 2];
    power *= 2;
    sum += power * c * c;
    if (power > 1024) break;
  }
  const k = Math.PI / (2 * a);
  return { k, e: k * (1 - sum) };
}

/**
 * What the coil receives from a point: by reciprocity the transverse part of its field, B_x − iB_y for B₀ along z (Hoult and Richards, J.
 * Magn. Reson. 24 (1976) 71), times its gain.
 */
export function sensitivity(loop: CoilLoop, point: Vector): [re: number, im: number] {
  const [bx, by] = loopField(loop, point);
  const [re, im] = loop.gain;
  return [re * bx + im * by, im * bx - re * by];
}

/** Positions of a plane of pixels: world = origin + row·rows + column·columns, in mm. */
export interface PixelPlane {
  readonly shape: readonly [rows: number, columns: number];
  readonly origin: Vector;
  readonly row: Vector;
  readonly column: Vector;
}

/** Nodes of the interpolation across the radius of a loop. */
const NODES = 16;
/** Nodes beyond the plane, where the ends of the splines have no effect on it: they fade by 0.27 a node. */
const MARGIN = 6;

/**
 * Sensitivities of all coils at every pixel, their root sum of squares 1 (as maps from a calibration region have it, and so that the
 * coil-combined image is the object itself). The fields are computed on a coarse lattice, and cubic B-splines are laid through them.
 *
 * @returns complex interleaved [coil, row, column]
 */
export function coilMaps(loops: readonly CoilLoop[], plane: PixelPlane): Float64Array {
  const { shape, origin, row, column } = plane;
  const spacing = [Math.hypot(...row), Math.hypot(...column)];
  const step = Math.min(...loops.map((loop) => loop.radius)) / NODES;
  const axes = shape.map((n, axis) => splineAxis(n, Math.min(n, Math.max(1, step / spacing[axis]))));
  const pixels = shape[0] * shape[1];
  const maps = new Float64Array(2 * pixels * loops.length);
  loops.forEach((loop, coil) => {
    const [ny, nx] = axes.map((axis) => axis.nodes.length);
    const nodes = new Float64Array(2 * ny * nx);
    axes[0].nodes.forEach((y, j) => {
      axes[1].nodes.forEach((x, i) => {
        const point = [0, 1, 2].map((w) => origin[w] + y * row[w] + x * column[w]) as unknown as Vector;
        nodes.set(sensitivity(loop, point), 2 * (j * nx + i));
      });
    });
    const wide = splineLines(nodes, ny, axes[1], { start: [nx, shape[1]], step: 1 });
    maps.set(splineLines(wide, shape[1], axes[0], { start: [1, 1], step: shape[1] }), 2 * pixels * coil);
  });
  for (let at = 0; at < pixels; at++) {
    let sum = 0;
    for (let coil = 0; coil < loops.length; coil++) {
      const n = 2 * (coil * pixels + at);
      sum += maps[n] ** 2 + maps[n + 1] ** 2;
    }
    if (!(sum > 0)) throw new SlicewiseError('GEOMETRY', { message: 'no coil sees a point of the field of view' });
    const scale = 1 / Math.sqrt(sum);
    for (let coil = 0; coil < loops.length; coil++) {
      const n = 2 * (coil * pixels + at);
      maps[n] *= scale;
      maps[n + 1] *= scale;
    }
  }
  return maps;
}

interface SplineAxis {
  /** Positions of the nodes, in pixels. */
  readonly nodes: readonly number[];
  /** For each pixel the first of its four nodes, and their weights. */
  readonly first: Int32Array;
  readonly weights: Float64Array;
}

function splineAxis(pixels: number, step: number): SplineAxis {
  const inside = Math.ceil((pixels - 1) / step) + 1;
  const nodes = Array.from({ length: inside + 2 * MARGIN }, (_, n) => (n - MARGIN) * step);
  const first = new Int32Array(pixels);
  const weights = new Float64Array(4 * pixels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const position = pixel / step + MARGIN;
    const low = Math.floor(position);
    const t = position - low;
    first[pixel] = low - 1;
    weights.set(
      [(1 - t) ** 3, 3 * t ** 3 - 6 * t ** 2 + 4, -3 * t ** 3 + 3 * t ** 2 + 3 * t + 1, t ** 3].map((w) => w / 6),
      4 * pixel,
    );
  }
  return { nodes, first, weights };
}

/** Complex lines of node values → lines of pixels. */
function splineLines(
  input: Float64Array,
  lines: number,
  { nodes, first, weights }: SplineAxis,
  { start, step }: { readonly start: readonly [number, number]; readonly step: number },
): Float64Array {
  const [n, pixels] = [nodes.length, first.length];
  const out = new Float64Array(2 * lines * pixels);
  const ratio = new Float64Array(n);
  const c = new Float64Array(n);
  for (let line = 0; line < lines; line++) {
    for (const part of [0, 1]) {
      // coefficients: (c₋₁ + 4c₀ + c₁)/6 = value, with c = value at the two ends (Thomas's algorithm)
      const value = (node: number): number => input[2 * (line * start[0] + node * step) + part];
      c[0] = value(0);
      for (let node = 1; node < n - 1; node++) {
        const pivot = 4 - ratio[node - 1];
        ratio[node] = 1 / pivot;
        c[node] = (6 * value(node) - c[node - 1]) / pivot;
      }
      c[n - 1] = value(n - 1);
      for (let node = n - 2; node > 0; node--) c[node] -= ratio[node] * c[node + 1];
      for (let pixel = 0; pixel < pixels; pixel++) {
        let sum = 0;
        for (let tap = 0; tap < 4; tap++) sum += weights[4 * pixel + tap] * c[first[pixel] + tap];
        out[2 * (line * start[1] + pixel * step) + part] = sum;
      }
    }
  }
  return out;
}

const dot = (a: readonly number[], b: readonly number[]): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

function uniforms(count: number, seed: number | bigint): number[] {
  const key = philoxKey(seed);
  const words = new Uint32Array(4);
  return Array.from({ length: count }, (_, n) => {
    philox(words, n, 0, 0, STREAM.coils, key);
    return uniform(words[0], words[1]);
  });
}
