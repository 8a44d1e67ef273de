import { rotationOf, type Phantom } from './phantom.js';

/** What a straight line meets: `count` stretches [start, end] in mm along it, each of one attenuation. */
export interface Stretches {
  count: number;
  readonly start: Float64Array;
  readonly end: Float64Array;
  readonly mu: Float64Array;
}

/** (origin, unit direction) in mm → stretches; the result is overwritten by the next call. */
export type RayTracer = (ox: number, oy: number, oz: number, dx: number, dy: number, dz: number) => Stretches;

/**
 * Intersects whole lines with a phantom. For one ellipsoid {x : |M(x − c)| ≤ 1}, with p = M(o − c) and q = Md, the line
 * o + td is inside for t = (−p·q ± √((p·q)² − |q|²(|p|² − 1))) / |q|².
 * 'add' phantoms give one stretch per ellipsoid met, 'paint' phantoms stretches that do not overlap.
 */
export function rayTracer(phantom: Phantom): RayTracer {
  const n = phantom.ellipsoids.length;
  const maps = new Float64Array(12 * n); // rows of M, each followed by −M·c
  phantom.ellipsoids.forEach((ellipsoid, e) => {
    const r = rotationOf(ellipsoid);
    for (let row = 0; row < 3; row++) {
      const s = ellipsoid.semiAxes[row];
      const m = [r[row] / s, r[3 + row] / s, r[6 + row] / s];
      const shift = m[0] * ellipsoid.centre[0] + m[1] * ellipsoid.centre[1] + m[2] * ellipsoid.centre[2];
      maps.set([...m, -shift], 12 * e + 4 * row);
    }
  });
  const mus = Float64Array.from(phantom.ellipsoids, (e) => e.mu);
  const met = stretches(n);
  const painted = stretches(2 * n);
  const cuts = new Float64Array(2 * n);

  return (ox, oy, oz, dx, dy, dz) => {
    met.count = 0;
    for (let e = 0, at = 0; e < n; e++, at += 12) {
      let pp = -1;
      let pq = 0;
      let qq = 0;
      for (let row = at; row < at + 12; row += 4) {
        const p = maps[row] * ox + maps[row + 1] * oy + maps[row + 2] * oz + maps[row + 3];
        const q = maps[row] * dx + maps[row + 1] * dy + maps[row + 2] * dz;
        pp += p * p;
        pq += p * q;
        qq += q * q;
      }
      const discriminant = pq * pq - qq * pp;
      if (discriminant <= 0) continue;
      const half = Math.sqrt(discriminant);
      met.start[met.count] = (-pq - half) / qq;
      met.end[met.count] = (half - pq) / qq;
      met.mu[met.count++] = mus[e];
    }
    return phantom.combine === 'add' ? met : paint(met, painted, cuts);
  };
}

/** Sum of attenuation × length: the line integral ∫μ dl. */
export function lineIntegral(found: Stretches): number {
  let sum = 0;
  for (let s = 0; s < found.count; s++) sum += found.mu[s] * (found.end[s] - found.start[s]);
  return sum;
}

/** Cuts the line at every boundary; each piece belongs to the last ellipsoid that covers it. */
function paint(met: Stretches, out: Stretches, scratch: Float64Array): Stretches {
  const cuts = scratch.subarray(0, 2 * met.count);
  cuts.set(met.start.subarray(0, met.count));
  cuts.set(met.end.subarray(0, met.count), met.count);
  cuts.sort();
  out.count = 0;
  for (let c = 0; c + 1 < cuts.length; c++) {
    if (cuts[c] === cuts[c + 1]) continue;
    const middle = (cuts[c] + cuts[c + 1]) / 2;
    let top = met.count - 1;
    while (top >= 0 && (met.start[top] > middle || met.end[top] < middle)) top--;
    if (top < 0) continue;
    out.start[out.count] = cuts[c];
    out.end[out.count] = cuts[c + 1];
    out.mu[out.count++] = met.mu[top];
  }
  return out;
}

const stretches = (n: number): Stretches => ({
  count: 0,
  start: new Float64Array(n),
  end: new Float64Array(n),
  mu: new Float64Array(n),
});
