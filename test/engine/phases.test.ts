import test from 'ava';
import { inPhase, type PhaseListener } from '../../core/phases.js';
import { createBackend, makeVolume, reconstruct, simulateMri, type Measurement, type ReconstructOptions } from '../../src/index.js';
import { operatorNorm } from '../../operators/norm.js';
import { operators } from '../../operators/registry.js';
import { smallScan } from '../support/scans.js';

type Told = [phase: string, done: number, total: number];
type Run = Omit<ReconstructOptions, 'backend' | 'signal' | 'progress'>;

async function mrScan(): Promise<Measurement> {
  const object = makeVolume(
    Float32Array.from({ length: 3 * 32 * 32 }, (_, n) => Number(Math.hypot((n % 32) - 16, ((n >> 5) % 32) - 16) < 11)),
    [3, 32, 32],
    { modality: 'MR' },
  );
  const scan = await simulateMri(object, { coils: 4, mask: 'random', accel: 2, acs: 12, snr: 40, seed: 1 });
  return { ...scan, arrays: { mask: scan.arrays!.mask } };
}

const CASES: readonly { readonly name: string; readonly scan: () => Promise<Measurement>; readonly run: Run; readonly phases: string[] }[] =
  [
    {
      name: 'CT in units of nobody',
      scan: async () => ({ ...(await smallScan(2, 24, 10)).scan, meta: {} }),
      run: { method: 'cgls', methodOptions: { iterations: 3 } },
      phases: ['plan', 'geometry', 'norm', 'support'],
    },
    {
      name: 'MRI without maps',
      scan: mrScan,
      run: { method: 'sense', methodOptions: { iterations: 3 } },
      phases: ['plan', 'coil maps', 'geometry', 'norm', 'support'],
    },
    { name: 'a direct method', scan: async () => (await smallScan(2, 24, 10)).scan, run: { method: 'fbp' }, phases: ['plan', 'fbp'] },
  ];

for (const { name, scan: make, run, phases } of CASES) {
  test(`${name}: phases come in order, begin with nothing done and end with all of it`, async (t) => {
    const backend = createBackend({ workers: 1 });
    const told: Told[] = [];
    try {
      await reconstruct(await make(), { ...run, backend, progress: (...event) => told.push(event) }).result();
    } finally {
      await backend.dispose();
    }
    const order = [...new Set(told.map(([phase]) => phase))];
    t.deepEqual(
      order.filter((phase) => phase !== 'brightness'),
      phases,
    );
    for (const phase of order) {
      const own = told.filter(([named]) => named === phase);
      t.is(own[0][1], 0, phase);
      const [, done, total] = own[own.length - 1];
      t.is(done, total, phase);
      own.forEach(([, at, all], n) => t.true(at <= all && (n === 0 || at >= own[n - 1][1]), phase));
    }
  });

  test(`${name}: a run that is ended in a phase begins no other, and gives back what it took of the backend`, async (t) => {
    const scan = await make();
    const backend = createBackend({ workers: 1 });
    try {
      // what a backend keeps for every size of field, which the first run makes; a norm that was found would be no phase again
      const first = phases.includes('norm') ? ['norm'] : [];
      if (first.length === 0) await reconstruct(scan, { ...run, backend }).result();
      let before = first.length === 0 ? backend.memory().current : undefined;
      for (const last of [...first, ...first, ...phases.filter((phase) => phase !== 'norm')]) {
        const controller = new AbortController();
        const told: string[] = [];
        const progress: PhaseListener = (phase) => {
          told.push(phase);
          if (phase === last) controller.abort();
        };
        const ended = reconstruct(scan, { ...run, backend, signal: controller.signal, progress });
        await t.throwsAsync(ended.result(), { code: 'ABORTED' }, last);
        t.is(told[told.length - 1], last);
        t.is(told.filter((phase) => phase === last).length, 1, `${last} went on`);
        before ??= backend.memory().current;
        t.is(backend.memory().current, before, last);
      }
    } finally {
      await backend.dispose();
    }
  });
}

test(
  'a norm that was ended is found when it is asked for again, and then remembered for that scanner and grid on ' + 'that backend',
  async (t) => {
    const backend = createBackend({ workers: 1 });
    try {
      const { scan } = await smallScan(1, 24, 10);
      const operator = await operators.get(scan.kind)(scan, scan.grid, backend);
      const controller = new AbortController();
      let products = 0;
      const progress: PhaseListener = (_, done) => {
        products++;
        if (done === 2) controller.abort();
      };
      await t.throwsAsync(operator.norm({ signal: controller.signal, progress }), { code: 'ABORTED' });
      t.is(products, 3);
      const norm = await operator.norm();
      t.is(norm, await operatorNorm(operator));
      const productsFor = async (scan: Measurement): Promise<number> => {
        const again = await operators.get(scan.kind)(scan, scan.grid, backend);
        let told = 0;
        const found = await again.norm({ progress: () => told++ });
        if (told === 0) t.is(found, norm);
        again.dispose();
        return told;
      };
      t.is(await productsFor((await smallScan(3, 24, 10)).scan), 0); // more slices, the same rays
      t.true((await productsFor((await smallScan(1, 26, 10)).scan)) > 2);
      t.true((await productsFor((await smallScan(1, 24, 11)).scan)) > 2);
      operator.dispose();
    } finally {
      await backend.dispose();
    }
  },
);

test('a phase lets other events pass before it works', async (t) => {
  const order: string[] = [];
  setTimeout(() => order.push('event'));
  await inPhase({}, 'work', () => order.push('work'));
  t.deepEqual(order, ['event', 'work']);
});
