/**
 * What a change costs: benches of this checkout and of another one (built both, `npm run setup`), in one run, by turns, on a quiet machine.
 * Prints the ratio of the medians, this one to the other, with the least and greatest of the ratios of single rounds.
 *
 *     git worktree add ../before 63c0697 && (cd ../before && npm run setup)
 *     node bench/before-after.mjs --before ../before [--rounds 3] [--only dds --only radon] [--python PYTHON] [--data FOLDER] [--quick]
 *
 * PYTHON has the peers of the bench `radon`; FOLDER the volumes of `dds-mri`, which is left out without it.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    before: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', multiple: true },
    python: { type: 'string', default: process.env.PEER_PYTHON ?? 'python3' },
    data: { type: 'string', default: process.env.SLICEWISE_DATA },
    quick: { type: 'boolean', default: false },
  },
});
if (!values.before) throw new Error('--before FOLDER: the checkout to compare with');
const { quick, data, python } = values;

/** Arguments of each bench, and the numbers it gives by name, in units of their own: less is better. */
const benches = {
  dds: {
    args: ['--repeat', '1', ...(quick ? ['--views', '20', '--steps', '3'] : ['--views', '8', '--views', '60', '--steps', '20'])],
    numbers: ({ json }) =>
      json.flatMap(({ views, runs }) => [
        [`${views} views, run, s`, runs[0].total],
        [`${views} views, outside ONNX Runtime, s`, runs[0].total - runs[0].network],
      ]),
  },
  'dds-mri': {
    args: ['--part', 'shares', '--repeat', '1', ...(quick ? ['--coils', '4', '--steps', '3'] : []), ...(data ? ['--data', data] : [])],
    // its JSON is a table; what was measured goes to stderr, a line for each number of coils
    numbers: ({ told }) =>
      [...told.matchAll(/^(\d+) coils: (\{.*\})$/gm)].flatMap(([, coils, text]) => {
        const [{ total, network }] = JSON.parse(text).runs;
        return [
          [`${coils} coils, run, s`, total],
          [`${coils} coils, outside ONNX Runtime, s`, total - network],
        ];
      }),
  },
  radon: {
    args: ['--python', python, ...(quick ? ['--repeat', '3', '--slices', '16', '--size', '128', '--only', 'astra'] : ['--repeat', '7'])],
    numbers: ({ json: { rows, moved } }) => [
      ...rows.flatMap(({ name, threads, direction, ours }) => [
        [`${name}, ${threads} threads, ${direction}, ms`, ours.wall],
        [`${name}, ${threads} threads, ${direction}, ms of processors`, ours.cpu],
      ]),
      ['into the slabs, ms', moved.write.wall],
      ['and back, ms', moved.read.wall],
    ],
  },
  memory: {
    args: ['--workers', '2', '--size', '256x256x16', ...(quick ? ['--method', 'cgls'] : ['--size', '256x256x100'])],
    numbers: ({ json }) => json.map(({ size, method, peak }) => [`${size} ${method}, peak, MB`, peak / 1e6]),
  },
};

const folder = mkdtempSync(join(tmpdir(), 'before-after-'));
const checkouts = { before: resolve(values.before), after: resolve('.') };

/** One bench in one checkout: its numbers by name. */
async function measured(name, checkout) {
  const { args, numbers } = benches[name];
  const file = join(folder, 'found.json');
  const child = spawn(process.execPath, [`dist/bench/${name}.js`, ...args, '--json', file], {
    cwd: checkout,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (told += text));
  const code = await new Promise((done) => child.on('close', done));
  if (code !== 0) throw new Error(`${name} in ${checkout} ended with ${code}\n${told.slice(-2000)}`);
  return new Map(numbers({ json: JSON.parse(readFileSync(file, 'utf8')), told }));
}

const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
const digits = (value) => value.toPrecision(4);

try {
  const wanted = values.only ?? Object.keys(benches).filter((name) => name !== 'dds-mri' || data);
  for (const name of wanted) {
    if (!(name in benches)) throw new Error(`no bench '${name}': one of ${Object.keys(benches).join(', ')}`);
    const rounds = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      // whoever goes second finds a warmer machine: by turns
      const order = round % 2 === 0 ? ['before', 'after'] : ['after', 'before'];
      const both = {};
      for (const which of order) both[which] = await measured(name, checkouts[which]);
      rounds.push(both);
      console.error(`${name}, round ${round + 1} of ${values.rounds}`);
    }
    console.log(`\n### ${name}\n\n| | before | after | after / before | of single rounds |\n|---|---|---|---|---|`);
    for (const what of rounds[0].after.keys()) {
      const [before, after] = ['before', 'after'].map((which) => rounds.map((both) => both[which].get(what)));
      if (before.includes(undefined)) continue;
      const single = before.map((b, i) => after[i] / b);
      const [b, a] = [median(before), median(after)];
      console.log(
        `| ${what} | ${digits(b)} | ${digits(a)} | ${(a / b).toFixed(3)} | ${Math.min(...single).toFixed(3)} … ` +
          `${Math.max(...single).toFixed(3)} |`,
      );
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
