import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { runCli } from '../../src/cli/program.js';
import { readVolume, writeMeasurement } from '../../src/index.js';
import { kinds } from '../../volumes/kinds/registry.js';
import { inFolder } from '../support/cli.js';

/** Three slices of k-space, coils that see nothing of the middle one. */
async function scanIn(folder: string): Promise<void> {
  const scan = kinds.get('fourier.cartesian').example!(3);
  const maps = scan.arrays!.maps;
  const third = maps.data.length / 3;
  const data = maps.data.map((value, n) => (Math.floor(n / third) === 1 ? 0 : value));
  const gone = { ...scan, arrays: { ...scan.arrays, maps: { ...maps, data } } };
  writeFileSync(join(folder, 'scan.h5'), await writeMeasurement('scan.h5', gone));
}

async function cli(line: string, folder: string): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const terminal = { out: (s: string) => void out.push(s), note: (s: string) => void err.push(s), interactive: false };
  const args = line.split(' ').map((word) => word.replace('@', `${folder}/`));
  const code = await runCli(args, terminal, () => new AbortController().signal);
  return { code, out: out.join('\n'), err: err.join('\n') };
}

test('--support writes where data say something; the terminal, the manifest and the report say how much was not measured', (t) =>
  inFolder(async (folder) => {
    await scanIn(folder);
    const line = 'recon @scan.h5 -o @out.npz --method sense --iterations 2 --support @seen.npz --report @out.html --json @run.json';
    const run = await cli(line, folder);
    t.is(run.code, 0, run.err);
    t.regex(run.out, /not measured: 33\.3 % of the values, 1 whole slice; held at 0/);
    const { data, shape } = await readVolume([{ name: 'seen.npz', bytes: readFileSync(join(folder, 'seen.npz')) }]);
    const slice = data.length / 3;
    t.deepEqual(
      [...data],
      Array.from(data, (_, i) => Number(Math.floor(i / slice) !== 1)),
    );
    t.is(shape[0], 3);
    const manifest = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as { unmeasured: object };
    t.deepEqual(manifest.unmeasured, { values: slice, of: 3 * slice, slices: [1], filled: 'zero' });
    t.regex(readFileSync(join(folder, 'out.html'), 'utf8'), /Hatched: not measured[^<]*33\.3 %/);
  }));

test('methods that do not iterate take neither --support nor --unmeasured, and seismic data no --unmeasured', (t) =>
  inFolder(async (folder) => {
    await scanIn(folder);
    for (const flag of ['--support @seen.npz', '--unmeasured prior']) {
      const run = await cli(`recon @scan.h5 -o @out.npz --method zero-filled ${flag}`, folder);
      t.is(run.code, 2);
      t.regex(run.err, /zero-filled does not tell what was not measured/);
    }
    const traces = kinds.get('seismic.traces').example!(3);
    writeFileSync(join(folder, 'traces.h5'), await writeMeasurement('traces.h5', traces));
    for (const flag of ['--unmeasured zero', '--support @seen.npz']) {
      const run = await cli(`recon @traces.h5 -o @out.npz --method cgls --hold-out off ${flag}`, folder);
      t.is(run.code, 2);
      t.regex(run.err, /what was not measured of these data is what is to be filled in/);
    }
  }));
