import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { readVolume } from '../../volumes/open.js';
import { CLI, inFolder, listing, slicewise } from '../support/cli.js';

/** Runs a command with bytes on its standard input, and gives the bytes of its standard output. */
function piped(folder: string, args: readonly string[], input: Uint8Array): Promise<{ code: number | null; out: Buffer; err: string }> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [CLI, ...args], { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] });
    const pieces: Buffer[] = [];
    let err = '';
    child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.on('error', fail);
    child.on('close', (code) => done({ code, out: Buffer.concat(pieces), err }));
    child.stdin.on('error', () => undefined); // a command that fails at once closes it
    child.stdin.end(input);
  });
}

const SCAN = ['simulate', 'ct', 'phantom:shepp-logan', '--views', '12', '--size', '16', '--depth', '2', '--seed', '1'];

test('a scan and its image through pipes are the bytes that files have', (t) =>
  inFolder(async (folder) => {
    const asFile = await slicewise(folder, [...SCAN, '-o', 'scan.h5']);
    t.is(asFile.code, 0, asFile.err);
    await slicewise(folder, ['recon', 'scan.h5', '-o', 'image.npy']);
    await slicewise(folder, ['recon', 'scan.h5', '-o', 'image.nii']);
    const scan = readFileSync(join(folder, 'scan.h5'));

    const npy = await piped(folder, ['recon', '-', '-o', '-'], scan);
    t.is(npy.code, 0, npy.err);
    t.deepEqual(npy.out, readFileSync(join(folder, 'image.npy')));
    t.regex(npy.err, /standard output: 16 × 16 × 2 voxels/, 'what is told goes to standard error');
    const nii = await piped(folder, ['recon', '-', '-o', '-', '--format', 'nii'], scan);
    t.deepEqual(nii.out, readFileSync(join(folder, 'image.nii')));
    t.deepEqual(listing(folder), ['image.nii', 'image.npy', 'scan.h5']);

    const { out } = await piped(folder, ['info', '-', '--json'], nii.out);
    t.like(JSON.parse(out.toString()), { kind: 'volume', shape: [2, 16, 16] });
  }));

test('a scan goes to standard output, and nothing else does', (t) =>
  inFolder(async (folder) => {
    const { code, out, err } = await piped(folder, [...SCAN, '-o', '-'], new Uint8Array());
    t.is(code, 0, err);
    t.is(out.subarray(1, 4).toString(), 'HDF');
    const image = await piped(folder, ['recon', '-', '-o', '-', '--format', 'npz', '--method', 'sirt', '--iterations', '2'], out);
    t.is(image.code, 0, image.err);
    const volume = await readVolume([{ name: 'x.npz', bytes: new Uint8Array(image.out) }]);
    t.deepEqual([...volume.shape], [2, 16, 16]);
    t.is(volume.units, 'HU');
    t.deepEqual(listing(folder), []);
  }));

test('what cannot go through a stream is told before any work', (t) =>
  inFolder(async (folder) => {
    const nothing = await piped(folder, ['info', '-'], new Uint8Array());
    t.is(nothing.code, 1);
    t.regex(nothing.err, /nothing to read from standard input/);
    const words = await piped(folder, ['info', '-'], new TextEncoder().encode('no image'));
    t.is(words.code, 1);
    t.regex(words.err, /standard input: not a/);
    for (const [args, said] of [
      [['compare', '-', '-'], /standard input, which holds one file/],
      [['recon', '-', '-o', '-', '--format', 'cfl'], /cfl is a format of several files/],
      [['recon', '-', '-o', '-', '--format', 'bmp'], /no volume format to write/],
      [['recon', '-', '-o', 'a.npy', '--format', 'npz'], /--format is for standard output/],
      [['recon', '-', '-o', 'a.npy', '--support', '-'], /standard output\) is for the result of -o/],
      [['recon', '-', '-o', 'a.npy', '--geometry-file', '-'], /standard input\) is for what is read first/],
    ] as const) {
      const { code, err } = await piped(folder, args, new Uint8Array([1, 2, 3]));
      t.not(code, 0, args.join(' '));
      t.regex(err, said, args.join(' '));
    }
    t.deepEqual(listing(folder), []);
  }));
