import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { bytesSink, bytesSource } from '../../volumes/byte-source.js';
import { amplitudes, findGeometry, openSegy, readWindow, startSegyCopy } from '../../volumes/formats/segy/index.js';
import { golden } from '../support/golden.js';

const folder = process.env.SLICEWISE_DATA;
const files = folder ? join(folder, 'dev/seismic/files') : '';
const real = (title: string, run: (t: ExecutionContext) => Promise<void>): void =>
  test(title, async (t) => {
    if (folder && existsSync(files)) return run(t);
    t.log('skipped: SLICEWISE_DATA is not set');
    return t.pass();
  });
const unpacked = (name: string): Buffer => execFileSync('xz', ['-dc', join(files, name)], { maxBuffer: 1 << 28 });

/** What segyio reads from a file: test/golden/scripts/segy-real.py. */
interface RealFile {
  readonly name: string;
  readonly traces: number;
  readonly samples: number;
  readonly interval: number;
  readonly first: number;
  readonly rms: number;
  readonly sum: number;
  readonly picks: readonly { readonly trace: number; readonly sample: number; readonly value: number }[];
  readonly inline: readonly number[];
  readonly crossline: readonly number[];
}
const known = golden<readonly RealFile[]>('segy-real.json');

for (const expected of known) {
  real(`${expected.name} is read as segyio reads it`, async (t) => {
    const packed = expected.name.includes('/') ? undefined : `${expected.name}.xz`;
    const bytes = packed ? unpacked(packed) : fromArchive(expected.name);
    const file = await openSegy(bytesSource(bytes));
    t.deepEqual(
      [file.traces, file.samples, file.vertical.step, file.vertical.first],
      [expected.traces, expected.samples, expected.interval, expected.first],
    );
    const geometry = await findGeometry(file, { dead: 'codes' });
    const numbers = (name: string): number[] => {
      const axis = geometry.axes.find((a) => a.name === name);
      return axis ? Array.from({ length: axis.count }, (_, n) => axis.first + n * axis.step) : [];
    };
    if (geometry.kind === 'inline-crossline') {
      t.deepEqual([numbers('inline'), numbers('crossline')], [[...expected.inline], [...expected.crossline]]);
    }
    // traces one by one, whatever the geometry: a line in the order of the file
    const { data } = await readWindow(file, geometry);
    const at = (trace: number, sample: number): number => data[geometry.positionOf[trace] * file.samples + sample];
    for (const { trace, sample, value } of expected.picks) t.is(at(trace, sample), Math.fround(value), `trace ${trace}, sample ${sample}`);
    const { rms, traces } = await amplitudes(file, geometry);
    t.is(traces, expected.traces);
    t.true(Math.abs(rms - expected.rms) <= 1e-9 * expected.rms, `${rms} ${expected.rms}`);
  });
}

let archive: string | undefined;
function fromArchive(name: string): Buffer {
  if (!archive) {
    archive = mkdtempSync(join(tmpdir(), 'slicewise-segyio-'));
    execFileSync('tar', ['xJf', join(files, 'segyio-testdata.tar.xz'), '-C', archive]);
  }
  return readFileSync(join(archive, name));
}
test.after.always(() => {
  if (archive) rmSync(archive, { recursive: true });
});

real("every file of segyio's own tests is read, or refused with a reason of its own", async (t) => {
  fromArchive('segyio_testdata/small.sgy');
  const refused: string[] = [];
  for (const name of readdirSync(join(archive!, 'segyio_testdata')).filter((n) => n.endsWith('.sgy'))) {
    try {
      const file = await openSegy(bytesSource(fromArchive(`segyio_testdata/${name}`)));
      await readWindow(file, await findGeometry(file));
    } catch (error) {
      refused.push(`${name}: ${(error as { code: string }).code}`);
    }
  }
  // gain format, a text header alone, header words that are numbered through, and files that are not as long as they say
  t.deepEqual(refused.sort(), [
    'Format4lsb.sgy: FORMAT_UNSUPPORTED',
    'Format4msb.sgy: FORMAT_UNSUPPORTED',
    'broken.sgy: FORMAT',
    'decrement-lsb.sgy: FORMAT',
    'decrement.sgy: FORMAT',
    'mapping-empty.sgy: FORMAT',
    'text.sgy: FORMAT',
  ]);
});

real('dead and missing traces of F3: filled, all others stay byte for byte', async (t) => {
  const input = unpacked('f3-withdead.sgy.xz');
  const file = await openSegy(bytesSource(input));
  const geometry = await findGeometry(file);
  t.deepEqual([geometry.counts.positions, geometry.counts.holes + geometry.counts.zero], [23 * 18, 23 * 18 - geometry.counts.live]);
  const sink = bytesSink();
  const copy = await startSegyCopy(file, geometry, sink, { notes: ['TEST'] });
  const window = { start: [0, 0, 0], count: [23, 18, 75] };
  await copy.writeWindow(window, new Float32Array(23 * 18 * 75).fill(7));
  const report = copy.finish();
  t.is(report.traces, 23 * 18);
  const out = sink.bytes();
  const again = await openSegy(bytesSource(out));
  const filled = await findGeometry(again);
  t.is(filled.counts.live, 23 * 18);
  for (let n = 0; n < file.traces; n++) {
    const position = geometry.positionOf[n];
    if (!geometry.live[position]) continue;
    const to = filled.traceOf[position];
    t.deepEqual(out.subarray(3600 + to * 540, 3600 + (to + 1) * 540), new Uint8Array(input.subarray(3600 + n * 540, 3600 + (n + 1) * 540)));
  }
});
