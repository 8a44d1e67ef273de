import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import test from 'ava';
import { loadModel } from '../../models/sources/zoo.js';
import { addModel, modelSources, removeModel } from '../../src/index.js';
import { inFolder, listing, slicewise, type Outcome } from '../support/cli.js';
import { cardJson, networkFolder, type NetworkName } from '../support/networks.js';

/** Runs in a folder of its own, with the user's models in `models` there. */
const withModels = (work: (run: (...words: string[]) => Promise<Outcome>, folder: string, file: Files) => Promise<void>): Promise<void> =>
  inFolder(async (folder) => {
    process.env.SLICEWISE_MODELS = join(folder, 'models');
    const run = (...words: string[]): Promise<Outcome> => slicewise(folder, words);
    const file: Files = {
      weights: (name) => copyFileSync(`${networkFolder}/${name}.onnx`, join(folder, `${name}.onnx`)),
      card: (name, changes = {}, as = `${name}.json`) => writeFileSync(join(folder, as), JSON.stringify({ ...cardJson(name), ...changes })),
    };
    await work(run, folder, file);
  });

interface Files {
  weights(name: NetworkName): void;
  card(name: NetworkName, changes?: object, as?: string): void;
}

test.serial('a model is added, listed, shown, verified, used by name and by path, and removed', (t) =>
  withModels(async (run, folder, file) => {
    file.weights('real');
    file.card('real', { name: 'mine', file: 'weights.onnx' });
    const added = await run('models', 'add', 'real.onnx', '--card', 'real.json');
    t.is(added.code, 0, added.err);
    t.regex(added.out, /^mine: added to .*models\/mine; use it with --prior mine/);
    t.regex(added.err, /σ 0\.01: finite[\s\S]*σ 0\.316228: finite[\s\S]*σ 10: finite/);
    t.deepEqual(listing(join(folder, 'models')), ['mine']);
    t.deepEqual(listing(join(folder, 'models', 'mine')), ['mine.json', 'weights.onnx']);
    t.deepEqual(readFileSync(join(folder, 'models/mine/mine.json')), readFileSync(join(folder, 'real.json')));
    t.deepEqual(readFileSync(join(folder, 'models/mine/weights.onnx')), readFileSync(join(folder, 'real.onnx')));

    const list = await run('models');
    t.regex(list.out, /with the package, in .*zoo[\s\S]*^ct +CT[\s\S]*your own, in .*models\n^mine +none, any, real/m);
    const entries = JSON.parse((await run('models', 'list', '--json')).out) as { name: string; source: string }[];
    t.deepEqual([entries.find((e) => e.name === 'ct')?.source, entries.at(-1)?.name, entries.at(-1)?.source], ['package', 'mine', 'own']);
    const info = await run('models', 'info', 'mine');
    for (const line of [
      /^mine: A network with a closed form/,
      /card +.*models\/mine\/mine\.json/,
      /noise levels +σ 0\.01 … 10/,
      /licence +CC0-1\.0/,
      /none: weights set by hand/,
    ])
      t.regex(info.out, line);
    t.deepEqual(JSON.parse((await run('models', 'info', 'mine', '--json')).out), {
      ...cardJson('real'),
      name: 'mine',
      file: 'weights.onnx',
    });
    const verified = await run('models', 'verify');
    t.is(verified.code, 0, verified.err);
    t.regex(verified.out, /ct: sha256 \w{64} is right[\s\S]*mine: sha256 \w{64} is right/);

    await run(...'simulate ct phantom:thorax -o scan.h5 --size 16 --depth 2 --views 8 --photons 1e5'.split(' '));
    const recon = (prior: string, out: string): Promise<Outcome> =>
      run(...`recon scan.h5 -o ${out}.npy --method dds --steps 3 --sigma-max 1 --workers 1 --prior ${prior}`.split(' '));
    const [byName, byPath] = [await recon('mine', 'name'), await recon('models/mine/mine.json', 'path')];
    t.is(byName.code, 0, byName.err);
    t.is(byPath.code, 0, byPath.err);
    t.deepEqual(readFileSync(join(folder, 'name.npy')), readFileSync(join(folder, 'path.npy')));

    const removed = await run('models', 'remove', 'mine');
    t.is(removed.code, 0, removed.err);
    t.deepEqual(readdirSync(join(folder, 'models')), []);
    const gone = await recon('mine', 'gone');
    t.is(gone.code, 2);
    t.regex(gone.err, /no prior 'mine'; expected one of .*ct/);
    t.regex((await run('models', 'remove', 'mine')).err, /no model 'mine' in .*No models were added yet/);
  }),
);

test.serial('a name that exists is refused without --replace, and one of the package always', (t) =>
  withModels(async (run, folder, file) => {
    file.weights('real');
    file.weights('complex');
    file.card('real', { name: 'mine' }, 'one.json');
    file.card('complex', { name: 'mine' }, 'two.json');
    file.card('real', { name: 'ct' }, 'three.json');
    t.is((await run('models', 'add', 'real.onnx', '--card', 'one.json')).code, 0);
    const again = await run('models', 'add', 'complex.onnx', '--card', 'two.json');
    t.is(again.code, 2);
    t.regex(again.err, /a model 'mine' in .* already.*--replace/);
    t.deepEqual(listing(join(folder, 'models/mine')), ['mine.json', 'real.onnx']);
    const replaced = await run('models', 'add', 'complex.onnx', '--card', 'two.json', '--replace');
    t.is(replaced.code, 0, replaced.err);
    t.deepEqual(listing(join(folder, 'models/mine')), ['complex.onnx', 'mine.json']);
    t.deepEqual(readdirSync(join(folder, 'models')), ['mine']);
    for (const words of [[], ['--replace']]) {
      const shipped = await run('models', 'add', 'real.onnx', '--card', 'three.json', ...words);
      t.is(shipped.code, 2);
      t.regex(shipped.err, /'ct' comes with the package and cannot be replaced/);
    }
    t.regex((await run('models', 'remove', 'ct')).err, /'ct' comes with the package and cannot be removed/);
  }),
);

test.serial('a card without the sha256, or with another, is refused with the right one, and nothing is written', (t) =>
  withModels(async (run, folder, file) => {
    file.weights('real');
    const { sha256, ...without } = cardJson('real');
    writeFileSync(join(folder, 'without.json'), JSON.stringify(without));
    file.card('real', { sha256: '0'.repeat(64) }, 'wrong.json');
    const missing = await run('models', 'add', 'real.onnx', '--card', 'without.json');
    t.is(missing.code, 1);
    t.true(missing.err.includes(`'sha256': missing: sha256 of the weights’ file`), missing.err);
    t.true(missing.err.includes(`he sha256 of real.onnx is ${String(sha256)}`));
    const wrong = await run('models', 'add', 'real.onnx', '--card', 'wrong.json');
    t.is(wrong.code, 1);
    t.true(wrong.err.includes(`write "sha256": "${String(sha256)}" into wrong.json`), wrong.err);
    t.deepEqual(listing(folder), ['real.onnx', 'without.json', 'wrong.json']);
  }),
);

test.serial('networks that are not what the card says, give NaN or mix the slices of a batch are refused', (t) =>
  withModels(async (_, folder, file) => {
    const refusals: [NetworkName, object, RegExp][] = [
      ['not-finite', {}, /not finite at σ = 0\.01/],
      ['batch-coupled', {}, /other values for a slice in a batch/],
      ['third-input', {}, /input 'label' that the card does not name/],
      ['shrinks', {}, /another shape than its card says/],
      ['complex', { channels: 1 }, /input 'x': expected float32 \[N, 1, H, W\]/],
      [
        'real',
        { sigmaMin: 20, plane: 'oblique', licence: undefined },
        /3 problems:\n {2}'plane'.*\n {2}'licence': missing.*\n {2}'sigmaMin': expected less than/,
      ],
    ];
    for (const [name, changes, message] of refusals) {
      file.weights(name);
      file.card(name, changes);
      const error = (await t.throwsAsync(addModel(join(folder, `${name}.onnx`), join(folder, `${name}.json`)))) as {
        code?: string;
        message: string;
      };
      t.is(error.code, 'MODEL', name);
      t.regex(error.message, message);
    }
    t.false(listing(folder).includes('models'));
    await t.throwsAsync(addModel('gone.onnx', join(folder, 'real.json')), {
      message: /no file or folder 'gone\.onnx'/,
    });
  }),
);

test.serial('a card whose parametrisation is wrong is told by what the network does to an image with little noise', (t) =>
  withModels(async (_, folder, file) => {
    file.weights('complex');
    file.card('complex'); // D = F is no denoiser
    const { warnings, trials } = await addModel(join(folder, 'complex.onnx'), join(folder, 'complex.json'));
    t.regex(warnings.join(), /at σ = 0\.01 the network changes the image by 0\.\d+ .*is the card's parametrisation right/);
    t.deepEqual(
      trials.map((trial) => trial.sigma),
      [0.01, Math.sqrt(0.1), 10],
    );
    t.true(trials[0].change > 0.05);
  }),
);

test.serial('damaged weights and cards are listed, fail verification and are never used', (t) =>
  withModels(async (run, folder, file) => {
    for (const name of ['real', 'complex'] as const) {
      file.weights(name);
      file.card(name);
      await addModel(join(folder, `${name}.onnx`), join(folder, `${name}.json`));
    }
    const weights = readFileSync(join(folder, 'models/real/real.onnx'));
    weights[weights.length >> 1] ^= 1;
    writeFileSync(join(folder, 'models/real/real.onnx'), weights);
    writeFileSync(join(folder, 'models/complex/complex.json'), '{"name": "complex"}');
    mkdirSync(join(folder, 'models/empty'));
    const list = await run('models');
    t.is(list.code, 0, list.err);
    t.regex(list.out, /^complex +the card is wrong[\s\S]*^real +none/m);
    const verified = await run('models', 'verify');
    t.is(verified.code, 1);
    t.regex(verified.out, /ct: sha256 .* is right[\s\S]*complex: .*has \d+ problems[\s\S]*real: the weights of 'real' are not/);
    t.regex(verified.err, /2 of \d+ models are not what their card says: complex, real/);
    t.is((await run('models', 'verify', 'real.json')).code, 0);
    const json = await run('models', 'verify', '--json', 'models/real/real.json');
    t.is(json.code, 1);
    t.regex((JSON.parse(json.out) as { problem?: string }[])[0].problem ?? '', /are not the ones its card describes/);
    const used = loadModel(modelSources(), 'real');
    await t.throwsAsync(used, { message: /weights of 'real' are not the ones its card describes/ });
    await removeModel('complex');
    t.deepEqual(listing(join(folder, 'models')), ['empty', 'real']);
  }),
);

test.serial('a prior of another unit is refused, and --provider says what it takes', (t) =>
  withModels(async (run, _, file) => {
    file.weights('real');
    file.card('real', { range: { unit: 'arbitrary', low: 0, high: 1 } });
    await run(...'simulate ct phantom:thorax -o scan.h5 --size 16 --depth 2 --views 8'.split(' '));
    const unit = await run(...'recon scan.h5 -o out.npy --method dds --prior real.json'.split(' '));
    t.is(unit.code, 1);
    t.regex(unit.err, /not for attenuation data/);
    const provider = await run(...'recon scan.h5 -o out.npy --method dds --prior ct --provider tpu'.split(' '));
    t.is(provider.code, 2);
    t.regex(provider.err, /cpu.*cuda.*webgpu/);
  }),
);

test.serial('the folder of added models is SLICEWISE_MODELS, or the platform’s place for the data of programs', async (t) => {
  const { userModelFolder } = await import('../../core/platform/model-folder.js');
  const { homedir } = await import('node:os');
  t.is(userModelFolder({ SLICEWISE_MODELS: 'here' }, 'linux'), resolve('here'));
  t.is(userModelFolder({ XDG_DATA_HOME: '/data' }, 'linux'), '/data/slicewise/models');
  t.is(userModelFolder({ XDG_DATA_HOME: 'relative' }, 'linux'), join(homedir(), '.local/share/slicewise/models'));
  t.is(userModelFolder({}, 'darwin'), join(homedir(), 'Library/Application Support/slicewise/models'));
  t.is(userModelFolder({ LOCALAPPDATA: '/local' }, 'win32'), join('/local', 'slicewise/models'));
});

test.serial('models info tells what a guided prior is shown', (t) =>
  withModels(async (run, _, file) => {
    const info = async (name: NetworkName): Promise<string> => {
      file.weights(name);
      file.card(name);
      await run('models', 'add', `${name}.onnx`, '--card', `${name}.json`);
      return (await run('models', 'info', name)).out;
    };
    t.regex(await info('guided'), /guide +shown, 3 planes, worked about plane 1, runs start from plane 1\n/);
    t.regex(await info('guided-complex'), /guide +cgls \(iterations 4\), 2 planes\n/);
    t.notRegex(await info('real'), /guide/);
  }),
);
