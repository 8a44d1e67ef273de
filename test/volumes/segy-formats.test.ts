import { gunzipSync } from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import { bytesSource } from '../../volumes/byte-source.js';
import { ibmToNumber, numberToIbm } from '../../volumes/formats/segy/ibm.js';
import { findGeometry, openSegy, readWindow, SAMPLE_FORMATS, type SampleFormat } from '../../volumes/formats/segy/index.js';
import { decodeSamples, encodeSamples, newEncodeReport, sampleState } from '../../volumes/formats/segy/sample-formats.js';
import { bytesOf, golden } from '../support/golden.js';
import { ibmWordExactly } from '../support/segy.js';

interface Golden {
  readonly cases: readonly {
    readonly name: string;
    readonly file: string;
    readonly little: boolean;
    readonly format: number;
    readonly ilines: number[];
    readonly xlines: number[];
    readonly offsets: number[];
    readonly samples: number[];
    readonly sorting: number;
    readonly interval: number;
    readonly inline: number[];
    readonly crossline: number[];
    readonly offset: number[];
    readonly traces: number[][];
  }[];
  readonly ibm: { readonly words: number[]; readonly values: number[] };
}
const data = golden<Golden>('segy.json');

for (const c of data.cases) {
  test(`segyio's file is read as segyio reads it: ${c.name}`, async (t) => {
    const file = await openSegy(bytesSource(gunzipSync(bytesOf(c.file))));
    t.is(file.littleEndian, c.little);
    t.is(file.format.code, c.format);
    t.deepEqual([file.traces, file.samples], [c.traces.length, c.samples.length]);
    t.deepEqual(
      c.samples.map((_, k) => file.vertical.first + k * file.vertical.step),
      c.samples,
    );
    const geometry = await findGeometry(file, { dead: 'codes' });
    const [inline, crossline] = geometry.axes;
    const sorted = (numbers: number[]): number[] => [...numbers].sort((a, b) => a - b);
    const numbers = ({ first, step, count }: typeof inline): number[] => Array.from({ length: count }, (_, n) => first + n * step);
    t.deepEqual([numbers(inline), numbers(crossline)], [sorted(c.ilines), sorted(c.xlines)]);
    t.is(geometry.sorting?.order[0], c.sorting === 2 ? 0 : 1);
    t.is(geometry.axes.length, c.offsets.length > 1 ? 4 : 3);

    const { data: cube, live } = await readWindow(file, geometry);
    t.true(live.every((one) => one === 1));
    for (const [n, samples] of c.traces.entries()) {
      const position = geometry.positionOf[n];
      const place = [c.inline[n], c.crossline[n], c.offset[n]].slice(0, geometry.axes.length - 1);
      const index = place.reduce((p, v, a) => p * geometry.axes[a].count + (v - geometry.axes[a].first) / geometry.axes[a].step, 0);
      t.is(position, index);
      t.deepEqual([...cube.subarray(position * samples.length, (position + 1) * samples.length)], samples.map(Math.fround));
    }
  });
}

test('IBM words have the values that segyio gives them', (t) => {
  t.deepEqual(data.ibm.words.map(ibmToNumber).map(Math.fround), data.ibm.values);
});

test('IBM words of the textbook', (t) => {
  t.is(ibmToNumber(0xc276a000), -118.625); // Wikipedia, IBM hexadecimal floating-point
  t.is(ibmToNumber(0x42640000), 100);
  t.is(ibmToNumber(0x00100000), 16 ** -65);
  t.is(ibmToNumber(0x7fffffff), (1 - 2 ** -24) * 16 ** 63);
  t.is(numberToIbm(-118.625), 0xc276a000);
  t.is(numberToIbm(1), 0x41100000);
  t.is(numberToIbm(0), 0);
  t.is(numberToIbm(-0), 0x80000000);
});

const float32 = fc.float({ noNaN: true, noDefaultInfinity: true });

test('a float32 becomes the nearest IBM word, halves to even', (t) => {
  fc.assert(
    fc.property(fc.oneof(float32, fc.float({ min: -2, max: 2, noNaN: true })), (value) => {
      t.is(numberToIbm(value) & 0x7fffffff, ibmWordExactly(value) & 0x7fffffff, String(value));
      t.true(value === 0 || Math.abs(ibmToNumber(numberToIbm(value)) / value - 1) <= 2 ** -21);
    }),
    { numRuns: 3000 },
  );
});

test('just below a power of 16 the fraction carries into the exponent', (t) => {
  for (const value of [Math.fround(1 - 2 ** -24), 1 - 2 ** -30, 16 - 2 ** -20, 15.99999999, 1 / 16 - 2 ** -40]) {
    t.is(numberToIbm(value), ibmWordExactly(value), String(value));
  }
});

test('normalised IBM words within float32 come back bit for bit', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0x100000, max: 0xffffff }),
      fc.integer({ min: 36, max: 96 }),
      fc.boolean(),
      (fraction, exponent, minus) => {
        const word = ((minus ? 0x80000000 : 0) | (exponent << 24) | fraction) >>> 0;
        t.is(numberToIbm(Math.fround(ibmToNumber(word))), word);
      },
    ),
    { numRuns: 2000 },
  );
});

/** Values that a format holds exactly and that float32 holds too. */
function exactValues(format: SampleFormat): fc.Arbitrary<number> {
  if (format.integer) {
    const bits = Math.min(24, format.bytes * 8);
    return fc.integer({ min: format.integer.min < 0 ? -(2 ** (bits - 1)) : 0, max: 2 ** (bits - 1) - 1 });
  }
  if (format.name === 'ibm32') {
    return fc.integer({ min: -(2 ** 20), max: 2 ** 20 }).chain((m) => fc.integer({ min: -20, max: 20 }).map((e) => m * 2 ** e));
  }
  return float32;
}

for (const format of SAMPLE_FORMATS) {
  for (const little of [false, true]) {
    test(`${format.name}, ${little ? 'little' : 'big'} endian: what it can hold comes back`, (t) => {
      fc.assert(
        fc.property(fc.array(exactValues(format), { maxLength: 20 }), (list) => {
          const values = Float32Array.from(list);
          const report = newEncodeReport();
          const bytes = encodeSamples(format, values, little, report);
          t.is(bytes.length, values.length * format.bytes);
          const back = new Float32Array(values.length);
          decodeSamples(format, bytes, 0, values.length, little, back);
          t.deepEqual(
            [...back].map((v) => v + 0),
            [...values].map((v) => v + 0),
          );
          t.deepEqual(report, newEncodeReport());
          const zero = values.every((v) => v === 0);
          t.is(sampleState(format, bytes, 0, values.length, little), zero ? 'zero' : 'data');
        }),
      );
    });
  }
  if (format.integer) {
    const { min, max } = format.integer;
    test(`${format.name} rounds to nearest and clips at its ends, both counted`, (t) => {
      const report = newEncodeReport();
      const values = Float32Array.of(1.25, min < 0 ? -1.75 : 3.75, 1e30, -1e30);
      const back = new Float32Array(4);
      decodeSamples(format, encodeSamples(format, values, false, report), 0, 4, false, back);
      t.deepEqual([...back], [1, min < 0 ? -2 : 4, Math.fround(max), Math.fround(min)]);
      t.deepEqual(report, { rounded: 2, largestError: 0.25, clipped: 2 });
    });
  }
}

test('NaN and infinity are seen in every float format, and never written', (t) => {
  for (const name of ['float32', 'float64'] as const) {
    const format = SAMPLE_FORMATS.find((f) => f.name === name)!;
    for (const little of [false, true]) {
      for (const bad of [NaN, Infinity, -Infinity]) {
        const bytes = encodeSamples(format, Float32Array.of(1, 2, 3), little);
        const view = new DataView(bytes.buffer);
        if (name === 'float32') view.setFloat32(4, bad, little);
        else view.setFloat64(8, bad, little);
        t.is(sampleState(format, bytes, 0, 3, little), 'not-finite');
        t.throws(() => encodeSamples(format, Float32Array.of(bad), little), { message: /NaN|Infinity/ });
      }
    }
  }
  const ibm = SAMPLE_FORMATS.find((f) => f.name === 'ibm32')!;
  // the largest float32 is an IBM number, the next one is beyond it
  t.is(sampleState(ibm, Uint8Array.of(0x60, 0xff, 0xff, 0xff), 0, 1, false), 'data');
  t.is(sampleState(ibm, Uint8Array.of(0x61, 0x10, 0, 0), 0, 1, false), 'not-finite');
  t.is(sampleState(ibm, Uint8Array.of(0x61, 0, 0, 0), 0, 1, false), 'zero');
});
