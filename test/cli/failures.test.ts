import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { readVolume, volumeData, writeMeasurement, writeVolume } from '../../volumes/index.js';
import { CLI, command, inFolder, listing, slicewise, type Outcome } from '../support/cli.js';
import { runCli } from '../../src/cli/program.js';
import { bytesOf, golden } from '../support/golden.js';
import { smallScan } from '../support/scans.js';

/** A scan and its truth as files. */
async function prepare(folder: string, slices = 3): Promise<void> {
  const { scan } = await smallScan(slices, 32, 12);
  writeFileSync(join(folder, 'scan.h5'), await writeMeasurement('scan.h5', scan));
}

/** A clear failure: non-zero, one short paragraph, and not one file more than before. */
function refused(t: ExecutionContext, folder: string, before: readonly string[], outcome: Outcome, code: number, message: RegExp): void {
  t.is(outcome.code, code, outcome.err);
  const paragraph = outcome.err
    .trim()
    .split('\n')
    .filter((line) => line.startsWith('slicewise:'));
  t.is(paragraph.length, 1, outcome.err);
  t.regex(paragraph[0], message);
  t.notRegex(outcome.err, /^ {4}at /m); // no stack
  t.deepEqual(listing(folder), before);
}

/** The command line within this process: quicker by half a second a case. */
async function inProcess(args: readonly string[]): Promise<Outcome> {
  let [out, err] = ['', ''];
  const terminal = {
    out: (text: string) => (out += `${text}\n`),
    note: (text: string) => (err += `${text}\n`),
    interactive: false,
  };
  const code = await runCli(args, terminal, () => new AbortController().signal);
  return { code, out, err };
}

interface Case {
  readonly name: string;
  /** Files beside scan.h5. */
  readonly files?: () => Promise<{ [name: string]: Uint8Array }>;
  /** `@` stands for the folder. */
  readonly line: string;
  readonly code: number;
  readonly message: RegExp;
}

const nifti = async (): Promise<Uint8Array> => {
  const { scan } = await smallScan(2, 16, 4);
  const { makeVolume } = await import('../../volumes/index.js');
  return writeVolume('v.nii', makeVolume(new Float32Array(512).fill(-500), [2, 16, 16], { ...scan.grid }));
};

/** [view, detector] float32 as .npy, 12 × 16 */
function npy(value: (index: number) => number): Uint8Array {
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': (12, 16), }`.padEnd(117) + '\n';
  const data = Float32Array.from({ length: 192 }, (_, n) => value(n));
  return Buffer.concat([Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]), Buffer.from(head), Buffer.from(data.buffer)]);
}

const CASES: readonly Case[] = [
  {
    name: 'a truncated NIfTI file',
    files: async () => ({ 'cut.nii': (await nifti()).slice(0, 1000) }),
    line: 'simulate ct @cut.nii -o @out.h5',
    code: 1,
    message: /trunc|bytes/i,
  },
  {
    name: 'a gzip bomb',
    // a header that asks for 140 TB, and 64 MB of zeros in 64 kB
    files: async () => {
      const file = Buffer.concat([await nifti(), Buffer.alloc(64e6)]);
      for (const dimension of [42, 44, 46]) file.writeInt16LE(32767, dimension);
      return { 'bomb.nii.gz': gzipSync(file, { level: 1 }) };
    },
    line: 'info @bomb.nii.gz',
    code: 1,
    message: /cannot hold them/,
  },
  {
    name: 'a file with the wrong magic',
    files: () => Promise.resolve({ 'wrong.nii': new Uint8Array(2000).fill(7) }),
    line: 'simulate ct @wrong.nii -o @out.h5',
    code: 1,
    message: /NIfTI|magic|format/i,
  },
  {
    name: 'a NaN in a scan',
    files: () => Promise.resolve({ 'nan.npy': npy((n) => (n === 77 ? NaN : 1)) }),
    line: 'recon @nan.npy -o @out.nii --angles 0:165:15 --pitch 1',
    code: 1,
    message: /NaN/,
  },
  {
    name: 'angles that do not match the data',
    files: () => Promise.resolve({ 'scan.npy': npy(() => 1) }),
    line: 'recon @scan.npy -o @out.nii --angles 0:170:10 --pitch 1 --axes view,detector',
    code: 1,
    message: /12.*18|angles/,
  },
  {
    name: 'a folder that does not exist',
    line: 'recon @scan.h5 -o @nowhere/out.nii.gz',
    code: 1,
    message: /nowhere.*make the folder/i,
  },
  { name: 'an output of no format', line: 'recon @scan.h5 -o @out.jpeg', code: 2, message: /\.nii/ },
  { name: 'an output that is a device', line: 'recon @scan.h5 -o @out.nii --json /dev/null', code: 1, message: /ordinary file/ },
  { name: 'no input', line: 'info @missing.nii', code: 1, message: /no file or folder '.*missing\.nii'/ },
  { name: 'a method that needs a prior', line: 'recon @scan.h5 -o @out.nii --method dds', code: 2, message: /needs a prior.*--prior/ },
  {
    name: 'a prior that is not there',
    line: 'recon @scan.h5 -o @out.nii --method dds --prior nobody',
    code: 2,
    message: /no prior 'nobody'.*ct/,
  },
  {
    name: 'a noise level the prior cannot do',
    line: 'recon @scan.h5 -o @out.nii --method dds --prior ct --sigma-max 5000',
    code: 1,
    message: /5000/,
  },
  { name: 'an unknown method', line: 'recon @scan.h5 -o @out.nii --method magic', code: 2, message: /--method.*fbp/ },
  {
    name: 'an option of another method',
    line: 'recon @scan.h5 -o @out.nii --method sirt --rho 1',
    code: 2,
    message: /sirt has no option --rho/,
  },
  {
    name: 'bounds for a method without',
    line: 'recon @scan.h5 -o @out.nii --method cgls --non-negative',
    code: 2,
    message: /cgls takes no bounds/,
  },
  {
    name: 'an option that is no number',
    line: 'recon @scan.h5 -o @out.nii --method sirt --iterations many',
    code: 2,
    message: /--iterations.*number.*many/,
  },
  { name: 'a missing option', line: 'recon @scan.h5', code: 2, message: /--output is missing/ },
  { name: 'views that are not there', line: 'recon @scan.h5 -o @out.nii --views 40:50', code: 2, message: /views/ },
  { name: 'a prior for a method without', line: 'recon @scan.h5 -o @out.nii --prior ct', code: 2, message: /fbp uses no prior.*dds/i },
  {
    name: 'weights for a direct method',
    line: 'recon @scan.h5 -o @out.nii --weights counts',
    code: 2,
    message: /fbp takes no weights.*sirt/i,
  },
  {
    name: 'another beam than the scan file has',
    line: 'recon @scan.h5 -o @out.nii --geometry fan --sod 600 --sdd 1100',
    code: 2,
    message: /says its beam.*radon\.fan/,
  },
  {
    name: 'distances to the source of a parallel scan file',
    line: 'recon @scan.h5 -o @out.nii --sod 600',
    code: 1,
    message: /parallel beam has no sourceToAxis/,
  },
  { name: 'counts in a scan file', line: 'recon @scan.h5 -o @out.nii --counts 1e5', code: 2, message: /line integrals.*counts/ },
  {
    name: 'distances to the source without --geometry',
    files: () => Promise.resolve({ 'scan.npy': npy(() => 1) }),
    line: 'recon @scan.npy -o @out.nii --angles 0:165:15 --pitch 1 --sod 600 --sdd 1100',
    code: 1,
    message: /parallel beam has no sourceToAxis.*--geometry fan/,
  },
  {
    name: 'water for lengths that are not known',
    files: () => Promise.resolve({ 'scan.npy': npy(() => 1) }),
    line: 'recon @scan.npy -o @out.nii --angles 0:165:15 --mu-water 0.02',
    code: 2,
    message: /lengths of this scan are not known.*--pitch/,
  },
  {
    name: 'other slices than a parallel beam measured',
    line: 'recon @scan.h5 -o @out.nii --size 16x16x4',
    code: 2,
    message: /as measured.*x and y only/,
  },
  {
    name: 'two smallest values',
    line: 'recon @scan.h5 -o @out.nii --method sirt --non-negative --bounds=-500,',
    code: 2,
    message: /both say the smallest/,
  },
  {
    name: 'two words for the centre',
    line: 'recon @scan.h5 -o @out.nii --center 10 --offset 1',
    code: 2,
    message: /--center and --offset/,
  },
  {
    name: 'a reference elsewhere, told before the run',
    files: async () => ({ 'v.nii': await nifti() }),
    line: 'recon @scan.h5 -o @out.nii --report @out.html --reference @v.nii',
    code: 1,
    message: /reference|lattice|outside/,
  },
  {
    name: "a phantom's size for a volume",
    files: async () => ({ 'v.nii': await nifti() }),
    line: 'simulate ct @v.nii -o @out.h5 --size 8',
    code: 2,
    message: /own grid/,
  },
  {
    name: 'a source within the phantom',
    line: 'simulate ct phantom:thorax -o @out.h5 --size 16 --depth 1 --views 2 --geometry fan --source-to-axis 50',
    code: 1,
    message: /image radius/,
  },
  {
    name: 'a source for a parallel beam',
    line: 'simulate ct phantom:thorax -o @out.h5 --size 16 --depth 1 --views 2 --source-to-axis 500',
    code: 2,
    message: /fan and cone/,
  },
  { name: 'no samples', line: 'recon @scan.h5 -o @out.nii --method dds --prior ct --samples 0', code: 2, message: /--samples/ },
];

for (const { name, files, line, code, message } of CASES) {
  test(`${name}: a clear message, exit code ${code}, no output file`, (t) =>
    inFolder(async (folder) => {
      await prepare(folder, 1);
      for (const [file, bytes] of Object.entries((await files?.()) ?? {})) writeFileSync(join(folder, file), bytes);
      const before = listing(folder);
      refused(t, folder, before, await inProcess(line.split(' ').map((word) => word.replace(/^@/, `${folder}/`))), code, message);
    }));
}

test('an unknown command and an unknown option are usage errors', async (t) => {
  for (const args of [['paint'], ['recon', 'x.h5', '--colour', 'red']]) {
    const { code, err } = await slicewise('.', args);
    t.is(code, 2);
    t.regex(err, /unknown (command|option)/);
  }
});

test('a DICOM folder with a missing slice is refused, and read when interpolation is asked for (--resample)', (t) =>
  inFolder(async (folder) => {
    const { cases } = golden<{ cases: { name: string; files: { name: string; file: string }[] }[] }>('dicom.json');
    const series = cases.find(({ name }) => name === 'int16, rescale of every slice its own')!.files;
    series.forEach(({ name, file }, n) => n !== 0 && writeFileSync(join(folder, name), bytesOf(file)));
    const before = listing(folder);
    const outcome = await slicewise(folder, ['simulate', 'ct', '.', '-o', 'out.h5', '--views', '4']);
    refused(t, folder, before, outcome, 1, /missing or unequally spaced/);
    const read = await slicewise(folder, ['info', '.', '--resample', 'linear', '--json']);
    t.is(read.code, 0, read.err);
    t.is((JSON.parse(read.out) as { shape: number[] }).shape[0], 4);
  }));

test('a disk that fills up leaves no output and no temporary file', (t) =>
  inFolder(async (folder) => {
    if (process.platform === 'win32') return t.pass('no ulimit here');
    await prepare(folder, 8);
    const before = listing(folder);
    // a limit of 8 blocks (of 512 or 1024 bytes) on files stands in for a full disk: writing fails half-way
    const script = `ulimit -f 8; trap '' XFSZ; exec "${process.execPath}" "${CLI}" recon scan.h5 -o out.nii --method fbp`;
    refused(t, folder, before, await command(folder, 'bash', ['-c', script]), 1, /cannot write '.*out\.nii'/);
  }));

test('--verbose adds the stack', async (t) => {
  const { code, err } = await slicewise('.', ['info', 'missing.nii', '--verbose']);
  t.is(code, 1);
  t.regex(err, /^ {4}at /m);
});

test('Ctrl-C keeps the state, says how to go on, and the resumed run ends with the same bits', (t) =>
  inFolder(async (folder) => {
    await prepare(folder, 6);
    const args = 'recon scan.h5 --method admm-tv --iterations 150 -o'.split(' ');
    let sent = false;
    const stopped = await slicewise(folder, [...args, 'out.nii'], (err, kill) => {
      if (!sent && /step \d+\/150/.test(err)) kill('SIGINT');
      sent ||= /step \d+\/150/.test(err);
    });
    t.is(stopped.code, 130, stopped.err);
    t.regex(stopped.err, /go on with:\n {2}.*slicewise(\.mjs)? recon scan\.h5 .*-o out\.nii --resume/);
    t.false(existsSync(join(folder, 'out.nii')));
    t.deepEqual(listing(folder), ['out.nii.checkpoint', 'scan.h5']);

    const other = await slicewise(folder, ['recon', 'scan.h5', '--method', 'sirt', '-o', 'out.nii', '--resume']);
    t.is(other.code, 1);
    t.regex(other.err, /of another run: 'method' differs/);

    const resumed = await slicewise(folder, [...args, 'out.nii', '--resume']);
    t.is(resumed.code, 0, resumed.err);
    const whole = await slicewise(folder, [...args, 'whole.nii', '--workers', '1']);
    t.is(whole.code, 0, whole.err);
    t.deepEqual(listing(folder), ['out.nii', 'scan.h5', 'whole.nii']);
    const data = async (name: string) => volumeData(await readVolume([{ name, bytes: readFileSync(resolve(folder, name)) }]));
    t.deepEqual(await data('out.nii'), await data('whole.nii'));
  }));

test('checkpoints of an earlier run are not written over', (t) =>
  inFolder(async (folder) => {
    await prepare(folder, 1);
    const args = `recon ${folder}/scan.h5 -o ${folder}/out.nii --method sirt --checkpoint ${folder}/state --checkpoint-seconds 0`;
    const first = await inProcess([...args.split(' '), '--iterations', '2']);
    t.is(first.code, 0, first.err);
    const before = listing(join(folder, 'state'));
    const second = await inProcess([...args.split(' '), '--iterations', '3', '--force']);
    t.is(second.code, 1);
    t.regex(second.err, /earlier run.*--resume/);
    t.deepEqual(listing(join(folder, 'state')), before);
  }));
