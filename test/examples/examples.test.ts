import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { command, inFolder, listing } from '../support/cli.js';

/** 'name: PSNR 30.15 dB' or a row of the demo's table → decibels. */
const decibels = (text: string, name: string): number => Number(new RegExp(`^${name}(?:: PSNR|\\s)\\s*(\\d+\\.\\d+)`, 'm').exec(text)?.[1]);

test('the sparse-view script runs, and the learned and the TV reconstruction beat FBP by far', (t) =>
  inFolder(async (folder) => {
    const { code, out, err } = await command(folder, process.execPath, [resolve('dist/examples/sparse-view-ct.js')]);
    t.is(code, 0, err);
    const [fbp, tv, dds] = ['fbp', 'admm-tv', 'dds'].map((name) => decibels(out, name));
    t.true(fbp > 18 && tv > fbp + 4 && dds > fbp + 4, out);
  }));

test('the MRI script runs without data, and compressed sensing beats zero-filled', (t) =>
  inFolder(async (folder) => {
    const { code, out, err } = await command(folder, process.execPath, [resolve('dist/examples/cs-mri.js')]);
    t.is(code, 0, err);
    const [zero, sense, wavelet, tv] = ['zero-filled', 'sense', 'cs-wavelet', 'cs-tv'].map((name) => decibels(out, name));
    t.true(zero > 18 && sense > zero + 1 && wavelet > zero + 2 && tv > zero + 2, out);
    t.deepEqual(listing(folder), []);
  }));

test('the spectral script runs without data: three tenths of the entries, noise at 26 dB, come back above 30 dB', (t) =>
  inFolder(async (folder) => {
    const { code, out, err } = await command(folder, process.execPath, [resolve('dist/examples/hyperspectral.js')]);
    t.is(code, 0, err);
    t.true(Number(/MPSNR (\d+\.\d+) dB/.exec(out)?.[1]) > 30, out);
    t.deepEqual(listing(folder), []);
  }));

test('the seismic script runs without data: what hidden traces promise is near what the truth says', (t) =>
  inFolder(async (folder) => {
    const { code, out, err } = await command(folder, process.execPath, [resolve('dist/examples/trace-interpolation.js')]);
    t.is(code, 0, err);
    const [expected, found] = [/expected (\d+\.\d+) dB/, /missing traces (\d+\.\d+) dB/].map((pattern) => Number(pattern.exec(out)?.[1]));
    t.true(found > 15 && Math.abs(expected - found) < 5, out);
    t.deepEqual(listing(folder), []);
  }));

/** A demo's table, its folder looked at. */
async function demo(t: ExecutionContext, folder: string, name: string): Promise<string> {
  const { code, out, err } = await command(folder, process.execPath, [resolve('dist/examples/demo.js'), name, 'made']);
  t.is(code, 0, err);
  t.deepEqual(listing(join(folder, 'made')), ['demo.html', 'demo.png']);
  t.deepEqual(
    [...readFileSync(join(folder, 'made/demo.png')).subarray(1, 4)],
    [...'PNG'].map((c) => c.charCodeAt(0)),
  );
  return out;
}

test('the demo leaves a table, a picture and a report; on a real chest DDS is above total variation', (t) =>
  inFolder(async (folder) => {
    const out = await demo(t, folder, 'ct');
    const [fbp, tv, dds] = ['FBP', 'ADMM-TV', 'DDS'].map((name) => decibels(out, name));
    t.true(fbp > 18 && tv > fbp + 3 && dds > tv + 2.5, out);
  }));

test('so does the demo of MRI', (t) =>
  inFolder(async (folder) => {
    const out = await demo(t, folder, 'mri');
    const [zero, wavelet, dds] = ['zero-filled', 'CS-wavelet', 'DDS'].map((name) => decibels(out, name));
    t.true(zero > 20 && wavelet > zero + 8 && dds > wavelet + 2, out);
  }));
