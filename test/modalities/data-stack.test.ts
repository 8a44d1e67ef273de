import test from 'ava';
import { dataAxes, dataStackOf } from '../../src/modalities/data-stack.js';
import { kinds } from '../../volumes/kinds/registry.js';

const example = (name: string) => kinds.get(name).example!(3);

test('data are images of their last two axes; a time runs down', (t) => {
  const fan = dataAxes(example('radon.fan'))!;
  t.deepEqual([fan.names[fan.down], fan.names[fan.across]], ['view', 'detector']);
  const traces = dataAxes(example('seismic.traces'))!;
  t.deepEqual([traces.names[traces.down], traces.names[traces.across]], ['sample', 'trace']);
});

test('of more data than a page carries those about the middle are kept, as they are', (t) => {
  const scan = example('radon.fan');
  const [views, bins] = [scan.shape[1], 1000];
  const slices = 400;
  const data = Float32Array.from({ length: slices * views * bins }, (_, n) => Math.floor(n / (views * bins)));
  const stack = dataStackOf({ ...scan, data, shape: [slices, views, bins] })!;
  const [kept] = stack.shape;
  t.true(kept < slices && stack.values.length <= 400_000);
  const first = Math.floor((slices - kept) / 2);
  t.is(stack.part, `slice ${first + 1} to ${first + kept} of ${slices}`);
  t.is(stack.values[0], first);
  t.is(stack.values.at(-1), first + kept - 1);
  t.is(dataStackOf({ ...scan, data: new Float32Array(1e6), shape: [1, 1000, 1000] }), undefined);
});

test('magnitudes are shown over four decades, and nothing where nothing was measured', (t) => {
  const scan = example('fourier.cartesian');
  const data = scan.data.slice().fill(0);
  data.set([3, 4], 8);
  const { values, low, high, logarithm } = dataStackOf({ ...scan, data })!;
  t.true(logarithm);
  t.true(Math.abs(values[4] - Math.log10(5)) < 1e-6);
  t.is(values[0], -Infinity);
  t.true(Math.abs(high - Math.log10(5)) < 1e-6 && high - low === 4);
});
