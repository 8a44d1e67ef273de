import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { makeVolume, readVolume, writeMeasurement, writeVolume } from '../../volumes/index.js';
import { compareVolumes } from '../../src/metrics/index.js';
import { runCli } from '../../src/cli/program.js';
import { inFolder, listing } from '../support/cli.js';
import { smallScan } from '../support/scans.js';

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const terminal = { out: (text: string) => (out += `${text}\n`), note: (text: string) => (err += `${text}\n`), interactive: false };
  return { code: await runCli(args, terminal, () => new AbortController().signal), out, err };
}

test('a file that is there is not written over without --force, whatever the command', (t) =>
  inFolder(async (folder) => {
    const at = (name: string) => join(folder, name);
    const { scan } = await smallScan(2, 32, 12);
    writeFileSync(at('scan.h5'), await writeMeasurement('scan.h5', scan));
    for (const name of ['out.nii', 'out.json', 'out.html', 'out.png', 'out.svg', 'out.h5']) writeFileSync(at(name), 'mine');
    const commands = [
      ['recon', at('scan.h5'), '-o', at('out.nii')],
      ['recon', at('scan.h5'), '-o', at('new.nii'), '--json', at('out.json')],
      ['recon', at('scan.h5'), '-o', at('new.nii'), '--report', at('out.html')],
      ['geometry', at('scan.h5'), '-o', at('out.svg')],
      ['simulate', 'ct', 'phantom:thorax', '--size', '16', '--depth', '2', '--views', '4', '-o', at('out.h5')],
    ];
    const before = listing(folder);
    for (const command of commands) {
      const { code, err } = await run(...command);
      t.not(code, 0, command.join(' '));
      t.regex(err, /is there already.*--force/s);
    }
    t.deepEqual(listing(folder), before);
    t.is(readFileSync(at('out.nii'), 'utf8'), 'mine');
    const forced = await run(...commands[0], '--force');
    t.is(forced.code, 0, forced.err);
    t.is((await readVolume([{ name: 'out.nii', bytes: readFileSync(at('out.nii')) }])).shape[0], 2);
  }));

test('two outputs of one name, and an output over the scan, are refused', (t) =>
  inFolder(async (folder) => {
    const at = (name: string) => join(folder, name);
    const { scan } = await smallScan(2, 32, 12);
    writeFileSync(at('scan.h5'), await writeMeasurement('scan.h5', scan));
    const before = readFileSync(at('scan.h5'));
    for (const args of [
      ['-o', at('scan.h5'), '--force'],
      ['-o', at('a.nii'), '--json', at('a.nii')],
    ]) {
      const { code, err } = await run('recon', at('scan.h5'), ...args);
      t.is(code, 2);
      t.regex(err, /named twice/);
    }
    t.deepEqual(readFileSync(at('scan.h5')), before);
  }));

test('--json - prints the manifest alone to standard output', (t) =>
  inFolder(async (folder) => {
    const { scan } = await smallScan(2, 32, 12);
    writeFileSync(join(folder, 'scan.h5'), await writeMeasurement('scan.h5', scan));
    const { code, out, err } = await run('recon', join(folder, 'scan.h5'), '-o', join(folder, 'out.nii'), '--json', '-');
    t.is(code, 0, err);
    t.is((JSON.parse(out) as { method: { name: string } }).method.name, 'fbp');
    t.deepEqual(listing(folder), ['out.nii', 'scan.h5']);
  }));

test('readers’ warnings reach compare and simulate', (t) =>
  inFolder(async (folder) => {
    const at = (name: string) => join(folder, name);
    const values = Float32Array.from({ length: 2 * 144 }, (_, n) => (n % 12) * 100 - 500.5);
    writeFileSync(at('a.npy'), await writeVolume('a.npy', makeVolume(values, [2, 12, 12])));
    const compared = await run('compare', at('a.npy'), at('a.npy'));
    t.regex(compared.err, /no voxel size: 1 mm assumed/);
    const simulated = await run('simulate', 'ct', at('a.npy'), '--units', 'HU', '--views', '4', '-o', at('s.h5'));
    t.regex(simulated.err, /no voxel size: 1 mm assumed/);
    const spaced = await run('simulate', 'ct', at('a.npy'), '--units', 'HU', '--spacing', '2x2x3', '--views', '4', '-o', at('t.h5'));
    t.is(spaced.code, 0, spaced.err);
    t.notRegex(spaced.err, /no voxel size/);
  }));

test('the words of the schema library do not reach the user, and a decimal comma is named', async (t) => {
  const { err } = await run('recon', 'x.h5', '-o', 'y.nii', '--seed', '1.5');
  t.notRegex(err, /Invalid|received|Unrecognized/);
  t.regex(err, /--seed: expected a whole number/);
  const comma = await run('recon', 'x.h5', '-o', 'y.nii', '--pitch', '0,2');
  t.regex(comma.err, /decimal point.*0\.2/s);
  const spacing = await run('recon', 'x.h5', '-o', 'y.nii', '--spacing', '1,5');
  t.regex(spacing.err, /1\.5, or 1x5/);
});

test('complex results are compared by their magnitudes', (t) => {
  const real = Float32Array.from({ length: 288 }, (_, n) => 1 + (n % 7));
  const turned = new Float32Array(576);
  real.forEach((value, n) => turned.set([value * Math.cos(n), value * Math.sin(n)], 2 * n));
  const { psnr } = compareVolumes(makeVolume(turned, [2, 12, 12], { dtype: 'complex64' }), makeVolume(real, [2, 12, 12]));
  t.true(psnr === null || psnr > 100, `${psnr}`);
});

test('a phantom by name where only volumes are scanned is refused with a way to get its volume', (t) =>
  inFolder(async (folder) => {
    const { code, err } = await run('simulate', 'mri', 'phantom:thorax', '-o', join(folder, 's.h5'));
    t.is(code, 2);
    t.regex(err, /simulate ct.*--object/s);
    t.deepEqual(listing(folder), []);
  }));

test('a reference of another matrix and without a place is compared by the middles (--crop centre), as fastMRI’s are', (t) =>
  inFolder(async (folder) => {
    const at = (name: string) => join(folder, name);
    const value = (y: number, x: number) => 1 + ((3 * y + 5 * x) % 11);
    const square = (size: number) => {
      const from = 16 - Math.floor(size / 2);
      return Float32Array.from({ length: size * size }, (_, n) => value(from + Math.floor(n / size), from + (n % size)));
    };
    writeFileSync(at('image.npy'), await writeVolume('a.npy', makeVolume(square(32), [1, 32, 32])));
    writeFileSync(at('reference.npy'), await writeVolume('a.npy', makeVolume(square(20), [1, 20, 20])));
    const apart = await run('compare', at('image.npy'), at('reference.npy'));
    t.not(apart.code, 0);
    t.regex(apart.err, /--crop centre/);
    const { code, out } = await run('compare', at('image.npy'), at('reference.npy'), '--crop', 'centre');
    t.is(code, 0);
    t.regex(out, /PSNR +∞ dB/);
  }));
