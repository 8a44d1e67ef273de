import test from 'ava';
import { isSlicewiseError } from '../../core/errors.js';
import { fuzzFormats, registeredFormats } from '../support/fuzz/seeds.js';
import { inputOf, outcomeOf } from '../support/fuzz/run.js';

/* Damaged files of every format, a few of those of `npm run bench -- fuzz`, which also watches time and memory. */

const COUNT = 100;
const formats = await fuzzFormats();

for (const format of formats) {
  test(`damaged files of ${format.name} are read or refused with an error of our own`, async (t) => {
    const outcomes = new Set<string>();
    for (let n = 0; n < COUNT; n++) {
      const files = inputOf(format, 2, n);
      try {
        outcomes.add(await outcomeOf(format, files));
      } catch (error) {
        t.fail(`input ${n}: ${error instanceof Error ? error.stack : String(error)}`);
      }
    }
    t.true(
      [...outcomes].some((outcome) => outcome !== 'read'),
      'nothing was refused: is anything damaged?',
    );
  });
}

test('undamaged, they are read', async (t) => {
  for (const format of formats) {
    let read = 0;
    for (const seed of format.seeds) {
      const files = seed.map((file) => ({ ...file, beside: (name: string) => Promise.resolve(seed.find((f) => f.name === name)) }));
      if ((await outcomeOf(format, files)) === 'read') read++;
    }
    t.true(read >= 1, `${format.name}: ${read} of ${format.seeds.length}`);
  }
});

test('the same seed makes the same files, another one others', (t) => {
  for (const format of formats) {
    t.deepEqual(
      inputOf(format, 7, 3).map(({ bytes }) => bytes),
      inputOf(format, 7, 3).map(({ bytes }) => bytes),
    );
    const differ = Array.from({ length: 8 }, (_, n) => n).some((n) => {
      const [a, b] = [inputOf(format, 7, n), inputOf(format, 8, n)];
      return (
        a.length !== b.length || a.some(({ bytes }, f) => bytes.length !== b[f].bytes.length || bytes.some((v, i) => v !== b[f].bytes[i]))
      );
    });
    t.true(differ, format.name);
  }
});

test('every format that is registered is tried', (t) => {
  const words = formats.map(({ name }) => name).join();
  const tried: { [name: string]: string } = {
    'NumPy array': 'NumPy',
    'NumPy archive': 'NumPy',
    'MATLAB 4': 'MATLAB',
    'MATLAB 5': 'MATLAB',
    'HDF5 scan': 'scan file',
  };
  for (const name of registeredFormats()) t.true(words.includes(tried[name] ?? name), name);
  t.false(isSlicewiseError(new Error('not ours')));
});
