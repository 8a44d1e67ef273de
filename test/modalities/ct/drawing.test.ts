import { readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { geometrySvg } from '../../../src/modalities/ct/drawing/geometry-svg.js';
import { gridFor } from '../../../volumes/kinds/radon/geometry.js';

const evenly = (first: number, step: number, count: number) => Array.from({ length: count }, (_, n) => first + n * step);
const flat = { detectorPitch: 1, sourceToAxis: 300, sourceToDetector: 520 };

// The drawings that the docs show.
const DRAWN = {
  parallel: { angles: evenly(30, 9, 20), detectorCount: 256, detectorPitch: 1, detectorOffset: 12 },
  fan: { ...flat, angles: evenly(30, 18, 20), detectorCount: 300, detectorOffset: 18 },
  cone: {
    angles: evenly(30, 18, 20),
    rows: 160,
    columns: 300,
    rowPitch: 1,
    columnPitch: 1,
    rowOffset: 10,
    columnOffset: 18,
    sourceToAxis: 300,
    sourceToDetector: 520,
  },
  'fan-curved': { ...flat, angles: evenly(30, 18, 20), detectorCount: 300, detectorOffset: 18, detectorShape: 'curved' },
  // a scanner whose source wanders, on an ellipse and up and down
  'cone-vec': {
    vectors: evenly(30, 18, 20).map((angle, n) => {
      const [c, s] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
      const [toAxis, z] = [300 + 40 * Math.cos((2 * angle * Math.PI) / 180), 30 * Math.sin(n)];
      return [toAxis * s, -toAxis * c, z, -220 * s, 220 * c, 10, c, s, 0, 0, 0, 1];
    }),
    rows: 160,
    columns: 300,
  },
} as const;

function draw(name: keyof typeof DRAWN): string {
  const kind = name === 'fan-curved' ? 'radon.fan' : `radon.${name}`;
  const geometry = DRAWN[name];
  const size = name === 'parallel' ? 180 : 140;
  return geometrySvg({ kind, geometry, grid: gridFor(kind, geometry, 16, { size, pixelSize: 1 }) });
}

for (const name of Object.keys(DRAWN) as (keyof typeof DRAWN)[]) {
  test(`docs/images/geometry-${name}.svg is what the code draws`, (t) => {
    const file = `docs/images/geometry-${name}.svg`;
    // UPDATE_DOCS=1 npm test writes them anew.
    if (process.env.UPDATE_DOCS) writeFileSync(file, draw(name));
    t.is(readFileSync(file, 'utf8'), draw(name));
  });
}

test('to scale: source, axis and detector of view 0 stand where the convention puts them', (t) => {
  const svg = draw('fan');
  const numbers = (pattern: RegExp) => pattern.exec(svg)!.slice(1).map(Number);
  const [x1, y1, x2, y2] = numbers(/class="detector" x1="(.*?)" y1="(.*?)" x2="(.*?)" y2="(.*?)"/);
  const [sx, sy] = numbers(/<circle cx="(.*?)" cy="(.*?)" r="5.5"/);
  const [ox, oy] = numbers(/class="axis" x1="(.*?)" y1="(.*?)"/);
  const scale = Math.hypot(x2 - x1, y2 - y1) / 300; // pixels per mm, from the detector's 300 mm
  const near = (got: number, expected: number) => t.true(Math.abs(got - expected) < 0.3, `${got} for ${expected}`);
  const theta = Math.PI / 6;
  const [cos, sin] = [Math.cos(theta), Math.sin(theta)];
  // y points down on paper; coordinates are rounded to 0.1 pixel.
  near((sx - ox) / scale, 300 * sin);
  near((oy - sy) / scale, -300 * cos);
  near(((x1 + x2) / 2 - ox) / scale, -220 * sin + 18 * cos);
  near((oy - (y1 + y2) / 2) / scale, 220 * cos + 18 * sin);
  near((x2 - x1) / scale, 300 * cos);
});

test('the numbers beside the drawing are those of the scan', (t) => {
  const svg = draw('fan');
  t.true(svg.includes('20, 30° … 372° in steps of 18°, counter-clockwise'));
  t.true(svg.includes('520 mm, magnification 1.733'));
  t.true(svg.includes('18 mm; axis at bin 131.5 from 0')); // (300 − 1)/2 − 18
  const radius = 300 * Math.sin(Math.atan((150 - 18) / 520));
  t.true(svg.includes(`circle of ${Number((2 * radius).toPrecision(4))} mm`));
  const backwards = { ...DRAWN.parallel, angles: evenly(0, -1, 180) };
  const grid = gridFor('radon.parallel', backwards, 1);
  t.regex(geometrySvg({ kind: 'radon.parallel', geometry: backwards, grid }), /180, 0° … −179° in steps of 1°, clockwise/);
});

test('what is no scanner is refused', (t) => {
  const grid = gridFor('radon.parallel', DRAWN.parallel, 1);
  t.throws(() => geometrySvg({ kind: 'mask.traces', geometry: {}, grid }), { message: /mask.traces/ });
  t.throws(() => geometrySvg({ kind: 'radon.fan', geometry: DRAWN.parallel, grid }), { message: /sourceToAxis/ });
});

test('a curved detector is an arc about the source, its ends where the first and last bins are', (t) => {
  const svg = draw('fan-curved');
  const [, x1, y1, r, x2, y2] = /class="detector" d="M(\S+) (\S+)A(\S+) \S+ 0 \S+ \S+ (\S+) (\S+)"/.exec(svg)!.map(Number);
  const [sx, sy] = /<circle cx="(.*?)" cy="(.*?)" r="5.5"/.exec(svg)!.slice(1).map(Number);
  const scale = r / 520;
  for (const [x, y, s] of [
    [x1, y1, 18 - 150],
    [x2, y2, 18 + 150],
  ]) {
    const direction = Math.PI / 6 - s / 520; // (−sin, cos) of it
    t.true(Math.abs((x - sx) / scale + 520 * Math.sin(direction)) < 1, `${x}`);
    t.true(Math.abs((sy - y) / scale - 520 * Math.cos(direction)) < 1, `${y}`);
  }
});
